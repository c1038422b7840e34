import { useTranslation } from 'react-i18next'
import { baselineText } from '../../i18n/baselineText.ts'
import type { Subject } from '../../shared/subjectNames.ts'
import { ownerIdOf } from '../../shared/subjectNames.ts'
import { tierStepMs } from '../../shared/tiers.ts'
import { formatMoment, formatSpan } from '../../shared/units.ts'
import { usePreferences } from '../app/preferences.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { shiftDays, zoneClock } from '../app/zoneClock.ts'
import type { Stack } from './useStack.ts'

/** What there is to say about a stack of charts, below it and on its picture. null: nothing. */
export interface StackText {
  readonly hint: string
  /** What gaps in its lines mean. */
  readonly gaps: string
  readonly baseline: string | null
  /** Which servers are temporarily missing from the sums. */
  readonly lacking: string | null
  /** How coarse the data is. */
  readonly tier: string | null
  /** The period that it is compared with. */
  readonly compared: string | null
}

export interface StackWordsInput {
  readonly stack: Stack
  readonly subjects: readonly Subject[]
  /** Name of a server, to name the servers missing from a sum. */
  readonly nameOf: ((serverId: string) => string) | undefined
}
export function useStackText({ stack, subjects, nameOf }: StackWordsInput): StackText {
  const { t } = useTranslation()
  const language = useLanguage()
  const { zone } = usePreferences()
  const { days, tier, baseline } = stack
  const { from, to } = stack.window
  const ofStream = subjects[0]?.kind === 'stream'
  const clock = zoneClock(zone)
  const dayOf = (at: number) => formatMoment(shiftDays(clock, at, -days), 'minute', zone)
  const missing = missingNames(stack, subjects.map(ownerIdOf), nameOf)
  const gaps = t(ofStream ? 'history.gapsStream' : 'history.gaps')
  return {
    hint: `${t('history.hint')} ${gaps}`,
    gaps,
    baseline: baseline && baselineText(baseline, language),
    lacking: missing.length === 0 ? null : t('history.lacking', { names: missing.join(', ') }),
    tier: tier === 'samples' ? null : t('timeline.tier', { width: formatSpan(tierStepMs[tier], language) }),
    compared: days === 0 ? null : `${dayOf(from)} – ${dayOf(to)}`,
  }
}

/** Names of servers that are temporarily missing from the sums. At those times each lane has a hatched lower edge. */
function missingNames({ lanes }: Stack, ids: readonly string[], nameOf: StackWordsInput['nameOf']): readonly string[] {
  if (nameOf === undefined) return []
  const missing = new Set(lanes.flatMap(({ series }) => (series.lacking ?? []).map(({ part }) => part)))
  return ids.filter((_, part) => missing.has(part)).map(nameOf)
}
