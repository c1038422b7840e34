import { Play, Settings2, Square } from 'lucide-react'
import { useCallback, useMemo } from 'react'
import { dailySkipText, dailySummary, dailyTitle } from '../../i18n/dailyText.ts'
import type { DailyCamera, DailyReport, DailyStatus } from '../../shared/dailyChecks.ts'
import { formatDuration, formatMoment, formatNumber } from '../../shared/units.ts'
import { actThen } from '../app/act.ts'
import { client } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { Middle, PageNotLoaded } from '../app/Loaded.tsx'
import { toDailyCheck } from '../app/links.ts'
import { FilterChips, ListAndDetails } from '../app/lists.tsx'
import { useMoment } from '../app/moment.ts'
import { RelatedTabs } from '../app/PageTabs.tsx'
import { zone } from '../app/preferences.ts'
import { usePageParams } from '../app/usePageParams.ts'
import { t, useLanguage } from '../app/words.ts'
import {
  countFilters,
  DailyCsv,
  DailyDetails,
  DailyTable,
  dailyFilters,
  filterCameras,
  filterMarks,
  reportText,
  useDailyCameras,
  useDailyReports,
  useDailyStatus,
} from '../dailyChecks/DailyCameras.tsx'
import { DailySettingsDialog, RunDialog } from '../dailyChecks/DailyDialogs.tsx'
import { May } from '../fleet/me.tsx'
import { NothingWatched } from '../fleet/NothingThere.tsx'
import { Banner } from '../ui/Banner.tsx'
import { Button } from '../ui/Button.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Mark } from '../ui/Mark.tsx'
import { SearchField } from '../ui/SearchField.tsx'
import { Select } from '../ui/Select.tsx'

const act = actThen('dailyChecks')
const nothing: readonly never[] = []

/** Report, filters and dialogs are in the address. */
export function DailyCheckPage() {
  const past = useMoment() !== null
  const [params, set] = usePageParams()
  const known = useDailyStatus().data
  const status = past ? undefined : known
  const listed = useDailyReports(known?.running != null)
  const reports = listed.data ?? nothing
  const report = reports.find(({ id }) => String(id) === params.get('report')) ?? reports[0] ?? null
  const read = useDailyCameras(report)
  const cameras = read.data ?? nothing
  const language = useLanguage()
  const text = params.get('q') ?? ''
  const is = params.get('is') ?? ''
  const counts = useMemo(() => countFilters(cameras), [cameras])
  const shown = useMemo(() => filterCameras(cameras, text, filtersOf(is), language), [cameras, text, is, language])
  const isLast = status !== undefined && report !== null && report === reports[0] && report.state !== 'running'
  const noTools = !isLast || cameras.some(({ measured }) => measured !== null) ? null : cameras.find(({ why }) => why?.kind === 'noTools')?.why
  const closeDialog = () => set({ run: null, settings: null })
  const openDialog = (name: 'run' | 'settings') => set({ [name]: true }, false)
  const error = (listed.data === undefined ? listed.error : null) ?? (read.data === undefined ? read.error : null)
  return (
    <>
      <div className="flex flex-none flex-wrap items-center gap-x-2.5 gap-y-2">
        <h1 className="sr-only">{t('pages.daily')}</h1>
        <RelatedTabs of="probes" at={toDailyCheck} />
        {report !== null && (
          <>
            <Select
              label={t('daily.report')}
              value={String(report.id)}
              onChange={(id) => set({ report: id === String(reports[0]?.id) ? null : id, camera: null }, false)}
              options={reports.map((one) => ({ value: String(one.id), label: reportText(one, zone, t) }))}
              passesKeys
            />
            <SearchField label={t('common.search')} width={180} text={text} onText={(q) => set({ q })} />
          </>
        )}
        <div className="ml-auto flex items-center gap-2">
          {report !== null && <DailyCsv report={report} cameras={shown} />}
          {status !== undefined && <Actions status={status} onOpen={openDialog} />}
        </div>
      </div>
      {noTools && (
        <Banner kind="major" title={t('daily.noneCan')}>
          {dailySkipText(noTools, language)}
        </Banner>
      )}
      {status !== undefined && status.untold.length > 0 && <Banner kind="minor" title={t('daily.noReportsTo', { names: status.untold.join(', ') })} />}
      {report !== null && (
        <div className="flex flex-none flex-wrap items-center gap-x-4 gap-y-2">
          <FilterChips
            values={dailyFilters}
            countOf={(filter) => counts[filter]}
            wanted={filtersOf(is)}
            onWanted={(next) => set({ is: next.join(',') })}
            markOf={(filter) => filterMarks[filter]}
            nameOf={(filter) => (filter === 'newFault' || filter === 'mended' || filter === 'new' ? t(`daily.change.${filter}`) : t(`daily.verdict.${filter}`))}
          />
          <Progress report={report} status={status} />
        </div>
      )}
      {error !== null || listed.data === undefined || (report !== null && read.data === undefined) ? (
        <PageNotLoaded failed={error && failureText(error)} title="common.cannotBeRead" rows={12} rowClass="h-7" />
      ) : report === null ? (
        <NothingWatched
          title={t(past ? 'daily.noneThen' : 'daily.none')}
          text={past ? '' : [t('daily.noneText'), status === undefined ? '' : nextMessage(status)].join(' ')}
          ofBundle={t('daily.noneThen')}
        />
      ) : report.state === 'missed' ? (
        <Middle>
          <EmptyState icon={<Mark kind="minor" size={22} />} title={dailyTitle(report, language)}>
            {dailySummary(report, language)}
          </EmptyState>
        </Middle>
      ) : (
        <Listed report={report} cameras={cameras} shown={shown} openNo={params.get('camera')} set={set} />
      )}
      {params.has('settings') && status?.origin === 'stored' && <DailySettingsDialog settings={status.settings} onClose={closeDialog} />}
      {params.has('run') && !past && <RunDialog onClose={closeDialog} />}
    </>
  )
}

const filtersOf = (is: string) => dailyFilters.filter((filter) => is.split(',').includes(filter))

function Actions({ status: { running, origin }, onOpen }: { readonly status: DailyStatus; readonly onOpen: (dialog: 'run' | 'settings') => void }) {
  const title = origin === 'yaml' ? t('settings.yaml') : undefined
  return (
    <>
      <May needs="administer">
        <Button icon={Settings2} disabled={origin === 'yaml'} title={title} onClick={() => onOpen('settings')} text={t('common.settings')} />
      </May>
      <May needs="operate">
        {running === null ? (
          <Button icon={Play} look="primary" onClick={() => onOpen('run')} text={t('daily.run')} />
        ) : (
          <Button icon={Square} onClick={() => void act(client.dailyChecks.stop({ id: running.id }))} text={t('daily.stop')} />
        )}
      </May>
    </>
  )
}

/** `status` undefined: unknown, or a past moment is shown. */
function Progress({ report, status }: { readonly report: DailyReport; readonly status: DailyStatus | undefined }) {
  const { state, counts, startedAt, endedAt, endsAt, leftOut } = report
  const done =
    state === 'running'
      ? t('daily.progress', {
          done: formatNumber(counts.cameras - counts.waiting, 0),
          all: formatNumber(counts.cameras, 0),
          time: formatMoment(endsAt, 'dayAndTime'),
        })
      : startedAt !== null && endedAt !== null
        ? `${formatMoment(startedAt, 'dayAndTime')} · ${formatDuration(endedAt - startedAt)}`
        : null
  return (
    <p className="flex flex-wrap gap-x-1.5 text-muted">
      {done !== null && <span>{done}</span>}
      {leftOut > 0 && <Mark kind="minor" size={11} word={t('daily.leftOut', { count: leftOut })} />}
      {status !== undefined && (
        <span>
          {done !== null && '· '}
          {nextMessage(status)}
        </span>
      )}
    </p>
  )
}
function nextMessage({ nextAt, origin }: DailyStatus): string {
  const next = nextAt === null ? t('daily.off') : t('daily.next', { time: formatMoment(nextAt, 'dayAndTime') })
  return origin === 'yaml' ? `${next} (${t('settings.yaml')})` : next
}

interface ListedProps {
  readonly report: DailyReport
  readonly cameras: readonly DailyCamera[]
  readonly shown: readonly DailyCamera[]
  readonly openNo: string | null
  readonly set: ReturnType<typeof usePageParams>[1]
}
function Listed({ report, cameras, shown, openNo, set }: ListedProps) {
  const onOpen = useCallback((no: number) => set({ camera: String(no) }, false), [set])
  const close = () => set({ camera: null })
  const opened = cameras.find(({ no }) => String(no) === openNo)
  const details = opened ? (
    <DailyDetails key={`${report.id} ${opened.no}`} report={report} camera={opened} onClose={close} />
  ) : (
    <EmptyState title={t('common.notFound')} />
  )
  return (
    <ListAndDetails details={openNo === null ? null : details} onClose={close}>
      {shown.length === 0 ? (
        <Middle>
          <EmptyState title={t('common.noMatch')} actions={<Button onClick={() => set({ q: null, is: null })}>{t('common.clearFilters')}</Button>} />
        </Middle>
      ) : (
        <DailyTable report={report} cameras={shown} openNo={opened?.no ?? null} onOpen={onOpen} />
      )}
    </ListAndDetails>
  )
}
