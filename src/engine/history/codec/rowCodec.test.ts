import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRowStates, encodeRow, isColumnKnown } from './rowCodec.ts'
import { decodeRows } from './rows.fixture.ts'
import { BadBytesError, createByteSink, putFloat, putVarint, readVarint, reserve, sinkBytes, unzigzag, zigzag } from './varint.ts'

/** Rows of one subject: null is a round in which it was not there, NaN a value that is not known. */
function roundTrip(rows: readonly (readonly number[] | null)[], scales: readonly number[]) {
  const sink = createByteSink(1)
  const state = createRowStates(scales.length)
  const source = Int32Array.from(scales, (_, c) => c)
  let skipped = 0
  for (const row of rows) {
    if (row === null) skipped++
    else {
      encodeRow(sink, state, 0, skipped, Float64Array.from(row), 0, source, Float64Array.from(scales))
      skipped = 0
    }
  }
  const out: (number[] | null)[] = []
  decodeRows(sinkBytes(sink), (round, states) => {
    while (out.length < round) out.push(null)
    out.push(scales.map((scale, c) => (isColumnKnown(states, 0, c) ? (states.last[c] as number) / scale : Number.NaN)))
  })
  return { out, bytes: sink.length }
}

const withoutEnd = (rows: readonly (readonly number[] | null)[]) => rows.slice(0, rows.findLastIndex((row) => row !== null) + 1)

test('any rows of whole numbers come back as they were, with gaps, resets and numbers up to 2^53', () => {
  const value = fc.oneof(
    fc.integer({ min: 0, max: 20_000_000 }),
    fc.constantFrom(Number.NaN, 0, 1, -1, 2 ** 31, 2 ** 32, 2 ** 51, 2 ** 51 + 1, 2 ** 52 - 1, 2 ** 53, -(2 ** 53), -(2 ** 51) - 1),
    fc.maxSafeInteger(),
  )
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 28 }), fc.nat(), (columns, seed) => {
      const row = fc.array(value, { minLength: columns, maxLength: columns })
      const [rows] = fc.sample(fc.array(fc.option(row, { freq: 4 }), { maxLength: 40 }), { seed, numRuns: 1 })
      const { out } = roundTrip(rows ?? [], new Array(columns).fill(1))
      expect(out).toEqual(withoutEnd(rows ?? []))
    }),
    { numRuns: 300 },
  )
})

test('fractions come back rounded to the quantum, and exactly as the nearest double of that', () => {
  fc.assert(
    fc.property(fc.constantFrom(1, 10, 1000), fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1 }), (scale, column) => {
      const { out } = roundTrip(
        column.map((value) => [value]),
        [scale],
      )
      expect(out.map((row) => row?.[0])).toEqual(column.map((value) => Math.round(value * scale) / scale + 0))
    }),
  )
  expect(roundTrip([[0.3]], [10]).out).toEqual([[0.3]])
})

test('what is not finite is unknown', () => {
  expect(roundTrip([[5], [Number.POSITIVE_INFINITY], [5]], [1]).out).toEqual([[5], [Number.NaN], [5]])
})

test('what is not finite, or too large, once it is scaled is unknown', () => {
  const rows = [[5], [1e308], [6], [-1e308], [2 ** 61], [-(2 ** 60)], [2 ** 60]]
  const unknown = Number.NaN
  expect(roundTrip(rows, [10]).out).toEqual([[5], [unknown], [6], [unknown], [unknown], [-(2 ** 60)], [2 ** 60]])
})

test('rows that hold what cannot be are read as unknown there, and go on after it', () => {
  const sink = createByteSink()
  const put = (...codes: (number | 'double')[]): void => {
    reserve(sink, 64)
    for (const code of codes) {
      if (code === 'double') putFloat(sink, Number.POSITIVE_INFINITY)
      else putVarint(sink, code)
    }
  }
  // One column: 5, Infinity twice, 7 as a double, as the writer measured it against Infinity.
  put(2, 2 + zigzag(5))
  put(2, 1, 'double')
  put(0)
  put(2, 1)
  putFloat(sink, 7)
  put(2, 2 + zigzag(1))
  const out: (number | null)[] = []
  decodeRows(sinkBytes(sink), (_, states) => {
    out.push(isColumnKnown(states, 0, 0) ? (states.last[0] as number) : null)
  })
  expect(out).toEqual([5, null, null, 7, 8])
})

test('a round in which nothing changed costs one byte', () => {
  const rows = new Array(300).fill([4_200_000, 0, Number.NaN, 17])
  expect(roundTrip(rows, [1, 1, 1, 1]).bytes).toBeLessThan(299 + 16)
})

test('columns that a batch no longer has are unknown from then on, also those beyond the end of its columns', () => {
  const row = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 70 })
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), (rows) => {
      const sink = createByteSink(1)
      const state = createRowStates(70)
      const scales = new Float64Array(70).fill(1)
      for (const values of rows)
        encodeRow(
          sink,
          state,
          0,
          0,
          Float64Array.from(values),
          0,
          Int32Array.from(values, (_, c) => c),
          scales,
        )
      const out: number[][] = []
      decodeRows(sinkBytes(sink), (_, states) => {
        out.push(Array.from({ length: 70 }, (_each, c) => (isColumnKnown(states, 0, c) ? (states.last[c] as number) : Number.NaN)))
      })
      expect(out).toEqual(rows.map((values) => Array.from({ length: 70 }, (_, c) => values[c] ?? Number.NaN)))
    }),
  )
})

test('rows that are cut say so', () => {
  const sink = createByteSink()
  encodeRow(sink, createRowStates(1), 0, 0, Float64Array.of(4_200_000), 0, Int32Array.of(0), Float64Array.of(1))
  expect(() => decodeRows(sinkBytes(sink).subarray(0, sink.length - 1), () => {})).toThrow(BadBytesError)
})

test('whole numbers to 2^53 survive as varints', () => {
  fc.assert(
    fc.property(fc.oneof(fc.maxSafeNat(), fc.constantFrom(0, 127, 128, 2 ** 28 - 1, 2 ** 28, 2 ** 31, 2 ** 35, Number.MAX_SAFE_INTEGER)), (value) => {
      const sink = createByteSink(0)
      reserve(sink, 8)
      putVarint(sink, value)
      expect(readVarint({ bytes: sinkBytes(sink), at: 0 })).toBe(value)
    }),
  )
  fc.assert(
    fc.property(fc.integer({ min: -(2 ** 52), max: 2 ** 52 }), (value) => {
      expect(unzigzag(zigzag(value))).toBe(value)
    }),
  )
})

test('what is no longer known stands between the others, in the order of columns, also where they are doubles or long', () => {
  const width = 9
  const states = createRowStates(width)
  const sink = createByteSink()
  const source = Int32Array.from({ length: width }, (_, c) => c)
  const put = (values: readonly number[], skipped: number): void => {
    encodeRow(sink, states, 0, skipped, Float64Array.from(values), 0, source, new Float64Array(width).fill(1))
  }
  const gone = Number.NaN
  const rows = [
    [1, 2 ** 52, 3, -4_000_000, 5, 6, 7, 8, 9],
    [gone, 2 ** 53, gone, 4_000_000, gone, 6, gone, 1000, gone],
    [1, gone, 3, gone, 5, gone, 7, gone, 9],
  ]
  for (const [n, row] of rows.entries()) put(row, n === 1 ? 300 : 0)
  const found: (number | null)[][] = []
  const rounds: number[] = []
  decodeRows(sink.bytes.subarray(0, sink.length), (round, states) => {
    rounds.push(round)
    found.push(Array.from({ length: width }, (_, c) => (isColumnKnown(states, 0, c) ? (states.last[c] as number) : null)))
  })
  expect(rounds).toEqual([0, 301, 302])
  expect(found).toEqual(rows.map((row) => row.map((one) => (Number.isNaN(one) ? null : one))))
})
