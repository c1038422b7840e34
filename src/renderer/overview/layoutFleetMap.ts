/** One server's block: a label and its cells in rows. All measures in CSS pixels, whole numbers. */
export interface MapGroup {
  readonly id: string
  readonly count: number
  readonly x: number
  readonly y: number
  readonly cellsX: number
  readonly cellsY: number
  readonly height: number
}
export interface MapLayout {
  /** Side of a cell. */
  readonly cell: number
  /** Distance between the left edges of neighbouring cells. */
  readonly pitch: number
  readonly perRow: number
  readonly groups: readonly MapGroup[]
  /** 0: labels are left out. */
  readonly labelWidth: number
  readonly columnWidth: number
}

interface Sized {
  readonly id: string
  readonly count: number
}

const largestCell = 28
/** Room for a name, for its beginning, and for none, px. */
const labelWidths = [200, 92, 0]
const columnGap = 20
const labelHeight = 14
/** Space around the cells for marks larger than a cell. */
const edge = 4

/** Finds the largest cells with which all streams fit without scrolling. Labels are cut, and left out last, before cells get too small. Pure. */
export function layoutFleetMap(width: number, height: number, sizes: readonly Sized[], namePx = labelWidths[0] as number): MapLayout {
  let found: MapLayout | null = null
  for (const most of labelWidths) {
    const layout = largest(width, height, sizes, Math.min(namePx, most))
    // A longer name may cost a quarter of the cell size; names at all go only where cells can hardly be pointed at: the card beside the pointer shows them.
    if (layout !== null && (found === null || (found.cell < (most === 0 ? 3 : 10) && layout.cell > found.cell / 0.75))) found = layout
  }
  // More streams than fit: only as many as fit are drawn.
  return found ?? tryLayout(width, Number.POSITIVE_INFINITY, sizes, 1, 1, 0) ?? { cell: 1, pitch: 1, perRow: 1, groups: [], labelWidth: 0, columnWidth: width }
}

function largest(width: number, height: number, sizes: readonly Sized[], labelWidth: number): MapLayout | null {
  for (let cell = largestCell; cell >= 2; cell--)
    for (let columns = 1; columns <= 12; columns++) {
      const layout = tryLayout(width, height, sizes, cell, columns, labelWidth)
      if (layout) return layout
    }
  return null
}

function tryLayout(width: number, height: number, sizes: readonly Sized[], cell: number, columns: number, labelWidth: number): MapLayout | null {
  const pitch = cell + (cell >= 8 ? 2 : cell >= 2 ? 1 : 0)
  const columnWidth = Math.floor((width - edge - (columns - 1) * columnGap) / columns)
  const perRow = Math.floor((columnWidth - labelWidth + pitch - cell) / pitch)
  // A label wider than its cells is a list, not a map.
  if (perRow < 1 || (columns > 1 && perRow * pitch < labelWidth)) return null
  const groups: MapGroup[] = []
  let column = 0
  let y = edge
  for (const { id, count } of sizes) {
    const rows = Math.ceil(count / perRow)
    const own = Math.max(labelWidth === 0 ? 0 : labelHeight, rows * pitch - (pitch - cell))
    if (y > edge && y + own > height - edge) {
      column++
      y = edge
    }
    if (column >= columns || y + own > height - edge) return null
    const x = column * (columnWidth + columnGap)
    groups.push({ id, count, x, y, cellsX: x + labelWidth, cellsY: y, height: own })
    y += own + 3
  }
  return { cell, pitch, perRow, groups, labelWidth, columnWidth }
}

export function cellPlace(layout: MapLayout, group: MapGroup, index: number): { readonly x: number; readonly y: number } {
  return {
    x: group.cellsX + (index % layout.perRow) * layout.pitch,
    y: group.cellsY + Math.floor(index / layout.perRow) * layout.pitch,
  }
}

export interface CellPointed {
  readonly group: number
  readonly index: number
}
/** The cell at a point, including the gap after it; null: none. */
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
/** The cell that an arrow key moves to, along a row and on into the next server's cells. Stops at both ends. */
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

/** Marks are larger than cells below 10 px, unless so many streams are in trouble that they would hide each other. */
export function markSide(cell: number, pitch: number, inTrouble: number, cells: number): number {
  if (cell >= 10) return cell + 2
  const wanted = 12
  const crowded = inTrouble * wanted * wanted > 0.3 * cells * pitch * pitch
  return crowded ? cell : wanted
}
