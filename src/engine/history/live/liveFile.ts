import type { SetAside } from '../../../shared/consoleTroubles.ts'
import type { StoreFigures } from '../../../shared/history.ts'
import { type Kept, keptKinds, type Tier } from '../../../shared/tiers.ts'
import type { Database } from '../../storage/openDatabase.ts'
import { type ArchiveEntry, dayMs, dayOf, dayStartOf, type StoreLimits } from '../protocol/protocol.ts'
import type { Journal } from './journal.ts'
import { eventBytesSql, factRowBytes, type Tallies, usedBytes } from './pendingRows.ts'
import type { SealRemover } from './sealWriter.ts'

interface LiveFileDeps {
  readonly db: Database
  readonly tallies: Tallies
  readonly remove: SealRemover
  /** Runs a transaction that also writes all pending rows; false: the disk can't be written. */
  readonly transact: (run: () => void) => boolean
  /** Open: everything in the journal is also in memory. */
  readonly journal: Pick<Journal, 'isOpen' | 'freeBytes'>
}

/** The contents of history.db besides the journal: its size, what it lists, and dropping data that exceeds limits or is archived. */
export function createLiveFile(deps: LiveFileDeps) {
  const { db } = deps
  const firstBegin = db.prepare<[], number | null>('SELECT min(from_at) FROM seals').pluck()
  const bytesOfDay = db
    .prepare<[number, number], number | null>('SELECT sum(sample_bytes + minute_bytes) FROM seals WHERE from_at >= ? AND from_at < ?')
    .pluck()
  const { allSetAside, ...lists } = createFileLists(deps)
  const keptFigures = createKeptFigures(deps)
  return {
    ...lists,
    dropEvents: createEventDropper(deps),
    dropDay: createDayDropper(deps),
    dropNames: createNameDropper(deps),
    /** `hotFrom`: time of the oldest data in memory. */
    figures: (limits: StoreLimits, hotFrom: number | null) => ({ ...keptFigures(limits, hotFrom), setAside: allSetAside() }),
    /** Start of the oldest seal, and the approximate bytes of all seals of its day (UTC). null: there is no seal. */
    oldestDay: (): { readonly from: number; readonly bytes: number } | null => {
      const from = firstBegin.get() ?? null
      return from === null ? null : { from, bytes: bytesOfDay.get(dayStartOf(from), dayStartOf(from) + dayMs) ?? 0 }
    },
  }
}

/** The files listed in history.db: archives, and damaged files that were set aside. */
function createFileLists({ db, transact }: LiveFileDeps) {
  const sql = {
    listArchive: db.prepare<[ArchiveEntry]>(
      'INSERT OR REPLACE INTO archives(name, tier, from_at, to_at, bytes, sha256) VALUES (@name, @tier, @from, @to, @bytes, @sha256)',
    ),
    unlistArchive: db.prepare<[string]>('DELETE FROM archives WHERE name = ?'),
    setAside: db.prepare<[string, number, string]>('INSERT OR REPLACE INTO set_aside(file, at, words) VALUES (?, ?, ?)'),
    forgetSetAside: db.prepare<[string]>('DELETE FROM set_aside WHERE file = ?'),
    allSetAside: db.prepare<[], { file: string; at: number; words: string }>('SELECT file, at, words FROM set_aside ORDER BY at, file'),
  }
  return {
    listArchive: (archive: ArchiveEntry): void => void sql.listArchive.run(archive),
    unlistArchive: (name: string): void => void sql.unlistArchive.run(name),
    setAside: ({ file, at, damage }: StoreFigures['setAside'][number]): void => void sql.setAside.run(file, at, JSON.stringify(damage)),
    /** Adds set-aside files found in the folders (a new history.db has none listed), and forgets those that were removed. */
    knowSetAside: (found: readonly { readonly file: string; readonly at: number }[]): void => {
      const known = new Set(sql.allSetAside.all().map(({ file }) => file))
      const added = found.filter(({ file }) => !known.delete(file))
      if (added.length + known.size === 0) return
      transact(() => {
        for (const { file, at } of added) sql.setAside.run(file, at, JSON.stringify({ damage: 'earlier', file } satisfies SetAside))
        for (const file of known) sql.forgetSetAside.run(file)
      })
    },
    allSetAside: (): StoreFigures['setAside'] => sql.allSetAside.all().map(({ file, at, words }) => ({ file, at, damage: keptDamage(file, words) })),
  }
}

/** Parses the stored reason of a set-aside file, which whoever shows it checks. */
function keptDamage(file: string, words: string): SetAside {
  try {
    return JSON.parse(words) as SetAside
  } catch {
    // The row itself is damaged, so what was wrong with the file is no longer known.
    return { damage: 'earlier', file }
  }
}

const eventsPerStep = 1000

/** Drops the oldest events beyond their limit, some per call, and returns free pages to the disk. Returns true if there is more to do. */
function createEventDropper({ db, tallies, transact }: LiveFileDeps) {
  const oldest = db.prepare<[], number | null>('SELECT min(at) FROM events').pluck()
  const drop = db
    .prepare<[number, number], number>(`DELETE FROM events WHERE id IN (SELECT id FROM events WHERE at < ? ORDER BY at LIMIT ?) RETURNING ${eventBytesSql}`)
    .pluck()
  return ({ events: { days, bytes } }: StoreLimits, now: number): boolean => {
    const before = tallies.read().events > bytes ? Number.MAX_VALUE : now - days * dayMs
    if ((oldest.get() ?? Number.POSITIVE_INFINITY) < before)
      return transact(() => tallies.add('events', -drop.all(before, eventsPerStep).reduce((sum, one) => sum + one, 0)))
    const free = db.pragma('freelist_count', { simple: true }) as number
    const isMuch = free > Math.max(1000, (db.pragma('page_count', { simple: true }) as number) / 20)
    return isMuch && transact(() => void db.pragma('incremental_vacuum(500)'))
  }
}

/** Several seals per transaction, because each transaction writes some pages anyway: of the indexes and of the free list. */
const sealsPerStep = 32
/** Takes a few ms. */
const bytesPerStep = 2 << 20

/**
 * Drops an archived day, one step per call: first its seals up to `lastSeal`, then facts that only held on that day, then texts
 * that no fact refers to. Returns true if there is more to do. Throws if no archive of the day's minutes is listed.
 */
function createDayDropper({ db, tallies, remove, transact }: LiveFileDeps) {
  const sql = {
    seals: db.prepare<[number, number, number, number], { id: number; bytes: number }>(
      'SELECT id, sample_bytes + minute_bytes AS bytes FROM seals WHERE from_at >= ? AND from_at < ? AND id <= ? ORDER BY from_at LIMIT ?',
    ),
    isListed: db.prepare<[string, string], number>('SELECT 1 FROM archives WHERE name = ? OR name GLOB ? LIMIT 1').pluck(),
    owners: db.prepare<[], number>('SELECT no FROM servers ORDER BY no').pluck(),
    // Facts superseded within the archived time, or of subjects that are gone.
    dropFacts: db.prepare<{ owner: number; end: number }>(
      `DELETE FROM facts WHERE server = @owner AND at < @end AND (text IS NULL OR EXISTS
         (SELECT 1 FROM facts later WHERE later.server = facts.server AND later.path = facts.path AND later.at > facts.at AND later.at <= @end))`,
    ),
    dropTexts: db.prepare<[], number>('DELETE FROM texts WHERE id NOT IN (SELECT text FROM facts WHERE text IS NOT NULL) RETURNING octet_length(json)').pluck(),
  }
  /** Owners whose facts of that day are still to be dropped. */
  let progress: { readonly dayStart: number; readonly owners: number[] } | null = null

  return (dayStart: number, lastSeal: number): boolean => {
    const seals = sql.seals.all(dayStart, dayStart + dayMs, lastSeal, sealsPerStep)
    if (seals.length > 0) {
      const name = `minutes-${new Date(dayStart).toISOString().slice(0, 10)}`
      if (sql.isListed.get(`${name}.db`, `${name}.*.db`) === undefined) throw new Error(`no archive of ${name} is listed`)
      return transact(() => {
        let dropped = 0
        for (const { id, bytes } of seals) {
          remove.seal(id)
          dropped += bytes
          if (dropped >= bytesPerStep) return
        }
      })
    }
    if (progress?.dayStart !== dayStart) progress = { dayStart, owners: sql.owners.all() }
    const { owners } = progress
    const owner = owners.at(-1)
    if (owner === undefined) {
      if (transact(() => tallies.add('facts', -sql.dropTexts.all().reduce((sum, bytes) => sum + bytes, 0)))) progress = null
      return false
    }
    if (!transact(() => tallies.add('facts', -sql.dropFacts.run({ owner, end: dayStart + dayMs }).changes * factRowBytes))) return false
    owners.pop()
    return true
  }
}

/** Drops names that have no facts and were last seen before the first day with seals, once for each such day. */
function createNameDropper({ db, journal, transact }: LiveFileDeps) {
  const firstBegin = db.prepare<[], number | null>('SELECT min(from_at) FROM seals').pluck()
  const dropNames = db.prepare<[number]>(
    'DELETE FROM paths WHERE day < ? AND NOT EXISTS (SELECT 1 FROM facts WHERE facts.server = paths.server AND path = paths.no AND text IS NOT NULL)',
  )
  const dropFacts = db.prepare(
    'DELETE FROM facts WHERE text IS NULL AND NOT EXISTS (SELECT 1 FROM paths WHERE paths.server = facts.server AND no = facts.path)',
  )
  let doneUntil = Number.NEGATIVE_INFINITY
  return (now: number, unsealedFrom: number | null): void => {
    const day = dayOf(Math.min(firstBegin.get() ?? now, unsealedFrom ?? now))
    if (!journal.isOpen || day <= doneUntil) return
    if (
      transact(() => {
        dropNames.run(day)
        dropFacts.run()
      })
    )
      doneUntil = day
  }
}

/** Minimum time for a forecast. */
const shortestLoadMs = 3_600_000

/** Bytes stored, since when, and bytes per day on average. */
function createKeptFigures({ db, tallies, journal }: LiveFileDeps) {
  const sql = {
    archives: db.prepare<[], { tier: Tier; from: number; to: number; bytes: number }>(
      'SELECT tier, min(from_at) AS "from", max(to_at) AS "to", sum(bytes) AS bytes FROM archives GROUP BY tier',
    ),
    seals: db.prepare<[], { from: number | null; to: number | null; minutes: number }>(
      'SELECT min(from_at) AS "from", max(to_at) AS "to", total(minute_bytes) AS minutes FROM seals',
    ),
    eventsFrom: db.prepare<[], number | null>('SELECT min(at) FROM events').pluck(),
  }
  return (limits: StoreLimits, hotFrom: number | null): Pick<StoreFigures, 'bytes' | 'from' | 'kept'> => {
    const used = usedBytes(db)
    const { events, facts } = tallies.read()
    const { from: sealsFrom = null, to: sealsTo = null, minutes = 0 } = sql.seals.get() ?? {}
    const archives = new Map(sql.archives.all().map((row) => [row.tier as Kept, row]))
    const liveFrom = oldest(sealsFrom, hotFrom)
    const newest = Math.max(sealsTo ?? 0, ...[...archives.values()].map(({ to }) => to))
    /** What history.db has of each kind: what is nothing else are samples, but for free rows of the journal. */
    const live: Readonly<Record<Kept, { readonly bytes: number; readonly from: number | null }>> = {
      samples: { bytes: Math.max(0, used - minutes - events - facts - journal.freeBytes()), from: liveFrom },
      minutes: { bytes: minutes + facts, from: liveFrom },
      quarterHours: { bytes: 0, from: null },
      twoHours: { bytes: 0, from: null },
      events: { bytes: events, from: sql.eventsFrom.get() ?? null },
    }
    const kept = keptKinds.map((kind) => {
      const bytes = live[kind].bytes + (archives.get(kind)?.bytes ?? 0)
      const from = oldest(live[kind].from, archives.get(kind)?.from)
      const ms = from === null ? 0 : newest - from
      return { kept: kind, limit: limits[kind], bytes, from, bytesPerDay: ms < shortestLoadMs ? null : (bytes / ms) * dayMs }
    })
    const ofArchives = [...archives.values()].reduce((sum, { bytes }) => sum + bytes, 0)
    return { bytes: used + ofArchives, from: oldest(...kept.map(({ from }) => from)), kept }
  }
}

function oldest(...of: readonly (number | null | undefined)[]): number | null {
  const known = of.filter((at) => at != null)
  return known.length === 0 ? null : Math.min(...known)
}
