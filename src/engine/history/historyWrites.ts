import type { KeptEvent, NewEvent } from '../../shared/events.ts'
import type { MetricId } from '../../shared/metrics.ts'
import { type Owner, ownerIdOf } from '../../shared/subjectNames.ts'
import type { HistoryThreads } from './historyThreads.ts'
import { type Description, ownName } from './protocol/protocol.ts'
import { keptEvent } from './unsentBatches.ts'

/** The samples of one poll of one server or host. A stream or device not listed did not exist; a metric not listed is unknown. */
export interface SampleBatch {
  readonly owner: Owner
  /** The slot's time, epoch ms. */
  readonly at: number
  /** One row per stream or device of the owner; null: a single row for the owner itself. An unchanged list is not sent again. */
  readonly parts: readonly string[] | null
  /** One column per metric. */
  readonly metrics: readonly MetricId[]
  /** `values[row * metrics.length + column]`; NaN is a gap. `append` transfers the buffer, so that it is empty for the caller afterwards. */
  readonly values: Float64Array<ArrayBuffer>
  /** How long figures count without another batch, ms; left out: those of a poll, half a minute. */
  readonly holdsMs?: number
}

/** The row list of the owner itself, as the store names it. */
const ownRow: readonly string[] = [ownName]

/** What is stored: sent to the writer, which commits it within a second. `onDamage`: called with each damage of a file that is recorded. */
export function createWrites(threads: HistoryThreads, onDamage: (damage: NewEvent) => void = () => {}) {
  const { lists, backlog } = threads
  const writes = {
    /** Returns at once. Committed within a second; a kill -9 loses no more than that second. */
    append: ({ owner, at, parts, metrics, values }: SampleBatch): void => {
      if (threads.isClosed) return
      const ownerId = ownerIdOf(owner)
      const paths = parts ?? ownRow
      if (values.length !== paths.length * metrics.length)
        throw new Error(`a batch of ${paths.length} rows and ${metrics.length} metrics has ${values.length} values`)
      if (!backlog.admits()) return
      const list = parts === null ? 1 : 0
      const changes = lists.changes(ownerId, list, { paths, metrics })
      const given = transferable(values)
      backlog.add(given.byteLength)
      threads.writer.note('batch', { ownerId, at, list, ...changes, values: given }, [given.buffer])
      threads.soonCommit()
    },
    /** The owner and its streams or devices are unknown from `at` until its next batch. */
    gap: (owner: Owner, at: number): void => {
      if (threads.isClosed) return
      threads.writer.note('gap', { ownerId: ownerIdOf(owner), at })
      threads.soonCommit()
    },
    /**
     * Stores facts that samples can't express, if they differ from the last ones; null: the subject is gone. With `whole`,
     * streams or devices not among the entries are gone, too.
     */
    describe: (owner: Owner, at: number, entries: Description['entries'], whole = false): void => {
      if (threads.isClosed) return
      threads.writer.note('describe', { ownerId: ownerIdOf(owner), at, entries, whole })
      threads.soonCommit()
    },
    record: (events: readonly NewEvent[]): void => {
      for (const event of events) if (event.kind === 'storeDamaged') onDamage(event)
      writes.restore(events.map(keptEvent))
    },
    /** Imports events of another history. Events of older versions carry their own sentence. */
    restore: (events: readonly KeptEvent[]): void => {
      if (threads.isClosed || events.length === 0) return
      // One whose time is none could not be stored, and nothing after it.
      threads.writer.note(
        'events',
        events.filter(({ at }) => Number.isFinite(at)),
      )
      threads.soonCommit()
    },
  }
  return writes
}

const transferable = (values: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> =>
  values.byteLength === values.buffer.byteLength ? values : values.slice()
