import { X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { dailyCameraTexts } from '../../i18n/dailyText.ts'
import type { DailyCamera, DailyReport } from '../../shared/dailyChecks.ts'
import type { KeptPicture } from '../../shared/snapshots.ts'
import { formatDateTime, formatMoment, formatNumber, formatValue } from '../../shared/units.ts'
import { client } from '../app/client.ts'
import { toProbe, toStream } from '../app/links.ts'
import { useMoment } from '../app/moment.ts'
import { usePreferences } from '../app/preferences.ts'
import { useAct } from '../app/useAct.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { pictureSrc } from '../fleet/snapshots.ts'
import { Button } from '../ui/Button.tsx'
import { Facts } from '../ui/Facts.tsx'
import { Mark } from '../ui/Mark.tsx'
import { Section } from '../ui/Section.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import { changeText } from './DailyTable.tsx'
import { markOfCamera, renewDailyChecks, useDailyPictures } from './useDailyChecks.ts'

interface DailyDetailsProps {
  readonly report: DailyReport
  readonly camera: DailyCamera
  readonly onClose: () => void
}

/** One camera of a report: its picture and what was found, and the same of the report before. */
export function DailyDetails({ report, camera, onClose }: DailyDetailsProps) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
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
        <Button look="quiet" aria-label={t('common.close')} title={t('common.close')} onClick={onClose} className="!px-1.5">
          <X size={15} />
        </Button>
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
  const texts = dailyCameraTexts(of, useLanguage())
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
  const { t } = useTranslation()
  const past = useMoment() !== null
  const act = useAct(() => void renewDailyChecks())
  if (measured === null) return null
  const { widthPx, heightPx, codec, fps, bitrateBps } = measured
  return (
    <div className="mt-1.5">
      <Facts
        rows={[
          [t('daily.fact.size'), widthPx === null || heightPx === null ? null : `${widthPx} × ${heightPx}`],
          [t('common.codec'), codec?.toUpperCase() ?? null],
          [t('common.frameRate'), fps === null ? null : formatNumber(fps, 1)],
          [t('probes.column.bitrate'), bitrateBps === null ? null : formatValue(bitrateBps, 'bps')],
          [t('daily.fact.probe'), probe],
          [t('common.source'), woken ? t('daily.woken') : null],
        ]}
      />
      {!past && faults.some(({ kind }) => kind === 'size') && (
        <Button className="mt-2" onClick={() => void act(client.dailyChecks.acceptSize({ id: report.id, no }), t('common.saved'))}>
          {t('daily.accept')}
        </Button>
      )}
    </div>
  )
}

/** A picture as large as there is room, with its time. */
function LargePicture({ picture }: { readonly picture: KeptPicture | null | undefined }) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
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
