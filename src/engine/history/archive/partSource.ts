import { type Tier, tierStepMs } from '../../../shared/history.ts'
import type { Database } from '../../storage/openDatabase.ts'
import {
  assumedIntervalMs,
  bucketsOfChunk,
  checkedCrc,
  coarsenBuckets,
  decodeBuckets,
  decodeRounds,
  decodeSampleRow,
  decodeTimes,
  encodeBuckets,
  encodeChunk,
  type Packed,
  packForm,
  readPack,
  rowForm,
} from '../codec/codec.ts'
import { type EventRow, eventOfRow, type SealRow } from '../live/live.ts'
import { chunkId, isOwnName, layoutToText, ownName, partWords, type StoredGap } from '../protocol/protocol.ts'
import { type Archive, type ArchivedEvent, blockOf, hourOf, isDamage } from './archiveFile.ts'

/** A seal as it is copied: layouts as text, because their ids hold within one file only. */
export interface SourceSeal {
  readonly from: number
  readonly to: number
  readonly usualMs: number | null
  readonly partLayout: string
  readonly ownLayout: string
  readonly times: Float64Array
  readonly gaps: readonly StoredGap[]
  /** Where its source finds it again. */
  readonly at: { readonly id: number; readonly form: number } | { readonly hour: number; readonly index: number }
}

export type BucketTier = Exclude<Tier, 'samples'>

/**
 * Where parts of the past are copied from: history.db, or an archive. Damage is no reason to leave the rest: what can
 * not be read is told to `onDamage` and passed over where it is a chunk, and throws where it is the file.
 */
export interface PartSource {
  readonly servers: () => readonly string[]
  /** '' first, then in the order that is read fastest. */
  readonly paths: (server: string) => readonly string[]
  /** Those that touch the span, both ends included, oldest first. */
  readonly seals: (server: string, from: number, to: number) => SourceSeal[]
  readonly chunks: (
    server: string,
    paths: readonly string[],
    seals: readonly SourceSeal[],
    take: (path: string, seal: SourceSeal, chunk: Uint8Array) => void,
  ) => void
  /** Whole blocks or seals that touch the span, as `encodeBuckets` makes them. */
  readonly buckets: (
    tier: BucketTier,
    server: string,
    paths: readonly string[],
    from: number,
    to: number,
    take: (path: string, layout: string, bytes: Uint8Array) => void,
  ) => void
  /** What was told last at or before `from`, and all after it until before `to`. */
  readonly facts: (server: string, paths: readonly string[], from: number, to: number, take: (path: string, at: number, json: string | null) => void) => void
  readonly events: (from: number, to: number, take: (event: ArchivedEvent) => void) => void
}

export interface LiveSourceOptions {
  /** history.db */
  readonly db: Database
  /** Only seals that began from here on, and before `begunTo`. */
  readonly begunFrom: number
  readonly begunTo: number
  /** Seals that are left out. */
  readonly except?: (id: number, from: number) => boolean
  readonly onDamage: (words: string) => void
}

/** What is sealed in history.db and, by itself, not in an archive yet. */
export function createLiveSource({ db, begunFrom, begunTo, except, onDamage }: LiveSourceOptions): PartSource {
  const sql = {
    servers: db.prepare<[], { no: number; id: string }>('SELECT no, id FROM servers ORDER BY no'),
    layouts: db.prepare<[], { id: number; columns: string }>('SELECT id, columns FROM layouts'),
    names: db.prepare<[number], { no: number; name: string }>('SELECT no, name FROM paths WHERE server = ? ORDER BY no'),
    seals: db.prepare<[number, number, number, number, number], Omit<SealRow, 'sample_bytes'>>(
      `SELECT id, form, from_at, to_at, interval_ms, path_layout, server_layout, times, gaps FROM seals
       WHERE server = ? AND to_at >= ? AND from_at <= ? AND from_at >= ? AND from_at < ? ORDER BY from_at, id`,
    ),
    chunk: db.prepare<[number], Uint8Array>('SELECT rows FROM chunks WHERE id = ?').pluck(),
    chunks: db.prepare<[number, number], { id: number; bytes: Uint8Array }>('SELECT id, rows AS bytes FROM chunks WHERE id BETWEEN ? AND ?'),
    minute: db.prepare<[number], Uint8Array>('SELECT bytes FROM minutes WHERE id = ?').pluck(),
    minutes: db.prepare<[number, number], { id: number; bytes: Uint8Array }>('SELECT id, bytes FROM minutes WHERE id BETWEEN ? AND ?'),
    chunkFrom: db.prepare<[number, number], number | null>('SELECT max(id) FROM chunks WHERE id >= ? AND id <= ?').pluck(),
    minuteFrom: db.prepare<[number, number], number | null>('SELECT max(id) FROM minutes WHERE id >= ? AND id <= ?').pluck(),
    heldFact: db.prepare<[number, number, number], { at: number; json: string | null }>(
      'SELECT at, json FROM facts LEFT JOIN texts ON texts.id = facts.text WHERE server = ? AND path = ? AND at <= ? ORDER BY at DESC LIMIT 1',
    ),
    facts: db.prepare<[number, number, number, number], { at: number; json: string | null }>(
      'SELECT at, json FROM facts LEFT JOIN texts ON texts.id = facts.text WHERE server = ? AND path = ? AND at > ? AND at < ? ORDER BY at',
    ),
    events: db.prepare<[number, number, number], EventRow>(
      'SELECT id, at, kind, server_id, server_name, path, text, facts FROM events WHERE at >= ? AND at < ? AND id > ? ORDER BY id LIMIT 1000',
    ),
  }
  const nos = new Map(sql.servers.all().map(({ no, id }) => [id, no]))
  const layouts = new Map<number, string>()
  const layoutText = (id: number): string => {
    if (!layouts.has(id)) for (const row of sql.layouts.all()) layouts.set(row.id, row.columns)
    const text = layouts.get(id)
    if (text === undefined) throw new Error(`history.db has no layout ${id}`)
    return text
  }
  let names: { readonly server: string; readonly noOf: Map<string, number>; readonly nameOf: Map<number, string> } | null = null
  const namesOf = (server: string) => {
    if (names?.server === server) return names
    const rows = sql.names.all(nos.get(server) ?? -1)
    names = { server, noOf: new Map(rows.map(({ no, name }) => [name, no])), nameOf: new Map(rows.map(({ no, name }) => [no, name])) }
    return names
  }

  /** Chunks or minutes of one seal, of these paths: in one piece where their numbers stand together. */
  const rowsOf = (
    table: 'chunk' | 'minute',
    server: string,
    paths: readonly string[],
    seal: SourceSeal,
    take: (path: string, bytes: Uint8Array) => void,
  ): void => {
    const { id: sealId, form } = placeOf(seal)
    const { noOf, nameOf } = namesOf(server)
    const wanted = new Set<number>()
    let low = Number.POSITIVE_INFINITY
    let high = -1
    for (const path of paths) {
      const no = noOf.get(path)
      if (no === undefined) continue
      wanted.add(no)
      if (no < low) low = no
      if (no > high) high = no
    }
    if (wanted.size === 0) return
    if (form === packForm) {
      // The first of them may lie in a pack that begins before it.
      const from = sql[`${table}From`].get(chunkId(sealId, 0), chunkId(sealId, low)) ?? chunkId(sealId, low)
      for (const row of sql[`${table}s`].all(from, chunkId(sealId, high)))
        for (const { no, bytes } of partsOf(server, sealId, row)) if (wanted.has(no)) take(nameOf.get(no) as string, bytes)
      return
    }
    if (high - low < wanted.size * 3 + 16) {
      for (const { id, bytes } of sql[`${table}s`].all(chunkId(sealId, low), chunkId(sealId, high))) {
        const no = id - chunkId(sealId, 0)
        if (wanted.has(no)) take(nameOf.get(no) as string, bytes)
      }
      return
    }
    for (const no of wanted) {
      const bytes = sql[table].get(chunkId(sealId, no))
      if (bytes) take(nameOf.get(no) as string, bytes)
    }
  }
  const partsOf = (server: string, seal: number, { id, bytes }: { readonly id: number; readonly bytes: Uint8Array }): Packed[] => {
    try {
      return readPack(id - chunkId(seal, 0), bytes)
    } catch (error) {
      if (!isDamage(error)) throw error
      onDamage(`a pack of paths in seal ${seal} of server ${server} cannot be read (${(error as Error).message})`)
      return []
    }
  }

  const seals = (server: string, from: number, to: number): SourceSeal[] =>
    sql.seals
      .all(nos.get(server) ?? -1, from, to, begunFrom, begunTo)
      .filter(({ id, from_at }) => !except?.(id, from_at))
      .flatMap((row) => {
        try {
          return [
            {
              from: row.from_at,
              to: row.to_at,
              usualMs: row.interval_ms,
              partLayout: layoutText(row.path_layout),
              ownLayout: layoutText(row.server_layout),
              times: decodeTimes(row.form === rowForm ? row.times : checkedCrc(row.times)),
              gaps: JSON.parse(row.gaps) as StoredGap[],
              at: { id: row.id, form: row.form },
            },
          ]
        } catch (error) {
          if (!isDamage(error) && !(error instanceof SyntaxError)) throw error
          onDamage(`the rounds of seal ${row.id} of server ${server} cannot be read (${(error as Error).message})`)
          return []
        }
      })
  const placeOf = (seal: SourceSeal): { readonly id: number; readonly form: number } => {
    if (!('id' in seal.at)) throw new Error('a seal of another source')
    return seal.at
  }
  /** A chunk of form 2, from whichever form it has. */
  const chunkOf = (server: string, seal: SourceSeal, path: string, bytes: Uint8Array): Uint8Array | null => {
    const { id, form } = placeOf(seal)
    try {
      return form === rowForm ? encodeChunk(bytes, seal.times.length) : checkedCrc(bytes)
    } catch (error) {
      if (!isDamage(error)) throw error
      onDamage(`the samples of ${partWords(path)} in seal ${id} of server ${server} cannot be read (${(error as Error).message})`)
      return null
    }
  }

  return {
    servers: () => [...nos.keys()],
    paths: (server) => {
      const { nameOf } = namesOf(server)
      return [...nameOf.values()].sort((a, b) => (a === '' ? -1 : b === '' ? 1 : 0))
    },
    seals,
    chunks: (server, paths, of, take) => {
      for (const seal of of)
        rowsOf('chunk', server, paths, seal, (path, bytes) => {
          const chunk = chunkOf(server, seal, path, bytes)
          if (chunk) take(path, seal, chunk)
        })
    },
    buckets: (tier, server, paths, from, to, take) => {
      for (const seal of seals(server, from, to)) {
        const { id, form } = placeOf(seal)
        const step = tierStepMs[tier]
        const put = (path: string, minutes: () => Uint8Array): void => {
          let bytes: Uint8Array
          try {
            bytes = minutes()
            if (tier !== 'minutes') bytes = encodeBuckets(coarsenBuckets(decodeBuckets(bytes), step))
          } catch (error) {
            if (!isDamage(error)) throw error
            onDamage(`the minutes of ${partWords(path)} in seal ${id} of server ${server} cannot be read (${(error as Error).message})`)
            return
          }
          take(path, isOwnName(path) ? seal.ownLayout : seal.partLayout, bytes)
        }
        if (form !== rowForm) {
          rowsOf('minute', server, paths, seal, (path, bytes) => put(path, () => checkedCrc(bytes)))
          continue
        }
        // Seals of an older mtxdeck have no minutes beside them.
        rowsOf('chunk', server, paths, seal, (path, bytes) => {
          const chunk = chunkOf(server, seal, path, bytes)
          if (chunk) put(path, () => encodeBuckets(bucketsOfChunk(chunk, seal.times, seal.gaps, seal.usualMs ?? assumedIntervalMs, tierStepMs.minutes)))
        })
      }
    },
    facts: (server, paths, from, to, take) => {
      const serverNo = nos.get(server)
      if (serverNo === undefined) return
      const { noOf } = namesOf(server)
      for (const path of paths) {
        const no = noOf.get(path)
        if (no === undefined) continue
        const held = sql.heldFact.get(serverNo, no, from)
        if (held) take(path, held.at, held.json)
        for (const { at, json } of sql.facts.all(serverNo, no, from, to)) take(path, at, json)
      }
    },
    events: (from, to, take) => {
      for (let last = -1; ; ) {
        const rows = sql.events.all(from, to, last)
        for (const row of rows) take(eventOfRow(row))
        last = rows.at(-1)?.id ?? last
        if (rows.length < 1000) return
      }
    },
  }
}

/** What lies in an archive or a bundle. Throws where the file is damaged. */
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
  const servers = archive.servers()
  return {
    servers: () => servers,
    paths: (server) => {
      if (!paths) {
        paths = new Map()
        for (const row of archive.subjects()) {
          const of = paths.get(row.server)
          if (of) of.push(row.path)
          else paths.set(row.server, [row.path])
        }
        for (const of of paths.values()) of.sort((a, b) => (a === '' ? -1 : b === '' ? 1 : 0))
      }
      return paths.get(server) ?? []
    },
    seals: (server, from, to) => {
      const no = archive.subjectNo(server, ownName)
      if (no === null) return []
      // A seal may last long (the machine slept): all of the file are looked at. They are few.
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
    chunks: (server, of, seals, take) => {
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
        const no = archive.subjectNo(server, path)
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
    buckets: (tier, server, of, from, to, take) => {
      if (kind !== tier && kind !== 'bundle') return
      for (const path of of) {
        const no = archive.subjectNo(server, path)
        if (no === null) continue
        for (const { parts } of archive.bucketRows(no, blockOf(tier, from), blockOf(tier, to)))
          for (const { layout, bytes } of parts) take(path, layoutText(layout), bytes)
      }
    },
    facts: (server, of, from, to, take) => {
      for (const path of of) {
        const no = archive.subjectNo(server, path)
        if (no === null) continue
        for (const { at, json } of archive.factsOf(no, from, to)) if (at < to) take(path, at, json)
      }
    },
    events: (from, to, take) => {
      for (const event of archive.events(from, to)) take(event)
    },
  }
}
