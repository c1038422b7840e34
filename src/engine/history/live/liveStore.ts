import type { Tier } from '../../../shared/tiers.ts'
import type { Database } from '../../storage/openDatabase.ts'
import { checkedCrc, decodeTimes, type Packed, readPack, storedJson } from '../codec/codec.ts'
import { chunkId, type SampleLayout, type StoredGap, textToLayout } from '../protocol/protocol.ts'

/** A seal: some minutes of samples of one server or host in the live file. */
export interface LiveSeal {
  readonly id: number
  /** The owner's number. */
  readonly owner: number
  readonly from: number
  readonly to: number
  /** Usual time between rounds, ms; null: too few rounds to know. */
  readonly usualMs: number | null
  readonly partLayout: SampleLayout
  readonly ownLayout: SampleLayout
  /** false: only minutes are stored, no samples. */
  readonly hasSamples: boolean
  /** Times of the rounds, decoded on first use. Throws `ChunkDamaged`. */
  readonly times: () => Float64Array
  readonly gaps: readonly StoredGap[]
}

/** Reads a part of history.db. If that part is damaged `instead` is returned, so that all other parts can still be read. */
export type ReadPart = <T>(read: () => T, instead: T) => T

/** Reads history.db. No statement stays open, because that would prevent checkpoints of the log. */
export type LiveStore = ReturnType<typeof createLiveStore>

/** A row of `seals`. */
export interface SealRow {
  readonly id: number
  readonly server: number
  readonly from_at: number
  readonly to_at: number
  readonly interval_ms: number | null
  readonly path_layout: number
  readonly server_layout: number
  readonly times: Uint8Array
  readonly gaps: string
  readonly sample_bytes: number
}

export function createLiveStore(db: Database, readPart: ReadPart) {
  const layouts = new Map<number, SampleLayout>()
  const readLayouts = db.prepare<[], { id: number; columns: string }>('SELECT id, columns FROM layouts')
  const layoutById = (id: number): SampleLayout => {
    if (!layouts.has(id)) for (const row of readLayouts.all()) layouts.set(row.id, textToLayout(row.columns))
    return layouts.get(id) as SampleLayout
  }
  const readSeals = db.prepare<[number, number, number, number], SealRow>(
    `SELECT id, server, from_at, to_at, interval_ms, path_layout, server_layout, times, gaps, sample_bytes FROM seals
     WHERE server = ? AND id <= ? AND to_at >= ? AND from_at <= ? ORDER BY id`,
  )
  const readAllSeals = db.prepare<[number, number, number], SealRow>(
    `SELECT id, server, from_at, to_at, interval_ms, path_layout, server_layout, times, gaps, sample_bytes FROM seals
     WHERE to_at >= ? AND from_at <= ? AND id <= ? ORDER BY id`,
  )
  const firstBegin = db.prepare<[], number | null>('SELECT min(from_at) FROM seals').pluck()
  // The pack that may contain a path.
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
  const readArchives = db.prepare<[], { name: string; tier: Tier; from: number; to: number }>(
    'SELECT name, tier, from_at AS "from", to_at AS "to" FROM archives ORDER BY name',
  )

  const sealOf = (row: SealRow): LiveSeal => {
    let times: Float64Array | null = null
    return {
      id: row.id,
      owner: row.server,
      from: row.from_at,
      to: row.to_at,
      usualMs: row.interval_ms,
      partLayout: layoutById(row.path_layout),
      ownLayout: layoutById(row.server_layout),
      hasSamples: row.sample_bytes > 0,
      times: () => (times ??= decodeTimes(checkedCrc(row.times))),
      gaps: storedJson(row.gaps, `the gaps of seal ${row.id}`) as StoredGap[],
    }
  }
  const sealsOf = (rows: readonly SealRow[]): LiveSeal[] => rows.flatMap((row) => readPart(() => [sealOf(row)], []))
  const packOf = (seal: LiveSeal, { id, bytes }: { readonly id: number; readonly bytes: Uint8Array }): readonly Packed[] =>
    readPart(() => readPack(id - chunkId(seal.id, 0), bytes), [])
  /** Every pack with a wanted path is read once. `nos` null: all paths. */
  const unpacked = (seal: LiveSeal, nos: readonly number[] | null, all: typeof readChunks, last: typeof lastChunk): Map<number, Uint8Array> => {
    const found = new Map<number, Uint8Array>()
    const low = chunkId(seal.id, 0)
    if (nos === null) {
      for (const row of all.all(low, chunkId(seal.id + 1, 0)))
        for (const { no, bytes } of packOf(seal, row)) readPart(() => void found.set(no, checkedCrc(bytes)), undefined)
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
        if (bytes) readPart(() => void found.set(no, checkedCrc(bytes)), undefined)
      } while (i < wanted.length && (wanted[i] as number) <= end)
    }
    return found
  }
  const single = (seal: LiveSeal, no: number, last: typeof lastChunk): Uint8Array | null => {
    const low = chunkId(seal.id, 0)
    const row = last.get(low, low + no)
    const part = row && readPack(row.id - low, row.bytes, no)[0]
    return part ? checkedCrc(part.bytes) : null
  }

  return {
    /** Seals up to `lastSeal` that overlap [from, to], oldest first. Later seals are also in the writer's memory. */
    seals: (owner: number, lastSeal: number, from: number, to: number): LiveSeal[] => sealsOf(readSeals.all(owner, lastSeal, from, to)),
    /** The same for all owners, by owner number. */
    allSeals: (lastSeal: number, from: number, to: number): Map<number, () => LiveSeal[]> => {
      const found = new Map<number, SealRow[]>()
      // An archived day has no seals here; skip the search through all later ones.
      if ((firstBegin.get() ?? Number.POSITIVE_INFINITY) > to) return new Map()
      for (const row of readAllSeals.all(from, to, lastSeal)) {
        const ofOwner = found.get(row.server)
        if (ofOwner) ofOwner.push(row)
        else found.set(row.server, [row])
      }
      return new Map([...found].map(([owner, rows]) => [owner, () => sealsOf(rows)]))
    },
    /** A subject's chunk; null: the subject is not in the seal. Throws `ChunkDamaged`. */
    chunk: (seal: LiveSeal, no: number): Uint8Array | null => single(seal, no, lastChunk),
    /** A subject's minutes, encoded by `encodeBuckets`. */
    minutes: (seal: LiveSeal, no: number): Uint8Array | null => single(seal, no, lastMinutes),
    /** Chunks of the subjects with these numbers (null: all), by number. Damaged ones are left out. */
    chunks: (seal: LiveSeal, nos: readonly number[] | null): Map<number, Uint8Array> => unpacked(seal, nos, readChunks, lastChunk),
    allMinutes: (seal: LiveSeal, nos: readonly number[] | null): Map<number, Uint8Array> => unpacked(seal, nos, readAllMinutes, lastMinutes),
    // Minutes are a third of the size of chunks, and all paths of a seal have them.
    /** Numbers of the subjects in the seal. */
    subjectsOf: (seal: LiveSeal): number[] =>
      readAllMinutes.all(chunkId(seal.id, 0), chunkId(seal.id + 1, 0)).flatMap((row) => packOf(seal, row).map(({ no }) => no)),
    archives: (): { readonly name: string; readonly tier: Tier; readonly from: number; readonly to: number }[] => readArchives.all(),
  }
}
