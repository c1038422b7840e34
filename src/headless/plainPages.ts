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
 * The part after # is never sent to a server. Added to the form's address, it is still there when the browser is redirected
 * after sign-in. Without scripts sign-in leads to Overview.
 */
export const signInScript = 'document.forms[0].action += location.hash\n'

interface SignInText {
  readonly title: string
  readonly text: string
  readonly token: string
}
const words: Readonly<Record<Language, SignInText>> = {
  en: {
    title: 'Sign in',
    text: 'Enter the access token. mtxdeck printed it at its first start, and keeps it in the token file on its machine.',
    token: 'Token',
  },
  de: {
    title: 'Anmelden',
    text: 'Geben Sie das Zugangs-Token ein. mtxdeck hat es beim ersten Start ausgegeben; es steht auch in der Token-Datei auf dem Rechner der Konsole.',
    token: 'Token',
  },
  zh: { title: '登录', text: '请输入访问令牌。令牌在 mtxdeck 首次启动时打印，并保存在控制台所在机器的令牌文件中。', token: '令牌' },
  ru: {
    title: 'Войти',
    text: 'Введите токен доступа. Он был выведен при первом запуске mtxdeck и записан в файл токена на машине консоли.',
    token: 'Токен',
  },
  ko: { title: '로그인', text: '액세스 토큰을 입력하십시오. mtxdeck을 처음 시작할 때 출력되었으며 콘솔 장비의 토큰 파일에 있습니다.', token: '토큰' },
}

/** The page for a browser without a session: plain HTML that works without its one line of script. No token is asked for that would be refused. */
export function signInPage(denial: Denial, language: Language) {
  const problem = denial === notSignedIn ? html`` : html`<p role="alert">${refusalText(denial.refusal, language)}</p>`
  if (denial === afterTry.inClear) return plainPage(words[language].title, language, { body: problem })
  return plainPage(words[language].title, language, {
    head: html`<script src="${signInScriptPath}" defer></script>
`,
    body: html`<p>${words[language].text}</p>
  ${problem}
  <form method="post" action="/api/sign-in">
    <label for="token">${words[language].token}</label>
    <input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
    <button type="submit">${words[language].title}</button>
  </form>`,
  })
}
