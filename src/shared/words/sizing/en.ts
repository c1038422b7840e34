import { formatFixed, formatSpan } from '../../units.ts'
import { sayIn } from '../say.ts'
import type { SizingWords } from './sizingWords.ts'

const say = sayIn('en')

export const en: SizingWords = {
  why: {
    notTied: () => 'It is not linked to a media server: choose the one that runs there.',
    noInterface: () => 'No network interface was read.',
    steady: () => 'The load of its server did not differ enough to see what a stream costs.',
    needsData: ({ minutes }) => `Needs ${say.count(minutes, { one: 'more minute', other: 'more minutes' })} of data from the host and its server.`,
  },
  each: { streams: 'stream', traffic: 'Mbit/s', readers: 'reader' },
  readers: (count) => `${count} readers`,
  usual: (load) => `; a usual stream has ${load}`,
  cost: ({ line, moments, explains, perStream }) => `${line} (Theil–Sen, ${moments} moments, explains ${explains}) = ${perStream} a stream`,
  costOf: { cpu: 'CPU: ', memory: 'memory: ', network: 'sent: ' },
  now: (value) => `${value} now`,
  nowOf: (value, total) => `${value} of ${total} now`,
  limit: (percent) => `${percent} is the limit`,
  growth: {
    notKnown: ({ ms }) => `growth is not known before ${formatSpan(ms, 'en')} of history`,
    none: () => 'it does not grow',
    hardly: () => 'it hardly grows',
    grows: ({ percentADay, spanMs }) => `grows by ${formatFixed(percentADay, 2, 'en')} % of that a day (Theil–Sen over ${say.duration(spanMs)})`,
  },
  oneStream: (cost) => `one stream: ${cost}`,
  disk: (used, size) => `${used} of ${size} now; full where the slope of up to 7 days (Theil–Sen) reaches 100 %`,
}
