import type { Reason } from '../../shared/reasons.ts'
import type { State } from '../../shared/ruleKinds/state.ts'
import { streamStateCodes } from '../../shared/streams.ts'
import type { AlarmSubject } from '../../shared/subjectNames.ts'
import { ownerIdOf, streamSubject } from '../../shared/subjectNames.ts'
import type { StreamState } from '../../shared/watchedStates.ts'
import { unknownForMs } from './breaches.ts'
import { createRowScopes, type EvaluatedOwner, type Finder, type Finding, type RowScopes, ruleFields } from './findings.ts'
import type { RuleSet } from './ruleSet.ts'

/** Whether a stream is off air as planned, so that its state is not evaluated. */
export type IsOffPlan = (serverId: string, path: string) => boolean

/** A rule for a state of streams. */
interface StreamWatch {
  readonly rule: string
  readonly watches: State
  readonly code: number
  readonly scopes: RowScopes
}
/** Since when a stream has been in a state. */
interface InState {
  readonly since: number
  seenAt: number
}

const whyOf = ({ of, state }: State) => ({ kind: `${of}InState`, state }) as Reason

/** Finds streams, servers and hosts in states that rules watch. */
export function createStates(rules: RuleSet, isOffPlan: IsOffPlan): Finder {
  let ofStreams: readonly StreamWatch[] = []
  let ofOwners: readonly { readonly rule: string; readonly watches: State }[] = []
  /** Streams in such states, by server, rule and path. */
  const byServer = new Map<string, Map<string, Map<string, InState>>>()
  /** The streams of each server at its last poll; only kept if a rule watches for state unknown. */
  const lastPaths = new Map<string, readonly string[]>()

  const configure = (): void => {
    const before = new Map(ofStreams.map(({ rule, code }) => [rule, code]))
    const watched = rules.all().flatMap(({ id, watches }) => (watches.kind === 'state' ? [{ rule: id, watches }] : []))
    ofOwners = watched.filter(({ watches }) => watches.of !== 'stream')
    ofStreams = watched
      .filter(({ watches }) => watches.of === 'stream')
      .map(({ rule, watches }) => {
        const isFor = (serverId: string, path: string | null) => path !== null && rules.applied(rule, streamSubject(serverId, path)) !== null
        return { rule, watches, code: streamStateCodes[watches.state as StreamState], scopes: createRowScopes(isFor) }
      })
    // For rules that are new or watch another state, time starts now.
    for (const [serverId, ofServer] of byServer) {
      for (const rule of ofServer.keys()) if (!ofStreams.some((now) => now.rule === rule && before.get(rule) === now.code)) ofServer.delete(rule)
      if (ofServer.size === 0) byServer.delete(serverId)
    }
    if (!ofStreams.some(({ watches }) => watches.state === 'unknown')) lastPaths.clear()
  }
  configure()

  const finding = (rule: string, watches: State, subject: AlarmSubject, serverName: string, since: number): readonly Finding[] => {
    const applied = rules.applied(rule, subject)
    if (applied === null) return []
    const streams = subject.kind === 'stream' ? 0 : null
    return [{ ...ruleFields(rule, applied, 'minor'), kind: 'inState', subject, serverName, since, why: whyOf(watches), streams, readers: null }]
  }
  /** Findings for the streams of a server that answers. */
  function* streamFindings({ subject, name }: EvaluatedOwner): Iterable<Finding> {
    const id = ownerIdOf(subject)
    const ofServer = byServer.get(id)
    for (const { rule, watches } of ofStreams) {
      for (const [path, { since }] of ofServer?.get(rule) ?? []) {
        if (watches.state !== 'live' && isOffPlan(id, path)) continue
        yield* finding(rule, watches, streamSubject(id, path), name, since)
      }
    }
  }
  /** Findings for the streams of a server that does not answer: all are unknown. */
  function* unknownFindings({ subject, name, state }: EvaluatedOwner): Iterable<Finding> {
    const id = ownerIdOf(subject)
    if (state === undefined || state.is === 'paused' || state.is === 'connecting') return
    for (const { rule, watches } of ofStreams)
      if (watches.state === 'unknown')
        for (const path of lastPaths.get(id) ?? []) if (!isOffPlan(id, path)) yield* finding(rule, watches, streamSubject(id, path), name, state.since)
  }
  return {
    configure,
    addSamples: ({ owner, at, parts, metrics, values }) => {
      const column = metrics.indexOf('path.state')
      if (ofStreams.length === 0 || parts === null || column < 0) return false
      const serverId = ownerIdOf(owner)
      if (ofStreams.some(({ watches }) => watches.state === 'unknown')) lastPaths.set(serverId, parts)
      const before = byServer.get(serverId)
      const now = new Map<string, Map<string, InState>>()
      for (const { rule, code, scopes } of ofStreams) {
        const isFor = scopes.of(serverId, at, parts)
        const ofRule = before?.get(rule) ?? new Map<string, InState>()
        for (let row = 0, place = column; row < parts.length; row++, place += metrics.length) {
          if (values[place] !== code || !isFor(row)) continue
          const path = parts[row] as string
          const known = ofRule.get(path)
          if (known === undefined) ofRule.set(path, { since: at, seenAt: at })
          else known.seenAt = at
        }
        for (const [path, { seenAt }] of ofRule) if (seenAt !== at) ofRule.delete(path)
        if (ofRule.size > 0) now.set(rule, ofRule)
      }
      if (now.size > 0) byServer.set(serverId, now)
      else byServer.delete(serverId)
      return before !== undefined || now.size > 0
    },
    advanceTo: (serverId, at) => {
      for (const ofRule of byServer.get(serverId)?.values() ?? []) for (const [path, { seenAt }] of ofRule) if (at - seenAt > unknownForMs) ofRule.delete(path)
    },
    findings: function* (evaluated) {
      const { subject, name, isUp, state } = evaluated
      for (const { rule, watches } of ofOwners)
        if (watches.of === subject.kind && state?.is === watches.state) yield* finding(rule, watches, subject, name, state.since)
      if (isUp) yield* streamFindings(evaluated)
      else {
        // When the server is back, the time of its streams starts again.
        byServer.delete(ownerIdOf(subject))
        yield* unknownFindings(evaluated)
      }
    },
    forget: (ownerId) => {
      byServer.delete(ownerId)
      lastPaths.delete(ownerId)
      for (const { scopes } of ofStreams) scopes.forget(ownerId)
    },
  }
}
