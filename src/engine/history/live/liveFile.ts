import type { SetAside } from '../../../shared/consoleTroubles.ts'
import type { StoreFigures } from '../../../shared/history.ts'
import { type Kept, keptKinds, type Tier, tierStepMs } from '../../../shared/tiers.ts'
import type { Database } from '../../storage/openDatabase.ts'
import { type ArchiveEntry, dayMs, dayOf, dayStartOf, type StoreLimits } from '../protocol/protocol.ts'
import type { Journal } from './journal.ts'
import type { OwnerColumns } from './ownerColumns.ts'
import { eventBytesSql, factRowBytes, sampleBytes, type Tallies, usedBytes } from './pendingRows.ts'
import type { SealRemover } from './sealWriter.ts'

/** The files listed in history.db: archives, and damaged files that were set aside. */
type FileLists = ReturnType<typeof createFileLists>

export function createFileLists(db: Database, transact: (run: () => void) => boolean) {
  const sql = {
    listArchive: db.prepare<[ArchiveEntry]>(
      `INSERT INTO archives(name, tier, from_at, to_at, bytes, sha256) VALUES (@name, @tier, @from, @to, @bytes, @sha256)
       ON CONFLICT DO UPDATE SET tier = excluded.tier, from_at = excluded.from_at, to_at = excluded.to_at, bytes = excluded.bytes, sha256 = excluded.sha256`,
    ),
    unlistArchive: db.prepare<[string]>('DELETE FROM archives WHERE name = ?'),
    setAside: db.prepare<[string, number, string]>(
      'INSERT INTO set_aside(file, at, words) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET at = excluded.at, words = excluded.words',
    ),
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

/**
 * Last resort when archiving does not free enough space: drops the oldest data that exceeds a retention limit, a little at a
 * time. Returns true if there is more to do.
 */
type KeepToLimits = (limits: StoreLimits, now: number) => boolean

const stepsPerCall = 20
const eventsPerStep = 1000

function createLimitKeeper(deps: {
  readonly db: Database
  readonly tallies: Tallies
  readonly remove: SealRemover
  readonly journal: Pick<Journal, 'freeBytes'>
  readonly transact: (run: () => void) => boolean
}): KeepToLimits {
  const { db, tallies, remove, journal, transact } = deps
  const sql = {
    oldestWithSamples: db.prepare<[], { id: number; to_at: number }>('SELECT id, to_at FROM seals WHERE sample_bytes IS NOT 0 ORDER BY to_at LIMIT 1'),
    oldestWithMinutes: db.prepare<[], { id: number; to_at: number; minute_bytes: number; sample_bytes: number }>(
      'SELECT id, to_at, minute_bytes, sample_bytes FROM seals WHERE minute_bytes > 0 ORDER BY to_at LIMIT 1',
    ),
    oldestEvent: db.prepare<[], number | null>('SELECT min(at) FROM events').pluck(),
    dropEventsBefore: db
      .prepare<[number, number], number>(`DELETE FROM events WHERE id IN (SELECT id FROM events WHERE at < ? ORDER BY at LIMIT ?) RETURNING ${eventBytesSql}`)
      .pluck(),
    dropFirstEvents: db
      .prepare<[number], number>(`DELETE FROM events WHERE id IN (SELECT id FROM events ORDER BY id LIMIT ?) RETURNING ${eventBytesSql}`)
      .pluck(),
  }

  /** The next step; null: no limit is exceeded. */
  const nextDrop = (limits: StoreLimits, now: number): (() => void) | null => {
    const bytes = tallies.read()
    const samples = sql.oldestWithSamples.get()
    if (samples && (samples.to_at < now - limits.samples.days * dayMs || sampleBytes(usedBytes(db), bytes, journal.freeBytes()) > limits.samples.bytes))
      return () => remove.samples(samples.id)
    const minutes = sql.oldestWithMinutes.get()
    if (minutes && (minutes.to_at < now - limits.minutes.days * dayMs || bytes.minutes > limits.minutes.bytes))
      return () => (minutes.sample_bytes === 0 ? remove.whole : remove.minutes)(minutes.id, minutes.minute_bytes)
    const tooOld = now - limits.events.days * dayMs
    const areTooMany = bytes.events > limits.events.bytes
    const oldestEvent = sql.oldestEvent.get() ?? null
    if (oldestEvent !== null && (areTooMany || oldestEvent < tooOld))
      return () => {
        const dropped = areTooMany ? sql.dropFirstEvents.all(eventsPerStep) : sql.dropEventsBefore.all(tooOld, eventsPerStep)
        tallies.add('events', -dropped.reduce((sum, one) => sum + one, 0))
      }
    return null
  }

  /** Returns free pages to the disk if there are many, as after a limit was lowered. Otherwise SQLite reuses them. */
  const shrink = (): boolean => {
    const free = db.pragma('freelist_count', { simple: true }) as number
    const isMuch = free > Math.max(1000, (db.pragma('page_count', { simple: true }) as number) / 20)
    return isMuch && transact(() => void db.pragma('incremental_vacuum(500)'))
  }

  return (limits, now) => {
    for (let step = 0; step < stepsPerCall; step++) {
      const drop = nextDrop(limits, now)
      if (drop === null) return shrink()
      if (!transact(drop)) return false
    }
    return true
  }
}

/**
 * Drops an archived day, one step per call: first its seals up to `lastSeal`, then facts that only held on that day, then texts
 * that no fact refers to. Returns true if there is more to do. Throws if no archive of the day's minutes is listed.
 */
type DropDay = (dayStart: number, lastSeal: number) => boolean

/** Several seals per transaction, because each transaction writes some pages anyway: of five indexes and of the free list. */
const sealsPerStep = 32
/** Takes a few ms. */
const bytesPerStep = 2 << 20
const textsPerStep = 5000

function createDayDropper(deps: {
  readonly db: Database
  readonly tallies: Tallies
  readonly remove: SealRemover
  readonly transact: (run: () => void) => boolean
}): DropDay {
  const { db, tallies, remove, transact } = deps
  const sql = {
    seals: db.prepare<[number, number, number, number], { id: number; sample_bytes: number | null; minute_bytes: number }>(
      'SELECT id, sample_bytes, minute_bytes FROM seals WHERE from_at >= ? AND from_at < ? AND id <= ? ORDER BY from_at LIMIT ?',
    ),
    isListed: db.prepare<[string, string], number>('SELECT 1 FROM archives WHERE name = ? OR name GLOB ? LIMIT 1').pluck(),
    owners: db.prepare<[], number>('SELECT no FROM servers ORDER BY no').pluck(),
    // Facts superseded within the archived time, or of subjects that are gone.
    dropFacts: db.prepare<{ owner: number; end: number }>(
      `DELETE FROM facts WHERE server = @owner AND at < @end AND (text IS NULL OR EXISTS
         (SELECT 1 FROM facts later WHERE later.server = facts.server AND later.path = facts.path AND later.at > facts.at AND later.at <= @end))`,
    ),
    textsAfter: db.prepare<[number, number], { id: number; json: string }>('SELECT id, json FROM texts WHERE id > ? ORDER BY id LIMIT ?'),
    isTextUsed: db.prepare<[number], number>('SELECT 1 FROM facts WHERE text = ? LIMIT 1').pluck(),
    dropText: db.prepare<[number]>('DELETE FROM texts WHERE id = ?'),
  }
  /** Progress of dropping the day's facts and texts. */
  let progress: { readonly dayStart: number; readonly owners: number[]; textsAfter: number } | null = null

  /** Drops some seals; null: none are left. */
  const dropSeals = (dayStart: number, lastSeal: number): boolean | null => {
    const seals = sql.seals.all(dayStart, dayStart + dayMs, lastSeal, sealsPerStep)
    if (seals.length === 0) return null
    const name = `minutes-${new Date(dayStart).toISOString().slice(0, 10)}`
    if (sql.isListed.get(`${name}.db`, `${name}.*.db`) === undefined) throw new Error(`no archive of ${name} is listed`)
    return transact(() => {
      let bytes = 0
      for (const seal of seals) {
        remove.whole(seal.id, seal.minute_bytes)
        bytes += (seal.sample_bytes ?? bytesPerStep) + seal.minute_bytes
        if (bytes >= bytesPerStep) return
      }
    })
  }

  const dropFacts = (owner: number, end: number): boolean => transact(() => tallies.add('facts', -sql.dropFacts.run({ owner, end }).changes * factRowBytes))

  const dropUnusedTexts = (texts: readonly { readonly id: number; readonly json: string }[]): boolean =>
    transact(() => {
      // Checked inside the transaction, as a fact pending until now may use a text again.
      const unused = texts.filter(({ id }) => sql.isTextUsed.get(id) === undefined)
      for (const { id } of unused) sql.dropText.run(id)
      tallies.add('facts', -unused.reduce((sum, { json }) => sum + Buffer.byteLength(json), 0))
    })

  return (dayStart, lastSeal) => {
    const dropped = dropSeals(dayStart, lastSeal)
    if (dropped !== null) return dropped
    if (progress?.dayStart !== dayStart) progress = { dayStart, owners: sql.owners.all(), textsAfter: 0 }
    const owner = progress.owners.at(-1)
    if (owner !== undefined) {
      if (!dropFacts(owner, dayStart + dayMs)) return false
      progress.owners.pop()
      return true
    }
    const texts = sql.textsAfter.all(progress.textsAfter, textsPerStep)
    if (!dropUnusedTexts(texts)) return false
    const isLast = texts.length < textsPerStep
    if (isLast) progress = null
    else progress.textsAfter = texts.at(-1)?.id ?? 0
    return !isLast
  }
}

/** One step of dropping names that have no seals, no facts, and no data in memory. Returns true if there is more to do. */
type DropNames = (now: number) => boolean

const namesPerStep = 5000

interface StoredName {
  readonly no: number
  readonly name: string
  /** Day on which it was last seen, days since 1970. */
  readonly day: number
}

function createNameDropper(deps: {
  readonly db: Database
  /** Owners in memory. */
  readonly owners: ReadonlyMap<string, OwnerColumns>
  /** Open: everything in the journal is also in memory. */
  readonly journal: Pick<Journal, 'isOpen'>
  readonly transact: (run: () => void) => boolean
}): DropNames {
  const { db, owners, transact } = deps
  const sql = {
    firstBegin: db.prepare<[], number | null>('SELECT min(from_at) FROM seals').pluck(),
    owners: db.prepare<[], { no: number; id: string }>('SELECT no, id FROM servers ORDER BY no'),
    names: db.prepare<[number, string, number], StoredName>('SELECT no, name, day FROM paths WHERE server = ? AND name > ? ORDER BY name LIMIT ?'),
    hasFacts: db.prepare<[number, number], number>('SELECT 1 FROM facts WHERE server = ? AND path = ? AND text IS NOT NULL LIMIT 1').pluck(),
    dropFacts: db.prepare<[number, number]>('DELETE FROM facts WHERE server = ? AND path = ?'),
    dropName: db.prepare<[number, string]>('DELETE FROM paths WHERE server = ? AND name = ?'),
  }
  /** Progress of dropping names last seen before `day`: owners left, and the last name handled of the current one. */
  let progress: { readonly day: number; readonly left: { no: number; id: string }[]; after: string } | null = null
  /** Names last seen before this day are already dropped. */
  let doneUntil = Number.NEGATIVE_INFINITY

  const isInMemory = (owner: OwnerColumns | undefined, name: string): boolean =>
    owner !== undefined && [owner.open, ...owner.closed].some(({ slots }) => slots.has(name))

  return (now) => {
    if (!deps.journal.isOpen) return false
    if (!progress) {
      const day = dayOf(sql.firstBegin.get() ?? now)
      if (day <= doneUntil) return false
      progress = { day, left: sql.owners.all(), after: '' }
    }
    const { day, left, after } = progress
    const of = left.at(-1)
    if (!of) {
      doneUntil = day
      progress = null
      return false
    }
    const owner = owners.get(of.id)
    let names: readonly StoredName[] = []
    let unused: readonly StoredName[] = []
    const worked = transact(() => {
      // Read inside the transaction, so that names and facts pending until now are included.
      names = sql.names.all(of.no, after, namesPerStep)
      unused = names.filter(({ no, name, day: seen }) => seen < day && !isInMemory(owner, name) && sql.hasFacts.get(of.no, no) === undefined)
      for (const { no, name } of unused) {
        sql.dropFacts.run(of.no, no)
        sql.dropName.run(of.no, name)
      }
    })
    if (!worked) return false
    for (const { no, name } of unused) {
      owner?.numbers.known.delete(name)
      owner?.seen.nos.delete(no)
      owner?.factHashes?.delete(no)
    }
    const isLast = names.length < namesPerStep
    if (isLast) left.pop()
    progress.after = isLast ? '' : (names.at(-1)?.name ?? '')
    return true
  }
}

/** Bytes stored, since when, and bytes per day. `hotFrom`: time of the oldest data in memory. */
type LiveFigures = (limits: StoreLimits, hotFrom: number | null) => Pick<StoreFigures, 'bytes' | 'from' | 'kept'>

/** Minimum time for a forecast. */
const shortestLoadMs = 3_600_000
/** From this time on the recent load is a better forecast than the last archive. */
const goodLoadMs = 3 * 3_600_000

interface ListedArchive {
  readonly tier: Tier
  readonly from_at: number
  readonly to_at: number
  readonly bytes: number
}

/** Bytes of the seals of the last day. */
interface Load {
  readonly bytes: Partial<Record<Tier, number>>
  readonly ms: number
}

function createLiveFigures(db: Database, tallies: Tallies, journal: Pick<Journal, 'freeBytes'>): LiveFigures {
  const sql = {
    samplesFrom: db.prepare<[], number>('SELECT from_at FROM seals WHERE sample_bytes IS NOT 0 ORDER BY to_at LIMIT 1').pluck(),
    minutesFrom: db.prepare<[], number>('SELECT from_at FROM seals WHERE minute_bytes > 0 ORDER BY to_at LIMIT 1').pluck(),
    eventsFrom: db.prepare<[], number | null>('SELECT min(at) FROM events').pluck(),
    archives: db.prepare<[], ListedArchive>('SELECT tier, from_at, to_at, bytes FROM archives ORDER BY from_at'),
    newestSeal: db.prepare<[], number | null>('SELECT max(to_at) FROM seals').pluck(),
    load: db.prepare<[number], { samples: number; minutes: number; from_at: number | null; to_at: number | null }>(
      'SELECT sum(sample_bytes) AS samples, sum(minute_bytes) AS minutes, min(from_at) AS from_at, max(to_at) AS to_at FROM seals WHERE to_at > ? AND form > 1',
    ),
  }

  const loadUntil = (newest: number): Load | null => {
    const load = sql.load.get(newest - dayMs)
    if (load?.from_at == null || load.to_at === null) return null
    return { bytes: { samples: load.samples, minutes: load.minutes }, ms: load.to_at - Math.max(load.from_at, newest - dayMs) }
  }

  return (limits, hotFrom) => {
    const used = usedBytes(db)
    const tallied = tallies.read()
    const archives = sql.archives.all()
    const from = beginnings(archives, {
      samples: oldest(sql.samplesFrom.get(), hotFrom),
      minutes: oldest(sql.minutesFrom.get(), hotFrom),
      events: sql.eventsFrom.get() ?? null,
    })
    const live: Record<Kept, number> = {
      samples: sampleBytes(used, tallied, journal.freeBytes()),
      minutes: tallied.minutes + tallied.facts,
      quarterHours: 0,
      twoHours: 0,
      events: tallied.events,
    }
    const newest = sql.newestSeal.get() ?? null
    const load = newest === null ? null : loadUntil(newest)
    const eventsMs = from.events === null || newest === null ? 0 : newest - from.events
    return {
      bytes: used + sumOf(archives),
      from: oldest(...Object.values(from)),
      kept: keptKinds.map((kept) => {
        const ofTier = archives.filter(({ tier }) => tier === kept)
        return {
          kept,
          limit: limits[kept],
          bytes: live[kept] + sumOf(ofTier),
          from: from[kept],
          bytesPerDay: kept === 'events' ? (eventsMs >= dayMs ? (live.events / eventsMs) * dayMs : null) : perDay(kept, ofTier, load),
        }
      }),
    }
  }
}

const sumOf = (archives: readonly ListedArchive[]): number => archives.reduce((sum, { bytes }) => sum + bytes, 0)

function oldest(...of: readonly (number | null | undefined)[]): number | null {
  const known = of.filter((at) => at != null)
  return known.length === 0 ? null : Math.min(...known)
}

/** Start of the stored data of each tier. `live`: the start in history.db and memory. */
function beginnings(archives: readonly ListedArchive[], live: Record<'samples' | 'minutes' | 'events', number | null>): Record<Kept, number | null> {
  const firstOf = (tier: Tier): number | undefined => archives.find((archive) => archive.tier === tier)?.from_at
  // A bucket starts before its first value: if the finer tier starts within the first bucket, that start is the true one.
  const coarse = (tier: Tier, finer: number | null): number | null => {
    const begins = firstOf(tier) ?? null
    return begins !== null && finer !== null && finer >= begins && finer < begins + tierStepMs[tier] ? finer : begins
  }
  const minutes = oldest(firstOf('minutes'), live.minutes)
  const quarterHours = coarse('quarterHours', minutes)
  return { samples: oldest(firstOf('samples'), live.samples), minutes, quarterHours, twoHours: coarse('twoHours', quarterHours), events: live.events }
}

/** Bytes per day, from the last hours or, if those are too few, from the last archive. */
function perDay(tier: Tier, archives: readonly ListedArchive[], load: Load | null): number | null {
  const byLoad = (leastMs: number): number | null => {
    const bytes = load?.bytes[tier]
    return load && bytes !== undefined && load.ms >= leastMs ? (bytes / load.ms) * dayMs : null
  }
  const last = archives.findLast(({ from_at, to_at }) => to_at - from_at >= dayMs / 2)
  return byLoad(goodLoadMs) ?? (last ? (last.bytes / (last.to_at - last.from_at)) * dayMs : byLoad(shortestLoadMs))
}

/** The contents of history.db besides the journal: its size, and dropping data that exceeds limits or is archived. */
interface LiveFile extends Omit<FileLists, 'allSetAside'> {
  readonly keepToLimits: KeepToLimits
  readonly dropDay: DropDay
  readonly dropNames: DropNames
  readonly figures: (limits: StoreLimits, hotFrom: number | null) => Pick<StoreFigures, 'bytes' | 'from' | 'kept' | 'setAside'>
  /** Start of the oldest seal, and the approximate bytes of all seals of its day (UTC). null: there is no seal. */
  readonly oldestDay: () => { readonly from: number; readonly bytes: number } | null
}

interface LiveFileDeps {
  readonly db: Database
  readonly tallies: Tallies
  readonly remove: SealRemover
  /** Runs a transaction that also writes all pending rows; false: the disk can't be written. */
  readonly transact: (run: () => void) => boolean
  /** Owners in memory. */
  readonly owners: ReadonlyMap<string, OwnerColumns>
  readonly journal: Pick<Journal, 'isOpen' | 'freeBytes'>
}

export function createLiveFile(deps: LiveFileDeps): LiveFile {
  const { db, tallies, transact } = deps
  const firstBegin = db.prepare<[], number | null>('SELECT min(from_at) FROM seals').pluck()
  const bytesOfDay = db
    .prepare<[number, number], number | null>('SELECT sum(sample_bytes + minute_bytes) FROM seals WHERE from_at >= ? AND from_at < ?')
    .pluck()
  const { allSetAside, ...files } = createFileLists(db, transact)
  const figures = createLiveFigures(db, tallies, deps.journal)
  return {
    ...files,
    keepToLimits: createLimitKeeper(deps),
    dropDay: createDayDropper(deps),
    dropNames: createNameDropper(deps),
    figures: (limits, hotFrom) => ({ ...figures(limits, hotFrom), setAside: allSetAside() }),
    oldestDay: () => {
      const from = firstBegin.get() ?? null
      if (from === null) return null
      return { from, bytes: bytesOfDay.get(dayStartOf(from), dayStartOf(from) + dayMs) ?? 0 }
    },
  }
}
