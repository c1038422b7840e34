import { redactText } from './redact.ts'
import { visibleText } from './visibleText.ts'

/** Longest text of others in a dossier, in UTF-16 units. */
const longestText = 2_000
const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Any text as HTML: without secrets, with what would be invisible, and cut. Everything that a dossier says goes through here. */
export function html(text: string): string {
  // Secrets are hidden before it is cut, which could take away what tells one.
  const shown = visibleText(redactText(text.slice(0, 20 * longestText)))
  return (shown.length > longestText ? `${shown.slice(0, longestText).replace(/[\ud800-\udbff]$/, '')} …` : shown).replace(
    /[&<>"']/g,
    (sign) => entities[sign] as string,
  )
}
