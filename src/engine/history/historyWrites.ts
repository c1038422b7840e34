import type { Clock } from '../../clock/clock.ts'
import type { KeptEvent, NewEvent } from '../../shared/events.ts'
import type { MetricId } from '../../shared/metrics.ts'
import { ownerIdOf } from '../../shared/subjectNames.ts'
import type { Log } from '../ports.ts'
import type { DamageReports, History } from './history.ts'
import type { HistoryThreads } from './historyThreads.ts'
import { ownName } from './protocol/protocol.ts'

interface BatchList {
  readonly paths: readonly string[]
  readonly metrics: readonly MetricId[]
}

/**
 * Mirrors the lists of paths and metrics that the writer remembers for each owner: one pair for the owner itself, one for its
 * parts. An unchanged list is not sent again.
 */
export type BatchLists = ReturnType<typeof createBatchLists>

const noList: BatchList = { paths: [], metrics: [] }

export function createBatchLists() {
  const lists = new Map<string, [BatchList, BatchList]>()
  return {
    /** The lists that must be sent; null: unchanged since the last batch. */
    changes: (ownerId: string, list: 0 | 1, { paths, metrics }: BatchList): { readonly [K in keyof BatchList]: BatchList[K] | null } => {
      const known = lists.get(ownerId) ?? [noList, noList]
      const last = known[list]
      const hasSamePaths = sameItems(last.paths, paths)
      const hasSameMetrics = sameItems(last.metrics, metrics)
      // An equal array does not replace the old one: if the caller reuses the old array, the identity check succeeds at once.
      if (!hasSamePaths || !hasSameMetrics) {
        known[list] = { paths: hasSamePaths ? last.paths : paths, metrics: hasSameMetrics ? last.metrics : metrics }
        lists.set(ownerId, known)
      }
      return { paths: hasSamePaths ? null : paths, metrics: hasSameMetrics ? null : metrics }
    },
    forget: (ownerId: string): void => void lists.delete(ownerId),
    /** Forgets all lists, because a new writer has none. */
    clear: (): void => lists.clear(),
  }
}

function sameItems(a: readonly string[], b: readonly string[]): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Bytes of the batches that were sent to the writer but not committed yet. */
export type SampleBacklog = ReturnType<typeof createSampleBacklog>

const mostBytes = 64 << 20

export function createSampleBacklog(clock: Clock, log: Log) {
  let bytes = 0
  let droppedSince: number | null = null
  return {
    /** false: too much is waiting for a slow disk, and the batch must be dropped to bound memory. */
    admits: (): boolean => {
      if (bytes > mostBytes) {
        droppedSince ??= clock.now()
        return false
      }
      if (droppedSince !== null) log.warn({ droppedMs: clock.now() - droppedSince }, 'the disk was too slow: samples were dropped')
      droppedSince = null
      return true
    },
    add: (more: number): void => {
      bytes += more
    },
    /** Call before a commit; call the returned function when that commit has ended. */
    onCommit: (): (() => void) => {
      const covered = bytes
      return () => {
        bytes = Math.max(0, bytes - covered)
      }
    },
    clear: (): void => {
      bytes = 0
    },
    isDropping: (): boolean => droppedSince !== null,
  }
}

interface WritesDeps {
  readonly threads: Pick<HistoryThreads, 'writer' | 'soonCommit' | 'isClosed'>
  readonly lists: BatchLists
  readonly backlog: SampleBacklog
  readonly isTime: DamageReports['isTime']
  /** Called with each damage of a file that is recorded. */
  readonly onDamage: (damage: NewEvent) => void
}

/** The row list of the owner itself, as the store names it. */
const ownRow: readonly string[] = [ownName]

/** What is stored: checked, and sent to the writer, which commits it within a second. */
export function createWrites({ threads, lists, backlog, isTime, onDamage }: WritesDeps) {
  const { writer, soonCommit, isClosed } = threads
  const writes: Pick<History, 'append' | 'gap' | 'describe' | 'record' | 'restore'> = {
    append: ({ owner, at, parts, metrics, values }) => {
      if (isClosed()) return
      const ownerId = ownerIdOf(owner)
      const paths = parts ?? ownRow
      if (values.length !== paths.length * metrics.length)
        throw new Error(`a batch of ${paths.length} rows and ${metrics.length} metrics has ${values.length} values`)
      if (!isTime(at, 'samples', ownerId)) return
      if (!backlog.admits()) return
      const list = parts === null ? 1 : 0
      const changes = lists.changes(ownerId, list, { paths, metrics })
      const given = transferable(values)
      backlog.add(given.byteLength)
      writer().note('batch', { ownerId, at, list, ...changes, values: given }, [given.buffer])
      soonCommit()
    },
    gap: (owner, at) => {
      const ownerId = ownerIdOf(owner)
      if (isClosed() || !isTime(at, 'gap', ownerId)) return
      writer().note('gap', { ownerId, at })
      soonCommit()
    },
    describe: (owner, at, entries, whole = false) => {
      const ownerId = ownerIdOf(owner)
      if (isClosed() || !isTime(at, 'facts', ownerId)) return
      writer().note('describe', { ownerId, at, entries, whole })
      soonCommit()
    },
    record: (events) => {
      for (const event of events) if (event.kind === 'storeDamaged') onDamage(event)
      writes.restore(events.map(keptEvent))
    },
    restore: (events) => {
      const timed = events.filter(({ at, kind, subject }) => isTime(at, kind, subject === null ? null : ownerIdOf(subject)))
      if (isClosed() || timed.length === 0) return
      writer().note('events', timed)
      soonCommit()
    },
  }
  return writes
}

/** A new event is stored without a sentence; it is put into words when shown. */
export function keptEvent(event: NewEvent): KeptEvent {
  return { ...event, text: '' }
}

const transferable = (values: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> =>
  values.byteLength === values.buffer.byteLength ? values : values.slice()
