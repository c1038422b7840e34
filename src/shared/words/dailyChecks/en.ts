import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { DailyWords } from './dailyWords.ts'

const say = sayIn('en')
const cameras = { one: 'camera', other: 'cameras' }

export const en: Rest<DailyWords> = {
  faults: {
    offAir: ({ since }) => (since === null ? 'Nothing is published, and never was.' : `Nothing is published since ${say.moment(since)}.`),
  },
  differs: (what) => `Not as agreed: ${what}.`,
  title: (day, { fault, cameras: all }) =>
    fault === 0
      ? `Daily check ${day}: no faults at ${say.count(all, cameras)}`
      : `Daily check ${day}: ${say.number(fault)} of ${say.count(all, cameras)} faulty`,
  missed: (day) => `Daily check ${day}: missed`,
  stillFault: (since) => `since ${say.moment(since)}`,
  mended: (names) => `Fixed: ${names}.`,
  gone: (names) => `Gone: ${names}.`,
  new: (names) => `New: ${names}.`,
}
