import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { AcknowledgingWords } from './acknowledgingWords.ts'

const say = sayIn('en')

export const en: Rest<AcknowledgingWords> = {
  byLink: ({ by, link }) => (by === '' ? `link from ${link}` : `${by} (by link from ${link})`),
  members: (count) => say.count(count, { one: 'alarm', other: 'alarms' }),
  more: (count) => `and ${say.number(count)} more`,
  partlyTaken: (count) => `Nobody has acknowledged ${say.count(count, { one: 'alarm', other: 'alarms' })} of this yet.`,
  over: (moment) => `This ended ${say.momentOf(moment)}. There is nothing left to acknowledge.`,
}
