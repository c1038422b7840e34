import type { Clock } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import type { Slice, Slices } from '../../clock/slices.ts'
import {
  type AcknowledgeInput,
  type Alarm,
  type AlarmCounts,
  type AlarmDetails,
  type AlarmStep,
  type AlarmStepsInput,
  type AlarmsChanged,
  type AlarmsInput,
  type CommentInput,
  countsOf,
  type PastAlarmsInput,
  type ShelveInput,
  type SimilarAlarm,
} from '../../shared/alarms.ts'
import type { BundleScope } from '../../shared/bundles.ts'
import type { Cause } from '../../shared/causes.ts'
import { type Incident, type IncidentDetails, isInTrouble } from '../../shared/incidents.ts'
import type { SearchTooWide } from '../../shared/refusals.ts'
import type { Result } from '../../shared/result.ts'
import { ownerIdOf } from '../../shared/subjectNames.ts'
import type { AlarmSubject, SubjectOf } from '../../shared/subjects.ts'
import type { AddressHider } from '../hiddenAddresses.ts'
import type { Log } from '../ports.ts'
import type { Database } from '../storage/openDatabase.ts'
import { type AlarmRecord, type ChangedAlarm, changedBy, endInTime, endsAt } from './alarmLife.ts'
import type { TroubledSpan } from './alarmReading.ts'
import { type AlarmRows, createAlarmRows } from './alarmRows.ts'
import type { closedLimits } from './alarmStoring.ts'
import { createAlarmWriting } from './alarmWriting.ts'
import type { BundledAlarms } from './bundledAlarms.ts'
import { type ChangedIncident, changedIncidents, type IncidentExtent } from './changedIncidents.ts'
import { createClosedMoves } from './closedMoves.ts'
import { createClosedRows } from './closedRows.ts'
import { createIncidentJoiner } from './joinIncidents.ts'
import type { Surroundings } from './joining.ts'
import { createJudge, type Judged } from './judgeOwner.ts'
import { createJudgeTurns } from './judgeTurns.ts'
import type { Judging } from './judging.ts'
import { knownIncidents } from './knownIncidents.ts'
import { createOpenAlarms, type OpenAlarms } from './openAlarms.ts'
import { createOperatorActs } from './operatorActs.ts'
import { createPastAlarms } from './pastAlarms.ts'
import { createShownAlarms, selectedOf } from './shownAlarms.ts'
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

/** Whether something happened to it, and not merely what it says has changed. */
const isNews = ({ changes }: ChangedAlarm): boolean => changes.some(({ kind }) => kind !== 'why')

/** Takes over what is stored of open alarms; of a shown past all that it has, of which nothing is open now. */
function takeOver(rows: AlarmRows, open: OpenAlarms, shownPast: BundledAlarms | null, now: number, log: Log): void {
  rows.begin(shownPast?.since ?? now)
  if (shownPast !== null) {
    // In the order in which they are numbered.
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

export function createAlarms(deps: AlarmsDeps): Alarms {
  const { clock, log, db, slices, judging, maintenanceOf, around, alongside, onRaised, onChange, shownPast = null, signal } = deps
  const open = createOpenAlarms()
  const rows = createAlarmRows(
    db,
    createClosedRows(deps.pastDb, log),
    (changed) => {
      if (shownPast === null) alongside(changedIncidents(changed, open))
    },
    deps.closedLimits,
  )
  takeOver(rows, open, shownPast, clock.now(), log)
  const writing = createAlarmWriting(rows, log)
  const shownAlarms = createShownAlarms(open)
  const judge = createJudge(open, maintenanceOf)
  const joinIncidents = createIncidentJoiner(open, { ...around, pendingOf: judge.pendingOf }, clock.now())

  const publish = (changed: readonly AlarmRecord[], refreshed: readonly AlarmRecord[] = []) => {
    if (changed.length + refreshed.length === 0) return
    const judged: SubjectOf<'server' | 'stream'>[] = []
    for (const alarm of [...refreshed, ...changed]) {
      const { subject } = alarm
      const before = worstOf(open.at(subject).values())
      open.put(alarm)
      if ((subject.kind === 'server' || subject.kind === 'stream') && worstOf(open.at(subject).values()) !== before) judged.push(subject)
    }
    shownAlarms.changed()
    onChange(changed.length > 0, judged)
  }
  const saw = ({ changed: judged, refreshed }: Judged) => {
    const changed = joinIncidents(judged, clock.now())
    // That one has come back before it had healed is no change, and counts beyond this process.
    const counted = refreshed.filter(({ id, count }) => open.get(id)?.count !== count)
    writing.seen([...changed, ...counted.map((alarm) => ({ alarm, changes: [] }))])
    onRaised(changed.flatMap(({ alarm, changes }) => (changes.some(({ kind }) => kind === 'raised' || kind === 'returned') ? [alarm] : [])))
    const [happened, restated] = [changed.filter(isNews), changed.filter((one) => !isNews(one))]
    publish(
      happened.map(({ alarm }) => alarm),
      [...refreshed, ...restated.map(({ alarm }) => alarm)],
    )
  }

  const turns = createJudgeTurns({ clock, log, judge: judge.judge, conditionsOf: judging.conditionsOf, saw, signal })
  const moveClosed = createClosedMoves({ clock, log, rows, isPastAway: deps.isPastAway, beginPastAnew: deps.beginPastAnew })

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
      const ended = [...open.all()].filter((alarm) => endsAt(alarm) <= at)
      saw({ changed: ended.map((alarm) => changedBy(alarm, endInTime(alarm, at))), refreshed: [] })
      for (const ownerId of new Set([...judge.restless(at), ...judging.restless()])) turns.soon(ownerId)
      moveClosed()
    },
  )

  return {
    judge: turns.soon,
    judgeAll: () => {
      for (const ownerId of new Set(Array.from(open.all(), ({ subject }) => ownerIdOf(subject)))) turns.soon(ownerId)
    },
    open: (input = {}) => selectedOf(shownAlarms.all(), input),
    counts: () => countsOf(shownAlarms.all()),
    inTrouble: () => shownAlarms.all().filter((alarm) => isInTrouble(alarm, alarm.state)),
    verdicts: verdictsBy(open),
    incidents: shownAlarms.incidents,
    ...knownIncidents(open, rows, writing),
    ...createPastAlarms({ clock, slices, rows, open, writing, signal }),
    ...createOperatorActs({ clock, open, writing, publish }),
    explain: (id, causes) => {
      const alarm = open.get(id)
      if (alarm === undefined) return
      const explained = { ...alarm, causes: [...causes] }
      writing.seen([{ alarm: explained, changes: [] }])
      publish([], [explained])
    },
    settled: turns.settled,
  }
}
