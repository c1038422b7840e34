import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { hostOf } from '../../shared/endpoints.ts'
import { sessionRoles } from '../../shared/sessions.ts'
import { longMs } from './sessionsDatabase.ts'

export const keptSessionSchema = z.object({
  serverId: z.string(),
  /** The first 8 characters of its id. */
  id: z.string(),
  protocol: z.string(),
  role: z.enum(sessionRoles),
  path: z.string(),
  /** Address with port. */
  remoteAddr: z.string().nullable(),
  user: z.string().nullable(),
  userAgent: z.string().nullable(),
  began: z.number(),
  ended: z.number(),
  endedAfter: z.number().nullable(),
  bytes: z.number().nullable(),
  lost: z.number().nullable(),
})
export type KeptSession = z.infer<typeof keptSessionSchema>

/** `ended` null: it went on when it was stored, and `endedAfter` says when it was seen first. */
export interface SessionRow extends Omit<KeptSession, 'ended'> {
  readonly list: string
  readonly ended: number | null
}
interface EndedRow extends KeptSession {
  readonly no: number
}

/** Number of rows read at once, and deleted at once. */
const readAtOnce = 500
const deletedAtOnce = 5_000

const rounded = (figure: number | null): number | null => figure && Math.round(figure)

/** The only SQL on the sessions in sessions.db. */
export function createSessionRows(db: Database) {
  const columns = `server_id AS serverId, list, id, protocol, role, path, remote_addr AS remoteAddr, user, user_agent AS userAgent, began, ended, ended_after AS endedAfter, bytes, lost`
  const put = db.prepare(`
    INSERT OR REPLACE INTO sessions (no, server_id, list, id, protocol, role, path, remote_addr, host, user, user_agent, began, ended, ended_after, bytes, lost)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  const remove = db.prepare('DELETE FROM sessions WHERE no = ?')
  const opens = db.prepare<[], SessionRow & { readonly no: number }>(`SELECT no, ${columns} FROM sessions WHERE ended IS NULL`)
  const pageOf = (where: string) =>
    db.prepare(`
      SELECT no, ${columns} FROM sessions WHERE ${where} AND ended >= $from AND (ended, began, no) < ($ended, $began, $no) AND began <= $to
      ORDER BY ended DESC, began DESC, no DESC LIMIT ${readAtOnce}`)
  const page = pageOf('1')
  const pageOfLong = pageOf(`ended - began > ${longMs}`)
  const pageOfHost = pageOf('host = $host')
  const since = db.prepare<[], number>('SELECT since FROM sessions_kept').pluck()
  const setSince = db.prepare('INSERT INTO sessions_kept (since) VALUES (?)')
  const drop = db.prepare(`DELETE FROM sessions WHERE no IN (SELECT no FROM sessions WHERE ended < ? LIMIT ${deletedAtOnce})`)
  const dropNames = db.prepare('DELETE FROM session_servers WHERE seen < ?')
  const name = db.prepare('INSERT OR REPLACE INTO session_servers (server_id, name, seen) VALUES (?, ?, ?)')
  const lastNo = db.prepare<[], number | null>('SELECT max(no) FROM sessions').pluck()
  const names = db.prepare<[], { id: string; name: string; seenAt: number }>('SELECT server_id AS id, name, seen AS seenAt FROM session_servers')

  /** The sessions of a page and all that follow, down to those that ended at `from`. */
  function* pages(
    statement: typeof page,
    values: { readonly from: number; readonly to: number; readonly host?: string },
    until: number,
  ): Generator<EndedRow[]> {
    for (let last = { ended: until, began: 0, no: 0 }; ; ) {
      const rows = statement.all({ ...values, ended: last.ended, began: last.began, no: last.no }) as EndedRow[]
      yield rows
      last = rows.at(-1) ?? last
      if (rows.length < readAtOnce) return
    }
  }
  return {
    opens: () => opens.all(),
    names: () => names.all(),
    lastNo: (): number => lastNo.get() ?? 0,
    /** Stores sessions, all of them or none; null: the row `no` is deleted. `no`: which row it has; null: a new one. Returns their rows; null: deleted. */
    store: db.transaction((sessions: readonly { readonly no: number | null; readonly session: SessionRow | null }[]): (number | null)[] =>
      sessions.map(({ no, session }) => {
        if (session === null) {
          remove.run(no)
          return null
        }
        const { serverId, list, id, protocol, role, path, remoteAddr, user, userAgent, began, ended, endedAfter, bytes, lost } = session
        const about = [serverId, list, id, protocol, role, path, remoteAddr, remoteAddr && hostOf(remoteAddr), user, userAgent]
        return Number(put.run(no, ...about, ...[began, ended, endedAfter, bytes, lost].map(rounded)).lastInsertRowid)
      }),
    ),
    /** Stores names of servers, and when their sessions were seen last. */
    note: db.transaction((servers: readonly { readonly id: string; readonly name: string; readonly seenAt: number }[]): void => {
      for (const { id, name: text, seenAt } of servers) name.run(id, text, Math.round(seenAt))
    }),
    /** Sessions that ended and were open at some time of a period, in pieces, those that ended last first. `host`: only those of this address. */
    *ended(from: number, to: number, host: string | null): Generator<EndedRow[]> {
      const period = { from: Math.round(from), to: Math.round(to) }
      if (host !== null) return yield* pages(pageOfHost, { ...period, host }, Number.MAX_SAFE_INTEGER)
      // What lasted longer than that was in the pages before.
      const beyond = period.to + longMs + 1
      yield* pages(pageOfLong, { from: Math.max(period.from, beyond), to: period.to }, Number.MAX_SAFE_INTEGER)
      yield* pages(page, period, beyond)
    },
    /** Deletes all that is kept. */
    clear: (): void => void db.exec('DELETE FROM sessions; DELETE FROM session_servers; DELETE FROM sessions_kept'),
    /** Since when sessions are kept: since it was asked for the first time. */
    since: (now: number): number => {
      const known = since.get()
      if (known === undefined) setSince.run(Math.round(now))
      return known ?? Math.round(now)
    },
    /** Deletes some of what ended before a moment. Returns whether there is more. */
    drop: db.transaction((before: number): boolean => {
      dropNames.run(Math.round(before))
      return drop.run(Math.round(before)).changes === deletedAtOnce
    }),
  }
}
