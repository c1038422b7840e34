import { messageOf } from '../../../shared/result.ts'
import { type Tier, tierStepMs } from '../../../shared/tiers.ts'
import { type Buckets, encodeBuckets, encodeRounds, encodeSampleRow, mergeBuckets, type SamplePart, sliceBuckets } from '../codec/codec.ts'
import { layoutToText, ownerText, ownName, partText, type SampleLayout, toStored } from '../protocol/protocol.ts'
import { type ArchiveWriter, type BucketPart, blockOf, blockStart, hourOf, lastMoment } from './archiveFile.ts'
import type { BucketTier, FoundBuckets, PartSource, SourceSeal } from './partSource.ts'

export interface CopyPartOptions {
  /** Sources must not overlap: no data may be in two of them. */
  readonly sources: readonly PartSource[]
  /** Seals that overlap this span are copied whole; buckets are cut to it. Epoch ms, `to` exclusive. */
  readonly from: number
  readonly to: number
  /** Called for every path of every owner. Path '' is the owner itself; if it is unwanted, nothing of the owner is copied. */
  readonly wants: (owner: string, path: string) => boolean
  readonly tiers: readonly Tier[]
  /** Copies the facts that held at `from`, and those recorded in [from, to); null: no facts. */
  readonly facts: { readonly from: number; readonly to: number } | null
  /** Copies events of the wanted owners and paths, and of the console itself; null: no events. */
  readonly events: { readonly from: number; readonly to: number } | null
  readonly into: ArchiveWriter
  /** Awaited between slices of some megabytes, so that other work on the thread gets its turn. Throws to stop. */
  readonly turn: () => Promise<void>
  /** Called for each bucket row that is unreadable and therefore left out. */
  readonly onDamage: (words: string) => void
}

interface CopiedPart {
  /** First and last moment of the copied seals, buckets and events; null: there were none. */
  readonly span: { readonly from: number; readonly to: number } | null
  /** Whether anything of an owner was copied. */
  readonly hasAny: boolean
}

/** Bytes from the sources held in memory at a time, as stored. */
const sliceBytes = 4 << 20
/** Weight of a byte of buckets: decoding, joining and encoding it costs as much as plainly copying this many bytes. */
const bucketCost = 16
const mostPathsOfSlice = 2000

/** Ascending places of a subject's blocks: of a bundle, in which all tiers lie in one table. */
const bucketTiers: readonly BucketTier[] = ['twoHours', 'quarterHours', 'minutes']

interface Copy {
  readonly options: CopyPartOptions
  /** Within the time that an archive has places for. */
  readonly from: number
  readonly to: number
  readonly bucketTiers: readonly BucketTier[]
  readonly span: { first: number; last: number }
  /** Ids of layouts in the new archive. */
  readonly layouts: Map<SampleLayout, number>
}

interface OwnerCopy extends Copy {
  readonly owner: string
  readonly sources: readonly PartSource[]
  /** Seals by source. */
  readonly seals: readonly (readonly SourceSeal[])[]
  /** Position of each seal in the new archive. */
  readonly places: ReadonlyMap<SourceSeal, { readonly hour: number; readonly index: number }>
}

/**
 * Copies a part of the past into a new archive, owner by owner and path by path in the order of the new file, and a few
 * megabytes at a time regardless of its size. Chunks are copied unchanged; buckets of the same block are merged.
 */
export async function copyPart(options: CopyPartOptions): Promise<CopiedPart> {
  const { sources, wants, tiers } = options
  const copy: Copy = {
    options,
    from: Math.max(0, options.from),
    to: Math.min(lastMoment, options.to),
    bucketTiers: bucketTiers.filter((tier) => tiers.includes(tier)),
    span: { first: Number.POSITIVE_INFINITY, last: Number.NEGATIVE_INFINITY },
    layouts: new Map(),
  }
  const ownersOf = new Map(sources.map((source) => [source, new Set(source.owners())]))
  const owners = new Set([...ownersOf.values()].flatMap((of) => [...of]))
  let hasAny = false
  for (const owner of owners) {
    const ofOwner = sources.filter((source) => ownersOf.get(source)?.has(owner))
    if (wants(owner, ownName) && (await copyOwner(copy, owner, ofOwner))) hasAny = true
  }
  copyEvents(copy)
  const { first, last } = copy.span
  return { span: last >= first ? { from: first, to: last } : null, hasAny }
}

function layoutIn({ layouts, options }: Copy, layout: SampleLayout): number {
  const id = layouts.get(layout) ?? options.into.layout(layoutToText(layout))
  layouts.set(layout, id)
  return id
}

function extendSpan({ span }: Copy, first: number, last: number): void {
  if (first < span.first) span.first = first
  if (last > span.last) span.last = last
}

/** Returns false if there was no data of the owner. */
async function copyOwner(copy: Copy, owner: string, sources: readonly PartSource[]): Promise<boolean> {
  const { wants, tiers, turn } = copy.options
  const seals = sources.map((source) => (tiers.includes('samples') ? source.seals(owner, copy.from, copy.to - 1) : []))
  const places = copyRounds(copy, owner, seals.flat())
  const ownerCopy: OwnerCopy = { ...copy, owner, sources, seals, places }
  let hasAny = places.size > 0
  const paths = [...new Set(sources.flatMap((source) => source.paths(owner)))].filter((path) => wants(owner, path))
  for (let at = 0, size = 8; at < paths.length; ) {
    const slice = paths.slice(at, at + size)
    const samples = samplesOf(ownerCopy, slice)
    const buckets = bucketsOf(ownerCopy, slice)
    for (const path of slice) if (copyPath(ownerCopy, path, samples.byPath.get(path), buckets.byPath.get(path) ?? [])) hasAny = true
    at += size
    const bytes = samples.bytes + buckets.bytes
    size = Math.min(Math.max(1, Math.floor((sliceBytes * slice.length) / Math.max(1, bytes))), size * 2, mostPathsOfSlice)
    await turn()
  }
  return hasAny
}

/** Writes the rounds of seals hour by hour, and returns the position of each seal. */
function copyRounds(copy: Copy, owner: string, seals: readonly SourceSeal[]): OwnerCopy['places'] {
  const { into } = copy.options
  const hours = Map.groupBy(
    seals.toSorted((a, b) => a.from - b.from),
    ({ from }) => hourOf(from),
  )
  const places = new Map<SourceSeal, { readonly hour: number; readonly index: number }>()
  for (const [hour, list] of [...hours].sort(([a], [b]) => a - b)) {
    for (const [index, seal] of list.entries()) {
      places.set(seal, { hour, index })
      extendSpan(copy, seal.from, seal.to)
    }
    into.putRounds(
      owner,
      hour,
      encodeRounds(list.map((seal) => ({ ...seal, partLayout: layoutIn(copy, seal.partLayout), ownLayout: layoutIn(copy, seal.ownLayout) }))),
    )
  }
  return places
}

/** Chunks of these paths by path and hour, and their total bytes. */
function samplesOf({ sources, seals, places, owner }: OwnerCopy, paths: readonly string[]) {
  const byPath = new Map<string, Map<number, SamplePart[]>>()
  let bytes = 0
  for (const [n, source] of sources.entries())
    source.chunks(owner, paths, seals[n] ?? [], (path, seal, chunk) => {
      const place = places.get(seal)
      if (!place) throw new Error('a seal of another owner')
      bytes += chunk.length
      const hours = byPath.get(path) ?? new Map<number, SamplePart[]>()
      byPath.set(path, hours)
      const parts = hours.get(place.hour) ?? []
      hours.set(place.hour, parts)
      parts.push({ seal: place.index, chunk })
    })
  return { byPath, bytes }
}

/** Buckets of these paths by path, and their total cost in bytes (see `bucketCost`). */
function bucketsOf({ sources, bucketTiers, owner, from, to }: OwnerCopy, paths: readonly string[]) {
  const byPath = new Map<string, FoundBuckets[]>()
  let bytes = 0
  for (const source of sources)
    source.buckets(bucketTiers, owner, paths, from, to - 1, (path, found) => {
      bytes += found.bytes * bucketCost
      const list = byPath.get(path) ?? []
      byPath.set(path, list)
      list.push(found)
    })
  return { byPath, bytes }
}

/** Returns false if there was no data of the path. */
function copyPath(copy: OwnerCopy, path: string, samples: ReadonlyMap<number, SamplePart[]> | undefined, buckets: readonly FoundBuckets[]): boolean {
  const { owner } = copy
  const { into, facts } = copy.options
  let subject: number | null = null
  const no = (): number => {
    subject ??= into.subject(owner, path)
    return subject
  }
  for (const [hour, parts] of [...(samples ?? [])].sort(([a], [b]) => a - b)) {
    parts.sort((a, b) => a.seal - b.seal)
    into.putSamples(no(), hour, encodeSampleRow(parts))
  }
  for (const tier of copy.bucketTiers)
    for (const [block, parts] of bucketRowsOf(
      copy,
      path,
      tier,
      buckets.filter((one) => one.tier === tier),
    ))
      into.putBuckets(no(), block, parts)
  for (const [at, json] of facts ? factsOf(copy.sources, owner, path, facts) : []) into.putFact(no(), at, json)
  return subject !== null
}

/** One row per block. */
function bucketRowsOf(copy: OwnerCopy, path: string, tier: BucketTier, list: readonly FoundBuckets[]): [number, BucketPart[]][] {
  const readable = list.flatMap(({ layout, decode }) => {
    let buckets: Buckets
    try {
      buckets = cutBuckets(decode(), tier, copy)
    } catch (error) {
      copy.options.onDamage(`some ${tier} of ${partText(copy.owner, path)} of ${ownerText(copy.owner)} cannot be read (${messageOf(error)})`)
      return []
    }
    return [{ layout: layoutIn(copy, layout), buckets }]
  })
  return [...blocksOf(readable, tier)].map(([block, layouts]): [number, BucketPart[]] => [
    block,
    [...layouts].map(([layout, buckets]) => {
      for (const [since, until] of buckets.spans) extendSpan(copy, since, until)
      return { layout, bytes: encodeBuckets(buckets) }
    }),
  ])
}

/** Splits buckets at the blocks of their tier, and merges those that have one layout and lie in one block: by block, ascending, and by layout. */
export function blocksOf<Layout>(
  parts: readonly { readonly layout: Layout; readonly buckets: Buckets }[],
  tier: BucketTier,
): Map<number, Map<Layout, Buckets>> {
  const pieces = parts.flatMap(({ layout, buckets }) => piecesOf(buckets, tier).map(([block, piece]) => ({ block, layout, piece })))
  const merged = (of: typeof pieces): Buckets => (of.length === 1 ? (of[0] as (typeof pieces)[number]).piece : mergeBuckets(of.map(({ piece }) => piece)))
  const layoutsOf = (of: typeof pieces) => new Map([...Map.groupBy(of, ({ layout }) => layout)].map(([layout, ofLayout]) => [layout, merged(ofLayout)]))
  const blocks = [...Map.groupBy(pieces, ({ block }) => block)].sort(([a], [b]) => a - b)
  return new Map(blocks.map(([block, of]) => [block, layoutsOf(of)]))
}

function cutBuckets(whole: Buckets, tier: BucketTier, { from, to }: Pick<Copy, 'from' | 'to'>): Buckets {
  const { stepMs, first, length } = whole
  if (stepMs !== tierStepMs[tier]) throw new RangeError(`buckets of ${stepMs} ms`)
  const isWithin = first * stepMs >= from && (first + length) * stepMs <= to
  return isWithin ? whole : sliceBuckets(whole, Math.floor(from / stepMs), Math.ceil(to / stepMs))
}

function copyEvents(copy: Copy): void {
  const { sources, events, wants, into } = copy.options
  if (!events) return
  for (const source of sources)
    source.events(events.from, events.to, (event) => {
      // The console's own events are always copied.
      if (event.subject !== null) {
        const { ownerId, path } = toStored(event.subject)
        if (!wants(ownerId, ownName) || !wants(ownerId, path)) return
      }
      into.putEvent(event)
      extendSpan(copy, event.at, event.at)
    })
}

/** The facts that held at `from`, from the source with the newest ones, and those recorded in [from, to). */
function factsOf(
  sources: readonly PartSource[],
  owner: string,
  path: string,
  { from, to }: { readonly from: number; readonly to: number },
): Map<number, string | null> {
  const found = new Map<number, string | null>()
  for (const source of sources) source.facts(owner, path, from, to, (at, json) => void found.set(at, json))
  const held = [...found.keys()].reduce((newest, at) => (at <= from && at > newest ? at : newest), Number.NEGATIVE_INFINITY)
  // If the subject was gone at `from`, there is nothing to record for that time.
  for (const [at, json] of found) if (at < held || (at === held && json === null)) found.delete(at)
  return found
}

/** Splits buckets at the block boundaries of their tier. */
function piecesOf(buckets: Buckets, tier: BucketTier): [number, Buckets][] {
  const { stepMs, first, length } = buckets
  const out: [number, Buckets][] = []
  for (let at = first; at < first + length; ) {
    const block = blockOf(tier, at * stepMs)
    // There are no blocks before 1970 or after 2299; times outside come from a clock that was far off.
    const outside = at * stepMs < 0 || at * stepMs >= lastMoment
    const end = outside ? (at < 0 ? Math.min(0, first + length) : first + length) : blockStart(tier, block + 1) / stepMs
    if (!outside) out.push([block, at === first && end >= first + length ? buckets : sliceBuckets(buckets, at, end)])
    at = end
  }
  return out
}
