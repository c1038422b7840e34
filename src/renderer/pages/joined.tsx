import { Activity, Bell, Film, Gauge, History, LayoutDashboard, LayoutGrid, RadioTower, Server, Settings, Users } from 'lucide-react'
import { type ComponentType, lazy } from 'react'
import { PausedChannels } from '../alarms/ChannelActions.tsx'
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
import { useFoundChoices } from './useFoundChoices.ts'

const page = (load: () => Promise<ComponentType>): Pick<PageRow, 'page' | 'load'> => ({
  page: lazy(() => load().then((component) => ({ default: component }))),
  load,
})

export const pages: readonly PageRow[] = [
  { path: '/', title: 'overview', icon: LayoutDashboard, key: 'o', ...page(() => import('./OverviewPage.tsx').then((file) => file.OverviewPage)) },
  { path: '/streams', title: 'streams', icon: Activity, key: 's', ...page(() => import('./StreamList.tsx').then((file) => file.StreamsPage)) },
  {
    path: '/alarms',
    title: 'alarms',
    icon: Bell,
    key: 'a',
    Count: AlarmCount,
    ...page(() => import('./AlarmsPage.tsx').then((file) => file.AlarmsPage)),
  },
  { path: '/wall', title: 'wall', icon: LayoutGrid, key: 'w', ...page(() => import('./WallPage.tsx').then((file) => file.WallPage)) },
  { path: '/servers', title: 'servers', icon: RadioTower, key: 'v', ...page(() => import('./ServersPage.tsx').then((file) => file.ServersPage)) },
  { path: '/sessions', title: 'sessions', icon: Users, key: 'e', ...page(() => import('./SessionsPage.tsx').then((file) => file.SessionsPage)) },
  { path: '/recordings', title: 'recordings', icon: Film, key: 'r', ...page(() => import('./RecordingsPage.tsx').then((file) => file.RecordingsPage)) },
  { path: '/history', title: 'history', icon: History, key: 'h', ...page(() => import('./HistoryPage.tsx').then((file) => file.HistoryPage)) },
  { path: '/hosts', title: 'hosts', icon: Server, key: 'm', ...page(() => import('./HostsPage.tsx').then((file) => file.HostsPage)) },
  { path: '/hosts/:hostId', title: 'host', icon: null, key: null, ...page(() => import('./HostPage.tsx').then((file) => file.HostPage)) },
  { path: '/probes', title: 'probes', icon: Gauge, key: 'p', ...page(() => import('./ProbesPage.tsx').then((file) => file.ProbesPage)) },
  {
    path: '/probes/daily',
    title: 'daily',
    icon: null,
    key: null,
    ...page(() => import('./DailyCheckPage.tsx').then((file) => file.DailyCheckPage)),
  },
  {
    path: '/planner',
    title: 'planner',
    icon: null,
    under: '/hosts',
    key: null,
    ...page(() => import('./PlannerPage.tsx').then((file) => file.PlannerPage)),
  },
  {
    path: '/servers/configurations',
    title: 'configurations',
    icon: null,
    key: null,
    ...page(() => import('./ConfigurationsPage.tsx').then((file) => file.ConfigurationsPage)),
  },
  { path: '/servers/:serverId', title: 'server', icon: null, key: null, ...page(() => import('./ServerPage.tsx').then((file) => file.ServerPage)) },
  {
    path: '/servers/:serverId/streams/*',
    title: 'stream',
    icon: null,
    under: '/streams',
    key: null,
    ...page(() => import('./StreamPage.tsx').then((file) => file.StreamPage)),
  },
  {
    path: '/settings/*',
    title: 'settings',
    icon: Settings,
    key: ',',
    to: '/settings/servers',
    ...page(() => import('./SettingsPage.tsx').then((file) => file.SettingsPage)),
  },
  { path: '/welcome', title: 'welcome', icon: null, setsUp: true, key: null, ...page(() => import('./WelcomePage.tsx').then((file) => file.WelcomePage)) },
]

// Charts need a library that no list needs.
const FigureChart = lazy(() => import('./SubjectFigure.tsx').then((file) => ({ default: file.SubjectFigure })))

export const joined: Joined = {
  pages,
  start: () => {
    startFleet()
    startLastLook()
  },
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
}
