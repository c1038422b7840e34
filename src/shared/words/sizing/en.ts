import { formatFixed, formatSpan } from '../../units.ts'
import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { SizingWords } from './sizingWords.ts'

const say = sayIn('en')

export const en: Rest<SizingWords> = {
  why: {
    needsData: ({ minutes }) => `Needs ${say.count(minutes, { one: 'more minute', other: 'more minutes' })} of data from the host and its server.`,
  },
  readers: (count) => `${count} readers`,
  usual: (load) => `; a usual stream has ${load}`,
  now: (value) => `${value} now`,
  nowOf: (value, total) => `${value} of ${total} now`,
  limit: (percent) => `${percent} is the limit`,
  growth: {
    notKnown: ({ ms }) => `growth is not known before ${formatSpan(ms, 'en')} of history`,
    grows: ({ percentADay, spanMs }) => `grows by ${formatFixed(percentADay, 2, 'en')} % of that a day (Theil–Sen over ${say.duration(spanMs)})`,
  },
  oneStream: (cost) => `one stream: ${cost}`,
  disk: (used, size) => `${used} of ${size} now; full where the slope of up to 7 days (Theil–Sen) reaches 100 %`,
}
