import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { TFunction } from 'i18next'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { settingName } from '../../shared/configurationLevels.ts'
import { type Comparison, longestConfigurationSearch } from '../../shared/configurations.ts'
import type { Server } from '../../shared/servers.ts'
import { orpc } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { Middle, PageNotLoaded } from '../app/Loaded.tsx'
import { toConfigurations, toServer } from '../app/links.ts'
import { keepMoment } from '../app/moment.ts'
import { RelatedTabs } from '../app/PageTabs.tsx'
import { usePageParams } from '../app/usePageParams.ts'
import { t } from '../app/words.ts'
import { useFleetKnown, useServers, useShownMoment } from '../fleet/fleet.ts'
import type { Column } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Panel } from '../ui/Panel.tsx'
import { SearchField } from '../ui/SearchField.tsx'
import { Select } from '../ui/Select.tsx'

/** Marks tags among servers in one list of choices. */
const tagMark = '#'
const everyMark = '*'
const againMs = 30_000

export function ConfigurationsPage() {
  const known = useFleetKnown()
  const servers = useServers()
  const at = useShownMoment()
  return (
    <>
      <h1 className="sr-only">{t('pages.configurations')}</h1>
      <RelatedTabs of="servers" at={toConfigurations} />
      {!known ? (
        <PageNotLoaded failed={null} rows={10} />
      ) : servers.length === 0 ? (
        <EmptyState title={t(at !== null ? 'past.nothingKept' : 'common.noServersYet')} />
      ) : (
        <Compared servers={servers} at={at} />
      )}
    </>
  )
}

/** In the address: all servers, those with a tag, or two. */
function useChoice(servers: readonly Server[]) {
  const [params, set] = usePageParams()
  const of = params.get('of') ?? everyMark
  const one = servers.find(({ id }) => id === of)
  const others = servers.filter(({ id }) => id !== one?.id)
  const other = one && (others.find(({ id }) => id === params.get('other')) ?? others[0])
  return { of, one, others, other, text: params.get('q') ?? '', set }
}

function Compared({ servers, at }: { readonly servers: readonly Server[]; readonly at: number | null }) {
  const { t } = useTranslation()
  const { of, one, others, other, text, set } = useChoice(servers)
  const q = text.trim().slice(0, longestConfigurationSearch)
  const input = {
    ...(q !== '' && { q }),
    ...(at !== null && { at }),
    ...(of.startsWith(tagMark) && { tag: of.slice(tagMark.length) }),
    ...(one && { server: [one.id, ...(other ? [other.id] : [])] }),
  }
  const { data, error } = useQuery({
    ...orpc.configurations.compare.queryOptions({ input }),
    ...(at === null && { refetchInterval: againMs }),
    placeholderData: keepPreviousData,
    retry: false,
  })
  const columns = useMemo(() => (data === undefined ? [] : comparedColumns(t, data.servers)), [t, data])
  const asked = new Set(data?.servers.map(({ id }) => id))
  const lastRead = at === null ? servers.filter(({ id, state }) => state !== 'up' && asked.has(id)).map(({ name }) => name) : []
  const tags = [...new Set(servers.flatMap((server) => server.tags))].sort()
  const named = (some: readonly Server[]) => some.map(({ id, name }) => ({ value: id, label: name }))
  return (
    <>
      <div className="flex flex-none flex-wrap items-center gap-x-2.5 gap-y-2">
        <Select
          label={t('common.servers')}
          value={one?.id ?? of}
          onChange={(next) => set({ of: next === everyMark ? null : next, other: null })}
          options={[
            { value: everyMark, label: t('configurations.all') },
            ...tags.map((tag) => ({ value: `${tagMark}${tag}`, label: t('maintenance.tag', { tag }) })),
            ...named(servers),
          ]}
          passesKeys
        />
        {other !== undefined && (
          <Select label={t('configurations.second')} value={other.id} onChange={(next) => set({ other: next })} options={named(others)} passesKeys />
        )}
        <SearchField label={t('server.searchConfiguration')} width={260} text={text} onText={(next) => set({ q: next })} />
      </div>
      {data === undefined ? (
        <PageNotLoaded failed={error && failureText(error)} rows={10} />
      ) : (
        <>
          <p className="flex flex-none flex-wrap gap-x-3 text-muted text-sm">
            {data.total > data.settings.length && <span>{t('configurations.firstOnly', { shown: data.settings.length, count: data.total })}</span>}
            {data.unknown.length > 0 && <span className="text-unknown">{t('configurations.unknown', { servers: data.unknown.join(', ') })}</span>}
            {lastRead.length > 0 && <span className="text-unknown">{t('configurations.lastRead', { servers: lastRead.join(', ') })}</span>}
          </p>
          {data.settings.length === 0 ? (
            <Middle>
              <EmptyState title={t(q === '' ? 'configurations.same' : 'common.nothingFound')} />
            </Middle>
          ) : (
            <Panel className="flex-1" bodyClassName="overflow-y-auto">
              <DataTable label={t('pages.configurations')} columns={columns} rows={data.settings} keyOf={settingKey} context={null} />
            </Panel>
          )}
        </>
      )}
    </>
  )
}

type Row = Comparison['settings'][number]
const settingKey = ({ level, path, setting }: Row) => `${level}\n${path}\n${setting}`
const mostNamed = 20
const fewNamed = 5

const Value = ({ text }: { readonly text: string | null }) =>
  text === null ? <span className="text-faint">–</span> : <span className="font-mono text-sm [overflow-wrap:anywhere]">{text}</span>

/** A column for each of up to two servers; of more, the value of most of them, and who has others. */
function comparedColumns(t: TFunction, servers: Comparison['servers']): readonly Column<Row>[] {
  const wide = { rank: 0, width: 180, share: 2, wraps: true } as const
  const setting: Column<Row> = {
    ...wide,
    id: 'setting',
    head: t('configurations.setting'),
    value: settingName,
    cell: (row) => <Value text={settingName(row)} />,
  }
  if (servers.length <= 2)
    return [
      setting,
      ...servers.map(({ id, name }, index): Column<Row> => {
        const valueIn = ({ values }: Row) => values.find((one) => one.servers.includes(index))?.value ?? null
        return { ...wide, id, head: name, value: valueIn, cell: (row) => <Value text={valueIn(row)} /> }
      }),
    ]
  const known = ({ values }: Row) => values.filter(({ value }) => value !== null)
  const link = (index: number) => (
    <a key={index} href={`#${keepMoment(`${toServer(servers[index]?.id ?? '')}?tab=configuration`)}`} className="mr-2 font-medium hover:underline">
      {servers[index]?.name}
    </a>
  )
  return [
    setting,
    {
      ...wide,
      id: 'most',
      head: t('configurations.usual'),
      cell: (row) => {
        const [most, ...others] = known(row)
        const agree = most?.servers.length ?? 0
        const of = others.reduce((sum, one) => sum + one.servers.length, agree)
        return (
          <>
            <Value text={most?.value ?? null} /> <span className="mr-2 text-faint">{`${agree}/${of}`}</span>
            {most !== undefined && agree <= fewNamed && most.servers.map(link)}
          </>
        )
      },
    },
    {
      ...wide,
      id: 'others',
      head: t('configurations.others'),
      share: 4,
      cell: (row) => (
        <ul className="flex flex-col">
          {known(row)
            .slice(1)
            .map((one) => (
              <li key={one.value}>
                <Value text={one.value} /> {one.servers.slice(0, mostNamed).map(link)}
                {one.servers.length > mostNamed && <span className="text-muted">{t('common.more', { count: one.servers.length - mostNamed })}</span>}
              </li>
            ))}
        </ul>
      ),
    },
  ]
}
