import type { TFunction } from 'i18next'
import { CircleStop, Pencil, Plus, Trash2 } from 'lucide-react'
import { useMemo, useState } from 'react'
import { createPortal } from 'react-dom'
import { useTranslation } from 'react-i18next'
import type { Maintenance } from '../../shared/maintenance.ts'
import { formatDuration, formatStretch, type TimeZoneChoice, zoneOf } from '../../shared/units.ts'
import { calendarText } from '../../shared/words/calendarText.ts'
import type { Language } from '../../shared/words/languages.ts'
import { client } from '../app/client.ts'
import { useLanguage } from '../app/eventWords.ts'
import { usePreferences } from '../app/preferences.ts'
import { useAct } from '../app/useAct.ts'
import { usePageParams, withParams } from '../app/usePageParams.ts'
import { Button } from '../ui/Button.tsx'
import { type Column, widthOf } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { GroupHeading, groupRowClass } from '../ui/GroupHeading.tsx'
import { Mark } from '../ui/Mark.tsx'
import { useNow } from '../ui/now.ts'
import { RemoveDialog } from '../ui/RemoveDialog.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { nearTime } from './alarmWords.ts'
import { MaintenanceDialog } from './MaintenanceDialog.tsx'
import { repeatOf } from './maintenanceForm.ts'
import { renewMaintenance, useMaintenance } from './useMaintenance.ts'

/** Groups in the order in which they matter. */
const groups = ['now', 'next', 'recurring', 'over'] as const
type Group = (typeof groups)[number]
type Row = { readonly kind: 'group'; readonly group: Group; readonly count: number } | { readonly kind: 'plan'; readonly plan: Maintenance }
interface Context {
  readonly now: number
  readonly zone: TimeZoneChoice
}

const recurs = ({ rrule, calendar }: Maintenance) => rrule !== null || calendar !== null
function groupOf(plan: Maintenance): Group {
  if (plan.now !== null) return 'now'
  if (recurs(plan)) return plan.next.length > 0 || plan.calendar !== null ? 'recurring' : 'over'
  return plan.next.length > 0 ? 'next' : 'over'
}
/** Whether removing it ends what lasts now, and nothing else. */
const isEnded = (plan: Maintenance): boolean => plan.now !== null && !recurs(plan)
const firstOf = ({ now, next }: Maintenance) => now?.to ?? next[0]?.from ?? Number.POSITIVE_INFINITY

/** Rows under the heading of their group, the nearest first. */
export function maintenanceRows(plans: readonly Maintenance[]): readonly Row[] {
  return groups.flatMap((group): readonly Row[] => {
    const listed = plans.filter((plan) => groupOf(plan) === group).sort((a, b) => firstOf(a) - firstOf(b) || a.name.localeCompare(b.name))
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
  const act = useAct('alarms.failed', () => void renewMaintenance())
  const edit = (id: string | null) => setParams((before) => withParams(before, { edit: id }))
  const editedId = params.get('edit')
  const edited = plans?.find(({ id, origin }) => id === editedId && origin === 'stored') ?? null
  const columns = columnsOf(t, language, { onEdit: ({ id }) => edit(id), onRemove: setRemoving })
  const rows = useMemo(() => maintenanceRows(plans ?? []), [plans])
  const context = useMemo(() => ({ now, zone }), [now, zone])
  const add = (
    <Button look="primary" onClick={() => edit('new')}>
      <Plus size={14} aria-hidden="true" /> {t('maintenance.add')}
    </Button>
  )
  return (
    <>
      {bar !== null && createPortal(add, bar)}
      {failed !== null && <p className="flex-none text-muted">{t('alarms.notRead', { reason: failed })}</p>}
      {plans === undefined ? (
        <div className="flex-1 rounded-lg border border-line bg-surface p-4">{failed === null && <SkeletonRows rows={8} />}</div>
      ) : (
        <DataTable
          label={t('maintenance.title')}
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
          empty={
            <EmptyState icon={<Mark kind="maintenance" size={24} />} title={t('maintenance.empty')} actions={add}>
              {t('maintenance.emptyText')}
            </EmptyState>
          }
        />
      )}
      {(editedId === 'new' || edited !== null) && <MaintenanceDialog key={editedId} edited={edited} onClose={() => edit(null)} />}
      {removing !== null && (
        <RemoveDialog
          title={t(isEnded(removing) ? 'maintenance.end' : 'maintenance.remove', { name: removing.name })}
          description={t(isEnded(removing) ? 'maintenance.endText' : 'maintenance.removeText')}
          removeLabel={t(isEnded(removing) ? 'maintenance.endIt' : 'maintenance.removeIt')}
          cancelLabel={t('common.cancel')}
          closeLabel={t('common.close')}
          onRemove={() => void act(client.maintenance.remove({ id: removing.id }), t('maintenance.removed', { name: removing.name }))}
          onClose={() => setRemoving(null)}
        />
      )}
    </>
  )
}

const keyOf = (row: Row): string => (row.kind === 'group' ? row.group : row.plan.id)
const rowClass = (row: Row): string => (row.kind === 'group' ? groupRowClass : '')

/** What a window is for, in words. */
function forWords({ tags, servers, streams }: Maintenance, t: TFunction): string {
  const parts = [...servers, ...tags.map((tag) => t('maintenance.tag', { tag })), ...streams]
  return parts.length === 0 ? t('maintenance.all') : parts.join(', ')
}

function columnsOf(
  t: TFunction,
  language: Language,
  on: { readonly onEdit: (plan: Maintenance) => void; readonly onRemove: (plan: Maintenance) => void },
): readonly Column<Row, Context>[] {
  const planColumn = (column: Omit<Column<Row, Context>, 'cell'>, cell: (plan: Maintenance, context: Context) => React.ReactNode): Column<Row, Context> => ({
    ...column,
    cell: (row, context) => (row.kind === 'plan' ? cell(row.plan, context) : null),
  })
  return [
    planColumn({ id: 'name', head: t('maintenance.column.name'), rank: 0, width: 150, share: 2 }, (plan) => (
      <>
        <Mark kind={plan.problem === null ? (plan.now === null ? 'idle' : 'maintenance') : 'warning'} />{' '}
        <span className="font-medium" title={plan.name}>
          {plan.name}
        </span>
        {plan.problem !== null && (
          <span className="text-muted" title={calendarText(plan.problem, language)}>
            {' '}
            {calendarText(plan.problem, language)}
          </span>
        )}
      </>
    )),
    planColumn({ id: 'for', head: t('maintenance.column.for'), rank: 0, width: 130, share: 2 }, (plan) => (
      <span className="text-muted" title={forWords(plan, t)}>
        {forWords(plan, t)}
      </span>
    )),
    planColumn({ id: 'when', head: t('maintenance.column.when'), rank: 0, width: 250, share: 2 }, (plan, context) => <When plan={plan} {...context} />),
    planColumn({ id: 'repeat', head: t('maintenance.column.repeat'), rank: 1, width: 150, share: 1 }, (plan) => {
      const repeat = plan.calendar === null ? repeatOf(plan.rrule, plan.start ?? '') : 'calendar'
      const words = repeat === 'rule' ? (plan.rrule ?? '') : repeat === 'calendar' ? (plan.calendar ?? '') : t(`maintenance.repeat.${repeat}`)
      return (
        <span className="text-muted" title={words}>
          {words}
        </span>
      )
    }),
    planColumn({ id: 'zone', head: t('maintenance.form.zone'), rank: 3, width: 120 }, ({ zone }, context) => (
      <span className={zone === zoneOf(context.zone) ? 'text-faint' : 'text-muted'}>{zone}</span>
    )),
    planColumn({ id: 'by', head: t('maintenance.column.by'), rank: 2, width: Math.max(120, widthOf(t('settings.yaml')) + 14) }, ({ origin, by }) =>
      origin === 'yaml' ? (
        <span className="rounded border border-line-strong px-1.5 text-muted text-sm" title={t('maintenance.yamlHint')}>
          {t('settings.yaml')}
        </span>
      ) : (
        <span className="text-faint">{by}</span>
      ),
    ),
    planColumn({ id: 'actions', head: t('server.edit'), silent: true, rank: 0, width: 80, numeric: true }, (plan) =>
      plan.origin === 'stored' ? <Actions plan={plan} {...on} /> : null,
    ),
  ]
}

function When({ plan: { now: lasting, next, calendar, readAt }, now, zone }: { readonly plan: Maintenance } & Context) {
  const { t } = useTranslation()
  const [first] = next
  const all = [...(lasting === null ? [] : [lasting]), ...next].map(({ from, to }) => formatStretch(from, to, zone)).join('\n')
  if (lasting !== null)
    return (
      <span title={all}>
        <Mark kind="maintenance" word={t('maintenance.until', { time: nearTime(lasting.to, now, zone) })} />{' '}
        <span className="text-muted">{t('maintenance.left', { span: formatDuration(lasting.to - now) })}</span>
      </span>
    )
  if (first === undefined) {
    const isUnknown = calendar !== null && readAt === null
    return isUnknown ? <Mark kind="unknown" word={t('maintenance.notRead')} quiet /> : <span className="text-faint">{t('maintenance.none')}</span>
  }
  return (
    <span title={all}>
      {formatStretch(first.from, first.to, zone)} <span className="text-faint">{t('maintenance.in', { span: formatDuration(first.from - now) })}</span>
    </span>
  )
}

interface ActionsProps {
  readonly plan: Maintenance
  readonly onEdit: (plan: Maintenance) => void
  readonly onRemove: (plan: Maintenance) => void
}
function Actions({ plan, onEdit, onRemove }: ActionsProps) {
  const { t } = useTranslation()
  const { name } = plan
  const remove = t(isEnded(plan) ? 'maintenance.end' : 'maintenance.remove', { name })
  return (
    <span className="inline-flex">
      <Button
        look="quiet"
        aria-label={t('maintenance.form.edit', { name })}
        title={t('maintenance.form.edit', { name })}
        onClick={() => onEdit(plan)}
        className="!px-1.5"
      >
        <Pencil size={14} />
      </Button>
      <Button look="quiet" aria-label={remove} title={remove} onClick={() => onRemove(plan)} className="!px-1.5">
        {isEnded(plan) ? <CircleStop size={14} /> : <Trash2 size={14} />}
      </Button>
    </span>
  )
}
