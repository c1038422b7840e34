/** Start of an answer's section lines and of its end line. */
const sectionStart = Buffer.from('== ')
const endWord = '== END'
const newline = 10

/** Most bytes of noise that are accepted before or between answers. */
export const noiseLimit = 64 * 1024

/** The script's name for an answer may hold letters, digits and dashes. */
export function askLine(line: string, id: string): string {
  return `${line} ${id}\n`
}

/** The state after the bytes so far. */
export type FrameState =
  | { readonly kind: 'more' }
  | { readonly kind: 'answer'; readonly answer: Uint8Array }
  /** Larger than allowed. */
  | { readonly kind: 'tooMuch' }
  /** A lot of text, but no beginning of an answer. */
  | { readonly kind: 'noise' }

/** Collects the bytes of one answer. */
export interface AnswerFrame {
  readonly push: (chunk: Uint8Array) => FrameState
  /**
   * The answer of a command that has ended. Its END may have another id or none, since a forced command may not
   * have received ours. null: there is no complete answer.
   */
  readonly ended: () => Uint8Array | null
  /** Whether an answer has begun. */
  readonly begun: () => boolean
  /** The beginning of the bytes so far, for error messages. */
  readonly text: () => string
}

/** Index of the first line that begins a section; -1: none yet. */
function answerStart(bytes: Buffer, from: number): number {
  for (let at = from; ; ) {
    const found = bytes.indexOf(sectionStart, at)
    if (found <= 0 || bytes[found - 1] === newline) return found
    at = found + 1
  }
}

/** Frames one answer that ends with `== END <id>`, of at most `maxBytes` including any noise before it. */
export function createAnswerFrame(id: string, maxBytes: number): AnswerFrame {
  const end = Buffer.from(`${endWord} ${id}\n`)
  let chunks: Uint8Array[] = []
  let size = 0
  // The last bytes: the length of the end mark plus the newline before it.
  let tail: Buffer = Buffer.alloc(0)
  let begun = false

  const joined = (): Buffer => {
    const one =
      chunks.length === 1 && chunks[0] !== undefined ? Buffer.from(chunks[0].buffer, chunks[0].byteOffset, chunks[0].byteLength) : Buffer.concat(chunks)
    chunks = [one]
    return one
  }
  const endsWithMark = () =>
    tail.length >= end.length &&
    tail.compare(end, 0, end.length, tail.length - end.length) === 0 &&
    (tail.length === end.length || tail[tail.length - end.length - 1] === newline)

  return {
    push: (chunk) => {
      chunks.push(chunk)
      size += chunk.byteLength
      if (size > maxBytes) return { kind: 'tooMuch' }
      const keep = end.length + 1
      const last = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      tail = last.length >= keep ? last.subarray(last.length - keep) : Buffer.concat([tail, last]).subarray(-keep)
      if (endsWithMark()) {
        const all = joined()
        const start = answerStart(all, 0)
        return { kind: 'answer', answer: all.subarray(start < 0 ? all.length - end.length : start, all.length - end.length) }
      }
      if (!begun && (size > noiseLimit || chunks.length === 1)) {
        begun = answerStart(joined(), 0) >= 0
        if (!begun && size > noiseLimit) return { kind: 'noise' }
      }
      return { kind: 'more' }
    },
    ended: () => {
      const all = joined()
      const start = answerStart(all, 0)
      if (start < 0) return null
      const last = all.lastIndexOf(`\n${endWord}`)
      if (last < start) return null
      const rest = all.toString('latin1', last + 1)
      return /^== END(?: [\w-]*)?\r?\n?$/.test(rest) ? all.subarray(start, last + 1) : null
    },
    begun: () => begun || answerStart(joined(), 0) >= 0,
    text: () => joined().toString('utf8', 0, 2048),
  }
}
