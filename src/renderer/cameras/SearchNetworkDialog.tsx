import { useMutation, useQuery } from '@tanstack/react-query'
import type { TFunction } from 'i18next'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { FoundCamera, NetworkSearchResult } from '../../shared/cameras.ts'
import { client, orpc, renew } from '../app/client.ts'
import { FormFields } from '../app/editing/FormFields.tsx'
import { FormFrame } from '../app/editing/FormFrame.tsx'
import type { FormField } from '../app/editing/fields.ts'
import { failureText } from '../app/failureText.ts'
import { t } from '../app/words.ts'
import { Button } from '../ui/Button.tsx'
import type { Column } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { column, textColumn } from '../ui/plainColumns.tsx'
import { chosenColumn } from './chosenColumn.tsx'

interface Entries {
  readonly networkId: string
  readonly user: string
  readonly password: string
  readonly project: string
}

export function SearchNetworkDialog({ onMade, onClose }: { readonly onMade: (said: string) => void; readonly onClose: () => void }) {
  const networks = useQuery({ ...orpc.cameras.networks.queryOptions(), staleTime: 0, retry: false })
  const [entered, setEntered] = useState<Entries>({ networkId: '', user: '', password: '', project: '' })
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const networkId = entered.networkId || (networks.data?.[0]?.id ?? '')
  const search = useMutation({
    mutationFn: () => client.cameras.searchNetwork({ networkId, user: entered.user, password: entered.password }),
    onSuccess: () => setChosen(new Set()),
  })
  const add = useMutation({
    mutationFn: () => client.cameras.addFound({ ids: [...chosen], project: entered.project.trim() }),
    onSuccess: async ({ added }) => {
      await renew('cameras')
      onMade(t('cameras.proposed.made', { count: added }))
      onClose()
    },
  })
  const result = search.data
  const error = networks.error ?? search.error ?? add.error
  const busy = search.isPending || add.isPending
  const fields: readonly FormField<Entries>[] =
    result === undefined
      ? [
          {
            id: 'networkId',
            kind: 'choice',
            label: 'cameras.network.network',
            help: 'cameras.network.networkHint',
            options: (networks.data ?? []).map(({ id, name, address }) => ({ value: id, label: { name: `${name} · ${address}` } })),
          },
          { id: 'user', kind: 'text', label: 'cameras.import.field.user', half: true, input: { maxLength: 100, autoComplete: 'off' } },
          { id: 'password', kind: 'secret', label: 'common.password', half: true, help: 'cameras.network.passwordHint', input: { maxLength: 256 } },
        ]
      : [{ id: 'project', kind: 'text', label: 'cameras.column.project', input: { maxLength: 100 }, half: true }]
  return (
    <FormFrame
      at="middle"
      width={result === undefined ? 580 : 920}
      title={t('cameras.network.title')}
      description={t('cameras.network.text')}
      submit={
        result === undefined
          ? t(busy ? 'cameras.network.searching' : 'cameras.network.search')
          : busy
            ? t('common.saving')
            : chosen.size === 0
              ? t('cameras.proposed.makeThem')
              : t('cameras.proposed.make', { count: chosen.size })
      }
      disabled={busy || (result === undefined ? networkId === '' : chosen.size === 0)}
      failure={error !== null ? t('common.failedReason', { reason: failureText(error) }) : networks.data?.length === 0 ? t('cameras.network.noNetworks') : null}
      onSubmit={() => (result === undefined ? search.mutate() : add.mutate())}
      onClose={onClose}
      {...(result !== undefined && {
        actions: (
          <Button
            disabled={busy}
            onClick={() => {
              search.reset()
              add.reset()
            }}
          >
            {t('cameras.network.again')}
          </Button>
        ),
      })}
    >
      {result !== undefined && <Found result={result} chosen={chosen} onSelect={setChosen} />}
      {(result === undefined || result.found.length > 0) && (
        <FormFields
          fields={fields}
          entered={{ ...entered, networkId }}
          stored={null}
          wrong={{}}
          disabled={busy}
          onEnter={({ id }, text) => setEntered((before) => ({ ...before, [id]: text }))}
        />
      )}
    </FormFrame>
  )
}

const keyOf = ({ id }: FoundCamera) => id

interface FoundProps {
  readonly result: NetworkSearchResult
  readonly chosen: ReadonlySet<string>
  readonly onSelect: (ids: ReadonlySet<string>) => void
}
function Found({ result: { found, more, notSent }, chosen, onSelect }: FoundProps) {
  const { t } = useTranslation()
  const columns = useMemo(() => columnsOf(t, found, chosen, onSelect), [t, found, chosen, onSelect])
  if (notSent !== null) return <EmptyState title={t('cameras.network.notSent', { code: notSent })}>{t('cameras.network.notSentText')}</EmptyState>
  if (found.length === 0) return <EmptyState title={t('cameras.network.none')}>{t('cameras.network.noneText')}</EmptyState>
  return (
    <>
      <div className="flex h-[340px] flex-col">
        <DataTable label={t('cameras.network.title')} columns={columns} rows={found} keyOf={keyOf} context={null} rowPx={34} />
      </div>
      {more && <p className="text-muted">{t('cameras.network.more')}</p>}
    </>
  )
}

function columnsOf(t: TFunction, found: readonly FoundCamera[], ids: ReadonlySet<string>, onSelect: FoundProps['onSelect']): readonly Column<FoundCamera>[] {
  // What has no address to read, or is a camera already, cannot be made one.
  const isOffered = ({ streams, camera }: FoundCamera) => streams.length > 0 && camera === null
  const choose = chosenColumn<FoundCamera, unknown>(t, { rows: found.filter(isOffered), keyOf, nameOf: ({ name }) => name, ids, onSelect })
  return [
    { ...choose, cell: (row, context) => (isOffered(row) ? choose.cell(row, context) : null) },
    textColumn('name', t('common.name'), ({ name }) => name, { rank: 0, width: 150, share: 1, className: 'font-medium' }),
    textColumn('device', t('cameras.network.device'), ({ make, model }) => [make, model].filter((word) => word !== null).join(' '), {
      rank: 1,
      width: 150,
      share: 1,
      sortable: false,
    }),
    textColumn('address', t('common.address'), ({ address }) => address, { rank: 0, width: 115, className: 'font-mono text-sm' }),
    column('streams', t('common.streams'), { rank: 0, width: 260, share: 2 }, ({ streams, why, camera }) =>
      camera !== null ? (
        <span className="text-muted">{t('cameras.network.isCamera', { name: camera.name })}</span>
      ) : why !== null ? (
        <span className="text-muted">{t(`cameras.network.why.${why}`)}</span>
      ) : (
        <span className="text-sm" title={streams.map(({ address }) => address).join('\n')}>
          {streams.map(({ use, address }) => `${t(`cameras.use.${use}`)}: ${address}`).join(' · ')}
        </span>
      ),
    ),
  ]
}
