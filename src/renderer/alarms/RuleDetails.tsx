import { X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { figuresIn } from '../../i18n/metricText.ts'
import { ruleName, ruleTodo } from '../../i18n/ruleText.ts'
import type { Rule } from '../../shared/rules.ts'
import { formatDateTime, formatSpan } from '../../shared/units.ts'
import { usePreferences } from '../app/preferences.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { SeverityMark } from '../fleet/StateMark.tsx'
import { Button } from '../ui/Button.tsx'
import { Facts } from '../ui/Facts.tsx'
import { Section } from '../ui/Section.tsx'
import { isChangeable, RemoveException, RuleActions } from './RuleActions.tsx'
import { RuleRemedy } from './RuleRemedy.tsx'
import { exceptionText, ruleOriginText, scopeText, severitiesOf, whenText } from './ruleKindsShown.ts'

interface RuleDetailsProps {
  readonly rule: Rule
  /** Number of its open alarms; null: not known. */
  readonly open: string | null
  readonly onEdit: () => void
  readonly onClose: () => void
}
/** One rule: its levels, delays and scope, its exceptions with their reasons, what to do, and how it is changed. */
export function RuleDetails({ rule, open, onEdit, onClose }: RuleDetailsProps) {
  const { t } = useTranslation()
  const language = useLanguage()
  const { id, origin, watches, enabled, onDelayMs, offDelayMs, scope, exceptions, runbook, runbookUrl, edited } = rule
  const { zone } = usePreferences()
  const [severity] = severitiesOf(rule)
  const todo = runbook ?? ruleTodo(id, language)
  return (
    <>
      <div className="flex items-start gap-2">
        <h2 className="min-w-0 text-lg font-semibold">{ruleName(rule, language)}</h2>
        <Button look="quiet" aria-label={t('common.close')} onClick={onClose} className="ml-auto flex-none !px-1.5">
          <X size={16} aria-hidden="true" />
        </Button>
      </div>
      <p className="break-words text-muted">
        {id} · {t(ruleOriginText[origin])}
        {!enabled && ` · ${t('rules.off')}`}
        {edited !== null && ` · ${t('common.byTime', { by: edited.by, time: formatDateTime(edited.at, zone) })}`}
      </p>
      {isChangeable(rule) && <RuleActions rule={rule} onEdit={onEdit} onGone={onClose} />}
      <Section title={t('rules.column.when')}>
        {watches.kind === 'limit' && watches.levels.length > 0 ? (
          <ul className="flex flex-col gap-1">
            {watches.levels.toReversed().map((level) => (
              <li key={level.limit} className="flex flex-wrap items-baseline gap-x-2">
                <SeverityMark severity={level.severity} />
                <span>{whenText({ ...watches, levels: [level] }, t, language)}</span>
                <span className="text-faint">{t('rules.healed', { limit: figuresIn(language).figure(level.clear, watches.metric, watches.per) })}</span>
              </li>
            ))}
          </ul>
        ) : (
          <p>
            {whenText(watches, t, language)} {severity === undefined ? null : <SeverityMark severity={severity} />}
          </p>
        )}
      </Section>
      <Section title={t('common.details')}>
        <Facts
          rows={[
            [t('rules.column.onDelay'), formatSpan(onDelayMs)],
            [t('rules.column.offDelay'), formatSpan(offDelayMs)],
            [t('maintenance.form.for'), scopeText(scope, t)],
            [t('rules.column.open'), open],
          ]}
        />
      </Section>
      {exceptions.length > 0 && (
        <Section title={t('common.exceptions')}>
          <ol className="flex flex-col gap-1.5">
            {exceptions.map((exception, place) => (
              <li key={place} className="break-words">
                <span className="font-medium">{scopeText(exception.scope, t)}</span>: {exceptionText(exception, rule, t, language)}
                <span className="block text-muted">{exception.reason}</span>
                {edited !== null && <RemoveException rule={rule} place={place} />}
              </li>
            ))}
          </ol>
        </Section>
      )}
      <RuleRemedy rule={rule} />
      <Section title={t('common.whatToDo')}>
        <p className="whitespace-pre-line break-words">{todo || '–'}</p>
        {runbookUrl !== null && (
          <a href={runbookUrl} target="_blank" rel="noreferrer" className="break-all text-accent hover:underline">
            {runbookUrl}
          </a>
        )}
      </Section>
    </>
  )
}
