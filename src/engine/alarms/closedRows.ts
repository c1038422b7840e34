import { ownerIdOf, pathOf } from '../../shared/subjects.ts'
import { latestTime } from '../../shared/time.ts'
import { severityRank } from '../../shared/troubles.ts'
import type { Log } from '../ports.ts'
import type { Database } from '../storage/openDatabase.ts'
import { classifyStorageError } from '../storage/storageTrouble.ts'
import type { ChangedAlarm } from './alarmLife.ts'
import { type AlarmSearch, hash48, indexedTokens, indexQuery, searchTest } from './alarmSearch.ts'
import { placeOf } from './openAlarms.ts'
import { packAlarm, unpackAlarm } from './packedAlarm.ts'
import { readAlarm } from './storedAlarm.ts'

/** A closed alarm as main.db has it, with its texts as they are stored there. */
export interface ClosedAlarm {
  readonly no: number
  readonly id: string
  readonly incident: string
  readonly raisedAt: number
  readonly closedAt: number
  readonly alarm: string
  readonly changes: readonly string[]
  /** What these texts say. */
  readonly read: ChangedAlarm
}

/** Of alarms in the order in which they were raised. */
export interface Numbered extends ChangedAlarm {
  readonly no: number
}
/** Where an alarm is read; null: it is open. */
export interface AlarmRef {
  readonly no: number
  readonly closedAt: number | null
}
/** Of a server or host with all that is theirs, and of a stream. */
export interface AlarmPlace {
  readonly owner?: string | undefined
  readonly path?: string | undefined
}
/** Of one period, the newest. */
export const mostRefs = 100_000

/** So many are listed in one piece of work: about 2 ms. */
const listedAtOnce = 500
/** The index is asked for so many at once, beyond the first piece: each time it is walked through from its end. */
const foundAtOnce = 10_000
/** So many alarms are unpacked in one piece of work: about 4 ms. */
const readAtOnce = 100
const dayMs = 86_400_000
/** Numbers of a row of `closed_blocks`. It is part of the form. */
const blockSize = 1_000

const noBlocks: { readonly first: number | null; readonly last: number | null } = { first: null, last: null }

const failed = Symbol('failed')

/** Whatever is stored replaces what is there: that it can't is damage of an index. */
const isDamage = (error: unknown): boolean =>
  classifyStorageError(error) === 'damaged' || (error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_CONSTRAINT'))

/**
 * The only SQL on alarms.db. An alarm that can't be read is left out. Once the file is found to be damaged nothing is read of it nor stored in it until
 * another one is begun: what is open and what is told of it must not fail with it.
 */
export function createClosedRows(db: Database, log: Pick<Log, 'error'>) {
  const insert = db.prepare('INSERT OR REPLACE INTO closed_alarms VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const insertWords = db.prepare('INSERT OR REPLACE INTO closed_words (rowid, words) VALUES (?, ?)')
  const selectAt = db.prepare('SELECT no, body FROM closed_alarms WHERE no = ?')
  const selectKey = db.prepare('SELECT no, body FROM closed_alarms WHERE key = ?')
  const selectIncident = db.prepare(`
    SELECT no, body FROM (SELECT no, body FROM closed_alarms WHERE key = $incident
      UNION ALL SELECT no, body FROM closed_alarms WHERE incident = $incident AND incident <> key) ORDER BY no DESC LIMIT $most`)
  const selectFirst = db.prepare('SELECT min(no) FROM closed_alarms').pluck()
  const selectLast = db.prepare('SELECT coalesce(max(last_no), 0) FROM closed_blocks').pluck()
  const selectBlocks = db.prepare('SELECT min(block) AS first, max(block) AS last FROM closed_blocks WHERE raised_to >= ? AND raised_from <= ?')
  const noteBlock = db.prepare(`
    INSERT INTO closed_blocks VALUES ($block, $no, $raisedAt, $raisedAt) ON CONFLICT (block) DO UPDATE SET
      last_no = max(last_no, excluded.last_no), raised_from = min(raised_from, excluded.raised_from), raised_to = max(raised_to, excluded.raised_to)`)
  const countAll = db.prepare('SELECT count(*) FROM closed_alarms').pluck()
  // Those that lasted for more than a day are few: with them apart, neither part of the index is read far beyond the period.
  const selectThen = db
    .prepare(`
    SELECT no FROM closed_alarms WHERE no IN (
        SELECT no FROM closed_alarms INDEXED BY closed_spans WHERE closed_at > $at AND closed_at <= $at + ${dayMs} AND raised_at <= $at
        UNION SELECT no FROM closed_alarms INDEXED BY long_spans WHERE closed_at - raised_at > ${dayMs} AND closed_at > $at AND raised_at <= $at)
    ORDER BY severity, raised_at DESC LIMIT $most`)
    .pluck()
  const selectLong = db.prepare(`
    SELECT no, closed_at AS closedAt FROM closed_alarms INDEXED BY long_spans
    WHERE closed_at - raised_at > ${dayMs} AND closed_at > $beyond AND raised_at <= $to ORDER BY closed_at DESC LIMIT ${mostRefs}`)
  const selectClosed = db.prepare(`
    SELECT no, closed_at AS closedAt, raised_at AS raisedAt FROM closed_alarms INDEXED BY closed_spans
    WHERE closed_at >= $from AND (closed_at, raised_at, no) < ($closedAt, $raisedAt, $no) AND raised_at <= $to
    ORDER BY closed_at DESC, raised_at DESC, no DESC LIMIT ${listedAtOnce}`)
  const selectSpan = db.prepare('SELECT no, closed_at AS closedAt FROM closed_alarms WHERE no = ? AND closed_at >= ? AND raised_at <= ?')
  const selectPage = db.prepare('SELECT no FROM closed_alarms WHERE no < ? AND no >= ? ORDER BY no DESC LIMIT ?').pluck()
  const selectFound = db.prepare('SELECT rowid FROM closed_words WHERE closed_words MATCH ? AND rowid < ? AND rowid >= ? ORDER BY rowid DESC LIMIT ?').pluck()
  const selectFoundSince = db.prepare(`
    SELECT no, body FROM closed_alarms WHERE no IN (SELECT rowid FROM closed_words WHERE closed_words MATCH ?) AND closed_at >= ? ORDER BY no DESC LIMIT ?`)
  const selectPlace = db.prepare('SELECT place FROM closed_alarms WHERE no = ?').pluck()
  const selectOldest = db.prepare('SELECT no, closed_at AS closedAt FROM closed_alarms ORDER BY closed_at, raised_at, no LIMIT ?')
  const remove = db.prepare('DELETE FROM closed_alarms WHERE no = ?')
  const removeWords = db.prepare('DELETE FROM closed_words WHERE rowid = ?')

  let isDamaged = false
  let failures = 0
  const written = <T>(otherwise: T, use: () => T): T => {
    // Closed: the file was moved away, written back, and can't be opened yet.
    if (isDamaged || !db.open) return otherwise
    try {
      return use()
    } catch (error) {
      if (!isDamage(error)) throw error
      log.error({ error }, 'alarms.db is damaged: closed alarms cannot be read')
      isDamaged = true
      return otherwise
    }
  }
  /** What is read; `otherwise` if the file or its disk fails. */
  const guarded = <T>(otherwise: T, use: () => T): T => {
    try {
      const read = written<T | typeof failed>(failed, use)
      if (read !== failed) return read
    } catch (error) {
      const trouble = classifyStorageError(error)
      if (trouble === null) throw error
      if (failures === 0) log.error({ error, trouble }, 'closed alarms cannot be read for now')
    }
    failures++
    return otherwise
  }
  type Packed = { readonly no: number; readonly body: Uint8Array }
  const numbered = ({ no, body }: Packed): readonly Numbered[] => {
    const unpacked = unpackAlarm(body)
    const one = unpacked && readAlarm(...unpacked)
    return one === null ? [] : [{ no, ...one }]
  }
  const allOf = (rows: () => readonly unknown[]): readonly Numbered[] => guarded([], () => (rows() as readonly Packed[]).flatMap(numbered))
  const at = (no: number): Numbered | null => allOf(() => [selectAt.get(no)].filter((row) => row !== undefined))[0] ?? null
  const withId = (id: string): Numbered | null => allOf(() => selectKey.all(hash48(id))).find(({ alarm }) => alarm.id === id) ?? null

  const lastNo = (): number => guarded(0, () => selectLast.get() as number)

  let counted: number | null = null
  const count = (): number => {
    counted ??= guarded(null, () => countAll.get() as number)
    return counted ?? 0
  }
  const putAll = db.transaction((alarms: readonly ClosedAlarm[]): number => {
    let added = 0
    for (const { no: wanted, id, incident, raisedAt, closedAt, alarm, changes, read } of alarms) {
      const known = withId(id)
      // A number that another one has, as files of several days may have been put together.
      const isTaken = known === null && selectAt.get(wanted) !== undefined
      const no = known?.no ?? (isTaken ? (selectLast.get() as number) + 1 : wanted)
      const { subject, severity } = read.alarm
      const path = pathOf(subject)
      const hashes = [hash48(id), hash48(incident), hash48(ownerIdOf(subject)), path === null ? null : hash48(path), hash48(placeOf(subject))]
      insert.run(no, ...hashes, severityRank[severity], raisedAt, closedAt, packAlarm(alarm, changes))
      insertWords.run(no, indexedTokens(read))
      noteBlock.run({ block: Math.floor(no / blockSize), no, raisedAt })
      if (known === null) added++
    }
    return added
  })
  const removeAll = db.transaction((nos: readonly number[]) => {
    for (const no of nos) {
      remove.run(no)
      removeWords.run(no)
    }
  })
  /** Numbers between two in pieces, the greatest first: those that the index finds, or all. */
  function* numbers(query: string | null, below: number, lowest: number): Generator<readonly number[]> {
    const end = Math.max(
      lowest,
      guarded(0, () => (selectFirst.get() as number | null) ?? 0),
    )
    let most = listedAtOnce
    for (let upper = Math.min(below, lastNo() + 1); upper > end; most = foundAtOnce) {
      const nos = guarded([], () => (query === null ? selectPage.all(upper, end, most) : selectFound.all(query, upper, end, most)) as number[])
      for (let place = 0; place < nos.length; place += listedAtOnce) yield nos.slice(place, place + listedAtOnce)
      upper = nos.length === most ? (nos.at(-1) ?? end) : end
    }
  }
  function* allWithin(from: number, to: number): Generator<readonly AlarmRef[]> {
    const beyond = to + dayMs
    yield guarded([], () => selectLong.all({ beyond: Math.max(beyond, from), to }) as readonly AlarmRef[])
    for (let last = { closedAt: beyond + 1, raisedAt: 0, no: 0 }; ; ) {
      const rows = guarded([], () => selectClosed.all({ from, to, ...last }) as (typeof last)[])
      yield rows
      last = rows.at(-1) ?? last
      if (rows.length < listedAtOnce) return
    }
  }
  function* placeWithin(from: number, to: number, { owner, path }: AlarmPlace): Generator<readonly AlarmRef[]> {
    const found: AlarmRef[] = []
    const query = indexQuery({ serverId: owner === undefined ? undefined : [owner], path })
    for (const nos of numbers(query, numbersOf(0, to)?.below ?? 0, 0)) {
      if (found.length >= mostRefs) break
      found.push(...guarded([], () => nos.flatMap((no) => (selectSpan.get(no, from, to) as AlarmRef | undefined) ?? [])))
      yield []
    }
    yield found.sort((a, b) => (b.closedAt ?? 0) - (a.closedAt ?? 0))
  }
  /** Between which numbers those lie that were raised in a period, and others may; null: there is none. Numbers may not rise with the time: a clock is set back. */
  const numbersOf = (from: number, to: number): { readonly lowest: number; readonly below: number } | null => {
    const { first, last } = guarded(noBlocks, () => selectBlocks.get(from, to) as typeof noBlocks)
    return first === null || last === null ? null : { lowest: first * blockSize, below: (last + 1) * blockSize }
  }
  return {
    /** The file is damaged: what it has can't be read. */
    isDamaged: (): boolean => isDamaged,
    /** How often something could not be read so far: an answer during which this has changed lacks something. */
    failures: (): number => failures,
    /** Another file was begun. */
    begunAnew: (): void => {
      isDamaged = false
      counted = null
    },
    /** Stores alarms, each once however often it is stored, in one transaction that waits for the disk. Returns whether they are stored. */
    put: (alarms: readonly ClosedAlarm[]): boolean => {
      const before = failures
      const added = written(0, () => putAll(alarms))
      if (counted !== null) counted += added
      return !isDamaged && db.open && failures === before
    },
    count,
    bytes: (): number => {
      const pragma = (name: string) => db.pragma(name, { simple: true }) as number
      return guarded(0, () => (pragma('page_count') - pragma('freelist_count')) * pragma('page_size'))
    },
    /** The greatest number that an alarm ever had here; 0: there was none. */
    lastNo,
    numbersOf,
    at,
    withId,
    /** The newest first. */
    ofIncident: (incident: string, most: number): readonly Numbered[] =>
      allOf(() => selectIncident.all({ incident: hash48(incident), most })).filter(({ alarm }) => alarm.incident === incident),
    /** Numbers of those that were open at a moment: of the worst ones. */
    openThen: (moment: number, most: number): readonly number[] => guarded([], () => selectThen.all({ at: moment, most }) as readonly number[]),
    /** Those that were open at some time of a period, those closed last first, in pieces of work, some of which find none. Of a place the `mostRefs` raised last. */
    within: (from: number, to: number, of: AlarmPlace): Iterable<readonly AlarmRef[]> =>
      of.owner === undefined && of.path === undefined ? allWithin(from, to) : placeWithin(from, to, of),
    /** What alarms of a rule that were closed since a moment are about (`hash48` of the place), each, in pieces of work. */
    *placesOf(rule: string, from: number): Generator<readonly number[]> {
      const since = new Set<number>()
      let lowest = Number.MAX_SAFE_INTEGER
      for (const piece of allWithin(from, latestTime)) {
        for (const { no } of piece) {
          since.add(no)
          lowest = Math.min(lowest, no)
        }
        yield []
      }
      for (const nos of numbers(indexQuery({ rule }), Number.MAX_SAFE_INTEGER, lowest))
        yield guarded([], () => nos.flatMap((no) => (since.has(no) ? ((selectPlace.get(no) as number | undefined) ?? []) : [])))
    },
    /** Those of a stream (`path` null: of a server or host and of its parts) that were closed since a moment, those raised last first. */
    ofSubject: (owner: string, path: string | null, { since = 0, most }: { readonly since?: number; readonly most: number }): readonly Numbered[] =>
      allOf(() => selectFoundSince.all(indexQuery({ serverId: [owner], path }), since, most)),
    /** Goes through those numbered from `lowest` to below `below` in pieces of work, those raised last first. `looked`: so many were unpacked. */
    *search(search: AlarmSearch, below: number, lowest: number): Generator<{ readonly looked: number; readonly found: readonly Numbered[] }> {
      const passes = searchTest(search)
      for (const nos of numbers(indexQuery(search), below, lowest))
        for (let place = 0; place < nos.length; place += readAtOnce) {
          const some = nos.slice(place, place + readAtOnce)
          yield { looked: some.length, found: some.flatMap((no) => at(no) ?? []).filter(passes) }
        }
    },
    /** Those closed first. */
    oldest: (most: number): readonly { readonly no: number; readonly closedAt: number }[] =>
      guarded([], () => selectOldest.all(most) as readonly { readonly no: number; readonly closedAt: number }[]),
    remove: (nos: readonly number[]): void => {
      written(undefined, () => removeAll(nos))
      if (counted !== null) counted -= nos.length
    },
  }
}
export type ClosedRows = ReturnType<typeof createClosedRows>

/** How many of the alarms in alarms.db can't be read. Reads all of them. */
export function unreadableClosed(db: Database): number {
  let unreadable = 0
  for (const body of db.prepare('SELECT body FROM closed_alarms').pluck().iterate()) if (unpackAlarm(body as Uint8Array) === null) unreadable++
  return unreadable
}
