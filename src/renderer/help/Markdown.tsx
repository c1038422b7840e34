import type { Token, Tokens } from 'marked'
import { Fragment, type ReactNode } from 'react'
import { Link } from 'react-router'
import { toHelp } from '../app/links.ts'
import { t } from '../app/words.ts'
import { type Chapter, chapterOfLink } from './manual.ts'

export function headingId(anchor: string): string {
  return `manual-${anchor}`
}

/** A chapter as elements. Nothing of it is HTML: where it holds some, it is left out, and so are pictures and links to files that the manual does not have. */
export function ChapterText({ chapter }: { readonly chapter: Chapter }) {
  return <Blocks tokens={chapter.tokens} chapter={chapter} />
}

interface Of<What> {
  readonly tokens: readonly What[]
  readonly chapter: Chapter
}

const isPicture = ({ type, tokens }: Token & { readonly tokens?: readonly Token[] | undefined }) =>
  type === 'paragraph' && (tokens ?? []).every((token) => token.type === 'image' || (token.type === 'text' && token.raw.trim() === ''))

const Blocks = ({ tokens, chapter }: Of<Token>): ReactNode =>
  tokens.map((token, index) => <Block key={index} token={token as Tokens.Generic} chapter={chapter} />)

function Block({ token, chapter }: { readonly token: Tokens.Generic; readonly chapter: Chapter }): ReactNode {
  const inside = <Inline tokens={token.tokens ?? []} chapter={chapter} />
  switch (token.type) {
    case 'heading':
      return <HeadingLine token={token as Tokens.Heading} chapter={chapter} />
    case 'paragraph':
      return isPicture(token) ? null : <p className="my-2.5">{inside}</p>
    case 'text':
      return token.tokens ? inside : token.text
    case 'list':
      return <List list={token as Tokens.List} chapter={chapter} />
    case 'code':
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: long lines are read by keyboard as well
        <pre tabIndex={0} className="my-3 overflow-x-auto rounded-md border border-line bg-surface px-3 py-2 font-mono text-sm leading-normal">
          {token.text}
        </pre>
      )
    case 'table':
      return <Table table={token as Tokens.Table} chapter={chapter} />
    case 'blockquote':
      return (
        <blockquote className="my-2.5 border-line-strong border-l-2 pl-3 text-muted">
          <Blocks tokens={token.tokens ?? []} chapter={chapter} />
        </blockquote>
      )
    case 'hr':
      return <hr className="my-4 border-line" />
    default:
      return null
  }
}

function HeadingLine({ token, chapter }: { readonly token: Tokens.Heading; readonly chapter: Chapter }) {
  const heading = chapter.headingOf.get(token)
  if (heading === undefined) return null
  const Tag = token.depth <= 2 ? 'h2' : 'h3'
  return (
    <Tag
      id={headingId(heading.anchor)}
      tabIndex={-1}
      className={`group scroll-mt-2 font-semibold outline-none ${token.depth <= 2 ? 'mt-7 mb-1.5 text-xl' : 'mt-5 mb-1 text-lg'}`}
    >
      <Inline tokens={token.tokens} chapter={chapter} />
      <Link
        to={toHelp(`${chapter.name}#${heading.anchor}`)}
        aria-label={t('help.linkTo', { heading: heading.title })}
        className="ml-1.5 px-1 font-normal text-faint opacity-0 hover:text-accent focus:opacity-100 group-hover:opacity-100"
      >
        #
      </Link>
    </Tag>
  )
}

function List({ list, chapter }: { readonly list: Tokens.List; readonly chapter: Chapter }) {
  const items = list.items.map((item, index) => (
    <li key={index} className="my-1">
      <Blocks tokens={item.tokens} chapter={chapter} />
    </li>
  ))
  return list.ordered ? (
    <ol start={list.start === '' ? 1 : list.start} className="my-2 list-decimal pl-6">
      {items}
    </ol>
  ) : (
    <ul className="my-2 list-disc pl-5">{items}</ul>
  )
}

function Table({ table, chapter }: { readonly table: Tokens.Table; readonly chapter: Chapter }) {
  const isNamed = table.header.some(({ text }) => text !== '')
  return (
    <table className="my-3 w-full border-collapse text-base">
      {isNamed && (
        <thead>
          <tr>
            {table.header.map((cell, index) => (
              <Cell key={index} Tag={cell.text === '' ? 'td' : 'th'} cell={cell} chapter={chapter} />
            ))}
          </tr>
        </thead>
      )}
      <tbody>
        {table.rows.map((row, index) => (
          <tr key={index}>
            {row.map((cell, place) => (
              <Cell key={place} Tag="td" cell={cell} chapter={chapter} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
const Cell = ({ Tag, cell: { tokens, align }, chapter }: { readonly Tag: 'th' | 'td'; readonly cell: Tokens.TableCell; readonly chapter: Chapter }) => (
  <Tag
    className={`border-line border-b py-1.5 pr-4 align-top first:min-w-[130px] ${align === 'right' ? 'text-right' : 'text-left'} ${Tag === 'th' ? 'font-semibold text-muted' : ''}`}
  >
    <Inline tokens={tokens} chapter={chapter} />
  </Tag>
)

function Inline({ tokens, chapter }: Of<Token>): ReactNode {
  return tokens.map((token, index) => <Fragment key={index}>{inlineOf(token as Tokens.Generic, chapter)}</Fragment>)
}
function inlineOf(token: Tokens.Generic, chapter: Chapter): ReactNode {
  const inside = token.tokens ? <Inline tokens={token.tokens} chapter={chapter} /> : token.text
  switch (token.type) {
    case 'strong':
      return <b className="font-semibold">{inside}</b>
    case 'em':
      return <em>{inside}</em>
    case 'del':
      return <del>{inside}</del>
    case 'codespan':
      return <code className="rounded bg-line/60 px-[3px] py-px font-mono text-[0.92em] [overflow-wrap:anywhere]">{token.text}</code>
    case 'br':
      return <br />
    case 'link':
      return <ManualLink href={token.href as string} from={chapter.name} inside={inside} />
    case 'image':
    case 'html':
      return null
    default:
      return inside
  }
}

/** Leads within the manual, or outside. What the manual does not have is named only. */
function ManualLink({ href, from, inside }: { readonly href: string; readonly from: string; readonly inside: ReactNode }) {
  const look = 'text-accent underline underline-offset-2'
  if (/^https?:/.test(href))
    return (
      <a href={href} target="_blank" rel="noreferrer" className={look}>
        {inside}
      </a>
    )
  const to = chapterOfLink(href, from)
  return to === null ? (
    inside
  ) : (
    <Link to={toHelp(to)} className={look}>
      {inside}
    </Link>
  )
}
