import type { TFunction } from 'i18next'
import { X } from 'lucide-react'
import { useCallback, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { dailyCameraTexts } from '../../i18n/dailyText.ts'
import type { Language } from '../../i18n/languages.ts'
import { type DailyCamera, type DailyReport, dailyVerdicts } from '../../shared/dailyChecks.ts'
import type { KeptPicture } from '../../shared/snapshots.ts'
import { formatDateTime, formatMoment, formatNumber, formatTime, formatValue, type TimeZoneChoice } from '../../shared/units.ts'
import { actThen } from '../app/act.ts'
import { CsvButton } from '../app/CsvButton.tsx'
import { client } from '../app/client.ts'
import { toProbe, toStream } from '../app/links.ts'
import { useMoment } from '../app/moment.ts'
import { usePreferences, zone } from '../app/preferences.ts'
import { language, t, useLanguage } from '../app/words.ts'
import { pictureSrc } from '../fleet/snapshots.ts'
import { Button } from '../ui/Button.tsx'
import { type Column, widthOf } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { Facts } from '../ui/Facts.tsx'
import { Mark } from '../ui/Mark.tsx'
import { Section } from '../ui/Panel.tsx'
import { column } from '../ui/plainColumns.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import { markOfCamera, useDailyPictures } from './useDailyChecks.ts'

const act = actThen('dailyChecks')

const rowPx = 54
const changesShown = ['newFault', 'stillFault', 'mended', 'new'] as const

interface DailyTableProps {
  readonly report: DailyReport
  readonly cameras: readonly DailyCamera[]
  readonly openNo: number | null
  readonly onOpen: (no: number) => void
}
interface Context {
  readonly report: number
  readonly openNo: number | null
}

/** The cameras of a report, each with its small picture, what was found, and what was found before. */
export function DailyTable({ report, cameras, openNo, onOpen }: DailyTableProps) {
  const { t } = useTranslation()
  const language = useLanguage()
  const { zone } = usePreferences()
  const columns = useMemo(() => dailyColumns(t, language, zone), [t, language, zone])
  return (
    <DataTable
      label={t('pages.daily')}
      columns={columns}
      rows={cameras}
      keyOf={({ no }) => no}
      context={useMemo(() => ({ report: report.id, openNo }), [report.id, openNo])}
      rowPx={rowPx}
      onOpen={useCallback(({ no }: DailyCamera) => onOpen(no), [onOpen])}
      rowClass={rowClass}
    />
  )
}

/** The same rows for a spreadsheet. */
export function DailyCsv({ report, cameras }: Pick<DailyTableProps, 'report' | 'cameras'>) {
  const day = new Date(report.plannedAt).toISOString().slice(0, 10)
  return (
    <CsvButton
      name={`daily-check-${day}`}
      columns={dailyColumns(t, language, zone).filter(({ id }) => id !== 'picture')}
      rows={cameras}
      context={{ report: report.id, openNo: null }}
    />
  )
}

const rowClass = ({ no }: DailyCamera, { openNo }: Context) => (no === openNo ? 'bg-accent-soft' : '')
const Faint = ({ children }: { readonly children: React.ReactNode }) => <div className="truncate text-faint text-sm">{children}</div>
const isoOf = (at: number | null) => (at === null ? null : new Date(at).toISOString())

/** Since when it is faulty, or what is otherwise than before. */
function changeText({ change, faultSince, verdict }: DailyCamera, zone: TimeZoneChoice, t: TFunction): string {
  if (verdict === 'fault' && change === 'stillFault' && faultSince !== null)
    return t('common.sinceTime', { time: formatMoment(faultSince, 'dayAndTime', zone) })
  return change === null || change === 'gone' ? '' : t(`daily.change.${change}`)
}

function beforeText({ before }: DailyCamera, language: Language, t: TFunction): string {
  if (before === null) return ''
  return before.verdict === 'ok' ? t('daily.verdict.ok') : dailyCameraTexts(before, language).join(' ')
}

function dailyColumns(t: TFunction, language: Language, zone: TimeZoneChoice): readonly Column<DailyCamera, Context>[] {
  const found = (camera: DailyCamera) => dailyCameraTexts(camera, language).join(' ')
  const size = ({ measured }: DailyCamera) => (measured?.widthPx == null || measured.heightPx === null ? '' : `${measured.widthPx} × ${measured.heightPx}`)
  return [
    { id: 'picture', head: t('daily.column.picture'), width: 92, rank: 0, cell: (camera, { report }) => <Thumbnail report={report} camera={camera} /> },
    {
      id: 'verdict',
      head: t('common.state'),
      width: 30 + widthOf(...dailyVerdicts.map((one) => t(`daily.verdict.${one}`)), ...changesShown.map((one) => t(`daily.change.${one}`))),
      rank: 0,
      cell: (camera) => (
        <div className="min-w-0 pr-2">
          <Mark kind={markOfCamera(camera)} word={t(`daily.verdict.${camera.verdict}`)} quiet={camera.verdict !== 'fault'} />
          <Faint>{changeText(camera, zone, t)}</Faint>
        </div>
      ),
      csv: { verdict: ({ verdict }) => verdict, change: ({ change }) => change, fault_since: ({ faultSince }) => isoOf(faultSince) },
    },
    {
      id: 'camera',
      head: t('pages.camera'),
      width: 150,
      share: 1,
      rank: 0,
      value: ({ name }) => name,
      cell: ({ name, place }) => (
        <div className="min-w-0 pr-2">
          <div className="truncate font-semibold" title={name}>
            {name}
          </div>
          <Faint>{place}</Faint>
        </div>
      ),
      csv: { camera: ({ name }) => name, server: ({ place }) => place },
    },
    column('found', t('daily.column.found'), { rank: 0, width: 200, share: 2.2, csv: { found } }, (camera) => {
      const words = found(camera)
      return (
        <div className="line-clamp-2 whitespace-normal pr-3" title={words}>
          {words}
        </div>
      )
    }),
    {
      id: 'before',
      head: t('daily.column.before'),
      width: 150,
      share: 1.4,
      rank: 2,
      cell: (camera) => (
        <div className="line-clamp-2 whitespace-normal pr-3 text-muted" title={beforeText(camera, language, t)}>
          {beforeText(camera, language, t)}
        </div>
      ),
      csv: {
        before_verdict: ({ before }) => before?.verdict ?? null,
        before_found: ({ before }) => (before === null ? null : dailyCameraTexts(before, language).join(' ')),
      },
    },
    {
      id: 'video',
      head: t('common.video'),
      width: 104,
      share: 0.3,
      rank: 3,
      cell: (camera) => (
        <div className="min-w-0">
          {size(camera)}
          <Faint>{camera.measured?.codec?.toUpperCase() ?? ''}</Faint>
        </div>
      ),
      csv: {
        width_px: ({ measured }) => measured?.widthPx ?? null,
        height_px: ({ measured }) => measured?.heightPx ?? null,
        codec: ({ measured }) => measured?.codec ?? null,
        fps: ({ measured }) => measured?.fps ?? null,
        bitrate_bps: ({ measured }) => measured?.bitrateBps ?? null,
      },
    },
    {
      id: 'at',
      head: t('daily.column.at'),
      width: 84,
      share: 0.2,
      rank: 4,
      value: ({ checkedAt }) => checkedAt,
      cell: ({ checkedAt }) => (checkedAt === null ? '' : formatTime(checkedAt, zone)),
      csv: { checked_at: ({ checkedAt }) => isoOf(checkedAt), woken: ({ woken }) => (woken ? 'yes' : 'no') },
    },
  ]
}

/** The small picture of a row. */
function Thumbnail({ report, camera }: { readonly report: number; readonly camera: DailyCamera }) {
  const pictures = useDailyPictures(report, camera, false)
  const frame = 'h-[42px] w-[74px] flex-none overflow-hidden rounded-sm border border-line'
  if (camera.picture === null || pictures?.picture === null)
    return <span className={`${frame} hatched flex items-center justify-center text-center text-faint text-sm leading-tight`}>{t('daily.noPicture')}</span>
  if (pictures === undefined) return <Skeleton className={frame} />
  return <img src={pictureSrc(pictures.picture)} alt="" className={`${frame} bg-black object-contain`} />
}

/** One camera of a report: its picture and what was found, and the same of the report before. */
export function DailyDetails({ report, camera, onClose }: { readonly report: DailyReport; readonly camera: DailyCamera; readonly onClose: () => void }) {
  const { name, place, serverId, path, probeId, before } = camera
  const pictures = useDailyPictures(report.id, camera, true)
  const to = probeId !== null ? toProbe(probeId) : serverId !== null && path !== null ? toStream(serverId, path) : null
  const change = changeText(camera, zone, t)
  return (
    <>
      <div className="flex items-start gap-2">
        <div className="min-w-0 flex-1">
          <h2 className="break-words font-semibold text-lg">{name}</h2>
          <p className="text-muted">{place}</p>
        </div>
        <Button look="quiet" label={t('common.close')} onClick={onClose} icon={X} />
      </div>
      <div className="mt-1.5 flex flex-wrap items-baseline gap-x-2">
        <Mark kind={markOfCamera(camera)} word={t(`daily.verdict.${camera.verdict}`)} quiet={camera.verdict !== 'fault'} />
        {change !== '' && <span className="text-muted">{change}</span>}
        {to !== null && camera.verdict !== 'gone' && (
          <Link to={to} className="ml-auto text-accent hover:underline">
            {t(probeId !== null ? 'daily.toProbe' : 'common.openStream')}
          </Link>
        )}
      </div>
      <Section title={t('daily.report')}>
        <Found of={camera} />
        <LargePicture picture={camera.picture === null ? null : pictures?.picture} />
        <Measured report={report} camera={camera} />
      </Section>
      {before !== null && (
        <Section title={`${t('daily.column.before')}, ${formatMoment(before.at, 'dayAndTime', zone)}`}>
          <Mark kind={markOfCamera(before)} word={t(`daily.verdict.${before.verdict}`)} quiet={before.verdict !== 'fault'} />
          <Found of={before} />
          <LargePicture picture={before.picture === null ? null : pictures?.before} />
        </Section>
      )}
    </>
  )
}

function Found({ of }: { readonly of: Pick<DailyCamera, 'faults' | 'why'> }) {
  const texts = dailyCameraTexts(of, language)
  if (texts.length === 0) return null
  return (
    <ul className="mb-1.5 flex flex-col gap-1">
      {texts.map((text) => (
        <li key={text} className="break-words">
          {text}
        </li>
      ))}
    </ul>
  )
}

function Measured({ report, camera: { no, measured, faults, woken, probe } }: { readonly report: DailyReport; readonly camera: DailyCamera }) {
  const past = useMoment() !== null
  if (measured === null) return null
  const { widthPx, heightPx, codec, fps, bitrateBps } = measured
  return (
    <div className="mt-1.5">
      <Facts
        rows={[
          [t('daily.sizeFact'), widthPx === null || heightPx === null ? null : `${widthPx} × ${heightPx}`],
          [t('common.codec'), codec?.toUpperCase() ?? null],
          [t('common.frameRate'), fps === null ? null : formatNumber(fps, 1)],
          [t('probes.column.bitrate'), bitrateBps === null ? null : formatValue(bitrateBps, 'bps')],
          [t('daily.probeFact'), probe],
          [t('common.source'), woken ? t('daily.woken') : null],
        ]}
      />
      {!past && faults.some(({ kind }) => kind === 'size') && (
        <Button className="mt-2" onClick={() => void act(client.dailyChecks.acceptSize({ id: report.id, no }), t('common.saved'))} text={t('daily.accept')} />
      )}
    </div>
  )
}

/** A picture as large as there is room, with its time. */
function LargePicture({ picture }: { readonly picture: KeptPicture | null | undefined }) {
  if (picture === undefined) return <Skeleton className="aspect-video w-full" />
  if (picture === null)
    return <div className="hatched flex aspect-[16/5] w-full items-center justify-center rounded border border-line text-faint">{t('daily.noPicture')}</div>
  const time = formatDateTime(picture.at, zone)
  return (
    <figure>
      <img src={pictureSrc(picture)} alt={t('probes.content.pictureOf', { time })} className="w-full rounded border border-line bg-black object-contain" />
      <figcaption className="pt-0.5 text-faint text-sm">{time}</figcaption>
    </figure>
  )
}
