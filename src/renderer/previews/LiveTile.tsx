import { Maximize, Play, Square, Volume2, VolumeX } from 'lucide-react'
import { useRef, useState } from 'react'
import type { Track } from '../../shared/streams.ts'
import { formatDuration, formatFixed, formatValue } from '../../shared/units.ts'
import type { StreamState } from '../../shared/watchedStates.ts'
import { hasSoundByHls, soundNotByWebrtc } from '../../shared/webrtc.ts'
import { setPreferences, usePreferences } from '../app/preferences.ts'
import { language, t } from '../app/words.ts'
import { useNewestSnapshots } from '../fleet/snapshots.ts'
import { TakeSnapshot } from '../fleet/TakeSnapshot.tsx'
import { Button } from '../ui/Button.tsx'
import { Chip } from '../ui/Chip.tsx'
import { Mark, type MarkKind } from '../ui/Mark.tsx'
import { KeptSnapshot } from './KeptSnapshot.tsx'
import { whyText } from './pictureLife.ts'
import { frozenAfterMs, isOfEveryWay, type PictureWhy, wayNames } from './pictureWays.ts'
import { type Picture, usePicture } from './usePicture.ts'

/** Reasons that another try would not change. */
const lasting: ReadonlySet<string> = new Set(['browserWithoutWebrtc', 'webrtcH265', 'webrtcCodecs', 'noVideo', 'soundByHls'])

interface PictureFactsProps {
  readonly picture: Picture
  readonly tracks: readonly Track[]
  /** The server does not report how much of the outgoing traffic is due to this picture. */
  readonly outIncludesOurs: boolean
  readonly tryWebrtc: () => void
}
/** Below a live picture: by what it plays and why, how it comes, and the choice. */
function PictureFacts({ picture, tracks, outIncludesOurs, tryWebrtc }: PictureFactsProps) {
  const { pictureWay } = usePreferences()
  const playing = picture.state === 'playing' ? picture : null
  const instead = playing?.instead ?? null
  const soundless = playing?.way === 'webrtc' && soundNotByWebrtc(tracks) !== null && hasSoundByHls(tracks)
  const why = instead !== null ? whyText(instead) : soundless ? t('preview.noSound') : null
  const figures = playing?.figures ?? null
  const shown = [
    { name: t('common.rtt'), value: formatValue(figures?.rttMs ?? null, 'ms') },
    { name: t('preview.buffer'), value: formatValue(figures?.bufferMs ?? null, 'ms'), tip: t('preview.bufferTip') },
    { name: t('preview.dropped'), value: formatValue(figures?.framesDropped ?? null, 'count') },
    { name: t('preview.freezes'), value: formatValue(figures?.freezes ?? null, 'count') },
    { name: t('preview.lost'), value: formatValue(figures?.packetsLost ?? null, 'count') },
  ]
  return (
    <div className="mt-1.5 flex flex-col gap-1.5 text-sm text-muted" data-picture-facts={playing?.way ?? picture.state}>
      <div className="flex flex-wrap items-center gap-1.5">
        <Chip on={pictureWay === 'auto'} onClick={() => setPreferences({ pictureWay: 'auto' })}>
          {t('preview.wayAuto')}
        </Chip>
        <Chip on={pictureWay === 'hls'} onClick={() => setPreferences({ pictureWay: 'hls' })}>
          {t('preview.wayHls')}
        </Chip>
        {instead !== null && !lasting.has(instead.kind) && <Button className="ml-auto" onClick={tryWebrtc} text={t('preview.tryWebrtc')} />}
      </div>
      {why !== null && <p role="status">{why}</p>}
      {figures !== null && (
        <dl className="flex flex-wrap gap-x-3 gap-y-0.5">
          {shown.map(({ name, value, tip }) => (
            <div key={name} className="flex gap-1" title={tip}>
              <dt>{name}</dt>
              <dd className="tabular-nums text-text">{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {playing && (
        <p className="text-faint">
          {t('preview.notCounted')}
          {outIncludesOurs && playing.way === 'hls' && ` · ${t('stream.outIncludesOurs')}`}
        </p>
      )}
    </div>
  )
}

interface LiveTileProps {
  readonly serverId: string
  readonly path: string
  readonly state: StreamState
  /** It waits for a source that cannot be pulled or started. */
  readonly sourceless: boolean
  readonly outIncludesOurs?: boolean
  readonly tracks: readonly Track[]
  /** Starts playing at once, unless that would start an on-demand source. */
  readonly autoplay?: boolean
  readonly className?: string
}

interface Sign {
  readonly kind: MarkKind
  readonly title: string
  readonly words: string | null
  readonly hatched: boolean
}

/** The live picture of a stream by WebRTC or HLS, or the reason why there is none, with the newest kept snapshot. */
export function LiveTile({ serverId, path, state, sourceless, tracks, outIncludesOurs = false, autoplay = true, className = '' }: LiveTileProps) {
  const video = useRef<HTMLVideoElement | null>(null)
  const frame = useRef<HTMLDivElement | null>(null)
  const [muted, setMuted] = useState(true)
  // The picture is reopened when the stream comes back or changes; stalls and losses must not restart it.
  const there = state === 'live' || state === 'stalled' || state === 'slate' ? 'there' : state
  const occasion = `${there} ${tracks.map((track) => track.codec).join()}`
  const { pictureWay: chosen } = usePreferences()
  const { picture, play, stop, tryWebrtc } = usePicture(video, { serverId, path, occasion, tracks, muted, chosen, autoplay })
  const sign = signOf(picture, state, sourceless)
  const playing = picture.state === 'playing'
  const name = { serverId, path }
  const kept = useNewestSnapshots(sign === null ? [] : [name]).of(name) ?? null
  // Of a stream that is on air it is shown clearly; otherwise it must not look like one.
  const clear = kept !== null && there === 'there'
  const actions = (
    <>
      {(picture.state === 'closed' || picture.state === 'paused' || (picture.state === 'failed' && state !== 'unknown' && mayTryAgain(picture.why))) && (
        <Button icon={Play} className="mt-1.5" onClick={() => play(picture.state === 'failed' && picture.why.kind === 'onDemand')} text={t('common.play')} />
      )}
      {there === 'there' && picture.state === 'failed' && !isOfEveryWay(picture.why) && <TakeSnapshot {...name} className="mt-1.5" />}
    </>
  )
  return (
    <div className={className}>
      <div ref={frame} className="group relative aspect-video overflow-hidden rounded-lg border border-line bg-black">
        <video
          ref={video}
          muted={muted}
          playsInline
          autoPlay
          className={`h-full w-full object-contain ${playing ? '' : 'invisible'}`}
          data-picture={picture.state}
        />
        {sign && kept && (
          <KeptSnapshot picture={kept} dim={!clear} reason={clear ? (sign.words ?? sign.title) : null}>
            {clear && actions}
          </KeptSnapshot>
        )}
        {sign && !clear && (
          <div
            className={`absolute inset-0 flex flex-col items-center justify-center gap-1.5 px-6 text-center text-[#dfe6ee] ${kept ? 'pb-6' : ''} ${sign.hatched ? 'hatched' : ''}`}
            role="status"
          >
            <Mark kind={sign.kind} size={20} />
            <b className={`text-lg tracking-[0.06em] ${kept ? 'rounded bg-black/60 px-1.5' : ''}`}>{sign.title}</b>
            {sign.words !== null && <span className="max-w-[46ch] rounded bg-black/60 px-1.5 text-[#b6c1cd]">{sign.words}</span>}
            {actions}
          </div>
        )}
        {playing && (
          <>
            <div
              data-theme="dark"
              className="absolute bottom-2 left-2 flex items-center gap-1.5 rounded bg-black/85 px-2 py-0.5 text-sm text-[#dfe6ee]"
              role="status"
            >
              {picture.stillMs >= frozenAfterMs ? (
                <Mark kind="major" size={11} word={t('preview.frozen', { time: formatDuration(picture.stillMs) })} />
              ) : state === 'stalled' || state === 'gone' ? (
                <Mark kind="critical" size={11} word={t('preview.lastSeconds')} />
              ) : state === 'slate' ? (
                <Mark kind="slate" size={11} word={t('preview.slate')} />
              ) : (
                <span>{behindText(picture)}</span>
              )}
            </div>
            <div className="absolute right-2 bottom-2 flex gap-1 opacity-0 focus-within:opacity-100 group-hover:opacity-100">
              <Button label={muted ? t('preview.unmute') : t('preview.mute')} onClick={() => setMuted(!muted)} icon={muted ? VolumeX : Volume2} />
              <Button label={t('common.fullScreen')} onClick={() => void frame.current?.requestFullscreen()} icon={Maximize} />
              <Button label={t('preview.stop')} onClick={stop} icon={Square} />
            </div>
          </>
        )}
      </div>
      <PictureFacts picture={picture} tracks={tracks} outIncludesOurs={outIncludesOurs} tryWebrtc={tryWebrtc} />
    </div>
  )
}

/** By what it plays, and how far behind the server. Frames that stand still are not behind by any time that is known. */
export function behindText({ way, figures: { delayMs }, stillMs }: Extract<Picture, { readonly state: 'playing' }>): string {
  const by = wayNames[way]
  if (delayMs === null || stillMs > 0) return t('preview.live', { by })
  return t('preview.behind', { by, seconds: formatFixed(delayMs / 1000, way === 'webrtc' ? 2 : 1) })
}

/** Why there is no picture; both reasons where WebRTC was tried before. */
function bothText(why: PictureWhy, instead: PictureWhy | null): string {
  const hls = whyText(why)
  return instead === null ? hls : `WebRTC: ${whyText(instead)} HLS: ${hls}`
}

/** Reasons of HLS alone that stay: FFmpeg reads more than a browser does. */
const ofHls: ReadonlySet<string> = new Set(['hlsOff', 'codecH265', 'codecUnsupported'])
const mayTryAgain = ({ kind }: PictureWhy): boolean => kind !== 'notLive' && !ofHls.has(kind)

export function signOf(picture: Picture, state: StreamState, sourceless: boolean): Sign | null {
  switch (picture.state) {
    case 'playing':
      return null
    case 'opening':
      return { kind: 'idle', title: t('preview.opening'), words: null, hatched: false }
    case 'closed':
      return { kind: 'idle', title: t('preview.paused'), words: t('preview.closedText'), hatched: false }
    case 'paused':
      return { kind: 'idle', title: t('preview.paused'), words: null, hatched: false }
    case 'failed': {
      const { why, instead } = picture
      const words = bothText(why, isOfEveryWay(why) ? null : instead)
      if (why.kind === 'onDemand') return { kind: 'idle', title: t('preview.obstacle.onDemand'), words: t('preview.onDemandText'), hatched: false }
      // It is silent or refuses: which of them stands with its server.
      if (state === 'unknown' || why.kind === 'serverDown')
        return { kind: 'unknown', title: t('streamState.unknown').toLocaleUpperCase(language), words, hatched: true }
      const isOff = why.kind === 'notLive'
      // The alarm above says why.
      if (isOff && state === 'waiting' && sourceless) return { kind: 'idle', title: t('overview.sourcePicture'), words: null, hatched: true }
      if (isOff && (state === 'waiting' || state === 'ended')) return { kind: 'idle', title: t(`preview.obstacle.${state}`), words, hatched: true }
      if (isOff || state === 'gone' || state === 'stalled') return { kind: 'critical', title: t('preview.obstacle.notLive'), words, hatched: true }
      return { kind: ofHls.has(why.kind) ? 'idle' : 'major', title: t('preview.failed'), words, hatched: false }
    }
    default:
      return picture satisfies never
  }
}
