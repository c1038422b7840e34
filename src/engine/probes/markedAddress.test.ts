import { expect, test } from 'vitest'
import { createTestClock } from '../../clock/testClock.ts'
import { createIsWatched, markedAddress } from './markedAddress.ts'

test('a reader of a watched server carries our mark, by each protocol in its place', () => {
  const marked = (address: string) => markedAddress(address, 'a1b2', true)
  expect(marked('rtsp://noc:pw@10.0.0.5:8554/cam')).toBe('rtsp://noc:pw@10.0.0.5:8554/cam?mtxdeck=a1b2')
  expect(marked('http://10.0.0.5:8888/cam/index.m3u8?jwt=x#t')).toBe('http://10.0.0.5:8888/cam/index.m3u8?jwt=x&mtxdeck=a1b2#t')
  expect(marked('srt://10.0.0.5:8890?streamid=read:cam&latency=200')).toBe('srt://10.0.0.5:8890?streamid=read%3Acam%3A%3A%3Amtxdeck%3Da1b2&latency=200')
  expect(marked('srt://10.0.0.5:8890?streamid=read:cam:noc:pw')).toBe('srt://10.0.0.5:8890?streamid=read%3Acam%3Anoc%3Apw%3Amtxdeck%3Da1b2')
})

test('an address that has a mark, a query of SRT or no watched server stays as it is', () => {
  for (const address of [
    'rtmp://10.0.0.5/cam?mtxdeck=probe',
    'srt://10.0.0.5:8890?streamid=read:cam:::q=1',
    'srt://10.0.0.5:8890',
    'srt://10.0.0.5:8890?streamid=#!::r=cam',
  ])
    expect(markedAddress(address, 'a1b2', true)).toBe(address)
  expect(markedAddress('rtsp://10.0.0.9/cam', 'a1b2', false)).toBe('rtsp://10.0.0.9/cam')
})

test('what is watched is known by its addresses, RTMP by the host, and anew after a while', async () => {
  const clock = createTestClock(0)
  const addresses = ['rtsp://10.0.0.5:8554', null, 'http://10.0.0.5:8888']
  const isWatched = createIsWatched(clock, () => addresses)
  expect(['rtsp://noc:pw@10.0.0.5:8554/cam', 'rtmp://10.0.0.5/cam', 'rtsp://10.0.0.5:554/cam', 'rtmp://10.0.0.9/cam'].map(isWatched)).toEqual([
    true,
    true,
    false,
    false,
  ])
  addresses.push('rtsp://10.0.0.9:8554')
  await clock.advance(10_000)
  expect(isWatched('rtmp://10.0.0.9/cam')).toBe(true)
})
