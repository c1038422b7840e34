import type { Slice } from '../../clock/slices.ts'
import type { ReplyFault } from '../../shared/errors.ts'
import { answerLimits, listFieldNames } from './apiFields.ts'

/**
 * Parses JSON of any size from untrusted servers: in short slices, so that the event loop is not blocked, and bounded in depth and in
 * what it keeps, so that no answer takes more memory than its own length. `JSON.parse` does neither.
 *
 * 1. Whatever it accepts, `JSON.parse` accepts, too, with the same value except for what was cut or left out.
 * 2. It keeps one item and one character more than the limits, so that validation by the field's rule notices the cut.
 */
export interface JsonLimits {
  readonly text: number
  /** Items of one list, keys of one object. */
  readonly items: number
  readonly keys: number
  /** Names of the fields to keep; null: all. */
  readonly wanted: ReadonlySet<string> | null
  /** Called for each text and list that is cut. */
  readonly onCut?: () => void
}

/** For lists, whose fields are validated one by one afterwards. */
export const listLimits: JsonLimits = { text: 4_096, items: answerLimits.sessions, keys: 100, wanted: listFieldNames }

const deepest = 32
/** Most values kept of one answer. */
const mostValues = 2_000_000
/** Characters of a number; a longer one is broken JSON. */
export const longestNumber = 400
/** The end of a text with more bytes than this is searched in slices, byte by byte, as it may be full of escaped quotes. */
const longestNearText = 65_536
/** Most bytes of white space in one place; real programs write less. */
const longestSpace = 65_536
/** The slice's end is checked at least after this many bytes, however few values they hold. */
const checkedAtBytes = 65_536
const longestKey = 200

const [quote, backslash, comma, colon, openBracket, closeBracket, openBrace, closeBrace] = [0x22, 0x5c, 0x2c, 0x3a, 0x5b, 0x5d, 0x7b, 0x7d] as const
const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const words: readonly (readonly [string, unknown])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
]

interface Container {
  /** null: its content is dropped. */
  readonly into: unknown[] | Record<string, unknown> | null
  readonly isList: boolean
  /** Key of the current value; null: not kept. */
  key: string | null
  size: number
}

/** Gives the position at which JSON is invalid, but never its content, which may be a secret. */
export class JsonError extends Error {
  override readonly name = 'JsonError'
  /** Byte index; the answer's length if it ended too early. */
  readonly at: number
  constructor(at: number) {
    super('broken JSON')
    this.at = at
  }
}

const isSpace = (byte: number | undefined) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
const isOfNumber = (byte: number | undefined) =>
  byte !== undefined && ((byte >= 0x30 && byte <= 0x39) || byte === 0x2d || byte === 0x2b || byte === 0x2e || byte === 0x45 || byte === 0x65)

/** Thrown when the text that begins at `start`, after its opening quote, is so long that its end must be searched in slices. */
class LongText extends Error {
  readonly start: number
  constructor(start: number) {
    super('a long text')
    this.start = start
  }
}

/** Index of the quote that ends the text beginning at `start`, after its opening quote. Throws `LongText` if it is too far away. */
function endOfText(body: Buffer, start: number): number {
  for (let from = start; ; ) {
    const end = body.indexOf(quote, from)
    if (end < 0 || end - start > longestNearText) throw new LongText(start)
    let slashes = 0
    while (end - 1 - slashes >= start && body[end - 1 - slashes] === backslash) slashes++
    if (slashes % 2 === 0) return end
    from = end + 1
  }
}

const mostPlain = 64
/** Index of the closing quote if the text is ASCII without escapes and at most `most` bytes long, or -1. */
function endOfPlainText(body: Buffer, start: number, most: number): number {
  for (let at = start; at <= start + most; at++) {
    const byte = body[at]
    if (byte === quote) return at
    if (byte === undefined || byte < 0x20 || byte > 0x7e || byte === backslash) return -1
  }
  return -1
}

/** Current position in an answer; reads texts and numbers from there. */
class JsonCursor {
  readonly body: Buffer
  readonly #limits: JsonLimits
  at = 0
  /** Start and end of the last long text. */
  #sought = { start: -1, end: -1 }

  constructor(body: Buffer, limits: JsonLimits) {
    this.body = body
    this.#limits = limits
  }

  fail(at = this.at): never {
    throw new JsonError(Math.min(at, this.body.length))
  }

  byte(): number | undefined {
    return this.body[this.at]
  }

  skipSpace(): void {
    const from = this.at
    while (isSpace(this.body[this.at])) if (++this.at - from > longestSpace) throw new ShapeError({ kind: 'tooMuch', most: longestSpace })
  }

  /** Reads a text between quotes; of a longer one, `most` characters and one more. */
  readText(most: number): string {
    const { body, at: from } = this
    // Most texts are short and plain.
    const plainEnd = endOfPlainText(body, from + 1, Math.min(most, mostPlain))
    if (plainEnd > 0) {
      this.at = plainEnd + 1
      return body.toString('latin1', from + 1, plainEnd)
    }
    const end = from + 1 === this.#sought.start ? this.#sought.end : endOfText(body, from + 1)
    let text: string
    try {
      text = JSON.parse(`${body.toString('utf8', from, endOfKept(body, from, end, most))}"`)
    } catch {
      return this.fail()
    }
    this.at = end + 1
    if (text.length > most) this.#limits.onCut?.()
    return text.slice(0, most + 1)
  }

  readScalar(): unknown {
    const { body, at: from } = this
    const byte = body[from]
    if (byte === quote) return this.readText(this.#limits.text)
    for (const [word, value] of words)
      if (byte === word.charCodeAt(0) && body.toString('latin1', from, from + word.length) === word) {
        this.at += word.length
        return value
      }
    while (isOfNumber(body[this.at]) && this.at - from <= longestNumber) this.at++
    const digits = body.toString('latin1', from, this.at)
    if (!number.test(digits)) this.fail(this.at < body.length ? from : this.at)
    return Number(digits)
  }

  /** Finds the end of a long text in slices. After that the text is read like a short one. */
  async seekEnd(start: number, slice: Slice, signal: AbortSignal): Promise<void> {
    for (let place = start, steps = 1; ; place++, steps++) {
      if (steps % 4_096 === 0 && slice.isOver()) await slice.next(signal)
      const byte = this.body[place]
      // A control character, which no text may contain, or the end of the answer.
      if (byte === undefined || byte < 0x20) this.fail(place)
      if (byte === quote) {
        this.#sought = { start, end: place }
        return
      }
      if (byte === backslash) place++
    }
  }
}

/** Where to stop reading a text of which `most` characters and one more are kept. A character takes at most 6 bytes, as an escape. */
function endOfKept(body: Buffer, from: number, end: number, most: number): number {
  const far = from + 6 * (most + 2)
  if (end + 1 <= far) return end
  // Don't stop within an escape: it has at most 6 bytes, and a backslash after a backslash does not begin one.
  let begin = far - 1
  while (begin > far - 6 && body[begin] !== backslash) begin--
  let slashes = 0
  while (body[begin - slashes] === backslash) slashes++
  return slashes % 2 === 1 ? begin : far
}

/** The value being built from an answer: its open lists and objects, and the number of kept values. */
class JsonTree {
  readonly #limits: JsonLimits
  readonly #open: Container[] = []
  #values = 0
  root: unknown

  constructor(limits: JsonLimits) {
    this.#limits = limits
  }

  /** The innermost open list or object; undefined: none is open. */
  innermost(): Container | undefined {
    return this.#open.at(-1)
  }

  begin(isList: boolean): Container {
    if (this.#open.length >= deepest) throw new ShapeError({ kind: 'tooMuch', most: deepest })
    const made: unknown[] | Record<string, unknown> = isList ? [] : {}
    const into = this.put(made) ? made : null
    const container: Container = { into, isList, key: null, size: 0 }
    this.#open.push(container)
    return container
  }

  end(): void {
    this.#open.pop()
  }

  /** Adds a value to the innermost container. Returns whether it is kept. */
  put(value: unknown): boolean {
    const container = this.innermost()
    if (container === undefined) {
      this.root = value
      return true
    }
    const { into, key } = container
    if (into === null) return false
    if (container.isList) {
      if (container.size === this.#limits.items) this.#limits.onCut?.()
      if (container.size > this.#limits.items) return false
      ;(into as unknown[]).push(value)
    } else {
      if (key === null) return false
      ;(into as Record<string, unknown>)[key] = value
    }
    container.size++
    if (++this.#values > mostValues) throw new ShapeError({ kind: 'tooMuch', most: mostValues })
    return true
  }

  isWanted(container: Container, key: string): boolean {
    return key.length <= longestKey && key !== '__proto__' && (this.#limits.wanted?.has(key) ?? container.size < this.#limits.keys)
  }
}

const endOf = ({ isList }: Container) => (isList ? closeBracket : closeBrace)

/** Throws `JsonError` for invalid JSON, `ShapeError` beyond the overall bounds, and the signal's reason when aborted. */
export async function readJsonInSlices(body: Buffer, limits: JsonLimits, slice: Slice, signal: AbortSignal): Promise<unknown> {
  const cursor = new JsonCursor(body, limits)
  const tree = new JsonTree(limits)
  let tokens = 0
  let checkedAt = 0
  /** Runs `read`, which reads at most one text; null: done at once. */
  const attempt = (read: () => void): Promise<void> | null => {
    try {
      read()
      return null
    } catch (error) {
      if (!(error instanceof LongText)) throw error
      return cursor.seekEnd(error.start, slice, signal).then(read)
    }
  }
  let value: unknown
  const readValue = () => {
    value = cursor.readScalar()
  }
  const readKey = () => {
    const container = tree.innermost()
    if (container === undefined) return
    cursor.skipSpace()
    if (cursor.byte() !== quote) cursor.fail()
    const key = cursor.readText(longestKey)
    container.key = tree.isWanted(container, key) ? key : null
    cursor.skipSpace()
    if (cursor.byte() !== colon) cursor.fail()
    cursor.at++
  }

  for (;;) {
    if (++tokens % 256 === 0 || cursor.at - checkedAt > checkedAtBytes) {
      checkedAt = cursor.at
      if (slice.isOver()) await slice.next(signal)
    }
    cursor.skipSpace()
    const byte = cursor.byte()
    if (byte === openBracket || byte === openBrace) {
      const container = tree.begin(byte === openBracket)
      cursor.at++
      cursor.skipSpace()
      if (cursor.byte() !== endOf(container)) {
        const long = container.isList ? null : attempt(readKey)
        if (long !== null) await long
        continue
      }
    } else {
      const long = attempt(readValue)
      if (long !== null) await long
      tree.put(value)
    }
    // After a value its container continues or ends, and then possibly the container around that.
    for (;;) {
      cursor.skipSpace()
      const container = tree.innermost()
      if (container === undefined) {
        if (cursor.at < body.length) cursor.fail()
        return tree.root
      }
      const before = body[cursor.at - 1]
      if (cursor.byte() === comma && before !== (container.isList ? openBracket : openBrace)) {
        cursor.at++
        const long = container.isList ? null : attempt(readKey)
        if (long !== null) await long
        break
      }
      if (cursor.byte() !== endOf(container)) cursor.fail()
      cursor.at++
      tree.end()
    }
  }
}

/** An answer that is not in the API's form. `fault` gives the position or the limit, never the content. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError'
  readonly fault: ReplyFault
  constructor(fault: ReplyFault) {
    super(fault.kind)
    this.fault = fault
  }
}
