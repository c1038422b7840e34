import { ArrowRight, Bell, CircleQuestionMark, Lock, type LucideIcon, Settings } from 'lucide-react'
import { lockNow } from '../accounts/DeskLock.tsx'
import { act } from '../app/act.ts'
import { manualChoice, type NamedChoice, plainChoice, useGo } from '../app/choices.tsx'
import { findByName } from '../app/findByName.ts'
import type { FoundChoices } from '../app/joined.ts'
import { toCameras, toHandover, toHelpSearch, toHosts, toProbes, toSettings, toStreams } from '../app/links.ts'
import { momentNow } from '../app/moment.ts'
import { t } from '../app/words.ts'
import { useCameraChoices } from '../cameras/cameraChoices.tsx'
import { useCameraRights } from '../cameras/useCameras.ts'
import { useMay, useMe } from '../fleet/me.tsx'
import { useHostChoices } from '../hosts/hostChoices.tsx'
import { useProbeChoices } from '../probes/probeChoices.tsx'
import { useServerChoices } from '../servers/serverChoices.tsx'
import { useStreamChoices } from '../streams/streamChoices.tsx'
import { useWallChoices } from '../walls/wallChoices.ts'

/** What the command palette finds of cameras, servers, hosts, streams, probes and walls. Only the results shown are rendered, so that 10,000 streams cost nothing. */
export function useFoundChoices(query: string): FoundChoices {
  const allServers = useServerChoices()
  const servers = { heading: t('common.servers'), choices: findByName(allServers, query, allServers.length).found }
  const hosts = { heading: t('common.hosts'), choices: useHostChoices(query) }
  const probes = { heading: t('common.probes'), choices: useProbeChoices(query) }
  const cameras = { heading: t('pages.cameras'), choices: useCameraChoices(query) }
  const streams = { heading: t('common.streams'), choices: useStreamChoices(query) }
  const manual = plainChoice(manualChoice, t('help.searchFor', { query }), CircleQuestionMark, useGo()(toHelpSearch(query)))
  const walls = { heading: t('pages.wall'), choices: findByName(useWallChoices(), query, Infinity).found }
  const actions = [...useNounActions(), ...(query === '' ? [] : [manual])]
  // Without a query, the lists of hosts, streams, probes and walls would be long and nearly repeat the servers' names.
  return { places: usePlaces(), groups: query === '' ? [cameras, servers] : [cameras, servers, hosts, streams, probes, walls], actions }
}

const keysOf = <Key extends string>(of: Readonly<Record<Key, unknown>>) => Object.keys(of) as Key[]

/** Tabs of Alarms and sections of Settings, without those that their pages begin with. */
function usePlaces(): readonly NamedChoice[] {
  const go = useGo()
  const place = (to: string, name: string, Icon: LucideIcon) => plainChoice(`place ${to}`, name, Icon, go(to))
  return [
    ...keysOf(alarmTabText).flatMap((tab) => (tab === 'now' ? [] : [place(`/alarms?tab=${tab}`, `${t('pages.alarms')} · ${t(alarmTabText[tab])}`, Bell)])),
    ...keysOf(settingsSectionText).flatMap((section) =>
      section === 'servers' ? [] : [place(`/settings/${section}`, `${t('pages.settings')} · ${t(settingsSectionText[section])}`, Settings)],
    ),
  ]
}

function useNounActions(): readonly NamedChoice[] {
  const may = useMay('administer')
  const go = useGo()
  const { moderates } = useCameraRights()
  const lock = useMe().data?.lock
  return [
    ...(lock?.isSet && !lock.isLocked ? [plainChoice('lock', t('people.lock.now'), Lock, () => void act(lockNow()))] : []),
    plainChoice('troubles', t('palette.troubles'), ArrowRight, go(toStreams({ severity: ['critical', 'major', 'minor', 'warning'] }))),
    ...(momentNow() === null && moderates ? [plainChoice('add camera', t('cameras.add'), ArrowRight, go(`${toCameras}?add`))] : []),
    ...(momentNow() !== null || !may
      ? []
      : [
          plainChoice('handover', t('shift.handOver'), ArrowRight, go(toHandover)),
          plainChoice('add', t('common.addAServer'), ArrowRight, go(`${toSettings}?add`)),
          plainChoice('add host', t('common.addAHost'), ArrowRight, go(`${toHosts}?add`)),
          plainChoice('add probe', t('common.addAProbe'), ArrowRight, go(`${toProbes}?add`)),
        ]),
  ]
}

/** What the tabs of Alarms are called. */
export const alarmTabText = {
  now: 'common.now',
  history: 'alarms.tab.history',
  load: 'alarms.tab.load',
  availability: 'common.availability',
  maintenance: 'common.maintenance',
  rules: 'alarms.tab.rules',
  channels: 'channels.title',
} as const

/** What the sections of Settings are called. */
export const settingsSectionText = {
  servers: 'common.servers',
  streams: 'common.streams',
  pictures: 'settings.sections.pictures',
  display: 'settings.sections.display',
  notifications: 'settings.sections.notifications',
  history: 'pages.history',
  reports: 'settings.sections.reports',
  people: 'people.title',
  account: 'people.account',
  about: 'settings.sections.about',
} as const
