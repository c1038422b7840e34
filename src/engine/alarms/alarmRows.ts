import type { Database } from 'better-sqlite3'
import type { z } from 'zod'
import type { Slice } from '../../clock/slices.ts'
import { type AlarmChange, type AlarmStep, type AlarmStepsInput, alarmChangeSchema, alarmSchema, type PastAlarmsInput } from '../../shared/alarms.ts'
import { storedCausesSchema } from '../../shared/causes.ts'
import { latestTime } from '../../shared/latestTime.ts'
import type { SearchTooWide } from '../../shared/refusals.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { severityRank } from '../../shared/severities.ts'
import { ownerIdOf, pathOf } from '../../shared/subjectNames.ts'
import type { Log } from '../ports.ts'
import { classifyStorageError } from '../storage/storageTrouble.ts'
import { storedJson } from '../storage/storedJson.ts'
import type { AlarmRecord, ChangedAlarm } from './alarmLife.ts'
import { indexedText, indexQuery, mostBeginning, type SeesCamera, wordsTest } from './alarmSearch.ts'
import { longMs } from './alarmsDatabase.ts'
import { mostChanges } from './alarmThen.ts'

/**
 * If there are more than `alarms` closed alarms, or alarms.db has more than `bytes`, those closed first are deleted. A search reads at most `looked` alarms
 * that do not match, which takes about 0.8 s in total.
 */
export const closedLimits = { alarms: 1_000_000, bytes: 3_000_000_000, looked: 20_000 }
const trimmedAtOnce = 200
const listedAtOnce = 500
const readAtOnce = 100
/** Number of hits listed at once after the first ones: each query walks the index from its end. */
const hitsAtOnce = 10_000
/** Maximum number of alarms of a period that are listed: the open ones, and those of one place. */
const mostOpen = 20_000
const mostListed = 100_000
/** Maximum number of spans of one stream. */
const mostSpans = 1_000
/** Maximum number of closed alarms of one subject that are examined. */
const mostCheckedAt = 500
const mostStepped = 5_000

/** An alarm in its stored form. */
export const storedAlarmSchema = alarmSchema.omit({ state: true, text: true, todo: true }).extend({
  causes: storedCausesSchema.optional(),
}) satisfies z.ZodType<AlarmRecord>

/** Reference to an alarm; `closedAt` null: it is open. */
interface AlarmRef {
  readonly no: number
  readonly closedAt: number | null
}
/** What is known of an alarm without reading its JSON. */
interface Columns extends AlarmRef {
  readonly ownerId: string
  readonly path: string | null
  readonly rule: string
  readonly severity: number
  readonly raisedAt: number
}
/** `path` null: alarms of whole servers, of hosts and of their parts. */
type AlarmSearch = Pick<PastAlarmsInput, 'q' | 'severity' | 'serverId' | 'rule'> & { readonly path?: string | null | undefined }

interface AlarmPeriod {
  readonly from: number
  readonly to: number
  readonly owner?: string | undefined
  readonly path?: string | undefined
  readonly onlyClosed?: boolean
}

/** When a stream was in trouble. `to` null: it still is. */
export interface TroubledSpan {
  readonly from: number
  readonly to: number | null
}

interface AlarmRowsDeps {
  readonly log: Pick<Log, 'error'>
  /** Called within the transaction of each write. */
  readonly alongside: (changed: readonly ChangedAlarm[]) => void
  /** The file turned out to be damaged: the next start sets it aside. */
  readonly onDamaged: () => void
}

/** The stored alarms, open and closed: the only SQL on `alarms`, their changes and their words. Numbers grow in the order in which alarms were raised. */
export function createAlarmRows(db: Database, { log, alongside, onDamaged }: AlarmRowsDeps, limits = closedLimits) {
  const upsert = db
    .prepare(`
    INSERT INTO alarms (id, incident, owner_id, path, rule, severity, raised_at, closed_at, alarm) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET
      incident = excluded.incident, rule = excluded.rule, severity = excluded.severity, closed_at = excluded.closed_at, alarm = excluded.alarm
    RETURNING no`)
    .pluck()
  const nextPlace = db.prepare('SELECT coalesce(max(place) + 1, 0) FROM alarm_changes WHERE alarm_no = ?').pluck()
  const insertChange = db.prepare('INSERT INTO alarm_changes (alarm_no, place, change) VALUES (?, ?, ?)')
  const replaceLast = db.prepare('UPDATE alarm_changes SET change = ? WHERE alarm_no = ? AND place = ?')
  const putWords = db.prepare('INSERT OR REPLACE INTO alarm_words (rowid, words) VALUES (?, ?)')
  const remove = db.prepare('DELETE FROM alarms WHERE no = ?')
  const removeWords = db.prepare('DELETE FROM alarm_words WHERE rowid = ?')
  const countClosed = db.prepare('SELECT count(*) FROM alarms WHERE closed_at IS NOT NULL').pluck()
  const oldest = db.prepare('SELECT no, closed_at AS closedAt FROM alarms WHERE closed_at IS NOT NULL ORDER BY closed_at, raised_at, no LIMIT ?')
  const selectKept = db.prepare('SELECT since FROM alarms_kept').pluck()
  const beginKept = db.prepare('INSERT INTO alarms_kept (since) VALUES (?)')
  const forget = db.prepare('UPDATE alarms_kept SET since = max(since, ?)')

  const selectOpen = db.prepare('SELECT alarm FROM alarms WHERE closed_at IS NULL').pluck()
  const selectAt = db.prepare('SELECT no, closed_at AS closedAt, alarm FROM alarms WHERE no = ?')
  const selectId = db.prepare('SELECT no, closed_at AS closedAt, alarm FROM alarms WHERE id = ?')
  const selectChanges = db.prepare('SELECT change FROM alarm_changes WHERE alarm_no = ? ORDER BY place').pluck()
  const selectIncident = db
    .prepare(`
    SELECT alarm FROM alarms WHERE no IN (SELECT no FROM alarms WHERE id = $id UNION ALL SELECT no FROM alarms WHERE incident = $id AND incident <> id)
      AND incident = $id
    ORDER BY closed_at IS NOT NULL, raised_at DESC LIMIT $most`)
    .pluck()

  const columns = 'no, owner_id AS ownerId, path, rule, severity, raised_at AS raisedAt, closed_at AS closedAt'
  const selectColumns = db.prepare(`SELECT ${columns} FROM alarms WHERE no = ?`)
  const selectBounds = db.prepare('SELECT min(no) AS lowest, max(no) AS highest FROM alarms WHERE raised_at BETWEEN ? AND ?')
  const pageOf = (where: string) => db.prepare(`SELECT ${columns} FROM alarms WHERE ${where} AND no < ? AND no >= ? ORDER BY no DESC LIMIT ${listedAtOnce}`)
  const pages = {
    place: pageOf('path IS ? AND owner_id = ?'),
    path: pageOf('path = ?'),
    owner: pageOf('owner_id = ?'),
    rule: pageOf('rule = ?'),
    severity: pageOf('severity = ?'),
  }
  const pageOfAll = pageOf('1')
  const selectHits = db.prepare('SELECT rowid FROM alarm_words WHERE alarm_words MATCH ? AND rowid < ? AND rowid >= ? ORDER BY rowid DESC LIMIT ?').pluck()
  const countHits = db.prepare(`SELECT count(*) FROM (SELECT 1 FROM alarm_words WHERE alarm_words MATCH ? LIMIT ${hitsAtOnce})`).pluck()
  const selectTrigrams = db.prepare(`SELECT term FROM alarm_trigrams WHERE term >= ? AND term < ? LIMIT ${mostBeginning}`).pluck()
  // SQLite would not use these indexes by itself.
  const selectOpenRefs = db.prepare(`
    SELECT no, closed_at AS closedAt FROM alarms INDEXED BY alarm_spans WHERE closed_at IS NULL AND raised_at <= ? ORDER BY raised_at DESC LIMIT ${mostOpen}`)
  const selectLong = db.prepare(`
    SELECT no, closed_at AS closedAt FROM alarms INDEXED BY long_spans
    WHERE closed_at - raised_at > ${longMs} AND closed_at > ? AND raised_at <= ? ORDER BY closed_at DESC LIMIT ${mostListed}`)
  const selectSpans = db.prepare(`
    SELECT no, closed_at AS closedAt, raised_at AS raisedAt FROM alarms INDEXED BY alarm_spans
    WHERE closed_at >= $from AND (closed_at, raised_at, no) < ($closedAt, $raisedAt, $no) AND raised_at <= $to
    ORDER BY closed_at DESC, raised_at DESC, no DESC LIMIT ${listedAtOnce}`)
  const selectThen = db
    .prepare(`
    SELECT no FROM alarms WHERE no IN (
      SELECT no FROM alarms INDEXED BY alarm_spans WHERE closed_at IS NULL AND raised_at <= $at
      UNION ALL SELECT no FROM alarms INDEXED BY alarm_spans WHERE closed_at > $at AND closed_at <= $at + ${longMs} AND raised_at <= $at
      UNION ALL SELECT no FROM alarms INDEXED BY long_spans WHERE closed_at - raised_at > ${longMs} AND closed_at > $at AND raised_at <= $at)
    ORDER BY severity, raised_at DESC LIMIT $most`)
    .pluck()

  let failures = 0
  /** What is written is not stored any more. */
  let isDamaged = false
  let isDamageNoted = false
  const noteDamage = (error: unknown): void => {
    if (isDamageNoted) return
    isDamageNoted = true
    log.error({ error }, 'alarms.db is damaged')
    onDamaged()
  }
  /** Runs a read; where the file or its disk fails, returns `otherwise`, so that what is open now does not fail with it. */
  const guarded = <T>(otherwise: T, read: () => unknown): T => {
    try {
      return read() as T
    } catch (error) {
      const trouble = classifyStorageError(error)
      if (trouble === null) throw error
      if (trouble === 'damaged') noteDamage(error)
      else if (failures === 0) log.error({ error, trouble }, 'alarms cannot be read for now')
      failures++
      return otherwise
    }
  }

  const changesOf = (no: number): readonly AlarmChange[] =>
    guarded<readonly string[]>([], () => selectChanges.all(no)).flatMap((text) => readable(alarmChangeSchema, text))
  type Stored = AlarmRef & { readonly alarm: string }
  const stored = (row: Stored | undefined): (AlarmRef & ChangedAlarm) | null => {
    const [alarm] = row === undefined ? [] : readable(storedAlarmSchema, row.alarm)
    return row === undefined || alarm === undefined ? null : { no: row.no, closedAt: row.closedAt, alarm, changes: changesOf(row.no) }
  }
  const at = (no: number) => stored(guarded<Stored | undefined>(undefined, () => selectAt.get(no)))
  const rowOf = (id: string) => guarded<Stored | undefined>(undefined, () => selectId.get(id))

  let closedCount: number | null = null
  /** Whether something was written since the limits were last found kept. */
  let mayExceed = true
  /** null: it can't be read now. */
  const counted = (): number | null => (closedCount ??= guarded<number | null>(null, () => countClosed.get()))
  const writeAlarms = (changed: readonly ChangedAlarm[]): void => {
    for (const { alarm, changes } of changed) {
      const { id, incident, subject, rule, severity, raisedAt, closed } = alarm
      const about = [id, incident, ownerIdOf(subject), pathOf(subject), rule, severityRank[severity]]
      const no = upsert.get(...about, Math.round(raisedAt), closed && Math.round(closed.at), JSON.stringify(alarm)) as number
      let place = nextPlace.get(no) as number
      for (const change of changes) {
        const text = JSON.stringify(change)
        // Half of all places are reserved for more than what is counted anyway.
        if (change.kind === 'recurred' && place >= mostChanges / 2) continue
        if (place < mostChanges) insertChange.run(no, place++, text)
        else replaceLast.run(text, no, mostChanges - 1)
      }
      if (closed !== null) putWords.run(no, indexedText({ alarm, changes: changesOf(no) }))
    }
  }
  let failedAlongside: unknown = null
  const write = db.transaction((changed: readonly ChangedAlarm[]) => {
    writeAlarms(changed)
    try {
      alongside(changed)
    } catch (error) {
      failedAlongside = error
      throw error
    }
  })
  /** Stored alarms replace existing ones, so that a failed constraint means that an index of theirs is damaged: FTS5 says so at the commit. */
  const isDamage = (error: unknown): boolean => classifyStorageError(error) === 'damaged' || (isFailedConstraint(error) && error !== failedAlongside)
  const writeMessages = db.transaction(alongside)
  /** Writes what goes alongside without its alarms; where that is damaged too, alarms go on in memory alone. */
  const writeAlongside = (changed: readonly ChangedAlarm[]): void => {
    try {
      writeMessages(changed)
    } catch (error) {
      if (classifyStorageError(error) !== 'damaged') throw error
      noteDamage(error)
    }
  }
  const removeAll = db.transaction((closed: readonly AlarmRef[]) => {
    for (const { no, closedAt } of closed) {
      remove.run(no)
      removeWords.run(no)
      forget.run(closedAt)
    }
  })
  const bytes = (): number => {
    const pragma = (name: string) => db.pragma(name, { simple: true }) as number
    return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size')
  }

  /** Alarms among which are all that a search asks for, those with the greatest numbers first, in batches: those that the most selective index finds. */
  function* candidates({ q, serverId, path, rule, severity }: AlarmSearch, below: number, lowest: number): Generator<readonly Columns[]> {
    const query = indexQuery(q, (text) => guarded<string[]>([], () => selectTrigrams.all(text, `${text}\u{10ffff}`)))
    const owners = serverId && [...new Set(serverId)]
    const [owner] = owners?.length === 1 ? owners : []
    const filter =
      path !== undefined && owner !== undefined
        ? { page: pages.place, values: [[path, owner]] }
        : typeof path === 'string'
          ? { page: pages.path, values: [[path]] }
          : owners !== undefined
            ? { page: pages.owner, values: owners.map((one) => [one]) }
            : rule !== undefined
              ? { page: pages.rule, values: [[rule]] }
              : severity !== undefined
                ? { page: pages.severity, values: [...new Set(severity)].map((one) => [severityRank[one]]) }
                : { page: pageOfAll, values: [[]] }
    const isOfFew = () => guarded(0, () => countHits.get(query)) < hitsAtOnce
    if (query !== null && (filter.page === pageOfAll || isOfFew())) return yield* hits(query, below, lowest)
    const { page, values } = filter
    for (let upper = below; upper > lowest; ) {
      const found = values.flatMap((one) => guarded<Columns[]>([], () => page.all(...one, upper, lowest)))
      const rows = values.length === 1 ? found : found.sort((a, b) => b.no - a.no).slice(0, listedAtOnce)
      yield rows
      upper = rows.length === listedAtOnce ? (rows.at(-1)?.no ?? lowest) : lowest
    }
  }
  /** Alarms that the index of words finds. */
  function* hits(query: string, below: number, lowest: number): Generator<readonly Columns[]> {
    let most = listedAtOnce
    for (let upper = below; upper > lowest; most = hitsAtOnce) {
      const nos = guarded<number[]>([], () => selectHits.all(query, upper, lowest, most))
      for (let at = 0; at < nos.length; at += readAtOnce)
        yield nos.slice(at, at + readAtOnce).flatMap((no) => guarded<Columns | undefined>(undefined, () => selectColumns.get(no)) ?? [])
      upper = nos.length === most ? (nos.at(-1) ?? lowest) : lowest
    }
  }
  /** Columns of the candidates for which the columns are as asked for. `slice`: between them. */
  async function* search(asked: AlarmSearch, below: number, lowest: number, slice: Slice, signal: AbortSignal): AsyncGenerator<Columns> {
    const ranks = asked.severity?.map((one) => severityRank[one])
    for (const rows of candidates(asked, below, lowest))
      for (const row of rows) {
        if (slice.isOver()) await slice.next(signal)
        if ((asked.path !== undefined && row.path !== asked.path) || (asked.rule !== undefined && row.rule !== asked.rule)) continue
        if ((ranks === undefined || ranks.includes(row.severity)) && (asked.serverId === undefined || asked.serverId.includes(row.ownerId))) yield row
      }
  }

  /** Alarms closed in a period or later and raised before its end, most recently closed first, in batches, some of which may be empty. */
  function* closedWithin(from: number, to: number): Generator<readonly AlarmRef[]> {
    yield guarded<AlarmRef[]>([], () => selectLong.all(Math.max(to + longMs, from), to))
    for (let last = { closedAt: to + longMs + 1, raisedAt: 0, no: 0 }; ; ) {
      const rows = guarded<(typeof last)[]>([], () => selectSpans.all({ from, to, ...last }))
      yield rows
      last = rows.at(-1) ?? last
      if (rows.length < listedAtOnce) return
    }
  }
  /**
   * Alarms that were open at some time in a period, read one by one in slices: open ones first, then by descending time of closing. One that closes
   * meanwhile is found once.
   */
  async function* within(
    { from, to, owner, path, onlyClosed = false }: AlarmPeriod,
    slice: Slice,
    signal: AbortSignal,
  ): AsyncIterable<AlarmRef & ChangedAlarm> {
    const pieces = async function* (): AsyncGenerator<readonly AlarmRef[]> {
      if (owner === undefined && path === undefined) {
        const open = onlyClosed ? [] : guarded<AlarmRef[]>([], () => selectOpenRefs.all(to))
        const listed = new Set(open.map(({ no }) => no))
        yield open
        for (const piece of closedWithin(from, to)) yield piece.filter(({ no }) => !listed.has(no))
        return
      }
      const listed: AlarmRef[] = []
      for await (const { no, raisedAt, closedAt } of search({ serverId: owner === undefined ? undefined : [owner], path }, latestNo, 0, slice, signal)) {
        if (raisedAt <= to && (closedAt === null ? !onlyClosed : closedAt >= from)) listed.push({ no, closedAt })
        if (listed.length === mostListed) break
      }
      const closing = ({ closedAt }: AlarmRef) => closedAt ?? Number.POSITIVE_INFINITY
      yield listed.sort((a, b) => (closing(a) === closing(b) ? b.no - a.no : closing(b) - closing(a)))
    }
    for await (const piece of pieces()) {
      if (slice.isOver()) await slice.next(signal)
      for (const { no, closedAt } of piece) {
        if (slice.isOver()) await slice.next(signal)
        const one = at(no)
        if (one !== null) yield { ...one, closedAt }
      }
    }
  }

  return {
    /** Whether what is written is not stored any more, because the file is damaged. */
    isDamaged: (): boolean => isDamaged,
    /** Number of failed reads so far: results obtained while this increases are incomplete. */
    failures: (): number => failures,
    /** Stores since when alarms are kept, unless that is already known. */
    begin: (moment: number): void => {
      if (selectKept.get() === undefined) beginKept.run(Math.round(moment))
    },
    /** Since when the stored alarms are complete, epoch ms. */
    keptSince: (): number => selectKept.get() as number,
    closedCount: (): number => counted() ?? 0,
    /**
     * Stores changed alarms and their changes in one transaction, together with the writes of `alongside`, which go on without them where the file is
     * damaged.
     */
    write: (changed: readonly ChangedAlarm[]): void => {
      mayExceed = true
      try {
        if (!isDamaged) write(changed)
      } catch (error) {
        if (!isDamage(error)) throw error
        isDamaged = true
        noteDamage(error)
      }
      if (isDamaged) writeAlongside(changed)
      if (closedCount !== null && !isDamaged) closedCount += changed.filter(({ alarm }) => alarm.closed !== null).length
    },
    /** Deletes some closed alarms if a limit is exceeded. Returns whether any were deleted. */
    trim: (): boolean => {
      if (isDamageNoted || !mayExceed) return false
      try {
        const tooMany = (counted() ?? 0) - limits.alarms
        const most = tooMany > 0 ? Math.min(tooMany, trimmedAtOnce) : bytes() > limits.bytes ? trimmedAtOnce : 0
        mayExceed = most > 0
        if (!mayExceed) return false
        const closed = oldest.all(most) as readonly AlarmRef[]
        removeAll(closed)
        if (closedCount !== null) closedCount -= closed.length
        return closed.length > 0
      } catch (error) {
        if (!isDamage(error)) throw error
        noteDamage(error)
        return false
      }
    },

    /** Open alarms, and how many are unreadable and left out. */
    open: (): { readonly alarms: readonly AlarmRecord[]; readonly unreadable: number } => {
      const texts = selectOpen.all()
      const alarms = texts.flatMap((text) => readable(storedAlarmSchema, text))
      return { alarms, unreadable: texts.length - alarms.length }
    },
    read: (id: string): ChangedAlarm | null => stored(rowOf(id)),
    get: (id: string): AlarmRecord | null => readable(storedAlarmSchema, rowOf(id)?.alarm)[0] ?? null,
    changes: (id: string): readonly AlarmChange[] => {
      const row = rowOf(id)
      return row === undefined ? [] : changesOf(row.no)
    },
    /** Alarms of an incident: open ones first, then the newest. */
    ofIncident: (id: string, most: number): readonly AlarmRecord[] =>
      guarded<readonly string[]>([], () => selectIncident.all({ id, most })).flatMap((text) => readable(storedAlarmSchema, text)),
    /** Alarms open at a past time, in their latest version: the worst ones, unordered, read one by one. */
    *openThen(moment: number, most: number): Iterable<ChangedAlarm> {
      for (const no of guarded<number[]>([], () => selectThen.all({ at: moment, most }))) {
        const one = at(no)
        if (one !== null) yield one
      }
    },
    within,
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
      const found: ChangedAlarm[] = []
      let checked = 0
      for await (const { no, closedAt } of search({ serverId: [owner], path }, latestNo, 0, slice, signal)) {
        const one = closedAt === null ? null : at(no)
        if (one !== null && matches(one)) found.push({ alarm: one.alarm, changes: one.changes })
        if (found.length === most || ++checked === mostCheckedAt) break
      }
      return found
    },
    /** The latest changes of alarms in a period, oldest first. Works in slices. */
    steps: async (input: AlarmStepsInput, slice: Slice, signal: AbortSignal): Promise<readonly AlarmStep[]> => {
      const { serverId, hostId, probeId, path, from, to = latestTime, limit } = input
      const steps: AlarmStep[] = []
      const oldestOf = () => {
        steps.sort((a, b) => a.change.at - b.change.at).splice(0, Math.max(0, steps.length - limit))
        return steps.length < limit ? Number.NEGATIVE_INFINITY : (steps[0]?.change.at ?? 0)
      }
      let read = 0
      for await (const one of within({ from, to, owner: serverId ?? hostId ?? probeId, path }, slice, signal)) {
        steps.push(...stepsOf(one).filter(({ change }) => change.at >= from && change.at <= to))
        // Alarms closed earlier have older changes.
        if (++read === mostStepped || (steps.length > 2 * limit && one.closedAt !== null && one.closedAt < oldestOf())) break
      }
      oldestOf()
      return steps
    },
    /** A page of closed alarms, most recently raised first; an error if too many others must be read. Works in slices. */
    closed: async (
      input: PastAlarmsInput,
      slice: Slice,
      signal: AbortSignal,
      sees: SeesCamera | null = null,
    ): Promise<Result<readonly AlarmRecord[], SearchTooWide>> => {
      const { q, limit, before = latestTime, after, from = 0, to = latestTime } = input
      const until = Math.min(to, before - 1)
      const isLimited = from > 0 || until < latestTime - 1
      const bounds = isLimited ? guarded<Bounds>(nothing, () => selectBounds.get(from, until)) : { lowest: 0, highest: latestNo }
      if (bounds.lowest === null || bounds.highest === null) return ok([])
      const below = after === undefined ? latestNo : (rowOf(after)?.no ?? 0)
      const matches = wordsTest(q, sees)
      const found: AlarmRecord[] = []
      let looked = 0
      for await (const { no, raisedAt, closedAt } of search(input, Math.min(below, bounds.highest + 1), bounds.lowest, slice, signal)) {
        if (closedAt === null || raisedAt < from || raisedAt > until) continue
        const one = at(no)
        if (one !== null && matches(one)) found.push(one.alarm)
        else if (++looked >= limits.looked) return err({ kind: 'searchTooWide', looked })
        if (found.length === limit) break
      }
      return ok(found)
    },
  }
}
export type AlarmRows = ReturnType<typeof createAlarmRows>

/** Greater than all numbers of alarms. */
const latestNo = Number.MAX_SAFE_INTEGER - 1
interface Bounds {
  readonly lowest: number | null
  readonly highest: number | null
}
const nothing: Bounds = { lowest: null, highest: null }

function isFailedConstraint(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_CONSTRAINT')
}

/** Parses a stored text; empty if it is invalid, such as after a bit flip. */
function readable<Stored>(schema: z.ZodType<Stored>, text: unknown): readonly Stored[] {
  const { success, data } = schema.safeParse(storedJson(text))
  return success ? [data] : []
}

/** Counts the unreadable alarms. Reads all of them. */
export function unreadableAlarms(db: Database): number {
  let unreadable = 0
  for (const alarm of db.prepare('SELECT alarm FROM alarms').pluck().iterate()) if (readable(storedAlarmSchema, alarm).length === 0) unreadable++
  return unreadable
}

/** The changes of an alarm, each with the trouble that it had at the time. */
function stepsOf({ alarm: { id, kind: latest, rule, subject, serverName }, changes }: ChangedAlarm): readonly AlarmStep[] {
  let kind = latest
  return changes.map((change) => {
    if ('trouble' in change) kind = change.trouble
    return { id, kind, rule, subject, serverName, change }
  })
}
