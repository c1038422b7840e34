import { toast } from 'sonner'
import type { DailySettings } from '../../shared/dailyChecks.ts'
import { ok } from '../../shared/result.ts'
import { client, orpc, queryClient } from '../app/client.ts'
import type { FormField } from '../app/editing/fields.ts'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { t } from '../app/words.ts'
import { dailyEntries, dailyFields, readDaily } from './dailyForm.ts'

export function DailySettingsDialog({ settings, onClose }: { readonly settings: DailySettings; readonly onClose: () => void }) {
  return (
    <SendDialog
      title={t('pages.daily')}
      submit={t('common.save')}
      fields={dailyFields}
      start={dailyEntries(settings)}
      read={readDaily}
      send={async (next) => {
        queryClient.setQueryData(orpc.dailyChecks.status.queryKey(), await client.dailyChecks.keep(next))
        toast(t('common.saved'))
      }}
      fieldOf={(key) => key}
      onClose={onClose}
    />
  )
}

const runFields: readonly FormField<{ readonly wakes: string }>[] = [{ id: 'wakes', kind: 'tick', label: 'daily.runWakes' }]

export function RunDialog({ onClose }: { readonly onClose: () => void }) {
  return (
    <SendDialog
      title={t('daily.run')}
      submit={t('daily.run')}
      fields={runFields}
      start={{ wakes: '' }}
      read={({ wakes }) => ok({ wakes: wakes === 'yes' })}
      send={(input) => client.dailyChecks.run(input)}
      renews="dailyChecks"
      onClose={onClose}
    />
  )
}
