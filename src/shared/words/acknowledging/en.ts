import { sayIn } from '../say.ts'
import type { AcknowledgingWords } from './acknowledgingWords.ts'

const say = sayIn('en')

export const en: AcknowledgingWords = {
  byLink: ({ by, link }) => (by === '' ? `link from ${link}` : `${by} (by link from ${link})`),
  title: 'Acknowledge',
  members: (count) => say.count(count, { one: 'alarm', other: 'alarms' }),
  more: (count) => `and ${say.number(count)} more`,
  untaken: 'Nobody has acknowledged this yet.',
  partlyTaken: (count) => `Nobody has acknowledged ${say.count(count, { one: 'alarm', other: 'alarms' })} of this yet.`,
  taken: ({ who, moment }) => `Acknowledged by ${who}, ${say.momentOf(moment)}.`,
  name: 'Your name (optional)',
  nameHint: 'Others see who is working on it.',
  button: 'Acknowledge',
  over: (moment) => `This ended ${say.momentOf(moment)}. There is nothing left to acknowledge.`,
  nothingToTake: 'There is nothing to acknowledge now.',
  expired: 'This link has expired: it was good for a day. Use the link of a newer message, or open mtxdeck.',
  unknown: 'This console does not know the incident of this link any more.',
  invalid: 'This link is not valid. It may have been cut off on its way, or the settings of the console have changed since. Open mtxdeck to see its alarms.',
  notConfirmed: 'Nothing was acknowledged. Please press the button on this page.',
  notStored: 'The console could not store this, so nothing was acknowledged. Its disk may be full. Please try again, or tell whoever runs it.',
  tooMany: 'Too many requests came from your network. Please try again in a minute.',
}
