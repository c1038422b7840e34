import type { AuthenticationResponseJSON, AuthenticatorTransport, RegistrationResponseJSON } from '@simplewebauthn/server'
import type { Database } from 'better-sqlite3'
import type { Clock } from '../../clock/clock.ts'
import { accountLimits, type Passkey, type PasskeyAnswer } from '../../shared/accounts.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { Log } from '../ports.ts'
import { attemptWrite } from '../storage/storageTrouble.ts'
import { storedJson } from '../storage/storedJson.ts'
import type { Tickets } from './tickets.ts'

interface Row {
  readonly id: string
  readonly account: string
  readonly name: string
  readonly public_key: Uint8Array<ArrayBuffer>
  readonly counter: number
  readonly transports: string
  readonly created_at: number
  readonly used_at: number | null
}

/** A challenge is over after this long. */
const challengeMs = 5 * 60_000

/**
 * Passkeys as rows of main.db: public keys, of which a device keeps the other half. A device must have made sure who holds it (user verification),
 * so that a passkey alone is as good as a password with a one-time code. What a browser signs holds the origin and a challenge, which counts once.
 */
export class Passkeys {
  readonly #clock: Clock
  readonly #log: Log
  readonly #tickets: Tickets
  readonly #ofAccount
  readonly #get
  readonly #insert
  readonly #use
  readonly #remove
  readonly #removeAll

  constructor({ clock, log, db }: { readonly clock: Clock; readonly log: Log; readonly db: Database }, tickets: Tickets) {
    this.#clock = clock
    this.#log = log
    this.#tickets = tickets
    this.#ofAccount = db.prepare<[string], Row>('SELECT * FROM passkeys WHERE account = ? ORDER BY created_at, id')
    this.#get = db.prepare<[string], Row>('SELECT * FROM passkeys WHERE id = ?')
    this.#insert = db.prepare(
      'INSERT INTO passkeys (id, account, name, public_key, counter, transports, created_at) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    )
    this.#use = db.prepare('UPDATE passkeys SET counter = ?, used_at = ? WHERE id = ? AND (counter < ? OR counter = 0)')
    this.#remove = db.prepare('DELETE FROM passkeys WHERE id = ? AND account = ?')
    this.#removeAll = db.prepare('DELETE FROM passkeys WHERE account = ?')
  }

  list(accountId: string): readonly Passkey[] {
    return this.#ofAccount.all(accountId).map(({ id, name, created_at: createdAt, used_at: lastUsedAt }) => ({ id, name, createdAt, lastUsedAt }))
  }

  /** What a browser makes a passkey from. */
  async start({ id, name, fullName }: { readonly id: string; readonly name: string; readonly fullName: string }, origin: string) {
    const { generateRegistrationOptions } = await import('@simplewebauthn/server')
    return generateRegistrationOptions({
      ...{ rpName: 'mtxdeck', rpID: new URL(origin).hostname },
      ...{ userID: new Uint8Array(Buffer.from(id)), userName: name, userDisplayName: fullName || name },
      challenge: this.#tickets.issue(`passkey of ${id}`, '', challengeMs),
      timeout: challengeMs,
      attestationType: 'none',
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      excludeCredentials: this.#ofAccount.all(id).map((row) => ({ id: row.id, transports: transportsOf(row) })),
    })
  }

  async add(accountId: string, name: string, origin: string, answer: PasskeyAnswer): Promise<Result<Passkey, 'NOT_RIGHT' | 'TOO_MANY'>> {
    if (this.#ofAccount.all(accountId).length >= accountLimits.passkeys) return err('TOO_MANY')
    const { verifyRegistrationResponse } = await import('@simplewebauthn/server')
    const made = await verifyRegistrationResponse({
      response: { ...answer, clientExtensionResults: {} } as RegistrationResponseJSON,
      expectedChallenge: this.#taking(`passkey of ${accountId}`),
      expectedOrigin: origin,
      expectedRPID: new URL(origin).hostname,
      requireUserVerification: true,
    }).catch((error: unknown) => this.#refused(error))
    if (made?.verified !== true) return err('NOT_RIGHT')
    const { id, publicKey, counter, transports = [] } = made.registrationInfo.credential
    const now = Math.round(this.#clock.now())
    const { changes } = this.#insert.run(id, accountId, name, publicKey, counter, JSON.stringify(transports), now)
    return changes === 0 ? err('NOT_RIGHT') : ok({ id, name, createdAt: now, lastUsedAt: null })
  }

  /** What a browser signs in from, whoever sits before it: the device knows its accounts. */
  async startSignIn(origin: string) {
    const { generateAuthenticationOptions } = await import('@simplewebauthn/server')
    const challenge = this.#tickets.issue('passkey sign-in', '', challengeMs)
    return generateAuthenticationOptions({ rpID: new URL(origin).hostname, challenge, timeout: challengeMs, userVerification: 'required' })
  }

  /** Whose passkey answered; null: it is not known, not right, or a copy of one that was used since. */
  async signIn(origin: string, answer: PasskeyAnswer): Promise<string | null> {
    const row = this.#get.get(answer.id)
    const { userHandle } = answer.response
    if (row === undefined || userHandle == null || Buffer.from(userHandle, 'base64url').toString() !== row.account) return null
    const { verifyAuthenticationResponse } = await import('@simplewebauthn/server')
    const checked = await verifyAuthenticationResponse({
      response: { ...answer, clientExtensionResults: {} } as AuthenticationResponseJSON,
      expectedChallenge: this.#taking('passkey sign-in'),
      expectedOrigin: origin,
      expectedRPID: new URL(origin).hostname,
      credential: { id: row.id, publicKey: new Uint8Array(row.public_key), counter: row.counter, transports: transportsOf(row) },
      requireUserVerification: true,
    }).catch((error: unknown) => this.#refused(error))
    if (checked?.verified !== true) return null
    const { newCounter } = checked.authenticationInfo
    // A full disk must not keep anybody from signing in.
    let isLatest = true
    attemptWrite(() => {
      isLatest = this.#use.run(newCounter, Math.round(this.#clock.now()), row.id, newCounter).changes > 0
    })
    return isLatest ? row.account : null
  }

  remove(accountId: string, id: string): boolean {
    return this.#remove.run(id, accountId).changes > 0
  }

  removeAllOf(accountId: string): void {
    this.#removeAll.run(accountId)
  }

  /** Takes the ticket that a browser signed as its challenge, whose bytes are the ticket's letters. */
  #taking(purpose: string): (challenge: string) => boolean {
    return (challenge) => this.#tickets.take(purpose, Buffer.from(challenge, 'base64url').toString()) !== null
  }

  #refused(error: unknown): null {
    this.#log.info({ reason: error instanceof Error ? error.message.slice(0, 300) : '' }, 'A passkey was refused')
    return null
  }
}

/** How a browser reaches the device, as it said when the passkey was made. */
function transportsOf({ transports }: Row): AuthenticatorTransport[] {
  const stored = storedJson(transports)
  return Array.isArray(stored) ? stored.filter((each): each is AuthenticatorTransport => typeof each === 'string') : []
}

/** The origin of a page that may use passkeys; null: browsers offer none there. `origin`: as the browser sent it, and as this console is reached. */
export function passkeyOrigin(origin: string | undefined): string | null {
  const url = origin === undefined ? null : URL.parse(origin)
  if (url === null || url.origin !== origin || /^\[|^[\d.]+$/.test(url.hostname)) return null
  const isHere = url.hostname === 'localhost' || url.hostname.endsWith('.localhost')
  return url.protocol === 'https:' || (url.protocol === 'http:' && isHere) ? origin : null
}
