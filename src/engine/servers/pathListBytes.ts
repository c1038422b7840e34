import { crc32 } from 'node:zlib'
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
/** The names of each counter; `age` 0 is the newest. */
const counterNames = counters.flatMap((name, counter) =>
  namesOf(pathFields, pathCounters[name]).map((field, age) => ({ field, key: Buffer.from(`"${field}":`), counter, age })),
)
/** Marks a field as ignored, because the entry has the same counter under a newer name. */
const overtaken = -1

type CountedReading = { -readonly [K in keyof PathReading]: PathReading[K] }

/** A longer entry, of a path with some 3,000 readers, is left to the parser that works in slices: here it would be parsed without a pause. */
const mostEntryBytes = 250_000

interface Row {
  /** null: left out. */
  readonly reading: CountedReading | null
  readonly name: string
  /** Lengths of the stretches between counters; one more than there are counters. */
  readonly lengths: readonly number[]
  /** The counter after each stretch except the last, or `overtaken`. */
  readonly counters: readonly number[]
  /** Checksum of all stretches: it misses one change in 4 billion. */
  readonly crc: number
}

export const listHead = /^\{"itemCount":\d{1,9},"pageCount":(\d{1,6}),"items":\[/
const [comma, closeBracket, closeBrace, zero] = [0x2c, 0x5d, 0x7d, 0x30] as const

/** Numbers with more digits are not counters, and would lose precision. */
const maxDigits = 16

/** Position of a counter's digits in an entry. */
interface CounterAt {
  readonly counter: number
  readonly age: number
  readonly from: number
  readonly to: number
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

/** What only stands between two entries: within a text its quotes would be escaped. */
const betweenPaths = Buffer.from('},{"name":"')
/** Index after the entry that begins at `start`, or after what may be one of at most `mostEntryBytes`, which JSON then decides; -1: it has no end. */
export function endOfEntry(body: Buffer, start: number, between: Buffer): number {
  const within = body.subarray(start, start + mostEntryBytes)
  const next = within.indexOf(between)
  return next >= 0 ? start + next + 1 : start + mostEntryBytes < body.length ? -1 : body.lastIndexOf(']}')
}

/** `raw`: the entry, of which only its own fields are counters. */
function countersIn(raw: object, body: Buffer, start: number, end: number): CounterAt[] {
  const entry = body.subarray(start, end)
  return counterNames
    .flatMap(({ field, key, counter, age }): CounterAt | [] => {
      const at = entry.indexOf(key)
      const from = start + at + key.length
      const to = endOfDigits(body, from)
      const isOne = at >= 0 && Object.hasOwn(raw, field) && entry.indexOf(key, at + 1) < 0
      const isNumber = isOne && to > from && to - from < maxDigits && (body[to] === comma || body[to] === closeBrace)
      return isNumber ? { counter, age, from, to } : []
    })
    .sort((one, other) => one.from - other.from)
}

export function createPathListBytes(parser: PathParser): PathListBytes {
  let rows: readonly Row[] = []
  let readings: readonly PathReading[] = []
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
  const match = ({ lengths, counters, crc }: Row, body: Buffer, start: number): number => {
    values.fill(Number.NaN)
    let sum = 0
    let at = start
    for (let k = 0; k <= counters.length; k++) {
      const length = lengths[k] as number
      if (at + length > body.length) return -1
      sum = crc32(body.subarray(at, at + length), sum)
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
    return sum === crc ? at : -1
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

  const parseEntry = (body: Buffer, start: number, index: number): { readonly row: Row; readonly end: number } | null => {
    const end = endOfEntry(body, start, betweenPaths)
    if (end < start) return null
    let raw: unknown
    try {
      raw = JSON.parse(body.toString('utf8', start, end))
    } catch {
      return null
    }
    const found = countersIn(Object(raw), body, start, end)
    const reading = parser.read(raw, index)
    const name = reading?.name ?? ''
    const order = orderOf(found)
    values.fill(Number.NaN)
    found.forEach(({ from, to }, place) => {
      const counter = order[place]
      if (counter !== undefined && counter !== overtaken) values[counter] = Number(body.toString('latin1', from, to))
    })
    const used = reading !== null && isGivenByDigits(reading) ? found : []
    let crc = 0
    let stretchFrom = start
    const lengths = [...used, { from: end, to: end }].map(({ from, to }) => {
      const length = from - stretchFrom
      crc = crc32(body.subarray(stretchFrom, from), crc)
      stretchFrom = to
      return length
    })
    return { row: { reading, name, lengths, counters: orderOf(used), crc }, end }
  }

  const readPage: PathListBytes['read'] = async (body, slice, signal) => {
    const opening = listHead.exec(body.toString('latin1', 0, 100))
    if (!opening) return null
    const before = rows
    // null while all entries are those of the last answer, so that a list without changes makes no new rows.
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
        const matchEnd = candidate === undefined ? -1 : match(candidate, body, at)
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
          const parsed = parseEntry(body, at, changed.length)
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
export const bytesACheck = 16_384

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

/** One page of a list. `pageCount` is the number of pages that it announces, or null. */
export interface ListPage<T> {
  readonly items: readonly T[]
  readonly pageCount: number | null
}

/** Whether a page of the usual form ends at `at`, the closing bracket of its list. */
export function isEndOfList(body: Buffer, at: number): boolean {
  return body[at] === 0x5d && body[at + 1] === 0x7d && body.length - at < 100 && body.toString('latin1', at + 2).trim() === ''
}
