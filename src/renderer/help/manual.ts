/** The manual: docs/*.md as chapters with headings, and what is found in them. Large, so that only the Help page loads it. */
import { lexer, type Token } from 'marked'
import { searchTerms, searchText } from '../../shared/searchText.ts'

const files = import.meta.glob<string>(['../../../docs/*.md', '!../../../docs/{store,mediamtx}.md'], { query: '?raw', import: 'default', eager: true })

const order = [
  'start',
  'window',
  'history',
  'alarms',
  'alarms-reference',
  'lifecycle',
  'sessions',
  'recordings',
  'configuration',
  'cameras',
  'daily-check',
  'probes',
  'canary',
  'diagnosis',
  'playability',
  'webrtc',
  'wall',
  'shift',
  'dossier',
  'remedies',
  'hosts',
  'people',
  'headless',
  'prometheus',
  'performance',
] as const

interface Heading {
  /** Within its chapter, as a forge names it; '' for the chapter itself. */
  readonly anchor: string
  readonly depth: number
  readonly title: string
}
export interface Chapter {
  /** Its file in docs/, without `.md`. */
  readonly name: string
  readonly title: string
  readonly tokens: readonly Token[]
  /** The chapter itself first. */
  readonly headings: readonly Heading[]
  readonly headingOf: ReadonlyMap<Token, Heading>
}

export const chapters: readonly Chapter[] = order.map((name) => {
  const tokens = lexer(files[`../../../docs/${name}.md`] ?? '')
  const headings: Heading[] = []
  const headingOf = new Map<Token, Heading>()
  const anchors = new Map<string, number>()
  for (const token of tokens) {
    if (token.type !== 'heading') continue
    const title = textOf(token)
    const plain = anchorOf(title)
    const before = anchors.get(plain) ?? 0
    anchors.set(plain, before + 1)
    const heading = { anchor: headings.length === 0 ? '' : before === 0 ? plain : `${plain}-${before}`, depth: token.depth as number, title }
    headings.push(heading)
    headingOf.set(token, heading)
  }
  return { name, title: headings[0]?.title ?? name, tokens: tokens.slice(1), headings, headingOf }
})

/** As forges name headings. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-')
}

/** Where a link of a chapter leads within the manual: `alarms#rules`; null where the manual has no such chapter. */
export function chapterOfLink(href: string, from: string): string | null {
  const [file = '', anchor] = href.split('#')
  const name = file === '' ? from : file.replace(/\.md$/, '')
  return chapters.some((chapter) => chapter.name === name) ? name + (anchor ? `#${anchor}` : '') : null
}

/** What somebody reads of a token: without marks, pictures and HTML. */
function textOf(token: Token): string {
  switch (token.type) {
    case 'image':
    case 'html':
      return ''
    case 'table':
      return [token.header, ...token.rows].map((row: readonly { readonly tokens: readonly Token[] }[]) => row.map(textsOf).join(' · ')).join('\n')
    case 'list':
      return token.items.map(textsOf).join('\n')
    case 'list_item':
    case 'blockquote':
      return textsOf(token as { readonly tokens: readonly Token[] })
    case 'br':
      return '\n'
  }
  if ('tokens' in token && token.tokens) return textsOf({ tokens: token.tokens })
  return 'text' in token ? (token.text as string) : ''
}
function textsOf({ tokens }: { readonly tokens: readonly Token[] }): string {
  return tokens.map(textOf).join('')
}

interface Section {
  readonly chapter: Chapter
  readonly heading: Heading
  readonly text: string
  /** Of its heading; of heading, chapter and text. */
  readonly found: { readonly heading: string; readonly all: string }
}
let sections: readonly Section[] | null = null
function allSections(): readonly Section[] {
  sections ??= chapters.flatMap((chapter) => {
    const texts = chapter.headings.map(() => [] as string[])
    let at = 0
    for (const token of chapter.tokens) {
      if (token.type === 'heading') at++
      else texts[at]?.push(textOf(token))
    }
    return chapter.headings.map((heading, place) => {
      const text = (texts[place] ?? []).filter(Boolean).join('\n')
      return { chapter, heading, text, found: { heading: searchText(heading.title), all: searchText(`${heading.title} ${chapter.title} ${text}`) } }
    })
  })
  return sections
}

export interface FoundSection {
  readonly chapter: Chapter
  readonly heading: Heading
  /** What stands below the heading, from shortly before the first word that was typed. */
  readonly text: string
}
const [before, after] = [60, 160]
const mostFound = 40

/** Sections that hold every word of the query: those whose heading does first. Pure. */
export function findInManual(query: string): { readonly found: readonly FoundSection[]; readonly total: number } {
  const terms = searchTerms(query)
  if (terms.length === 0) return { found: [], total: 0 }
  const inHeading = ({ found }: Section) => terms.every((term) => found.heading.includes(term))
  const all = allSections()
    .filter(({ found }) => terms.every((term) => found.all.includes(term)))
    .sort((a, b) => Number(inHeading(b)) - Number(inHeading(a)))
  const [first = ''] = terms
  const found = all.slice(0, mostFound).map(({ chapter, heading, text }) => {
    const from = Math.max(0, text.toLowerCase().indexOf(first) - before)
    return { chapter, heading, text: `${from > 0 ? '… ' : ''}${text.slice(from, from + before + after)}` }
  })
  return { found, total: all.length }
}
