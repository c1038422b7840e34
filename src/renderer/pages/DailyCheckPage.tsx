import type { TFunction } from 'i18next'
import { Play, Settings2, Square } from 'lucide-react'
import { useCallback, useMemo } from 'react'
import { dailySummary, dailyTitle } from '../../i18n/dailyText.ts'
import { pictureText } from '../../i18n/pictureText.ts'
import type { DailyCamera, DailyReport, DailyStatus } from '../../shared/dailyChecks.ts'
import { formatDuration, formatMoment, formatNumber, type TimeZoneChoice } from '../../shared/units.ts'
import { actThen } from '../app/act.ts'
import { client } from '../app/client.ts'
import { Middle, PageNotLoaded } from '../app/Loaded.tsx'
import { toDailyCheck } from '../app/links.ts'
import { FilterChips, ListAndDetails } from '../app/lists.tsx'
import { useMoment } from '../app/moment.ts'
import { RelatedTabs } from '../app/PageTabs.tsx'
import { zone } from '../app/preferences.ts'
import { usePageParams } from '../app/usePageParams.ts'
import { language, t, useLanguage } from '../app/words.ts'
import { DailyCsv, DailyDetails, DailyTable } from '../dailyChecks/DailyCameras.tsx'
import { DailySettingsDialog, RunDialog } from '../dailyChecks/DailyDialogs.tsx'
import {
  countFilters,
  type DailyFilter,
  dailyFilters,
  filterCameras,
  markOfCamera,
  reportText,
  useDailyCameras,
  useDailyReports,
  useDailyStatus,
} from '../dailyChecks/useDailyChecks.ts'
import { May } from '../fleet/me.tsx'
import { NothingWatched } from '../fleet/NothingThere.tsx'
import { Banner } from '../ui/Banner.tsx'
import { Button } from '../ui/Button.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Mark, type MarkKind } from '../ui/Mark.tsx'
import { SearchField } from '../ui/SearchField.tsx'
import { Select } from '../ui/Select.tsx'

const act = actThen('dailyChecks')

/** Report, search, filters and open dialogs, all stored in the URL. */
function useDailyAddress() {
  const [params, set, setParams] = usePageParams()
  const number = (key: string) => (/^\d{1,15}$/.test(params.get(key) ?? '') ? Number(params.get(key)) : null)
  return {
    reportId: number('report'),
    openNo: number('camera'),
    text: params.get('q') ?? '',
    wanted: dailyFilters.filter((filter) => (params.get('is') ?? '').split(',').includes(filter)),
    dialog: (['run', 'settings'] as const).find((name) => params.has(name)) ?? null,
    set,
    openDialog: (name: 'run' | 'settings') => setParams((before) => new URLSearchParams([...before, [name, '']])),
    closeDialog: () => set({ run: null, settings: null }),
  }
}
type DailyAddress = ReturnType<typeof useDailyAddress>

/** Page of the daily camera check: which cameras deliver a picture, which do not and why, and what changed. */
export function DailyCheckPage() {
  const past = useMoment() !== null
  const address = useDailyAddress()
  const status = useDailyStatus().data
  const { reports, known, failed: notListed } = useDailyReports(status?.running != null)
  const report = reports.find(({ id }) => id === address.reportId) ?? reports[0] ?? null
  const { cameras, failed: notRead } = useDailyCameras(report)
  const failed = notListed ?? notRead
  const language = useLanguage()
  const { text, wanted } = address
  // biome-ignore lint/correctness/useExhaustiveDependencies: wanted is a new list at each render; its joined text says when it changes
  const shown = useMemo(() => filterCameras(cameras ?? [], { text, wanted }, language), [cameras, text, wanted.join(), language])
  return (
    <>
      <Head reports={reports} report={report} shown={shown} status={status} address={address} />
      {!past && status !== undefined && <Notices status={status} />}
      {report !== null && (
        <div className="flex flex-none flex-wrap items-center gap-x-4 gap-y-2">
          <Filters cameras={cameras ?? []} address={address} />
          <Progress report={report} status={status} />
        </div>
      )}
      {failed !== null || !known || (report !== null && cameras === undefined) ? (
        <PageNotLoaded failed={failed} title="common.cannotBeRead" rows={12} rowClass="h-7" />
      ) : (
        <Content status={past ? undefined : status} report={report} cameras={cameras ?? []} shown={shown} address={address} />
      )}
      {!past && address.dialog === 'settings' && status?.origin === 'stored' && (
        <DailySettingsDialog settings={status.settings} onClose={address.closeDialog} />
      )}
      {!past && address.dialog === 'run' && <RunDialog onClose={address.closeDialog} />}
    </>
  )
}

interface HeadProps {
  readonly reports: readonly DailyReport[]
  readonly report: DailyReport | null
  readonly shown: readonly DailyCamera[]
  readonly status: DailyStatus | undefined
  readonly address: DailyAddress
}
function Head({ reports, report, shown, status, address }: HeadProps) {
  const { text, set } = address
  return (
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
        <Actions status={status} address={address} />
      </div>
    </div>
  )
}

function Actions({ status, address }: Pick<HeadProps, 'status' | 'address'>) {
  const past = useMoment() !== null
  if (past || status === undefined) return null
  const { running, origin } = status
  return (
    <>
      <May needs="administer">
        <Button
          icon={Settings2}
          disabled={origin === 'yaml'}
          title={origin === 'yaml' ? t('settings.yaml') : undefined}
          onClick={() => address.openDialog('settings')}
        >
          {t('common.settings')}
        </Button>
      </May>
      <May needs="operate">
        {running === null ? (
          <Button icon={Play} look="primary" onClick={() => address.openDialog('run')} text={t('daily.run')} />
        ) : (
          <Button icon={Square} onClick={() => void act(client.dailyChecks.stop({ id: running.id }))} text={t('daily.stop')} />
        )}
      </May>
    </>
  )
}

/** Banners about why nothing can be read, and which channels were not notified. */
function Notices({ status: { why, untold } }: { readonly status: DailyStatus }) {
  return (
    <>
      {why !== null && (
        <Banner kind="major" title={t('daily.noneCan')}>
          {pictureText(why, language)}
        </Banner>
      )}
      {untold.length > 0 && <Banner kind="minor" title={t('daily.noReportsTo', { names: untold.join(', ') })} />}
    </>
  )
}

const markOfFilter = (filter: DailyFilter): MarkKind =>
  filter === 'newFault' ? 'major' : filter === 'mended' || filter === 'new' ? 'ok' : markOfCamera({ verdict: filter })

function Filters({ cameras, address: { wanted, set } }: { readonly cameras: readonly DailyCamera[]; readonly address: DailyAddress }) {
  const counts = useMemo(() => countFilters(cameras), [cameras])
  return (
    <FilterChips
      values={dailyFilters}
      countOf={(filter) => counts[filter]}
      wanted={wanted}
      onWanted={(next) => set({ is: next.join(',') })}
      markOf={markOfFilter}
      nameOf={(filter) => (filter === 'newFault' || filter === 'mended' || filter === 'new' ? t(`daily.change.${filter}`) : t(`daily.verdict.${filter}`))}
    />
  )
}

/** Progress or duration of the check, and when the next one is. */
function Progress({ report, status }: { readonly report: DailyReport; readonly status: DailyStatus | undefined }) {
  const past = useMoment() !== null
  const { state, counts, startedAt, endedAt, endsAt, leftOut } = report
  const done =
    state === 'running'
      ? t('daily.progress', {
          done: formatNumber(counts.cameras - counts.waiting, 0),
          all: formatNumber(counts.cameras, 0),
          time: formatMoment(endsAt, 'dayAndTime', zone),
        })
      : startedAt !== null && endedAt !== null
        ? `${formatMoment(startedAt, 'dayAndTime', zone)} · ${formatDuration(endedAt - startedAt)}`
        : null
  return (
    <p className="flex flex-wrap gap-x-1.5 text-muted">
      {done !== null && <span>{done}</span>}
      {leftOut > 0 && <Mark kind="minor" size={11} word={t('daily.leftOut', { count: leftOut })} />}
      {!past && status !== undefined && (
        <span>
          {done !== null && '· '}
          {nextMessage(status, zone, t)}
        </span>
      )}
    </p>
  )
}
function nextMessage({ nextAt, origin }: DailyStatus, zone: TimeZoneChoice, t: TFunction): string {
  const next = nextAt === null ? t('daily.off') : t('daily.next', { time: formatMoment(nextAt, 'dayAndTime', zone) })
  return origin === 'yaml' ? `${next} (${t('settings.yaml')})` : next
}

interface ContentProps {
  /** Current status; undefined: unknown, or a past moment is shown. */
  readonly status: DailyStatus | undefined
  readonly report: DailyReport | null
  readonly cameras: readonly DailyCamera[]
  readonly shown: readonly DailyCamera[]
  readonly address: DailyAddress
}
function Content({ status, report, cameras, shown, address }: ContentProps) {
  const past = useMoment() !== null
  if (report === null)
    return (
      <NothingWatched
        title={t(past ? 'daily.noneThen' : 'daily.none')}
        text={past ? '' : [t('daily.noneText'), ...(status === undefined ? [] : [nextMessage(status, zone, t)])].join(' ')}
        ofBundle={t('daily.noneThen')}
      />
    )
  if (report.state === 'missed')
    return (
      <Middle>
        <EmptyState icon={<Mark kind="minor" size={22} />} title={dailyTitle(report, language)}>
          {dailySummary(report, language)}
        </EmptyState>
      </Middle>
    )
  return <Listed report={report} cameras={cameras} shown={shown} address={address} />
}

function Listed({ report, cameras, shown, address: { openNo, set } }: Omit<ContentProps, 'status' | 'report'> & { readonly report: DailyReport }) {
  const onOpen = useCallback((no: number) => set({ camera: String(no) }, false), [set])
  const close = () => set({ camera: null })
  const opened = cameras.find(({ no }) => no === openNo)
  const details =
    openNo === null ? null : opened === undefined ? (
      <EmptyState title={t('common.notFound')} />
    ) : (
      <DailyDetails key={`${report.id} ${opened.no}`} report={report} camera={opened} onClose={close} />
    )
  return (
    <ListAndDetails details={details} onClose={close}>
      {shown.length === 0 ? (
        <Middle>
          <EmptyState title={t('common.noMatch')} actions={<Button onClick={() => set({ q: null, is: null })}>{t('common.clearFilters')}</Button>} />
        </Middle>
      ) : (
        <DailyTable report={report} cameras={shown} openNo={openNo} onOpen={onOpen} />
      )}
    </ListAndDetails>
  )
}
