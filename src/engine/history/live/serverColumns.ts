import type { MetricId } from '../../../shared/metrics.ts'
import { clearRowStates, createRowStates, type RowStates, resizeRowStates } from '../codec/codec.ts'
import { type OwnerKind, type OwnerLayouts, ownerKindOf, ownerLayouts, type SampleLayout, type StoredGap, strideOf } from '../protocol/protocol.ts'
import { type Chains, chainBytes } from './blockPool.ts'

/** Who the rows of a batch are, and what its columns. */
export interface PathList {
  paths: readonly string[]
  /** The slot of each row (-1: named twice); null until it is looked up, once a seal. */
  rowSlots: Int32Array | null
  metrics: readonly MetricId[]
  /** Where in a row each column of a layout is found, or -1. */
  pathSource: Int32Array
  serverSource: Int32Array
  /** Whether the journal already holds it since the last seal. */
  listed: boolean
}

/** Rounds of a server that become one seal: nothing is added to them any more. */
export interface ClosedRounds {
  readonly server: ServerColumns
  readonly firstRound: number
  readonly times: Float64Array
  readonly gaps: readonly StoredGap[]
  readonly names: readonly string[]
  readonly nos: readonly number[]
  /** Its paths in the order of their numbers. */
  readonly order: Int32Array
  readonly slots: ReadonlyMap<string, number>
  readonly chains: Chains
  readonly journalFrom: number | null
  /** Bytes of its chains in memory. */
  readonly bytes: number
  /** The seal that it becomes, once its first slice was written, how many paths of `order` are, and their bytes. */
  seal: number | null
  withSamples: boolean | null
  written: number
  sampleBytes: number
  minuteBytes: number
}

/** What the writer holds of one server since its last seal. */
export interface ServerColumns {
  readonly id: string
  readonly no: number
  readonly kind: OwnerKind
  /** Above all numbers that paths have, until `givesAgain`: then it may be one of them. */
  nextPathNo: number
  givesAgain: boolean
  /** It was never seen before, and nothing of it was closed: `pathNos` has all names it has. */
  isNew: boolean
  readonly pathNos: Map<string, number>
  /** Number of the round that `times[0]` is, and how many are sealed: growing for ever, across restarts. */
  firstRound: number
  times: number[]
  gaps: StoredGap[]
  inGap: boolean
  /** Paths of this seal in the order they appeared, and where they are. */
  slots: Map<string, number>
  names: string[]
  nos: number[]
  states: RowStates
  chains: { head: Int32Array; tail: Int32Array; length: Int32Array }
  lastRound: Int32Array
  /** What is being sealed, or waits for it, oldest first. */
  readonly closed: ClosedRounds[]
  /** Numbers of the paths that are known to be seen on `day`, days since 1970. */
  day: number
  readonly ofDay: Set<number>
  /** Hashes of the newest facts of each path, by its number; null until they are needed. */
  told: Map<number, number> | null
  /** The lists that batches refer to by their place. */
  readonly lists: readonly [PathList, PathList]
  /** First journal row that this server's unsealed rounds lie in. */
  journalFrom: number | null
  sealDue: number | null
  /** Since this start. */
  sealed: boolean
  /** It sent values that cannot be, since this start. */
  refuses: boolean
}

export const createServerColumns = (id: string, no: number, sealedRound: number): ServerColumns => ({
  id,
  no,
  kind: ownerKindOf(id),
  nextPathNo: 1,
  givesAgain: false,
  isNew: false,
  pathNos: new Map(),
  firstRound: sealedRound + 1,
  times: [],
  gaps: [],
  inGap: false,
  slots: new Map(),
  names: [],
  nos: [],
  states: createRowStates(strideOf(ownerLayouts[ownerKindOf(id)]), 0),
  chains: { head: new Int32Array(0), tail: new Int32Array(0), length: new Int32Array(0) },
  lastRound: new Int32Array(0),
  closed: [],
  day: -1,
  ofDay: new Set(),
  told: null,
  lists: [emptyList(), emptyList()],
  journalFrom: null,
  sealDue: null,
  sealed: false,
  refuses: false,
})

/** Closes what the server holds, to be sealed, and starts over. */
export function closeRounds(server: ServerColumns): ClosedRounds {
  const { nos } = server
  let bytes = 0
  for (let slot = 0; slot < nos.length; slot++) bytes += chainBytes(server.chains.length[slot] as number)
  const closed: ClosedRounds = {
    server,
    firstRound: server.firstRound,
    times: Float64Array.from(server.times),
    gaps: server.gaps,
    names: server.names,
    nos,
    order: Int32Array.from(nos, (_, slot) => slot).sort((a, b) => (nos[a] as number) - (nos[b] as number)),
    slots: server.slots,
    chains: server.chains,
    journalFrom: server.journalFrom,
    bytes,
    seal: null,
    withSamples: null,
    written: 0,
    sampleBytes: 0,
    minuteBytes: 0,
  }
  server.closed.push(closed)
  // Names that did not appear in this seal are looked up again when they come back.
  server.isNew = false
  server.pathNos.clear()
  server.names.forEach((name, slot) => void server.pathNos.set(name, nos[slot] as number))
  server.firstRound += server.times.length
  server.times = []
  server.gaps = []
  server.slots = new Map()
  server.names = []
  server.nos = []
  for (const list of server.lists) {
    list.rowSlots = null
    list.listed = false
  }
  server.journalFrom = null
  server.sealDue = null
  server.sealed = true
  const count = nos.length * 3 < server.lastRound.length ? 0 : server.lastRound.length
  if (count === 0) server.states = createRowStates(server.states.stride, 0)
  clearRowStates(server.states)
  server.lastRound = new Int32Array(count).fill(-1)
  server.chains = { head: new Int32Array(count), tail: new Int32Array(count), length: new Int32Array(count) }
  return closed
}

/** Takes what changed with a batch; null: unchanged. */
export function takeList(list: PathList, { own, parts }: OwnerLayouts, paths: readonly string[] | null, metrics: readonly MetricId[] | null): void {
  if (paths) {
    list.paths = paths
    list.rowSlots = null
    list.listed = false
  }
  if (metrics) {
    list.metrics = metrics
    list.pathSource = sourceOf(parts, metrics)
    list.serverSource = sourceOf(own, metrics)
  }
}

/** Ends behind the last column that the batch has: rows cost what is in them, whatever else there could be. */
export function sourceOf(layout: SampleLayout, metrics: readonly MetricId[]): Int32Array {
  const source = layout.metrics.map((id) => metrics.indexOf(id))
  return Int32Array.from(source.slice(0, source.findLastIndex((place) => place >= 0) + 1))
}

/** `from` at the beginning of `into`. */
function grown(from: Int32Array, into: Int32Array): Int32Array {
  into.set(from)
  return into
}

/** Room for `count` subjects; those that are there stay. */
export function growSlots(server: ServerColumns, count: number): void {
  resizeRowStates(server.states, server.states.stride, count)
  const { head, tail, length } = server.chains
  server.chains = {
    head: grown(head, new Int32Array(count)),
    tail: grown(tail, new Int32Array(count)),
    length: grown(length, new Int32Array(count)),
  } satisfies Chains
  server.lastRound = grown(server.lastRound, new Int32Array(count).fill(-1))
}

const emptyList = (): PathList => ({
  paths: [],
  rowSlots: null,
  metrics: [],
  pathSource: new Int32Array(0),
  serverSource: new Int32Array(0),
  listed: false,
})
