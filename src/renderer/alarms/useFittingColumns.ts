import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Column } from '../ui/columns.ts'
import { createMediaHook } from '../ui/media.ts'
import { briefColumns } from './alarmColumns.tsx'

const useNarrow = createMediaHook('(max-width: 699px)')

/** Columns of a list of alarms as this window has room for them, and the height of its rows: two lines, or four in one column. */
export function useFittingColumns<Row, Context>(columns: readonly Column<Row, Context>[]) {
  const { t } = useTranslation()
  const narrow = useNarrow()
  const fitting = useMemo(() => (narrow ? briefColumns(columns, t) : columns), [narrow, columns, t])
  return { fitting, rowPx: narrow ? 82 : 44 }
}
