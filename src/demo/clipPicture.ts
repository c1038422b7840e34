/**
 * The demo's test picture, drawn by hand into YUV 4:2:0: no font file and no FFmpeg filter is needed, so it
 * looks the same on every system.
 */

export const clipWidth = 640
export const clipHeight = 360

/** Letters of 5 × 7 dots, a row a number, the leftmost dot the highest bit. */
const glyphs: Readonly<Record<string, readonly number[]>> = {
  A: [14, 17, 17, 31, 17, 17, 17],
  B: [30, 17, 17, 30, 17, 17, 30],
  C: [14, 17, 16, 16, 16, 17, 14],
  D: [30, 17, 17, 17, 17, 17, 30],
  E: [31, 16, 16, 30, 16, 16, 31],
  F: [31, 16, 16, 30, 16, 16, 16],
  G: [14, 17, 16, 23, 17, 17, 15],
  H: [17, 17, 17, 31, 17, 17, 17],
  I: [14, 4, 4, 4, 4, 4, 14],
  J: [7, 2, 2, 2, 2, 18, 12],
  K: [17, 18, 20, 24, 20, 18, 17],
  L: [16, 16, 16, 16, 16, 16, 31],
  M: [17, 27, 21, 21, 17, 17, 17],
  N: [17, 25, 21, 19, 17, 17, 17],
  O: [14, 17, 17, 17, 17, 17, 14],
  P: [30, 17, 17, 30, 16, 16, 16],
  Q: [14, 17, 17, 17, 21, 18, 13],
  R: [30, 17, 17, 30, 20, 18, 17],
  S: [15, 16, 16, 14, 1, 1, 30],
  T: [31, 4, 4, 4, 4, 4, 4],
  U: [17, 17, 17, 17, 17, 17, 14],
  V: [17, 17, 17, 17, 17, 10, 4],
  W: [17, 17, 17, 21, 21, 21, 10],
  X: [17, 17, 10, 4, 10, 17, 17],
  Y: [17, 17, 10, 4, 4, 4, 4],
  Z: [31, 1, 2, 4, 8, 16, 31],
  0: [14, 17, 19, 21, 25, 17, 14],
  1: [4, 12, 4, 4, 4, 4, 14],
  2: [14, 17, 1, 2, 4, 8, 31],
  3: [31, 2, 4, 2, 1, 17, 14],
  4: [2, 6, 10, 18, 31, 2, 2],
  5: [31, 16, 30, 1, 1, 17, 14],
  6: [6, 8, 16, 30, 17, 17, 14],
  7: [31, 1, 2, 4, 8, 8, 8],
  8: [14, 17, 17, 14, 17, 17, 14],
  9: [14, 17, 17, 15, 1, 2, 12],
  '/': [1, 1, 2, 4, 8, 16, 16],
  '-': [0, 0, 0, 31, 0, 0, 0],
  _: [0, 0, 0, 0, 0, 0, 31],
  '.': [0, 0, 0, 0, 0, 12, 12],
  ':': [0, 12, 12, 0, 12, 12, 0],
  ' ': [0, 0, 0, 0, 0, 0, 0],
}
const unknownGlyph = [31, 17, 17, 17, 17, 17, 31]

/** 75 % colour bars, luma and chroma of BT.601. */
const bars: readonly (readonly [number, number, number])[] = [
  [180, 128, 128],
  [162, 44, 142],
  [131, 156, 44],
  [112, 72, 58],
  [84, 184, 198],
  [65, 100, 212],
  [35, 212, 114],
]

const chromaWidth = clipWidth / 2
const lumaSize = clipWidth * clipHeight
const chromaSize = lumaSize / 4

function fill(frame: Buffer, x: number, y: number, width: number, height: number, [luma, cb, cr]: readonly [number, number, number]) {
  for (let row = y; row < y + height; row++) frame.fill(luma, row * clipWidth + x, row * clipWidth + x + width)
  for (let row = y >> 1; row < (y + height) >> 1; row++) {
    const from = lumaSize + row * chromaWidth + (x >> 1)
    frame.fill(cb, from, from + (width >> 1))
    frame.fill(cr, from + chromaSize, from + chromaSize + (width >> 1))
  }
}

function write(frame: Buffer, x: number, y: number, text: string, dot: number, luma = 235) {
  let left = x
  for (const letter of text) {
    const rows = glyphs[letter] ?? unknownGlyph
    for (const [row, bits] of rows.entries())
      for (let column = 0; column < 5; column++) {
        if ((bits & (16 >> column)) === 0) continue
        for (let line = 0; line < dot; line++) {
          const from = (y + row * dot + line) * clipWidth + left + column * dot
          if (left + (column + 1) * dot <= clipWidth) frame.fill(luma, from, from + dot)
        }
      }
    left += 6 * dot
  }
}
const widthOf = (text: string, dot: number) => text.length * 6 * dot - dot

/** Draws frames of a stream: bars, its name, a clock that runs from 0 to the clip's end, and a hand that never rests. */
export function createClipPicture(name: string, frameRate: number): (index: number) => Buffer {
  const plain = name
    .normalize('NFD')
    .replaceAll(/\p{Diacritic}/gu, '')
    .replaceAll('ß', 'SS')
    .toUpperCase()
  const ground = Buffer.alloc(lumaSize + 2 * chromaSize, 128)
  ground.fill(16, 0, lumaSize)
  const barWidth = 92
  for (const [index, colour] of bars.entries())
    fill(ground, index * barWidth, 0, index === bars.length - 1 ? clipWidth - index * barWidth : barWidth, 250, colour)
  for (let x = 0; x < clipWidth; x += 2) fill(ground, x, 250, 2, 24, [16 + Math.floor((x / clipWidth) * 219), 128, 128])
  const dot = plain.length <= 17 ? 6 : plain.length <= 26 ? 4 : 2
  const boxWidth = Math.min(clipWidth - 20, (widthOf(plain, dot) + 32) & ~1)
  const boxX = ((clipWidth - boxWidth) >> 1) & ~1
  fill(ground, boxX, 92, boxWidth, 74, [20, 128, 128])
  write(ground, boxX + 16, 129 - Math.floor(3.5 * dot), plain, dot)
  write(ground, 16, 296, 'MTXDECK DEMO', 3, 150)
  return (index) => {
    const frame = Buffer.from(ground)
    const seconds = Math.floor(index / frameRate)
    const clock = `${String(seconds).padStart(2, '0')}:${String(index % frameRate).padStart(2, '0')}`
    write(frame, clipWidth - 16 - widthOf(clock, 8), 290, clock, 8)
    // Once across the picture in two seconds: a still picture is seen at once, by people and by what looks for one.
    const hand = (Math.floor(((index % (2 * frameRate)) / (2 * frameRate)) * (clipWidth - 24)) & ~1) as number
    fill(frame, hand, 0, 24, 250, [210, 16, 146])
    fill(frame, hand, 254, 24, 16, [210, 16, 146])
    return frame
  }
}
