import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Maintenance, MaintenanceInput, Span } from '../../shared/maintenance.ts'
import { formatStretch } from '../../shared/units.ts'
import { calendarText } from '../../shared/words/calendarText.ts'
import { client, orpc } from '../app/client.ts'
import { FormFields } from '../app/editing/FormFields.tsx'
import { shownFields, type Wrong } from '../app/editing/fields.ts'
import { useLanguage } from '../app/eventWords.ts'
import { failureWords } from '../app/failureWords.ts'
import { usePreferences } from '../app/preferences.ts'
import { Button } from '../ui/Button.tsx'
import { Drawer } from '../ui/Dialog.tsx'
import { Mark } from '../ui/Mark.tsx'
import { engineNow } from '../ui/now.ts'
import { useSettled } from '../ui/useSettled.ts'
import { entriesOf, maintenanceFields, readMaintenance, startEntries } from './maintenanceForm.ts'
import { renewMaintenance } from './useMaintenance.ts'

interface MaintenanceDialogProps {
  /** null: a new one. */
  readonly edited: Maintenance | null
  readonly onClose: () => void
}
/** Plans or edits maintenance windows, with the next five as they are typed. */
export function MaintenanceDialog({ edited, onClose }: MaintenanceDialogProps) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const [entered, setEntered] = useState(() => (edited === null ? startEntries(engineNow(), zone) : entriesOf(edited)))
  const [wrong, setWrong] = useState<Wrong>({})
  const [saving, setSaving] = useState(false)
  const [failure, setFailure] = useState<string | null>(null)
  // A name is no part of when the windows are.
  const ahead = readMaintenance({ ...entered, name: entered.name.trim() || '-' }, edited)
  const submit = async () => {
    const read = readMaintenance(entered, edited)
    setWrong(read.ok ? {} : read.error)
    if (!read.ok) return
    setSaving(true)
    setFailure(null)
    try {
      await (edited === null ? client.maintenance.add(read.value) : client.maintenance.update({ id: edited.id, change: read.value }))
      await renewMaintenance()
      onClose()
    } catch (error) {
      setFailure(t('alarms.failed', { reason: failureWords(error) }))
      setSaving(false)
    }
  }
  return (
    <Drawer
      open
      onOpenChange={(open) => !open && onClose()}
      title={edited === null ? t('maintenance.form.add') : t('maintenance.form.edit', { name: edited.name })}
      closeLabel={t('common.close')}
      width={580}
      footer={
        <>
          {failure !== null && (
            <span role="alert" className="mr-auto self-center font-medium text-critical">
              {failure}
            </span>
          )}
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" onClick={() => void submit()} disabled={saving}>
            {t(saving ? 'alarms.form.busy' : edited === null ? 'maintenance.form.addIt' : 'maintenance.form.save')}
          </Button>
        </>
      }
    >
      <form
        className="flex flex-col gap-3.5"
        onSubmit={(event) => {
          event.preventDefault()
          if (!saving) void submit()
        }}
      >
        <FormFields
          fields={shownFields(maintenanceFields, entered)}
          entered={entered}
          stored={edited}
          wrong={wrong}
          disabled={saving}
          focus={edited === null}
          onEnter={({ id }, value) => {
            setEntered((before) => ({ ...before, [id]: value }))
            setWrong((before) => Object.fromEntries(Object.entries(before).filter(([field]) => field !== id)))
          }}
        />
        <section aria-label={t('maintenance.ahead')} className="rounded-lg border border-line bg-bg px-3 py-2">
          <h3 className="mb-1 font-semibold">{t('maintenance.ahead')}</h3>
          <div className="min-h-[120px]">
            {ahead.ok ? (
              <Preview input={ahead.value} storedId={edited?.calendar === ahead.value.calendar ? (edited?.id ?? null) : null} />
            ) : (
              <p className="text-muted">{t('maintenance.aheadNot')}</p>
            )}
          </div>
        </section>
        <button type="submit" hidden />
      </form>
    </Drawer>
  )
}

/** The next windows of what is typed. `storedId`: of a calendar that is stored, whose address is not known here. */
function Preview({ input, storedId }: { readonly input: MaintenanceInput; readonly storedId: string | null }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const settled = useSettled(JSON.stringify(input))
  const asksStored = input.calendar !== null && storedId !== null
  const preview = useQuery({
    ...orpc.maintenance.preview.queryOptions({ input: JSON.parse(settled) as MaintenanceInput }),
    enabled: !asksStored,
    retry: false,
    placeholderData: (before) => before,
  })
  const stored = useQuery({ ...orpc.maintenance.get.queryOptions({ input: { id: storedId ?? '' } }), enabled: asksStored })
  const { data, error } = asksStored ? stored : preview
  if (error !== null) return <p className="text-critical">{t('alarms.notRead', { reason: failureWords(error) })}</p>
  if (data === undefined) return <p className="text-muted">{t('common.loading')}</p>
  return (
    <>
      {data.problem !== null && (
        <p className="mb-1">
          <Mark kind="warning" /> {calendarText(data.problem, language)}
        </p>
      )}
      <Spans now={data.now} next={data.next} />
    </>
  )
}

export function Spans({ now, next }: { readonly now: Span | null; readonly next: readonly Span[] }) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  if (now === null && next.length === 0) return <p className="text-muted">{t('maintenance.none')}</p>
  return (
    <ol className="tabular-nums">
      {now !== null && (
        <li>
          <Mark kind="maintenance" word={t('maintenance.group.now')} /> {formatStretch(now.from, now.to, zone)}
        </li>
      )}
      {next.map(({ from, to }) => (
        <li key={from}>{formatStretch(from, to, zone)}</li>
      ))}
    </ol>
  )
}
