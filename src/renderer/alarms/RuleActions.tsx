import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ruleName } from '../../i18n/ruleText.ts'
import { isShippedRule, type Rule, type RuleInput, shippedRules } from '../../shared/rules.ts'
import { client } from '../app/client.ts'
import { RemoveDialog } from '../app/editing/Removing.tsx'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { useAct } from '../app/useAct.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { renewRules } from '../fleet/useRules.ts'
import { Button } from '../ui/Button.tsx'
import { exceptionEntries, exceptionFields, inputOf, readException } from './ruleForm.ts'

/** Whether it can be changed in the console: what stands in the configuration file is changed there. */
export function isChangeable({ origin }: Rule): boolean {
  return origin !== 'file' && origin !== 'changed'
}

/** The rule switched off, or on. */
function switched(rule: Rule): RuleInput {
  const { enabled: _, ...input } = inputOf(rule)
  const usual = !isShippedRule(rule.id) || shippedRules[rule.id].enabled
  return rule.enabled === usual ? { ...input, enabled: !usual } : input
}

interface RuleActionsProps {
  readonly rule: Rule
  readonly onEdit: () => void
  /** It is removed, and there is nothing to show any more. */
  readonly onGone: () => void
}
/** What can be done to a rule. */
export function RuleActions({ rule, onEdit, onGone }: RuleActionsProps) {
  const { t } = useTranslation()
  const language = useLanguage()
  const act = useAct()
  const [asked, setAsked] = useState<'exception' | 'remove' | null>(null)
  const isShipped = isShippedRule(rule.id)
  const name = ruleName(rule, language)
  const close = () => setAsked(null)
  const remove = async () => {
    await client.rules.remove({ id: rule.id })
    if (!isShipped) onGone()
    await renewRules()
  }
  return (
    <div className="mt-2 flex flex-wrap gap-1.5">
      <Button onClick={onEdit}>{t('common.change')}</Button>
      <Button onClick={() => void act(putRule(switched(rule), rule))}>{t(rule.enabled ? 'rules.form.switchOff' : 'rules.form.switchOn')}</Button>
      <Button onClick={() => setAsked('exception')}>{t('rules.form.exceptionTitle')}</Button>
      {rule.edited !== null && <Button onClick={() => setAsked('remove')}>{t(isShipped ? 'rules.form.asShipped' : 'common.remove')}</Button>}
      {asked === 'exception' && (
        <SendDialog
          title={t('rules.form.exceptionTitle')}
          description={name}
          submit={t('common.add')}
          fields={exceptionFields(rule, language)}
          start={exceptionEntries(rule)}
          read={(entered) => readException(entered, rule, language)}
          send={(input) => putRule(input, rule)}
          onClose={close}
        />
      )}
      {asked === 'remove' && (
        <RemoveDialog
          title={t(isShipped ? 'rules.form.asShipped' : 'common.removeName', { name })}
          description={t(isShipped ? 'rules.form.asShippedText' : 'rules.form.removeText')}
          submit={t(isShipped ? 'rules.form.asShipped' : 'common.remove')}
          onRemove={() => void act(remove(), t(isShipped ? 'common.saved' : 'common.removedName', { name }))}
          onClose={close}
        />
      )}
    </div>
  )
}

/** Takes an exception away again. */
export function RemoveException({ rule, place }: { readonly rule: Rule; readonly place: number }) {
  const { t } = useTranslation()
  const act = useAct()
  const input = inputOf(rule)
  const exceptions = (input.exceptions ?? []).filter((_, index) => index !== place)
  return (
    <Button look="quiet" onClick={() => void act(putRule({ ...input, exceptions }, rule))} className="-my-1">
      {t('common.remove')}
    </Button>
  )
}

/** Changes a rule as it is shown: refused where somebody changed it meanwhile. */
export async function putRule({ id, ...change }: RuleInput, { edited }: Rule): Promise<void> {
  await client.rules.update({ id, change, openedAt: edited?.at ?? null })
  await renewRules()
}
