import type { Database } from 'better-sqlite3'
import { openToRead } from '../storage/openDatabase.ts'
import { storedJson } from '../storage/storedJson.ts'
import { type KeptSession, keptSessionSchema, sessionsPerBlock, unpackSessions } from './packedSessions.ts'

/** A session that went on when it was stored last. */
export interface StoredOpen {
  readonly serverId: string
  readonly list: string
  readonly id: string
  readonly began: number
  readonly session: KeptSession
}
export interface EndedRow {
  readonly no: number
  readonly session: KeptSession
}
export interface SessionBlock {
  readonly no: number
  readonly ended_to: number
  readonly sessions: Buffer
}

/** How long a session lasted, in classes: under an hour, under a day, longer. */
const spanOf = ({ began, ended }: KeptSession): number => (ended - began < 3_600_000 ? 0 : ended - began < 86_400_000 ? 1 : 2)

const parsed = (text: string): KeptSession | null => keptSessionSchema.safeParse(storedJson(text)).data ?? null

/** The only SQL on sessions.db. */
export function createSessionRows(db: Database) {
  const insertOpen = db.prepare('INSERT OR REPLACE INTO open_sessions (server_id, list, id, began, session) VALUES (?, ?, ?, ?, ?)')
  const deleteOpen = db.prepare('DELETE FROM open_sessions WHERE server_id = ? AND list = ? AND id = ?')
  const opens = db.prepare<[], { server_id: string; list: string; id: string; began: number; session: string }>(
    'SELECT server_id, list, id, began, session FROM open_sessions',
  )
  const insertEnded = db.prepare('INSERT INTO ended_sessions (span, began, ended, session) VALUES (?, ?, ?, ?)')
  const ended = db.prepare<[number, number], { no: number; session: string }>(
    'SELECT no, session FROM ended_sessions WHERE began <= ? AND ended >= ? ORDER BY ended DESC',
  )
  const fullSpan = db.prepare<[], number>(`SELECT span FROM ended_sessions GROUP BY span HAVING count(*) >= ${sessionsPerBlock} LIMIT 1`).pluck()
  const ofSpan = db.prepare<[number], { no: number; session: string }>(
    `SELECT no, session FROM ended_sessions WHERE span = ? ORDER BY no LIMIT ${sessionsPerBlock}`,
  )
  const deleteEnded = db.prepare('DELETE FROM ended_sessions WHERE span = ? AND no <= ?')
  const insertBlock = db.prepare('INSERT INTO session_blocks (span, began_from, ended_to, count, sessions) VALUES (?, ?, ?, ?, ?)')
  const blocks = db.prepare<[number, number, number], SessionBlock>(
    'SELECT no, ended_to, sessions FROM session_blocks WHERE began_from <= ? AND ended_to >= ? AND ended_to <= ? ORDER BY ended_to DESC, no DESC LIMIT 1',
  )
  const blockBefore = db.prepare<[number, number, number, number], SessionBlock>(
    `SELECT no, ended_to, sessions FROM session_blocks
     WHERE began_from <= ? AND ended_to >= ? AND (ended_to, no) < (?, ?) ORDER BY ended_to DESC, no DESC LIMIT 1`,
  )
  const since = db.prepare<[], number>('SELECT since FROM sessions_kept').pluck()
  const setSince = db.prepare('INSERT INTO sessions_kept (since) VALUES (?)')
  const dropEnded = db.prepare('DELETE FROM ended_sessions WHERE ended < ?')
  const dropBlocks = db.prepare('DELETE FROM session_blocks WHERE ended_to < ?')
  const name = db.prepare('INSERT OR REPLACE INTO session_servers (server_id, name, seen) VALUES (?, ?, ?)')
  const names = db.prepare<[], { id: string; name: string; seenAt: number }>('SELECT server_id AS id, name, seen AS seenAt FROM session_servers')
  const dropNames = db.prepare('DELETE FROM session_servers WHERE seen < ?')

  return {
    opens: (): StoredOpen[] =>
      opens.all().flatMap(({ server_id, list, id, began, session }) => {
        const kept = parsed(session)
        return kept === null ? [] : [{ serverId: server_id, list, id, began, session: kept }]
      }),
    names: () => names.all(),
    /** Stores what began and ended, all of it or nothing. */
    store: db.transaction((began: readonly StoredOpen[], over: readonly Pick<StoredOpen, 'serverId' | 'list' | 'id'>[], done: readonly KeptSession[]): void => {
      // First: one of the same id may have begun since.
      for (const { serverId, list, id } of over) deleteOpen.run(serverId, list, id)
      for (const one of began) insertOpen.run(one.serverId, one.list, one.id, Math.round(one.began), JSON.stringify(one.session))
      for (const session of done) insertEnded.run(spanOf(session), Math.round(session.began), Math.round(session.ended), JSON.stringify(session))
    }),
    /** Stores names of servers, and when their sessions were seen last. */
    note: db.transaction((servers: readonly { readonly id: string; readonly name: string; readonly seenAt: number }[]): void => {
      for (const { id, name: text, seenAt } of servers) name.run(id, text, Math.round(seenAt))
    }),
    /** Those that ended lately and were open at some time of a period, the last ended first. */
    ended: (from: number, to: number): EndedRow[] =>
      ended.all(Math.round(to), Math.round(from)).flatMap(({ no, session }) => {
        const kept = parsed(session)
        return kept === null ? [] : [{ no, session: kept }]
      }),
    /** The next block of a period, the last ended first; `after`: the one before. */
    block: (from: number, to: number, after: SessionBlock | null): SessionBlock | null =>
      (after === null
        ? blocks.get(Math.round(to), Math.round(from), Number.MAX_SAFE_INTEGER)
        : blockBefore.get(Math.round(to), Math.round(from), after.ended_to, after.no)) ?? null,
    /** Sessions to be packed together; null: there are too few. */
    toPack: (): { readonly span: number; readonly lastNo: number; readonly sessions: readonly KeptSession[] } | null => {
      const span = fullSpan.get()
      if (span === undefined) return null
      const rows = ofSpan.all(span)
      const sessions = rows.flatMap(({ session }) => parsed(session) ?? [])
      return { span, lastNo: rows.at(-1)?.no ?? 0, sessions }
    },
    packed: db.transaction((span: number, lastNo: number, sessions: readonly KeptSession[], block: Buffer): void => {
      const least = sessions.reduce((sum, { began }) => Math.min(sum, began), Number.MAX_SAFE_INTEGER)
      const last = sessions.reduce((sum, { ended }) => Math.max(sum, ended), 0)
      if (sessions.length > 0) insertBlock.run(span, Math.round(least), Math.round(last), sessions.length, block)
      deleteEnded.run(span, lastNo)
    }),
    /** Deletes all that is kept. */
    clear: (): void =>
      void db.exec('DELETE FROM open_sessions; DELETE FROM ended_sessions; DELETE FROM session_blocks; DELETE FROM session_servers; DELETE FROM sessions_kept'),
    /** Since when sessions are kept: since it was asked for the first time. */
    since: (now: number): number => {
      const known = since.get()
      if (known === undefined) setSince.run(Math.round(now))
      return known ?? Math.round(now)
    },
    /** Deletes what ended before a moment. */
    drop: db.transaction((before: number): void => {
      dropEnded.run(Math.round(before))
      dropBlocks.run(Math.round(before))
      dropNames.run(Math.round(before))
    }),
  }
}
export type SessionRows = ReturnType<typeof createSessionRows>

/** Reads every row of the tables that are small, and where the newest block is. Throws SQLite's error where one can't be read. */
export function readAllButBlocks(db: Database): void {
  for (const table of ['open_sessions', 'ended_sessions', 'session_servers', 'sessions_kept']) for (const _ of db.prepare(`SELECT * FROM ${table}`).iterate());
  db.prepare('SELECT no, ended_to FROM session_blocks ORDER BY ended_to DESC, no DESC LIMIT 1').get()
}

/** How many blocks of a file can't be read. */
export async function unreadableSessions(file: string): Promise<number> {
  using closing = new DisposableStack()
  const db = openToRead(file)
  closing.defer(() => void db.close())
  let unreadable = 0
  for (const block of db.prepare<[], Buffer>('SELECT sessions FROM session_blocks').pluck().iterate()) if ((await unpackSessions(block)) === null) unreadable++
  return unreadable
}
