import type { TFunction } from 'i18next'
import { toggledIn } from '../ui/Chip.tsx'
import type { Column } from '../ui/columns.ts'
import { Tick } from '../ui/Tick.tsx'

export interface Selection {
  readonly ids: ReadonlySet<string>
  readonly onSelect: (ids: ReadonlySet<string>) => void
}

interface ChosenColumnProps<Row> extends Selection {
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
  readonly nameOf: (row: Row) => string
}
/** The column in which rows are chosen, each by itself or all of them at its head. */
export function chosenColumn<Row, Context>(t: TFunction, { rows, keyOf, nameOf, ids, onSelect }: ChosenColumnProps<Row>): Column<Row, Context> {
  const all = rows.length > 0 && rows.every((row) => ids.has(keyOf(row)))
  return {
    id: 'chosen',
    head: <Tick className="h-3.5 w-3.5" aria-label={t('cameras.chooseAll')} checked={all} onTick={() => onSelect(new Set(all ? [] : rows.map(keyOf)))} />,
    width: 30,
    rank: 0,
    cell: (row) => (
      <Tick
        className="h-3.5 w-3.5"
        aria-label={t('common.selectName', { name: nameOf(row) })}
        checked={ids.has(keyOf(row))}
        onTick={() => onSelect(toggledIn(ids, keyOf(row)))}
      />
    ),
  }
}
