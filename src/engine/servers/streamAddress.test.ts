import { expect, test } from 'vitest'
import { sourceKey, streamAddressOf } from './streamAddress.ts'

const at = (text: string) => {
  const found = streamAddressOf(text)
  return found && `${found.endpoint} ${found.host}:${found.port} ${found.path}`
}

test.each([
  ['rtsp://noc:hunter2@Origin.example.org:8554/live/cam1/?token=hunter2', 'rtsp origin.example.org:8554 live/cam1'],
  ['rtsp://origin/cam1', 'rtsp origin:554 cam1'],
  ['rtsps://[2001:db8::1]:8322/cam1', 'rtsp 2001:db8::1:8322 cam1'],
  ['rtmp://origin/live/cam1?user=noc&pass=hunter2', 'rtmp origin:1935 live/cam1'],
  ['srt://origin:8890?streamid=read:cam1:noc:hunter2&passphrase=hunter2', 'srt origin:8890 cam1'],
  ['srt://origin:8890?streamid=%23!::m=request,r=cam1,u=noc,s=hunter2', 'srt origin:8890 cam1'],
  ['http://origin:8888/live/cam1/index.m3u8', 'hls origin:8888 live/cam1'],
  ['whep://origin:8889/cam1/whep', 'webrtc origin:8889 cam1'],
  ['whips://origin:8889/cam1/whip', 'webrtc origin:8889 cam1'],
  ['rtsp://127.0.0.1:8554/cam1', 'rtsp :8554 cam1'],
  ['rtsp://origin:8554/$G1', 'rtsp origin:8554 $G1'],
])('of an address such as %s that is kept by which a stream is found, and no password', (address, kept) => {
  expect(at(address)).toBe(kept)
})

test.each([
  'publisher',
  'rpiCamera',
  'udp+mpegts://239.1.2.3:5004',
  'rtsp://$G1:8554/cam1',
  'rtsp://origin:8554/',
  'srt://origin:8890',
  'rtsp://',
  'rtsp:///x',
  '',
])('by the source %s no stream is found', (address) => {
  expect(streamAddressOf(address)).toBeNull()
})

test('one source is known again whoever signs in, a channel of a camera is another source, and no parameter is kept as it is', () => {
  const key = (text: string) => sourceKey(streamAddressOf(text))
  const channel = 'rtsp://camera/cam/realmonitor?channel=1&subtype=0'
  expect(key(channel.replace('camera', 'noc:hunter2@Camera:554'))).toBe(key(channel))
  expect(key(channel.replace('channel=1', 'channel=2'))).not.toBe(key(channel))
  expect(key('rtsps://camera:554/cam/realmonitor?channel=1&subtype=0')).not.toBe(key(channel))
  expect(key(`${channel}&token=hunter2`)).not.toContain('hunter2')
  // That is another machine for a server than for this console.
  expect(key('rtsp://127.0.0.1/cam')).toBeNull()
})
