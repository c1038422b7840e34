import { exactTexts, visibleText } from './visibleText.ts'

/**
 * Rows as CSV (RFC 4180, CRLF). Text that a spreadsheet would run as a formula (`=`, `+`, `-`, `@`, tab, carriage
 * return in front, OWASP "CSV injection") gets a `'` before it: stream and user names come from strangers. For the same reason marks
 * that turn text around are written as codes (`visibleText`); who needs exact names takes JSON. Numbers stay numbers; null is an empty field, because what is not known is not 0.
 */
export const toCsv = (head: readonly string[], rows: Iterable<readonly (string | number | null)[]>): string => toCsvLines([head]) + toCsvLines(rows)

/** The same of texts as the window has them, in which codes stand already: none is written as a code of a code. */
export const shownToCsv = (head: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string => toCsv(exactTexts(head), exactTexts(rows))

/** More rows of one file. */
export const toCsvLines = (rows: Iterable<readonly (string | number | null)[]>): string => {
  let lines = ''
  for (const row of rows) lines += `${row.map(field).join(',')}\r\n`
  return lines
}

const field = (value: string | number | null): string => {
  if (value === null) return ''
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : ''
  const shown = visibleText(value)
  // Looked for in both: what is hidden before a formula does not make it one of text.
  const isFormula = /^[\s\uFEFF]*[=+\-@\t\r|%]/
  const safe = isFormula.test(value) || isFormula.test(shown) ? `'${shown}` : shown
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
