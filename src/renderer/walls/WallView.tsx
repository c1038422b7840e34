import { useCallback, useEffect, useEffectEvent, useState } from 'react'
import { Link } from 'react-router'
import { severities } from '../../shared/severities.ts'
import { formatMoment, formatTime, formatValue } from '../../shared/units.ts'
import type { Wall } from '../../shared/walls.ts'
import { useConnection } from '../app/client.ts'
import { useKeys } from '../app/keys.ts'
import { toWall } from '../app/links.ts'
import { useMoment } from '../app/moment.ts'
import { zone } from '../app/preferences.ts'
import { usePageParams } from '../app/usePageParams.ts'
import { t } from '../app/words.ts'
import { useAlarms, useEngineGone, useServers } from '../fleet/fleet.ts'
import { sumFigures, withoutText } from '../fleet/fleetFigures.ts'
import { useHeartbeat } from '../fleet/inFrame.tsx'
import { useMay } from '../fleet/me.tsx'
import { NoServers, NoTrouble } from '../fleet/NothingThere.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Mark, markColor } from '../ui/Mark.tsx'
import { useNow } from '../ui/now.ts'
import { type Draft, useDraft } from './useDraft.ts'
import { useWallTiles } from './useWallTiles.ts'
import { WallBar } from './WallBar.tsx'
import { WallDialog } from './WallDialog.tsx'
import { type WallParts, WallTiles } from './WallTiles.tsx'
import { nextPlace, readWallAddress, type WallAddress, writeWallAddress } from './wallAddress.ts'
import { pagesOf, serversOfWall } from './wallTiles.ts'
import { takeScreen, useFull, useWakeLock } from './wholeScreen.ts'

const atDesk = { '--wall-name': '14px', '--wall-text': '12px', '--wall-age': '12px', '--wall-least': '96px' }
/** On 1080 lines names, ages and counts are 38 px high, and reasons 30 px: they are read from three metres. */
const fromAfar = { '--wall-name': '3.53vh', '--wall-text': '2.8vh', '--wall-age': '3.53vh', '--wall-clock': '6vh', '--wall-least': '0px' }

interface WallViewProps {
  readonly walls: readonly Wall[]
  /** There is a server. */
  readonly isWatching: boolean
  readonly parts: WallParts
}
export function WallView({ walls, isWatching, parts }: WallViewProps) {
  const past = useMoment() !== null
  const place = useWallAddress()
  const { address, go, setFull } = place
  const wall = walls.find(({ id }) => id === address.wall)
  const edited = useEdited(past ? null : address.edit, wall)
  const draft = useDraft(wall)
  const tiles = useWallTiles(wall, draft.streams, parts.favourites)
  const perPage = wall === undefined ? 1 : wall.columns * wall.rows
  const pages = wall === undefined ? 1 : pagesOf(tiles.count, perPage)
  const page = Math.min(address.page, pages - 1)
  const [hasFocus, setFocus] = useState(false)
  const isArranging = draft.streams !== null
  const isHeld = isArranging || edited !== undefined || hasFocus || tiles.isHeld
  const turning = useTurning(place, { walls, page, pages, isHeld })
  const mayArrange = useMay('operate')
  useWallKeys(place, { walls, canArrange: mayArrange && wall?.kind === 'streams' && !past && !address.full, draft, turning })
  const onLeft = useCallback(() => go({ full: false }), [go])
  const rests = useFull(address.full, onLeft)
  const sleeps = useWakeLock(address.full)
  const servers = useServers()
  const shape = `flex min-h-0 flex-1 flex-col ${address.full ? 'gap-[0.8vh] p-[0.5vh]' : 'gap-2.5'} ${rests ? 'cursor-none [&_*]:cursor-none' : ''}`
  const sizes = (address.full ? fromAfar : atDesk) as React.CSSProperties
  const form = edited !== undefined && <WallDialog key="form" edited={edited} onSaved={(id) => go({ wall: id })} onClose={() => go({ edit: null })} />
  if (wall === undefined)
    return (
      <div className={shape} style={sizes}>
        {address.full && <WallHead name={t('pages.wall')} remarks={[]} sleeps={sleeps} SoundButton={parts.SoundButton} />}
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
        <WallHead
          name={nameOf(wall)}
          remarks={[...(pages > 1 ? [t('wall.page', { page: page + 1, pages })] : []), ...remarks]}
          sleeps={sleeps}
          SoundButton={parts.SoundButton}
        />
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

/** The wall whose form is open, as it was opened, also where somebody removes it meanwhile; null for a new one; undefined: no form is. */
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
function NoTiles({ wall, isWatching, away, without, isSomeUp }: NoTilesProps) {
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

/** Letters of servers without data that fit beside the age. */
const lettersOnWall = 12
interface WallHeadProps extends Pick<WallParts, 'SoundButton'> {
  readonly name: string
  /** Which page of how many, and what else there is to say of the wall. */
  readonly remarks: readonly string[]
  /** The screen may turn off. */
  readonly sleeps: boolean
}
/** What the frame says otherwise, to be read from three metres: which wall, incidents by severity, age of the data, and the time. */
function WallHead({ name, remarks, sleeps, SoundButton }: WallHeadProps) {
  return (
    <header className="flex flex-none items-center gap-[1.4vw] whitespace-nowrap px-[0.8vw] pt-[0.6vh] text-[length:var(--wall-name)] leading-[1.15]">
      <h1 className="max-w-[24vw] flex-none truncate font-[650]">{name}</h1>
      <span className="min-w-0 truncate text-[length:var(--wall-text)] text-muted">
        {[...remarks, ...(sleeps ? [t('wall.screenMayTurnOff')] : [])].join(' · ')}
      </span>
      <Counts />
      <Heartbeat />
      <Sound Button={SoundButton} />
      <Clock />
    </header>
  )
}

function Counts() {
  const alarms = useAlarms()
  const gone = useEngineGone()
  return (
    <ul aria-label={t('frame.alarms')} className={`ml-auto flex flex-none gap-[1vw] ${gone ? 'stale' : ''}`}>
      {severities.map((severity) => {
        const count = alarms?.open.bySeverity[severity] ?? null
        return (
          <li key={severity} className={count === 0 ? 'opacity-70 grayscale' : ''}>
            <span className="sr-only">
              {count === null
                ? `${formatValue(count, 'count')} ${t(`severity.${severity}`)}`
                : t('frame.severityCount', { count, severity: t(`severity.${severity}`) })}
            </span>
            <span aria-hidden="true">
              <Mark kind={severity} word={formatValue(count, 'count')} className="[&_svg]:h-[0.75em] [&_svg]:w-[0.75em]" />
            </span>
          </li>
        )
      })}
    </ul>
  )
}

/** Whether alarms sound at this desk; binds its key, as the top bar does. */
function Sound({ Button }: { readonly Button: WallParts['SoundButton'] }) {
  const { hello } = useConnection()
  return hello?.bundle ? null : (
    <span className="flex-none [&_button]:leading-none [&_span]:text-[length:var(--wall-text)] [&_svg]:h-[var(--wall-text)] [&_svg]:w-[var(--wall-text)]">
      <Button />
    </span>
  )
}

/** Age of the data and whether the engine answers; in the past, that nothing here is of now. */
function Heartbeat() {
  const past = useMoment() !== null
  const { kind, words } = useHeartbeat(lettersOnWall)
  if (past) return <span className="past-words flex-none font-semibold">{t('past.stored')}</span>
  return (
    <span data-heartbeat className="flex min-w-0 items-center gap-[0.3em]">
      <Mark kind={kind} className="[&_svg]:h-[0.75em] [&_svg]:w-[0.75em]" />
      <span className={`min-w-0 truncate ${kind === 'ok' ? 'text-muted' : `font-semibold ${markColor[kind]}`}`}>{words}</span>
    </span>
  )
}

function Clock() {
  const now = useNow()
  const past = useMoment() !== null
  return (
    <span data-clock className={`flex-none font-[650] text-[length:var(--wall-clock)] leading-none tabular-nums ${past ? 'past-words' : ''}`}>
      {past && <span className="mr-[0.4em] text-[length:var(--wall-name)]">{formatMoment(now, 'day')}</span>}
      {formatTime(now)}
      {zone === 'utc' && <span className="ml-[0.2em] font-medium text-[length:var(--wall-name)] text-muted">UTC</span>}
    </span>
  )
}

/** What `r` begins with, s. */
const defaultRotation = 30
/** The address of the page, and how to change it: it is replaced, so that a wall that turns all night fills no history. */
function useWallAddress() {
  const [params, , setParams] = usePageParams()
  const go = useCallback((change: Partial<WallAddress>) => setParams((before) => writeWallAddress(before, change), { replace: true }), [setParams])
  const setFull = useCallback(
    (full: boolean) => {
      takeScreen(full)
      go({ full })
    },
    [go],
  )
  return { address: readWallAddress(params), go, setFull }
}
type Place = ReturnType<typeof useWallAddress>
interface Turning {
  readonly walls: readonly Wall[]
  readonly page: number
  readonly pages: number
  readonly isHeld: boolean
}
/** Turns the pages by time and by hand. */
function useTurning({ address, go }: Place, { walls, page, pages, isHeld }: Turning) {
  const [isStopped, setStopped] = useState(false)
  const isPaused = isHeld || isStopped
  const turn = (step: 1 | -1 = 1) => {
    const next = nextPlace(
      { ...address, page },
      pages,
      walls.map(({ id }) => id),
      step,
    )
    if (next.wall !== address.wall) go(next)
    else if (next.page !== page) go({ page: next.page })
  }
  const onTime = useEffectEvent(() => turn())
  const seconds = isPaused ? null : address.rotate
  // biome-ignore lint/correctness/useExhaustiveDependencies: at another place the time begins anew
  useEffect(() => {
    if (seconds === null) return
    const timer = setInterval(onTime, seconds * 1000)
    return () => clearInterval(timer)
  }, [seconds, address.wall, page])
  return { isPaused, turn, isStopped, setStopped }
}

interface Keys {
  readonly walls: readonly Wall[]
  readonly canArrange: boolean
  readonly draft: Draft
  readonly turning: ReturnType<typeof useTurning>
}
function useWallKeys({ address, go, setFull }: Place, { walls, canArrange, draft, turning: { turn, isStopped, setStopped } }: Keys): void {
  const past = useMoment() !== null
  const toOther = (step: 1 | -1) => {
    const at = walls.findIndex(({ id }) => id === address.wall)
    const next = walls[(at + step + walls.length) % walls.length]
    if (next !== undefined) go({ wall: next.id })
  }
  const rotate = () => {
    if (address.rotate === null) go({ rotate: defaultRotation })
    else setStopped(!isStopped)
  }
  const isArranging = draft.streams !== null
  useKeys('page', [
    { keys: 'n', words: t('wall.keys.next'), run: () => turn(1) },
    { keys: 'shift+n', words: t('wall.keys.previous'), run: () => turn(-1) },
    // Another wall would end the draft, and full screen has no Save.
    ...(isArranging
      ? []
      : [
          { keys: 'f', words: t('common.fullScreen'), run: () => setFull(!address.full) },
          { keys: 'w', words: t('wall.keys.nextWall'), run: () => toOther(1) },
          { keys: 'shift+w', words: t('wall.keys.previousWall'), run: () => toOther(-1) },
          { keys: 'r', words: t('wall.keys.rotate'), run: rotate },
        ]),
    ...(canArrange && !isArranging ? [{ keys: 'e', words: t('wall.arrange.start'), run: draft.start }] : []),
    // In the past, Escape returns to now.
    ...(isArranging ? [{ keys: 'Escape', words: t('common.cancel'), run: draft.cancel }] : []),
    ...(address.full && !isArranging && !past ? [{ keys: 'Escape', words: t('common.fullScreen'), run: () => setFull(false) }] : []),
  ])
}
