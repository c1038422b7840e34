import type { Slice } from '../../clock/slices.ts'
import { answerLimits, listFieldNames } from './apiFields.ts'
import { ShapeError } from './shapeError.ts'

/**
 * Reads JSON of any size and any author: in short slices, so that the event loop goes on, and bounded in depth and in
 * what is kept of it, so that no answer takes more memory than its own length. `JSON.parse` does neither.
 *
 * 1. What it accepts, `JSON.parse` accepts, and the value is the same but for what was cut or left out.
 * 2. One item and one character more than the limits are kept: who judges a value by its field's rule sees that it was cut.
 */
export interface JsonLimits {
  readonly text: number
  /** Items of one list, keys of one object. */
  readonly items: number
  readonly keys: number
  /** Only fields of these names are kept; null: all. */
  readonly wanted: ReadonlySet<string> | null
  /** Told of each text and list that is cut. */
  readonly onCut?: () => void
}

/** For lists, whose fields are judged one by one afterwards. */
export const listLimits: JsonLimits = { text: 4_096, items: answerLimits.sessions, keys: 100, wanted: listFieldNames }

const deepest = 32
/** Kept values of one answer together. */
const mostValues = 2_000_000
const longestNumber = 400
/** A text of more bytes is sought for its end in slices: byte by byte, as it may be full of what looks like one. */
const longestNearText = 65_536
/** Bytes of white space at one place: what a program writes has less. */
const longestSpace = 65_536
/** A slice may be over after so many bytes, however few values were in them. */
const lookedAtBytes = 65_536
const longestKey = 200

const [quote, backslash, comma, colon, openBracket, closeBracket, openBrace, closeBrace] = [0x22, 0x5c, 0x2c, 0x3a, 0x5b, 0x5d, 0x7b, 0x7d] as const
const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const words: readonly (readonly [string, unknown])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
]

interface Container {
  /** null: nothing of it is kept. */
  readonly into: unknown[] | Record<string, unknown> | null
  readonly isList: boolean
  /** Key of the value in hand, or null where it is not kept. */
  key: string | null
  size: number
}

/** Says where JSON broke, and never what stood there: it may be a secret. */
export class JsonError extends Error {
  override readonly name = 'JsonError'
  /** Index of the byte; the answer's length where it ended too early. */
  readonly at: number
  constructor(at: number) {
    super('broken JSON')
    this.at = at
  }
}

const isSpace = (byte: number | undefined) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
const isOfNumber = (byte: number | undefined) =>
  byte !== undefined && ((byte >= 0x30 && byte <= 0x39) || byte === 0x2d || byte === 0x2b || byte === 0x2e || byte === 0x45 || byte === 0x65)

/** The text that begins at `start`, behind its opening quote, is so long that its end is sought in slices. */
class LongText extends Error {
  readonly start: number
  constructor(start: number) {
    super('a long text')
    this.start = start
  }
}

/** Place of the quote that ends the text which begins at `start`, behind its opening quote. Throws `LongText` where it is not near. */
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
/** Place of its closing quote where the text is ASCII without escapes and at most so long, or -1. */
function endOfPlainText(body: Buffer, start: number, most: number): number {
  for (let at = start; at <= start + most; at++) {
    const byte = body[at]
    if (byte === quote) return at
    if (byte === undefined || byte < 0x20 || byte > 0x7e || byte === backslash) return -1
  }
  return -1
}

/** Where an answer is read, and the texts and numbers that stand there. */
class JsonCursor {
  readonly body: Buffer
  readonly #limits: JsonLimits
  at = 0
  /** Where the last long text ends. */
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
    while (isSpace(this.body[this.at]))
      if (++this.at - from > longestSpace) throw new ShapeError(`it has more than ${longestSpace} bytes of white space at one place`)
  }

  /** A text between quotes; `most` characters and one more of it where it is longer. */
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

  /** Seeks the end of a long text, in slices: it is read then as if it were short. */
  async seekEnd(start: number, slice: Slice, signal: AbortSignal): Promise<void> {
    for (let place = start, steps = 1; ; place++, steps++) {
      if (steps % 4_096 === 0 && slice.isOver()) await slice.next(signal)
      const byte = this.body[place]
      // What no text may hold, or nothing more.
      if (byte === undefined || byte < 0x20) this.fail(place)
      if (byte === quote) {
        this.#sought = { start, end: place }
        return
      }
      if (byte === backslash) place++
    }
  }
}

/** How far a text is read of which `most` characters and one more are kept. A character has 6 bytes at most, as an escape. */
function endOfKept(body: Buffer, from: number, end: number, most: number): number {
  const far = from + 6 * (most + 2)
  if (end + 1 <= far) return end
  // Not within an escape: those are 6 bytes at most, and a backslash behind a backslash begins none.
  let begin = far - 1
  while (begin > far - 6 && body[begin] !== backslash) begin--
  let slashes = 0
  while (body[begin - slashes] === backslash) slashes++
  return slashes % 2 === 1 ? begin : far
}

/** What an answer is made into: its open lists and objects, and how much is kept. */
class JsonTree {
  readonly #limits: JsonLimits
  readonly #open: Container[] = []
  #values = 0
  root: unknown

  constructor(limits: JsonLimits) {
    this.#limits = limits
  }

  /** The list or object that is open; undefined: none is any more. */
  innermost(): Container | undefined {
    return this.#open.at(-1)
  }

  begin(isList: boolean): Container {
    if (this.#open.length >= deepest) throw new ShapeError(`it is nested more than ${deepest} deep`)
    const made: unknown[] | Record<string, unknown> = isList ? [] : {}
    const into = this.put(made) ? made : null
    const container: Container = { into, isList, key: null, size: 0 }
    this.#open.push(container)
    return container
  }

  end(): void {
    this.#open.pop()
  }

  /** Puts a value where it belongs; gives whether it is kept. */
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
    if (++this.#values > mostValues) throw new ShapeError(`it has more than ${mostValues} values`)
    return true
  }

  isWanted(container: Container, key: string): boolean {
    return key.length <= longestKey && key !== '__proto__' && (this.#limits.wanted?.has(key) ?? container.size < this.#limits.keys)
  }
}

const endOf = ({ isList }: Container) => (isList ? closeBracket : closeBrace)

/** Throws `JsonError` where it is no JSON, `ShapeError` where it goes beyond every bound, and the signal's reason. */
export async function readJsonInSlices(body: Buffer, limits: JsonLimits, slice: Slice, signal: AbortSignal): Promise<unknown> {
  const cursor = new JsonCursor(body, limits)
  const tree = new JsonTree(limits)
  let tokens = 0
  let lookedAt = 0
  /** Runs what reads one text at most; null: it is done. */
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
    if (++tokens % 256 === 0 || cursor.at - lookedAt > lookedAtBytes) {
      lookedAt = cursor.at
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
    // Behind a value: what encloses it goes on or ends, and with it maybe what encloses that.
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
