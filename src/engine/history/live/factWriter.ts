import { hash } from 'node:crypto'
import type { Database } from '../../storage/openDatabase.ts'
import { type Description, ownName } from '../protocol/protocol.ts'
import type { ServerColumns } from './serverColumns.ts'

/** Keeps what samples can't say of paths and servers, each time that it changed. */
export interface FactWriter {
  /** Takes what changed since it was told last; written with the next commit. */
  readonly describe: (description: Description) => void
  readonly pending: () => number
  /** Inside a transaction; after it was committed `forgetPending` says so. */
  readonly writePending: () => void
  readonly forgetPending: () => void
}

/** While the disk is full; beyond them only the newest of each path stay. */
const mostWaiting = 200_000
/** What a row costs beside its text. */
export const factRowBytes = 60
/** Stands for facts of what is not there. */
const gone = -1

interface Waiting {
  readonly server: number
  readonly path: number
  readonly at: number
  readonly json: string | null
}

export function createFactWriter(deps: {
  readonly db: Database
  readonly serverOf: (id: string) => ServerColumns
  readonly pathNoOf: (server: ServerColumns, path: string) => number
}): FactWriter {
  const { db, serverOf, pathNoOf } = deps
  const sql = {
    newest: db.prepare<[number], { path: number; json: string | null }>(
      'SELECT f.path, t.json FROM facts f LEFT JOIN texts t ON t.id = f.text WHERE f.server = ? ORDER BY f.path, f.at',
    ),
    textId: db.prepare<[string], number>('SELECT id FROM texts WHERE json = ?').pluck(),
    // Nothing comes back where it is there already.
    addText: db.prepare<[string], number>('INSERT INTO texts(json) VALUES (?) ON CONFLICT DO NOTHING RETURNING id').pluck(),
    addFact: db.prepare<[number, number, number, number | null]>('INSERT OR REPLACE INTO facts(server, path, at, text) VALUES (?, ?, ?, ?)'),
    tally: db.prepare<[number]>("UPDATE tallies SET bytes = bytes + ? WHERE kept = 'facts'"),
  }
  let waiting: Waiting[] = []

  const toldOf = (server: ServerColumns): Map<number, number> => {
    if (server.told) return server.told
    server.told = new Map()
    for (const { path, json } of sql.newest.all(server.no)) server.told.set(path, hashOf(json))
    return server.told
  }

  return {
    describe: ({ ownerId, at, entries, whole }) => {
      const server = serverOf(ownerId)
      const told = toldOf(server)
      const put = (path: number, json: string | null): void => {
        const next = hashOf(json)
        // What was never there need not be told to be gone.
        if ((told.get(path) ?? gone) === next) return
        told.set(path, next)
        waiting.push({ server: server.no, path, at: Math.round(at), json })
      }
      const named = new Set<number>()
      for (const { part, facts } of entries) {
        const json = facts === null ? null : JSON.stringify(facts)
        const no = pathNoOf(server, part ?? ownName)
        if (whole) named.add(no)
        put(no, json)
      }
      if (whole) {
        named.add(pathNoOf(server, ownName))
        for (const [path, last] of told) if (last !== gone && !named.has(path)) put(path, null)
      }
      if (waiting.length > mostWaiting) waiting = newestOfEach(waiting)
    },
    pending: () => waiting.length,
    writePending: () => {
      let bytes = 0
      for (const { server, path, at, json } of waiting) {
        let text: number | null = null
        if (json !== null) {
          // Most have a time in them, and so are new.
          const added = sql.addText.get(json)
          if (added !== undefined) bytes += Buffer.byteLength(json)
          text = added ?? (sql.textId.get(json) as number)
        }
        sql.addFact.run(server, path, at, text)
        bytes += factRowBytes
      }
      if (bytes > 0) sql.tally.run(bytes)
    },
    forgetPending: () => {
      waiting = []
    },
  }
}

const newestOfEach = (waiting: readonly Waiting[]): Waiting[] => [...new Map(waiting.map((one) => [`${one.server} ${one.path}`, one])).values()]

/** 48 bits: two texts that follow each other are taken for one in 2^48 cases. */
const hashOf = (json: string | null): number => (json === null ? gone : hash('sha1', json, 'buffer').readUIntBE(0, 6))
