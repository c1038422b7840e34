import type { SubjectKind } from '../../subjects.ts'
import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { RehearsalWords } from './rehearsalWords.ts'

const say = sayIn('zh')
const alarms = (count: number) => `${say.number(count)} 条告警`
const ofAll: Readonly<Record<SubjectKind, (count: number) => string>> = {
  stream: (count) => `${say.number(count)} 个流`,
  server: (count) => `${say.number(count)} 台服务器`,
  host: (count) => `${say.number(count)} 台主机`,
  device: (count) => `${say.number(count)} 个主机部件`,
  probe: (count) => `${say.number(count)} 个探测`,
}

export const zh: Rest<RehearsalWords> = {
  instead: (after, before) => (after === before ? `${alarms(after)}，与现在相同。` : `${alarms(after)}，而现在为 ${say.number(before)} 条。`),
  alarms: (after) => `${alarms(after)}。`,
  beyond: ({ beyond, standing, known, of, by }) => {
    const what = by === 'absence' ? '没有此数值' : '超出限值'
    if (standing === null || standing === beyond) return `${ofAll[of](known)}中，现在有 ${say.number(beyond)} 个${what}。`
    return `${ofAll[of](known)}中，现在将有 ${say.number(beyond)} 个${what}；按现行规则为 ${say.number(standing)} 个。`
  },
  noneKnown: (by) => (by === 'unusual' ? '尚不清楚其中任何一个的常态。' : '适用对象目前均无数值。'),
  unknown: (count, by) => (by === 'unusual' ? `另有 ${say.number(count)} 个的常态尚不清楚。` : `另有 ${say.number(count)} 个目前没有数值。`),
}
