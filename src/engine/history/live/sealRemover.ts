import type { Database } from '../../storage/openDatabase.ts'
import { chunkId } from '../protocol/protocol.ts'
import type { Tallies } from './tallies.ts'

/** Deletes seals or parts of them. Call inside a transaction. */
export interface SealRemover {
  readonly samples: (seal: number) => void
  readonly minutes: (seal: number, bytes: number) => void
  readonly whole: (seal: number, minuteBytes: number) => void
  /** Deletes the chunks of a seal that will not be finished. */
  readonly unfinished: (seal: number) => void
}

export function createSealRemover(db: Database, tallies: Tallies): SealRemover {
  const sql = {
    seal: db.prepare<[number]>('DELETE FROM seals WHERE id = ?'),
    chunks: db.prepare<[number, number]>('DELETE FROM chunks WHERE id >= ? AND id < ?'),
    minutes: db.prepare<[number, number]>('DELETE FROM minutes WHERE id >= ? AND id < ?'),
    withoutSamples: db.prepare<[number]>('UPDATE seals SET sample_bytes = 0 WHERE id = ?'),
    withoutMinutes: db.prepare<[number]>('UPDATE seals SET minute_bytes = 0 WHERE id = ?'),
  }
  const removeRows = (from: 'chunks' | 'minutes', seal: number): void => void sql[from].run(chunkId(seal, 0), chunkId(seal + 1, 0))
  const unfinished = (seal: number): void => {
    removeRows('chunks', seal)
    removeRows('minutes', seal)
  }
  return {
    samples: (seal) => {
      removeRows('chunks', seal)
      sql.withoutSamples.run(seal)
    },
    minutes: (seal, bytes) => {
      removeRows('minutes', seal)
      sql.withoutMinutes.run(seal)
      tallies.add('minutes', -bytes)
    },
    whole: (seal, minuteBytes) => {
      unfinished(seal)
      sql.seal.run(seal)
      tallies.add('minutes', -minuteBytes)
    },
    unfinished,
  }
}
