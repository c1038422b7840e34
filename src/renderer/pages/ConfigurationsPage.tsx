import { type ReactNode, useCallback, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { longestConfigurationSearch, mostCompared } from '../../shared/configurations.ts'
import type { Server } from '../../shared/servers.ts'
import { failureWords } from '../app/failureWords.ts'
import { toConfigurations } from '../app/links.ts'
import { usePageParams, withParams } from '../app/usePageParams.ts'
import { useFleetKnown, useServers, useShownMoment } from '../fleet/fleet.ts'
import { againstColumns, comparedColumns, foundColumns, oddColumns, placeKey } from '../servers/comparedColumns.tsx'
import { type AskedSettings, useComparison, useFoundSettings, useOddSettings } from '../servers/useConfigurations.ts'
import { Chip } from '../ui/Chip.tsx'
import { DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Panel } from '../ui/Panel.tsx'
import { SearchField } from '../ui/SearchField.tsx'
import { Select } from '../ui/Select.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { ServersTabs } from './ServersTabs.tsx'

const views = ['odd', 'compare', 'search'] as const
type View = (typeof views)[number]
const rowPx = 31

/** What the page's address says. */
function useConfigurationsAddress() {
  const [params, setParams] = usePageParams()
  const set = useCallback(
    (change: Readonly<Record<string, string | null>>) => setParams((before) => withParams(before, change), { replace: true }),
    [setParams],
  )
  const view: View = views.find((one) => one === params.get('view')) ?? 'odd'
  return {
    view,
    text: params.get('q') ?? '',
    tag: params.get('tag'),
    one: params.get('one'),
    other: params.get('other'),
    own: params.has('own'),
    same: params.has('same'),
    set,
  }
}
type Address = ReturnType<typeof useConfigurationsAddress>

/** Configurations of all servers: who is not configured as most, two compared, and any setting found. */
export function ConfigurationsPage() {
  const { t } = useTranslation()
  const known = useFleetKnown()
  const servers = useServers()
  const at = useShownMoment()
  const address = useConfigurationsAddress()
  const asked = { q: address.text.trim().slice(0, longestConfigurationSearch), own: address.own, tag: address.tag, at }
  return (
    <>
      <h1 className="sr-only">{t('pages.configurations')}</h1>
      <ServersTabs at={toConfigurations} />
      {!known ? (
        <Panel className="flex-1">
          <SkeletonRows rows={10} />
        </Panel>
      ) : servers.length === 0 ? (
        <EmptyState title={t(at !== null ? 'past.nothingKept' : 'common.noServersYet')} />
      ) : (
        <>
          <Choices address={address} servers={servers} />
          {address.view === 'odd' ? (
            <Odd asked={asked} />
          ) : address.view === 'compare' ? (
            <Compared asked={asked} address={address} servers={servers} />
          ) : (
            <Found asked={asked} />
          )}
        </>
      )}
    </>
  )
}

const tagsOf = (servers: readonly Server[]) => [...new Set(servers.flatMap(({ tags }) => tags))].sort()
/** A tag among servers in one list of choices. */
const tagMark = '#'
const everyMark = '*'

function Choices({ address, servers }: { readonly address: Address; readonly servers: readonly Server[] }) {
  const { t } = useTranslation()
  const { view, text, tag, own, same, set } = address
  const tags = tagsOf(servers)
  return (
    <div className="flex flex-none flex-wrap items-center gap-x-2.5 gap-y-2">
      <Select
        label={t('configurations.view')}
        value={view}
        onChange={(next) => set({ view: next === 'odd' ? null : next })}
        options={views.map((value) => ({ value, label: t(`configurations.views.${value}`) }))}
        passesKeys
      />
      {view === 'compare' ? (
        <CompareChoice address={address} servers={servers} />
      ) : (
        tags.length > 0 && (
          <Select
            label={t('configurations.of')}
            value={tag ?? everyMark}
            onChange={(next) => set({ tag: next === everyMark ? null : next })}
            options={[
              { value: everyMark, label: t('configurations.all') },
              ...tags.map((value) => ({ value, label: t('configurations.tagged', { tag: value }) })),
            ]}
            passesKeys
          />
        )
      )}
      <SearchField label={t('server.searchConfiguration')} width={260} text={text} onText={(q) => set({ q })} />
      {view !== 'search' && (
        <Chip on={own} onClick={() => set({ own: own ? null : '1' })}>
          {t('configurations.own')}
        </Chip>
      )}
      {view === 'compare' && (
        <Chip on={same} onClick={() => set({ same: same ? null : '1' })}>
          {t('configurations.same')}
        </Chip>
      )}
    </div>
  )
}

/** The two that are compared: a server, and another one, or all of a tag. */
function chosenOf({ one, other }: Address, servers: readonly Server[]) {
  const first = servers.find(({ id }) => id === one) ?? servers[0]
  const isTag = other === everyMark || (other?.startsWith(tagMark) ?? false)
  const second = isTag ? null : (servers.find(({ id }) => id === other && id !== first?.id) ?? servers.find(({ id }) => id !== first?.id) ?? null)
  return { first, second, tag: isTag ? other : null }
}

function CompareChoice({ address, servers }: { readonly address: Address; readonly servers: readonly Server[] }) {
  const { t } = useTranslation()
  const { first, second, tag } = chosenOf(address, servers)
  const named = servers.map(({ id, name }) => ({ value: id, label: name }))
  const others = [
    ...named.filter(({ value }) => value !== first?.id),
    { value: everyMark, label: t('configurations.all') },
    ...tagsOf(servers).map((one) => ({ value: `${tagMark}${one}`, label: t('configurations.tagged', { tag: one }) })),
  ]
  return (
    <>
      <Select label={t('configurations.first')} value={first?.id ?? ''} onChange={(next) => address.set({ one: next })} options={named} passesKeys />
      <Select
        label={t('configurations.second')}
        value={tag ?? second?.id ?? everyMark}
        onChange={(next) => address.set({ other: next })}
        options={others}
        passesKeys
      />
    </>
  )
}

interface Answer {
  readonly total: number
  readonly settings: readonly unknown[]
  readonly unknown: readonly string[]
  readonly servers: readonly { readonly id: string }[]
}
interface AnsweredProps<T extends Answer> {
  readonly query: { readonly data: T | undefined; readonly error: Error | null }
  readonly asked: AskedSettings
  /** What it means that there is nothing, where nothing was typed. */
  readonly none?: string
  readonly noneText?: string
  readonly children: (data: T) => ReactNode
}
/** Names of servers in the answer that do not answer now: what is shown of them is what was last read. */
function useLastRead(answer: Answer | undefined, at: number | null): readonly string[] {
  const servers = useServers()
  if (answer === undefined || at !== null) return []
  const asked = new Set(answer.servers.map(({ id }) => id))
  return servers.filter(({ id, state }) => state !== 'up' && asked.has(id)).map(({ name }) => name)
}

/** An answer with what it lacks, or why there is none. */
function Answered<T extends Answer>({ query: { data, error }, asked, none, noneText, children }: AnsweredProps<T>) {
  const { t } = useTranslation()
  const lastRead = useLastRead(data, asked.at)
  const isAll = asked.q === '' && none !== undefined
  if (data === undefined)
    return (
      <Panel className="flex-1" bodyClassName={error === null ? '' : 'flex items-center justify-center'}>
        {error === null ? <SkeletonRows rows={10} /> : <EmptyState title={t('server.configurationFailed')}>{failureWords(error)}</EmptyState>}
      </Panel>
    )
  return (
    <>
      {(data.unknown.length > 0 || lastRead.length > 0 || data.total > data.settings.length) && (
        <p className="flex flex-none flex-wrap gap-x-3 text-muted text-sm">
          {data.total > data.settings.length && <span>{t('configurations.firstOnly', { shown: data.settings.length, count: data.total })}</span>}
          {data.unknown.length > 0 && <span className="text-unknown">{t('configurations.unknown', { servers: data.unknown.join(', ') })}</span>}
          {lastRead.length > 0 && <span className="text-unknown">{t('configurations.lastRead', { servers: lastRead.join(', ') })}</span>}
        </p>
      )}
      {data.settings.length === 0 ? (
        <Panel className="flex-1" bodyClassName="flex items-center justify-center">
          <EmptyState title={isAll ? none : t('server.nothingFound')}>{isAll ? noneText : null}</EmptyState>
        </Panel>
      ) : (
        children(data)
      )}
    </>
  )
}
const useNames = (servers: readonly { readonly id: string; readonly name: string }[] | undefined) =>
  useMemo(() => new Map(servers?.map(({ id, name }) => [id, name])), [servers])

function Odd({ asked }: { readonly asked: AskedSettings }) {
  const { t } = useTranslation()
  const query = useOddSettings(asked)
  const names = useNames(query.data?.servers)
  const columns = useMemo(() => oddColumns(t, names), [t, names])
  return (
    <Answered query={query} asked={asked} none={t('configurations.oddNone')} noneText={t('configurations.oddNoneText')}>
      {({ settings }) => (
        <Panel className="flex-1" bodyClassName="overflow-y-auto">
          <DataTable label={t('configurations.views.odd')} columns={columns} rows={settings} keyOf={placeKey} context={null} />
        </Panel>
      )}
    </Answered>
  )
}

interface ComparedProps {
  readonly asked: AskedSettings
  readonly address: Address
  readonly servers: readonly Server[]
}
function Compared({ asked, address, servers }: ComparedProps) {
  const { t } = useTranslation()
  const { first, second, tag } = chosenOf(address, servers)
  const isMany = tag !== null
  const chosenTag = tag?.startsWith(tagMark) ? tag.slice(tagMark.length) : null
  const named = [first?.id, ...(tag === everyMark ? servers.map(({ id }) => id) : [second?.id])].filter((id) => id !== undefined)
  const query = useComparison({ ...asked, tag: chosenTag, server: [...new Set(named)].slice(0, mostCompared), same: address.same })
  const compared = query.data?.servers
  const columns = useMemo(() => {
    const names = compared?.map(({ name }) => name) ?? []
    return isMany ? againstColumns(t, names[0] ?? '', t('configurations.othersOf', { count: Math.max(0, names.length - 1) })) : comparedColumns(t, names)
  }, [t, compared, isMany])
  if (second === null && !isMany)
    return (
      <Panel className="flex-1" bodyClassName="flex items-center justify-center">
        <EmptyState title={t('configurations.onlyOne')} />
      </Panel>
    )
  return (
    <Answered query={query} asked={asked} none={t('configurations.sameAll')}>
      {({ settings }) => (
        <DataTable label={t('configurations.views.compare')} columns={columns} rows={settings} keyOf={placeKey} context={null} rowPx={rowPx} />
      )}
    </Answered>
  )
}

function Found({ asked }: { readonly asked: AskedSettings }) {
  const { t } = useTranslation()
  const query = useFoundSettings(asked)
  const names = useNames(query.data?.servers)
  const columns = useMemo(() => foundColumns(t, names), [t, names])
  if (asked.q === '')
    return (
      <Panel className="flex-1" bodyClassName="flex items-center justify-center">
        <EmptyState title={t('configurations.type')}>{t('configurations.typeText')}</EmptyState>
      </Panel>
    )
  return (
    <Answered query={query} asked={asked}>
      {({ settings }) => (
        <DataTable
          label={t('configurations.views.search')}
          columns={columns}
          rows={settings}
          keyOf={(row) => `${row.id}\n${placeKey(row)}`}
          context={null}
          rowPx={rowPx}
        />
      )}
    </Answered>
  )
}
