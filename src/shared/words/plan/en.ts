import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { PlanWords } from './planWords.ts'

const say = sayIn('en')

export const en: Rest<PlanWords> = {
  range: (from, to) => `${from} to ${to}`,
  streams: (count) => say.count(count, { one: 'stream', other: 'streams' }),
  readers: (count) => say.count(count, { one: 'reader', other: 'readers' }),
  guideFor: (streams) => `guide for ${streams}`,
  received: (traffic) => `${traffic} in`,
  sent: (traffic) => `${traffic} out`,
  system: (memory, others) => `${memory} for the system of each ${others ? 'other ' : ''}machine`,
  second: (bitrate) => `a second of ${bitrate}`,
  link: (fullest, share, link) => `${fullest} in the fuller direction / ${share} fits into ${link}`,
  encoding: (guide) =>
    `${guide}: on one machine, from 13 on consider one, from 17 on it is recommended, from 25 on needed; it takes 50 to 70 % of the load off the CPU`,
  machines: (traffic, cores, encoded) =>
    encoded === null
      ? `the larger of ${traffic} and ${cores} cores for relaying, rounded up`
      : `the largest of ${traffic}, ${cores} cores for relaying and ${encoded} encoded on one machine, rounded up`,
}
