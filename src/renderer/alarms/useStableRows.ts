import { useRef } from 'react'
import { useHold } from '../ui/useCalm.ts'
import { type ListRow, rowsInPlace } from './listRows.ts'

/** Rows that do not move under the pointer. `occasion`: another one lists something else. */
export function useStableRows(now: readonly ListRow[], occasion: string) {
  const { held, ...hold } = useHold(occasion)
  const kept = useRef(now)
  const listed = held ? rowsInPlace(kept.current, now) : { rows: now, waiting: 0 }
  kept.current = listed.rows
  return { ...listed, hold }
}
