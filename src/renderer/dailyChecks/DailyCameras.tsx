import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { TFunction } from 'i18next'
import { useCallback, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { dailyCameraTexts } from '../../i18n/dailyText.ts'
import type { Language } from '../../i18n/languages.ts'
import { type DailyCamera, type DailyReport, dailyVerdicts, mostDailyCameras } from '../../shared/dailyChecks.ts'
import { searchTerms, searchText } from '../../shared/searchText.ts'
import type { KeptPicture } from '../../shared/snapshots.ts'
import { isoOrNull } from '../../shared/time.ts'
import { formatDateTime, formatMoment, formatNumber, formatTime, formatValue, type TimeZoneChoice } from '../../shared/units.ts'
import { CsvButton } from '../app/CsvButton.tsx'
import { client, orpc } from '../app/client.ts'
import { toProbe, toStream } from '../app/links.ts'
import { DetailsHead } from '../app/lists.tsx'
import { usePreferences, zone } from '../app/preferences.ts'
import { language, t, useLanguage } from '../app/words.ts'
import { useShownMoment } from '../fleet/fleet.ts'
import { pictureSrc } from '../fleet/snapshots.ts'
import { type Column, widthOf } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { Facts } from '../ui/Facts.tsx'
import { Mark, type MarkKind } from '../ui/Mark.tsx'
import { Section } from '../ui/Panel.tsx'
import { column, textColumn } from '../ui/plainColumns.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'

/** How often they are read again, ms: while a check runs, and otherwise. */
const runningMs = 3_000
const idleMs = 15_000
/** Pictures of a report do not change. */
const pictureKeptMs = 300_000

export function useDailyStatus() {
  const live = useShownMoment() === null
  return useQuery({
    ...orpc.dailyChecks.status.queryOptions(),
    refetchInterval: ({ state }) => (live ? (state.data?.running ? runningMs : idleMs) : false),
  })
}

/** Reports up to the moment that the window shows, the newest first. */
export function useDailyReports(isRunning: boolean) {
  const at = useShownMoment()
  return useQuery({
    ...orpc.dailyChecks.list.queryOptions({ input: at === null ? {} : { until: at } }),
    refetchInterval: at === null ? (isRunning ? runningMs : idleMs) : false,
    placeholderData: keepPreviousData,
  })
}

/** All cameras of a report, the worst first. */
export function useDailyCameras(report: DailyReport | null) {
  return useQuery({
    queryKey: [...orpc.dailyChecks.get.key(), report?.id ?? 0, report?.state ?? ''],
    queryFn: async ({ signal }) => {
      const all: DailyCamera[] = []
      for (;;) {
        const { cameras, total } = await client.dailyChecks.get({ id: report?.id ?? 0, offset: all.length, limit: mostDailyCameras }, { signal })
        all.push(...cameras)
        if (cameras.length === 0 || all.length >= total) return all
      }
    },
    enabled: report !== null,
    refetchInterval: report?.state === 'running' ? Math.max(runningMs, report.counts.cameras * 5) : false,
  })
}

/** The picture of a camera, and the one of the report before; undefined: not known yet. */
function useDailyPictures(report: number, { no, picture, before }: DailyCamera, wantsBefore: boolean) {
  return useQuery({
    ...orpc.dailyChecks.pictures.queryOptions({ input: { id: report, no, before: wantsBefore } }),
    // One camera may get its picture while the report is made.
    queryKey: [...orpc.dailyChecks.pictures.key(), report, no, wantsBefore, picture?.at ?? null],
    enabled: picture !== null || (wantsBefore && before?.picture != null),
    staleTime: pictureKeptMs,
    gcTime: pictureKeptMs,
    retry: false,
  }).data
}

export const dailyFilters = [...dailyVerdicts, 'newFault', 'mended', 'new'] as const
type DailyFilter = (typeof dailyFilters)[number]

const passes = (camera: DailyCamera, filter: DailyFilter): boolean => camera.verdict === filter || camera.change === filter

export function filterCameras(cameras: readonly DailyCamera[], text: string, wanted: readonly DailyFilter[], language: Language): readonly DailyCamera[] {
  const words = searchTerms(text)
  return cameras.filter((camera) => {
    if (wanted.length > 0 && !wanted.some((filter) => passes(camera, filter))) return false
    if (words.length === 0) return true
    const of = searchText([camera.name, camera.place, ...dailyCameraTexts(camera, language)].join(' '))
    return words.every((word) => of.includes(word))
  })
}

export function countFilters(cameras: readonly DailyCamera[]): Readonly<Record<DailyFilter, number>> {
  return Object.fromEntries(dailyFilters.map((filter) => [filter, cameras.filter((camera) => passes(camera, filter)).length])) as Record<DailyFilter, number>
}

export const filterMarks: Readonly<Record<DailyFilter, MarkKind>> = {
  ...{ fault: 'major', notChecked: 'unknown', gone: 'idle', ok: 'ok', waiting: 'idle' },
  ...{ newFault: 'major', mended: 'ok', new: 'ok' },
}

/** 23 Nov, 06:00 · 3 faulty. */
export function reportText({ plannedAt, state, counts, by }: DailyReport, zone: TimeZoneChoice, t: TFunction): string {
  const parts = [
    formatMoment(plannedAt, 'dayAndTime', zone),
    state === 'done' ? '' : t(`daily.state.${state}`),
    by === null ? '' : t('daily.byHand', { name: by }),
    counts.fault > 0 ? `${counts.fault} ${t('daily.verdict.fault')}` : '',
  ]
  return parts.filter((part) => part !== '').join(' · ')
}

const rowPx = 54
const changesShown = ['newFault', 'stillFault', 'mended', 'new'] as const

interface DailyTableProps {
  readonly report: DailyReport
  readonly cameras: readonly DailyCamera[]
  readonly openNo: number | null
  readonly onOpen: (no: number) => void
}
type Context = Pick<DailyTableProps, 'openNo'> & { readonly report: number }

export function DailyTable({ report, cameras, openNo, onOpen }: DailyTableProps) {
  const { t } = useTranslation()
  const language = useLanguage()
  const { zone } = usePreferences()
  return (
    <DataTable
      label={t('pages.daily')}
      columns={useMemo(() => dailyColumns(t, language, zone), [t, language, zone])}
      rows={cameras}
      keyOf={({ no }) => no}
      context={useMemo(() => ({ report: report.id, openNo }), [report.id, openNo])}
      rowPx={rowPx}
      onOpen={useCallback(({ no }: DailyCamera) => onOpen(no), [onOpen])}
      rowClass={rowClass}
    />
  )
}

export function DailyCsv({ report, cameras }: Pick<DailyTableProps, 'report' | 'cameras'>) {
  return (
    <CsvButton
      name={`daily-check-${new Date(report.plannedAt).toISOString().slice(0, 10)}`}
      columns={dailyColumns(t, language, zone).filter(({ id }) => id !== 'picture')}
      rows={cameras}
      context={{ report: report.id, openNo: null }}
    />
  )
}

const rowClass = ({ no }: DailyCamera, { openNo }: Context) => (no === openNo ? 'bg-accent-soft' : '')
const sizeText = ({ measured }: DailyCamera) => (measured?.widthPx == null || measured.heightPx === null ? null : `${measured.widthPx} × ${measured.heightPx}`)

function changeText({ change, faultSince, verdict }: DailyCamera, zone: TimeZoneChoice): string {
  if (verdict === 'fault' && change === 'stillFault' && faultSince !== null)
    return t('common.sinceTime', { time: formatMoment(faultSince, 'dayAndTime', zone) })
  return change === null || change === 'gone' ? '' : t(`daily.change.${change}`)
}

function dailyColumns(t: TFunction, language: Language, zone: TimeZoneChoice): readonly Column<DailyCamera, Context>[] {
  const foundText = (camera: Pick<DailyCamera, 'faults' | 'why'>) => dailyCameraTexts(camera, language).join(' ')
  const verdictWidth = 30 + widthOf(...dailyVerdicts.map((one) => t(`daily.verdict.${one}`)), ...changesShown.map((one) => t(`daily.change.${one}`)))
  return [
    column('picture', t('daily.column.picture'), { width: 92, rank: 0 }, (camera, { report }) => <Thumbnail report={report} camera={camera} />),
    column(
      'verdict',
      t('common.state'),
      {
        width: verdictWidth,
        rank: 0,
        csv: { verdict: ({ verdict }) => verdict, change: ({ change }) => change, fault_since: ({ faultSince }) => isoOrNull(faultSince) },
      },
      (camera) => <TwoLines first={<Verdict of={camera} />} second={changeText(camera, zone)} />,
    ),
    column(
      'camera',
      t('pages.camera'),
      { width: 150, share: 1, rank: 0, value: ({ name }) => name, csv: { camera: ({ name }) => name, server: ({ place }) => place } },
      ({ name, place }) => <TwoLines first={name} second={place} className="font-semibold" />,
    ),
    textColumn('found', t('daily.column.found'), foundText, { rank: 0, width: 200, share: 2.2, wraps: true, className: '', csv: 'found' }),
    textColumn('before', t('daily.column.before'), ({ before }) => before && (before.verdict === 'ok' ? t('daily.verdict.ok') : foundText(before)), {
      ...{ width: 150, share: 1.4, rank: 2, wraps: true },
      csv: { before_verdict: ({ before }) => before?.verdict ?? null, before_found: ({ before }) => before && foundText(before) },
    }),
    column(
      'video',
      t('common.video'),
      {
        ...{ width: 104, share: 0.3, rank: 3 },
        csv: {
          width_px: ({ measured }) => measured?.widthPx ?? null,
          height_px: ({ measured }) => measured?.heightPx ?? null,
          codec: ({ measured }) => measured?.codec ?? null,
          fps: ({ measured }) => measured?.fps ?? null,
          bitrate_bps: ({ measured }) => measured?.bitrateBps ?? null,
        },
      },
      (camera) => <TwoLines first={sizeText(camera)} second={camera.measured?.codec?.toUpperCase()} />,
    ),
    textColumn('at', t('daily.column.at'), ({ checkedAt }) => (checkedAt === null ? null : formatTime(checkedAt, zone)), {
      ...{ width: 84, share: 0.2, rank: 4, className: '', value: ({ checkedAt }) => checkedAt },
      csv: { checked_at: ({ checkedAt }) => isoOrNull(checkedAt), woken: ({ woken }) => (woken ? 'yes' : 'no') },
    }),
  ]
}

function Verdict({ of }: { readonly of: Pick<DailyCamera, 'verdict'> }) {
  return <Mark kind={filterMarks[of.verdict]} word={t(`daily.verdict.${of.verdict}`)} quiet={of.verdict !== 'fault'} />
}
function TwoLines({ first, second, className = '' }: { readonly first: React.ReactNode; readonly second: React.ReactNode; readonly className?: string }) {
  return (
    <div className="min-w-0 pr-2">
      <div className={`truncate ${className}`} title={typeof first === 'string' ? first : undefined}>
        {first}
      </div>
      <div className="truncate text-faint text-sm">{second}</div>
    </div>
  )
}

function Thumbnail({ report, camera }: { readonly report: number; readonly camera: DailyCamera }) {
  const pictures = useDailyPictures(report, camera, false)
  const frame = 'h-[42px] w-[74px] flex-none overflow-hidden rounded-sm border border-line'
  if (camera.picture === null || pictures?.picture === null)
    return <span className={`${frame} hatched flex items-center justify-center text-center text-faint text-sm leading-tight`}>{t('daily.noPicture')}</span>
  if (pictures === undefined) return <Skeleton className={frame} />
  return <img src={pictureSrc(pictures.picture)} alt="" className={`${frame} bg-black object-contain`} />
}

export function DailyDetails({ report, camera, onClose }: { readonly report: DailyReport; readonly camera: DailyCamera; readonly onClose: () => void }) {
  const { name, place, serverId, path, probeId, before } = camera
  const pictures = useDailyPictures(report.id, camera, true)
  const to = probeId !== null ? toProbe(probeId) : serverId !== null && path !== null ? toStream(serverId, path) : null
  return (
    <>
      <DetailsHead onClose={onClose}>
        <span className="break-words">{name}</span>
      </DetailsHead>
      <p className="text-muted">{place}</p>
      <div className="mt-1.5 flex flex-wrap items-baseline gap-x-2">
        <Verdict of={camera} />
        <span className="text-muted">{changeText(camera, zone)}</span>
        {to !== null && camera.verdict !== 'gone' && (
          <Link to={to} className="ml-auto text-accent hover:underline">
            {t(probeId !== null ? 'daily.toProbe' : 'common.openStream')}
          </Link>
        )}
      </div>
      <Section title={t('daily.report')}>
        <Found of={camera} picture={camera.picture === null ? null : pictures?.picture} />
        <Measured camera={camera} />
      </Section>
      {before !== null && (
        <Section title={`${t('daily.column.before')}, ${formatMoment(before.at, 'dayAndTime', zone)}`}>
          <Verdict of={before} />
          <Found of={before} picture={before.picture === null ? null : pictures?.before} />
        </Section>
      )}
    </>
  )
}

/** `picture` undefined: not known yet. */
function Found({ of, picture }: { readonly of: Pick<DailyCamera, 'faults' | 'why'>; readonly picture: KeptPicture | null | undefined }) {
  const time = picture ? formatDateTime(picture.at, zone) : ''
  return (
    <>
      {dailyCameraTexts(of, language).map((text) => (
        <p key={text} className="mb-1.5 break-words">
          {text}
        </p>
      ))}
      {picture === undefined && <Skeleton className="aspect-video w-full" />}
      {picture === null && (
        <div className="hatched flex aspect-[16/5] w-full items-center justify-center rounded border border-line text-faint">{t('daily.noPicture')}</div>
      )}
      {picture && (
        <figure>
          <img src={pictureSrc(picture)} alt={t('probes.content.pictureOf', { time })} className="w-full rounded border border-line bg-black object-contain" />
          <figcaption className="pt-0.5 text-faint text-sm">{time}</figcaption>
        </figure>
      )}
    </>
  )
}

function Measured({ camera }: { readonly camera: DailyCamera }) {
  const { measured, woken, probe } = camera
  if (measured === null) return null
  const { codec, fps, bitrateBps } = measured
  return (
    <div className="mt-1.5">
      <Facts
        rows={[
          [t('daily.sizeFact'), sizeText(camera)],
          [t('common.codec'), codec?.toUpperCase()],
          [t('common.frameRate'), fps === null ? null : formatNumber(fps, 1)],
          [t('probes.column.bitrate'), bitrateBps === null ? null : formatValue(bitrateBps, 'bps')],
          [t('daily.probeFact'), probe],
          [t('common.source'), woken ? t('daily.woken') : null],
        ]}
      />
    </div>
  )
}
