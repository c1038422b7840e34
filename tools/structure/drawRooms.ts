import { floorsOf } from './floors.ts'

/** A folder with its files, and the folders from which they import. */
export interface DrawnRoom {
  readonly name: string
  readonly files: readonly { readonly name: string; readonly lines: number }[]
  readonly imports: readonly string[]
}

interface Placed extends DrawnRoom {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

const pictureWidth = 1800
const gap = 14
const floorGap = 46
const title = 14
/** Pixels of a square as large as a file of a hundred lines. */
const side = 13

/** Each folder stands above all that it imports; a square is a file, as large as it has lines. Red: folders that import each other. */
export function drawRooms(rooms: readonly DrawnRoom[]): string {
  const floors = floorsOf(new Map(rooms.map(({ name, imports }) => [name, imports])))
  const placed: Placed[] = []
  let y = gap
  for (let floor = Math.max(...floors.values()); floor >= 0; floor--) {
    let x = gap
    let rowHeight = 0
    for (const room of rooms.filter(({ name }) => floors.get(name) === floor).sort((a, b) => areaOf(b) - areaOf(a))) {
      const width = Math.max(room.name.length * 5.6 + 8, Math.ceil(Math.sqrt(areaOf(room) * 1.6)) + 8)
      const height = title + Math.ceil(packed(room, width).height) + 6
      if (x + width > pictureWidth) {
        x = gap
        y += rowHeight + gap
        rowHeight = 0
      }
      placed.push({ ...room, x, y, width, height })
      x += width + gap
      rowHeight = Math.max(rowHeight, height)
    }
    y += rowHeight + floorGap
  }
  const byName = new Map(placed.map((room) => [room.name, room]))
  const lines = placed.flatMap((room) =>
    room.imports.flatMap((name) => {
      const target = byName.get(name)
      return target ? [lineOf(room, target)] : []
    }),
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${pictureWidth}" height="${Math.ceil(y)}" font-family="sans-serif" font-size="10">
<rect width="100%" height="100%" fill="#fff"/>
<g fill="none" stroke-width="0.7">
${lines.join('\n')}
</g>
${placed.map(roomSvg).join('\n')}
</svg>
`
}

const sideOf = (lines: number): number => Math.max(3, Math.round(side * Math.sqrt(lines / 100)))
const areaOf = ({ files }: DrawnRoom): number => files.reduce((sum, { lines }) => sum + (sideOf(lines) + 2) ** 2, 0)

/** Places of a room's files in rows, the longest first. */
function packed({ files }: DrawnRoom, width: number) {
  let x = 4
  let y = 0
  let rowHeight = 0
  const squares = [...files]
    .sort((a, b) => b.lines - a.lines)
    .map(({ name, lines }) => {
      const size = sideOf(lines)
      if (x + size + 4 > width && x > 4) {
        x = 4
        y += rowHeight + 2
        rowHeight = 0
      }
      const square = { name, lines, x, y, size }
      x += size + 2
      rowHeight = Math.max(rowHeight, size)
      return square
    })
  return { squares, height: y + rowHeight }
}

function roomSvg(room: Placed): string {
  const { name, x, y, width, height } = room
  const squares = packed(room, width).squares.map(
    (one) => `<rect x="${one.x}" y="${one.y + title}" width="${one.size}" height="${one.size}"><title>${one.name}, ${one.lines}</title></rect>`,
  )
  return `<g transform="translate(${x.toFixed(0)} ${y.toFixed(0)})"><rect width="${width.toFixed(0)}" height="${height}" rx="3" fill="#f4f6f9" stroke="#8896a5"/><text x="4" y="11">${name.replace(/^src\//, '')}</text><g fill="#6a8fc0">${squares.join('')}</g></g>`
}

function lineOf(from: Placed, to: Placed): string {
  const isDown = to.y > from.y
  const [x1, y1] = [from.x + from.width / 2, isDown ? from.y + from.height : from.y]
  const [x2, y2] = [to.x + to.width / 2, isDown ? to.y : to.y + to.height]
  const isMutual = to.imports.includes(from.name)
  const middle = (y1 + y2) / 2
  return `<path d="M${x1.toFixed(0)} ${y1.toFixed(0)}C${x1.toFixed(0)} ${middle.toFixed(0)} ${x2.toFixed(0)} ${middle.toFixed(0)} ${x2.toFixed(0)} ${y2.toFixed(0)}" stroke="${isMutual ? '#d22' : '#456'}" stroke-opacity="${isMutual ? 0.9 : 0.22}"/>`
}
