import { separatorOf } from '../../shared/csv.ts'
import { nearestWord } from '../../shared/nearestWord.ts'
import { mostProbes } from '../../shared/probeIds.ts'
import { type ListValidationError, type ProbeInput, probeColumns, probeInputSchema } from '../../shared/probes.ts'
import { type ValidationError, validationErrorOf } from '../../shared/validationErrors.ts'
import { loadWhenUsed } from '../loadWhenUsed.ts'

const papaparse = loadWhenUsed<typeof import('papaparse')>('papaparse')

/** Maximum number of mistakes reported, the first ones. */
const mostValidationErrors = 50
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

/** Case, spaces, `_` and `-` don't matter. */
const plain = (text: string) => text.toLowerCase().replace(/[\s_-]/g, '')
const columnsByHeading = new Map(probeColumns.map((column) => [plain(column), column]))

/**
 * Reads a CSV list of probes (RFC 4180; commas, semicolons or tabs). `isOfFile`: whether the configuration file has a probe of this name.
 * `wrongWithAddress`: why an address may not be in a list; null: it may. Names are given in lower case.
 */
export function readProbeList(
  csv: string,
  isOfFile: (name: string) => boolean,
  wrongWithAddress: (name: string, url: string) => ValidationError | null = () => null,
): { readonly inputs: readonly ProbeInput[]; readonly columns: readonly Column[]; readonly validationErrors: ListValidationError[] } {
  const validationErrors: ListValidationError[] = []
  const wrong = (line: number, column: string | null, validationError: ValidationError) => {
    if (validationErrors.length < mostValidationErrors) validationErrors.push({ line, column, validationError })
  }
  const bare = csv.replace(/^\uFEFF/, '')
  const { separator, text: list } = separatorOf(bare)
  /** Of the head. */
  const firstLine = list === bare ? 1 : 2
  const { data, errors } = papaparse().parse<string[]>(list, { preview: mostProbes + 2, delimiter: separator })
  for (const { row = 0, message } of errors) wrong(row + firstLine, null, { kind: 'said', text: message })
  const [wholeHead = [], ...rows] = data
  const head = wholeHead.slice(0, mostColumns).map((name) => name.slice(0, longestColumn))
  const columns = head.map((text) => columnsByHeading.get(plain(text)) ?? null)
  head.forEach((text, index) => {
    const name = text.trim()
    if (columns[index] === null) wrong(firstLine, name, { kind: 'unknownKey', meant: nearestWord(name, probeColumns), known: [...probeColumns] })
    else if (columns.indexOf(columns[index] ?? null) !== index) wrong(firstLine, name, { kind: 'givenTwice', name })
  })
  for (const needed of ['name', 'url'] as const) if (!columns.includes(needed)) wrong(firstLine, null, { kind: 'missing', key: needed })
  if (rows.length > mostProbes) wrong(mostProbes + 1 + firstLine, null, { kind: 'tooManyAtOnce', most: mostProbes })
  if (validationErrors.length > 0) return { inputs: [], columns: [], validationErrors }

  const inputs: ProbeInput[] = []
  const names = new Set<string>()
  rows.forEach((cells, index) => {
    const line = index + 1 + firstLine
    if (cells.every((cell) => cell.trim() === '')) return
    const entries = columns.flatMap((column, at) => (column === null ? [] : [[column, entryOf(column, (cells[at] ?? '').trim())] as const]))
    const parsed = probeInputSchema.safeParse(Object.fromEntries(entries))
    if (!parsed.success) {
      for (const issue of parsed.error.issues) wrong(line, String(issue.path[0] ?? ''), validationErrorOf(issue))
      return
    }
    const name = parsed.data.name.toLowerCase()
    const wrongAddress = wrongWithAddress(name, parsed.data.url)
    if (names.has(name)) wrong(line, 'name', { kind: 'givenTwice', name })
    else if (isOfFile(name)) wrong(line, 'name', { kind: 'probeOfFile' })
    else if (wrongAddress !== null) wrong(line, 'url', wrongAddress)
    names.add(name)
    inputs.push(parsed.data)
  })
  return { inputs, columns: columns.filter((column) => column !== null), validationErrors }
}
