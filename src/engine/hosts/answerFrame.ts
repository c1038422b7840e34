/** Start of a section's first line. */
const sectionStart = Buffer.from('== ')
const newline = 10
const quotedBytes = 2_048

/** Collects the bytes of one answer, which ends with the line `== END <id>` and has `maxBytes` at most, including any text before it. */
export class AnswerFrame {
  readonly #end: Buffer
  readonly #maxBytes: number
  #chunks: Buffer[] = []
  #size = 0
  /** The last bytes: the length of the end mark and the newline before it. */
  #tail: Buffer = Buffer.alloc(0)

  constructor(id: string, maxBytes: number) {
    this.#end = Buffer.from(`== END ${id}\n`)
    this.#maxBytes = maxBytes
  }

  push(chunk: Buffer): 'more' | 'whole' | 'tooMuch' {
    this.#chunks.push(chunk)
    this.#size += chunk.length
    if (this.#size > this.#maxBytes) return 'tooMuch'
    const keep = this.#end.length + 1
    this.#tail = Buffer.concat([this.#tail, chunk.subarray(-keep)]).subarray(-keep)
    const from = this.#tail.length - this.#end.length
    const isWhole = from >= 0 && this.#tail.compare(this.#end, 0, this.#end.length, from) === 0 && (from === 0 || this.#tail[from - 1] === newline)
    return isWhole ? 'whole' : 'more'
  }

  /** A whole answer, from its first section up to its end mark. */
  answer(): Buffer {
    const all = this.#all()
    const stop = all.length - this.#end.length
    const start = answerStart(all)
    return all.subarray(start < 0 ? stop : start, stop)
  }

  hasBegun(): boolean {
    return answerStart(this.#all()) >= 0
  }

  text(): string {
    return this.#all().toString('utf8', 0, quotedBytes)
  }

  #all(): Buffer {
    const [one = Buffer.alloc(0), ...others] = this.#chunks
    if (others.length === 0) return one
    const all = Buffer.concat(this.#chunks)
    this.#chunks = [all]
    return all
  }
}

/** Index of the first line that begins a section; -1: none yet. */
function answerStart(bytes: Buffer): number {
  for (let at = bytes.indexOf(sectionStart); ; at = bytes.indexOf(sectionStart, at + 1)) if (at <= 0 || bytes[at - 1] === newline) return at
}
