import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sleep, TimeLimitError, timeLimit } from './clock.ts'
import { every } from './every.ts'
import { createTestClock } from './testClock.ts'

const start = Date.UTC(2026, 10, 14, 3, 0, 0)

describe('every', () => {
  let clock = createTestClock(start)
  let stop = new AbortController()
  const bugs: unknown[] = []
  beforeEach(() => {
    clock = createTestClock(start)
    stop = new AbortController()
    bugs.length = 0
  })
  afterEach(async () => {
    stop.abort()
    await clock.advance(0)
    expect(clock.pending(), 'a timer outlived its loop').toBe(0)
  })
  const loop = (options: Partial<Parameters<ReturnType<typeof every>>[0]>, run: (at: number, signal: AbortSignal) => Promise<void>) =>
    every(clock)({ intervalMs: 2000, timeoutMs: 5000, seed: 'a', signal: stop.signal, onBug: (error) => void bugs.push(error), ...options }, run)

  it('runs at once, then in slots one interval apart', async () => {
    const at: number[] = []
    loop({}, async (slot) => void at.push(slot))
    await clock.advance(9000)
    expect(at[0]).toBe(start)
    const later = at.slice(1)
    expect(later.length).toBeGreaterThanOrEqual(3)
    for (let i = 1; i < later.length; i++) expect((later[i] ?? 0) - (later[i - 1] ?? 0)).toBe(2000)
  })

  it('spreads loops by their seed, the same way after each start', async () => {
    const second = (seed: string) => {
      const at: number[] = []
      loop({ seed, phaseStepMs: 1 }, async (slot) => void at.push(slot))
      return at
    }
    const runs = ['a', 'b', 'c', 'a'].map(second)
    await clock.advance(6000)
    const phases = runs.map((at) => (at[1] ?? 0) % 2000)
    expect(phases[0]).toBe(phases[3])
    expect(new Set(phases).size).toBe(3)
  })

  it('lets loops of one phase step wake together', async () => {
    const phases = new Set<number>()
    for (let n = 0; n < 50; n++) loop({ seed: `loop ${n}`, phaseStepMs: 500 }, async (at) => void phases.add((at - start) % 2000))
    await clock.advance(6000)
    expect([...phases].toSorted((a, b) => a - b)).toEqual([0, 500, 1000, 1500])
  })

  it('lets all loops wake at whole seconds unless they are to spread out', async () => {
    const parts = new Set<number>()
    for (let n = 0; n < 50; n++) loop({ seed: `loop ${n}` }, async (at) => void (at > start && parts.add(at % 1000)))
    await clock.advance(6000)
    expect([...parts]).toEqual([0])
  })

  it('gives a run without a limit the signal of the loop', async () => {
    const signals = new Set<AbortSignal>()
    loop({ timeoutMs: null }, async (_at, signal) => void signals.add(signal))
    await clock.advance(6000)
    expect([...signals]).toEqual([stop.signal])
  })

  it('never overlaps itself, and counts the slots it missed instead of making them up', async () => {
    let running = 0
    let most = 0
    let runs = 0
    let missed = 0
    const onMissed = (count: number) => {
      missed += count
    }
    loop({ timeoutMs: 60_000, onMissed }, async () => {
      running++
      runs++
      most = Math.max(most, running)
      await sleep(clock, 7000, stop.signal)
      running--
    })
    await clock.advance(20_000)
    expect(most).toBe(1)
    expect(runs).toBeLessThanOrEqual(3)
    expect(missed).toBeGreaterThanOrEqual(6)
  })

  it('aborts a run at its time limit and goes on', async () => {
    const reasons: unknown[] = []
    loop({ timeoutMs: 1000 }, async (_at, signal) => {
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))).catch((reason) => {
        reasons.push(reason)
        throw reason
      })
    })
    await clock.advance(5000)
    expect(reasons.length).toBeGreaterThanOrEqual(2)
    expect(reasons[0]).toBeInstanceOf(TimeLimitError)
    expect(bugs).toEqual([])
  })

  it('tells of a run that threw, and goes on', async () => {
    let runs = 0
    loop({}, async () => {
      runs++
      throw new Error('a bug')
    })
    await clock.advance(5000)
    expect(runs).toBeGreaterThanOrEqual(2)
    expect(bugs).toHaveLength(runs)
  })

  it('does not run in a burst after the machine slept', async () => {
    let runs = 0
    loop({}, async () => void runs++)
    await clock.advance(4000)
    const before = runs
    await clock.sleepMachine(3_600_000)
    expect(runs - before).toBe(1)
  })

  it('dates a run after a sleep when it begins, not in the sleep', async () => {
    const at: number[] = []
    loop({ intervalMs: 60_000 }, async (slot) => void at.push(slot))
    await clock.advance(70_000)
    at.length = 0
    await clock.sleepMachine(100_000)
    expect(at).toEqual([clock.now()])
  })

  it('waits as long as it is told to after a run, whatever its slots are', async () => {
    const at: number[] = []
    let delayMs: number | null = 300
    loop({ intervalMs: 1000, delayMs: () => delayMs }, async (slot) => void at.push(slot))
    await clock.advance(950)
    expect(at.map((slot) => slot - (at[0] ?? 0))).toEqual([0, 300, 600, 900])
    delayMs = null
    await clock.advance(2500)
    // One more was waited for already; then come slots again.
    const slots = at.slice(5)
    expect(slots.length).toBeGreaterThanOrEqual(1)
    for (const slot of slots) expect((slot - (slots[0] as number)) % 1000).toBe(0)
  })

  it('asks for its interval anew each time', async () => {
    const at: number[] = []
    let intervalMs = 1000
    loop({ intervalMs: () => intervalMs }, async (slot) => void at.push(slot))
    await clock.advance(3500)
    intervalMs = 10_000
    const before = at.length
    await clock.advance(9000)
    expect(at.length - before).toBeLessThanOrEqual(2)
  })
})

describe('timeLimit', () => {
  it('passes the reason of its parent on', () => {
    const clock = createTestClock()
    const parent = new AbortController()
    using limit = timeLimit(clock, 1000, parent.signal)
    parent.abort('gone')
    expect(limit.signal.reason).toBe('gone')
  })
  it('leaves no timer behind when it is disposed', () => {
    const clock = createTestClock()
    {
      using _limit = timeLimit(clock, 1000)
      expect(clock.pending()).toBe(1)
    }
    expect(clock.pending()).toBe(0)
  })
})
