/** How wide a column is and how soon it goes when there is little room. */
export interface ColumnSize {
  readonly id: string
  /** Pixels that it needs. */
  readonly width: number
  /** Columns with the highest go first; 0 never goes. */
  readonly rank: number
}

/** The chosen columns that fit into `width`, in their order. A table drops columns rather than wrapping its headings. */
export function fitColumns(columns: readonly ColumnSize[], chosen: ReadonlySet<string>, width: number): readonly string[] {
  const shown = columns.filter((column) => column.rank === 0 || chosen.has(column.id))
  let used = shown.reduce((sum, column) => sum + column.width, 0)
  const dropped = new Set<string>()
  for (const column of [...shown].sort((a, b) => b.rank - a.rank)) {
    if (used <= width || column.rank === 0) break
    dropped.add(column.id)
    used -= column.width
  }
  return shown.filter((column) => !dropped.has(column.id)).map((column) => column.id)
}
