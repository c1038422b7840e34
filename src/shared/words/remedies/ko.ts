import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { RemedyWords } from './remedyWords.ts'

const say = sayIn('ko')

export const ko: Rest<RemedyWords> = {
  reason: (rule) => `규칙 ${rule}의 조치`,
  why: {
    ended: ({ code, said }) => {
      const what = code === null ? '명령이 강제 종료됨' : code === 0 ? '명령 성공' : `명령 실패, 종료 코드 ${code}`
      return said === '' ? `${what}.` : `${what}: ${said}`
    },
  },
  rehearsed: ({ alarms, acts, held, from }) => {
    const all = `${say.moment(from)} 이후: 경보 ${say.number(alarms)}건, 조치 ${say.number(acts)}건.`
    return held === 0 ? all : `${all} 시간당 한도로 보류된 조치 ${say.number(held)}건.`
  },
}
