/**
 * The row that a key leads to in a table whose rows are chosen by keyboard, from row `active` (-1: none is chosen). `page` is how
 * many rows are in sight. null: the key chooses no row.
 */
export function rowOfKey(key: string, active: number, rows: number, page: number): number | null {
  const targets: Readonly<Record<string, number>> = {
    ArrowDown: active + 1,
    ArrowUp: active - 1,
    PageDown: active + page,
    PageUp: active - page,
    Home: 0,
    End: rows - 1,
  }
  const target = targets[key]
  return target === undefined ? null : Math.min(rows - 1, Math.max(0, target))
}
