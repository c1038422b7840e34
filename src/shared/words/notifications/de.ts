import { sayIn } from '../say.ts'
import type { NotificationWords } from './notificationWords.ts'

const say = sayIn('de')

export const de: NotificationWords = {
  severity: { critical: 'kritisch', major: 'schwer', minor: 'leicht', warning: 'Warnung' },
  state: {
    unacknowledged: 'nicht quittiert',
    acknowledged: 'quittiert',
    healedUnseen: 'behoben',
    shelved: 'zurückgestellt',
    suppressed: 'unterdrückt',
    outOfService: 'außer Betrieb',
  },
  ended: 'beendet',
  worse: 'schlimmer',
  eased: 'gebessert',
  changed: 'Stand',
  endedAfter: ({ minMs, maxMs }) => `BEENDET nach ${say.interval(minMs, maxMs)}`,
  stillAfter: ({ severity, ms }) => `NOCH ${severity} nach ${say.duration(ms)}`,
  summary: (messages) => `${say.count(messages, { one: 'Meldung', other: 'Meldungen' })} in einer`,
  summed: ({ began, changed, ended }) => `${say.number(began)} begonnen, ${say.number(changed)} verändert, ${say.number(ended)} beendet.`,
  test: 'Test',
  unreadable: 'Er ist beendet. Worum es ging, lässt sich nicht mehr lesen.',
  tested: 'Dies ist ein Test von mtxdeck. Es ist nichts passiert.',
  drilled: 'Dies ist die regelmäßige Übung von mtxdeck. Es ist nichts passiert.',
  since: (moment) => `Seit ${say.momentOf(moment)}.`,
  endedAt: (moment) => `Beendet ${say.momentOf(moment)}.`,
  returned: ({ returns, ms }) => `In ${say.duration(ms)} ${say.number(returns)}-mal wiedergekehrt.`,
  calm: (moment) => `Seit ${say.momentOf(moment)} in Ordnung, aber noch nicht lange genug, um beendet zu sein.`,
  escalated: 'Bisher hat das niemand quittiert.',
  startMissed: 'Die Meldung des Beginns konnte nicht rechtzeitig gesendet werden.',
  mayRepeat: 'Diese Meldung haben Sie vielleicht schon bekommen.',
  open: 'In mtxdeck öffnen',
  take: 'Quittieren',
}
