import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'
import type { Language } from '../i18n/languages.ts'

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

export function problemPage(title: string, language: Language, problem: string): Part {
  return plainPage(title, language, { body: html`<p role="alert">${problem}</p>` })
}
