import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Language } from '../../i18n/languages.ts'
import { remedyActName, remedyActText } from '../../i18n/remedyText.ts'
import type { RemedyOfRule } from '../../shared/remedies.ts'
import { remedyActs } from '../../shared/remedyActs.ts'
import { type Remedy, remedySchema } from '../../shared/remedyInput.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { Rule } from '../../shared/rules.ts'
import { partOf } from '../../shared/subjectNames.ts'
import { formatDateTime, formatSpan } from '../../shared/units.ts'
import { validationErrorOf } from '../../shared/validationErrors.ts'
import { client, orpc, queryClient } from '../app/client.ts'
import { type FormField, noReason, numberEntered, readReason, reasonFields, type Wrong } from '../app/editing/fields.ts'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { usePreferences } from '../app/preferences.ts'
import { useAct } from '../app/useAct.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { Button } from '../ui/Button.tsx'
import { Section } from '../ui/Section.tsx'
import { isChangeable, putRule } from './RuleActions.tsx'
import { inputOf } from './ruleForm.ts'

/** What is typed of a remedy. */
interface RemedyEntries {
  readonly act: string
  readonly keyFile: string
  readonly afterSeconds: string
  readonly againSeconds: string
  readonly mostAnHour: string
}

/** null: a new one. */
function remedyEntries(remedy: Remedy | null): RemedyEntries {
  return {
    act: remedy?.act ?? 'kickPublisher',
    keyFile: remedy?.act === 'runCommand' ? remedy.keyFile : '',
    afterSeconds: String(remedy?.afterSeconds ?? 30),
    againSeconds: String(remedy?.againSeconds ?? 600),
    mostAnHour: String(remedy?.mostAnHour ?? 4),
  }
}

function readRemedy({ act, keyFile, afterSeconds, againSeconds, mostAnHour }: RemedyEntries): Result<Remedy, Wrong> {
  const read = remedySchema.safeParse({
    act,
    ...(act === 'runCommand' && { keyFile: keyFile.trim() }),
    afterSeconds: numberEntered(afterSeconds),
    againSeconds: numberEntered(againSeconds),
    mostAnHour: numberEntered(mostAnHour),
  })
  if (read.success) return ok(read.data)
  return err(Object.fromEntries(read.error.issues.map((issue) => [String(issue.path[0] ?? 'act'), { validationError: validationErrorOf(issue) }])))
}

const numeric = { inputMode: 'numeric' } as const
const remedyFields = (language: Language): readonly FormField<RemedyEntries>[] => [
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

/** Acts that are shown. */
const shownActs = 5

/** What a rule does about its alarms by itself: armed and disarmed here, with what it did last. */
export function RuleRemedy({ rule }: { readonly rule: Rule }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const [isOpen, setOpen] = useState(false)
  const standing = useRemedy(rule.id, rule.remedy !== null)
  const { remedy } = rule
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
      {standing !== undefined && <Standing standing={standing} />}
      {isChangeable(rule) && (
        <div className="mt-2 flex flex-wrap gap-1.5">
          <Button onClick={() => setOpen(true)}>{t(remedy === null ? 'common.add' : 'common.change')}</Button>
          {remedy !== null && <RemoveRemedy rule={rule} />}
        </div>
      )}
      {isOpen && (
        <SendDialog
          title={t('rules.remedy.title')}
          submit={t('common.save')}
          fields={remedyFields(language)}
          start={remedyEntries(remedy)}
          read={readRemedy}
          send={async (entered) => {
            await putRule({ ...inputOf(rule), remedy: entered }, rule)
            await renewRemedies()
          }}
          fieldOf={(key) => key.split('.').at(-1) ?? key}
          onClose={() => setOpen(false)}
        />
      )}
    </Section>
  )
}

function RemoveRemedy({ rule }: { readonly rule: Rule }) {
  const { t } = useTranslation()
  const act = useAct()
  const { remedy: _, ...input } = inputOf(rule)
  return <Button onClick={() => void act(putRule(input, rule))}>{t('common.remove')}</Button>
}

/** Whether it is armed, and by whom, and what it did. */
function Standing({ standing }: { readonly standing: RemedyOfRule }) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const [asks, setAsks] = useState<'arm' | 'disarm' | null>(null)
  const { rule, state, armed, stoppedAt } = standing
  const isArmed = state === 'armed'
  return (
    <>
      <p className={`mt-1 ${isArmed ? '' : 'text-muted'}`}>
        <span className="font-medium">{t(`rules.remedy.state.${state === 'changed' ? 'off' : state}`)}</span>
        {armed !== null && ` · ${t('common.byTime', { by: armed.by, time: formatDateTime(armed.at, zone) })}: ${armed.reason}`}
        {stoppedAt !== null && ` · ${formatDateTime(stoppedAt, zone)}`}
      </p>
      <Done rule={rule} />
      <div className="mt-2 flex flex-wrap gap-1.5">
        <Button onClick={() => setAsks(isArmed ? 'disarm' : 'arm')}>{t(isArmed ? 'rules.remedy.disarm' : 'rules.remedy.arm')}</Button>
      </div>
      {asks !== null && (
        <SendDialog
          title={t(`rules.remedy.${asks}`)}
          description={asks === 'arm' ? t('rules.remedy.armText') : undefined}
          submit={t(`rules.remedy.${asks}`)}
          fields={reasonFields({ label: 'common.reason' })}
          start={noReason}
          read={readReason}
          send={async (reason) => {
            await client.remedies[asks]({ rule, reason })
            await renewRemedies()
          }}
          onClose={() => setAsks(null)}
        />
      )}
    </>
  )
}

/** The last acts, and what came of them. */
function Done({ rule }: { readonly rule: string }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const { zone } = usePreferences()
  const acts = useRemedyActs(rule, shownActs)
  if (acts.length === 0) return null
  return (
    <>
      <h4 className="mt-2 font-medium">{t('alarms.done')}</h4>
      <ol>
        {acts.map((act) => (
          <li key={act.id} className="break-words">
            {formatDateTime(act.at, zone)} · {[act.ownerName, partOf(act.subject)].filter(Boolean).join(' · ')}: {remedyActText(act, language)}
            {act.helped !== null && <span className="text-muted"> {t(act.helped ? 'rules.remedy.helped' : 'rules.remedy.notHelped')}</span>}
          </li>
        ))}
      </ol>
    </>
  )
}

/** Armed ones act by themselves. */
const everyMs = 2_000

/** The remedy of a rule as it stands; undefined: not known yet, or it has none. */
function useRemedy(rule: string, isThere: boolean): RemedyOfRule | undefined {
  const { data } = useQuery({ ...orpc.remedies.list.queryOptions(), enabled: isThere, refetchInterval: everyMs })
  // What was read before it was removed is kept.
  return isThere ? data?.find((one) => one.rule === rule) : undefined
}

/** The last acts of a rule's remedy, newest first. */
function useRemedyActs(rule: string, most: number) {
  const { data = [] } = useQuery({ ...orpc.remedies.acts.queryOptions({ input: { rule, limit: most } }), refetchInterval: everyMs })
  return data
}

/** Reads them again at once, after a change. */
function renewRemedies(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: orpc.remedies.key() })
}
