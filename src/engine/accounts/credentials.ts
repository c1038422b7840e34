import { randomBytes, randomInt } from 'node:crypto'
import { hash as argon2Hash, verify as argon2Verify } from '@node-rs/argon2'
import { Secret, TOTP } from 'otpauth'
import { type Clock, doublingMs } from '../../clock/clock.ts'
import { accountLimits, passwordLimits } from '../../shared/accounts.ts'
import { sha256 } from '../sha256.ts'

/** Passwords that are hashed at once. Each takes 19 MiB, and some 30 ms of a core beside the engine's thread. */
const mostHashedAtOnce = 2
/** Passwords that may wait for it. */
const mostWaiting = 256

/**
 * Hashes passwords with Argon2id, few at once.
 *
 * 1. Whoever waits stands in a lane, and lanes take turns: one sender that tries a thousand passwords delays others by one hash.
 * 2. Beyond `mostWaiting` the oldest of the longest lane gives way.
 */
export class PasswordHashing {
  readonly #lanes = new Map<string, ((isTurn: boolean) => void)[]>()
  #waiting = 0
  #running = 0
  #dummy: Promise<string> | null = null

  /** null: too many wait. */
  hash(password: string, lane = ''): Promise<string | null> {
    return this.#inTurn(lane, () => argon2Hash(plain(password)))
  }

  /** `known` null: there is no such account, which takes as long as a wrong password. null: too many wait. */
  async isRight(known: string | null, password: string, lane: string): Promise<boolean | null> {
    this.#dummy ??= argon2Hash(randomBytes(16))
    const dummy = await this.#dummy
    const right = await this.#inTurn(lane, () => argon2Verify(known ?? dummy, plain(password)))
    return right === null ? null : right && known !== null && password.length <= passwordLimits[1]
  }

  async #inTurn<Answer>(lane: string, work: () => Promise<Answer>): Promise<Answer | null> {
    if (this.#running < mostHashedAtOnce) this.#running++
    else if (!(await this.#wait(lane))) return null
    try {
      return await work()
    } finally {
      this.#next()
    }
  }

  #wait(lane: string): Promise<boolean> {
    return new Promise((resolve) => {
      if (this.#waiting >= mostWaiting) this.#giveWay()
      const queue = this.#lanes.get(lane) ?? []
      this.#lanes.set(lane, [...queue, resolve])
      this.#waiting++
    })
  }

  #giveWay(): void {
    const longest = [...this.#lanes].reduce((most, each) => (each[1].length > most[1].length ? each : most))
    this.#takeFrom(longest)?.(false)
  }

  #next(): void {
    const [first] = this.#lanes
    const turn = first && this.#takeFrom(first)
    if (turn) turn(true)
    else this.#running--
  }

  /** The rest of the lane goes behind the others. */
  #takeFrom([lane, [oldest, ...others]]: readonly [string, readonly ((isTurn: boolean) => void)[]]): ((isTurn: boolean) => void) | undefined {
    this.#lanes.delete(lane)
    if (others.length > 0) this.#lanes.set(lane, others)
    this.#waiting--
    return oldest
  }
}

/** The same characters, whichever way a keyboard composes them; longer ones than can be set are cut. */
const plain = (password: string): string => password.slice(0, passwordLimits[1] + 1).normalize('NFKC')

/** A password to be told to somebody: 100 bits, without letters that look alike. */
export function newPassword(): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789'
  return Array.from({ length: 4 }, () => Array.from({ length: 5 }, () => letters[randomInt(letters.length)]).join('')).join('-')
}

/** Wrong tries before the first wait, the first and the longest wait, and when wrong tries are forgotten. */
const [freeTries, firstWaitMs, usualLongestWaitMs, forgottenMs] = [5, 30_000, 15 * 60_000, 24 * 3_600_000]
const mostGuessed = 10_000

/** Whether a password is right, or why it was not looked at: too many are being checked, or it was guessed wrong too often. */
export type Tried = boolean | 'BUSY' | 'MUST_WAIT'

/** How often something that can be guessed was guessed wrong: each further time makes the wait longer in which no try is looked at. */
export class Guesses {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #longestWaitMs: number
  readonly #wrong = new Map<string, { readonly count: number; readonly at: number; readonly until: number }>()

  constructor(clock: Pick<Clock, 'monotonic'>, longestWaitMs = usualLongestWaitMs) {
    this.#clock = clock
    this.#longestWaitMs = longestWaitMs
  }

  mustWait(key: string): boolean {
    return (this.#wrong.get(key)?.until ?? 0) > this.#clock.monotonic()
  }
  /** What `check` says of a try, which counts. */
  async check(key: string, check: () => Promise<boolean | null>): Promise<Tried> {
    if (this.mustWait(key)) return 'MUST_WAIT'
    const isRight = await check()
    if (isRight === null) return 'BUSY'
    // Others were tried meanwhile.
    if (this.mustWait(key)) return 'MUST_WAIT'
    this.tried(key, isRight)
    return isRight
  }
  /** Notes a try that was looked at. */
  tried(key: string, isRight: boolean): void {
    const before = this.#wrong.get(key)
    this.#wrong.delete(key)
    if (isRight) return
    const at = this.#clock.monotonic()
    const count = (before !== undefined && at - before.at < forgottenMs ? before.count : 0) + 1
    const until = count < freeTries ? 0 : at + doublingMs(count - freeTries + 1, firstWaitMs, this.#longestWaitMs)
    this.#wrong.set(key, { count, at, until })
    const [oldest] = this.#wrong.keys()
    if (this.#wrong.size > mostGuessed && oldest !== undefined) this.#wrong.delete(oldest)
  }
}

const stepMs = 30_000

function totpOf(secret: string, name: string): TOTP {
  return new TOTP({ issuer: 'mtxdeck', label: name, secret: Secret.fromBase32(secret), period: stepMs / 1000, digits: 6, algorithm: 'SHA1' })
}

/** A new secret for one-time codes, with the address that an app reads from a QR code. */
export function newTotp(name: string): { readonly secret: string; readonly uri: string } {
  const secret = new Secret({ size: 20 }).base32
  return { secret, uri: totpOf(secret, name).toString() }
}

/** The time step of a code, the present one or one beside it; null: the code is wrong, or of `lastStep` or earlier. */
export function stepOfCode(secret: string, code: string, now: number, lastStep: number): number | null {
  if (!/^\d{6}$/.test(code)) return null
  const delta = totpOf(secret, '').validate({ token: code, timestamp: now, window: 1 })
  if (delta === null) return null
  const step = Math.floor(now / stepMs) + delta
  return step > lastStep ? step : null
}

/** Codes as they are written down, 80 bits each. */
export function newRecoveryCodes(): readonly string[] {
  return Array.from({ length: accountLimits.recoveryCodes }, () => new Secret({ size: 10 }).base32.toLowerCase().replace(/(.{4})(?=.)/g, '$1-'))
}
/** What is kept of one, however it is typed. */
export function recoveryHash(typed: string): string {
  return sha256(`recovery ${typed.replace(/[\s-]/g, '').toLowerCase()}`)
}
