import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeColumn, decodePresence, decodeRound, eachColumn, encodeChunk } from './columnChunk.ts'
import { isColumnKnown } from './rowCodec.ts'
import { decodeRows, encodeRows, type Rows } from './rows.fixture.ts'
import { ChunkDamaged } from './varint.ts'

function columnOf(chunk: Uint8Array, column: number, rounds: number): number[] | null {
  const into = new Float64Array(rounds).fill(-7)
  return decodeColumn(chunk, column, into) ? [...into] : null
}

function presenceOf(chunk: Uint8Array, rounds: number): boolean[] {
  const into = new Uint8Array(rounds).fill(7)
  return decodePresence(chunk, into) ? [...into].map((bit) => bit === 1) : new Array(rounds).fill(true)
}

/** All columns that are known somewhere. */
function columnsOf(chunk: Uint8Array, rounds: number): [number, number[]][] {
  const columns: [number, number[]][] = []
  const into = new Float64Array(rounds)
  eachColumn(chunk, into, (column) => columns.push([column, [...into]]))
  return columns
}

/** One round's numbers, by column; null: the subject was not there. */
function roundOf(chunk: Uint8Array, round: number, columns: number): number[] | null {
  const into = new Float64Array(columns).fill(-7)
  return decodeRound(chunk, round, (column) => column < columns, into) ? [...into] : null
}

/** Everything that a chunk tells, against the rows that it was made of. */
function expectDecoded(chunk: Uint8Array, rows: Rows, columns: number): void {
  const expected = Array.from({ length: columns }, (_, c) => rows.map((row) => (row === null ? Number.NaN : (row[c] as number) + 0)))
  expect(columnsOf(chunk, rows.length)).toEqual(expected.flatMap((column, c) => (column.every(Number.isNaN) ? [] : [[c, column]])))
  for (const [c, column] of expected.entries()) expect(columnOf(chunk, c, rows.length)).toEqual(column.every(Number.isNaN) ? null : column)
  expect(rows.map((_, round) => roundOf(chunk, round, columns))).toEqual(rows.map((row, round) => row && expected.map((column) => column[round])))
  for (const round of [-1, rows.length]) expect(roundOf(chunk, round, columns)).toBeNull()
  expect(presenceOf(chunk, rows.length)).toEqual(rows.map((row) => row !== null))
}

const number = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 100_000 }) },
  { weight: 2, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.maxSafeInteger() },
  {
    weight: 1,
    arbitrary: fc.constantFrom(Number.NaN, 2 ** 31, 2 ** 32, 2 ** 48, 2 ** 49 + 1, -(2 ** 50), 2 ** 51, 2 ** 51 + 2, 2 ** 52 - 1, 2 ** 53, -(2 ** 53)),
  },
)

/** Columns as they are in life, and worse: each ends up in another codec. */
function columnKinds(length: number): fc.Arbitrary<number[]> {
  const noise = (base: number, spread: number) => fc.array(fc.nat(spread), { minLength: length, maxLength: length }).map((all) => all.map((by) => base + by))
  const walk = (by: fc.Arbitrary<number[]>) =>
    by.map((steps) => {
      let at = 0
      return steps.map((step) => {
        at += step
        return at
      })
    })
  const integers = (min: number, max: number) => fc.array(fc.integer({ min, max }), { minLength: length, maxLength: length })
  const withHoles = (column: fc.Arbitrary<number[]>, freq: number) =>
    fc
      .tuple(column, fc.array(fc.nat(freq), { minLength: length, maxLength: length }))
      .map(([all, holes]) => all.map((n, i) => (holes[i] === 0 ? Number.NaN : n)))
  const kinds = fc.oneof(
    fc.array(number, { minLength: length, maxLength: length }),
    number.map((n) => new Array<number>(length).fill(n)),
    noise(40_000, 5000),
    fc.integer({ min: -(2 ** 50), max: 2 ** 50 }).chain((base) => noise(base, 2 ** 26)),
    noise(0, 2 ** 31 - 1),
    noise(0, 2 ** 31 - 1).map((all) => all.map((n) => n * 2 ** 18 + 1)),
    walk(integers(-3, 3)),
    walk(integers(0, 1000)),
    // A counter that starts anew now and then.
    walk(integers(0, 9)).map((all) => all.map((n) => n % 1000)),
    // Flat with spikes, and levels.
    noise(0, 30).map((all) => all.map((n) => (n === 0 ? 5_000_000 : 77))),
    noise(0, 30).map((all) => all.map((n, i) => (n === 0 ? 0 : 40_000 + Math.floor(i / 50) * 100_000 + n))),
    integers(0, 40).map((all) => {
      let level = 0
      return all.map((n) => (n === 0 ? ++level : level))
    }),
  )
  return fc.oneof(kinds, withHoles(kinds, 1), withHoles(kinds, 50))
}

const subject: fc.Arbitrary<{ rows: Rows; columns: number }> = fc
  .tuple(fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 330 })), fc.integer({ min: 1, max: 6 }), fc.constantFrom(0, 0, 1, 30))
  .chain(([rounds, columns, away]) =>
    fc
      .tuple(fc.tuple(...Array.from({ length: columns }, () => columnKinds(rounds))), fc.array(fc.nat(away), { minLength: rounds, maxLength: rounds }))
      .map(([all, holes]) => ({
        columns,
        rows: Array.from({ length: rounds }, (_, round) => (away > 0 && holes[round] === 0 ? null : all.map((column) => column[round] as number))),
      })),
  )

test('any rows come back as they were: resets, walks, spikes, gaps, unknown numbers and ones up to 2^53', () => {
  fc.assert(
    fc.property(subject, ({ rows, columns }) => expectDecoded(encodeChunk(encodeRows(rows, columns), rows.length), rows, columns)),
    { numRuns: 150 },
  )
})

test.each([28, 200])('each column may come and go on its own, all %d of them', (columns) => {
  const rows = Array.from({ length: 300 }, (_, round) =>
    Array.from({ length: columns }, (_, c) => (Math.floor(round / (c + 1)) % 3 === 2 ? Number.NaN : round * (c - 14) + ((round * 7919 * (c + 1)) % 1013))),
  )
  expectDecoded(encodeChunk(encodeRows(rows, columns), 300), rows, columns)
})

test('seals of one round, of none and of 4,000, and ones in which the subject never was', () => {
  for (const rows of [[[5]], [null], [], [null, [1], null], [[Number.NaN]]] as Rows[]) expectDecoded(encodeChunk(encodeRows(rows, 1), rows.length), rows, 1)
  const long = Array.from({ length: 4000 }, (_, round) => (round % 997 === 5 ? null : [40_000 + ((round * 7919) % 5000), Math.floor(round / 100)]))
  expectDecoded(encodeChunk(encodeRows(long, 2), 4000), long, 2)
  expect(() => encodeChunk(new Uint8Array(0), 65_537)).toThrow(RangeError)
})

test('columns that are known in the same rounds share one mask', () => {
  const holed = (columns: number) =>
    encodeChunk(
      encodeRows(
        Array.from({ length: 300 }, (_, round) => new Array(columns).fill(round % 2 === 0 ? Number.NaN : 4)),
        columns,
      ),
      300,
    )
  expect(holed(7).length - holed(2).length).toBe(5 * 2)
})

test('sizes: noise takes its bits, what stands still a byte or two a column, an outlier a few', () => {
  const bytes = (column: (round: number) => number) => {
    const rows = Array.from({ length: 300 }, (_, round) => [column(round)])
    return encodeChunk(encodeRows(rows, 1), 300).length
  }
  const noise = (round: number) => 40_000 + ((round * 2_654_435) % 4093)
  expect(bytes(() => 0)).toBeLessThanOrEqual(5)
  expect(bytes(() => 120)).toBeLessThanOrEqual(7)
  expect(bytes((round) => (round < 150 ? 1 : 2))).toBeLessThanOrEqual(12)
  const noisy = bytes(noise)
  expect(noisy).toBeLessThanOrEqual((300 * 12) / 8 + 16)
  // One that is a hundred times as large, and one that is nothing.
  expect(bytes((round) => (round === 77 ? 4_000_000 : round === 200 ? 0 : noise(round)))).toBeLessThanOrEqual(noisy + 14)
  // Levels: each block of 64 has its own base.
  expect(bytes((round) => noise(round) + Math.floor(round / 64) * 1_000_000)).toBeLessThanOrEqual(noisy + 32)
  // A counter is packed by its steps.
  expect(bytes((round) => 1e12 + round * 1_000_000 + ((round * 7919) % 61))).toBeLessThanOrEqual((300 * 7) / 8 + 24)
})

test('rows that are cut, or lie beyond the rounds, are damage', () => {
  const rows = encodeRows([[1], [2], [70_000]], 1)
  expect(() => encodeChunk(rows, 2)).toThrow(ChunkDamaged)
  expect(() => encodeChunk(rows.subarray(0, rows.length - 1), 3)).toThrow(ChunkDamaged)
  expect(encodeChunk(rows, 3).length).toBeGreaterThan(0)
})

test('a chunk of other rounds than its seal is damage', () => {
  const chunk = encodeChunk(encodeRows([[1], [2], [3]], 1), 3)
  expect(() => decodeColumn(chunk, 0, new Float64Array(4))).toThrow(ChunkDamaged)
  expect(() => decodePresence(chunk, new Uint8Array(2))).toThrow(ChunkDamaged)
})

test('chunks that contradict themselves are damage', () => {
  const presence = (bytes: readonly number[]) => presenceOf(Uint8Array.from(bytes), 3)
  // Three rounds, not in all of them: runs of two without, then one with.
  expect(presence([7, 10, 4, 1, 0, 0, 2, 0])).toEqual([false, false, true])
  expect(() => presence([7, 10, 4, 1, 0, 1, 2, 0])).toThrow(ChunkDamaged)
  expect(() => presence([7])).toThrow(ChunkDamaged)
  // A column of zeros that speaks of a mask that is not there, and of none that there can be.
  expect(columnOf(Uint8Array.of(6, 1, 0), 0, 3)).toEqual([0, 0, 0])
  expect(() => columnOf(Uint8Array.of(6, 1, 16), 0, 3)).toThrow('mask is missing')
  expect(() => columnOf(Uint8Array.of(7, 9, 2, 1, 24), 0, 3)).toThrow('mask is missing')
})

test('damaged bytes are told as damage or read as something of the right length: never a crash, never a hang', () => {
  const damage = fc.oneof(
    fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), to: fc.nat(255) }),
    fc.record({ kind: fc.constant('cut' as const), at: fc.nat(), to: fc.nat(255) }),
    fc.record({ kind: fc.constant('grow' as const), at: fc.nat(), to: fc.nat(255) }),
  )
  fc.assert(
    fc.property(subject, fc.array(damage, { minLength: 1, maxLength: 4 }), ({ rows, columns }, damages) => {
      let bytes: Uint8Array = encodeChunk(encodeRows(rows, columns), rows.length)
      for (const { kind, at, to } of damages) {
        const place = at % (bytes.length + 1)
        if (kind === 'cut') bytes = bytes.slice(0, place)
        else if (kind === 'grow') bytes = Uint8Array.from([...bytes.subarray(0, place), to, ...bytes.subarray(place)])
        else bytes[place] = to
      }
      expectHarmless(bytes, rows.length)
    }),
    { numRuns: 400 },
  )
})

test('bytes that were never a chunk are harmless, too', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(300), (bytes, rounds) => expectHarmless(bytes, rounds)),
    { numRuns: 600 },
  )
})

/** Whatever is asked of the bytes answers in kind or throws `ChunkDamaged`. */
function expectHarmless(bytes: Uint8Array, rounds: number): void {
  const asked = <T>(ask: () => T): T | null => {
    try {
      return ask()
    } catch (error) {
      if (error instanceof ChunkDamaged) return null
      throw error
    }
  }
  asked(() => columnsOf(bytes, rounds))
  for (let column = 0; column < 8; column++) {
    const into = new Float64Array(rounds)
    const isKnown = asked(() => decodeColumn(bytes, column, into))
    for (const round of [0, rounds >> 1, rounds - 1]) {
      const one = new Float64Array(8)
      const isThere = asked(() => decodeRound(bytes, round, (c) => c === column, one))
      // What can be read as a column reads the same one by one.
      if (isKnown !== null && isThere) expect(one[column]).toEqual(isKnown ? into[round] : Number.NaN)
    }
  }
  const presence = new Uint8Array(rounds)
  if (asked(() => decodePresence(bytes, presence))) expect(presence.every((bit) => bit < 2)).toBe(true)
}

test('what form 1 tells, form 2 tells', () => {
  fc.assert(
    fc.property(subject, ({ rows, columns }) => {
      const bytes = encodeRows(rows, columns)
      const chunk = encodeChunk(bytes, rows.length)
      decodeRows(bytes, (round, states) => {
        expect(roundOf(chunk, round, columns)).toEqual(Array.from({ length: columns }, (_, c) => (isColumnKnown(states, 0, c) ? states.last[c] : Number.NaN)))
      })
    }),
    { numRuns: 50 },
  )
})
