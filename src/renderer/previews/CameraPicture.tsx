import { useQuery } from '@tanstack/react-query'
import { Maximize, Play, Square } from 'lucide-react'
import { useRef } from 'react'
import type { Camera } from '../../shared/cameras.ts'
import { isOffAir } from '../../shared/streams.ts'
import { formatDuration } from '../../shared/units.ts'
import { orpc } from '../app/client.ts'
import { t } from '../app/words.ts'
import { rereadMs } from '../fleet/snapshots.ts'
import { Button } from '../ui/Button.tsx'
import { Mark } from '../ui/Mark.tsx'
import { KeptSnapshot } from './KeptSnapshot.tsx'
import { behindText, signOf } from './LiveTile.tsx'
import { frozenAfterMs } from './pictureWays.ts'
import { usePicture } from './usePicture.ts'

/** The newest picture of a camera, and its live one at a button. It asks for nothing but this camera, so that whoever may see no more has it too. */
export function CameraPicture({ camera, className = '' }: { readonly camera: Pick<Camera, 'id' | 'now'>; readonly className?: string }) {
  const video = useRef<HTMLVideoElement | null>(null)
  const frame = useRef<HTMLDivElement | null>(null)
  const { id, now } = camera
  const state = now.state ?? (now.onAir === null ? 'unknown' : now.onAir ? 'live' : 'gone')
  const isOff = isOffAir(state) || state === 'unknown'
  const { picture, play, stop } = usePicture(video, {
    serverId: now.serverId ?? '',
    path: now.path ?? '',
    occasion: isOff ? state : 'there',
    tracks: [],
    muted: true,
    chosen: 'hls',
    autoplay: false,
    cameraId: id,
  })
  const { data: kept } = useQuery({ ...orpc.cameras.picture.queryOptions({ input: { id } }), refetchInterval: rereadMs, retry: false, gcTime: 0 })
  const playing = picture.state === 'playing'
  const sign = picture.state === 'paused' ? null : signOf(picture, state, false)
  const asksToWake = picture.state === 'failed' && picture.why.kind === 'onDemand'
  const stateText = now.state === null ? t('cameras.noServerHasIt') : isOff ? t(`streamState.${state}`) : null
  const button = now.state !== null && !playing && picture.state !== 'opening' && (
    <Button icon={Play} look="primary" onClick={() => play(asksToWake)} text={t('common.play')} />
  )
  return (
    <div ref={frame} data-theme="dark" className={`relative aspect-video overflow-hidden rounded-lg border border-line bg-black ${className}`}>
      <video ref={video} muted playsInline autoPlay className={`h-full w-full object-contain ${playing ? '' : 'invisible'}`} data-picture={picture.state} />
      {!playing && kept && (
        <KeptSnapshot picture={kept} dim={isOff} reason={sign === null ? stateText : (sign.words ?? sign.title)}>
          {button}
        </KeptSnapshot>
      )}
      {!playing && !kept && (
        <div className="absolute inset-0 flex flex-col items-center justify-center gap-1.5 px-6 text-center text-[#dfe6ee]" role="status">
          <Mark kind={sign?.kind ?? 'idle'} size={20} />
          <b className="text-lg tracking-[0.06em]">{sign?.title ?? t('past.noPicture')}</b>
          {(sign?.words ?? stateText) !== null && <span className="max-w-[46ch] text-[#b6c1cd]">{sign?.words ?? stateText}</span>}
          {button}
        </div>
      )}
      {picture.state === 'playing' && (
        <>
          <span className="absolute top-2 left-2 rounded bg-black/70 px-2 py-0.5 text-[#dfe6ee] text-sm">
            {picture.stillMs >= frozenAfterMs ? (
              <Mark kind="major" size={11} word={t('preview.frozen', { time: formatDuration(picture.stillMs) })} />
            ) : (
              behindText(picture)
            )}
          </span>
          <div className="absolute right-2 bottom-2 flex gap-1.5">
            <Button label={t('common.fullScreen')} onClick={() => void frame.current?.requestFullscreen()} icon={Maximize} />
            <Button label={t('preview.stop')} onClick={stop} icon={Square} />
          </div>
        </>
      )}
    </div>
  )
}
