import { randomInt } from 'node:crypto'

// A time that is written into pictures as black and white fields, so that it can be read from what a viewer gets, whatever was in between. 64 fields in
// four rows: 40 bits of milliseconds, 16 bits that say whose clock it is, and 8 bits of checksum.

/** Fields in a row, and rows. */
const columns = 16
const rows = 4
const timeBits = 40n
const ownerBits = 16n
const sumBits = 8n
/** Brightness of fields, in the range of video. */
const dark = 16
const bright = 235
/** Threshold between dark and bright fields, as codecs blur them. */
const middle = (dark + bright) / 2
/** Minimum difference of a field from the threshold: pictures that were scaled down too far are not guessed at. */
const leastContrast = 30

export interface Luma {
  readonly bytes: Uint8Array
  readonly widthPx: number
  readonly heightPx: number
  /** Bytes from one row to the next. */
  readonly stride: number
}

/** Whose clock, 0 to 65,535, and its time, ms from 0 to 2^40 (34 years). */
export interface TimeCode {
  readonly owner: number
  readonly ms: number
}

/** CRC-8 with the polynomial x^8 + x^2 + x + 1, over seven bytes. Begins with ones, so that a black picture has no valid code. */
function sumOf(value: bigint): bigint {
  let sum = 0xff
  for (let byte = 6; byte >= 0; byte--) {
    sum ^= Number((value >> BigInt(byte * 8)) & 0xffn)
    for (let bit = 0; bit < 8; bit++) sum = (sum & 0x80) === 0 ? (sum << 1) & 0xff : ((sum << 1) ^ 0x07) & 0xff
  }
  return BigInt(sum)
}

/** The fields take the whole width, and the middle half of the height. */
function fieldOf(index: number, { widthPx, heightPx }: Pick<Luma, 'widthPx' | 'heightPx'>) {
  const column = index % columns
  const row = Math.floor(index / columns)
  const left = Math.floor((column * widthPx) / columns)
  const right = Math.floor(((column + 1) * widthPx) / columns)
  const top = Math.floor(heightPx / 4 + (row * heightPx) / 2 / rows)
  const bottom = Math.floor(heightPx / 4 + ((row + 1) * heightPx) / 2 / rows)
  return { left, right, top, bottom }
}

/** Writes it into a picture of at least 64 × 32. A time that is no whole number is rounded down. */
export function writeTimeCode(picture: Luma, { owner, ms }: TimeCode): void {
  const value = ((BigInt(Math.floor(ms)) % (1n << timeBits)) << ownerBits) | BigInt(owner)
  const code = (value << sumBits) | sumOf(value)
  for (let index = 0; index < columns * rows; index++) {
    const { left, right, top, bottom } = fieldOf(index, picture)
    const brightness = (code >> BigInt(columns * rows - 1 - index)) & 1n ? bright : dark
    for (let y = top; y < bottom; y++) picture.bytes.fill(brightness, y * picture.stride + left, y * picture.stride + right)
  }
}

/** Reads it from a picture of any size; null: there is none, or it can't be read reliably. */
export function readTimeCode(picture: Luma): TimeCode | null {
  let code = 0n
  for (let index = 0; index < columns * rows; index++) {
    const mean = meanOf(picture, fieldOf(index, picture))
    if (mean === null || Math.abs(mean - middle) < leastContrast) return null
    code = (code << 1n) | (mean > middle ? 1n : 0n)
  }
  const value = code >> sumBits
  if (sumOf(value) !== (code & 0xffn)) return null
  return { owner: Number(value & 0xffffn), ms: Number(value >> ownerBits) }
}

/** Mean brightness of a field without its edges, where it blurs into its neighbours; null: it is too small. */
function meanOf({ bytes, stride }: Luma, { left, right, top, bottom }: ReturnType<typeof fieldOf>): number | null {
  const [sideways, upright] = [Math.floor((right - left) / 4), Math.floor((bottom - top) / 4)]
  let sum = 0
  let count = 0
  for (let y = top + upright; y < bottom - upright; y++)
    for (let x = left + sideways; x < right - sideways; x++) {
      sum += bytes[y * stride + x] ?? 0
      count++
    }
  return count === 0 ? null : sum / count
}

/** Marks the times that this process writes into pictures: those of its predecessors and of other consoles are of other clocks. */
export const signalOwner = randomInt(1, 65_536)
