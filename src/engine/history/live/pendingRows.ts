import { hash } from 'node:crypto'
import type { DeckEvent, EventAbout, KeptEvent } from '../../../shared/events.ts'
import { latestTime } from '../../../shared/latestTime.ts'
import type { Database } from '../../storage/openDatabase.ts'
import { BadBytesError, storedObject } from '../codec/codec.ts'
import { type Description, dayOf, fromStored, isOwnName, ownName, toStored } from '../protocol/protocol.ts'
import type { NameTable } from './nameTable.ts'
import type { OwnerColumns } from './ownerColumns.ts'

/** The kinds of data in history.db other than samples. */
type Tallied = 'minutes' | 'events' | 'facts'

/** Counts the bytes of history.db that are not samples. */
export type Tallies = ReturnType<typeof createTallies>

export function createTallies(db: Database) {
  const add = db.prepare<[number, Tallied]>('UPDATE tallies SET bytes = max(0, bytes + ?) WHERE kept = ?')
  const read = db.prepare<[], [Tallied, number]>('SELECT kept, bytes FROM tallies').raw()
  return {
    add: (of: Tallied, bytes: number): void => {
      if (bytes !== 0) add.run(bytes, of)
    },
    read: (): Readonly<Record<Tallied, number>> => ({ minutes: 0, events: 0, facts: 0, ...Object.fromEntries(read.all()) }),
  }
}

export function usedBytes(db: Database): number {
  const of = (pragma: string): number => db.pragma(pragma, { simple: true }) as number
  return (of('page_count') - of('freelist_count')) * of('page_size')
}
/** Bytes of samples: everything in use that is not counted as other data, and no free row of the journal. */
export function sampleBytes(used: number, { minutes, events, facts }: Readonly<Record<Tallied, number>>, journalFree: number): number {
  return Math.max(0, used - minutes - events - facts - journalFree)
}

/** An event as stored in history.db and in archives. */
export interface EventRow {
  readonly id: number
  readonly at: number
  readonly kind: string
  readonly server_id: string | null
  readonly server_name: string | null
  readonly path: string | null
  readonly text: string
  readonly facts: string
}

/** Bytes counted for a row besides its texts. */
const rowBytes = 100
function eventBytes(text: string, facts: string): number {
  return Buffer.byteLength(text) + Buffer.byteLength(facts) + rowBytes
}
/** The same in SQL, for a row of `events`. */
export const eventBytesSql = `length(CAST(text AS BLOB)) + length(CAST(facts AS BLOB)) + ${rowBytes}`

/** The subject of an event as stored. */
export function storedAbout({ subject, ownerName }: EventAbout): Pick<EventRow, 'server_id' | 'server_name' | 'path'> {
  if (subject === null) return { server_id: null, server_name: ownerName, path: null }
  const { ownerId, path } = toStored(subject)
  return { server_id: ownerId, server_name: ownerName, path: isOwnName(path) ? null : path }
}

/** Throws `BadBytesError` if the facts are damaged, or its time is none. */
export function eventOfRow({ server_id, server_name, path, facts, ...row }: EventRow): DeckEvent {
  if (typeof row.at !== 'number' || Math.abs(row.at) > latestTime) throw new BadBytesError(`the time of event ${row.id} cannot be read`)
  return {
    ...row,
    subject: server_id === null ? null : fromStored({ ownerId: server_id, path: path ?? ownName }),
    ownerName: server_name,
    facts: storedObject(facts, `the facts of event ${row.id}`) as DeckEvent['facts'],
  }
}

const mostEvents = 10_000

/** Writes events with the next commit. */
export function createEventWriter(db: Database, tallies: Tallies) {
  const add = db.prepare<[Omit<EventRow, 'id'>]>(
    'INSERT INTO events(at, kind, server_id, server_name, path, text, facts) VALUES (@at, @kind, @server_id, @server_name, @path, @text, @facts)',
  )
  let waiting: KeptEvent[] = []

  return {
    add: (events: readonly KeptEvent[]): void => void waiting.push(...events),
    /** Bounds memory while nothing can be written: only the newest events stay pending. */
    dropOldest: (): void => {
      if (waiting.length > mostEvents) waiting = waiting.slice(-mostEvents)
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

/** Maximum pending facts while the disk is full; beyond it only the newest of each path stay. */
const mostFacts = 200_000
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

/** Stores facts of owners and their parts whenever they change. */
export function createFactWriter(db: Database, names: NameTable, tallies: Tallies) {
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
    describe: ({ ownerId, at, entries, whole }: Description): void => {
      names.setDay(dayOf(at))
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
      if (waiting.length > mostFacts) waiting = newestOfEach(waiting)
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
