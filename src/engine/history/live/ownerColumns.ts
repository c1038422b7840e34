import type { MetricId } from '../../../shared/metrics.ts'
import { clearRowStates, createRowStates, type RowStates, resizeRowStates } from '../codec/codec.ts'
import { type OwnerKind, type OwnerLayouts, ownerKindOf, ownerLayouts, type SampleLayout, type StoredGap, strideOf } from '../protocol/protocol.ts'
import { type Chains, chainBytes } from './blockPool.ts'

/** The writer's in-memory state of one server or host. */
export interface OwnerColumns {
  readonly id: string
  readonly no: number
  readonly kind: OwnerKind
  readonly numbers: PathNumbers
  open: OpenRounds
  /** Rounds waiting to be sealed, oldest first. */
  readonly closed: ClosedRounds[]
  /** The lists that batches refer to by index. */
  readonly lists: readonly [PathList, PathList]
  /** A gap began after the last round. */
  inGap: boolean
  /** Hash of the newest facts of each path, by path number; null until read. */
  factHashes: Map<number, number> | null
  /** Whether rounds were closed since this start. */
  wasClosed: boolean
}

interface PathNumbers {
  /** Numbers by name; a cache unless `isComplete`. */
  readonly known: Map<string, number>
  /** Whether `known` has all names of this owner: true while the first rounds of a new owner are open. */
  isComplete: boolean
  /** Next number to try. Always free until all numbers were used once (`reuses`); after that it may be taken. */
  next: number
  reuses: boolean
}

/** The rounds since the last seal, and their rows. Each path has a slot, in order of first appearance. */
export interface OpenRounds {
  /** Number of the round `times[0]`. An owner's rounds are counted without end, across restarts. */
  firstRound: number
  readonly times: number[]
  readonly gaps: StoredGap[]
  readonly slots: Map<string, number>
  readonly names: string[]
  readonly nos: number[]
  chains: Chains
  readonly states: RowStates
  /** Round of each slot's last row, or -1. */
  lastRound: Int32Array
  /** First journal row with any of these rounds. */
  journalFrom: number | null
  /** Monotonic time at which to seal; null: there are no rounds. */
  sealDue: number | null
}

/** Rounds that become one seal. Nothing is added to them any more. */
export interface ClosedRounds extends Readonly<Pick<OpenRounds, 'firstRound' | 'names' | 'nos' | 'slots' | 'chains' | 'journalFrom'>> {
  readonly owner: OwnerColumns
  readonly times: Float64Array
  readonly gaps: readonly StoredGap[]
  readonly order: Int32Array
  /** Bytes of the chains in memory. */
  readonly bytes: number
  /** Sealing progress; null: not started. */
  progress: SealProgress | null
}

export interface SealProgress {
  readonly seal: number
  /** A seal has samples of all its paths or of none. */
  readonly withSamples: boolean
  /** Entries of `order` written so far, and below their bytes. */
  readonly written: number
  readonly sampleBytes: number
  readonly minuteBytes: number
}

/** The paths and metrics of a batch's rows and columns. */
export interface PathList {
  paths: readonly string[]
  /** Slot of each row, -1 for a repeated path; null until looked up, once per seal. */
  rowSlots: Int32Array | null
  metrics: readonly MetricId[]
  /** Index of each layout column in a row of the batch, or -1. */
  partSource: Int32Array
  ownSource: Int32Array
  /** Whether these paths' numbers were written to the journal since the last seal. */
  inJournal: boolean
}

export function createOwnerColumns(id: string, no: number, sealedRound: number): OwnerColumns {
  const kind = ownerKindOf(id)
  return {
    id,
    no,
    kind,
    numbers: { known: new Map(), isComplete: false, next: 1, reuses: false },
    open: createOpenRounds(sealedRound + 1, createRowStates(strideOf(ownerLayouts[kind]), 0), 0),
    closed: [],
    lists: [emptyList(), emptyList()],
    inGap: false,
    factHashes: null,
    wasClosed: false,
  }
}

/** Empty rounds with room for `slots` paths, as many as `states` has. */
const createOpenRounds = (firstRound: number, states: RowStates, slots: number): OpenRounds => ({
  firstRound,
  times: [],
  gaps: [],
  slots: new Map(),
  names: [],
  nos: [],
  chains: { head: new Int32Array(slots), tail: new Int32Array(slots), length: new Int32Array(slots) },
  states,
  lastRound: new Int32Array(slots).fill(-1),
  journalFrom: null,
  sealDue: null,
})

const emptyList = (): PathList => ({
  paths: [],
  rowSlots: null,
  metrics: [],
  partSource: new Int32Array(0),
  ownSource: new Int32Array(0),
  inJournal: false,
})

export function isEmpty({ open }: OwnerColumns): boolean {
  return open.times.length + open.gaps.length === 0
}

/** Start time of the open rounds. */
const openSince = ({ open: { times, gaps } }: OwnerColumns): number | undefined => (gaps[0]?.[0] === 0 ? gaps[0][1] : times[0])

/** Maximum rounds of one seal. */
export const mostRounds = 4000
/**
 * Longest seal by the wall clock, which jumps when a machine wakes: no seal reaches further than this into the next day. That
 * bounds how far a day's file may overlap a coarser file of several days (`archiveShelf.ts`), whose buckets are a quarter of
 * an hour at least.
 */
const longestSealMs = 900_000
export function wouldBeTooLong(owner: OwnerColumns, at: number): boolean {
  return Math.abs(at - (openSince(owner) ?? at)) >= longestSealMs
}

/** Closes the open rounds so that they can be sealed, and starts new, empty ones. */
export function closeRounds(owner: OwnerColumns): ClosedRounds {
  const { open, numbers } = owner
  const { firstRound, names, nos, slots, chains, journalFrom, states } = open
  const closed: ClosedRounds = {
    owner,
    firstRound,
    times: Float64Array.from(open.times),
    gaps: open.gaps,
    names,
    nos,
    order: Int32Array.from(nos, (_, slot) => slot).sort((a, b) => (nos[a] as number) - (nos[b] as number)),
    slots,
    chains,
    journalFrom,
    bytes: nos.reduce((sum, _, slot) => sum + chainBytes(chains.length[slot] as number), 0),
    progress: null,
  }
  owner.closed.push(closed)
  owner.wasClosed = true
  // Keeps only the names of these rounds in the cache; others are looked up when they come back.
  numbers.isComplete = false
  numbers.known.clear()
  for (const [slot, name] of names.entries()) numbers.known.set(name, nos[slot] as number)
  for (const list of owner.lists) {
    list.rowSlots = null
    list.inJournal = false
  }
  // The next rounds mostly have the same paths: reuse the memory unless most of it was unused.
  const keepsRoom = nos.length * 3 >= open.lastRound.length
  if (keepsRoom) clearRowStates(states)
  owner.open = createOpenRounds(firstRound + open.times.length, keepsRoom ? states : createRowStates(states.stride, 0), keepsRoom ? open.lastRound.length : 0)
  return closed
}

/** The owner whose open rounds are due for sealing first. */
export function oldestOpen(owners: Iterable<OwnerColumns>): OwnerColumns | null {
  let oldest: OwnerColumns | null = null
  for (const owner of owners) {
    const { sealDue, times } = owner.open
    if (sealDue !== null && times.length > 0 && (oldest?.open.sealDue == null || sealDue < oldest.open.sealDue)) oldest = owner
  }
  return oldest
}

/** Updates a list from a batch; null: unchanged. */
export function updateList(list: PathList, { own, parts }: OwnerLayouts, paths: readonly string[] | null, metrics: readonly MetricId[] | null): void {
  if (paths) {
    list.paths = paths
    list.rowSlots = null
    list.inJournal = false
  }
  if (metrics) {
    list.metrics = metrics
    list.partSource = sourceOf(parts, metrics)
    list.ownSource = sourceOf(own, metrics)
  }
}

/** Index in the batch of each layout column, cut after the last column that the batch has, so that absent metrics cost nothing. */
export function sourceOf(layout: SampleLayout, metrics: readonly MetricId[]): Int32Array {
  const source = layout.metrics.map((id) => metrics.indexOf(id))
  return Int32Array.from(source.slice(0, source.findLastIndex((place) => place >= 0) + 1))
}

export function growSlots(open: OpenRounds, count: number): void {
  const grown = (from: Int32Array, into = new Int32Array(count)): Int32Array => {
    into.set(from)
    return into
  }
  resizeRowStates(open.states, count)
  const { head, tail, length } = open.chains
  open.chains = { head: grown(head), tail: grown(tail), length: grown(length) }
  open.lastRound = grown(open.lastRound, new Int32Array(count).fill(-1))
}
