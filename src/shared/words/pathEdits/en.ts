import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { PathEditWords } from './pathEditWords.ts'

const say = sayIn('en')

export const en: Rest<PathEditWords> = {
  streams: (streams, readers) =>
    streams === null
      ? 'The server closes the path, and so disconnects whoever publishes or reads it. How many these are is not known now.'
      : streams === 0 && readers === 0
        ? 'The server opens the path anew. Nobody publishes or reads it now.'
        : `The server closes ${say.count(streams, { one: 'stream', other: 'streams' })}, and so disconnects its source and ${say.count(readers, { one: 'reader', other: 'readers' })}.`,
  notKept: (settings) => `This cannot be set back here: the present value of ${settings} is hidden by the server, or cannot be kept by this console.`,
}
