import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'react-router'
import type { KeptPicture } from '../../shared/snapshots.ts'
import { formatDateTime, formatTime } from '../../shared/units.ts'
import { orpc } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { atMoment, toProbe } from '../app/links.ts'
import { t } from '../app/words.ts'
import { Skeleton } from '../ui/Skeleton.tsx'
import { keptMs, pictureSrc, rereadMs } from './snapshots.ts'

interface EvidencePicturesProps {
  readonly probeId: string
  /** null: as long as they are kept. */
  readonly from: number | null
  /** null: up to now, with new ones as they come. */
  readonly to: number | null
  readonly isLarge?: boolean
  readonly title?: string
  readonly none: React.ReactNode
}
/** Pictures in which a probe found a fault, newest first; a click enlarges one. */
export function EvidencePictures({ probeId, from, to, isLarge = false, title, none }: EvidencePicturesProps) {
  /** undefined: nothing was clicked yet. */
  const [clicked, setClicked] = useState<number | null | undefined>(undefined)
  const { data, error } = useQuery({
    ...orpc.probes.evidence.queryOptions({ input: { id: probeId, ...(from !== null && { from }), ...(to !== null && { to }) } }),
    retry: false,
    ...(to === null ? { refetchInterval: rereadMs } : { gcTime: keptMs, staleTime: keptMs }),
  })
  if (error !== null) return <p className="text-muted">{t('common.notAvailable', { reason: failureText(error) })}</p>
  // Most probes have none: nothing is drawn in advance for them.
  if (data === undefined) return none === null ? null : <Skeleton className="h-[72px] w-full" />
  if (data.length === 0) return none
  const chosen = clicked === undefined && isLarge ? data[0]?.at : clicked
  const large = data.find(({ at }) => at === chosen)
  return (
    <div data-evidence>
      {title !== undefined && <div className="mt-2 mb-0.5 text-faint">{title}</div>}
      <ul className="grid grid-cols-[repeat(auto-fill,minmax(96px,1fr))] gap-1.5">
        {data.map((picture) => {
          const time = formatDateTime(picture.at)
          return (
            <li key={picture.at}>
              <button
                type="button"
                aria-label={t('probes.content.pictureOf', { time })}
                aria-pressed={picture.at === chosen}
                title={time}
                onClick={() => setClicked(picture.at === chosen ? null : picture.at)}
                className="block w-full overflow-hidden rounded-sm border border-line bg-black hover:border-accent aria-pressed:border-accent"
              >
                <img src={pictureSrc(picture)} alt="" className="aspect-video w-full object-contain" />
              </button>
              <div className="truncate text-muted text-sm">{formatTime(picture.at)}</div>
            </li>
          )
        })}
      </ul>
      {large !== undefined && <Large picture={large} to={toProbe(probeId)} />}
    </div>
  )
}

function Large({ picture, to }: { readonly picture: KeptPicture; readonly to: string }) {
  const time = formatDateTime(picture.at)
  return (
    <figure className="mt-1.5">
      <img
        src={pictureSrc(picture)}
        alt={t('probes.content.pictureOf', { time })}
        className="w-full rounded border border-line bg-black object-contain"
        data-large
      />
      <figcaption className="flex flex-wrap gap-x-2 pt-1 text-sm">
        <span className="font-medium">{time}</span>
        <Link to={atMoment(to, picture.at)} className="text-accent hover:underline">
          {t('common.goToThisMoment')}
        </Link>
      </figcaption>
    </figure>
  )
}
