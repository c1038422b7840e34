import { sayIn } from '../say.ts'
import type { RemedyWords } from './remedyWords.ts'

const say = sayIn('de')

export const de: RemedyWords = {
  reason: (rule) => `Eingriff der Regel ${rule}`,
  acted: {
    kickPublisher: {
      begun: () => 'Der Sender wird getrennt.',
      done: () => 'Der Sender wurde getrennt.',
      failed: () => 'Der Sender wurde nicht getrennt.',
      unknown: () => 'Ob der Sender getrennt wurde, ist nicht bekannt.',
    },
    restartSource: {
      begun: () => 'Die gezogene Quelle wird neu gestartet.',
      done: () => 'Die gezogene Quelle wurde neu gestartet.',
      failed: () => 'Die gezogene Quelle wurde nicht neu gestartet.',
      unknown: () => 'Ob die gezogene Quelle neu gestartet wurde, ist nicht bekannt.',
    },
    restartPath: {
      begun: () => 'Der Pfad wird geschlossen und wieder geöffnet.',
      done: () => 'Der Pfad wurde geschlossen und wieder geöffnet.',
      failed: () => 'Der Pfad wurde nicht geschlossen.',
      unknown: () => 'Ob der Pfad geschlossen und wieder geöffnet wurde, ist nicht bekannt.',
    },
    runCommand: {
      begun: () => 'Der Befehl läuft auf dem Rechner.',
      done: () => 'Der Befehl wurde auf dem Host ausgeführt.',
      failed: () => 'Der Befehl wurde auf dem Host nicht ausgeführt oder ist gescheitert.',
      unknown: () => 'Ob der Befehl auf dem Host ausgeführt wurde, ist nicht bekannt.',
    },
  },
  why: {
    noPublisher: () => 'Niemand sendet den Stream.',
    ownPublisher: () => 'Diese Konsole sendet den Stream selbst.',
    notPulled: () => 'Der Server zieht diesen Stream nicht.',
    sharedEntry: () => 'Die Konfiguration hat keinen Eintrag nur für diesen Pfad: Andere Pfade wären mit geschlossen worden.',
    beingChanged: () => 'Jemand anders ändert gerade die Konfiguration dieses Servers.',
    notTaken: () => 'Der Server hat die Änderung nicht übernommen.',
    notAsked: () => 'Der Server wird zurzeit nicht abgefragt.',
    noHost: () => 'Kein Host, auf dem dieser Server läuft, wird über SSH überwacht.',
    ended: ({ code, said }) => {
      const what =
        code === null ? 'Der Befehl wurde abgebrochen' : code === 0 ? 'Der Befehl war erfolgreich' : `Der Befehl ist mit Exit-Code ${code} gescheitert`
      return said === '' ? `${what}.` : `${what}: ${said}`
    },
    timedOut: ({ limitMs }) => `Der Befehl endete nicht innerhalb von ${say.duration(limitMs)}.`,
    interrupted: () => 'mtxdeck endete, bevor das Ergebnis bekannt war.',
    internal: () => 'mtxdeck ist an einem eigenen Fehler gescheitert: Sein Log sagt mehr.',
  },
  rehearsed: ({ alarms, acts, held, from }) => {
    const all = `Seit ${say.moment(from)}: ${say.count(alarms, { one: 'Alarm', other: 'Alarme' })}, ${say.count(acts, { one: 'Eingriff', other: 'Eingriffe' })}.`
    return held === 0 ? all : `${all} ${say.count(held, { one: 'weiteren Eingriff', other: 'weitere Eingriffe' })} hat die Grenze pro Stunde verhindert.`
  },
}
