import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { toast } from 'sonner'
import type { MaintenanceInput } from '../../shared/maintenance.ts'
import { formatMoment, formatSpan } from '../../shared/units.ts'
import { client } from '../app/client.ts'
import { FormFields } from '../app/editing/FormFields.tsx'
import type { FormField } from '../app/editing/fields.ts'
import { failureWords } from '../app/failureWords.ts'
import { usePreferences } from '../app/preferences.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { engineNow } from '../ui/now.ts'
import { spans, type WorkedOn, windowsNow } from './maintenanceForm.ts'
import { renewMaintenance } from './useMaintenance.ts'

interface Entries {
  readonly span: string
  readonly name: string
}
const spanNames = Object.keys(spans) as (keyof typeof spans)[]
const spanOf = ({ span }: Entries) => spanNames.find((one) => one === span) ?? 'hour'

interface MaintenanceNowProps {
  readonly on: readonly WorkedOn[]
  readonly onClose: () => void
}
/** Announces work that begins now: one key, and Enter. */
export function MaintenanceNow({ on, onClose }: MaintenanceNowProps) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const [entered, setEntered] = useState<Entries>({ span: 'hour', name: '' })
  const [sending, setSending] = useState(false)
  const [failure, setFailure] = useState<string | null>(null)
  const names = on.map(({ server, streams }) => (streams.length === 0 ? server : `${server} · ${streams.join(', ')}`))
  const fields: readonly FormField<Entries>[] = [
    {
      id: 'span',
      kind: 'choice',
      label: 'maintenance.now.span',
      half: true,
      help: () => t('maintenance.now.until', { moment: formatMoment(engineNow() + spans[spanOf(entered)], 'minute', zone) }),
      options: spanNames.map((value) => ({ value, label: { name: formatSpan(spans[value]) } })),
    },
    {
      id: 'name',
      kind: 'text',
      label: 'maintenance.form.name',
      half: true,
      placeholder: () => t('maintenance.now.name'),
      input: { maxLength: 100 },
    },
  ]
  const submit = async () => {
    setSending(true)
    setFailure(null)
    try {
      const name = entered.name.trim() || t('maintenance.now.name')
      await addAll(windowsNow(on, { name, span: spanOf(entered), now: engineNow() }))
      await renewMaintenance()
      toast(t('maintenance.now.done', { names: names.join('; '), span: formatSpan(spans[spanOf(entered)]) }))
      onClose()
    } catch (error) {
      setFailure(t('alarms.failed', { reason: failureWords(error) }))
      setSending(false)
    }
  }
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t('maintenance.now.title')}
      description={names.join('; ')}
      closeLabel={t('common.close')}
      width={500}
      footer={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" onClick={() => void submit()} disabled={sending}>
            {t(sending ? 'alarms.form.busy' : 'maintenance.now.do')}
          </Button>
        </>
      }
    >
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault()
          if (!sending) void submit()
        }}
      >
        <FormFields
          fields={fields}
          entered={entered}
          stored={null}
          wrong={{}}
          disabled={sending}
          focus
          onEnter={({ id }, value) => setEntered((before) => ({ ...before, [id]: value }))}
        />
        <p className="text-muted">{t('maintenance.now.means')}</p>
        {failure !== null && (
          <p role="alert" className="font-medium text-critical">
            {failure}
          </p>
        )}
        <button type="submit" hidden />
      </form>
    </Dialog>
  )
}

async function addAll(inputs: readonly MaintenanceInput[]): Promise<void> {
  for (const input of inputs) await client.maintenance.add(input)
}
