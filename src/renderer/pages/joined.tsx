import { Activity, Bell, Camera, Film, Gauge, History, LayoutDashboard, LayoutGrid, RadioTower, Server, Settings, Users } from 'lucide-react'
import { type ComponentType, lazy, Suspense } from 'react'
import { WhoIsSignedIn } from '../accounts/WhoIsSignedIn.tsx'
import { PausedChannels } from '../alarms/PausedChannels.tsx'
import type { Joined, PageRow } from '../app/joined.ts'
import { AlarmCount } from '../fleet/AlarmCount.tsx'
import { ConsoleBanners } from '../fleet/ConsoleBanners.tsx'
import { Counters } from '../fleet/Counters.tsx'
import { FigureChartContext } from '../fleet/figureChart.ts'
import { startFleet, useFleetKnown } from '../fleet/fleet.ts'
import { Heartbeat } from '../fleet/Heartbeat.tsx'
import { startLastLook } from '../fleet/lastLook.ts'
import { PastBar } from '../fleet/PastBar.tsx'
import { WorstInTitle } from '../fleet/WorstInTitle.tsx'
import { DeskNotifications, SoundBanner, SoundButton } from '../notifications/DeskNotifications.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { useFoundChoices } from './useFoundChoices.ts'

const page = (
  path: string,
  title: PageRow['title'],
  icon: PageRow['icon'],
  key: string | null,
  load: () => Promise<ComponentType>,
  more: Partial<PageRow> = {},
): PageRow => ({ path, title, icon, key, page: lazy(() => load().then((component) => ({ default: component }))), load, ...more })

const pages: readonly PageRow[] = [
  page('/', 'overview', LayoutDashboard, 'o', () => import('./OverviewPage.tsx').then((file) => file.OverviewPage)),
  page('/streams', 'streams', Activity, 's', () => import('./StreamList.tsx').then((file) => file.StreamsPage)),
  page('/cameras', 'cameras', Camera, 'c', () => import('./CamerasPage.tsx').then((file) => file.CamerasPage)),
  page('/cameras/:cameraId', 'camera', null, null, () => import('./CameraPage.tsx').then((file) => file.CameraPage)),
  page('/alarms', 'alarms', Bell, 'a', () => import('./AlarmsPage.tsx').then((file) => file.AlarmsPage), { Count: AlarmCount }),
  page('/handover', 'handover', null, null, () => import('./HandoverPage.tsx').then((file) => file.HandoverPage), { under: '/alarms' }),
  page('/wall', 'wall', LayoutGrid, 'w', () => import('./WallPage.tsx').then((file) => file.WallPage)),
  page('/servers', 'servers', RadioTower, 'v', () => import('./ServersPage.tsx').then((file) => file.ServersPage)),
  page('/sessions', 'sessions', Users, 'e', () => import('./SessionsPage.tsx').then((file) => file.SessionsPage)),
  page('/sessions/watched', 'watched', null, null, () => import('./WatchedPage.tsx').then((file) => file.WatchedPage)),
  page('/recordings', 'recordings', Film, 'r', () => import('./RecordingsPage.tsx').then((file) => file.RecordingsPage)),
  page('/history', 'history', History, 'h', () => import('./HistoryPage.tsx').then((file) => file.HistoryPage)),
  page('/hosts', 'hosts', Server, 'm', () => import('./HostsPage.tsx').then((file) => file.HostsPage)),
  page('/hosts/:hostId', 'host', null, null, () => import('./HostPage.tsx').then((file) => file.HostPage)),
  page('/probes', 'probes', Gauge, 'p', () => import('./ProbesPage.tsx').then((file) => file.ProbesPage)),
  page('/probes/daily', 'daily', null, null, () => import('./DailyCheckPage.tsx').then((file) => file.DailyCheckPage)),
  page('/planner', 'planner', null, null, () => import('./PlannerPage.tsx').then((file) => file.PlannerPage), { under: '/hosts' }),
  page('/servers/configurations', 'configurations', null, null, () => import('./ConfigurationsPage.tsx').then((file) => file.ConfigurationsPage)),
  page('/servers/:serverId', 'server', null, null, () => import('./ServerPage.tsx').then((file) => file.ServerPage)),
  page('/servers/:serverId/streams/*', 'stream', null, null, () => import('./StreamPage.tsx').then((file) => file.StreamPage), { under: '/streams' }),
  page('/settings/*', 'settings', Settings, ',', () => import('./SettingsPage.tsx').then((file) => file.SettingsPage), { to: '/settings/servers' }),
  page('/welcome', 'welcome', null, null, () => import('./WelcomePage.tsx').then((file) => file.WelcomePage), { setsUp: true }),
]

const CamerasAlone = lazy(() => import('./CameraConsole.tsx').then((file) => ({ default: file.CameraConsole })))

// Charts need a library that no list needs.
const FigureChart = lazy(() => import('./SubjectFigure.tsx').then((file) => ({ default: file.SubjectFigure })))

export const joined: Joined = {
  pages,
  start: () => {
    startFleet()
    startLastLook()
  },
  CamerasAlone: () => (
    <Suspense fallback={<SkeletonRows rows={6} />}>
      <CamerasAlone />
    </Suspense>
  ),
  useIsKnown: useFleetKnown,
  useFoundChoices,
  Background: () => (
    <>
      <WorstInTitle />
      <DeskNotifications />
    </>
  ),
  AroundPage: ({ children }) => <FigureChartContext value={FigureChart}>{children}</FigureChartContext>,
  Banners: () => (
    <>
      <ConsoleBanners />
      <SoundBanner />
      <PausedChannels />
    </>
  ),
  PastBar,
  Counters,
  Heartbeat,
  SoundButton,
  WhoIsSignedIn,
}
