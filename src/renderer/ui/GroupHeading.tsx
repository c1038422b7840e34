import type { ReactNode } from 'react'
import { formatValue } from '../../shared/units.ts'
import type { Column } from './columns.ts'

export const groupRowClass = '!cursor-default !bg-transparent pt-1.5'

export function GroupHeading({ name, count, children }: { readonly name: string; readonly count: number; readonly children?: ReactNode }) {
  return (
    <span className="inline-block font-semibold first-letter:uppercase">
      {name} <span className="font-normal text-faint">{formatValue(count, 'count')}</span>
      {children}
    </span>
  )
}

/** A row of a list in groups: an item, or the heading of those that follow. */
export type Grouped<Item, Group extends string = string> = { readonly item: Item } | { readonly group: Group; readonly count: number }

/** Items under the heading of their group, in the order of the groups; those without any are left out. */
export function groupedRows<Item, Group extends string>(
  items: readonly Item[],
  groups: readonly Group[],
  groupOf: (item: Item) => Group,
): readonly Grouped<Item, Group>[] {
  return groups.flatMap((group): readonly Grouped<Item, Group>[] => {
    const listed = items.filter((item) => groupOf(item) === group)
    return listed.length === 0 ? [] : [{ group, count: listed.length }, ...listed.map((item) => ({ item }))]
  })
}

/** The columns of items in a list in groups: headings have nothing in them. */
export function groupedColumns<Item, Context>(columns: readonly Omit<Column<Item, Context>, 'csv'>[]): readonly Column<Grouped<Item>, Context>[] {
  return columns.map(({ cell, value: _, ...column }) => ({
    ...column,
    cell: (row, context) => ('item' in row ? cell(row.item, context) : null),
  }))
}

/** What a table needs to know of a list in groups. `from`: the column in which headings begin. */
export function groupedTable<Item, Group extends string>(from: string, keyOf: (item: Item) => string, nameOf: (group: Group) => string) {
  return {
    keyOf: (row: Grouped<Item, Group>) => ('item' in row ? keyOf(row.item) : `group ${row.group}`),
    span: (row: Grouped<Item, Group>) => ('item' in row ? null : { from, cell: <GroupHeading name={nameOf(row.group)} count={row.count} /> }),
  }
}
