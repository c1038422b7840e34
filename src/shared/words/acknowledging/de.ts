import { sayIn } from '../say.ts'
import type { AcknowledgingWords } from './acknowledgingWords.ts'

const say = sayIn('de')

export const de: AcknowledgingWords = {
  byLink: ({ by, link }) => (by === '' ? `jemandem per Link von ${link}` : `${by} (per Link von ${link})`),
  title: 'Quittieren',
  members: (count) => say.count(count, { one: 'Alarm', other: 'Alarme' }),
  more: (count) => `und ${say.number(count)} weitere`,
  untaken: 'Das hat noch niemand quittiert.',
  partlyTaken: (count) => `Davon hat noch niemand ${say.count(count, { one: 'Alarm', other: 'Alarme' })} quittiert.`,
  taken: ({ who, moment }) => `Quittiert von ${who}, ${say.momentOf(moment)}.`,
  name: 'Ihr Name (freiwillig)',
  nameHint: 'So sehen andere, wer sich darum kümmert.',
  button: 'Quittieren',
  over: (moment) => `Das ist seit ${say.momentOf(moment)} vorbei. Es gibt nichts mehr zu quittieren.`,
  nothingToTake: 'Zurzeit gibt es hier nichts zu quittieren.',
  expired: 'Dieser Link ist abgelaufen: Er galt einen Tag. Nehmen Sie den Link einer neueren Meldung oder öffnen Sie mtxdeck.',
  unknown: 'Diese Konsole kennt die Störung zu diesem Link nicht mehr.',
  invalid:
    'Dieser Link ist nicht gültig. Vielleicht wurde er unterwegs abgeschnitten, oder die Einstellungen der Konsole haben sich seitdem geändert. Öffnen Sie mtxdeck, um die Alarme zu sehen.',
  notConfirmed: 'Es wurde nichts quittiert. Bitte drücken Sie die Schaltfläche auf dieser Seite.',
  notStored:
    'Die Konsole konnte das nicht speichern, deshalb wurde nichts quittiert. Vielleicht ist ihre Platte voll. Versuchen Sie es noch einmal oder sagen Sie es ihrem Betreiber.',
  tooMany: 'Aus Ihrem Netz kamen zu viele Anfragen. Bitte versuchen Sie es in einer Minute noch einmal.',
}
