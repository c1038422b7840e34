import type { Database } from 'better-sqlite3'
import type { Configuration, CustomFetch } from 'openid-client'
import { z } from 'zod'
import { type Clock, timeLimit } from '../../clock/clock.ts'
import { type Account, type AccountInput, accountInputSchema, accountLimits, type rightsSchema } from '../../shared/accounts.ts'
import type { SignInProblem } from '../../shared/refusals.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { Log } from '../ports.ts'
import { bodyWithin } from '../readBounded.ts'
import { storedJson } from '../storage/storedJson.ts'
import type { SignIns } from './signIns.ts'
import type { Tickets } from './tickets.ts'

/** A provider of the organisation, as it is configured. */
export interface OidcSettings {
  /** On the button of the sign-in page. */
  readonly name: string
  readonly issuer: string
  readonly clientId: string
  /** null: a public client, which has PKCE alone. */
  readonly clientSecret: string | null
  /** Beside `openid`. */
  readonly scopes: readonly string[]
  /** The claim with somebody's groups; dots lead into objects. */
  readonly groupsClaim: string
  /** Whether somebody who has no account gets one at his first sign-in. */
  readonly makesAccounts: boolean
  /** What those of a group may do; of several groups the first one here counts. */
  readonly groups: readonly ({ readonly group: string } & z.infer<typeof rightsSchema>)[]
}

interface KnownAccounts {
  readonly idOf: (name: string) => string | null
  readonly inputOf: (id: string) => AccountInput | null
  readonly add: (input: AccountInput, password: null) => Promise<Result<Account, 'NAME_TAKEN' | 'TOO_MANY' | 'FIRST' | 'BUSY'>>
  readonly update: (id: string, input: AccountInput) => Result<Account, 'NOT_FOUND' | 'NAME_TAKEN' | 'LAST_ADMINISTRATOR' | 'CONFLICT'>
  readonly signedIn: (id: string) => boolean
  readonly signOut: (id: string) => void
}

/** A sign-in that was begun is over after this long. */
export const beganMs = 10 * 60_000
/** The provider's addresses are asked for again after this long. */
const discoveredMs = 3600_000
/** Limits of each answer of a provider. */
const [longestMs, mostBytes] = [10_000, 1_000_000]
/** Most answers of a provider that are waited for at once, so that a slow one cannot fill this process. */
const mostAtOnce = 16
/** Most groups of one person that are looked at. */
const mostGroups = 2_000

/** The account that gets this way of signing in, and its session that began it. */
const linkSchema = z.object({ account: z.string(), session: z.string() }).nullable()
type Link = z.infer<typeof linkSchema>
const begunSchema = z.object({ state: z.string(), nonce: z.string(), verifier: z.string(), to: z.string(), link: linkSchema })
const textSchema = z.string().min(1).max(500)

/**
 * Signs people in with a provider: authorization code with PKCE. State, nonce and verifier stay with the browser that began, as a ticket.
 *
 * 1. Who somebody is, is decided by issuer and subject alone: names and addresses can be changed, and taken over, at many providers.
 * 2. At each sign-in the groups decide what he may do. Who is in no group that is configured does not come in.
 */
export class Oidc {
  readonly settings: OidcSettings
  readonly #clock: Clock
  readonly #log: Log
  readonly #accounts: KnownAccounts
  readonly #tickets: Tickets
  readonly #signIns: Pick<SignIns, 'subjectOf'>
  readonly #accountOf
  readonly #link
  readonly #linked
  #discovered: { readonly at: number; readonly configuration: Promise<Configuration> } | null = null
  #running = 0

  constructor(
    { clock, log, db }: { readonly clock: Clock; readonly log: Log; readonly db: Database },
    settings: OidcSettings,
    accounts: KnownAccounts,
    tickets: Tickets,
    signIns: Pick<SignIns, 'subjectOf'>,
  ) {
    this.settings = settings
    this.#clock = clock
    this.#log = log
    this.#accounts = accounts
    this.#tickets = tickets
    this.#signIns = signIns
    this.#accountOf = db.prepare<[string, string], { readonly account: string }>('SELECT account FROM provider_people WHERE issuer = ? AND subject = ?')
    this.#linked = db.prepare<[string, string]>('SELECT 1 FROM provider_people WHERE issuer = ? AND account = ?')
    this.#link = db.prepare('INSERT INTO provider_people (issuer, subject, account) VALUES (?, ?, ?) ON CONFLICT (issuer, subject) DO NOTHING')
  }

  isLinked(accountId: string): boolean {
    return this.#linked.get(this.settings.issuer, accountId) !== undefined
  }

  /**
   * Where to send a browser, and the ticket that it brings back. `callback`: our address that the provider sends it to; `to`: what is opened
   * afterwards; `link`: of somebody who is signed in already; it counts as long as that session lasts.
   */
  async begin(callback: string, to: string, link: Link): Promise<Result<{ readonly address: string; readonly ticket: string }, SignInProblem>> {
    return this.#bounded(async () => {
      const { buildAuthorizationUrl, calculatePKCECodeChallenge, randomNonce, randomPKCECodeVerifier, randomState } = await import('openid-client')
      const configuration = await this.#configuration()
      const begun = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier(), to: to.slice(0, 1_000), link }
      const address = buildAuthorizationUrl(configuration, {
        redirect_uri: callback,
        scope: [...new Set(['openid', ...this.settings.scopes])].join(' '),
        ...{ state: begun.state, nonce: begun.nonce },
        code_challenge: await calculatePKCECodeChallenge(begun.verifier),
        code_challenge_method: 'S256',
      })
      return ok({ address: address.href, ticket: this.#tickets.issue('oidc', JSON.stringify(begun), beganMs) })
    })
  }

  /** Whose account a browser that comes back has, and what it wanted to open. `search`: the query of the address that it came back to. */
  async finish(callback: string, search: string, ticket: string): Promise<Result<{ readonly accountId: string; readonly to: string }, SignInProblem>> {
    const begun = begunSchema.safeParse(storedJson(this.#tickets.take('oidc', ticket) ?? ''))
    if (!begun.success) return err('oidcOver')
    const { state, nonce, verifier, to, link } = begun.data
    return this.#bounded(async () => {
      const { authorizationCodeGrant, fetchUserInfo } = await import('openid-client')
      const configuration = await this.#configuration()
      const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true }
      const granted = await authorizationCodeGrant(configuration, new URL(search, callback), checks)
      const claims = granted.claims()
      const subject = textSchema.safeParse(claims?.sub)
      if (claims === undefined || !subject.success) return err('oidcRefused')
      const isInToken = claimAt(claims, this.settings.groupsClaim) !== undefined
      const hasMore = !isInToken && configuration.serverMetadata().userinfo_endpoint !== undefined
      const all = hasMore ? { ...(await fetchUserInfo(configuration, granted.access_token, subject.data)), ...claims } : claims
      const accountId = await this.#admitted(subject.data, all, link)
      return accountId.ok ? ok({ accountId: accountId.value, to }) : accountId
    })
  }

  /** The account of somebody whom the provider vouches for, with what his groups give him. */
  async #admitted(subject: string, claims: Readonly<Record<string, unknown>>, link: Link): Promise<Result<string, SignInProblem>> {
    const { issuer, groups, groupsClaim, makesAccounts } = this.settings
    const own = new Set([claimAt(claims, groupsClaim)].flat().slice(0, mostGroups).map(String))
    const mapped = groups.filter(({ group }) => own.has(group))
    const [first] = mapped
    const known = this.#accountOf.get(issuer, subject)?.account ?? null
    if (first === undefined) {
      // What he was allowed before is over too.
      if (known !== null) this.#accounts.signOut(known)
      return err('oidcNoGroup')
    }
    const { group: _, ...rights } = first
    const given = { ...rights, groups: mapped.map(({ group }) => group).slice(0, accountLimits.groups) }
    if (link !== null && this.#signIns.subjectOf(link.session)?.id !== link.account) return err('oidcOver')
    if (link !== null && known !== null && known !== link.account) return err('oidcOtherAccount')
    const id = known ?? link?.account ?? null
    if (id === null) return makesAccounts ? this.#add(subject, claims, given) : err('oidcNoAccount')
    const before = this.#accounts.inputOf(id)
    if (before === null) return err('oidcNoAccount')
    if (before.disabled) return err('accountDisabled')
    const after = accountInputSchema.safeParse({ ...before, console: undefined, ...given })
    if (!after.success) return err('oidcRefused')
    if (JSON.stringify(rightsOf(after.data)) !== JSON.stringify(rightsOf(before))) {
      const updated = this.#accounts.update(id, after.data)
      if (!updated.ok) return err(updated.error === 'LAST_ADMINISTRATOR' ? 'lastAdministrator' : 'oidcNoAccount')
    }
    if (known === null) this.#link.run(issuer, subject, id)
    return this.#accounts.signedIn(id) ? ok(id) : err('accountDisabled')
  }

  async #add(subject: string, claims: Readonly<Record<string, unknown>>, given: Partial<AccountInput>): Promise<Result<string, SignInProblem>> {
    const fullName = accountInputSchema.shape.fullName.safeParse(claims.name).data ?? ''
    const name = [claims.preferred_username, claims.email, claims.name, subject].flatMap((each) => nameFrom(each) ?? [])[0] ?? 'person'
    // The name of another account is no proof of being its owner.
    let free = name
    for (let next = 2; this.#accounts.idOf(free) !== null; next++) free = `${name.slice(0, 50)} ${next}`
    const input = accountInputSchema.safeParse({ name: free, fullName, ...given })
    if (!input.success) return err('oidcRefused')
    const added = await this.#accounts.add(input.data, null)
    if (!added.ok) return err(added.error === 'TOO_MANY' ? 'tooMany' : added.error === 'FIRST' ? 'firstAdministrator' : 'signInBusy')
    this.#link.run(this.settings.issuer, subject, added.value.id)
    this.#accounts.signedIn(added.value.id)
    return ok(added.value.id)
  }

  /** The provider's addresses and keys. What could not be read is read anew at the next sign-in. */
  #configuration(): Promise<Configuration> {
    const now = this.#clock.monotonic()
    if (this.#discovered !== null && now - this.#discovered.at < discoveredMs) return this.#discovered.configuration
    const configuration = this.#discover()
    this.#discovered = { at: now, configuration }
    configuration.catch(() => {
      this.#discovered = null
    })
    return configuration
  }

  async #discover(): Promise<Configuration> {
    const { allowInsecureRequests, ClientSecretBasic, customFetch, discovery, enableNonRepudiationChecks, None } = await import('openid-client')
    const { issuer, clientId, clientSecret } = this.settings
    const server = new URL(issuer)
    // The signature is checked too, although the token comes straight from the provider. http: on this machine alone (its schema).
    const execute = [enableNonRepudiationChecks, ...(server.protocol === 'http:' ? [allowInsecureRequests] : [])]
    const authentication = clientSecret === null ? None() : ClientSecretBasic(clientSecret)
    const fetchBounded: CustomFetch = (url, options) => boundedFetch(this.#clock, url, options)
    return discovery(server, clientId, {}, authentication, {
      execute,
      [customFetch]: fetchBounded,
      timeout: longestMs / 1000,
    })
  }

  async #bounded<T>(work: () => Promise<Result<T, SignInProblem>>): Promise<Result<T, SignInProblem>> {
    if (this.#running >= mostAtOnce) return err('signInBusy')
    this.#running++
    try {
      return await work()
    } catch (error) {
      const isUnreachable = error instanceof Unreachable || (error instanceof Error && error.cause instanceof Unreachable)
      this.#log.warn(
        { issuer: this.settings.issuer, ...reasonOf(error) },
        isUnreachable ? 'The sign-in provider cannot be reached' : 'A sign-in with the provider was refused',
      )
      return err(isUnreachable ? 'oidcUnreachable' : 'oidcRefused')
    } finally {
      this.#running--
    }
  }
}

class Unreachable extends Error {}

/** Asks a provider, for a bounded time and answer; never at another address than it named. */
async function boundedFetch(clock: Clock, url: string, options: object): Promise<Response> {
  using limit = timeLimit(clock, longestMs)
  try {
    const answer = await fetch(url, { ...options, redirect: 'manual', signal: limit.signal })
    const body = await bodyWithin(answer.body, mostBytes)
    if (body === null) throw new Error(`The answer is longer than ${mostBytes} bytes`)
    if (answer.status >= 500) throw new Error(`The provider answered ${answer.status}`)
    const hasBody = answer.status !== 204 && answer.status !== 304
    return new Response(hasBody ? body : null, { status: answer.status, headers: answer.headers })
  } catch (error) {
    throw new Unreachable('The provider cannot be reached', { cause: error })
  }
}

/** For the log, without what was sent: codes and tokens are secrets. */
function reasonOf(error: unknown): Readonly<Record<string, string>> {
  if (!(error instanceof Error)) return {}
  const inner = error.cause instanceof Error ? { because: (error.cause.cause instanceof Error ? error.cause.cause : error.cause).message.slice(0, 300) } : {}
  const { code } = error as { readonly code?: unknown }
  return { reason: error.message.slice(0, 300), ...(typeof code === 'string' && { code }), ...inner }
}

function rightsOf({ role, console: access, limit, groups }: AccountInput): unknown {
  return [role, access ?? null, limit, groups]
}

/** The claim of this name, or at this path. */
function claimAt(claims: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name]
  return name.split('.').reduce<unknown>((at, key) => (typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? Object(at)[key] : undefined), claims)
}

function nameFrom(claim: unknown): string | null {
  return typeof claim !== 'string' ? null : (accountInputSchema.shape.name.safeParse(claim.slice(0, 60)).data ?? null)
}
