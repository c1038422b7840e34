import { useQuery } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { type ComponentType, useEffect, useRef, useState } from 'react'
import { Link } from 'react-router'
import { pictureText } from '../../i18n/pictureText.ts'
import type { Incident } from '../../shared/incidents.ts'
import type { KeptPicture } from '../../shared/snapshots.ts'
import type { Track } from '../../shared/streams.ts'
import { formatValue } from '../../shared/units.ts'
import type { Wall, WallStream } from '../../shared/walls.ts'
import type { StreamState } from '../../shared/watchedStates.ts'
import { orpc } from '../app/client.ts'
import { useMoment } from '../app/moment.ts'
import { language, t } from '../app/words.ts'
import { useEngineGone } from '../fleet/fleet.ts'
import { oldAfterMs, pictureSrc, snapshotAge, useNewestSnapshots } from '../fleet/snapshots.ts'
import { Button } from '../ui/Button.tsx'
import { Age } from '../ui/Figure.tsx'
import { Mark } from '../ui/Mark.tsx'
import { useNow } from '../ui/now.ts'
import { shortAge, type TileSign, type TileView } from './tileViews.ts'
import type { DrawnTile } from './useWallTiles.ts'

/** Components that other parts of the UI supply to a wall. */
export interface WallParts {
  readonly Picture: ComponentType<WallStream & { readonly state: StreamState; readonly tracks: readonly Track[]; readonly onPlaying: (plays: boolean) => void }>
  /** Finds the camera to which each of these streams belongs; undefined: none. */
  readonly useCamerasOf: (streams: readonly WallStream[]) => (stream: WallStream) => { readonly name: string } | undefined
  /** The streams of somebody's favourite cameras, by their keys. */
  readonly favourites: ReadonlySet<string>
  /** Who already handles an incident; null: nobody. */
  readonly remarkOf: (incident: Incident) => React.ReactNode
  /** Turns the sound of alarms on and off, and binds its key. */
  readonly SoundButton: ComponentType
}

/** Interval for polling why pictures are missing, ms. */
const haltsEveryMs = 30_000

interface WallTilesProps {
  readonly wall: Wall
  readonly tiles: readonly DrawnTile[]
  readonly parts: WallParts
  readonly label: string
  readonly arranging: Arranging | null
  readonly hold: React.ComponentProps<typeof WallGrid>['hold']
  readonly onFocusWithin: (has: boolean) => void
  readonly far: boolean
}
/** The tiles of a page with their pictures. Pictures of other pages are not loaded; the first `wall.live` tiles on air play live. */
export function WallTiles({ wall, tiles, parts, label, arranging, hold, onFocusWithin, far }: WallTilesProps) {
  const live = useMoment() === null
  const gone = useEngineGone()
  const streams = tiles.flatMap(({ view }) => view.stream ?? [])
  const { of: pictureOf, failure } = useNewestSnapshots(streams)
  const cameraOf = parts.useCamerasOf(streams)
  const haltOf = useHalts(live && tiles.some(({ view: { stream, onAir } }) => onAir && stream !== null && pictureOf(stream) === null))
  const playing = new Set(
    live && arranging === null
      ? tiles
          .filter(({ view }) => view.onAir)
          .slice(0, wall.live)
          .map(({ view }) => view.key)
      : [],
  )
  return (
    <WallGrid
      {...{ tiles, label, arranging, hold, onFocusWithin }}
      columns={wall.columns}
      rows={wall.rows}
      className={`${far ? 'gap-[0.5vh]' : 'gap-2'} ${gone ? 'stale [&_img]:grayscale' : ''}`}
    >
      {({ view, row, incident, over }) => {
        const { stream } = view
        return (
          <WallTile
            view={view}
            picture={stream === null ? undefined : pictureOf(stream)}
            failure={failure}
            isSlate={row?.facts.state === 'slate'}
            notTaken={isSoundOnly(row?.facts.tracks) ? pictureText({ kind: 'noVideo' }, language) : stream === null ? '' : haltOf(stream)}
            far={far}
            camera={stream === null ? undefined : cameraOf(stream)?.name}
            remark={over ? t('overview.over') : incident === null ? null : parts.remarkOf(incident)}
            live={
              row !== undefined && stream !== null && playing.has(view.key)
                ? (onPlaying) => <parts.Picture {...stream} state={row.facts.state} tracks={row.facts.tracks} onPlaying={onPlaying} />
                : null
            }
          />
        )
      }}
    </WallGrid>
  )
}

const isSoundOnly = (tracks: readonly Track[] = []) => tracks.length > 0 && tracks.every(({ kind }) => kind === 'audio')

/** Why no snapshots of a stream are taken; '': they are taken, or the reason is unknown. Queried only if one is missing (`wanted`). */
function useHalts(wanted: boolean): (stream: WallStream) => string {
  const { data } = useQuery({ ...orpc.snapshots.status.queryOptions(), enabled: wanted, refetchInterval: haltsEveryMs, retry: false })
  return ({ serverId, path }) => {
    const halt = data?.halts.find((one) => one.serverId === serverId && (one.path === null || one.path === path))
    const why = data?.why ?? halt?.why ?? null
    return why === null ? '' : pictureText(why, language)
  }
}

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
  readonly remark: React.ReactNode
  readonly camera: string | undefined
  /** Viewed from a distance: ages are shown in short form. */
  readonly far: boolean
}
function WallTile({ view, picture, notTaken, failure, isSlate, live, camera, remark, far }: WallTileProps) {
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
          <span className="min-w-0 flex-1 truncate text-faint [&_*]:text-[length:inherit]">
            {remark ?? (camera === undefined ? rest : `${camera} · ${rest}`)}
          </span>
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
        {far ? t(past ? 'snapshot.earlier' : 'common.ageAgo', { age: shortAge(now - picture.at) }) : snapshotAge(picture, now, past, t)}
        {isOld && ` · ${t('wall.oldPicture')}`}
      </span>
    </>
  )
}

const Sign = ({ title, text, over }: { readonly title: string; readonly text: string; readonly over: boolean }) => (
  <span className={`absolute inset-x-[2%] flex flex-col items-center gap-[0.2em] text-center ${over ? 'bottom-[3%]' : 'top-1/2 -translate-y-1/2'}`}>
    {title !== '' && (
      <b
        className={`picture-words max-w-full rounded px-[0.35em] text-[length:var(--wall-name)] leading-[1.15] uppercase tracking-[0.04em] ${over ? 'picture-seen' : ''}`}
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

/** How tiles are put in another order; places are those of the whole wall. */
interface Arranging {
  /** The place of the first tile here. */
  readonly from: number
  readonly onMove: (from: number, to: number) => void
  /** null: tiles come and go by the wall's filter. */
  readonly onRemove: ((place: number) => void) | null
}

interface WallGridProps {
  readonly tiles: readonly DrawnTile[]
  readonly columns: number
  readonly rows: number
  readonly label: string
  /** null: a click opens what a tile is about. */
  readonly arranging: Arranging | null
  readonly hold: Pick<React.ComponentProps<'ul'>, 'onPointerEnter' | 'onPointerMove' | 'onPointerLeave'>
  readonly onFocusWithin: (has: boolean) => void
  readonly className: string
  readonly children: (tile: DrawnTile) => React.ReactNode
}

const steps = (columns: number): Readonly<Record<string, number>> => ({ ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns })
const tileClass =
  'flex h-full w-full flex-col overflow-hidden rounded-[0.3em] border border-line bg-surface text-left text-text outline-offset-[-3px] focus-visible:outline-3 focus-visible:outline-accent'

/** The tiles of one page. Arrow keys go from tile to tile, and while they are arranged take the tile along. */
function WallGrid({ tiles, columns, rows, label, arranging, hold, onFocusWithin, className, children }: WallGridProps) {
  const list = useRef<HTMLUListElement>(null)
  /** The tile that is to keep the focus where it has moved to. */
  const follow = useRef<string | null>(null)
  const [dragged, setDragged] = useState<number | null>(null)
  const [over, setOver] = useState<number | null>(null)
  useEffect(() => {
    if (follow.current === null) return
    tileOf(list.current, follow.current)?.focus()
    follow.current = null
  })
  // A tile that goes with the focus tells nobody.
  useEffect(() => {
    if (!list.current?.contains(document.activeElement)) onFocusWithin(false)
  })
  useEffect(() => () => onFocusWithin(false), [onFocusWithin])
  const onKeyDown = (event: React.KeyboardEvent) => {
    const step = steps(columns)[event.key]
    const key = event.target instanceof HTMLElement ? event.target.dataset.tile : undefined
    const at = tiles.findIndex(({ view }) => view.key === key)
    if (step === undefined || at < 0 || event.altKey || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    if (arranging === null) {
      const next = tiles[at + step]
      if (next) tileOf(list.current, next.view.key)?.focus()
      return
    }
    follow.current = key ?? null
    arranging.onMove(arranging.from + at, arranging.from + at + step)
  }
  const endDrag = () => {
    setDragged(null)
    setOver(null)
  }
  const drop = (to: number) => {
    if (arranging !== null && dragged !== null && dragged !== to) arranging.onMove(arranging.from + dragged, arranging.from + to)
    endDrag()
  }
  return (
    <ul
      ref={list}
      aria-label={label}
      onKeyDown={onKeyDown}
      onFocus={() => onFocusWithin(true)}
      onBlur={({ currentTarget, relatedTarget }) => onFocusWithin(currentTarget.contains(relatedTarget))}
      {...hold}
      className={`grid min-h-0 flex-1 ${className}`}
      style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`, gridTemplateRows: `repeat(${rows}, minmax(var(--wall-least), 1fr))` }}
    >
      {tiles.map((tile, place) => (
        <li
          key={tile.view.key}
          className={`relative min-h-0 min-w-0 ${tile.over ? 'stale' : ''} ${over === place && dragged !== place ? 'outline-3 outline-accent' : ''} ${dragged === place ? 'opacity-50' : ''}`}
          {...(arranging !== null && {
            draggable: true,
            onDragStart: (event) => {
              event.dataTransfer.effectAllowed = 'move'
              event.dataTransfer.setData('text/plain', tile.view.name)
              setDragged(place)
            },
            onDragOver: (event) => {
              if (dragged === null) return
              event.preventDefault()
              setOver(place)
            },
            onDrop: (event) => {
              event.preventDefault()
              drop(place)
            },
            onDragEnd: endDrag,
          })}
        >
          {arranging === null ? (
            <Link to={tile.view.to} data-tile={tile.view.key} className={`${tileClass} hover:border-line-strong`}>
              {children(tile)}
            </Link>
          ) : (
            <>
              <button type="button" data-tile={tile.view.key} className={`${tileClass} cursor-grab !border-accent`}>
                {children(tile)}
              </button>
              {arranging.onRemove !== null && (
                <Button
                  label={t('common.removeName', { name: tile.view.name })}
                  className="!absolute top-1.5 right-1.5"
                  onClick={() => arranging.onRemove?.(arranging.from + place)}
                  icon={X}
                />
              )}
            </>
          )}
        </li>
      ))}
    </ul>
  )
}

const tileOf = (list: HTMLElement | null, key: string) =>
  [...(list?.querySelectorAll<HTMLElement>('[data-tile]') ?? [])].find((tile) => tile.dataset.tile === key)
