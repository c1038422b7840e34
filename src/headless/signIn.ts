import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { type Clock, sleep } from '../clock/clock.ts'

/** A session that nobody used for so long is over: long enough for a wall of screens over a fortnight's holiday. */
export const sessionIdleMs = 14 * 24 * 3600_000
/** And after this long it is over whatever happens. */
export const sessionLifeMs = 90 * 24 * 3600_000
/** More sessions than people: the oldest goes. */
const mostSessions = 1000

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
 * 2. Sessions are random, live in memory only, as hashes, and expire.
 * 3. A wrong token is answered late, the later the more often an address tried.
 */
export const createSignIn = ({ clock, token }: { readonly clock: Clock; readonly token: string }) => {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  const tokenHash = hash(token)
  const sessions = new Map<string, { readonly madeAt: number; usedAt: number; readonly onEnd: Set<() => void> }>()
  const tries = new Map<string, { failures: number; at: number; waiting: number }>()

  const find = (id: string) => {
    const key = hash(id).toString('hex')
    const session = sessions.get(key)
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
      const id = randomBytes(32).toString('base64url')
      const now = clock.monotonic()
      sessions.set(hash(id).toString('hex'), { madeAt: now, usedAt: now, onEnd: new Set() })
      const [oldest] = sessions.keys()
      if (sessions.size > mostSessions && oldest !== undefined) end(oldest)
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
