import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { toast } from 'sonner'
import { sendFailureText } from '../../i18n/reasonText.ts'
import type { Channel, ChannelKindName, EnteredValues, ShownRoute } from '../../shared/channels.ts'
import { isOpenIncident } from '../../shared/incidents.ts'
import { formatMoment, formatSpan, formatTime, formatValue, unknownMark } from '../../shared/units.ts'
import { act, actThen } from '../app/act.ts'
import { client, orpc } from '../app/client.ts'
import { RemoveDialog } from '../app/editing/Removing.tsx'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { Loaded } from '../app/Loaded.tsx'
import { language, t } from '../app/words.ts'
import { useLiveAlarms } from '../fleet/fleet.ts'
import { May, useMay } from '../fleet/me.tsx'
import { SeverityMark } from '../fleet/StateMark.tsx'
import { Button } from '../ui/Button.tsx'
import { type Column, widthOf } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Mark, type MarkKind } from '../ui/Mark.tsx'
import { useNow } from '../ui/now.ts'
import { Panel } from '../ui/Panel.tsx'
import { column, textColumn } from '../ui/plainColumns.tsx'
import { channelEntries, channelFields, fieldOfChannel, fieldOfRoute, readChannel, readRoute, routeEntries, routeFields } from './channelForm.ts'
import { PauseChannel, renewedAfter } from './PausedChannels.tsx'
import { ReadinessPanel } from './Readiness.tsx'

const everyMs = 5_000
/** A refused message is trouble of its channel for so long, even if others were accepted since. */
const refusedForMs = 86_400_000

const wasRefused = ({ lastRefused }: Channel, now: number): boolean => lastRefused !== null && now - lastRefused.at < refusedForMs

const hasAccepted = ({ deliveredAt, tests }: Channel): boolean => deliveredAt !== null || tests.some(({ failure }) => failure === null)

function channelMark(channel: Channel, now: number): MarkKind {
  if (channel.pause !== null) return 'minor'
  if (channel.failure !== null) return 'major'
  if (wasRefused(channel, now)) return 'minor'
  return hasAccepted(channel) ? 'ok' : 'idle'
}

function stateText(channel: Channel, now: number): string {
  const { failure, lastRefused, heldUntil, waiting, pause } = channel
  if (pause !== null) return t('channels.paused', { by: pause.by, time: formatMoment(pause.until, 'minute') })
  if (failure !== null) return sendFailureText(failure, language)
  if (heldUntil !== null && waiting > 0) return t('channels.held', { time: formatTime(heldUntil) })
  if (lastRefused !== null && wasRefused(channel, now))
    return t('channels.refusedAt', { time: formatTime(lastRefused.at), reason: sendFailureText(lastRefused.failure, language) })
  return t(hasAccepted(channel) ? 'channels.well' : 'channels.unused')
}

export function ChannelList() {
  const now = useNow()
  const { data: idle = [] } = useQuery({ ...orpc.channels.idle.queryOptions(), refetchInterval: everyMs })
  const query = useQuery({ ...orpc.channels.list.queryOptions(), refetchInterval: everyMs })
  const actHere = actThen(() => query.refetch())
  const test = async (name: string) => {
    const { failure } = await client.channels.test({ name })
    if (failure === null) toast(`${name}: ${t('channels.well')}`)
    else toast.error(`${name}: ${sendFailureText(failure, language)}`)
  }
  const columns = channelColumns(({ name }) => void actHere(test(name)))
  return (
    <Loaded query={query} rows={8} failed="alarms.notRead" framed>
      {(channels) => (
        <div className="flex min-h-0 flex-col gap-2.5 overflow-y-auto">
          <Panel
            title={t('channels.title')}
            actions={
              <May needs="administer">
                <AddChannel />
              </May>
            }
            className="flex-none"
          >
            {idle.map((channel) => (
              <p key={channel.name} className="mb-1 flex items-center gap-2">
                <Mark kind="major" word={channel.name} />
                <span className="min-w-0 text-muted">{t(`channels.idle.${channel.because}`)}</span>
                <EnteredChannel channel={channel} />
              </p>
            ))}
            <DataTable
              label={t('channels.title')}
              columns={columns}
              rows={channels}
              keyOf={keyOf}
              context={now}
              empty={<EmptyState icon={<Mark kind="idle" size={24} />} title={t('channels.empty')} />}
            />
          </Panel>
          {channels.length > 0 && <RouteList channels={channels.map(({ name }) => name)} />}
          <ReadinessPanel channels={channels} />
        </div>
      )}
    </Loaded>
  )
}

const keyOf = ({ name }: Channel): string => name
function acceptedAt({ deliveredAt, tests }: Channel): number | null {
  const test = tests.find(({ failure }) => failure === null)
  return test === undefined ? deliveredAt : Math.max(test.at, deliveredAt ?? test.at)
}

function channelColumns(onTest: (channel: Channel) => void): readonly Column<Channel, number>[] {
  const figure = (id: 'waiting' | 'refused'): Column<Channel, number> =>
    column(
      id,
      t(`channels.column.${id}`),
      { rank: 1, width: widthOf(t(`channels.column.${id}`)), numeric: true, value: (channel) => channel[id] },
      (channel) => <span className={channel[id] === 0 ? 'text-faint' : ''}>{formatValue(channel[id], 'count')}</span>,
    )
  return [
    column('name', t('common.name'), { rank: 0, width: 130, share: 1, value: ({ name }) => name }, (channel, now) => (
      <span title={channel.name}>
        <Mark kind={channelMark(channel, now)} /> <span className="font-medium">{channel.name}</span>
      </span>
    )),
    textColumn('kind', t('channels.column.kind'), ({ kind }) => kind, { rank: 2, width: 100 }),
    textColumn('to', t('channels.column.to'), ({ origin }) => origin, { rank: 3, width: 150, share: 1, sortable: false }),
    column('state', t('common.state'), { rank: 0, width: 220, share: 3, wraps: true }, (channel, now) => (
      <>
        {stateText(channel, now)}
        {channel.digestMinutes !== null && (
          <span className="block text-muted">{t('channels.digest', { time: formatSpan(channel.digestMinutes * 60_000) })}</span>
        )}
        {channel.limit !== null && (
          <span className="block text-muted">
            {t('channels.limit', { messages: channel.limit.messages, time: formatSpan(channel.limit.minutes * 60_000) })}
          </span>
        )}
      </>
    )),
    figure('waiting'),
    figure('refused'),
    column(
      'delivered',
      t('channels.column.delivered'),
      { rank: 2, width: Math.max(110, widthOf(t('channels.column.delivered'))), value: acceptedAt },
      (channel) => {
        const at = acceptedAt(channel)
        return <span className="text-muted">{at === null ? unknownMark : formatTime(at)}</span>
      },
    ),
    {
      id: 'test',
      head: t('channels.test'),
      silent: true,
      rank: 0,
      width: widthOf(t('channels.test')) + widthOf(t('channels.pause')) + widthOf(t('common.change')) + widthOf(t('common.remove')) + 60,
      numeric: true,
      cell: (channel) => (
        <>
          <May needs="operate">
            <Button look="quiet" aria-label={`${t('channels.test')}: ${channel.name}`} onClick={() => onTest(channel)} text={t('channels.test')} />
          </May>
          <PauseChannel channel={channel} />
          {channel.entered !== null && <EnteredChannel channel={channel} />}
        </>
      ),
    },
  ]
}

interface StoredChannel {
  readonly name: string
  readonly kind: ChannelKindName
  readonly origin: string
  readonly entries: EnteredValues
}
/** Adds a channel (`stored` null), or changes one that was entered in the console. */
function ChannelDialog({ stored, onClose }: { readonly stored: StoredChannel | null; readonly onClose: () => void }) {
  const { data } = useQuery(orpc.channels.readiness.queryOptions())
  const hasPublicUrl = data === undefined || data.publicUrl !== null
  const hasOpen = useLiveAlarms()?.incidents.some(isOpenIncident) ?? false
  const before = stored && channelEntries(stored.kind, stored.entries)
  return (
    <SendDialog
      title={stored === null ? t('channels.form.add') : t('common.editName', { name: stored.name })}
      submit={t(stored === null ? 'common.add' : 'common.save')}
      fields={channelFields(stored !== null, stored?.origin ?? '', hasPublicUrl, hasOpen)}
      start={before ?? channelEntries(null, null)}
      read={(entered) => readChannel(entered, before)}
      send={async ({ publicUrl = '', ...values }) => {
        // First, so that the links of the first message lead here.
        if (publicUrl !== '') await client.channels.putReadiness({ part: 'publicUrl', entries: { publicUrl } })
        await renewedAfter(stored === null ? client.channels.add(values) : client.channels.update({ name: stored.name, change: values }))
      }}
      fieldOf={fieldOfChannel}
      onClose={onClose}
    />
  )
}

function AddChannel() {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button look="primary" onClick={() => setOpen(true)} text={t('channels.form.add')} />
      {isOpen && <ChannelDialog stored={null} onClose={() => setOpen(false)} />}
    </>
  )
}

function EnteredChannel({ channel: { name, kind, origin } }: { readonly channel: Omit<StoredChannel, 'entries'> }) {
  const [stored, setStored] = useState<StoredChannel | null>(null)
  const [isRemoving, setRemoving] = useState(false)
  if (!useMay('administer')) return null
  const open = async () => setStored({ name, kind, origin, entries: await client.channels.entries({ name }) })
  return (
    <>
      <Button look="quiet" aria-label={t('common.editName', { name })} onClick={() => void act(open())} text={t('common.change')} />
      <Button look="quiet" aria-label={t('common.removeName', { name })} onClick={() => setRemoving(true)} text={t('common.remove')} />
      {stored !== null && <ChannelDialog stored={stored} onClose={() => setStored(null)} />}
      {isRemoving && (
        <RemoveDialog
          title={t('common.removeName', { name })}
          description={t('channels.form.removeText')}
          onRemove={() => void act(renewedAfter(client.channels.remove({ name })), t('common.removedName', { name }))}
          onClose={() => setRemoving(false)}
        />
      )}
    </>
  )
}

function RouteList({ channels }: { readonly channels: readonly string[] }) {
  const query = useQuery({ ...orpc.channels.routes.queryOptions(), refetchInterval: everyMs })
  const [asked, setAsked] = useState<{ readonly route: ShownRoute | null } | null>(null)
  return (
    <Panel
      title={t('channels.routes')}
      actions={
        <May needs="administer">
          <Button onClick={() => setAsked({ route: null })}>{t('channels.form.addRoute')}</Button>
        </May>
      }
      className="flex-none"
    >
      {query.data === null ? (
        <p className="text-muted">{t('channels.everything')}</p>
      ) : (
        <Loaded query={query} rows={2} failed="alarms.notRead">
          {(routes) => (
            <DataTable
              label={t('channels.routes')}
              columns={routeColumns((route) => setAsked({ route }))}
              rows={routes}
              keyOf={keyOfRoute}
              context={null}
              empty={t('common.noneYet')}
            />
          )}
        </Loaded>
      )}
      {asked !== null && <RouteDialog {...asked} channels={channels} onClose={() => setAsked(null)} />}
    </Panel>
  )
}

const keyOfRoute = ({ place }: ShownRoute): string => String(place)

function routeColumns(onChange: (route: ShownRoute) => void): readonly Column<ShownRoute>[] {
  const all = <span className="text-faint">{t('common.all')}</span>
  return [
    textColumn('to', t('channels.column.to'), ({ to }) => to.join(', '), {
      rank: 0,
      width: 120,
      share: 2,
      wraps: true,
      sortable: false,
      className: 'font-medium',
    }),
    column('severities', t('alarms.column.severity'), { rank: 1, width: 130, share: 1, wraps: true }, ({ severities }) =>
      severities === null ? (
        all
      ) : (
        <span className="flex flex-wrap gap-x-2">
          {severities.map((severity) => (
            <SeverityMark key={severity} severity={severity} size={10} />
          ))}
        </span>
      ),
    ),
    { id: 'tags', head: t('common.tags'), rank: 2, width: 100, share: 1, wraps: true, cell: ({ tags }) => (tags === null ? all : tags.join(', ')) },
    column('times', t('channels.column.times'), { rank: 0, width: 170, share: 2, wraps: true }, ({ times, isOpen }) =>
      times === null ? (
        all
      ) : (
        <>
          {times.weekly.map((hours) => (
            <span key={hours} className="block whitespace-nowrap">
              {hours}
            </span>
          ))}
          <span className="text-muted">
            {times.zone}
            {isOpen && ` · ${t('channels.open')}`}
          </span>
        </>
      ),
    ),
    column('escalate', t('common.ifNobodyAcknowledges'), { rank: 1, width: 170, share: 2, wraps: true }, ({ escalate, remindMinutes }) => (
      <>
        {escalate === null && remindMinutes === null && <span className="text-faint">–</span>}
        {escalate !== null && t('channels.escalates', { time: formatSpan(escalate.afterMinutes * 60_000), to: escalate.to.join(', ') })}
        {remindMinutes !== null && <span className="block">{t('channels.reminds', { time: formatSpan(remindMinutes * 60_000) })}</span>}
      </>
    )),
    column(
      'change',
      t('common.change'),
      { rank: 0, width: widthOf(t('common.change')) + widthOf(t('common.remove')) + 40, silent: true, numeric: true },
      (route) =>
        route.entered !== null && (
          <May needs="administer">
            <EnteredRoute id={route.entered.id} onChange={() => onChange(route)} />
          </May>
        ),
    ),
  ]
}

function RouteDialog({ route, channels, onClose }: { readonly route: ShownRoute | null; readonly channels: readonly string[]; readonly onClose: () => void }) {
  const id = route?.entered?.id
  return (
    <SendDialog
      title={t(id === undefined ? 'channels.form.addRoute' : 'channels.routes')}
      description={t('channels.form.routeText')}
      submit={t(id === undefined ? 'common.add' : 'common.save')}
      fields={routeFields(channels)}
      start={routeEntries(route?.entered?.entries ?? null)}
      read={readRoute}
      send={(entries) => renewedAfter(id === undefined ? client.channels.addRoute(entries) : client.channels.updateRoute({ id, route: entries }))}
      fieldOf={fieldOfRoute}
      onClose={onClose}
    />
  )
}

function EnteredRoute({ id, onChange }: { readonly id: string; readonly onChange: () => void }) {
  return (
    <>
      <Button look="quiet" onClick={onChange} text={t('common.change')} />
      <Button look="quiet" onClick={() => void act(renewedAfter(client.channels.removeRoute({ id })), t('common.removedName', { name: t('channels.routes') }))}>
        {t('common.remove')}
      </Button>
    </>
  )
}
