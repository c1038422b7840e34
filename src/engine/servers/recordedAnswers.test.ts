import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  type RecordedMoment,
  recorded,
  recordedAuthorization,
  recordedMoments,
  recordedVersions,
  startReplayServer,
} from '../../../tests/fakes/replayServer.ts'
import { createSystemClock } from '../../clock/clock.ts'
import { readConfiguration } from './answers.fixture.ts'
import { type MediaServerClient, ServerClient } from './mediaServerClient.ts'
import type { PathReading, SessionListName, SessionReading } from './readings.ts'

const clock = createSystemClock()
const signal = new AbortController().signal

const minorOf = (version: string) => Number(version.split('.')[1])

async function withClient<T>(version: (typeof recordedVersions)[number], moment: RecordedMoment, run: (client: MediaServerClient) => Promise<T>): Promise<T> {
  await using server = await startReplayServer(version, moment)
  const client = new ServerClient({
    access: { serverId: 's', url: server.url, authorization: recordedAuthorization, fingerprint: null },
    clock,
    tag: 'test',
    version: '0',
  })
  try {
    return await run(client)
  } finally {
    await client.close()
  }
}
const paths = async (version: (typeof recordedVersions)[number], moment: RecordedMoment): Promise<ReadonlyMap<string, PathReading>> =>
  withClient(version, moment, async (client) => {
    const answer = await client.readPaths(signal)
    if (!answer.ok) throw new Error(answer.error.kind)
    return new Map(answer.value.items.map((path) => [path.name, path]))
  })
const sessions = async (
  version: (typeof recordedVersions)[number],
  moment: RecordedMoment,
  list: SessionListName,
): Promise<readonly SessionReading[] | 'notEnabled'> =>
  withClient(version, moment, async (client) => {
    const answer = await client.readSessions(list, signal)
    if (answer.ok) return answer.value.items
    if (answer.error.kind === 'notEnabled') return 'notEnabled'
    throw new Error(answer.error.kind)
  })
const available = (read: ReadonlyMap<string, PathReading>) =>
  [...read.values()].filter((path) => path.available && !path.slate && path.name !== 'fwd' && path.name !== 'forwarded').map((path) => path.name)

/** What was true in each moment on every server; hls-pull depends on when its player caught up, so it is left out. */
const liveInMoment: Readonly<Record<RecordedMoment, readonly string[]>> = {
  '0-empty': [],
  '1-busy': ['cam1', 'cam2', 'lobby/door', 'site/berlin', 'site/north/gate', 'webcam'],
  '2-busy-2s-later': ['cam1', 'cam2', 'lobby/door', 'site/berlin', 'site/north/gate', 'webcam'],
  '4-publishers-gone': ['cam1', 'webcam'],
  '5-publisher-back': ['cam1', 'cam2', 'webcam'],
  '6-stalled': ['cam1', 'cam2', 'webcam'],
  '7-stalled-13s': ['cam2', 'webcam'],
  '8-restarted': [],
}

describe.each(recordedVersions)('answers of MediaMTX %s', (version) => {
  const minor = minorOf(version)

  it.each(recordedMoments)('paths of %s are those that were live', async (moment) => {
    const read = await paths(version, moment)
    // The two pulled paths come and go with cam1, some seconds late: the moments can't promise them.
    expect(available(read).filter((name) => name !== 'hls-pull' && (name !== 'lobby/door' || moment.includes('busy')))).toEqual(liveInMoment[moment])
    for (const path of read.values()) {
      expect(path.available ? path.availableAt : null, path.name).toBe(path.availableAt)
      expect(path.available || (path.inboundBytes === 0 && path.tracks.length === 0), path.name).toBe(true)
      expect(
        [path.inboundBytes, path.outboundBytes].every((bytes) => typeof bytes === 'number' && bytes >= 0),
        path.name,
      ).toBe(true)
      expect(path.framesInError === null || minor >= 17, path.name).toBe(true)
    }
    for (const name of ['ondemand', 'dead'])
      expect(read.get(name), name).toMatchObject({ available: false, availableAt: null, sourceType: 'rtspSource', sourceId: '' })
  })

  it('gives each path its source, start, tracks and readers', async () => {
    const read = await paths(version, '1-busy')
    const [cam1, berlin, gate, webcam] = ['cam1', 'site/berlin', 'site/north/gate', 'webcam'].map((name) => read.get(name))
    expect(cam1).toMatchObject({ confName: 'cam1', sourceType: 'rtspSession', slate: false })
    expect(cam1?.sourceId).toMatch(/^[0-9a-f-]{36}$/)
    expect(cam1?.availableAt).toBe(Date.parse(String((recorded(version, '1-busy', 'paths').body as { items: { readyTime: string }[] }).items[0]?.readyTime)))
    expect(cam1?.tracks.map((track) => [track.codec, track.kind])).toEqual([
      ['H264', 'video'],
      ['MPEG-4 Audio', 'audio'],
    ])
    expect(gate?.tracks.map((track) => track.codec)).toEqual(['H265', 'Opus'])
    expect(berlin).toMatchObject({ confName: '~^site/(.+)$', sourceType: 'srtConn' })
    expect(webcam?.sourceType?.toLowerCase()).toBe('webrtcsession')
    expect(webcam?.tracks.map((track) => track.kind)).toEqual(['audio', 'video'])
    if (minor >= 17) {
      expect(cam1?.tracks).toMatchObject([
        { width: 640, height: 360, profile: 'Main', level: '3' },
        { sampleRate: 48000, channels: 2 },
      ])
      // AV1's size is 0 in the answer: not known.
      expect(webcam?.tracks[1]).toMatchObject({ codec: 'AV1', width: null, height: null, profile: null })
    } else expect(cam1?.tracks).toMatchObject([{ width: null, height: null, profile: null }, { sampleRate: null }])
    const readerTypes = cam1?.readers.map((reader) => reader.type.toLowerCase()).sort()
    expect(readerTypes).toEqual(
      minor >= 18
        ? ['hlssession', 'hlssession', 'rtspsession', 'rtspsession', 'rtspsession', 'webrtcsession']
        : ['hlsmuxer', 'rtspsession', 'rtspsession', 'rtspsession', 'webrtcsession'],
    )
  })

  it('counts on from one moment to the next', async () => {
    const [before, after] = [await paths(version, '1-busy'), await paths(version, '2-busy-2s-later')]
    for (const name of liveInMoment['1-busy']) {
      const [was, is] = [before.get(name), after.get(name)]
      expect(is?.availableAt).toBe(was?.availableAt)
      expect(is?.sourceId).toBe(was?.sourceId)
      expect((is?.inboundBytes ?? 0) - (was?.inboundBytes ?? 0), name).toBeGreaterThan(10_000)
    }
  })

  it('gives each session its role, path and direction of bytes', async () => {
    const rtsp = await sessions(version, '1-busy', 'rtspSessions')
    if (rtsp === 'notEnabled') throw new Error('rtsp is on')
    const publisher = rtsp.find((session) => session.role === 'publisher' && session.path === 'cam1')
    const readers = rtsp.filter((session) => session.role === 'reader' && session.path === 'cam1')
    expect(publisher).toMatchObject({ protocol: 'rtsp', transport: 'TCP', own: false })
    expect(publisher?.inboundBytes).toBeGreaterThan(1_000_000)
    expect(readers).toHaveLength(3)
    for (const reader of readers) expect(reader.outboundBytes).toBeGreaterThan(1_000_000)
    expect(readers.filter((reader) => reader.own)).toHaveLength(minor >= 5 ? 1 : 0)
    if (minor >= 15) {
      expect(publisher?.rtp).toMatchObject({ lost: 0, inError: 0, reportedLost: null, discarded: null })
      expect(publisher?.rtp?.packets).toBeGreaterThan(1_000)
      expect(publisher?.rtp?.jitter).toBeGreaterThan(0)
      for (const reader of readers) {
        expect(reader.rtp).toMatchObject({ lost: null, jitter: null, reportedLost: minor >= 17 ? 0 : null, discarded: minor >= 17 ? 0 : null })
        expect(reader.rtp?.packets).toBeGreaterThan(1_000)
      }
    } else expect(publisher?.rtp).toBeNull()
    expect(publisher?.userAgent).toBe(minor >= 19 ? 'Lavf59.27.100' : null)

    const rtmp = await sessions(version, '1-busy', 'rtmpConns')
    if (rtmp === 'notEnabled') throw new Error('rtmp is on')
    expect(rtmp.map((session) => [session.role, session.path, session.protocol])).toEqual([
      ['publisher', 'cam2', 'rtmp'],
      ['reader', 'cam2', 'rtmp'],
    ])
    const webrtc = await sessions(version, '1-busy', 'webrtcSessions')
    if (webrtc === 'notEnabled') throw new Error('webrtc is on')
    expect(webrtc.filter((session) => session.role === 'publisher').map((session) => session.path)).toEqual(['webcam'])
    expect(webrtc.find((session) => session.role === 'publisher')?.rtp?.jitter ?? null).toEqual(minor >= 15 ? expect.any(Number) : null)
  })

  it('gives SRT figures in the direction of the media', async () => {
    const srt = await sessions(version, '1-busy', 'srtConns')
    if (srt === 'notEnabled') throw new Error('srt is on')
    const [publisher, reader] = [srt.find((session) => session.role === 'publisher'), srt.find((session) => session.role === 'reader')]
    expect(publisher?.inboundBytes).toBeGreaterThan(1_000_000)
    expect(reader?.outboundBytes).toBeGreaterThan(1_000_000)
    if (minor >= 6) {
      expect(publisher?.srt).toMatchObject({ latencyMs: 200, packetsLoss: version === 'v1.20.1' ? 0 : null, packetsDropped: 0 })
      expect(reader?.srt).toMatchObject({ latencyMs: 300, packetsBelated: null, packetsUndecryptable: null })
      expect(publisher?.srt?.rateMbps).toBeGreaterThan(0.3)
      expect(reader?.srt?.rateMbps).toBeGreaterThan(0.3)
      expect(publisher?.srt?.rttMs).toBeGreaterThan(0)
    } else expect([publisher?.srt, reader?.srt]).toEqual([null, null])
  })

  it('says which protocols are not enabled or not there yet', async () => {
    expect(await sessions(version, '1-busy', 'rtspsSessions')).toBe('notEnabled')
    expect(await sessions(version, '1-busy', 'moqSessions')).toBe('notEnabled')
    const hls = await sessions(version, '1-busy', 'hlsSessions')
    if (minor >= 18) {
      if (hls === 'notEnabled') throw new Error('hls sessions exist since 1.18')
      expect(hls.map((session) => [session.role, session.path, session.inboundBytes])).toEqual([
        ['reader', 'cam1', null],
        ['reader', 'cam1', null],
      ])
      expect(hls.map((session) => session.userAgent).sort()).toEqual(['Go-http-client/1.1', 'Player/1.0'])
    } else expect(hls).toBe('notEnabled')
    const muxers = await sessions(version, '1-busy', 'hlsMuxers')
    expect(muxers === 'notEnabled' ? null : muxers.map((muxer) => [muxer.id, muxer.role, (muxer.outboundBytes ?? 0) > 1_000_000])).toEqual([
      ['cam1', 'other', true],
    ])
  })

  it('tells the version, or that it is an old one', async () => {
    await withClient(version, '1-busy', async (client) => {
      const read = await client.readInfo(signal)
      expect(read).toEqual({ ok: true, value: minor >= 15 ? { version, startedAt: expect.any(Number) } : { version: null, startedAt: null } })
    })
  })

  it('reads the configuration, without a secret in it', async () => {
    await withClient(version, '0-empty', async (client) => {
      const read = await readConfiguration(client, signal)
      if (!read.ok) throw new Error(read.error.kind)
      const { paths: configured, addresses, off, shown } = read.value
      const byName = new Map(configured.map((path) => [path.name, path]))
      const recording = { format: 'fmp4', segmentMs: 10_000, deleteAfterMs: 86_400_000, slates: true }
      expect(byName.get('cam1')).toEqual({ name: 'cam1', pattern: false, onDemand: false, source: 'publisher', alwaysAvailable: false, recording })
      expect(byName.get('ondemand')).toMatchObject({ onDemand: true, source: 'rtsp', closeAfterMs: 10_000 })
      expect(byName.get('dead')).toMatchObject({ onDemand: false, source: 'rtsp' })
      expect(byName.get('hls-pull')).toMatchObject({ source: 'http' })
      expect(byName.get('~^site/(.+)$')?.pattern).toBe(true)
      expect(byName.get('all_others')?.pattern).toBe(true)
      if (minor >= 16) expect(byName.get('slate')?.alwaysAvailable).toBe(true)
      expect(addresses).toEqual({
        hls: 'http://127.0.0.1:8888',
        webrtc: 'http://127.0.0.1:8889',
        rtsp: 'rtsp://127.0.0.1:8554',
        rtsps: null,
        rtmp: 'rtmp://127.0.0.1:1935',
        rtmps: null,
        srt: 'srt://127.0.0.1:8890',
        playback: minor >= 4 ? 'http://127.0.0.1:9996' : null,
        metrics: 'http://127.0.0.1:9998',
      })
      expect(off).toEqual(['rtsps', 'rtmps', 'moq'])
      const text = JSON.stringify(shown)
      for (const secret of ['campass', 'camuser', 'watch-me', 'streamkey']) expect(text).not.toContain(secret)
      expect(shown.paths.map((path) => path.name)).toContain('lobby/door')
      expect(shown.paths.find((path) => path.name === 'lobby/door')?.source).toBe('rtsp://***@127.0.0.1:8554/cam1')
      expect(Object.keys(shown.pathDefaults).length).toBeGreaterThan(20)
    })
  })
})

it('follows an SRT publisher and reader through loss (38 recorded polls)', async () => {
  const series = JSON.parse(readFileSync(new URL('../../../tests/fixtures/recorded/v1.20.1/srt-loss-series.json', import.meta.url), 'utf8')) as {
    polls: { srtconns: { state: string; packetsReceivedRetrans: number; packetsReceivedDrop: number; packetsRetrans: number }[] }[]
  }
  await using server = await startReplayServer('v1.20.1')
  let nth = 0
  server.override((request, response) => {
    if (!request.url?.startsWith('/v3/srtconns/list')) return false
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ itemCount: 2, pageCount: 1, items: series.polls[nth]?.srtconns }))
    return true
  })
  const client = new ServerClient({
    access: { serverId: 's', url: server.url, authorization: recordedAuthorization, fingerprint: null },
    clock,
    tag: 't',
    version: '0',
  })
  const last = { publisher: 0, reader: 0 }
  for (nth = 0; nth < series.polls.length; nth++) {
    const answer = await client.readSessions('srtConns', signal)
    if (!answer.ok) throw new Error(answer.error.kind)
    for (const session of answer.value.items) {
      if (session.role === 'other') continue
      const retransmitted = session.srt?.packetsRetransmitted ?? -1
      expect(retransmitted).toBeGreaterThanOrEqual(last[session.role])
      last[session.role] = retransmitted
    }
  }
  await client.close()
  // 3 % and 15 % of loss were repaired by hundreds of packets; 38 were lost for good.
  expect(last.publisher).toBe(319)
  expect(last.reader).toBe(691)
})
