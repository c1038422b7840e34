import { Pencil } from 'lucide-react'
import { useMemo } from 'react'
import { Link, useNavigate, useParams } from 'react-router'
import type { Host } from '../../shared/hosts.ts'
import { hostSubject } from '../../shared/subjectNames.ts'
import { formatDuration } from '../../shared/units.ts'
import { AlarmsPanel, useAlarmsOfOwners } from '../alarms/AlarmsAbout.tsx'
import { AlarmKeys } from '../alarms/useAlarmDesk.tsx'
import { actThen } from '../app/act.ts'
import { fileNameOf } from '../app/actions.ts'
import { client, renew } from '../app/client.ts'
import { PauseAndRemove } from '../app/editing/Removing.tsx'
import { PageNotLoaded } from '../app/Loaded.tsx'
import { toHosts, toServer } from '../app/links.ts'
import { useMoment } from '../app/moment.ts'
import { usePageParams } from '../app/usePageParams.ts'
import { t } from '../app/words.ts'
import { useServers } from '../fleet/fleet.ts'
import { May } from '../fleet/me.tsx'
import { ChartStack } from '../history/ChartStack.tsx'
import { type HostChartGroup, type HostedServer, type HostParts, hostChartGroups, hostLanes } from '../history/lanes.ts'
import { RangePicker } from '../history/RangePicker.tsx'
import { useTimeRange } from '../history/useTimeRange.ts'
import { HostDialog } from '../hosts/HostDialog.tsx'
import { DisksAndNetworks, HostFacts, MachinePanel, MediaPanel } from '../hosts/HostNow.tsx'
import { type HostView, isStaleHost, stateAt } from '../hosts/hostFigures.ts'
import { markOfHost } from '../hosts/hostMarks.tsx'
import { KeyQuestion } from '../hosts/KeyQuestion.tsx'
import { ProcessesPanel } from '../hosts/ProcessesPanel.tsx'
import { SizingPanel } from '../hosts/SizingPanel.tsx'
import { hostFailure, useHost, useHostViews } from '../hosts/useHosts.ts'
import { Banner } from '../ui/Banner.tsx'
import { Button } from '../ui/Button.tsx'
import { Chip } from '../ui/Chip.tsx'
import { Pill } from '../ui/Mark.tsx'
import { useNow } from '../ui/now.ts'
import { Panel } from '../ui/Panel.tsx'
import { ChartsPanel, NewestEvents, NotFound } from './ofSubject.tsx'

const act = actThen('hosts')

const nobody: readonly Host[] = []

/** One machine: its load, its charts on the streams' time axis, and what still fits on it. */
export function HostPage() {
  const hostId = useParams().hostId ?? ''
  const { host, known, failed } = useHost(hostId)
  const one = useMemo(() => (host === undefined ? nobody : [host]), [host])
  const view = useHostViews(one)?.[0]
  if (known && host === undefined)
    return (
      <NotFound to={toHosts} toText={t('pages.hosts')}>
        {t('common.notFoundText')}
      </NotFound>
    )
  if (host === undefined || view === undefined) return <PageNotLoaded failed={failed} rows={12} />
  return <Known host={host} view={view} />
}

function Known({ host, view }: { readonly host: Host; readonly view: HostView }) {
  const now = useNow()
  const past = useMoment() !== null
  const servers = useServers()
  const charts = useTimeRange(hostSubject(host.id))
  const [params, set] = usePageParams()
  const all = useAlarmsOfOwners([{ hostId: host.id }])
  // The banner says why it can't be read.
  const alarms = all.filter(({ kind }) => kind !== 'hostDown' && kind !== 'hostWaiting')
  const stale = isStaleHost(view, now)
  const { state, figures } = view
  const shownState = stateAt(view, now)
  // Charts show the host's present parts, because history has no list of names; sorted, so that they keep their places.
  const parts = JSON.stringify({
    disks: (host.reading?.disks ?? []).map(({ mount }) => mount).sort(),
    networks: (host.reading?.networks ?? []).map(({ name }) => name).sort(),
    gpus: (host.reading?.gpus ?? []).map(({ name }) => name),
  } satisfies HostParts)
  const groups = hostChartGroups.filter((group) => group !== 'gpu' || (host.reading?.gpus.length ?? 0) > 0)
  const group: HostChartGroup = groups.find((one) => one === params.get('charts')) ?? 'machine'
  const on = host.serverIds.flatMap((id) => servers.find((server) => server.id === id) ?? [])
  const carrying = JSON.stringify(on.map(({ id, name }) => ({ id, name })))
  const lanes = useMemo(
    () => hostLanes(group, host.id, JSON.parse(parts) as HostParts, JSON.parse(carrying) as readonly HostedServer[]),
    [group, host.id, carrying, parts],
  )
  const keyError = !past && (host.error?.kind === 'hostKeyUnknown' || host.error?.kind === 'hostKeyChanged') ? host.error : null
  return (
    <>
      <div className="flex flex-none flex-wrap items-center gap-x-2.5 gap-y-2">
        <h1 className="min-w-0 truncate font-[650] text-xl">{host.name}</h1>
        <Pill kind={markOfHost(shownState)}>
          {/* "up for 7 min" would look like the machine's own uptime. */}
          {!past && state === 'up'
            ? t('server.answering', { time: formatDuration(now - host.stateSince) })
            : `${t(`serverState.${shownState}`)}${!past && shownState === state ? ` ${t('common.forTime', { time: formatDuration(now - host.stateSince) })}` : ''}`}
        </Pill>
        {on.map(({ id, name }) => (
          <Link key={id} to={toServer(id)} className="text-muted hover:underline">
            {name}
          </Link>
        ))}
        {stale && figures !== null && <span className="text-faint">{t('common.ageOld', { age: formatDuration(now - figures.at) })}</span>}
        <div className="ml-auto flex items-center gap-2">
          <RangePicker {...charts} onset={null} />
          {!past && host.origin === 'stored' && (
            <May needs="administer">
              <Actions host={host} onEdit={() => set({ edit: true })} />
            </May>
          )}
        </div>
      </div>
      {keyError !== null ? (
        <div className="max-w-[760px] flex-none">
          <KeyQuestion key={`${keyError.target} ${keyError.fingerprint}`} error={keyError} stored={async () => host} onAccepted={() => void renew('hosts')} />
        </div>
      ) : (
        !past &&
        host.error !== null &&
        state !== 'up' &&
        state !== 'paused' && (
          <Banner kind={state === 'waiting' ? 'major' : 'critical'} title={hostFailure(host.error).what}>
            {hostFailure(host.error).todo}
          </Banner>
        )
      )}
      <div className="flex min-h-0 flex-1 flex-col gap-4 max-[959px]:flex-none min-[960px]:grid min-[960px]:grid-cols-[clamp(350px,32%,540px)_minmax(0,1fr)]">
        <div className="flex min-h-0 flex-col gap-3 min-[960px]:overflow-y-auto">
          <AlarmsPanel alarms={alarms} />
          <AlarmKeys alarms={all} otherwise={all} plans />
          {figures === null ? (
            <Panel className="flex-none">
              <p className="hatched rounded px-2 py-1 text-muted">{t('common.noData')}</p>
            </Panel>
          ) : (
            <>
              <MachinePanel figures={figures} past={past} stale={stale} />
              <DisksAndNetworks figures={figures} stale={stale} />
            </>
          )}
          <MediaPanel view={view} stale={stale} />
          {!past && <SizingPanel hostId={host.id} />}
          {!past && state === 'up' && <ProcessesPanel hostId={host.id} />}
          <HostFacts view={view} />
          <NewestEvents of={hostSubject(host.id)} title={t('common.whatHappened')} emptyText={t('common.noEventsYet')} />
        </div>
        <ChartsPanel>
          <div className="flex flex-none flex-wrap gap-1.5 pb-2">
            {groups.map((one) => (
              <Chip key={one} on={one === group} onClick={() => set({ charts: one === 'machine' ? null : one })}>
                {t(`hosts.charts.${one}`)}
              </Chip>
            ))}
          </div>
          <div className="flex flex-1 flex-col" style={{ minHeight: 80 + lanes.length * 58 }}>
            <ChartStack {...charts} key={group} lanes={lanes} intervalMs={host.intervalSeconds * 1000} fileName={fileNameOf(host.name, group)} />
          </div>
        </ChartsPanel>
      </div>
      {!past && params.has('edit') && host.origin === 'stored' && <HostDialog host={host} servers={servers} onClose={() => set({ edit: null })} />}
    </>
  )
}

function Actions({ host, onEdit }: { readonly host: Host; readonly onEdit: () => void }) {
  const navigate = useNavigate()
  return (
    <>
      <Button icon={Pencil} onClick={onEdit} text={t('common.edit')} />
      <PauseAndRemove
        paused={host.paused}
        name={host.name}
        onPause={(paused) => void act(client.hosts.update({ id: host.id, change: { paused } }))}
        onRemove={() => void act(client.hosts.remove({ id: host.id }), t('common.removedName', { name: host.name })).then((gone) => gone && navigate(toHosts))}
      />
    </>
  )
}
