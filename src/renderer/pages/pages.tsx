import { Activity, Bell, Camera, Film, Gauge, History, LayoutDashboard, LayoutGrid, type LucideIcon, RadioTower, Server, Settings, Users } from 'lucide-react'
import { type ComponentType, lazy } from 'react'
import type { Messages } from '../../shared/messageIds.ts'
import { toHelp } from '../app/links.ts'
import { AlarmCount } from '../fleet/inFrame.tsx'

/** Router, rail, keys and command palette are built from the list of pages alone. */
export interface PageRow {
  readonly path: string
  /** Under `pages` in the catalogue. */
  readonly title: keyof Messages['pages']
  /** In the rail; null: the page is reached by links only. */
  readonly icon: LucideIcon | null
  /** Marked in the rail while this one is shown; default: the one at the beginning of its address. */
  readonly under?: string
  readonly key: string | null
  /** `alarms` or `alarms#rules`; by the names of its tabs or sections in the address, with '' for all others. */
  readonly help: string | Readonly<Record<string, string>>
  /** Of the rail, the key and the palette; `path` by default. */
  readonly to?: string
  readonly Count?: ComponentType<{ readonly collapsed: boolean }>
  /** A bundle does not need it. */
  readonly setsUp?: true
  readonly page: ComponentType
  readonly load: () => Promise<unknown>
}

const page = (
  path: string,
  title: PageRow['title'],
  icon: PageRow['icon'],
  key: string | null,
  help: PageRow['help'],
  load: () => Promise<ComponentType>,
  more: Partial<PageRow> = {},
): PageRow => ({ path, title, icon, key, help, page: lazy(() => load().then((component) => ({ default: component }))), load, ...more })

const alarmsHelp = {
  '': 'alarms',
  history: 'alarms#the-ledger',
  load: 'alarms#is-it-too-much',
  availability: 'alarms-reference#availability',
  maintenance: 'alarms-reference#maintenance',
  rules: 'alarms-reference#rules',
  channels: 'alarms-reference#notifications',
} as const
const serverHelp = { '': 'window#servers', streams: 'window#streams', sessions: 'sessions', configuration: 'configuration' } as const
const settingsHelp = {
  '': 'start#mediamtx',
  streams: 'lifecycle',
  pictures: 'headless#snapshots',
  display: 'window#keys',
  notifications: 'alarms-reference#at-the-desk',
  history: 'history#what-is-kept',
  reports: 'shift#scheduled-reports',
  people: 'people',
  account: 'people#signing-in',
} as const

export const pages: readonly PageRow[] = [
  page('/', 'overview', LayoutDashboard, 'o', 'window#overview', () => import('./OverviewPage.tsx').then((file) => file.OverviewPage)),
  page('/streams', 'streams', Activity, 's', 'window#streams', () => import('./StreamList.tsx').then((file) => file.StreamsPage)),
  page('/cameras', 'cameras', Camera, 'c', 'cameras', () => import('./CamerasPage.tsx').then((file) => file.CamerasPage)),
  page('/cameras/:cameraId', 'camera', null, null, 'cameras', () => import('./CameraPage.tsx').then((file) => file.CameraPage)),
  page('/alarms', 'alarms', Bell, 'a', alarmsHelp, () => import('./AlarmsPage.tsx').then((file) => file.AlarmsPage), { Count: AlarmCount }),
  page('/handover', 'handover', null, null, 'shift#handing-over', () => import('./HandoverPage.tsx').then((file) => file.HandoverPage), { under: '/alarms' }),
  page('/wall', 'wall', LayoutGrid, 'w', 'wall', () => import('./WallPage.tsx').then((file) => file.WallPage)),
  page('/servers', 'servers', RadioTower, 'v', 'window#servers', () => import('./ServersPage.tsx').then((file) => file.ServersPage)),
  page('/sessions', 'sessions', Users, 'e', 'sessions', () => import('./SessionsPage.tsx').then((file) => file.SessionsPage)),
  page('/sessions/watched', 'watched', null, null, 'sessions#who-watches', () => import('./WatchedPage.tsx').then((file) => file.WatchedPage)),
  page('/recordings', 'recordings', Film, 'r', 'recordings', () => import('./RecordingsPage.tsx').then((file) => file.RecordingsPage)),
  page('/history', 'history', History, 'h', 'history', () => import('./HistoryPage.tsx').then((file) => file.HistoryPage)),
  page('/hosts', 'hosts', Server, 'm', 'hosts', () => import('./HostsPage.tsx').then((file) => file.HostsPage)),
  page('/hosts/:hostId', 'host', null, null, 'hosts#what-is-measured', () => import('./HostPage.tsx').then((file) => file.HostPage)),
  page('/probes', 'probes', Gauge, 'p', 'probes', () => import('./ProbesPage.tsx').then((file) => file.ProbesPage)),
  page('/probes/daily', 'daily', null, null, 'daily-check', () => import('./DailyCheckPage.tsx').then((file) => file.DailyCheckPage)),
  page('/planner', 'planner', null, null, 'hosts#sizing', () => import('./PlannerPage.tsx').then((file) => file.PlannerPage), { under: '/hosts' }),
  page('/servers/configurations', 'configurations', null, null, 'configuration#all-servers', () =>
    import('./ConfigurationsPage.tsx').then((file) => file.ConfigurationsPage),
  ),
  page('/servers/:serverId', 'server', null, null, serverHelp, () => import('./ServerPage.tsx').then((file) => file.ServerPage)),
  page('/servers/:serverId/streams/*', 'stream', null, null, 'window#one-stream', () => import('./StreamPage.tsx').then((file) => file.StreamPage), {
    under: '/streams',
  }),
  page('/settings/*', 'settings', Settings, ',', settingsHelp, () => import('./SettingsPage.tsx').then((file) => file.SettingsPage), {
    to: '/settings/servers',
  }),
  page('/help/*', 'help', null, null, 'start', () => import('./HelpPage.tsx').then((file) => file.HelpPage), { to: toHelp() }),
  page('/welcome', 'welcome', null, null, 'start', () => import('./WelcomePage.tsx').then((file) => file.WelcomePage), { setsUp: true }),
]
