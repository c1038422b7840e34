import { useRef } from 'react'
import { Link } from 'react-router'
import { rehearsalText, ruleName, unrehearsedText } from '../../i18n/ruleText.ts'
import type { Rehearsal, RehearsedAlarm } from '../../shared/rehearsal.ts'
import type { Rule, RuleInput } from '../../shared/rules.ts'
import { partOf } from '../../shared/subjectNames.ts'
import { formatDateTime, formatDuration } from '../../shared/units.ts'
import { client, renew } from '../app/client.ts'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { atMoment, toSubject } from '../app/links.ts'
import { zone } from '../app/preferences.ts'
import { useTrial } from '../app/useTrial.ts'
import { language, t } from '../app/words.ts'
import { SeverityMark } from '../fleet/StateMark.tsx'
import { useRules } from '../fleet/useRules.ts'
import { Button } from '../ui/Button.tsx'
import { InSight } from '../ui/InSight.tsx'
import { engineNow } from '../ui/now.ts'
import { madeId, type RuleEntries, readRule, ruleEntries, ruleFields } from './ruleForm.ts'

const weekMs = 7 * 86_400_000
const mostListed = 50

interface RuleDialogProps {
  /** null: a new rule. */
  readonly edited: Rule | null
  readonly onClose: () => void
}
/** Adds or edits a rule, and can rehearse it on the last week. Fields left empty remain unchanged. */
export function RuleDialog({ edited, onClose }: RuleDialogProps) {
  const { trial, run } = useTrial<Rehearsal, RuleEntries>()
  /** Time of the rule's last edit when the dialog was opened, or when a conflict was last reported. */
  const openedAt = useRef(edited?.edited?.at ?? null)
  const { data: rules = [] } = useRules()
  const read = (entered: RuleEntries) => readRule({ ...entered, id: entered.id.trim() || madeId(entered, new Set(rules.map(({ id }) => id))) }, edited)
  const save = async (input: RuleInput) => {
    const { id, ...change } = input
    try {
      await (edited === null ? client.rules.add(input) : client.rules.update({ id, change, openedAt: openedAt.current }))
    } catch (error) {
      // A conflict is reported: saving again overwrites it.
      const now = await client.rules.list().catch(() => null)
      if (now !== null) openedAt.current = now.find((rule) => rule.id === id)?.edited?.at ?? null
      throw error
    } finally {
      await renew('rules')
    }
  }
  const rehearse = async (entered: RuleEntries, rule: RuleInput | null) => {
    if (rule !== null) await run(entered, (signal) => client.rules.rehearse({ rule, from: engineNow() - weekMs }, { signal }))
  }
  return (
    <SendDialog
      at="side"
      title={edited === null ? t('rules.form.add') : t('common.editName', { name: ruleName(edited, language) })}
      description={edited === null ? undefined : t('rules.form.emptyStays')}
      submit={t(edited === null ? 'common.add' : 'common.save')}
      fields={ruleFields(edited)}
      start={ruleEntries(edited)}
      read={read}
      send={save}
      actions={(entered, input) => (
        <Button onClick={() => void rehearse(entered, input())} disabled={trial.state === 'running'} text={t('rules.form.rehearse')} />
      )}
      onClose={onClose}
    >
      {(entered) => (
        <>
          {trial.state === 'failed' && trial.of === entered && <p className="font-medium text-critical">{t('common.failedReason', { reason: trial.words })}</p>}
          {trial.state === 'done' && trial.of === entered && (
            <InSight when={trial.result}>
              <Rehearsed result={trial.result} />
            </InSight>
          )}
        </>
      )}
    </SendDialog>
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
