import { expect, it } from 'vitest'
import { headerIn } from './ffprobe.ts'

const first = (line: string) => headerIn([line]).header

it.each([
  [
    '  Stream #0:0[0x100]: Video: h264 (High) ([27][0][0][0] / 0x001B), yuv420p(tv, bt709, progressive), 1920x1080 [SAR 1:1 DAR 16:9], 24.92 fps, 25 tbr, 90k tbn',
    {
      codec: 'h264',
      profile: 'High',
      widthPx: 1920,
      heightPx: 1080,
      aspect: '16:9',
      declaredFps: 25,
    },
  ],
  [
    '  Stream #0:1(und): Video: hevc (Main 10), yuv420p10le(tv, bt2020nc/bt2020/arib-std-b67), 3840x2160, SAR 1:1 DAR 16:9, 50 fps, 50 tbr, 1k tbn (default)',
    {
      codec: 'hevc',
      profile: 'Main 10',
      widthPx: 3840,
      aspect: '16:9',
      declaredFps: 50,
    },
  ],
  [
    '  Stream #0:0: Video: vp8 (VP80 / 0x30385056), yuv420p, 640x360, 1k tbr, 1k tbn',
    { codec: 'vp8', profile: null, widthPx: 640, aspect: null, declaredFps: null },
  ],
  ['  Stream #0:0: Video: h264, none, 90k tbr, 90k tbn', { codec: 'h264', profile: null, widthPx: 0, heightPx: 0, aspect: null, declaredFps: null }],
])('%s', (line, video) => {
  expect(first(line).video).toMatchObject({ ...video, level: null })
})

it.each([
  ['aac (LC) ([15][0][0][0] / 0x000F), 48000 Hz, stereo, fltp, 96 kb/s', { codec: 'aac', profile: 'LC', channels: 2, layout: 'stereo', sampleRateHz: 48_000 }],
  ['ac3, 48000 Hz, 5.1(side), fltp, 448 kb/s', { codec: 'ac3', profile: null, channels: 6, layout: '5.1(side)', sampleRateHz: 48_000 }],
  ['pcm_s16be, 44100 Hz, 3 channels, s16, 2116 kb/s', { codec: 'pcm_s16be', profile: null, channels: 3, layout: '3 channels', sampleRateHz: 44_100 }],
  ['opus, 48000 Hz, mono, fltp', { codec: 'opus', profile: null, channels: 1, layout: 'mono', sampleRateHz: 48_000 }],
])('%s', (text, audio) => {
  expect(first(`  Stream #0:1: Audio: ${text}`).audio).toEqual(audio)
})

it('of several the first video and the first audio are measured, and nothing else is', () => {
  const lines = [
    'Data: klv (KLVA / 0x41564C4B)',
    'Audio: aac, 8000 Hz, mono',
    'Video: h264, yuv420p, 2x2',
    'Video: h264, yuv420p, 4x4',
    'Audio: aac, 48000 Hz, mono',
    '',
  ]
  const { header, tracks } = headerIn(lines.map((line, index) => `  Stream #0:${index}: ${line}`))
  expect(tracks).toEqual({ video: 2, audio: 1 })
  expect(header).toMatchObject({ video: { widthPx: 2 }, audio: { sampleRateHz: 8_000 } })
  expect(headerIn([])).toEqual({ header: { video: null, audio: null }, tracks: { video: null, audio: null } })
})
