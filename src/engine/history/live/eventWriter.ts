import type { KeptEvent } from '../../../shared/events.ts'
import type { Database } from '../../storage/openDatabase.ts'
import { type EventRow, eventBytes, storedAbout } from './eventRow.ts'
import type { PendingRows } from './pendingRows.ts'
import type { Tallies } from './tallies.ts'

/** Writes events with the next commit. */
export interface EventWriter extends PendingRows {
  readonly add: (events: readonly KeptEvent[]) => void
  /** Bounds memory while nothing can be written: only the newest events stay pending. */
  readonly dropOldest: () => void
}

const mostWaiting = 10_000

export function createEventWriter(db: Database, tallies: Tallies): EventWriter {
  const add = db.prepare<[Omit<EventRow, 'id'>]>(
    'INSERT INTO events(at, kind, server_id, server_name, path, text, facts) VALUES (@at, @kind, @server_id, @server_name, @path, @text, @facts)',
  )
  let waiting: KeptEvent[] = []

  return {
    add: (events) => void waiting.push(...events),
    dropOldest: () => {
      if (waiting.length > mostWaiting) waiting = waiting.slice(-mostWaiting)
    },
    isPending: () => waiting.length > 0,
    write: () => {
      let bytes = 0
      for (const event of waiting) {
        const facts = JSON.stringify(event.facts)
        add.run({ ...storedAbout(event), at: event.at, kind: event.kind, text: event.text, facts })
        bytes += eventBytes(event.text, facts)
      }
      tallies.add('events', bytes)
    },
    forget: () => {
      waiting = []
    },
  }
}
