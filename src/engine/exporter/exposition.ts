import { unitOf } from '../../shared/exportedMetrics.ts'

export const openMetricsVersion = '1.0.0'
export const expositionFormats = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openMetrics: `application/openmetrics-text; version=${openMetricsVersion}; charset=utf-8`,
} as const
export type ExpositionFormat = keyof typeof expositionFormats

export interface Family {
  /** Of a counter with `_total`, of an info with `_info`. */
  readonly name: string
  /** info: always 1, its labels say something. */
  readonly type: 'gauge' | 'counter' | 'info'
  readonly help: string
  /** Lines without their ends, in groups so small that nothing waits for one of them. */
  readonly lines: () => Iterable<string>
}

/** Families whose lines are few: `ends` are those without the name, which begins them all. */
const familyOf =
  (type: Family['type']) =>
  (name: string, help: string, ...ends: readonly string[]): Family => ({ name, type, help, lines: () => ends.map((end) => `${name}${end}`) })
export const gauge = familyOf('gauge')
export const counter = familyOf('counter')
export const info = familyOf('info')

export function labelsText(labels: Readonly<Record<string, string>>): string {
  const texts = Object.entries(labels).map(([name, value]) => labelText(name, value))
  return `{${texts.join(',')}}`
}

/** Names longer than this are cut in labels, letters: a server may call a stream whatever it likes. */
const longestLabel = 1_000
const needsEscape = /[\\"\n]/
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' }

/** A label with its value between quotes. Lone surrogates, which UTF-8 can't have, become U+FFFD. */
export function labelText(name: string, value: string): string {
  const bounded = (value.length > longestLabel ? value.slice(0, longestLabel) : value).toWellFormed()
  return `${name}="${needsEscape.test(bounded) ? bounded.replace(/[\\"\n]/g, (letter) => escapes[letter] as string) : bounded}"`
}

/** Rounds to steps, so that 0.1 + 0.2 is 0.3 on the wire, too. */
export function valueText(value: number, step: number): string {
  if (step >= 1) return String(Math.round(value / step) * step)
  const perUnit = Math.round(1 / step)
  return String(Math.round(value * perUnit) / perUnit)
}

/** Stands for a line where much was looked at and nothing is to be said: other work may run. */
export const breath = ''
/** Letters of a piece: a millisecond or two of work. Other work runs between two pieces. */
const pieceLength = 100_000

/** An answer in pieces. Families without a line are left out. */
export function* exposition(families: Iterable<Family>, format: ExpositionFormat): Iterable<string> {
  let piece = ''
  for (const family of families) {
    let isNamed = false
    for (const line of family.lines()) {
      if (line !== breath) {
        if (!isNamed) piece += headOf(family, format)
        isNamed = true
        piece += `${line}\n`
        if (piece.length < pieceLength) continue
      }
      yield piece
      piece = ''
    }
  }
  yield format === 'openMetrics' ? `${piece}# EOF\n` : piece
}

/** What OpenMetrics leaves out in the name of a family. */
const endings: Readonly<Partial<Record<Family['type'], RegExp>>> = { counter: /_total$/, info: /_info$/ }

function headOf({ name, type, help }: Family, format: ExpositionFormat): string {
  const text = help.replace(/[\\\n]/g, (letter) => escapes[letter] as string)
  // The text form knows no info: it is a gauge that is 1.
  if (format === 'text') return `# HELP ${name} ${text}\n# TYPE ${name} ${type === 'info' ? 'gauge' : type}\n`
  const ending = endings[type]
  const named = ending === undefined ? name : name.replace(ending, '')
  const unit = unitOf(named)
  return `# TYPE ${named} ${type}\n${unit === null ? '' : `# UNIT ${named} ${unit}\n`}# HELP ${named} ${text.replaceAll('"', '\\"')}\n`
}
