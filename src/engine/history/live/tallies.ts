import type { Database } from '../../storage/openDatabase.ts'

/** The kinds of data in history.db other than samples. */
export type Tallied = 'minutes' | 'events' | 'facts'

/** Counts the bytes of history.db that are not samples. */
export interface Tallies {
  readonly add: (of: Tallied, bytes: number) => void
  readonly read: () => Readonly<Record<Tallied, number>>
}

export function createTallies(db: Database): Tallies {
  const add = db.prepare<[number, Tallied]>('UPDATE tallies SET bytes = max(0, bytes + ?) WHERE kept = ?')
  const read = db.prepare<[], [Tallied, number]>('SELECT kept, bytes FROM tallies').raw()
  return {
    add: (of, bytes) => {
      if (bytes !== 0) add.run(bytes, of)
    },
    read: () => ({ minutes: 0, events: 0, facts: 0, ...Object.fromEntries(read.all()) }),
  }
}

/** Bytes of the file in use. */
export function usedBytes(db: Database): number {
  const of = (pragma: string): number => db.pragma(pragma, { simple: true }) as number
  return (of('page_count') - of('freelist_count')) * of('page_size')
}
/** Bytes of samples: everything in use that is not counted as other data, and no free row of the journal. */
export function sampleBytes(used: number, { minutes, events, facts }: Readonly<Record<Tallied, number>>, journalFree: number): number {
  return Math.max(0, used - minutes - events - facts - journalFree)
}
