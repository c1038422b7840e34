import { expect, test } from 'vitest'
import { unrecordable } from './recordings.ts'

const of = (format: string | null, ...codecs: readonly string[]) =>
  unrecordable(
    format,
    codecs.map((codec) => ({ codec })),
  )

test('a stream is not recorded if MediaMTX skips all of its tracks, and one that is recorded, or not known, is enough', () => {
  expect(of('fmp4', 'MPEG-TS')).toEqual(['MPEG-TS'])
  expect(of('fmp4', 'KLV', 'Generic', 'Generic')).toEqual(['KLV', 'Generic'])
  expect(of('fmp4', 'H264', 'KLV')).toEqual([])
  // KLV is carried by MPEG-TS, and what browsers send by WebRTC is not.
  expect(of('mpegts', 'KLV')).toEqual([])
  expect(of('mpegts', 'VP9', 'G711')).toEqual(['VP9', 'G711'])
  expect(of('fmp4', 'A codec of tomorrow')).toEqual([])
  expect(of(null, 'MPEG-TS')).toEqual([])
  expect(of('fmp4')).toEqual([])
})
