import { hash } from 'node:crypto'
import type { Database } from '../../storage/openDatabase.ts'
import { type Description, ownName } from '../protocol/protocol.ts'
import type { NameTable } from './nameTable.ts'
import type { OwnerColumns } from './ownerColumns.ts'
import type { PendingRows } from './pendingRows.ts'
import type { Tallies } from './tallies.ts'

/** Stores facts of owners and their parts whenever they change. */
export interface FactWriter extends PendingRows {
  readonly describe: (description: Description) => void
}

/** Maximum pending facts while the disk is full; beyond it only the newest of each path stay. */
const mostWaiting = 200_000
/** Bytes counted for a row besides its text. */
export const factRowBytes = 60
/** Hash of a subject that is gone. */
const gone = -1

interface Fact {
  readonly owner: number
  readonly path: number
  readonly at: number
  /** null: the subject is gone. */
  readonly json: string | null
}

export function createFactWriter(db: Database, names: NameTable, tallies: Tallies): FactWriter {
  const sql = {
    newest: db.prepare<[number], { path: number; json: string | null }>(
      'SELECT f.path, t.json FROM facts f LEFT JOIN texts t ON t.id = f.text WHERE f.server = ? ORDER BY f.path, f.at',
    ),
    textId: db.prepare<[string], number>('SELECT id FROM texts WHERE json = ?').pluck(),
    // Returns no row if the text already exists.
    addText: db.prepare<[string], number>('INSERT INTO texts(json) VALUES (?) ON CONFLICT DO NOTHING RETURNING id').pluck(),
    addFact: db.prepare<[number, number, number, number | null]>('INSERT OR REPLACE INTO facts(server, path, at, text) VALUES (?, ?, ?, ?)'),
  }
  let waiting: Fact[] = []

  const hashesOf = (owner: OwnerColumns): Map<number, number> => {
    owner.factHashes ??= new Map(sql.newest.all(owner.no).map(({ path, json }) => [path, hashOf(json)]))
    return owner.factHashes
  }

  return {
    describe: ({ ownerId, at, entries, whole }) => {
      const owner = names.ownerOf(ownerId)
      const hashes = hashesOf(owner)
      const put = (path: number, json: string | null): void => {
        const next = hashOf(json)
        if ((hashes.get(path) ?? gone) === next) return
        hashes.set(path, next)
        waiting.push({ owner: owner.no, path, at: Math.round(at), json })
      }
      const named = new Set<number>()
      for (const { part, facts } of entries) {
        const no = names.numberOf(owner, part ?? ownName)
        named.add(no)
        put(no, facts === null ? null : JSON.stringify(facts))
      }
      if (whole) {
        named.add(names.numberOf(owner, ownName))
        for (const path of hashes.keys()) if (!named.has(path)) put(path, null)
      }
      if (waiting.length > mostWaiting) waiting = newestOfEach(waiting)
    },
    isPending: () => waiting.length > 0,
    write: () => {
      let bytes = 0
      for (const { owner, path, at, json } of waiting) {
        let text: number | null = null
        if (json !== null) {
          // Try to insert first: most texts contain a time and are therefore new.
          const added = sql.addText.get(json)
          if (added !== undefined) bytes += Buffer.byteLength(json)
          text = added ?? (sql.textId.get(json) as number)
        }
        sql.addFact.run(owner, path, at, text)
        bytes += factRowBytes
      }
      tallies.add('facts', bytes)
    },
    forget: () => {
      waiting = []
    },
  }
}

const newestOfEach = (waiting: readonly Fact[]): Fact[] => [...new Map(waiting.map((fact) => [`${fact.owner} ${fact.path}`, fact])).values()]

/** 48 bits: a changed text is mistaken for unchanged once in 2^48 cases. */
const hashOf = (json: string | null): number => (json === null ? gone : hash('sha1', json, 'buffer').readUIntBE(0, 6))
