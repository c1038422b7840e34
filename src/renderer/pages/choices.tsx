import { type LucideIcon, Search } from 'lucide-react'
import type { ReactNode } from 'react'
import { useNavigate } from 'react-router'
import { searchText } from '../../shared/searchText.ts'
import { findByName } from '../app/findByName.ts'
import { t } from '../app/words.ts'

export interface Choice {
  readonly id: string
  readonly icon: ReactNode
  readonly name: ReactNode
  readonly hint?: ReactNode
  readonly run: () => void
}
export interface NamedChoice extends Choice {
  readonly text: string
}
/** One in trouble is shown before others that match as well. */
interface EvaluatedChoice extends NamedChoice {
  /** The greater, the worse; 0: none. */
  readonly trouble: number
}
export interface ChoiceGroup {
  readonly heading: string
  readonly choices: readonly Choice[]
}

export function ChoiceIcon({ of: Icon }: { readonly of: LucideIcon }) {
  return <Icon size={14} aria-hidden="true" />
}

export function plainChoice(id: string, name: string, Icon: LucideIcon, run: () => void): NamedChoice {
  return { id, text: searchText(name), icon: <ChoiceIcon of={Icon} />, name, run }
}
/** The offer to look something up in the manual, which is made for whatever is typed and so is no find. */
export const manualChoice = 'manual'
export function wholeList(page: 'hosts' | 'probes' | 'cameras' | 'streams', query: string, hint: string | undefined, go: ReturnType<typeof useGo>): Choice {
  const name = t('palette.searchIn', { text: query, page: t(`pages.${page}`) })
  return { ...plainChoice(`search ${page}`, name, Search, go(`/${page}?${new URLSearchParams({ q: query })}`)), hint }
}

/** Makes functions that go to an address. */
export function useGo(): (to: string) => () => void {
  const navigate = useNavigate()
  return (to) => () => void navigate(to)
}

export const mostChoices = 8
/** Those in trouble first; if there are more than are shown, with a link to the list of all of them. */
export function matching(
  choices: readonly EvaluatedChoice[],
  query: string,
  page: Parameters<typeof wholeList>[0],
  go: ReturnType<typeof useGo>,
): readonly Choice[] {
  if (query === '') return []
  const worst = [...choices].sort((a, b) => b.trouble - a.trouble)
  const { found, total } = findByName(worst, query, mostChoices, ({ trouble }) => trouble > 0)
  return total > found.length ? [...found, wholeList(page, query, t('common.countFound', { count: total }), go)] : found
}
