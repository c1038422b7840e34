import { expect, test } from 'vitest'
import { probeInputSchema } from './probes.ts'

const entered = (url: string) => probeInputSchema.safeParse({ name: 'cam', url }).data?.url ?? null

test('an address that waits for the stream may be written as FFmpeg and players have it, without a host', () => {
  expect(entered(' srt://:9000?mode=listener&passphrase=0123456789 ')).toBe('srt://0.0.0.0:9000?mode=listener&passphrase=0123456789')
  expect(entered('udp://@:5000')).toBe('udp://0.0.0.0:5000')
  expect(entered('udp://@239.1.1.1:5000')).toBe('udp://239.1.1.1:5000')
  expect(entered('srt://10.0.0.9:9000?streamid=read:cam')).toBe('srt://10.0.0.9:9000?streamid=read:cam')
  // What is asked needs a host.
  for (const url of ['rtsp://:8554/cam', 'http://:80/x.m3u8', 'srt://?mode=listener', 'udp://@', 'srt://:x?mode=listener']) expect(entered(url), url).toBeNull()
})
