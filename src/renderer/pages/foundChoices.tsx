import { useQuery } from '@tanstack/react-query'
import {
  ArrowRight,
  Bell,
  Camera as CameraIcon,
  CircleQuestionMark,
  Gauge,
  LayoutGrid,
  Lock,
  type LucideIcon,
  Search,
  Server,
  Settings,
  Star,
} from 'lucide-react'
import { type ReactNode, useMemo } from 'react'
import { useNavigate } from 'react-router'
import type { Camera } from '../../shared/cameras.ts'
import { searchText } from '../../shared/searchText.ts'
import { type Severity, severities } from '../../shared/severities.ts'
import { lockNow } from '../accounts/DeskLock.tsx'
import { act } from '../app/act.ts'
import { orpc } from '../app/client.ts'
import { findByName } from '../app/findByName.ts'
import {
  toCamera,
  toCameras,
  toHandover,
  toHelpSearch,
  toHost,
  toHosts,
  toProbe,
  toProbes,
  toServer,
  toSettings,
  toStream,
  toStreams,
  toWall,
} from '../app/links.ts'
import { momentNow } from '../app/moment.ts'
import { t } from '../app/words.ts'
import { useCameraRights, useCameras } from '../cameras/useCameras.ts'
import { fleet, useFleetTick } from '../fleet/fleet.ts'
import { worstFirst } from '../fleet/fleetFigures.ts'
import { searchableStreams } from '../fleet/foundStreams.ts'
import { useMay, useMe } from '../fleet/me.tsx'
import { markOfServer, markOfStream, serverStateText } from '../fleet/StateMark.tsx'
import { Mark } from '../ui/Mark.tsx'

export interface Choice {
  readonly id: string
  readonly icon: ReactNode
  readonly name: ReactNode
  readonly hint?: ReactNode
  readonly run: () => void
}
export interface NamedChoice extends Choice {
  readonly text: string
}
/** One in trouble is shown before others that match as well. */
interface EvaluatedChoice extends NamedChoice {
  readonly trouble: number
}
export interface ChoiceGroup {
  readonly heading: string
  readonly choices: readonly Choice[]
}

function ChoiceIcon({ of: Icon }: { readonly of: LucideIcon }) {
  return <Icon size={14} aria-hidden="true" />
}

export function plainChoice(id: string, name: string, Icon: LucideIcon, run: () => void): NamedChoice {
  return { id, text: searchText(name), icon: <ChoiceIcon of={Icon} />, name, run }
}
/** The offer to look something up in the manual, which is made for whatever is typed and so is no find. */
export const manualChoice = 'manual'
function wholeList(page: 'hosts' | 'probes' | 'cameras' | 'streams', query: string, hint: string | undefined, go: ReturnType<typeof useGo>): Choice {
  const name = t('palette.searchIn', { text: query, page: t(`pages.${page}`) })
  return { ...plainChoice(`search ${page}`, name, Search, go(`/${page}?${new URLSearchParams({ q: query })}`)), hint }
}

export function useGo(): (to: string) => () => void {
  const navigate = useNavigate()
  return (to) => () => void navigate(to)
}

const mostChoices = 8
/** Those in trouble first; if there are more than are shown, with a link to the list of all of them. */
function matching(choices: readonly EvaluatedChoice[], query: string, page: Parameters<typeof wholeList>[0], go: ReturnType<typeof useGo>): readonly Choice[] {
  if (query === '') return []
  const worst = [...choices].sort((a, b) => b.trouble - a.trouble)
  const { found, total } = findByName(worst, query, mostChoices, ({ trouble }) => trouble > 0)
  return total > found.length ? [...found, wholeList(page, query, t('common.countFound', { count: total }), go)] : found
}

/** Only the results shown are rendered, so that 10,000 streams cost nothing. */
export function useFoundChoices(query: string) {
  const allServers = useServerChoices()
  const servers = { heading: t('common.servers'), choices: findByName(allServers, query, allServers.length).found }
  const hosts = { heading: t('common.hosts'), choices: useHostChoices(query) }
  const probes = { heading: t('common.probes'), choices: useProbeChoices(query) }
  const cameras = { heading: t('pages.cameras'), choices: useCameraChoices(query) }
  const streams = { heading: t('common.streams'), choices: useStreamChoices(query) }
  const manual = plainChoice(manualChoice, t('help.searchFor', { query }), CircleQuestionMark, useGo()(toHelpSearch(query)))
  const walls = { heading: t('pages.wall'), choices: findByName(useWallChoices(), query, Infinity).found }
  const actions = [...useNounActions(), ...(query === '' ? [] : [manual])]
  // Otherwise the lists would be long and nearly repeat the servers' names.
  return { places: usePlaces(), groups: query === '' ? [cameras, servers] : [cameras, servers, hosts, streams, probes, walls], actions }
}

export const alarmTabText = {
  now: 'common.now',
  history: 'alarms.tab.history',
  load: 'alarms.tab.load',
  availability: 'common.availability',
  maintenance: 'common.maintenance',
  rules: 'alarms.tab.rules',
  channels: 'channels.title',
} as const

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

/** Favourites first; without a query only those. */
function useCameraChoices(query: string): readonly Choice[] {
  const go = useGo()
  const { cameras } = useCameras(true)
  const offered = query === '' ? cameras.filter(({ isFavourite }) => isFavourite).slice(0, mostChoices) : cameras
  const choices = offered.map((camera) => {
    const { id, name, project, isFavourite, now } = camera
    const shown = ofSeverity(now.severity, project, isFavourite ? Star : CameraIcon)
    return { ...shown, id: `camera ${id}`, text: textOfCamera(camera), name, run: go(toCamera(id)), trouble: (isFavourite ? 100 : 0) + shown.trouble }
  })
  if (query === '') return choices
  return matching(choices, query, 'cameras', go)
}

/** Mark and rank of something with an alarm, with its project. */
function ofSeverity(severity: Severity | null, project: string, icon: LucideIcon) {
  return {
    icon: severity === null ? <ChoiceIcon of={icon} /> : <Mark kind={severity} />,
    hint: [severity === null ? '' : t(`severity.${severity}`), project].filter(Boolean).join(' · '),
    trouble: severity === null ? 0 : 1 + severities.length - severities.indexOf(severity),
  }
}

/** Made once for each answer, not at each key stroke. */
const cameraTexts = new WeakMap<Camera, string>()
function textOfCamera(camera: Camera): string {
  const text = cameraTexts.get(camera) ?? searchText(`${camera.name} ${camera.project} ${camera.place}`)
  cameraTexts.set(camera, text)
  return text
}

function useServerChoices(): readonly NamedChoice[] {
  const go = useGo()
  useFleetTick()
  return worstFirst(fleet.servers()).map((server) => ({
    id: `server ${server.id}`,
    text: searchText(server.name),
    icon: <Mark kind={markOfServer(server.state, fleet.severityOfServer(server.id))} />,
    name: server.name,
    hint: serverStateText(server, t),
    run: go(toServer(server.id)),
  }))
}

function useHostChoices(query: string): readonly Choice[] {
  const go = useGo()
  const hosts = useQuery({ ...orpc.hosts.list.queryOptions(), staleTime: 30_000, structuralSharing: false })
  const choices = (hosts.data ?? []).map((host) => ({
    id: `host ${host.id}`,
    text: searchText(`${host.name} ${host.ssh ?? ''}`),
    icon: <ChoiceIcon of={Server} />,
    name: host.name,
    hint: t(`serverState.${host.state}`),
    run: go(toHost(host.id)),
    trouble: host.state === 'down' || host.state === 'waiting' ? 1 : 0,
  }))
  return matching(choices, query, 'hosts', go)
}

const mostStreams = 30

function useStreamChoices(query: string): readonly Choice[] {
  const go = useGo()
  useFleetTick()
  const searchable = searchableStreams()
  const { found, total } = useMemo(
    () => (query === '' ? { found: [], total: 0 } : findByName(searchable, query, mostStreams, ({ row }) => row.severity !== null)),
    [searchable, query],
  )
  if (total === 0) return []
  return [
    ...found.map(({ row }) => ({
      id: `stream ${row.key}`,
      icon: <Mark kind={markOfStream(row.facts.state, row.severity)} />,
      name: (
        <>
          {row.facts.path} <span className="text-faint">· {row.serverName}</span>
        </>
      ),
      hint: t(`streamState.${row.facts.state}`),
      run: go(toStream(row.facts.serverId, row.facts.path)),
    })),
    wholeList('streams', query, total > mostStreams ? t('common.countFound', { count: total }) : undefined, go),
  ]
}

function useProbeChoices(query: string): readonly Choice[] {
  const go = useGo()
  const probes = useQuery({ ...orpc.probes.list.queryOptions(), staleTime: 30_000, structuralSharing: false })
  const choices = (probes.data ?? []).map(({ id, name, url, project, severity, state }) => {
    const shown = ofSeverity(severity, project, Gauge)
    const trouble = shown.trouble || (state === 'down' ? 1 : 0)
    return { ...shown, id: `probe ${id}`, text: searchText(`${name} ${project} ${url}`), name, run: go(toProbe(id)), trouble }
  })
  return matching(choices, query, 'probes', go)
}

function useWallChoices(): readonly NamedChoice[] {
  const go = useGo()
  const walls = useQuery({ ...orpc.walls.list.queryOptions(), staleTime: 30_000 })
  return (walls.data ?? []).map(({ id, name, kind }) =>
    plainChoice(
      `wall ${id}`,
      name ?? t(kind === 'penalty' ? 'wall.penalty' : 'common.allStreams'),
      LayoutGrid,
      go(`${toWall}?${new URLSearchParams({ wall: id })}`),
    ),
  )
}

const keysOf = <Key extends string>(of: Readonly<Record<Key, unknown>>) => Object.keys(of) as Key[]

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
