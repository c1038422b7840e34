import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import { toast } from 'sonner'
import type { MaintenanceInput } from '../../shared/maintenance.ts'
import { ok } from '../../shared/result.ts'
import { formatMoment, formatSpan, type TimeZoneChoice } from '../../shared/units.ts'
import { client } from '../app/client.ts'
import type { FormField } from '../app/editing/fields.ts'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { usePreferences } from '../app/preferences.ts'
import { engineNow } from '../ui/now.ts'
import { renewMaintenance } from './MaintenanceOf.tsx'
import { spans, type WorkedOn, windowsNow } from './maintenanceForm.ts'

interface Entries {
  readonly span: string
  readonly name: string
}
const spanNames = Object.keys(spans) as (keyof typeof spans)[]
const spanOf = ({ span }: Entries) => spanNames.find((one) => one === span) ?? 'hour'

const fieldsIn = (zone: TimeZoneChoice): readonly FormField<Entries>[] => [
  {
    id: 'span',
    kind: 'choice',
    label: 'maintenance.now.span',
    half: true,
    help: (t, entered) => t('maintenance.now.until', { moment: formatMoment(engineNow() + spans[spanOf(entered)], 'minute', zone) }),
    options: spanNames.map((value) => ({ value, label: { name: formatSpan(spans[value]) } })),
  },
  {
    id: 'name',
    kind: 'text',
    label: 'common.name',
    half: true,
    placeholder: (t) => t('common.maintenance'),
    input: { maxLength: 100 },
  },
]

interface MaintenanceNowProps {
  readonly on: readonly WorkedOn[]
  readonly onClose: () => void
}
/** Announces work that begins now: one key, and Enter. */
export function MaintenanceNow({ on, onClose }: MaintenanceNowProps) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const names = on.map(({ server, streams }) => (streams.length === 0 ? server : `${server} · ${streams.join(', ')}`)).join('; ')
  return (
    <SendDialog
      title={t('common.maintenanceFromNowOn')}
      description={names}
      submit={t('maintenance.now.do')}
      fields={fieldsIn(zone)}
      start={{ span: 'hour', name: '' }}
      read={(entered: Entries) => ok(entered)}
      send={async (entered) => {
        await addAll(windowsOf(on, entered, t))
        await renewMaintenance()
        toast(t('maintenance.now.done', { names, span: formatSpan(spans[spanOf(entered)]) }))
      }}
      onClose={onClose}
    >
      <p className="text-muted">{t('maintenance.now.means')}</p>
    </SendDialog>
  )
}

const windowsOf = (on: readonly WorkedOn[], entered: Entries, t: TFunction) =>
  windowsNow(on, { name: entered.name.trim() || t('common.maintenance'), span: spanOf(entered), now: engineNow() })

async function addAll(inputs: readonly MaintenanceInput[]): Promise<void> {
  for (const input of inputs) await client.maintenance.add(input)
}
