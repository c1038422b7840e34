import { AV_CODEC_ID_AV1, AV_CODEC_ID_H264 } from 'node-av/constants'
import { expect, test } from 'vitest'
import { isDescribed, isIntraPicture } from './takeSnapshot.ts'

const tracks = [AV_CODEC_ID_H264, AV_CODEC_ID_AV1].map((codecId) => ({ codecpar: { codecId } }))

test.each([
  ['RTSP describes H.264', 'rtsp', 0, true],
  ['not described is a track beside one that is', 'rtsp', 1, false],
  ['nor one that is not there', 'rtsp', -1, false],
  ['other protocols describe nothing', 'hls', 0, false],
])('%s', (_, name, track, expected) => {
  expect(isDescribed({ iformat: { name }, streams: tracks }, track)).toBe(expected)
})

const unit = (kind: number, ...bytes: readonly number[]) => [0, 0, 1, 0x60 | kind, ...bytes]
const parameters = unit(7, 0x42, 1, 0, 0x1e)

// First block 0 is the bit 1, then the kind of the slice: 0 is 1, 1 is 010, 2 is 011, 5 is 00110, 6 is 00111, 7 is 0001000.
test.each([
  ['an IDR picture', [...parameters, ...unit(5, 0x88)], true],
  ['a slice of kind I', unit(1, 0b1011_0000), true],
  ['a picture of such slices only, behind its parameters', [...parameters, 0, ...unit(1, 0b1000_1000)], true],
  ['a slice of kind P', unit(1, 0b1100_0000), false],
  ['a picture of slices P only', unit(1, 0b1001_1000), false],
  ['a slice of kind B', [...unit(9, 0xf0), ...unit(1, 0b1010_0000)], false],
  ['parameters alone', parameters, false],
  ['a unit that is cut off', unit(1), false],
  ['zeros', [...unit(1), ...Array.from({ length: 40 }, () => 0)], false],
  ['nothing', [], false],
])('%s', (_, bytes, expected) => {
  expect(isIntraPicture(Uint8Array.from(bytes))).toBe(expected)
})
