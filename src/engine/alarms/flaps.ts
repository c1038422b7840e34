import type { Clock } from '../../clock/clock.ts'
import type { DeckEvent, EventKind } from '../../shared/events.ts'
import type { HostState } from '../../shared/hosts.ts'
import { type Flapping, flapCount } from '../../shared/ruleKinds/flapping.ts'
import type { ServerState } from '../../shared/servers.ts'
import { streamStateCodes } from '../../shared/streams.ts'
import type { AlarmSubject } from '../../shared/subjectNames.ts'
import { type AlarmOwner, ownerIdOf, pathOf, streamSubject } from '../../shared/subjectNames.ts'
import type { History } from '../history/history.ts'
import type { Log } from '../ports.ts'
import { type EvaluatedOwner, type Finder, type Finding, ruleFields } from './findings.ts'
import type { RuleSet } from './ruleSet.ts'
import type { IsOffPlan } from './states.ts'

const [isUnknown, isLive, isLost] = [0, 1, 2]
const { live, slate, stalled, gone } = streamStateCodes
/** Liveness of a stream by its state code. `waiting` (on-demand) and `ended` are not losses. */
const liveness = (code: number): number => (code === live ? isLive : code === slate || code === stalled || code === gone ? isLost : isUnknown)
/** The same for servers and hosts: one that is not polled, or can't be because of this console, is not lost. */
const livenessOfState = (state: ServerState | HostState): number =>
  state === 'up' ? isLive : state === 'down' || state === 'halted' || state === 'waiting' ? isLost : isUnknown

/** Liveness of streams, servers and hosts after recorded events. */
const livenessAfter: Partial<Readonly<Record<EventKind, number>>> = {
  streamOn: isLive,
  streamRecovered: isLive,
  streamOff: isLost,
  streamStalled: isLost,
  slateOn: isLost,
  serverUp: isLive,
  serverDown: isLost,
  hostUp: isLive,
  hostDown: isLost,
}
const flapEvents = Object.keys(livenessAfter) as readonly EventKind[]

/** Liveness of a server's streams at its last poll. */
interface LastPoll {
  readonly parts: readonly string[]
  /** Liveness by row. */
  readonly liveness: Uint8Array
}
/** When a stream, server or host changed between live and lost, oldest first. */
interface Changes {
  readonly times: number[]
  /** Last known liveness. */
  is: number
}
function addChange(changes: Changes, is: number, at: number): void {
  changes.is = is
  changes.times.push(at)
  if (changes.times.length > flapCount.most) changes.times.shift()
}

/**
 * Finds streams, servers and hosts that flap between live and lost. For an unchanged stream, only one byte is compared and kept. If the list of streams
 * changes, so do the rows, which are then matched by name. Changes before this console started come from past events, except events about many streams.
 */
export function createFlaps(clock: Pick<Clock, 'now'>, rules: RuleSet, isOffPlan: IsOffPlan): Finder {
  let watched: readonly { readonly rule: string; readonly watches: Flapping }[] = []
  let longestMs = 0
  const lastPolls = new Map<string, LastPoll>()
  /** Changes of streams, by server and path. */
  const ofStreams = new Map<string, Map<string, Changes>>()
  const ofOwners = new Map<string, Changes>()
  /** Active flapping alarms by server or host, with their start times by rule and path. */
  const active = new Map<string, { readonly owner: AlarmOwner; readonly since: Map<string, number> }>()

  const configure = (): void => {
    watched = rules.all().flatMap(({ id, watches }) => (watches.kind === 'flapping' ? [{ rule: id, watches }] : []))
    longestMs = Math.max(0, ...watched.map(({ watches }) => watches.withinMs))
    if (!watched.some(({ watches }) => watches.of === 'stream')) {
      lastPolls.clear()
      ofStreams.clear()
    }
  }
  configure()

  /** The last poll of a server, mapped to the rows of the current one. */
  const lastOf = (serverId: string, parts: readonly string[]): LastPoll => {
    const before = lastPolls.get(serverId)
    if (before?.parts === parts) return before
    const were = new Uint8Array(parts.length)
    if (before === undefined) {
      // Liveness from before this console started.
      const recalled = ofStreams.get(serverId)
      for (const [row, path] of parts.entries()) were[row] = recalled?.get(path)?.is ?? isUnknown
    } else {
      const rowOf = new Map(before.parts.map((path, row) => [path, row]))
      for (const [row, path] of parts.entries()) were[row] = before.liveness[rowOf.get(path) ?? -1] ?? isUnknown
    }
    const last = { parts, liveness: were }
    lastPolls.set(serverId, last)
    return last
  }
  const changesOf = (serverId: string, path: string, is: number): Changes => {
    const ofServer = ofStreams.get(serverId) ?? new Map<string, Changes>()
    ofStreams.set(serverId, ofServer)
    const changes = ofServer.get(path) ?? { times: [], is }
    ofServer.set(path, changes)
    return changes
  }
  /** Returns whether anything changed. */
  const compare = (serverId: string, parts: readonly string[], at: number, codeAt: (row: number) => number): boolean => {
    const { liveness: were } = lastOf(serverId, parts)
    let changed = false
    for (let row = 0; row < were.length; row++) {
      const is = liveness(codeAt(row))
      if (is === isUnknown || is === were[row]) continue
      if (were[row] !== isUnknown) {
        addChange(changesOf(serverId, parts[row] as string, is), is, at)
        changed = true
      }
      were[row] = is
    }
    return changed
  }
  const compareOwner = ({ subject, state }: EvaluatedOwner): void => {
    const is = state === undefined ? isUnknown : livenessOfState(state.is)
    if (is === isUnknown || state === undefined) return
    const id = ownerIdOf(subject)
    const changes = ofOwners.get(id)
    if (changes === undefined) ofOwners.set(id, { times: [], is })
    else if (changes.is !== is) addChange(changes, is, state.since)
  }
  const prune = ({ times }: Changes): boolean => {
    const now = clock.now()
    // If the clock was set back, move future times to now: otherwise they would count until the clock reaches them.
    for (let last = times.length - 1; last >= 0 && (times[last] as number) > now; last--) times[last] = now
    const first = times.findIndex((at) => at > now - longestMs)
    times.splice(0, first < 0 ? times.length : first)
    return times.length === 0
  }
  /** Clears the active alarms of a server or host itself and, if it is up, those of its streams, to be determined again. Returns the previous ones. */
  const takeActive = ({ subject, isUp }: EvaluatedOwner): ReadonlyMap<string, number> => {
    const id = ownerIdOf(subject)
    const before = active.get(id)?.since ?? new Map<string, number>()
    // While it is not up, its streams keep their alarms.
    const kept = new Map(isUp ? [] : before)
    for (const { rule } of watched) kept.delete(`${rule} `)
    if (kept.size > 0) active.set(id, { owner: subject, since: kept })
    else active.delete(id)
    return before
  }

  const found = function* (
    { subject: owner, name }: EvaluatedOwner,
    subject: AlarmSubject,
    part: string,
    { times, is }: Changes,
    was: ReadonlyMap<string, number>,
  ): Iterable<Finding> {
    for (const { rule, watches: baseline } of watched) {
      if (baseline.of !== subject.kind) continue
      const applied = rules.applied(rule, subject)
      const watches = applied?.evaluation.watches
      if (applied === null || watches?.kind !== 'flapping') continue
      const within = times.filter((at) => at > clock.now() - watches.withinMs)
      const key = `${rule} ${part}`
      const since = was.get(key) ?? within[0]
      if (since === undefined || within.length < (was.has(key) ? watches.clear : watches.flaps)) continue
      const id = ownerIdOf(owner)
      const ofOwner = active.get(id) ?? { owner, since: new Map<string, number>() }
      active.set(id, ofOwner)
      ofOwner.since.set(key, since)
      const losses = is === isLost ? Math.ceil(within.length / 2) : Math.floor(within.length / 2)
      const why = { kind: 'flapping', losses, changes: within.length, withinMs: watches.withinMs } as const
      const streams = subject.kind === 'stream' ? 0 : null
      yield { ...ruleFields(rule, applied, 'minor'), kind: 'flapping', subject, serverName: name, since, why, streams, readers: null }
    }
  }
  function* streamsOf(evaluated: EvaluatedOwner, was: ReadonlyMap<string, number>): Iterable<Finding> {
    const serverId = ownerIdOf(evaluated.subject)
    const ofServer = ofStreams.get(serverId)
    for (const [path, changes] of ofServer ?? []) {
      if (prune(changes)) ofServer?.delete(path)
      else if (!isOffPlan(serverId, path)) yield* found(evaluated, streamSubject(serverId, path), path, changes, was)
    }
  }
  return {
    configure,
    addSamples: ({ owner, at, parts, metrics, values }) => {
      const column = metrics.indexOf('path.state')
      if (parts === null || column < 0 || !watched.some(({ watches }) => watches.of === 'stream')) return false
      const serverId = ownerIdOf(owner)
      const width = metrics.length
      return compare(serverId, parts, at, (row) => values[row * width + column] as number) || active.has(serverId)
    },
    replayEvents: (events) => {
      for (const { at, kind, subject } of events) {
        const is = livenessAfter[kind as EventKind]
        if (is === undefined || subject === null) continue
        const ownerId = ownerIdOf(subject)
        const path = pathOf(subject)
        const changes = path === null ? (ofOwners.get(ownerId) ?? { times: [], is: isUnknown }) : changesOf(ownerId, path, isUnknown)
        if (path === null) ofOwners.set(ownerId, changes)
        if (changes.is !== is) addChange(changes, is, at)
      }
    },
    findings: function* (evaluated) {
      if (watched.length === 0) return
      const { subject, isUp } = evaluated
      compareOwner(evaluated)
      const was = takeActive(evaluated)
      const own = ofOwners.get(ownerIdOf(subject))
      if (own !== undefined && !prune(own)) yield* found(evaluated, subject, '', own, was)
      if (isUp) yield* streamsOf(evaluated, was)
    },
    timeDependentOwners: () => Array.from(active.values(), ({ owner }) => owner),
    forget: (ownerId) => {
      for (const remembered of [lastPolls, ofStreams, ofOwners, active]) remembered.delete(ownerId)
    },
  }
}

/** Rules count changes within at most a day, ms. */
const lookBackMs = 86_400_000
/** Maximum number of events read, newest first; older ones are not counted. */
const mostEvents = 1_000

/** Reads the events before this launch that rules for flapping count, oldest first; none if history can't be read. */
export async function readEarlierEvents(clock: Pick<Clock, 'now'>, history: Pick<History, 'events'>, log: Log): Promise<readonly DeckEvent[]> {
  try {
    const events = await history.events({ kinds: [...flapEvents], from: clock.now() - lookBackMs, limit: mostEvents })
    return events.toReversed()
  } catch (error) {
    log.warn({ error }, 'events of before cannot be read: what flaps is counted anew')
    return []
  }
}
