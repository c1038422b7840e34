import type { Me, SignInWays } from '../../shared/accounts.ts'
import { type CallContext, isAllowed, type Operator, type ProcedureMeta } from '../../shared/permissions.ts'
import { api, orElse, orNotFound, orRefused } from '../api.ts'
import type { People } from './accounts.ts'
import type { NewAuditEntry } from './audit.ts'
import { newPassword, type Tried } from './credentials.ts'
import { tokenIdOf } from './namedTokens.ts'
import { passkeyOrigin } from './passkeys.ts'
import { type Subject, shownSession } from './signIns.ts'

type PasswordErrors = Readonly<Record<'WRONG_PASSWORD' | 'BUSY' | 'MUST_WAIT', () => Error>>

/** `forget`: takes away what others keep for somebody who has gone. */
export function accountsRouter({ accounts, deskLock, tokens, signIns, passkeys, oidc, removeOtherWays, removeProvider, audit }: People, forget: () => void) {
  const nameOf = ({ kind, id }: Subject): string =>
    kind === 'tokenFile' ? 'token file' : ((kind === 'account' ? accounts.get(id) : tokens.get(id))?.name ?? '')
  const orWrong = (tried: Tried, errors: PasswordErrors): void => {
    if (tried === false) throw errors.WRONG_PASSWORD()
    if (tried !== true) throw errors[tried]()
  }
  /** The account of who asks. */
  const ownId = ({ operator }: CallContext, errors: { readonly NO_ACCOUNT: () => Error }): string => orElse(operator.owns.accountId, errors.NO_ACCOUNT)
  /** The same, after his password was checked. */
  const ownAccount = async (context: CallContext, password: string, errors: PasswordErrors & { readonly NO_ACCOUNT: () => Error }): Promise<string> => {
    const id = ownId(context, errors)
    const tried = await accounts.isPassword(id, password)
    // Whoever sits at somebody's open window guesses as one who signs in does.
    if (tried !== true && tried !== 'BUSY')
      audit.failed({ by: context.operator.name, byId: id, from: context.from ?? null, action: 'signInFailed', what: 'password', of: {} })
    orWrong(tried, errors)
    return id
  }
  /** Refuses what is asked over the network. */
  const atDesk = ({ from }: CallContext, errors: { readonly NO_DESK: () => Error }): void => {
    if (from !== undefined) throw errors.NO_DESK()
  }
  return {
    me: api.accounts.me.handler(({ context: { operator, from, session } }): Me => {
      const account = operator.owns.accountId === null ? null : accounts.get(operator.owns.accountId)
      const subject = subjectOf(operator)
      const kind = account !== null ? 'account' : subject !== null ? 'token' : from === undefined ? 'desktop' : 'tokenFile'
      // Of the token file, one does not see who else has it.
      const own = subject === null ? signIns.list().filter(({ id }) => id === session) : signIns.list(subject)
      const { name, role, permission, limit } = operator
      return {
        ...{ kind, id: subject?.id ?? null, name, fullName: account?.fullName ?? '', role, console: permission ?? 'none' },
        limit: limit === null ? null : { projects: [...limit.projects], tags: [...limit.tags] },
        groups: [...operator.owns.groups],
        hasTotp: account?.hasTotp ?? false,
        recoveryCodesLeft: account === null ? 0 : accounts.recoveryCodesLeft(account.id),
        session: session ?? null,
        sessions: own.map((each) => shownSession(each, name)),
        hasAccounts: accounts.any,
        lock: from === undefined ? deskLock.state : null,
      }
    }),
    changePassword: api.accounts.changePassword.handler(async ({ input, context, errors }) => {
      const id = await ownAccount(context, input.password, errors)
      const kept = context.session === undefined ? {} : { keptSession: context.session }
      const set = await accounts.setPassword(id, input.newPassword, kept)
      if (!set.ok) throw set.error === 'BUSY' ? errors.BUSY() : errors.NO_ACCOUNT()
    }),
    startTotp: api.accounts.startTotp.handler(async ({ input, context, errors }) =>
      orRefused(accounts.startTotp(await ownAccount(context, input.password, errors)), errors),
    ),
    confirmTotp: api.accounts.confirmTotp.handler(({ input, context, errors }) => ({
      recoveryCodes: [...orRefused(accounts.confirmTotp(ownId(context, errors), input.code), errors)],
    })),
    removeTotp: api.accounts.removeTotp.handler(async ({ input, context, errors }) => {
      accounts.removeTotp(await ownAccount(context, input.password, errors))
    }),
    ways: api.accounts.ways.handler(({ context: { operator, origin } }): SignInWays => {
      const id = operator.owns.accountId
      return {
        passkeys: id === null ? [] : [...passkeys.list(id)],
        passkeysPossible: id !== null && passkeyOrigin(origin) !== null,
        provider: id === null || oidc === null ? null : { name: oidc.settings.name, isLinked: oidc.isLinked(id) },
      }
    }),
    startPasskey: api.accounts.startPasskey.handler(async ({ input: { password }, context, errors }) => {
      const account = orElse(accounts.get(ownId(context, errors)), errors.NO_ACCOUNT)
      const origin = orElse(passkeyOrigin(context.origin), errors.NOT_SECURE)
      if (password !== undefined) await ownAccount(context, password, errors)
      else if (!signIns.isFresh(context.session)) throw errors.SIGN_IN_AGAIN()
      return { ...(await passkeys.start(account, origin)) }
    }),
    addPasskey: api.accounts.addPasskey.handler(async ({ input: { name, answer }, context, errors }) => {
      const id = ownId(context, errors)
      const origin = orElse(passkeyOrigin(context.origin), errors.NOT_SECURE)
      return orRefused(await passkeys.add(id, name, origin, answer), errors)
    }),
    removePasskey: api.accounts.removePasskey.handler(
      ({ input, context, errors }) => void orNotFound(passkeys.remove(ownId(context, errors), input.id), errors),
    ),
    removeProvider: api.accounts.removeProvider.handler(({ context, errors }) => {
      const id = ownId(context, errors)
      if (!accounts.hasPassword(id)) throw errors.ONLY_WAY()
      removeProvider(id)
    }),
    endSession: api.accounts.endSession.handler(({ input, context: { operator, session }, errors }) => {
      const subject = subjectOf(operator)
      const isOwn = subject === null ? input.id === session : signIns.list(subject).some(({ id }) => id === input.id)
      if (!isOwn && !isAllowed(operator, 'administer')) throw errors.NOT_FOUND()
      if (!signIns.list().some(({ id }) => id === input.id)) throw errors.NOT_FOUND()
      signIns.end(input.id)
    }),
    sessions: api.accounts.sessions.handler(() => signIns.list().map((each) => shownSession(each, nameOf(each.subject)))),

    setLock: api.accounts.setLock.handler(async ({ input, context, errors }) => {
      atDesk(context, errors)
      orWrong(await deskLock.set(input), errors)
    }),
    lock: api.accounts.lock.handler(({ context, errors }) => {
      atDesk(context, errors)
      if (!deskLock.lock()) throw errors.NO_DESK()
    }),
    unlock: api.accounts.unlock.handler(async ({ input, context, errors }) => {
      atDesk(context, errors)
      orWrong(await deskLock.unlock(input.password), errors)
    }),

    list: api.accounts.list.handler(() => [...accounts.list()]),
    add: api.accounts.add.handler(async ({ input, errors }) => orRefused(await accounts.add(input.account, input.password), errors)),
    update: api.accounts.update.handler(({ input, errors }) => orRefused(accounts.update(input.id, input.change, input.revision), errors)),
    remove: api.accounts.remove.handler(({ input, errors }) => {
      orRefused(accounts.remove(input.id), errors)
      forget()
    }),
    resetPassword: api.accounts.resetPassword.handler(async ({ input, errors }) => {
      const password = input.password ?? newPassword()
      orRefused(await accounts.setPassword(input.id, password, { removeTotp: input.removeTotp }), errors)
      if (input.removeTotp) removeOtherWays(input.id)
      return { password: input.password === undefined ? password : null }
    }),

    tokens: api.accounts.tokens.handler(() => [...tokens.list()]),
    addToken: api.accounts.addToken.handler(({ input, context, errors }) => orRefused(tokens.add(input, context.operator.name), errors)),
    rotateToken: api.accounts.rotateToken.handler(({ input, errors }) => orRefused(tokens.rotate(input.id), errors)),
    removeToken: api.accounts.removeToken.handler(({ input, errors }) => {
      orRefused(tokens.remove(input.id), errors)
      forget()
    }),

    tokenFile: api.accounts.tokenFile.handler(() => ({ admits: accounts.tokenFileAdmits })),
    keepTokenFile: api.accounts.keepTokenFile.handler(({ input: { admits }, context: { operator }, errors }) => {
      if (operator.owns.accountId === null) throw errors.NO_ACCOUNT()
      accounts.keepTokenFile(admits)
      return { admits }
    }),

    audit: api.accounts.audit.handler(({ input }) => audit.list(input)),
  }
}

/** Whose sessions an operator's are; null: he has the token of the token file, or is on the console's machine. */
function subjectOf({ id, owns }: Operator): Subject | null {
  if (owns.accountId !== null) return { kind: 'account', id: owns.accountId }
  const tokenId = tokenIdOf(id)
  return tokenId === null ? null : { kind: 'token', id: tokenId }
}

/** What the contract says of a call. */
interface Audited extends ProcedureMeta {
  readonly method: string | undefined
}
/** Calls that need no more than `view`, and are recorded: what was watched, and what was taken away. */
const recordedViews: readonly string[] = ['previews.open', 'webrtc.watch', 'cameras.play']
const recordedDownloads: readonly string[] = ['bundles.make', 'dossiers.ofIncident', 'dossiers.ofPeriod', 'rules.exportYaml', 'cameras.export']
/** What a call of the contract is recorded as; null: it is not. What is only read is not. */
function actionOf(procedure: string, { needs, isReading, method }: Audited): NewAuditEntry['action'] | null {
  if (recordedViews.includes(procedure)) return 'view'
  if (recordedDownloads.includes(procedure)) return 'download'
  return needs === 'view' || method === 'GET' || isReading ? null : 'call'
}

/** The entry of a call that succeeded; null: it is not recorded. */
export function auditedCall(
  procedure: string,
  of: Audited,
  { operator: { name, id }, from }: CallContext,
  input: unknown,
  output: unknown,
): NewAuditEntry | null {
  const action = actionOf(procedure, of)
  const isTried = typeof input === 'object' && input !== null && 'preview' in input && input.preview === true
  return action === null || isTried ? null : { by: name, byId: id, from: from ?? null, action, what: procedure, of: idsIn([output, input], 2) }
}

/** Keys of what is no secret in any input or answer: ids, names that everybody sees, and how many an import stored. */
const namesSubject = /^(?:id|ids|[a-z]+Ids?|name|path|paths|server|role|reason|added|changed)$/
const [longestValue, mostListed] = [200, 20]

/** What a call is about, down to `depth` levels: what stands further out counts more, as the name of a camera before that of its owner, and later values before earlier ones. */
function idsIn(values: readonly unknown[], depth: number): Record<string, string> {
  if (depth === 0) return {}
  const found: Record<string, string> = {}
  const within: unknown[] = []
  for (const value of values) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) continue
    for (const [key, inner] of Object.entries(value)) {
      if (!namesSubject.test(key)) within.push(inner)
      else if (typeof inner === 'string' || typeof inner === 'number') found[key] = String(inner).slice(0, longestValue)
      else if (Array.isArray(inner) && inner.every((each) => typeof each === 'string')) {
        const more = inner.length > mostListed ? ` +${inner.length - mostListed}` : ''
        found[key] = inner.slice(0, mostListed).join(', ').slice(0, longestValue) + more
      }
    }
  }
  return { ...idsIn(within, depth - 1), ...found }
}
