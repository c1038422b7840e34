import { useCallback, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Wall } from '../../shared/walls.ts'
import { toWall } from '../app/links.ts'
import { useMoment } from '../app/moment.ts'
import { useServers } from '../fleet/fleet.ts'
import { sumFigures } from '../fleet/fleetFigures.ts'
import { NoServers } from '../fleet/NoServers.tsx'
import { NoTrouble } from '../fleet/NoTrouble.tsx'
import { withoutText } from '../fleet/withoutText.ts'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Mark } from '../ui/Mark.tsx'
import { useDraft } from './useDraft.ts'
import { useFull } from './useFull.ts'
import { useWakeLock } from './useWakeLock.ts'
import { useTurning, useWallAddress, useWallKeys } from './useWallPlace.ts'
import { useWallTiles } from './useWallTiles.ts'
import { WallBar } from './WallBar.tsx'
import { WallDialog } from './WallDialog.tsx'
import { WallHead } from './WallHead.tsx'
import { type WallParts, WallTiles } from './WallTiles.tsx'
import { pagesOf, serversOfWall } from './wallTiles.ts'

const atDesk = { '--wall-name': '14px', '--wall-text': '12px', '--wall-age': '12px', '--wall-least': '96px' }
/** On 1080 lines names, ages and counts are 38 px high, and reasons 30 px: they are read from three metres. */
const fromAfar = { '--wall-name': '3.53vh', '--wall-text': '2.8vh', '--wall-age': '3.53vh', '--wall-clock': '6vh', '--wall-least': '0px' }

interface WallViewProps {
  readonly walls: readonly Wall[]
  /** There is a server. */
  readonly isWatching: boolean
  readonly parts: WallParts
}
/** One page of one wall, at the desk or alone on the screen. */
export function WallView({ walls, isWatching, parts }: WallViewProps) {
  const { t } = useTranslation()
  const past = useMoment() !== null
  const place = useWallAddress()
  const { address, go, setFull } = place
  const wall = walls.find(({ id }) => id === address.wall)
  const edited = useEdited(past ? null : address.edit, wall)
  const draft = useDraft(wall)
  const tiles = useWallTiles(wall, draft.streams)
  const perPage = wall === undefined ? 1 : wall.columns * wall.rows
  const pages = wall === undefined ? 1 : pagesOf(tiles.count, perPage)
  const page = Math.min(address.page, pages - 1)
  const [hasFocus, setFocus] = useState(false)
  const isArranging = draft.streams !== null
  const isHeld = isArranging || address.edit !== null || hasFocus || tiles.isHeld
  const turning = useTurning(place, { walls, page, pages, isHeld })
  useWallKeys(place, { walls, canArrange: wall?.kind === 'streams' && !past && !address.full, draft, turning })
  const onLeft = useCallback(() => go({ full: false }), [go])
  const rests = useFull(address.full, onLeft)
  const awake = useWakeLock(address.full)
  const servers = useServers()
  const shape = `flex min-h-0 flex-1 flex-col ${address.full ? 'gap-[0.8vh] p-[0.5vh]' : 'gap-2.5'} ${rests ? 'cursor-none [&_*]:cursor-none' : ''}`
  const sizes = (address.full ? fromAfar : atDesk) as React.CSSProperties
  const form = edited !== undefined && <WallDialog key="form" edited={edited} onSaved={(id) => go({ wall: id })} onClose={() => go({ edit: null })} />
  if (wall === undefined)
    return (
      <div className={shape} style={sizes}>
        {address.full && <WallHead name={t('pages.wall')} remarks={[]} awake={awake} />}
        <NoSuchWall />
        {form}
      </div>
    )

  const nameOf = (one: Wall) => one.name ?? t(one.kind === 'penalty' ? 'wall.penalty' : 'common.allStreams')
  const paused = address.rotate !== null && turning.isPaused ? [t('serverState.paused')] : []
  const without = withoutText(sumFigures(serversOfWall(wall, servers)).neverSeen, t)
  const drawn = tiles.drawn(page * perPage, perPage)
  const isEmpty = drawn.length === 0 || !isWatching
  const remarks = [
    ...(tiles.left > 0 ? [t('wall.left', { count: tiles.left })] : []),
    ...(without !== undefined && !isEmpty ? [without] : []),
    ...(tiles.fresh > 0 ? [t('overview.newEvents', { count: tiles.fresh })] : []),
    ...paused,
  ]
  return (
    <div className={shape} style={sizes} data-wall={wall.id}>
      {address.full ? (
        <WallHead name={nameOf(wall)} remarks={[...(pages > 1 ? [t('wall.page', { page: page + 1, pages })] : []), ...remarks]} awake={awake} />
      ) : (
        <>
          <h1 className="sr-only">{nameOf(wall)}</h1>
          <WallBar
            {...{ walls, wall, nameOf, page, pages, address, go, draft }}
            remarks={remarks}
            onTurn={turning.turn}
            isStopped={turning.isStopped}
            onStop={() => turning.setStopped(!turning.isStopped)}
            onFull={() => setFull(true)}
          />
        </>
      )}
      {isEmpty ? (
        <NoTiles wall={wall} isWatching={isWatching} away={tiles.away} without={without} isSomeUp={servers.some(({ state }) => state === 'up')} />
      ) : (
        <WallTiles
          {...{ wall, parts }}
          tiles={drawn}
          label={nameOf(wall)}
          far={address.full}
          hold={tiles.hold}
          onFocusWithin={setFocus}
          arranging={
            isArranging
              ? {
                  from: page * perPage,
                  onMove: (from, to) => go({ page: Math.floor(draft.move(from, to) / perPage) }),
                  onRemove: wall.scope === null ? draft.remove : null,
                }
              : null
          }
        />
      )}
      <p aria-live="polite" className="sr-only">
        {draft.said}
      </p>
      {form}
    </div>
  )
}

/**
 * The wall whose form is open, null for a new one; undefined: no form is. Once it is open it stays, even if somebody removes its wall: what was
 * entered there is still there when saving says so.
 */
function useEdited(edit: string | null, wall: Wall | undefined): Wall | null | undefined {
  const [opened, setOpened] = useState<Wall | null>(null)
  if (edit !== null && edit !== 'new' && opened?.id !== edit && wall?.id === edit && wall.kind === 'streams') setOpened(wall)
  if (edit === null && opened !== null) setOpened(null)
  if (edit === null) return undefined
  return edit === 'new' ? null : opened?.id === edit ? opened : undefined
}

interface NoTilesProps {
  readonly wall: Wall
  readonly isWatching: boolean
  readonly away: number
  /** The servers whose streams are not known; undefined: all are. */
  readonly without: string | undefined
  /** A server answers, of the wall or not. */
  readonly isSomeUp: boolean
}
/** Why there is no tile: all is well, nothing is watched, or the wall names nothing that is there. */
function NoTiles({ wall, isWatching, away, without, isSomeUp }: NoTilesProps) {
  const { t } = useTranslation()
  const past = useMoment() !== null
  if (!isWatching && past) return <EmptyState className="flex-1" icon={<Mark kind="unknown" size={24} />} title={t('past.nothingKept')} />
  if (!isWatching) return <NoServers className="flex-1" />
  if (wall.kind === 'penalty')
    return (
      <NoTrouble
        away={away}
        className="min-h-0 flex-1 flex-wrap rounded-lg border border-line text-[length:var(--wall-name)] leading-[1.3] [&_svg]:h-[1em] [&_svg]:w-[1em]"
      />
    )
  if (without !== undefined)
    return (
      <EmptyState className="flex-1" icon={<Mark kind="unknown" size={24} />} title={t('overview.mapUnknown')}>
        {isSomeUp ? `${t('wall.emptyScope')} (${without})` : t('streams.noAnswerYet')}
      </EmptyState>
    )
  return (
    <EmptyState className="flex-1" title={t('wall.empty')}>
      {wall.scope !== null && t('wall.emptyScope')}
    </EmptyState>
  )
}

function NoSuchWall() {
  const { t } = useTranslation()
  return (
    <EmptyState
      title={t('common.notFound')}
      actions={
        <Link className="text-accent hover:underline" to={toWall}>
          {t('wall.penalty')}
        </Link>
      }
    >
      {t('common.notFoundText')}
    </EmptyState>
  )
}
