import type { Clock, Timer } from './clock.ts'

export interface TestClock extends Clock {
  /**
   * Moves time by `ms`, running due timers in order. After those of a moment it waits until `settled`
   * (promises, and whatever the test passed as `settle`, such as `engine.settled`).
   */
  readonly advance: (ms: number) => Promise<void>
  /** Moves wall time only, as when an operator sets the clock. */
  readonly jumpWall: (ms: number) => void
  /** Moves both times without running timers in between: what a sleeping laptop does. Due timers run once, late. */
  readonly sleepMachine: (ms: number) => Promise<void>
  /** Number of pending timers; 0 at the end of a test proves that none leaked. */
  readonly pending: () => number
}

async function flush() {
  for (let i = 0; i < 5; i++) await new Promise<void>((resolve) => setImmediate(resolve))
}

/** Starts at `startAt` (epoch ms); `settle` is awaited after the timers of each moment. */
export function createTestClock(startAt = Date.UTC(2026, 10, 14, 3, 0, 0), settle: () => Promise<void> = flush): TestClock {
  let wall = startAt
  let mono = 0
  let nextId = 1
  const timers = new Map<number, { readonly due: number; readonly run: () => void }>()

  const nextDue = (until: number) => {
    let found: { id: number; due: number; run: () => void } | undefined
    for (const [id, timer] of timers) if (timer.due <= until && (found === undefined || timer.due < found.due)) found = { id, ...timer }
    return found
  }
  const moveTo = (to: number) => {
    wall += to - mono
    mono = to
  }
  const runDue = async (until: number, stepwise: boolean) => {
    for (;;) {
      await settle()
      let timer = nextDue(until)
      if (!timer) return
      if (stepwise && timer.due > mono) moveTo(timer.due)
      // As Node does: promises that one of them resolves go on before the next one.
      for (; timer; timer = nextDue(mono)) {
        timers.delete(timer.id)
        timer.run()
        await new Promise<void>((resolve) => setImmediate(resolve))
      }
    }
  }
  return {
    now: () => wall,
    monotonic: () => mono,
    setTimeout: (run, ms): Timer => {
      const id = nextId++
      timers.set(id, { due: mono + Math.max(0, ms), run })
      return { id }
    },
    clearTimeout: (timer) => {
      timers.delete(timer.id as number)
    },
    advance: async (ms) => {
      const until = mono + ms
      await runDue(until, true)
      moveTo(until)
      await settle()
    },
    jumpWall: (ms) => {
      wall += ms
    },
    sleepMachine: async (ms) => {
      moveTo(mono + ms)
      await runDue(mono, false)
    },
    pending: () => timers.size,
  }
}
