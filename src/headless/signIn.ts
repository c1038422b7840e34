import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { type Clock, doublingMs, sleep } from '../clock/clock.ts'
import { senderKey } from '../configuration/clientAddress.ts'
import type { Log } from '../engine/ports.ts'

/** A session ends when it was not used for this long, which covers a wall display during a fortnight's holiday. */
export const sessionIdleMs = 14 * 24 * 3600_000
/** A session always ends after this long. */
export const sessionLifeMs = 90 * 24 * 3600_000
/** Beyond this many sessions the oldest is removed. */
const mostSessions = 1000
/** Most ended sessions that are remembered, so that they stay ended. */
const mostEnded = 10_000

/** The nth failed try of a sender waits this long for its answer. */
export function failedTryDelayMs(failures: number): number {
  return doublingMs(failures, 250, 5000)
}
/** Most failed tries of one sender that may wait at once; more are refused. */
const mostWaiting = 8
/** Failures are forgotten after this long. */
const forgetMs = 15 * 60_000
const mostAddresses = 10_000
/** Most lines a minute that the log gets of refused sign-ins, of all senders together. */
const mostLinesPerMinute = 10

export type TryOutcome = 'right' | 'wrong' | 'tooMany'

interface Session {
  readonly madeAt: number
  usedAt: number
  readonly onEnd: Set<() => void>
}

export interface SignInOptions {
  readonly clock: Clock
  readonly log: Log
  readonly token: string
  /** File with the hashes of ended sessions, so that they stay ended after a restart. Left out: they are remembered until this process ends. */
  readonly endedFile?: string
}

/** Reads the keys of the newest ended sessions. */
function readEnded(file: string): readonly string[] {
  if (!existsSync(file)) return []
  const all = readFileSync(file, 'utf8').split('\n').filter(Boolean)
  if (all.length > mostEnded) writeFileSync(file, `${all.slice(-mostEnded).join('\n')}\n`, { mode: 0o600 })
  return all.slice(-mostEnded)
}

/**
 * Signs in to the console: one token for scripts, which browsers exchange for a session.
 *
 * 1. A token is compared in constant time, by its hash.
 * 2. Sessions are random, kept in memory as hashes, and expire. Their secret is signed with the token, so that a session outlives
 *    a restart of the engine, because a wall display must come back by itself. Changing the token ends all sessions; signing out ends one for good.
 * 3. The right token is accepted at once, whatever else comes from the same address. A wrong one is answered late, the later the
 *    more often its sender tried. That only slows guessing down; the length of the token is what prevents it.
 */
export function createSignIn({ clock, log, token, endedFile }: SignInOptions) {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  const tokenHash = hash(token)
  const sessions = new Map<string, Session>()
  const ended = new Set(endedFile === undefined ? [] : readEnded(endedFile))
  const sign = (text: string) => createHmac('sha256', tokenHash).update(`session ${text}`).digest()
  const tries = new Map<string, { failures: number; at: number; waitingUntil: readonly number[] }>()

  /** The session of a cookie's secret, if this token signed it. The key is derived from the signed part, because a signature has many spellings. */
  const verify = (id: string): { readonly key: string; readonly madeAt: number } | null => {
    const [random, madeText, mac, more] = id.split('.')
    if (random === undefined || madeText === undefined || mac === undefined || more !== undefined) return null
    const named = `${random}.${madeText}`
    const given = Buffer.from(mac, 'base64url')
    const right = sign(named)
    if (given.length !== right.length || !timingSafeEqual(given, right)) return null
    return { key: hash(named).toString('hex'), madeAt: Number.parseInt(madeText, 36) }
  }
  /** Accepts a session of an earlier launch if it is not too old and was not ended. */
  const adopt = (key: string, madeAt: number) => {
    const age = Math.max(0, clock.now() - madeAt)
    if (ended.has(key) || !(age <= sessionLifeMs)) return undefined
    const now = clock.monotonic()
    const session = { madeAt: now - age, usedAt: now, onEnd: new Set<() => void>() }
    keep(key, session)
    return session
  }
  const keep = (key: string, session: Session) => {
    sessions.set(key, session)
    const [oldest] = sessions.keys()
    if (sessions.size > mostSessions && oldest !== undefined) end(oldest)
  }
  const find = (id: string) => {
    const verified = verify(id)
    if (!verified) return null
    const { key, madeAt } = verified
    const session = sessions.get(key) ?? adopt(key, madeAt)
    if (!session) return null
    const now = clock.monotonic()
    if (now - session.usedAt > sessionIdleMs || now - session.madeAt > sessionLifeMs) {
      end(key)
      return null
    }
    session.usedAt = now
    return { key, session }
  }
  const end = (key: string) => {
    const session = sessions.get(key)
    sessions.delete(key)
    ended.add(key)
    const [oldest] = ended
    if (ended.size > mostEnded && oldest !== undefined) ended.delete(oldest)
    for (const each of session?.onEnd ?? []) each()
    if (endedFile !== undefined) appendFileSync(endedFile, `${key}\n`, { mode: 0o600 })
  }

  let minute = { since: 0, lines: 0 }
  let notLogged = 0
  const logRefused = (address: string, failures: number, now: number) => {
    if (now - minute.since >= 60_000) minute = { since: now, lines: 0 }
    if (minute.lines >= mostLinesPerMinute) {
      notLogged++
      return
    }
    minute.lines++
    log.warn({ address, failures, ...(notLogged > 0 && { notLogged }) }, 'A sign-in was refused')
    notLogged = 0
  }

  return {
    /** Compares a token; a wrong one is answered late. `address` is the sender's. */
    tryToken: async (given: string, address: string, signal: AbortSignal): Promise<TryOutcome> => {
      // Checked before anything is counted, because behind a proxy all users may have one address.
      if (timingSafeEqual(hash(given), tokenHash)) return 'right'
      const now = clock.monotonic()
      const sender = senderKey(address)
      const before = tries.get(sender)
      const waitingUntil = (before?.waitingUntil ?? []).filter((until) => until > now)
      if (waitingUntil.length >= mostWaiting) return 'tooMany'
      const failures = (before && now - before.at < forgetMs ? before.failures : 0) + 1
      const delayMs = failedTryDelayMs(failures)
      // The 1st, 2nd, 4th, 8th … one of a sender, and a few a minute of all, so that a flood of them does not fill the log.
      if (Number.isInteger(Math.log2(failures))) logRefused(address, failures, now)
      tries.delete(sender)
      // A sender that hangs up keeps its place for the whole delay: not waiting for answers must not speed up guessing.
      tries.set(sender, { failures, at: now, waitingUntil: [...waitingUntil, now + delayMs] })
      const [oldest] = tries.keys()
      if (tries.size > mostAddresses && oldest !== undefined) tries.delete(oldest)
      // An error means that the sender hung up and does not wait for the answer.
      await sleep(clock, delayMs, signal).catch(() => {})
      return 'wrong'
    },
    /** Creates a session and returns the secret for its cookie. */
    open: (): string => {
      const named = `${randomBytes(24).toString('base64url')}.${clock.now().toString(36)}`
      const now = clock.monotonic()
      keep(hash(named).toString('hex'), { madeAt: now, usedAt: now, onEnd: new Set() })
      return `${named}.${sign(named).toString('base64url')}`
    },
    /** Whether the session is open. Also restarts its idle time. */
    isOpen: (id: string): boolean => find(id) !== null,
    /** Calls `listener` when the session ends. Returns the unsubscribe function. */
    onEnd: (id: string, listener: () => void): (() => void) => {
      const found = find(id)
      found?.session.onEnd.add(listener)
      return () => found?.session.onEnd.delete(listener)
    },
    /** Ends a session. Does nothing for an invalid id. */
    close: (id: string): void => {
      const found = find(id)
      if (found) end(found.key)
    },
  }
}
