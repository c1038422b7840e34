import type { Tier } from '../../../shared/tiers.ts'
import type { Database } from '../../storage/openDatabase.ts'
import { ChunkDamaged, checkedCrc, decodeRounds, type Packed, readPack, type SealRounds } from '../codec/codec.ts'
import { chunkId, type SampleLayout, textToLayout } from '../protocol/protocol.ts'

/** A seal: some minutes of samples of one server or host in the live file. */
export interface LiveSeal extends SealRounds<SampleLayout> {
  readonly id: number
  /** false: only minutes are stored, no samples. */
  readonly hasSamples: boolean
}

/** Reads a part of history.db. If that part is damaged `instead` is returned, so that all other parts can still be read. */
export type ReadPart = <T>(read: () => T, instead: T) => T

/** Reads history.db. No statement stays open, because that would prevent checkpoints of the log. */
export type LiveStore = ReturnType<typeof createLiveStore>

interface SealRow {
  readonly id: number
  readonly server: number
  readonly from_at: number
  readonly rounds: Uint8Array
  readonly sample_bytes: number
}

export function createLiveStore(db: Database, readPart: ReadPart) {
  const layouts = new Map<number, SampleLayout>()
  const readLayouts = db.prepare<[], { id: number; columns: string }>('SELECT id, columns FROM layouts')
  const layoutById = (id: number): SampleLayout => {
    if (!layouts.has(id)) for (const row of readLayouts.all()) layouts.set(row.id, textToLayout(row.columns))
    const layout = layouts.get(id)
    if (layout === undefined) throw new ChunkDamaged(`there is no layout ${id}`)
    return layout
  }
  const readSeals = db.prepare<[number, number, number, number], SealRow>(
    'SELECT id, server, from_at, rounds, sample_bytes FROM seals WHERE server = ? AND id <= ? AND to_at >= ? AND from_at <= ? ORDER BY id',
  )
  const readAllSeals = db.prepare<[number, number, number], SealRow>(
    'SELECT id, server, from_at, rounds, sample_bytes FROM seals WHERE to_at >= ? AND from_at <= ? AND id <= ? ORDER BY id',
  )
  const firstBegin = db.prepare<[], number | null>('SELECT min(from_at) FROM seals').pluck()
  const readArchives = db.prepare<[], { name: string; tier: Tier; from: number; to: number }>(
    'SELECT name, tier, from_at AS "from", to_at AS "to" FROM archives ORDER BY name',
  )
  const packsIn = (table: 'chunks' | 'minutes', column: 'rows' | 'bytes') => ({
    /** The pack that may contain a path. */
    last: db.prepare<[number, number], { id: number; bytes: Uint8Array }>(
      `SELECT id, ${column} AS bytes FROM ${table} WHERE id >= ? AND id <= ? ORDER BY id DESC LIMIT 1`,
    ),
    /** Where the pack after it begins. */
    next: db.prepare<[number, number], number>(`SELECT id FROM ${table} WHERE id > ? AND id < ? ORDER BY id LIMIT 1`).pluck(),
  })
  const chunks = packsIn('chunks', 'rows')
  const minutes = packsIn('minutes', 'bytes')
  const allMinutes = db.prepare<[number, number], { id: number; bytes: Uint8Array }>('SELECT id, bytes FROM minutes WHERE id >= ? AND id < ? ORDER BY id')

  const sealOf = ({ id, rounds, sample_bytes }: SealRow): LiveSeal => {
    const [seal] = decodeRounds(checkedCrc(rounds)) as [SealRounds]
    return { ...seal, id, hasSamples: sample_bytes > 0, partLayout: layoutById(seal.partLayout), ownLayout: layoutById(seal.ownLayout) }
  }
  const sealsOf = (rows: readonly SealRow[]): LiveSeal[] => rows.flatMap((row) => readPart(() => [sealOf(row)], []))
  const packOf = ({ id: seal }: LiveSeal, { id, bytes }: { readonly id: number; readonly bytes: Uint8Array }): readonly Packed[] =>
    readPart(() => readPack(id - chunkId(seal, 0), bytes), [])
  /** The parts with these numbers, by number. Every pack is read once. */
  const partsIn = (of: typeof chunks, seal: LiveSeal, nos: readonly number[]): Map<number, Uint8Array> => {
    const found = new Map<number, Uint8Array>()
    const low = chunkId(seal.id, 0)
    const end = chunkId(seal.id + 1, 0)
    const take = ({ no, bytes }: Packed): void => readPart(() => void found.set(no, checkedCrc(bytes)), undefined)
    const wanted = [...nos].sort((a, b) => a - b)
    for (let i = 0; i < wanted.length; ) {
      const first = low + (wanted[i] as number)
      const row = of.last.get(low, first)
      const next = i + 1 < wanted.length ? (of.next.get(first, end) ?? end) : end
      const ofRow = new Map((row ? packOf(seal, row) : []).map((part) => [part.no, part]))
      do {
        const part = ofRow.get(wanted[i++] as number)
        if (part) take(part)
      } while (i < wanted.length && low + (wanted[i] as number) < next)
    }
    return found
  }
  return {
    /** Seals up to `lastSeal` that overlap [from, to], in the order of their numbers. Later seals are also in the writer's memory. */
    seals: (owner: number, lastSeal: number, from: number, to: number): LiveSeal[] => sealsOf(readSeals.all(owner, lastSeal, from, to)),
    /** All that overlap [from, to] and are wanted, oldest first. */
    wantedSeals: (owner: number, from: number, to: number, wants: (id: number, from: number) => boolean): LiveSeal[] => {
      const rows = readSeals.all(owner, Number.MAX_SAFE_INTEGER, from, to).filter((row) => wants(row.id, row.from_at))
      return sealsOf(rows.sort((a, b) => a.from_at - b.from_at || a.id - b.id))
    },
    /** The same for all owners, by owner number. */
    allSeals: (lastSeal: number, from: number, to: number): Map<number, () => LiveSeal[]> => {
      // An archived day has no seals here; skip the search through all later ones.
      if ((firstBegin.get() ?? Number.POSITIVE_INFINITY) > to) return new Map()
      const found = Map.groupBy(readAllSeals.all(from, to, lastSeal), ({ server }) => server)
      return new Map([...found].map(([owner, rows]) => [owner, () => sealsOf(rows)]))
    },
    /** Chunks of the subjects with these numbers, by number. Damaged ones are left out. */
    chunks: (seal: LiveSeal, nos: readonly number[]): Map<number, Uint8Array> => partsIn(chunks, seal, nos),
    /** The same of minutes, encoded by `encodeBuckets`. */
    minutes: (seal: LiveSeal, nos: readonly number[]): Map<number, Uint8Array> => partsIn(minutes, seal, nos),
    /** Numbers of the subjects in the seal, from the minutes, which are a third of the size of chunks. */
    subjectsOf: (seal: LiveSeal): number[] =>
      allMinutes.all(chunkId(seal.id, 0), chunkId(seal.id + 1, 0)).flatMap((row) => packOf(seal, row).map(({ no }) => no)),
    archives: (): { readonly name: string; readonly tier: Tier; readonly from: number; readonly to: number }[] => readArchives.all(),
  }
}
