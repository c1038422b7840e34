import type { Clock } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import type { Slice, Slices } from '../../clock/slices.ts'
import {
  type AcknowledgeInput,
  type Alarm,
  type AlarmChange,
  type AlarmCounts,
  type AlarmDetails,
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
import { type Incident, type IncidentDetails, isInTrouble, mostAlarmsOfIncident } from '../../shared/incidents.ts'
import type { SearchTooWide } from '../../shared/refusals.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { type AlarmOwner, type AlarmSubject, alarmOwnerOf, ownerIdOf, partOf, pathOf, type SubjectOf } from '../../shared/subjectNames.ts'
import type { AddressHider } from '../hiddenAddresses.ts'
import type { Log } from '../ports.ts'
import type { Database } from '../storage/openDatabase.ts'
import { attemptWrite, classifyStorageError } from '../storage/storageTrouble.ts'
import { type AlarmRecord, acknowledge, type ChangedAlarm, changedBy, endInTime, endsAt, stateOf, unacknowledge, unshelve } from './alarmLife.ts'
import { type AlarmRows, type closedLimits, createAlarmRows, type TroubledSpan } from './alarmRows.ts'
import type { SeesCamera } from './alarmSearch.ts'
import { alarmThen } from './alarmThen.ts'
import { type BundledAlarms, bundledText } from './bundledAlarms.ts'
import { createEvaluator, type EvaluationResult } from './evaluateOwner.ts'
import type { Evaluation } from './evaluation.ts'
import { compareMembers, incidentOf, incidentsOf } from './incidents.ts'
import { IncidentJoiner, type Surroundings } from './joinIncidents.ts'
import { type ChangedIncident, changedIncidents, type IncidentExtent, OpenAlarms } from './openAlarms.ts'
import { compareAlarms, selectedOf, shown, verdictsBy, worstOf } from './shownAlarms.ts'

/** Length of the slots in each of which a changed reason is stored once, ms. */
const keptReasonMs = 600_000

export interface AlarmsDeps {
  readonly clock: Clock
  readonly log: Log
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
/** Maximum number of alarms at a past time; reading one takes about 50 µs. */
const mostThen = 20_000

/** Alarms: each stays open until its trouble has cleared and an operator knows about it. Methods that take `asked` reject when that aborts. */
export class Alarms {
  readonly #deps: AlarmsDeps
  readonly #open: OpenAlarms
  readonly #rows: AlarmRows
  readonly #evaluator: ReturnType<typeof createEvaluator>
  readonly #joiner: IncidentJoiner
  readonly verdicts: ReturnType<typeof verdictsBy>
  /** Changes that could not be stored because the disk is full, by alarm. */
  readonly #unwritten = new Map<string, ChangedAlarm>()
  /** What waits for its evaluation, by id. */
  readonly #waiting = new Map<string, AlarmOwner>()
  #rounds: Iterator<EvaluationResult> | null = null
  #turn: Promise<void> | null = null
  /** Open alarms and their incidents, worst first; null: not built since the last change. */
  #shown: readonly Alarm[] | null = null
  #incidents: readonly Incident[] | null = null

  constructor(deps: AlarmsDeps) {
    const { clock, log, db, open = new OpenAlarms(), evaluation, maintenanceOf, around, alongside, onDamaged, shownPast = null, signal } = deps
    this.#deps = deps
    this.#open = open
    const notify = (changed: readonly ChangedAlarm[]) => {
      if (shownPast === null) alongside(changedIncidents(changed, open))
    }
    this.#rows = createAlarmRows(db, { log, alongside: notify, onDamaged }, deps.closedLimits)
    this.#loadOrImport(shownPast)
    this.verdicts = verdictsBy(open)
    this.#evaluator = createEvaluator(open, maintenanceOf, deps.aliveUntil)
    this.#joiner = new IncidentJoiner(open, { ...around, pendingOf: this.#evaluator.pendingOf }, clock.now())
    const onBug = (error: unknown) => log.error({ error }, 'alarms could not be looked at')
    // Shelves and acknowledgements that expired while no console ran are handled only after channels are configured and servers evaluated.
    void every(clock)({ intervalMs: tickMs, timeoutMs: null, seed: 'alarms', firstDelayMs: tickMs, signal, onBug }, async () => {
      const at = clock.now()
      const ended = [...open.all()].filter((alarm) => endsAt(alarm) <= at)
      this.#apply({ changed: ended.map((alarm) => changedBy(alarm, endInTime(alarm, at))), refreshed: [] })
      for (const owner of [...this.#evaluator.timeDependentOwners(at), ...evaluation.timeDependentOwners()]) this.evaluate(owner)
      attemptWrite(() => this.#rows.trim())
    })
  }

  /** Loads the stored open alarms or, if a past is shown, writes all of its alarms, none of which is open now. */
  #loadOrImport(shownPast: BundledAlarms | null): void {
    this.#rows.begin(shownPast?.since ?? this.#deps.clock.now())
    if (shownPast !== null) {
      const inOrder = shownPast.alarms.toSorted(({ alarm: a }, { alarm: b }) => a.raisedAt - b.raisedAt)
      this.#rows.write(inOrder)
      return
    }
    const { alarms, unreadable } = this.#rows.open()
    for (const alarm of alarms) this.#open.put(alarm)
    if (unreadable > 0) this.#deps.log.error({ alarms: unreadable }, 'some open alarms cannot be read: what lasts of them is raised again')
  }

  // Evaluation: one server or host after the other, each in a turn of the event loop of its own; a large failure is spread over several turns.

  /** Re-evaluates a server or host with everything that belongs to it, once, in one of the next turns. To be called after each poll and state change. */
  evaluate(owner: AlarmOwner): void {
    this.#waiting.set(ownerIdOf(owner), owner)
    if (this.#turn === null) this.#takeTurn()
  }
  /** Re-evaluates everything with an open alarm: maintenance windows began or ended. */
  evaluateAll(): void {
    for (const { subject } of this.#open.all()) this.evaluate(alarmOwnerOf(subject))
  }
  async settled(): Promise<void> {
    while (this.#turn !== null) await this.#turn
  }
  #takeTurn(): void {
    const { log, signal } = this.#deps
    this.#turn = new Promise((resolve) =>
      setImmediate(() => {
        try {
          if (!signal.aborted) this.#evaluateNext()
        } catch (error) {
          // A bug with one server must end neither the engine nor the evaluation of the others.
          this.#rounds = null
          log.error({ error }, 'the alarms of a server or host could not be judged')
        }
        this.#turn = null
        if ((this.#rounds !== null || this.#waiting.size > 0) && !signal.aborted) this.#takeTurn()
        resolve()
      }),
    )
  }
  #evaluateNext(): void {
    const { clock, evaluation } = this.#deps
    const [next] = this.#waiting
    if (this.#rounds === null && next !== undefined) {
      const [id, owner] = next
      this.#waiting.delete(id)
      this.#rounds = this.#evaluator.evaluate(owner, evaluation.conditionsOf(owner), clock.now())[Symbol.iterator]()
    }
    const round = this.#rounds?.next()
    if (round?.done === false) this.#apply(round.value)
    else this.#rounds = null
  }

  #apply({ changed: evaluated, refreshed }: EvaluationResult): void {
    const changed = this.#joiner.join(evaluated, this.#deps.clock.now())
    // That an event happened again, and another reason, are no changes, but must survive a restart: new figures the first time in each ten minutes.
    const kept = refreshed.filter(({ id, count, why, whySince = 0 }) => {
      const before = this.#open.get(id)
      if (before === undefined || before.count !== count || before.why.kind !== why.kind) return true
      return Math.floor((before.whySince ?? before.raisedAt) / keptReasonMs) < Math.floor(whySince / keptReasonMs)
    })
    this.#storeObserved([...changed, ...kept.map((alarm) => ({ alarm, changes: [] }))])
    const begun = changed.filter(({ changes }) => changes.some(({ kind }) => kind === 'raised' || kind === 'returned'))
    this.#deps.onRaised(begun.map(({ alarm }) => alarm))
    this.#publish(
      changed.map(({ alarm }) => alarm),
      refreshed,
    )
  }
  /** `refreshed`: only their figures or reasons have changed. */
  #publish(changed: readonly AlarmRecord[], refreshed: readonly AlarmRecord[] = []): void {
    if (changed.length + refreshed.length === 0) return
    const evaluated: SubjectOf<'server' | 'stream'>[] = []
    for (const alarm of [...refreshed, ...changed]) {
      const { subject } = alarm
      const before = worstOf(this.#open.at(subject).values())
      this.#open.put(alarm)
      if ((subject.kind === 'server' || subject.kind === 'stream') && worstOf(this.#open.at(subject).values()) !== before) evaluated.push(subject)
    }
    this.#shown = this.#incidents = null
    this.#deps.onChange(changed.length > 0, evaluated)
  }

  /** Throws if it can't be stored. */
  #store(changed: readonly ChangedAlarm[]): void {
    if (changed.length === 0) return
    const all = new Map(this.#unwritten)
    for (const one of changed) all.set(one.alarm.id, this.#afterUnwritten(one))
    this.#rows.write([...all.values()])
    this.#unwritten.clear()
  }
  /** Observed changes apply even if storing fails, and are then stored with the next change. */
  #storeObserved(changed: readonly ChangedAlarm[]): void {
    try {
      this.#store(changed)
    } catch (error) {
      const trouble = classifyStorageError(error)
      if (trouble === null || trouble === 'damaged') throw error
      for (const one of changed) this.#unwritten.set(one.alarm.id, this.#afterUnwritten(one))
      this.#deps.log.warn({ trouble, alarms: changed.length }, 'changes of alarms are not stored yet')
    }
  }
  #afterUnwritten({ alarm, changes }: ChangedAlarm): ChangedAlarm {
    return { alarm, changes: [...(this.#unwritten.get(alarm.id)?.changes ?? []), ...changes] }
  }

  // What is open now.

  /** Open alarms, worst first. */
  open(input: Partial<AlarmsInput> = {}): readonly Alarm[] {
    return selectedOf(this.#allShown(), input)
  }
  #allShown(): readonly Alarm[] {
    this.#shown ??= Array.from(this.#open.all(), shown).sort(compareAlarms)
    return this.#shown
  }
  counts(): AlarmCounts {
    return countsOf(this.#allShown())
  }
  /** Alarms whose trouble persists and that are neither shelved nor suppressed nor out of service, worst first. */
  inTrouble(): readonly Alarm[] {
    return this.#allShown().filter((alarm) => isInTrouble(alarm, alarm.state))
  }
  incidents(): readonly Incident[] {
    this.#incidents ??= incidentsOf(Array.from(this.#open.incidents(), (id) => [id, Array.from(this.#open.ofIncident(id).values(), shown)]))
    return this.#incidents
  }
  /** An incident with its worst 1,000 alarms, open and closed, or changed and not stored yet; null: unknown. */
  incident(id: string): IncidentDetails | null {
    const members = new Map(this.#rows.ofIncident(id, mostAlarmsOfIncident).map((alarm) => [alarm.id, alarm]))
    for (const { alarm } of this.#unwritten.values()) if (alarm.incident === id) members.set(alarm.id, alarm)
    for (const alarm of this.#open.ofIncident(id).values()) members.set(alarm.id, alarm)
    const all = Array.from(members.values(), shown)
    const incident = incidentOf(id, all)
    return incident && { ...incident, alarms: all.sort(compareMembers).slice(0, mostAlarmsOfIncident) }
  }
  /** Id of the incident of an alarm; null: no such alarm. */
  incidentOf(alarmId: string): string | null {
    return this.#latest(alarmId)?.incident ?? null
  }
  #latest(id: string): AlarmRecord | null {
    return this.#open.get(id) ?? this.#rows.get(id)
  }
  /** Extent of an incident; null: it has no open alarm. */
  extent(id: string): IncidentExtent | null {
    return this.#open.extent(id)
  }
  /** Extents of all incidents with open alarms. */
  *extents(): Iterable<readonly [incident: string, IncidentExtent]> {
    for (const id of this.#open.incidents()) yield [id, this.extent(id) as IncidentExtent]
  }
  /** Ids of an incident's open alarms that nobody has acknowledged or shelved. */
  unacknowledgedOf(incident: string): readonly string[] {
    const isUnacknowledged = (alarm: AlarmRecord) => ['unacknowledged', 'healedUnseen'].includes(stateOf(alarm))
    return [...this.#open.ofIncident(incident).values()].filter(isUnacknowledged).map(({ id }) => id)
  }
  /** Sets the causes of an open alarm. */
  explain(id: string, causes: readonly Cause[]): void {
    const alarm = this.#open.get(id)
    if (alarm === undefined) return
    const explained = { ...alarm, causes: [...causes] }
    this.#storeObserved([{ alarm: explained, changes: [] }])
    this.#publish([], [explained])
  }

  // What operators do.

  /** Applies all changes or none. */
  #change(ids: readonly string[], changesOf: (alarm: AlarmRecord) => readonly AlarmChange[]): AlarmsChanged {
    const wanted = [...new Set(ids)]
    const all = wanted.flatMap((id) => this.#open.get(id) ?? []).map((alarm) => changedBy(alarm, changesOf(alarm)))
    const notOpen = wanted.filter((id) => this.#open.get(id) === undefined)
    const changed = all.filter(({ changes }) => changes.length > 0)
    this.#store(changed)
    this.#publish(changed.map(({ alarm }) => alarm))
    return { alarms: all.map(({ alarm }) => shown(alarm)), notOpen }
  }
  acknowledge({ ids, incidents = [], until, comment }: AcknowledgeInput, by: string): Result<AlarmsChanged, 'BAD_REQUEST'> {
    const at = this.#deps.clock.now()
    if (until !== null && until <= at) return err('BAD_REQUEST')
    // An incident without open alarms is answered as not open.
    const members = incidents.flatMap((incident) => {
      const all = [...this.#open.ofIncident(incident).values()]
      return all.length === 0 ? [incident] : all.filter(({ acknowledged }) => acknowledged === null).map(({ id }) => id)
    })
    const said: readonly AlarmChange[] = comment ? [{ kind: 'commented', at, by, text: comment }] : []
    return ok(this.#change([...ids, ...members], (alarm) => [...said, ...acknowledge(alarm, { by, at, until })]))
  }
  /** Acknowledges by a link in a channel's message; `by` is the name entered, or ''. */
  acknowledgeByLink(ids: readonly string[], by: string, link: string): void {
    this.#change(ids, (alarm) => acknowledge(alarm, { by, at: this.#deps.clock.now(), until: null, link }))
  }
  unacknowledge(ids: readonly string[], by: string): AlarmsChanged {
    return this.#change(ids, (alarm) => unacknowledge(alarm, by, this.#deps.clock.now()))
  }
  shelve({ ids, until, reason, endsHealedForMs }: ShelveInput, by: string): Result<AlarmsChanged, 'BAD_REQUEST'> {
    const at = this.#deps.clock.now()
    if (until <= at || until > at + longestShelfMs) return err('BAD_REQUEST')
    return ok(this.#change(ids, () => [{ kind: 'shelved', by, at, until, reason, endsHealedForMs }]))
  }
  unshelve(ids: readonly string[], by: string): AlarmsChanged {
    return this.#change(ids, (alarm) => unshelve(alarm, by, this.#deps.clock.now()))
  }
  comment({ ids, text }: CommentInput, by: string): AlarmsChanged {
    return this.#change(ids, () => [{ kind: 'commented', at: this.#deps.clock.now(), by, text }])
  }

  // What is stored: changes, closed alarms, and alarms at a past time.

  /** Aborted when this console stops or the caller leaves. */
  #endOf(asked: AbortSignal | undefined): AbortSignal {
    return asked === undefined ? this.#deps.signal : AbortSignal.any([this.#deps.signal, asked])
  }
  /** Since when all alarms are known. `failures`: the value of `readFailures` before they were read, as unreadable alarms are not known. */
  keptSince(failures = this.readFailures()): number {
    return this.#rows.isDamaged() || this.readFailures() !== failures ? this.#deps.clock.now() : this.#rows.keptSince()
  }
  /** Number of failed reads of alarms.db so far: results obtained while this increases lack some closed alarms. */
  readFailures(): number {
    return this.#rows.failures()
  }
  /** Number of closed alarms, and the time since which all are retained. */
  kept() {
    return { closed: this.#rows.closedCount(), since: this.keptSince() }
  }
  /** Stored closed alarms, for statistics. */
  get closed(): Pick<AlarmRows, 'changes' | 'within'> {
    return this.#rows
  }
  /** The open alarm counts if there is one: absence of the trouble and new reasons are stored only with the next change. */
  #then({ alarm, changes }: ChangedAlarm, at: number): AlarmRecord | null {
    return alarmThen(this.#open.get(alarm.id) ?? alarm, changes, at)
  }
  /** `at`: the alarm as it was at that time. */
  get(id: string, at?: number): AlarmDetails | null {
    if (at !== undefined) {
      const latest = this.#rows.read(id)
      const then = latest && this.#then(latest, at)
      return then && { ...shown(then), changes: latest.changes.filter((change) => change.at <= at) }
    }
    const { alarm = this.#latest(id), changes = [] } = this.#unwritten.get(id) ?? {}
    return alarm && { ...shown(alarm), changes: [...this.#rows.changes(id), ...changes] }
  }
  /** Alarms open at a past time, as they were then, worst first. Read in slices, as there may be many. The error is the start of the retained alarms. */
  async allThen(at: number, slice: Slice): Promise<Result<readonly Alarm[], number>> {
    const failures = this.readFailures()
    if (at < this.keptSince()) return err(this.keptSince())
    const then: Alarm[] = []
    for (const stored of this.#rows.openThen(at, mostThen)) {
      const alarm = this.#then(stored, at)
      if (alarm !== null) then.push(shown(alarm))
      if (slice.isOver()) await slice.next(this.#deps.signal)
    }
    const since = this.keptSince(failures)
    return at < since ? err(since) : ok(then.sort(compareAlarms))
  }
  /** A page of closed alarms, most recently raised first; an error if too many must be read. `sees`: by which cameras its caller may find some. */
  async past(input: PastAlarmsInput, asked?: AbortSignal, sees?: SeesCamera | null): Promise<Result<readonly Alarm[], SearchTooWide>> {
    const found = await this.#rows.closed(input, this.#deps.slices.begin(), this.#endOf(asked), sees)
    return found.ok ? ok(found.value.map(shown)) : found
  }
  /** Earlier closed alarms about the same, newest first; null: no such alarm. */
  async similar(id: string, asked?: AbortSignal): Promise<readonly SimilarAlarm[] | null> {
    const alarm = this.#latest(id)
    if (alarm === null) return null
    const [topic, part, path, { raisedAt }] = [topicOf(alarm), partOf(alarm.subject), pathOf(alarm.subject), alarm]
    const isAlike = ({ alarm: other }: ChangedAlarm) => other.raisedAt < raisedAt && topicOf(other) === topic && partOf(other.subject) === part
    const of = { owner: ownerIdOf(alarm.subject), path }
    const alike = await this.#rows.closedOf(of, isAlike, mostSimilar, this.#deps.slices.begin(), this.#endOf(asked))
    return alike.map(({ alarm: other, changes }) => {
      const last = changes.findLast((change) => change.kind === 'commented')
      return { ...shown(other), lastComment: last ? { at: last.at, by: last.by, text: last.text } : null }
    })
  }
  /** Periods since `from` in which a stream had alarms worse than a warning, or deviated from its usual values. */
  troubledSpans(serverId: string, path: string, from: number, asked?: AbortSignal): Promise<readonly TroubledSpan[]> {
    return this.#rows.spansOf(serverId, path, from, this.#deps.slices.begin(), this.#endOf(asked))
  }
  /** What happened to alarms in a period, oldest first. */
  steps(input: AlarmStepsInput, asked?: AbortSignal): Promise<readonly AlarmStep[]> {
    return this.#rows.steps(input, this.#deps.slices.begin(), this.#endOf(asked))
  }
  /** The alarms of a period as they were at its end, serialized for a bundle. `hider` replaces publisher addresses; null: they are kept. */
  bundled(scope: BundleScope, hider: AddressHider | null, sees: SeesCamera | null, asked?: AbortSignal): Promise<string> {
    const failures = this.readFailures()
    const { within } = this.#rows
    const stored = { within, open: (id: string) => this.#open.get(id), keptSince: () => this.keptSince(failures), machines: this.#deps.around.machines }
    return bundledText(stored, scope, hider, sees, this.#deps.slices.begin(), this.#endOf(asked))
  }
}
