import type { Slices } from '../../clock/slices.ts'
import { type Alarm, type AlarmCounts, type AlarmsInput, countsOf, isReach } from '../../shared/alarms.ts'
import { type Incident, isInTrouble, isWrongNow } from '../../shared/incidents.ts'
import type { Server } from '../../shared/servers.ts'
import { type StreamFacts, type StreamFigures, wellnessOf } from '../../shared/streams.ts'
import { ownerIdOf, serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import { isStreamTroubled, isTroubleKind, readersHitBy, type Severity } from '../../shared/troubles.ts'
import type { Alarms } from './alarms.ts'
import { incidentsAmong } from './incidents.ts'
import { alarmOf } from './judgeOwner.ts'
import type { Judging } from './judging.ts'
import { placeOf } from './openAlarms.ts'
import { compareAlarms, selectedOf } from './shownAlarms.ts'

/** A server of a past moment with its streams. */
export interface ServerThen {
  readonly server: Server
  readonly streams: readonly { readonly facts: Omit<StreamFacts, 'slot'>; readonly figures: StreamFigures }[]
}

/** The alarms of a past moment. */
export interface StandingThen {
  /** Worst first, those that are asked for. */
  readonly open: (input?: Partial<AlarmsInput>) => readonly Alarm[]
  /** Those that lasted and that nobody had put away, worst first. */
  readonly inTrouble: () => readonly Alarm[]
  readonly incidents: readonly Incident[]
  readonly counts: AlarmCounts
  /** null: these are the alarms of then. Otherwise from when on they are kept: these are what the rules of today say of the states of then. */
  readonly keptFrom: number | null
  /** As `Verdicts.severityOf`. */
  readonly severityOf: (serverId: string, path: string) => Severity | null
  readonly severityOfServer: (serverId: string) => Severity | null
}
export type FindStandingThen = (at: number, servers: readonly ServerThen[]) => Promise<StandingThen>

/** The alarms of any past moment: those that are kept, and of before there were any, what would be alarms. */
export function createStandingThen(deps: {
  readonly alarms: Pick<Alarms, 'allThen'>
  readonly judging: Pick<Judging, 'ofStates'>
  readonly slices: Slices
  readonly signal: AbortSignal
}): FindStandingThen {
  const { alarms, judging, slices, signal } = deps
  return async (at, servers) => {
    const slice = slices.begin()
    const kept = await alarms.allThen(at, slice)
    if (kept.ok) return standing(asFleetWas(kept.value, servers), null)
    const judged: Alarm[] = []
    for (const { server, streams } of servers)
      for (const finding of judging.ofStates(server, withSlots(streams))) {
        const id = `${placeOf(finding.subject)} ${finding.kind}`
        judged.push({ ...alarmOf(finding, id, finding.since), state: 'unacknowledged' })
        if (slice.isOver()) await slice.next(signal)
      }
    return standing(judged.sort(compareAlarms), kept.error)
  }
}

/**
 * What is not kept of them, as the fleet was then: that something was well again for a while, unless it healed by that, how many readers it hit, and how
 * many streams were unknown because of their server.
 */
function asFleetWas(alarms: readonly Alarm[], servers: readonly ServerThen[]): readonly Alarm[] {
  const unknown = new Map(servers.map(({ server }) => [server.id, server.totals.unknown]))
  return asStreamsWere(alarms, servers).map((alarm) =>
    alarm.streams === null && isReach(alarm) && isWrongNow(alarm) ? { ...alarm, streams: unknown.get(ownerIdOf(alarm.subject)) ?? null } : alarm,
  )
}

function asStreamsWere(alarms: readonly Alarm[], servers: readonly ServerThen[]): readonly Alarm[] {
  const wanted = new Set(alarms.flatMap(({ kind, subject }) => (isTroubleKind(kind) && subject.kind === 'stream' ? [placeOf(subject)] : [])))
  if (wanted.size === 0) return alarms
  const streamAt = new Map<string, ServerThen['streams'][number]>()
  for (const { server, streams } of servers)
    for (const stream of streams) {
      const place = placeOf(streamSubject(server.id, stream.facts.path))
      if (wanted.has(place)) streamAt.set(place, stream)
    }
  return alarms.map((alarm) => {
    const stream = isTroubleKind(alarm.kind) && isWrongNow(alarm) ? streamAt.get(placeOf(alarm.subject)) : undefined
    return stream === undefined ? alarm : asStreamWas(alarm, stream)
  })
}

function asStreamWas(alarm: Alarm, { facts, figures }: ServerThen['streams'][number]): Alarm {
  if (wellnessOf(facts, figures) === 'well' && !isStreamTroubled(facts, figures)) return { ...alarm, calmSince: facts.stateSince }
  return isTroubleKind(alarm.kind) ? { ...alarm, readers: readersHitBy(alarm.kind, facts, figures) ?? alarm.readers } : alarm
}

function* withSlots(streams: ServerThen['streams']): Iterable<{ readonly facts: StreamFacts; readonly figures: StreamFigures }> {
  for (const { facts, figures } of streams) yield { facts: { slot: 0, ...facts }, figures }
}

/** `alarms`: worst first. */
function standing(alarms: readonly Alarm[], keptFrom: number | null): StandingThen {
  const worst = new Map<string, Severity>()
  for (const alarm of alarms) {
    const place = placeOf(alarm.subject)
    if (isInTrouble(alarm, alarm.state) && !worst.has(place)) worst.set(place, alarm.severity)
  }
  return {
    open: (input = {}) => selectedOf(alarms, input),
    inTrouble: () => alarms.filter((alarm) => isInTrouble(alarm, alarm.state)),
    incidents: incidentsAmong(alarms),
    counts: countsOf(alarms),
    keptFrom,
    severityOf: (serverId, path) => worst.get(placeOf(streamSubject(serverId, path))) ?? null,
    severityOfServer: (serverId) => worst.get(placeOf(serverSubject(serverId))) ?? null,
  }
}
