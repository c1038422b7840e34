import { useQuery } from '@tanstack/react-query'
import type { TFunction } from 'i18next'
import { FileArchive, X } from 'lucide-react'
import { useCallback, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Host } from '../../shared/hosts.ts'
import { deviceSubject, hostSubject, partOf, type Subject, type SubjectOf, sameSubject, serverSubject } from '../../shared/subjects.ts'
import { formatDateTime, formatSpan } from '../../shared/units.ts'
import { fileNameOf } from '../app/actions.ts'
import { orpc, useConnection } from '../app/client.ts'
import { fleet, pollIntervalMs, useFleetKnown, useFleetTick, useServers } from '../app/fleet.ts'
import { useKeys } from '../app/keys.ts'
import { toHost, toServer, toStream } from '../app/links.ts'
import { goToMoment, useMoment } from '../app/moment.ts'
import { usePreferences } from '../app/preferences.ts'
import { zoneNameAt, zoneOf } from '../app/typedMoment.ts'
import { usePageParams } from '../app/usePageParams.ts'
import { BundleDialog } from '../history/BundleDialog.tsx'
import { ChartStack } from '../history/ChartStack.tsx'
import { type Choice, ChooseSubjects } from '../history/ChooseSubjects.tsx'
import { ComparePicker } from '../history/ComparePicker.tsx'
import { readChosen, writeChosen } from '../history/chosen.ts'
import { type Cursor, createCursor } from '../history/cursor.ts'
import { EventsAround } from '../history/EventsAround.tsx'
import { lanesOfHost, mediaPart, serverLanes, streamLanes, sumLanes } from '../history/lanes.ts'
import { bucketOf, Timeline } from '../history/Timeline.tsx'
import { type Bounds, panView, spanOf, type View, viewAround, viewSpans, zoomView } from '../history/timelineView.ts'
import type { TimeRange } from '../history/timeRange.ts'
import { useCompare } from '../history/useCompare.ts'
import { useTimeline } from '../history/useTimeline.ts'
import { useTimelineView } from '../history/useTimelineView.ts'
import { markOfHost } from '../hosts/HostStateMark.tsx'
import { renewHosts, useHosts } from '../hosts/useHosts.ts'
import { FiguresLine, FiguresLineSkeleton } from '../overview/FiguresLine.tsx'
import { Button } from '../ui/Button.tsx'
import { Chip } from '../ui/Chip.tsx'
import { Mark } from '../ui/Mark.tsx'
import { engineNow, useEngineNow } from '../ui/now.ts'
import { Panel, PanelTitle } from '../ui/Panel.tsx'
import { ownServerEvents, serverEvents } from './charts.ts'

const dayMs = 86_400_000
/** Of hosts only names and parts are wanted here, which hardly change. */
const hostNamesMs = 30_000

/** One timeline for the fleet; its cursor is the moment of the whole console. */
export function HistoryPage() {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const moment = useMoment()
  const now = useEngineNow()
  const known = useFleetKnown()
  const servers = useServers()
  const bundle = useConnection().hello?.bundle ?? null
  const store = useQuery({ ...orpc.history.store.queryOptions(), refetchInterval: 30_000 })
  const oldest = bundle?.from ?? store.data?.from ?? null
  const latestAt = bundle?.to ?? now
  // While nothing is kept yet there is only what comes now.
  const keptKnown = bundle !== null || store.data !== undefined
  const bounds = useMemo(
    (): Bounds => ({ from: Math.min(oldest ?? latestAt - (keptKnown ? 0 : dayMs), latestAt - 10_000), to: latestAt }),
    [oldest, keptKnown, latestAt],
  )
  const { view, live, setView, range } = useTimelineView(moment, bounds, bundle !== null ? 'whole' : keptKnown ? 'fitting' : null)
  const [width, setWidth] = useState(0)
  const { timeline, failure } = useTimeline(view, width, live)
  const wholeView = useMemo(() => wholeOf(bounds), [bounds])
  const whole = useTimeline(wholeView, Math.max(1, width), bundle === null)
  const [cursor] = useState(createCursor)
  const summed = useSummed()
  const [packing, setPacking] = useState(false)
  const [params, setParams] = usePageParams()
  const chosen = useMemo(() => readChosen(params), [params])
  const { hosts } = useHosts(hostNamesMs)
  const subjects = useMemo(() => subjectsOf(t, hosts), [t, hosts])
  // In the past its list stays as it is.
  const onOpen = () => moment === null && void renewHosts()
  const onChosen = (next: readonly Subject[]) => setParams((before) => writeChosen(before, next), { replace: true })

  const onMoment = useCallback((at: number, moving: boolean) => {
    // The right edge is now: nobody means the second before it.
    goToMoment(at >= engineNow() - 500 ? null : at, { replace: moving })
  }, [])
  const onView = useCallback((next: View) => setView(next, next.to >= engineNow() - 1500 && spanOf(next) !== null), [setView])
  const onRange = useCallback(
    (next: TimeRange) => {
      if (next.kind === 'between') setView({ from: next.from, to: next.to })
    },
    [setView],
  )
  const span = view.to - view.from
  const at = moment ?? bounds.to
  const zoom = (factor: number) => onView(zoomView(view, factor, Math.min(view.to, Math.max(view.from, at)), bounds))
  const step = (share: number) => onMoment(at + span * share, true)
  useKeys('page', [
    { keys: '+', words: t('timeline.keys.in'), run: () => zoom(0.5) },
    { keys: '-', words: t('timeline.keys.out'), run: () => zoom(2) },
    { keys: 'ArrowLeft', words: t('timeline.keys.left'), run: () => step(-1 / 100) },
    { keys: 'ArrowRight', words: t('timeline.keys.right'), run: () => step(1 / 100) },
    { keys: 'PageUp', words: t('timeline.keys.back'), run: () => onView(panView(view, -span * 0.9, bounds)) },
    { keys: 'PageDown', words: t('timeline.keys.on'), run: () => onView(panView(view, span * 0.9, bounds)) },
    { keys: 'Home', words: t('timeline.keys.home'), run: () => goToMoment(bounds.from) },
    { keys: 'End', words: t('timeline.keys.end'), run: () => goToMoment(null) },
  ])

  return (
    <>
      <Panel
        className="flex-none"
        title={t('timeline.title')}
        hint={
          <>
            {spanWords(view, zone)}
            {timeline !== null && ` · ${t('timeline.hint', { width: formatSpan(bucketOf(timeline)) })}`}
          </>
        }
        actions={
          <>
            <Legend />
            <fieldset aria-label={t('history.range')} className="flex items-center gap-1.5">
              {viewSpans.map((one) => (
                <Chip
                  key={one.id}
                  on={spanOf(view)?.id === one.id}
                  onClick={() =>
                    moment === null && one.id !== '10s'
                      ? setView({ from: bounds.to - one.ms, to: bounds.to }, bundle === null)
                      : setView(viewAround(at, one.ms, bounds))
                  }
                >
                  {t(`timeline.span.${one.id}`)}
                </Chip>
              ))}
            </fieldset>
            {bundle === null && (
              <Button onClick={() => setPacking(true)}>
                <FileArchive size={13} aria-hidden="true" /> {t('bundle.export')}
              </Button>
            )}
          </>
        }
      >
        <Timeline
          view={view}
          onView={onView}
          bounds={bounds}
          moment={moment}
          onMoment={onMoment}
          timeline={timeline}
          whole={whole.timeline}
          failure={failure}
          servers={servers.length}
          zone={zone}
          onWidth={setWidth}
        />
      </Panel>
      {known ? <FiguresLine /> : <FiguresLineSkeleton />}
      <div className="flex min-h-0 flex-1 flex-col gap-3.5 max-[1099px]:flex-none min-[1100px]:grid min-[1100px]:grid-cols-[minmax(0,1fr)_clamp(300px,26%,460px)]">
        <section aria-label={t('timeline.charts')} className="flex min-h-[480px] min-w-0 flex-col rounded-lg border border-line bg-surface px-3.5 pt-2.5 pb-3">
          <PanelTitle
            title={t('timeline.charts')}
            hint={chosen.length === 0 ? <SumHint summed={summed} /> : undefined}
            actions={
              <>
                <ComparePicker end={view.to} />
                <ChooseSubjects chosen={chosen} onChosen={onChosen} hosts={subjects.hosts} parts={subjects.parts} onOpen={onOpen} />
              </>
            }
          />
          <div className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto">
            {chosen.length === 0 ? (
              <SumCharts
                summed={summed}
                range={range}
                onRange={onRange}
                onBack={() => onView(zoomView(view, 2, (view.from + view.to) / 2, bounds))}
                cursor={cursor}
              />
            ) : (
              chosen.map((one) => {
                const charts = {
                  range,
                  onRange,
                  onBack: () => onView(zoomView(view, 2, (view.from + view.to) / 2, bounds)),
                  cursor,
                  onRemove: () => onChosen(chosen.filter((other) => !sameSubject(other, one))),
                }
                const key = JSON.stringify(one)
                return one.kind === 'host' || one.kind === 'device' ? (
                  <HostCharts key={key} {...charts} one={one} host={hosts.find(({ id }) => id === one.hostId) ?? null} />
                ) : (
                  <ChosenCharts key={key} {...charts} one={one} />
                )
              })
            )}
          </div>
        </section>
        <Panel
          title={t('history.whatHappened')}
          hint={t('timeline.around')}
          className="min-h-0 max-[1099px]:h-[420px] max-[1099px]:flex-none"
          bodyClassName="overflow-y-auto"
        >
          <EventsAround moment={moment} now={bounds.to} zone={zone} onMoment={(to) => onMoment(to, false)} />
        </Panel>
      </div>
      {/* A bundle holds no hosts. */}
      {packing && (
        <BundleDialog
          view={view}
          chosen={chosen.flatMap((one) => (one.kind === 'server' || one.kind === 'stream' ? [one] : []))}
          onClose={() => setPacking(false)}
        />
      )}
    </>
  )
}

/** All that is kept, in steps of a thousandth: it is asked for rarely. */
function wholeOf(bounds: Bounds): View {
  const length = bounds.to - bounds.from
  const step = Math.max(10_000, length / 200)
  return { from: Math.floor(bounds.from / step) * step, to: Math.ceil(bounds.to / step) * step }
}

/** 2026-11-14 00:00 – 12:00 CET: what both ends have of the day is written once. */
function spanWords({ from, to }: View, zone: 'local' | 'utc') {
  const begin = formatDateTime(from, zone)
  const end = formatDateTime(to, zone)
  const digits = to - from < 600_000 ? 19 : 16
  const last = end.slice(begin.slice(0, 10) === end.slice(0, 10) ? 11 : begin.slice(0, 4) === end.slice(0, 4) ? 5 : 0, digits)
  return `${begin.slice(0, digits)} – ${last} ${zoneNameAt(to, zoneOf(zone))}`
}

/** What the colours of the timeline say. */
function Legend() {
  const { t } = useTranslation()
  return (
    <span className="mr-2 hidden items-center gap-3 text-sm min-[1600px]:flex">
      <Mark kind="major" size={10} word={t('timeline.legend.troubled')} quiet />
      <Mark kind="critical" size={10} word={t('timeline.legend.down')} quiet />
      <Mark kind="unknown" size={10} word={t('timeline.legend.unknown')} quiet />
    </span>
  )
}

interface ChartsProps {
  readonly range: TimeRange
  readonly onRange: (range: TimeRange) => void
  readonly onBack: () => void
  readonly cursor: Cursor
}

/** Without a choice the charts add up all servers, so that they say what the figures above them say. */
function useSummed(): readonly SubjectOf<'server'>[] {
  const key = JSON.stringify(useServers().map(({ id }) => id))
  return useMemo(() => (JSON.parse(key) as string[]).map(serverSubject), [key])
}
function SumHint({ summed }: { readonly summed: readonly SubjectOf<'server'>[] }) {
  const { t } = useTranslation()
  useFleetTick()
  const count = summed.length
  if (count === 0) return null
  // As the figures above count them: what is not known of a server is in no sum.
  const known = summed.filter(({ serverId }) => (fleet.server(serverId)?.totals.bitrateInBps ?? null) !== null).length
  return known < count ? t('timeline.sumOf', { known, count }) : t('timeline.sumAll', { count })
}
function SumCharts({ summed, ...rest }: ChartsProps & { readonly summed: readonly SubjectOf<'server'>[] }) {
  const { t } = useTranslation()
  const moment = useMoment()
  const known = useFleetKnown()
  const intervalMs = Math.max(2000, ...summed.map(({ serverId }) => intervalOf(serverId)))
  if (summed.length === 0) return known && moment !== null ? <p className="text-muted">{t('past.nothingKept')}.</p> : null
  return (
    <ChartStack
      {...rest}
      lanes={sumLanes}
      subjects={summed}
      intervalMs={intervalMs}
      fileName="fleet"
      nameOf={nameOf}
      eventKinds={serverEvents}
      withoutCompare
    />
  )
}

const nameOf = (serverId: string) => fleet.server(serverId)?.name ?? serverId
const intervalOf = (serverId: string) => pollIntervalMs(fleet.server(serverId))

interface ChosenProps extends ChartsProps {
  readonly onRemove: () => void
}
function ChosenCharts({ one, onRemove, ...rest }: ChosenProps & { readonly one: SubjectOf<'server' | 'stream'> }) {
  const server = useServers().find(({ id }) => id === one.serverId)
  const serverName = server?.name ?? one.serverId
  const isServer = one.kind === 'server'
  const lanes = isServer ? serverLanes : streamLanes
  const subjects = useMemo(() => [one], [one])
  return (
    <ChartsOfOne
      to={isServer ? toServer(one.serverId) : toStream(one.serverId, one.path)}
      name={isServer ? serverName : one.path}
      of={isServer ? null : serverName}
      onRemove={onRemove}
      lanes={lanes.length}
    >
      <ChartStack
        {...rest}
        lanes={lanes}
        subjects={subjects}
        intervalMs={intervalOf(one.serverId)}
        fileName={fileNameOf(serverName, partOf(one) ?? '')}
        {...(isServer ? { eventKinds: serverEvents } : { serverEventKinds: ownServerEvents })}
        withoutCompare
      />
    </ChartsOfOne>
  )
}

/** Parts of a host go by the names that they have now: history has no list of names. */
const partsOf = (host: Host): readonly string[] => [
  ...(host.reading?.disks ?? []).map(({ mount }) => `disk:${mount}`),
  ...(host.reading?.networks ?? []).map(({ name }) => `net:${name}`),
  ...(host.reading?.gpus ?? []).map((_, place) => `gpu:${place}`),
  ...(host.reading?.mediaServer ? [mediaPart] : []),
]
/** disk:/ as Disk /. */
function partWords(t: TFunction, path: string): string {
  const name = path.slice(path.indexOf(':') + 1)
  if (path.startsWith('disk:')) return `${t('hosts.use.disk')} ${name}`
  if (path.startsWith('net:')) return `${t('hosts.use.network')} ${name}`
  return path === mediaPart ? t('hosts.column.media') : `${t('hosts.gpus')} ${name}`
}
const subjectsOf = (t: TFunction, hosts: readonly Host[]): { readonly hosts: readonly Choice[]; readonly parts: readonly Choice[] } => ({
  hosts: hosts.map(({ id, name, state }) => ({ one: hostSubject(id), name, of: t('timeline.host'), kind: markOfHost(state) })),
  parts: hosts.flatMap((host) =>
    partsOf(host).map((path) => ({ one: deviceSubject(host.id, path), name: partWords(t, path), of: host.name, kind: markOfHost(host.state) })),
  ),
})

interface HostChartsProps extends ChosenProps {
  readonly one: SubjectOf<'host' | 'device'>
  /** null: it is not watched any more. */
  readonly host: Host | null
}
function HostCharts({ one, host, onRemove, ...rest }: HostChartsProps) {
  const { t } = useTranslation()
  const lanes = useMemo(() => lanesOfHost(one), [one])
  const subjects = useMemo(() => [hostSubject(one.hostId)], [one.hostId])
  const hostName = host?.name ?? one.hostId
  const part = partOf(one)
  return (
    <ChartsOfOne
      to={toHost(one.hostId)}
      name={part === null ? hostName : partWords(t, part)}
      of={part === null ? null : hostName}
      onRemove={onRemove}
      lanes={lanes.length}
    >
      <ChartStack
        {...rest}
        lanes={lanes}
        subjects={subjects}
        intervalMs={(host?.intervalSeconds ?? 1) * 1000}
        fileName={fileNameOf(hostName, part ?? '')}
        withoutCompare
      />
    </ChartsOfOne>
  )
}

/** Lanes of less than this are not read. */
const lanePx = 58
/** The value of another period takes a line of its own in each. */
const comparedLanePx = 84

interface ChartsOfOneProps {
  readonly to: string
  readonly name: string
  /** Whose it is; null: its own. */
  readonly of: string | null
  readonly onRemove: () => void
  /** How many, at most. */
  readonly lanes: number
  readonly children: React.ReactNode
}
/** A heading that leads to it, and its charts. */
function ChartsOfOne({ to, name, of, onRemove, lanes, children }: ChartsOfOneProps) {
  const { t } = useTranslation()
  const { compare } = useCompare()
  return (
    <div className="flex flex-1 flex-col" style={{ minHeight: Math.max(510, 160 + lanes * (compare === null ? lanePx : comparedLanePx)) }}>
      <div className="flex flex-none items-center gap-2">
        <h3 className="min-w-0 truncate font-semibold">
          <Link to={to} className="hover:underline">
            {name}
          </Link>
          {of !== null && <span className="font-normal text-faint"> · {of}</span>}
        </h3>
        <Button look="quiet" aria-label={t('timeline.remove', { name })} className="!px-1.5" onClick={onRemove}>
          <X size={14} />
        </Button>
      </div>
      {children}
    </div>
  )
}
