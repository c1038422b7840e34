import { expect, it } from 'vitest'
import { createPathParser } from './parsePaths.ts'

const startAt = Date.UTC(2026, 10, 14, 3, 0, 0)
const hourMs = 3_600_000

/** Reads answers of a server as the client does: entries that are as they were are taken over. */
function createReader() {
  let now = startAt
  const parser = createPathParser({ note: () => {}, now: () => now })
  const taken = new Map<string, NonNullable<ReturnType<typeof parser.read>>>()
  return {
    refused: parser.refusedNames,
    pass: (ms: number) => {
      now += ms
    },
    /** The names that are followed. */
    read: (names: readonly string[], changed = false): string[] => {
      parser.begin()
      return names.flatMap((name, index) => {
        const known = changed ? undefined : taken.get(name)
        const reading = known ?? parser.read({ name, ready: true, readers: [] }, index)
        if (known !== undefined) parser.takeOver(known)
        if (reading === null) return []
        taken.set(name, reading)
        return [name]
      })
    },
  }
}
const named = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix} ${n}`)

it('a server that has other names in each answer is not followed beyond some hundred an hour, and those it had before stay', () => {
  const { read, pass, refused } = createReader()
  const cams = named('cam', 10)
  const followed = new Set<string>()
  for (let round = 0; round < 4 * 600; round++) {
    // Entries change now and then, as when a reader joins.
    for (const name of read([...cams, ...named(`random ${round}`, 30)], round % 100 === 0)) followed.add(name)
    expect(read(cams, true)).toEqual(cams)
    pass(6_000)
  }
  expect(followed.size).toBeGreaterThan(4 * 300)
  expect(followed.size).toBeLessThan(5 * 400)
  expect(refused()).toBeGreaterThan(50_000)
})

it('10,000 paths that are all renamed once, and a factory that names 200 paths an hour, are followed whole', () => {
  const { read, pass, refused } = createReader()
  const large = named('cam', 10_000)
  expect(read(large)).toEqual(large)
  const renamed = named('camera', 10_000)
  expect(read(renamed)).toEqual(renamed)
  for (let test = 0; test < 24 * 200; test++) {
    const names = [...renamed, `exam ${test}`]
    if (test % 200 === 199) expect(read(names)).toHaveLength(10_001)
    else read(names.slice(-1))
    pass(hourMs / 200)
  }
  expect(refused()).toBe(0)
})

it('a name that comes 10,000 times is one name', () => {
  const { read } = createReader()
  read(
    Array.from({ length: 10_000 }, () => 'cam'),
    true,
  )
  expect(read(named('random', 5_000)).length).toBe(5_000)
  expect(read(named('others', 9_000)).length).toBeGreaterThanOrEqual(9_000)
  const left = 300 + 2 * 9_000 - 14_001
  expect(read(named('more', 8_000))).toHaveLength(left)
})

it('a path without a name is left out, and said to be impossible', () => {
  const noted: string[] = []
  const parser = createPathParser({ note: (field, fault) => noted.push(`${field} ${fault}`), now: () => startAt })
  parser.begin()
  expect(['', 'cam1'].map((name, index) => parser.read({ name, ready: true, readers: [] }, index)?.name ?? null)).toEqual([null, 'cam1'])
  expect(noted).toEqual(['name impossible'])
})
