import type { KeptEvent, NewEvent } from '../../shared/events.ts'
import { ownerIdOf } from '../../shared/subjectNames.ts'
import type { BatchLists } from './batchLists.ts'
import type { DamageReports } from './damageReports.ts'
import type { History } from './history.ts'
import type { HistoryThreads } from './historyThreads.ts'
import { ownName } from './protocol/protocol.ts'
import type { SampleBacklog } from './sampleBacklog.ts'

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
