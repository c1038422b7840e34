import { messageOf } from '../../../shared/messageOf.ts'
import { type Tier, tierStepMs } from '../../../shared/tiers.ts'
import type { Database } from '../../storage/openDatabase.ts'
import { checkedCrc, coarsenBuckets, decodeBuckets, decodeRounds, decodeSampleRow, decodeTimes, encodeBuckets, readPack, storedJson } from '../codec/codec.ts'
import { type EventRow, eventOfRow, type SealRow } from '../live/live.ts'
import { chunkId, isOwnName, layoutToText, ownerText, ownName, partText, type StoredGap } from '../protocol/protocol.ts'
import { type Archive, type ArchivedEvent, blockOf, hourOf, isDamage } from './archiveFile.ts'

/** A seal to be copied. Layouts are text, because their ids are valid within one file only. */
export interface SourceSeal {
  readonly from: number
  readonly to: number
  readonly usualMs: number | null
  readonly partLayout: string
  readonly ownLayout: string
  readonly times: Float64Array
  readonly gaps: readonly StoredGap[]
  /** Position of the seal in its source. */
  readonly at: { readonly id: number } | { readonly hour: number; readonly index: number }
}

export type BucketTier = Exclude<Tier, 'samples'>

/**
 * A source to copy history from: history.db or an archive. An unreadable chunk is reported to `onDamage` and skipped, so that
 * the rest is still copied; a damaged file throws.
 */
export interface PartSource {
  readonly owners: () => readonly string[]
  /** '' first, then in the order that is fastest to read. */
  readonly paths: (owner: string) => readonly string[]
  /** Seals that overlap the span (both ends included), oldest first. */
  readonly seals: (owner: string, from: number, to: number) => SourceSeal[]
  readonly chunks: (
    owner: string,
    paths: readonly string[],
    seals: readonly SourceSeal[],
    take: (path: string, seal: SourceSeal, chunk: Uint8Array) => void,
  ) => void
  /** Whole blocks or seals that overlap the span, encoded by `encodeBuckets`. */
  readonly buckets: (
    tier: BucketTier,
    owner: string,
    paths: readonly string[],
    from: number,
    to: number,
    take: (path: string, layout: string, bytes: Uint8Array) => void,
  ) => void
  /** The newest facts at or before `from`, and all later ones before `to`. */
  readonly facts: (owner: string, paths: readonly string[], from: number, to: number, take: (path: string, at: number, json: string | null) => void) => void
  readonly events: (from: number, to: number, take: (event: ArchivedEvent) => void) => void
}

interface LiveSourceOptions {
  /** history.db */
  readonly db: Database
  /** Only seals that began in [begunFrom, begunTo). */
  readonly begunFrom: number
  readonly begunTo: number
  /** Seals that are left out. */
  readonly except?: (id: number, from: number) => boolean
  readonly onDamage: (words: string) => void
}

/** The sealed data in history.db. Days that are archived as well must be excluded with `except`. */
export function createLiveSource(options: LiveSourceOptions): PartSource {
  const sql = prepareStatements(options.db)
  const ownerNos = new Map(sql.owners.all().map(({ no, id }) => [id, no]))
  const live: LiveSource = { ...options, sql, layouts: new Map(), ownerNos, namesOf: namesLookup(sql, ownerNos) }
  return {
    owners: () => [...ownerNos.keys()],
    paths: (owner) => ownFirst([...live.namesOf(owner).nameOf.values()]),
    seals: (owner, from, to) => liveSeals(live, owner, from, to),
    chunks: (owner, paths, seals, take) => {
      for (const seal of seals)
        eachRow(live, 'chunk', owner, paths, seal, (path, bytes) => {
          const chunk = columnChunk(live, owner, seal, path, bytes)
          if (chunk) take(path, seal, chunk)
        })
    },
    buckets: (tier, owner, paths, from, to, take) => {
      for (const seal of liveSeals(live, owner, from, to))
        eachRow(live, 'minute', owner, paths, seal, (path, bytes) => {
          const buckets = bucketsOf(live, owner, seal, path, bytes, tier)
          if (buckets) take(path, isOwnName(path) ? seal.ownLayout : seal.partLayout, buckets)
        })
    },
    facts: (owner, paths, from, to, take) => {
      const ownerNo = ownerNos.get(owner)
      if (ownerNo === undefined) return
      const { noOf } = live.namesOf(owner)
      for (const path of paths) {
        const no = noOf.get(path)
        if (no === undefined) continue
        const held = sql.heldFact.get(ownerNo, no, from)
        if (held) take(path, held.at, held.json)
        for (const { at, json } of sql.facts.all(ownerNo, no, from, to)) take(path, at, json)
      }
    },
    events: (from, to, take) => {
      for (let last = -1; ; ) {
        const rows = sql.events.all(from, to, last)
        for (const row of rows) {
          const event = readOr(
            () => eventOfRow(row),
            (because) => options.onDamage(`an event cannot be read (${because})`),
          )
          if (event) take(event)
        }
        last = rows.at(-1)?.id ?? last
        if (rows.length < eventsAtOnce) return
      }
    },
  }
}

const eventsAtOnce = 1000

const prepareStatements = (db: Database) => ({
  owners: db.prepare<[], { no: number; id: string }>('SELECT no, id FROM servers ORDER BY no'),
  layouts: db.prepare<[], { id: number; columns: string }>('SELECT id, columns FROM layouts'),
  names: db.prepare<[number], { no: number; name: string }>('SELECT no, name FROM paths WHERE server = ? ORDER BY no'),
  seals: db.prepare<[number, number, number, number, number], Omit<SealRow, 'sample_bytes'>>(
    `SELECT id, from_at, to_at, interval_ms, path_layout, server_layout, times, gaps FROM seals
     WHERE server = ? AND to_at >= ? AND from_at <= ? AND from_at >= ? AND from_at < ? ORDER BY from_at, id`,
  ),
  chunk: rowStatements(db, 'chunks', 'rows'),
  minute: rowStatements(db, 'minutes', 'bytes'),
  heldFact: db.prepare<[number, number, number], { at: number; json: string | null }>(
    'SELECT at, json FROM facts LEFT JOIN texts ON texts.id = facts.text WHERE server = ? AND path = ? AND at <= ? ORDER BY at DESC LIMIT 1',
  ),
  facts: db.prepare<[number, number, number, number], { at: number; json: string | null }>(
    'SELECT at, json FROM facts LEFT JOIN texts ON texts.id = facts.text WHERE server = ? AND path = ? AND at > ? AND at < ? ORDER BY at',
  ),
  events: db.prepare<[number, number, number], EventRow>(
    `SELECT id, at, kind, server_id, server_name, path, text, facts FROM events WHERE at >= ? AND at < ? AND id > ? ORDER BY id LIMIT ${eventsAtOnce}`,
  ),
})

const rowStatements = (db: Database, table: 'chunks' | 'minutes', column: 'rows' | 'bytes') => ({
  between: db.prepare<[number, number], IdBytes>(`SELECT id, ${column} AS bytes FROM ${table} WHERE id BETWEEN ? AND ?`),
  /** The greatest id in a range. */
  lastId: db.prepare<[number, number], number | null>(`SELECT max(id) FROM ${table} WHERE id >= ? AND id <= ?`).pluck(),
})

interface IdBytes {
  readonly id: number
  readonly bytes: Uint8Array
}

/** The names of an owner's parts with their numbers. */
interface PartNames {
  readonly noOf: ReadonlyMap<string, number>
  readonly nameOf: ReadonlyMap<number, string>
}

/** State of copying from history.db. */
interface LiveSource extends LiveSourceOptions {
  readonly sql: ReturnType<typeof prepareStatements>
  /** Cache of layouts as text. */
  readonly layouts: Map<number, string>
  readonly ownerNos: ReadonlyMap<string, number>
  readonly namesOf: (owner: string) => PartNames
}

/** Reads the part names of an owner; those of the last owner are cached. */
function namesLookup({ names }: LiveSource['sql'], ownerNos: ReadonlyMap<string, number>): LiveSource['namesOf'] {
  let last: (PartNames & { readonly owner: string }) | null = null
  return (owner) => {
    if (last?.owner === owner) return last
    const rows = names.all(ownerNos.get(owner) ?? -1)
    const read = { owner, noOf: new Map(rows.map(({ no, name }) => [name, no])), nameOf: new Map(rows.map(({ no, name }) => [no, name])) }
    last = read
    return read
  }
}

/** Sorts the owner itself before its parts. */
const ownFirst = (paths: string[]): string[] => paths.sort((a, b) => (isOwnName(a) ? -1 : isOwnName(b) ? 1 : 0))

/** Runs `read`; if the data is unreadable, reports it and returns null. */
function readOr<T>(read: () => T, onDamage: (because: string) => void): T | null {
  try {
    return read()
  } catch (error) {
    if (!isDamage(error)) throw error
    onDamage(messageOf(error))
    return null
  }
}

const liveSeals = (live: LiveSource, owner: string, from: number, to: number): SourceSeal[] =>
  live.sql.seals
    .all(live.ownerNos.get(owner) ?? -1, from, to, live.begunFrom, live.begunTo)
    .filter(({ id, from_at }) => !live.except?.(id, from_at))
    .flatMap((row) => {
      const seal = readOr(
        () => sealOf(live, row),
        (because) => live.onDamage(`the rounds of seal ${row.id} of ${ownerText(owner)} cannot be read (${because})`),
      )
      return seal === null ? [] : [seal]
    })

function sealOf({ layouts, sql }: LiveSource, row: Omit<SealRow, 'sample_bytes'>): SourceSeal {
  const layoutText = (id: number): string => {
    if (!layouts.has(id)) for (const row of sql.layouts.all()) layouts.set(row.id, row.columns)
    const text = layouts.get(id)
    if (text === undefined) throw new Error(`history.db has no layout ${id}`)
    return text
  }
  return {
    from: row.from_at,
    to: row.to_at,
    usualMs: row.interval_ms,
    partLayout: layoutText(row.path_layout),
    ownLayout: layoutText(row.server_layout),
    times: decodeTimes(checkedCrc(row.times)),
    gaps: storedJson(row.gaps, `the gaps of seal ${row.id}`) as StoredGap[],
    at: { id: row.id },
  }
}

function placeOf(seal: SourceSeal): { readonly id: number } {
  if (!('id' in seal.at)) throw new Error('a seal of another source')
  return seal.at
}

/** Chunks or minutes of some paths of one seal. */
function eachRow(
  live: LiveSource,
  table: 'chunk' | 'minute',
  owner: string,
  paths: readonly string[],
  seal: SourceSeal,
  take: (path: string, bytes: Uint8Array) => void,
): void {
  const { id: sealId } = placeOf(seal)
  const { noOf, nameOf } = live.namesOf(owner)
  const sql = live.sql[table]
  const wanted = new Set(paths.flatMap((path) => noOf.get(path) ?? []))
  if (wanted.size === 0) return
  const takeNo = (no: number, bytes: Uint8Array): void => {
    if (wanted.has(no)) take(nameOf.get(no) as string, bytes)
  }
  let low = Number.POSITIVE_INFINITY
  let high = -1
  for (const no of wanted) {
    if (no < low) low = no
    if (no > high) high = no
  }
  const first = chunkId(sealId, 0)
  // The first path may be in a pack that begins with a lower number.
  const from = sql.lastId.get(first, first + low) ?? first + low
  for (const { id, bytes } of sql.between.all(from, first + high)) {
    const parts = readOr(
      () => readPack(id - first, bytes),
      (because) => live.onDamage(`a pack of paths in seal ${sealId} of ${ownerText(owner)} cannot be read (${because})`),
    )
    for (const { no, bytes: ofPart } of parts ?? []) takeNo(no, ofPart)
  }
}

function columnChunk({ onDamage }: LiveSource, owner: string, seal: SourceSeal, path: string, bytes: Uint8Array): Uint8Array | null {
  const { id } = placeOf(seal)
  return readOr(
    () => checkedCrc(bytes),
    (because) => onDamage(`the samples of ${partText(owner, path)} in seal ${id} of ${ownerText(owner)} cannot be read (${because})`),
  )
}

function bucketsOf({ onDamage }: LiveSource, owner: string, seal: SourceSeal, path: string, bytes: Uint8Array, tier: BucketTier): Uint8Array | null {
  return readOr(
    () => (tier === 'minutes' ? checkedCrc(bytes) : encodeBuckets(coarsenBuckets(decodeBuckets(checkedCrc(bytes)), tierStepMs[tier]))),
    (because) => onDamage(`the minutes of ${partText(owner, path)} in seal ${placeOf(seal).id} of ${ownerText(owner)} cannot be read (${because})`),
  )
}

/** The contents of an archive or a bundle. Throws if the file is damaged. */
export function createArchiveSource(archive: Archive): PartSource {
  const texts = new Map<number, string>()
  const layoutText = (id: number): string => {
    let text = texts.get(id)
    if (text === undefined) {
      text = layoutToText(archive.layout(id))
      texts.set(id, text)
    }
    return text
  }
  const { kind } = archive.meta()
  let paths: Map<string, string[]> | null = null
  const owners = archive.owners()
  return {
    owners: () => owners,
    paths: (owner) => {
      if (!paths) {
        paths = new Map()
        for (const row of archive.subjects()) {
          const of = paths.get(row.server)
          if (of) of.push(row.path)
          else paths.set(row.server, [row.path])
        }
        for (const of of paths.values()) ownFirst(of)
      }
      return paths.get(owner) ?? []
    },
    seals: (owner, from, to) => {
      const no = archive.subjectNo(owner, ownName)
      if (no === null) return []
      // A seal may be long (the machine slept), so all seals of the file are checked. There are few.
      return archive
        .rounds(no, 0, hourOf(to))
        .flatMap(({ hour, bytes }) =>
          decodeRounds(bytes).map((seal, index) => ({
            ...seal,
            partLayout: layoutText(seal.partLayout),
            ownLayout: layoutText(seal.ownLayout),
            at: { hour, index },
          })),
        )
        .filter((seal) => seal.to >= from && seal.from <= to)
    },
    chunks: (owner, of, seals, take) => {
      const hours = new Map<number, Map<number, SourceSeal>>()
      for (const seal of seals) {
        if (!('hour' in seal.at)) throw new Error('a seal of another source')
        const { hour, index } = seal.at
        const there = hours.get(hour)
        if (there) there.set(index, seal)
        else hours.set(hour, new Map([[index, seal]]))
      }
      const first = Math.min(...hours.keys())
      const last = Math.max(...hours.keys())
      if (hours.size === 0) return
      for (const path of of) {
        const no = archive.subjectNo(owner, path)
        if (no === null) continue
        for (const { hour, bytes } of archive.sampleRows(no, first, last)) {
          const wanted = hours.get(hour)
          if (!wanted) continue
          for (const part of decodeSampleRow(bytes)) {
            const seal = wanted.get(part.seal)
            if (seal) take(path, seal, part.chunk)
          }
        }
      }
    },
    buckets: (tier, owner, of, from, to, take) => {
      if (kind !== tier && kind !== 'bundle') return
      for (const path of of) {
        const no = archive.subjectNo(owner, path)
        if (no === null) continue
        for (const { parts } of archive.bucketRows(no, blockOf(tier, from), blockOf(tier, to)))
          for (const { layout, bytes } of parts) take(path, layoutText(layout), bytes)
      }
    },
    facts: (owner, of, from, to, take) => {
      for (const path of of) {
        const no = archive.subjectNo(owner, path)
        if (no === null) continue
        for (const { at, json } of archive.factsOf(no, from, to)) if (at < to) take(path, at, json)
      }
    },
    events: (from, to, take) => {
      for (const event of archive.events(from, to)) take(event)
    },
  }
}
