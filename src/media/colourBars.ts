/** A picture with 8 bits and half the colour resolution, as `yuv420p` has it. */
interface PlanarPicture {
  readonly widthPx: number
  readonly heightPx: number
  /** Y, U and V; `strides`: bytes of each row. */
  readonly planes: readonly [y: Uint8Array, u: Uint8Array, v: Uint8Array]
  readonly strides: readonly [y: number, u: number, v: number]
}

/**
 * Where each colour lies in the plane of Cb and Cr, in degrees: halfway between BT.601 and BT.709, which are at most 6° apart. Test pictures differ in
 * strength (75 or 100 %), in height and in what stands beside and below, but all have these bars in this order (SMPTE EG 1, RP 219; EBU Tech 3325).
 */
const barAngles = { yellow: 173, cyan: -74, green: -129, magenta: 51, red: 106, blue: -7 } as const
const colours = Object.values(barAngles)
const angleTolerance = 20
/** Chroma of grey is less, of a bar more, of 128. */
const [mostGrey, leastColour] = [12, 35]
const leastWhite = 120
/** Rows that all kinds of bars reach, as shares of the height. */
const rows = [0.1, 0.25, 0.4] as const
/** Colours of neighbouring pixels of one bar differ by less. */
const sameBar = 12
/** Narrower pieces are edges between bars, as a share of the width. */
const leastBar = 0.05
const mostUneven = 1.7

/** Whether a picture has white, yellow, cyan, green, magenta, red and blue bars side by side. */
export function isColourBars(picture: PlanarPicture): boolean {
  return rows.every((row) => hasBars(picture, Math.floor((picture.heightPx * row) / 2)))
}

interface Piece {
  readonly y: number
  readonly cb: number
  readonly cr: number
  width: number
}
/** `row`: of the colour planes, which have half the height. */
function hasBars({ widthPx, planes: [luma, blue, red], strides }: PlanarPicture, row: number): boolean {
  const pieces: Piece[] = []
  const half = Math.floor(widthPx / 2)
  for (let x = 0; x < half; x++) {
    const y = luma[row * 2 * strides[0] + x * 2] ?? 0
    const cb = (blue[row * strides[1] + x] ?? 128) - 128
    const cr = (red[row * strides[2] + x] ?? 128) - 128
    const piece = pieces.at(-1)
    if (piece && Math.abs(piece.y - y) + Math.abs(piece.cb - cb) + Math.abs(piece.cr - cr) < sameBar) piece.width++
    else pieces.push({ y, cb, cr, width: 1 })
  }
  const wide = pieces.filter(({ width }) => width >= half * leastBar)
  return wide.some((white, at) => {
    const bars = wide.slice(at, at + 1 + colours.length)
    if (bars.length <= colours.length || white.y < leastWhite || chromaOf(white) > mostGrey) return false
    const widths = bars.map(({ width }) => width)
    if (Math.max(...widths) > Math.min(...widths) * mostUneven) return false
    return colours.every((angle, no) => {
      const bar = bars[no + 1] as Piece
      return chromaOf(bar) >= leastColour && apart((Math.atan2(bar.cr, bar.cb) * 180) / Math.PI, angle) <= angleTolerance
    })
  })
}
const chromaOf = ({ cb, cr }: Piece): number => Math.hypot(cb, cr)
/** Of two angles, 0 to 180. */
const apart = (a: number, b: number): number => Math.abs(((a - b + 540) % 360) - 180)
