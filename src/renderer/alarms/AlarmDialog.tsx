import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Alarm, AlarmsChanged } from '../../shared/alarms.ts'
import { client } from '../app/client.ts'
import { FormFields } from '../app/editing/FormFields.tsx'
import { shownFields, type Wrong } from '../app/editing/fields.ts'
import { failureWords } from '../app/failureWords.ts'
import { usePreferences } from '../app/preferences.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { engineNow } from '../ui/now.ts'
import { type AlarmEntry, type AlarmForm, fieldsOf, readForm, startOf } from './alarmForms.ts'
import { namesOf } from './alarmWords.ts'

function send(entry: AlarmEntry): Promise<AlarmsChanged> {
  if (entry.form === 'acknowledge') return client.alarms.acknowledge(entry.input)
  if (entry.form === 'shelve') return client.alarms.shelve(entry.input)
  return client.alarms.comment(entry.input)
}

interface AlarmDialogProps {
  readonly form: AlarmForm
  readonly alarms: readonly Alarm[]
  readonly onDone: (changed: AlarmsChanged) => void
  readonly onClose: () => void
}
/** Asks for an end, a reason or a comment, and does it to all of the alarms. */
export function AlarmDialog({ form, alarms, onDone, onClose }: AlarmDialogProps) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const [entered, setEntered] = useState(() => startOf(form))
  const [wrong, setWrong] = useState<Wrong>({})
  const [sending, setSending] = useState(false)
  const [failure, setFailure] = useState<string | null>(null)
  const submit = async () => {
    const ids = alarms.map(({ id }) => id)
    const read = readForm(form, entered, ids, { now: engineNow(), zone })
    setWrong(read.ok ? {} : read.error)
    if (!read.ok) return
    setSending(true)
    setFailure(null)
    try {
      onDone(await send(read.value))
      onClose()
    } catch (error) {
      setFailure(t('alarms.failed', { reason: failureWords(error) }))
      setSending(false)
    }
  }
  const [only] = alarms
  const names = alarms.length === 1 && only ? namesOf(only) : null
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t(`alarms.form.${form}`, { count: alarms.length })}
      {...(names && only && { description: [names.name, names.server, t(`troubleKind.${only.kind}`)].filter(Boolean).join(' · ') })}
      closeLabel={t('common.close')}
      width={500}
      footer={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" onClick={() => void submit()} disabled={sending}>
            {t(sending ? 'alarms.form.busy' : `alarms.form.do.${form}`)}
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
          fields={shownFields(fieldsOf(form, { now: engineNow(), zone }), entered)}
          entered={entered}
          stored={null}
          wrong={wrong}
          disabled={sending}
          focus
          onEnter={({ id }, value) => {
            setEntered((before) => ({ ...before, [id]: value }))
            setWrong({})
          }}
        />
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
