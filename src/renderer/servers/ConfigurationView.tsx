import { isDefinedError } from '@orpc/client'
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { checkedFileTexts, configurationFindingText } from '../../i18n/configurationText.ts'
import { serverErrorText } from '../../i18n/errorText.ts'
import { type ConfigurationLevels, type SettingChange, settingChangeText, settingName, settingTexts } from '../../shared/configurationLevels.ts'
import { type ConfigurationChange, longestCheckedFile, versionPattern } from '../../shared/configurations.ts'
import { searchTerms, searchText } from '../../shared/searchText.ts'
import { formatDateTime, formatDuration } from '../../shared/units.ts'
import { ChooseFile } from '../app/ChooseFile.tsx'
import { Copyable } from '../app/Copyable.tsx'
import { client, orpc } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { goToMoment } from '../app/moment.ts'
import { language, t, useInLanguage } from '../app/words.ts'
import { useServer } from '../fleet/fleet.ts'
import { Button } from '../ui/Button.tsx'
import type { Column } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Mark } from '../ui/Mark.tsx'
import { useNow } from '../ui/now.ts'
import { Panel } from '../ui/Panel.tsx'
import { column, textColumn } from '../ui/plainColumns.tsx'
import { SearchInput } from '../ui/SearchField.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'

/** A server's configuration as last read, or as it was at a moment. The engine has removed its secrets. */
export function ConfigurationView({ serverId, at }: { readonly serverId: string; readonly at: number | null }) {
  return at === null ? <Now serverId={serverId} /> : <Then serverId={serverId} at={at} />
}

function Now({ serverId }: { readonly serverId: string }) {
  const now = useNow()
  const query = useQuery({ ...orpc.servers.configuration.queryOptions({ input: { id: serverId } }), refetchInterval: 30_000 })
  const configuration = query.data
  const words = configuration?.error ? serverErrorText(configuration.error, language) : null
  return (
    <SettingsPanel
      query={query}
      hint={configuration?.readAt ? t('server.configurationRead', { age: formatDuration(now - configuration.readAt) }) : undefined}
      unread={configuration?.readAt === null ? (words ?? { what: t('common.notReadYet'), todo: '' }) : null}
      above={
        <>
          {words !== null && <p className="mb-2 text-major">{words.what}</p>}
          <FileCheck serverId={serverId} />
          <Findings serverId={serverId} />
        </>
      }
    />
  )
}

function Then({ serverId, at }: { readonly serverId: string; readonly at: number }) {
  const query = useQuery({ ...orpc.configurations.at.queryOptions({ input: { id: serverId, at } }), placeholderData: keepPreviousData, retry: false })
  const isNone = isDefinedError(query.error) && query.error.code === 'NOT_KEPT'
  const left = query.data?.pathsLeftOut ?? 0
  return (
    <SettingsPanel
      query={query}
      hint={query.data && t('configurations.asRead', { time: formatDateTime(Math.min(at, query.data.until)) })}
      unread={isNone ? { what: t('configurations.notKept'), todo: '' } : null}
      above={left > 0 && <p className="mb-2 text-muted">{t('configurations.pathsLeftOut', { count: left })}</p>}
    />
  )
}

function FileCheck({ serverId }: { readonly serverId: string }) {
  const { version } = useServer(serverId) ?? { version: null }
  const check = useMutation({
    mutationFn: async (file: File) => {
      // What is longer is refused, so no more of it is read: a character takes up to four bytes.
      const text = await file.slice(0, 4 * longestCheckedFile + 4).text()
      const checked = await client.configurations.check({ text, ...(version !== null && versionPattern.test(version) && { version }) })
      return { name: file.name, checked }
    },
  })
  return (
    <section className="mb-3" aria-label={t('server.checkFile')}>
      <ChooseFile label={t('server.checkFile')} accept=".yml,.yaml" disabled={check.isPending} onFile={(file) => check.mutate(file)} />
      {check.error !== null && (
        <p role="alert" className="mt-1.5 text-major">
          {failureText(check.error)}
        </p>
      )}
      {check.data !== undefined && (
        <div role="status" className="mt-1.5 max-h-[220px] overflow-y-auto break-words rounded border border-line bg-bg p-2 text-sm">
          {checkedFileTexts(check.data.name, check.data.checked, language).map((line) => (
            <p key={line}>{line}</p>
          ))}
        </div>
      )}
    </section>
  )
}

function Findings({ serverId }: { readonly serverId: string }) {
  const { data = [] } = useQuery({ ...orpc.servers.configurationFindings.queryOptions({ input: { id: serverId } }), refetchInterval: 30_000 })
  if (data.length === 0) return null
  return (
    <section className="mb-3 border-line border-b pb-3" aria-label={t('server.findings')}>
      <h3 className="mb-1.5 font-semibold">
        {t('server.findings')} <span className="font-normal text-faint text-sm">{t('server.findingsHint')}</span>
      </h3>
      <ul className="flex flex-col gap-1.5">
        {data.map(({ finding, lines }) => {
          const { what, todo } = configurationFindingText(finding, language)
          return (
            <li key={finding.kind} className="flex items-start gap-2">
              <Mark kind="minor" className="mt-[3px] flex-none" />
              <div className="min-w-0 flex-1">
                <span className="font-medium">{what}</span> <span className="text-muted">{todo}</span>
                {lines.length > 0 && (
                  <details className="mt-0.5">
                    <summary className="cursor-pointer text-faint text-sm">{t('server.findingLines')}</summary>
                    <Copyable text={lines.join('\n')} />
                  </details>
                )}
              </div>
            </li>
          )
        })}
      </ul>
    </section>
  )
}

/** Settings under one heading: the server's, the defaults of paths, or those of one path. */
interface Group {
  readonly name: string
  readonly lines: readonly (readonly [setting: string, value: string])[]
}
function groupsOf({ global, pathDefaults, paths }: ConfigurationLevels): readonly Group[] {
  const named = [['global', global], ['pathDefaults', pathDefaults], ...paths.map((path) => [`paths.${path.name}`, path] as const)] as const
  return named.map(([name, settings]) => ({ name, lines: [...settingTexts(settings)].filter(([setting]) => setting !== 'name') }))
}
/** Lines in which every word of a search occurs, in names and value together. */
function foundIn(groups: readonly Group[], text: string): readonly Group[] {
  const words = searchTerms(text)
  if (words.length === 0) return groups
  return groups.flatMap(({ name, lines }) => {
    const found = lines.filter(([setting, value]) => {
      const line = searchText(`${name} ${setting} ${value}`)
      return words.every((word) => line.includes(word))
    })
    return found.length === 0 ? [] : [{ name, lines: found }]
  })
}

/** Groups that are shown at once, and whose lines are shown without a click. */
const mostGroups = 500
const openGroups = 12

interface SettingsPanelProps {
  readonly query: { readonly data: ConfigurationLevels | undefined; readonly isPending: boolean; readonly error: Error | null }
  readonly hint: string | undefined
  readonly unread: { readonly what: string; readonly todo: string } | null
  readonly above: React.ReactNode
}
function SettingsPanel({ query, hint, unread, above }: SettingsPanelProps) {
  const [text, setText] = useState('')
  const { data } = query
  const groups = useMemo(() => (data ? groupsOf(data) : []), [data])
  const found = useMemo(() => foundIn(groups, text), [groups, text])
  return (
    <Panel
      title={t('server.configuration')}
      hint={hint}
      className="flex-1"
      bodyClassName="overflow-y-auto"
      actions={<SearchInput label={t('server.searchConfiguration')} width={260} value={text} onChange={(event) => setText(event.target.value)} />}
    >
      {query.isPending ? (
        <SkeletonRows rows={14} />
      ) : unread !== null ? (
        <EmptyState title={unread.what}>{unread.todo}</EmptyState>
      ) : query.error !== null ? (
        <EmptyState title={t('common.loadingFailed')}>{failureText(query.error)}</EmptyState>
      ) : found.length === 0 ? (
        <EmptyState title={t('common.nothingFound')} />
      ) : (
        <>
          {text === '' && above}
          {found.slice(0, mostGroups).map((group) => (
            <Settings key={group.name} group={group} isOpen={text === '' ? group.name === 'global' : found.length <= openGroups} />
          ))}
          {found.length > mostGroups && <p className="text-muted">{t('common.more', { count: found.length - mostGroups })}</p>}
        </>
      )}
    </Panel>
  )
}

function Settings({ group: { name, lines }, isOpen }: { readonly group: Group; readonly isOpen: boolean }) {
  /** null: nobody opened or closed it by hand. */
  const [toggled, setToggled] = useState<boolean | null>(null)
  const isShown = toggled ?? isOpen
  return (
    <section className="font-mono text-sm leading-5">
      <button
        type="button"
        aria-expanded={isShown}
        onClick={() => setToggled(!isShown)}
        className="flex w-full gap-2 rounded px-1 text-left font-semibold hover:bg-hover"
      >
        <span className="text-faint" aria-hidden="true">
          {isShown ? '▾' : '▸'}
        </span>
        {name} <span className="font-normal text-faint">{lines.length}</span>
      </button>
      {isShown && (
        <ul className="pl-[18px]">
          {lines.map(([setting, value]) => (
            <li key={setting} className="flex gap-2 rounded px-1 hover:bg-hover">
              <span className="flex-none text-muted">{setting}:</span>
              <span className="min-w-0 break-all">{value}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

/** When a server's configuration was changed, and what, up to a moment; null: up to now. */
export function ConfigurationChanges({ serverId, until }: { readonly serverId: string; readonly until: number | null }) {
  const input = { id: serverId, ...(until !== null && { until }) }
  const { data, error } = useQuery({
    ...orpc.configurations.changes.queryOptions({ input }),
    ...(until === null && { refetchInterval: 30_000 }),
    placeholderData: keepPreviousData,
    retry: false,
  })
  return (
    <Panel
      title={t('configurations.changes')}
      hint={data?.since != null ? t('common.keptSinceTime', { time: formatDateTime(data.since) }) : undefined}
      className="flex-1 max-[959px]:flex-none"
      bodyClassName="overflow-y-auto"
    >
      {data === undefined ? (
        error !== null ? (
          <EmptyState title={t('common.loadingFailed')}>{failureText(error)}</EmptyState>
        ) : (
          <SkeletonRows rows={6} />
        )
      ) : data.since === null ? (
        <EmptyState title={t('configurations.notKept')} />
      ) : data.changes.length === 0 ? (
        <EmptyState title={t('configurations.same')} />
      ) : (
        <>
          <ul className="flex flex-col gap-1">
            {data.changes.map((change) => (
              <ChangeItem key={change.at} serverId={serverId} change={change} />
            ))}
          </ul>
          <p className="mt-3 text-faint text-sm">{t('configurations.hidden')}</p>
        </>
      )}
    </Panel>
  )
}

/** Times closer together than this are shown as one: a configuration is read each minute, ms. */
const readEveryMs = 180_000

function ChangeItem({ serverId, change }: { readonly serverId: string; readonly change: ConfigurationChange }) {
  const [open, setOpen] = useState(false)
  const { at, after, count, settings } = change
  const more = count - settings.length
  return (
    <li className="rounded border border-line">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex w-full flex-col gap-0.5 rounded px-2 py-1.5 text-left hover:bg-hover"
      >
        <span className="font-medium">
          {at - after > readEveryMs ? t('common.betweenFromAndTo', { from: formatDateTime(after), to: formatDateTime(at) }) : formatDateTime(at)}
        </span>
        {!open && (
          <span className="flex flex-col font-mono text-sm">
            {settings.map((one) => (
              <span key={settingName(one)} className="[overflow-wrap:anywhere]">
                {settingChangeText(settingName(one), one.before, one.after)}
              </span>
            ))}
          </span>
        )}
        {!open && more > 0 && <span className="text-muted text-sm">{t('common.andCountMore', { count: more })}</span>}
      </button>
      {open && <Difference serverId={serverId} from={after} to={at} />}
    </li>
  )
}

function Difference({ serverId, from, to }: { readonly serverId: string; readonly from: number; readonly to: number }) {
  const columns = useInLanguage(settingColumns)
  const { data, error } = useQuery({ ...orpc.configurations.difference.queryOptions({ input: { id: serverId, from, to } }), retry: false })
  if (data === undefined)
    return <div className="px-2 pb-2">{error === null ? <SkeletonRows rows={3} /> : <p className="text-major">{failureText(error)}</p>}</div>
  return (
    <div className="px-2 pb-2">
      <DataTable label={t('configurations.changes')} columns={columns} rows={data.settings} keyOf={settingName} context={null} />
      {data.count > data.settings.length && (
        <p className="mt-1 text-muted text-sm">{t('configurations.firstOnly', { shown: data.settings.length, count: data.count })}</p>
      )}
      <Button className="mt-2" onClick={() => goToMoment(to)} text={t('common.goToThisMoment')} />
    </div>
  )
}

/** A setting before or after the change; null: it was not there. */
const valueColumn = (id: 'before' | 'after', head: string): Column<SettingChange> =>
  column(id, head, { rank: 0, width: 80, share: 24, wraps: true }, (setting) => (
    <span className={`[overflow-wrap:anywhere] font-mono ${setting[id] === null ? 'text-faint' : ''}`}>{setting[id] ?? '–'}</span>
  ))

const settingColumns = (): readonly Column<SettingChange>[] => [
  textColumn('setting', t('configurations.setting'), (setting) => settingName(setting), {
    rank: 0,
    width: 120,
    share: 52,
    wraps: true,
    className: '[overflow-wrap:anywhere] font-mono',
  }),
  valueColumn('before', t('configurations.before')),
  valueColumn('after', t('configurations.after')),
]
