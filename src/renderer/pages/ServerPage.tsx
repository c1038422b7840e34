import { useQuery } from '@tanstack/react-query'
import { Pencil } from 'lucide-react'
import { Tabs } from 'radix-ui'
import { useMemo, useState } from 'react'
import { Link, useParams } from 'react-router'
import { serverErrorText } from '../../i18n/errorText.ts'
import { cautionTexts } from '../../i18n/noticeText.ts'
import type { Alarm } from '../../shared/alarms.ts'
import { isAllUnknown } from '../../shared/countStreams.ts'
import type { Host } from '../../shared/hosts.ts'
import { answersSlowly, type Server, serverStaleAfterMs } from '../../shared/servers.ts'
import type { Session } from '../../shared/streams.ts'
import { serverSubject } from '../../shared/subjectNames.ts'
import { formatDuration, formatSpan, formatTime, formatValue } from '../../shared/units.ts'
import { AlarmBanner, AlarmRow, bannerOf, useAlarmsOf, useAlarmsOfOwners, useForwardSeverity } from '../alarms/AlarmsAbout.tsx'
import { namesOf } from '../alarms/alarmMessage.ts'
import { MaintenanceOf } from '../alarms/PlansNow.tsx'
import { AlarmKeys } from '../alarms/useAlarmDesk.tsx'
import { fileNameOf } from '../app/actions.ts'
import { orpc } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { PageNotLoaded } from '../app/Loaded.tsx'
import { toAlarms, toOverview, toRecentSessions, toStream } from '../app/links.ts'
import { keepMoment } from '../app/moment.ts'
import { tabClass } from '../app/PageTabs.tsx'
import { usePageParams } from '../app/usePageParams.ts'
import { language, t } from '../app/words.ts'
import { DiagnosisButton } from '../diagnosis/Diagnosis.tsx'
import { fleet, pollIntervalMs, standsSince, useFacts, useFleetKnown, useServer, useShownMoment } from '../fleet/fleet.ts'
import { countOf } from '../fleet/fleetFigures.ts'
import { useMay } from '../fleet/me.tsx'
import { markOfServer, serverStateText } from '../fleet/StateMark.tsx'
import { TryNow } from '../fleet/TryNow.tsx'
import { ChartStack } from '../history/ChartStack.tsx'
import { lanesOfServer } from '../history/lanes.ts'
import { RangePicker } from '../history/RangePicker.tsx'
import { useTimeRange } from '../history/useTimeRange.ts'
import { HostStrip } from '../hosts/HostStrip.tsx'
import { hostsUnder } from '../hosts/hostFigures.ts'
import { useHosts, useHostViews } from '../hosts/useHosts.ts'
import { ConfigurationChanges, ConfigurationView } from '../servers/ConfigurationView.tsx'
import { PathEditButton } from '../servers/PathEditDialog.tsx'
import { isDescribed, ServerFacts } from '../servers/ServerFacts.tsx'
import { KickDialog } from '../sessions/sessions.tsx'
import { NewServerOffer } from '../streams/Expectation.tsx'
import { ForwardsList } from '../streams/ForwardsList.tsx'
import { PastSessions, usePastSessions } from '../streams/PastSessions.tsx'
import { SessionsTable } from '../streams/SessionsTable.tsx'
import { protocolName } from '../streams/streamRow.ts'
import { Banner } from '../ui/Banner.tsx'
import { buttonLinkClass } from '../ui/Button.tsx'
import { Chip } from '../ui/Chip.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Mark, Pill } from '../ui/Mark.tsx'
import { useNow } from '../ui/now.ts'
import { Panel } from '../ui/Panel.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { ChartsPanel, factsBesideCharts, NewestEvents, NotFound, serverEvents } from './ofSubject.tsx'
import { StreamList } from './StreamList.tsx'

const tabs = ['overview', 'streams', 'sessions', 'configuration'] as const
type Tab = (typeof tabs)[number]
const feedEvents = [...serverEvents, 'streamOn', 'streamRecovered', 'forwardRecovered', 'publisherChanged', 'codecChanged', 'sizeChanged'] as const

/** One server: its state and the reason, its charts, streams, sessions and configuration. */
export function ServerPage() {
  const serverId = useParams().serverId ?? ''
  const server = useServer(serverId)
  const known = useFleetKnown()
  useFacts()
  const moment = useShownMoment()
  const past = moment !== null
  const mayOperate = useMay('operate')
  const mayAdminister = useMay('administer')
  const [params, , setParams] = usePageParams()
  const charts = useTimeRange(serverSubject(serverId))
  const alarms = useAlarmsOf(serverId)
  const tab = tabs.find((one) => one === params.get('tab')) ?? 'overview'
  const { hosts } = useHosts()
  const under = hostsUnder(hosts, serverId)
  const ofHosts = useAlarmsOfOwners(under.map(({ id }) => ({ hostId: id })))
  const hostId = under[0]?.id ?? null
  const lanes = useMemo(() => lanesOfServer(hostId), [hostId])

  if (server === undefined)
    return known ? (
      <NotFound to={toOverview} toText={t('pages.overview')}>
        {t(past ? 'past.noServerText' : 'common.notFoundText')}
      </NotFound>
    ) : (
      <PageNotLoaded failed={null} rows={10} />
    )

  const shown = bannerOf(alarms, null)
  const counted = countOf(fleet.rowsOfServer(serverId))
  const seen = server.totals.streams !== null
  const moreLive = server.totals.expected === 0 ? 0 : (server.totals.live ?? 0) - (server.totals.expectedLive ?? 0)
  const onTab = (next: string) => setParams((before) => withTab(before, next as Tab), { replace: true })
  return (
    <>
      <div className="flex flex-none flex-wrap items-center gap-x-2.5 gap-y-2">
        <h1 className="min-w-0 truncate text-xl font-[650]">{server.name}</h1>
        <StatePill server={server} />
        <span className="text-muted">
          {!seen
            ? t('common.streamsUnknown')
            : isAllUnknown(counted)
              ? t('server.streamsNotKnown', { all: server.totals.expected ?? 0 })
              : server.totals.expected === 0
                ? t('server.noneExpected', { count: server.totals.live ?? 0 })
                : t('server.streamsLive', { live: server.totals.expectedLive ?? 0, all: server.totals.expected ?? 0 })}
          {moreLive > 0 && `, ${t('overview.moreLive', { count: moreLive })}`}
          {counted.onDemand > 0 && ` · ${t('server.onDemand', { count: counted.onDemand })}`}
          {counted.ended > 0 && ` · ${t('overview.ended', { count: counted.ended })}`}
          {server.totals.readers !== null && ` · ${t('overview.readersHit', { count: server.totals.readers })}`}
        </span>
        <div className="ml-auto flex items-center gap-2">
          {tab === 'overview' && <RangePicker {...charts} onset={shown?.since ?? null} />}
          <TryNow server={server} />
          {!past && mayOperate && <DiagnosisButton key={server.id} serverId={server.id} path={null} name={server.name} />}
          {!past && mayAdminister && (
            <Link to={`/settings/servers?edit=${encodeURIComponent(server.id)}`} className={buttonLinkClass}>
              <Pencil size={13} aria-hidden="true" /> {t('common.edit')}
            </Link>
          )}
        </div>
      </div>
      <MaintenanceOf server={server} path={null} />
      {!past && mayAdminister && <NewServerOffer server={server} onChoose={() => onTab('streams')} />}
      {shown && (
        <AlarmBanner alarm={shown}>{counted.states.unknown > 0 && <div>{t('server.streamsUnknown', { count: counted.states.unknown })}</div>}</AlarmBanner>
      )}
      <AlarmKeys alarms={[...alarms, ...ofHosts]} otherwise={shown === undefined ? [] : [shown]} />
      {shown === undefined && server.state === 'unknown' && !past && server.lastAnswerAt !== null && (
        <Banner kind="unknown" title={<span className="text-lg">{t('server.silent', { time: formatTime(server.lastAnswerAt) })}</span>} />
      )}
      <Tabs.Root value={tab} onValueChange={onTab} className="flex min-h-0 flex-1 flex-col gap-3">
        <Tabs.List aria-label={server.name} className="flex flex-none gap-0.5">
          {tabs.map((one) => (
            <Tabs.Trigger key={one} value={one} className={tabClass}>
              {t(one === 'configuration' ? 'server.configuration' : `pages.${one}`)}{' '}
              {one === 'streams' && <span className="text-faint">{formatValue(server.totals.streams, 'count')}</span>}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        <Tabs.Content value="overview" className={`${factsBesideCharts} outline-none`}>
          <div className="flex min-h-0 flex-col gap-3 min-[960px]:overflow-y-auto">
            <Alarms server={server} alarms={[...alarms.filter((alarm) => alarm !== shown && alarm.state !== 'suppressed'), ...ofHosts]} />
            <Warnings server={server} />
            {!past && <Forwards server={server} />}
            {under.map((host) => (
              <UnderServer key={host.id} host={host} />
            ))}
            <Panel title={t('common.details')} className="flex-none">
              <ServerFacts server={server} />
            </Panel>
            <NewestEvents of={serverSubject(serverId)} kinds={feedEvents} title={t('common.whatHappened')} emptyText={t('common.noEventsYet')} />
          </div>
          <ChartsPanel>
            <ChartStack {...charts} lanes={lanes} intervalMs={pollIntervalMs(server)} fileName={fileNameOf(server.name)} eventKinds={serverEvents} />
          </ChartsPanel>
        </Tabs.Content>
        <Tabs.Content value="streams" className="flex min-h-0 flex-1 flex-col gap-3 outline-none">
          <StreamList serverId={serverId} />
        </Tabs.Content>
        <Tabs.Content value="sessions" className="flex min-h-0 flex-1 flex-col outline-none">
          {moment !== null ? <SessionsThen serverId={serverId} at={moment} /> : <Sessions server={server} />}
        </Tabs.Content>
        <Tabs.Content value="configuration" className="flex min-h-0 flex-1 flex-col gap-3 outline-none min-[960px]:flex-row">
          <ConfigurationView serverId={serverId} at={moment} />
          <div className="flex min-h-0 flex-col gap-3 min-[960px]:w-[clamp(340px,34%,620px)] min-[960px]:flex-none max-[959px]:flex-none">
            {!past && (
              <div className="flex flex-none justify-end">
                <PathEditButton serverId={serverId} server={server.name} path={null} />
              </div>
            )}
            <ConfigurationChanges serverId={serverId} until={moment} />
          </div>
        </Tabs.Content>
      </Tabs.Root>
    </>
  )
}

function withTab(before: URLSearchParams, tab: Tab): URLSearchParams {
  const next = new URLSearchParams([...before].filter(([name]) => ['range', 'from', 'to', 'compare'].includes(name)))
  if (tab !== 'overview') next.set('tab', tab)
  return next
}

function StatePill({ server }: { readonly server: Server }) {
  const now = useNow()
  const words = serverStateText(server, t)
  return (
    <Pill kind={markOfServer(server.state, fleet.severityOfServer(server.id))}>
      {/* "up 7 min" would look like the server's own uptime. */}
      {!isDescribed(server)
        ? words
        : server.state === 'up'
          ? t('server.answering', { time: formatDuration(now - server.stateSince) })
          : `${words} ${formatDuration(now - standsSince(server))}`}
    </Pill>
  )
}

function UnderServer({ host }: { readonly host: Host }) {
  const hosts = useMemo(() => [host], [host])
  const view = useHostViews(hosts)?.[0]
  return view === undefined ? null : <HostStrip view={view} />
}

function Forwards({ server }: { readonly server: Server }) {
  const severityOf = useForwardSeverity(server.id)
  const { data } = useQuery({ ...orpc.streams.forwards.queryOptions({ input: { serverId: server.id } }), refetchInterval: 3000 })
  if (data === undefined || data.configured === false || server.state !== 'up') return null
  const { configured, error, destinations } = data
  const more = destinations.length - mostForwards
  return (
    <Panel title={t('forwards.title')} hint={destinations.length > 0 ? String(destinations.length) : undefined} className="flex-none">
      {error !== null && <p className="mb-1.5 text-muted">{t('common.notAvailable', { reason: serverErrorText(error, language).what })}</p>}
      {destinations.length > 0 ? (
        <ForwardsList severityOf={severityOf} forwards={destinations.slice(0, mostForwards)} linkOf={(path) => toStream(server.id, path)} />
      ) : (
        error === null && <p className="text-muted">{t(configured === null ? 'forwards.noConfiguration' : 'forwards.noneListed')}</p>
      )}
      {more > 0 && <p className="mt-1.5 text-muted">{t('common.more', { count: more })}</p>}
    </Panel>
  )
}
const mostForwards = 12

/** No troubles, but worth a look. */
function Warnings({ server }: { readonly server: Server }) {
  const warnings = [...slowText(server), ...cautionTexts(server, language)]
  if (warnings.length === 0 && server.openToAll !== true) return null
  return (
    <Panel title={t('server.warnings')} className="flex-none">
      <ul className="flex flex-col gap-1.5">
        {warnings.map((warning) => (
          <li key={warning} className="flex items-baseline gap-2">
            <Mark kind="warning" size={11} label={t('severity.warning')} />
            <span className="min-w-0">{warning}</span>
          </li>
        ))}
      </ul>
      {server.openToAll === true && <p className="mt-1 text-muted">{t('server.openToAllText')}</p>}
    </Panel>
  )
}

const slowText = (server: Server): readonly string[] =>
  server.state === 'up' && answersSlowly(server)
    ? [t('server.answersSlowly', { round: formatDuration(server.roundMs ?? 0), age: formatDuration(serverStaleAfterMs(server)) })]
    : []

function Alarms({ server, alarms }: { readonly server: Server; readonly alarms: readonly Alarm[] }) {
  return (
    <Panel title={t('overview.troubles')} hint={alarms.length > 0 ? String(alarms.length) : undefined} className="flex-none">
      {alarms.length === 0 ? (
        <p className="text-muted">{t(server.state === 'up' ? 'overview.penaltyEmpty' : 'common.someStatesUnknown')}</p>
      ) : (
        <ul className="flex flex-col gap-1.5">
          {alarms.slice(0, mostAlarms).map((alarm) => (
            <AlarmRow key={alarm.id} alarm={alarm} of={namesOf(alarm).name} />
          ))}
          {alarms.length > mostAlarms && (
            <li>
              <Link to={toAlarms({ server: server.id })} className="text-accent hover:underline">
                {t('common.more', { count: alarms.length - mostAlarms })}
              </Link>
            </li>
          )}
        </ul>
      )}
    </Panel>
  )
}
const mostAlarms = 12

function SessionsThen({ serverId, at }: { readonly serverId: string; readonly at: number }) {
  const query = usePastSessions({ server: serverId }, { at })
  return (
    <Panel className="flex-1" bodyClassName="flex min-h-0 flex-col">
      <PastSessions query={query} time={{ at }} pathLink={({ path }) => `#${keepMoment(toStream(serverId, path))}`} />
    </Panel>
  )
}

function Sessions({ server }: { readonly server: Server }) {
  const serverId = server.id
  const now = useNow()
  const [protocol, setProtocol] = useState<string | null>(null)
  const [kicked, setKicked] = useState<Session | null>(null)
  const mayKick = useMay('operate')
  const query = useQuery({ ...orpc.streams.sessions.queryOptions({ input: { serverId } }), refetchInterval: 3000 })
  const sessions = query.data ?? []
  const groups = groupSessions(sessions)
  const shown = protocol === null ? sessions : sessions.filter((session) => protocolName(session.protocol) === protocol)
  return (
    <Panel className="flex-1" bodyClassName="flex min-h-0 flex-col">
      <div className="mb-3 flex flex-none flex-wrap items-center gap-1.5">
        {groups.map((group) => (
          <Chip key={group.name} on={protocol === group.name} onClick={() => setProtocol(protocol === group.name ? null : group.name)}>
            {group.name} <span className="text-faint">{group.count}</span>{' '}
            {now - group.oldest > 5000 && <span className="text-faint">{t('common.ageOld', { age: formatDuration(now - group.oldest) })}</span>}
          </Chip>
        ))}
      </div>
      {query.isPending ? (
        <SkeletonRows rows={8} />
      ) : query.isError ? (
        <EmptyState title={t('common.loadingFailed')}>{failureText(query.error)}</EmptyState>
      ) : shown.length === 0 && server.state !== 'up' ? (
        <EmptyState
          title={t('server.sessionsUnknown')}
          actions={
            <Link to={toRecentSessions(serverId)} className="text-accent hover:underline">
              {t('common.sessions')} · {t('recordings.span', { time: formatSpan(3_600_000) })}
            </Link>
          }
        />
      ) : shown.length === 0 ? (
        <EmptyState title={t('server.noSessions')} />
      ) : (
        <SessionsTable sessions={shown} pathLink={({ path }) => `#${keepMoment(toStream(serverId, path))}`} onKick={mayKick ? setKicked : null} />
      )}
      {kicked !== null && <KickDialog sessions={[{ ...kicked, serverId, server: server.name }]} onClose={() => setKicked(null)} />}
    </Panel>
  )
}

function groupSessions(sessions: readonly Session[]) {
  const groups = new Map<string, { name: string; count: number; oldest: number }>()
  for (const session of sessions) {
    const name = protocolName(session.protocol)
    const group = groups.get(name) ?? { name, count: 0, oldest: session.readAt }
    groups.set(name, { name, count: group.count + 1, oldest: Math.min(group.oldest, session.readAt) })
  }
  return [...groups.values()].sort((a, b) => b.count - a.count)
}
