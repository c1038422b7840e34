import type { TFunction } from 'i18next'
import { CircleStop, Plus, Trash2 } from 'lucide-react'
import { useMemo, useState } from 'react'
import { createPortal } from 'react-dom'
import { useTranslation } from 'react-i18next'
import type { Maintenance, MaintenanceInput } from '../../shared/maintenance.ts'
import { client } from '../app/client.ts'
import { RemoveDialog } from '../app/editing/Removing.tsx'
import { usePreferences } from '../app/preferences.ts'
import { useAct } from '../app/useAct.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { usePageParams, withParams } from '../app/usePageParams.ts'
import { Button } from '../ui/Button.tsx'
import type { Column } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { GroupHeading, groupRowClass } from '../ui/GroupHeading.tsx'
import { Mark } from '../ui/Mark.tsx'
import { engineNow, useNow } from '../ui/now.ts'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { entriesOf, type MaintenanceEntries, maintenanceFields, readMaintenance, repeatOf, startEntries } from './maintenanceForm.ts'
import { PlanDialog, type PlanForm } from './PlanDialog.tsx'
import { renewMaintenance, useMaintenance } from './PlansNow.tsx'
import { byNearest, type PlanContext, planColumns } from './planColumns.tsx'

const form: PlanForm<Maintenance, MaintenanceEntries, MaintenanceInput> = {
  words: { add: 'maintenance.form.add', ahead: 'maintenance.ahead' },
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
function MaintenanceDialog(props: MaintenanceDialogProps) {
  return <PlanDialog form={form} {...props} />
}

function LastsNow() {
  const { t } = useTranslation()
  return <Mark kind="maintenance" word={t('maintenance.group.now')} />
}

/** Groups in the order in which they matter. */
const groups = ['now', 'next', 'recurring', 'over'] as const
type Group = (typeof groups)[number]
type Row = { readonly kind: 'group'; readonly group: Group; readonly count: number } | { readonly kind: 'plan'; readonly plan: Maintenance }

const recurs = ({ rrule, calendar }: Maintenance) => rrule !== null || calendar !== null
function groupOf(plan: Maintenance): Group {
  if (plan.now !== null) return 'now'
  if (recurs(plan)) return plan.next.length > 0 || plan.calendar !== null ? 'recurring' : 'over'
  return plan.next.length > 0 ? 'next' : 'over'
}
/** Whether removing it ends what lasts now, and nothing else. */
const isEnded = (plan: Maintenance): boolean => plan.now !== null && !recurs(plan)

const removalText = (plan: Maintenance, t: TFunction): string =>
  isEnded(plan) ? `${t('maintenance.endIt')}: ${plan.name}` : t('common.removeName', { name: plan.name })

/** Rows under the heading of their group, the nearest first. */
function maintenanceRows(plans: readonly Maintenance[]): readonly Row[] {
  return groups.flatMap((group): readonly Row[] => {
    const listed = plans.filter((plan) => groupOf(plan) === group).sort(byNearest)
    return listed.length === 0 ? [] : [{ kind: 'group', group, count: listed.length }, ...listed.map((plan) => ({ kind: 'plan', plan }) as const)]
  })
}

/** Maintenance windows: those that last, the next ones, and those that recur. What is edited is stored in the address. */
export function MaintenanceList({ bar }: { readonly bar: HTMLElement | null }) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const language = useLanguage()
  const now = useNow()
  const { plans, failed } = useMaintenance()
  const [params, setParams] = usePageParams()
  const [removing, setRemoving] = useState<Maintenance | null>(null)
  const act = useAct(() => void renewMaintenance())
  const edit = (id: string | null) => setParams((before) => withParams(before, { edit: id }))
  const editedId = params.get('edit')
  const edited = plans?.find(({ id, origin }) => id === editedId && origin === 'stored') ?? null
  const shared = planColumns<Row, Maintenance>({
    t,
    language,
    planOf: (row) => (row.kind === 'plan' ? row.plan : null),
    mark: <Mark kind="maintenance" />,
    lasting: (until) => <Mark kind="maintenance" word={t('common.untilTime', { time: until })} />,
    onEdit: ({ id }) => edit(id),
    removal: (plan) => ({ icon: isEnded(plan) ? CircleStop : Trash2, words: removalText(plan, t) }),
    onRemove: setRemoving,
  })
  const columns = [shared.name, shared.for, shared.when, repeatColumn(t), shared.zone, shared.by, shared.actions]
  const rows = useMemo(() => maintenanceRows(plans ?? []), [plans])
  const context = useMemo(() => ({ now, zone }), [now, zone])
  const add = (
    <Button look="primary" onClick={() => edit('new')}>
      <Plus size={14} aria-hidden="true" /> {t('maintenance.form.add')}
    </Button>
  )
  return (
    <>
      {bar !== null && createPortal(add, bar)}
      {plans === undefined ? (
        failed !== null ? (
          <p className="flex-none text-muted">{t('alarms.notRead', { reason: failed })}</p>
        ) : (
          <div className="flex-1 rounded-lg border border-line bg-surface p-4">
            <SkeletonRows rows={8} />
          </div>
        )
      ) : (
        <DataTable
          label={t('common.maintenanceWindows')}
          columns={columns}
          rows={rows}
          keyOf={keyOf}
          context={context}
          rowPx={34}
          rowClass={rowClass}
          span={(row) =>
            row.kind === 'plan'
              ? null
              : {
                  from: 'name',
                  cell: <GroupHeading name={t(`maintenance.group.${row.group}`)} count={row.count} />,
                }
          }
          empty={<EmptyState icon={<Mark kind="maintenance" size={24} />} title={t('maintenance.empty')} actions={add} />}
        />
      )}
      {(editedId === 'new' || edited !== null) && <MaintenanceDialog key={editedId} edited={edited} onClose={() => edit(null)} />}
      {removing !== null && (
        <RemoveDialog
          title={removalText(removing, t)}
          description={t('maintenance.removeText')}
          submit={t(isEnded(removing) ? 'maintenance.endIt' : 'common.remove')}
          onRemove={() => void act(client.maintenance.remove({ id: removing.id }), t('common.removedName', { name: removing.name }))}
          onClose={() => setRemoving(null)}
        />
      )}
    </>
  )
}

const keyOf = (row: Row): string => (row.kind === 'group' ? row.group : row.plan.id)
const rowClass = (row: Row): string => (row.kind === 'group' ? groupRowClass : '')

const repeatColumn = (t: TFunction): Column<Row, PlanContext> => ({
  id: 'repeat',
  head: t('common.repeats'),
  rank: 1,
  width: 150,
  share: 1,
  cell: (row) => {
    if (row.kind === 'group') return null
    const { rrule, calendar, start } = row.plan
    const repeat = calendar === null ? repeatOf(rrule, start ?? '') : 'calendar'
    const words = repeat === 'rule' ? (rrule ?? '') : repeat === 'calendar' ? (calendar ?? '') : t(`maintenance.repeat.${repeat}`)
    return (
      <span className="text-muted" title={words}>
        {words}
      </span>
    )
  },
})
