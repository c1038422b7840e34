import { exactText, exactTexts, visibleText } from './visibleText.ts'

/**
 * Rows as CSV (RFC 4180, CRLF). Text that a spreadsheet would run as a formula (`=`, `+`, `-`, `@`, tab, carriage
 * return in front, OWASP "CSV injection") is prefixed with `'`, also after characters at which some spreadsheets split a
 * line: stream and user names come from strangers. For the same reason, characters that change the reading direction are
 * written as codes (`visibleText`); for exact names, use JSON. Numbers stay numbers; null is an empty field, because unknown is not 0.
 */
export function toCsv(head: readonly string[], rows: Iterable<readonly (string | number | null)[]>): string {
  return toCsvLines([head]) + toCsvLines(rows)
}

/** `toCsv` for texts from the window, which contain such codes already: they are not encoded twice. */
export function shownToCsv(head: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
  return toCsv(exactTexts(head), exactTexts(rows))
}

/** More rows of one file. */
export function toCsvLines(rows: Iterable<readonly (string | number | null)[]>): string {
  let lines = ''
  for (const row of rows) lines += `${row.map(field).join(',')}\r\n`
  return lines
}

/** Includes the full-width forms, which East Asian spreadsheets treat alike. */
const isFormula = /^[\s\uFEFF]*[=+\-@\t\r|%＝＋－＠]/
/** Where lists are separated by semicolons or tabs, a spreadsheet starts a new cell after each, even inside quotes. */
const cellBehind = /[;\t\r\n](?=[\s\uFEFF]*[=+\-@|%＝＋－＠])/g

const marked = /(^|[;\t\r\n])'(?=[\s\uFEFF]*[=+\-@|%＝＋－＠])/g
/** What `toCsv` wrote of a text, as it was. */
export function textOfCsv(text: string): string {
  return exactText(text.replaceAll(marked, '$1'))
}

function field(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : ''
  const shown = visibleText(value)
  // Both forms are checked: an invisible character in front does not disarm a formula.
  const safe = isFormula.test(value) || isFormula.test(shown) ? `'${shown}` : shown.replaceAll(cellBehind, "$&'")
  return /[",;\t\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** What separates the columns: what a line `sep=;` before the head says, otherwise what is most frequent in the head outside of quotes. */
export function separatorOf(csv: string): { readonly separator: string; readonly text: string } {
  const said = /^sep=(.)\r?\n/i.exec(csv)
  if (said !== null) return { separator: said[1] ?? ',', text: csv.slice(said[0].length) }
  const head = (/^.*/.exec(csv)?.[0] ?? '').replace(/"[^"]*"/g, '')
  const countOf = (separator: string) => head.split(separator).length
  return { separator: [';', '\t', '|'].reduce((most, one) => (countOf(one) > countOf(most) ? one : most), ','), text: csv }
}
