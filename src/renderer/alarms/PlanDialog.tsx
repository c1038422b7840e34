import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { calendarText } from '../../i18n/calendarText.ts'
import type { PlanPreview } from '../../shared/maintenance.ts'
import type { Result } from '../../shared/result.ts'
import { formatStretch, type TimeZoneChoice } from '../../shared/units.ts'
import { FormFields } from '../app/editing/FormFields.tsx'
import { FormFrame } from '../app/editing/FormFrame.tsx'
import { type Entries, type FormField, shownFields, type WordId, type Wrong, wordsById } from '../app/editing/fields.ts'
import { useValidationErrors } from '../app/editing/useValidationErrors.ts'
import { failureText } from '../app/failureText.ts'
import { usePreferences } from '../app/preferences.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { Mark } from '../ui/Mark.tsx'
import { useSettled } from '../ui/timing.ts'
import { isForEverything, type ListedPlan, type PlanEntries } from './planColumns.tsx'

/** How plans of one kind are entered. `P`: a plan as it is listed; `F`: the entries; `I`: the input of calls. */
export interface PlanForm<P, F, I> {
  readonly words: Readonly<Record<'add' | 'ahead', WordId>>
  /** Said where no server, tag or stream is chosen; left out: that is refused. */
  readonly forEverything?: WordId
  /** Says what the entries are for now; left out: nothing. */
  readonly matching?: (entered: F) => ReactNode
  /** Marks what lasts now. */
  readonly now: ReactNode
  readonly fields: readonly FormField<F, P>[]
  readonly start: (zone: TimeZoneChoice) => F
  readonly entriesOf: (stored: P) => F
  readonly read: (entered: F, stored: P | null) => Result<I, Wrong>
  readonly preview: (input: I, signal: AbortSignal) => Promise<PlanPreview>
  readonly get: (id: string, signal: AbortSignal) => Promise<PlanPreview>
  readonly add: (input: I) => Promise<unknown>
  readonly update: (id: string, input: I) => Promise<unknown>
  /** Reads the list again. */
  readonly renew: () => Promise<void>
}

interface PlanDialogProps<P, F, I> {
  readonly form: PlanForm<P, F, I>
  /** null: a new one. */
  readonly edited: P | null
  readonly onClose: () => void
}
/** Adds or edits a plan, with its next five times as they are typed. */
export function PlanDialog<P extends ListedPlan, F extends Entries<F> & PlanEntries, I extends { readonly calendar: string | null }>({
  form,
  edited,
  onClose,
}: PlanDialogProps<P, F, I>) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const [entered, setEntered] = useState(() => (edited === null ? form.start(zone) : form.entriesOf(edited)))
  const { wrong, form: shown, refuse, forget } = useValidationErrors()
  const [saving, setSaving] = useState(false)
  const [failure, setFailure] = useState<string | null>(null)
  // What it is for is no part of when the times are.
  const ahead = form.read({ ...entered, name: '-', tags: '', servers: '', streams: '*' }, edited)
  const submit = async () => {
    const read = form.read(entered, edited)
    refuse(read.ok ? {} : read.error)
    if (!read.ok) return
    setSaving(true)
    setFailure(null)
    try {
      await (edited === null ? form.add(read.value) : form.update(edited.id, read.value))
      await form.renew()
      onClose()
    } catch (error) {
      setFailure(t('common.failedReason', { reason: failureText(error) }))
      setSaving(false)
    }
  }
  return (
    <FormFrame
      title={edited === null ? wordsById(t, form.words.add) : t('common.editName', { name: edited.name })}
      submit={t(saving ? 'common.saving' : edited === null ? 'common.add' : 'common.save')}
      disabled={saving}
      form={shown}
      failure={failure}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      <FormFields
        fields={shownFields(form.fields, entered)}
        entered={entered}
        stored={edited}
        wrong={wrong}
        disabled={saving}
        focus={edited === null}
        onEnter={({ id }, value) => {
          setEntered((before) => ({ ...before, [id]: value }))
          forget([id])
        }}
      />
      {form.forEverything !== undefined && isForEverything(entered) && (
        <p role="status">
          <Mark kind="warning" /> {wordsById(t, form.forEverything)}
        </p>
      )}
      {form.matching?.(entered)}
      <section aria-label={wordsById(t, form.words.ahead)} className="rounded-lg border border-line bg-bg px-3 py-2">
        <h3 className="mb-1 font-semibold">{wordsById(t, form.words.ahead)}</h3>
        <div className="min-h-[120px]">
          {ahead.ok ? (
            <Preview form={form} input={ahead.value} storedId={edited?.calendar === ahead.value.calendar ? (edited?.id ?? null) : null} />
          ) : (
            <p className="text-muted">–</p>
          )}
        </div>
      </section>
    </FormFrame>
  )
}

interface PreviewProps<P, F, I> {
  readonly form: PlanForm<P, F, I>
  readonly input: I
  /** Of a calendar that is stored, whose address is not known here. */
  readonly storedId: string | null
}
/** The next times of what is typed. */
function Preview<P, F, I extends { readonly calendar: string | null }>({ form, input, storedId }: PreviewProps<P, F, I>) {
  const { t } = useTranslation()
  const language = useLanguage()
  const settled = useSettled(JSON.stringify(input))
  const asked = input.calendar !== null ? storedId : null
  const { data, error } = useQuery({
    queryKey: [form.words.ahead, asked, asked ?? settled],
    queryFn: ({ signal }) => (asked === null ? form.preview(JSON.parse(settled) as I, signal) : form.get(asked, signal)),
    retry: false,
    placeholderData: (before) => before,
  })
  if (error !== null) return <p className="text-critical">{t('alarms.notRead', { reason: failureText(error) })}</p>
  if (data === undefined) return <p className="text-muted">{t('common.loading')}</p>
  return (
    <>
      {data.problem !== null && (
        <p className="mb-1">
          <Mark kind="warning" /> {calendarText(data.problem, language)}
        </p>
      )}
      <Spans form={form} {...data} />
    </>
  )
}

function Spans<P, F, I>({ form, now, next }: { readonly form: PlanForm<P, F, I> } & Pick<PlanPreview, 'now' | 'next'>) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  if (now === null && next.length === 0) return <p className="text-muted">{t('maintenance.none')}</p>
  return (
    <ol className="tabular-nums">
      {now !== null && (
        <li>
          {form.now} {formatStretch(now.from, now.to, zone)}
        </li>
      )}
      {next.map(({ from, to }) => (
        <li key={from}>{formatStretch(from, to, zone)}</li>
      ))}
    </ol>
  )
}
