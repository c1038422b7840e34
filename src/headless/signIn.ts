import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { type Clock, sleep } from '../clock/clock.ts'

/** A session that nobody used for so long is over: long enough for a wall of screens over a fortnight's holiday. */
export const sessionIdleMs = 14 * 24 * 3600_000
/** And after this long it is over whatever happens. */
export const sessionLifeMs = 90 * 24 * 3600_000
/** More sessions than people: the oldest goes. */
const mostSessions = 1000
/** Ended sessions that are remembered, so that they stay ended. */
const mostEnded = 10_000

/** The nth failed try of an address waits this long for its answer. */
export const failedTryDelayMs = (failures: number): number => Math.min(5000, 250 * 2 ** Math.min(10, failures - 1))
/** Tries of one address that may wait at once; more are turned away. */
const mostWaiting = 8
/** Failures are forgotten after this long. */
const forgetMs = 15 * 60_000
const mostAddresses = 10_000

export type TryOutcome = 'right' | 'wrong' | 'tooMany'

/**
 * Who may use the console: one token for scripts, exchanged by browsers for a session.
 *
 * 1. A token is compared in constant time, by its hash.
 * 2. Sessions are random, kept in memory as hashes, and expire. Their secret is signed with the token, so that a session outlives
 *    a restart of the engine: a wall of screens must come back by itself. Another token ends them all.
 * 3. A wrong token is answered late, the later the more often an address tried.
 */
export const createSignIn = ({ clock, token }: { readonly clock: Clock; readonly token: string }) => {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  const tokenHash = hash(token)
  const sessions = new Map<string, { readonly madeAt: number; usedAt: number; readonly onEnd: Set<() => void> }>()
  const ended = new Set<string>()
  const sign = (text: string) => createHmac('sha256', tokenHash).update(`session ${text}`).digest()
  const tries = new Map<string, { failures: number; at: number; waiting: number }>()

  /** Takes in a session of an earlier launch: signed by this token, not too old, not ended here. */
  const adopt = (id: string, key: string) => {
    const [random, madeText, mac] = id.split('.')
    if (random === undefined || madeText === undefined || mac === undefined || ended.has(key)) return undefined
    const given = Buffer.from(mac, 'base64url')
    const right = sign(`${random}.${madeText}`)
    if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined
    const age = Math.max(0, clock.now() - Number.parseInt(madeText, 36))
    if (!(age <= sessionLifeMs)) return undefined
    const now = clock.monotonic()
    const session = { madeAt: now - age, usedAt: now, onEnd: new Set<() => void>() }
    keep(key, session)
    return session
  }
  const keep = (key: string, session: { readonly madeAt: number; usedAt: number; readonly onEnd: Set<() => void> }) => {
    sessions.set(key, session)
    const [oldest] = sessions.keys()
    if (sessions.size > mostSessions && oldest !== undefined) end(oldest)
  }
  const find = (id: string) => {
    const key = hash(id).toString('hex')
    const session = sessions.get(key) ?? adopt(id, key)
    if (!session) return null
    const now = clock.monotonic()
    if (now - session.usedAt > sessionIdleMs || now - session.madeAt > sessionLifeMs) {
      end(key)
      return null
    }
    session.usedAt = now
    return session
  }
  const end = (key: string) => {
    const session = sessions.get(key)
    sessions.delete(key)
    ended.add(key)
    const [oldest] = ended
    if (ended.size > mostEnded && oldest !== undefined) ended.delete(oldest)
    for (const each of session?.onEnd ?? []) each()
  }

  return {
    /** Compares a token; a wrong one is answered late. `address` is who tries. */
    tryToken: async (given: string, address: string, signal: AbortSignal): Promise<TryOutcome> => {
      const now = clock.monotonic()
      const before = tries.get(address)
      if (before && before.waiting >= mostWaiting) return 'tooMany'
      if (timingSafeEqual(hash(given), tokenHash)) {
        tries.delete(address)
        return 'right'
      }
      const record = before && now - before.at < forgetMs ? before : { failures: 0, at: now, waiting: before?.waiting ?? 0 }
      tries.delete(address)
      tries.set(address, record)
      const [oldest] = tries.keys()
      if (tries.size > mostAddresses && oldest !== undefined) tries.delete(oldest)
      record.failures++
      record.at = now
      record.waiting++
      try {
        await sleep(clock, failedTryDelayMs(record.failures), signal)
      } catch {
        // He hung up: nobody waits for the answer.
      } finally {
        record.waiting--
      }
      return 'wrong'
    },
    /** Makes a session and returns the secret that the cookie carries. */
    open: (): string => {
      const named = `${randomBytes(24).toString('base64url')}.${clock.now().toString(36)}`
      const id = `${named}.${sign(named).toString('base64url')}`
      const now = clock.monotonic()
      keep(hash(id).toString('hex'), { madeAt: now, usedAt: now, onEnd: new Set() })
      return id
    },
    /** Whether the session is alive; using it keeps it so. */
    isOpen: (id: string): boolean => find(id) !== null,
    /** Calls back when the session ends; returns how to stop that. */
    onEnd: (id: string, listener: () => void): (() => void) => {
      const session = find(id)
      session?.onEnd.add(listener)
      return () => session?.onEnd.delete(listener)
    },
    close: (id: string): void => end(hash(id).toString('hex')),
  }
}
