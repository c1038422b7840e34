import { readingHoldsMs } from '../../shared/probeTurns.ts'
import type { RehearsedAlarm } from '../../shared/rehearsal.ts'
import type { AlarmKind, RuleInput } from '../../shared/rules.ts'
import { severityRank } from '../../shared/severities.ts'
import { streamStates, unknownFacts, unknownFigures, wellnessOf } from '../../shared/streams.ts'
import { type Owner, ownerIdOf } from '../../shared/subjectNames.ts'
import type { StreamState } from '../../shared/watchedStates.ts'
import type { SampleBatch } from '../history/history.ts'
import type { TroubledStream } from '../streams/shownOfStreams.ts'
import { type ChangedAlarm, changedBy, closed } from './alarmLife.ts'
import type { BaselinesNow } from './breaches.ts'
import { createEvaluator } from './evaluateOwner.ts'
import { createEvaluation, type EvaluationDeps } from './evaluation.ts'
import { OpenAlarms } from './openAlarms.ts'

/** What was known at one poll of a server, host or probe. `values`: a row for each examined part, or one for the owner itself; NaN: unknown. */
interface RecordedPoll extends Pick<SampleBatch, 'at' | 'parts' | 'values'> {
  readonly isUp: boolean
}

/** Servers, hosts, probes and cameras as they are now. */
export interface ReplayedFleet extends Required<Pick<EvaluationDeps, 'server' | 'host' | 'probe' | 'fieldsOf'>>, Pick<EvaluationDeps, 'cameraOf'> {
  readonly hasVideo: (serverId: string, path: string) => boolean
}

interface Replayed extends Pick<SampleBatch, 'metrics'> {
  /** Only alarms that were of this kind at some time are listed; null: all. */
  readonly kind: AlarmKind | null
  readonly baseline: BaselinesNow
}

/** Interval of evaluations between recorded polls, ms. */
const tickMs = 10_000
/** After this many intervals without a sample, no figure counts as beyond its limit. */
const fewTicks = 5

interface StateThen {
  readonly state: StreamState
  readonly since: number
  readonly outageSince: number
  readonly lost: number
}

/**
 * Replays the past of one server, host or probe through the rules, with the same code as live data and a clock of its own. Each alarm is closed as soon as
 * it heals, so that a later one is a new alarm.
 */
export function createReplay(fleet: ReplayedFleet, owner: Owner, rules: readonly RuleInput[], { kind, metrics, baseline }: Replayed) {
  const { hasVideo, fieldsOf, cameraOf } = fleet
  const ownerId = ownerIdOf(owner)
  const [server, host, probe] = [fleet.server(ownerId), fleet.host(ownerId), fleet.probe(ownerId)]
  let at = Number.NEGATIVE_INFINITY
  let isUp = true
  const served = new Map([true, false].map((up) => [up, server && ({ ...server, state: up ? 'up' : 'unknown', stateSince: 0, isSilent: false } as const)]))
  const hosted = new Map([true, false].map((up) => [up, host && ({ ...host, state: up ? 'up' : 'connecting', stateSince: 0, reading: null } as const)]))
  const probed = probe && { ...probe, state: 'up' as const, stateSince: 0, lasting: [] }
  const holds = probe && { holdsMs: readingHoldsMs(probe) }
  /** Streams in trouble, by path. */
  const states = new Map<string, StateThen>()
  const evaluation = createEvaluation({
    clock: { now: () => at },
    server: (id) => (id === ownerId ? (served.get(isUp) ?? null) : fleet.server(id)),
    host: (id) => (id === ownerId ? (hosted.get(isUp) ?? null) : null),
    probe: (id) => (id === ownerId ? probed : null),
    fieldsOf,
    cameraOf,
    streams: {
      eachTroubledOf: () => Array.from(states, ([path, then]) => troubledStream(ownerId, path, then)),
      wellness: (_, path) => wellnessOf({ state: states.get(path)?.state ?? 'live', expected: false }, { bitrateInBps: 1 }),
      hasVideo,
      // Plans of that time are not known.
      isOffPlan: () => false,
      losesPackets: () => true,
      forwardFailure: () => null,
      lostTogether: () => null,
    },
    ownTroubles: null,
    baseline,
  })
  evaluation.configure(rules)
  const open = new OpenAlarms()
  const evaluator = createEvaluator(open, () => null)
  const begun = new Map<string, Pick<RehearsedAlarm, 'start' | 'severity'> & { isOfKind: boolean }>()
  const ended: RehearsedAlarm[] = []

  const finish = ({ id, subject, serverName, count }: ChangedAlarm['alarm'], end: number | null) => {
    const one = begun.get(id)
    begun.delete(id)
    if (one?.isOfKind) ended.push({ subject, serverName, severity: one.severity, start: one.start, end, count })
  }
  const applyChange = ({ alarm, changes }: ChangedAlarm) => {
    const one = begun.get(alarm.id) ?? { start: alarm.since, severity: alarm.severity, isOfKind: false }
    begun.set(alarm.id, one)
    for (const change of changes) {
      if (!('trouble' in change)) continue
      one.isOfKind ||= kind === null || change.trouble === kind
      if (severityRank[change.severity] < severityRank[one.severity]) one.severity = change.severity
    }
    if (alarm.healedAt === null && alarm.closed === null) return open.put(alarm)
    finish(alarm, alarm.healedAt ?? at)
    open.put(alarm.closed === null ? changedBy(alarm, [closed(at, 'healed')]).alarm : alarm)
  }
  const evaluateNow = () => {
    for (const { changed, refreshed } of evaluator.evaluate(owner, evaluation.conditionsOf(owner), at)) {
      for (const alarm of refreshed) open.put(alarm)
      changed.forEach(applyChange)
    }
  }
  const isTimeDependent = () => evaluator.timeDependentOwners(at)[Symbol.iterator]().next().done === false
  const addSamples = (parts: readonly string[] | null, values: Float64Array<ArrayBuffer>) =>
    evaluation.addSamples({ owner, at, parts, metrics, values, ...holds } satisfies SampleBatch)
  /** Advances time until the next recorded poll. */
  const waitUntil = (until: number) => {
    for (let tick = 0; at + tickMs < until && (tick < fewTicks ? open.of(ownerId).size > 0 : isTimeDependent()); tick++) {
      at += tickMs
      if (isUp) evaluation.advanceTo(ownerId, at)
      evaluateNow()
    }
  }
  const stateColumn = metrics.indexOf('path.state')
  const lostColumn = metrics.indexOf('path.lostLastMinute')
  const noteStates = (parts: readonly string[], values: Float64Array) => {
    for (const [row, path] of parts.entries()) {
      // A stream that is not listed is in no trouble.
      const state = streamStates[values[row * metrics.length + stateColumn] as number] ?? 'live'
      const lost = lostColumn < 0 ? 0 : values[row * metrics.length + lostColumn] || 0
      const before = states.get(path)
      if (state === 'live' && lost === 0) states.delete(path)
      else
        states.set(path, { state, lost, since: before?.state === state ? before.since : at, outageSince: state === 'live' ? at : (before?.outageSince ?? at) })
    }
  }

  return {
    /** Adds the next poll; they must be in order. */
    addPoll: (round: RecordedPoll): void => {
      at = Math.max(at, round.at)
      isUp = round.isUp
      if (stateColumn >= 0 && round.isUp && round.parts !== null) noteStates(round.parts, round.values)
      const concerns = round.isUp && addSamples(round.parts, round.values)
      // Asked first: it also forgets troubles of long ago.
      if (isTimeDependent() || concerns || states.size > 0 || open.of(ownerId).size > 0) evaluateNow()
    },
    /** Skips polls that were not read in detail: nothing in them is beyond a limit. */
    skipTo: waitUntil,
    /** Ends the replay. Returns all alarms. */
    finishAt: (until: number): readonly RehearsedAlarm[] => {
      waitUntil(until)
      for (const alarm of [...open.all()]) finish(alarm, null)
      return ended
    },
  }
}

function troubledStream(serverId: string, path: string, { state, since, outageSince, lost }: StateThen): TroubledStream {
  return {
    facts: { ...unknownFacts, slot: 0, serverId, path, state, stateSince: since, outageSince: state === 'live' ? null : outageSince },
    figures: { ...unknownFigures, lostLastMinute: lost, lossSince: state === 'live' ? since : null },
  }
}
