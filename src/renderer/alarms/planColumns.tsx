import { CircleStop, Pencil, Trash2 } from 'lucide-react'
import type { ReactNode } from 'react'
import { calendarText } from '../../i18n/calendarText.ts'
import type { Maintenance } from '../../shared/maintenance.ts'
import type { OnAir } from '../../shared/onAir.ts'
import { formatDuration, formatStretch, formatTime, type TimeZoneChoice, zoneOf } from '../../shared/units.ts'
import { readTypedMoment } from '../app/typedMoment.ts'
import { language, t } from '../app/words.ts'
import { fleet } from '../fleet/fleet.ts'
import { May } from '../fleet/me.tsx'
import { Button } from '../ui/Button.tsx'
import { type Column, widthOf } from '../ui/columns.ts'
import { Mark } from '../ui/Mark.tsx'
import { column } from '../ui/plainColumns.tsx'
import { type ListedPlan, repeatOf } from './planForms.ts'

export interface ShownPlans<P> {
  readonly mark: ReactNode
  readonly lasting: (words: string) => ReactNode
  /** Whether removing it ends what lasts now, and nothing else. */
  readonly isEnded: (plan: P) => boolean
}

interface PlanContext {
  readonly now: number
  readonly zone: TimeZoneChoice
}

function forText({ tags, servers, streams }: ListedPlan): string {
  const parts = [...servers, ...tags.map((tag) => t('maintenance.tag', { tag })), ...streams]
  return parts.length === 0 ? t('common.all') : parts.join(', ')
}

/** A server that the plan names and that is not watched. */
function missingServer({ servers }: ListedPlan): string | undefined {
  return servers.find((wanted) => !fleet.servers().some(({ name }) => name.toLowerCase() === wanted.toLowerCase()))
}

/** The columns that lists of plans have in common. */
export function planColumns<P extends ListedPlan>(
  { mark, lasting, isEnded }: ShownPlans<P>,
  removalText: (plan: P) => string,
  onEdit: (plan: P) => void,
  onRemove: (plan: P) => void,
) {
  const columns = {
    name: column('name', t('common.name'), { rank: 0, width: 150, share: 2 }, ({ name, problem, now }) => (
      <>
        {problem !== null ? <Mark kind="warning" /> : now === null ? <Mark kind="idle" /> : mark}{' '}
        <span className="font-medium" title={name}>
          {name}
        </span>
        {problem !== null && (
          <span className="text-muted" title={calendarText(problem, language)}>
            {' '}
            {calendarText(problem, language)}
          </span>
        )}
      </>
    )),
    for: column('for', t('maintenance.form.for'), { rank: 0, width: 180, share: 2, sortable: false }, (plan) => {
      const missing = missingServer(plan)
      return (
        <span title={forText(plan)} className="text-muted">
          {missing === undefined ? forText(plan) : <Mark kind="warning" word={t('maintenance.noSuchServer', { name: missing })} />}
        </span>
      )
    }),
    when: column('when', t('channels.column.times'), { rank: 0, width: 250, share: 2 }, (plan, context) => (
      <When plan={plan} lasting={(until) => lasting(t('common.untilTime', { time: until }))} {...context} />
    )),
    zone: column('zone', t('common.timeZone'), { rank: 3, width: 120 }, ({ zone }, context) => (
      <span className={zone === zoneOf(context.zone) ? 'text-faint' : 'text-muted'}>{zone}</span>
    )),
    by: column('by', t('maintenance.plannedBy'), { rank: 2, width: Math.max(120, widthOf(t('settings.yaml')) + 14) }, ({ origin, by }) =>
      origin === 'yaml' ? (
        <span className="rounded border border-line-strong px-1.5 text-muted text-sm">{t('settings.yaml')}</span>
      ) : (
        <span className="text-faint">{by}</span>
      ),
    ),
    actions: column('actions', t('common.edit'), { rank: 0, width: 80, silent: true, numeric: true }, (plan) => {
      if (plan.origin === 'yaml') return null
      const edit = t('common.editName', { name: plan.name })
      const [Remove, words] = [isEnded(plan) ? CircleStop : Trash2, removalText(plan)]
      return (
        <May needs="operate">
          <span className="-my-1 inline-flex">
            <Button look="quiet" label={edit} onClick={() => onEdit(plan)} icon={Pencil} />
            <Button look="quiet" label={words} onClick={() => onRemove(plan)} icon={Remove} />
          </span>
        </May>
      )
    }),
  } satisfies Readonly<Record<string, Column<P, PlanContext>>>
  return columns
}

function When({
  plan: { now: lasts, next, calendar, readAt, start, hours, rrule, zone: planZone },
  lasting,
  now,
  zone,
}: { readonly plan: ListedPlan; readonly lasting: (until: string) => ReactNode } & PlanContext) {
  const [first] = next
  const all = [...(lasts === null ? [] : [lasts]), ...next].map(({ from, to }) => formatStretch(from, to, zone)).join('\n')
  if (lasts !== null)
    return (
      <span title={all}>
        {lasting(formatTime(lasts.to, zone))} <span className="text-muted">{t('maintenance.left', { span: formatDuration(lasts.to - now) })}</span>
      </span>
    )
  if (first === undefined) {
    const isUnknown = calendar !== null && readAt === null
    if (isUnknown) return <Mark kind="unknown" word={t('common.notReadYet')} quiet />
    const began = start && !rrule ? readTypedMoment(start, planZone, now) : null
    const isKnown = began !== null && hours
    return <span className="text-faint">{isKnown ? formatStretch(began, began + hours * 3_600_000, zone) : t('maintenance.none')}</span>
  }
  return (
    <span title={all}>
      {formatStretch(first.from, first.to, zone)} <span className="text-faint">{t('maintenance.in', { span: formatDuration(first.from - now) })}</span>
    </span>
  )
}

export function repeatColumn(): Column<Maintenance, PlanContext> {
  return column('repeat', t('common.repeats'), { rank: 1, width: 150, share: 1 }, ({ rrule, calendar, start }) => {
    const repeat = calendar === null ? repeatOf(rrule, start ?? '') : 'calendar'
    const words = repeat === 'rule' ? (rrule ?? '') : repeat === 'calendar' ? (calendar ?? '') : t(`maintenance.repeat.${repeat}`)
    return (
      <span className="text-muted" title={words}>
        {words}
      </span>
    )
  })
}

const shownLines = 3
export function hoursColumn(): Column<OnAir, PlanContext> {
  return column('hours', t('onAir.hours'), { rank: 1, width: 180, share: 2, wraps: true }, ({ weekly, calendar }) => (
    <span className="text-muted" title={weekly.slice(shownLines).join('\n')}>
      {calendar ??
        weekly.slice(0, shownLines).map((hours) => (
          <span key={hours} className="block">
            {hours}
          </span>
        ))}
      {weekly.length > shownLines && t('common.more', { count: weekly.length - shownLines })}
    </span>
  ))
}
