import { randomInt } from 'node:crypto'
import type { Slice } from '../../clock/slices.ts'
import { namesOf, pathCounters, pathFields } from './apiFields.ts'
import type { PathParser } from './parsePaths.ts'
import type { PathReading } from './readings.ts'

/**
 * Reads a path list by comparing it with the last one. In 700 kB for 1,000 paths little but counters changes
 * from poll to poll, and parsing all of it would be the largest cost of watching large servers.
 *
 * 1. An entry whose bytes equal those of the last list, except for the digits of its counters, reuses the last reading: the
 *    same object with its counters overwritten. If created each time, 50,000 a second would live just long enough to become garbage of
 *    the expensive kind. After any other difference the entry is parsed again.
 * 2. For anything not in the form that MediaMTX writes (other order, white space, broken JSON, entries without end) the result
 *    is null, and the parser of whole JSON decides.
 * 3. Of several entries with one name, the first is used.
 * 4. Only a checksum of each entry of the last list is kept: its bytes would be a quarter of all memory per stream.
 */
export interface PathListBytes {
  /**
   * Reads one page, always the same one of a list. The result is valid until the next call, because readings are reused. null: parse it as JSON.
   * Throws `ShapeError` where an entry is not of the API's form, and the signal's reason.
   */
  readonly read: (body: Buffer, slice: Slice, signal: AbortSignal) => Promise<ListPage<PathReading> | null>
}

type Counter = keyof typeof pathCounters
const counters = Object.keys(pathCounters) as readonly Counter[]
/** One function per counter: looking a field up by its name costs several times as much. */
const writeCounter: Readonly<Record<Counter, (reading: CountedReading, value: number) => void>> = {
  inboundBytes: (reading, value) => {
    reading.inboundBytes = value
  },
  outboundBytes: (reading, value) => {
    reading.outboundBytes = value
  },
  framesInError: (reading, value) => {
    reading.framesInError = value
  },
}
const writers = counters.map((counter) => writeCounter[counter])
/** Maps the name of a field to its counter and the age of that name; 0 is the newest. */
const counterByName: ReadonlyMap<string, { readonly counter: number; readonly age: number }> = new Map(
  counters.flatMap((name, counter) => namesOf(pathFields, pathCounters[name]).map((field, age) => [field, { counter, age }] as const)),
)
/** Marks a field as ignored, because the entry has the same counter under a newer name. */
const overtaken = -1

type CountedReading = { -readonly [K in keyof PathReading]: PathReading[K] }

/** A longer entry, of a path with some 3,000 readers, is left to the parser that works in slices: here it would be parsed without a pause. */
const mostEntryBytes = 250_000
const deepestEntry = 16

/** One entry of the last list. */
interface Row {
  /** null: left out. */
  readonly reading: CountedReading | null
  readonly name: string
  /** Lengths of the stretches between counters; one more than there are counters. */
  readonly lengths: readonly number[]
  /** The counter after each stretch except the last, or `overtaken`. */
  readonly counters: readonly number[]
  /** Checksum of all stretches. */
  readonly even: number
  readonly odd: number
}

const head = /^\{"itemCount":\d{1,9},"pageCount":(\d{1,6}),"items":\[/
const [quote, backslash, comma, colon, openBracket, closeBracket, openBrace, closeBrace, zero] = [0x22, 0x5c, 0x2c, 0x3a, 0x5b, 0x5d, 0x7b, 0x7d, 0x30] as const

/** Numbers with more digits are not counters, and would lose precision. */
const maxDigits = 16

/** Position of a counter's digits in an entry. */
interface CounterAt {
  readonly counter: number
  readonly age: number
  readonly from: number
  readonly to: number
}

function endOfString(body: Buffer, start: number): number {
  const limit = Math.min(body.length, start + mostEntryBytes)
  for (let i = start + 1; i < limit; i++) {
    const byte = body[i]
    if (byte === quote) return i + 1
    if (byte === backslash) i++
  }
  return -1
}
/** Index after the digits at `start`, or after the first that are more than a counter has. */
function endOfDigits(body: Buffer, start: number): number {
  let at = start
  while (at <= start + maxDigits) {
    const digit = (body[at] ?? 0) - zero
    if (digit < 0 || digit > 9) break
    at++
  }
  return at
}

/** Scans one entry and adds its counters to `found`. Returns the index after it, or -1 if it does not end. */
function walkEntry(body: Buffer, start: number, found: CounterAt[]): number {
  let depth = 0
  const limit = Math.min(body.length, start + mostEntryBytes)
  for (let i = start; i < limit; ) {
    const byte = body[i]
    if (byte === quote) {
      const end = endOfString(body, i)
      if (end < 0) return -1
      if (depth === 1 && body[end] === colon) {
        const to = endOfDigits(body, end + 1)
        const next = body[to]
        const isNumber = to > end + 1 && to - end <= maxDigits && (next === comma || next === closeBrace)
        const known = isNumber ? counterByName.get(body.toString('latin1', i + 1, end - 1)) : undefined
        if (known !== undefined) found.push({ ...known, from: end + 1, to })
      }
      i = end
      continue
    }
    if (byte === openBrace || byte === openBracket) {
      if (++depth > deepestEntry) return -1
    } else if (byte === closeBrace || byte === closeBracket) {
      depth--
      if (depth === 0) return i + 1
    }
    i++
  }
  return -1
}

const viewOf = ({ buffer, byteOffset, byteLength }: Buffer) => new DataView(buffer, byteOffset, byteLength)

export function createPathListBytes(parser: PathParser): PathListBytes {
  let rows: readonly Row[] = []
  /** The readings of `rows`. */
  let readings: readonly PathReading[] = []
  const checksum = createBytesChecksum()
  /** Counters of the current entry, NaN where it has none. */
  const values = new Float64Array(counters.length)
  /** Entries of one version have their counters in one or two orders, which rows share. */
  const orders = new Map<string, readonly number[]>()
  const orderOf = (found: readonly CounterAt[]): readonly number[] => {
    const ids = found.map(({ counter, age }) => (found.some((other) => other.counter === counter && other.age < age) ? overtaken : counter))
    const key = ids.join()
    const known = orders.get(key)
    if (known) return known
    if (orders.size < 100) orders.set(key, ids)
    return ids
  }

  /** Compares an entry with a row. On a match it fills `values` and returns the index after the entry, otherwise -1. */
  const match = ({ lengths, counters, even, odd }: Row, body: Buffer, view: DataView, start: number): number => {
    values.fill(Number.NaN)
    checksum.begin()
    let at = start
    for (let k = 0; k <= counters.length; k++) {
      const length = lengths[k] as number
      if (at + length > body.length) return -1
      checksum.add(view, at, length)
      at += length
      const id = counters[k]
      if (id === undefined) break
      const firstDigit = at
      let value = 0
      while (at < firstDigit + maxDigits) {
        const digit = (body[at] ?? 0) - zero
        if (digit < 0 || digit > 9) break
        value = value * 10 + digit
        at++
      }
      if (at === firstDigit || at - firstDigit >= maxDigits) return -1
      if (id !== overtaken) values[id] = value
    }
    return checksum.even() === even && checksum.odd() === odd ? at : -1
  }

  /** Writes the counters of the current entry into a reading. */
  const writeCounters = (reading: CountedReading): void => {
    for (let counter = 0; counter < writers.length; counter++) {
      const value = values[counter] as number
      if (!Number.isNaN(value)) writers[counter]?.(reading, value)
    }
  }
  /** Whether the digits alone give the current entry's counters: two names of one counter may have values of different form. */
  const isGivenByDigits = (reading: CountedReading): boolean => {
    const taken = { ...reading }
    writeCounters(taken)
    return counters.every((counter) => taken[counter] === reading[counter])
  }

  const parseEntry = (body: Buffer, view: DataView, start: number, index: number): { readonly row: Row; readonly end: number } | null => {
    const found: CounterAt[] = []
    const end = walkEntry(body, start, found)
    if (end < 0) return null
    let raw: unknown
    try {
      raw = JSON.parse(body.toString('utf8', start, end))
    } catch {
      return null
    }
    const reading = parser.read(raw, index)
    const name = reading?.name ?? ''
    const order = orderOf(found)
    values.fill(Number.NaN)
    found.forEach(({ from, to }, place) => {
      const counter = order[place]
      if (counter !== undefined && counter !== overtaken) values[counter] = Number(body.toString('latin1', from, to))
    })
    const used = reading !== null && isGivenByDigits(reading) ? found : []
    checksum.begin()
    let stretchFrom = start
    const lengths = [...used, { from: end, to: end }].map(({ from, to }) => {
      const length = from - stretchFrom
      checksum.add(view, stretchFrom, length)
      stretchFrom = to
      return length
    })
    return { row: { reading, name, lengths, counters: orderOf(used), even: checksum.even(), odd: checksum.odd() }, end }
  }

  const readPage: PathListBytes['read'] = async (body, slice, signal) => {
    const opening = head.exec(body.toString('latin1', 0, 100))
    if (!opening) return null
    const view = viewOf(body)
    const before = rows
    // null while all entries are those of the last answer, so that a list without changes makes no garbage.
    let changed: Row[] | null = null
    let at = opening[0].length
    let beside = 0
    let nextCheck = at + bytesACheck
    if (body[at] !== closeBracket)
      for (;;) {
        if (at >= nextCheck) {
          if (slice.isOver()) await slice.next(signal)
          nextCheck = at + bytesACheck
        }
        const candidate = before[beside]
        const matchEnd = candidate === undefined ? -1 : match(candidate, body, view, at)
        if (candidate !== undefined && matchEnd >= 0) {
          beside++
          if (candidate.reading !== null) {
            writeCounters(candidate.reading)
            parser.takeOver(candidate.reading)
          }
          changed?.push(candidate)
          at = matchEnd
        } else {
          changed ??= before.slice(0, beside)
          const parsed = parseEntry(body, view, at, changed.length)
          if (!parsed) return null
          const { row } = parsed
          // Lists are sorted by name: skipped rows are gone, and a row with the same name is replaced.
          while (beside < before.length && (before[beside]?.name ?? '') < row.name) beside++
          if (before[beside]?.name === row.name) beside++
          changed.push(row)
          at = parsed.end
        }
        if (body[at] !== comma) break
        at++
      }
    if (!isEndOfList(body, at)) return null
    if (beside < before.length) changed ??= before.slice(0, beside)
    if (changed !== null) {
      rows = changed
      readings = readingsOf(changed)
    }
    return { items: readings, pageCount: Number(opening[1]) }
  }

  return {
    read: async (body, slice, signal) => {
      let page: ListPage<PathReading> | null = null
      try {
        page = await readPage(body, slice, signal)
        return page
      } finally {
        // Readings are overwritten as they match, so none can be reused after a list that breaks off in the middle.
        if (page === null) {
          rows = []
          readings = []
        }
      }
    },
  }
}

/** In a long list the end of the slice is checked once per this many bytes. */
const bytesACheck = 16_384

function readingsOf(rows: readonly Row[]): readonly PathReading[] {
  const items: PathReading[] = []
  const take = takeOnce(items)
  for (const { reading } of rows) if (reading !== null) take(reading)
  return items
}

/** Returns a function that adds readings with a new name. Lists are sorted: as long as each name is greater than the last, no lookup is needed. */
export function takeOnce(items: PathReading[]): (reading: PathReading) => void {
  let names: Set<string> | null = null
  return (reading) => {
    const last = items.at(-1)
    if (names === null && last !== undefined && last.name >= reading.name) names = new Set(items.map(({ name }) => name))
    if (names?.has(reading.name)) return
    names?.add(reading.name)
    items.push(reading)
  }
}

const rotate = 15
const [evenFactor, oddFactor] = [0x9e3779b1, 0x85ebca77] as const
/** Random in each process, so that no one can construct other bytes with the same checksum. */
const seed = randomInt(2 ** 32)

/**
 * Detects whether bytes have changed, keeping 64 bits instead of the bytes. It misses at most one change in 4 billion,
 * and one in 2^64 where more than a few bytes changed.
 *
 * Each of two lanes takes every second word of 4 bytes, so that the CPU works on both at once. A lane's step on a word is reversible: once
 * two entries differ in a lane, equal bytes after that can't make them equal again.
 */
export function createBytesChecksum() {
  let even = 0
  let odd = 0
  return {
    begin: (): void => {
      even = seed | 0
      odd = ~seed
    },
    /** Adds `length` bytes of `view`. */
    add: (view: DataView, from: number, length: number): void => {
      let [a, b, at] = [even, odd, from]
      const end = from + length
      for (; at + 8 <= end; at += 8) {
        a = Math.imul(a ^ view.getInt32(at, true), evenFactor)
        a = (a << rotate) | (a >>> (32 - rotate))
        b = Math.imul(b ^ view.getInt32(at + 4, true), oddFactor)
        b = (b << rotate) | (b >>> (32 - rotate))
      }
      for (; at < end; at++) {
        a = Math.imul(a ^ view.getUint8(at), evenFactor)
        a = (a << rotate) | (a >>> (32 - rotate))
      }
      even = a
      odd = b
    },
    /** Its two halves. */
    even: (): number => even,
    odd: (): number => odd,
  }
}

/** One page of a list. `pageCount` is the number of pages that it announces, or null. */
export interface ListPage<T> {
  readonly items: readonly T[]
  readonly pageCount: number | null
}

/** Whether a page of the usual form ends at `at`, the closing bracket of its list. */
export function isEndOfList(body: Buffer, at: number): boolean {
  return body[at] === 0x5d && body[at + 1] === 0x7d && body.length - at < 100 && body.toString('latin1', at + 2).trim() === ''
}
