/**
 * The row that a key selects in a table with keyboard selection, starting from row `active` (-1: none). `page` is the number of
 * visible rows. null: the key selects no row.
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
