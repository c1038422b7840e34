import { type KeyboardEvent, useEffect, useMemo, useRef } from 'react'
import { Link, Navigate, useLocation, useParams } from 'react-router'
import { toHelp } from '../app/links.ts'
import { usePageParams } from '../app/usePageParams.ts'
import { language, t } from '../app/words.ts'
import { ChapterText, headingId } from '../help/Markdown.tsx'
import { type Chapter, chapters, type FoundSection, findInManual } from '../help/manual.ts'
import { SearchField } from '../ui/SearchField.tsx'

/** Chapter, heading and search are stored in the address. */
export function HelpPage() {
  const { hash } = useLocation()
  const [params, set] = usePageParams()
  const name = useParams()['*'] || chapters[0]?.name
  const chapter = chapters.find((one) => one.name === name)
  const query = params.get('q') ?? ''
  if (chapter === undefined) return <Navigate to={toHelp()} replace />
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrows lead from the search to its results, which are links
    <div className="flex min-h-0 flex-1 gap-6 max-[760px]:flex-col" onKeyDown={moveAmongResults}>
      <div className="flex min-h-0 w-[236px] flex-none flex-col gap-2.5 max-[760px]:max-h-[35%]">
        <h1 className="flex-none font-[650] text-xl">{t('pages.help')}</h1>
        <SearchField label={t('help.search')} width={232} className="flex-none" text={query} onText={(q) => set({ q })} />
        {language !== 'en' && <p className="flex-none text-faint text-sm">{t('help.inEnglish')}</p>}
        <Chapters at={query === '' ? chapter : null} anchor={hash.slice(1)} />
      </div>
      {query === '' ? <Reading key={chapter.name} chapter={chapter} anchor={hash.slice(1)} /> : <Results query={query} />}
    </div>
  )
}

function Chapters({ at, anchor }: { readonly at: Chapter | null; readonly anchor: string }) {
  const open = useRef<HTMLDivElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another one is open
  useEffect(() => {
    // In braces: new browsers return a promise, which React would take for a clean-up.
    open.current?.scrollIntoView({ block: 'nearest' })
  }, [at])
  return (
    <nav aria-label={t('help.chapters')} lang="en" className="min-h-0 flex-1 overflow-y-auto">
      {chapters.map((chapter) => (
        <div key={chapter.name} ref={chapter === at ? open : null}>
          <ChapterLink to={toHelp(chapter.name)} isOpen={chapter === at} isCurrent={chapter === at && anchor === ''} title={chapter.title} />
          {chapter === at &&
            chapter.headings
              .filter(({ depth }) => depth === 2)
              .map((heading) => (
                <Link
                  key={heading.anchor}
                  to={toHelp(`${chapter.name}#${heading.anchor}`)}
                  aria-current={heading.anchor === anchor ? 'location' : undefined}
                  className="block rounded-md py-[3px] pr-2 pl-5 text-muted hover:bg-hover hover:text-text aria-[current=location]:text-text"
                >
                  {heading.title}
                </Link>
              ))}
        </div>
      ))}
    </nav>
  )
}
interface ChapterLinkProps {
  readonly to: string
  readonly isOpen: boolean
  readonly isCurrent: boolean
  readonly title: string
}
const ChapterLink = ({ to, isOpen, isCurrent, title }: ChapterLinkProps) => (
  <Link
    to={to}
    aria-current={isCurrent ? 'page' : undefined}
    className={`block rounded-md px-2.5 py-1 font-medium ${isOpen ? 'bg-raised text-text' : 'text-muted hover:bg-hover hover:text-text'}`}
  >
    {title}
  </Link>
)

function Reading({ chapter, anchor }: { readonly chapter: Chapter; readonly anchor: string }) {
  const { key } = useLocation()
  // Also when the link of where one is already is followed again.
  // biome-ignore lint/correctness/useExhaustiveDependencies: each visit of an address has another key
  useEffect(() => {
    if (anchor === '') return
    const heading = document.getElementById(headingId(anchor))
    heading?.scrollIntoView({ block: 'start' })
    heading?.focus({ preventScroll: true })
  }, [anchor, key])
  return (
    <article lang="en" className="min-w-0 flex-1 overflow-y-auto">
      <div className="max-w-[940px] pr-4 pb-6 text-lg leading-[22px]">
        <h2 className="font-[650] text-2xl leading-tight">{chapter.title}</h2>
        <ChapterText chapter={chapter} />
      </div>
    </article>
  )
}

function Results({ query }: { readonly query: string }) {
  const { found, total } = useMemo(() => findInManual(query), [query])
  return (
    <section aria-label={t('help.results')} className="min-w-0 flex-1 overflow-y-auto">
      <p role="status" className="mb-2 text-faint text-sm">
        {total === 0 ? t('common.nothingFound') : t('streams.count', { shown: found.length, all: total })}
      </p>
      <ul lang="en" className="flex max-w-[940px] flex-col gap-0.5">
        {found.map((one) => (
          <Result key={`${one.chapter.name}#${one.heading.anchor}`} found={one} />
        ))}
      </ul>
    </section>
  )
}
const Result = ({ found: { chapter, heading, text } }: { readonly found: FoundSection }) => (
  <li>
    <Link
      data-result
      to={toHelp(heading.anchor === '' ? chapter.name : `${chapter.name}#${heading.anchor}`)}
      className="block rounded-md px-2.5 py-1.5 hover:bg-hover focus:bg-accent-soft"
    >
      <span className="font-medium">
        {chapter.title}
        {heading.anchor !== '' && <> › {heading.title}</>}
      </span>
      <span className="line-clamp-2 text-muted text-sm">{text}</span>
    </Link>
  </li>
)

function moveAmongResults(event: KeyboardEvent<HTMLElement>) {
  const results = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-result]')]
  const isInSearch = event.target instanceof HTMLInputElement
  const at = results.indexOf(event.target as HTMLElement)
  if (results.length === 0 || (at < 0 && !isInSearch)) return
  if (event.key === 'Enter' && isInSearch && !event.nativeEvent.isComposing) results[0]?.click()
  else if (event.key === 'ArrowDown') results[Math.min(results.length - 1, at + 1)]?.focus()
  else if (event.key === 'ArrowUp' && at > 0) results[at - 1]?.focus()
  else if (event.key === 'ArrowUp' && at === 0) event.currentTarget.querySelector<HTMLElement>('[data-search]')?.focus()
  else return
  event.preventDefault()
}
