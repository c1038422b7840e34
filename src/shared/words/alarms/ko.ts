import { formatSpan } from '../../units.ts'
import { takerName } from '../acknowledgingText.ts'
import type { Rest } from '../catalogue.ts'
import { reasonText } from '../reasonText.ts'
import { sayIn } from '../say.ts'
import type { AlarmWords } from './alarmWords.ts'

const say = sayIn('ko')
const because = {
  server: '판단할 수 없음: 서버 자체에 장애가 있습니다',
  host: '판단할 수 없음: 호스트를 읽을 수 없습니다',
  probe: '판단할 수 없음: 프로브가 스트림을 읽을 수 없습니다',
  paused: '사용 중지: 서버 폴링이 일시 중지되었습니다',
  console: '판단할 수 없음: 이 콘솔이 방금 시작했거나, 절전 상태였거나, 네트워크가 없습니다',
  maintenance: '유지보수 중: 판단은 계속하지만 시간대가 끝날 때까지 알리지 않습니다',
}

const closings = {
  healed: '종결: 복구되었고 운영자가 알고 있습니다',
  removed: '종결: 더 이상 감시하지 않습니다',
  rule: '종결: 규칙이 바뀌어 더 이상 해당되지 않습니다',
}

export const ko: Rest<AlarmWords> = {
  raised: ({ trouble, severity }, names) => `발생: ${names.trouble(trouble)}, ${names.severity(severity)}`,
  returned: ({ trouble, severity }, names) => `다시 발생: ${names.trouble(trouble)}, ${names.severity(severity)}`,
  turned: ({ trouble, severity }, names) => `바뀜: ${names.trouble(trouble)}, ${names.severity(severity)}`,
  why: ({ why }) => `현재 내용: ${reasonText(why, 'ko')}`,
  healed: ({ unexpected }) => (unexpected === true ? '종료: 스트림이 송출되지 않으며 예상되지도 않습니다' : '복구되었습니다'),
  suppressed: (change) => because[change.because],
  acknowledged: ({ by, link, until }) => `확인: ${takerName({ by, link }, 'ko')}${until === null ? '' : `, ${say.moment(until)}까지`}`,
  unacknowledged: ({ by }) => (by === null ? '확인이 자동으로 끝났습니다' : `확인 취소: ${by}`),
  shelved: ({ by, until, reason, endsHealedForMs }) =>
    `보류: ${by}, ${say.moment(until)}까지${endsHealedForMs === null ? '' : ` 또는 복구 후 ${formatSpan(endsHealedForMs, 'ko')} 경과 시까지`}: “${reason}”`,
  unshelved: ({ by }) => (by === null ? '보류가 자동으로 끝났습니다' : `보류 해제: ${by}`),
  closed: (change) => closings[change.because],
}
