import { createInstance } from 'i18next'
import { expect, it } from 'vitest'
import { hostOf } from '../../shared/endpoints.ts'
import { createNaming } from '../../shared/naming.ts'
import type { Track } from '../../shared/streams.ts'
import { csvOf } from '../ui/columns.ts'
import { streamColumns } from './streamColumns.tsx'
import { agentName, codecText, protocolName, trackText } from './streamRow.ts'
import { testRow } from './streamRows.fixture.ts'
import { readViews, removeView, saveView } from './ViewsAndColumns.tsx'

const channelText = (channels: number) => (channels === 2 ? 'stereo' : `${channels} channels`)

const track = (codec: string, kind: Track['kind'], rest: Partial<Track> = {}): Track => ({
  codec,
  kind,
  width: null,
  height: null,
  profile: null,
  level: null,
  sampleRate: null,
  channels: null,
  ...rest,
})

it('names protocols as people do and leaves unknown types as they are', () => {
  expect(['rtspSession', 'rtspsSession', 'webRTCSession', 'webrtcSession', 'srtConn', 'udpSource', 'hlsMuxer', 'quantumLink'].map(protocolName)).toEqual([
    'RTSP',
    'RTSPS',
    'WebRTC',
    'WebRTC',
    'SRT',
    'MPEG-TS',
    'HLS',
    'quantumLink',
  ])
})
it('puts video before audio and leaves out what the server does not tell', () => {
  expect(codecText([track('MPEG-4 Audio', 'audio'), track('H264', 'video')])).toBe('H264 · AAC')
  expect(trackText(track('H264', 'video', { profile: 'High', level: '4.0', width: 1920, height: 1080 }), channelText)).toBe('H264 High 4.0 · 1920 × 1080')
  expect(trackText(track('AV1', 'video', { width: 0, height: 0 }), channelText)).toBe('AV1')
  expect(trackText(track('MPEG-4 Audio', 'audio', { sampleRate: 44100, channels: 2 }), channelText)).toBe('AAC · 44.1 kHz · stereo')
})
it('exports unknown as nothing and names of strangers without formulas', () => {
  const context = { tick: 0, now: 0, gone: false, linkOf: () => '', tagsOf: () => [], missingReaders: () => null, bitrates: () => 0 }
  const csv = csvOf(
    streamColumns(createInstance().t, createNaming(['{kind}()'])),
    [testRow(1, { path: '=cmd()' }, { readers: null, bitrateInBps: 1234.5 })],
    context,
  )
  const [head, line] = csv.split('\r\n')
  const value = (name: string) => line?.split(',')[head?.split(',').indexOf(name) ?? -1]
  expect(value('name')).toBe("'=cmd()")
  expect(value('field_kind')).toBe("'=cmd")
  expect(value('readers')).toBe('')
  expect(value('bitrate_in_bps')).toBe('1235')
})
it('keeps views by name and survives damaged storage', () => {
  const kept = new Map<string, string>()
  const storage = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) }
  saveView(storage, { name: 'night', query: 'state=gone' })
  saveView(storage, { name: 'night', query: 'state=stalled' })
  expect(readViews(storage)).toEqual([{ name: 'night', query: 'state=stalled' }])
  expect(removeView(storage, 'night')).toEqual([])
  kept.set('mtxdeck.streams.views', '{"broken')
  expect(readViews(storage)).toEqual([])
})

it('shows addresses without their ports', () => {
  expect(['10.8.3.21:40112', '[2001:db8::7]:554', '2001:db8::7', 'camera.example:80', 'camera.example'].map(hostOf)).toEqual([
    '10.8.3.21',
    '2001:db8::7',
    '2001:db8::7',
    'camera.example',
    'camera.example',
  ])
})

it('names the program behind a User-Agent', () => {
  const agents = [
    'gortsplib',
    'Go-http-client/1.1',
    'Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36',
    'Mozilla/5.0 AppleWebKit Version/17.0 Safari/605',
    'Lavf60.3.100',
    'AppleCoreMedia/1.0.0',
    'TeraVision/3.2 (x)',
  ]
  expect(agents.map(agentName)).toEqual(['MediaMTX', 'MediaMTX', 'Chrome', 'Safari', 'FFmpeg', 'AVPlayer', 'TeraVision'])
})
