import { type LucideIcon, Search } from 'lucide-react'
import type { ReactNode } from 'react'
import { useNavigate } from 'react-router'
import { searchText } from '../../shared/searchText.ts'
import { findByName } from '../app/findByName.ts'
import { t } from '../app/words.ts'

/** What can be chosen in the command palette. */
export interface Choice {
  readonly id: string
  readonly icon: ReactNode
  readonly name: ReactNode
  readonly hint?: ReactNode
  readonly run: () => void
}
/** A choice that is found by its name. */
export interface NamedChoice extends Choice {
  readonly text: string
}
/** A choice that is found by its name, and shown before others that match as well if it is in trouble. */
interface EvaluatedChoice extends NamedChoice {
  /** The greater, the worse; 0: not in trouble. */
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
/** Id of the offer to look something up in the manual, which is made for whatever is typed, and so is no find. */
export const manualChoice = 'manual'
/** Leads to the list of all that match. */
export function wholeList(page: 'hosts' | 'probes' | 'cameras' | 'streams', query: string, hint: string | undefined, go: ReturnType<typeof useGo>): Choice {
  const name = t('palette.searchIn', { text: query, page: t(`pages.${page}`) })
  return { ...plainChoice(`search ${page}`, name, Search, go(`/${page}?${new URLSearchParams({ q: query })}`)), hint }
}

/** Returns a function that makes what goes to an address. */
export function useGo(): (to: string) => () => void {
  const navigate = useNavigate()
  return (to) => () => void navigate(to)
}

/** So many of a noun are shown. */
export const mostChoices = 8
/** Matching choices, those in trouble first; where there are more than are shown, a link to the list of all of them. */
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
