import { createAllowance } from '../../clock/allowance.ts'
import type { Clock, Timer } from '../../clock/clock.ts'
import { type NewEvent, newEvent } from '../../shared/events.ts'
import type { LeftOut } from '../../shared/servers.ts'
import { ownerIdOf, serverSubject } from '../../shared/subjectNames.ts'
import type { History } from './history.ts'

interface BudgetedFacts {
  /** The path of a stream; null: the server itself. */
  readonly part: string | null
  readonly facts: object | null
  /** History got no facts of this path in this launch, not even with the initial full description. */
  readonly isNew?: boolean
}

/** Limits how many events and changed facts one server may store per hour. */
export type ServerBudget = ReturnType<typeof createServerBudget>

/**
 * Events of each kind stored per server and hour, plus one for each of its paths: enough for 10,000 paths that all change
 * once within an hour, and for 200 tests an hour with a path each. Readers come and go more often.
 */
const eventsOfKind = 300
const readerEvents = 2_000
/**
 * Changed facts stored per server and hour, and the additional ones for each of its paths. More than the new names that a
 * server may add (`parsePaths.ts`) need to appear, to end and to be forgotten, so that little is ever held back.
 */
const changesOfServer = 1_200
const changesOfPath = 8
/** Changed facts of the server itself, such as being down. A separate budget, so that a flood of stream changes never delays them. */
const changesOfItself = 300
const hourMs = 3_600_000

/** Share of the hourly base allowance that may be used at once. The allowance for paths may all be used at once, as all may change together. */
const partAtOnce = 1 / 4

/** Whether one more is allowed. */
type Allowance = (anHour: number, forPaths: number, now: number) => boolean
function createServerAllowance(): Allowance {
  const allows = createAllowance()
  return (anHour, forPaths, now) => allows(anHour * partAtOnce + forPaths, anHour + forPaths, now)
}

interface HeldFacts {
  readonly at: number
  readonly facts: object | null
  /** History has no facts of this path. */
  readonly isNew: boolean
}

interface Watched {
  name: string | null
  /** Largest number of paths that the server ever listed. */
  paths: number
  readonly ofKind: Map<string, Allowance>
  readonly changes: Allowance
  readonly ownChanges: Allowance
  /** The newest facts held back per stream (null: the server itself), longest waiting first. */
  readonly held: Map<string | null, HeldFacts>
  leftOut: { readonly since: number; readonly from: number; readonly byKind: Map<string, number>; changes: number; paths: number } | null
}

/** Interval of attempts to store facts held back. */
const releaseEveryMs = 10_000
/** Paths released per turn of the event loop: passing them to history's thread takes 1 to 2 ms. */
const mostReleasedAtOnce = 1_000

export function createServerBudget(clock: Clock, history: Pick<History, 'record' | 'describe'>) {
  let timer: Timer | null = null
  const servers = new Map<string, Watched>()
  const serverOf = (id: string): Watched => {
    let server = servers.get(id)
    if (server === undefined) {
      server = {
        name: null,
        paths: 0,
        ofKind: new Map(),
        changes: createServerAllowance(),
        ownChanges: createServerAllowance(),
        held: new Map(),
        leftOut: null,
      }
      servers.set(id, server)
    }
    return server
  }
  /** The server's counts of what was left out, started if there are none. */
  const leftOutOf = (server: Watched) => {
    server.leftOut ??= { since: clock.now(), from: clock.monotonic(), byKind: new Map(), changes: 0, paths: 0 }
    releaseLater()
    return server.leftOut
  }
  const mayChange = (server: Watched, part: string | null) =>
    part === null ? server.ownChanges(changesOfItself, 0, clock.monotonic()) : server.changes(changesOfServer, changesOfPath * server.paths, clock.monotonic())
  const isDue = (server: Watched) => server.leftOut !== null && clock.monotonic() - server.leftOut.from >= hourMs

  const leftOutEvents = (serverId: string, { name, leftOut }: Watched): NewEvent[] => {
    if (leftOut === null) return []
    const events = eventsOf(leftOut.byKind)
    const kinds = [...leftOut.byKind].sort(([, a], [, b]) => b - a).map(([kind, count]) => ({ kind, count }))
    const facts = { since: leftOut.since, count: events, changes: leftOut.changes, leftOutPaths: leftOut.paths, kinds }
    return [newEvent('tooMuchSent', clock.now(), facts, { subject: serverSubject(serverId), ownerName: name })]
  }

  /** Whether the budget allows an event; counts it as left out if not. */
  const isKept = (event: NewEvent): boolean => {
    if (event.subject === null) return true
    const server = serverOf(ownerIdOf(event.subject))
    server.name = event.ownerName ?? server.name
    let allowance = server.ofKind.get(event.kind)
    if (allowance === undefined) {
      allowance = createServerAllowance()
      server.ofKind.set(event.kind, allowance)
    }
    const base = event.kind === 'readerJoined' || event.kind === 'readerLeft' ? readerEvents : eventsOfKind
    if (allowance(base, server.paths, clock.monotonic())) return true
    const { byKind } = leftOutOf(server)
    byKind.set(event.kind, (byKind.get(event.kind) ?? 0) + 1)
    return false
  }
  /** Stores facts held back of up to `most` paths, as far as the budget allows; everything if `most` is infinite. Returns the number stored. */
  const releaseHeld = (serverId: string, server: Watched, most: number): number => {
    let released = 0
    let entries: { readonly part: string | null; readonly facts: object | null }[] = []
    let entriesAt = 0
    const flush = () => {
      if (entries.length > 0) history.describe(serverSubject(serverId), entriesAt, entries)
      entries = []
    }
    for (const [part, { at, facts }] of server.held) {
      if (released >= most) break
      if (most !== Number.POSITIVE_INFINITY && !mayChange(server, part)) {
        if (part === null) continue
        break
      }
      server.held.delete(part)
      if (at !== entriesAt) flush()
      entriesAt = at
      entries.push({ part, facts })
      released++
    }
    flush()
    return released
  }
  const recordLeftOut = (serverId: string, server: Watched) => {
    history.record(leftOutEvents(serverId, server))
    server.leftOut = null
  }
  /** Stores everything, regardless of the budget. */
  const releaseAll = (serverId: string, server: Watched) => {
    releaseHeld(serverId, server, Number.POSITIVE_INFINITY)
    recordLeftOut(serverId, server)
  }
  const releaseSome = () => {
    timer = null
    let room = mostReleasedAtOnce
    for (const [serverId, server] of servers) {
      room -= releaseHeld(serverId, server, room)
      if (isDue(server)) recordLeftOut(serverId, server)
    }
    // If `room` is used up, continue in the next turn; otherwise wait until a budget allows more.
    if ([...servers.values()].some(({ held, leftOut }) => held.size > 0 || leftOut !== null)) releaseLater(room > 0 ? releaseEveryMs : 0)
  }
  const releaseLater = (inMs = releaseEveryMs) => {
    timer ??= clock.setTimeout(releaseSome, inMs)
  }

  return {
    /** Records events as far as the budget allows, and counts those left out. */
    record: (events: readonly NewEvent[]): void => {
      history.record(events.filter(isKept))
    },
    /** Stores facts as far as the budget allows. Of the rest the newest per path is held back, and stored as soon as the budget allows. */
    describe: (serverId: string, at: number, entries: readonly BudgetedFacts[], whole = false): void => {
      const server = serverOf(serverId)
      if (whole) {
        // The initial full description of a launch replaces everything held back.
        for (const part of server.held.keys()) if (part !== null) server.held.delete(part)
        history.describe(serverSubject(serverId), at, entries, whole)
        return
      }
      const kept = entries.filter(({ part, facts, isNew }) => {
        // Newer facts must not overtake older ones held back for the same stream.
        if (!server.held.has(part) && mayChange(server, part)) return true
        const before = server.held.get(part)
        if (before !== undefined) leftOutOf(server).changes++
        // The stream came and went before anything was stored, so nothing has to be stored at all.
        if (facts === null && before?.isNew === true) server.held.delete(part)
        else server.held.set(part, { at, facts, isNew: before === undefined ? isNew === true : before.isNew })
        releaseLater()
        return false
      })
      if (kept.length > 0) history.describe(serverSubject(serverId), at, kept)
    },
    /** Reports the number of paths the server lists, and how many new path names were left out since the last call. */
    reportPaths: ({ id, name }: { readonly id: string; readonly name: string }, paths: number, leftOutPaths: number): void => {
      const server = serverOf(id)
      server.name = name
      server.paths = Math.max(server.paths, paths)
      if (leftOutPaths > 0) leftOutOf(server).paths += leftOutPaths
    },
    /** Counts of what a server lost to its budget in the current hour; null: nothing. */
    leftOut: (serverId: string): LeftOut | null => {
      const leftOut = servers.get(serverId)?.leftOut ?? null
      return leftOut && { since: leftOut.since, events: eventsOf(leftOut.byKind), changes: leftOut.changes, paths: leftOut.paths }
    },
    forget: (serverId: string): void => {
      const server = servers.get(serverId)
      if (server !== undefined) releaseAll(serverId, server)
      servers.delete(serverId)
    },
    /** Stores everything held back, and records the counts of what was left out. */
    [Symbol.dispose]: (): void => {
      if (timer !== null) clock.clearTimeout(timer)
      for (const [serverId, server] of servers) releaseAll(serverId, server)
      servers.clear()
    },
  }
}

const eventsOf = (byKind: ReadonlyMap<string, number>): number => [...byKind.values()].reduce((sum, count) => sum + count, 0)
