import { formatSpan } from '../../units.ts'
import type { Rest } from '../catalogue.ts'
import { figuresIn } from '../metricText.ts'
import { sayIn } from '../say.ts'
import type { ReasonWords } from './reasonWords.ts'

const say = sayIn('ko')
const { labelOf, figure, changed } = figuresIn('ko')
const lookAround = '해당 컴퓨터와 네트워크를 확인하세요.'

/** Reasons that are a state alone. */
const states = {
  stream: {
    live: '스트림이 송출 중입니다.',
    slate: '대체 화면이 송출 중입니다.',
    waiting: '스트림이 대기 중입니다. 송출자가 없습니다.',
    stalled: '연결되어 있지만 데이터가 오지 않습니다.',
    gone: '스트림이 끊겼습니다.',
    unknown: '상태를 알 수 없습니다.',
    ended: '스트림이 종료되었습니다.',
  },
  server: {
    down: '서버가 응답하지 않습니다.',
    halted: '폴링이 중지되었습니다. 인증 정보가 거부되었습니다.',
    paused: '폴링이 일시 중지되었습니다.',
    unknown: '상태를 알 수 없습니다.',
  },
  host: {
    down: '호스트를 읽을 수 없습니다.',
    waiting: '호스트가 접근을 거부합니다.',
    paused: '읽기가 일시 중지되었습니다.',
  },
}

function listed(paths: readonly string[], all: number): string {
  const named = paths.slice(0, 10)
  return `${named.join(', ')}${all > named.length ? ` 외 ${say.number(all - named.length)}개` : ''}`
}

export const ko: Rest<ReasonWords> = {
  reasons: {
    senderLeft: ({ pulled }) => (pulled ? '소스가 끊겼습니다.' : '송출자의 연결이 해제되었습니다.'),
    packetsLost: ({ count, estimated }) => `최근 1분간 패킷 ${estimated ? '약 ' : ''}${say.number(count)}개를 완전히 잃었습니다${estimated ? '(추정)' : ''}.`,
    offUsual: ({ metric, value }) => `${labelOf(metric)}: ${figure(value, metric, null)}.`,
    changedFast: ({ metric, per, change, isRelative, withinMs, limit }) => {
      const amount = (by: number) => changed(Math.abs(by), metric, isRelative ? '%' : per)
      return `${labelOf(metric)}: ${say.duration(withinMs)} 안에 ${amount(change)} ${change < 0 ? '감소' : '증가'}했습니다. 한계값은 ${amount(limit)}입니다.`
    },
    figureAbsent: ({ metric }) => `${labelOf(metric)}: 수치가 없습니다.`,
    streamsAbsent: ({ patterns }) => `송출 중이 아님: ${patterns.join(', ')}.`,
    streamInState: ({ state }) => states.stream[state],
    serverInState: ({ state }) => states.server[state],
    hostInState: ({ state }) => states.host[state],
    flapping: ({ losses, withinMs }) => `반복 끊김: ${formatSpan(withinMs, 'ko')} 안에 ${say.number(losses)}번 끊겼다가 돌아왔습니다.`,
    streamsLost: ({ lost, of, isReturn, paths }) =>
      `스트림 ${say.number(of)}개 중 ${say.number(lost)}개가 ${isReturn ? '서버와 함께 돌아오지 않았습니다' : '1분 안에 끊겼습니다'}: ${listed(paths, lost)}.`,
    pollingSlowed: ({ askedSeconds, everySeconds, bytes }) =>
      `${say.duration(askedSeconds * 1000)}마다가 아니라 ${say.duration(everySeconds * 1000)}마다 조회합니다. 응답이 ${say.size(bytes, 'MB')}여서 더 자주 조회하면 서버 CPU를 허용치보다 많이 씁니다.`,
    messageRefused: ({ channels }) => `경보 메시지 하나를 따로 보관했습니다. 받지 않은 채널: ${channels.join(', ')}.`,
    channelUnreachable: ({ channels }) => `경보 메시지가 대기 중입니다. 연결할 수 없는 채널: ${channels.join(', ')}.`,
    channelPaused: ({ channels, since }) =>
      `${channels.join(', ')} 알림이 ${say.moment(since)}부터 일시 중지되어 있고 메시지가 대기 중입니다. 잊은 것이라면 경보 › 채널에서 다시 시작하세요.`,
    drillFailed: ({ channels }) => `훈련 메시지가 전달되지 않은 채널: ${channels.join(', ')}.`,
  },
  limits: {
    is: (label, figure) => `${label}: ${figure}`,
    multiple: (label, times, per) => `${label}: ${per}의 ${times}배`,
    said: {
      'path.notRecorded': (time) => `${time} 동안 녹화되지 않음`,
      'path.lossMs': (time) => `${time} 동안 패킷 손실`,
      'probe.blackMs': (time) => `${time} 동안 블랙 화면`,
      'probe.oneColourMs': (time) => `${time} 동안 단색 화면`,
      'probe.colourBarsMs': (time) => `${time} 동안 컬러 바`,
      'probe.frozenMs': (time) => `${time} 동안 정지 화면`,
      'probe.noMotionMs': (time) => `${time} 동안 움직임 없음`,
      'probe.silentMs': (time) => `${time} 동안 무음`,
      'path.recordingMissing': (time) => `최근 한 시간의 녹화에서 ${time} 빠짐`,
      'path.framesInError': (count) => `오류 프레임: 조회당 최대 ${count}개`,
      'path.framesDiscarded': (count) => `느린 시청자 때문에 버린 프레임: 조회당 최대 ${count}개`,
      'path.forwardsFailing': (count, value) => (value === 1 ? '1개 대상으로 전달하지 못함' : `최대 ${count}개 대상으로 전달하지 못함`),
      'path.readers': (count, value) => (value === 0 ? '읽는 쪽이 없음' : `읽는 쪽 ${count}개`),
      'path.people': (count, value) => (value === 0 ? '보는 사람이 없음(기계 제외)' : `시청자 ${count}명`),
      'server.certificateDays': (_, value) =>
        value < 0 ? `인증서가 ${Math.floor(-value)}일 전에 만료됨` : value < 1 ? '인증서가 하루 안에 만료됨' : `인증서가 ${Math.floor(value)}일 후에 만료됨`,
      'server.clockSkew': (time, value) => `시계가 ${time} ${value < 0 ? '느림' : '빠름'}`,
      'host.clockSkew': (time, value) => `시계가 ${time} ${value < 0 ? '느림' : '빠름'}`,
      'host.udpBufferErrors': (rate) => `수신 버퍼가 가득 차 버린 UDP 데이터그램: 최대 ${rate}`,
      'device.used': (share) => `${share} 사용 중`,
      'probe.elsewhereUp': (share, value) => (value === 0 ? '다른 콘솔도 모두 읽지 못함' : `다른 콘솔 중 ${share}만 읽을 수 있음`),
      'probe.gopLongestMs': (time) => `키 프레임 간격이 최대 ${time}`,
      'probe.clipped': (share) => `소리의 ${share}가 클리핑됨`,
      'probe.loudnessOffset': (by, value) => `목표보다 ${by} ${value < 0 ? '작음' : '큼'}`,
      'probe.tsErrors': (count) => `우선순위 1 TS 오류: 확인당 최대 ${count}개`,
      'probe.differences': (count) => `속성 ${count}개가 계약과 다름`,
      'probe.audioAhead': (time, value) => `오디오가 비디오보다 ${time} ${value < 0 ? '늦음' : '빠름'}`,
      'probe.canaryDelay': (time) => `테스트 신호가 ${time} 늦게 도착함`,
      'probe.canarySoundAhead': (time, value) => `테스트 신호의 소리가 영상보다 ${time} ${value < 0 ? '늦음' : '빠름'}`,
    },
    plain: (clause) => `${clause}.`,
    withLimit: (clause, limit) => `${clause}. 한계값은 ${limit}입니다.`,
    latency: (times) => `SRT 지연이 왕복 지연의 ${times}배입니다. 3배보다 낮으면 패킷을 잃습니다.`,
    heals: (label, side, figure) => `${label} 값이 ${figure}보다 ${side === 'below' ? '낮을' : '높을'} 때만 복구됩니다.`,
  },
  todo: {
    serverDown: lookAround,
    serverHalted: lookAround,
    serverSilent: lookAround,
  },
}
