import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'
import type { Language } from '../i18n/languages.ts'
import { refusalText } from '../i18n/refusalText.ts'
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

/** Path of the page's script. */
export const signInScriptPath = '/sign-in.js'
/**
 * The part after # is never sent to a server. Added to a form's address, it is still there when the browser is redirected
 * after sign-in. Without scripts sign-in leads to Overview, and whoever needs a code enters the password once more with it.
 */
export const signInScript = `for (const form of document.forms) form.action += location.hash
const byName = document.getElementById('by-name')
byName?.addEventListener('submit', async (event) => {
  event.preventDefault()
  const button = byName.querySelector('button')
  const problem = byName.querySelector('[role="alert"]')
  button.disabled = true
  try {
    const answer = await fetch('/api/sign-in', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(Object.fromEntries(new FormData(byName))),
    })
    if (answer.ok) {
      if (location.pathname === '/api/sign-in') location.replace('/' + location.hash)
      else location.reload()
      return
    }
    const { message, data } = await answer.json()
    for (const one of document.querySelectorAll('[role="alert"]')) one.hidden = true
    problem.textContent = message
    problem.hidden = false
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

interface SignInText {
  readonly title: string
  /** Above the form for names. */
  readonly byName: string
  readonly name: string
  readonly password: string
  readonly code: string
  readonly codeHint: string
  /** Opens the form for the token, and stands above it. */
  readonly withToken: string
  readonly text: string
  readonly token: string
}
const words: Readonly<Record<Language, SignInText>> = {
  en: {
    title: 'Sign in',
    byName: 'Sign in with your name and password.',
    name: 'Name',
    password: 'Password',
    code: 'Code',
    codeHint: 'Six digits from your authenticator app, or one of your recovery codes.',
    withToken: 'Sign in with a token',
    text: 'Enter the access token. mtxdeck printed it at its first start, and keeps it in the token file on its machine.',
    token: 'Token',
  },
  de: {
    title: 'Anmelden',
    byName: 'Melden Sie sich mit Name und Passwort an.',
    name: 'Name',
    password: 'Passwort',
    code: 'Code',
    codeHint: 'Sechs Ziffern aus Ihrer Authenticator-App oder einer Ihrer Wiederherstellungscodes.',
    withToken: 'Mit einem Token anmelden',
    text: 'Geben Sie das Zugangs-Token ein. mtxdeck hat es beim ersten Start ausgegeben; es steht auch in der Token-Datei auf dem Rechner der Konsole.',
    token: 'Token',
  },
  zh: {
    title: '登录',
    byName: '请使用您的用户名和密码登录。',
    name: '用户名',
    password: '密码',
    code: '验证码',
    codeHint: '身份验证器应用中的六位数字，或您的一个恢复码。',
    withToken: '使用令牌登录',
    text: '请输入访问令牌。令牌在 mtxdeck 首次启动时打印，并保存在控制台所在机器的令牌文件中。',
    token: '令牌',
  },
  ru: {
    title: 'Войти',
    byName: 'Войдите с именем и паролем.',
    name: 'Имя',
    password: 'Пароль',
    code: 'Код',
    codeHint: 'Шесть цифр из приложения-аутентификатора или один из ваших кодов восстановления.',
    withToken: 'Войти с токеном',
    text: 'Введите токен доступа. Он был выведен при первом запуске mtxdeck и записан в файл токена на машине консоли.',
    token: 'Токен',
  },
  ko: {
    title: '로그인',
    byName: '이름과 비밀번호로 로그인하십시오.',
    name: '이름',
    password: '비밀번호',
    code: '코드',
    codeHint: '인증 앱의 여섯 자리 숫자 또는 복구 코드 하나를 입력하십시오.',
    withToken: '토큰으로 로그인',
    text: '액세스 토큰을 입력하십시오. mtxdeck을 처음 시작할 때 출력되었으며 콘솔 장비의 토큰 파일에 있습니다.',
    token: '토큰',
  },
}

/** What a browser without a session may sign in with, and what it entered before. */
interface SignInAsked {
  /** Without accounts there is the token alone. */
  readonly hasAccounts: boolean
  /** The name that was entered; null: a token, or nothing yet. */
  readonly name: string | null
}

/** The page for a browser without a session: plain HTML that works without its script. Nothing is asked for that would be refused. */
export function signInPage(denial: Denial, language: Language, { hasAccounts, name }: SignInAsked = { hasAccounts: false, name: null }) {
  const text = words[language]
  const problem = denial === notSignedIn ? null : refusalText(denial.refusal, language)
  if (denial === afterTry.inClear) return plainPage(text.title, language, { body: html`<p role="alert">${problem}</p>` })
  const said = problem === null ? html`` : html`<p role="alert">${problem}</p>`
  const byToken = html`<p>${text.text}</p>
  ${name === null ? said : ''}
  <form method="post" action="/api/sign-in">
    <label for="token">${text.token}</label>
    <input id="token" name="token" type="password" autocomplete="${hasAccounts ? 'off' : 'current-password'}" required${hasAccounts ? '' : raw(' autofocus')}>
    <button type="submit">${text.title}</button>
  </form>`
  const head = html`<script src="${signInScriptPath}" defer></script>
`
  if (!hasAccounts) return plainPage(text.title, language, { head, body: byToken })
  const needsCode = denial.refusal.kind === 'codeNeeded'
  return plainPage(text.title, language, {
    head,
    body: html`<p>${text.byName}</p>
  <form id="by-name" method="post" action="/api/sign-in">
    <p role="alert"${name === null || problem === null ? raw(' hidden') : ''}>${name === null ? '' : problem}</p>
    <label for="name">${text.name}</label>
    <input id="name" name="name" value="${name ?? ''}" autocomplete="username" autocapitalize="none" spellcheck="false" required${name ? '' : raw(' autofocus')}>
    <label for="password">${text.password}</label>
    <input id="password" name="password" type="password" autocomplete="current-password" required${name ? raw(' autofocus') : ''}>
    <div id="code-part"${needsCode ? '' : raw(' hidden')}>
      <label for="code">${text.code}</label>
      <input id="code" name="code" autocomplete="one-time-code" autocapitalize="none" spellcheck="false" required aria-describedby="code-hint"${needsCode ? '' : raw(' disabled')}>
      <p id="code-hint" class="hint">${text.codeHint}</p>
    </div>
    <button type="submit">${text.title}</button>
  </form>
  <details${name === null && problem !== null ? raw(' open') : ''}>
    <summary>${text.withToken}</summary>
    ${byToken}
  </details>`,
  })
}
