import { useEffect, useState } from 'react'
import { setBare } from '../app/frameState.ts'

/** A pointer that rests for this long is hidden, ms. */
const pointerMs = 3_000

/** Shows the page alone while `full`. `onLeft`: somebody left the full screen by other means, such as Escape. Returns whether the pointer rests. */
export function useFull(full: boolean, onLeft: () => void): boolean {
  useEffect(() => {
    setBare(full)
    return () => setBare(false)
  }, [full])
  useEffect(() => {
    if (!full) return
    const onChange = () => document.fullscreenElement === null && onLeft()
    document.addEventListener('fullscreenchange', onChange)
    return () => document.removeEventListener('fullscreenchange', onChange)
  }, [full, onLeft])
  const [rests, setRests] = useState(false)
  useEffect(() => {
    if (!full) return
    let timer = setTimeout(() => setRests(true), pointerMs)
    const onMove = () => {
      clearTimeout(timer)
      setRests(false)
      timer = setTimeout(() => setRests(true), pointerMs)
    }
    window.addEventListener('pointermove', onMove)
    return () => {
      clearTimeout(timer)
      setRests(false)
      window.removeEventListener('pointermove', onMove)
    }
  }, [full])
  return rests
}

/** Makes the whole screen the window's, or gives it back; where that is not allowed the page still fills the window. */
export function takeScreen(full: boolean): void {
  if (full) document.documentElement.requestFullscreen?.().catch(() => {})
  else if (document.fullscreenElement) document.exitFullscreen().catch(() => {})
}

/** Keeps the screen awake while `wanted`. Returns whether it may turn off all the same: the page is not secure, or the system refuses it. */
export function useWakeLock(wanted: boolean): boolean {
  const [sleeps, setSleeps] = useState(false)
  useEffect(() => {
    setSleeps(false)
    if (!wanted) return
    // Not there where the page is not secure, whatever the types say.
    const lock = navigator.wakeLock as WakeLock | undefined
    if (lock === undefined) return setSleeps(true)
    let held: WakeLockSentinel | null = null
    let isOver = false
    const take = async () => {
      if (document.hidden || (held !== null && !held.released)) return
      try {
        const taken = await lock.request('screen')
        if (isOver) return void taken.release()
        held = taken
        // The system takes it back; of a hidden page that is as it should be.
        taken.addEventListener('release', () => {
          if (!isOver && held === taken && !document.hidden) setSleeps(true)
        })
        setSleeps(false)
      } catch {
        if (!isOver) setSleeps(true)
      }
    }
    const onShown = () => void take()
    document.addEventListener('visibilitychange', onShown)
    void take()
    return () => {
      isOver = true
      document.removeEventListener('visibilitychange', onShown)
      void held?.release()
    }
  }, [wanted])
  return sleeps
}
