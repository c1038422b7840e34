import type { FileFault } from '../../../shared/fileFaults.ts'
import { faultOf } from '../../storage/faultOf.ts'
import { recordKind } from '../codec/codec.ts'
import { ownName, type StoreReport } from '../protocol/protocol.ts'
import type { BlockPool } from './blockPool.ts'
import type { Journal } from './journal.ts'
import { type ClosedRounds, closeRounds, isEmpty, type OwnerColumns } from './ownerColumns.ts'
import type { SealSlice, SealWriter } from './sealWriter.ts'

/** Closed rounds of all owners waiting to be sealed, in the order in which they were closed. */
export interface SealQueue {
  readonly isEmpty: () => boolean
  /** Bytes of the queued rows in memory. */
  readonly bytes: () => number
  readonly rows: () => number
  /** Closes the owner's open rounds and queues them. */
  readonly close: (owner: OwnerColumns) => void
  /** The same of all owners. */
  readonly closeAll: () => void
  /** Seals the next slice of about `rows` rows. Returns false if the disk can't be written. */
  readonly sealSlice: (rows: number) => boolean
  /** Removes the first rounds without sealing them; null: the queue is empty. */
  readonly discardFirst: () => ClosedRounds | null
}

export interface SealQueueDeps {
  readonly pool: BlockPool
  readonly journal: Journal
  readonly seals: SealWriter
  readonly owners: ReadonlyMap<string, OwnerColumns>
  /** Runs a transaction that also writes all pending rows; false: the disk can't be written. */
  readonly transact: (run: () => void) => boolean
  readonly withSamples: () => boolean
  readonly onTrouble: (error: unknown, text: string) => void
  readonly report: (report: StoreReport) => void
}

export function createSealQueue(deps: SealQueueDeps): SealQueue {
  const { pool, journal, seals, owners, transact, report } = deps
  const queue: ClosedRounds[] = []
  let bytes = 0

  const leave = (closed: ClosedRounds): void => {
    queue.shift()
    bytes -= closed.bytes
    for (const slot of closed.nos.keys()) pool.free(closed.chains, slot)
    const { closed: waiting } = closed.owner
    waiting.splice(waiting.indexOf(closed), 1)
  }

  const discardFirst = (): ClosedRounds | null => {
    const [closed] = queue
    if (!closed) return null
    seals.abandon(closed)
    leave(closed)
    return closed
  }

  const reportLost = (closed: ClosedRounds, path: string, error: unknown, whole: boolean): void =>
    report({ kind: 'storeDamaged', of: { ownerId: closed.owner.id, path }, facts: { ...lostSpan(closed, faultOf(error)), whole } })

  const finish = (closed: ClosedRounds, slice: SealSlice): void => {
    slice.done()
    for (const { path, error } of slice.lost) {
      deps.onTrouble(error, 'Samples of a stream could not be sealed.')
      reportLost(closed, path, error, false)
    }
    if (slice.isLast) leave(closed)
  }

  const close = (owner: OwnerColumns): void => {
    if (isEmpty(owner)) {
      owner.open.sealDue = null
      return
    }
    const closed = closeRounds(owner)
    queue.push(closed)
    bytes += closed.bytes
    journal.put(owner, recordKind.closed, 0)
  }

  return {
    isEmpty: () => queue.length === 0,
    bytes: () => bytes,
    rows: () => queue.reduce((rows, { times, nos }) => rows + times.length * nos.length, 0),
    close,
    closeAll: () => {
      for (const owner of owners.values()) close(owner)
    },
    sealSlice: (rows) => {
      const [closed] = queue
      if (!closed) return true
      let slice: SealSlice
      try {
        slice = seals.slice(closed, rows, deps.withSamples())
        const written = transact(() => {
          slice.write()
          if (slice.isLast) journal.trim(owners.values(), closed)
        })
        if (!written) return false
      } catch (error) {
        // One owner's bad rounds must not block the sealing of all others.
        deps.onTrouble(error, 'A seal could not be written.')
        reportLost(closed, ownName, error, true)
        discardFirst()
        return true
      }
      finish(closed, slice)
      return true
    },
    discardFirst,
  }
}

function lostSpan({ times, gaps }: ClosedRounds, because: FileFault) {
  const from = times[0] ?? gaps[0]?.[1] ?? 0
  return { damage: 'span' as const, from, minutes: Math.max(1, Math.round(((times.at(-1) ?? from) - from) / 60_000)), because: [because] }
}
