import { isDefinedError } from '@orpc/client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { configurationFindingText } from '../../i18n/configurationText.ts'
import { serverErrorText } from '../../i18n/errorText.ts'
import type { ConfigurationLevels } from '../../shared/configurationLevels.ts'
import { formatDateTime, formatDuration } from '../../shared/units.ts'
import { Copyable } from '../app/Copyable.tsx'
import { orpc } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { usePreferences } from '../app/preferences.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Mark } from '../ui/Mark.tsx'
import { useNow } from '../ui/now.ts'
import { Panel } from '../ui/Panel.tsx'
import { SearchInput } from '../ui/SearchInput.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { type ConfigurationNode, configurationTree, leafCount, searchTree } from './configurationTree.ts'

/** A server's configuration as last read, or as it was at a moment. The engine has removed its secrets. */
export function ConfigurationTree({ serverId, at }: { readonly serverId: string; readonly at: number | null }) {
  return at === null ? <TreeNow serverId={serverId} /> : <TreeThen serverId={serverId} at={at} />
}

function TreeNow({ serverId }: { readonly serverId: string }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const now = useNow()
  const query = useQuery({ ...orpc.servers.configuration.queryOptions({ input: { id: serverId } }), refetchInterval: 30_000 })
  const configuration = query.data
  const words = configuration?.error ? serverErrorText(configuration.error, language) : null
  return (
    <TreePanel
      query={query}
      hint={configuration?.readAt ? t('server.configurationRead', { age: formatDuration(now - configuration.readAt) }) : undefined}
      unread={words !== null && configuration?.readAt === null ? words : null}
      above={
        <>
          {words !== null && <p className="mb-2 text-major">{words.what}</p>}
          <ConfigurationFindings serverId={serverId} />
        </>
      }
    />
  )
}

function TreeThen({ serverId, at }: { readonly serverId: string; readonly at: number }) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const query = useQuery({ ...orpc.configurations.at.queryOptions({ input: { id: serverId, at } }), placeholderData: keepPreviousData, retry: false })
  const isNone = isDefinedError(query.error) && query.error.code === 'NOT_KEPT'
  const left = query.data?.pathsLeftOut ?? 0
  return (
    <TreePanel
      query={query}
      hint={query.data && t('configurations.asRead', { time: formatDateTime(Math.min(at, query.data.until), zone) })}
      unread={isNone ? { what: t('configurations.notKept'), todo: '' } : null}
      above={left > 0 && <p className="mb-2 text-muted">{t('configurations.pathsLeftOut', { count: left })}</p>}
    />
  )
}

/** Known mistakes in a server's configuration, each with what to do and the lines that do it. */
function ConfigurationFindings({ serverId }: { readonly serverId: string }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const { data = [] } = useQuery({ ...orpc.servers.configurationFindings.queryOptions({ input: { id: serverId } }), refetchInterval: 30_000 })
  if (data.length === 0) return null
  return (
    <section className="mb-3 border-line border-b pb-3" aria-label={t('server.findings')}>
      <h3 className="mb-1.5 font-semibold">
        {t('server.findings')} <span className="font-normal text-faint text-sm">{t('server.findingsHint')}</span>
      </h3>
      <ul className="flex flex-col gap-1.5">
        {data.map(({ finding, level, lines }) => {
          const { what, todo } = configurationFindingText(finding, language)
          return (
            <li key={finding.kind} className="flex items-start gap-2">
              <Mark kind={level === 'risk' ? 'minor' : 'idle'} className="mt-[3px] flex-none" />
              <div className="min-w-0 flex-1">
                <span className={level === 'risk' ? 'font-medium' : ''}>{what}</span> <span className="text-muted">{todo}</span>
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

interface TreePanelProps {
  readonly query: { readonly data: ConfigurationLevels | undefined; readonly isPending: boolean; readonly error: Error | null }
  readonly hint: string | undefined
  /** Why there is nothing to show. */
  readonly unread: { readonly what: string; readonly todo: string } | null
  /** Shown above the tree while nothing is searched for. */
  readonly above: React.ReactNode
}
function TreePanel({ query, hint, unread, above }: TreePanelProps) {
  const { t } = useTranslation()
  const [text, setText] = useState('')
  const { data } = query
  const tree = useMemo(() => (data ? configurationTree(data) : []), [data])
  const shown = useMemo(() => searchTree(tree, text), [tree, text])
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
      ) : shown.length === 0 ? (
        <EmptyState title={t('common.nothingFound')} />
      ) : (
        <>
          {text === '' && above}
          <ul className="font-mono text-sm leading-5">
            {shown.map((node) => (
              <Node key={node.id} node={node} depth={0} open={text.trim() !== ''} />
            ))}
          </ul>
        </>
      )}
    </Panel>
  )
}

/** Branches with more entries than this start closed. */
const openUpTo = 60

function Node({ node, depth, open }: { readonly node: ConfigurationNode; readonly depth: number; readonly open: boolean }) {
  const { t } = useTranslation()
  const [unfolded, setUnfolded] = useState<boolean | null>(null)
  const leaves = node.children.length === 0 ? 0 : leafCount(node)
  const indent = { paddingLeft: depth * 18 }
  if (node.children.length === 0)
    return (
      <li className="flex gap-2 rounded px-1 hover:bg-hover" style={indent}>
        <span className="flex-none text-muted">{node.name}:</span>
        <span className={`min-w-0 break-all ${node.value === 'false' || node.value === '""' || node.value === '[]' ? 'text-faint' : ''}`}>{node.value}</span>
      </li>
    )
  const shown = unfolded ?? (open || (depth === 0 ? leaves <= openUpTo * 4 : leaves <= openUpTo))
  return (
    <li>
      <button
        type="button"
        aria-expanded={shown}
        onClick={() => setUnfolded(!shown)}
        className="flex w-full gap-2 rounded px-1 text-left hover:bg-hover"
        style={indent}
      >
        <span className="text-faint" aria-hidden="true">
          {shown ? '▾' : '▸'}
        </span>
        <span className={depth === 0 ? 'font-semibold' : ''}>{node.name}</span>
        {!shown && <span className="text-faint">{t('server.entries', { count: leaves })}</span>}
      </button>
      {shown && (
        <ul>
          {node.children.map((child) => (
            <Node key={child.id} node={child} depth={depth + 1} open={open} />
          ))}
        </ul>
      )}
    </li>
  )
}
