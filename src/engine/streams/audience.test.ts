import { expect, test } from 'vitest'
import { audienceOf } from './linkSessions.ts'

const isServer = (host: string) => host === '10.0.0.5'

test.each([
  ['a browser', 'hls', '203.0.113.9:50000', 'Mozilla/5.0 (X11; Linux x86_64)', 'person'],
  ['a player', 'rtsp', '203.0.113.9:50000', 'LibVLC/3.0.20 (LIVE555 Streaming Media v2016.11.28)', 'person'],
  ['a phone', 'hls', '[2001:db8::7]:50000', 'AppleCoreMedia/1.0.0.22F76', 'person'],
  ['an SRT caller, which has no agent', 'srt', '203.0.113.9:50000', null, 'person'],
  ['one of which nothing is known', 'rtmp', null, null, 'person'],
  ['a browser behind a proxy on the same machine', 'hls', '127.0.0.1:50000', 'Mozilla/5.0', 'person'],
  ['a recorder on the same machine', 'rtsp', '127.0.0.1:50000', null, 'machine'],
  ['the same by IPv6', 'srt', '[::1]:50000', null, 'machine'],
  ['ffmpeg', 'rtsp', '203.0.113.9:50000', 'Lavf61.7.100', 'machine'],
  ['GStreamer', 'rtsp', '203.0.113.9:50000', 'GStreamer/1.22.5', 'machine'],
  ['another MediaMTX', 'rtsp', '203.0.113.9:50000', 'gortsplib', 'machine'],
  ['a watched server', 'srt', '10.0.0.5:50000', null, 'machine'],
  ['a CDN', 'hls', '203.0.113.9:50000', 'Amazon CloudFront', 'cdn'],
] as const)('%s', (_, protocol, remoteAddr, userAgent, expected) => {
  expect(audienceOf({ protocol, remoteAddr, userAgent, role: 'reader', own: false }, isServer)).toBe(expected)
})

test('a CDN is one for its server, whatever it calls itself', () => {
  const reader = { protocol: 'hls', remoteAddr: '127.0.0.1:50000', userAgent: 'curl/8.9.1', role: 'reader', own: false } as const
  expect(audienceOf({ ...reader, isCdn: true }, isServer)).toBe('cdn')
  expect(audienceOf({ ...reader, isCdn: false }, isServer)).toBe('machine')
})

test.each([
  ['a publisher', 'publisher', false],
  ['a reader of ours', 'reader', true],
] as const)('%s is nobody who reads', (_, role, own) => {
  expect(audienceOf({ protocol: 'rtsp', remoteAddr: '203.0.113.9:50000', userAgent: 'LibVLC/3.0.20', role, own }, isServer)).toBe(null)
})
