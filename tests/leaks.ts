import { setTimeout as realTime } from 'node:timers/promises'
import { afterAll, expect } from 'vitest'

/**
 * Nothing that keeps a process alive may outlive the tests of a file: a timer, a socket, a server, a child, a worker; nor a listener of the process, or of
 * a window and its document. Loaded before each file, so that this `afterAll` runs behind all of the file's own.
 */
const patienceMs = 5_000
const leastTurns = 100
/** Opened by whoever prints first. Pipes to a child that is left behind come with its ProcessWrap. */
const notOurs: ReadonlySet<string> = new Set(['PipeWrap', 'TTYWrap', 'CloseReq'])

/** What happy-dom keeps of the listeners of its targets, by type: those of a signal that aborted, or that were called once, are not there. */
interface Listening {
  readonly bubbling: ReadonlyMap<string, readonly unknown[]>
  readonly capturing: ReadonlyMap<string, readonly unknown[]>
}
/** A property of happy-dom's own, which it keeps under symbols. */
function ownOf(target: object, name: string): unknown {
  for (let of: object | null = target; of !== null; of = Object.getPrototypeOf(of))
    for (const symbol of Object.getOwnPropertySymbols(of)) if (symbol.description === name) return (target as Readonly<Record<symbol, unknown>>)[symbol]
  return undefined
}
interface WatchedWindow {
  readonly document: object
}
const watched: WatchedWindow[] = []

function countWindow(window: WatchedWindow, add: (name: string, count: number) => void) {
  for (const [owner, target] of Object.entries({ window, document: window.document })) {
    const { bubbling, capturing } = ownOf(target, 'listeners') as Listening
    for (const [type, { length }] of [...bubbling, ...capturing]) add(`listener of the ${owner} (${type})`, length)
  }
}

function found(): Map<string, number> {
  const counts = new Map<string, number>()
  const add = (name: string, count: number) => void counts.set(name, (counts.get(name) ?? 0) + count)
  for (const name of process.getActiveResourcesInfo()) if (!notOurs.has(name)) add(name, 1)
  for (const type of process.eventNames()) add(`listener of the process (${String(type)})`, process.listenerCount(type))
  for (const window of watched) countWindow(window, add)
  return counts
}
const before = found()
/** From now on listeners are not to outlive the tests that are added to this window or its document. */
export function watchWindow(window: WatchedWindow): void {
  watched.push(window)
  const add = (name: string, count: number) => void before.set(name, (before.get(name) ?? 0) + count)
  countWindow(window, add)
  // React's own: once for each document, and never removed.
  add('listener of the document (selectionchange)', 1)
}
// A file whose environment is a DOM has one window for all its tests, whose properties are global; the window itself is known to its document.
const { document } = globalThis as { readonly document?: object }
if (document !== undefined) watchWindow(ownOf(document, 'window') as WatchedWindow)
/** What a file keeps on purpose, and why it may. */
const kept = new Map<string, number>()
export const mayOutlive = (name: string, count: number, _why: string): void => void kept.set(name, count)
const left = () =>
  [...found()].flatMap(([name, count]) => {
    const more = count - (before.get(name) ?? 0) - (kept.get(name) ?? 0)
    return more > 0 ? [`${more} × ${name}`] : []
  })

afterAll(async () => {
  // What was closed ends a turn later, a socket some more; vitest's own messages have a timer for a tenth of a second.
  // A machine that stood still for all that time has given it no turns.
  const began = performance.now()
  for (let turns = 0; left().length > 0 && (turns < leastTurns || performance.now() - began < patienceMs); turns++)
    await realTime(20, undefined, { ref: false })
  expect(left(), 'what outlives the tests of this file').toEqual([])
  // On a busy machine the last turn may take seconds itself.
}, 4 * patienceMs)
