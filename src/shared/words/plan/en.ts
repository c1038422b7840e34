import { sayIn } from '../say.ts'
import type { PlanWords } from './planWords.ts'

const say = sayIn('en')

export const en: PlanWords = {
  mbit: 'Mbit/s',
  megabyte: 'MB',
  gigabyte: 'GB',
  range: (from, to) => `${from} to ${to}`,
  and: ' and ',
  streams: (count) => say.count(count, { one: 'stream', other: 'streams' }),
  readers: (count) => say.count(count, { one: 'reader', other: 'readers' }),
  guideFor: (streams) => `guide for ${streams}`,
  received: (traffic) => `${traffic} in`,
  sent: (traffic) => `${traffic} out`,
  leastOne: 'at least 1 per machine',
  system: (memory, others) => `${memory} for the system of each ${others ? 'other ' : ''}machine`,
  second: (bitrate) => `a second of ${bitrate}`,
  link: (fullest, share, link) => `${fullest} in the fuller direction / ${share} fits into ${link}`,
  encoding: (guide) =>
    `${guide}: on one machine, from 13 on consider one, from 17 on it is recommended, from 25 on needed; it takes 50 to 70 % of the load off the CPU`,
  notEncoded: 'What is passed on as it comes is not encoded',
  machines: (traffic, cores, encoded) =>
    encoded === null
      ? `the larger of ${traffic} and ${cores} cores for relaying, rounded up`
      : `the largest of ${traffic}, ${cores} cores for relaying and ${encoded} encoded on one machine, rounded up`,
  sources: {
    guide:
      'Sizing guide of a MediaServer project for RTSP to WebRTC with encoding, 1 to 40 streams per machine (January 2026). It names no bitrate; ordinary cameras are meant.',
    measured:
      'MediaMTX 1.20.1 on an AMD EPYC core of 2.6 GHz, streams of 5 Mbit/s: 6 publishers by RTSP over TCP took 0.136 % of a core per Mbit/s; 24 readers by RTSP over TCP 0.079 %, 12 by SRT 0.29 % per Mbit/s; 46 MB of memory without readers, 0.12 MB more per reader by RTSP, 1.6 MB by SRT.',
    arithmetic: 'Arithmetic on what was entered.',
  },
}
