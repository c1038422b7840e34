import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { FileFaultWords } from './fileFaultWords.ts'

const say = sayIn('ko')
const held = { samples: '샘플', minutes: '1분 값', quarterHours: '15분 값', twoHours: '2시간 값', bundle: '번들' }
const stored = { server: '서버', host: '호스트', probe: '프로브', limit: '보존 한도' }
const missing = { layout: '레이아웃', subject: '대상', seal: '봉인 구간', column: '열', rounds: '폴링', server: '서버' }
const some = {
  alarms: (n: string) => `경보 ${n}건을 읽을 수 없음`,
  sessions: (n: string) => `세션 블록 ${n}개를 읽을 수 없음`,
  configurations: (n: string) => `보관된 서버 구성 ${n}개를 읽을 수 없음`,
  pictures: (n: string) => `그림 ${n}장이 없거나 기록된 것과 다름`,
}

export const ko: Rest<FileFaultWords> = {
  faults: {
    quoted: ({ text }) => `“${text}”`,
    otherPeriod: ({ of, period }) => `파일에 적힌 내용: ${[held[of], period].filter(Boolean).join(' ')}`,
    missing: ({ what, no }) => `가리키는 ${missing[what]}${no === null ? '' : ` ${no}`}이(가) 없음`,
    unreadable: ({ of, name }) => `저장된 ${stored[of]} ${name}을(를) 읽을 수 없음`,
    someUnreadable: ({ of, count }) => some[of](say.number(count)),
  },
  held,
  ofSeal: (seal) => `(봉인 구간 ${seal})`,
}
