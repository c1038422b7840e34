/** One server's block: a label and its cells in rows. All measures in CSS pixels, whole numbers. */
export interface MapGroup {
  readonly id: string
  readonly count: number
  /** Place of the label. */
  readonly x: number
  readonly y: number
  /** Place of the first cell. */
  readonly cellsX: number
  readonly cellsY: number
  readonly height: number
}
export interface MapLayout {
  /** Side of a cell. */
  readonly cell: number
  /** From one cell's left edge to the next one's. */
  readonly pitch: number
  /** Cells in a row of each group. */
  readonly perRow: number
  readonly groups: readonly MapGroup[]
  /** Lines of text that a label has room for; 0: labels are left out. */
  readonly labelLines: 0 | 1 | 2
  readonly labelWidth: number
  /** Width of one column of groups. */
  readonly columnWidth: number
}

const largestCell = 28
const widestLabelPx = 200
const columnGap = 20
const lineHeight = 14
/** Room around the cells for marks that are larger than they are. */
const edge = 4

/**
 * Finds the largest cells with which every stream of every server stands in `width` × `height` without
 * scrolling: groups run down in columns like the words of a newspaper, labels shrink before cells do, and are
 * left out last. Pure.
 */
export function layoutFleetMap(
  width: number,
  height: number,
  sizes: readonly { readonly id: string; readonly count: number }[],
  /** Room that the longest name needs; it is given where cells stay nearly as large. */
  namePx = 0,
): MapLayout {
  const largest = (lines: 0 | 1 | 2, labelWidth: number): MapLayout | null => {
    for (let cell = largestCell; cell >= 2; cell--) {
      for (let columns = 1; columns <= 12; columns++) {
        const layout = tryLayout(width, height, sizes, cell, columns, lines, labelWidth)
        if (layout) return layout
      }
    }
    return null
  }
  const withNames = (lines: 1 | 2, usualPx: number): MapLayout | null => {
    const usual = largest(lines, usualPx)
    const whole = usual !== null && namePx > usualPx ? largest(lines, Math.min(namePx, widestLabelPx)) : null
    return whole !== null && usual !== null && whole.cell >= usual.cell * 0.75 ? whole : usual
  }
  const one = withNames(1, 92) ?? largest(1, 68)
  const two = withNames(2, 104)
  // A second line of words is worth a quarter of a cell, as long as shapes can still be distinguished.
  if (two && one && (two.cell >= one.cell * 0.75 || two.cell >= 14) && two.cell >= 6) return two
  if (one && one.cell >= 3) return one
  // Cells that can be pointed at are worth more than names: the card beside the pointer has the name.
  return largest(0, 0) ?? one ?? crammed(width, sizes)
}

/** Too many streams for the room: as many as fit are drawn. */
const crammed = (width: number, sizes: readonly { readonly id: string; readonly count: number }[]): MapLayout =>
  tryLayout(width, Number.POSITIVE_INFINITY, sizes, 1, 1, 0, 0) ?? {
    cell: 1,
    pitch: 1,
    perRow: 1,
    groups: [],
    labelLines: 0,
    labelWidth: 0,
    columnWidth: width,
  }

function tryLayout(
  width: number,
  height: number,
  sizes: readonly { readonly id: string; readonly count: number }[],
  cell: number,
  columns: number,
  labelLines: 0 | 1 | 2,
  labelWidth: number,
): MapLayout | null {
  const pitch = cell + (cell >= 8 ? 2 : cell >= 2 ? 1 : 0)
  const columnWidth = Math.floor((width - edge - (columns - 1) * columnGap) / columns)
  const perRow = Math.floor((columnWidth - labelWidth + pitch - cell) / pitch)
  // A label wider than its cells is a list, not a map.
  if (perRow < 1 || (columns > 1 && perRow * pitch < labelWidth)) return null
  const groups: MapGroup[] = []
  const space = labelLines === 2 ? 9 : labelLines === 1 ? 3 : 0
  let column = 0
  let y = edge
  for (const { id, count } of sizes) {
    const rows = Math.ceil(count / perRow)
    const own = Math.max(labelLines * lineHeight, rows * pitch - (pitch - cell))
    if (y > edge && y + own > height - edge) {
      column++
      y = edge
    }
    if (column >= columns || y + own > height - edge) return null
    const x = column * (columnWidth + columnGap)
    groups.push({ id, count, x, y, cellsX: x + labelWidth, cellsY: y, height: own })
    y += own + (labelLines === 0 ? 3 : space)
  }
  return { cell, pitch, perRow, groups, labelLines, labelWidth, columnWidth }
}

/** Left upper corner of a cell. */
export const cellPlace = (layout: MapLayout, group: MapGroup, index: number): { readonly x: number; readonly y: number } => ({
  x: group.cellsX + (index % layout.perRow) * layout.pitch,
  y: group.cellsY + Math.floor(index / layout.perRow) * layout.pitch,
})

export interface CellPointed {
  readonly group: number
  readonly index: number
}
/** The cell at a point; the gap behind a cell belongs to it. null: none is there. */
export function cellAt(layout: MapLayout, x: number, y: number): CellPointed | null {
  const place = layout.groups.findIndex(
    (group) => x >= group.x && x < group.x + layout.columnWidth && y >= group.cellsY && y < group.cellsY + group.height + layout.pitch - layout.cell,
  )
  const group = layout.groups[place]
  if (!group || x < group.cellsX) return null
  const across = Math.floor((x - group.cellsX) / layout.pitch)
  if (across >= layout.perRow) return null
  const index = Math.floor((y - group.cellsY) / layout.pitch) * layout.perRow + across
  return index < group.count ? { group: place, index } : null
}

export type Step = 'left' | 'right' | 'up' | 'down' | 'first' | 'last'
/** Where the arrow keys lead from a cell: along a row and on into the next server's. Stays where it is at the ends. */
export function stepFrom(layout: MapLayout, from: CellPointed, step: Step): CellPointed {
  const group = layout.groups[from.group]
  if (!group) return from
  const before = layout.groups.findLastIndex((other, place) => place < from.group && other.count > 0)
  const after = layout.groups.findIndex((other, place) => place > from.group && other.count > 0)
  const across = from.index % layout.perRow
  switch (step) {
    case 'left':
      if (from.index > 0) return { group: from.group, index: from.index - 1 }
      return before < 0 ? from : { group: before, index: (layout.groups[before]?.count ?? 1) - 1 }
    case 'right':
      if (from.index < group.count - 1) return { group: from.group, index: from.index + 1 }
      return after < 0 ? from : { group: after, index: 0 }
    case 'up': {
      if (from.index >= layout.perRow) return { group: from.group, index: from.index - layout.perRow }
      if (before < 0) return from
      const last = (layout.groups[before]?.count ?? 1) - 1
      return { group: before, index: Math.min(last, Math.floor(last / layout.perRow) * layout.perRow + across) }
    }
    case 'down': {
      const lastRow = Math.floor((group.count - 1) / layout.perRow)
      if (Math.floor(from.index / layout.perRow) < lastRow) return { group: from.group, index: Math.min(group.count - 1, from.index + layout.perRow) }
      return after < 0 ? from : { group: after, index: Math.min((layout.groups[after]?.count ?? 1) - 1, across) }
    }
    case 'first':
      return { group: from.group, index: 0 }
    case 'last':
      return { group: from.group, index: group.count - 1 }
    default:
      return step satisfies never
  }
}

/**
 * Side of a mark of trouble. Where cells are under 10 px it is larger than they are, unless so many are in
 * trouble that their marks would hide each other.
 */
export function markSide(cell: number, pitch: number, inTrouble: number, cells: number): number {
  if (cell >= 10) return cell + 2
  const wanted = 12
  const crowded = inTrouble * wanted * wanted > 0.3 * cells * pitch * pitch
  return crowded ? cell : wanted
}
