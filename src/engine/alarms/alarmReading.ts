import type { Database } from 'better-sqlite3'
import type { Slice } from '../../clock/slices.ts'
import type { AlarmStep, AlarmStepsInput, PastAlarmsInput } from '../../shared/alarms.ts'
import { latestTime } from '../../shared/latestTime.ts'
import type { SearchTooWide } from '../../shared/refusals.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { AlarmRecord, ChangedAlarm } from './alarmLife.ts'
import type { AlarmLookup } from './alarmLookup.ts'
import { searchTest } from './alarmSearch.ts'
import type { Numbered } from './closedReading.ts'
import type { ClosedRows } from './closedRows.ts'
import type { AlarmPlace, AlarmRef } from './closedSearch.ts'
import { readable, storedAlarmSchema } from './storedAlarm.ts'

/** Number of rows of main.db read at once. */
const rowsAtOnce = 50
/** Maximum number of spans of one stream. */
const mostSpans = 1_000
/** Maximum number of closed alarms of one subject examined, in main.db and in alarms.db each. */
const mostCheckedAt = 500
/** Maximum number of alarms of a period from main.db: finding a row takes about 2 µs. */
const mostHere = 20_000
/** Maximum number of alarms read for the steps of a period. */
const mostStepped = 5_000

/** Selects the alarms of a period, optionally of one owner or stream. */
interface AlarmPeriod extends AlarmPlace {
  readonly from: number
  readonly to: number
  readonly onlyClosed?: boolean
}

/** When a stream was in trouble. `to` null: it still is. */
export interface TroubledSpan {
  readonly from: number
  readonly to: number | null
}

interface Row {
  readonly no: number
  readonly id: string
  readonly alarm: string
}

/** Lists and searches main.db and alarms.db as one, in slices. An alarm that is moved between them meanwhile is found once. */
export function createAlarmReading(db: Database, past: ClosedRows, { inMain, changesOf, at, numberOf }: AlarmLookup, limits: { readonly looked: number }) {
  const selectClosedPage = db.prepare(`
    SELECT no, id, alarm FROM alarms WHERE closed_at IS NOT NULL AND no < ? AND raised_at >= ? AND raised_at <= ? ORDER BY no DESC LIMIT ?`)
  // SQLite would scan the whole table instead of using this index.
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
  const selectClosedOf = db.prepare('SELECT no FROM alarms WHERE owner_id = ? AND path IS ? AND closed_at IS NOT NULL ORDER BY no DESC LIMIT ?').pluck()

  const numbered = ({ no, id, alarm }: Pick<Row, 'no' | 'id' | 'alarm'>): readonly Numbered[] =>
    readable(storedAlarmSchema, alarm).map((read) => ({ no, alarm: read, changes: changesOf(id) }))
  /** The most recently raised ones first, each once: an alarm may be in both databases, moved meanwhile or left by a killed process. */
  const newest = (ones: readonly Numbered[], most: number): readonly Numbered[] =>
    [...new Map(ones.map((one) => [one.alarm.id, one])).values()].sort((a, b) => b.no - a.no).slice(0, most)

  /**
   * Alarms that were open at some time in a period, read one by one in slices: those of main.db, open ones first, then those of alarms.db, each part by
   * descending time of closing. An alarm moved meanwhile is found once.
   */
  async function* within(
    { from, to, owner, path, onlyClosed = false }: AlarmPeriod,
    slice: Slice,
    signal: AbortSignal,
  ): AsyncIterable<AlarmRef & ChangedAlarm> {
    const fromMain = selectWithin.all({ from, to, owner: owner ?? null, path: path ?? null, closed: onlyClosed ? 1 : 0 }) as readonly AlarmRef[]
    const listed = new Set(fromMain.map(({ no }) => no))
    const pieces = function* () {
      yield fromMain
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
    /** Alarms open at a past time, in their latest version: the worst ones of both databases, unordered, read one by one. They may be moved meanwhile. */
    *openThen(at: number, most: number): Iterable<ChangedAlarm> {
      const found = new Set<string>()
      for (const id of selectThen.all({ at, most }) as readonly string[]) {
        const alarm = inMain(id)
        if (alarm === null) continue
        found.add(id)
        yield { alarm, changes: changesOf(id) }
      }
      for (const no of past.openThen(at, most)) {
        const one = past.at(no)
        if (one !== null && !found.has(one.alarm.id)) yield one
      }
    },
    /** When a stream had alarms worse than a warning, or deviated from its usual values, since `from`; the latest spans. Works in slices. */
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
    /** Closed alarms of a stream (`path` null: of a server or host and its parts) that match, most recently raised first. Works in slices. */
    closedOf: async (
      { owner, path }: { readonly owner: string; readonly path: string | null },
      matches: (one: ChangedAlarm) => boolean,
      most: number,
      slice: Slice,
      signal: AbortSignal,
    ): Promise<readonly ChangedAlarm[]> => {
      const fromMain: Numbered[] = []
      for (const no of selectClosedOf.all(owner, path, mostCheckedAt) as readonly number[]) {
        // It may be moved meanwhile.
        const one = at(no)
        if (one !== null && matches(one)) fromMain.push({ no, ...one })
        if (fromMain.length === most) break
        if (slice.isOver()) await slice.next(signal)
      }
      const fromClosed: Numbered[] = []
      let checkedAt = 0
      for (const { looked, found } of past.search({ serverId: [owner], path }, Number.MAX_SAFE_INTEGER, 0)) {
        fromClosed.push(...found.filter(matches))
        checkedAt += looked
        if (fromClosed.length >= most || checkedAt >= mostCheckedAt) break
        if (slice.isOver()) await slice.next(signal)
      }
      return newest([...fromMain, ...fromClosed], most)
    },
    within,
    /** The latest changes of alarms in a period, oldest first. Works in slices. */
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
        // Alarms closed earlier have older changes.
        if (++read === mostStepped || (steps.length > 2 * limit && one.closedAt !== null && one.closedAt < oldest())) break
      }
      oldest()
      return steps
    },
    /** A page of closed alarms, most recently raised first; an error if too many others must be scanned. Works in slices. */
    closed: async (input: PastAlarmsInput, slice: Slice, signal: AbortSignal): Promise<Result<readonly AlarmRecord[], SearchTooWide>> => {
      const { limit, before = Number.MAX_SAFE_INTEGER, after, from = 0, to = Number.MAX_SAFE_INTEGER } = input
      const until = Math.min(to, before - 1)
      const last = after === undefined ? undefined : (numberOf(after) ?? 0)
      const matches = searchTest(input)
      const found: Numbered[] = []
      const full = () => found.length >= limit
      // Alarms moved meanwhile are found twice, but none is missed.
      for (let below = last ?? Number.MAX_SAFE_INTEGER; ; ) {
        const rows = selectClosedPage.all(below, from, until, rowsAtOnce) as readonly Row[]
        found.push(...rows.flatMap(numbered).filter(matches))
        below = rows.at(-1)?.no ?? 0
        if (slice.isOver()) await slice.next(signal)
        if (rows.length < rowsAtOnce || full()) break
      }
      const fromMain = found.length
      const { lowest, below } = past.numbersOf(from, until) ?? { lowest: 0, below: 0 }
      let skipped = 0
      for (const { looked, found: some } of past.search(input, Math.min(last ?? below, below), lowest)) {
        const wanted = some.filter(({ alarm }) => alarm.raisedAt >= from && alarm.raisedAt <= until)
        found.push(...wanted)
        skipped += looked - wanted.length
        if (found.length - fromMain >= limit) break
        if (skipped >= limits.looked) return err({ kind: 'searchTooWide', looked: skipped })
        if (slice.isOver()) await slice.next(signal)
      }
      return ok(newest(found, limit).map(({ alarm }) => alarm))
    },
  }
}

/** The changes of an alarm, each with the trouble that it had at the time. */
function stepsOf({ alarm: { id, kind: latest, rule, subject, serverName }, changes }: ChangedAlarm): readonly AlarmStep[] {
  let kind = latest
  return changes.map((change) => {
    if ('trouble' in change) kind = change.trouble
    return { id, kind, ...(rule !== undefined && { rule }), subject, serverName, change }
  })
}
