import { randomBytes } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import type { Clock, Timer } from '../../clock/clock.ts'
import type { SignInSession } from '../../shared/accounts.ts'
import type { Log } from '../ports.ts'
import { sha256 } from '../sha256.ts'
import { createEntryRows } from '../storage/entryRows.ts'
import { classifyStorageError } from '../storage/storageTrouble.ts'

/** A session ends when it was not used for this long, which covers a wall display during a fortnight's holiday. */
export const sessionIdleMs = 14 * 24 * 3600_000
/** A session always ends after this long. */
export const sessionLifeMs = 90 * 24 * 3600_000
/** Beyond this many sessions the one that was unused for longest is removed. */
const mostSessions = 1_000
/** The same of one account or token, so that nobody ends the sessions of others by signing in over and over. */
const mostOfOne = 50
/** A session is fresh for this long. */
const freshMs = 10 * 60_000
/** How exactly is kept when a session was last used. */
const noteUseMs = 10 * 60_000
/** What runs is looked at as often as this, because the clock may be set. */
const lookMs = 3600_000

/** Whose session it is: of an account or a named token by its id, of the token file by a mark of its token. */
export interface Subject {
  readonly kind: 'account' | 'token' | 'tokenFile'
  readonly id: string
}
const isSameSubject = (a: Subject, b: Subject): boolean => a.kind === b.kind && a.id === b.id

/** Why a connection is closed: the session has ended, or its account may do other things than before. */
export type Ending = 'ended' | 'changed'

interface Session {
  /** Hash of its secret. */
  readonly id: string
  readonly subject: Subject
  readonly madeAt: number
  usedAt: number
  /** `usedAt` as stored; null: it could not be stored, and lasts as long as this process. */
  notedAt: number | null
  address: string
  readonly browser: string
}
interface Row extends Omit<Session, 'subject' | 'notedAt'> {
  readonly kind: Subject['kind']
  readonly subject: string
}
interface Connection {
  readonly subject: Subject
  readonly session: string | null
  readonly close: (why: Ending) => void
  /** Epoch ms; infinite: as long as its session. */
  readonly until: number
}

/**
 * Browsers that are signed in. Their secrets are random; hashes of them are rows of main.db, so that a session outlives a restart: a wall
 * display must come back by itself. While main.db cannot be written, sessions are kept in memory.
 */
export class SignIns {
  readonly #clock: Clock
  readonly #log: Log
  readonly #sessions = new Map<string, Session>()
  readonly #connections = new Set<Connection>()
  readonly #rows
  /** Runs while something is open, which would not notice that its session is over. */
  #timer: Timer | null = null
  #wakesAt = Number.POSITIVE_INFINITY
  /** Ended, and still stored because the disk did not take it. */
  readonly #undeleted = new Set<string>()

  constructor({ clock, log, db }: { readonly clock: Clock; readonly log: Log; readonly db: Database }) {
    this.#clock = clock
    this.#log = log
    const fields = { kind: null, subject: null, madeAt: null, usedAt: null, address: null, browser: null }
    this.#rows = createEntryRows<Row>(db, 'sign_ins', fields, 'used_at')
    for (const { kind, subject, ...session } of this.#rows.all().entries)
      this.#sessions.set(session.id, { ...session, subject: { kind, id: subject }, notedAt: session.usedAt })
  }

  /** Begins a session. Returns the secret for its cookie. */
  open(subject: Subject, address: string, browser: string): string {
    const secret = randomBytes(32).toString('base64url')
    const now = this.#clock.now()
    const session: Session = { id: sha256(secret), subject, madeAt: now, usedAt: now, notedAt: null, address, browser: browser.slice(0, 200) }
    this.#note(session)
    this.#sessions.set(session.id, session)
    const [oldest] = this.#sessions.keys()
    const own = subject.kind === 'tokenFile' ? [] : [...this.#sessions.values()].filter((each) => isSameSubject(each.subject, subject))
    if (own.length > mostOfOne && own[0] !== undefined) this.end(own[0].id)
    else if (this.#sessions.size > mostSessions && oldest !== undefined) this.end(oldest)
    return secret
  }

  /** The session of a cookie's secret; null: it has ended, or there was none. `address`: where it is used now, which restarts its idle time. */
  find(secret: string, address?: string): Pick<Session, 'id' | 'subject'> | null {
    return secret.length > 100 ? null : this.use(sha256(secret), address)
  }

  /** The same by its id, for connections that stay open. */
  use(id: string, address?: string): Pick<Session, 'id' | 'subject'> | null {
    const session = this.#sessions.get(id)
    if (session === undefined) return null
    const now = this.#clock.now()
    if (this.#isOver(session, now)) {
      this.end(id)
      return null
    }
    session.usedAt = Math.max(session.usedAt, now)
    session.address = address ?? session.address
    // The last used stand last.
    this.#sessions.delete(id)
    this.#sessions.set(id, session)
    if (session.notedAt === null || now - session.notedAt > noteUseMs) this.#note(session)
    return session
  }

  /** Whether a session was begun within the last minutes, so that its browser is still with whoever signed in. */
  isFresh(id: string | undefined): boolean {
    const session = id === undefined ? undefined : this.#sessions.get(id)
    return session !== undefined && this.#clock.now() - session.madeAt < freshMs
  }

  end(id: string): void {
    const session = this.#sessions.get(id)
    if (session === undefined) return
    this.#sessions.delete(id)
    this.#undeleted.add(id)
    this.#store(() => {})
    for (const each of this.#connections) if (each.session === id) each.close('ended')
  }

  /** Whose session this is, without using it; null: it has ended. */
  subjectOf(id: string): Subject | null {
    return this.#sessions.get(id)?.subject ?? null
  }

  /** Ends all sessions and connections of somebody, but this one. */
  endAllOf(subject: Subject, except?: string): void {
    for (const { id, ...session } of [...this.#sessions.values()]) if (isSameSubject(session.subject, subject) && id !== except) this.end(id)
    for (const each of this.#connections) if (isSameSubject(each.subject, subject) && each.session === null) each.close('ended')
  }

  /** Closes all connections of somebody who may do other things than before: they are opened anew. */
  changed(subject: Subject): void {
    for (const each of this.#connections) if (isSameSubject(each.subject, subject)) each.close('changed')
  }

  /** Of one, or of everybody; the last used first. */
  list(subject?: Subject): readonly Session[] {
    const now = this.#clock.now()
    return [...this.#sessions.values()].filter((each) => !this.#isOver(each, now) && (subject === undefined || isSameSubject(each.subject, subject))).reverse()
  }

  /** Ends what was begun with a token of the token file, but for this one. */
  endOtherTokens(mark: string | null): void {
    const isOther = ({ kind, id }: Subject) => kind === 'tokenFile' && id !== mark
    for (const { id, subject } of [...this.#sessions.values()]) if (isOther(subject)) this.end(id)
    for (const each of this.#connections) if (isOther(each.subject)) each.close('ended')
  }

  /**
   * A connection that stays open, or something else that somebody has running, with what closes it, and when at the latest. Returns the function to
   * call when it has been closed.
   */
  connected(subject: Subject, session: string | null, close: (why: Ending) => void, until = Number.POSITIVE_INFINITY): () => void {
    const connection = { subject, session, close, until }
    this.#connections.add(connection)
    this.#wakeFor(connection)
    return () => {
      this.#connections.delete(connection)
      if (this.#connections.size === 0) this[Symbol.dispose]()
    }
  }

  [Symbol.dispose](): void {
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer)
    this.#timer = null
  }

  /** Ends the sessions that are over, and what is open for no longer. */
  #endDue(): void {
    this[Symbol.dispose]()
    const now = this.#clock.now()
    for (const session of [...this.#sessions.values()]) if (this.#isOver(session, now)) this.end(session.id)
    for (const connection of [...this.#connections]) {
      if (connection.until > now) continue
      this.#connections.delete(connection)
      connection.close('ended')
    }
    for (const connection of this.#connections) this.#wakeFor(connection)
  }

  #wakeFor({ session: id, until }: Connection): void {
    const session = id === null ? undefined : this.#sessions.get(id)
    const sessionEnd = session === undefined ? Number.POSITIVE_INFINITY : Math.min(session.usedAt + sessionIdleMs, session.madeAt + sessionLifeMs) + 1
    const now = this.#clock.now()
    const at = Math.min(now + lookMs, sessionEnd, until)
    if (this.#timer !== null && this.#wakesAt <= at) return
    this[Symbol.dispose]()
    this.#wakesAt = at
    this.#timer = this.#clock.setTimeout(() => this.#endDue(), Math.max(0, at - now))
  }

  #isOver({ madeAt, usedAt }: Session, now: number): boolean {
    return now - usedAt > sessionIdleMs || now - madeAt > sessionLifeMs
  }

  #note(session: Session): void {
    const { subject, notedAt: _, ...rest } = session
    if (this.#store(() => this.#rows.keep({ ...rest, kind: subject.kind, subject: subject.id }))) session.notedAt = session.usedAt
  }

  /** Whether it was written, with what is to be deleted yet. A full disk must not keep anybody from signing in. */
  #store(write: () => void): boolean {
    try {
      write()
      for (const each of this.#undeleted) this.#rows.remove(each)
      this.#undeleted.clear()
      return true
    } catch (error) {
      if (classifyStorageError(error) === null) throw error
      this.#log.warn({ error }, 'A session could not be stored; it lasts until this process ends')
      return false
    }
  }
}

/** As callers see it. */
export function shownSession({ id, subject, madeAt, usedAt, address, browser }: Session, name: string): SignInSession {
  return { id, accountId: subject.kind === 'account' ? subject.id : null, name, madeAt, usedAt, address, browser }
}
