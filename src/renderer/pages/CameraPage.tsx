import { useQuery } from '@tanstack/react-query'
import { useParams } from 'react-router'
import type { Camera } from '../../shared/cameras.ts'
import { lacksSource } from '../../shared/troubles.ts'
import { AlarmsPanel, useAlarmsOf } from '../alarms/AlarmsAbout.tsx'
import { orpc } from '../app/client.ts'
import { Loaded } from '../app/Loaded.tsx'
import { useMoment } from '../app/moment.ts'
import { t } from '../app/words.ts'
import { CameraAvailability, CameraFacts, CameraStreams } from '../cameras/CameraFacts.tsx'
import { NowOnly } from '../cameras/CamerasTable.tsx'
import { fleet, useFleetTick } from '../fleet/fleet.ts'
import { CameraPicture } from '../previews/CameraPicture.tsx'
import { LiveTile } from '../previews/LiveTile.tsx'
import { SessionsTable } from '../streams/SessionsTable.tsx'
import { Panel } from '../ui/Panel.tsx'
import { lastWeek, ViewingOfCamera } from '../viewing/ViewingReport.tsx'
import { ViewsOf } from '../viewing/Views.tsx'
import { CameraHead } from './CameraHead.tsx'
import { OfCamera } from './OfCamera.tsx'

/** One camera: picture, state and alarms, availability, viewers, and all that is known of it. */
export function CameraPage() {
  const { cameraId = '' } = useParams()
  return (
    <OfCamera id={cameraId} rows={10}>
      {(camera) => <Whole camera={camera} />}
    </OfCamera>
  )
}

function Whole({ camera }: { readonly camera: Camera }) {
  useFleetTick()
  const { serverId, path } = camera.now
  const stream = serverId !== null && path !== null ? { serverId, path } : null
  return (
    <>
      <CameraHead camera={camera} />
      <NowOnly />
      <div className="grid min-h-0 flex-1 gap-4 overflow-y-auto max-[959px]:flex-none min-[960px]:grid-cols-[minmax(0,3fr)_minmax(330px,2fr)]">
        <div className="flex min-w-0 flex-col gap-3">
          <Picture camera={camera} stream={stream} />
          {stream !== null && <ReadersNow {...stream} />}
          {stream !== null && <Watched cameraId={camera.id} />}
        </div>
        <div className="flex min-w-0 flex-col gap-3">
          {camera.streams.map((one) => 'path' in one && <AlarmsOfStream key={`${one.serverId}/${one.path}`} serverId={one.serverId} path={one.path} />)}
          {camera.pushed !== null && <AlarmsOfStream serverId={camera.pushed.serverId} path={camera.pushed.path} />}
          {stream !== null && <CameraAvailability {...stream} />}
          <CameraStreams camera={camera} />
          <CameraFacts camera={camera} />
        </div>
      </div>
    </>
  )
}

interface OfStream {
  readonly serverId: string
  readonly path: string
}
/** As on the page of the stream; a stream that no server has is played for the camera alone. */
function Picture({ camera, stream }: { readonly camera: Camera; readonly stream: OfStream | null }) {
  const past = useMoment() !== null
  const row = stream === null ? undefined : fleet.rowByPath(stream.serverId, stream.path)
  if (past || stream === null || row === undefined) return <CameraPicture camera={camera} className="flex-none" />
  const { facts } = row
  return (
    <LiveTile
      key={`picture of ${stream.serverId}/${stream.path}`}
      {...stream}
      state={facts.state}
      sourceless={lacksSource(facts)}
      tracks={facts.tracks}
      outIncludesOurs={facts.outIncludesOurs ?? false}
      autoplay={false}
      className="flex-none"
    />
  )
}

function AlarmsOfStream({ serverId, path }: OfStream) {
  return <AlarmsPanel alarms={useAlarmsOf(serverId, path)} />
}

function Watched({ cameraId }: { readonly cameraId: string }) {
  return (
    <>
      <Panel title={t('pages.watched')} className="flex-none">
        <ViewingOfCamera cameraId={cameraId} />
      </Panel>
      <Panel title={t('viewing.views')} className="flex-none">
        <ViewsOf of={{ cameraId }} time={lastWeek} />
      </Panel>
    </>
  )
}

function ReadersNow({ serverId, path }: OfStream) {
  const query = useQuery({ ...orpc.streams.get.queryOptions({ input: { serverId, path } }), refetchInterval: 5_000, retry: false })
  return (
    <Panel title={t('cameras.readersNow')} className="flex-none">
      <Loaded query={query} rows={2}>
        {({ sessions, state }) => {
          const readers = sessions.filter(({ role }) => role === 'reader')
          return readers.length === 0 ? (
            <p className="text-muted">{t(state === 'unknown' ? 'server.sessionsUnknown' : 'server.noSessions')}</p>
          ) : (
            <SessionsTable sessions={readers} onKick={null} />
          )
        }}
      </Loaded>
    </Panel>
  )
}
