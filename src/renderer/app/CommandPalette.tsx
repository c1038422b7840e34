import { useQuery } from '@tanstack/react-query'
import { Command } from 'cmdk'
import { ArrowRight, Gauge, History, LayoutGrid, type LucideIcon, Search, Server, Zap } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import { useDeferredValue, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import { searchText } from '../../shared/searchText.ts'
import { severities } from '../../shared/troubles.ts'
import { Mark } from '../ui/Mark.tsx'
import { toggleFullScreen, toggleRail, toggleZone } from './actions.ts'
import { connection, orpc } from './client.ts'
import { findByName } from './findByName.ts'
import { fleet, useFleetTick } from './fleet.ts'
import { searchableStreams } from './foundStreams.ts'
import { setOpen, useBare } from './frameState.ts'
import { type PageRow, useJoined } from './joined.ts'
import { toHost, toHosts, toProbe, toProbes, toServer, toSettings, toStream, toStreams, toWall, toWelcome } from './links.ts'
import { goToMoment, momentNow } from './moment.ts'
import { preferences, setPreferences } from './preferences.ts'
import { markOfServer, markOfStream, serverStateWords } from './StateMark.tsx'
import { languages } from './words/languages.ts'
import { worstFirst } from './worstFirst.ts'

const shownStreams = 30
const shownHosts = 8
const shownProbes = 8

/** Finds every page, server, stream, host, probe, wall and action by name. Only the results shown are rendered, so that 10,000 streams cost nothing. */
export function CommandPalette({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation()
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-black/55" />
        <Radix.Content
          aria-describedby={undefined}
          className="fixed top-[12vh] left-1/2 z-40 w-[640px] max-w-[94vw] -translate-x-1/2 overflow-hidden rounded-lg border border-line-strong bg-surface shadow-float"
        >
          <Radix.Title className="sr-only">{t('palette.title')}</Radix.Title>
          <Choices onClose={onClose} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

interface Choice {
  readonly id: string
  readonly icon: React.ReactNode
  readonly name: React.ReactNode
  readonly hint?: React.ReactNode
  readonly run: () => void
}
/** A choice that is found by its name. */
interface NamedChoice extends Choice {
  readonly text: string
}
interface ChoiceGroup {
  readonly heading: string
  readonly choices: readonly Choice[]
}

const iconPx = { size: 14, 'aria-hidden': 'true' } as const
const plain = (id: string, name: string, Icon: LucideIcon, run: () => void): NamedChoice => ({
  id,
  text: searchText(name),
  icon: <Icon {...iconPx} />,
  name,
  run,
})
/** Leads to the list of all that match. */
const wholeList = (id: string, name: string, hint: string | undefined, run: () => void): Choice => ({ ...plain(id, name, Search, run), hint })

function useGo() {
  const navigate = useNavigate()
  return (to: string) => () => void navigate(to)
}

/** The icon of a page, or of the page above it in the address. */
function iconOf(page: PageRow, pages: readonly PageRow[]): LucideIcon {
  const above = pages.filter(({ icon, path }) => icon !== null && page.path.startsWith(`${path}/`))
  return page.icon ?? above.at(-1)?.icon ?? ArrowRight
}

/** Every page but those of one server, host or stream, which are found by its name. */
function usePageChoices(): readonly NamedChoice[] {
  const { t } = useTranslation()
  const go = useGo()
  const { pages } = useJoined()
  // A bundle has nothing to set up.
  const { hello } = connection()
  return pages
    .filter(({ path, to }) => !(to ?? path).includes(':') && !(path === toWelcome && hello?.bundle))
    .map((page) => {
      const { path, to, title, about } = page
      const hint = about === undefined ? undefined : t(`palette.about.${about}`)
      const choice = plain(`page ${path}`, t(`pages.${title}`), iconOf(page, pages), go(to ?? path))
      return { ...choice, text: searchText(`${t(`pages.${title}`)} ${hint ?? ''}`), hint }
    })
}

function useActionChoices(): readonly NamedChoice[] {
  const { t } = useTranslation()
  const go = useGo()
  const { hello } = connection()
  const past = momentNow() !== null
  const bare = useBare()
  const { theme: shownTheme, zone } = preferences()
  return [
    plain('troubles', t('palette.troubles'), ArrowRight, go(toStreams({ severity: ['critical', 'major', 'minor', 'warning'] }))),
    ...(past
      ? []
      : [
          plain('add', t('palette.addServer'), ArrowRight, go(`${toSettings}?add`)),
          plain('add host', t('palette.addHost'), ArrowRight, go(`${toHosts}?add`)),
          plain('add probe', t('palette.addProbe'), ArrowRight, go(`${toProbes}?add`)),
        ]),
    ...(past || !bare ? [plain('moment', t('past.goTo'), History, () => setOpen('moment'))] : []),
    ...(past && !hello?.bundle ? [plain('now', t('past.back'), Zap, () => goToMoment(null))] : []),
    ...(['dark', 'light', 'system'] as const)
      .filter((theme) => theme !== shownTheme)
      .map((theme) => plain(`theme ${theme}`, t(`palette.theme.${theme}`), Zap, () => setPreferences({ theme }))),
    plain('zone', t(`palette.zone.${zone === 'local' ? 'utc' : 'local'}`), Zap, toggleZone),
    plain('full', t('palette.fullScreen'), Zap, toggleFullScreen),
    plain('rail', t('palette.rail'), Zap, toggleRail),
    plain('keys', t('palette.keys'), Zap, () => setOpen('keys')),
    ...Object.entries(languages).map(([tag, { name }]) =>
      plain(`language ${tag}`, t('palette.language', { name }), Zap, () => setPreferences({ language: tag })),
    ),
  ]
}

/** Servers, those in trouble first. */
function useServerChoices(): readonly NamedChoice[] {
  const { t } = useTranslation()
  const go = useGo()
  useFleetTick()
  return worstFirst(fleet.servers()).map((server) => ({
    id: `server ${server.id}`,
    text: searchText(server.name),
    icon: <Mark kind={markOfServer(server.state, fleet.severityOfServer(server.id))} />,
    name: server.name,
    hint: serverStateWords(server, t),
    run: go(toServer(server.id)),
  }))
}

/** A choice that is found by its name, and shown before others that match as well if it is in trouble. */
interface JudgedChoice extends NamedChoice {
  /** The greater, the worse; 0: not in trouble. */
  readonly trouble: number
}

/** Matching choices, those in trouble first; where there are more than are shown, a link to the list of all of them. */
function matching(choices: readonly JudgedChoice[], query: string, limit: number, all: (total: number) => Choice): readonly Choice[] {
  if (query === '') return []
  const worst = [...choices].sort((a, b) => b.trouble - a.trouble)
  const { found, total } = findByName(worst, query, limit, ({ trouble }) => trouble > 0)
  return total > found.length ? [...found, all(total)] : found
}

function useHostChoices(query: string): readonly Choice[] {
  const { t } = useTranslation()
  const go = useGo()
  const hosts = useQuery({ ...orpc.hosts.list.queryOptions(), staleTime: 30_000, structuralSharing: false })
  const choices = (hosts.data ?? []).map((host) => ({
    id: `host ${host.id}`,
    text: searchText(`${host.name} ${host.ssh ?? ''}`),
    icon: <Server {...iconPx} />,
    name: host.name,
    hint: t(`hosts.state.${host.state}`),
    run: go(toHost(host.id)),
    trouble: host.state === 'down' || host.state === 'waiting' ? 1 : 0,
  }))
  return matching(choices, query, shownHosts, (count) =>
    wholeList(
      'search hosts',
      t('palette.searchHosts', { text: query }),
      t('palette.foundHosts', { count }),
      go(`${toHosts}?${new URLSearchParams({ q: query })}`),
    ),
  )
}

function useProbeChoices(query: string): readonly Choice[] {
  const { t } = useTranslation()
  const go = useGo()
  const probes = useQuery({ ...orpc.probes.list.queryOptions(), staleTime: 30_000, structuralSharing: false })
  const choices = (probes.data ?? []).map(({ id, name, url, project, severity, state }) => ({
    id: `probe ${id}`,
    text: searchText(`${name} ${project} ${url}`),
    icon: severity === null ? <Gauge {...iconPx} /> : <Mark kind={severity} />,
    name,
    hint: [...(severity === null ? [] : [t(`severity.${severity}`)]), ...(project === '' ? [] : [project])].join(' · '),
    run: go(toProbe(id)),
    trouble: severity !== null ? 1 + severities.length - severities.indexOf(severity) : state === 'down' ? 1 : 0,
  }))
  return matching(choices, query, shownProbes, (count) =>
    wholeList(
      'search probes',
      t('palette.searchProbes', { text: query }),
      t('palette.foundProbes', { count }),
      go(`${toProbes}?${new URLSearchParams({ q: query })}`),
    ),
  )
}

function useWallChoices(): readonly NamedChoice[] {
  const { t } = useTranslation()
  const go = useGo()
  const walls = useQuery({ ...orpc.walls.list.queryOptions(), staleTime: 30_000 })
  return (walls.data ?? []).map(({ id, name, kind }) =>
    plain(`wall ${id}`, name ?? t(kind === 'penalty' ? 'wall.penalty' : 'wall.all'), LayoutGrid, go(`${toWall}?${new URLSearchParams({ wall: id })}`)),
  )
}

/** Matching streams, those in trouble first, and a link to the list of all of them. */
function useStreamChoices(query: string): readonly Choice[] {
  const { t } = useTranslation()
  const go = useGo()
  useFleetTick()
  const searchable = searchableStreams()
  const { found, total } = useMemo(
    () => (query === '' ? { found: [], total: 0 } : findByName(searchable, query, shownStreams, ({ row }) => row.severity !== null)),
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
    wholeList(
      'search streams',
      t('palette.searchStreams', { text: query }),
      total > shownStreams ? t('palette.foundStreams', { count: total }) : undefined,
      go(toStreams({ q: query })),
    ),
  ]
}

/** Results in display order. */
function useChoices(query: string): readonly ChoiceGroup[] {
  const { t } = useTranslation()
  const allServers = useServerChoices()
  const servers = { heading: t('palette.servers'), choices: findByName(allServers, query, allServers.length).found }
  const hosts = { heading: t('palette.hosts'), choices: useHostChoices(query) }
  const probes = { heading: t('palette.probes'), choices: useProbeChoices(query) }
  const streams = { heading: t('palette.streams'), choices: useStreamChoices(query) }
  // There are few of these.
  const walls = { heading: t('pages.wall'), choices: findByName(useWallChoices(), query, Infinity).found }
  const pages = { heading: t('palette.pages'), choices: findByName(usePageChoices(), query, Infinity).found }
  const actions = { heading: t('palette.actions'), choices: findByName(useActionChoices(), query, Infinity).found }
  // Without a query, the lists of hosts, streams, probes and walls would be long and nearly repeat the servers' names.
  const groups = query === '' ? [pages, servers, actions] : [servers, hosts, streams, probes, walls, pages, actions]
  return groups.filter(({ choices }) => choices.length > 0)
}

function Choices({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation()
  const [typed, setTyped] = useState('')
  const groups = useChoices(useDeferredValue(typed).trim())
  const [chosen, setChosen] = useState('')
  const order = groups.flatMap(({ choices }) => choices.map(({ id }) => id))
  // Results arrive a moment after typing: the selection stays if it is still there, otherwise the first result is selected.
  const selected = order.includes(chosen) ? chosen : (order[0] ?? '')
  return (
    <Command shouldFilter={false} label={t('palette.title')} loop value={selected} onValueChange={setChosen}>
      <div className="flex items-center gap-2.5 border-line border-b px-3.5">
        <Search size={16} className="flex-none text-faint" aria-hidden="true" />
        <Command.Input
          autoFocus
          value={typed}
          onValueChange={(text) => {
            setTyped(text)
            setChosen('')
          }}
          placeholder={t('palette.placeholder')}
          className="h-11 w-full bg-transparent text-lg outline-none placeholder:text-faint"
        />
      </div>
      <Command.List label={t('palette.title')} className="max-h-[52vh] overflow-y-auto p-1.5">
        {groups.length === 0 && <p className="px-3 py-6 text-center text-muted">{t('palette.none')}</p>}
        {groups.map(({ heading, choices }) => (
          <Command.Group
            key={heading}
            heading={heading}
            className="[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-faint"
          >
            {choices.map((choice) => (
              <ChoiceItem key={choice.id} choice={choice} onClose={onClose} />
            ))}
          </Command.Group>
        ))}
      </Command.List>
      <div className="border-line border-t px-3.5 py-1.5 text-xs text-faint">{t('palette.hint')}</div>
    </Command>
  )
}

const ChoiceItem = ({ choice: { id, icon, name, hint, run }, onClose }: { readonly choice: Choice; readonly onClose: () => void }) => (
  <Command.Item
    value={id}
    onSelect={() => {
      onClose()
      run()
    }}
    className="flex min-h-[30px] cursor-pointer items-center gap-2.5 rounded-md px-2.5 py-1 data-[selected=true]:bg-accent-soft"
  >
    <span className="flex w-4 flex-none justify-center text-faint">{icon}</span>
    <span className="min-w-0 truncate">{name}</span>
    {hint !== undefined && <span className="ml-auto flex-none text-sm text-faint">{hint}</span>}
  </Command.Item>
)
