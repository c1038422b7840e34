import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSystemClock } from '../../clock/clock.ts'
import { createSlices, type Slice } from '../../clock/slices.ts'
import { type JsonLimits, readJsonInSlices } from './jsonInSlices.ts'

const clock = createSystemClock()
const signal = new AbortController().signal
const wide: JsonLimits = { text: 10_000, items: 10_000, keys: 10_000, wanted: null }
const read = (text: string | Buffer, limits: Partial<JsonLimits> = {}) =>
  readJsonInSlices(Buffer.from(text as string), { ...wide, ...limits }, createSlices(clock).begin(), signal)

describe('it agrees with JSON.parse', () => {
  it('on any value, however it is spaced', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json({ maxDepth: 6 }), fc.constantFrom(undefined, 1, '\t'), async (text, space) => {
        fc.pre(!text.includes('__proto__'))
        const spaced = JSON.stringify(JSON.parse(text), null, space)
        expect(await read(spaced)).toEqual(JSON.parse(spaced))
      }),
      { numRuns: 500 },
    )
  })
  it('on what is no JSON: a byte changed, left out or put in anywhere', async () => {
    const text = '{"a":[1,-2.5e+3,{"b":"x\\u00e4\\"y\\\\"},[],{}],"c":null,"d":true,"e":"\\ud83d\\ude00"}'
    const truth = (changed: string) => {
      try {
        return { value: JSON.parse(changed) as unknown }
      } catch {
        return null
      }
    }
    for (let at = 0; at < text.length; at++)
      for (const other of ['', '"', ',', '[', '}', '0', '\\', 'e', '\n', '-', `${text[at]}${text[at]}`]) {
        const changed = text.slice(0, at) + other + text.slice(at + 1)
        const mine = await read(changed).then(
          (value) => ({ value }),
          () => null,
        )
        expect(mine, changed).toEqual(truth(changed))
      }
  })
})

describe('what it bounds', () => {
  it('keeps one character and one item more than the limits, whatever the text is written with', async () => {
    for (const letter of ['a', 'ä', '\\n', '\\u0041', '😀', '\\\\', '\\"']) {
      const text = (await read(`{"t":"${letter.repeat(200_000)}"}`, { text: 50 })) as { t: string }
      expect(text.t, letter).toBe((JSON.parse(`"${letter.repeat(60)}"`) as string).slice(0, 51))
    }
    expect(await read(JSON.stringify(Array.from({ length: 100 }, () => 1)), { items: 9 })).toHaveLength(10)
  })
  it('keeps only the fields that are wanted, and checks the others all the same', async () => {
    const limits = { wanted: new Set(['a']) }
    expect(await read('{"b":{"a":1},"a":[{"a":2,"c":3}],"__proto__":{"a":1}}', limits)).toEqual({ a: [{ a: 2 }] })
    await expect(read('{"b":[1,],"a":1}', limits)).rejects.toThrow('broken')
  })
  it('gives up what is nested without end, and numbers without end', async () => {
    await expect(read('['.repeat(5_000_000))).rejects.toThrow('tooMuch')
    await expect(read(`[${'9'.repeat(5_000_000)}]`)).rejects.toThrow('broken')
  })
  it('gives up white space without end, and texts that do not end', async () => {
    await expect(read(`["${'a'.repeat(5_000_000)}`)).rejects.toMatchObject({ at: 5_000_002 })
    await expect(read(`[1,${' '.repeat(5_000_000)}2]`)).rejects.toMatchObject({ fault: { kind: 'tooMuch' } })
    await expect(read(`["${'a'.repeat(500_000)}\n`)).rejects.toThrow('broken')
    await expect(read(`{"a":1,"${'a'.repeat(500_000)}\n`)).rejects.toThrow('broken')
  })
  it('cuts a long text that is full of what looks like its end, as a value and as a key', async () => {
    expect(await read(`["${'\\\\\\"'.repeat(1_000_000)}",7]`, { text: 3 })).toEqual(['\\"\\"', 7])
    expect(await read(`{"${'\\"'.repeat(1_000_000)}":1,"a":2}`)).toEqual({ a: 2 })
  })
  it('asks whether its slice is over by what it has read, not by the values alone', async () => {
    let asked = 0
    const slice: Slice = { ...createSlices(clock).begin(), isOver: () => ++asked < 0 }
    const texts = JSON.stringify(Array.from({ length: 30 }, () => '"'.repeat(100_000)))
    await readJsonInSlices(Buffer.from(texts), { ...wide, text: 10 }, slice, signal)
    expect(asked).toBeGreaterThanOrEqual(29)
    asked = 0
    await readJsonInSlices(Buffer.from(`["a${'\\"'.repeat(1_000_000)}"]`), { ...wide, text: 10 }, slice, signal)
    expect(asked).toBeGreaterThan(200)
    const spaces = `[${`1,${' '.repeat(60_000)}`.repeat(30)}1]`
    asked = 0
    await readJsonInSlices(Buffer.from(spaces), wide, slice, signal)
    expect(asked).toBeGreaterThanOrEqual(14)
  })
  it('does one piece of work in a turn of the loop, however large the answer is and how many are read at once', async () => {
    const body = Buffer.from(`{"items":[${Array.from({ length: 15_000 }, (_, i) => `{"name":"path-${i}","tracks":["a","b"],"x":[[1,2],{}]}`).join()}]}`)
    // Time passes by being asked for, so that what is counted is work and not what else the machine does.
    const askMs = 0.5
    let now = 0
    const slices = createSlices({
      ...clock,
      monotonic: () => {
        now += askMs
        return now
      },
    })
    const work = Promise.all(Array.from({ length: 8 }, () => readJsonInSlices(body, { ...wide, items: 50_000 }, slices.begin(), signal)))
    let longestMs = 0
    let turns = 0
    let isDone = false
    void work.then(() => {
      isDone = true
    })
    // The eight begin at once; from then on they take turns.
    for (let last = now; !isDone; turns++) {
      await new Promise((resolve) => void setImmediate(resolve))
      longestMs = Math.max(longestMs, now - last)
      last = now
    }
    const [read] = await work
    expect(JSON.stringify(read)).toBe(body.toString())
    expect(longestMs).toBeLessThanOrEqual(6)
    expect(turns).toBeGreaterThanOrEqual(Math.floor(now / 6))
    // Asked often enough that a piece is some kilobytes and not an answer.
    expect((8 * body.length) / (now / askMs)).toBeLessThan(2_000)
  })
  it('ends when its time is over', async () => {
    const stop = new AbortController()
    const body = Buffer.from(`[${'1,'.repeat(2_000_000)}1]`)
    const work = readJsonInSlices(body, wide, createSlices(clock).begin(), stop.signal)
    stop.abort(new Error('time is over'))
    await expect(work).rejects.toThrow('time is over')
  })
})
