import { expect, it } from 'vitest'
import type { MediaError } from '../shared/media.ts'
import { refusalOf } from './readOptions.ts'
import { parseSourceAddress } from './sourceAddress.ts'

/** FFmpeg's words for what MediaMTX 1.13.1 and 1.20.1 answer, as measured. */
const meant = (url: string, said: string, doing: 'opening' | 'reading' = 'opening'): MediaError => {
  const source = parseSourceAddress(url, 'probe')
  return source.ok ? refusalOf(source.value, { kind: 'unreachable', doing, said }) : expect.fail(url)
}

it.each([
  ['a password that RTMP refuses by a status', 'rtmp://a/cam1?user=bob&pass=bad', 'Operation not permitted', 'unauthorized'],
  ['a connection that RTMP closes', 'rtmp://a/none', 'Input/output error', 'refused'],
  ['what SRT rejects', 'srt://a:8890?streamid=read:cam1:bob:bad', 'Input/output error', 'refused'],
  ['a port where SRT waits in vain for a caller', 'srt://0.0.0.0:8890?mode=listener', 'Input/output error', 'unreachable'],
  ['a dead port', 'rtmp://a/cam1', 'Connection refused', 'unreachable'],
  ['what RTSP says', 'rtsp://a/cam1', 'Input/output error', 'unreachable'],
])('%s is told from the others', (_, url, said, kind) => {
  expect(meant(url, said).kind).toBe(kind)
})

it('is of the opening only: a stream that breaks off later was not refused', () => {
  expect(meant('srt://a:8890?streamid=read:cam1', 'Input/output error', 'reading').kind).toBe('unreachable')
})
