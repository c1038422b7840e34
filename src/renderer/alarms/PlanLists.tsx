import { useQuery } from '@tanstack/react-query'
import { CircleStop, Pencil, Plus, Radio, Trash2 } from 'lucide-react'
import { type ReactNode, useMemo, useState } from 'react'
import { calendarText } from '../../i18n/calendarText.ts'
import type { Maintenance, MaintenanceInput, PlanPreview } from '../../shared/maintenance.ts'
import type { OnAir, OnAirInput } from '../../shared/onAir.ts'
import type { Result } from '../../shared/result.ts'
import { formatDuration, formatStretch, formatTime, formatValue, type TimeZoneChoice, zoneOf } from '../../shared/units.ts'
import { actThen } from '../app/act.ts'
import { client, renew } from '../app/client.ts'
import { type Entries, type FormField, type WordId, type Wrong, wordsById } from '../app/editing/fields.ts'
import { RemoveDialog } from '../app/editing/Removing.tsx'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { failureText } from '../app/failureText.ts'
import { Loaded } from '../app/Loaded.tsx'
import { InBar } from '../app/lists.tsx'
import { zone } from '../app/preferences.ts'
import { readTypedMoment } from '../app/typedMoment.ts'
import { usePageParams } from '../app/usePageParams.ts'
import { language, t } from '../app/words.ts'
import { fleet, useFacts } from '../fleet/fleet.ts'
import { May } from '../fleet/me.tsx'
import { Button } from '../ui/Button.tsx'
import { type Column, widthOf } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Mark } from '../ui/Mark.tsx'
import { engineNow, useNow } from '../ui/now.ts'
import { Panel } from '../ui/Panel.tsx'
import { column } from '../ui/plainColumns.tsx'
import { useSettled } from '../ui/timing.ts'
import { useMaintenance, useOnAir } from './PlansNow.tsx'
import {
  byNearest,
  isForEverything,
  type ListedPlan,
  type MaintenanceEntries,
  maintenanceEntries,
  maintenanceFields,
  matchedBy,
  type OnAirEntries,
  onAirEntries,
  onAirFields,
  type PlanEntries,
  readMaintenance,
  readOnAir,
  repeatOf,
  startMaintenance,
  startOnAir,
} from './planForms.ts'

/** A kind of plans. `P`: a plan as listed; `F`: the entries; `I`: the input of calls. */
interface PlanKind<P, F, I> {
  readonly mark: ReactNode
  readonly lasting: (words: string) => ReactNode
  /** Whether removing it ends what lasts now, and nothing else. */
  readonly isEnded: (plan: P) => boolean
  readonly param: 'edit' | 'onAir'
  readonly words: Readonly<Record<'add' | 'ahead' | 'removeText', WordId>>
  /** Said if no server, tag or stream is chosen; left out: that is refused. */
  readonly forEverything?: WordId
  readonly matching?: (entered: F) => ReactNode
  readonly fields: readonly FormField<F, P>[]
  readonly start: (zone: TimeZoneChoice) => F
  readonly entriesOf: (stored: P) => F
  readonly read: (entered: F, stored: P | null) => Result<I, Wrong>
  readonly noun: 'maintenance' | 'onAir'
  readonly calls: {
    readonly preview: (input: I, how: { readonly signal: AbortSignal }) => Promise<PlanPreview>
    readonly get: (input: { id: string }, how: { readonly signal: AbortSignal }) => Promise<PlanPreview>
    readonly add: (input: I) => Promise<unknown>
    readonly update: (input: { id: string; change: I }) => Promise<unknown>
    readonly remove: (input: { id: string }) => Promise<unknown>
  }
}

const maintenance: PlanKind<Maintenance, MaintenanceEntries, MaintenanceInput> = {
  param: 'edit',
  words: { add: 'maintenance.form.add', ahead: 'maintenance.ahead', removeText: 'maintenance.removeText' },
  forEverything: 'maintenance.form.forEverything',
  mark: <Mark kind="maintenance" />,
  lasting: (words) => <Mark kind="maintenance" word={words} />,
  isEnded: ({ now, rrule, calendar }) => now !== null && rrule === null && calendar === null,
  fields: maintenanceFields,
  start: (zone) => startMaintenance(engineNow(), zone),
  entriesOf: maintenanceEntries,
  read: readMaintenance,
  noun: 'maintenance',
  calls: client.maintenance,
}
const onAir: PlanKind<OnAir, OnAirEntries, OnAirInput> = {
  param: 'onAir',
  words: { add: 'onAir.form.add', ahead: 'onAir.ahead', removeText: 'onAir.removeText' },
  matching: (entered) => <Matching entered={entered} />,
  mark: <Radio size={12} className="inline-block text-accent" aria-hidden="true" />,
  lasting: (words) => <b className="font-semibold">{words}</b>,
  isEnded: () => false,
  fields: onAirFields,
  start: startOnAir,
  entriesOf: onAirEntries,
  read: readOnAir,
  noun: 'onAir',
  calls: client.onAir,
}

function Matching({ entered }: { readonly entered: OnAirEntries }) {
  useFacts()
  const matched = matchedBy(entered, fleet.rows(), fleet.server)
  if (matched === null) return null
  return <p role="status">{t('onAir.form.matching', matched)}</p>
}

function usePlanList<P extends ListedPlan & { readonly id: string }, F extends Entries<F> & PlanEntries, I extends { readonly calendar: string | null }>(
  kind: PlanKind<P, F, I>,
  plans: readonly P[] | undefined,
) {
  const now = useNow()
  const [params, change] = usePageParams()
  const [removing, setRemoving] = useState<P | null>(null)
  const act = actThen(() => renew(kind.noun))
  const edit = (id: string | null) => change({ [kind.param]: id }, false)
  const editedId = params.get(kind.param)
  const edited = plans?.find(({ id, origin }) => id === editedId && origin === 'stored') ?? null
  const removalText = (plan: P) => (kind.isEnded(plan) ? `${t('maintenance.endIt')}: ${plan.name}` : t('common.removeName', { name: plan.name }))
  return {
    edit,
    columns: planColumns(kind, removalText, ({ id }) => edit(id), setRemoving),
    rows: useMemo(() => [...(plans ?? [])].sort(byNearest), [plans]),
    now,
    dialogs: (
      <>
        {(editedId === 'new' || edited !== null) && <PlanDialog key={editedId} kind={kind} edited={edited} onClose={() => edit(null)} />}
        {removing !== null && (
          <RemoveDialog
            title={removalText(removing)}
            description={wordsById(t, kind.words.removeText)}
            submit={t(kind.isEnded(removing) ? 'maintenance.endIt' : 'common.remove')}
            onRemove={() => void act(kind.calls.remove({ id: removing.id }), t('common.removedName', { name: removing.name }))}
            onClose={() => setRemoving(null)}
          />
        )}
      </>
    ),
  }
}

const idOf = ({ id }: { readonly id: string }) => id

export function MaintenanceList() {
  const query = useMaintenance()
  const { edit, columns: shared, rows, now, dialogs } = usePlanList(maintenance, query.data)
  const columns = [shared.name, shared.for, shared.when, repeatColumn(), shared.zone, shared.by, shared.actions]
  const add = (
    <May needs="operate">
      <Button icon={Plus} look="primary" onClick={() => edit('new')} text={t('maintenance.form.add')} />
    </May>
  )
  return (
    <>
      <InBar>{add}</InBar>
      <Loaded query={query} rows={8} failed="alarms.notRead" framed>
        {() => (
          <DataTable
            label={t('common.maintenanceWindows')}
            columns={columns}
            rows={rows}
            keyOf={idOf}
            context={now}
            rowPx={34}
            empty={<EmptyState icon={<Mark kind="maintenance" size={24} />} title={t('maintenance.empty')} actions={add} />}
          />
        )}
      </Loaded>
      {dialogs}
    </>
  )
}

/** When streams are expected that are not always on air. */
export function OnAirList({ className }: { readonly className: string }) {
  const query = useOnAir()
  const { edit, columns: shared, rows, now, dialogs } = usePlanList(onAir, query.data)
  // There is room for few columns, and a calendar's problem is to be read to its end.
  const wraps = { wraps: true }
  const columns = [{ ...shared.name, ...wraps }, shared.for, { ...shared.when, ...wraps }, hoursColumn(), shared.zone, shared.by, shared.actions]
  return (
    <Panel
      title={t('onAir.title')}
      hint={`${rows.length === 0 ? '' : `${formatValue(rows.length, 'count')} · `}${t('onAir.hint')}`}
      actions={<Button icon={Plus} onClick={() => edit('new')} text={t('onAir.form.add')} />}
      className={className}
      bodyClassName="overflow-y-auto"
    >
      <Loaded query={query} rows={2} failed="alarms.notRead">
        {() => <DataTable label={t('onAir.title')} columns={columns} rows={rows} keyOf={idOf} context={now} empty={t('common.noneYet')} />}
      </Loaded>
      {dialogs}
    </Panel>
  )
}

interface PlanDialogProps<P, F, I> {
  readonly kind: PlanKind<P, F, I>
  /** null: a new one. */
  readonly edited: P | null
  readonly onClose: () => void
}
/** Adds or edits a plan, with its next five times as they are typed. */
function PlanDialog<P extends ListedPlan & { readonly id: string }, F extends Entries<F> & PlanEntries, I extends { readonly calendar: string | null }>({
  kind,
  edited,
  onClose,
}: PlanDialogProps<P, F, I>) {
  return (
    <SendDialog
      at="side"
      title={edited === null ? wordsById(t, kind.words.add) : t('common.editName', { name: edited.name })}
      submit={t(edited === null ? 'common.add' : 'common.save')}
      fields={kind.fields}
      stored={edited}
      start={edited === null ? kind.start(zone) : kind.entriesOf(edited)}
      read={(entered) => kind.read(entered, edited)}
      send={(input) => (edited === null ? kind.calls.add(input) : kind.calls.update({ id: edited.id, change: input }))}
      renews={kind.noun}
      onClose={onClose}
    >
      {(entered) => {
        // What it is for is no part of when the times are.
        const ahead = kind.read({ ...entered, name: '-', tags: '', servers: '', streams: '*' }, edited)
        return (
          <>
            {kind.forEverything !== undefined && isForEverything(entered) && (
              <p role="status">
                <Mark kind="warning" /> {wordsById(t, kind.forEverything)}
              </p>
            )}
            {kind.matching?.(entered)}
            <section aria-label={wordsById(t, kind.words.ahead)} className="rounded-lg border border-line bg-bg px-3 py-2">
              <h3 className="mb-1 font-semibold">{wordsById(t, kind.words.ahead)}</h3>
              <div className="min-h-[120px]">
                {ahead.ok ? (
                  <Preview kind={kind} input={ahead.value} storedId={edited?.calendar === ahead.value.calendar ? (edited?.id ?? null) : null} />
                ) : (
                  <p className="text-muted">–</p>
                )}
              </div>
            </section>
          </>
        )
      }}
    </SendDialog>
  )
}

interface PreviewProps<P, F, I> {
  readonly kind: PlanKind<P, F, I>
  readonly input: I
  readonly storedId: string | null
}
function Preview<P, F, I extends { readonly calendar: string | null }>({ kind, input, storedId }: PreviewProps<P, F, I>) {
  const settled = useSettled(JSON.stringify(input))
  const asked = input.calendar !== null ? storedId : null
  const { data, error } = useQuery({
    queryKey: [kind.words.ahead, asked, asked ?? settled],
    queryFn: ({ signal }) => (asked === null ? kind.calls.preview(JSON.parse(settled) as I, { signal }) : kind.calls.get({ id: asked }, { signal })),
    retry: false,
    placeholderData: (before) => before,
  })
  if (error !== null) return <p className="text-critical">{t('alarms.notRead', { reason: failureText(error) })}</p>
  if (data === undefined) return <p className="text-muted">{t('common.loading')}</p>
  return (
    <>
      {data.problem !== null && (
        <p className="mb-1">
          <Mark kind="warning" /> {calendarText(data.problem, language)}
        </p>
      )}
      <Spans lasting={kind.lasting} {...data} />
    </>
  )
}

function Spans({ lasting, now, next }: Pick<PlanPreview, 'now' | 'next'> & { readonly lasting: (words: string) => ReactNode }) {
  if (now === null && next.length === 0) return <p className="text-muted">{t('maintenance.none')}</p>
  return (
    <ol className="tabular-nums">
      {now !== null && (
        <li>
          {lasting(t('maintenance.lastsNow'))} {formatStretch(now.from, now.to)}
        </li>
      )}
      {next.map(({ from, to }) => (
        <li key={from}>{formatStretch(from, to)}</li>
      ))}
    </ol>
  )
}

function forText({ tags, servers, streams }: ListedPlan): string {
  const parts = [...servers, ...tags.map((tag) => t('maintenance.tag', { tag })), ...streams]
  return parts.length === 0 ? t('common.all') : parts.join(', ')
}

/** A server that the plan names and that is not watched. */
function missingServer({ servers }: ListedPlan): string | undefined {
  return servers.find((wanted) => !fleet.servers().some(({ name }) => name.toLowerCase() === wanted.toLowerCase()))
}

function planColumns<P extends ListedPlan>(
  { mark, lasting, isEnded }: Pick<PlanKind<P, never, never>, 'mark' | 'lasting' | 'isEnded'>,
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
    when: column('when', t('channels.column.times'), { rank: 0, width: 250, share: 2 }, (plan, now) => (
      <When plan={plan} lasting={(until) => lasting(t('common.untilTime', { time: until }))} now={now} />
    )),
    zone: column('zone', t('common.timeZone'), { rank: 3, width: 120 }, ({ zone }) => (
      <span className={zone === zoneOf() ? 'text-faint' : 'text-muted'}>{zone}</span>
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
  } satisfies Readonly<Record<string, Column<P, number>>>
  return columns
}

function When({ plan, lasting, now }: { readonly plan: ListedPlan; readonly lasting: (until: string) => ReactNode; readonly now: number }) {
  const { now: lasts, next, calendar, readAt, start, hours, rrule, zone } = plan
  const [first] = next
  const all = [...(lasts === null ? [] : [lasts]), ...next].map(({ from, to }) => formatStretch(from, to)).join('\n')
  if (lasts !== null)
    return (
      <span title={all}>
        {lasting(formatTime(lasts.to))} <span className="text-muted">{t('maintenance.left', { span: formatDuration(lasts.to - now) })}</span>
      </span>
    )
  if (first === undefined) {
    const isUnknown = calendar !== null && readAt === null
    if (isUnknown) return <Mark kind="unknown" word={t('common.notReadYet')} quiet />
    const began = start && !rrule ? readTypedMoment(start, zone, now) : null
    const isKnown = began !== null && hours
    return <span className="text-faint">{isKnown ? formatStretch(began, began + hours * 3_600_000) : t('maintenance.none')}</span>
  }
  return (
    <span title={all}>
      {formatStretch(first.from, first.to)} <span className="text-faint">{t('maintenance.in', { span: formatDuration(first.from - now) })}</span>
    </span>
  )
}

function repeatColumn(): Column<Maintenance, number> {
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
function hoursColumn(): Column<OnAir, number> {
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
