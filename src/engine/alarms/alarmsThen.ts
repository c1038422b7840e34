import type { Slices } from '../../clock/slices.ts'
import { type Alarm, type AlarmsInput, countsOf, isReach } from '../../shared/alarms.ts'
import { isInTrouble, isWrongNow } from '../../shared/incidents.ts'
import type { Server } from '../../shared/servers.ts'
import type { Severity } from '../../shared/severities.ts'
import { type StreamFacts, type StreamFigures, wellnessOf } from '../../shared/streams.ts'
import { ownerIdOf, serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import { isStreamTroubled, isTroubleKind, readersHitBy } from '../../shared/troubles.ts'
import type { Alarms } from './alarms.ts'
import { alarmOf } from './evaluateOwner.ts'
import type { Evaluation } from './evaluation.ts'
import { incidentsAmong } from './incidents.ts'
import { subjectKey } from './openAlarms.ts'
import { compareAlarms, selectedOf } from './shownAlarms.ts'

interface ServerThen {
  readonly server: Server
  readonly streams: readonly { readonly facts: Omit<StreamFacts, 'slot'>; readonly figures: StreamFigures }[]
}

export type AlarmsThen = ReturnType<typeof alarmsThenOf>
export type FindAlarmsThen = (at: number, servers: readonly ServerThen[]) => Promise<AlarmsThen>

/** Finds the alarms at any past time: the stored ones or, before there were any, those that today's rules would have raised. */
export function createAlarmsThen(deps: {
  readonly alarms: Pick<Alarms, 'allThen'>
  readonly evaluation: Pick<Evaluation, 'ofStates'>
  readonly slices: Slices
  readonly signal: AbortSignal
}): FindAlarmsThen {
  const { alarms, evaluation, slices, signal } = deps
  return async (at, servers) => {
    const slice = slices.begin()
    const kept = await alarms.allThen(at, slice)
    if (kept.ok) return alarmsThenOf(asFleetWas(kept.value, servers), null)
    const evaluated: Alarm[] = []
    for (const { server, streams } of servers)
      for (const finding of evaluation.ofStates(server, withSlots(streams))) {
        const id = `${subjectKey(finding.subject)} ${finding.kind}`
        evaluated.push({ ...alarmOf(finding, id, finding.since), state: 'unacknowledged' })
        if (slice.isOver()) await slice.next(signal)
      }
    return alarmsThenOf(evaluated.sort(compareAlarms), kept.error)
  }
}

/**
 * Adds what is not stored with alarms from the state of the fleet at that time: whether a trouble was temporarily absent, the number of affected readers, and
 * the number of streams that were unknown because of their server.
 */
function asFleetWas(alarms: readonly Alarm[], servers: readonly ServerThen[]): readonly Alarm[] {
  const unknown = new Map(servers.map(({ server }) => [server.id, server.totals.unknown]))
  return asStreamsWere(alarms, servers).map((alarm) =>
    alarm.streams === null && isReach(alarm) && isWrongNow(alarm) ? { ...alarm, streams: unknown.get(ownerIdOf(alarm.subject)) ?? null } : alarm,
  )
}

function asStreamsWere(alarms: readonly Alarm[], servers: readonly ServerThen[]): readonly Alarm[] {
  const wanted = new Set(alarms.flatMap(({ kind, subject }) => (isTroubleKind(kind) && subject.kind === 'stream' ? [subjectKey(subject)] : [])))
  if (wanted.size === 0) return alarms
  const streamAt = new Map<string, ServerThen['streams'][number]>()
  for (const { server, streams } of servers)
    for (const stream of streams) {
      const place = subjectKey(streamSubject(server.id, stream.facts.path))
      if (wanted.has(place)) streamAt.set(place, stream)
    }
  return alarms.map((alarm) => {
    const stream = isTroubleKind(alarm.kind) && isWrongNow(alarm) ? streamAt.get(subjectKey(alarm.subject)) : undefined
    return stream === undefined ? alarm : asStreamWas(alarm, stream)
  })
}

function asStreamWas(alarm: Alarm, { facts, figures }: ServerThen['streams'][number]): Alarm {
  if (facts.state !== 'unknown' && wellnessOf(facts, figures) !== 'undecided' && !isStreamTroubled(facts, figures))
    return { ...alarm, calmSince: facts.stateSince }
  return isTroubleKind(alarm.kind) ? { ...alarm, readers: readersHitBy(alarm.kind, facts, figures) ?? alarm.readers } : alarm
}

function* withSlots(streams: ServerThen['streams']): Iterable<{ readonly facts: StreamFacts; readonly figures: StreamFigures }> {
  for (const { facts, figures } of streams) yield { facts: { slot: 0, ...facts }, figures }
}

/** `alarms`: worst first. */
function alarmsThenOf(alarms: readonly Alarm[], keptFrom: number | null) {
  const worst = new Map<string, Severity>()
  for (const alarm of alarms) {
    const place = subjectKey(alarm.subject)
    if (isInTrouble(alarm, alarm.state) && !worst.has(place)) worst.set(place, alarm.severity)
  }
  return {
    open: (input: Partial<AlarmsInput> = {}): readonly Alarm[] => selectedOf(alarms, input),
    /** Ongoing alarms that were neither shelved, suppressed nor out of service, worst first. */
    inTrouble: (): readonly Alarm[] => alarms.filter((alarm) => isInTrouble(alarm, alarm.state)),
    incidents: incidentsAmong(alarms),
    counts: countsOf(alarms),
    /** null: these are the stored alarms. Otherwise the start of the stored alarms: these follow from today's rules and the states at that time. */
    keptFrom,
    severityOf: (serverId: string, path: string): Severity | null => worst.get(subjectKey(streamSubject(serverId, path))) ?? null,
    severityOfServer: (serverId: string): Severity | null => worst.get(subjectKey(serverSubject(serverId))) ?? null,
  }
}
