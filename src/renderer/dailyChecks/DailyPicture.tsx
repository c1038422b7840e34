import { useTranslation } from 'react-i18next'
import type { DailyCamera } from '../../shared/dailyChecks.ts'
import type { KeptPicture } from '../../shared/snapshots.ts'
import { formatDateTime } from '../../shared/units.ts'
import { usePreferences } from '../app/preferences.ts'
import { pictureSrc } from '../fleet/snapshots.ts'
import { Skeleton } from '../ui/Skeleton.tsx'
import { useDailyPictures } from './useDailyChecks.ts'

/** The small picture of a row. */
export function Thumbnail({ report, camera }: { readonly report: number; readonly camera: DailyCamera }) {
  const { t } = useTranslation()
  const pictures = useDailyPictures(report, camera, false)
  const frame = 'h-[42px] w-[74px] flex-none overflow-hidden rounded-sm border border-line'
  if (camera.picture === null || pictures?.picture === null)
    return <span className={`${frame} hatched flex items-center justify-center text-center text-faint text-sm leading-tight`}>{t('daily.noPicture')}</span>
  if (pictures === undefined) return <Skeleton className={frame} />
  return <img src={pictureSrc(pictures.picture)} alt="" className={`${frame} bg-black object-contain`} />
}

/** A picture as large as there is room, with its time. */
export function LargePicture({ name, picture }: { readonly name: string; readonly picture: KeptPicture | null | undefined }) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  if (picture === undefined) return <Skeleton className="aspect-video w-full" />
  if (picture === null)
    return <div className="hatched flex aspect-[16/5] w-full items-center justify-center rounded border border-line text-faint">{t('daily.noPicture')}</div>
  const time = formatDateTime(picture.at, zone)
  return (
    <figure>
      <img src={pictureSrc(picture)} alt={t('daily.pictureOf', { name, time })} className="w-full rounded border border-line bg-black object-contain" />
      <figcaption className="pt-0.5 text-faint text-sm">{time}</figcaption>
    </figure>
  )
}
