import { useTranslation } from 'react-i18next'
import type { Maintenance, MaintenanceInput } from '../../shared/maintenance.ts'
import { client } from '../app/client.ts'
import { Mark } from '../ui/Mark.tsx'
import { engineNow } from '../ui/now.ts'
import { entriesOf, type MaintenanceEntries, maintenanceFields, readMaintenance, startEntries } from './maintenanceForm.ts'
import { PlanDialog, type PlanForm } from './PlanDialog.tsx'
import { renewMaintenance } from './useMaintenance.ts'

const form: PlanForm<Maintenance, MaintenanceEntries, MaintenanceInput> = {
  words: { add: 'maintenance.form.add', addIt: 'maintenance.form.addIt', ahead: 'maintenance.ahead', none: 'maintenance.none' },
  forEverything: 'maintenance.form.forEverything',
  now: <LastsNow />,
  fields: maintenanceFields,
  start: (zone) => startEntries(engineNow(), zone),
  entriesOf,
  read: readMaintenance,
  preview: (input, signal) => client.maintenance.preview(input, { signal }),
  get: (id, signal) => client.maintenance.get({ id }, { signal }),
  add: (input) => client.maintenance.add(input),
  update: (id, change) => client.maintenance.update({ id, change }),
  renew: renewMaintenance,
}

interface MaintenanceDialogProps {
  /** null: a new one. */
  readonly edited: Maintenance | null
  readonly onClose: () => void
}
/** Plans or edits maintenance windows. */
export function MaintenanceDialog(props: MaintenanceDialogProps) {
  return <PlanDialog form={form} {...props} />
}

function LastsNow() {
  const { t } = useTranslation()
  return <Mark kind="maintenance" word={t('maintenance.group.now')} />
}
