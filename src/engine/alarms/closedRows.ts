import { type AlarmSubject, alarmSubjectSchema, ownerIdOf, pathOf } from '../../shared/subjects.ts'
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
/** Where a list goes on. */
export interface ClosedBefore {
  readonly closedAt: number
  readonly raisedAt: number
  readonly no: number
}

/** So many are found at once: what makes a search slow is to walk through the index up to its first find, some 60 ms at most for a million. */
const foundAtOnce = 500
/** So many alarms are unpacked in one piece of work: about 4 ms. */
const readAtOnce = 100
const dayMs = 86_400_000
/** Numbers of a row of `closed_blocks`. It is part of the form. */
const blockSize = 1_000

const noBlocks: { readonly first: number | null; readonly last: number | null } = { first: null, last: null }

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
  const spansOf = (closed: string) => `
    SELECT no FROM closed_alarms INDEXED BY closed_spans WHERE closed_at ${closed} $from AND closed_at <= $to + ${dayMs} AND raised_at <= $to
    UNION SELECT no FROM closed_alarms INDEXED BY long_spans WHERE closed_at - raised_at > ${dayMs} AND closed_at ${closed} $from AND raised_at <= $to`
  const selectThen = db
    .prepare(`
    SELECT no FROM closed_alarms WHERE no IN (${spansOf('>')}) AND ($owner IS NULL OR owner = $owner) AND ($path IS NULL OR path = $path)
    ORDER BY severity, raised_at DESC LIMIT $most`)
    .pluck()
  const selectWithin = db.prepare(`
    SELECT no, body FROM closed_alarms WHERE no IN (${spansOf('>=')}) AND ($owner IS NULL OR owner = $owner) AND ($path IS NULL OR path = $path)
    ORDER BY no DESC LIMIT $most`)
  const selectNosWithin = db.prepare(`SELECT no, closed_at FROM closed_alarms WHERE no IN (${spansOf('>=')}) ORDER BY no DESC LIMIT $most`)
  const selectPage = db.prepare('SELECT no FROM closed_alarms WHERE no < ? AND no >= ? ORDER BY no DESC LIMIT ?').pluck()
  const selectFound = db.prepare('SELECT rowid FROM closed_words WHERE closed_words MATCH ? AND rowid < ? AND rowid >= ? ORDER BY rowid DESC LIMIT ?').pluck()
  const selectFoundSince = db.prepare(`
    SELECT no, body FROM closed_alarms WHERE no IN (SELECT rowid FROM closed_words WHERE closed_words MATCH ?) AND closed_at >= ? ORDER BY no DESC LIMIT ?`)
  const selectOfRule = db.prepare(`
    SELECT max(no) AS no, count(*) AS count FROM closed_alarms
    WHERE closed_at >= $from AND no IN (SELECT rowid FROM closed_words WHERE closed_words MATCH $rule
      AND rowid >= (SELECT min(no) FROM closed_alarms INDEXED BY closed_spans WHERE closed_at >= $from))
    GROUP BY place ORDER BY 2 DESC LIMIT $limit`)
  const selectClosed = db.prepare(`
    SELECT no, closed_at AS closedAt, raised_at AS raisedAt, body FROM closed_alarms INDEXED BY closed_spans
    WHERE closed_at >= ? AND (closed_at, raised_at, no) < (?, ?, ?) ORDER BY closed_at DESC, raised_at DESC, no DESC LIMIT ?`)
  const selectOldest = db.prepare('SELECT no, closed_at AS closedAt FROM closed_alarms ORDER BY closed_at, raised_at, no LIMIT ?')
  const remove = db.prepare('DELETE FROM closed_alarms WHERE no = ?')
  const removeWords = db.prepare('DELETE FROM closed_words WHERE rowid = ?')

  let isDamaged = false
  const guarded = <T>(otherwise: T, use: () => T): T => {
    if (isDamaged) return otherwise
    try {
      return use()
    } catch (error) {
      if (!isDamage(error)) throw error
      log.error({ error }, 'alarms.db is damaged: closed alarms cannot be read')
      isDamaged = true
      return otherwise
    }
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
  const hashedOf = ({ owner, path }: { readonly owner?: string | undefined; readonly path?: string | undefined }) => ({
    owner: owner === undefined ? null : hash48(owner),
    path: path === undefined ? null : hash48(path),
  })

  const lastNo = (): number => guarded(0, () => selectLast.get() as number)

  let counted: number | null = null
  const count = (): number => {
    counted ??= guarded(0, () => countAll.get() as number)
    return counted
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
  return {
    /** The file is damaged: what it has can't be read. */
    isDamaged: (): boolean => isDamaged,
    /** Another file was begun. */
    begunAnew: (): void => {
      isDamaged = false
      counted = null
    },
    /** Stores alarms, each once however often it is stored, in one transaction that waits for the disk. Returns whether they are stored. */
    put: (alarms: readonly ClosedAlarm[]): boolean => {
      const added = guarded(0, () => putAll(alarms))
      if (counted !== null) counted += added
      return !isDamaged
    },
    count,
    bytes: (): number => {
      const pragma = (name: string) => db.pragma(name, { simple: true }) as number
      return guarded(0, () => (pragma('page_count') - pragma('freelist_count')) * pragma('page_size'))
    },
    /** The greatest number that an alarm ever had here; 0: there was none. */
    lastNo,
    /** Between which numbers those lie that were raised in a period, and others may; null: there is none. Numbers may not rise with the time: a clock is set back. */
    numbersOf: (from: number, to: number): { readonly lowest: number; readonly below: number } | null => {
      const { first, last } = guarded(noBlocks, () => selectBlocks.get(from, to) as typeof noBlocks)
      return first === null || last === null ? null : { lowest: first * blockSize, below: (last + 1) * blockSize }
    },
    at,
    withId,
    /** The newest first. */
    ofIncident: (incident: string, most: number): readonly Numbered[] =>
      allOf(() => selectIncident.all({ incident: hash48(incident), most })).filter(({ alarm }) => alarm.incident === incident),
    /** Numbers of those that were open at a moment: of the worst ones. */
    openThen: (moment: number, of: { readonly owner?: string | undefined; readonly path?: string | undefined }, most: number): readonly number[] =>
      guarded([], () => selectThen.all({ from: moment, to: moment, ...hashedOf(of), most }) as readonly number[]),
    /** Those that were open at some time of a period, those raised last first. */
    within: (from: number, to: number, of: { readonly owner?: string | undefined; readonly path?: string | undefined }, most: number): readonly Numbered[] =>
      allOf(() => selectWithin.all({ from, to, ...hashedOf(of), most })),
    /** The same, their numbers only. */
    nosWithin: (from: number, to: number, most: number): readonly { readonly no: number; readonly closedAt: number }[] =>
      guarded([], () =>
        (selectNosWithin.all({ from, to, most }) as readonly { readonly no: number; readonly closed_at: number }[]).map(({ no, closed_at: closedAt }) => ({
          no,
          closedAt,
        })),
      ),
    /** What had alarms of a rule that were open since a moment, and how many: those with most of them first. */
    ofRule: (rule: string, from: number, limit: number): readonly { readonly subject: AlarmSubject; readonly count: number }[] =>
      guarded([], () => {
        const rows = selectOfRule.all({ rule: indexQuery({ rule }), from, limit }) as readonly { readonly no: number; readonly count: number }[]
        return rows.flatMap(({ no, count: many }) => {
          const { subject } = Object(unpackAlarm((selectAt.get(no) as Packed).body)?.[0])
          const read = alarmSubjectSchema.safeParse(subject)
          return read.success ? [{ subject: read.data, count: many }] : []
        })
      }),
    /** Those of a stream (`path` null: of a server or host and of its parts) that were closed since a moment, those raised last first. */
    ofSubject: (owner: string, path: string | null, { since = 0, most }: { readonly since?: number; readonly most: number }): readonly Numbered[] =>
      allOf(() => selectFoundSince.all(indexQuery({ serverId: [owner], path }), since, most)),
    /** Goes through those numbered from `lowest` to below `below` in pieces of work, those raised last first. */
    *search(search: AlarmSearch, below: number, lowest: number): Generator<readonly Numbered[]> {
      const query = indexQuery(search)
      const passes = searchTest(search)
      const end = Math.max(
        lowest,
        guarded(0, () => (selectFirst.get() as number | null) ?? 0),
      )
      for (let upper = Math.min(below, lastNo() + 1); upper > end; ) {
        const nos = guarded([], () =>
          query === null ? selectPage.all(upper, end, foundAtOnce) : selectFound.all(query, upper, end, foundAtOnce),
        ) as readonly number[]
        for (let place = 0; place < nos.length; place += readAtOnce)
          yield nos
            .slice(place, place + readAtOnce)
            .flatMap((no) => at(no) ?? [])
            .filter(passes)
        upper = nos.length === foundAtOnce ? (nos.at(-1) ?? end) : end
      }
    },
    /** Those that were closed since a moment, those closed last first, after `before`. */
    closedSince: (from: number, before: ClosedBefore, most: number): { readonly alarms: readonly Numbered[]; readonly last: ClosedBefore | null } => {
      const rows = guarded([], () => selectClosed.all(from, before.closedAt, before.raisedAt, before.no, most)) as readonly (ClosedBefore & Packed)[]
      return { alarms: rows.flatMap(numbered), last: rows.at(-1) ?? null }
    },
    /** Those closed first. */
    oldest: (most: number): readonly { readonly no: number; readonly closedAt: number }[] =>
      guarded([], () => selectOldest.all(most) as readonly { readonly no: number; readonly closedAt: number }[]),
    remove: (nos: readonly number[]): void => {
      guarded(undefined, () => removeAll(nos))
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
