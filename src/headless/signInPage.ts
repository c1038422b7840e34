import { html } from 'hono/html'
import type { Language } from '../i18n/languages.ts'
import { refusalText } from '../i18n/refusalText.ts'
import { afterTry, notSignedIn } from './admission.ts'
import type { Denial } from './denial.ts'
import { plainPage } from './plainPage.ts'

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
