import { useEffect, useState } from 'react'

/** `none`: this browser can't, or the page is not secure. `refused`: the system does not let it, such as at low battery. */
export type Awake = 'yes' | 'none' | 'refused' | 'off'

/** Keeps the screen awake while `wanted`. A hidden page loses that, and takes it again when it is shown. */
export function useWakeLock(wanted: boolean): Awake {
  const [awake, setAwake] = useState<Awake>('off')
  useEffect(() => {
    if (!wanted) return setAwake('off')
    // Not there where the page is not secure, whatever the types say.
    const lock = navigator.wakeLock as WakeLock | undefined
    if (lock === undefined) return setAwake('none')
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
          if (!isOver && held === taken && !document.hidden) setAwake('refused')
        })
        setAwake('yes')
      } catch {
        if (!isOver) setAwake('refused')
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
  return awake
}
