import { randomUUID } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import type { Clock } from '../../clock/clock.ts'
import { type Account, type AccountInput, accountInputSchema, accountLimits, consoleOf, permissionOf } from '../../shared/accounts.ts'
import { type Caller, type Operator, soleOperator } from '../../shared/permissions.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { Log } from '../ports.ts'
import type { SecretBox } from '../servers/secretBox.ts'
import { createEntryRows } from '../storage/entryRows.ts'
import { attemptWrite } from '../storage/storageTrouble.ts'
import { Audit } from './audit.ts'
import { Guesses, newRecoveryCodes, newTotp, PasswordHashing, recoveryHash, stepOfCode, type Tried } from './credentials.ts'
import { DeskLock } from './deskLock.ts'
import { NamedTokens, tokenIdOf } from './namedTokens.ts'
import { Oidc, type OidcSettings } from './oidc.ts'
import { Passkeys } from './passkeys.ts'
import { type Ending, SignIns, type Subject } from './signIns.ts'
import { Tickets } from './tickets.ts'

interface PeopleDeps {
  readonly clock: Clock
  readonly log: Log
  readonly db: Database
  /** Seals the secrets of one-time codes; null: this console can't keep secrets. */
  readonly box: SecretBox | null
  /** The provider that people sign in with too; left out: there is none. */
  readonly oidc?: OidcSettings | null
}

/** Who signs in, with what, since when, and what was done. */
export function openPeople(deps: PeopleDeps) {
  const signIns = new SignIns(deps)
  const hashing = new PasswordHashing()
  const accounts = new Accounts(deps, signIns, hashing)
  const deskLock = new DeskLock(deps, hashing)
  const audit = new Audit(deps)
  const tickets = new Tickets(deps.clock)
  const tokens = new NamedTokens(deps, signIns)
  /** Who an operator of this id is now; null: nobody any more. `at`: when he did something with a token, which may have been replaced since. */
  const operatorOf = (id: string, at?: number): Operator | null => {
    if (id === soleOperator.id) return accounts.tokenFileAdmits ? soleOperator : null
    const tokenId = tokenIdOf(id)
    return tokenId === null ? accounts.operatorOf(id) : tokens.operatorOf(tokenId, at)
  }
  const connected = (subject: Subject, session: string | null, close: (why: Ending) => void, until = Number.POSITIVE_INFINITY): (() => void) => {
    const tokenEnd = subject.kind === 'token' ? tokens.get(subject.id)?.expiresAt : null
    return signIns.connected(subject, session, close, Math.min(until, tokenEnd ?? Number.POSITIVE_INFINITY))
  }
  /** Whose sign-in it is that came without a session: with a token, or an account handed something out. */
  const subjectWithout = (id: string): Subject => {
    if (id === soleOperator.id) return { kind: 'tokenFile', id: '' }
    const tokenId = tokenIdOf(id)
    return tokenId === null ? { kind: 'account', id } : { kind: 'token', id: tokenId }
  }
  const passkeys = new Passkeys(deps, tickets)
  const unlink = deps.db.prepare('DELETE FROM provider_people WHERE account = ?')
  /** Takes the provider from an account, and those that were configured before. */
  const removeProvider = (accountId: string): void => void unlink.run(accountId)
  return {
    operatorOf,
    /** Whether an account or token of this operator's id is there, whatever it may do. */
    isKnown: (id: string): boolean => {
      const { kind, id: of } = subjectWithout(id)
      return kind === 'tokenFile' || (kind === 'token' ? tokens.get(of) : accounts.get(of)) !== null
    },
    /** Takes the ways of signing in beside the password from an account. */
    removeOtherWays: (accountId: string): void => {
      passkeys.removeAllOf(accountId)
      removeProvider(accountId)
    },
    removeProvider,
    deskLock,
    /** A connection that stays open. Calls `close` when it has to be closed; returns the function to call when it is. */
    connected,
    /**
     * What somebody has running beside connections, such as a picture. Calls `review` with who he is then when he may do other things than before, and
     * with null when the sign-in by which it was begun has ended, other sign-ins of his notwithstanding, or at `until`. Returns the function to call when it has ended.
     */
    running: ({ id, session }: Caller, review: (now: Operator | null) => void, until?: number): (() => void) => {
      const subject = session === undefined ? subjectWithout(id) : signIns.subjectOf(session)
      if (subject !== null) return connected(subject, session ?? null, (why) => review(why === 'ended' ? null : operatorOf(id)), until)
      // It ended while this was begun.
      review(null)
      return () => {}
    },
    accounts,
    passkeys,
    /** null: no provider is configured. */
    oidc: deps.oidc ? new Oidc(deps, deps.oidc, accounts, tickets, signIns) : null,
    signIns,
    audit,
    tokens,
    [Symbol.dispose]: () => {
      signIns[Symbol.dispose]()
      audit[Symbol.dispose]()
    },
  }
}
export type People = ReturnType<typeof openPeople>

interface StoredAccount {
  readonly id: string
  readonly input: AccountInput
  /** Argon2id, in the PHC form; '': none, which no password matches. */
  readonly password: string
  /** Sealed secret of one-time codes; null: they are off. */
  readonly totp: Uint8Array | null
  /** Time step of the last code that was used. */
  readonly totpStep: number
  /** Hashes of the recovery codes that are left. */
  readonly recovery: readonly string[]
  readonly createdAt: number
  readonly lastSignInAt: number | null
  readonly revision: number
}

/** What a sign-in says of itself. `lane`: those of one lane wait for each other (`PasswordHashing`). `from`: the sender's address. */
export interface SignInTry {
  readonly name: string
  readonly password: string
  readonly code: string
  readonly lane: string
  readonly from: string
}
/** `mustWait`: the password is right, and so many codes were wrong that none is looked at for a while. */
export type Checked = { readonly is: 'right'; readonly id: string } | { readonly is: 'wrong' | 'mustWait' | 'codeNeeded' | 'busy' }

/** A secret that was made and not confirmed by a code yet is forgotten after this long. */
const unconfirmedMs = 15 * 60_000
const keyOf = (name: string): string => name.normalize('NFKC').toLowerCase()
const isActiveAdministrator = ({ input: { role, disabled } }: StoredAccount): boolean => role === 'administrator' && !disabled

/** Accounts as rows of main.db, all of them in memory: signing in needs no disk. */
export class Accounts {
  readonly #clock: Clock
  readonly #box: SecretBox | null
  readonly #signIns: SignIns
  readonly #rows
  readonly #hashing: PasswordHashing
  readonly #byId = new Map<string, StoredAccount>()
  #isTokenFileOff: boolean
  /** Secrets of one-time codes that wait for their first code. */
  readonly #unconfirmed = new Map<string, { readonly secret: string; readonly at: number }>()
  readonly #guesses: Guesses

  constructor({ clock, log, db, box }: PeopleDeps, signIns: SignIns, hashing: PasswordHashing) {
    this.#hashing = hashing
    this.#clock = clock
    this.#box = box
    this.#guesses = new Guesses(clock)
    this.#signIns = signIns
    this.#rows = createAccountRows(db)
    this.#isTokenFileOff = this.#rows.isTokenFileOff()
    const { entries, unreadable } = this.#rows.all()
    if (unreadable.length > 0) log.error({ accounts: unreadable.length }, 'Some accounts cannot be read: they cannot sign in')
    for (const account of entries) this.#byId.set(account.id, account)
  }

  get any(): boolean {
    return this.#byId.size > 0
  }

  /** Whether the token of the token file still admits: as long as nobody signs in by name it does. */
  get tokenFileAdmits(): boolean {
    return !(this.any && this.#isTokenFileOff)
  }
  keepTokenFile(admits: boolean): void {
    this.#rows.keepTokenFileOff(!admits)
    this.#isTokenFileOff = !admits
    if (!this.tokenFileAdmits) this.#signIns.endOtherTokens(null)
  }

  list(): readonly Account[] {
    return [...this.#byId.values()].map(shown).sort((a, b) => a.name.localeCompare(b.name))
  }

  /** An account as it was entered; null: there is none. */
  inputOf(id: string): AccountInput | null {
    return this.#byId.get(id)?.input ?? null
  }

  get(id: string): Account | null {
    const account = this.#byId.get(id)
    return account === undefined ? null : shown(account)
  }

  /** The sign-in name of an account; null: it is gone. */
  nameOf = (id: string): string | null => this.#byId.get(id)?.input.name ?? null
  idOf = (name: string): string | null => this.#named(name)?.id ?? null
  /** What an account owns cameras by; null: it is gone. */
  ownsOf = (id: string): Operator['owns'] | null => {
    const account = this.#byId.get(id)
    return account === undefined ? null : { accountId: id, groups: account.input.groups }
  }
  /** All groups that an account is in, by name. */
  groups = (): readonly string[] => [...new Set([...this.#byId.values()].flatMap(({ input }) => input.groups))].sort((a, b) => a.localeCompare(b))

  /** Who an account is now; null: it is gone or disabled. */
  operatorOf(id: string): Operator | null {
    const account = this.#byId.get(id)
    if (account === undefined || account.input.disabled) return null
    const { name, role, limit, groups } = account.input
    return { id, name, role, permission: permissionOf(account.input), limit, owns: { accountId: id, groups } }
  }

  recoveryCodesLeft(id: string): number {
    return this.#byId.get(id)?.recovery.length ?? 0
  }

  /** `password` null: it signs in by other ways. */
  async add(input: AccountInput, password: string | null): Promise<Result<Account, 'NAME_TAKEN' | 'TOO_MANY' | 'FIRST' | 'BUSY'>> {
    const refusal = () => {
      if (this.#named(input.name) !== undefined) return 'NAME_TAKEN'
      if (this.#byId.size >= accountLimits.accounts) return 'TOO_MANY'
      return !this.any && (input.role !== 'administrator' || input.disabled) ? 'FIRST' : null
    }
    // Asked again afterwards, because others are added meanwhile.
    const before = refusal()
    if (before !== null) return err(before)
    const hashed = password === null ? '' : await this.#hashing.hash(password)
    if (hashed === null) return err('BUSY')
    const after = refusal()
    if (after !== null) return err(after)
    const made = { id: randomUUID(), input, password: hashed, totp: null, totpStep: 0, recovery: [], lastSignInAt: null, revision: 1 }
    return ok(shown(this.#keep({ ...made, createdAt: this.#clock.now() })))
  }

  update(id: string, input: AccountInput, revision?: number): Result<Account, 'NOT_FOUND' | 'NAME_TAKEN' | 'LAST_ADMINISTRATOR' | 'CONFLICT'> {
    const before = this.#byId.get(id)
    if (before === undefined) return err('NOT_FOUND')
    if (revision !== undefined && revision !== before.revision) return err('CONFLICT')
    const same = this.#named(input.name)
    if (same !== undefined && same.id !== id) return err('NAME_TAKEN')
    const after = { ...before, input, revision: before.revision + 1 }
    if (!isActiveAdministrator(after) && this.#isLastAdministrator(before)) return err('LAST_ADMINISTRATOR')
    this.#keep(after)
    if (input.disabled) this.#signIns.endAllOf({ kind: 'account', id })
    else this.#signIns.changed({ kind: 'account', id })
    return ok(shown(after))
  }

  remove(id: string): Result<void, 'NOT_FOUND' | 'LAST_ADMINISTRATOR'> {
    const account = this.#byId.get(id)
    if (account === undefined) return err('NOT_FOUND')
    if (this.#isLastAdministrator(account)) return err('LAST_ADMINISTRATOR')
    this.#rows.remove(id)
    this.#byId.delete(id)
    this.#unconfirmed.delete(id)
    this.#signIns.endAllOf({ kind: 'account', id })
    return ok(undefined)
  }

  async setPassword(
    id: string,
    password: string,
    { removeTotp = false, enable = false, keptSession }: { readonly removeTotp?: boolean; readonly enable?: boolean; readonly keptSession?: string } = {},
  ): Promise<Result<void, 'NOT_FOUND' | 'BUSY'>> {
    const hashed = await this.#hashing.hash(password)
    if (hashed === null) return err('BUSY')
    const before = this.#byId.get(id)
    if (before === undefined) return err('NOT_FOUND')
    const input = enable ? { ...before.input, disabled: false } : before.input
    this.#keep({ ...before, input, password: hashed, revision: before.revision + 1, ...(removeTotp && withoutTotp) })
    this.#signIns.endAllOf({ kind: 'account', id }, keptSession)
    return ok(undefined)
  }

  /** Checks a name with its password, and where it has them with a one-time or recovery code. Unknown names take as long as known ones. */
  async check({ name, password, code, lane, from }: SignInTry): Promise<Checked> {
    const asked = this.#named(name)
    const isRight = await this.#hashing.isRight(asked?.password || null, password, lane)
    if (isRight === null) return { is: 'busy' }
    const account = asked && this.#byId.get(asked.id)
    // Changed while it was checked.
    if (!isRight || account === undefined || account.input.disabled || account.password !== asked?.password) return { is: 'wrong' }
    if (account.totp !== null && code === '') return { is: 'codeNeeded' }
    const used = account.totp === null ? account : this.#withUsedCode(account, code, from)
    if (used === 'wrong' || used === 'mustWait') return { is: used }
    // A full disk must not keep anybody from signing in.
    this.#noteIfPossible({ ...used, lastSignInAt: this.#clock.now() })
    return { is: 'right', id: account.id }
  }

  /** Notes a sign-in by another way than its password. Whether the account may sign in. */
  signedIn(id: string): boolean {
    const account = this.#byId.get(id)
    if (account === undefined || account.input.disabled) return false
    this.#noteIfPossible({ ...account, lastSignInAt: this.#clock.now() })
    return true
  }

  /** Whether this is the password of an account, asked by somebody who is signed in. */
  isPassword(id: string, password: string): Promise<Tried> {
    const key = `own ${id}`
    return this.#guesses.check(key, () => this.#hashing.isRight(this.#byId.get(id)?.password || null, password, key))
  }

  /** Whether it can be signed in to by its password. */
  hasPassword(id: string): boolean {
    return (this.#byId.get(id)?.password ?? '') !== ''
  }

  /** Ends all sessions of an account, which may sign in again. */
  signOut(id: string): void {
    this.#signIns.endAllOf({ kind: 'account', id })
  }

  /** A new secret for one-time codes, which counts once a code of it is entered. */
  startTotp(id: string): Result<{ readonly secret: string; readonly uri: string }, 'NO_ACCOUNT' | 'TOTP_ON' | 'NOT_SEALED'> {
    const account = this.#byId.get(id)
    if (account === undefined) return err('NO_ACCOUNT')
    if (account.totp !== null) return err('TOTP_ON')
    if (this.#box === null) return err('NOT_SEALED')
    const made = newTotp(account.input.name)
    this.#unconfirmed.set(id, { secret: made.secret, at: this.#clock.now() })
    return ok(made)
  }

  /** Turns one-time codes on. Returns the recovery codes, which are kept as hashes only. */
  confirmTotp(id: string, code: string): Result<readonly string[], 'NO_ACCOUNT' | 'WRONG_CODE'> {
    const account = this.#byId.get(id)
    const started = this.#unconfirmed.get(id)
    if (account === undefined || this.#box === null) return err('NO_ACCOUNT')
    const now = this.#clock.now()
    if (started === undefined || now - started.at > unconfirmedMs) return err('WRONG_CODE')
    const step = stepOfCode(started.secret, code.replace(/\s/g, ''), now, 0)
    if (step === null) return err('WRONG_CODE')
    const codes = newRecoveryCodes()
    this.#keep({
      ...account,
      totp: this.#box.seal(started.secret, totpOwner(id)),
      totpStep: step,
      recovery: codes.map(recoveryHash),
      revision: account.revision + 1,
    })
    this.#unconfirmed.delete(id)
    return ok(codes)
  }

  removeTotp(id: string): void {
    const account = this.#byId.get(id)
    if (account !== undefined && account.totp !== null) this.#keep({ ...account, ...withoutTotp, revision: account.revision + 1 })
  }

  /**
   * The account after a code of it was used. A code has six digits only, so that somebody who has the password could guess it: all addresses share
   * the tries, but one where the account is signed in has its own, so that a stranger cannot keep the right person out. Recovery codes always count.
   */
  #withUsedCode(account: StoredAccount, code: string, from: string): StoredAccount | 'wrong' | 'mustWait' {
    const { id, totp, totpStep, recovery } = account
    const isKnownThere = this.#signIns.list({ kind: 'account', id }).some(({ address }) => address === from)
    const key = isKnownThere ? `code ${id} ${from}` : `code ${id}`
    const used = recoveryHash(code)
    const isRecovery = recovery.includes(used)
    if (!isRecovery && this.#guesses.mustWait(key)) return 'mustWait'
    const secret = totp === null ? null : this.#box?.open(totp, totpOwner(id))
    const step = isRecovery || secret == null ? null : stepOfCode(secret, code.replace(/\s/g, ''), this.#clock.now(), totpStep)
    this.#guesses.tried(key, isRecovery || step !== null)
    if (isRecovery) return { ...account, recovery: recovery.filter((each) => each !== used) }
    return step === null ? 'wrong' : { ...account, totpStep: step }
  }

  #named(name: string): StoredAccount | undefined {
    const key = keyOf(name)
    return [...this.#byId.values()].find(({ input }) => keyOf(input.name) === key)
  }

  #isLastAdministrator(account: StoredAccount): boolean {
    return isActiveAdministrator(account) && [...this.#byId.values()].filter(isActiveAdministrator).length === 1
  }

  #keep(account: StoredAccount): StoredAccount {
    this.#rows.keep(account)
    this.#byId.set(account.id, account)
    return account
  }

  #noteIfPossible(account: StoredAccount): void {
    attemptWrite(() => this.#rows.keep(account))
    this.#byId.set(account.id, account)
  }
}

const withoutTotp = { totp: null, totpStep: 0, recovery: [] }
const totpOwner = (id: string): string => `totp ${id}`

function shown({ id, input, totp, lastSignInAt, createdAt, revision }: StoredAccount): Account {
  return { id, ...input, console: consoleOf(input), hasTotp: totp !== null, lastSignInAt, createdAt, revision }
}

/** What is stored of accounts, and the setting of the token file. */
function createAccountRows(db: Database) {
  const dates = { createdAt: null, lastSignInAt: null, revision: null }
  const fields = { input: accountInputSchema, password: null, totp: null, totpStep: null, recovery: z.array(z.string()), ...dates }
  return {
    ...createEntryRows<StoredAccount>(db, 'accounts', fields),
    isTokenFileOff: (): boolean => db.prepare("SELECT 1 FROM settings WHERE key = 'tokenFileOff'").get() !== undefined,
    keepTokenFileOff: (isOff: boolean): void => {
      const sql = isOff ? "INSERT OR REPLACE INTO settings (key, value) VALUES ('tokenFileOff', '1')" : "DELETE FROM settings WHERE key = 'tokenFileOff'"
      db.prepare(sql).run()
    },
  }
}
