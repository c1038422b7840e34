import type { Slice } from '../../clock/slices.ts'
import { namesOf, pathCounters, pathFields } from './apiFields.ts'
import { createBytesChecksum } from './bytesChecksum.ts'
import { isEndOfList, type ListPage } from './listPages.ts'
import type { PathParser } from './parsePaths.ts'
import type { PathReading } from './readings.ts'

/**
 * Reads a path list by what changed since the last one. Of 700 kB for 1,000 paths little but counters changes
 * from poll to poll, and parsing all of it is the largest cost of watching large servers.
 *
 * 1. An entry whose bytes are those of the last list, but for the digits of its counters, is the last reading: the
 *    same object, its counters written over. Created each time, 50,000 a second would live just long enough to be garbage of
 *    the expensive kind. Any other difference, however small, has the entry parsed again.
 * 2. Whatever is not in the form that MediaMTX writes (other order, white space, broken JSON, entries without end) is
 *    given back as null, for the reader of whole JSON to judge.
 * 3. Of entries of one name the first is taken, and stays the same reading.
 * 4. Of the last list a checksum of each entry is kept, not its bytes: they would be a quarter of all that is kept of a stream.
 */
export interface PathListBytes {
  /**
   * One page, always the same one of a list. Good until the next call: readings are used again. null: read it as JSON.
   * Throws `ShapeError` where an entry is not of the API's form, and the signal's reason.
   */
  readonly read: (body: Buffer, slice: Slice, signal: AbortSignal) => Promise<ListPage<PathReading> | null>
}

type Counter = keyof typeof pathCounters
const counters = Object.keys(pathCounters) as readonly Counter[]
/** One function for each: a field that is looked up by its name costs several times as much. */
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
/** Which counter a field of an answer is, and how old its name is: 0 is the newest. */
const counterByName: ReadonlyMap<string, { readonly counter: number; readonly age: number }> = new Map(
  counters.flatMap((name, counter) => namesOf(pathFields, pathCounters[name]).map((field, age) => [field, { counter, age }] as const)),
)
/** An ignored field: the entry has the same counter by a newer name. */
const overtaken = -1

type CountedReading = { -readonly [K in keyof PathReading]: PathReading[K] }

/** An entry without end is left to the reader that works in slices. */
const mostEntryBytes = 1_000_000
const deepestEntry = 16

/** One entry of the last list. */
interface Row {
  /** null: left out. */
  readonly reading: CountedReading | null
  readonly name: string
  /** How long the stretches between counters are; one more than there are counters. */
  readonly lengths: readonly number[]
  /** Which counter stands behind each stretch but the last, or `overtaken`. */
  readonly counters: readonly number[]
  /** Checksum of all stretches. */
  readonly even: number
  readonly odd: number
}

const head = /^\{"itemCount":\d{1,9},"pageCount":(\d{1,6}),"items":\[/
const [quote, backslash, comma, colon, openBracket, closeBracket, openBrace, closeBrace, zero] = [0x22, 0x5c, 0x2c, 0x3a, 0x5b, 0x5d, 0x7b, 0x7d, 0x30] as const

/** Longer numbers than any counter; they would lose digits. */
const maxDigits = 16

/** Place of a counter's digits in an entry. */
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
function endOfDigits(body: Buffer, start: number): number {
  let at = start
  while (at < body.length) {
    const digit = (body[at] ?? 0) - zero
    if (digit < 0 || digit > 9) break
    at++
  }
  return at
}

/** Walks over one entry and notes its counters. Gives the place behind it, or -1 where it does not end. */
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
  const checksum = createBytesChecksum()
  /** Counters of the entry in hand, NaN where it has none. */
  const values = new Float64Array(counters.length)
  /** Entries of one version have their counters in one order or in two: rows share it. */
  const orders = new Map<string, readonly number[]>()
  const orderOf = (found: readonly CounterAt[]): readonly number[] => {
    const ids = found.map(({ counter, age }) => (found.some((other) => other.counter === counter && other.age < age) ? overtaken : counter))
    const key = ids.join()
    const known = orders.get(key)
    if (known) return known
    if (orders.size < 100) orders.set(key, ids)
    return ids
  }

  /** Compares an entry with a row. Gives the place behind it and fills `values`, or -1. */
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
      for (;;) {
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

  /** Takes the counters of the entry in hand over. */
  const takeCounters = (reading: CountedReading): void => {
    for (let counter = 0; counter < writers.length; counter++) {
      const value = values[counter] as number
      if (!Number.isNaN(value)) writers[counter]?.(reading, value)
    }
  }
  /** Whether its digits alone give the counters of the entry in hand: two spellings may disagree in form. */
  const isGivenByDigits = (reading: CountedReading): boolean => {
    const taken = { ...reading }
    takeCounters(taken)
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
    const now: Row[] = []
    const items: PathReading[] = []
    const take = takeOnce(items)
    let at = opening[0].length
    let beside = 0
    let nextLook = at + bytesALook
    if (body[at] !== closeBracket)
      for (;;) {
        if (at >= nextLook) {
          if (slice.isOver()) await slice.next(signal)
          nextLook = at + bytesALook
        }
        const candidate = before[beside]
        const matchEnd = candidate === undefined ? -1 : match(candidate, body, view, at)
        if (candidate !== undefined && matchEnd >= 0) {
          beside++
          if (candidate.reading !== null) {
            takeCounters(candidate.reading)
            parser.takeOver(candidate.reading)
            take(candidate.reading)
          }
          now.push(candidate)
          at = matchEnd
        } else {
          const parsed = parseEntry(body, view, at, now.length)
          if (!parsed) return null
          const { row } = parsed
          // Lists are sorted by name: rows before this one are gone, the one of the same name is replaced.
          while (beside < before.length && (before[beside]?.name ?? '') < row.name) beside++
          if (before[beside]?.name === row.name) beside++
          now.push(row)
          if (row.reading !== null) take(row.reading)
          at = parsed.end
        }
        if (body[at] !== comma) break
        at++
      }
    if (!isEndOfList(body, at)) return null
    rows = now
    return { items, pageCount: Number(opening[1]) }
  }

  return {
    read: async (body, slice, signal) => {
      let page: ListPage<PathReading> | null = null
      try {
        page = await readPage(body, slice, signal)
        return page
      } finally {
        // Readings take counters as they match: of a list that breaks off in the middle none goes on.
        if (page === null) rows = []
      }
    },
  }
}

/** So often a long list looks whether its time is over. */
const bytesALook = 16_384

/** Adds readings whose name there is none of yet. Lists are sorted: as long as each name is greater than the last, nothing is looked up. */
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
