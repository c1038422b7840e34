import { isDefinedError } from '@orpc/client'
import { useQuery } from '@tanstack/react-query'
import { Camera as CameraIcon } from 'lucide-react'
import { useState } from 'react'
import { Link, useNavigate, useParams } from 'react-router'
import { longestLivesMs, usualLivesMs } from '../../shared/lives.ts'
import type { Severity } from '../../shared/severities.ts'
import type { Session, Stream } from '../../shared/streams.ts'
import { streamSubject } from '../../shared/subjectNames.ts'
import { lacksSource } from '../../shared/troubles.ts'
import { formatDuration } from '../../shared/units.ts'
import { exactText, visibleText } from '../../shared/visibleText.ts'
import { ShareButton } from '../accounts/ShareButton.tsx'
import { AlarmBanner, AlarmsPanel, bannerOf, useAlarmsOf, useForwardSeverity } from '../alarms/AlarmsAbout.tsx'
import { MaintenanceOf, OnAirFact, useOnAirOf } from '../alarms/PlansNow.tsx'
import { AlarmKeys } from '../alarms/useAlarmDesk.tsx'
import { fileNameOf } from '../app/actions.ts'
import { orpc } from '../app/client.ts'
import { useKeys } from '../app/keys.ts'
import { Loaded, NotLoaded } from '../app/Loaded.tsx'
import { toCamera, toServer, toStreams } from '../app/links.ts'
import { t } from '../app/words.ts'
import { useCamerasOf } from '../cameras/useCameras.ts'
import { DiagnosisButton, PlayabilityCard } from '../diagnosis/Diagnosis.tsx'
import { fleet, pollIntervalMs, standsSince, useFleetKnown, useFleetTick, useServer, useShownMoment } from '../fleet/fleet.ts'
import { useMay } from '../fleet/me.tsx'
import { markOfStream } from '../fleet/StateMark.tsx'
import { ChartStack } from '../history/ChartStack.tsx'
import { streamLanes } from '../history/lanes.ts'
import { RangePicker } from '../history/RangePicker.tsx'
import { lastSpans, type TimeRange } from '../history/timeRange.ts'
import { useTimeRange } from '../history/useTimeRange.ts'
import { PastPicture } from '../previews/KeptSnapshot.tsx'
import { LiveTile } from '../previews/LiveTile.tsx'
import { PathEditButton } from '../servers/PathEditDialog.tsx'
import { KickDialog } from '../sessions/sessions.tsx'
import { ForwardsList } from '../streams/ForwardsList.tsx'
import { PastSessions, usePastSessions } from '../streams/PastSessions.tsx'
import { audienceText, SessionsTable } from '../streams/SessionsTable.tsx'
import { StreamFactsList } from '../streams/StreamFacts.tsx'
import { StreamLives, useStreamLives } from '../streams/StreamLives.tsx'
import { Pill } from '../ui/Mark.tsx'
import { useNow } from '../ui/now.ts'
import { Panel } from '../ui/Panel.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import { ViewingOfStream } from '../viewing/ViewingReport.tsx'
import { ViewsOf } from '../viewing/Views.tsx'
import { ChartsPanel, factsBesideCharts, NotFound, ownServerEvents, viewingTime } from './ofSubject.tsx'

/** One stream: its state, facts, picture, and charts on one time axis. */
export function StreamPage() {
  const params = useParams()
  const serverId = params.serverId ?? ''
  // A link may contain the exact name, but the window uses the visible form.
  const path = visibleText(exactText(params['*'] ?? ''))
  const navigate = useNavigate()
  useFleetTick()
  const known = useFleetKnown()
  const server = useServer(serverId)
  const row = fleet.rowByPath(serverId, path)
  const moment = useShownMoment()
  const past = moment !== null
  const query = useQuery({
    ...orpc.streams.get.queryOptions({ input: past ? { serverId, path, at: moment } : { serverId, path } }),
    ...(past ? { gcTime: 20_000, staleTime: 20_000 } : { refetchInterval: 2000 }),
    retry: false,
    meta: { of: `${serverId}/${path}${past ? ' past' : ''}` },
    // While a cursor moves, the previous data stays, but live data is never shown in the past, nor past data live.
    placeholderData: (last, before) => (before?.meta?.of === `${serverId}/${path}${past ? ' past' : ''}` ? last : undefined),
  })
  const stream = query.data
  const facts = row?.facts ?? stream
  const planned = useOnAirOf(server, path, useCamerasOf([{ serverId, path }])({ serverId, path })?.expected)
  const ofServer = useAlarmsOf(serverId)
  const alarms = useAlarmsOf(serverId, path)
  const charts = useTimeRange(streamSubject(serverId, path))
  useKeys('page', past ? [] : [{ keys: 'Escape', words: t('stream.backKey'), run: () => void navigate(toServer(serverId)) }])

  const missing = known && facts === undefined && (isDefinedError(query.error) || server === undefined)
  if (missing)
    return (
      <NotFound to={toStreams()} toText={t('common.allStreams')}>
        {t(past ? 'past.noStreamText' : 'stream.notFoundText', { path })}
      </NotFound>
    )

  const ofStream = bannerOf(alarms, path)
  const shown = ofStream ?? bannerOf(ofServer, null)
  const listed = alarms.filter((alarm) => alarm !== ofStream && alarm.state !== 'suppressed')
  const own = ofStream === undefined ? listed : [ofStream, ...listed]
  const latencyMs = stream?.srt?.latencyMs ?? null

  return (
    <>
      <div className="flex flex-none flex-wrap items-center gap-x-2.5 gap-y-2">
        <h1 className="flex min-w-0 items-baseline gap-2">
          <Link to={toServer(serverId)} className="whitespace-nowrap text-muted hover:text-text hover:underline">
            {server?.name ?? serverId} /
          </Link>
          <b className="min-w-0 truncate text-xl font-[650]">{path}</b>
        </h1>
        <CameraOf serverId={serverId} path={path} />
        {facts && <StatePill state={facts.state} since={standsSince(facts)} severity={row?.severity ?? null} />}
        {ofStream && facts?.state !== 'gone' && facts?.state !== 'stalled' && facts?.state !== 'slate' && (
          <Pill kind={ofStream.severity}>{t(`troubleKind.${ofStream.kind}`)}</Pill>
        )}
        {row?.facts.state === 'unknown' && row.figures.readAt !== null && <Staleness readAt={row.figures.readAt} />}
        <div className="ml-auto flex items-center gap-2">
          {!past && <PathEditButton key={`settings ${path}`} serverId={serverId} server={server?.name ?? serverId} path={path} />}
          {!past && <DiagnosisButton key={path} serverId={serverId} path={path} name={`${server?.name ?? serverId} / ${path}`} />}
          {!past && <ShareButton of={{ server: serverId, path }} />}
          <RangePicker {...charts} onset={shown?.since ?? null} />
        </div>
      </div>
      <MaintenanceOf server={server} path={path} />
      {shown && (
        <AlarmBanner alarm={shown} titleOf={(text) => (ofStream === undefined ? t('stream.serverTrouble', { server: shown.serverName, text }) : text)}>
          {shown.said !== undefined && <div className="break-words">{t('forwards.said', { text: shown.said })}</div>}
          {shown.readers !== null && shown.readers > 0 && (
            <div>{t(shown.kind === 'streamGone' ? 'overview.readersLost' : 'overview.readersHit', { count: shown.readers })}</div>
          )}
        </AlarmBanner>
      )}
      <AlarmKeys alarms={shown === undefined || shown === ofStream ? own : [shown, ...own]} otherwise={own.length > 0 || shown === undefined ? own : [shown]} />
      <div className={factsBesideCharts}>
        <div className="flex min-h-0 flex-col gap-3 min-[960px]:overflow-y-auto">
          <AlarmsPanel alarms={listed} />
          {past ? (
            <PastPicture serverId={serverId} path={path} state={facts?.state} className="flex-none" />
          ) : facts ? (
            <LiveTile
              // Another key than the card beside it: React would keep the picture of the stream before.
              key={`picture of ${serverId}/${path}`}
              serverId={serverId}
              path={path}
              state={facts.state}
              sourceless={lacksSource(facts)}
              tracks={facts.tracks}
              outIncludesOurs={facts.outIncludesOurs ?? false}
              className="flex-none"
            />
          ) : (
            <Skeleton className="aspect-video w-full flex-none" />
          )}
          <Panel title={t('common.details')} className="flex-none">
            <Loaded query={query} rows={6}>
              {(read) => (
                <div className={facts?.state === 'unknown' ? 'stale' : ''}>
                  <StreamFactsList stream={read} planned={planned && <OnAirFact plan={planned} />} past={past} />
                </div>
              )}
            </Loaded>
          </Panel>
          {stream && !past && <PlayabilityCard key={`${serverId}/${path}`} serverId={serverId} path={path} />}
          {stream && !past && <Forwards stream={stream} configurationRead={server?.addressesAssumed === false} />}
          <WatchedOf serverId={serverId} path={path} range={charts.range} at={moment} />
          <LivesOf serverId={serverId} path={path} range={charts.range} at={moment} />
          {past ? (
            <SessionsThen serverId={serverId} path={path} at={moment} />
          ) : (
            <Sessions stream={stream} error={query.error} serverName={server?.name ?? serverId} latencyMs={latencyMs} />
          )}
        </div>
        <ChartsPanel>
          <ChartStack
            {...charts}
            lanes={streamLanes}
            intervalMs={pollIntervalMs(server)}
            fileName={fileNameOf(server?.name ?? serverId, path)}
            serverEventKinds={ownServerEvents}
          />
        </ChartsPanel>
      </div>
    </>
  )
}

function CameraOf(stream: { readonly serverId: string; readonly path: string }) {
  const camera = useCamerasOf([stream])(stream)
  return (
    camera && (
      <Link to={toCamera(camera.id)} className="inline-flex min-w-0 items-center gap-1 text-accent hover:underline">
        <CameraIcon size={13} className="flex-none" aria-hidden="true" /> <span className="truncate">{camera.name}</span>
      </Link>
    )
  )
}

function StatePill({ state, since, severity }: { readonly state: Stream['state']; readonly since: number; readonly severity: Severity | null }) {
  const now = useNow()
  // A live stream keeps its tick, because the alarm has its own pill.
  return (
    <Pill kind={markOfStream(state, state === 'live' ? null : severity)}>
      {t(`streamState.${state}`)} {formatDuration(now - since)}
    </Pill>
  )
}

function Staleness({ readAt }: { readonly readAt: number }) {
  const now = useNow()
  return <Pill kind="unknown">{t('common.ageOld', { age: formatDuration(now - readAt) })}</Pill>
}

function Forwards({ stream: { forwards, state, serverId, path }, configurationRead }: { readonly stream: Stream; readonly configurationRead: boolean }) {
  const severityOf = useForwardSeverity(serverId)
  if (forwards === null ? state === 'unknown' : forwards.length === 0) return null
  return (
    <Panel title={t('forwards.title')} hint={forwards === null ? undefined : String(forwards.length)} className="flex-none">
      {forwards === null ? (
        <p className="text-muted">{t(configurationRead ? 'common.notReadYet' : 'forwards.noConfiguration')}</p>
      ) : (
        <ForwardsList severityOf={severityOf} forwards={forwards.map((forward) => ({ ...forward, path }))} />
      )}
    </Panel>
  )
}

/** Our own are counted separately: `3 people, 2 machines + 1 ours`. */
function sessionCounts(sessions: readonly Session[]): string {
  const count = (isMeant: (session: Session) => boolean) => sessions.filter(isMeant).length
  const ours = count(({ own }) => own)
  const of = (wanted: Session['audience']) => count(({ audience }) => audience === wanted)
  const readers = audienceText({ person: of('person'), machine: of('machine'), cdn: of('cdn') }, t)
  return `${readers ?? sessions.length - ours}${ours > 0 ? ` ${t('common.ours', { count: ours })}` : ''}`
}

interface LivesOfProps {
  readonly serverId: string
  readonly path: string
  readonly range: TimeRange
  readonly at: number | null
}
function LivesOf({ serverId, path, range, at }: LivesOfProps) {
  const query = useStreamLives({ serverId, path, ...livesTime(range, at) })
  return (
    <Panel title={t('lives.title')} className="flex-none">
      <StreamLives query={query} />
    </Panel>
  )
}
function livesTime(range: TimeRange, at: number | null) {
  const lastMs = range.kind === 'last' ? Math.min(lastSpans[range.id], longestLivesMs) : usualLivesMs
  if (at !== null) return { lastMs, to: at }
  return range.kind === 'last' ? { lastMs } : range.kind === 'since' ? { from: range.from } : { from: range.from, to: range.to }
}

/** How many people watched at once, and who did through this console. */
function WatchedOf({ serverId, path, range, at }: LivesOfProps) {
  const time = viewingTime(range, at)
  return (
    <>
      <Panel title={t('pages.watched')} className="flex-none">
        <ViewingOfStream serverId={serverId} path={path} time={time} />
      </Panel>
      <Panel title={t('viewing.views')} className="flex-none">
        <ViewsOf of={{ serverId, path }} time={time} />
      </Panel>
    </>
  )
}

function SessionsThen({ serverId, path, at }: { readonly serverId: string; readonly path: string; readonly at: number }) {
  return (
    <Panel title={t('stream.sessions')} className="flex-none">
      <PastSessions query={usePastSessions({ server: serverId, path }, { at })} time={{ at }} />
    </Panel>
  )
}

interface SessionsProps {
  readonly stream: Stream | undefined
  readonly error: Error | null
  readonly serverName: string
  readonly latencyMs: number | null
}
function Sessions({ stream, error, serverName, latencyMs }: SessionsProps) {
  const [kicked, setKicked] = useState<Session | null>(null)
  const mayKick = useMay('operate')
  const now = useNow()
  const age = stream?.sessionsReadAt ? now - stream.sessionsReadAt : null
  return (
    <Panel
      title={t('stream.sessions')}
      hint={
        stream && stream.sessionsReadAt !== null && stream.state !== 'unknown'
          ? `${sessionCounts(stream.sessions)}${age !== null && age > 5000 ? ` · ${t('common.ageOld', { age: formatDuration(age) })}` : ''}`
          : undefined
      }
      className="flex-none"
    >
      {stream === undefined ? (
        <NotLoaded error={error} rows={3} />
      ) : stream.sessions.length === 0 ? (
        <p className="text-muted">
          {t(
            stream.state === 'unknown'
              ? 'server.sessionsUnknown'
              : stream.state === 'gone' || stream.state === 'ended'
                ? 'server.noSessions'
                : stream.sessionsReadAt === null && stream.figures.readers !== 0
                  ? 'common.notReadYet'
                  : 'server.noSessions',
          )}
        </p>
      ) : (
        <SessionsTable sessions={stream.sessions} latencyMs={latencyMs} onKick={mayKick ? setKicked : null} />
      )}
      {stream !== undefined && kicked !== null && (
        <KickDialog sessions={[{ ...kicked, serverId: stream.serverId, server: serverName }]} onClose={() => setKicked(null)} />
      )}
    </Panel>
  )
}
