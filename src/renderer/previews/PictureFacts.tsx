import { useTranslation } from 'react-i18next'
import type { Track } from '../../shared/streams.ts'
import { formatValue } from '../../shared/units.ts'
import { hasSoundByHls, soundNotByWebrtc } from '../../shared/webrtc.ts'
import { setPreferences, usePreferences } from '../app/preferences.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { Button } from '../ui/Button.tsx'
import { Chip } from '../ui/Chip.tsx'
import { whyText } from './pictureWhy.ts'
import type { Picture } from './usePicture.ts'

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
export function PictureFacts({ picture, tracks, outIncludesOurs, tryWebrtc }: PictureFactsProps) {
  const { t } = useTranslation()
  const language = useLanguage()
  const { pictureWay } = usePreferences()
  const playing = picture.state === 'playing' ? picture : null
  const instead = playing?.instead ?? null
  const soundless = playing?.way === 'webrtc' && soundNotByWebrtc(tracks) !== null && hasSoundByHls(tracks)
  const why = instead !== null ? whyText(instead, language) : soundless ? t('preview.noSound') : null
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
        {instead !== null && !lasting.has(instead.kind) && (
          <Button className="ml-auto" onClick={tryWebrtc}>
            {t('preview.tryWebrtc')}
          </Button>
        )}
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
