import type { StoreFigures } from '../../../shared/history.ts'
import { type Kept, keptKinds, type Tier, tierStepMs } from '../../../shared/tiers.ts'
import type { Database } from '../../storage/openDatabase.ts'
import { type ArchiveEntry, dayMs, dayOf, dayStartOf, type StoreLimits } from '../protocol/protocol.ts'
import type { Journal } from './journal.ts'
import type { OwnerColumns } from './ownerColumns.ts'
import { eventBytesSql, factRowBytes, sampleBytes, type Tallies, usedBytes } from './pendingRows.ts'
import type { SealRemover } from './sealWriter.ts'

interface LiveFileDeps {
  readonly db: Database
  readonly tallies: Tallies
  readonly remove: SealRemover
  /** Runs a transaction that also writes all pending rows; false: the disk can't be written. */
  readonly transact: (run: () => void) => boolean
  readonly owners: ReadonlyMap<string, OwnerColumns>
  readonly journal: Pick<Journal, 'freeBytes'>
}

/** Steps of a call that drops what exceeds a limit, and events in one of them. */
const stepsPerCall = 20
const eventsPerStep = 1000
/** Several archived seals per transaction, because each transaction writes some pages anyway: of five indexes and of the free list. */
const sealsPerStep = 32
/** Takes a few ms. */
const bytesPerStep = 2 << 20
const textsPerStep = 5000
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

interface Load {
  readonly bytes: Partial<Record<Tier, number>>
  readonly ms: number
}

interface UnusedName {
  readonly owner: number
  readonly id: string
  readonly no: number
  readonly name: string
}

const statementsOf = (db: Database) => ({
  listArchive: db.prepare<[ArchiveEntry]>(
    'INSERT OR REPLACE INTO archives(name, tier, from_at, to_at, bytes, sha256) VALUES (@name, @tier, @from, @to, @bytes, @sha256)',
  ),
  unlistArchive: db.prepare<[string]>('DELETE FROM archives WHERE name = ?'),
  archives: db.prepare<[], ListedArchive>('SELECT tier, from_at, to_at, bytes FROM archives ORDER BY from_at'),
  isListed: db.prepare<[string, string], number>('SELECT 1 FROM archives WHERE name = ? OR name GLOB ? LIMIT 1').pluck(),

  firstBegin: db.prepare<[], number | null>('SELECT min(from_at) FROM seals').pluck(),
  newestSeal: db.prepare<[], number | null>('SELECT max(to_at) FROM seals').pluck(),
  oldestWithSamples: db.prepare<[], { id: number; from_at: number; to_at: number }>(
    'SELECT id, from_at, to_at FROM seals WHERE sample_bytes > 0 ORDER BY to_at LIMIT 1',
  ),
  oldestWithMinutes: db.prepare<[], { id: number; from_at: number; to_at: number; minute_bytes: number; sample_bytes: number }>(
    'SELECT id, from_at, to_at, minute_bytes, sample_bytes FROM seals WHERE minute_bytes > 0 ORDER BY to_at LIMIT 1',
  ),
  bytesOfDay: db.prepare<[number, number], number | null>('SELECT sum(sample_bytes + minute_bytes) FROM seals WHERE from_at >= ? AND from_at < ?').pluck(),
  sealsOfDay: db.prepare<[number, number, number, number], { id: number; sample_bytes: number; minute_bytes: number }>(
    'SELECT id, sample_bytes, minute_bytes FROM seals WHERE from_at >= ? AND from_at < ? AND id <= ? ORDER BY from_at LIMIT ?',
  ),
  load: db.prepare<[number], { samples: number; minutes: number; from_at: number | null; to_at: number | null }>(
    'SELECT sum(sample_bytes) AS samples, sum(minute_bytes) AS minutes, min(from_at) AS from_at, max(to_at) AS to_at FROM seals WHERE to_at > ?',
  ),

  oldestEvent: db.prepare<[], number | null>('SELECT min(at) FROM events').pluck(),
  dropEventsBefore: db
    .prepare<[number, number], number>(`DELETE FROM events WHERE id IN (SELECT id FROM events WHERE at < ? ORDER BY at LIMIT ?) RETURNING ${eventBytesSql}`)
    .pluck(),
  dropFirstEvents: db
    .prepare<[number], number>(`DELETE FROM events WHERE id IN (SELECT id FROM events ORDER BY id LIMIT ?) RETURNING ${eventBytesSql}`)
    .pluck(),

  owners: db.prepare<[], number>('SELECT no FROM servers ORDER BY no').pluck(),
  // Facts superseded within the archived time, or of subjects that are gone.
  dropArchivedFacts: db.prepare<{ owner: number; end: number }>(
    `DELETE FROM facts WHERE server = @owner AND at < @end AND (text IS NULL OR EXISTS
       (SELECT 1 FROM facts later WHERE later.server = facts.server AND later.path = facts.path AND later.at > facts.at AND later.at <= @end))`,
  ),
  textsAfter: db.prepare<[number, number], { id: number; json: string }>('SELECT id, json FROM texts WHERE id > ? ORDER BY id LIMIT ?'),
  isTextUsed: db.prepare<[number], number>('SELECT 1 FROM facts WHERE text = ? LIMIT 1').pluck(),
  dropText: db.prepare<[number]>('DELETE FROM texts WHERE id = ?'),
  // The name of an owner itself is empty, and stays.
  unusedNames: db.prepare<[number], UnusedName>(
    `SELECT paths.server AS owner, servers.id, paths.no, paths.name FROM paths JOIN servers ON servers.no = paths.server WHERE paths.day < ? AND paths.name > ''
     AND NOT EXISTS (SELECT 1 FROM facts WHERE facts.server = paths.server AND facts.path = paths.no AND text IS NOT NULL)`,
  ),
  dropFacts: db.prepare<[number, number]>('DELETE FROM facts WHERE server = ? AND path = ?'),
  dropName: db.prepare<[number, string]>('DELETE FROM paths WHERE server = ? AND name = ?'),
})

/** The contents of history.db besides the journal: what it lists, its size, and dropping what exceeds limits or is archived. */
export class LiveFile {
  readonly #deps: LiveFileDeps
  readonly #sql: ReturnType<typeof statementsOf>
  /** Progress of dropping a day's facts and texts. */
  #dropping: { readonly dayStart: number; readonly owners: number[]; textsAfter: number } | null = null
  /** Names last seen before this day are already dropped. */
  #namesDroppedUntil = Number.NEGATIVE_INFINITY

  constructor(deps: LiveFileDeps) {
    this.#deps = deps
    this.#sql = statementsOf(deps.db)
  }

  listArchive(archive: ArchiveEntry): void {
    this.#sql.listArchive.run(archive)
  }

  unlistArchive(name: string): void {
    this.#sql.unlistArchive.run(name)
  }

  /** Start of the oldest seal, and the approximate bytes of all seals of its day (UTC). null: there is no seal. */
  oldestDay(): { readonly from: number; readonly bytes: number } | null {
    const from = this.#sql.firstBegin.get() ?? null
    return from === null ? null : { from, bytes: this.#sql.bytesOfDay.get(dayStartOf(from), dayStartOf(from) + dayMs) ?? 0 }
  }

  /**
   * Last resort when archiving does not free enough space: drops the oldest data that exceeds a retention limit, a little at a
   * time. Returns true if there is more to do.
   */
  keepToLimits(limits: StoreLimits, now: number): boolean {
    for (let step = 0; step < stepsPerCall; step++) {
      const drop = this.#overLimit(limits, now)
      if (drop === null) return this.#shrink()
      if (!this.#deps.transact(drop)) return false
    }
    return true
  }

  /** What to drop next; null: no limit is exceeded. */
  #overLimit(limits: StoreLimits, now: number): (() => void) | null {
    const { db, tallies, remove, journal } = this.#deps
    const bytes = tallies.read()
    const samples = this.#sql.oldestWithSamples.get()
    if (samples && (samples.to_at < now - limits.samples.days * dayMs || sampleBytes(usedBytes(db), bytes, journal.freeBytes()) > limits.samples.bytes))
      return () => remove.samples(samples.id)
    const minutes = this.#sql.oldestWithMinutes.get()
    if (minutes && (minutes.to_at < now - limits.minutes.days * dayMs || bytes.minutes > limits.minutes.bytes))
      return () => (minutes.sample_bytes === 0 ? remove.whole : remove.minutes)(minutes.id, minutes.minute_bytes)
    const tooOld = now - limits.events.days * dayMs
    const areTooMany = bytes.events > limits.events.bytes
    const oldestEvent = this.#sql.oldestEvent.get() ?? null
    if (oldestEvent === null || !(areTooMany || oldestEvent < tooOld)) return null
    return () => {
      const dropped = areTooMany ? this.#sql.dropFirstEvents.all(eventsPerStep) : this.#sql.dropEventsBefore.all(tooOld, eventsPerStep)
      tallies.add('events', -dropped.reduce((sum, one) => sum + one, 0))
    }
  }

  /** Returns free pages to the disk if there are many, as after a limit was lowered. Otherwise SQLite reuses them. */
  #shrink(): boolean {
    const { db, transact } = this.#deps
    const free = db.pragma('freelist_count', { simple: true }) as number
    const isMuch = free > Math.max(1000, (db.pragma('page_count', { simple: true }) as number) / 20)
    return isMuch && transact(() => void db.pragma('incremental_vacuum(500)'))
  }

  /**
   * Drops an archived day, one step per call: first its seals up to `lastSeal`, then facts that only held on that day, then texts
   * that no fact refers to. Returns true if there is more to do. Throws if no archive of the day's minutes is listed.
   */
  dropDay(dayStart: number, lastSeal: number): boolean {
    const { tallies, transact } = this.#deps
    const seals = this.#sql.sealsOfDay.all(dayStart, dayStart + dayMs, lastSeal, sealsPerStep)
    if (seals.length > 0) return this.#dropSeals(dayStart, seals)
    if (this.#dropping?.dayStart !== dayStart) this.#dropping = { dayStart, owners: this.#sql.owners.all(), textsAfter: 0 }
    const progress = this.#dropping
    const owner = progress.owners.at(-1)
    if (owner !== undefined) {
      const drop = (): number => this.#sql.dropArchivedFacts.run({ owner, end: dayStart + dayMs }).changes
      if (!transact(() => tallies.add('facts', -drop() * factRowBytes))) return false
      progress.owners.pop()
      return true
    }
    const texts = this.#sql.textsAfter.all(progress.textsAfter, textsPerStep)
    if (!this.#dropUnused(texts)) return false
    progress.textsAfter = texts.at(-1)?.id ?? 0
    if (texts.length === textsPerStep) return true
    this.#dropping = null
    return false
  }

  #dropSeals(dayStart: number, seals: readonly { readonly id: number; readonly sample_bytes: number; readonly minute_bytes: number }[]): boolean {
    const name = `minutes-${new Date(dayStart).toISOString().slice(0, 10)}`
    if (this.#sql.isListed.get(`${name}.db`, `${name}.*.db`) === undefined) throw new Error(`no archive of ${name} is listed`)
    return this.#deps.transact(() => {
      let bytes = 0
      for (const { id, sample_bytes, minute_bytes } of seals) {
        this.#deps.remove.whole(id, minute_bytes)
        bytes += sample_bytes + minute_bytes
        if (bytes >= bytesPerStep) return
      }
    })
  }

  #dropUnused(texts: readonly { readonly id: number; readonly json: string }[]): boolean {
    const { tallies, transact } = this.#deps
    return transact(() => {
      // Checked inside the transaction, as a fact pending until now may use a text again.
      const unused = texts.filter(({ id }) => this.#sql.isTextUsed.get(id) === undefined)
      for (const { id } of unused) this.#sql.dropText.run(id)
      tallies.add('facts', -unused.reduce((sum, { json }) => sum + Buffer.byteLength(json), 0))
    })
  }

  /** Drops names that have no seals, no facts, and no data in memory, once for each day with which seals begin. */
  dropNames(now: number): void {
    const { owners, transact } = this.#deps
    const day = dayOf(this.#sql.firstBegin.get() ?? now)
    if (day <= this.#namesDroppedUntil) return
    const isInMemory = (id: string, name: string): boolean => {
      const owner = owners.get(id)
      return owner !== undefined && [owner.open, ...owner.closed].some(({ slots }) => slots.has(name))
    }
    let unused: UnusedName[] = []
    const worked = transact(() => {
      // Read inside the transaction, so that names and facts pending until now are included.
      unused = this.#sql.unusedNames.all(day).filter(({ id, name }) => !isInMemory(id, name))
      for (const { owner, no, name } of unused) {
        this.#sql.dropFacts.run(owner, no)
        this.#sql.dropName.run(owner, name)
      }
    })
    if (!worked) return
    for (const { id, no, name } of unused) {
      const owner = owners.get(id)
      owner?.numbers.known.delete(name)
      owner?.factHashes?.delete(no)
    }
    this.#namesDroppedUntil = day
  }

  /** Bytes stored, since when, and bytes per day. `hotFrom`: time of the oldest data in memory. */
  figures(limits: StoreLimits, hotFrom: number | null): Pick<StoreFigures, 'bytes' | 'from' | 'kept'> {
    const { db, tallies, journal } = this.#deps
    const used = usedBytes(db)
    const tallied = tallies.read()
    const archives = this.#sql.archives.all()
    const from = beginnings(archives, {
      samples: oldest(this.#sql.oldestWithSamples.get()?.from_at, hotFrom),
      minutes: oldest(this.#sql.oldestWithMinutes.get()?.from_at, hotFrom),
      events: this.#sql.oldestEvent.get() ?? null,
    })
    const live: Record<Kept, number> = {
      samples: sampleBytes(used, tallied, journal.freeBytes()),
      minutes: tallied.minutes + tallied.facts,
      quarterHours: 0,
      twoHours: 0,
      events: tallied.events,
    }
    const newest = this.#sql.newestSeal.get() ?? null
    const load = newest === null ? null : this.#loadUntil(newest)
    const eventsMs = from.events === null || newest === null ? 0 : newest - from.events
    const eventsPerDay = eventsMs >= dayMs ? (live.events / eventsMs) * dayMs : null
    return {
      bytes: used + sumOf(archives),
      from: oldest(...Object.values(from)),
      kept: keptKinds.map((kept) => {
        const ofTier = archives.filter(({ tier }) => tier === kept)
        const bytesPerDay = kept === 'events' ? eventsPerDay : perDay(kept, ofTier, load)
        return { kept, limit: limits[kept], bytes: live[kept] + sumOf(ofTier), from: from[kept], bytesPerDay }
      }),
    }
  }

  #loadUntil(newest: number): Load | null {
    const load = this.#sql.load.get(newest - dayMs)
    if (load?.from_at == null || load.to_at === null) return null
    return { bytes: { samples: load.samples, minutes: load.minutes }, ms: load.to_at - Math.max(load.from_at, newest - dayMs) }
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
