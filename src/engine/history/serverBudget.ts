import type { Clock, Timer } from '../../clock/clock.ts'
import { type NewEvent, newEvent } from '../../shared/events.ts'
import type { LeftOut } from '../../shared/servers.ts'
import { ownerIdOf, serverSubject } from '../../shared/subjects.ts'
import type { History } from './history.ts'

interface BudgetedFacts {
  /** The path of a stream; null: the server itself. */
  readonly part: string | null
  readonly facts: object | null
  /** History was told nothing of the path in this launch, and does not have it by the first telling either. */
  readonly isNew?: boolean
}

/** Bounds what one server can have kept in an hour beside its samples: its events, and what samples can't say. */
export interface ServerBudget {
  /** Records the events that are to be kept, and counts the rest. */
  readonly record: History['record']
  /** Tells history what is to be kept now. The newest of the rest is held back, path by path, and told as soon as there is room. */
  readonly describe: (serverId: string, at: number, entries: readonly BudgetedFacts[], whole?: boolean) => void
  /** How many paths the server lists, and how often new names of it were left out since it was told last. */
  readonly heard: (server: { readonly id: string; readonly name: string }, paths: number, leftOutPaths: number) => void
  /** What was left out of a server within the last hour; null: nothing. */
  readonly leftOut: (serverId: string) => LeftOut | null
  readonly forget: (serverId: string) => void
  /** Tells what was held back, and what was left out. */
  readonly [Symbol.dispose]: () => void
}

/**
 * Events of each kind that are kept of a server an hour, and one more for each of its paths: 10,000 paths that all
 * change once within an hour, and 200 tests an hour that each have a path. Readers come and go more often.
 */
const eventsOfKind = 300
const readerEvents = 2_000
/**
 * Changes of what samples can't say that are kept of a server an hour, and so many more for each of its paths. More than
 * the new names that a server may add (`parsePaths.ts`) need to come, to end and to be forgotten: what is held back stays little.
 */
const changesOfServer = 1_200
const changesOfPath = 8
/** Changes of the server itself, such as that it is down: they have room of their own, because what floods is the flood and not its outages. */
const changesOfItself = 300
const hourMs = 3_600_000

/** An hour's part that may come at once; of what is for its paths all may: they may all change in a moment. */
const partAtOnce = 1 / 4

/** Takes one of what is allowed in an hour; false where nothing is left of it. */
function createAllowance() {
  let left = Number.POSITIVE_INFINITY
  let most = 0
  let at = 0
  return (anHour: number, forPaths: number, now: number): boolean => {
    const atOnce = anHour * partAtOnce + forPaths
    // What it is allowed more because it has become larger is there at once.
    left = Math.min(atOnce, left + Math.max(0, atOnce - most) + ((now - at) / hourMs) * (anHour + forPaths))
    most = atOnce
    at = now
    if (left < 1) return false
    left--
    return true
  }
}
type Allowance = ReturnType<typeof createAllowance>

interface HeldFacts {
  readonly at: number
  readonly facts: object | null
  /** History knows nothing of the path. */
  readonly isNew: boolean
}

interface Watched {
  name: string | null
  /** Most paths that it listed at once. */
  paths: number
  readonly ofKind: Map<string, Allowance>
  readonly changes: Allowance
  readonly ownChanges: Allowance
  /** The newest of what was held back, by stream (null: the server itself), the longest waiting first. */
  readonly held: Map<string | null, HeldFacts>
  leftOut: { readonly since: number; readonly from: number; readonly byKind: Map<string, number>; changes: number; paths: number } | null
}

/** What was held back is looked at so often. */
const releaseEveryMs = 10_000
/** Of so many paths it is told in one turn: handing it to history's thread takes 1 to 2 ms. */
const mostToldAtOnce = 1_000

export function createServerBudget(clock: Clock, history: Pick<History, 'record' | 'describe'>): ServerBudget {
  let timer: Timer | null = null
  const servers = new Map<string, Watched>()
  const serverOf = (id: string): Watched => {
    let server = servers.get(id)
    if (server === undefined) {
      server = { name: null, paths: 0, ofKind: new Map(), changes: createAllowance(), ownChanges: createAllowance(), held: new Map(), leftOut: null }
      servers.set(id, server)
    }
    return server
  }
  const leave = (server: Watched) => {
    server.leftOut ??= { since: clock.now(), from: clock.monotonic(), byKind: new Map(), changes: 0, paths: 0 }
    releaseLater()
    return server.leftOut
  }
  const mayChange = (server: Watched, part: string | null) =>
    part === null ? server.ownChanges(changesOfItself, 0, clock.monotonic()) : server.changes(changesOfServer, changesOfPath * server.paths, clock.monotonic())
  const isDue = (server: Watched) => server.leftOut !== null && clock.monotonic() - server.leftOut.from >= hourMs

  const rowOf = (serverId: string, { name, leftOut }: Watched): NewEvent[] => {
    if (leftOut === null) return []
    const events = eventsOf(leftOut.byKind)
    const kinds = [...leftOut.byKind].sort(([, a], [, b]) => b - a).map(([kind, count]) => ({ kind, count }))
    const facts = { since: leftOut.since, count: events, changes: leftOut.changes, leftOutPaths: leftOut.paths, kinds }
    return [newEvent('tooMuchSent', clock.now(), facts, { subject: serverSubject(serverId), ownerName: name })]
  }

  /** Whether an event is to be kept; it is counted where not. */
  const isKept = (event: NewEvent): boolean => {
    if (event.subject === null) return true
    const server = serverOf(ownerIdOf(event.subject))
    server.name = event.ownerName ?? server.name
    let allowance = server.ofKind.get(event.kind)
    if (allowance === undefined) {
      allowance = createAllowance()
      server.ofKind.set(event.kind, allowance)
    }
    const base = event.kind === 'readerJoined' || event.kind === 'readerLeft' ? readerEvents : eventsOfKind
    if (allowance(base, server.paths, clock.monotonic())) return true
    const { byKind } = leave(server)
    byKind.set(event.kind, (byKind.get(event.kind) ?? 0) + 1)
    return false
  }
  /** Tells what was held back of up to `most` paths as far as there is room, and counts them; all of it where `most` is infinite. */
  const tellHeld = (serverId: string, server: Watched, most: number): number => {
    let told = 0
    let entries: { readonly part: string | null; readonly facts: object | null }[] = []
    let entriesAt = 0
    const tell = () => {
      if (entries.length > 0) history.describe(serverSubject(serverId), entriesAt, entries)
      entries = []
    }
    for (const [part, { at, facts }] of server.held) {
      if (told >= most) break
      if (most !== Number.POSITIVE_INFINITY && !mayChange(server, part)) {
        if (part === null) continue
        break
      }
      server.held.delete(part)
      if (at !== entriesAt) tell()
      entriesAt = at
      entries.push({ part, facts })
      told++
    }
    tell()
    return told
  }
  const tellLeftOut = (serverId: string, server: Watched) => {
    history.record(rowOf(serverId, server))
    server.leftOut = null
  }
  /** Tells all there is, whatever is allowed. */
  const releaseAll = (serverId: string, server: Watched) => {
    tellHeld(serverId, server, Number.POSITIVE_INFINITY)
    tellLeftOut(serverId, server)
  }
  const releaseSome = () => {
    timer = null
    let room = mostToldAtOnce
    for (const [serverId, server] of servers) {
      room -= tellHeld(serverId, server, room)
      if (isDue(server)) tellLeftOut(serverId, server)
    }
    // What is left may wait for room in a budget, or only for the next turn.
    if ([...servers.values()].some(({ held, leftOut }) => held.size > 0 || leftOut !== null)) releaseLater(room > 0 ? releaseEveryMs : 0)
  }
  const releaseLater = (inMs = releaseEveryMs) => {
    timer ??= clock.setTimeout(releaseSome, inMs)
  }

  return {
    record: (events) => {
      history.record(events.filter(isKept))
    },
    describe: (serverId, at, entries, whole = false) => {
      const server = serverOf(serverId)
      if (whole) {
        // The first of a launch: all paths there are.
        for (const part of server.held.keys()) if (part !== null) server.held.delete(part)
        history.describe(serverSubject(serverId), at, entries, whole)
        return
      }
      const kept = entries.filter(({ part, facts, isNew }) => {
        // Nothing overtakes what is held back of the same stream.
        if (!server.held.has(part) && mayChange(server, part)) return true
        const before = server.held.get(part)
        if (before !== undefined) leave(server).changes++
        // It came and went unsaid: there is nothing to take back.
        if (facts === null && before?.isNew === true) server.held.delete(part)
        else server.held.set(part, { at, facts, isNew: before === undefined ? isNew === true : before.isNew })
        releaseLater()
        return false
      })
      if (kept.length > 0) history.describe(serverSubject(serverId), at, kept)
    },
    heard: ({ id, name }, paths, leftOutPaths) => {
      const server = serverOf(id)
      server.name = name
      server.paths = Math.max(server.paths, paths)
      if (leftOutPaths > 0) leave(server).paths += leftOutPaths
    },
    leftOut: (serverId) => {
      const leftOut = servers.get(serverId)?.leftOut ?? null
      return leftOut && { since: leftOut.since, events: eventsOf(leftOut.byKind), changes: leftOut.changes, paths: leftOut.paths }
    },
    forget: (serverId) => {
      const server = servers.get(serverId)
      if (server !== undefined) releaseAll(serverId, server)
      servers.delete(serverId)
    },
    [Symbol.dispose]: () => {
      if (timer !== null) clock.clearTimeout(timer)
      for (const [serverId, server] of servers) releaseAll(serverId, server)
      servers.clear()
    },
  }
}

const eventsOf = (byKind: ReadonlyMap<string, number>): number => [...byKind.values()].reduce((sum, count) => sum + count, 0)
