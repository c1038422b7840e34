import { useTranslation } from 'react-i18next'
import type { Alarm, AlarmsChanged } from '../../shared/alarms.ts'
import { client } from '../app/client.ts'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { usePreferences } from '../app/preferences.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { alarmTitle } from '../fleet/alarmTitle.ts'
import { useRules } from '../fleet/useRules.ts'
import { engineNow } from '../ui/now.ts'
import { type AlarmEntry, type AlarmForm, fieldsOf, readForm, startOf } from './alarmForms.ts'
import { namesOf } from './alarmWords.ts'

function send(entry: AlarmEntry, incidents: readonly string[]): Promise<AlarmsChanged> {
  if (entry.form === 'acknowledge') return client.alarms.acknowledge({ ...entry.input, incidents: [...incidents] })
  if (entry.form === 'shelve') return client.alarms.shelve(entry.input)
  return client.alarms.comment(entry.input)
}

interface AlarmDialogProps {
  readonly form: AlarmForm
  readonly alarms: readonly Alarm[]
  /** Incidents that the alarms stand for. */
  readonly incidents: readonly string[]
  readonly onDone: (changed: AlarmsChanged) => void
  readonly onClose: () => void
}
/** Asks for an end, a reason or a comment, and does it to all of the alarms. */
export function AlarmDialog({ form, alarms, incidents, onDone, onClose }: AlarmDialogProps) {
  const { t } = useTranslation()
  const language = useLanguage()
  const { data: rules = [] } = useRules()
  const { zone } = usePreferences()
  const ids = alarms.map(({ id }) => id)
  const [only] = alarms
  const names = alarms.length === 1 && only ? namesOf(only) : null
  return (
    <SendDialog
      title={t(`alarms.form.${form}`, { count: alarms.length })}
      description={names && only ? [names.name, names.server, alarmTitle(only, rules, t, language)].filter(Boolean).join(' · ') : undefined}
      submit={t(`alarms.form.do.${form}`)}
      fields={fieldsOf(form, { now: engineNow(), zone })}
      start={startOf(form)}
      read={(entered) => readForm(form, entered, ids, { now: engineNow(), zone })}
      send={async (entry) => onDone(await send(entry, incidents))}
      onClose={onClose}
    />
  )
}
