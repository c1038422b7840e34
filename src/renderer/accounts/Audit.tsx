import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { type AuditEntry, type AuditFilter, accountLimits, auditActions } from '../../shared/accounts.ts'
import { formatDateTime, formatMoment, zoneOf } from '../../shared/units.ts'
import { act } from '../app/act.ts'
import { saveCsv } from '../app/CsvButton.tsx'
import { client, orpc } from '../app/client.ts'
import { NotLoaded } from '../app/Loaded.tsx'
import { readTypedMoment } from '../app/typedMoment.ts'
import { usePageParams } from '../app/usePageParams.ts'
import { t } from '../app/words.ts'
import { Button } from '../ui/Button.tsx'
import type { Column } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { inputClass } from '../ui/Field.tsx'
import { engineNow } from '../ui/now.ts'
import { column, textColumn } from '../ui/plainColumns.tsx'
import { SearchField } from '../ui/SearchField.tsx'
import { Select } from '../ui/Select.tsx'

const rereadMs = 10_000
const pageSize = 200
const readForFile = 1_000

/** The filter of the address. Its days are those of the desk's time zone, the last one included. */
function filterOf(params: URLSearchParams): Pick<AuditFilter, 'by' | 'action' | 'text' | 'from' | 'to'> {
  const action = auditActions.find((one) => one === params.get('action'))
  const moment = (name: string, time: string) => readTypedMoment(`${params.get(name) ?? ''} ${time}`, zoneOf(), engineNow())
  const from = params.has('from') ? moment('from', '00:00:00') : null
  const to = params.has('to') ? moment('to', '23:59:59') : null
  return {
    ...(params.get('by') && { by: params.get('by')?.slice(0, 100) }),
    ...(action !== undefined && { action }),
    ...(params.get('text') && { text: params.get('text')?.slice(0, 200) }),
    ...(from !== null && { from }),
    ...(to !== null && { to: to + 999 }),
  }
}

/** Who did what, when and from where: the newest first, and older ones as the list is scrolled. */
export function Audit() {
  const [params, set] = usePageParams()
  const filter = filterOf(params)
  const query = useInfiniteQuery({
    ...orpc.accounts.audit.infiniteOptions({
      input: (before: number | undefined) => ({ ...filter, limit: pageSize, ...(before !== undefined && { before }) }),
      initialPageParam: undefined,
      getNextPageParam: ({ entries, more }) => (more ? entries.at(-1)?.id : undefined),
    }),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 1 ? false : rereadMs),
  })
  const rows = query.data?.pages.flatMap(({ entries }) => entries)
  const keptSince = query.data?.pages[0]?.keptSince ?? null
  const columns = auditColumns()
  const save = async () => {
    const all: AuditEntry[] = []
    for (let more = true; more && all.length < accountLimits.auditRows; ) {
      const before = all.at(-1)?.id
      const page = await client.accounts.audit({ ...filter, limit: readForFile, ...(before !== undefined && { before }) })
      all.push(...page.entries)
      more = page.more
    }
    saveCsv({ name: 'audit', columns, rows: all, context: null })
  }
  const day = (name: 'from' | 'to', label: string) => (
    <input
      type="date"
      aria-label={label}
      title={label}
      value={params.get(name) ?? ''}
      onChange={(event) => set({ [name]: event.target.value })}
      className={`${inputClass} !w-[124px]`}
    />
  )
  return (
    <div className="flex h-full min-h-0 flex-col gap-2">
      <search className="flex flex-none flex-wrap items-center gap-1.5">
        <SearchField label={t('common.search')} width={160} text={params.get('text') ?? ''} onText={(text) => set({ text })} />
        <input
          aria-label={t('people.audit.person')}
          placeholder={t('people.audit.person')}
          value={params.get('by') ?? ''}
          maxLength={100}
          onChange={(event) => set({ by: event.target.value })}
          className={`${inputClass} !w-[110px]`}
        />
        <Select
          label={t('people.audit.action')}
          value={filter.action ?? anyAction}
          onChange={(action) => set({ action: action === anyAction ? null : action })}
          options={[anyAction, ...auditActions].map((value) => ({
            value,
            label: value === anyAction ? t('people.audit.anyAction') : t(`people.audit.actions.${value as AuditEntry['action']}`),
          }))}
        />
        {day('from', t('people.audit.fromDay'))}
        <span className="text-faint">–</span>
        {day('to', t('people.audit.toDay'))}
        {[...params.keys()].length > 0 && (
          <Button look="quiet" onClick={() => set({ text: null, by: null, action: null, from: null, to: null })} text={t('common.clearFilters')} />
        )}
        <Button icon={Download} onClick={() => void act(save())} disabled={!rows?.length} className="ml-auto">
          CSV
        </Button>
      </search>
      {rows === undefined ? (
        <NotLoaded error={query.error} rows={8} framed />
      ) : (
        <DataTable
          label={t('people.audit.title')}
          columns={columns}
          rows={rows}
          keyOf={({ id }) => id}
          context={null}
          rowPx={34}
          onEnd={() => {
            if (query.hasNextPage && !query.isFetching) void query.fetchNextPage()
          }}
          empty={<p className="p-4 text-faint">{t('people.audit.none')}</p>}
        />
      )}
      {keptSince !== null && <p className="flex-none text-faint text-sm">{t('people.audit.keptSince', { time: formatMoment(keptSince, 'minute') })}</p>}
    </div>
  )
}
const anyAction = '-'

const ofText = ({ of }: AuditEntry): string =>
  Object.entries(of)
    // A name says more than an id, and what is last is cut.
    .sort(([one], [other]) => Number(other === 'name') - Number(one === 'name'))
    .map(([key, value]) => `${key}: ${value}`)
    .join(', ')

function auditColumns(): readonly Column<AuditEntry>[] {
  return [
    column('at', t('people.audit.when'), { rank: 0, width: 165, csv: { time: ({ at }) => new Date(at).toISOString() } }, ({ at }) => formatDateTime(at)),
    textColumn('by', t('people.audit.person'), ({ by }) => by, { rank: 0, width: 120, share: 1, sortable: false, csv: 'by', className: 'font-medium' }),
    {
      id: 'action',
      head: t('people.audit.action'),
      width: 130,
      rank: 0,
      cell: ({ action, count }) => (
        <span className={action === 'signInFailed' ? 'text-major' : ''}>
          {t(`people.audit.actions.${action}`)} {count > 1 && <span className="text-faint">{t('people.audit.times', { count })}</span>}
        </span>
      ),
      csv: { action: ({ action }) => action, count: ({ count }) => count },
    },
    textColumn('what', t('people.audit.what'), ({ what }) => what, { rank: 1, width: 160, share: 1, sortable: false, csv: 'what' }),
    textColumn('of', t('people.audit.of'), (entry) => ofText(entry), { rank: 2, width: 160, share: 2, sortable: false, csv: 'of' }),
    column('from', t('people.audit.from'), { rank: 3, width: 130, csv: { from: ({ from }) => from } }, ({ from }) => (
      <span className="text-muted">{from ?? t('people.audit.here')}</span>
    )),
  ]
}
