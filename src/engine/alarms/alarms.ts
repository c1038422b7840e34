import type { Clock } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import type { Slice, Slices } from '../../clock/slices.ts'
import {
  type AcknowledgeInput,
  type Alarm,
  type AlarmChange,
  type AlarmCounts,
  type AlarmDetails,
  type AlarmState,
  type AlarmStep,
  type AlarmStepsInput,
  type AlarmsChanged,
  type AlarmsInput,
  alarmStates,
  type CommentInput,
  countsOf,
  longestShelfMs,
  mostSimilar,
  type PastAlarmsInput,
  type ShelveInput,
  type SimilarAlarm,
  topicOf,
} from '../../shared/alarms.ts'
import type { BundleScope } from '../../shared/bundles.ts'
import type { Cause } from '../../shared/causes.ts'
import { pageOf } from '../../shared/fleet.ts'
import { type Incident, type IncidentDetails, isInTrouble, mostAlarmsOfIncident } from '../../shared/incidents.ts'
import type { SearchTooWide } from '../../shared/refusals.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { ownerIdOf, partOf, pathOf } from '../../shared/subjectNames.ts'
import type { AlarmSubject, SubjectOf } from '../../shared/subjects.ts'
import { severityRank } from '../../shared/troubles.ts'
import type { AddressHider } from '../hiddenAddresses.ts'
import type { Log } from '../ports.ts'
import type { Database } from '../storage/openDatabase.ts'
import { classifyStorageError } from '../storage/storageTrouble.ts'
import { type AlarmRecord, acknowledge, type ChangedAlarm, changedBy, endInTime, endsAt, stateOf, unacknowledge, unshelve } from './alarmLife.ts'
import type { TroubledSpan } from './alarmReading.ts'
import { type AlarmRows, createAlarmRows } from './alarmRows.ts'
import type { closedLimits } from './alarmStoring.ts'
import { alarmThen } from './alarmThen.ts'
import { createAlarmWriting } from './alarmWriting.ts'
import { type BundledAlarms, bundledText } from './bundledAlarms.ts'
import { type ChangedIncident, changedIncidents, extentOf, type IncidentExtent } from './changedIncidents.ts'
import { createClosedRows } from './closedRows.ts'
import { compareIncidents, compareMembers, incidentOf } from './incidents.ts'
import { createIncidentJoiner } from './joinIncidents.ts'
import type { Surroundings } from './joining.ts'
import { createJudge, type Judged } from './judgeOwner.ts'
import { createJudgeTurns } from './judgeTurns.ts'
import type { Judging } from './judging.ts'
import { createOpenAlarms } from './openAlarms.ts'
import { verdictsBy, worstOf } from './verdicts.ts'

export interface AlarmsDeps {
  readonly clock: Clock
  readonly log: Log
  /** main.db. */
  readonly db: Database
  /** alarms.db. */
  readonly pastDb: Database
  /** Sets alarms.db aside, which is damaged, and begins a new one in `pastDb`. Returns whether it did. */
  readonly beginPastAnew: () => boolean
  /** Whether alarms.db was moved away: closed alarms wait in main.db until it is back. */
  readonly isPastAway: () => boolean
  readonly slices: Slices
  readonly judging: Pick<Judging, 'conditionsOf' | 'restless'>
  /** The maintenance window that is open for a subject; null: none. */
  readonly maintenanceOf: (subject: AlarmSubject, at: number) => object | null
  /** What new alarms may have in common with others. */
  readonly around: Omit<Surroundings, 'pendingOf'>
  /** Called within the transaction that stores changes, to write what belongs to them. */
  readonly alongside: (changed: readonly ChangedIncident[]) => void
  /** Called with alarms that were raised or returned, before `onChange`. */
  readonly onRaised: (alarms: readonly AlarmRecord[]) => void
  /** Called after each change of open alarms. `happened`: not merely their figures or reasons changed. `judged`: servers and streams of which they say something else. */
  readonly onChange: (happened: boolean, judged: readonly SubjectOf<'server' | 'stream'>[]) => void
  /** The past that is shown instead of what is watched: none of its alarms is open now. Left out or null: this console watches. */
  readonly shownPast?: BundledAlarms | null
  /** Of closed alarms that are kept; for tests. */
  readonly closedLimits?: typeof closedLimits
  readonly signal: AbortSignal
}

/** Alarms: what is in trouble, until it has healed and an operator knows of it. */
export interface Alarms {
  /** Judges a server or host and all that is theirs again, in the next turn of the event loop: after each poll, and whenever its state changed. */
  readonly judge: (ownerId: string) => void
  /** Judges everything with an open alarm again: maintenance windows began or ended. */
  readonly judgeAll: () => void
  /** Open alarms, worst first. */
  readonly open: (input?: Partial<AlarmsInput>) => readonly Alarm[]
  readonly counts: () => AlarmCounts
  /** Those that last and that nobody has put away, worst first. */
  readonly inTrouble: () => readonly Alarm[]
  readonly verdicts: ReturnType<typeof verdictsBy>
  /** Those that were open at a past moment as they stood then, worst first, read in slices: many may have been; the error is from when on alarms are kept. */
  readonly allThen: (at: number, slice: Slice) => Promise<Result<readonly Alarm[], number>>
  /** From when on all alarms are known. */
  readonly keptSince: () => number
  /** A page of closed alarms, those raised last first, unless too many others are looked through for it. Rejects once the caller's signal is aborted, as all do that take one. */
  readonly past: (input: PastAlarmsInput, asked?: AbortSignal) => Promise<Result<readonly Alarm[], SearchTooWide>>
  /** How often alarms.db could not be read so far: what is said of closed alarms while this changes lacks some. */
  readonly pastFailures: () => number
  /** How many closed alarms there are, and from when on all. */
  readonly kept: () => { readonly closed: number; readonly since: number }
  /** What is stored of closed alarms, for their statistics. */
  readonly closed: Pick<AlarmRows, 'changes' | 'within'>
  /** Closed alarms of before about the same, newest first; null: there is no such alarm. */
  readonly similar: (id: string, asked?: AbortSignal) => Promise<readonly SimilarAlarm[] | null>
  /** Counts alarms of a rule that were open since a moment, by what they are about. */
  readonly ofRule: (rule: string, from: number, asked?: AbortSignal) => Promise<(subject: AlarmSubject) => number>
  /** When a stream had alarms worse than a warning, or was off what is usual, since a moment. */
  readonly troubledSpans: (serverId: string, path: string, from: number, asked?: AbortSignal) => Promise<readonly TroubledSpan[]>
  /** What happened to alarms in a period, oldest first. */
  readonly steps: (input: AlarmStepsInput, asked?: AbortSignal) => Promise<readonly AlarmStep[]>
  /** `at`: as it stood at that moment. */
  readonly get: (id: string, at?: number) => AlarmDetails | null
  /** Incidents with open alarms, worst first. */
  readonly incidents: () => readonly Incident[]
  /** An incident with its alarms, open and closed, the worst 1,000; null: nothing can be said of it. */
  readonly incident: (id: string) => IncidentDetails | null
  /** Id of the incident of an alarm; null: there is no such alarm. */
  readonly incidentOf: (alarmId: string) => string | null
  /** What an incident comes to; null: it has no open alarm. */
  readonly extent: (incident: string) => IncidentExtent | null
  /** The same of all with open alarms. */
  readonly extents: () => Iterable<readonly [incident: string, IncidentExtent]>
  /** Why an open alarm was raised. */
  readonly explain: (id: string, causes: readonly Cause[]) => void
  readonly acknowledge: (input: AcknowledgeInput, by: string) => Result<AlarmsChanged, 'endNotAhead'>
  /** Ids of open alarms of an incident that nobody has. */
  readonly untaken: (incident: string) => readonly string[]
  /** By a link in a message to a channel; `by` is the name that was given, or ''. */
  readonly acknowledgeByLink: (ids: readonly string[], by: string, link: string) => void
  readonly unacknowledge: (ids: readonly string[], by: string) => AlarmsChanged
  readonly shelve: (input: ShelveInput, by: string) => Result<AlarmsChanged, 'endNotAhead'>
  readonly unshelve: (ids: readonly string[], by: string) => AlarmsChanged
  readonly comment: (input: CommentInput, by: string) => AlarmsChanged
  /** The alarms of a period as they stood at its end, as text for a bundle. `hider`: replaces addresses of publishers; null: they stay. */
  readonly bundled: (scope: BundleScope, hider: AddressHider | null, asked?: AbortSignal) => Promise<string>
  /** Resolves when nothing is left to be judged. */
  readonly settled: () => Promise<void>
}

/** How often shelves and acknowledgements are looked at for their end, ms. */
const lookMs = 1_000
/** For so long closed alarms are moved each time, ms, and after a failure not before so many. */
const moveForMs = 10
const moveAgainMs = 60_000
const isUntaken: ReadonlySet<AlarmState> = new Set(['unacknowledged', 'healedUnseen'])
/** Of a past moment; a row is read in some 50 µs. */
const mostThen = 20_000
/** Those that the input selects, a page of them. */
export const selectedOf = (alarms: readonly Alarm[], { state, severity, serverId, hostId, probeId, path, ...page }: Partial<AlarmsInput>): readonly Alarm[] => [
  ...pageOf(
    alarms.filter(
      (alarm) =>
        (state?.includes(alarm.state) ?? true) &&
        (severity?.includes(alarm.severity) ?? true) &&
        (serverId === undefined || serverId === ownerIdOf(alarm.subject)) &&
        (hostId === undefined || hostId === ownerIdOf(alarm.subject)) &&
        (probeId === undefined || probeId === ownerIdOf(alarm.subject)) &&
        (path === undefined || path === pathOf(alarm.subject)),
    ),
    page,
  ),
]
const incidentsOf = (members: Iterable<readonly [string, readonly Alarm[]]>): readonly Incident[] =>
  Array.from(members, ([id, alarms]) => incidentOf(id, alarms))
    .filter((incident) => incident !== null)
    .sort(compareIncidents)
/** The incidents that these are members of, worst first. */
export const incidentsAmong = (alarms: Iterable<Alarm>): readonly Incident[] => incidentsOf(Map.groupBy(alarms, ({ incident }) => incident))
const shown = (record: AlarmRecord): Alarm => ({ ...record, state: stateOf(record) })
/** Worst first; those that nobody has taken before the others; whole servers and hosts before their parts; the newest first. */
export const compareAlarms = (a: Alarm, b: Alarm) =>
  severityRank[a.severity] - severityRank[b.severity] ||
  alarmStates.indexOf(a.state) - alarmStates.indexOf(b.state) ||
  Number(partOf(a.subject) !== null) - Number(partOf(b.subject) !== null) ||
  b.since - a.since ||
  a.id.localeCompare(b.id)

/** Whether something happened to it, and not merely what it says has changed. */
const isNews = ({ changes }: ChangedAlarm): boolean => changes.some(({ kind }) => kind !== 'why')

function lastCommentIn(changes: readonly AlarmChange[]): SimilarAlarm['lastComment'] {
  const last = changes.findLast((change) => change.kind === 'commented')
  return last ? { at: last.at, by: last.by, text: last.text } : null
}

export function createAlarms(deps: AlarmsDeps): Alarms {
  const { clock, log, db, slices, judging, maintenanceOf, around, alongside, onRaised, onChange, shownPast = null, signal } = deps
  const alarms = createOpenAlarms()
  const rows = createAlarmRows(
    db,
    createClosedRows(deps.pastDb, log),
    (changed) => {
      if (shownPast === null) alongside(changedIncidents(changed, alarms))
    },
    deps.closedLimits,
  )
  rows.begin(shownPast?.since ?? clock.now())
  /** Work ends with this console, and once its caller has gone. */
  const endOf = (asked: AbortSignal | undefined): AbortSignal => (asked === undefined ? signal : AbortSignal.any([signal, asked]))
  /** From when on all are known, where `pastFailures` was that before: what can't be read is not known. */
  const keptSince = (failures = rows.pastFailures()): number => (rows.isPastDamaged() || rows.pastFailures() !== failures ? clock.now() : rows.keptSince())
  // In the order in which they are numbered.
  if (shownPast !== null)
    rows.write(
      shownPast.alarms.toSorted(({ alarm: a }, { alarm: b }) => a.raisedAt - b.raisedAt),
      true,
    )
  const stored = shownPast === null ? rows.open() : { alarms: [], unreadable: 0 }
  for (const alarm of stored.alarms) alarms.put(alarm)
  if (stored.unreadable > 0) log.error({ alarms: stored.unreadable }, 'some open alarms cannot be read: what lasts of them is raised again')
  const writing = createAlarmWriting(rows, log)
  let sorted: readonly Alarm[] | null = null
  let incidents: readonly Incident[] | null = null
  const judge = createJudge(alarms, maintenanceOf)
  const joinIncidents = createIncidentJoiner(alarms, { ...around, pendingOf: judge.pendingOf }, clock.now())

  const verdicts = verdictsBy(alarms)
  const publish = (changed: readonly AlarmRecord[], refreshed: readonly AlarmRecord[] = []) => {
    if (changed.length + refreshed.length === 0) return
    const judged: SubjectOf<'server' | 'stream'>[] = []
    for (const alarm of [...refreshed, ...changed]) {
      const { subject } = alarm
      const before = worstOf(alarms.at(subject).values())
      alarms.put(alarm)
      if ((subject.kind === 'server' || subject.kind === 'stream') && worstOf(alarms.at(subject).values()) !== before) judged.push(subject)
    }
    sorted = null
    incidents = null
    onChange(changed.length > 0, judged)
  }
  const saw = ({ changed: judged, refreshed }: Judged) => {
    const changed = joinIncidents(judged, clock.now())
    // That one has come back before it had healed is no change, and counts beyond this process.
    const counted = refreshed.filter(({ id, count }) => alarms.get(id)?.count !== count)
    writing.seen([...changed, ...counted.map((alarm) => ({ alarm, changes: [] }))])
    onRaised(changed.flatMap(({ alarm, changes }) => (changes.some(({ kind }) => kind === 'raised' || kind === 'returned') ? [alarm] : [])))
    const [happened, restated] = [changed.filter(isNews), changed.filter((one) => !isNews(one))]
    publish(
      happened.map(({ alarm }) => alarm),
      [...refreshed, ...restated.map(({ alarm }) => alarm)],
    )
  }

  const turns = createJudgeTurns({ clock, log, judge: judge.judge, conditionsOf: judging.conditionsOf, saw, signal })

  let moveAt = Number.NEGATIVE_INFINITY
  /** What can't be moved stays in main.db, and is found there. A damaged alarms.db is begun anew. */
  const moveClosed = () => {
    const began = clock.monotonic()
    if (began < moveAt) return
    if (deps.isPastAway()) return rows.shed()
    try {
      while (rows.move() && clock.monotonic() - began < moveForMs);
      if (!rows.isPastDamaged()) return
      // A disk that damages each file would fill up with them.
      moveAt = began + moveAgainMs
      if (!rows.beginPastAnew(clock.now(), deps.beginPastAnew)) rows.shed()
    } catch (error) {
      const trouble = classifyStorageError(error)
      if (trouble === null) throw error
      moveAt = began + moveAgainMs
      log.warn({ trouble }, 'closed alarms cannot be moved to alarms.db now')
      if (trouble !== 'full') rows.shed()
    }
  }
  void every(clock)(
    // What ended while no console ran is told: not before it is known to whom, nor before its server was judged.
    {
      intervalMs: lookMs,
      timeoutMs: null,
      seed: 'alarms',
      firstDelayMs: lookMs,
      signal,
      onBug: (error) => log.error({ error }, 'alarms could not be looked at'),
    },
    async () => {
      const at = clock.now()
      const ended = [...alarms.all()].filter((alarm) => endsAt(alarm) <= at)
      saw({ changed: ended.map((alarm) => changedBy(alarm, endInTime(alarm, at))), refreshed: [] })
      for (const ownerId of new Set([...judge.restless(at), ...judging.restless()])) turns.soon(ownerId)
      moveClosed()
    },
  )

  /** An operator's change: refused as a whole if it can't be stored. */
  const change = (ids: readonly string[], changesOf: (alarm: AlarmRecord) => readonly AlarmChange[]): AlarmsChanged => {
    const wanted = [...new Set(ids)]
    const found = wanted.flatMap((id) => alarms.get(id) ?? [])
    const notOpen = wanted.filter((id) => alarms.get(id) === undefined)
    const all = found.map((alarm) => changedBy(alarm, changesOf(alarm)))
    const changed = all.filter(({ changes }) => changes.length > 0)
    writing.operated(changed)
    publish(changed.map(({ alarm }) => alarm))
    return { alarms: all.map(({ alarm }) => shown(alarm)), notOpen }
  }

  const open = (): readonly Alarm[] => {
    sorted ??= Array.from(alarms.all(), shown).sort(compareAlarms)
    return sorted
  }
  /** That an open one is well again, and what it says newly, is stored with its next change. */
  const stood = ({ alarm, changes }: ChangedAlarm, at: number) => alarmThen(alarms.get(alarm.id) ?? alarm, changes, at)
  return {
    judge: turns.soon,
    judgeAll: () => {
      for (const ownerId of new Set(Array.from(alarms.all(), ({ subject }) => ownerIdOf(subject)))) turns.soon(ownerId)
    },
    open: (input = {}) => selectedOf(open(), input),
    allThen: async (at, slice) => {
      const failures = rows.pastFailures()
      if (at < keptSince()) return err(keptSince())
      const then: Alarm[] = []
      for (const stored of rows.openThen(at, mostThen)) {
        const alarm = stood(stored, at)
        if (alarm !== null) then.push(shown(alarm))
        if (slice.isOver()) await slice.next(signal)
      }
      const since = keptSince(failures)
      return at < since ? err(since) : ok(then.sort(compareAlarms))
    },
    counts: () => countsOf(open()),
    inTrouble: () => open().filter((alarm) => isInTrouble(alarm, alarm.state)),
    verdicts,
    past: async (input, asked) => {
      const found = await rows.closed(input, slices.begin(), endOf(asked))
      return found.ok ? ok(found.value.map(shown)) : found
    },
    kept: () => ({ closed: rows.closedCount(), since: keptSince() }),
    closed: rows,
    troubledSpans: (serverId, path, from, asked) => rows.spansOf(serverId, path, from, slices.begin(), endOf(asked)),
    ofRule: (rule, from, asked) => rows.ofRule(rule, from, slices.begin(), endOf(asked)),
    similar: async (id, asked) => {
      const alarm = alarms.get(id) ?? rows.get(id)
      if (alarm === null) return null
      const [topic, part, path, { raisedAt }] = [topicOf(alarm), partOf(alarm.subject), pathOf(alarm.subject), alarm]
      const isAlike = ({ alarm: other }: ChangedAlarm) => other.raisedAt < raisedAt && topicOf(other) === topic && partOf(other.subject) === part
      const alike = await rows.closedOf({ owner: ownerIdOf(alarm.subject), path }, isAlike, mostSimilar, slices.begin(), endOf(asked))
      return alike.map((other) => ({ ...shown(other.alarm), lastComment: lastCommentIn(other.changes) }))
    },
    steps: (input, asked) => rows.steps(input, slices.begin(), endOf(asked)),
    keptSince: () => keptSince(),
    pastFailures: rows.pastFailures,
    get: (id, at) => {
      if (at !== undefined) {
        const latest = rows.read(id)
        const then = latest && stood(latest, at)
        return then && { ...shown(then), changes: latest.changes.filter((change) => change.at <= at) }
      }
      const { alarm = alarms.get(id) ?? rows.get(id), changes = [] } = writing.unwritten(id) ?? {}
      return alarm && { ...shown(alarm), changes: [...rows.changes(id), ...changes] }
    },
    incidents: () => {
      incidents ??= incidentsOf(Array.from(alarms.incidents(), (id) => [id, Array.from(alarms.ofIncident(id).values(), shown)]))
      return incidents
    },
    incident: (id) => {
      const members = new Map(rows.ofIncident(id, mostAlarmsOfIncident).map((alarm) => [alarm.id, alarm]))
      for (const { alarm } of writing.allUnwritten()) if (alarm.incident === id) members.set(alarm.id, alarm)
      for (const alarm of alarms.ofIncident(id).values()) members.set(alarm.id, alarm)
      const all = Array.from(members.values(), shown)
      const incident = incidentOf(id, all)
      return incident && { ...incident, alarms: all.sort(compareMembers).slice(0, mostAlarmsOfIncident) }
    },
    incidentOf: (alarmId) => (alarms.get(alarmId) ?? rows.get(alarmId))?.incident ?? null,
    extent: (id) => {
      const tally = alarms.tally(id)
      return tally && extentOf(tally)
    },
    extents: function* () {
      for (const [id, tally] of alarms.tallies()) yield [id, extentOf(tally)] as const
    },
    explain: (id, causes) => {
      const alarm = alarms.get(id)
      if (alarm === undefined) return
      const explained = { ...alarm, causes: [...causes] }
      writing.seen([{ alarm: explained, changes: [] }])
      publish([], [explained])
    },
    acknowledge: ({ ids, until, comment }, by) => {
      const at = clock.now()
      if (until !== null && until <= at) return err('endNotAhead')
      return ok(change(ids, (alarm) => [...(comment ? [{ kind: 'commented', at, by, text: comment } as const] : []), ...acknowledge(alarm, { by, at, until })]))
    },
    untaken: (incident) =>
      Array.from(alarms.ofIncident(incident).values())
        .filter((alarm) => isUntaken.has(stateOf(alarm)))
        .map(({ id }) => id),
    acknowledgeByLink: (ids, by, link) => void change(ids, (alarm) => acknowledge(alarm, { by, at: clock.now(), until: null, link })),
    unacknowledge: (ids, by) => change(ids, (alarm) => unacknowledge(alarm, by, clock.now())),
    shelve: ({ ids, until, reason, endsHealedForMs }, by) => {
      const at = clock.now()
      if (until <= at || until > at + longestShelfMs) return err('endNotAhead')
      return ok(change(ids, () => [{ kind: 'shelved', by, at, until, reason, endsHealedForMs }]))
    },
    unshelve: (ids, by) => change(ids, (alarm) => unshelve(alarm, by, clock.now())),
    comment: ({ ids, text }, by) => change(ids, () => [{ kind: 'commented', at: clock.now(), by, text }]),
    bundled: (scope, hider, asked) => {
      const failures = rows.pastFailures()
      return bundledText({ within: rows.within, keptSince: () => keptSince(failures) }, scope, hider, slices.begin(), endOf(asked))
    },
    settled: turns.settled,
  }
}
