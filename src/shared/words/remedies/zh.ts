import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { RemedyWords } from './remedyWords.ts'

const say = sayIn('zh')

export const zh: Rest<RemedyWords> = {
  reason: (rule) => `规则 ${rule} 的处置`,
  why: {
    ended: ({ code, said }) => {
      const what = code === null ? '命令被终止' : code === 0 ? '命令成功' : `命令失败，退出码 ${code}`
      return said === '' ? `${what}。` : `${what}：${said}`
    },
  },
  rehearsed: ({ alarms, acts, held, from }) => {
    const all = `${say.moment(from)} 以来：${say.number(alarms)} 个告警，${say.number(acts)} 次处置。`
    return held === 0 ? all : `${all}另有 ${say.number(held)} 次因每小时上限未执行。`
  },
}
