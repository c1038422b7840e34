import { useState } from 'react'
import { Link } from 'react-router'
import { rehearsalText, ruleName, unrehearsedText } from '../../i18n/ruleText.ts'
import type { Rehearsal, RehearsedAlarm } from '../../shared/rehearsal.ts'
import type { Rule, RuleInput } from '../../shared/rules.ts'
import { partOf } from '../../shared/subjectNames.ts'
import { formatDateTime, formatDuration } from '../../shared/units.ts'
import { client, renew } from '../app/client.ts'
import { Fold } from '../app/editing/EditDialog.tsx'
import { FormFields } from '../app/editing/FormFields.tsx'
import { FormFrame } from '../app/editing/FormFrame.tsx'
import { shownFields } from '../app/editing/fields.ts'
import { useValidationErrors } from '../app/editing/useValidationErrors.ts'
import { failureText } from '../app/failureText.ts'
import { atMoment, toSubject } from '../app/links.ts'
import { zone } from '../app/preferences.ts'
import { useTrial } from '../app/useTrial.ts'
import { language, t } from '../app/words.ts'
import { SeverityMark } from '../fleet/StateMark.tsx'
import { useRules } from '../fleet/useRules.ts'
import { Button } from '../ui/Button.tsx'
import { InSight } from '../ui/InSight.tsx'
import { engineNow } from '../ui/now.ts'
import { madeId, readRule, ruleEntries, ruleFields } from './ruleForm.ts'

const weekMs = 7 * 86_400_000
/** Maximum number of rehearsed alarms listed. */
const mostListed = 50

interface RuleDialogProps {
  /** null: a new rule. */
  readonly edited: Rule | null
  readonly onClose: () => void
}
/** Adds or edits a rule, and can rehearse it on the last week. Fields left empty remain unchanged. */
export function RuleDialog({ edited, onClose }: RuleDialogProps) {
  const [entered, setEntered] = useState(() => ruleEntries(edited))
  const { wrong, form, refuse, forget } = useValidationErrors()
  const [saving, setSaving] = useState(false)
  const [failure, setFailure] = useState<string | null>(null)
  const { trial, run, forget: forgetTrial } = useTrial<Rehearsal, null>()
  /** Time of the rule's last edit when the dialog was opened, or when a conflict was last reported. */
  const [openedAt, setOpenedAt] = useState(edited?.edited?.at ?? null)
  const { data: rules = [] } = useRules()
  const named = { ...entered, id: entered.id.trim() || madeId(entered, new Set(rules.map(({ id }) => id))) }
  const read = (): RuleInput | null => {
    const input = readRule(named, edited, language)
    refuse(input.ok ? {} : input.error)
    return input.ok ? input.value : null
  }
  const fields = shownFields(ruleFields(edited, language), entered)
  const [defaultFields, moreFields] = [fields.filter(({ more }) => !more), fields.filter(({ more }) => more)]
  const submit = async () => {
    const input = read()
    if (input === null) return
    setSaving(true)
    setFailure(null)
    try {
      const { id, ...change } = input
      await (edited === null ? client.rules.add(input) : client.rules.update({ id, change, openedAt }))
      await renew('rules')
      onClose()
    } catch (error) {
      const now = await client.rules.list().catch(() => null)
      await renew('rules')
      // The conflict is reported below: saving again overwrites it.
      if (now !== null) setOpenedAt(now.find(({ id }) => id === input.id)?.edited?.at ?? null)
      setFailure(t('common.failedReason', { reason: failureText(error) }))
      setSaving(false)
    }
  }
  const rehearse = async () => {
    const rule = read()
    if (rule !== null) await run(null, (signal) => client.rules.rehearse({ rule, from: engineNow() - weekMs }, { signal }))
  }
  const drawnForm = {
    entered,
    stored: null,
    wrong,
    disabled: saving,
    onEnter: ({ id, sets }: (typeof fields)[number], value: string) => {
      setEntered((before) => ({ ...before, [id]: value, ...sets?.(value) }))
      forget([id])
      forgetTrial()
    },
  }
  return (
    <FormFrame
      title={edited === null ? t('rules.form.add') : t('common.editName', { name: ruleName(edited, language) })}
      submit={t(saving ? 'common.saving' : edited === null ? 'common.add' : 'common.save')}
      disabled={saving}
      form={form}
      failure={failure}
      onSubmit={() => void submit()}
      onClose={onClose}
      actions={<Button onClick={() => void rehearse()} disabled={trial.state === 'running'} text={t('rules.form.rehearse')} />}
    >
      {edited !== null && <p className="text-muted">{t('rules.form.emptyStays')}</p>}
      <FormFields {...drawnForm} fields={defaultFields} focus={edited === null} />
      <Fold heading={t('rules.form.more')} first={false} isWrong={moreFields.some(({ id }) => wrong[id] !== undefined)}>
        <FormFields {...drawnForm} fields={moreFields} />
      </Fold>
      {trial.state === 'failed' && <p className="font-medium text-critical">{t('common.failedReason', { reason: trial.words })}</p>}
      {trial.state === 'done' && (
        <InSight when={trial.result}>
          <Rehearsed result={trial.result} />
        </InSight>
      )}
    </FormFrame>
  )
}

/** The alarms that the rule would have raised in the last week. */
function Rehearsed({ result }: { readonly result: Rehearsal }) {
  const { alarms, total } = result.after
  const listed = alarms.slice(-mostListed).reverse()
  return (
    <section aria-label={t('rules.form.rehearse')} role="status" className="rounded-lg border border-line bg-bg px-3 py-2">
      <h3 className="mb-1 font-semibold">{t('rules.form.rehearse')}</h3>
      <p>{rehearsalText(result, language)}</p>
      {result.unrehearsed.map((remark) => (
        <p key={remark.kind} className="text-muted">
          {unrehearsedText(remark, language)}
        </p>
      ))}
      <ol className="mt-1 flex flex-col gap-0.5">
        {listed.map((alarm) => (
          <RehearsedRow key={`${alarm.start} ${alarm.serverName} ${partOf(alarm.subject)}`} alarm={alarm} />
        ))}
      </ol>
      {total > listed.length && <p className="text-muted">{t('common.more', { count: total - listed.length })}</p>}
    </section>
  )
}

function RehearsedRow({ alarm: { subject, serverName, severity, start, end } }: { readonly alarm: RehearsedAlarm }) {
  const part = partOf(subject)
  return (
    <li className="flex min-w-0 items-baseline gap-2">
      <SeverityMark severity={severity} />
      <Link to={atMoment(toSubject(subject), start)} className="min-w-0 truncate text-accent hover:underline">
        {formatDateTime(start, zone)} · {part === null ? serverName : `${part} · ${serverName}`}
      </Link>
      <span className="ml-auto flex-none text-muted">{end === null ? t('rules.form.lasts') : formatDuration(end - start)}</span>
    </li>
  )
}
