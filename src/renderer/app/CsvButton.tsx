import { Download } from 'lucide-react'
import { Button } from '../ui/Button.tsx'
import { type Column, csvOf, type Sort, sortRows } from '../ui/columns.ts'
import { saveFile } from './actions.ts'

interface CsvButtonProps<Row, Context> {
  /** Without its ending. */
  readonly name: string
  readonly columns: readonly Column<Row, Context>[]
  readonly rows: readonly Row[]
  readonly context: Context
  readonly sort?: Sort | null
}
export function saveCsv<Row, Context>({ name, columns, rows, context, sort = null }: CsvButtonProps<Row, Context>): void {
  void saveFile(`${name}.csv`, csvOf(columns, sortRows(rows, columns, sort, context), context), 'text/csv')
}

export function CsvButton<Row, Context>(props: CsvButtonProps<Row, Context>) {
  return (
    <Button icon={Download} onClick={() => saveCsv(props)} disabled={props.rows.length === 0}>
      CSV
    </Button>
  )
}
