import { type Kept, keptSchema, type StoreFigures, type Tier, tierStepMs } from '../../../shared/history.ts'
import type { Database } from '../../storage/openDatabase.ts'
import { type ArchiveEntry, chunkId, dayMs, type StoreLimits } from '../protocol/protocol.ts'
import { factRowBytes } from './factWriter.ts'
import type { ServerColumns } from './serverColumns.ts'

/** What history.db holds beside the journal, how much of it there is, and what goes when it is too much or archived. */
export interface LiveFile {
  /**
   * The last resort where archives do not free the room: drops the oldest seals of what is too old or too much, a little
   * at a time. `transact` runs a transaction and says whether it worked. True where more is left to do.
   */
  readonly keepToLimits: (limits: StoreLimits, now: number) => boolean
  /** One step of dropping a day that archives hold. True where more is left to do. Throws where no archive of its minutes is listed. */
  readonly dropDay: (dayStart: number, lastSeal: number) => boolean
  /** One step of dropping names that are in no seal, not in memory and without facts any more. True where more is left to do. */
  readonly dropNames: (now: number) => boolean
  readonly figures: (limits: StoreLimits, hotFrom: number | null) => Pick<StoreFigures, 'bytes' | 'from' | 'kept' | 'setAside'>
  readonly listArchive: (archive: ArchiveEntry) => void
  readonly unlistArchive: (name: string) => void
  readonly setAside: (file: string, at: number, words: string) => void
  /** What lies beside the others as set aside: those that are not known (a new history.db knows none) are taken in, and those that somebody took away are told no more. */
  readonly knowSetAside: (found: readonly { readonly file: string; readonly at: number }[]) => void
  readonly usedBytes: () => number
  /** When the oldest seal began, and about how many bytes those of its day (UTC) take. null: there is none. */
  readonly oldestDay: () => { readonly from: number; readonly bytes: number } | null
}

export interface LiveFileDeps {
  readonly db: Database
  /** Runs a transaction; false where the disk did not let it. What waits to be written is written in it, too. */
  readonly transact: (run: () => void) => boolean
  /** Those in memory. */
  readonly servers: ReadonlyMap<string, ServerColumns>
  /** Whether all that the journal holds is in memory. */
  readonly journalIsWhole: () => boolean
}

const namesPerStep = 5000
const textsPerStep = 5000
const eventsPerStep = 1000
/** Seals of small servers share what each transaction writes anyway: pages of five indexes, and those that tell which pages are free. */
const sealsPerStep = 32
/** Some ms. */
const bytesPerStep = 2 << 20
/** What an event's row costs beside its texts, as the migration reckons it. */
export const eventRowBytes = 100
/** Load of a shorter time is no forecast. */
const shortestLoadMs = 3_600_000
const hourMs = 3_600_000

export function createLiveFile(deps: LiveFileDeps): LiveFile {
  const { db, transact, servers } = deps
  const sql = {
    oldestWithSamples: db.prepare<[], { id: number; form: number; from_at: number; to_at: number }>(
      'SELECT id, form, from_at, to_at FROM seals WHERE sample_bytes IS NOT 0 ORDER BY to_at LIMIT 1',
    ),
    oldestWithMinutes: db.prepare<[], { id: number; from_at: number; to_at: number; minute_bytes: number; sample_bytes: number }>(
      'SELECT id, from_at, to_at, minute_bytes, sample_bytes FROM seals WHERE minute_bytes > 0 ORDER BY to_at LIMIT 1',
    ),
    firstBegin: db.prepare<[], number | null>('SELECT min(from_at) FROM seals').pluck(),
    sealsOfDay: db.prepare<[number, number, number, number], { id: number; sample_bytes: number | null; minute_bytes: number }>(
      'SELECT id, sample_bytes, minute_bytes FROM seals WHERE from_at >= ? AND from_at < ? AND id <= ? ORDER BY from_at LIMIT ?',
    ),
    bytesOfDay: db.prepare<[number, number], { bytes: number | null; unknown: number }>(
      'SELECT sum(sample_bytes + minute_bytes) AS bytes, count(*) - count(sample_bytes) AS unknown FROM seals WHERE from_at >= ? AND from_at < ?',
    ),
    dropSeal: db.prepare<[number]>('DELETE FROM seals WHERE id = ?'),
    emptySeal: db.prepare<[number]>('UPDATE seals SET sample_bytes = 0 WHERE id = ?'),
    withoutMinutes: db.prepare<[number]>('UPDATE seals SET minute_bytes = 0 WHERE id = ?'),
    dropChunks: db.prepare<[number, number]>('DELETE FROM chunks WHERE id >= ? AND id < ?'),
    dropMinutes: db.prepare<[number, number]>('DELETE FROM minutes WHERE id >= ? AND id < ?'),
    tally: db.prepare<[number, string]>('UPDATE tallies SET bytes = max(0, bytes + ?) WHERE kept = ?'),
    tallies: db.prepare<[], { kept: string; bytes: number }>('SELECT kept, bytes FROM tallies'),
    dropOldEvents: db.prepare<[number, number], number>(
      'DELETE FROM events WHERE id IN (SELECT id FROM events WHERE at < ? ORDER BY at LIMIT ?) RETURNING length(CAST(text AS BLOB)) + length(CAST(facts AS BLOB)) + 100',
    ),
    dropFirstEvents: db.prepare<[number], number>(
      'DELETE FROM events WHERE id IN (SELECT id FROM events ORDER BY id LIMIT ?) RETURNING length(CAST(text AS BLOB)) + length(CAST(facts AS BLOB)) + 100',
    ),
    eventsFrom: db.prepare<[], number | null>('SELECT min(at) FROM events').pluck(),
    serverNos: db.prepare<[], { no: number; id: string }>('SELECT no, id FROM servers ORDER BY no'),
    // Superseded within what is archived, or of what is not there any more.
    dropFacts: db.prepare<{ server: number; end: number }>(
      `DELETE FROM facts WHERE server = @server AND at < @end AND (text IS NULL OR EXISTS
         (SELECT 1 FROM facts later WHERE later.server = facts.server AND later.path = facts.path AND later.at > facts.at AND later.at <= @end))`,
    ),
    textsAfter: db.prepare<[number, number], { id: number; json: string }>('SELECT id, json FROM texts WHERE id > ? ORDER BY id LIMIT ?'),
    isTextUsed: db.prepare<[number], number>('SELECT 1 FROM facts WHERE text = ? LIMIT 1').pluck(),
    dropText: db.prepare<[number]>('DELETE FROM texts WHERE id = ?'),
    oldNames: db.prepare<[number, string, number], { no: number; name: string; day: number }>(
      'SELECT no, name, day FROM paths WHERE server = ? AND name > ? ORDER BY name LIMIT ?',
    ),
    hasFacts: db.prepare<[number, number], number>('SELECT 1 FROM facts WHERE server = ? AND path = ? AND text IS NOT NULL LIMIT 1').pluck(),
    dropFactsOf: db.prepare<[number, number]>('DELETE FROM facts WHERE server = ? AND path = ?'),
    dropName: db.prepare<[number, string]>('DELETE FROM paths WHERE server = ? AND name = ?'),
    archives: db.prepare<[], { tier: Tier; from_at: number; to_at: number; bytes: number }>(
      'SELECT tier, from_at, to_at, bytes FROM archives ORDER BY from_at',
    ),
    isListed: db.prepare<[string, string], number>('SELECT 1 FROM archives WHERE name = ? OR name GLOB ? LIMIT 1').pluck(),
    listArchive: db.prepare<[string, string, number, number, number, string | null]>(
      `INSERT INTO archives(name, tier, from_at, to_at, bytes, sha256) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET tier = excluded.tier, from_at = excluded.from_at, to_at = excluded.to_at, bytes = excluded.bytes, sha256 = excluded.sha256`,
    ),
    unlistArchive: db.prepare<[string]>('DELETE FROM archives WHERE name = ?'),
    setAside: db.prepare<[string, number, string]>(
      'INSERT INTO set_aside(file, at, words) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET at = excluded.at, words = excluded.words',
    ),
    forgetSetAside: db.prepare<[string]>('DELETE FROM set_aside WHERE file = ?'),
    allSetAside: db.prepare<[], { file: string; at: number; words: string }>('SELECT file, at, words FROM set_aside ORDER BY at, file'),
    newestSeal: db.prepare<[], number | null>('SELECT max(to_at) FROM seals').pluck(),
    load: db.prepare<[number], { samples: number | null; minutes: number | null; from_at: number | null; to_at: number | null }>(
      'SELECT sum(sample_bytes) AS samples, sum(minute_bytes) AS minutes, min(from_at) AS from_at, max(to_at) AS to_at FROM seals WHERE to_at > ? AND form > 1',
    ),
  }

  const usedBytes = (): number => {
    const pages = (db.pragma('page_count', { simple: true }) as number) - (db.pragma('freelist_count', { simple: true }) as number)
    return pages * (db.pragma('page_size', { simple: true }) as number)
  }
  const talliesOf = (): ReadonlyMap<string, number> => new Map(sql.tallies.all().map(({ kept, bytes }) => [kept, bytes]))
  const sampleBytesOf = (used: number, tallies: ReadonlyMap<string, number>): number =>
    Math.max(0, used - [...tallies.values()].reduce((sum, bytes) => sum + bytes, 0))

  const dropWhole = (seal: number, minuteBytes: number): void => {
    sql.dropChunks.run(chunkId(seal, 0), chunkId(seal + 1, 0))
    sql.dropMinutes.run(chunkId(seal, 0), chunkId(seal + 1, 0))
    sql.dropSeal.run(seal)
    sql.tally.run(-minuteBytes, 'minutes')
  }

  /** One step; null: there was nothing to do. Else whether it worked. */
  const dropOne = (limits: StoreLimits, now: number): boolean | null => {
    const tallies = talliesOf()
    const withSamples = sql.oldestWithSamples.get()
    if (withSamples && (withSamples.to_at < now - limits.samples.days * dayMs || sampleBytesOf(usedBytes(), tallies) > limits.samples.bytes)) {
      const { id, form } = withSamples
      return transact(() => {
        // Seals of form 1 have no minutes to stay.
        if (form === 1) return dropWhole(id, 0)
        sql.dropChunks.run(chunkId(id, 0), chunkId(id + 1, 0))
        sql.emptySeal.run(id)
      })
    }
    const seal = sql.oldestWithMinutes.get()
    if (seal && (seal.to_at < now - limits.minutes.days * dayMs || (tallies.get('minutes') ?? 0) > limits.minutes.bytes))
      return transact(() => {
        if (seal.sample_bytes === 0) return dropWhole(seal.id, seal.minute_bytes)
        sql.dropMinutes.run(chunkId(seal.id, 0), chunkId(seal.id + 1, 0))
        sql.withoutMinutes.run(seal.id)
        sql.tally.run(-seal.minute_bytes, 'minutes')
      })
    const oldest = sql.eventsFrom.get() ?? null
    const tooOld = now - limits.events.days * dayMs
    const tooMany = (tallies.get('events') ?? 0) > limits.events.bytes
    if (oldest !== null && (tooMany || oldest < tooOld))
      return transact(() => {
        const dropped = tooMany ? sql.dropFirstEvents.pluck().all(eventsPerStep) : sql.dropOldEvents.pluck().all(tooOld, eventsPerStep)
        sql.tally.run(-dropped.reduce((sum, bytes) => sum + bytes, 0), 'events')
      })
    return null
  }

  let dropping: { readonly dayStart: number; readonly servers: number[]; textsAfter: number } | null = null
  let naming: { readonly day: number; readonly servers: { no: number; id: string }[]; after: string } | null = null
  /** Names that were seen last before it are dropped already. */
  let namesUntil = Number.NEGATIVE_INFINITY

  const isInMemory = (id: string, name: string): boolean => {
    const server = servers.get(id)
    return server !== undefined && (server.slots.has(name) || server.closed.some(({ slots }) => slots.has(name)))
  }

  return {
    usedBytes,
    oldestDay: () => {
      const from = sql.firstBegin.get() ?? null
      if (from === null) return null
      const dayStart = Math.floor(from / dayMs) * dayMs
      const day = sql.bytesOfDay.get(dayStart, dayStart + dayMs)
      // Seals of form 1 don't say how large they are.
      return { from, bytes: day && day.unknown === 0 ? (day.bytes ?? 0) : usedBytes() }
    },
    keepToLimits: (limits, now) => {
      for (let round = 0; round < 20; round++) {
        const worked = dropOne(limits, now)
        if (worked === false) return false
        if (worked === null) {
          // Freed pages are used again by themselves. Where they are many, as after new limits, they go back to the disk in steps.
          const free = db.pragma('freelist_count', { simple: true }) as number
          const shrinks = free > Math.max(1000, (db.pragma('page_count', { simple: true }) as number) / 20)
          return shrinks && transact(() => void db.pragma('incremental_vacuum(500)'))
        }
      }
      return true
    },
    dropDay: (dayStart, lastSeal) => {
      const end = dayStart + dayMs
      const seals = sql.sealsOfDay.all(dayStart, end, lastSeal, sealsPerStep)
      if (seals.length > 0) {
        const name = `minutes-${new Date(dayStart).toISOString().slice(0, 10)}`
        if (sql.isListed.get(`${name}.db`, `${name}.*.db`) === undefined) throw new Error(`no archive of ${name} is listed`)
        return transact(() => {
          let bytes = 0
          for (const seal of seals) {
            dropWhole(seal.id, seal.minute_bytes)
            bytes += (seal.sample_bytes ?? bytesPerStep) + seal.minute_bytes
            if (bytes >= bytesPerStep) return
          }
        })
      }
      if (dropping?.dayStart !== dayStart) dropping = { dayStart, servers: sql.serverNos.all().map(({ no }) => no), textsAfter: 0 }
      const { servers: left } = dropping
      const server = left.pop()
      if (server !== undefined) {
        let dropped = 0
        const worked = transact(() => {
          dropped = sql.dropFacts.run({ server, end }).changes
          sql.tally.run(-dropped * factRowBytes, 'facts')
        })
        if (!worked) left.push(server)
        return worked
      }
      const texts = sql.textsAfter.all(dropping.textsAfter, textsPerStep)
      const unused = texts.filter(({ id }) => sql.isTextUsed.get(id) === undefined)
      const worked = transact(() => {
        for (const { id } of unused) sql.dropText.run(id)
        sql.tally.run(-unused.reduce((sum, { json }) => sum + Buffer.byteLength(json), 0), 'facts')
      })
      if (!worked) return false
      if (texts.length === textsPerStep) {
        dropping.textsAfter = texts.at(-1)?.id ?? 0
        return true
      }
      dropping = null
      return false
    },
    dropNames: (now) => {
      if (!deps.journalIsWhole()) return false
      if (!naming) {
        const day = Math.floor((sql.firstBegin.get() ?? now) / dayMs)
        if (day <= namesUntil) return false
        naming = { day, servers: sql.serverNos.all(), after: '' }
      }
      const { day, servers: left } = naming
      const of = left.at(-1)
      if (!of) {
        namesUntil = day
        naming = null
        return false
      }
      const { after } = naming
      let last: string | null = null
      const dropped: number[] = []
      const worked = transact(() => {
        const names = sql.oldNames.all(of.no, after, namesPerStep)
        last = names.length === namesPerStep ? (names.at(-1)?.name ?? null) : null
        for (const { no, name, day: seen } of names) {
          if (seen >= day || isInMemory(of.id, name) || sql.hasFacts.get(of.no, no) !== undefined) continue
          sql.dropFactsOf.run(of.no, no)
          sql.dropName.run(of.no, name)
          dropped.push(no)
          servers.get(of.id)?.pathNos.delete(name)
        }
      })
      if (!worked) return false
      const server = servers.get(of.id)
      for (const no of dropped) {
        server?.ofDay.delete(no)
        server?.told?.delete(no)
      }
      if (last === null) {
        left.pop()
        naming.after = ''
      } else naming.after = last
      return true
    },
    figures: (limits, hotFrom) => {
      const used = usedBytes()
      const tallies = talliesOf()
      const archives = sql.archives.all()
      const oldest = (...of: (number | null | undefined)[]): number | null =>
        of.reduce<number | null>((least, at) => (at == null ? least : least === null || at < least ? at : least), null)
      const firstOf = (tier: Tier): number | undefined => archives.find((archive) => archive.tier === tier)?.from_at
      const bytesOf = (tier: Tier): number => archives.reduce((sum, archive) => sum + (archive.tier === tier ? archive.bytes : 0), 0)
      // A bucket begins before what is in it: nobody finds anything between its begin and the first of a finer tier.
      const sharper = (tier: Tier, finer: number | null): number | null => {
        const begins = oldest(firstOf(tier))
        return begins !== null && finer !== null && finer >= begins && finer < begins + tierStepMs[tier] ? finer : begins
      }
      const minutesFrom = oldest(firstOf('minutes'), sql.oldestWithMinutes.get()?.from_at, hotFrom)
      const quartersFrom = sharper('quarterHours', minutesFrom)
      const from: Record<Kept, number | null> = {
        samples: oldest(firstOf('samples'), sql.oldestWithSamples.get()?.from_at, hotFrom),
        minutes: minutesFrom,
        quarterHours: quartersFrom,
        twoHours: sharper('twoHours', quartersFrom),
        events: oldest(sql.eventsFrom.get()),
      }
      const live: Record<Kept, number> = {
        samples: sampleBytesOf(used, tallies),
        minutes: (tallies.get('minutes') ?? 0) + (tallies.get('facts') ?? 0),
        quarterHours: 0,
        twoHours: 0,
        events: tallies.get('events') ?? 0,
      }
      const newest = sql.newestSeal.get() ?? null
      const load = newest === null ? null : (sql.load.get(newest - dayMs) ?? null)
      const loadMs = load?.from_at == null || load.to_at === null ? 0 : load.to_at - Math.max(load.from_at, (newest as number) - dayMs)
      const perDay = (kept: Kept): number | null => {
        if (kept === 'events') {
          const since = from.events === null || newest === null ? 0 : newest - from.events
          return since >= dayMs ? (live.events / since) * dayMs : null
        }
        const loaded = kept === 'samples' ? load?.samples : kept === 'minutes' ? load?.minutes : null
        // In the first hours of a day the last one tells more.
        if (loaded != null && loadMs >= 3 * hourMs) return (loaded / loadMs) * dayMs
        const last = archives.findLast((archive) => archive.tier === kept && archive.to_at - archive.from_at >= dayMs / 2)
        if (last) return (last.bytes / (last.to_at - last.from_at)) * dayMs
        return loaded != null && loadMs >= shortestLoadMs ? (loaded / loadMs) * dayMs : null
      }
      return {
        bytes: used + archives.reduce((sum, { bytes }) => sum + bytes, 0),
        from: oldest(...Object.values(from)),
        kept: keptSchema.options.map((kept) => ({
          kept,
          limit: limits[kept],
          bytes: live[kept] + (kept === 'events' ? 0 : bytesOf(kept)),
          from: from[kept],
          bytesPerDay: perDay(kept),
        })),
        setAside: sql.allSetAside.all(),
      }
    },
    listArchive: ({ name, tier, from, to, bytes, sha256 }) => void sql.listArchive.run(name, tier, from, to, bytes, sha256),
    unlistArchive: (name) => void sql.unlistArchive.run(name),
    setAside: (file, at, words) => void sql.setAside.run(file, at, words),
    knowSetAside: (found) => {
      const known = sql.allSetAside.all()
      const added = found.filter(({ file }) => !known.some((one) => one.file === file))
      const gone = known.filter(({ file }) => !found.some((one) => one.file === file))
      if (added.length + gone.length === 0) return
      transact(() => {
        for (const { file, at } of added) sql.setAside.run(file, at, `${file} was damaged, and was set aside.`)
        for (const { file } of gone) sql.forgetSetAside.run(file)
      })
    },
  }
}
