import type { HttpBindings } from '@hono/node-server'
import type { Context, Hono } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { html, raw } from 'hono/html'
import { z } from 'zod'
import { beganMs } from '../engine/accounts/oidc.ts'
import { passkeyOrigin } from '../engine/accounts/passkeys.ts'
import { type Subject, sessionLifeMs } from '../engine/accounts/signIns.ts'
import type { Engine } from '../engine/createEngine.ts'
import type { Language } from '../i18n/languages.ts'
import { refusalText } from '../i18n/refusalText.ts'
import { sayIn } from '../i18n/say.ts'
import type { SignInProblem } from '../shared/refusals.ts'
import { type Access, type Admission, afterTry, notSignedIn } from './admission.ts'
import { plainPage, problemPage } from './plainPages.ts'
import { type Denial, denialBody, hasBody, isApi, languageAsked } from './requests.ts'

/** What requests to the console carry. `provider`: name of the organisation's provider; null: there is none. `basePath`: see `consoleApp.ts`. */
export type Env = {
  Bindings: HttpBindings
  Variables: { readonly access: Access; readonly hasAccounts: boolean; readonly provider: string | null; readonly basePath: string }
}
export type Console = Context<Env>

export const signInPath = '/api/sign-in'
/** Paths of signing in with a passkey, and with a provider, which sends browsers back to the last. */
const passkeyPath = `${signInPath}/passkey`
const providerPath = `${signInPath}/oidc`
export const providerCallback = `${providerPath}/callback`
const needsHttps: Denial = { status: 403, code: 'FORBIDDEN', refusal: { kind: 'passkeysNeedHttps' } }
const pageSchema = z
  .string()
  .max(1_000)
  .regex(/^#\/[\w\-./?=&%~:,+@!]*$/)

const signInSchema = z.union([
  z.object({ name: z.string().trim().min(1).max(200), password: z.string().max(1_000), code: z.string().trim().max(100).default('') }),
  z.object({ token: z.string() }),
])

interface SignInDeps {
  readonly engine: Pick<Engine, 'people'>
  readonly admission: Admission
  readonly publicUrl: string | undefined
}

export function addSignIn(app: Hono<Env>, deps: SignInDeps): void {
  const { engine, admission } = deps
  app.get(scriptPath, (c) => c.body(script, 200, { 'Content-Type': 'text/javascript; charset=utf-8' }))
  app.post(signInPath, async (c) => {
    const isForm = (c.req.header('content-type') ?? '').startsWith('application/x-www-form-urlencoded')
    // An incomplete body is not an error of ours.
    const body: unknown = await (isForm ? c.req.parseBody() : c.req.json()).catch(() => null)
    const given = signInSchema.safeParse(body).data ?? { token: '' }
    const { incoming } = c.env
    const { signal } = c.req.raw
    const tried = 'token' in given ? await admission.tryToken(given.token.trim(), incoming, signal) : await admission.tryPassword(given, incoming, signal)
    if (!tried.ok && !isForm) return deny(c, tried.error)
    if (!tried.ok) return c.html(signInPage(c, tried.error, { name: 'token' in given ? null : given.name }), tried.error.status)
    openSession(admission, c, tried.value)
    return isForm ? c.redirect('/', 303) : c.body(null, 204)
  })
  app.post(`${passkeyPath}/start`, async (c) => {
    const origin = passkeyOrigin(c.req.header('origin'))
    if (admission.isInClear(c.env.incoming)) return deny(c, afterTry.inClear)
    return origin === null ? deny(c, needsHttps) : c.json(await engine.people.passkeys.startSignIn(origin))
  })
  app.post(passkeyPath, async (c) => {
    const answer: unknown = await c.req.json().catch(() => null)
    const tried = await admission.tryPasskey(answer, c.env.incoming, c.req.raw.signal)
    if (!tried.ok) return deny(c, tried.error)
    openSession(admission, c, tried.value, 'passkey')
    return c.body(null, 204)
  })
  addProvider(app, deps)
  app.post('/api/sign-out', (c) => {
    admission.endSession(c.env.incoming)
    deleteCookie(c, admission.cookieName(), cookieOptions(admission, c))
    return c.body(null, 204)
  })
}

function addProvider(app: Hono<Env>, { engine, admission, publicUrl }: SignInDeps): void {
  const { oidc } = engine.people
  if (oidc === null || publicUrl === undefined) return
  const callback = `${publicUrl}${providerCallback}`
  const secure = publicUrl.startsWith('https:')
  const cookie = `${secure ? '__Secure-' : ''}mtxdeck-oidc`
  // Lax, because the provider's page leads the browser back here.
  const cookieOptions = { path: new URL(publicUrl + providerPath).pathname, httpOnly: true, sameSite: 'Lax', secure } as const
  const refuse = (c: Console, kind: SignInProblem): Response | Promise<Response> => {
    admission.refusedByProvider(c.env.incoming, kind)
    return c.html(signInPage(c, { status: 403, code: 'FORBIDDEN', refusal: { kind } }, { isOfProvider: true }), 403)
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
    openSession(admission, c, { kind: 'account', id: finished.value.accountId }, 'oidc')
    return c.html(enterPage(`${c.get('basePath')}/${finished.value.to}`, languageAsked(c.env.incoming)))
  })
}

const signInAgain: Denial = { status: 403, code: 'FORBIDDEN', refusal: { kind: 'signInAgain' } }

const cookieOptions = (admission: Admission, c: Console) =>
  ({ path: c.get('basePath') || '/', httpOnly: true, sameSite: 'Strict', secure: admission.senderOf(c.env.incoming).secure }) as const
export function openSession(admission: Admission, c: Console, subject: Subject, by?: string): void {
  setCookie(c, admission.cookieName(), admission.openSession(subject, c.env.incoming, by), { ...cookieOptions(admission, c), maxAge: sessionLifeMs / 1000 })
}

/** Denies a request: with the sign-in page for a person in a browser, otherwise in JSON. */
export function deny(c: Console, denial: Denial): Response | Promise<Response> {
  const isOfSignIn = denial.status !== 403 || denial === afterTry.inClear
  const page = c.req.method === 'GET' && isOfSignIn && !isApi(c.req.path) && (c.req.header('accept') ?? '').includes('text/html')
  if (!page) return denyInJson(c, denial)
  addDenialHeaders(c, denial)
  return c.html(signInPage(c, denial), denial.status)
}

export function denyInJson(c: Console, denial: Denial): Response {
  addDenialHeaders(c, denial)
  return c.json(denialBody(denial, languageAsked(c.env.incoming)), denial.status)
}

function addDenialHeaders(c: Console, denial: Denial): void {
  if (denial.status === 401) c.header('WWW-Authenticate', 'Bearer realm="mtxdeck"')
  if (denial.status === 429) c.header('Retry-After', '5')
  // The body is not read, so this connection can't be reused.
  if (hasBody(c.env.incoming)) c.header('Connection', 'close')
}

/**
 * Leads on to the console after a provider sent the browser back. A page of ours has to do so: the browser keeps the session's cookie to itself
 * on a way that began at another site.
 */
function enterPage(to: string, language: Language) {
  const say = sayIn(language)
  return plainPage(say('signIn.title'), language, {
    head: html`<meta http-equiv="refresh" content="0;url=${to}">
`,
    body: html`<p><a href="${to}">${say('signIn.goOn')}</a></p>`,
  })
}

/**
 * The page for a browser without a session: plain HTML that works without its script. Nothing is asked for that would be refused. `name`: what was entered;
 * left out or null: a token, or nothing yet. `isOfProvider`: shown after a sign-in with the provider, which did not succeed.
 */
function signInPage(
  c: Console,
  denial: Denial,
  { name = null, isOfProvider = false }: { readonly name?: string | null; readonly isOfProvider?: boolean } = {},
) {
  const { hasAccounts, provider, basePath } = c.var
  const language = languageAsked(c.env.incoming)
  const say = sayIn(language)
  const title = say('signIn.title')
  if (denial === afterTry.inClear) return problemPage(title, language, refusalText(denial.refusal, language))
  const problem = denial === notSignedIn ? null : refusalText(denial.refusal, language)
  const said = problem === null || isOfProvider ? html`` : html`<p role="alert">${problem}</p>`
  const byToken = html`<p>${say('signIn.text')}</p>
  ${name === null ? said : ''}
  <form method="post" action="${basePath}${signInPath}">
    <label for="token">${say('signIn.token')}</label>
    <input id="token" name="token" type="password" autocomplete="${hasAccounts ? 'off' : 'current-password'}" required${hasAccounts ? '' : raw(' autofocus')}>
    <button type="submit">${title}</button>
  </form>`
  // Without an icon browsers ask the root of the host for one.
  const head = html`<link rel="icon" href="data:,">
<script src="${basePath}${scriptPath}" defer></script>
`
  const byProvider =
    provider === null
      ? ''
      : html`${isOfProvider ? html`<p role="alert">${problem}</p>` : ''}
  <a id="provider" class="button" href="${basePath}${providerPath}">${say('signIn.withProvider', { name: provider })}</a>`
  if (!hasAccounts) return plainPage(title, language, { head, body: html`${byToken}${byProvider}` })
  const needsCode = denial.refusal.kind === 'codeNeeded'
  return plainPage(title, language, {
    head,
    body: html`<p>${say('signIn.byName')}</p>
  <form id="by-name" method="post" action="${basePath}${signInPath}">
    <p role="alert"${name === null || problem === null ? raw(' hidden') : ''}>${name === null ? '' : problem}</p>
    <label for="name">${say('signIn.name')}</label>
    <input id="name" name="name" value="${name ?? ''}" autocomplete="username" autocapitalize="none" spellcheck="false" required${name ? '' : raw(' autofocus')}>
    <label for="password">${say('signIn.password')}</label>
    <input id="password" name="password" type="password" autocomplete="current-password" required${name ? raw(' autofocus') : ''}>
    <div id="code-part"${needsCode ? '' : raw(' hidden')}>
      <label for="code">${say('signIn.code')}</label>
      <input id="code" name="code" autocomplete="one-time-code" autocapitalize="none" spellcheck="false" required aria-describedby="code-hint"${needsCode ? '' : raw(' disabled')}>
      <p id="code-hint" class="hint">${say('signIn.codeHint')}</p>
    </div>
    <button type="submit">${title}</button>
  </form>
  <div id="by-passkey" hidden>
    <p role="alert" hidden></p>
    <button type="button" class="other">${say('signIn.byPasskey')}</button>
  </div>
  ${byProvider}
  <details${name === null && problem !== null && !isOfProvider ? raw(' open') : ''}>
    <summary>${say('signIn.withToken')}</summary>
    ${byToken}
  </details>`,
  })
}

const scriptPath = '/sign-in.js'
/**
 * The part after # is never sent to a server. Added to a form's address, it is still there when the browser is redirected
 * after sign-in. Without scripts sign-in leads to Overview, and whoever needs a code enters the password once more with it.
 */
const script = `const root = new URL('.', document.currentScript.src).pathname
// Who came past the proxy goes below its path too, where the session counts.
if (!location.pathname.startsWith(root)) location.replace(root + location.pathname.slice(1) + location.search + location.hash)
for (const form of document.forms) form.action += location.hash
const provider = document.getElementById('provider')
if (provider) provider.href += '?to=' + encodeURIComponent(location.hash)
const enter = () => {
  if (location.pathname.startsWith(root + 'api/sign-in')) location.replace(root + location.hash)
  else location.reload()
}
const say = (problem, text) => {
  for (const one of document.querySelectorAll('[role="alert"]')) one.hidden = true
  problem.textContent = text
  problem.hidden = false
}
const byPasskey = document.getElementById('by-passkey')
const bytes = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0))
const text = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
const post = (path, body) => fetch(root + path, { method: 'POST', redirect: 'error', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
// Browsers have passkeys for names alone, not for addresses.
if (byPasskey && window.PublicKeyCredential && !/^[\\d.]+$|^\\[/.test(location.hostname)) byPasskey.hidden = false
byPasskey?.querySelector('button').addEventListener('click', async ({ target: button }) => {
  const problem = byPasskey.querySelector('[role="alert"]')
  button.disabled = true
  try {
    const asked = await post('api/sign-in/passkey/start', {})
    const options = await asked.json()
    if (!asked.ok) return say(problem, options.message)
    const { challenge, rpId, timeout, userVerification } = options
    const made = await navigator.credentials.get({ publicKey: { challenge: bytes(challenge), rpId, timeout, userVerification } })
    const { clientDataJSON, authenticatorData, signature, userHandle } = made.response
    const response = { clientDataJSON: text(clientDataJSON), authenticatorData: text(authenticatorData), signature: text(signature), userHandle: userHandle && text(userHandle) }
    const answer = await post('api/sign-in/passkey', { id: made.id, rawId: text(made.rawId), type: made.type, response })
    if (answer.ok) return enter()
    say(problem, (await answer.json()).message)
  } catch {
    // Closed by whoever was asked, or refused by the browser, which says so itself.
  } finally {
    button.disabled = false
  }
})
const byName = document.getElementById('by-name')
byName?.addEventListener('submit', async (event) => {
  event.preventDefault()
  const button = byName.querySelector('button')
  const problem = byName.querySelector('[role="alert"]')
  button.disabled = true
  try {
    const answer = await post('api/sign-in', Object.fromEntries(new FormData(byName)))
    if (answer.ok) return enter()
    const { message, data } = await answer.json()
    say(problem, message)
    if (data?.kind === 'codeNeeded') {
      document.getElementById('code-part').hidden = false
      byName.elements.code.disabled = false
      byName.elements.code.focus()
    } else byName.elements[byName.elements.code.disabled ? 'password' : 'code'].select()
  } catch {
    // Without an answer that can be read the browser sends the form itself, and shows what comes.
    byName.submit()
  }
  button.disabled = false
})
`
