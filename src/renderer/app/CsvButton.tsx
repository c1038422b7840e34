import { Download } from 'lucide-react'
import { Button } from '../ui/Button.tsx'
import { type Column, csvOf } from '../ui/columns.ts'
import { saveFile } from './actions.ts'

interface CsvButtonProps<Row, Context> {
  /** Name of the file, without its ending. */
  readonly name: string
  readonly columns: readonly Column<Row, Context>[]
  readonly rows: readonly Row[]
  readonly context: Context
}
export function saveCsv<Row, Context>({ name, columns, rows, context }: CsvButtonProps<Row, Context>): void {
  void saveFile(`${name}.csv`, csvOf(columns, rows, context), 'text/csv')
}

/** The rows of a table for a spreadsheet. */
export function CsvButton<Row, Context>(props: CsvButtonProps<Row, Context>) {
  return (
    <Button icon={Download} onClick={() => saveCsv(props)} disabled={props.rows.length === 0}>
      CSV
    </Button>
  )
}
