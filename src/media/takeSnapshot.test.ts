import { AV_CODEC_ID_AV1, AV_CODEC_ID_H264 } from 'node-av/constants'
import { expect, test } from 'vitest'
import { isDescribed } from './takeSnapshot.ts'

const tracks = [AV_CODEC_ID_H264, AV_CODEC_ID_AV1].map((codecId) => ({ codecpar: { codecId } }))

test.each([
  ['RTSP describes H.264', 'rtsp', 0, true],
  ['not described is a track beside one that is', 'rtsp', 1, false],
  ['nor one that is not there', 'rtsp', -1, false],
  ['other protocols describe nothing', 'hls', 0, false],
])('%s', (_, name, track, expected) => {
  expect(isDescribed({ iformat: { name }, streams: tracks }, track)).toBe(expected)
})
