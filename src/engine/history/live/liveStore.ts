import type { Tier } from '../../../shared/history.ts'
import type { Database } from '../../storage/openDatabase.ts'
import { checkedCrc, columnForm, decodeTimes, type Packed, packForm, readPack, rowForm } from '../codec/codec.ts'
import { chunkId, type SampleLayout, type StoredGap, textToLayout } from '../protocol/protocol.ts'

/** Some minutes of one server or host in the live file. */
export interface LiveSeal {
  readonly id: number
  /** Number of its owner. */
  readonly owner: number
  /** Of a chunk: `rowForm` or `columnForm`. */
  readonly form: number
  /** Whether several paths are in a row. */
  readonly isPacked: boolean
  readonly from: number
  readonly to: number
  /** null: too few rounds to tell. */
  readonly usualMs: number | null
  readonly partLayout: SampleLayout
  readonly ownLayout: SampleLayout
  /** False: samples were not kept, minutes are. */
  readonly hasSamples: boolean
  /** Decoded once. Throws `ChunkDamaged`. */
  readonly times: () => Float64Array
  readonly gaps: readonly StoredGap[]
}

/** Reads a part of history.db; where it is damaged `instead` is the answer, so that all other parts are still read. */
export type ReadPart = <T>(read: () => T, instead: T, of?: Pick<LiveSeal, 'owner' | 'from'>) => T

/** Reads history.db. Every statement ends at once: an open one would hold the database's log from being trimmed. */
export interface LiveStore {
  /** Those with something between `from` and `to`, oldest first; `lastSeal`: later ones also lie in the writer's memory. */
  readonly seals: (owner: number, lastSeal: number, from: number, to: number) => LiveSeal[]
  /** The same of all owners, by their number. */
  readonly allSeals: (lastSeal: number, from: number, to: number) => Map<number, () => LiveSeal[]>
  /** null: the subject is not in it. Throws `ChunkDamaged`. */
  readonly chunk: (seal: LiveSeal, no: number) => Uint8Array | null
  /** As `encodeBuckets` made them; null also for a seal of form 1. */
  readonly minutes: (seal: LiveSeal, no: number) => Uint8Array | null
  /** Of subjects with these numbers, or of all (null), each with its number; without those that are damaged. */
  readonly chunks: (seal: LiveSeal, nos: readonly number[] | null) => Map<number, Uint8Array>
  readonly allMinutes: (seal: LiveSeal, nos: readonly number[] | null) => Map<number, Uint8Array>
  /** Numbers of those that are in it. */
  readonly subjectsOf: (seal: LiveSeal) => number[]
  readonly archives: () => { readonly name: string; readonly tier: Tier; readonly from: number; readonly to: number }[]
}

/** A row of `seals`. */
export interface SealRow {
  readonly id: number
  readonly server: number
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

export function createLiveStore(db: Database, readPart: ReadPart): LiveStore {
  const layouts = new Map<number, SampleLayout>()
  const readLayouts = db.prepare<[], { id: number; columns: string }>('SELECT id, columns FROM layouts')
  const layoutById = (id: number): SampleLayout => {
    if (!layouts.has(id)) for (const row of readLayouts.all()) layouts.set(row.id, textToLayout(row.columns))
    return layouts.get(id) as SampleLayout
  }
  const readSeals = db.prepare<[number, number, number, number], SealRow>(
    `SELECT id, server, form, from_at, to_at, interval_ms, path_layout, server_layout, times, gaps, sample_bytes FROM seals
     WHERE server = ? AND id <= ? AND to_at >= ? AND from_at <= ? ORDER BY id`,
  )
  const readAllSeals = db.prepare<[number, number, number], SealRow>(
    `SELECT id, server, form, from_at, to_at, interval_ms, path_layout, server_layout, times, gaps, sample_bytes FROM seals
     WHERE to_at >= ? AND from_at <= ? AND id <= ? ORDER BY id`,
  )
  const firstBegin = db.prepare<[], number | null>('SELECT min(from_at) FROM seals').pluck()
  const readChunk = db.prepare<[number], Uint8Array>('SELECT rows FROM chunks WHERE id = ?').pluck()
  const readMinutes = db.prepare<[number], Uint8Array>('SELECT bytes FROM minutes WHERE id = ?').pluck()
  // The pack that a path is in, if it is in one.
  const lastChunk = db.prepare<[number, number], { id: number; bytes: Uint8Array }>(
    'SELECT id, rows AS bytes FROM chunks WHERE id >= ? AND id <= ? ORDER BY id DESC LIMIT 1',
  )
  const lastMinutes = db.prepare<[number, number], { id: number; bytes: Uint8Array }>(
    'SELECT id, bytes FROM minutes WHERE id >= ? AND id <= ? ORDER BY id DESC LIMIT 1',
  )
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
      owner: row.server,
      form: row.form === packForm ? columnForm : row.form,
      isPacked: row.form === packForm,
      from: row.from_at,
      to: row.to_at,
      usualMs: row.interval_ms,
      partLayout: layoutById(row.path_layout),
      ownLayout: layoutById(row.server_layout),
      hasSamples: row.sample_bytes === null || row.sample_bytes > 0,
      times: () => (times ??= decodeTimes(plain(row.form, row.times))),
      gaps: JSON.parse(row.gaps) as StoredGap[],
    }
  }
  const sealsOf = (rows: readonly SealRow[]): LiveSeal[] => rows.flatMap((row) => readPart(() => [sealOf(row)], [], { owner: row.server, from: row.from_at }))
  const packOf = (seal: LiveSeal, { id, bytes }: { readonly id: number; readonly bytes: Uint8Array }): readonly Packed[] =>
    readPart(() => readPack(id - chunkId(seal.id, 0), bytes), [], seal)
  /** Of a seal of form 3: every pack that has one of them is read once. `nos` null: all. */
  const unpacked = (seal: LiveSeal, nos: readonly number[] | null, all: typeof readChunks, last: typeof lastChunk): Map<number, Uint8Array> => {
    const found = new Map<number, Uint8Array>()
    const low = chunkId(seal.id, 0)
    if (nos === null) {
      for (const row of all.all(low, chunkId(seal.id + 1, 0)))
        for (const { no, bytes } of packOf(seal, row)) readPart(() => void found.set(no, checkedCrc(bytes)), undefined, seal)
      return found
    }
    const wanted = [...nos].sort((a, b) => a - b)
    for (let i = 0; i < wanted.length; ) {
      const row = last.get(low, low + (wanted[i] as number))
      const parts = row ? packOf(seal, row) : []
      const end = parts.at(-1)?.no ?? -1
      const ofRow = new Map(parts.map(({ no, bytes }) => [no, bytes]))
      do {
        const no = wanted[i++] as number
        const bytes = ofRow.get(no)
        if (bytes) readPart(() => void found.set(no, checkedCrc(bytes)), undefined, seal)
      } while (i < wanted.length && (wanted[i] as number) <= end)
    }
    return found
  }
  const several = (nos: readonly number[] | null, seal: LiveSeal, all: typeof readChunks, one: typeof readChunk): Map<number, Uint8Array> => {
    const found = new Map<number, Uint8Array>()
    if (nos === null || nos.length > fewLookups) {
      const wanted = nos && new Set(nos)
      for (const { id, bytes } of all.all(chunkId(seal.id, 0), chunkId(seal.id + 1, 0))) {
        const no = id - chunkId(seal.id, 0)
        if (wanted === null || wanted.has(no)) readPart(() => void found.set(no, plain(seal.form, bytes)), undefined, seal)
      }
      return found
    }
    for (const no of nos) {
      const bytes = one.get(chunkId(seal.id, no))
      if (bytes) readPart(() => void found.set(no, plain(seal.form, bytes)), undefined, seal)
    }
    return found
  }
  const single = (seal: LiveSeal, no: number, one: typeof readChunk, last: typeof lastChunk): Uint8Array | null => {
    if (!seal.isPacked) {
      const bytes = one.get(chunkId(seal.id, no))
      return bytes ? plain(seal.form, bytes) : null
    }
    const low = chunkId(seal.id, 0)
    const row = last.get(low, low + no)
    const part = row && readPack(row.id - low, row.bytes, no)[0]
    return part ? checkedCrc(part.bytes) : null
  }

  return {
    seals: (owner, lastSeal, from, to) => sealsOf(readSeals.all(owner, lastSeal, from, to)),
    allSeals: (lastSeal, from, to) => {
      const found = new Map<number, SealRow[]>()
      // Of a day that is archived there are none: no need to look at all that came since.
      if ((firstBegin.get() ?? Number.POSITIVE_INFINITY) > to) return new Map()
      for (const row of readAllSeals.all(from, to, lastSeal)) {
        const ofOwner = found.get(row.server)
        if (ofOwner) ofOwner.push(row)
        else found.set(row.server, [row])
      }
      return new Map([...found].map(([owner, rows]) => [owner, () => sealsOf(rows)]))
    },
    chunk: (seal, no) => single(seal, no, readChunk, lastChunk),
    minutes: (seal, no) => single(seal, no, readMinutes, lastMinutes),
    chunks: (seal, nos) => (seal.isPacked ? unpacked(seal, nos, readChunks, lastChunk) : several(nos, seal, readChunks, readChunk)),
    allMinutes: (seal, nos) => (seal.isPacked ? unpacked(seal, nos, readAllMinutes, lastMinutes) : several(nos, seal, readAllMinutes, readMinutes)),
    subjectsOf: (seal) => {
      const [low, high] = [chunkId(seal.id, 0), chunkId(seal.id + 1, 0)]
      // Minutes are a third of what chunks are, and all paths of a seal have them.
      if (seal.isPacked) return readAllMinutes.all(low, high).flatMap((row) => packOf(seal, row).map(({ no }) => no))
      return (seal.hasSamples ? chunkIds : minuteIds).all(low, high).map((id) => id - low)
    },
    archives: () => readArchives.all(),
  }
}

/** Looking up one costs about as much as reading eight that stand together. */
const fewLookups = 200

/** Seals of form 1 carry no checksums. */
const plain = (form: number, bytes: Uint8Array): Uint8Array => (form === rowForm ? bytes : checkedCrc(bytes))
