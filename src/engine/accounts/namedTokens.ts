import { randomBytes, randomUUID } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import type { Clock } from '../../clock/clock.ts'
import { accountLimits, consoleOf, type NamedToken, type NamedTokenInput, namedTokenInputSchema, permissionOf } from '../../shared/accounts.ts'
import { type Operator, ownsNothing } from '../../shared/permissions.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { isUseNoted } from '../../shared/time.ts'
import type { Log } from '../ports.ts'
import { sha256 } from '../sha256.ts'
import { createEntryRows } from '../storage/entryRows.ts'
import { attemptWrite } from '../storage/storageTrouble.ts'
import type { SignIns } from './signIns.ts'

interface StoredToken {
  readonly id: string
  readonly input: NamedTokenInput
  readonly hash: string
  readonly createdAt: number
  readonly by: string
  readonly rotatedAt: number | null
  readonly lastUsedAt: number | null
}
/** A token with its secret, which is shown this once. */
interface MadeToken {
  readonly token: NamedToken
  readonly secret: string
}

/** Named tokens for scripts, as rows of main.db: 256 random bits each, of which the hash is kept. */
export class NamedTokens {
  readonly #clock: Clock
  readonly #signIns: SignIns
  readonly #byId = new Map<string, StoredToken>()
  readonly #rows

  constructor({ clock, log, db }: { readonly clock: Clock; readonly log: Log; readonly db: Database }, signIns: SignIns) {
    this.#clock = clock
    this.#signIns = signIns
    const fields = { input: namedTokenInputSchema, hash: null, createdAt: null, by: null, rotatedAt: null, lastUsedAt: null }
    this.#rows = createEntryRows<StoredToken>(db, 'named_tokens', fields, 'created_at')
    const { entries, unreadable } = this.#rows.all()
    for (const token of entries) this.#byId.set(token.id, token)
    for (const id of unreadable) log.error({ id }, 'A named token cannot be read: it admits nobody')
  }

  list(): readonly NamedToken[] {
    return [...this.#byId.values()].map(shown)
  }

  /** The id of a token; null: there is none, or it has ended. */
  idOf(secret: string): string | null {
    if (!secret.startsWith('mtx_') || secret.length > 100) return null
    const hash = sha256(secret)
    const token = [...this.#byId.values()].find((each) => each.hash === hash)
    if (token === undefined || this.#hasEnded(token)) return null
    const now = this.#clock.now()
    const used = { ...token, lastUsedAt: now }
    this.#byId.set(token.id, used)
    if (!isUseNoted(token.lastUsedAt, now)) attemptWrite(() => this.#rows.keep(used))
    return token.id
  }

  /** Who a token stands for now; null: it is gone, has ended, or has another secret than it had `at`. */
  operatorOf(id: string, at = Number.POSITIVE_INFINITY): Operator | null {
    const token = this.#byId.get(id)
    if (token === undefined || this.#hasEnded(token) || (token.rotatedAt ?? 0) > at) return null
    const { name, role, limit } = token.input
    return { id: operatorIdOfToken(id), name, role, permission: permissionOf(token.input), limit, owns: ownsNothing }
  }

  get(id: string): NamedToken | null {
    const token = this.#byId.get(id)
    return token === undefined ? null : shown(token)
  }

  add(input: NamedTokenInput, by: string): Result<MadeToken, 'NAME_TAKEN' | 'TOO_MANY'> {
    if (this.#byId.size >= accountLimits.tokens) return err('TOO_MANY')
    if ([...this.#byId.values()].some((each) => each.input.name.toLowerCase() === input.name.toLowerCase())) return err('NAME_TAKEN')
    return ok(this.#keep({ id: randomUUID(), input, createdAt: this.#clock.now(), by, rotatedAt: null, lastUsedAt: null }))
  }

  /** A new secret; what was opened with the old one is closed. */
  rotate(id: string): Result<MadeToken, 'NOT_FOUND'> {
    const token = this.#byId.get(id)
    if (token === undefined) return err('NOT_FOUND')
    const made = this.#keep({ ...token, rotatedAt: this.#clock.now() })
    this.#signIns.endAllOf({ kind: 'token', id })
    return ok(made)
  }

  remove(id: string): Result<void, 'NOT_FOUND'> {
    if (!this.#byId.has(id)) return err('NOT_FOUND')
    this.#rows.remove(id)
    this.#byId.delete(id)
    this.#signIns.endAllOf({ kind: 'token', id })
    return ok(undefined)
  }

  #hasEnded({ input: { expiresAt } }: StoredToken): boolean {
    return expiresAt !== null && expiresAt <= this.#clock.now()
  }

  #keep(token: Omit<StoredToken, 'hash'>): MadeToken {
    const secret = `mtx_${randomBytes(32).toString('base64url')}`
    const kept = { ...token, hash: sha256(secret) }
    this.#rows.keep(kept)
    this.#byId.set(token.id, kept)
    return { token: shown(kept), secret }
  }
}

const mark = 'token:'
export function operatorIdOfToken(id: string): string {
  return `${mark}${id}`
}
/** The token that an operator of this id has; null: he has none. */
export function tokenIdOf(operatorId: string): string | null {
  return operatorId.startsWith(mark) ? operatorId.slice(mark.length) : null
}

function shown({ hash: _, input, ...token }: StoredToken): NamedToken {
  return { ...token, ...input, console: consoleOf(input) }
}
