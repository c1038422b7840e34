import type { TFunction } from 'i18next'
import { type LucideIcon, Pencil } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { calendarText } from '../../i18n/calendarText.ts'
import type { Language } from '../../i18n/languages.ts'
import type { PlanFacts, Scope } from '../../shared/maintenance.ts'
import { formatDuration, formatStretch, formatTime, type TimeZoneChoice, zoneOf } from '../../shared/units.ts'
import { type FormField, listEntered } from '../app/editing/fields.ts'
import { readTypedMoment } from '../app/typedMoment.ts'
import { Button } from '../ui/Button.tsx'
import { type Column, widthOf } from '../ui/columns.ts'
import { Mark } from '../ui/Mark.tsx'

/** A plan as listed: a maintenance plan or an on-air schedule. */
export interface ListedPlan extends PlanFacts, Scope {
  readonly proxy?: string | null | undefined
  readonly name: string
  readonly zone: string
  /** Of a single window: when it begins, in the plan's zone, and how long it lasts. */
  readonly start?: string | null
  readonly hours?: number | null
  readonly rrule?: string | null
}

/** Form entries common to all plans. */
export interface PlanEntries {
  readonly name: string
  readonly tags: string
  readonly servers: string
  readonly streams: string
  readonly zone: string
  readonly calendar: string
  readonly proxy: string
}
type Field = FormField<PlanEntries, unknown>

/** A shared object, because fields with the same legend object are drawn together. */
export const scopeLegend = { label: 'maintenance.form.for', help: 'maintenance.form.forHint' } as const

/** Form fields common to all plans. */
export const planFields = {
  name: { id: 'name', kind: 'text', label: 'common.name', wrong: 'maintenance.form.nameWrong', input: { maxLength: 100 } },
  zone: { id: 'zone', kind: 'text', label: 'common.timeZone', placeholder: 'Europe/Berlin', wrong: 'maintenance.form.zoneWrong', half: true },
  calendar: {
    id: 'calendar',
    kind: 'text',
    label: 'maintenance.form.calendar',
    help: 'maintenance.form.calendarHint',
    placeholder: 'https://calendar.example/plan.ics',
    wrong: 'maintenance.form.calendarWrong',
    input: { inputMode: 'url' },
  },
  proxy: {
    id: 'proxy',
    kind: 'text',
    label: 'channels.form.proxy',
    help: 'channels.form.proxyHint',
    placeholder: 'http://proxy.example.org:3128',
    wrong: 'channels.form.proxyHint',
  },
  servers: {
    id: 'servers',
    kind: 'text',
    label: 'common.servers',
    wrong: 'maintenance.form.scopeWrong',
    half: true,
    legend: scopeLegend,
  },
  tags: { id: 'tags', kind: 'text', label: 'common.tags', wrong: 'maintenance.form.scopeWrong', half: true, legend: scopeLegend },
  streams: {
    id: 'streams',
    kind: 'lines',
    label: 'common.streams',
    help: 'onAir.form.streamsHint',
    placeholder: 'north/*',
    wrong: 'maintenance.form.scopeWrong',
    input: { rows: 2 },
  },
} as const satisfies Readonly<Record<string, Field>>

/** Whether the plan has no scope at all, which may be unintended. */
export function isForEverything({ tags, servers, streams }: PlanEntries): boolean {
  return [tags, servers, streams].every((part) => listEntered(part).length === 0)
}

/** The form entries for editing an existing plan. */
export function entriesOfPlan({ name, tags, servers, streams, zone, calendar, proxy }: ListedPlan): PlanEntries {
  return {
    name,
    tags: tags.join(', '),
    servers: servers.join(', '),
    streams: streams.join('\n'),
    zone,
    calendar: calendar ?? '',
    proxy: proxy ?? '',
  }
}

/** Converts the common form entries to the input of an API call; `hasCalendar`: the plan takes its times from a calendar. */
export function planEntered({ name, tags, servers, streams, zone, calendar, proxy }: PlanEntries, hasCalendar: boolean) {
  return {
    name,
    tags: listEntered(tags),
    servers: listEntered(servers),
    streams: listEntered(streams),
    zone: zone.trim(),
    calendar: hasCalendar ? calendar : null,
    ...(hasCalendar && proxy.trim() !== '' && { proxy }),
  }
}

/** Sorts current plans first, by their end, then the others by their next start. */
export function byNearest(a: ListedPlan, b: ListedPlan): number {
  const nearest = ({ now, next }: ListedPlan) => now?.to ?? next[0]?.from ?? Number.POSITIVE_INFINITY
  return Number(b.now !== null) - Number(a.now !== null) || nearest(a) - nearest(b) || a.name.localeCompare(b.name)
}

export interface PlanContext {
  readonly now: number
  readonly zone: TimeZoneChoice
}

interface PlanColumns<Row, Plan> {
  readonly t: TFunction
  readonly language: Language
  /** null: the row is no plan. */
  readonly planOf: (row: Row) => Plan | null
  /** Of what lasts now. */
  readonly mark: ReactNode
  /** What is said of one that lasts until then. */
  readonly lasting: (until: string) => ReactNode
  readonly removal: (plan: Plan) => { readonly icon: LucideIcon; readonly words: string }
  readonly onEdit: (plan: Plan) => void
  readonly onRemove: (plan: Plan) => void
}

/** What a plan is for, in words. */
function forText({ tags, servers, streams }: ListedPlan, t: TFunction): string {
  const parts = [...servers, ...tags.map((tag) => t('maintenance.tag', { tag })), ...streams]
  return parts.length === 0 ? t('common.all') : parts.join(', ')
}

/** The columns that lists of plans have in common. */
export function planColumns<Row, Plan extends ListedPlan>({ t, language, planOf, mark, lasting, removal, onEdit, onRemove }: PlanColumns<Row, Plan>) {
  const column = ({
    cell,
    ...more
  }: Omit<Column<Row, PlanContext>, 'cell'> & { readonly cell: (plan: Plan, context: PlanContext) => ReactNode }): Column<Row, PlanContext> => ({
    ...more,
    cell: (row, context) => {
      const plan = planOf(row)
      return plan === null ? null : cell(plan, context)
    },
  })
  return {
    name: column({
      id: 'name',
      head: t('common.name'),
      rank: 0,
      width: 150,
      share: 2,
      cell: ({ name, problem, now }) => (
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
      ),
    }),
    for: column({
      id: 'for',
      head: t('maintenance.form.for'),
      rank: 0,
      width: 130,
      share: 2,
      cell: (plan) => (
        <span className="text-muted" title={forText(plan, t)}>
          {forText(plan, t)}
        </span>
      ),
    }),
    when: column({
      id: 'when',
      head: t('channels.column.times'),
      rank: 0,
      width: 250,
      share: 2,
      cell: (plan, context) => <When plan={plan} lasting={lasting} {...context} />,
    }),
    zone: column({
      id: 'zone',
      head: t('common.timeZone'),
      rank: 3,
      width: 120,
      cell: ({ zone }, context) => <span className={zone === zoneOf(context.zone) ? 'text-faint' : 'text-muted'}>{zone}</span>,
    }),
    by: column({
      id: 'by',
      head: t('maintenance.column.by'),
      rank: 2,
      width: Math.max(120, widthOf(t('settings.yaml')) + 14),
      cell: ({ origin, by }) =>
        origin === 'yaml' ? (
          <span className="rounded border border-line-strong px-1.5 text-muted text-sm">{t('settings.yaml')}</span>
        ) : (
          <span className="text-faint">{by}</span>
        ),
    }),
    actions: column({
      id: 'actions',
      head: t('common.edit'),
      silent: true,
      rank: 0,
      width: 80,
      numeric: true,
      cell: (plan) => {
        if (plan.origin === 'yaml') return null
        const edit = t('common.editName', { name: plan.name })
        const { icon: Remove, words } = removal(plan)
        return (
          <span className="-my-1 inline-flex">
            <Button look="quiet" aria-label={edit} title={edit} onClick={() => onEdit(plan)} className="!px-1.5">
              <Pencil size={14} />
            </Button>
            <Button look="quiet" aria-label={words} title={words} onClick={() => onRemove(plan)} className="!px-1.5">
              <Remove size={14} />
            </Button>
          </span>
        )
      },
    }),
  }
}

function When({
  plan: { now: lasts, next, calendar, readAt, start, hours, rrule, zone: planZone },
  lasting,
  now,
  zone,
}: { readonly plan: ListedPlan } & Pick<PlanColumns<never, never>, 'lasting'> & PlanContext) {
  const { t } = useTranslation()
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
