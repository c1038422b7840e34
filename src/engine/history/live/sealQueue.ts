import { messageOf } from '../../../shared/messageOf.ts'
import { recordKind } from '../codec/codec.ts'
import { ownName, type StoreReport } from '../protocol/protocol.ts'
import type { BlockPool } from './blockPool.ts'
import type { Journal } from './journal.ts'
import { type ClosedRounds, closeRounds, isEmpty, type OwnerColumns } from './ownerColumns.ts'
import type { SealSlice, SealWriter } from './sealWriter.ts'

/** Closed rounds of all owners that wait to be sealed, in the order they were closed. */
export interface SealQueue {
  readonly isEmpty: () => boolean
  /** Bytes of rows in memory. */
  readonly bytes: () => number
  readonly rows: () => number
  /** Closes the owner's open rounds and queues them. */
  readonly close: (owner: OwnerColumns) => void
  /** Seals the next slice of about so many rows. False where the disk does not let it. */
  readonly sealSlice: (rows: number) => boolean
  /** Takes the first rounds out without a seal; null: the queue is empty. */
  readonly giveUpFirst: () => ClosedRounds | null
}

export interface SealQueueDeps {
  readonly pool: BlockPool
  readonly journal: Journal
  readonly seals: SealWriter
  readonly owners: ReadonlyMap<string, OwnerColumns>
  /** Runs a transaction with all that is pending; false where the disk does not let it. */
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

  const giveUpFirst = (): ClosedRounds | null => {
    const [closed] = queue
    if (!closed) return null
    seals.abandon(closed)
    leave(closed)
    return closed
  }

  const reportLost = (closed: ClosedRounds, path: string, because: string, whole: boolean): void =>
    report({ kind: 'storeDamaged', of: { ownerId: closed.owner.id, path }, facts: { ...lostSpan(closed, because), whole } })

  const finish = (closed: ClosedRounds, slice: SealSlice): void => {
    slice.done()
    for (const { path, because } of slice.lost) reportLost(closed, path, because, false)
    if (slice.isLast) leave(closed)
  }

  return {
    isEmpty: () => queue.length === 0,
    bytes: () => bytes,
    rows: () => queue.reduce((rows, { times, nos }) => rows + times.length * nos.length, 0),
    close: (owner) => {
      if (isEmpty(owner)) {
        owner.open.sealDue = null
        return
      }
      const closed = closeRounds(owner)
      queue.push(closed)
      bytes += closed.bytes
      journal.put(owner, recordKind.closed, 0)
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
        // One owner's rounds must not keep those of all others from being sealed.
        deps.onTrouble(error, 'A seal could not be written.')
        reportLost(closed, ownName, messageOf(error), true)
        giveUpFirst()
        return true
      }
      finish(closed, slice)
      return true
    },
    giveUpFirst,
  }
}

function lostSpan({ times, gaps }: ClosedRounds, because: string) {
  const from = times[0] ?? gaps[0]?.[1] ?? 0
  return { damage: 'span', from, minutes: Math.max(1, Math.round(((times.at(-1) ?? from) - from) / 60_000)), because } as const
}
