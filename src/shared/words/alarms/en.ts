import { formatSpan } from '../../units.ts'
import { takerName } from '../acknowledgingText.ts'
import type { Rest } from '../catalogue.ts'
import { reasonText } from '../reasonText.ts'
import { sayIn } from '../say.ts'
import type { AlarmWords } from './alarmWords.ts'

const say = sayIn('en')
const because = {
  server: 'can’t be judged: its server is in trouble itself',
  host: 'can’t be judged: its host can’t be read',
  probe: 'can’t be judged: the probe can’t read the stream',
  paused: 'out of service: polling its server is paused',
  console: 'can’t be judged: this console has just begun, was asleep or has no network',
  maintenance: 'in maintenance: no notification before the window ends',
}

const closings = {
  healed: 'closed: it has healed, and somebody knows of it',
  removed: 'closed: it is not watched any more',
  rule: 'closed: its rule was changed and does not concern it any more',
}

export const en: Rest<AlarmWords> = {
  raised: ({ trouble, severity }, names) => `began: ${names.trouble(trouble)}, ${names.severity(severity)}`,
  returned: ({ trouble, severity }, names) => `came back: ${names.trouble(trouble)}, ${names.severity(severity)}`,
  turned: ({ trouble, severity }, names) => `turned into: ${names.trouble(trouble)}, ${names.severity(severity)}`,
  why: ({ why }) => `now says: ${reasonText(why, 'en')}`,
  healed: ({ unexpected }) => (unexpected === true ? 'over: its stream is off air, and nobody expects it' : 'healed'),
  suppressed: (change) => because[change.because],
  acknowledged: ({ by, link, until }) => `acknowledged by ${takerName({ by, link }, 'en')}${until === null ? '' : ` until ${say.moment(until)}`}`,
  unacknowledged: ({ by }) => (by === null ? 'the acknowledgement expired' : `unacknowledged by ${by}`),
  shelved: ({ by, until, reason, endsHealedForMs }) =>
    `shelved by ${by} until ${say.moment(until)}${endsHealedForMs === null ? '' : ` or until healed for ${formatSpan(endsHealedForMs, 'en')}`}: “${reason}”`,
  unshelved: ({ by }) => (by === null ? 'the shelving expired' : `unshelved by ${by}`),
  closed: (change) => closings[change.because],
}
