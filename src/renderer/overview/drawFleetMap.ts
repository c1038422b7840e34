import type { StreamRow } from '../fleet/fleetRows.ts'
import { markOfStream } from '../fleet/StateMark.tsx'
import type { MarkKind } from '../ui/Mark.tsx'
import { type CellPointed, cellPlace, type MapGroup, type MapLayout, markSide } from './layoutFleetMap.ts'

export interface GroupLabel {
  readonly name: string
  /** Mark of its own trouble or of its worst stream; null: all is well. */
  readonly kind: MarkKind | null
  /** Number of streams in trouble. */
  readonly count: number
  /** Its streams are unknown: hatched, because an empty space would mean no streams. */
  readonly isUnknown: boolean
}

interface Painting {
  readonly layout: MapLayout
  readonly labels: readonly GroupLabel[]
  readonly rows: readonly (readonly StreamRow[])[]
  readonly token: (name: string) => string
  readonly pointed: CellPointed | null
  /** The engine is not connected: live cells are greyed out. */
  readonly stale: boolean
}

const troubleOrder = ['warning', 'minor', 'major', 'slate', 'critical'] as const satisfies readonly MarkKind[]

/** Collects cells of the same look into one path: 10,000 cells take a few milliseconds. */
function createCells() {
  const live = new Path2D()
  const idle = new Path2D()
  const unknown = new Path2D()
  return {
    add: (kind: 'ok' | 'idle' | 'unknown', x: number, y: number, cell: number) => {
      if (kind === 'ok') live.rect(x, y, cell, cell)
      else if (kind === 'idle') {
        const radius = cell / 2 - 0.75
        idle.moveTo(x + cell / 2 + radius, y + cell / 2)
        idle.arc(x + cell / 2, y + cell / 2, Math.max(0.5, radius), 0, 2 * Math.PI)
      } else if (cell >= 5) {
        unknown.rect(x + 0.5, y + 0.5, cell - 1, cell - 1)
        unknown.moveTo(x + 1, y + cell - 1)
        unknown.lineTo(x + cell - 1, y + 1)
      } else {
        unknown.moveTo(x, y + cell)
        unknown.lineTo(x + cell, y)
      }
    },
    draw: (g: CanvasRenderingContext2D, cell: number, stale: boolean, token: (name: string) => string) => {
      g.lineWidth = 1
      g.fillStyle = token(stale ? 'unknown' : 'ok-cell')
      g.globalAlpha = stale ? 0.28 : 1
      g.fill(live)
      g.strokeStyle = token('faint')
      g.globalAlpha = 0.9
      // Dashed like the mark elsewhere, if there is room for dashes.
      const dash = cell >= 8 ? (Math.PI * (cell - 1.5)) / 12 : 0
      g.setLineDash(dash > 0 ? [dash, dash] : [])
      g.stroke(idle)
      g.setLineDash([])
      g.strokeStyle = token('unknown')
      g.globalAlpha = 0.75
      g.stroke(unknown)
      g.globalAlpha = 1
    },
  }
}

const isTrouble = (kind: MarkKind): kind is (typeof troubleOrder)[number] => (troubleOrder as readonly MarkKind[]).includes(kind)

export function drawCell(g: CanvasRenderingContext2D, kind: MarkKind, side: number, token: (name: string) => string) {
  if (isTrouble(kind)) return drawMark(g, kind, side / 2, side / 2, side - 1, token)
  const cells = createCells()
  if (kind !== 'maintenance') cells.add(kind, 0, 0, side)
  cells.draw(g, side, false, token)
}

export function drawFleetMap(g: CanvasRenderingContext2D, { layout, labels, rows, token, pointed, stale }: Painting) {
  const { cell } = layout
  const calm = createCells()
  const trouble = new Map<MarkKind, { readonly x: number; readonly y: number }[]>()
  let inTrouble = 0
  let cells = 0

  layout.groups.forEach((group, place) => {
    const own = rows[place] ?? []
    for (let index = 0; index < group.count; index++) {
      const row = own[index]
      if (!row) continue
      cells++
      const { x, y } = cellPlace(layout, group, index)
      const kind = markOfStream(row.facts.state, row.severity)
      if (kind === 'ok' || kind === 'idle' || kind === 'unknown') calm.add(kind, x, y, cell)
      else {
        inTrouble++
        const list = trouble.get(kind)
        if (list) list.push({ x, y })
        else trouble.set(kind, [{ x, y }])
      }
    }
  })
  calm.draw(g, cell, stale, token)
  layout.groups.forEach((group, place) => {
    if (labels[place]?.isUnknown && group.count === 0) drawHatching(g, group, layout, token)
  })

  const side = markSide(cell, layout.pitch, inTrouble, cells)
  // Clear the space of all marks first, so that no mark cuts into its neighbour.
  if (side >= 8) {
    g.fillStyle = token('surface')
    for (const places of trouble.values())
      for (const { x, y } of places) g.fillRect(x + cell / 2 - side / 2 - 1, y + cell / 2 - side / 2 - 1, side + 2, side + 2)
  }
  for (const kind of troubleOrder) for (const { x, y } of trouble.get(kind) ?? []) drawMark(g, kind, x + cell / 2, y + cell / 2, side, token)

  drawLabels(g, layout, labels, token)

  const group = pointed === null ? undefined : layout.groups[pointed.group]
  if (pointed && group) {
    const { x, y } = cellPlace(layout, group, pointed.index)
    g.strokeStyle = token('text')
    g.lineWidth = 1.5
    g.strokeRect(x - 2.25, y - 2.25, cell + 4.5, cell + 4.5)
  }
}

function drawHatching(g: CanvasRenderingContext2D, group: MapGroup, { perRow, pitch, cell }: MapLayout, token: (name: string) => string) {
  const width = perRow * pitch - (pitch - cell)
  const { height } = group
  g.save()
  g.beginPath()
  g.rect(group.cellsX, group.cellsY, width, height)
  g.clip()
  g.beginPath()
  for (let x = 0; x < width + height; x += hatchPx) {
    g.moveTo(group.cellsX + x, group.cellsY)
    g.lineTo(group.cellsX + x - height, group.cellsY + height)
  }
  g.strokeStyle = token('unknown')
  g.globalAlpha = 0.45
  g.lineWidth = 1
  g.stroke()
  g.restore()
}
const hatchPx = 7

/** The shapes of ui/Mark.tsx, drawn on a canvas. */
function drawMark(
  g: CanvasRenderingContext2D,
  kind: (typeof troubleOrder)[number],
  middleX: number,
  middleY: number,
  side: number,
  token: (name: string) => string,
) {
  const half = side / 2
  const left = middleX - half
  const top = middleY - half
  const back = token('surface')
  g.fillStyle = token(kind)
  g.beginPath()
  switch (kind) {
    case 'critical': {
      const cut = side * 0.29
      g.moveTo(left + cut, top)
      g.lineTo(left + side - cut, top)
      g.lineTo(left + side, top + cut)
      g.lineTo(left + side, top + side - cut)
      g.lineTo(left + side - cut, top + side)
      g.lineTo(left + cut, top + side)
      g.lineTo(left, top + side - cut)
      g.lineTo(left, top + cut)
      break
    }
    case 'major':
      g.moveTo(middleX, top)
      g.lineTo(left + side, top + side)
      g.lineTo(left, top + side)
      break
    case 'minor':
      g.moveTo(middleX, top - 0.5)
      g.lineTo(left + side + 0.5, middleY)
      g.lineTo(middleX, top + side + 0.5)
      g.lineTo(left - 0.5, middleY)
      break
    case 'slate':
      g.rect(left, top + side * 0.15, side, side * 0.7)
      break
    case 'warning':
      g.arc(middleX, middleY, half, 0, 7)
      break
    default:
      kind satisfies never
  }
  g.fill()
  if (kind === 'critical' && side >= 8) {
    const reach = side * 0.2
    g.strokeStyle = back
    g.lineWidth = Math.max(1.25, side * 0.13)
    g.beginPath()
    g.moveTo(middleX - reach, middleY - reach)
    g.lineTo(middleX + reach, middleY + reach)
    g.moveTo(middleX + reach, middleY - reach)
    g.lineTo(middleX - reach, middleY + reach)
    g.stroke()
  }
}

const font = (weight: number, size: number) => `${weight} ${size}px "Inter Variable", Inter, system-ui, sans-serif`

function drawLabels(g: CanvasRenderingContext2D, layout: MapLayout, labels: readonly GroupLabel[], token: (name: string) => string) {
  if (layout.labelWidth === 0) return
  g.textBaseline = 'alphabetic'
  const room = layout.labelWidth - 10
  layout.groups.forEach((group: MapGroup, place) => {
    const label = labels[place]
    if (!label) return
    const { name, kind } = label
    const count = label.count > 0 ? String(label.count) : ''
    const baseline = group.y + 10.5
    g.font = font(600, 11)
    const countWidth = count !== '' ? g.measureText(count).width + 4 : kind !== null ? 12 : 0
    if (kind !== null && count !== '') {
      g.fillStyle = token(kind)
      g.fillText(count, group.x + room - countWidth + 4, baseline)
    } else if (kind !== null && isTrouble(kind)) drawMark(g, kind, group.x + room - 5, baseline - 4, 9, token)
    else if (kind !== null) {
      g.strokeStyle = token(kind)
      g.lineWidth = 1.2
      g.strokeRect(group.x + room - 9, baseline - 8, 8, 8)
      g.strokeRect(group.x + room - 7, baseline - 4, 4, 0)
    }
    g.font = font(kind === null ? 500 : 600, 11)
    g.fillStyle = token(kind === null ? 'muted' : 'text')
    g.fillText(fitted(g, name, room - countWidth), group.x, baseline)
  })
}

/** Shortens a text to `room` pixels with an ellipsis. */
function fitted(g: CanvasRenderingContext2D, text: string, room: number) {
  if (g.measureText(text).width <= room) return text
  let length = text.length
  while (length > 1 && g.measureText(`${text.slice(0, length)}…`).width > room) length--
  return `${text.slice(0, length)}…`
}
