import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect } from 'vitest'
import { createTestClock, type TestClock } from '../../clock/testClock.ts'
import type { Log } from '../ports.ts'
import { createHistory, type History, type HistoryDeps } from './history.ts'

/** Fresh for each test: a data folder, a clock, and one history at a time. */
interface TestHistories {
  readonly dataDir: () => string
  readonly clock: () => TestClock
  /** Closes the one that is open. */
  readonly open: (more?: Partial<HistoryDeps>) => Promise<History>
}

/** Call it at the top of a test file. After each test nothing waits for the clock, and no history has logged an error. */
export function testHistories(startsAt: number): TestHistories {
  const logged: unknown[] = []
  const note = (facts: object, text: string): void => void logged.push([text, facts])
  const log: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: note, child: () => log }
  let dataDir: string
  let clock: TestClock
  let history: History | null = null
  const close = async (): Promise<void> => {
    await history?.[Symbol.asyncDispose]()
    history = null
  }
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'mtxdeck-history-'))
    logged.length = 0
    clock = createTestClock(startsAt, async () => history?.settled())
  })
  afterEach(async () => {
    await close()
    expect(clock.pending()).toBe(0)
    expect(logged).toEqual([])
    await rm(dataDir, { recursive: true })
  })
  return {
    dataDir: () => dataDir,
    clock: () => clock,
    open: async (more = {}) => {
      await close()
      const made = await createHistory({
        clock,
        log,
        dataDir,
        storeWorker: new URL('./storeWorker.ts', import.meta.url),
        readSpace: async () => ({ freeBytes: 50e9, totalBytes: 100e9 }),
        ...more,
      })
      if (!made.ok) throw new Error(made.error.words)
      history = made.value
      return made.value
    },
  }
}
