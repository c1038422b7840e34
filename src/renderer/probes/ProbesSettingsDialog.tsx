import { toast } from 'sonner'
import { type ProbeSettings, probeSettingsSchema } from '../../shared/probes.ts'
import { client, orpc, queryClient } from '../app/client.ts'
import { type FormField, numberEntered, readEntries } from '../app/editing/fields.ts'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { t } from '../app/words.ts'

interface Entries {
  readonly atOnce: string
}
const fields: readonly FormField<Entries>[] = [{ id: 'atOnce', kind: 'text', label: 'probes.turnsAtOnce', input: { inputMode: 'numeric' } }]

export function ProbesSettingsDialog({ settings, onClose }: { readonly settings: ProbeSettings; readonly onClose: () => void }) {
  return (
    <SendDialog
      title={t('probes.turnsTitle')}
      submit={t('common.save')}
      fields={fields}
      start={{ atOnce: String(settings.atOnce) }}
      read={(entered: Entries) => readEntries(fields, probeSettingsSchema, { atOnce: numberEntered(entered.atOnce) ?? Number.NaN }, entered, null)}
      send={async (next) => {
        queryClient.setQueryData(orpc.probes.status.queryKey(), await client.probes.keep(next))
        toast(t('common.saved'))
      }}
      fieldOf={(key) => key}
      onClose={onClose}
    />
  )
}
