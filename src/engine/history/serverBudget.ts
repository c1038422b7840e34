import type { Clock, Timer } from '../../clock/clock.ts'
import { createAllowance } from '../../clock/semaphore.ts'
import { type NewEvent, newEvent } from '../../shared/events.ts'
import { ownerIdOf, serverSubject } from '../../shared/subjectNames.ts'
import type { History } from './history.ts'

interface BudgetedFacts {
  /** The path of a stream; null: the server itself. */
  readonly part: string | null
  readonly facts: object | null
}

/** Limits how many events and changed facts one server may store per hour. */
export type ServerBudget = ReturnType<typeof createServerBudget>

/**
 * Events of each kind stored per server and hour, plus one for each of its paths: enough for 10,000 paths that all change
 * once within an hour, and for 200 tests an hour with a path each.
 */
const eventsOfKind = 300
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

interface Watched {
  name: string | null
  /** Largest number of paths that the server ever listed. */
  paths: number
  readonly ofKind: Map<string, Allowance>
  readonly changes: Allowance
  readonly ownChanges: Allowance
  /** The newest facts that are not stored yet, by stream (null: the server itself), longest waiting first. */
  readonly waiting: Map<string | null, { readonly at: number; readonly facts: object | null }>
  /** Until then it is known that something is left out. Monotonic. */
  saidUntil: number
}

/** Interval of attempts to store facts that wait. */
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
        waiting: new Map(),
        saidUntil: Number.NEGATIVE_INFINITY,
      }
      servers.set(id, server)
    }
    return server
  }
  /** Says once an hour that something of a server is left out. */
  const sayLeftOut = (serverId: string, server: Watched) => {
    const now = clock.monotonic()
    if (now < server.saidUntil) return
    server.saidUntil = now + hourMs
    history.record([newEvent('tooMuchSent', clock.now(), {}, { subject: serverSubject(serverId), ownerName: server.name })])
  }
  const mayChange = (server: Watched, part: string | null) =>
    part === null ? server.ownChanges(changesOfItself, 0, clock.monotonic()) : server.changes(changesOfServer, changesOfPath * server.paths, clock.monotonic())

  /** Whether the budget allows an event. */
  const isKept = (event: NewEvent): boolean => {
    if (event.subject === null) return true
    const serverId = ownerIdOf(event.subject)
    const server = serverOf(serverId)
    server.name = event.ownerName ?? server.name
    let allowance = server.ofKind.get(event.kind)
    if (allowance === undefined) {
      allowance = createServerAllowance()
      server.ofKind.set(event.kind, allowance)
    }
    if (allowance(eventsOfKind, server.paths, clock.monotonic())) return true
    sayLeftOut(serverId, server)
    return false
  }
  /** Stores facts that wait, of up to `most` paths and as far as the budget allows; `isLast`: whatever it allows. Returns of how many. */
  const release = (serverId: string, server: Watched, most: number, isLast = false): number => {
    let released = 0
    let entries: BudgetedFacts[] = []
    let entriesAt = 0
    const flush = () => {
      if (entries.length > 0) history.describe(serverSubject(serverId), entriesAt, entries)
      entries = []
    }
    /** false: the budget does not allow it. */
    const pass = (part: string | null): boolean => {
      const next = server.waiting.get(part)
      if (next === undefined) return true
      if (!isLast && !mayChange(server, part)) return false
      server.waiting.delete(part)
      if (next.at !== entriesAt) flush()
      entriesAt = next.at
      entries.push({ part, facts: next.facts })
      released++
      return true
    }
    // Whatever its streams wait for.
    pass(null)
    for (const part of server.waiting.keys()) if (released >= most || (!pass(part) && part !== null)) break
    flush()
    return released
  }
  const releaseSome = () => {
    timer = null
    let room = mostReleasedAtOnce
    for (const [serverId, server] of servers) room -= release(serverId, server, room)
    // If `room` is used up, continue in the next turn; otherwise wait until a budget allows more.
    if ([...servers.values()].some(({ waiting }) => waiting.size > 0)) releaseLater(room > 0 ? releaseEveryMs : 0)
  }
  const releaseLater = (inMs = releaseEveryMs) => {
    timer ??= clock.setTimeout(releaseSome, inMs)
  }

  return {
    /** Records events as far as the budget allows; others are left out. */
    record: (events: readonly NewEvent[]): void => {
      history.record(events.filter(isKept))
    },
    /** Stores facts as far as the budget allows. Of the rest the newest per path waits, and is stored as soon as the budget allows. */
    describe: (serverId: string, at: number, entries: readonly BudgetedFacts[], whole = false): void => {
      const server = serverOf(serverId)
      if (whole) {
        // The initial full description of a launch replaces everything that waits.
        for (const part of server.waiting.keys()) if (part !== null) server.waiting.delete(part)
        history.describe(serverSubject(serverId), at, entries, whole)
        return
      }
      for (const { part, facts } of entries) {
        if (server.waiting.has(part)) sayLeftOut(serverId, server)
        server.waiting.set(part, { at, facts })
      }
      release(serverId, server, Number.POSITIVE_INFINITY)
      if (server.waiting.size > 0) releaseLater()
    },
    /** Reports the number of paths the server lists, and how many new path names were left out since the last call. */
    reportPaths: ({ id, name }: { readonly id: string; readonly name: string }, paths: number, leftOutPaths: number): void => {
      const server = serverOf(id)
      server.name = name
      server.paths = Math.max(server.paths, paths)
      if (leftOutPaths > 0) sayLeftOut(id, server)
    },
    forget: (serverId: string): void => {
      const server = servers.get(serverId)
      if (server !== undefined) release(serverId, server, Number.POSITIVE_INFINITY, true)
      servers.delete(serverId)
    },
    [Symbol.dispose]: (): void => {
      if (timer !== null) clock.clearTimeout(timer)
      for (const [serverId, server] of servers) release(serverId, server, Number.POSITIVE_INFINITY, true)
      servers.clear()
    },
  }
}
