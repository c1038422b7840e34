import type { Clock } from '../../clock/clock.ts'
import { flapCount, type WatchedOf } from '../../shared/ruleKinds.ts'
import { streamStateCodes } from '../../shared/streams.ts'
import { type AlarmOwner, type AlarmSubject, ownerIdOf, streamSubject } from '../../shared/subjectNames.ts'
import { type EvaluatedOwner, type Finder, type Finding, ruleFields } from './findings.ts'
import type { RuleSet } from './ruleSet.ts'

/** Whether a stream is off air as planned, so that its state is not evaluated. */
type IsOffPlan = (serverId: string, path: string) => boolean
type InMaintenance = (subject: AlarmSubject, at: number) => boolean

const [isUnknown, isLive, isLost] = [0, 1, 2]
const { live, slate, stalled, gone } = streamStateCodes
/** Liveness of a stream by its state code. `waiting` (on-demand) and `ended` are not losses. */
const liveness = (code: number): number => (code === live ? isLive : code === slate || code === stalled || code === gone ? isLost : isUnknown)

/** When a stream was lost and when it was back, oldest first; what happened in maintenance is left out. */
type Changes = { at: number; readonly isLoss: boolean }[]
interface OfServer {
  /** The streams of the last poll, with their liveness by row. */
  parts: readonly string[]
  liveness: Uint8Array
  /** By path. */
  readonly changes: Map<string, Changes>
  /** Since when its streams flap, by rule and path. */
  active: ReadonlyMap<string, number>
}

/**
 * Finds streams that flap between live and lost. For an unchanged stream, only one byte is compared and kept. If the list of streams changes, so do the rows,
 * which are then matched by name.
 */
export function createFlaps(clock: Pick<Clock, 'now'>, rules: RuleSet, isOffPlan: IsOffPlan, inMaintenance: InMaintenance): Finder {
  let watched: readonly { readonly rule: string; readonly watches: WatchedOf<'flapping'> }[] = []
  let longestMs = 0
  const servers = new Map<string, OfServer>()

  const configure = (): void => {
    watched = rules.all().flatMap(({ id, watches }) => (watches.kind === 'flapping' ? [{ rule: id, watches }] : []))
    longestMs = Math.max(0, ...watched.map(({ watches }) => watches.withinMs))
    if (watched.length === 0) servers.clear()
  }
  configure()

  /** What is remembered of a server, with the rows of the current poll. */
  const serverOf = (serverId: string, parts: readonly string[]): OfServer => {
    const server = servers.get(serverId) ?? { parts: [], liveness: new Uint8Array(0), changes: new Map(), active: new Map() }
    servers.set(serverId, server)
    if (server.parts !== parts) {
      const before = new Map(server.parts.map((path, row) => [path, server.liveness[row] ?? isUnknown]))
      server.liveness = Uint8Array.from(parts, (path) => before.get(path) ?? isUnknown)
      server.parts = parts
    }
    return server
  }
  const isForgotten = (changes: Changes): boolean => {
    const now = clock.now()
    // If the clock was set back, move future times to now: otherwise they would count until the clock reaches them.
    for (const change of changes) change.at = Math.min(change.at, now)
    const first = changes.findIndex(({ at }) => at > now - longestMs)
    changes.splice(0, first < 0 ? changes.length : first)
    return changes.length === 0
  }
  function* found({ subject: owner, name }: EvaluatedOwner, path: string, changes: Changes, was: ReadonlyMap<string, number>): Iterable<Finding> {
    const subject = streamSubject(ownerIdOf(owner), path)
    for (const { rule } of watched) {
      const applied = rules.applied(rule, subject)
      const watches = applied?.evaluation.watches
      if (applied === null || watches?.kind !== 'flapping') continue
      const within = changes.filter(({ at }) => at > clock.now() - watches.withinMs)
      const since = was.get(`${rule} ${path}`) ?? within[0]?.at
      if (since === undefined || within.length < (was.has(`${rule} ${path}`) ? watches.clear : watches.flaps)) continue
      const losses = within.filter(({ isLoss }) => isLoss).length
      const why = { kind: 'flapping', losses, changes: within.length, withinMs: watches.withinMs } as const
      yield { ...ruleFields(rule, applied, 'minor'), kind: 'flapping', subject, serverName: name, since, why, streams: 0, readers: null }
    }
  }
  return {
    configure,
    addSamples: ({ owner, at, parts, metrics, values }) => {
      const column = metrics.indexOf('path.state')
      if (parts === null || column < 0 || watched.length === 0) return false
      const server = serverOf(ownerIdOf(owner), parts)
      let hasChanged = false
      for (const [row, was] of server.liveness.entries()) {
        const is = liveness(values[row * metrics.length + column] as number)
        if (is === isUnknown || is === was) continue
        server.liveness[row] = is
        if (was === isUnknown) continue
        const path = parts[row] as string
        if (inMaintenance(streamSubject(ownerIdOf(owner), path), at)) continue
        const changes = server.changes.get(path) ?? []
        server.changes.set(path, changes)
        changes.push({ at, isLoss: is === isLost })
        if (changes.length > flapCount.most) changes.shift()
        hasChanged = true
      }
      return hasChanged || server.active.size > 0
    },
    findings: function* (evaluated) {
      const server = servers.get(ownerIdOf(evaluated.subject))
      // While it is not up, its streams keep their alarms.
      if (server === undefined || !evaluated.isUp) return
      const [was, now] = [server.active, new Map<string, number>()]
      server.active = now
      for (const [path, changes] of server.changes) {
        if (isForgotten(changes)) server.changes.delete(path)
        else if (!isOffPlan(ownerIdOf(evaluated.subject), path))
          for (const finding of found(evaluated, path, changes, was)) {
            now.set(`${finding.rule} ${path}`, finding.since)
            yield finding
          }
      }
    },
    timeDependentOwners: function* (): Iterable<AlarmOwner> {
      for (const [serverId, { active }] of servers) if (active.size > 0) yield { kind: 'server', serverId }
    },
    forget: (ownerId) => void servers.delete(ownerId),
  }
}
