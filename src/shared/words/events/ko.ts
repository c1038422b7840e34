import { settingChangeText } from '../../configurationLevels.ts'
import { isReconnect } from '../../events.ts'
import type { PathEditOutcome } from '../../pathChanges.ts'
import type { Rest } from '../catalogue.ts'
import { verdictText } from '../diagnosisText.ts'
import { hostErrorWhat, serverErrorWords } from '../errorText.ts'
import { fileFaultsText } from '../fileFaultText.ts'
import { isPulled, mediaWords, protocolWord } from '../media.ts'
import { pictureText } from '../pictureText.ts'
import { actReasonText, remedyActText } from '../remedyText.ts'
import { sayIn } from '../say.ts'
import { where } from '../texts.ts'
import { configurationCounts, damageWords, type EventWords, firstMistake, kindsWords, type Lasted, type Reader, type Sender, type Went } from './eventWords.ts'

const say = sayIn('ko')
const inRow = (names: readonly string[], more: number) => `${names.join(', ')}${more > 0 ? ` 외 ${say.number(more)}개` : ''}`

function senderOf({ sourceType, remoteAddr }: Sender): string {
  if (isPulled(sourceType)) return `${protocolWord(sourceType ?? '')} 소스`
  if (remoteAddr !== null) return `송출자 ${remoteAddr}`
  return sourceType === null ? '송출자' : `${protocolWord(sourceType)} 송출자`
}
/** How long, in brackets behind what it is of. */
const forHowLong = (what: string, { minMs, maxMs }: Lasted) => (minMs === undefined || maxMs === undefined ? '' : `(${what} ${say.interval(minMs, maxMs)})`)
const unseenWords = {
  silence: '(서버에 접속할 수 없던 동안)',
  restart: '(서버가 재시작될 때)',
  allAtOnce: '(이 서버의 다른 모든 송출자와 동시에)',
}
/** `watching`: who was, where it ended, which are people only. */
function wentText(facts: Went, watching = '수신자'): string {
  const sender = senderOf(facts)
  const lasted = forHowLong('지속 시간', facts)
  if (facts.onDemand) return `${sender} 중지됨${lasted}: 수신자 없음.`
  if (facts.readersLost !== undefined)
    return `${sender} ${isPulled(facts.sourceType) ? '실패' : '연결 해제됨'}${lasted}, 당시 ${watching} ${say.number(facts.readersLost)}명.`
  return `${sender} ${isPulled(facts.sourceType) ? '끊김' : '연결 해제됨'}${facts.unseen === undefined ? lasted : unseenWords[facts.unseen]}.`
}
const readerOf = ({ type, remoteAddr, muxer }: Reader) =>
  muxer ? `${protocolWord(type)} 수신` : `${protocolWord(type)} 수신자${where(remoteAddr, (host) => ` ${host}`)}`
const storeNames = { main: '서버 및 설정 데이터베이스', history: '이력 데이터베이스', alarms: '종결된 경보 데이터베이스', sessions: '세션 데이터베이스' }

const pathOutcomes: Readonly<Record<PathEditOutcome, string>> = {
  applied: '',
  partly: '(서버가 일부만 적용)',
  refused: '(서버가 거부)',
  unknown: '(서버 적용 여부 알 수 없음)',
}
const kickedWords = { publisher: '송신자', reader: '수신자', mixed: '세션' }

export const ko: Rest<EventWords> = {
  events: {
    serverUp: (facts, { name }) => (facts.minMs === undefined ? `${name}: 처음으로 응답했습니다.` : `${name}: 다시 응답합니다${forHowLong('중단', facts)}.`),
    serverDown: ({ error, streams }, { name }) =>
      error.kind === 'unauthorized' && !error.tookBefore
        ? `${name}: 접근이 거부되어 폴링을 중지했습니다.`
        : `${name}: 읽을 수 없습니다. ${serverErrorWords(error, 'ko').what}${streams ? ` 스트림 ${say.number(streams)}개는 끊긴 것이 아니라 상태를 알 수 없습니다.` : ''}`,
    serverSilent: ({ minMs, maxMs }, { name }) => `${name}: 응답이 없었습니다(${say.interval(minMs, maxMs)}).`,
    serverRestarted: (facts, { name }) =>
      'publishers' in facts
        ? `${name}: 송출자 ${say.number(facts.publishers)}명 모두가 동시에 나가거나 다시 연결했습니다. 서버가 재시작되었거나 네트워크가 끊겼습니다.`
        : `${name}: 재시작되었습니다${facts.agoMs < 1000 ? '' : `(확인 시점의 가동 시간 ${say.duration(facts.agoMs)})`}.`,
    serverUpgraded: ({ before, after }, { name }) => `${name}: 버전이 ${before} → ${after}로 바뀌었습니다. 이후 수신자 집계 방식이 다를 수 있습니다.`,
    certificateChanged: ({ after, validTo }, { name }) =>
      `${name}의 API가 다른 인증서(${after.slice(0, 17)}…)를 제시합니다${validTo === null ? '' : `. ${say.moment(validTo)}까지 유효합니다`}.`,
    serverConfigurationChanged: ({ setting, before, after, settings }, { name }) =>
      `${name}의 구성: ${settingChangeText(setting, before, after)}${settings > 1 ? ` 외 설정 ${say.number(settings - 1)}개` : ''}.`,
    streamOn: ({ tracks, ...facts }) => {
      const away = forHowLong('중단', facts)
      return `${senderOf(facts)} ${away === '' ? '송출 중' : `송출 재개${away}`}${where(mediaWords(tracks), (words) => `: ${words}`)}.`
    },
    streamOff: (facts) => wentText(facts),
    streamEnded: (facts) => wentText(facts, '시청자'),
    streamStalled: ({ minMs, maxMs, ...facts }) => `데이터 없음(${say.interval(minMs, maxMs)}), ${senderOf(facts)} 연결은 유지 중.`,
    streamRecovered: (facts) => `${senderOf(facts)} 데이터 전송 재개${forHowLong('멈춤', facts)}.`,
    slateOn: (facts) =>
      facts.left ? `${senderOf(facts)} 연결 해제됨${forHowLong('지속 시간', facts)}: 대체 화면 송출 중.` : '대체 화면 송출 중: 송출자 없음.',
    publisherChanged: ({ before, beforeType, after: host, sourceType }) => {
      const [from, to] = [beforeType, sourceType].map((type) => (type === null ? null : protocolWord(type)))
      const protocols = from === to || !from || !to ? '' : `, 프로토콜 ${from} → ${to}`
      const sender = senderOf({ sourceType, remoteAddr: host })
      if (isReconnect({ before, after: host, sourceType })) return `${sender} 다시 연결됨${protocols}.`
      return before !== null && host !== null
        ? `송출자 변경: ${before} → ${host}${protocols}.`
        : `송출자 변경: ${sender}${where(before, (was) => `, 이전 ${was}`)}${protocols}.`
    },
    codecChanged: ({ before, after }) => `트랙 변경: ${before} → ${after}.`,
    sizeChanged: ({ before, after }) => `화면 크기 변경: ${before} → ${after}.`,
    forwardFailing: ({ destinations, all, lastError }) =>
      `전달 실패: ${inRow(destinations, all - destinations.length)}${where(lastError, (said) => ` (서버 메시지: “${said}”)`)}.`,
    forwardRecovered: ({ destinations, all, removed }) => {
      const to = inRow(destinations, all - destinations.length)
      return removed ? `실패하던 전달 대상이 설정에서 제거됨: ${to}.` : `다시 전달됨: ${to}.`
    },
    readerJoined: (facts) => `${readerOf(facts)} ${facts.muxer ? '시작' : '접속'}.`,
    readerLeft: (facts) => `${readerOf(facts)} ${facts.muxer ? '종료' : '이탈'}${forHowLong('지속 시간', facts)}.`,
    sessionsKicked: ({ by, sessions, role, addresses, reason }) =>
      `${by}: ${kickedWords[role]} ${say.number(sessions)}개 연결 끊음${addresses.length === 0 ? '' : ` (${addresses.join(', ')})`}. 사유: ${actReasonText(reason, 'ko')}`,
    pathSettingsChanged: ({ by, reason, path, change, setting, before, after, settings, outcome, undone }) =>
      `${by}: ${undone ? '경로 설정 변경을 되돌림' : '경로 설정 변경'}${pathOutcomes[outcome]}: ${
        setting === null ? `${change === 'remove' ? '−' : '+'} paths.${path}` : settingChangeText(`paths.${path}.${setting}`, before, after)
      }${settings > 1 ? ` 외 설정 ${say.number(settings - 1)}개` : ''}. 사유: ${actReasonText(reason, 'ko')}`,
    diagnosed: ({ by, verdict }) => `${by} 님이 진단했습니다: ${verdictText(verdict, 'ko')}`,
    recordingsDeleted: ({ by, segments, failed, from, to, reason }) =>
      `${by}: 녹화 세그먼트 ${say.number(segments)}개 삭제, 시작 시각 ${from === to ? say.moment(from) : `${say.moment(from)} ~ ${say.moment(to)}`}${failed === 0 ? '' : ` (${say.number(failed)}개는 삭제하지 못함)`}. 사유: ${reason}`,
    remedyActed: ({ rule, ...acted }) => `규칙 ${rule}의 조치: ${remedyActText(acted, 'ko')}`,
    remedyArmed: ({ rule, armed, by, reason }) => `${by}: 규칙 ${rule}의 조치 ${armed ? '사용' : '해제'}. 사유: ${reason}`,
    probeDown: ({ error }, { name }) => `${name}: 읽을 수 없습니다. ${pictureText(error, 'ko')}`,
    probeUp: (facts, { name }) => `${name}: 다시 읽을 수 있습니다${forHowLong('중단', facts)}.`,
    hostUp: (facts, { name }) => (facts.minMs === undefined ? `${name}: 처음으로 읽었습니다.` : `${name}: 다시 읽을 수 있습니다${forHowLong('중단', facts)}.`),
    hostDown: ({ error }, { name }) => `${name}: 읽을 수 없습니다. ${hostErrorWhat(error, 'ko')}`,
    hostKeyChanged: ({ error }, { name }) => `${name}: ${hostErrorWhat(error, 'ko')} 인증 정보는 보내지 않았습니다.`,
    hostKeyAccepted: ({ target, fingerprint }, { name }) => `${name}: ${target ?? name}의 새 키를 수락했습니다, ${fingerprint ?? ''}.`,
    hostRestarted: (_facts, { name }) => `${name}: 호스트가 재시작되었습니다.`,
    mediaServerEnded: ({ pid }, { name }) => `${name}: 미디어 서버가 종료되었습니다. 프로세스 ${pid}이(가) 없습니다.`,
    mediaServerRestarted: ({ pid, before }, { name }) => `${name}: 미디어 서버가 재시작되었습니다. 프로세스 ${before} → ${pid}.`,
    consoleGap: (facts, { at }) => {
      switch (facts.cause) {
        case 'notRunning': {
          const lasted = facts.stopped ? say.duration(at - facts.from) : say.interval(facts.minMs ?? at - facts.from, at - facts.from)
          return `mtxdeck을 시작했습니다. 그 전에는 실행되지 않았으며(${lasted}) 그동안의 상황은 알 수 없습니다.`
        }
        case 'slept':
          return `이 콘솔이 절전 상태였습니다(${say.duration(facts.sleptMs)}). 그동안의 상황은 알 수 없습니다.`
        case 'noNetwork':
          return facts.begins ? '이 콘솔에 네트워크가 없습니다. 복구될 때까지 서버의 상황을 알 수 없습니다.' : '이 콘솔에서 서버가 다시 보입니다.'
        default:
          return facts satisfies never
      }
    },
    ruleEdited: ({ rule, by, what }) => `${by}: 규칙 ${rule} ${{ added: '추가', changed: '변경', removed: '입력 내용 삭제' }[what]}.`,
    channelEdited: ({ channel, by, what }) =>
      `${by}: ${channel === null ? '경보 경로' : `채널 ${channel}`} ${{ added: '추가', changed: '변경', removed: '삭제', paused: '일시 중지', resumed: '다시 시작' }[what]}.`,
    readinessEdited: ({ part, by, what }) =>
      `${by}: ${{ heartbeat: '생존 신호', drill: '훈련', publicUrl: '공개 주소' }[part]} ${{ added: '추가', changed: '변경', removed: '삭제' }[what]}.`,
    configurationRead: (facts) => {
      const { added, changed, removed } = configurationCounts(facts)
      const part = (verb: string, names: readonly string[], count: number) => (count === 0 ? [] : [`${verb} ${inRow(names, count - names.length)}`])
      const parts = [...part('추가', facts.added, added), ...part('변경', facts.changed, changed), ...part('제거', facts.removed, removed)]
      return `구성 파일을 다시 읽었습니다: ${parts.length === 0 ? '바뀐 서버와 호스트 없음' : parts.join('; ')}.`
    },
    configurationRefused: ({ first, problems }) =>
      `변경된 구성 파일을 사용할 수 없어 이전에 읽은 구성을 유지합니다. ${firstMistake(first, 'ko')}${problems > 1 ? ` (외 ${say.number(problems - 1)}건)` : ''}`,
    storeDamaged: (facts, context) => damageWords(facts, context),
    valueRefused: (_facts, { path }) => `서버가 보낸 ${path === null ? '' : `${path}의 `}값이 사실이라기에는 너무 큽니다. 미확인으로 저장합니다.`,
    tooMuchSent: ({ count, changes, leftOutPaths, kinds }, { name, words }) => {
      const parts = [
        count > 0 ? `이벤트 ${say.number(count)}개를 하나씩 표시하지 않음(${kindsWords(kinds, words, say)})` : null,
        leftOutPaths > 0 ? `계속 새 이름으로 바뀌는 경로를 ${say.number(leftOutPaths)}번 제외함` : null,
        changes > 0 ? `경로 변경 ${say.number(changes)}건 중 최신만 보관함` : null,
      ].filter((part) => part !== null)
      return `${name}: 서버 하나의 보관 한도를 넘게 보냈습니다. ${parts.join('; ')}.`
    },
  },
  manyStreams: {
    streamOn: (count, server, list) => `${server}: 스트림 ${say.number(count)}개 시작${list}.`,
    streamOff: (count, server, list) => `${server}: 스트림 ${say.number(count)}개 끊김${list}.`,
    streamEnded: (count, server, list) => `${server}: 스트림 ${say.number(count)}개 종료됨${list}.`,
    streamStalled: (count, server, list) => `${server}: 스트림 ${say.number(count)}개 멈춤${list}.`,
    streamRecovered: (count, server, list) => `${server}: 스트림 ${say.number(count)}개 복구${list}.`,
    slateOn: (count, server, list) => `${server}: 스트림 ${say.number(count)}개 대체 화면으로 전환${list}.`,
    publisherChanged: (count, server, list) => `${server}: 스트림 ${say.number(count)}개의 송출자 변경 또는 재연결${list}.`,
    codecChanged: (count, server, list) => `${server}: 스트림 ${say.number(count)}개의 트랙 변경${list}.`,
    sizeChanged: (count, server, list) => `${server}: 스트림 ${say.number(count)}개의 화면 크기 변경${list}.`,
    onAirBeyondPlan: (count, server, list) => `${server}: 스트림 ${say.number(count)}개가 계획 시간 밖에 송출 중${list}.`,
    forwardFailing: (count, server, list) => `${server}: 스트림 ${say.number(count)}개 전달 실패${list}.`,
    forwardRecovered: (count, server, list) => `${server}: 스트림 ${say.number(count)}개의 전달 실패 종료${list}.`,
  },
  listed: (names, more) => ` (${inRow(names, more)})`,
  manyReaders: {
    readerJoined: ({ readers, streams }, server) => `${server}: 스트림 ${say.number(streams)}개에 수신자 ${say.number(readers)}명 접속.`,
    readerLeft: ({ readers, streams }, server) => `${server}: 스트림 ${say.number(streams)}개에서 수신자 ${say.number(readers)}명 이탈.`,
  },
  damage: {
    mainLost: ({ gone, setAside, backup }) =>
      `${storeNames.main}가 ${gone ? '없어졌습니다' : '손상되었습니다'}.${where(setAside, (file) => ` 남아 있던 내용은 옆에 ${file}(으)로 보관되어 있습니다.`)} ${
        backup === null
          ? '쓸 수 있는 백업이 없어 빈 데이터베이스를 새로 만들었습니다. 서버를 다시 등록하세요.'
          : `백업 ${backup}을(를) 복원했습니다. 그 뒤의 변경은 없습니다.`
      }`,
    moved: ({ store, file, setAside }) =>
      setAside === null
        ? `mtxdeck 실행 중에 ${storeNames[store]}(${file})가 삭제되었습니다. 아직 열려 있던 내용으로 다시 기록했으며 저장된 것은 빠짐없이 있습니다.`
        : `mtxdeck 실행 중에 ${storeNames[store]}(${file})가 다른 파일로 바뀌었습니다. 그 파일은 옆에 ${setAside}(으)로 보관되어 있고, ${storeNames[store]}는 아직 열려 있던 내용으로 다시 기록했습니다. 백업을 복원하려면 먼저 mtxdeck을 중지하세요.`,
    movedAtEnd: ({ store, file }) =>
      `mtxdeck 실행 중에 ${storeNames[store]}(${file})가 옮겨졌고, 되돌리기 전에 mtxdeck이 종료되었습니다. 그때까지 만든 사본을 사용합니다. 그 뒤의 변경은 없습니다.`,
    archive: ({ file, setAside, because }) =>
      `${file} 파일이 손상되었습니다(${fileFaultsText(because, 'ko')}). ${setAside}(으)로 따로 보관했으며 나머지는 영향이 없습니다.`,
    day: ({ unreadableDay, because }) =>
      `${unreadableDay}(UTC) 측정값의 일부를 읽을 수 없습니다: ${fileFaultsText(because, 'ko')}. 공백으로 표시되며 그날의 나머지는 모두 있습니다. 어느 부분인지는 "mtxdeck check"로 알 수 있습니다.`,
    span: ({ from, minutes, whole, because }, { path }) =>
      `${whole ? '서버 한 대' : (path ?? '서버 자체')}의 ${say.moment(from)}부터 ${say.number(minutes)}분간 데이터를 저장하지 못해(${fileFaultsText(because, 'ko')}) 잃었습니다. ${whole ? '다른 서버의 데이터는 모두 저장되었습니다.' : '나머지는 모두 저장되었습니다.'}`,
  },
}
