import { Camera as CameraIcon } from 'lucide-react'
import { useMemo } from 'react'
import { Link, matchPath, useLocation } from 'react-router'
import type { Camera } from '../../shared/cameras.ts'
import { MyAccount } from '../accounts/MyAccount.tsx'
import { WhoIsSignedIn } from '../accounts/WhoIsSignedIn.tsx'
import { startSearch } from '../app/frameState.ts'
import { useKeys } from '../app/keys.ts'
import { PageNotLoaded } from '../app/Loaded.tsx'
import { toCameras, toMyAccount } from '../app/links.ts'
import { usePageParams } from '../app/usePageParams.ts'
import { t } from '../app/words.ts'
import { CameraFacts } from '../cameras/CameraFacts.tsx'
import { CamerasTable } from '../cameras/CamerasTable.tsx'
import { filterCameras } from '../cameras/cameraViews.tsx'
import { useCameraRights, useCameras } from '../cameras/useCameras.ts'
import { useMe } from '../fleet/me.tsx'
import { CameraPicture } from '../previews/CameraPicture.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Logo } from '../ui/Logo.tsx'
import { Panel } from '../ui/Panel.tsx'
import { SearchField } from '../ui/SearchField.tsx'
import { ViewingOfCamera } from '../viewing/ViewingReport.tsx'
import { CameraHead } from './CameraHead.tsx'
import { CamerasPage } from './CamerasPage.tsx'
import { ConnectionBanner } from './EntryPage.tsx'
import { OfCamera } from './OfCamera.tsx'

/** For somebody who may see cameras alone; asks for nothing of the fleet, which would be refused. */
export function CameraConsole() {
  const { pathname } = useLocation()
  const cameraId = matchPath(`${toCameras}/:cameraId`, pathname)?.params.cameraId
  const moderates = useModerates()
  useKeys('everywhere', [{ keys: '/', words: t('keys.search'), run: startSearch }])
  return (
    <div className="flex h-full min-h-0 flex-col">
      <header className="flex h-11 flex-none items-center gap-3 whitespace-nowrap border-line border-b bg-surface px-4">
        <Link to={toCameras} className="flex items-center gap-[9px] font-[650] text-lg tracking-[-0.01em]">
          <Logo /> mtxdeck
        </Link>
        <div className="ml-auto">
          <WhoIsSignedIn collapsed={false} />
        </div>
      </header>
      <main id="page" tabIndex={-1} className="flex min-h-0 flex-1 flex-col gap-3.5 overflow-auto px-4 py-3.5 outline-none">
        <ConnectionBanner />
        {cameraId !== undefined ? (
          <OfCamera key={cameraId} id={cameraId} rows={8}>
            {(camera) => <OwnCamera camera={camera} />}
          </OfCamera>
        ) : pathname === toMyAccount ? (
          <MyAccount />
        ) : moderates ? (
          <CamerasPage />
        ) : (
          <OwnCameras />
        )}
      </main>
    </div>
  )
}

/** Not before it is known who is here: the page would change under his hands. */
function useModerates(): boolean {
  const { data: me } = useMe()
  const { moderates } = useCameraRights()
  return me !== undefined && moderates
}

function OwnCameras() {
  const [params, set] = usePageParams()
  const text = params.get('q') ?? ''
  const { cameras, known, failed } = useCameras()
  const shown = useMemo(() => filterCameras(cameras, { text, projects: [], tags: [], favourites: false }), [cameras, text])
  return (
    <>
      <div className="flex flex-none flex-wrap items-center gap-3">
        <h1 className="font-[650] text-xl">{t('pages.cameras')}</h1>
        <SearchField label={t('cameras.search')} width={240} text={text} onText={(q) => set({ q })} />
        {known && <span className="text-faint text-sm">{t('streams.count', { shown: shown.length, all: cameras.length })}</span>}
      </div>
      {known ? (
        <CamerasTable
          cameras={shown}
          selection={null}
          isPlain
          occasion={text}
          empty={
            <EmptyState icon={<CameraIcon size={28} />} title={t(cameras.length === 0 ? 'cameras.none' : 'common.nothingFound')}>
              {cameras.length === 0 ? t('cameras.noneForYou') : undefined}
            </EmptyState>
          }
        />
      ) : (
        <PageNotLoaded failed={failed} rows={12} rowClass="h-7" />
      )}
    </>
  )
}

function OwnCamera({ camera }: { readonly camera: Camera }) {
  const moderates = useModerates()
  return (
    <>
      <CameraHead camera={camera} />
      <div className="grid flex-none gap-4 min-[960px]:grid-cols-[minmax(0,3fr)_minmax(280px,1fr)]">
        <CameraPicture camera={camera} />
        <div className="flex min-w-0 flex-col gap-3">
          <Panel title={t('pages.watched')} className="flex-none">
            <ViewingOfCamera cameraId={camera.id} />
          </Panel>
          <CameraFacts camera={camera} isPlain={!moderates} />
        </div>
      </div>
    </>
  )
}
