import type { Database } from '../../storage/openDatabase.ts'
import { dayOf } from '../protocol/protocol.ts'
import type { Journal } from './journal.ts'
import type { OwnerColumns } from './ownerColumns.ts'

/** One step of dropping names that have no seals, no facts, and no data in memory. Returns true if there is more to do. */
export type DropNames = (now: number) => boolean

const namesPerStep = 5000

interface StoredName {
  readonly no: number
  readonly name: string
  /** Day on which it was last seen, days since 1970. */
  readonly day: number
}

export function createNameDropper(deps: {
  readonly db: Database
  /** Owners in memory. */
  readonly owners: ReadonlyMap<string, OwnerColumns>
  /** Open: everything in the journal is also in memory. */
  readonly journal: Pick<Journal, 'isOpen'>
  readonly transact: (run: () => void) => boolean
}): DropNames {
  const { db, owners, transact } = deps
  const sql = {
    firstBegin: db.prepare<[], number | null>('SELECT min(from_at) FROM seals').pluck(),
    owners: db.prepare<[], { no: number; id: string }>('SELECT no, id FROM servers ORDER BY no'),
    names: db.prepare<[number, string, number], StoredName>('SELECT no, name, day FROM paths WHERE server = ? AND name > ? ORDER BY name LIMIT ?'),
    hasFacts: db.prepare<[number, number], number>('SELECT 1 FROM facts WHERE server = ? AND path = ? AND text IS NOT NULL LIMIT 1').pluck(),
    dropFacts: db.prepare<[number, number]>('DELETE FROM facts WHERE server = ? AND path = ?'),
    dropName: db.prepare<[number, string]>('DELETE FROM paths WHERE server = ? AND name = ?'),
  }
  /** Progress of dropping names last seen before `day`: owners left, and the last name handled of the current one. */
  let progress: { readonly day: number; readonly left: { no: number; id: string }[]; after: string } | null = null
  /** Names last seen before this day are already dropped. */
  let doneUntil = Number.NEGATIVE_INFINITY

  const isInMemory = (owner: OwnerColumns | undefined, name: string): boolean =>
    owner !== undefined && [owner.open, ...owner.closed].some(({ slots }) => slots.has(name))

  return (now) => {
    if (!deps.journal.isOpen) return false
    if (!progress) {
      const day = dayOf(sql.firstBegin.get() ?? now)
      if (day <= doneUntil) return false
      progress = { day, left: sql.owners.all(), after: '' }
    }
    const { day, left, after } = progress
    const of = left.at(-1)
    if (!of) {
      doneUntil = day
      progress = null
      return false
    }
    const owner = owners.get(of.id)
    let names: readonly StoredName[] = []
    let unused: readonly StoredName[] = []
    const worked = transact(() => {
      // Read inside the transaction, so that names and facts pending until now are included.
      names = sql.names.all(of.no, after, namesPerStep)
      unused = names.filter(({ no, name, day: seen }) => seen < day && !isInMemory(owner, name) && sql.hasFacts.get(of.no, no) === undefined)
      for (const { no, name } of unused) {
        sql.dropFacts.run(of.no, no)
        sql.dropName.run(of.no, name)
      }
    })
    if (!worked) return false
    for (const { no, name } of unused) {
      owner?.numbers.known.delete(name)
      owner?.seen.nos.delete(no)
      owner?.factHashes?.delete(no)
    }
    const isLast = names.length < namesPerStep
    if (isLast) left.pop()
    progress.after = isLast ? '' : (names.at(-1)?.name ?? '')
    return true
  }
}
