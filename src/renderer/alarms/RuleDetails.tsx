import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { figuresIn } from '../../i18n/metricText.ts'
import { remedyActName, remedyActText } from '../../i18n/remedyText.ts'
import { ruleName, ruleTodo } from '../../i18n/ruleText.ts'
import { remedyActs } from '../../shared/acts.ts'
import { type Remedy, remedySchema } from '../../shared/remedyInput.ts'
import type { Result } from '../../shared/result.ts'
import { isShippedRule, type Rule, type RuleInput, shippedRules } from '../../shared/rules.ts'
import { partOf } from '../../shared/subjectNames.ts'
import { formatDateTime, formatSpan } from '../../shared/units.ts'
import { act } from '../app/act.ts'
import { client, orpc, renew } from '../app/client.ts'
import { type FormField, noReason, numberEntered, readEntries, readReason, reasonFields, type Wrong } from '../app/editing/fields.ts'
import { RemoveDialog } from '../app/editing/Removing.tsx'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { DetailsHead } from '../app/lists.tsx'
import { language, t } from '../app/words.ts'
import { May, useMay } from '../fleet/me.tsx'
import { SeverityMark } from '../fleet/StateMark.tsx'
import { Button } from '../ui/Button.tsx'
import { Facts } from '../ui/Facts.tsx'
import { Section } from '../ui/Panel.tsx'
import { exceptionEntries, exceptionFields, inputOf, readException } from './ruleForm.ts'
import { exceptionText, ruleOriginText, scopeText, severitiesOf, whenText } from './ruleKindsShown.ts'

/** One rule: its levels, delays and scope, its exceptions with their reasons, what to do, and how it is changed. */
export function RuleDetails({ rule, onEdit, onClose }: { readonly rule: Rule; readonly onEdit: () => void; readonly onClose: () => void }) {
  const { id, origin, watches, enabled, onDelayMs, offDelayMs, scope, exceptions, runbook, runbookUrl, edited } = rule
  const [severity] = severitiesOf(rule)
  const todo = runbook ?? ruleTodo(id, language)
  return (
    <>
      <DetailsHead onClose={onClose}>{ruleName(rule, language)}</DetailsHead>
      <p className="break-words text-muted">
        {id} · {t(ruleOriginText[origin])}
        {!enabled && ` · ${t('rules.off')}`}
        {edited !== null && ` · ${t('common.byTime', { by: edited.by, time: formatDateTime(edited.at) })}`}
      </p>
      {isChangeable(rule) && (
        <May needs="administer">
          <RuleActions rule={rule} onEdit={onEdit} onGone={onClose} />
        </May>
      )}
      <Section title={t('rules.column.when')}>
        {watches.kind === 'limit' && watches.levels.length > 0 ? (
          <ul className="flex flex-col gap-1">
            {watches.levels.toReversed().map((level) => (
              <li key={level.limit} className="flex flex-wrap items-baseline gap-x-2">
                <SeverityMark severity={level.severity} />
                <span>{whenText({ ...watches, levels: [level] })}</span>
                <span className="text-faint">{t('rules.healed', { limit: figuresIn(language).figure(level.clear, watches.metric, watches.per) })}</span>
              </li>
            ))}
          </ul>
        ) : (
          <p>
            {whenText(watches)} {severity === undefined ? null : <SeverityMark severity={severity} />}
          </p>
        )}
      </Section>
      <Section title={t('common.details')}>
        <Facts
          rows={[
            [t('rules.column.onDelay'), formatSpan(onDelayMs)],
            [t('rules.column.offDelay'), formatSpan(offDelayMs)],
            [t('maintenance.form.for'), scopeText(scope)],
          ]}
        />
      </Section>
      {exceptions.length > 0 && (
        <Section title={t('common.exceptions')}>
          <ol className="flex flex-col gap-1.5">
            {exceptions.map((exception, place) => (
              <li key={place} className="break-words">
                <span className="font-medium">{scopeText(exception.scope)}</span>: {exceptionText(exception, rule)}
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

/** Rules of the configuration file are changed there. */
export function isChangeable({ origin }: Rule): boolean {
  return origin !== 'file'
}

function switched(rule: Rule): RuleInput {
  const { enabled: _, ...input } = inputOf(rule)
  const usual = !isShippedRule(rule.id) || shippedRules[rule.id].enabled
  return rule.enabled === usual ? { ...input, enabled: !usual } : input
}

function RuleActions({ rule, onEdit, onGone }: { readonly rule: Rule; readonly onEdit: () => void; readonly onGone: () => void }) {
  const [asked, setAsked] = useState<'exception' | 'remove' | null>(null)
  const isShipped = isShippedRule(rule.id)
  const name = ruleName(rule, language)
  const close = () => setAsked(null)
  const remove = async () => {
    await client.rules.remove({ id: rule.id })
    if (!isShipped) onGone()
    await renew('rules')
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
          fields={exceptionFields(rule)}
          start={exceptionEntries(rule)}
          read={(entered) => readException(entered, rule)}
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

function RemoveException({ rule, place }: { readonly rule: Rule; readonly place: number }) {
  const input = inputOf(rule)
  const exceptions = (input.exceptions ?? []).filter((_, index) => index !== place)
  return (
    <May needs="administer">
      <Button look="quiet" onClick={() => void act(putRule({ ...input, exceptions }, rule))} className="-my-1" text={t('common.remove')} />
    </May>
  )
}

/** Refused if somebody changed the rule meanwhile. */
async function putRule({ id, ...change }: RuleInput, { edited }: Rule): Promise<void> {
  await client.rules.update({ id, change, openedAt: edited?.at ?? null })
  await renew('rules')
}

/** null: a new one. */
function remedyEntries(remedy: Remedy | null) {
  return {
    act: remedy?.act ?? ('kickPublisher' as string),
    keyFile: remedy?.act === 'runCommand' ? remedy.keyFile : '',
    afterSeconds: String(remedy?.afterSeconds ?? 30),
    againSeconds: String(remedy?.againSeconds ?? 600),
    mostAnHour: String(remedy?.mostAnHour ?? 4),
  }
}

type RemedyEntries = Readonly<ReturnType<typeof remedyEntries>>

function readRemedy(entered: RemedyEntries): Result<Remedy, Wrong> {
  const { act, keyFile, afterSeconds, againSeconds, mostAnHour } = entered
  const input = {
    act,
    ...(act === 'runCommand' && { keyFile: keyFile.trim() }),
    afterSeconds: numberEntered(afterSeconds),
    againSeconds: numberEntered(againSeconds),
    mostAnHour: numberEntered(mostAnHour),
  }
  return readEntries(remedyFields(), remedySchema, input, entered, null)
}

const numeric = { inputMode: 'numeric' } as const
const remedyFields = (): readonly FormField<RemedyEntries>[] => [
  { id: 'act', kind: 'choice', label: 'rules.remedy.does', options: remedyActs.map((value) => ({ value, label: { name: remedyActName(value, language) } })) },
  {
    id: 'keyFile',
    kind: 'text',
    label: 'common.privateKey',
    help: 'rules.remedy.keyFileHint',
    placeholder: '/etc/mtxdeck/restart-encoder.key',
    shown: ({ act }) => act === 'runCommand',
  },
  { id: 'afterSeconds', kind: 'text', label: 'rules.form.onDelay', half: true, input: numeric },
  { id: 'againSeconds', kind: 'text', label: 'rules.remedy.again', half: true, input: numeric },
  { id: 'mostAnHour', kind: 'text', label: 'rules.remedy.mostAnHour', half: true, input: numeric },
]

const shownActs = 5
const everyMs = 2_000

function RuleRemedy({ rule }: { readonly rule: Rule }) {
  const [isOpen, setOpen] = useState(false)
  const { remedy } = rule
  const may = useMay('administer')
  if (remedy === null && !may) return null
  return (
    <Section title={t('rules.remedy.title')}>
      {remedy !== null && (
        <p>
          {remedyActName(remedy.act, language)}
          {remedy.act === 'runCommand' && <span className="break-all text-muted"> ({remedy.keyFile})</span>} ·{' '}
          {t('rules.remedy.limits', {
            after: formatSpan(remedy.afterSeconds * 1000),
            again: formatSpan(remedy.againSeconds * 1000),
            most: remedy.mostAnHour,
          })}
        </p>
      )}
      {remedy !== null && <Standing rule={rule.id} />}
      {isChangeable(rule) && (
        <May needs="administer">
          <div className="mt-2 flex flex-wrap gap-1.5">
            <Button onClick={() => setOpen(true)}>{t(remedy === null ? 'common.add' : 'common.change')}</Button>
            {remedy !== null && <RemoveRemedy rule={rule} />}
          </div>
        </May>
      )}
      {isOpen && (
        <SendDialog
          title={t('rules.remedy.title')}
          submit={t('common.save')}
          fields={remedyFields()}
          start={remedyEntries(remedy)}
          read={readRemedy}
          send={async (entered) => {
            await putRule({ ...inputOf(rule), remedy: entered }, rule)
            await renew('remedies')
          }}
          fieldOf={(key) => key.split('.').at(-1) ?? key}
          onClose={() => setOpen(false)}
        />
      )}
    </Section>
  )
}

function RemoveRemedy({ rule }: { readonly rule: Rule }) {
  const { remedy: _, ...input } = inputOf(rule)
  return <Button onClick={() => void act(putRule(input, rule))}>{t('common.remove')}</Button>
}

function Standing({ rule }: { readonly rule: string }) {
  const { data = [] } = useQuery({ ...orpc.remedies.list.queryOptions(), refetchInterval: everyMs })
  const [asks, setAsks] = useState<'arm' | 'disarm' | null>(null)
  const standing = data.find((one) => one.rule === rule)
  if (standing === undefined) return null
  const { state, armed, stoppedAt } = standing
  const isArmed = state === 'armed'
  return (
    <>
      <p className={`mt-1 ${isArmed ? '' : 'text-muted'}`}>
        <span className="font-medium">{t(`rules.remedy.state.${state}`)}</span>
        {armed !== null && ` · ${t('common.byTime', { by: armed.by, time: formatDateTime(armed.at) })}: ${armed.reason}`}
        {stoppedAt !== null && ` · ${formatDateTime(stoppedAt)}`}
      </p>
      <Done rule={rule} />
      <May needs="administer">
        <div className="mt-2 flex flex-wrap gap-1.5">
          <Button onClick={() => setAsks(isArmed ? 'disarm' : 'arm')}>{t(isArmed ? 'rules.remedy.disarm' : 'rules.remedy.arm')}</Button>
        </div>
      </May>
      {asks !== null && (
        <SendDialog
          title={t(`rules.remedy.${asks}`)}
          description={asks === 'arm' ? t('rules.remedy.armText') : undefined}
          submit={t(`rules.remedy.${asks}`)}
          fields={reasonFields({ label: 'common.reason' })}
          start={noReason}
          read={readReason}
          send={(reason) => client.remedies[asks]({ rule, reason })}
          renews="remedies"
          onClose={() => setAsks(null)}
        />
      )}
    </>
  )
}

function Done({ rule }: { readonly rule: string }) {
  const { data: acts = [] } = useQuery({ ...orpc.remedies.acts.queryOptions({ input: { rule, limit: shownActs } }), refetchInterval: everyMs })
  if (acts.length === 0) return null
  return (
    <>
      <h4 className="mt-2 font-medium">{t('alarms.done')}</h4>
      <ol>
        {acts.map((act) => (
          <li key={act.id} className="break-words">
            {formatDateTime(act.at)} · {[act.ownerName, partOf(act.subject)].filter(Boolean).join(' · ')}: {remedyActText(act, language)}
            {act.helped !== null && <span className="text-muted"> {t(act.helped ? 'rules.remedy.helped' : 'rules.remedy.notHelped')}</span>}
          </li>
        ))}
      </ol>
    </>
  )
}
