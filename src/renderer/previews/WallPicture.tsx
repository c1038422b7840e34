import { useEffect, useRef } from 'react'
import type { Track } from '../../shared/streams.ts'
import { formatDuration } from '../../shared/units.ts'
import type { StreamState } from '../../shared/watchedStates.ts'
import { usePreferences } from '../app/preferences.ts'
import { t } from '../app/words.ts'
import { Mark } from '../ui/Mark.tsx'
import { whyText } from './pictureLife.ts'
import { frozenAfterMs, wayNames } from './pictureWays.ts'
import { usePicture } from './usePicture.ts'

interface WallPictureProps {
  readonly serverId: string
  readonly path: string
  readonly state: StreamState
  readonly tracks: readonly Track[]
  readonly onPlaying: (plays: boolean) => void
}
/** A live picture without sound and buttons, over what stands there until it plays. A source on demand is not started for it. */
export function WallPicture({ serverId, path, state, tracks, onPlaying }: WallPictureProps) {
  const video = useRef<HTMLVideoElement | null>(null)
  const occasion = `${state === 'live' || state === 'slate' ? 'there' : state} ${tracks.map(({ codec }) => codec).join()}`
  const { pictureWay: chosen } = usePreferences()
  const { picture } = usePicture(video, { serverId, path, occasion, tracks, muted: true, chosen, autoplay: true })
  const plays = picture.state === 'playing'
  useEffect(() => {
    onPlaying(plays)
    return () => onPlaying(false)
  }, [plays, onPlaying])
  const why = picture.state === 'failed' ? whyText(picture.why) : picture.state === 'closed' ? t('preview.paused') : null
  const place = 'picture-seen absolute max-w-[calc(100%-0.6em)] truncate rounded px-[0.35em] text-[length:var(--wall-age)] leading-[1.25]'
  return (
    <>
      <video
        ref={video}
        muted
        playsInline
        autoPlay
        className={`absolute inset-0 h-full w-full object-contain ${plays ? '' : 'invisible'}`}
        data-picture={picture.state}
      />
      {plays && (
        <span className={`${place} top-[0.3em] left-[0.3em]`}>
          {picture.stillMs >= frozenAfterMs ? (
            <Mark kind="major" word={t('preview.frozen', { time: formatDuration(picture.stillMs) })} className="[&_svg]:h-[0.75em] [&_svg]:w-[0.75em]" />
          ) : (
            t('preview.live', { by: wayNames[picture.way] })
          )}
        </span>
      )}
      {why !== null && (
        <span title={why} className={`${place} bottom-[0.3em] left-[0.3em]`}>
          {t('wall.notLive', { reason: why })}
        </span>
      )}
    </>
  )
}
