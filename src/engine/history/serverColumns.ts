import type { MetricId } from '../../shared/metrics.ts'
import type { Chains } from './blockPool.ts'
import { pathLayout, type SampleLayout, serverLayout } from './sampleLayout.ts'
import type { StoredGap } from './storeProtocol.ts'

/** Columns of a path's or a server's row, whichever are more. */
const stride = Math.max(pathLayout.metrics.length, serverLayout.metrics.length)

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

/** What the writer holds of one server since its last seal. */
export interface ServerColumns {
  readonly id: string
  readonly no: number
  nextPathNo: number
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
  states: { last: Float64Array; stride: number; known: Int32Array }
  chains: { head: Int32Array; tail: Int32Array; length: Int32Array }
  lastRound: Int32Array
  /** The lists that batches refer to by their place. */
  readonly lists: readonly [PathList, PathList]
  /** First journal row that this server's unsealed rounds lie in. */
  journalFrom: number | null
  sealDue: number | null
  /** Since this start. */
  sealed: boolean
}

export const createServerColumns = (id: string, no: number, sealedRound: number): ServerColumns => ({
  id,
  no,
  nextPathNo: 1,
  pathNos: new Map(),
  firstRound: sealedRound + 1,
  times: [],
  gaps: [],
  inGap: false,
  slots: new Map(),
  names: [],
  nos: [],
  states: { last: new Float64Array(0), stride, known: new Int32Array(0) },
  chains: { head: new Int32Array(0), tail: new Int32Array(0), length: new Int32Array(0) },
  lastRound: new Int32Array(0),
  lists: [emptyList(), emptyList()],
  journalFrom: null,
  sealDue: null,
  sealed: false,
})

/** Takes what a batch says anew; null is what it said before. */
export const takeList = (list: PathList, paths: readonly string[] | null, metrics: readonly MetricId[] | null): void => {
  if (paths) {
    list.paths = paths
    list.rowSlots = null
    list.listed = false
  }
  if (metrics) {
    list.metrics = metrics
    list.pathSource = sourceOf(pathLayout, metrics)
    list.serverSource = sourceOf(serverLayout, metrics)
  }
}

const sourceOf = (layout: SampleLayout, metrics: readonly MetricId[]): Int32Array => Int32Array.from(layout.metrics, (id) => metrics.indexOf(id))

/** What fits of `from`, in `into`. */
export const grown = <T extends Int32Array | Float64Array>(from: T, into: T): T => {
  into.set(from.subarray(0, into.length) as never)
  return into
}

/** Room for `count` subjects; those that are there stay. */
export const growSlots = (server: ServerColumns, count: number): void => {
  server.states = { last: grown(server.states.last, new Float64Array(count * stride)), stride, known: grown(server.states.known, new Int32Array(count)) }
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
