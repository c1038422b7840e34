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
import { type IncidentDetails, isInTrouble, mostAlarmsOfIncident } from '../../shared/incidents.ts'
import type { SearchTooWide } from '../../shared/refusals.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { AlarmSubject, SubjectOf } from '../../shared/subjectNames.ts'
import { alarmOwnerOf, ownerIdOf, partOf, pathOf } from '../../shared/subjectNames.ts'
import type { AddressHider } from '../hiddenAddresses.ts'
import type { Log } from '../ports.ts'
import type { Database } from '../storage/openDatabase.ts'
import { attemptWrite, classifyStorageError } from '../storage/storageTrouble.ts'
import { type AlarmRecord, acknowledge, type ChangedAlarm, changedBy, endInTime, endsAt, stateOf, unacknowledge, unshelve } from './alarmLife.ts'
import { type AlarmRows, type closedLimits, createAlarmRows, type TroubledSpan } from './alarmRows.ts'
import { alarmThen } from './alarmThen.ts'
import { type BundledAlarms, bundledText } from './bundledAlarms.ts'
import { type ChangedIncident, changedIncidents, extentOf, type IncidentExtent } from './changedIncidents.ts'
import { createEvaluationTurns, createEvaluator, type EvaluationResult } from './evaluateOwner.ts'
import type { Evaluation } from './evaluation.ts'
import { compareMembers, incidentOf } from './incidents.ts'
import { createIncidentJoiner } from './joinIncidents.ts'
import type { Surroundings } from './joining.ts'
import { createOpenAlarms, type OpenAlarms } from './openAlarms.ts'
import { compareAlarms, createShownAlarms, selectedOf, shown, verdictsBy, worstOf } from './shownAlarms.ts'

export interface AlarmsDeps {
  readonly clock: Clock
  readonly log: Log
  /** alarms.db. */
  readonly db: Database
  /** alarms.db turned out to be damaged. */
  readonly onDamaged: () => void
  readonly slices: Slices
  /** Where the open ones are kept; left out: nobody else looks at them. */
  readonly open?: OpenAlarms
  readonly evaluation: Pick<Evaluation, 'conditionsOf' | 'timeDependentOwners'>
  /** The maintenance window that is open for a subject; null: none. */
  readonly maintenanceOf: (subject: AlarmSubject, at: number) => object | null
  /** Context for grouping new alarms into incidents with others. */
  readonly around: Omit<Surroundings, 'pendingOf'>
  /** Called within the transaction that stores changes, to write related data. */
  readonly alongside: (changed: readonly ChangedIncident[]) => void
  /** Called with alarms that were raised or returned, before `onChange`. */
  readonly onRaised: (alarms: readonly AlarmRecord[]) => void
  /** Called after each change of open alarms. `happened`: more than figures or reasons changed. `evaluated`: servers and streams whose worst alarm changed. */
  readonly onChange: (happened: boolean, evaluated: readonly SubjectOf<'server' | 'stream'>[]) => void
  /** Past alarms (from a bundle) to show instead of live ones: none of them is open now. Omitted or null: live monitoring. */
  readonly shownPast?: BundledAlarms | null
  /** Until when the last launch was alive; null or omitted: not known. */
  readonly aliveUntil?: number | null
  /** Limits for stored closed alarms; for tests. */
  readonly closedLimits?: typeof closedLimits
  readonly signal: AbortSignal
}

/** How often shelves and acknowledgements are checked for expiry, ms. */
const tickMs = 1_000

/** Whether something happened to the alarm, rather than only its reason changing. */
const isNews = ({ changes }: ChangedAlarm): boolean => changes.some(({ kind }) => kind !== 'why')

/** Loads the stored open alarms or, if a past is shown, writes all of its alarms, none of which is open now. */
function loadOrImport(rows: AlarmRows, open: OpenAlarms, shownPast: BundledAlarms | null, now: number, log: Log): void {
  rows.begin(shownPast?.since ?? now)
  if (shownPast !== null) {
    // In the order of their numbering.
    rows.write(
      shownPast.alarms.toSorted(({ alarm: a }, { alarm: b }) => a.raisedAt - b.raisedAt),
      true,
    )
    return
  }
  const stored = rows.open()
  for (const alarm of stored.alarms) open.put(alarm)
  if (stored.unreadable > 0) log.error({ alarms: stored.unreadable }, 'some open alarms cannot be read: what lasts of them is raised again')
}

/** Alarms: each stays open until its trouble has cleared and an operator knows about it. */
export type Alarms = ReturnType<typeof createAlarms>

export function createAlarms(deps: AlarmsDeps) {
  const { clock, log, db, open = createOpenAlarms(), evaluation, maintenanceOf, around, alongside, onRaised, onChange, shownPast = null, signal } = deps
  const rows = createAlarmRows(
    db,
    {
      log,
      alongside: (changed) => {
        if (shownPast === null) alongside(changedIncidents(changed, open))
      },
      onDamaged: deps.onDamaged,
    },
    deps.closedLimits,
  )
  loadOrImport(rows, open, shownPast, clock.now(), log)
  const writing = createAlarmWriting(rows, log)
  const shownAlarms = createShownAlarms(open)
  const evaluator = createEvaluator(open, maintenanceOf, deps.aliveUntil)
  const joinIncidents = createIncidentJoiner(open, { ...around, pendingOf: evaluator.pendingOf }, clock.now())

  const publish = (changed: readonly AlarmRecord[], refreshed: readonly AlarmRecord[] = []) => {
    if (changed.length + refreshed.length === 0) return
    const evaluated: SubjectOf<'server' | 'stream'>[] = []
    for (const alarm of [...refreshed, ...changed]) {
      const { subject } = alarm
      const before = worstOf(open.at(subject).values())
      open.put(alarm)
      if ((subject.kind === 'server' || subject.kind === 'stream') && worstOf(open.at(subject).values()) !== before) evaluated.push(subject)
    }
    shownAlarms.changed()
    onChange(changed.length > 0, evaluated)
  }
  const applyResult = ({ changed: evaluated, refreshed }: EvaluationResult) => {
    const changed = joinIncidents(evaluated, clock.now())
    // A recurrence before the alarm cleared is not a change, but its count must survive a restart.
    const counted = refreshed.filter(({ id, count }) => open.get(id)?.count !== count)
    writing.storeObserved([...changed, ...counted.map((alarm) => ({ alarm, changes: [] }))])
    onRaised(changed.flatMap(({ alarm, changes }) => (changes.some(({ kind }) => kind === 'raised' || kind === 'returned') ? [alarm] : [])))
    const [happened, restated] = [changed.filter(isNews), changed.filter((one) => !isNews(one))]
    publish(
      happened.map(({ alarm }) => alarm),
      [...refreshed, ...restated.map(({ alarm }) => alarm)],
    )
  }

  const turns = createEvaluationTurns({ clock, log, evaluate: evaluator.evaluate, conditionsOf: evaluation.conditionsOf, onResult: applyResult, signal })

  void every(clock)(
    // Shelves and acknowledgements that expired while no console ran are handled only after channels are configured and servers evaluated.
    {
      intervalMs: tickMs,
      timeoutMs: null,
      seed: 'alarms',
      firstDelayMs: tickMs,
      signal,
      onBug: (error) => log.error({ error }, 'alarms could not be looked at'),
    },
    async () => {
      const at = clock.now()
      const ended = [...open.all()].filter((alarm) => endsAt(alarm) <= at)
      applyResult({ changed: ended.map((alarm) => changedBy(alarm, endInTime(alarm, at))), refreshed: [] })
      for (const owner of [...evaluator.timeDependentOwners(at), ...evaluation.timeDependentOwners()]) turns.schedule(owner)
      attemptWrite(() => rows.trim())
    },
  )

  return {
    /** Re-evaluates a server or host with everything that belongs to it, in the next event loop turn. To be called after each poll and state change. */
    evaluate: turns.schedule,
    /** Re-evaluates everything with an open alarm: maintenance windows began or ended. */
    evaluateAll: (): void => {
      for (const { subject } of open.all()) turns.schedule(alarmOwnerOf(subject))
    },
    /** Open alarms, worst first. */
    open: (input: Partial<AlarmsInput> = {}): readonly Alarm[] => selectedOf(shownAlarms.all(), input),
    counts: (): AlarmCounts => countsOf(shownAlarms.all()),
    /** Alarms whose trouble persists and that are neither shelved nor suppressed nor out of service, worst first. */
    inTrouble: (): readonly Alarm[] => shownAlarms.all().filter((alarm) => isInTrouble(alarm, alarm.state)),
    verdicts: verdictsBy(open),
    /** Incidents with open alarms, worst first. */
    incidents: shownAlarms.incidents,
    ...knownIncidents(open, rows, writing),
    ...createPastAlarms(deps, rows, open, writing),
    ...createOperatorActs(clock, open, writing, publish),
    /** Sets the causes of an open alarm. */
    explain: (id: string, causes: readonly Cause[]): void => {
      const alarm = open.get(id)
      if (alarm === undefined) return
      const explained = { ...alarm, causes: [...causes] }
      writing.storeObserved([{ alarm: explained, changes: [] }])
      publish([], [explained])
    },
    /** Resolves when no evaluation is pending. */
    settled: turns.settled,
  }
}

/** Stores changes of alarms, and keeps those that could not be stored because the disk is full. */
function createAlarmWriting(rows: Pick<AlarmRows, 'write'>, log: Log) {
  const unwritten = new Map<string, ChangedAlarm>()
  const afterUnwritten = ({ alarm, changes }: ChangedAlarm): ChangedAlarm => ({ alarm, changes: [...(unwritten.get(alarm.id)?.changes ?? []), ...changes] })
  const write = (changed: readonly ChangedAlarm[], hurries: boolean) => {
    const all = new Map(unwritten)
    for (const one of changed) all.set(one.alarm.id, afterUnwritten(one))
    rows.write([...all.values()], hurries)
    unwritten.clear()
  }
  return {
    /** Stores changes made by an operator; throws if that fails. */
    storeOperatorActs: (changed: readonly ChangedAlarm[]): void => {
      if (changed.length > 0) write(changed, false)
    },
    /** Stores observed changes. They apply even if storing fails, and are then stored with the next change. */
    storeObserved: (changed: readonly ChangedAlarm[]): void => {
      if (changed.length === 0) return
      try {
        write(changed, true)
      } catch (error) {
        const trouble = classifyStorageError(error)
        if (trouble === null || trouble === 'damaged') throw error
        for (const one of changed) unwritten.set(one.alarm.id, afterUnwritten(one))
        log.warn({ trouble, alarms: changed.length }, 'changes of alarms are not stored yet')
      }
    },
    /** The changes of an alarm that are not stored yet. */
    unwritten: (id: string): ChangedAlarm | undefined => unwritten.get(id),
    allUnwritten: (): Iterable<ChangedAlarm> => unwritten.values(),
  }
}
type AlarmWriting = ReturnType<typeof createAlarmWriting>

const unacknowledgedStates: ReadonlySet<AlarmState> = new Set(['unacknowledged', 'healedUnseen'])

/** Incidents by their ids, of which alarms may be open, stored, or changed and not stored yet. */
function knownIncidents(open: OpenAlarms, rows: Pick<AlarmRows, 'get' | 'ofIncident'>, writing: Pick<AlarmWriting, 'allUnwritten'>) {
  return {
    /** An incident with its worst 1,000 alarms, open and closed; null: unknown. */
    incident: (id: string): IncidentDetails | null => {
      const members = new Map(rows.ofIncident(id, mostAlarmsOfIncident).map((alarm) => [alarm.id, alarm]))
      for (const { alarm } of writing.allUnwritten()) if (alarm.incident === id) members.set(alarm.id, alarm)
      for (const alarm of open.ofIncident(id).values()) members.set(alarm.id, alarm)
      const all = Array.from(members.values(), shown)
      const incident = incidentOf(id, all)
      return incident && { ...incident, alarms: all.sort(compareMembers).slice(0, mostAlarmsOfIncident) }
    },
    /** Id of the incident of an alarm; null: no such alarm. */
    incidentOf: (alarmId: string): string | null => (open.get(alarmId) ?? rows.get(alarmId))?.incident ?? null,
    /** Extent of an incident; null: it has no open alarm. */
    extent: (id: string): IncidentExtent | null => {
      const tally = open.tally(id)
      return tally && extentOf(tally)
    },
    /** Extents of all incidents with open alarms. */
    extents: function* (): Iterable<readonly [incident: string, IncidentExtent]> {
      for (const [id, tally] of open.tallies()) yield [id, extentOf(tally)]
    },
    /** Ids of an incident's open alarms that nobody has acknowledged or shelved. */
    unacknowledgedOf: (incident: string): readonly string[] =>
      Array.from(open.ofIncident(incident).values())
        .filter((alarm) => unacknowledgedStates.has(stateOf(alarm)))
        .map(({ id }) => id),
  }
}

/** Changes that operators make to open alarms. `publish`: called with the changed alarms after they are stored. */
function createOperatorActs(
  clock: Pick<Clock, 'now'>,
  open: Pick<OpenAlarms, 'get' | 'ofIncident'>,
  writing: Pick<AlarmWriting, 'storeOperatorActs'>,
  publish: (changed: readonly AlarmRecord[]) => void,
) {
  /** Applies all changes or none. */
  const change = (ids: readonly string[], changesOf: (alarm: AlarmRecord) => readonly AlarmChange[]): AlarmsChanged => {
    const wanted = [...new Set(ids)]
    const found = wanted.flatMap((id) => open.get(id) ?? [])
    const notOpen = wanted.filter((id) => open.get(id) === undefined)
    const all = found.map((alarm) => changedBy(alarm, changesOf(alarm)))
    const changed = all.filter(({ changes }) => changes.length > 0)
    writing.storeOperatorActs(changed)
    publish(changed.map(({ alarm }) => alarm))
    return { alarms: all.map(({ alarm }) => shown(alarm)), notOpen }
  }

  return {
    acknowledge: ({ ids, incidents = [], until, comment }: AcknowledgeInput, by: string): Result<AlarmsChanged, 'endNotAhead'> => {
      const at = clock.now()
      if (until !== null && until <= at) return err('endNotAhead')
      // An incident without open alarms is answered as not open.
      const members = incidents.flatMap((incident) => {
        const all = [...open.ofIncident(incident).values()]
        return all.length === 0 ? [incident] : all.filter(({ acknowledged }) => acknowledged === null).map(({ id }) => id)
      })
      return ok(
        change([...ids, ...members], (alarm) => [
          ...(comment ? [{ kind: 'commented', at, by, text: comment } as const] : []),
          ...acknowledge(alarm, { by, at, until }),
        ]),
      )
    },
    /** Acknowledges by a link in a channel's message; `by` is the name entered, or ''. */
    acknowledgeByLink: (ids: readonly string[], by: string, link: string): void =>
      void change(ids, (alarm) => acknowledge(alarm, { by, at: clock.now(), until: null, link })),
    unacknowledge: (ids: readonly string[], by: string) => change(ids, (alarm) => unacknowledge(alarm, by, clock.now())),
    shelve: ({ ids, until, reason, endsHealedForMs }: ShelveInput, by: string): Result<AlarmsChanged, 'endNotAhead'> => {
      const at = clock.now()
      if (until <= at || until > at + longestShelfMs) return err('endNotAhead')
      return ok(change(ids, () => [{ kind: 'shelved', by, at, until, reason, endsHealedForMs }]))
    },
    unshelve: (ids: readonly string[], by: string) => change(ids, (alarm) => unshelve(alarm, by, clock.now())),
    comment: ({ ids, text }: CommentInput, by: string) => change(ids, () => [{ kind: 'commented', at: clock.now(), by, text }]),
  }
}

/** Maximum number of alarms at a past time; reading one takes about 50 µs. */
const mostThen = 20_000

function lastCommentIn(changes: readonly AlarmChange[]): SimilarAlarm['lastComment'] {
  const last = changes.findLast((change) => change.kind === 'commented')
  return last ? { at: last.at, by: last.by, text: last.text } : null
}

/** Reads stored alarms: changes, closed alarms, and alarms at a past time. What takes `asked` rejects when that aborts. */
function createPastAlarms(
  { clock, slices, around: { machines }, signal }: Pick<AlarmsDeps, 'clock' | 'slices' | 'around' | 'signal'>,
  rows: AlarmRows,
  open: Pick<OpenAlarms, 'get'>,
  writing: Pick<AlarmWriting, 'unwritten'>,
) {
  /** Aborted when this console stops or the caller leaves. */
  const endOf = (asked: AbortSignal | undefined): AbortSignal => (asked === undefined ? signal : AbortSignal.any([signal, asked]))
  /** Since when all alarms are known. `failures`: the value of `readFailures` before they were read, as unreadable alarms are not known. */
  const keptSince = (failures = rows.failures()): number => (rows.isDamaged() || rows.failures() !== failures ? clock.now() : rows.keptSince())
  /** Uses the open alarm if there is one: absence of the trouble and new reasons are stored only with the next change. */
  const stood = ({ alarm, changes }: ChangedAlarm, at: number) => alarmThen(open.get(alarm.id) ?? alarm, changes, at)

  return {
    /** `at`: the alarm as it was at that time. */
    get: (id: string, at?: number): AlarmDetails | null => {
      if (at !== undefined) {
        const latest = rows.read(id)
        const then = latest && stood(latest, at)
        return then && { ...shown(then), changes: latest.changes.filter((change) => change.at <= at) }
      }
      const { alarm = open.get(id) ?? rows.get(id), changes = [] } = writing.unwritten(id) ?? {}
      return alarm && { ...shown(alarm), changes: [...rows.changes(id), ...changes] }
    },
    /** Alarms open at a past time, as they were then, worst first. Read in slices, as there may be many. The error is the start of the retained alarms. */
    allThen: async (at: number, slice: Slice): Promise<Result<readonly Alarm[], number>> => {
      const failures = rows.failures()
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
    /** A page of closed alarms, most recently raised first; an error if too many must be read. */
    past: async (input: PastAlarmsInput, asked?: AbortSignal): Promise<Result<readonly Alarm[], SearchTooWide>> => {
      const found = await rows.closed(input, slices.begin(), endOf(asked))
      return found.ok ? ok(found.value.map(shown)) : found
    },
    /** Number of closed alarms, and the time since which all are retained. */
    kept: () => ({ closed: rows.closedCount(), since: keptSince() }),
    /** Start of the period for which all alarms are known. */
    keptSince: (): number => keptSince(),
    /** Number of failed reads of alarms.db so far: results obtained while this increases lack some closed alarms. */
    readFailures: rows.failures,
    /** Stored closed alarms, for statistics. */
    closed: rows as Pick<AlarmRows, 'changes' | 'within'>,
    /** Earlier closed alarms about the same, newest first; null: no such alarm. */
    similar: async (id: string, asked?: AbortSignal): Promise<readonly SimilarAlarm[] | null> => {
      const alarm = open.get(id) ?? rows.get(id)
      if (alarm === null) return null
      const [topic, part, path, { raisedAt }] = [topicOf(alarm), partOf(alarm.subject), pathOf(alarm.subject), alarm]
      const isAlike = ({ alarm: other }: ChangedAlarm) => other.raisedAt < raisedAt && topicOf(other) === topic && partOf(other.subject) === part
      const alike = await rows.closedOf({ owner: ownerIdOf(alarm.subject), path }, isAlike, mostSimilar, slices.begin(), endOf(asked))
      return alike.map((other) => ({ ...shown(other.alarm), lastComment: lastCommentIn(other.changes) }))
    },
    /** Periods since `from` in which a stream had alarms worse than a warning, or deviated from its usual values. */
    troubledSpans: (serverId: string, path: string, from: number, asked?: AbortSignal): Promise<readonly TroubledSpan[]> =>
      rows.spansOf(serverId, path, from, slices.begin(), endOf(asked)),
    /** What happened to alarms in a period, oldest first. */
    steps: (input: AlarmStepsInput, asked?: AbortSignal): Promise<readonly AlarmStep[]> => rows.steps(input, slices.begin(), endOf(asked)),
    /** The alarms of a period as they were at its end, serialized for a bundle. `hider` replaces publisher addresses; null: they are kept. */
    bundled: (scope: BundleScope, hider: AddressHider | null, asked?: AbortSignal): Promise<string> => {
      const failures = rows.failures()
      return bundledText({ within: rows.within, keptSince: () => keptSince(failures), machines }, scope, hider, slices.begin(), endOf(asked))
    },
  }
}
