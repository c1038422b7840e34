import { Calculator, Plus } from 'lucide-react'
import { useMemo } from 'react'
import { Link, useNavigate } from 'react-router'
import type { Host } from '../../shared/hosts.ts'
import { useKeys } from '../app/keys.ts'
import { Middle, PageNotLoaded } from '../app/Loaded.tsx'
import { toHost, toHosts, toPlanner } from '../app/links.ts'
import { FilterChips } from '../app/lists.tsx'
import { useMoment } from '../app/moment.ts'
import { usePageParams } from '../app/usePageParams.ts'
import { t } from '../app/words.ts'
import { useServers, useShownMoment } from '../fleet/fleet.ts'
import { May, useMay } from '../fleet/me.tsx'
import { NothingWatched } from '../fleet/NothingThere.tsx'
import { HostDialog } from '../hosts/HostDialog.tsx'
import { HostsTable } from '../hosts/HostsTable.tsx'
import { filterHosts, type HostView, orderHosts } from '../hosts/hostFigures.ts'
import { markOfHost } from '../hosts/hostMarks.tsx'
import { hostFailureText, useHosts, useHostViews } from '../hosts/useHosts.ts'
import { Banner } from '../ui/Banner.tsx'
import { Button, buttonLinkClass } from '../ui/Button.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { SearchField } from '../ui/SearchField.tsx'

const states = ['waiting', 'down', 'connecting', 'up', 'paused', 'unknown'] as const satisfies readonly HostView['state'][]
function useHostsAddress() {
  const [params, set] = usePageParams()
  return {
    text: params.get('q') ?? '',
    wanted: states.filter((state) => (params.get('state') ?? '').split(',').includes(state)),
    editedId: params.get('edit'),
    adds: params.get('add'),
    set,
    add: () => set({ add: true }, false),
  }
}

export function HostsPage() {
  const past = useMoment() !== null
  const may = useMay('administer')
  const { hosts, known, failed } = useHosts()
  const views = useHostViews(hosts)
  const servers = useServers()
  const { text, wanted, editedId, adds, set, add } = useHostsAddress()
  // biome-ignore lint/correctness/useExhaustiveDependencies: wanted is a new list at each render; its joined text says when it changes
  const shown = useMemo(() => orderHosts(filterHosts(views ?? [], text, wanted)), [views, text, wanted.join()])
  const serverName = (id: string) => servers.find((server) => server.id === id)?.name ?? null
  const edited = hosts.find((host) => host.id === editedId && host.origin === 'stored') ?? null
  useKeys('page', past ? [] : [{ keys: 'n', words: t('common.addAHost'), run: add }])
  return (
    <>
      <div className="flex flex-none flex-wrap items-center gap-x-2.5 gap-y-2">
        <h1 className="font-[650] text-xl">{t('common.hosts')}</h1>
        {hosts.length > 0 && (
          <>
            <SearchField label={t('hosts.search')} width={220} text={text} onText={(q) => set({ q })} />
            <FilterChips
              values={states}
              countOf={(state) => (views ?? []).filter((view) => view.state === state).length}
              wanted={wanted}
              onWanted={(next) => set({ state: next.join(',') })}
              markOf={markOfHost}
              nameOf={(state) => t(`serverState.${state}`)}
            />
          </>
        )}
        <div className="ml-auto flex items-center gap-2">
          <Link to={toPlanner} className={buttonLinkClass}>
            <Calculator size={13} aria-hidden="true" /> {t('pages.planner')}
          </Link>
          {!past && may && <Button icon={Plus} look="primary" onClick={add} text={t('common.addAHost')} />}
        </div>
      </div>
      {failed !== null || !known || views === null ? (
        <PageNotLoaded failed={failed} rows={12} rowClass="h-7" />
      ) : hosts.length === 0 ? (
        <NoHosts onAddHere={() => set({ add: 'here' }, false)} />
      ) : (
        <HostsList hosts={hosts} shown={shown} serverName={serverName} />
      )}
      {!past && (adds !== null || edited !== null) && (
        <HostDialog
          key={edited?.id ?? 'new'}
          host={edited}
          servers={servers}
          start={adds === 'here' ? { machine: 'here', intervalSeconds: '2' } : {}}
          onClose={() => set({ edit: null, add: null })}
        />
      )}
    </>
  )
}

function NoHosts({ onAddHere }: { readonly onAddHere: () => void }) {
  return (
    <NothingWatched
      title={t('hosts.none')}
      text={t('hosts.noneText')}
      actions={
        <May needs="administer">
          <Button onClick={onAddHere}>{t('common.addThisMachine')}</Button>
        </May>
      }
    />
  )
}

/** Failures that the network of this console's own machine explains. */
const networkKinds: ReadonlySet<string | undefined> = new Set(['noRoute', 'timeout', 'nameNotFound', 'closed'])

interface HostsListProps {
  readonly hosts: readonly Host[]
  readonly shown: readonly HostView[]
  readonly serverName: (id: string) => string | null
}
function HostsList({ hosts, shown, serverName }: HostsListProps) {
  const navigate = useNavigate()
  const past = useMoment() !== null
  const moment = useShownMoment()
  const { text, wanted, set } = useHostsAddress()
  const watched = hosts.filter(({ state }) => state !== 'paused')
  const allFail = !past && watched.length > 1 && watched.every(({ state, error }) => state === 'down' && networkKinds.has(error?.kind))
  const error = allFail ? watched[0]?.error : null
  /** A host of the configuration file can't be edited, but its key can be accepted on its page. */
  const answer = (id: string) => {
    const host = hosts.find((one) => one.id === id)
    if (host?.origin === 'stored') set({ edit: id }, false)
    else void navigate(host === undefined ? toHosts : toHost(id))
  }
  return (
    <>
      {error && (
        <Banner kind="major" title={t('hosts.allFail')}>
          {t('hosts.allFailText', { words: hostFailureText(error) })}
        </Banner>
      )}
      {past && <p className="flex-none text-faint text-sm">{t('hosts.notThen')}</p>}
      {shown.length === 0 ? (
        <Middle>
          <EmptyState title={t('common.nothingFound')} actions={<Button onClick={() => set({ q: null, state: null })}>{t('common.clearFilters')}</Button>} />
        </Middle>
      ) : (
        <HostsTable
          views={shown}
          onOpen={(id) => void navigate(toHost(id))}
          onAnswer={answer}
          serverName={serverName}
          occasion={`${moment} ${text} ${wanted.join()}`}
        />
      )}
    </>
  )
}
