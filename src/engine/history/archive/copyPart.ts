import { type Tier, tierStepMs } from '../../../shared/history.ts'
import {
  type Buckets,
  chunkColumns,
  chunkRounds,
  decodeBuckets,
  decodeColumn,
  encodeBuckets,
  encodeRounds,
  encodeSampleRow,
  mergeBuckets,
  type SamplePart,
  sliceBuckets,
} from '../codec/codec.ts'
import { isOwnName, ownName, partWords, toStored } from '../protocol/protocol.ts'
import { type ArchiveWriter, type BucketPart, blockOf, blockStart, hourOf, lastMoment } from './archiveFile.ts'
import type { BucketTier, PartSource, SourceSeal } from './partSource.ts'

export interface CopyPartOptions {
  /** What one of them holds must not be in another one. */
  readonly sources: readonly PartSource[]
  /** Whole seals that touch this span are copied; buckets are cut to it. Epoch ms, `to` not included. */
  readonly from: number
  readonly to: number
  /** Asked for every path of every server; path '' is the server itself, without which nothing of a server is copied. */
  readonly wants: (server: string, path: string) => boolean
  readonly tiers: readonly Tier[]
  /** What held at `from`, and what was told until before `to`; null: none. */
  readonly facts: { readonly from: number; readonly to: number } | null
  /** Those of these servers and paths, and the console's own; null: none. */
  readonly events: { readonly from: number; readonly to: number } | null
  /** Count the samples that are copied: each is decoded for it. */
  readonly counts: boolean
  readonly into: ArchiveWriter
  /** Awaited between slices of some megabytes: lets others have the thread. Throws to stop. */
  readonly turn: () => Promise<void>
  /** A chunk or buckets that can't be read are left out; here is told which. */
  readonly onDamage: (words: string) => void
}

export interface CopiedPart {
  /** Servers and paths of which anything was copied. */
  readonly servers: number
  readonly paths: number
  /** 0 where they were not to be counted. */
  readonly samples: number
  readonly chunks: number
  readonly events: number
  /** First and last moment of the seals, buckets and events; null: none was copied. */
  readonly span: { readonly from: number; readonly to: number } | null
}

/** Bytes as they lie in the sources that are held at a time. */
const sliceBytes = 4 << 20
/** Buckets are decoded, joined and encoded, which takes the time and memory of so many bytes that are only copied. */
const bucketCost = 16
const mostPathsOfSlice = 2000

/** Ascending places of a subject's blocks: of a bundle, in which all tiers lie in one table. */
const bucketTiers: readonly BucketTier[] = ['twoHours', 'quarterHours', 'minutes']

/**
 * Copies a part of the past into a new archive, entity by entity in the order of the new file, a few megabytes at a
 * time however much it is. Chunks are copied as they are; buckets of one block that come in pieces are joined.
 */
export async function copyPart(options: CopyPartOptions): Promise<CopiedPart> {
  const { sources, into, wants, tiers, turn, onDamage } = options
  const from = Math.max(0, options.from)
  const to = Math.min(lastMoment, options.to)
  const done = { servers: 0, paths: 0, samples: 0, chunks: 0, events: 0 }
  let first = Number.POSITIVE_INFINITY
  let last = Number.NEGATIVE_INFINITY
  const saw = (since: number, until: number): void => {
    if (since < first) first = since
    if (until > last) last = until
  }
  const wanted = bucketTiers.filter((tier) => tiers.includes(tier))

  const serversOf = new Map(sources.map((source) => [source, new Set(source.servers())]))

  const copyServer = async (server: string): Promise<void> => {
    const of = sources.filter((source) => serversOf.get(source)?.has(server))
    const seals = of.map((source) => (tiers.includes('samples') ? source.seals(server, from, to - 1) : []))
    const places = new Map<SourceSeal, { readonly hour: number; readonly index: number }>()
    const hours = new Map<number, SourceSeal[]>()
    for (const seal of seals.flat().sort((a, b) => a.from - b.from)) {
      const hour = hourOf(seal.from)
      const there = hours.get(hour)
      places.set(seal, { hour, index: there?.length ?? 0 })
      if (there) there.push(seal)
      else hours.set(hour, [seal])
      saw(seal.from, seal.to)
    }
    for (const [hour, list] of [...hours].sort(([a], [b]) => a - b))
      into.putRounds(
        server,
        hour,
        encodeRounds(list.map((seal) => ({ ...seal, partLayout: into.layout(seal.partLayout), ownLayout: into.layout(seal.ownLayout) }))),
      )

    let any = hours.size > 0
    const copySlice = (paths: readonly string[]): number => {
      let bytes = 0
      const samples = new Map<string, Map<number, SamplePart[]>>()
      for (const [n, source] of of.entries())
        source.chunks(server, paths, seals[n] as SourceSeal[], (path, seal, chunk) => {
          const place = places.get(seal)
          if (!place) throw new Error('a seal of another server')
          bytes += chunk.length
          const rows = samples.get(path) ?? new Map<number, SamplePart[]>()
          samples.set(path, rows)
          const parts = rows.get(place.hour) ?? []
          rows.set(place.hour, parts)
          parts.push({ seal: place.index, chunk })
        })
      const buckets = new Map<string, { readonly tier: BucketTier; readonly layout: string; readonly bytes: Uint8Array }[]>()
      for (const tier of wanted)
        for (const source of of)
          source.buckets(tier, server, paths, from, to - 1, (path, layout, given) => {
            bytes += given.length * bucketCost
            const list = buckets.get(path) ?? []
            buckets.set(path, list)
            list.push({ tier, layout, bytes: given })
          })
      for (const path of paths) {
        let subject: number | null = null
        const no = (): number => {
          subject ??= into.subject(server, path)
          return subject
        }
        for (const [hour, parts] of [...(samples.get(path) ?? [])].sort(([a], [b]) => a - b)) {
          parts.sort((a, b) => a.seal - b.seal)
          const good = options.counts ? parts.filter((part) => count(server, path, part)) : parts
          done.chunks += good.length
          if (good.length > 0) into.putSamples(no(), hour, encodeSampleRow(good))
        }
        const list = buckets.get(path) ?? []
        for (const tier of wanted)
          for (const [block, parts] of blocksOf(
            server,
            path,
            tier,
            list.filter((one) => one.tier === tier),
          ))
            into.putBuckets(no(), block, parts)
        for (const [at, json] of options.facts ? factsOf(of, server, path, options.facts) : []) into.putFact(no(), at, json)
        if (subject !== null) {
          any = true
          if (!isOwnName(path)) done.paths++
        }
      }
      return bytes
    }

    const paths = [...new Set(of.flatMap((source) => source.paths(server)))].filter((path) => wants(server, path))
    for (let at = 0, size = 8; at < paths.length; ) {
      const slice = paths.slice(at, at + size)
      const bytes = copySlice(slice)
      at += size
      size = Math.min(Math.max(1, Math.floor((sliceBytes * slice.length) / Math.max(1, bytes))), size * 2, mostPathsOfSlice)
      await turn()
    }
    if (any) done.servers++
  }

  /** False: it cannot be read, and is left out. */
  const count = (server: string, path: string, { chunk }: SamplePart): boolean => {
    try {
      const values = new Float64Array(chunkRounds(chunk))
      for (const column of chunkColumns(chunk)) {
        decodeColumn(chunk, column, values)
        for (const value of values) if (!Number.isNaN(value)) done.samples++
      }
      return true
    } catch (error) {
      onDamage(`some samples of ${partWords(path)} of server ${server} cannot be read (${(error as Error).message})`)
      return false
    }
  }

  /** One row for each block, its parts joined where they have the same layout. */
  const blocksOf = (
    server: string,
    path: string,
    tier: BucketTier,
    list: readonly { readonly layout: string; readonly bytes: Uint8Array }[],
  ): [number, BucketPart[]][] => {
    const blocks = new Map<number, Map<number, Buckets[]>>()
    for (const { layout, bytes } of list) {
      let buckets: Buckets
      try {
        const whole = decodeBuckets(bytes)
        if (whole.stepMs !== tierStepMs[tier]) throw new RangeError(`buckets of ${whole.stepMs} ms`)
        const isWithin = whole.first * whole.stepMs >= from && (whole.first + whole.length) * whole.stepMs <= to
        buckets = isWithin ? whole : sliceBuckets(whole, Math.floor(from / whole.stepMs), Math.ceil(to / whole.stepMs))
      } catch (error) {
        onDamage(`some ${tier} of ${partWords(path)} of server ${server} cannot be read (${(error as Error).message})`)
        continue
      }
      const id = into.layout(layout)
      for (const [block, piece] of piecesOf(buckets, tier)) {
        const layouts = blocks.get(block) ?? new Map<number, Buckets[]>()
        blocks.set(block, layouts)
        const pieces = layouts.get(id) ?? []
        layouts.set(id, pieces)
        pieces.push(piece)
      }
    }
    return [...blocks]
      .sort(([a], [b]) => a - b)
      .map(([block, layouts]): [number, BucketPart[]] => [
        block,
        [...layouts].map(([layout, pieces]) => {
          const one = pieces.length === 1 ? (pieces[0] as Buckets) : mergeBuckets(pieces)
          for (const [since, until] of one.spans) saw(since, until)
          return { layout, bytes: encodeBuckets(one) }
        }),
      ])
  }

  const servers = [...new Set(sources.flatMap((source) => source.servers()))].filter((server) => wants(server, ownName))
  for (const server of servers) await copyServer(server)
  if (options.events)
    for (const source of sources)
      source.events(options.events.from, options.events.to, (event) => {
        // The console's own stand with whatever is copied.
        if (event.subject !== null) {
          const { ownerId, path } = toStored(event.subject)
          if (!wants(ownerId, ownName) || !wants(ownerId, path)) return
        }
        into.putEvent(event)
        done.events++
        saw(event.at, event.at)
      })
  return { ...done, span: last >= first ? { from: first, to: last } : null }
}

/** What held at `from`, whichever source knows it last, and what was told until before `to`. */
function factsOf(
  sources: readonly PartSource[],
  server: string,
  path: string,
  { from, to }: { readonly from: number; readonly to: number },
): Map<number, string | null> {
  const told = new Map<number, string | null>()
  for (const source of sources) source.facts(server, [path], from, to, (_, at, json) => void told.set(at, json))
  const held = [...told.keys()].reduce((newest, at) => (at <= from && at > newest ? at : newest), Number.NEGATIVE_INFINITY)
  // What was not there any more by then need not be told.
  for (const [at, json] of told) if (at < held || (at === held && json === null)) told.delete(at)
  return told
}

/** Buckets cut at the edges of their tier's blocks. */
export function piecesOf(buckets: Buckets, tier: BucketTier): [number, Buckets][] {
  const { stepMs, first, length } = buckets
  const out: [number, Buckets][] = []
  for (let at = first; at < first + length; ) {
    const block = blockOf(tier, at * stepMs)
    // Before 1970 or after 2299 there are no blocks; such a clock was far off.
    const outside = at * stepMs < 0 || at * stepMs >= lastMoment
    const end = outside ? (at < 0 ? Math.min(0, first + length) : first + length) : blockStart(tier, block + 1) / stepMs
    if (!outside) out.push([block, at === first && end >= first + length ? buckets : sliceBuckets(buckets, at, end)])
    at = end
  }
  return out
}
