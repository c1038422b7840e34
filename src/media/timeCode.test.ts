import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Luma, readTimeCode, writeTimeCode } from './timeCode.ts'

const picture = (widthPx: number, heightPx: number, stride = widthPx): Luma => ({
  bytes: new Uint8Array(stride * heightPx).fill(60),
  widthPx,
  heightPx,
  stride,
})

/** Each pixel the mean of those around it, as scaling and low bit rates do. */
function blurred(from: Luma, by: number): Luma {
  const to = picture(from.widthPx, from.heightPx, from.stride)
  for (let y = 0; y < from.heightPx; y++)
    for (let x = 0; x < from.widthPx; x++) {
      let sum = 0
      let count = 0
      for (let dx = -by; dx <= by; dx++) {
        const at = x + dx
        if (at < 0 || at >= from.widthPx) continue
        sum += from.bytes[y * from.stride + at] ?? 0
        count++
      }
      to.bytes[y * to.stride + x] = sum / count
    }
  return to
}

describe('a time code in a picture', () => {
  test('is read as it was written, in any size and with any length of rows', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 65_535 }),
        fc.integer({ min: 0, max: 2 ** 40 - 1 }),
        fc.integer({ min: 64, max: 700 }),
        fc.integer({ min: 32, max: 400 }),
        fc.integer({ min: 0, max: 64 }),
        (owner, ms, widthPx, heightPx, padding) => {
          const made = picture(widthPx, heightPx, widthPx + padding)
          writeTimeCode(made, { owner, ms })
          expect(readTimeCode(made)).toEqual({ owner, ms })
        },
      ),
      { numRuns: 200 },
    )
  })

  test('survives blur of a tenth of a field', () => {
    const made = picture(640, 360)
    writeTimeCode(made, { owner: 7, ms: 123_456_789 })
    expect(readTimeCode(blurred(made, 4))).toEqual({ owner: 7, ms: 123_456_789 })
  })

  test('is not found in a black, white or grey picture', () => {
    for (const brightness of [0, 16, 128, 235, 255]) {
      const made = picture(640, 360)
      made.bytes.fill(brightness)
      expect(readTimeCode(made)).toBeNull()
    }
  })

  test('with one wrong field is not read as another time', () => {
    const made = picture(640, 360)
    writeTimeCode(made, { owner: 1, ms: 1_000 })
    for (let field = 0; field < 64; field++) {
      const copy = { ...made, bytes: made.bytes.slice() }
      const [left, top] = [(field % 16) * 40, 90 + Math.floor(field / 16) * 45]
      for (let y = top; y < top + 45; y++) for (let x = left; x < left + 40; x++) copy.bytes[y * 640 + x] = (copy.bytes[y * 640 + x] ?? 0) > 125 ? 16 : 235
      expect(readTimeCode(copy)).toBeNull()
    }
  })
})
