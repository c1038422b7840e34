import { useCallback, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Wall } from '../../shared/walls.ts'
import { useKeys } from '../app/keys.ts'
import { useMoment } from '../app/moment.ts'
import { usePageParams } from '../app/usePageParams.ts'
import type { Draft } from './useDraft.ts'
import { takeScreen } from './useFull.ts'
import { nextPlace, readWallAddress, type WallAddress, writeWallAddress } from './wallAddress.ts'

/** What `r` begins with, s. */
const defaultRotation = 30

/** The address of the page, and how to change it: it is replaced, so that a wall that turns all night fills no history. */
export function useWallAddress() {
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
  /** It does not turn now. */
  readonly isHeld: boolean
}
/** Turns the pages by time and by hand. */
export function useTurning({ address, go }: Place, { walls, page, pages, isHeld }: Turning) {
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
  useRotation(isPaused ? null : address.rotate, `${address.wall} ${page}`, turn)
  return { isPaused, turn, isStopped, setStopped }
}

interface Keys {
  readonly walls: readonly Wall[]
  readonly canArrange: boolean
  readonly draft: Draft
  readonly turning: ReturnType<typeof useTurning>
}
/** The keys of the page. */
export function useWallKeys({ address, go, setFull }: Place, { walls, canArrange, draft, turning: { turn, isStopped, setStopped } }: Keys): void {
  const { t } = useTranslation()
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
/** Calls `onTurn` after so many s at one `place`; null: it does not turn. */
function useRotation(seconds: number | null, place: string, onTurn: () => void): void {
  const latest = useRef(onTurn)
  latest.current = onTurn
  // biome-ignore lint/correctness/useExhaustiveDependencies: at another place the time begins anew
  useEffect(() => {
    if (seconds === null) return
    const timer = setInterval(() => latest.current(), seconds * 1000)
    return () => clearInterval(timer)
  }, [seconds, place])
}
