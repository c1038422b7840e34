import { exactTexts, visibleText } from './visibleText.ts'

/**
 * Rows as CSV (RFC 4180, CRLF). Text that a spreadsheet would run as a formula (`=`, `+`, `-`, `@`, tab, carriage
 * return in front, OWASP "CSV injection") gets a `'` before it, also behind what some spreadsheets split a line at: stream and user names come from strangers. For the same reason marks
 * that turn text around are written as codes (`visibleText`); who needs exact names takes JSON. Numbers stay numbers; null is an empty field, because what is not known is not 0.
 */
export const toCsv = (head: readonly string[], rows: Iterable<readonly (string | number | null)[]>): string => toCsvLines([head]) + toCsvLines(rows)

/** The same of texts as the window has them, in which codes stand already: none is written as a code of a code. */
export const shownToCsv = (head: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string => toCsv(exactTexts(head), exactTexts(rows))

/** More rows of one file. */
export function toCsvLines(rows: Iterable<readonly (string | number | null)[]>): string {
  let lines = ''
  for (const row of rows) lines += `${row.map(field).join(',')}\r\n`
  return lines
}

/** Also the wide forms, which spreadsheets of East Asia take for the same. */
const isFormula = /^[\s\uFEFF]*[=+\-@\t\r|%＝＋－＠]/
/** Where lists are separated by semicolons or tabs, a spreadsheet begins a cell behind each of them, quotes or not. */
const cellBehind = /[;\t\r\n](?=[\s\uFEFF]*[=+\-@|%＝＋－＠])/g

function field(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : ''
  const shown = visibleText(value)
  // Looked for in both: what is hidden before a formula does not make it one of text.
  const safe = isFormula.test(value) || isFormula.test(shown) ? `'${shown}` : shown.replaceAll(cellBehind, "$&'")
  return /[",;\t\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
