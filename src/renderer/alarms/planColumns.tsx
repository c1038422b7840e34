import type { TFunction } from 'i18next'
import { type LucideIcon, Pencil } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { formatDuration, formatStretch, formatTime, type TimeZoneChoice, zoneOf } from '../../shared/units.ts'
import { calendarText } from '../../shared/words/calendarText.ts'
import type { Language } from '../../shared/words/languages.ts'
import { type WordId, wordsById } from '../app/editing/fields.ts'
import { Button } from '../ui/Button.tsx'
import { type Column, widthOf } from '../ui/columns.ts'
import { Mark } from '../ui/Mark.tsx'
import type { ListedPlan } from './planForm.ts'

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
  /** What is said of a plan without a time ahead. */
  readonly none: WordId
  /** What is said of one that lasts until then. */
  readonly lasting: (until: string) => ReactNode
  readonly removal: (plan: Plan) => { readonly icon: LucideIcon; readonly words: string }
  readonly onEdit: (plan: Plan) => void
  readonly onRemove: (plan: Plan) => void
}

/** What a plan is for, in words. */
function forWords({ tags, servers, streams }: ListedPlan, t: TFunction): string {
  const parts = [...servers, ...tags.map((tag) => t('maintenance.tag', { tag })), ...streams]
  return parts.length === 0 ? t('maintenance.all') : parts.join(', ')
}

/** The columns that lists of plans have in common. */
export function planColumns<Row, Plan extends ListedPlan>({ t, language, planOf, mark, none, lasting, removal, onEdit, onRemove }: PlanColumns<Row, Plan>) {
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
      head: t('maintenance.column.for'),
      rank: 0,
      width: 130,
      share: 2,
      cell: (plan) => (
        <span className="text-muted" title={forWords(plan, t)}>
          {forWords(plan, t)}
        </span>
      ),
    }),
    when: column({
      id: 'when',
      head: t('maintenance.column.when'),
      rank: 0,
      width: 250,
      share: 2,
      cell: (plan, context) => <When plan={plan} none={none} lasting={lasting} {...context} />,
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
          <span className="rounded border border-line-strong px-1.5 text-muted text-sm" title={t('maintenance.yamlHint')}>
            {t('settings.yaml')}
          </span>
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
  plan: { now: lasts, next, calendar, readAt },
  none,
  lasting,
  now,
  zone,
}: { readonly plan: ListedPlan } & Pick<PlanColumns<never, never>, 'none' | 'lasting'> & PlanContext) {
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
    return isUnknown ? <Mark kind="unknown" word={t('maintenance.notRead')} quiet /> : <span className="text-faint">{wordsById(t, none)}</span>
  }
  return (
    <span title={all}>
      {formatStretch(first.from, first.to, zone)} <span className="text-faint">{t('maintenance.in', { span: formatDuration(first.from - now) })}</span>
    </span>
  )
}
