import { useTranslation } from 'react-i18next'
import type { OnAir, OnAirInput } from '../../shared/onAir.ts'
import { client } from '../app/client.ts'
import { fleet, useFacts } from '../fleet/fleet.ts'
import { matchedBy, type OnAirEntries, onAirEntries, onAirFields, readOnAir, startOnAir } from './onAirForm.ts'
import { PlanDialog, type PlanForm } from './PlanDialog.tsx'
import { renewOnAir } from './useOnAir.ts'

const form: PlanForm<OnAir, OnAirEntries, OnAirInput> = {
  words: { add: 'onAir.form.add', addIt: 'onAir.form.addIt', ahead: 'onAir.ahead', none: 'onAir.none' },
  matching: (entered) => <Matching entered={entered} />,
  now: <LastsNow />,
  fields: onAirFields,
  start: startOnAir,
  entriesOf: onAirEntries,
  read: readOnAir,
  preview: (input, signal) => client.onAir.preview(input, { signal }),
  get: (id, signal) => client.onAir.get({ id }, { signal }),
  add: (input) => client.onAir.add(input),
  update: (id, change) => client.onAir.update({ id, change }),
  renew: renewOnAir,
}

interface OnAirDialogProps {
  /** null: new ones. */
  readonly edited: OnAir | null
  readonly onClose: () => void
}
/** Adds or edits times on air. */
export function OnAirDialog(props: OnAirDialogProps) {
  return <PlanDialog form={form} {...props} />
}

function Matching({ entered }: { readonly entered: OnAirEntries }) {
  const { t } = useTranslation()
  useFacts()
  const matched = matchedBy(entered, fleet.rows(), fleet.server)
  if (matched === null) return null
  return <p role="status">{t('onAir.form.matching', { count: matched.streams, live: matched.live })}</p>
}

function LastsNow() {
  const { t } = useTranslation()
  return <b className="font-semibold">{t('maintenance.group.now')}</b>
}
