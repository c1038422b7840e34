import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { validationErrorText } from '../../i18n/validationErrorText.ts'
import type { ProposedStream } from '../../shared/cameras.ts'
import { ok } from '../../shared/result.ts'
import { client, orpc, renew } from '../app/client.ts'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { failureText } from '../app/failureText.ts'
import { PageNotLoaded } from '../app/Loaded.tsx'
import { toStream } from '../app/links.ts'
import { language } from '../app/words.ts'
import { useMay } from '../fleet/me.tsx'
import { StreamStateMark } from '../fleet/StateMark.tsx'
import { Button } from '../ui/Button.tsx'
import type { Column } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { column, linkColumn, textColumn } from '../ui/plainColumns.tsx'
import { chosenColumn } from './chosenColumn.tsx'
import { SearchNetworkDialog } from './SearchNetworkDialog.tsx'

/** What is proposed in one list; the search finds the rest. */
const most = 1_000
const keyOf = ({ serverId, path }: ProposedStream) => `${serverId}/${path}`

/** Streams that no camera has, some or all of which become cameras, and the search for cameras in a network. */
export function Proposed({ text, onMade }: { readonly text: string; readonly onMade: (said: string) => void }) {
  const { t } = useTranslation()
  // Others are told of no stream of a server; networks are theirs to search.
  const sees = useMay('view')
  const query = useQuery({
    ...orpc.cameras.proposals.queryOptions({ input: { text, limit: most } }),
    refetchInterval: 10_000,
    placeholderData: keepPreviousData,
  })
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [making, setMaking] = useState<readonly ProposedStream[] | null>(null)
  const [searching, setSearching] = useState(false)
  const streams = query.data?.streams ?? []
  const selected = streams.filter((one) => chosen.has(keyOf(one)))
  const columns = useMemo(
    () =>
      [
        chosenColumn(t, { rows: streams, keyOf, nameOf: ({ serverName, path }) => `${serverName} / ${path}`, ids: chosen, onSelect: setChosen }),
        column('state', t('common.state'), { rank: 0, width: 102, value: ({ state }) => state }, ({ state }) => (
          <StreamStateMark state={state} severity={null} />
        )),
        linkColumn('path', t('common.path'), ({ path }) => path, { rank: 0, width: 200, to: ({ serverId, path }) => toStream(serverId, path), share: 2 }),
        textColumn('server', t('common.server'), ({ serverName }) => serverName, { rank: 0, width: 140, share: 1 }),
        textColumn('name', t('cameras.proposed.name'), ({ name }) => name, { rank: 1, width: 160, share: 1.5 }),
      ] satisfies readonly Column<ProposedStream>[],
    [t, streams, chosen],
  )
  if (query.data === undefined) return <PageNotLoaded failed={query.isError ? failureText(query.error) : null} rows={12} rowClass="h-7" />
  return (
    <>
      <div className="flex min-h-[28px] flex-none items-center gap-2">
        {sees && (
          <Button look="primary" disabled={selected.length === 0} onClick={() => setMaking(selected)}>
            {selected.length === 0 ? t('cameras.proposed.makeThem') : t('cameras.proposed.make', { count: selected.length })}
          </Button>
        )}
        <Button onClick={() => setSearching(true)}>{t('cameras.network.button')}</Button>
        {sees && (
          <span className="text-faint text-sm">
            {query.data.total > streams.length
              ? t('common.someShown', { shown: streams.length, count: query.data.total })
              : t('cameras.proposed.count', { count: query.data.total })}
          </span>
        )}
      </div>
      {sees && (
        <DataTable
          label={t('cameras.views.proposed')}
          columns={columns}
          rows={streams}
          keyOf={keyOf}
          context={null}
          rowPx={34}
          empty={
            <EmptyState title={t(text === '' ? 'cameras.proposed.none' : 'common.noMatch')}>
              {text === '' ? t('cameras.proposed.noneText') : undefined}
            </EmptyState>
          }
        />
      )}
      {searching && <SearchNetworkDialog onMade={onMade} onClose={() => setSearching(false)} />}
      {making !== null && (
        <SendDialog<{ readonly project: string }, string>
          title={t('cameras.proposed.make', { count: making.length })}
          description={t('cameras.proposed.makeText')}
          submit={t('common.add')}
          fields={[{ id: 'project', kind: 'text', label: 'cameras.column.project', input: { maxLength: 100 } }]}
          start={{ project: '' }}
          read={({ project }) => ok(project.trim())}
          send={async (project) => {
            const { added, duplicates } = await makeCameras(making, project)
            setChosen(new Set())
            await renew('cameras')
            const made = t('cameras.proposed.made', { count: added })
            onMade(duplicates === 0 ? made : `${made} ${t('cameras.proposed.leftOut', { count: duplicates })}`)
          }}
          onClose={() => setMaking(null)}
        />
      )}
    </>
  )
}

/** As one import that only adds, so that one undo takes all of them back, and no camera of the same name gets another stream. */
async function makeCameras(streams: readonly ProposedStream[], project: string) {
  const rows = streams.map(({ name, serverName, path }) => ({ name, project, server: serverName, path }))
  const imported = await client.cameras.import({ rows, mapping: { name: 'name', project: 'project', server: 'server', path: 'path' }, adds: true })
  const [mistake] = imported.mistakes
  if (!imported.done && mistake !== undefined)
    throw new Error(`${rows[mistake.row - 1]?.name ?? ''}: ${validationErrorText(mistake.validationError, language)}`)
  return imported
}
