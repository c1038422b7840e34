import type { MetricId } from '../../../shared/metrics.ts'
import { clearRowStates, createRowStates, type RowStates, resizeRowStates } from '../codec/codec.ts'
import { type OwnerKind, type OwnerLayouts, ownerKindOf, ownerLayouts, type SampleLayout, type StoredGap, strideOf } from '../protocol/protocol.ts'
import { type Chains, chainBytes } from './blockPool.ts'

/** What the writer holds in memory of one server or host. */
export interface OwnerColumns {
  readonly id: string
  readonly no: number
  readonly kind: OwnerKind
  readonly numbers: PathNumbers
  open: OpenRounds
  /** Rounds that wait to be sealed, oldest first. */
  readonly closed: ClosedRounds[]
  /** The lists that batches refer to by their place. */
  readonly lists: readonly [PathList, PathList]
  /** Nothing is known since the last round. */
  inGap: boolean
  /** Numbers of the paths that the database already knows to have been seen on `day` (days since 1970). */
  seen: { readonly day: number; readonly nos: Set<number> }
  /** Hash of the newest facts of each path, by its number; null until they are read. */
  factHashes: Map<number, number> | null
  /** Since this start. */
  wasClosed: boolean
  /** A refused value was reported since this start. */
  refusalReported: boolean
}

/** Numbers of an owner's paths. */
export interface PathNumbers {
  /** By name, as far as they are needed. */
  readonly known: Map<string, number>
  /** `known` has all names of this owner: it was never seen before, and its first rounds are still open. */
  isComplete: boolean
  /** Greater than any number given so far, until all were given once: from then on it may be taken. */
  next: number
  reuses: boolean
}

/** The rounds since the last seal, and the rows of the paths that were in them. A path has a slot, in the order of appearance. */
export interface OpenRounds {
  /** Number of the round `times[0]`: an owner's rounds are counted for ever, across restarts. */
  firstRound: number
  readonly times: number[]
  readonly gaps: StoredGap[]
  readonly slots: Map<string, number>
  readonly names: string[]
  /** Number of the path in each slot. */
  readonly nos: number[]
  /** Encoded rows of each slot. */
  chains: Chains
  readonly states: RowStates
  /** The round of each slot's last row, or -1. */
  lastRound: Int32Array
  /** First journal row with any of these rounds. */
  journalFrom: number | null
  /** Monotonic time; null: there are no rounds. */
  sealDue: number | null
}

/** Rounds that become one seal: nothing is added to them any more. */
export interface ClosedRounds extends Readonly<Pick<OpenRounds, 'firstRound' | 'names' | 'nos' | 'slots' | 'chains' | 'journalFrom'>> {
  readonly owner: OwnerColumns
  readonly times: Float64Array
  readonly gaps: readonly StoredGap[]
  /** Slots, ordered by their paths' numbers. */
  readonly order: Int32Array
  /** Bytes of its chains in memory. */
  readonly bytes: number
  /** How far it is sealed; null: no slice was begun. */
  progress: SealProgress | null
}

export interface SealProgress {
  readonly seal: number
  /** A seal has samples of all its paths or of none. */
  readonly withSamples: boolean
  /** How many of `order` are written, and their bytes. */
  readonly written: number
  readonly sampleBytes: number
  readonly minuteBytes: number
}

/** Which paths and metrics the rows and columns of a batch belong to. */
export interface PathList {
  paths: readonly string[]
  /** Slot of each row, -1 for a path that is named twice; null until it is looked up, once a seal. */
  rowSlots: Int32Array | null
  metrics: readonly MetricId[]
  /** Where each column of a layout is found in a row of the batch, or -1. */
  partSource: Int32Array
  ownSource: Int32Array
  /** The journal has the numbers of these paths since the last seal. */
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
    seen: { day: -1, nos: new Set() },
    factHashes: null,
    wasClosed: false,
    refusalReported: false,
  }
}

/** With room for `slots` paths, as many as `states` has room for. */
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

export const isEmpty = ({ open }: OwnerColumns): boolean => open.times.length + open.gaps.length === 0

/** When the open rounds began. */
const openSince = ({ open: { times, gaps } }: OwnerColumns): number | undefined => (gaps[0]?.[0] === 0 ? gaps[0][1] : times[0])

/** Rounds of one seal. */
export const mostRounds = 4000
/**
 * By the wall clock, which jumps when a machine wakes: no seal reaches further into the day after the one it began in.
 * That is where files of several days give way to those of one (`readSources.ts`), a quarter of an hour at least.
 */
const longestSealMs = 900_000
export const wouldBeTooLong = (owner: OwnerColumns, at: number): boolean => Math.abs(at - (openSince(owner) ?? at)) >= longestSealMs

/** Closes the open rounds, which are to be sealed, and begins with none. */
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
  // Names that did not appear in these rounds are looked up again when they come back.
  numbers.isComplete = false
  numbers.known.clear()
  for (const [slot, name] of names.entries()) numbers.known.set(name, nos[slot] as number)
  for (const list of owner.lists) {
    list.rowSlots = null
    list.inJournal = false
  }
  // The next rounds mostly have the same paths: their room is used again unless much of it was empty.
  const keepsRoom = nos.length * 3 >= open.lastRound.length
  if (keepsRoom) clearRowStates(states)
  owner.open = createOpenRounds(firstRound + open.times.length, keepsRoom ? states : createRowStates(states.stride, 0), keepsRoom ? open.lastRound.length : 0)
  return closed
}

/** The owner whose open rounds are to be sealed first. */
export function oldestOpen(owners: Iterable<OwnerColumns>): OwnerColumns | null {
  let oldest: OwnerColumns | null = null
  for (const owner of owners) {
    const { sealDue, times } = owner.open
    if (sealDue !== null && times.length > 0 && (oldest?.open.sealDue == null || sealDue < oldest.open.sealDue)) oldest = owner
  }
  return oldest
}

/** Takes what changed with a batch; null: unchanged. */
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

/** Ends behind the last column that the batch has: rows cost what is in them, whatever else there could be. */
export function sourceOf(layout: SampleLayout, metrics: readonly MetricId[]): Int32Array {
  const source = layout.metrics.map((id) => metrics.indexOf(id))
  return Int32Array.from(source.slice(0, source.findLastIndex((place) => place >= 0) + 1))
}

/** Makes room for `count` paths. */
export function growSlots(open: OpenRounds, count: number): void {
  const grown = (from: Int32Array, into = new Int32Array(count)): Int32Array => {
    into.set(from)
    return into
  }
  resizeRowStates(open.states, open.states.stride, count)
  const { head, tail, length } = open.chains
  open.chains = { head: grown(head), tail: grown(tail), length: grown(length) }
  open.lastRound = grown(open.lastRound, new Int32Array(count).fill(-1))
}
