import type { Database } from '../../storage/openDatabase.ts'
import { dayMs, type StoreLimits } from '../protocol/protocol.ts'
import { eventBytesSql } from './eventRow.ts'
import type { Journal } from './journal.ts'
import type { SealRemover } from './sealRemover.ts'
import { sampleBytes, type Tallies, usedBytes } from './tallies.ts'

/**
 * Last resort when archiving does not free enough space: drops the oldest data that exceeds a retention limit, a little at a
 * time. Returns true if there is more to do.
 */
export type KeepToLimits = (limits: StoreLimits, now: number) => boolean

const stepsPerCall = 20
const eventsPerStep = 1000

export function createLimitKeeper(deps: {
  readonly db: Database
  readonly tallies: Tallies
  readonly remove: SealRemover
  readonly journal: Pick<Journal, 'freeBytes'>
  readonly transact: (run: () => void) => boolean
}): KeepToLimits {
  const { db, tallies, remove, journal, transact } = deps
  const sql = {
    oldestWithSamples: db.prepare<[], { id: number; to_at: number }>('SELECT id, to_at FROM seals WHERE sample_bytes IS NOT 0 ORDER BY to_at LIMIT 1'),
    oldestWithMinutes: db.prepare<[], { id: number; to_at: number; minute_bytes: number; sample_bytes: number }>(
      'SELECT id, to_at, minute_bytes, sample_bytes FROM seals WHERE minute_bytes > 0 ORDER BY to_at LIMIT 1',
    ),
    oldestEvent: db.prepare<[], number | null>('SELECT min(at) FROM events').pluck(),
    dropEventsBefore: db
      .prepare<[number, number], number>(`DELETE FROM events WHERE id IN (SELECT id FROM events WHERE at < ? ORDER BY at LIMIT ?) RETURNING ${eventBytesSql}`)
      .pluck(),
    dropFirstEvents: db
      .prepare<[number], number>(`DELETE FROM events WHERE id IN (SELECT id FROM events ORDER BY id LIMIT ?) RETURNING ${eventBytesSql}`)
      .pluck(),
  }

  /** The next step; null: no limit is exceeded. */
  const nextDrop = (limits: StoreLimits, now: number): (() => void) | null => {
    const bytes = tallies.read()
    const samples = sql.oldestWithSamples.get()
    if (samples && (samples.to_at < now - limits.samples.days * dayMs || sampleBytes(usedBytes(db), bytes, journal.freeBytes()) > limits.samples.bytes))
      return () => remove.samples(samples.id)
    const minutes = sql.oldestWithMinutes.get()
    if (minutes && (minutes.to_at < now - limits.minutes.days * dayMs || bytes.minutes > limits.minutes.bytes))
      return () => (minutes.sample_bytes === 0 ? remove.whole : remove.minutes)(minutes.id, minutes.minute_bytes)
    const tooOld = now - limits.events.days * dayMs
    const areTooMany = bytes.events > limits.events.bytes
    const oldestEvent = sql.oldestEvent.get() ?? null
    if (oldestEvent !== null && (areTooMany || oldestEvent < tooOld))
      return () => {
        const dropped = areTooMany ? sql.dropFirstEvents.all(eventsPerStep) : sql.dropEventsBefore.all(tooOld, eventsPerStep)
        tallies.add('events', -dropped.reduce((sum, one) => sum + one, 0))
      }
    return null
  }

  /** Returns free pages to the disk if there are many, as after a limit was lowered. Otherwise SQLite reuses them. */
  const shrink = (): boolean => {
    const free = db.pragma('freelist_count', { simple: true }) as number
    const isMuch = free > Math.max(1000, (db.pragma('page_count', { simple: true }) as number) / 20)
    return isMuch && transact(() => void db.pragma('incremental_vacuum(500)'))
  }

  return (limits, now) => {
    for (let step = 0; step < stepsPerCall; step++) {
      const drop = nextDrop(limits, now)
      if (drop === null) return shrink()
      if (!transact(drop)) return false
    }
    return true
  }
}
