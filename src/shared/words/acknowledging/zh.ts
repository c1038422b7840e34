import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { AcknowledgingWords } from './acknowledgingWords.ts'

const say = sayIn('zh')

export const zh: Rest<AcknowledgingWords> = {
  byLink: ({ by, link }) => (by === '' ? `某人（通过 ${link} 的链接）` : `${by}（通过 ${link} 的链接）`),
  members: (count) => `${say.number(count)} 条告警`,
  more: (count) => `另有 ${say.number(count)} 条`,
  partlyTaken: (count) => `其中 ${say.number(count)} 条告警尚无人确认。`,
  over: (moment) => `已于 ${say.momentOf(moment)} 结束，无需再确认。`,
}
