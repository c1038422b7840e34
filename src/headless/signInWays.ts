import type { HttpBindings } from '@hono/node-server'
import type { Context, Hono } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { z } from 'zod'
import { beganMs } from '../engine/accounts/oidc.ts'
import { passkeyOrigin } from '../engine/accounts/passkeys.ts'
import type { Subject } from '../engine/accounts/signIns.ts'
import type { Engine } from '../engine/createEngine.ts'
import type { SignInProblem } from '../shared/refusals.ts'
import { type Access, type Admission, afterTry } from './admission.ts'
import { enterPage, passkeyPath, providerPath, signInPage } from './plainPages.ts'
import { type Denial, languageAsked } from './requests.ts'

/** What requests to the console carry. `provider`: name of the organisation's provider; null: there is none. `basePath`: see `consoleApp.ts`. */
export type Env = {
  Bindings: HttpBindings
  Variables: { readonly access: Access; readonly hasAccounts: boolean; readonly provider: string | null; readonly basePath: string }
}
export type Console = Context<Env>

/** Where a provider sends browsers back to. */
export const providerCallback = `${providerPath}/callback`
const needsHttps: Denial = { status: 403, code: 'FORBIDDEN', refusal: { kind: 'passkeysNeedHttps' } }
/** A page of the console that may be opened after a sign-in. */
const pageSchema = z
  .string()
  .max(1_000)
  .regex(/^#\/[\w\-./?=&%~:,+@!]*$/)

/** Answers with the page to sign in at. `name`: what was entered; left out or null: a token, or nothing yet. */
export function showSignIn(
  c: Console,
  denial: Denial,
  { name = null, isOfProvider = false }: { readonly name?: string | null; readonly isOfProvider?: boolean } = {},
): Response | Promise<Response> {
  const asked = { hasAccounts: c.get('hasAccounts'), name, provider: c.get('provider'), isOfProvider, basePath: c.get('basePath') }
  return c.html(signInPage(denial, languageAsked(c.env.incoming), asked), denial.status)
}

interface SignInWaysDeps {
  readonly engine: Pick<Engine, 'people'>
  readonly admission: Admission
  readonly publicUrl: string | undefined
  readonly openSession: (c: Console, subject: Subject, by: string) => void
  readonly deny: (c: Console, denial: Denial) => Response | Promise<Response>
}

/** Signing in by passkey, and with the organisation's provider. */
export function addSignInWays(app: Hono<Env>, deps: SignInWaysDeps): void {
  const { engine, admission, openSession, deny } = deps
  app.post(`${passkeyPath}/start`, async (c) => {
    const origin = passkeyOrigin(c.req.header('origin'))
    if (admission.isInClear(c.env.incoming)) return deny(c, afterTry.inClear)
    return origin === null ? deny(c, needsHttps) : c.json(await engine.people.passkeys.startSignIn(origin))
  })
  app.post(passkeyPath, async (c) => {
    const answer: unknown = await c.req.json().catch(() => null)
    const tried = await admission.tryPasskey(answer, c.env.incoming, c.req.raw.signal)
    if (!tried.ok) return deny(c, tried.error)
    openSession(c, tried.value, 'passkey')
    return c.body(null, 204)
  })
  addProvider(app, deps)
}

function addProvider(app: Hono<Env>, { engine, admission, publicUrl, openSession, deny }: SignInWaysDeps): void {
  const { oidc } = engine.people
  if (oidc === null || publicUrl === undefined) return
  const callback = `${publicUrl}${providerCallback}`
  const secure = publicUrl.startsWith('https:')
  const cookie = `${secure ? '__Secure-' : ''}mtxdeck-oidc`
  // Lax, because the provider's page leads the browser back here.
  const cookieOptions = { path: new URL(publicUrl + providerPath).pathname, httpOnly: true, sameSite: 'Lax', secure } as const
  const refuse = (c: Console, kind: SignInProblem): Response | Promise<Response> => {
    admission.refusedByProvider(c.env.incoming, kind)
    return showSignIn(c, { status: 403, code: 'FORBIDDEN', refusal: { kind } }, { isOfProvider: true })
  }
  app.get(providerPath, async (c) => {
    let link: Parameters<typeof oidc.begin>[2] = null
    if (c.req.query('link') !== undefined) {
      const admitted = await admission.admit(c.env.incoming, 'signedIn', c.req.raw.signal)
      if (!admitted.ok) return deny(c, admitted.error)
      const { subject, session } = admitted.value
      if (subject.kind !== 'account' || session === undefined || !admission.isFresh(admitted.value)) return deny(c, signInAgain)
      link = { account: subject.id, session }
    }
    const begun = await oidc.begin(callback, pageSchema.safeParse(c.req.query('to')).data ?? '', link)
    if (!begun.ok) return refuse(c, begun.error)
    setCookie(c, cookie, begun.value.ticket, { ...cookieOptions, maxAge: beganMs / 1000 })
    return c.redirect(begun.value.address, 302)
  })
  app.get(providerCallback, async (c) => {
    const ticket = getCookie(c, cookie) ?? ''
    deleteCookie(c, cookie, cookieOptions)
    const finished = await oidc.finish(callback, new URL(c.req.url).search, ticket)
    if (!finished.ok) return refuse(c, finished.error)
    openSession(c, { kind: 'account', id: finished.value.accountId }, 'oidc')
    return c.html(enterPage(`${c.get('basePath')}/${finished.value.to}`, languageAsked(c.env.incoming)))
  })
}

const signInAgain: Denial = { status: 403, code: 'FORBIDDEN', refusal: { kind: 'signInAgain' } }
