import type { SubjectKind } from '../../subjects.ts'
import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { RehearsalWords } from './rehearsalWords.ts'

const say = sayIn('en')
const alarms = (count: number) => say.count(count, { one: 'alarm', other: 'alarms' })
const ofAll: Readonly<Record<SubjectKind, (count: number) => string>> = {
  stream: (count) => say.count(count, { one: 'stream', other: 'streams' }),
  server: (count) => say.count(count, { one: 'server', other: 'servers' }),
  host: (count) => say.count(count, { one: 'host', other: 'hosts' }),
  device: (count) => say.count(count, { one: 'part of a host', other: 'parts of hosts' }),
  probe: (count) => say.count(count, { one: 'probe', other: 'probes' }),
}

export const en: Rest<RehearsalWords> = {
  instead: (after, before) => (after === before ? `${alarms(after)}, as many as now.` : `${alarms(after)} instead of ${say.number(before)}.`),
  alarms: (after) => `${alarms(after)}.`,
  beyond: ({ beyond, standing, known, of, by }) => {
    const all = `${say.number(beyond)} of ${ofAll[of](known)}`
    const where = by === 'absence' ? 'without this figure' : 'beyond the limit'
    if (standing === null || standing === beyond) return `${all} ${beyond === 1 ? 'is' : 'are'} ${where} now.`
    return `${all} would be ${where} now; with the rule as it stands, ${say.number(standing)} ${standing === 1 ? 'is' : 'are'}.`
  },
  noneKnown: (by) => (by === 'unusual' ? 'What is usual is not known yet of any of them.' : 'No figure is known now of what it is for.'),
  unknown: (count, by) =>
    by === 'unusual'
      ? `What is usual is not known yet of ${say.number(count)} more.`
      : `${say.number(count)} more ${count === 1 ? 'has' : 'have'} no figure now.`,
}
