import { useQuery } from '@tanstack/react-query'
import { Command } from 'cmdk'
import { ArrowRight, Calculator, History, Search, Server, Zap } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import { useDeferredValue, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import { searchText } from '../../shared/searchText.ts'
import { Mark } from '../ui/Mark.tsx'
import { toggleFullScreen, toggleRail, toggleZone } from './actions.ts'
import { connection, orpc } from './client.ts'
import { findByName } from './findByName.ts'
import { fleet, useFleetTick } from './fleet.ts'
import { setOpen } from './frameState.ts'
import { useJoined } from './joined.ts'
import { toHost, toHosts, toPlanner, toServer, toSettings, toStream, toStreams } from './links.ts'
import { goToMoment, momentNow } from './moment.ts'
import { preferences, setPreferences } from './preferences.ts'
import { markOfServer, markOfStream, serverStateWords } from './StateMark.tsx'
import { languages } from './words/languages.ts'
import { worstFirst } from './worstFirst.ts'

const shownStreams = 30
const shownHosts = 8

/** Every page, server, stream and action by name. Only what is shown is drawn, so that 10,000 streams cost nothing. */
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
  readonly text: string
  readonly icon: React.ReactNode
  readonly name: React.ReactNode
  readonly hint?: React.ReactNode
  readonly run: () => void
}

function Choices({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const [typed, setTyped] = useState('')
  const query = useDeferredValue(typed)
  const [chosen, setChosen] = useState('')
  const { hello } = connection()
  const { pages } = useJoined()
  const go = (to: string) => () => void navigate(to)
  useFleetTick()

  const plain = (id: string, name: string, icon: React.ReactNode, run: () => void): Choice => ({ id, text: searchText(name), icon, name, run })
  const arrow = <ArrowRight size={14} aria-hidden="true" />
  const bolt = <Zap size={14} aria-hidden="true" />
  const pageChoices = pages.flatMap(({ path, to, title, icon: Icon }) =>
    Icon === null ? [] : [plain(`page ${path}`, t(`pages.${title}`), <Icon key={path} size={14} aria-hidden="true" />, go(to ?? path))],
  )
  const actionChoices = [
    plain('troubles', t('palette.troubles'), arrow, go(toStreams({ severity: ['critical', 'major', 'minor', 'warning'] }))),
    ...(momentNow() === null
      ? [plain('add', t('palette.addServer'), arrow, go(`${toSettings}?add`)), plain('add host', t('palette.addHost'), arrow, go(`${toHosts}?add`))]
      : []),
    plain('planner', t('palette.planner'), <Calculator key="planner" size={14} aria-hidden="true" />, go(toPlanner)),
    plain('moment', t('past.goTo'), <History key="moment" size={14} aria-hidden="true" />, () => setOpen('moment')),
    ...(momentNow() === null || hello?.bundle ? [] : [plain('now', t('past.back'), bolt, () => goToMoment(null))]),
    ...(['dark', 'light', 'system'] as const)
      .filter((theme) => theme !== preferences().theme)
      .map((theme) => plain(`theme ${theme}`, t(`palette.theme.${theme}`), bolt, () => setPreferences({ theme }))),
    plain('zone', t(`palette.zone.${preferences().zone === 'local' ? 'utc' : 'local'}`), bolt, toggleZone),
    plain('full', t('palette.fullScreen'), bolt, toggleFullScreen),
    plain('rail', t('palette.rail'), bolt, toggleRail),
    plain('keys', t('palette.keys'), bolt, () => setOpen('keys')),
    ...Object.entries(languages).map(([tag, { name }]) =>
      plain(`language ${tag}`, t('palette.language', { name }), bolt, () => setPreferences({ language: tag })),
    ),
  ]
  const serverChoices = worstFirst(fleet.servers()).map(
    (server): Choice => ({
      id: `server ${server.id}`,
      text: searchText(server.name),
      icon: <Mark kind={markOfServer(server.state)} />,
      name: server.name,
      hint: serverStateWords(server, t),
      run: go(toServer(server.id)),
    }),
  )
  const hosts = useQuery({ ...orpc.hosts.list.queryOptions(), staleTime: 30_000, structuralSharing: false })
  const hostChoices = (hosts.data ?? []).map(
    (host): Choice => ({
      id: `host ${host.id}`,
      text: searchText(`${host.name} ${host.ssh ?? ''}`),
      icon: <Server size={14} aria-hidden="true" />,
      name: host.name,
      hint: t(`hosts.state.${host.state}`),
      run: go(toHost(host.id)),
    }),
  )
  const rows = fleet.rows()
  const searchable = useMemo(() => rows.map((row) => ({ text: searchText(`${row.facts.path} ${row.serverName}`), row })), [rows])
  const streams = useMemo(
    () => (query.trim() === '' ? { found: [], total: 0 } : findByName(searchable, query, shownStreams, ({ row }) => row.severity !== null)),
    [searchable, query],
  )
  const found = {
    pages: findByName(pageChoices, query, 20).found,
    servers: findByName(serverChoices, query, serverChoices.length).found,
    // Without a word to look for there would be two long lists of nearly the same names.
    hosts: query.trim() === '' ? [] : findByName(hostChoices, query, shownHosts).found,
    actions: findByName(actionChoices, query, 20).found,
  }

  const searchId = 'search streams'
  const byName = query.trim() !== ''
  const order = [
    ...(byName ? found.servers.map(({ id }) => id) : []),
    ...found.hosts.map(({ id }) => id),
    ...streams.found.map(({ row }) => `stream ${row.key}`),
    ...(streams.total > 0 ? [searchId] : []),
    ...found.pages.map(({ id }) => id),
    ...(byName ? [] : found.servers.map(({ id }) => id)),
    ...found.actions.map(({ id }) => id),
  ]
  // Results come a moment after the letters: what was chosen stays while it is there, else the first one is.
  const selected = order.includes(chosen) ? chosen : (order[0] ?? '')

  const item = ({ id, icon, name, hint, run }: Choice) => (
    <Command.Item
      key={id}
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
  const group = (heading: string, children: React.ReactNode) => (
    <Command.Group
      heading={heading}
      className="[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-faint"
    >
      {children}
    </Command.Group>
  )
  const streamGroup =
    streams.total === 0
      ? null
      : group(
          t('palette.streams'),
          <>
            {streams.found.map(({ row }) =>
              item({
                id: `stream ${row.key}`,
                text: '',
                icon: <Mark kind={markOfStream(row.facts.state, row.severity)} />,
                name: (
                  <>
                    {row.facts.path} <span className="text-faint">· {row.serverName}</span>
                  </>
                ),
                hint: t(`streamState.${row.facts.state}`),
                run: go(toStream(row.facts.serverId, row.facts.path)),
              }),
            )}
            {item({
              id: searchId,
              text: '',
              icon: <Search size={14} aria-hidden="true" />,
              name: t('palette.searchStreams', { text: query.trim() }),
              hint: streams.total > shownStreams ? t('palette.foundStreams', { count: streams.total }) : undefined,
              run: go(toStreams({ q: query.trim() })),
            })}
          </>,
        )
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
        {found.pages.length + found.servers.length + found.hosts.length + found.actions.length + streams.total === 0 && (
          <p className="px-3 py-6 text-center text-muted">{t('palette.none')}</p>
        )}
        {found.servers.length > 0 && byName && group(t('palette.servers'), found.servers.map(item))}
        {found.hosts.length > 0 && group(t('palette.hosts'), found.hosts.map(item))}
        {streamGroup}
        {found.pages.length > 0 && group(t('palette.pages'), found.pages.map(item))}
        {found.servers.length > 0 && !byName && group(t('palette.servers'), found.servers.map(item))}
        {found.actions.length > 0 && group(t('palette.actions'), found.actions.map(item))}
      </Command.List>
      <div className="border-line border-t px-3.5 py-1.5 text-xs text-faint">{t('palette.hint')}</div>
    </Command>
  )
}
