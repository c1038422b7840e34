import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { KeptPicture } from '../../shared/snapshots.ts'
import { formatValue } from '../../shared/units.ts'
import { useMoment } from '../app/moment.ts'
import { usePreferences } from '../app/preferences.ts'
import { oldAfterMs, pictureSrc, snapshotAge } from '../fleet/snapshots.ts'
import { Age } from '../ui/Age.tsx'
import { Mark } from '../ui/Mark.tsx'
import { useNow } from '../ui/now.ts'
import { shortAge } from './shortAge.ts'
import type { TileSign, TileView } from './tileViews.ts'

interface WallTileProps {
  readonly view: TileView
  /** Newest snapshot; null: none exists; undefined: still loading. */
  readonly picture: KeptPicture | null | undefined
  /** Why no snapshots are taken; '': unknown. */
  readonly notTaken: string
  /** Why pictures can't be read; null: they can. */
  readonly failure: string | null
  /** A slate is on air, so a picture without the slate is outdated. */
  readonly isSlate: boolean
  /** Renders the live player over the picture; it reports whether it plays. null: no live player. */
  readonly live: ((onPlaying: (plays: boolean) => void) => React.ReactNode) | null
  /** Who already handles the trouble; null: nobody. */
  readonly remark: React.ReactNode
  /** Viewed from a distance: ages are shown in short form. */
  readonly far: boolean
}
/** A tile: the picture with its age, and the stream's name, state and since when. */
export function WallTile({ view, picture, notTaken, failure, isSlate, live, remark, far }: WallTileProps) {
  const { t } = useTranslation()
  const [plays, setPlays] = useState(false)
  const { mark, name, rest, word, text, since, bitrate, onAir } = view
  const isLive = live !== null && plays
  const missing = view.sign === null && onAir && (picture === null || failure !== null) && !isLive
  const sign: TileSign | null = missing ? { title: t('past.noPicture'), look: '', seen: failure ?? notTaken } : view.sign
  const troubled = since !== null
  return (
    <>
      <div data-theme="dark" className={`picture relative min-h-0 flex-1 overflow-hidden ${sign?.look ?? ''}`} data-sign={sign?.title}>
        {picture && !isLive && <Kept picture={picture} dim={!onAir || (isSlate && !picture.isSlate)} isTaken={remark !== null} far={far} />}
        {live?.(setPlays)}
        {sign !== null && <Sign title={sign.title} text={onAir && (isLive || picture != null) ? '' : text || sign.seen} over={isLive || picture != null} />}
        {sign === null && troubled && text !== '' && <Sign title="" text={text} over />}
      </div>
      <div
        className="flex flex-none flex-col px-[0.5em] py-[0.25em] text-[length:var(--wall-text)] leading-[1.25]"
        style={{ borderTop: `max(2px, 0.12em) solid ${troubled && remark === null ? `var(--${mark})` : 'var(--line)'}` }}
      >
        <div className="flex items-baseline gap-[0.4em] text-[length:var(--wall-name)] leading-[1.15]">
          <Mark kind={mark} className="flex-none self-center [&_svg]:h-[0.75em] [&_svg]:w-[0.75em]" />
          <b className={`min-w-0 truncate ${remark === null ? 'font-[650]' : 'font-medium text-muted'}`}>{name}</b>
          {troubled && (
            <span className="ml-auto flex-none whitespace-nowrap font-[650] tabular-nums">{far ? <ShortAge since={since} /> : <Age since={since} />}</span>
          )}
        </div>
        {/* Space is reserved so that the layout does not shift when text appears. */}
        <div className="flex h-[1.25em] items-baseline gap-[0.6em] overflow-hidden whitespace-nowrap">
          <span className={`min-w-0 truncate ${troubled ? 'font-semibold' : 'text-muted'}`}>{word}</span>
          <span className="min-w-0 flex-1 truncate text-faint [&_*]:text-[length:inherit]">{remark ?? rest}</span>
          {bitrate !== null && !(far && troubled) && <span className="flex-none text-muted tabular-nums">{formatValue(bitrate, 'bps')}</span>}
        </div>
      </div>
    </>
  )
}

function ShortAge({ since }: { readonly since: number }) {
  const now = useNow()
  return shortAge(now - since)
}

/** A stored snapshot with its age: grey if old, dimmed if it is not what is on air. */
interface KeptProps {
  readonly picture: KeptPicture
  readonly dim: boolean
  readonly isTaken: boolean
  readonly far: boolean
}
function Kept({ picture, dim, isTaken, far }: KeptProps) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const past = useMoment() !== null
  const now = useNow()
  const isOld = now - picture.at >= oldAfterMs
  return (
    <>
      <img
        src={pictureSrc(picture)}
        alt=""
        // Keeps the previous picture until this one is decoded.
        decoding="sync"
        className={`h-full w-full object-contain ${dim ? 'opacity-30' : isTaken ? 'opacity-60' : ''} ${dim || isOld ? 'grayscale' : ''}`}
        data-kept={picture.at}
      />
      <span className="picture-seen absolute top-[0.3em] left-[0.3em] max-w-[calc(100%-0.6em)] truncate rounded px-[0.35em] text-[length:var(--wall-age)] leading-[1.25] tabular-nums">
        {far && picture.isSlate && `${t('streamState.slate')} · `}
        {far ? t(past ? 'snapshot.earlier' : 'common.ageAgo', { age: shortAge(now - picture.at) }) : snapshotAge(picture, now, past, zone, t)}
        {isOld && ` · ${t('wall.oldPicture')}`}
      </span>
    </>
  )
}

/** A notice with its reason, shown instead of a picture or over it. */
const Sign = ({ title, text, over }: { readonly title: string; readonly text: string; readonly over: boolean }) => (
  <span className={`absolute inset-x-[2%] flex flex-col items-center gap-[0.2em] text-center ${over ? 'bottom-[3%]' : 'top-1/2 -translate-y-1/2'}`}>
    {title !== '' && (
      <b
        className={`picture-words max-w-full rounded px-[0.35em] text-[length:var(--wall-name)] leading-[1.15] tracking-[0.04em] ${over ? 'picture-seen' : ''}`}
      >
        {title}
      </b>
    )}
    {text !== '' && (
      <span className="picture-seen max-w-full rounded px-[0.35em] text-[length:var(--wall-text)] leading-[1.2]">
        <span className={title === '' ? 'line-clamp-2' : 'line-clamp-3'}>{text}</span>
      </span>
    )}
  </span>
)
