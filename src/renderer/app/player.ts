/**
 * Playing the past: the moment of the window goes on by itself, at 1× to 600×, and comes back to now where it reaches it.
 *
 *     const { playing, speed } = usePlayer()
 *     togglePlay(); setSpeed(60); stepBy(-10_000)
 */
import { useSyncExternalStore } from 'react'
import { engineNow } from '../ui/now.ts'
import { connection } from './client.ts'
import { createPlayer, type PlayerState } from './createPlayer.ts'
import { pastStatus } from './fleet.ts'
import { goToMoment, momentNow } from './moment.ts'

let lastShownAt: number | null = null
/** No new picture came since the last look, and one is on its way. */
const isBehind = () => {
  const { shownAt, loading } = pastStatus()
  const same = shownAt === lastShownAt
  lastShownAt = shownAt
  return loading && same
}

const bundleEnd = () => connection().hello?.bundle?.to
const player = createPlayer({
  now: () => performance.now(),
  later: (run, ms) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
  moment: momentNow,
  goTo: (at) => goToMoment(at, { replace: true }),
  end: () => bundleEnd() ?? engineNow(),
  // A bundle ends; a console goes on with now.
  onEnd: () => {
    if (bundleEnd() === undefined) goToMoment(null)
  },
  isBehind,
})

export const usePlayer = (): PlayerState => useSyncExternalStore(player.subscribe, player.state)
export const togglePlay = player.toggle
export const stopPlaying = player.stop
export const setSpeed = player.setSpeed
/** Moves the window's moment by so many ms, also while it plays. */
export const stepBy = player.stepBy
