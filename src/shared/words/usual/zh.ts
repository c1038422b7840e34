import { sayIn } from '../say.ts'
import type { UsualWords } from './usualWords.ts'

const say = sayIn('zh')
const days = ['周一', '周二', '周三', '周四', '周五', '周六', '周日']
const other = { level: '码率水平', codec: '编码格式', size: '画面尺寸' } as const

export const zh: UsualWords = {
  on: ({ weekday, hour, zone }) => `${days[weekday - 1]} ${hour} 时（${zone}）`,
  usually: (figures, on, weeks) => `${on}通常为 ${figures}，依据 ${say.number(weeks)} 周的记录。`,
  notKnown: (on, weeks, needed) => `${on}的常态尚不清楚：已有 ${say.number(weeks)} 周，需要 ${say.number(needed)} 周。`,
  forgotten: ({ at, because }) => `${say.moment(at)} 其${other[because]}改变，从那时起重新学习。`,
}
