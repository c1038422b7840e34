import { useQuery } from '@tanstack/react-query'
import { CloudUpload, Pencil, Trash2, Undo2 } from 'lucide-react'
import { useState } from 'react'
import { Link, useNavigate, useParams } from 'react-router'
import type { Camera } from '../../shared/cameras.ts'
import { lacksSource } from '../../shared/troubles.ts'
import { cameraLine } from '../accounts/guestForm.ts'
import { ShareButton } from '../accounts/ShareButton.tsx'
import { AlarmsPanel, useAlarmsOf } from '../alarms/AlarmsAbout.tsx'
import { actThen } from '../app/act.ts'
import { client, orpc } from '../app/client.ts'
import { RemoveDialog } from '../app/editing/Removing.tsx'
import { Loaded } from '../app/Loaded.tsx'
import { toCameras } from '../app/links.ts'
import { useMoment } from '../app/moment.ts'
import { t } from '../app/words.ts'
import { CameraDialog } from '../cameras/CameraDialogs.tsx'
import { CameraAvailability, CameraFacts, CameraPill, CameraStreams } from '../cameras/CameraFacts.tsx'
import { FavouriteButton, NowOnly } from '../cameras/CamerasTable.tsx'
import { PushDialog, WithdrawDialog } from '../cameras/PushDialog.tsx'
import { offerUndo, useCameraRights } from '../cameras/useCameras.ts'
import { fleet, useFleetTick } from '../fleet/fleet.ts'
import { CameraPicture } from '../previews/CameraPicture.tsx'
import { LiveTile } from '../previews/LiveTile.tsx'
import { SessionsTable } from '../streams/SessionsTable.tsx'
import { Button } from '../ui/Button.tsx'
import { Panel } from '../ui/Panel.tsx'
import { lastWeek, ViewingOfCamera } from '../viewing/ViewingReport.tsx'
import { ViewsOf } from '../viewing/Views.tsx'
import { OfCamera } from './OfCamera.tsx'

const act = actThen('cameras')

/** One camera: its picture, state and alarms, how available it was, who reads and watched it, and all that is known of it. */
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
      <Head camera={camera} />
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

function Head({ camera }: { readonly camera: Camera }) {
  const navigate = useNavigate()
  const { moderates, operates } = useCameraRights()
  const past = useMoment() !== null
  const [dialog, setDialog] = useState<'edit' | 'remove' | 'push' | 'withdraw' | null>(null)
  const close = () => setDialog(null)
  const hasAddress = camera.streams.some((one) => 'address' in one)
  const remove = async () => {
    if (!(await act(client.cameras.remove({ id: camera.id })))) return
    offerUndo(t('common.removedName', { name: camera.name }))
    void navigate(toCameras)
  }
  return (
    <div className="flex flex-none flex-wrap items-center gap-x-2.5 gap-y-2">
      <h1 className="flex min-w-0 items-baseline gap-2">
        <Link to={toCameras} className="whitespace-nowrap text-muted hover:text-text hover:underline">
          {camera.project || t('pages.cameras')} /
        </Link>
        <b className="min-w-0 truncate font-[650] text-xl">{camera.name}</b>
      </h1>
      <FavouriteButton camera={camera} />
      <CameraPill camera={camera} />
      {!past && (
        <div className="ml-auto flex items-center gap-2">
          <ShareButton of={{ camera: camera.id, name: cameraLine(camera) }} />
          {operates && camera.pushed === null && hasAddress && <Button icon={CloudUpload} onClick={() => setDialog('push')} text={t('cameras.push.button')} />}
          {operates && camera.pushed !== null && <Button icon={Undo2} onClick={() => setDialog('withdraw')} text={t('cameras.push.withdraw')} />}
          {moderates && (
            <>
              <Button icon={Pencil} onClick={() => setDialog('edit')} text={t('common.edit')} />
              <Button icon={Trash2} look="danger" onClick={() => setDialog('remove')} text={t('common.remove')} />
            </>
          )}
        </div>
      )}
      {dialog === 'edit' && <CameraDialog edited={camera} onSaved={() => {}} onClose={close} />}
      {dialog === 'push' && <PushDialog camera={camera} onClose={close} />}
      {dialog === 'withdraw' && <WithdrawDialog camera={camera} onClose={close} />}
      {dialog === 'remove' && (
        <RemoveDialog
          title={t('common.removeName', { name: camera.name })}
          description={t('cameras.removeText')}
          onRemove={() => void remove()}
          onClose={close}
        />
      )}
    </div>
  )
}

interface OfStream {
  readonly serverId: string
  readonly path: string
}
/** As on the page of the stream; one that no server has is played for the camera alone. */
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

/** How many people watched it, and who did through this console. */
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
