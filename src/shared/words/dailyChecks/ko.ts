import { sayIn } from '../say.ts'
import type { DailyWords } from './dailyWords.ts'

const say = sayIn('ko')
const checks = { black: '검은 화면', oneColour: '단색 화면', colourBars: '컬러 바', frozen: '정지 화면', silent: '무음' }

export const ko: DailyWords = {
  faults: {
    offAir: ({ since }) => (since === null ? '송출이 없으며 지금까지도 없었습니다.' : `${say.moment(since)}부터 송출이 없습니다.`),
    slate: () => '대체 화면이 송출 중입니다: 퍼블리셔가 없습니다.',
    noKeyframe: ({ seconds }) => `${say.number(seconds)}초 안에 키프레임이 없습니다.`,
    content: ({ check, seconds, isFromStart }) => `${checks[check]}: ${isFromStart ? '점검 내내' : `${say.number(seconds)}초`}.`,
    size: ({ widthPx, heightPx, knownWidthPx, knownHeightPx }) => `화면 크기가 ${knownWidthPx} × ${knownHeightPx} 대신 ${widthPx} × ${heightPx}입니다.`,
  },
  checks,
  skips: {
    asleep: () => '온디맨드이며 시작되지 않음: 점검을 위해 소스를 시작하지 않습니다.',
    noTime: () => '시간 창이 끝날 때까지 차례가 오지 않았습니다.',
    offPlan: () => '이 시간에는 송출 계획이 없습니다.',
    maintenance: () => '유지 보수 중입니다.',
    paused: () => '일시 중지되었습니다.',
    refusedBefore: () => '요청하지 않음: 서버가 같은 자격 증명으로 다른 스트림을 거부했습니다.',
    offline: () => '콘솔에 네트워크가 없었습니다.',
    stopped: () => '점검이 중단되었습니다.',
    consoleOff: () => '콘솔이 실행되지 않았습니다.',
    removed: () => '그동안 제거되었습니다.',
  },
  differs: (what) => `합의와 다름: ${what}.`,
  items: {
    videoCodec: '비디오 코덱',
    widthPx: '너비',
    heightPx: '높이',
    fps: '프레임 속도',
    bitrateBps: '비트레이트',
    gopMs: '키프레임 간격',
    audioCodec: '오디오 코덱',
    audioLayout: '채널 구성',
    sampleRateHz: '샘플링 속도',
  },
  nothing: '없음',
  title: (day, { fault, cameras }) =>
    fault === 0
      ? `일일 점검 ${day}: 카메라 ${say.number(cameras)}대 모두 이상 없음`
      : `일일 점검 ${day}: 카메라 ${say.number(cameras)}대 중 ${say.number(fault)}대 이상`,
  missed: (day) => `일일 점검 ${day}: 실행되지 않음`,
  stopped: '점검이 끝나기 전에 중단되었습니다.',
  missedText: '그 시간에 콘솔이 실행되지 않아 점검한 카메라가 없습니다.',
  summed: ({ ok, fault, notChecked, newFault, mended }) =>
    `정상 ${say.number(ok)}, 이상 ${say.number(fault)}(신규 ${say.number(newFault)}), 미점검 ${say.number(notChecked)}, 복구 ${say.number(mended)}.`,
  newFault: '신규',
  stillFault: (since) => `${say.moment(since)}부터`,
  mended: (names) => `복구됨: ${names}.`,
  gone: (names) => `사라짐: ${names}.`,
  new: (names) => `새 카메라: ${names}.`,
}
