import { useTranslation } from 'react-i18next'
import { toast } from 'sonner'
import { err, ok } from '../../shared/result.ts'
import { keepSessionsDays } from '../../shared/sessions.ts'
import { client } from '../app/client.ts'
import type { FormField } from '../app/editing/fields.ts'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { renewSessions } from './useSessions.ts'

interface Entries {
  readonly days: string
}
const fields: readonly FormField<Entries>[] = [
  { id: 'days', kind: 'text', label: 'kept.column.days', half: true, input: { inputMode: 'numeric', maxLength: 4 } },
]

/** For how long sessions are kept. */
export function KeepDialog({ days, onClose }: { readonly days: number; readonly onClose: () => void }) {
  const { t } = useTranslation()
  return (
    <SendDialog
      title={t('sessions.past.keepTitle')}
      description={t('sessions.past.keepText')}
      submit={t('common.save')}
      fields={fields}
      start={{ days: String(days) }}
      read={(entered: Entries) => {
        const read = keepSessionsDays.safeParse(/^\d+$/.test(entered.days.trim()) ? Number(entered.days) : Number.NaN)
        return read.success ? ok(read.data) : err({ days: 'sessions.past.keepWrong' as const })
      }}
      send={async (next) => {
        await client.sessions.keep({ days: next })
        await renewSessions()
        toast(t('common.saved'))
      }}
      onClose={onClose}
    />
  )
}
