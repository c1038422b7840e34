import { createHash } from 'node:crypto'
import { encodeRow, putNumbers, recordKind } from '../codec/codec.ts'
import { dayOf, isOwnName, ownerLayouts, type StoredBatch } from '../protocol/protocol.ts'
import type { BlockPool } from './blockPool.ts'
import type { Journal } from './journal.ts'
import type { NameTable } from './nameTable.ts'
import { growSlots, type OwnerColumns, type PathList, updateList, wouldBeTooLong } from './ownerColumns.ts'

/** Encodes samples as they arrive. Each row goes to its path's chain in memory and to the journal. */
export type SampleIntake = ReturnType<typeof createSampleIntake>

interface SampleIntakeDeps {
  readonly names: NameTable
  readonly journal: Journal
  readonly pool: BlockPool
  readonly close: (owner: OwnerColumns) => void
  /** false: too much is waiting for a disk that can't be written, and the batch must be dropped to bound memory. */
  readonly admits: () => boolean
  readonly monotonic: () => number
}

/** A seal covers ten minutes: 300 samples at 2 s. */
const sealAfterMs = 600_000

export function createSampleIntake({ names, journal, pool, close, admits, monotonic }: SampleIntakeDeps) {
  const slotOf = (owner: OwnerColumns, path: string, atLeast: number): number => {
    const { open } = owner
    const there = open.slots.get(path)
    if (there !== undefined) return there
    const slot = open.names.length
    open.slots.set(path, slot)
    open.names.push(path)
    open.nos.push(names.numberOf(owner, path))
    if (slot >= open.lastRound.length) growSlots(open, Math.max(16, Math.ceil(atLeast * 1.1), Math.ceil(slot * 1.5)))
    return slot
  }

  /** Slot of each path of the list; -1 for a repeated path. */
  const slotsOf = (owner: OwnerColumns, list: PathList): Int32Array => {
    if (list.rowSlots) return list.rowSlots
    const seen = new Set<number>()
    list.rowSlots = Int32Array.from(list.paths, (path) => {
      const slot = slotOf(owner, path, list.paths.length)
      if (seen.has(slot)) return -1
      seen.add(slot)
      return slot
    })
    return list.rowSlots
  }

  const markStart = ({ id, open, wasClosed }: OwnerColumns): void => {
    open.journalFrom ??= journal.row
    // The first seals after a start are early, at a different time for each owner.
    open.sealDue ??= monotonic() + sealAfterMs * (wasClosed ? 1 : 0.5 + spread(id) / 2)
  }

  /** The round for a batch with these slots: the last one if it has the same time, else a new one. */
  const roundOf = (owner: OwnerColumns, at: number, slots: Int32Array): number => {
    const { times, lastRound } = owner.open
    // The owner's own figures and those of its parts may come as two batches with the same time, which form one round.
    const current = times.length - 1
    let joins = current >= 0 && !owner.inGap && times[current] === at
    for (let row = 0; joins && row < slots.length; row++) joins = (slots[row] as number) < 0 || lastRound[slots[row] as number] !== current
    if (!joins) times.push(at)
    owner.inGap = false
    markStart(owner)
    return times.length - 1
  }

  return {
    batch: (batch: StoredBatch): void => {
      const owner = names.ownerOf(batch.ownerId)
      const at = Math.round(batch.at)
      const list = owner.lists[batch.list]
      const layouts = ownerLayouts[owner.kind]
      updateList(list, layouts, batch.paths, batch.metrics)
      // A list that is not known was told to the writer of a file that was set aside: the next batches bring it again.
      if (list.paths.length === 0 || list.metrics.length === 0 || !admits()) return
      if (wouldBeTooLong(owner, at)) close(owner)
      names.setDay(dayOf(at))
      const slots = slotsOf(owner, list)
      const round = roundOf(owner, at, slots)
      const { nos, states, lastRound, chains } = owner.open

      const start = journal.begin(owner, list.inJournal ? recordKind.batchOfSamePaths : recordKind.batchOfPaths, batch.list, round, at)
      const sink = journal.sinks[owner.kind]
      if (!list.inJournal) {
        const numbers = Array.from(slots, (slot) => (slot < 0 ? -1 : (nos[slot] as number)))
        putNumbers(sink, numbers)
        list.inJournal = true
      }
      const width = list.metrics.length
      for (let row = 0; row < slots.length; row++) {
        const slot = slots[row] as number
        if (slot < 0) continue
        const isOwn = isOwnName(list.paths[row] as string)
        const from = sink.length
        encodeRow(
          sink,
          states,
          slot,
          round - (lastRound[slot] as number) - 1,
          batch.values,
          row * width,
          isOwn ? list.ownSource : list.partSource,
          isOwn ? layouts.own.scales : layouts.parts.scales,
        )
        lastRound[slot] = round
        pool.append(chains, slot, sink.bytes, from, sink.length)
      }
      journal.end(owner, start)
    },
    gap: (ownerId: string, at: number): void => {
      const owner = names.ownerOf(ownerId)
      if (owner.inGap) return
      const rounded = Math.round(at)
      owner.inGap = true
      owner.open.gaps.push([owner.open.times.length, rounded])
      markStart(owner)
      journal.put(owner, recordKind.gap, rounded)
    },
  }
}

/** Maps an id to a fixed number in [0, 1), so that owners are not all sealed at the same time. */
const spread = (id: string): number => createHash('sha256').update(id).digest().readUInt32LE(0) / 2 ** 32
