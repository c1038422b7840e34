import type { Language } from '../i18n/languages.ts'
import { sayIn } from '../i18n/say.ts'
import { redactText } from './redact.ts'
import type { Severity } from './severities.ts'
import type { AlarmSubject } from './subjectNames.ts'
import { visibleText } from './visibleText.ts'

/** A cell of a table: where it leads in the console, and how bad it is; a number stands at the right. */
export interface Cell {
  readonly text: string
  readonly severity?: Severity
  readonly incident?: string
  readonly alarm?: string
  readonly subject?: AlarmSubject
  readonly isNumber?: true
}
/** Times, figures and names stay on one line. */
export function isShort(text: string): boolean {
  return text.length <= 34
}
export interface DocumentPicture {
  readonly name: string
  readonly widthPx: number
  readonly heightPx: number
  /** Base64. */
  readonly jpeg: string
}
/**
 * A table with its heading, or pictures in its place. `note` says how it was found; `none` stands in place of no rows, `more` rows are left out, at least
 * so many where `isLeast`.
 */
export interface DocumentSection {
  readonly id: string
  readonly title: string
  readonly note?: string
  readonly heads: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
  readonly none: string
  readonly more?: number
  readonly isLeast?: boolean
  readonly pictures?: readonly DocumentPicture[]
}
/** What is said in a window, on paper and in mail alike. */
export interface ShiftDocument {
  readonly language: Language
  readonly title: string
  /** Said loudly under the title, such as that servers are simulated. */
  readonly cautions: readonly string[]
  readonly lead: readonly string[]
  /** Figures with what they are of. */
  readonly figures: readonly (readonly [name: string, figure: string])[]
  readonly sections: readonly DocumentSection[]
  readonly foot: string
}

/** Nothing in it can run or be fetched, whatever its texts say. */
const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
/** Mail programs know little of CSS: tables and plain rules do. Two A4 pages at most where lists are short. Contrasts are at least 4.5. */
const style = `
:root{color-scheme:light}
body{margin:0;background:#fff;color:#16191d;font:13px/1.4 Inter,"Segoe UI",system-ui,"Noto Sans","Noto Sans CJK SC","Malgun Gothic",sans-serif}
main{max-width:980px;margin:0 auto;padding:20px 24px}
h1{font-size:22px;margin:0 0 6px;overflow-wrap:anywhere}
h2{font-size:15px;margin:18px 0 4px;border-bottom:1px solid #cfd4da;break-after:avoid}
p{margin:3px 0;overflow-wrap:anywhere;white-space:pre-line}
.plain,th{color:#535b65;font-size:11.5px;font-weight:400}
thead th{white-space:nowrap}
.caution{font-weight:600;color:#8a3b00}
table{border-collapse:collapse;width:100%;font-size:12px}
th,td{padding:2px 10px 2px 0;vertical-align:top;text-align:left;border-bottom:1px solid #e6e9ec;overflow-wrap:anywhere}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.figures td{border:0;padding:4px 18px 4px 0}
.figures b{display:block;font-size:17px}
thead{display:table-header-group}
tr,figure{break-inside:avoid}
figure{display:inline-block;width:30%;min-width:200px;margin:0 10px 10px 0;vertical-align:top}
img{display:block;width:100%;height:auto}
.critical,.major{font-weight:600;color:#a3121f}
@media print{@page{size:A4;margin:12mm}main{max-width:none;padding:0}body{font-size:9.5pt}table{font-size:8.5pt}}`

/** Longest text in a document, in UTF-16 units. */
const longestText = 2_000
const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
/** Any text as HTML: without secrets, with what would be invisible, and cut. Everything that a document says goes through here. */
function html(text: string): string {
  // Secrets are hidden before it is cut, which could take away what tells one.
  const shown = visibleText(redactText(text.slice(0, 20 * longestText)))
  const cut = shown.length > longestText ? `${shown.slice(0, longestText).replace(/[\ud800-\udbff]$/, '')} …` : shown
  return cut.replace(/[&<>"']/g, (sign) => entities[sign] as string)
}

/** The document as one HTML file, which needs nothing else, has no script, and can be printed and mailed. */
export function documentHtml(document: ShiftDocument): string {
  return [...documentPieces(document)].join('\n')
}

/** The same piece by piece, as a long one takes longer than a thread may be held. */
export function* documentPieces(document: Omit<ShiftDocument, 'sections'> & { readonly sections: Iterable<DocumentSection> }): Generator<string> {
  const { language, title, cautions, lead, figures, sections, foot } = document
  const paragraphs = (texts: readonly string[], of: string) => texts.map((text) => `<p${of}>${html(text)}</p>`).join('\n')
  const facts = figures.map(([name, figure]) => `<td><b>${html(figure)}</b><span class="plain">${html(name)}</span></td>`).join('')
  yield `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width"><title>${html(title)}</title><style>${style}</style></head><body><main>
<h1>${html(title)}</h1>
${paragraphs(cautions, ' class="caution"')}
${paragraphs(lead, '')}
${facts === '' ? '' : `<table class="figures" role="presentation"><tr>${facts}</tr></table>`}`
  for (const section of sections) yield sectionHtml(section, language)
  yield `<p class="plain">${html(foot)}</p>\n</main></body></html>\n`
}

function sectionHtml({ title, note, more = 0, isLeast, ...content }: DocumentSection, language: Language): string {
  const left = more === 0 ? '' : `<p class="plain">${html(sayIn(language)('dossiers.more', { n: more, least: isLeast ? '+' : '' }))}</p>`
  return `<section><h2>${html(title)}</h2>${note === undefined ? '' : `<p class="plain">${html(note)}</p>`}
${content.pictures === undefined ? tableHtml(content) : content.pictures.map(pictureHtml).join('\n')}
${left}</section>`
}

function tableHtml({ heads, rows, none }: Pick<DocumentSection, 'heads' | 'rows' | 'none'>): string {
  if (rows.length === 0) return `<p>${html(none)}</p>`
  const isNumber = heads.map((_, column) => rows.some((row) => row[column]?.isNumber === true))
  const ofColumn = (column: number) => (isNumber[column] ? ' class="number"' : '')
  const head = heads.map((text, column) => `<th scope="col"${ofColumn(column)}>${html(text)}</th>`).join('')
  const cellOf = ({ text, severity }: Cell) => (severity === undefined ? html(text) : `<span class="${severity}">${html(text)}</span>`)
  const body = rows
    .map((row) => `<tr>${row.map((cell, column) => `<td${isShort(cell.text) ? ' nowrap' : ''}${ofColumn(column)}>${cellOf(cell)}</td>`).join('')}</tr>`)
    .join('\n')
  return `<table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`
}

/** Nothing where it is no JPEG. */
function pictureHtml({ name, widthPx, heightPx, jpeg }: DocumentPicture): string {
  if (!/^\/9j\/[A-Za-z0-9+/]+={0,2}$/.test(jpeg)) return ''
  const size = `width="${Math.round(widthPx)}" height="${Math.round(heightPx)}"`
  return `<figure><img src="data:image/jpeg;base64,${jpeg}" ${size} alt="${html(name)}"><figcaption class="plain">${html(name)}</figcaption></figure>`
}
