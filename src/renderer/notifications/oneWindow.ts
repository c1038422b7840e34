import { useEffect, useState } from 'react'

/**
 * Whether this window does something that only one of all windows of this console should: the first that wants to, and when it is closed the
 * next. Browsers without locks, such as at a plain HTTP address, give each window its turn.
 */
export function useTurn(name: string, wanted: boolean): boolean {
  const [isMine, setMine] = useState(false)
  useEffect(() => {
    if (!wanted) return
    const locks = locksHere()
    if (!locks) {
      setMine(true)
      return () => setMine(false)
    }
    const left = new AbortController()
    let release = () => {}
    locks
      .request(name, { signal: left.signal }, () => {
        setMine(true)
        return new Promise<void>((resolve) => {
          release = resolve
        })
      })
      // It left before its turn came.
      .catch(() => {})
    return () => {
      left.abort()
      release()
      setMine(false)
    }
  }, [name, wanted])
  return isMine
}

const locksHere = () => (navigator as { readonly locks?: LockManager | null }).locks

/** Whether any window has its turn. */
export async function isTurnTaken(name: string): Promise<boolean> {
  const held = (await locksHere()?.query())?.held ?? []
  return held.some((lock) => lock.name === name)
}
