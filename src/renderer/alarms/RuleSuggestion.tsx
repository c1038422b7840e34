import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Rule } from '../../shared/rules.ts'
import { formatDuration } from '../../shared/units.ts'
import { failureText } from '../app/failureText.ts'
import { toRule } from '../app/links.ts'
import { rehearseWeek } from './RuleActions.tsx'
import { ruleInput } from './ruleLine.ts'

/** On-delays that are tried, s: the shortest that halves its alarms is suggested. */
const delays = [30, 60, 120, 300, 600, 1_800] as const

type Found =
  | { readonly kind: 'delay'; readonly onDelayMs: number; readonly before: number; readonly after: number }
  /** No delay halves them; or it can't be known from history. */
  | { readonly kind: 'none' | 'notKept' }

/** What rehearsals over last week say of longer on-delays. The longer one is, the fewer alarms there are: the longest is tried first. */
async function suggestionFor(rule: Rule): Promise<Found> {
  let longer = delays.filter((seconds) => seconds * 1000 > rule.onDelayMs)
  let found: Found = { kind: 'none' }
  for (let tried = longer.at(-1); tried !== undefined; ) {
    const onDelaySeconds = tried
    const { before, after, unrehearsed } = await rehearseWeek({ ...ruleInput(rule), onDelaySeconds })
    if (before === null || unrehearsed.some(({ kind }) => kind === 'notKeptAsFigures')) return { kind: 'notKept' }
    const isHalved = before.total > 0 && after.total * 2 <= before.total
    if (isHalved) found = { kind: 'delay', onDelayMs: onDelaySeconds * 1000, before: before.total, after: after.total }
    else if (found.kind === 'none') return found
    longer = longer.filter((seconds) => (isHalved ? seconds < onDelaySeconds : seconds > onDelaySeconds))
    tried = longer[Math.floor((longer.length - 1) / 2)]
  }
  return found
}

/** What to do about a rule that makes many alarms: its form, and on demand which on-delay would have halved them last week. */
export function RuleSuggestion({ rule }: { readonly rule: Rule }) {
  const { t } = useTranslation()
  const [state, setState] = useState<'idle' | 'busy' | Found | { readonly kind: 'failed'; readonly words: string }>('idle')
  const suggest = async () => {
    setState('busy')
    try {
      setState(await suggestionFor(rule))
    } catch (error) {
      setState({ kind: 'failed', words: failureText(error) })
    }
  }
  const words =
    typeof state === 'string'
      ? null
      : state.kind === 'delay'
        ? t('alarmLoad.suggestion', { delay: formatDuration(state.onDelayMs), after: state.after, before: state.before })
        : state.kind === 'failed'
          ? state.words
          : t(state.kind === 'none' ? 'alarmLoad.suggestionNone' : 'alarmLoad.suggestionNotKept')
  return (
    <span className="flex flex-wrap items-baseline gap-x-2">
      {words === null ? (
        <button type="button" onClick={() => void suggest()} disabled={state === 'busy'} className="text-accent hover:underline">
          {t(state === 'busy' ? 'rules.form.rehearse' : 'alarmLoad.suggest')}
        </button>
      ) : (
        <span role="status">{words}</span>
      )}
      <Link to={toRule(rule.id, true)} className="text-accent hover:underline">
        {t('alarmLoad.change')}
      </Link>
    </span>
  )
}
