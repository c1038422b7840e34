import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { DailyWords } from './dailyWords.ts'

const say = sayIn('de')
const cameras = { one: 'Kamera', other: 'Kameras' }

export const de: Rest<DailyWords> = {
  faults: {
    offAir: ({ since }) => (since === null ? 'Es wird nichts gesendet, auch bisher nie.' : `Seit ${say.moment(since)} wird nichts gesendet.`),
  },
  differs: (what) => `Nicht wie vereinbart: ${what}.`,
  title: (day, { fault, cameras: all }) =>
    fault === 0
      ? `Tagesprüfung ${day}: keine Fehler bei ${say.count(all, cameras)}`
      : `Tagesprüfung ${day}: ${say.number(fault)} von ${say.count(all, cameras)} mit Fehlern`,
  missed: (day) => `Tagesprüfung ${day}: ausgefallen`,
  stillFault: (since) => `seit ${say.moment(since)}`,
  mended: (names) => `Behoben: ${names}.`,
  gone: (names) => `Nicht mehr da: ${names}.`,
  new: (names) => `Neu dabei: ${names}.`,
}
