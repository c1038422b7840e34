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
import { isOwnName, ownerWords, ownName, partWords, toStored } from '../protocol/protocol.ts'
import { type ArchiveWriter, type BucketPart, blockOf, blockStart, hourOf, lastMoment } from './archiveFile.ts'
import type { BucketTier, PartSource, SourceSeal } from './partSource.ts'

export interface CopyPartOptions {
  /** What one of them holds must not be in another one. */
  readonly sources: readonly PartSource[]
  /** Whole seals that touch this span are copied; buckets are cut to it. Epoch ms, `to` not included. */
  readonly from: number
  readonly to: number
  /** Asked for every path of every owner; path '' is the owner itself, without which nothing of an owner is copied. */
  readonly wants: (owner: string, path: string) => boolean
  readonly tiers: readonly Tier[]
  /** The facts that held at `from`, and those recorded until before `to`; null: none. */
  readonly facts: { readonly from: number; readonly to: number } | null
  /** Those of these owners and paths, and the console's own; null: none. */
  readonly events: { readonly from: number; readonly to: number } | null
  /** Count the samples that are copied: each is decoded for it. */
  readonly counts: boolean
  readonly into: ArchiveWriter
  /** Awaited between slices of some megabytes: lets others have the thread. Throws to stop. */
  readonly turn: () => Promise<void>
  /** Called with each chunk and buckets that can't be read and are left out. */
  readonly onDamage: (words: string) => void
}

export interface CopiedPart {
  /** Owners and paths of which anything was copied. */
  readonly owners: number
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

/** A part while it is copied. */
interface Copy {
  readonly options: CopyPartOptions
  /** Within the time that an archive has places for. */
  readonly from: number
  readonly to: number
  readonly bucketTiers: readonly BucketTier[]
  readonly done: { owners: number; paths: number; samples: number; chunks: number; events: number }
  readonly span: { first: number; last: number }
}

/** One owner of it. */
interface OwnerCopy extends Copy {
  readonly owner: string
  readonly sources: readonly PartSource[]
  /** Of each source. */
  readonly seals: readonly (readonly SourceSeal[])[]
  /** Where each of them lies in the new archive. */
  readonly places: ReadonlyMap<SourceSeal, { readonly hour: number; readonly index: number }>
}

interface FoundBuckets {
  readonly tier: BucketTier
  readonly layout: string
  readonly bytes: Uint8Array
}

/**
 * Copies a part of the past into a new archive, entity by entity in the order of the new file, a few megabytes at a
 * time however much it is. Chunks are copied as they are; buckets of one block that come in pieces are joined.
 */
export async function copyPart(options: CopyPartOptions): Promise<CopiedPart> {
  const { sources, wants, tiers } = options
  const copy: Copy = {
    options,
    from: Math.max(0, options.from),
    to: Math.min(lastMoment, options.to),
    bucketTiers: bucketTiers.filter((tier) => tiers.includes(tier)),
    done: { owners: 0, paths: 0, samples: 0, chunks: 0, events: 0 },
    span: { first: Number.POSITIVE_INFINITY, last: Number.NEGATIVE_INFINITY },
  }
  const ownersOf = new Map(sources.map((source) => [source, new Set(source.owners())]))
  const owners = new Set([...ownersOf.values()].flatMap((of) => [...of]))
  for (const owner of owners)
    if (wants(owner, ownName))
      await copyOwner(
        copy,
        owner,
        sources.filter((source) => ownersOf.get(source)?.has(owner)),
      )
  copyEvents(copy)
  const { first, last } = copy.span
  return { ...copy.done, span: last >= first ? { from: first, to: last } : null }
}

function extendSpan({ span }: Copy, first: number, last: number): void {
  if (first < span.first) span.first = first
  if (last > span.last) span.last = last
}

async function copyOwner(copy: Copy, owner: string, sources: readonly PartSource[]): Promise<void> {
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
  if (hasAny) copy.done.owners++
}

/** Writes the rounds of seals, hour by hour; where each seal lies then. */
function copyRounds(copy: Copy, owner: string, seals: readonly SourceSeal[]): OwnerCopy['places'] {
  const { into } = copy.options
  const hours = new Map<number, SourceSeal[]>()
  for (const seal of seals.toSorted((a, b) => a.from - b.from)) {
    const ofHour = hours.get(hourOf(seal.from))
    if (ofHour) ofHour.push(seal)
    else hours.set(hourOf(seal.from), [seal])
  }
  const places = new Map<SourceSeal, { readonly hour: number; readonly index: number }>()
  for (const [hour, list] of [...hours].sort(([a], [b]) => a - b)) {
    for (const [index, seal] of list.entries()) {
      places.set(seal, { hour, index })
      extendSpan(copy, seal.from, seal.to)
    }
    into.putRounds(
      owner,
      hour,
      encodeRounds(list.map((seal) => ({ ...seal, partLayout: into.layout(seal.partLayout), ownLayout: into.layout(seal.ownLayout) }))),
    )
  }
  return places
}

/** Chunks of these paths by path and hour, and how many bytes they are. */
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

/** Buckets of these paths by path, and as how many bytes that are only copied they count. */
function bucketsOf({ sources, bucketTiers, owner, from, to }: OwnerCopy, paths: readonly string[]) {
  const byPath = new Map<string, FoundBuckets[]>()
  let bytes = 0
  for (const tier of bucketTiers)
    for (const source of sources)
      source.buckets(tier, owner, paths, from, to - 1, (path, layout, found) => {
        bytes += found.length * bucketCost
        const list = byPath.get(path) ?? []
        byPath.set(path, list)
        list.push({ tier, layout, bytes: found })
      })
  return { byPath, bytes }
}

/** False: there was nothing of it. */
function copyPath(copy: OwnerCopy, path: string, samples: ReadonlyMap<number, SamplePart[]> | undefined, buckets: readonly FoundBuckets[]): boolean {
  const { owner, done } = copy
  const { into, counts, facts } = copy.options
  let subject: number | null = null
  const no = (): number => {
    subject ??= into.subject(owner, path)
    return subject
  }
  for (const [hour, parts] of [...(samples ?? [])].sort(([a], [b]) => a - b)) {
    parts.sort((a, b) => a.seal - b.seal)
    const good = counts ? parts.filter((part) => countSamples(copy, path, part)) : parts
    done.chunks += good.length
    if (good.length > 0) into.putSamples(no(), hour, encodeSampleRow(good))
  }
  for (const tier of copy.bucketTiers)
    for (const [block, parts] of blocksOf(
      copy,
      path,
      tier,
      buckets.filter((one) => one.tier === tier),
    ))
      into.putBuckets(no(), block, parts)
  for (const [at, json] of facts ? factsOf(copy.sources, owner, path, facts) : []) into.putFact(no(), at, json)
  if (subject === null) return false
  if (!isOwnName(path)) done.paths++
  return true
}

/** False: they cannot be read, and are left out. */
function countSamples({ options, done, owner }: OwnerCopy, path: string, { chunk }: SamplePart): boolean {
  try {
    const values = new Float64Array(chunkRounds(chunk))
    for (const column of chunkColumns(chunk)) {
      decodeColumn(chunk, column, values)
      for (const value of values) if (!Number.isNaN(value)) done.samples++
    }
    return true
  } catch (error) {
    options.onDamage(`some samples of ${partWords(owner, path)} of ${ownerWords(owner)} cannot be read (${(error as Error).message})`)
    return false
  }
}

/** One row for each block, its parts joined where they have the same layout. */
function blocksOf(copy: OwnerCopy, path: string, tier: BucketTier, list: readonly FoundBuckets[]): [number, BucketPart[]][] {
  const { into, onDamage } = copy.options
  const blocks = new Map<number, Map<number, Buckets[]>>()
  for (const { layout, bytes } of list) {
    let buckets: Buckets
    try {
      buckets = cutBuckets(bytes, tier, copy)
    } catch (error) {
      onDamage(`some ${tier} of ${partWords(copy.owner, path)} of ${ownerWords(copy.owner)} cannot be read (${(error as Error).message})`)
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
        for (const [since, until] of one.spans) extendSpan(copy, since, until)
        return { layout, bytes: encodeBuckets(one) }
      }),
    ])
}

/** Throws where they cannot be read. */
function cutBuckets(bytes: Uint8Array, tier: BucketTier, { from, to }: Pick<Copy, 'from' | 'to'>): Buckets {
  const whole = decodeBuckets(bytes)
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
      // The console's own stand with whatever is copied.
      if (event.subject !== null) {
        const { ownerId, path } = toStored(event.subject)
        if (!wants(ownerId, ownName) || !wants(ownerId, path)) return
      }
      into.putEvent(event)
      copy.done.events++
      extendSpan(copy, event.at, event.at)
    })
}

/** The facts that held at `from`, of whichever source has the newest, and those recorded until before `to`. */
function factsOf(
  sources: readonly PartSource[],
  owner: string,
  path: string,
  { from, to }: { readonly from: number; readonly to: number },
): Map<number, string | null> {
  const found = new Map<number, string | null>()
  for (const source of sources) source.facts(owner, [path], from, to, (_, at, json) => void found.set(at, json))
  const held = [...found.keys()].reduce((newest, at) => (at <= from && at > newest ? at : newest), Number.NEGATIVE_INFINITY)
  // A subject that was gone by then needs no facts.
  for (const [at, json] of found) if (at < held || (at === held && json === null)) found.delete(at)
  return found
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
