import { useMemo, useRef } from 'react'
import type { Naming } from '../../shared/naming.ts'
import type { StreamRow } from '../fleet/fleetRows.ts'
import type { Sort } from '../ui/columns.ts'
import type { StreamColumn } from './streamColumns.tsx'
import { filterTest, type StreamFilter, type TagsOf } from './streamFilter.ts'
import { createNameOrder, heldOrder, sortNamed } from './streamSort.ts'

interface Listing {
  readonly all: readonly StreamRow[]
  /** Changes when figures may have changed. */
  readonly tick: number
  /** Changes when states, facts or membership may have changed. */
  readonly facts: number
  readonly filter: StreamFilter
  readonly columns: readonly StreamColumn[]
  readonly sort: Sort
  readonly tagsOf: TagsOf
  readonly naming: Naming
  /** The pointer is over the table, so the order is kept. */
  readonly held: boolean
}

/** The rows to list, in order. While held, rows keep their places, but a change of filter or sort applies at once. */
export function useListedRows({ all, tick, facts, filter, columns, sort, tagsOf, naming, held }: Listing): readonly StreamRow[] {
  const byName = useRef(createNameOrder())
  const last = useRef<{ readonly key: string; readonly slots: readonly number[] }>({ key: '', slots: [] })
  const key = JSON.stringify([filter, sort])
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows change in place; facts says when the filter may judge otherwise, key when it is another one
  const passing = useMemo(() => byName.current(all).filter(filterTest(filter, tagsOf, naming)), [all, facts, key, tagsOf, naming])
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows change in place; tick says when figures may be others, key when filter or sort are
  return useMemo(() => {
    const hold = held && last.current.key === key
    const rows = hold ? heldOrder(last.current.slots, passing, new Map(all.map((row) => [row.slot, row]))) : sortNamed(passing, columns, sort)
    last.current = { key, slots: rows.map((row) => row.slot) }
    return rows
  }, [passing, tick, key, held, columns])
}
