import type { TFunction } from 'i18next'
import { Plus, Radio, Trash2 } from 'lucide-react'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { OnAir, OnAirInput } from '../../shared/onAir.ts'
import { formatValue } from '../../shared/units.ts'
import { client } from '../app/client.ts'
import { RemoveDialog } from '../app/editing/Removing.tsx'
import { usePreferences } from '../app/preferences.ts'
import { useAct } from '../app/useAct.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { usePageParams, withParams } from '../app/usePageParams.ts'
import { fleet, useFacts } from '../fleet/fleet.ts'
import { Button } from '../ui/Button.tsx'
import type { Column } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { useNow } from '../ui/now.ts'
import { Panel } from '../ui/Panel.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { matchedBy, type OnAirEntries, onAirEntries, onAirFields, readOnAir, startOnAir } from './onAirForm.ts'
import { PlanDialog, type PlanForm } from './PlanDialog.tsx'
import { renewOnAir, useOnAir } from './PlansNow.tsx'
import { byNearest, type PlanContext, planColumns } from './planColumns.tsx'

const form: PlanForm<OnAir, OnAirEntries, OnAirInput> = {
  words: { add: 'onAir.form.add', ahead: 'onAir.ahead' },
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
function OnAirDialog(props: OnAirDialogProps) {
  return <PlanDialog form={form} {...props} />
}

function Matching({ entered }: { readonly entered: OnAirEntries }) {
  const { t } = useTranslation()
  useFacts()
  const matched = matchedBy(entered, fleet.rows(), fleet.server)
  if (matched === null) return null
  return <p role="status">{t('onAir.form.matching', matched)}</p>
}

function LastsNow() {
  const { t } = useTranslation()
  return <b className="font-semibold">{t('maintenance.group.now')}</b>
}

/** When streams are expected that are not always on air. What is edited is stored in the address. */
export function OnAirList({ className }: { readonly className: string }) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const language = useLanguage()
  const now = useNow()
  const { plans, failed } = useOnAir()
  const [params, setParams] = usePageParams()
  const [removing, setRemoving] = useState<OnAir | null>(null)
  const act = useAct(() => void renewOnAir())
  const edit = (id: string | null) => setParams((before) => withParams(before, { onAir: id }))
  const editedId = params.get('onAir')
  const edited = plans?.find(({ id, origin }) => id === editedId && origin === 'stored') ?? null
  const shared = planColumns<OnAir, OnAir>({
    t,
    language,
    planOf: (plan) => plan,
    mark: <Radio size={12} className="inline-block text-accent" aria-hidden="true" />,
    lasting: (until) => <b className="font-semibold">{t('common.untilTime', { time: until })}</b>,
    onEdit: ({ id }) => edit(id),
    removal: ({ name }) => ({ icon: Trash2, words: t('common.removeName', { name }) }),
    onRemove: setRemoving,
  })
  // Long rows wrap: there is room for few columns, and a calendar's problem is to be read to its end.
  const columns = [wrapping(shared.name), shared.for, wrapping(shared.when), hoursColumn(t), shared.zone, shared.by, shared.actions]
  const rows = useMemo(() => [...(plans ?? [])].sort(byNearest), [plans])
  const context = useMemo(() => ({ now, zone }), [now, zone])
  return (
    <Panel
      title={t('onAir.title')}
      hint={`${plans === undefined || plans.length === 0 ? '' : `${formatValue(plans.length, 'count')} · `}${t('onAir.hint')}`}
      actions={
        <Button onClick={() => edit('new')}>
          <Plus size={14} aria-hidden="true" /> {t('onAir.form.add')}
        </Button>
      }
      className={className}
      bodyClassName="overflow-y-auto"
    >
      {plans !== undefined ? (
        <DataTable label={t('onAir.title')} columns={columns} rows={rows} keyOf={keyOf} context={context} empty={t('common.noneYet')} />
      ) : failed === null ? (
        <SkeletonRows rows={2} />
      ) : (
        <p className="text-muted">{t('alarms.notRead', { reason: failed })}</p>
      )}
      {(editedId === 'new' || edited !== null) && <OnAirDialog key={editedId} edited={edited} onClose={() => edit(null)} />}
      {removing !== null && (
        <RemoveDialog
          title={t('common.removeName', { name: removing.name })}
          description={t('onAir.removeText')}
          onRemove={() => void act(client.onAir.remove({ id: removing.id }), t('common.removedName', { name: removing.name }))}
          onClose={() => setRemoving(null)}
        />
      )}
    </Panel>
  )
}

const keyOf = ({ id }: OnAir): string => id
const wrapping = (column: Column<OnAir, PlanContext>): Column<OnAir, PlanContext> => ({ ...column, wraps: true })

/** So many lines of hours are shown, the others in the tooltip. */
const shownLines = 3
const hoursColumn = (t: TFunction): Column<OnAir, PlanContext> => ({
  id: 'hours',
  head: t('onAir.hours'),
  rank: 1,
  width: 180,
  share: 2,
  wraps: true,
  cell: ({ weekly, calendar }) => (
    <span className="text-muted" title={weekly.slice(shownLines).join('\n')}>
      {calendar ??
        weekly.slice(0, shownLines).map((hours) => (
          <span key={hours} className="block">
            {hours}
          </span>
        ))}
      {weekly.length > shownLines && t('common.more', { count: weekly.length - shownLines })}
    </span>
  ),
})
