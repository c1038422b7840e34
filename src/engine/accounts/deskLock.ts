import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import type { Clock } from '../../clock/clock.ts'
import type { DeskLockState, LockChange } from '../../shared/accounts.ts'
import type { Operator } from '../../shared/permissions.ts'
import { storedJson } from '../storage/storedJson.ts'
import { Guesses, type PasswordHashing, type Tried } from './credentials.ts'

const storedSchema = z.object({ password: z.string(), afterMinutes: z.number().nullable() })
const key = 'deskLock'
/** A passer-by who guesses must not keep the operator from what he has to do. */
const longestWaitMs = 60_000

/**
 * The lock of a desktop that runs its own engine. While it is locked, whoever sits there sees everything and changes nothing. It starts locked, so that
 * ending the app opens nothing. It is no protection from somebody who can write the data folder.
 */
export class DeskLock {
  readonly #db: Database
  readonly #hashing: PasswordHashing
  readonly #guesses: Guesses
  #stored: z.infer<typeof storedSchema> | null
  #isLocked: boolean

  constructor({ db, clock }: { readonly db: Database; readonly clock: Clock }, hashing: PasswordHashing) {
    this.#db = db
    this.#hashing = hashing
    this.#guesses = new Guesses(clock, longestWaitMs)
    const row = db.prepare<[string], { readonly value: string }>('SELECT value FROM settings WHERE key = ?').get(key)
    // One that cannot be read is none: no password would ever open it.
    this.#stored = row === undefined ? null : (storedSchema.safeParse(storedJson(row.value)).data ?? null)
    this.#isLocked = this.#stored !== null
  }

  get state(): DeskLockState {
    return { isSet: this.#stored !== null, isLocked: this.#isLocked, afterMinutes: this.#stored?.afterMinutes ?? null }
  }

  /** What somebody at the desk may do now. */
  operatorNow(operator: Operator): Operator {
    return this.#isLocked ? { ...operator, isLocked: true } : operator
  }

  /** False if no password is set. */
  lock(): boolean {
    this.#isLocked = this.#stored !== null
    return this.#isLocked
  }

  async unlock(password: string): Promise<Tried> {
    const isRight = await this.#isPassword(password)
    if (isRight === true) this.#isLocked = false
    return isRight
  }

  /** `current`: the present password, if one is set. */
  async set({ current, password, afterMinutes }: LockChange): Promise<Tried> {
    const isRight = await this.#isPassword(current)
    if (isRight !== true) return isRight
    if (password === null) this.remove()
    else {
      const hash = password === undefined ? this.#stored?.password : await this.#hashing.hash(password, key)
      if (hash === null) return 'BUSY'
      if (hash !== undefined) this.#keep({ password: hash, afterMinutes })
    }
    return true
  }

  /** Takes the lock away, without its password. False: there was none. */
  remove(): boolean {
    const { changes } = this.#db.prepare('DELETE FROM settings WHERE key = ?').run(key)
    this.#stored = null
    this.#isLocked = false
    return changes > 0
  }

  #keep(stored: z.infer<typeof storedSchema>): void {
    this.#db.prepare('INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)').run(key, JSON.stringify(stored))
    this.#stored = stored
  }

  async #isPassword(password: string): Promise<Tried> {
    const known = this.#stored?.password
    return known === undefined ? true : this.#guesses.check(key, () => this.#hashing.isRight(known, password, key))
  }
}
