import type { Tier } from '../../shared/history.ts'
import type { Database } from '../storage/openDatabase.ts'
import { columnForm } from './columnChunk.ts'
import { checkedCrc } from './roundList.ts'
import { decodeTimes } from './rowCodec.ts'
import { chunkId, type SampleLayout, textToLayout } from './sampleLayout.ts'
import type { StoredGap } from './storeProtocol.ts'

/** Some minutes of one server in the live file. */
export interface LiveSeal {
  readonly id: number
  readonly form: number
  readonly from: number
  readonly to: number
  /** null: too few rounds to tell. */
  readonly usualMs: number | null
  readonly pathLayout: SampleLayout
  readonly serverLayout: SampleLayout
  /** False: samples were not kept, minutes are. */
  readonly hasSamples: boolean
  /** Decoded once. Throws `ChunkDamaged`. */
  readonly times: () => Float64Array
  readonly gaps: readonly StoredGap[]
}

/** Reads history.db. Every statement ends at once: an open one would hold the database's log from being trimmed. */
export interface LiveStore {
  /** Those with something between `from` and `to`, oldest first; `lastSeal`: later ones also lie in the writer's memory. */
  readonly seals: (server: number, lastSeal: number, from: number, to: number) => LiveSeal[]
  /** null: the subject is not in it. Throws `ChunkDamaged`. */
  readonly chunk: (seal: LiveSeal, no: number) => Uint8Array | null
  /** As `encodeBuckets` made them; null also for a seal of form 1. */
  readonly minutes: (seal: LiveSeal, no: number) => Uint8Array | null
  /** Of subjects with these numbers, or of all (null), each with its number. */
  readonly chunks: (seal: LiveSeal, nos: readonly number[] | null) => Map<number, Uint8Array>
  readonly allMinutes: (seal: LiveSeal, nos: readonly number[] | null) => Map<number, Uint8Array>
  /** Numbers of those that are in it. */
  readonly subjectsOf: (seal: LiveSeal) => number[]
  readonly archives: () => { readonly name: string; readonly tier: Tier; readonly from: number; readonly to: number }[]
}

/** A row of `seals`. */
export interface SealRow {
  readonly id: number
  readonly form: number
  readonly from_at: number
  readonly to_at: number
  readonly interval_ms: number | null
  readonly path_layout: number
  readonly server_layout: number
  readonly times: Uint8Array
  readonly gaps: string
  readonly sample_bytes: number | null
}

export const createLiveStore = (db: Database): LiveStore => {
  const layouts = new Map<number, SampleLayout>()
  const readLayouts = db.prepare<[], { id: number; columns: string }>('SELECT id, columns FROM layouts')
  const layoutById = (id: number): SampleLayout => {
    if (!layouts.has(id)) for (const row of readLayouts.all()) layouts.set(row.id, textToLayout(row.columns))
    return layouts.get(id) as SampleLayout
  }
  const readSeals = db.prepare<[number, number, number, number], SealRow>(
    `SELECT id, form, from_at, to_at, interval_ms, path_layout, server_layout, times, gaps, sample_bytes FROM seals
     WHERE server = ? AND id <= ? AND to_at >= ? AND from_at <= ? ORDER BY id`,
  )
  const readChunk = db.prepare<[number], Uint8Array>('SELECT rows FROM chunks WHERE id = ?').pluck()
  const readMinutes = db.prepare<[number], Uint8Array>('SELECT bytes FROM minutes WHERE id = ?').pluck()
  const readChunks = db.prepare<[number, number], { id: number; bytes: Uint8Array }>(
    'SELECT id, rows AS bytes FROM chunks WHERE id >= ? AND id < ? ORDER BY id',
  )
  const readAllMinutes = db.prepare<[number, number], { id: number; bytes: Uint8Array }>('SELECT id, bytes FROM minutes WHERE id >= ? AND id < ? ORDER BY id')
  const chunkIds = db.prepare<[number, number], number>('SELECT id FROM chunks WHERE id >= ? AND id < ?').pluck()
  const minuteIds = db.prepare<[number, number], number>('SELECT id FROM minutes WHERE id >= ? AND id < ?').pluck()
  const readArchives = db.prepare<[], { name: string; tier: Tier; from: number; to: number }>(
    'SELECT name, tier, from_at AS "from", to_at AS "to" FROM archives ORDER BY name',
  )

  const sealOf = (row: SealRow): LiveSeal => {
    let times: Float64Array | null = null
    return {
      id: row.id,
      form: row.form,
      from: row.from_at,
      to: row.to_at,
      usualMs: row.interval_ms,
      pathLayout: layoutById(row.path_layout),
      serverLayout: layoutById(row.server_layout),
      hasSamples: row.sample_bytes === null || row.sample_bytes > 0,
      times: () => (times ??= decodeTimes(plain(row.form, row.times))),
      gaps: JSON.parse(row.gaps) as StoredGap[],
    }
  }
  const several = (ids: readonly number[] | null, seal: LiveSeal, all: typeof readChunks, one: typeof readChunk): Map<number, Uint8Array> => {
    const found = new Map<number, Uint8Array>()
    if (ids === null || ids.length > fewLookups) {
      const wanted = ids && new Set(ids)
      for (const { id, bytes } of all.all(chunkId(seal.id, 0), chunkId(seal.id + 1, 0))) {
        const no = id - chunkId(seal.id, 0)
        if (wanted === null || wanted.has(no)) found.set(no, plain(seal.form, bytes))
      }
      return found
    }
    for (const no of ids) {
      const bytes = one.get(chunkId(seal.id, no))
      if (bytes) found.set(no, plain(seal.form, bytes))
    }
    return found
  }

  return {
    seals: (server, lastSeal, from, to) => readSeals.all(server, lastSeal, from, to).map(sealOf),
    chunk: (seal, no) => {
      const bytes = readChunk.get(chunkId(seal.id, no))
      return bytes ? plain(seal.form, bytes) : null
    },
    minutes: (seal, no) => {
      const bytes = readMinutes.get(chunkId(seal.id, no))
      return bytes ? plain(seal.form, bytes) : null
    },
    chunks: (seal, nos) => several(nos, seal, readChunks, readChunk),
    allMinutes: (seal, nos) => several(nos, seal, readAllMinutes, readMinutes),
    subjectsOf: (seal) => (seal.hasSamples ? chunkIds : minuteIds).all(chunkId(seal.id, 0), chunkId(seal.id + 1, 0)).map((id) => id - chunkId(seal.id, 0)),
    archives: () => readArchives.all(),
  }
}

/** Looking up one costs about as much as reading eight that stand together. */
const fewLookups = 200

/** Seals of form 2 carry a checksum before each blob. */
const plain = (form: number, bytes: Uint8Array): Uint8Array => (form === columnForm ? checkedCrc(bytes) : bytes)
