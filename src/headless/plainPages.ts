import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'
import type { Language } from '../i18n/languages.ts'
import { refusalText } from '../i18n/refusalText.ts'
import { sayIn } from '../i18n/say.ts'
import { afterTry, notSignedIn } from './admission.ts'
import type { Denial } from './requests.ts'

/** The look of pages for browsers that have not signed in. */
const style = `
  :root { color-scheme: dark; --bg: #0a0d12; --surface: #10151c; --line: #303b49; --text: #e7ecf2; --muted: #a3b0bf; --accent: #6aa6ff; --on-accent: #06101f; --major: #ff9130; }
  @media (prefers-color-scheme: light) {
    :root { color-scheme: light; --bg: #f4f6f9; --surface: #fff; --line: #c9d2dc; --text: #121a24; --muted: #4d5b6b; --accent: #1f6feb; --on-accent: #fff; --major: #ad4e00; }
  }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; font: 14px/1.5 Inter, system-ui, sans-serif; background: var(--bg); color: var(--text); }
  main { width: min(24rem, calc(100vw - 3rem)); padding: 24px; border: 1px solid var(--line); border-radius: 8px; background: var(--surface); box-sizing: border-box; }
  h1 { font-size: 18px; font-weight: 650; margin: 0 0 4px; }
  p { margin: 0 0 20px; color: var(--muted); }
  label { display: block; margin-bottom: 4px; font-weight: 500; }
  input, button { box-sizing: border-box; width: 100%; font: inherit; padding: 8px 12px; border-radius: 6px; border: 1px solid var(--line); background: var(--bg); color: inherit; }
  button { margin-top: 12px; cursor: pointer; font-weight: 600; background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
  .button { display: block; margin-top: 12px; padding: 8px 12px; border-radius: 6px; border: 1px solid var(--line); background: var(--bg); color: var(--text); font-weight: 600; text-align: center; text-decoration: none; }
  .other { background: var(--bg); border-color: var(--line); color: var(--text); }
  #by-passkey [role="alert"] { margin: 12px 0 0; }
  [role="alert"] + .button { margin-top: 0; }
  :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
  [role="alert"] { padding: 8px 12px; border: 1px solid var(--major); border-radius: 6px; color: var(--text); }
  h2 { font-size: 16px; font-weight: 650; margin: 0 0 4px; overflow-wrap: anywhere; }
  ul { margin: 0 0 16px; padding-left: 20px; overflow-wrap: anywhere; }
  .text { color: var(--text); overflow-wrap: anywhere; }
  .hint { margin: 4px 0 0; font-size: 13px; }
  form input { margin-bottom: 8px; }
  details { margin-top: 20px; padding-top: 12px; border-top: 1px solid var(--line); }
  summary { cursor: pointer; color: var(--muted); }
  summary + p { margin-top: 12px; }
  a { color: var(--accent); }
`
/** Allows this style in a Content-Security-Policy, and no other. */
export const plainStyleHash = `'sha256-${createHash('sha256').update(style).digest('base64')}'`

type Part = ReturnType<typeof html>
/** Plain HTML, which needs no script. What is inserted is escaped. */
export function plainPage(title: string, language: Language, { head = '', body }: { readonly head?: Part | ''; readonly body: Part }): Part {
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>mtxdeck · ${title}</title>
${head}<style>${raw(style)}</style>
</head>
<body>
<main>
  <h1>mtxdeck</h1>
  ${body}
</main>
</body>
</html>
`
}

/** A page that says what is wrong, and nothing else. */
export function problemPage(title: string, language: Language, problem: string): Part {
  return plainPage(title, language, { body: html`<p role="alert">${problem}</p>` })
}

/** Path of the page's script. */
export const signInScriptPath = '/sign-in.js'
/**
 * The part after # is never sent to a server. Added to a form's address, it is still there when the browser is redirected
 * after sign-in. Without scripts sign-in leads to Overview, and whoever needs a code enters the password once more with it.
 */
export const signInScript = `const root = new URL('.', document.currentScript.src).pathname
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

/** What a browser without a session may sign in with, and what it entered before. */
interface SignInAsked {
  /** Without accounts there is the token alone. */
  readonly hasAccounts: boolean
  /** The name that was entered; null: a token, or nothing yet. */
  readonly name: string | null
  /** The name of the organisation's provider; null: there is none. */
  readonly provider: string | null
  /** What is shown after a sign-in with the provider, which did not succeed. */
  readonly isOfProvider: boolean
  /** Path below which the browser sees the console; '' for none. */
  readonly basePath: string
}

/** Paths of signing in with a provider, and with a passkey. */
export const providerPath = '/api/sign-in/oidc'
export const passkeyPath = '/api/sign-in/passkey'

/**
 * Leads on to the console after a provider sent the browser back. A page of ours has to do so: the browser keeps the session's cookie to itself
 * on a way that began at another site.
 */
export function enterPage(to: string, language: Language) {
  const say = sayIn(language)
  return plainPage(say('signIn.title'), language, {
    head: html`<meta http-equiv="refresh" content="0;url=${to}">
`,
    body: html`<p><a href="${to}">${say('signIn.goOn')}</a></p>`,
  })
}

/** The page for a browser without a session: plain HTML that works without its script. Nothing is asked for that would be refused. */
export function signInPage(denial: Denial, language: Language, { hasAccounts, name, provider, isOfProvider, basePath }: SignInAsked) {
  const say = sayIn(language)
  const title = say('signIn.title')
  if (denial === afterTry.inClear) return problemPage(title, language, refusalText(denial.refusal, language))
  const problem = denial === notSignedIn ? null : refusalText(denial.refusal, language)
  const said = problem === null || isOfProvider ? html`` : html`<p role="alert">${problem}</p>`
  const byToken = html`<p>${say('signIn.text')}</p>
  ${name === null ? said : ''}
  <form method="post" action="${basePath}/api/sign-in">
    <label for="token">${say('signIn.token')}</label>
    <input id="token" name="token" type="password" autocomplete="${hasAccounts ? 'off' : 'current-password'}" required${hasAccounts ? '' : raw(' autofocus')}>
    <button type="submit">${title}</button>
  </form>`
  // Without an icon browsers ask the root of the host for one.
  const head = html`<link rel="icon" href="data:,">
<script src="${basePath}${signInScriptPath}" defer></script>
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
  <form id="by-name" method="post" action="${basePath}/api/sign-in">
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
