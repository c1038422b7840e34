import { sayIn } from '../say.ts'
import type { PathEditWords } from './pathEditWords.ts'

const say = sayIn('en')

export const en: PathEditWords = {
  nothing: () => 'Publishers and readers stay connected.',
  recording: () => 'Publishers and readers stay connected. Recording begins or ends, or goes on in a new file.',
  streams: (streams, readers) =>
    streams === null
      ? 'The server closes the path, and so disconnects whoever publishes or reads it. How many these are is not known now.'
      : streams === 0 && readers === 0
        ? 'The server opens the path anew. Nobody publishes or reads it now.'
        : `The server closes ${say.count(streams, { one: 'stream', other: 'streams' })}, and so disconnects its source and ${say.count(readers, { one: 'reader', other: 'readers' })}.`,
  lasts: () => 'The change lasts until the server reads its configuration file again or is restarted: its API does not write the file.',
  notKept: (settings) => `This cannot be set back here: the present value of ${settings} is hidden by the server, or cannot be kept by this console.`,
  outcomes: {
    applied: () => 'Done. Read back from the server, it is as asked for.',
    partly: () => 'The server did not take all of it.',
    refused: () => 'The server refused. Nothing was changed.',
    unknown: () => 'Whether the server took it is not known. Look at its settings before you try again.',
  },
}
