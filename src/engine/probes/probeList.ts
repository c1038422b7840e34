import papaparse from 'papaparse'
import { type Mistake, mistakeOf } from '../../shared/mistakes.ts'
import { nearestWord } from '../../shared/nearestWord.ts'
import { type ListMistake, mostProbes, type ProbeInput, probeColumns, probeInputSchema } from '../../shared/probes.ts'

/** Maximum number of mistakes reported, the first ones. */
const mostMistakes = 50
/** Maximum number of columns, and of characters of each heading. */
const mostColumns = 50
const longestColumn = 100

type Column = (typeof probeColumns)[number]
const numbers: ReadonlySet<string> = new Set<Column>(['intervalSeconds', 'lookSeconds', 'retries'])
const truths = new Map([
  ['true', true],
  ['false', false],
])

/** Checks are separated by spaces, commas, semicolons or `|`. */
const severalOf = (text: string): string[] => text.split(/[\s,;|]+/)

/** Converts a cell to the type of the schema; an empty one is left out, so that the default applies. */
function entryOf(column: string, text: string): unknown {
  if (text === '') return undefined
  if (numbers.has(column)) return Number(text)
  if (column === 'checks') return severalOf(text)
  return column === 'paused' ? (truths.get(text.toLowerCase()) ?? text) : text
}

/** The column of a heading: case, spaces, `_` and `-` don't matter. */
const plain = (text: string) => text.toLowerCase().replace(/[\s_-]/g, '')
const columnOf = (head: string): Column | null => probeColumns.find((column) => plain(column) === plain(head)) ?? null

/**
 * Reads a CSV list of probes (RFC 4180; commas, semicolons or tabs). `isOfFile`: whether the configuration file has a probe of this name.
 * `wrongWithAddress`: why an address may not be in a list; null: it may. Names are given in lower case.
 */
export function readProbeList(
  csv: string,
  isOfFile: (name: string) => boolean,
  wrongWithAddress: (name: string, url: string) => Mistake | null = () => null,
): { readonly inputs: readonly ProbeInput[]; readonly columns: readonly Column[]; readonly mistakes: ListMistake[] } {
  const mistakes: ListMistake[] = []
  const wrong = (line: number, column: string | null, mistake: Mistake) => {
    if (mistakes.length < mostMistakes) mistakes.push({ line, column, mistake })
  }
  const { data, errors } = papaparse.parse<string[]>(csv.replace(/^\uFEFF/, ''), { preview: mostProbes + 2, delimitersToGuess: [',', ';', '\t'] })
  for (const { row = 0, message, code } of errors) if (code !== 'UndetectableDelimiter') wrong(row + 1, null, { kind: 'said', text: message })
  const [wholeHead = [], ...rows] = data
  const head = wholeHead.slice(0, mostColumns).map((name) => name.slice(0, longestColumn))
  const columns = head.map(columnOf)
  head.forEach((text, index) => {
    const name = text.trim()
    if (columns[index] === null) wrong(1, name, { kind: 'unknownKey', meant: nearestWord(name, probeColumns), known: [...probeColumns] })
    else if (columns.indexOf(columns[index] as Column) !== index) wrong(1, name, { kind: 'namedTwice' })
  })
  for (const needed of ['name', 'url'] as const) if (!columns.includes(needed)) wrong(1, null, { kind: 'missing', key: needed })
  if (rows.length > mostProbes) wrong(mostProbes + 2, null, { kind: 'tooManyAtOnce', most: mostProbes })
  if (mistakes.length > 0) return { inputs: [], columns: [], mistakes }

  const inputs: ProbeInput[] = []
  const names = new Set<string>()
  rows.forEach((cells, index) => {
    const line = index + 2
    if (cells.every((cell) => cell.trim() === '')) return
    const entries = columns.map((column, at) => [column as Column, entryOf(column as Column, (cells[at] ?? '').trim())] as const)
    const parsed = probeInputSchema.safeParse(Object.fromEntries(entries))
    if (!parsed.success) {
      for (const issue of parsed.error.issues) wrong(line, String(issue.path[0] ?? ''), mistakeOf(issue))
      return
    }
    const name = parsed.data.name.toLowerCase()
    const wrongAddress = wrongWithAddress(name, parsed.data.url)
    if (names.has(name)) wrong(line, 'name', { kind: 'namedTwice' })
    else if (isOfFile(name)) wrong(line, 'name', { kind: 'probeOfFile' })
    else if (wrongAddress !== null) wrong(line, 'url', wrongAddress)
    names.add(name)
    inputs.push(parsed.data)
  })
  return { inputs, columns: columns.filter((column) => column !== null), mistakes }
}
