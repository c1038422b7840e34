import type { Database } from '../../storage/openDatabase.ts'
import { mostPathNos } from '../codec/codec.ts'
import { layoutToText, type OwnerKind, ownerKinds, ownerLayouts, type SampleLayout } from '../protocol/protocol.ts'
import { createOwnerColumns, type OwnerColumns } from './ownerColumns.ts'

/** Ids in history.db of the layouts that this version writes, for an owner's own rows and for its parts' rows. */
export interface LayoutIds {
  readonly own: number
  readonly parts: number
}

/** Returns the layout ids, adding layouts that are missing in history.db. */
export function layoutIdsOf(db: Database): Readonly<Record<OwnerKind, LayoutIds>> {
  const put = db.prepare<[string], { id: number }>('INSERT INTO layouts(columns) VALUES (?) ON CONFLICT DO UPDATE SET columns = excluded.columns RETURNING id')
  const idOf = (layout: SampleLayout): number => put.get(layoutToText(layout))?.id as number
  return Object.fromEntries(
    ownerKinds.map((kind): [OwnerKind, LayoutIds] => [kind, { own: idOf(ownerLayouts[kind].own), parts: idOf(ownerLayouts[kind].parts) }]),
  ) as Record<OwnerKind, LayoutIds>
}

/** The owners in memory, and the numbers of owners and paths in history.db. New ones are written with the next commit. */
export type NameTable = ReturnType<typeof createNameTable>

export function createNameTable(db: Database) {
  const sql = {
    ownerById: db.prepare<[string], { no: number; sealed_round: number }>('SELECT no, sealed_round FROM servers WHERE id = ?'),
    lastOwnerNo: db.prepare<[], number | null>('SELECT max(no) FROM servers').pluck(),
    addOwner: db.prepare<[number, string]>('INSERT INTO servers(no, id, sealed_round) VALUES (?, ?, -1)'),
    pathNo: db.prepare<[number, string], number>('SELECT no FROM paths WHERE server = ? AND name = ?').pluck(),
    lastPathNo: db.prepare<[number], number | null>('SELECT max(no) FROM paths WHERE server = ?').pluck(),
    addPath: db.prepare<[number, number, string, number]>('INSERT INTO paths(server, no, name, day) VALUES (?, ?, ?, ?)'),
    isPathNo: db.prepare<[number, number], number>('SELECT 1 FROM paths WHERE server = ? AND no = ?').pluck(),
  }
  const owners = new Map<string, OwnerColumns>()
  let nextOwnerNo = (sql.lastOwnerNo.get() ?? 0) + 1
  let day = 0
  let newOwners: OwnerColumns[] = []
  /** By owner and name, as the database compares names. */
  let newPaths = new Map<string, { readonly owner: number; readonly no: number; readonly name: string }>()

  return {
    owners,
    /** Returns the owner, loading it into memory if needed. */
    ownerOf: (id: string): OwnerColumns => {
      const there = owners.get(id)
      if (there) return there
      const stored = sql.ownerById.get(id)
      const owner = createOwnerColumns(id, stored?.no ?? nextOwnerNo++, stored?.sealed_round ?? -1)
      owners.set(id, owner)
      if (stored) owner.numbers.next = (sql.lastPathNo.get(owner.no) ?? 0) + 1
      else {
        owner.numbers.isComplete = true
        newOwners.push(owner)
      }
      return owner
    },
    isKnown: (id: string): boolean => owners.has(id) || sql.ownerById.get(id) !== undefined,
    numberOf: ({ no: owner, numbers }: OwnerColumns, name: string): number => {
      let no = numbers.known.get(name)
      if (no !== undefined) return no
      // SQLite stores half a surrogate pair as a replacement character, which may make it equal to another path's name.
      if (!name.isWellFormed()) numbers.isComplete = false
      const key = `${owner} ${name.toWellFormed()}`
      // With a new owner no lookup is needed; a large new fleet brings 100,000 names at once.
      if (!numbers.isComplete) no = newPaths.get(key)?.no ?? sql.pathNo.get(owner, name)
      if (no === undefined) {
        do {
          if (numbers.next >= mostPathNos) {
            numbers.next = 1
            numbers.reuses = true
          }
          no = numbers.next++
        } while (numbers.reuses && sql.isPathNo.get(owner, no) !== undefined)
        newPaths.set(key, { owner, no, name })
      }
      numbers.known.set(name, no)
      return no
    },
    /** null: the path has none. */
    storedNumberOf: ({ no, numbers }: OwnerColumns, name: string): number | null => numbers.known.get(name) ?? sql.pathNo.get(no, name) ?? null,
    /** Sets the day (since 1970) of the newest batch or facts, stored as the last day of new paths until they are sealed. */
    setDay: (today: number): void => {
      day = today
    },
    isPending: () => newOwners.length + newPaths.size > 0,
    write: () => {
      for (const { no, id } of newOwners) sql.addOwner.run(no, id)
      for (const { owner, no, name } of newPaths.values()) sql.addPath.run(owner, no, name, day)
    },
    forget: () => {
      newOwners = []
      newPaths = new Map()
    },
  }
}
