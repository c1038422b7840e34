import { sayIn } from '../say.ts'
import type { NotificationWords } from './notificationWords.ts'

const say = sayIn('en')

export const en: NotificationWords = {
  severity: { critical: 'critical', major: 'major', minor: 'minor', warning: 'warning' },
  state: {
    unacknowledged: 'not acknowledged',
    acknowledged: 'acknowledged',
    healedUnseen: 'healed',
    shelved: 'shelved',
    suppressed: 'suppressed',
    outOfService: 'out of service',
  },
  ended: 'ended',
  worse: 'worse',
  eased: 'eased',
  changed: 'update',
  endedAfter: ({ minMs, maxMs }) => `ENDED after ${say.interval(minMs, maxMs)}`,
  stillAfter: ({ severity, ms }) => `STILL ${severity} after ${say.duration(ms)}`,
  summary: (messages) => `${say.count(messages, { one: 'message', other: 'messages' })} as one`,
  summed: ({ began, changed, ended }) => `${say.number(began)} began, ${say.number(changed)} changed, ${say.number(ended)} ended.`,
  test: 'test',
  unreadable: 'It has ended. What it was about cannot be read any more.',
  tested: 'This is a test of mtxdeck. Nothing is wrong.',
  drilled: 'This is the regular drill of mtxdeck. Nothing is wrong.',
  since: (moment) => `Since ${say.momentOf(moment)}.`,
  endedAt: (moment) => `Ended ${say.momentOf(moment)}.`,
  returned: ({ returns, ms }) => `It has returned ${say.count(returns, { one: 'time', other: 'times' })} in ${say.duration(ms)}.`,
  calm: (moment) => `Well since ${say.momentOf(moment)}, but not for long enough to be over.`,
  escalated: 'Nobody has acknowledged this so far.',
  startMissed: 'The message of its start could not be sent in time.',
  mayRepeat: 'You may have got this message before.',
  open: 'Open in mtxdeck',
  take: 'Acknowledge',
}
