import { sayIn } from '../say.ts'
import type { RehearsalWords } from './rehearsalWords.ts'

const say = sayIn('zh')
const alarms = (count: number) => `${say.number(count)} 条告警`

export const zh: RehearsalWords = {
  instead: (after, before) => (after === before ? `${alarms(after)}，与现在相同。` : `${alarms(after)}，而现在为 ${say.number(before)} 条。`),
  alarms: (after) => `${alarms(after)}。`,
  unrehearsed: {
    notKeptAsFigures: () => '此规则无法演练：它监视的内容没有作为数值保存。',
    keptSince: ({ from }) => `${say.moment(from)} 之前没有保存数据。`,
    tooMany: ({ subjects, of }) => `仅对 ${say.number(of)} 个中的前 ${say.number(subjects)} 个进行了演练。`,
    coarse: ({ stepMs }) => `按每 ${say.duration(stepMs)} 一个值来判断：更短的情况可能缺失，或显得更长。`,
    plans: () => '未考虑当时的播出时间和维护时段。',
  },
}
