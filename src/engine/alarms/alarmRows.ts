import type { Database } from 'better-sqlite3'
import type { Slice } from '../../clock/slices.ts'
import { type AlarmChange, type AlarmStep, type AlarmStepsInput, alarmChangeSchema, type PastAlarmsInput } from '../../shared/alarms.ts'
import type { SearchTooWide } from '../../shared/refusals.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { type AlarmSubject, alarmSubjectSchema, ownerIdOf, pathOf } from '../../shared/subjects.ts'
import { latestTime } from '../../shared/time.ts'
import { storedJson } from '../storage/storedJson.ts'
import { unsynced } from '../storage/unsynced.ts'
import type { AlarmRecord, ChangedAlarm } from './alarmLife.ts'
import { hash48, searchTest } from './alarmSearch.ts'
import { mostChanges } from './alarmThen.ts'
import type { Numbered } from './closedReading.ts'
import type { ClosedRows } from './closedRows.ts'
import type { AlarmPlace, AlarmRef } from './closedSearch.ts'
import type { ClosedAlarm } from './closedWriting.ts'
import { placeOf } from './openAlarms.ts'
import { readAlarm, readable, storedAlarmSchema } from './storedAlarm.ts'

/**
 * Closed alarms beyond this number, and those that make alarms.db larger than these bytes, are deleted, those closed first. While alarms.db takes none, no
 * more than `waiting` wait in main.db, which is copied each day. A search looks through `looked` alarms that are not what was asked for, which takes some
 * 0.8 s in all.
 */
export const closedLimits = { alarms: 1_000_000, bytes: 1_000_000_000, waiting: 50_000, looked: 20_000 }
/** Beyond a limit so many are deleted at once. */
const trimmedAtOnce = 200
/** So many are moved to alarms.db at once: some 10 ms with what the disk takes. */
const movedAtOnce = 50
/** Of one stream. */
const mostSpans = 1_000
/** So many closed alarms of one thing are looked through, here and in alarms.db each, for those that are wanted. */
const mostLookedAt = 500
/** Of one period, that are not in alarms.db: a row is found in some 2 µs. */
const mostHere = 20_000
/** So many alarms are read for the steps of a period at most. */
const mostStepped = 5_000

/** A period, and of what alarms are asked for. */
export interface AlarmPeriod extends AlarmPlace {
  readonly from: number
  readonly to: number
  readonly onlyClosed?: boolean
}

/** When a stream was in trouble. `to` null: it lasts. */
export interface TroubledSpan {
  readonly from: number
  readonly to: number | null
}

interface Row {
  readonly no: number
  readonly id: string
  readonly incident: string
  readonly owner_id: string
  readonly raised_at: number
  readonly closed_at: number
  readonly alarm: string
}

/**
 * What is stored of alarms: the only SQL on `alarms` and `alarm_changes`. main.db has the open ones and those that have just been closed; these are moved to
 * alarms.db, first stored there and then deleted here, so that each is always in one of them. One that is in both is that of alarms.db.
 */
export function createAlarmRows(db: Database, past: ClosedRows, alongside: (changed: readonly ChangedAlarm[]) => void, limits = closedLimits) {
  const selectOpen = db.prepare('SELECT alarm FROM alarms WHERE closed_at IS NULL').pluck()
  const selectOne = db.prepare('SELECT alarm FROM alarms WHERE id = ?').pluck()
  const selectAt = db.prepare('SELECT id FROM alarms WHERE no = ?').pluck()
  const selectNo = db.prepare('SELECT no FROM alarms WHERE id = ?').pluck()
  const selectLast = db.prepare('SELECT coalesce(max(no), 0) FROM alarms').pluck()
  const selectIds = db.prepare('SELECT id FROM alarms')
  const selectChanges = db.prepare('SELECT change FROM alarm_changes WHERE alarm_id = ? ORDER BY place').pluck()
  const upsert = db
    .prepare(`
    INSERT INTO alarms (id, incident, owner_id, path, severity, raised_at, closed_at, alarm, no) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET incident = excluded.incident, severity = excluded.severity, closed_at = excluded.closed_at, alarm = excluded.alarm
    RETURNING no`)
    .pluck()
  const selectIncident = db.prepare('SELECT alarm FROM alarms WHERE incident = ? ORDER BY closed_at IS NOT NULL, raised_at DESC LIMIT ?').pluck()
  const nextPlace = db.prepare('SELECT coalesce(max(place) + 1, 0) FROM alarm_changes WHERE alarm_id = ?').pluck()
  const insertChange = db.prepare('INSERT INTO alarm_changes (alarm_id, place, change) VALUES (?, ?, ?)')
  const replaceLast = db.prepare('UPDATE alarm_changes SET change = ? WHERE alarm_id = ? AND place = ?')
  const selectClosed = db.prepare('SELECT no, id, incident, owner_id, raised_at, closed_at, alarm FROM alarms WHERE closed_at IS NOT NULL ORDER BY no LIMIT ?')
  const selectClosedPage = db.prepare(`
    SELECT no, id, alarm FROM alarms WHERE closed_at IS NOT NULL AND no < ? AND raised_at >= ? AND raised_at <= ? ORDER BY no DESC LIMIT ?`)
  const selectWaiting = db.prepare('SELECT id, closed_at FROM alarms WHERE closed_at IS NOT NULL ORDER BY closed_at LIMIT ?')
  const countClosed = db.prepare('SELECT count(*) FROM alarms WHERE closed_at IS NOT NULL').pluck()
  const remove = db.prepare('DELETE FROM alarms WHERE id = ?')
  const selectKept = db.prepare('SELECT since FROM alarms_kept').pluck()
  const beginKept = db.prepare('INSERT INTO alarms_kept (since) VALUES (?)')
  const selectMoved = db.prepare('SELECT moved FROM alarms_kept').pluck()
  const noteMoved = db.prepare('UPDATE alarms_kept SET moved = ?')
  const raiseMoved = db.prepare('UPDATE alarms_kept SET moved = max(moved, ?)')
  const forget = db.prepare('UPDATE alarms_kept SET since = max(since, ?)')
  // Told which index: SQLite would rather read every row.
  const selectWithin = db.prepare(`
    SELECT no, closed_at AS closedAt FROM alarms WHERE rowid IN (
        SELECT rowid FROM alarms INDEXED BY alarm_spans WHERE closed_at IS NULL AND raised_at <= $to
        UNION ALL SELECT rowid FROM alarms INDEXED BY alarm_spans WHERE closed_at >= $from AND raised_at <= $to)
      AND ($owner IS NULL OR owner_id = $owner) AND ($path IS NULL OR path = $path) AND ($closed = 0 OR closed_at IS NOT NULL)
    ORDER BY closed_at IS NULL DESC, closed_at DESC, raised_at DESC LIMIT ${mostHere}`)
  const selectThen = db
    .prepare(`
    SELECT id FROM alarms WHERE raised_at <= $at AND (closed_at IS NULL OR closed_at > $at)
    ORDER BY CASE severity WHEN 'critical' THEN 0 WHEN 'major' THEN 1 WHEN 'minor' THEN 2 ELSE 3 END, raised_at DESC LIMIT $most`)
    .pluck()
  const selectOfRule = db.prepare(`
    SELECT alarm ->> 'subject' AS subject, count(*) AS count FROM alarms WHERE (closed_at IS NULL OR closed_at >= $from)
    AND coalesce(alarm ->> 'rule', alarm ->> 'kind') = $rule GROUP BY 1`)
  const selectClosedOf = db.prepare('SELECT no FROM alarms WHERE owner_id = ? AND path IS ? AND closed_at IS NOT NULL ORDER BY no DESC LIMIT ?').pluck()

  const changesOf = (id: string): readonly AlarmChange[] => selectChanges.all(id).flatMap((text) => readable(alarmChangeSchema, text))
  const numbered = ({ no, id, alarm }: Pick<Row, 'no' | 'id' | 'alarm'>): readonly Numbered[] =>
    readable(storedAlarmSchema, alarm).map((read) => ({ no, alarm: read, changes: changesOf(id) }))
  const here = (id: string): AlarmRecord | null => {
    const text = selectOne.get(id)
    return (text === undefined ? undefined : readable(storedAlarmSchema, text)[0]) ?? null
  }
  /** Those raised last, the newest first, each once: one that was moved meanwhile, or that a killed process left in both. */
  const newest = (ones: readonly Numbered[], most: number): readonly Numbered[] =>
    [...new Map(ones.map((one) => [one.alarm.id, one])).values()].sort((a, b) => b.no - a.no).slice(0, most)

  let nextNo = Math.max(selectLast.get() as number, past.lastNo(), Number(selectMoved.get() ?? 0)) + 1
  /** Whether any may be waiting to be moved, or be beyond a limit there. Asked every second, when there is hardly ever one: to look costs more than all else then. */
  let mayMove = true
  const write = db.transaction((changed: readonly ChangedAlarm[]) => {
    for (const { alarm, changes } of changed) {
      const { id, incident, subject, severity, raisedAt, closed } = alarm
      const closedAt = closed && Math.round(closed.at)
      const no = upsert.get(id, incident, ownerIdOf(subject), pathOf(subject), severity, Math.round(raisedAt), closedAt, JSON.stringify(alarm), nextNo)
      if (no === nextNo) nextNo++
      if (closed !== null) mayMove = true
      let place = nextPlace.get(id) as number
      for (const change of changes) {
        const text = JSON.stringify(change)
        // What else happened is worth more than what it said meanwhile.
        if (change.kind === 'why' && place >= mostChanges - 1) continue
        if (place < mostChanges) insertChange.run(id, place++, text)
        else replaceLast.run(text, id, mostChanges - 1)
      }
    }
    alongside(changed)
  })
  const removeAll = db.transaction((closed: readonly { readonly id: string }[]) => {
    for (const { id } of closed) remove.run(id)
  })
  const removeMoved = db.transaction((closed: readonly { readonly id: string }[]) => {
    removeAll(closed)
    raiseMoved.run(past.lastNo())
  })

  // A process that was killed between storing them there and deleting them here.
  const twice = (selectIds.all() as readonly Pick<Row, 'id'>[]).filter(({ id }) => past.withId(id) !== null)
  if (twice.length > 0) removeMoved(twice)

  /** They stay: nothing can be said of them. */
  const unreadable = new Set<string>()
  const toMove = (most: number): readonly ClosedAlarm[] =>
    (selectClosed.all(most + unreadable.size) as readonly Row[])
      .filter(({ id }) => !unreadable.has(id))
      .slice(0, most)
      .flatMap(({ no, id, incident, raised_at: raisedAt, closed_at: closedAt, alarm }) => {
        const changes = selectChanges.all(id) as readonly string[]
        const read = readAlarm(storedJson(alarm), [])
        if (read === null) unreadable.add(id)
        return read === null ? [] : [{ no, id, incident, raisedAt, closedAt, alarm, changes, read: { ...read, changes: changesOf(id) } }]
      })
  /** Deletes some of what is beyond a limit. From when on alarms are known is noted before. Returns whether it did. */
  const trim = (): boolean => {
    const tooMany = past.count() - limits.alarms
    const most = tooMany > 0 ? Math.min(tooMany, trimmedAtOnce) : past.bytes() > limits.bytes ? trimmedAtOnce : 0
    if (most === 0) return false
    const oldest = past.oldest(most)
    forget.run(oldest.reduce((latest, { closedAt }) => Math.max(latest, closedAt), 0))
    past.remove(oldest.map(({ no }) => no))
    return oldest.length > 0
  }

  const read = (id: string): ChangedAlarm | null => {
    const alarm = here(id)
    return alarm === null ? past.withId(id) : { alarm, changes: changesOf(id) }
  }
  const at = (no: number): ChangedAlarm | null => {
    const id = selectAt.get(no) as string | undefined
    return id === undefined ? past.at(no) : read(id)
  }
  /**
   * Those that were open at some time of a period, read one by one in slices: those that are here, the open ones first, and then those of alarms.db, each
   * closed last first. Others may be moved meanwhile; each is found once.
   */
  async function* within(
    { from, to, owner, path, onlyClosed = false }: AlarmPeriod,
    slice: Slice,
    signal: AbortSignal,
  ): AsyncIterable<AlarmRef & ChangedAlarm> {
    const mine = selectWithin.all({ from, to, owner: owner ?? null, path: path ?? null, closed: onlyClosed ? 1 : 0 }) as readonly AlarmRef[]
    const listed = new Set(mine.map(({ no }) => no))
    const pieces = function* () {
      yield mine
      for (const piece of past.within(from, to, { owner, path })) yield piece.filter(({ no }) => !listed.has(no))
    }
    for (const piece of pieces()) {
      if (slice.isOver()) await slice.next(signal)
      for (const ref of piece) {
        if (slice.isOver()) await slice.next(signal)
        const one = at(ref.no)
        if (one !== null) yield { ...ref, ...one }
      }
    }
  }
  return {
    /** Notes since when alarms are kept, unless that is known and alarms.db has what it had. */
    begin: (at: number): void => {
      if (selectKept.get() === undefined) beginKept.run(Math.round(at))
      const failures = past.failures()
      const last = past.lastNo()
      // What can't be read is not lost yet.
      if (last >= (selectMoved.get() as number) || past.failures() !== failures) return
      forget.run(Math.round(at))
      noteMoved.run(last)
    },
    /** From when on all alarms are known. */
    keptSince: (): number => selectKept.get() as number,
    /** How many closed ones there are. */
    closedCount: (): number => (countClosed.get() as number) + past.count(),
    /** Moves some of the closed ones to alarms.db, and deletes there what is beyond its limits. Returns whether more are to be moved. */
    move: (): boolean => {
      if (!mayMove) return false
      const knownUnreadable = unreadable.size
      const closed = toMove(movedAtOnce)
      if (closed.length > 0) {
        if (!past.put(closed)) return false
        // A power cut may take this back, but not what is stored there.
        unsynced(db, () => removeMoved(closed))
      }
      const hasTrimmed = trim()
      mayMove = hasTrimmed || closed.length > 0 || unreadable.size > knownUnreadable
      return hasTrimmed || closed.length === movedAtOnce
    },
    /** Deletes what waits here beyond its limit, because alarms.db takes none: those closed first. */
    shed: (): void => {
      const tooMany = (countClosed.get() as number) - limits.waiting
      if (tooMany <= 0) return
      const oldest = selectWaiting.all(tooMany) as readonly Pick<Row, 'id' | 'closed_at'>[]
      forget.run(oldest.at(-1)?.closed_at ?? 0)
      unsynced(db, () => removeAll(oldest))
    },
    /** Whether alarms.db is damaged: closed ones that are not here can't be read. */
    isPastDamaged: past.isDamaged,
    /** As of `ClosedRows`. */
    pastFailures: past.failures,
    /** Begins alarms.db anew by `begin`, which returns whether it did. Returns the same. */
    beginPastAnew: (at: number, begin: () => boolean): boolean => {
      // Noted before: otherwise there would be none, as if there had been none.
      forget.run(Math.round(at))
      if (!begin()) return false
      past.begunAnew()
      mayMove = true
      noteMoved.run(past.lastNo())
      return true
    },
    /** Those that were open at a moment, as they were last: the worst ones here and those of alarms.db, in no order, read one by one; others may be moved meanwhile. */
    *openThen(at: number, most: number): Iterable<ChangedAlarm> {
      const found = new Set<string>()
      for (const id of selectThen.all({ at, most }) as readonly string[]) {
        const alarm = here(id)
        if (alarm === null) continue
        found.add(id)
        yield { alarm, changes: changesOf(id) }
      }
      for (const no of past.openThen(at, most)) {
        const one = past.at(no)
        if (one !== null && !found.has(one.alarm.id)) yield one
      }
    },
    /** When a stream had alarms worse than a warning, or was off what is usual, since a moment: of the last ones. `to` null: it lasts. Works in slices. */
    spansOf: async (owner: string, path: string, from: number, slice: Slice, signal: AbortSignal): Promise<readonly TroubledSpan[]> => {
      const spans: TroubledSpan[] = []
      let read = 0
      for await (const { alarm } of within({ from, to: latestTime, owner, path }, slice, signal)) {
        const { kind, severity, raisedAt, since, healedAt, closed } = alarm
        if (kind !== 'happened' && (severity !== 'warning' || kind === 'offUsual'))
          spans.push({ from: Math.min(raisedAt, since), to: healedAt ?? closed?.at ?? null })
        if (++read === mostSpans) break
      }
      return spans
    },
    /** Counts alarms of a rule that were open since a moment, by what they are about. Works in slices. */
    ofRule: async (rule: string, from: number, slice: Slice, signal: AbortSignal): Promise<(subject: AlarmSubject) => number> => {
      const counts = new Map<number, number>()
      const add = (place: number, count: number) => counts.set(place, (counts.get(place) ?? 0) + count)
      for (const { subject, count } of selectOfRule.all({ rule, from }) as readonly { readonly subject: string; readonly count: number }[])
        for (const of of readable(alarmSubjectSchema, subject)) add(hash48(placeOf(of)), count)
      for (const places of past.placesOf(rule, from)) {
        for (const place of places) add(place, 1)
        if (slice.isOver()) await slice.next(signal)
      }
      return (subject) => counts.get(hash48(placeOf(subject))) ?? 0
    },
    /** The closed alarms of a stream (`path` null: of a server or host and its parts) that pass, those raised last first. Works in slices. */
    closedOf: async (
      { owner, path }: { readonly owner: string; readonly path: string | null },
      passes: (one: ChangedAlarm) => boolean,
      most: number,
      slice: Slice,
      signal: AbortSignal,
    ): Promise<readonly ChangedAlarm[]> => {
      const mine: Numbered[] = []
      for (const no of selectClosedOf.all(owner, path, mostLookedAt) as readonly number[]) {
        // It may be moved meanwhile.
        const one = at(no)
        if (one !== null && passes(one)) mine.push({ no, ...one })
        if (mine.length === most) break
        if (slice.isOver()) await slice.next(signal)
      }
      const moved: Numbered[] = []
      let lookedAt = 0
      for (const { looked, found } of past.search({ serverId: [owner], path }, Number.MAX_SAFE_INTEGER, 0)) {
        moved.push(...found.filter(passes))
        lookedAt += looked
        if (moved.length >= most || lookedAt >= mostLookedAt) break
        if (slice.isOver()) await slice.next(signal)
      }
      return newest([...mine, ...moved], most)
    },
    within,
    /** What happened in a period, the newest, oldest first. Works in slices. */
    steps: async (input: AlarmStepsInput, slice: Slice, signal: AbortSignal): Promise<readonly AlarmStep[]> => {
      const { serverId, hostId, probeId, path, from, to = latestTime, limit } = input
      const steps: AlarmStep[] = []
      const oldest = () => {
        steps.sort((a, b) => a.change.at - b.change.at).splice(0, Math.max(0, steps.length - limit))
        return steps.length < limit ? Number.NEGATIVE_INFINITY : (steps[0]?.change.at ?? 0)
      }
      let read = 0
      for await (const one of within({ from, to, owner: serverId ?? hostId ?? probeId, path }, slice, signal)) {
        steps.push(...stepsOf(one).filter(({ change }) => change.at >= from && change.at <= to))
        // What happened to those that were closed before is older.
        if (++read === mostStepped || (steps.length > 2 * limit && one.closedAt !== null && one.closedAt < oldest())) break
      }
      oldest()
      return steps
    },
    /** One that can't be read is left out: the rest must not be lost with it. */
    open: (): { readonly alarms: readonly AlarmRecord[]; readonly unreadable: number } => {
      const texts = selectOpen.all()
      const alarms = texts.flatMap((text) => readable(storedAlarmSchema, text))
      return { alarms, unreadable: texts.length - alarms.length }
    },
    read,
    at,
    get: (id: string): AlarmRecord | null => here(id) ?? past.withId(id)?.alarm ?? null,
    /** Of an incident, the open ones and the newest first. */
    ofIncident: (incident: string, most: number): readonly AlarmRecord[] => {
      const open = selectIncident.all(incident, most).flatMap((text) => readable(storedAlarmSchema, text))
      return open.length >= most ? open : [...open, ...past.ofIncident(incident, most - open.length).map(({ alarm }) => alarm)]
    },
    changes: (id: string): readonly AlarmChange[] => read(id)?.changes ?? [],
    /** A page of closed alarms, those raised last first, unless too many others are looked through for it. Works in slices. */
    closed: async (input: PastAlarmsInput, slice: Slice, signal: AbortSignal): Promise<Result<readonly AlarmRecord[], SearchTooWide>> => {
      const { limit, before = Number.MAX_SAFE_INTEGER, after, from = 0, to = Number.MAX_SAFE_INTEGER } = input
      const until = Math.min(to, before - 1)
      const last = after === undefined ? undefined : ((selectNo.get(after) as number | undefined) ?? past.withId(after)?.no ?? 0)
      const passes = searchTest(input)
      const found: Numbered[] = []
      const full = () => found.length >= limit
      // Those that are moved meanwhile are found twice, and none is missed.
      for (let below = last ?? Number.MAX_SAFE_INTEGER; ; ) {
        const rows = selectClosedPage.all(below, from, until, movedAtOnce) as readonly Row[]
        found.push(...rows.flatMap(numbered).filter(passes))
        below = rows.at(-1)?.no ?? 0
        if (slice.isOver()) await slice.next(signal)
        if (rows.length < movedAtOnce || full()) break
      }
      const mine = found.length
      const { lowest, below } = past.numbersOf(from, until) ?? { lowest: 0, below: 0 }
      let astray = 0
      for (const { looked, found: some } of past.search(input, Math.min(last ?? below, below), lowest)) {
        const wanted = some.filter(({ alarm }) => alarm.raisedAt >= from && alarm.raisedAt <= until)
        found.push(...wanted)
        astray += looked - wanted.length
        if (found.length - mine >= limit) break
        if (astray >= limits.looked) return err({ kind: 'searchTooWide', looked: astray })
        if (slice.isOver()) await slice.next(signal)
      }
      return ok(newest(found, limit).map(({ alarm }) => alarm))
    },
    /**
     * Stores changed alarms and their changes in one transaction, and in it what `alongside` writes. `hurries`: does not wait for the disk; what a
     * power cut loses is judged again.
     */
    write: (changed: readonly ChangedAlarm[], hurries: boolean): void => {
      if (hurries) unsynced(db, () => write(changed))
      else write(changed)
    },
  }
}

/** What happened to an alarm, with the trouble that it had then. */
function stepsOf({ alarm: { id, kind: latest, rule, subject, serverName }, changes }: ChangedAlarm): readonly AlarmStep[] {
  let kind = latest
  return changes.map((change) => {
    if ('trouble' in change) kind = change.trouble
    return { id, kind, ...(rule !== undefined && { rule }), subject, serverName, change }
  })
}
export type AlarmRows = ReturnType<typeof createAlarmRows>
