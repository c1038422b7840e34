import { setTimeout as realTime } from 'node:timers/promises'
import { afterAll, expect } from 'vitest'

/**
 * Nothing that keeps a process alive may outlive the tests of a file: a timer, a socket, a server, a child, a worker. Loaded before each
 * file, so that this `afterAll` runs behind all of the file's own.
 */
const patienceMs = 5_000
/** Opened by whoever prints first. Pipes to a child that is left behind come with its ProcessWrap. */
const notOurs: ReadonlySet<string> = new Set(['PipeWrap', 'TTYWrap', 'CloseReq'])
function resources(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const name of process.getActiveResourcesInfo()) if (!notOurs.has(name)) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}
const before = resources()
/** What a file keeps on purpose, and why it may. */
const kept = new Map<string, number>()
export const mayOutlive = (name: string, count: number, _why: string): void => void kept.set(name, count)
const left = () =>
  [...resources()].flatMap(([name, count]) => {
    const more = count - (before.get(name) ?? 0) - (kept.get(name) ?? 0)
    return more > 0 ? [`${more} × ${name}`] : []
  })

afterAll(async () => {
  // What was closed ends a turn later, a socket some more; vitest's own messages have a timer for a tenth of a second.
  const began = performance.now()
  while (left().length > 0 && performance.now() - began < patienceMs) await realTime(20, undefined, { ref: false })
  expect(left(), 'what outlives the tests of this file').toEqual([])
  // On a busy machine the last turn may take seconds itself.
}, 4 * patienceMs)
