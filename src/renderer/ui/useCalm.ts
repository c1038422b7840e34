import { useCallback, useEffect, useRef, useState } from 'react'

/** A pointer at rest for this long, ms, no longer holds rows: on a wall display it may rest for hours. */
const restMs = 120_000

export interface Hold {
  readonly take: () => void
  readonly release: () => void
}

/** Whether the pointer holds the content. A change of `occasion` releases it, because the content is of another moment or another subject. */
export function useHold(occasion = ''): Hold & { readonly held: boolean } {
  const [heldAt, setHeldAt] = useState<string | null>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const release = useCallback(() => {
    clearTimeout(timer.current)
    setHeldAt(null)
  }, [])
  const take = useCallback(() => {
    clearTimeout(timer.current)
    timer.current = setTimeout(release, restMs)
    setHeldAt(occasion)
  }, [occasion, release])
  useEffect(() => () => clearTimeout(timer.current), [])
  return { held: heldAt === occasion, take, release }
}

/** Freezes a value while the pointer is over the element; spread `hold` on the element. `waiting`: there is a newer value. */
export function useCalm<T>(latest: T, occasion = '') {
  const { held, take, release } = useHold(occasion)
  const kept = useRef(latest)
  if (!held) kept.current = latest
  return {
    value: kept.current,
    waiting: kept.current !== latest,
    release,
    hold: { onPointerEnter: take, onPointerMove: take, onPointerLeave: release },
  }
}

/** Rows in the order they had when the pointer entered: new ones are appended, removed ones leave at once. */
export function useHeldRows<Row>(rows: readonly Row[], keyOf: (row: Row) => string, occasion = '') {
  const hold = useHold(occasion)
  const kept = useRef<readonly string[]>([])
  const byKey = new Map(rows.map((row) => [keyOf(row), row]))
  const stayed = hold.held ? kept.current.filter((key) => byKey.has(key)) : []
  const known = new Set(stayed)
  kept.current = [...stayed, ...[...byKey.keys()].filter((key) => !known.has(key))]
  return { rows: kept.current.flatMap((key) => byKey.get(key) ?? []), hold }
}
