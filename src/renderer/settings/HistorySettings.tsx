import { useQuery, useQueryClient } from '@tanstack/react-query'
import { consoleTroubleText } from '../../i18n/consoleTroubleText.ts'
import { shownAs } from '../../shared/consoleTroubles.ts'
import type { StoreFigures } from '../../shared/history.ts'
import type { Kept } from '../../shared/tiers.ts'
import { formatMoment, formatValue } from '../../shared/units.ts'
import { client, orpc } from '../app/client.ts'
import { Loaded } from '../app/Loaded.tsx'
import { language, t } from '../app/words.ts'
import { Banner } from '../ui/Banner.tsx'
import { Bar } from '../ui/Bar.tsx'
import { Button } from '../ui/Button.tsx'
import type { Column } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { inputClass } from '../ui/Field.tsx'
import { Panel } from '../ui/Panel.tsx'
import { column } from '../ui/plainColumns.tsx'
import { forecastOf, type KeepEntry, type KeepForm, keepEntryOf, limitsOf, readKeepForm, rightLimits, type StoreForecast } from './keepForm.ts'
import { useSetting } from './useSetting.ts'

export function HistorySettings() {
  const query = useQuery({ ...orpc.history.store.queryOptions(), refetchInterval: 5000 })
  if (query.data === undefined)
    return (
      <Panel title={t('pages.history')}>
        <Loaded query={query} rows={7}>
          {() => null}
        </Loaded>
      </Panel>
    )
  return <Known figures={query.data} />
}

function Known({ figures }: { readonly figures: StoreFigures }) {
  const queryClient = useQueryClient()
  const { entry, enter, failure, save } = useSetting<KeepForm>()
  const form = entry ?? {}
  const read = readKeepForm(form)
  const wrong = read.ok ? [] : read.error
  const forecast = forecastOf(figures, { ...limitsOf(figures), ...rightLimits(form) })
  return (
    <div className="flex flex-col gap-3">
      {figures.why !== null && <Banner kind={shownAs(figures.why).severity} title={consoleTroubleText(figures.why, language)} />}
      <Panel title={t('common.retention')} hint={t('kept.hint')}>
        <form
          className="flex flex-col gap-3"
          onSubmit={(event) => {
            event.preventDefault()
            if (read.ok) void save(async () => queryClient.setQueryData(orpc.history.store.queryKey(), await client.history.keep(read.value)))
          }}
        >
          <DataTable
            label={t('common.retention')}
            columns={keptColumns()}
            rows={figures.kept}
            keyOf={({ kept }) => kept}
            context={{ form, wrong, forecast, onForm: enter }}
            foot={{
              kept: t('kept.all'),
              gigabytes: t('common.upToSize', { size: formatValue(forecast.limitBytes, 'bytes') }),
              used: formatValue(figures.bytes, 'bytes'),
              from: figures.freeBytes === null ? '–' : t('kept.free', { size: formatValue(figures.freeBytes, 'bytes') }),
              forecast: forecast.takesBytes === null ? '' : t('common.upToSize', { size: formatValue(forecast.takesBytes, 'bytes') }),
            }}
          />
          <DiskWarning forecast={forecast} />
          {failure !== null && <p className="font-medium text-critical">{t('common.failedReason', { reason: failure })}</p>}
          <div className="flex gap-2">
            <Button type="submit" look="primary" disabled={entry === null || !read.ok} text={t('common.save')} />
            {entry !== null && <Button onClick={() => enter(null)}>{t('common.cancel')}</Button>}
          </div>
        </form>
      </Panel>
      {figures.setAside.length > 0 && (
        <Panel title={t('kept.asideTitle')}>
          <ul className="flex flex-col gap-1.5">
            {figures.setAside.map(({ file, at }) => (
              <li key={file} className="grid grid-cols-[120px_minmax(0,1fr)] gap-x-3">
                <time className="text-faint" dateTime={new Date(at).toISOString()}>
                  {formatMoment(at, 'minute')}
                </time>
                <span className="min-w-0 break-words font-mono text-sm">{file}</span>
              </li>
            ))}
          </ul>
        </Panel>
      )}
    </div>
  )
}

type KeptRow = StoreFigures['kept'][number]
interface KeptContext {
  readonly form: KeepForm
  readonly wrong: readonly { readonly kept: Kept; readonly field: keyof KeepEntry }[]
  readonly forecast: StoreForecast
  readonly onForm: (form: KeepForm) => void
}
const entryOf = ({ kept, limit }: KeptRow, { form }: KeptContext) => form[kept] ?? keepEntryOf(limit)

function keptColumns(): readonly Column<KeptRow, KeptContext>[] {
  const field = (which: keyof KeepEntry, words: string) => (row: KeptRow, context: KeptContext) => {
    const entry = entryOf(row, context)
    const wrong = context.wrong.some((one) => one.kept === row.kept && one.field === which)
    return (
      <>
        <input
          type="text"
          inputMode="decimal"
          autoComplete="off"
          aria-label={`${t(`kept.column.${which}`)}: ${t(`kept.name.${row.kept}`)}`}
          aria-invalid={wrong}
          value={entry[which]}
          onChange={(event) => context.onForm({ ...context.form, [row.kept]: { ...entry, [which]: event.target.value } })}
          className={`${inputClass} !w-[72px]`}
        />
        {wrong && (
          <div role="alert" className="mt-1 text-sm font-medium text-critical">
            {words}
          </div>
        )}
      </>
    )
  }
  const keptColumn = (
    id: 'kept' | 'days' | 'gigabytes' | 'used' | 'from' | 'forecast',
    width: number,
    share: number,
    cell: Column<KeptRow, KeptContext>['cell'],
  ) => column(id, t(`kept.column.${id}`), { rank: 0, width, share, wraps: true }, cell)
  return [
    keptColumn('kept', 150, 3, ({ kept }) => <div className="font-medium">{t(`kept.name.${kept}`)}</div>),
    keptColumn('days', 84, 1, field('days', t('kept.wrongDays'))),
    keptColumn('gigabytes', 84, 1, field('gigabytes', t('kept.wrongGigabytes'))),
    keptColumn('used', 140, 1, ({ bytes, limit }) => (
      <>
        {formatValue(bytes, 'bytes')} <Bar percent={(bytes / limit.bytes) * 100} width={56} />
      </>
    )),
    keptColumn('from', 130, 1, ({ from }) => (from === null ? '–' : formatMoment(from, 'minute'))),
    keptColumn('forecast', 150, 3, (row, context) => (
      <span className="text-muted">
        <Forecast kept={row.kept} limit={entryOf(row, context)} inForce={row.limit} forecast={context.forecast} />
      </span>
    )),
  ]
}

interface ForecastProps {
  readonly kept: Kept
  readonly limit: KeepEntry
  readonly inForce: { readonly days: number; readonly bytes: number }
  readonly forecast: StoreForecast
}
function Forecast({ kept, limit, inForce, forecast }: ForecastProps) {
  const read = readKeepForm({ [kept]: limit })
  const { days, bytes } = (read.ok ? read.value[kept] : undefined) ?? inForce
  const kind = forecast.kinds.find((one) => one.kept === kept)
  if (!kind || kind.takesBytes === null) return t('common.noData')
  const count = (value: number) => formatValue(value >= 10 ? Math.round(value) : value, 'count')
  return kind.holdsDays === null
    ? t('kept.takes', { days: count(days), size: formatValue(kind.takesBytes, 'bytes') })
    : t('kept.holds', { size: formatValue(bytes, 'bytes'), days: count(kind.holdsDays) })
}

function DiskWarning({ forecast: { limitBytes, roomBytes } }: { readonly forecast: StoreForecast }) {
  if (roomBytes === null || limitBytes <= roomBytes) return null
  return (
    <Banner kind="warning" title={t('kept.tooMuch', { limits: formatValue(limitBytes, 'bytes'), room: formatValue(roomBytes, 'bytes') })}>
      {t('kept.tooMuchTodo')}
    </Banner>
  )
}
