import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import {
  type RecordedMoment,
  type RecordedVersion,
  type ReplayServer,
  recorded,
  recordedAuthorization,
  recordedVersions,
  startReplayServer,
} from '../../../tests/fakes/replayServer.ts'
import { createSystemClock } from '../../clock/clock.ts'
import { readConfiguration } from './answers.fixture.ts'
import { type MediaServerClient, ServerClient } from './mediaServerClient.ts'
import type { PathReading, SessionReading } from './readings.ts'

/**
 * Traps of the API that make false alarms or do damage. Each has a number, the same in every folder's tests and comments.
 * Here: those that lie in reading answers. States, rates and stalls are tested with streams, playing with previews.
 */
const clock = createSystemClock()
const signal = new AbortController().signal

async function ask<T>(
  version: RecordedVersion,
  moment: RecordedMoment,
  run: (client: MediaServerClient, server: ReplayServer) => Promise<T>,
  authorization: string | null = recordedAuthorization,
): Promise<T> {
  await using server = await startReplayServer(version, moment)
  const client = new ServerClient({ access: { serverId: 's', url: server.url, authorization, fingerprint: null }, clock, tag: 'probe7', version: '0' })
  try {
    return await run(client, server)
  } finally {
    await client.close()
  }
}
const pathOf = (version: RecordedVersion, moment: RecordedMoment, name: string): Promise<PathReading | undefined> =>
  ask(version, moment, async (client) => {
    const answer = await client.readPaths(signal)
    return answer.ok ? answer.value.items.find((path) => path.name === name) : undefined
  })
/** Reads sessions from an answer that the test writes. */
const sessionsFrom = (list: Parameters<MediaServerClient['readSessions']>[0], items: readonly object[]): Promise<readonly SessionReading[]> =>
  ask('v1.20.1', '1-busy', async (client, server) => {
    server.override((request, response) => {
      if (!request.url?.includes('/list?')) return false
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ itemCount: items.length, pageCount: 1, items }))
      return true
    })
    const answer = await client.readSessions(list, signal)
    if (!answer.ok) throw new Error(answer.error.kind)
    return answer.value.items
  })
const withOnline = recordedVersions.filter((version) => Number(version.split('.')[1]) >= 16)

describe('trap 1: online lies for pulled sources, available tells the truth', () => {
  it.each(withOnline)('%s', async (version) => {
    for (const name of ['ondemand', 'dead']) {
      const raw = (recorded(version, '1-busy', 'paths').body as { items: { name: string; online: boolean }[] }).items.find((path) => path.name === name)
      expect(raw?.online).toBe(true)
      expect(await pathOf(version, '1-busy', name)).toMatchObject({ available: false, slate: false, availableAt: null })
    }
  })
})

describe('trap 2: an always-available path without publisher has its slate on air', () => {
  it.each(withOnline)('%s', async (version) => {
    expect(await pathOf(version, '1-busy', 'slate')).toMatchObject({ available: true, slate: true, sourceType: null })
    expect(await pathOf(version, '1-busy', 'cam1')).toMatchObject({ available: true, slate: false })
  })
})

describe('trap 3: a new stream object is told by its start and its source, so that counters may start anew', () => {
  it.each(recordedVersions)('%s', async (version) => {
    const [before, gone, back] = [
      await pathOf(version, '2-busy-2s-later', 'cam2'),
      await pathOf(version, '4-publishers-gone', 'cam2'),
      await pathOf(version, '5-publisher-back', 'cam2'),
    ]
    expect(gone).toMatchObject({ available: false, availableAt: null, inboundBytes: 0 })
    expect(back?.availableAt).toBeGreaterThan(before?.availableAt ?? Number.POSITIVE_INFINITY)
    expect(back?.sourceId).not.toBe(before?.sourceId)
    expect(back?.inboundBytes).toBeLessThan(before?.inboundBytes ?? 0)
  })
})

describe('trap 4: a dynamic path disappears from the list when its publisher leaves, a configured one stays', () => {
  it.each(recordedVersions)('%s', async (version) => {
    expect(await pathOf(version, '1-busy', 'site/berlin')).toMatchObject({ available: true, confName: '~^site/(.+)$' })
    expect(await pathOf(version, '4-publishers-gone', 'site/berlin')).toBeUndefined()
    expect(await pathOf(version, '4-publishers-gone', 'cam2')).toMatchObject({ available: false })
  })
})

describe('trap 5: viewers of HLS are one muxer without id before 1.18, and one reader each since', () => {
  it.each(recordedVersions)('%s', async (version) => {
    const readers = (await pathOf(version, '1-busy', 'cam1'))?.readers ?? []
    const [muxers, viewers] = [readers.filter((reader) => reader.type === 'hlsMuxer'), readers.filter((reader) => reader.type === 'hlsSession')]
    if (Number(version.split('.')[1]) >= 18) expect([muxers.length, viewers.length]).toEqual([0, 2])
    else expect([muxers, viewers.length]).toEqual([[{ type: 'hlsMuxer', id: '' }], 0])
  })
})

describe('trap 7: readers of ours are recognised, whatever of ours they carry', () => {
  const session = { id: 'a', created: '2026-11-20T07:39:13.9Z', remoteAddr: '127.0.0.1:1', state: 'read', path: 'cam1', query: '', userAgent: 'VLC/3' }
  it('by the query', async () => {
    for (const query of ['mtxdeck=probe7', 'a=b&mtxdeck=other-desk', '?mtxdeck=x'])
      expect((await sessionsFrom('rtspSessions', [{ ...session, query }]))[0]?.own, query).toBe(true)
    for (const query of ['', 'notmtxdeck=1', 'x=mtxdeck', 'mtxdeck'])
      expect((await sessionsFrom('rtspSessions', [{ ...session, query }]))[0]?.own, query).toBe(false)
  })
  it('by the User-Agent', async () => {
    expect((await sessionsFrom('hlsSessions', [{ ...session, userAgent: 'mtxdeck/0.1.0' }]))[0]).toMatchObject({ own: true, role: 'reader' })
    expect((await sessionsFrom('hlsSessions', [{ ...session, userAgent: 'Mozilla/5.0 mtxdeck' }]))[0]).toMatchObject({ own: false })
  })
  it('by what the streamid of SRT carried, which comes as the query', async () => {
    expect((await sessionsFrom('srtConns', [{ ...session, userAgent: undefined, query: 'mtxdeck=probe7' }]))[0]).toMatchObject({ own: true, protocol: 'srt' })
  })
  it('in recorded answers', async () => {
    await ask('v1.20.1', '1-busy', async (client) => {
      const answer = await client.readSessions('rtspSessions', signal)
      expect(answer.ok && answer.value.items.filter((item) => item.own).map((item) => [item.path, item.role])).toEqual([['cam1', 'reader']])
    })
  })
})

describe('trap 8: a path or session is never asked for one by one', () => {
  it('only lists, information and configuration', async () => {
    await ask('v1.20.1', '1-busy', async (client, server) => {
      await client.readInfo(signal)
      await client.readPaths(signal)
      for (const list of ['rtspSessions', 'srtConns', 'hlsMuxers'] as const) await client.readSessions(list, signal)
      await readConfiguration(client, signal)
      await client.readOpenness(signal)
      expect(server.requests.filter((request) => !/\/(list\?itemsPerPage=\d+(&page=\d+)?|info|config\/(global|pathdefaults)\/get)$/.test(request))).toEqual([])
      expect(server.requests.every((request) => request.startsWith('GET '))).toBe(true)
    })
  })
})

describe('trap 9: a protocol that is switched off is not enabled, neither down nor zero', () => {
  it.each(recordedVersions)('%s', async (version) => {
    await ask(version, '1-busy', async (client) => {
      expect(await client.readSessions('rtspsSessions', signal)).toEqual({ ok: false, error: { kind: 'notEnabled' } })
      expect(await client.readSessions('rtmpConns', signal)).toMatchObject({ ok: true })
      const configuration = await readConfiguration(client, signal)
      expect(configuration.ok && configuration.value.off).toEqual(['rtsps', 'rtmps', 'moq'])
    })
  })
})

describe('trap 10: passwords and keys of a configuration end where it is parsed', () => {
  it.each(recordedVersions)('%s', async (version) => {
    const raw = JSON.stringify([recorded(version, '0-empty', 'config-global').body, recorded(version, '0-empty', 'config-paths').body])
    expect(raw).toContain('campass')
    await ask(version, '0-empty', async (client) => {
      const text = JSON.stringify(await readConfiguration(client, signal))
      for (const secret of ['campass', 'camuser', 'watch-me', 'streamkey']) expect(text).not.toContain(secret)
    })
  })
  it('wherever they stand', async () => {
    await ask('v1.20.1', '0-empty', async (client, server) => {
      const send =
        (body: unknown) => (_request: IncomingMessage, response: { setHeader: (name: string, value: string) => unknown; end: (text: string) => unknown }) => {
          response.setHeader('content-type', 'application/json')
          response.end(JSON.stringify(body))
          return true
        }
      const secret = 'Hunter2Hunter2'
      server.override((request, response) => {
        if (request.url?.includes('/global/'))
          return send({
            rtsp: true,
            authInternalUsers: [{ user: 'any', pass: secret, permissions: [{ action: 'read', path: `~${'x'}` }] }],
            authJWTJWKS: `https://user:${secret}@keys.example/jwks?token=${secret}`,
            authHTTPAddress: `http://auth.example/?key=${secret}`,
            hlsCDNSecret: secret,
            runOnConnect: `curl -u noc:${secret} https://hook.example/x?sig=${secret}`,
            webrtcICEServers2: [{ url: 'turn:turn.example', username: 'u', password: secret }],
          })(request, response)
        if (request.url?.includes('/pathdefaults/')) return send({ publishPass: secret, readPass: secret, srtReadPassphrase: secret })(request, response)
        return send({
          itemCount: 1,
          pageCount: 1,
          items: [
            {
              name: 'cam',
              source: `srt://10.0.0.5:8890?streamid=read:x:u:${secret}&passphrase=${secret}`,
              srtPublishPassphrase: secret,
              whepBearerToken: secret,
              runOnReady: `ffmpeg -i rtsp://localhost/$MTX_PATH -f flv rtmp://live.example/app/${secret}`,
              forward: [{ dest: `rtmp://a.example/live2/${secret}` }, { dest: `rtmps://a.example/app#${secret}`, whipBearerToken: secret }],
            },
          ],
        })(request, response)
      })
      const configuration = await readConfiguration(client, signal)
      expect(configuration).toMatchObject({ ok: true, value: { paths: [{ name: 'cam', source: 'srt', pattern: false }] } })
      expect(JSON.stringify(configuration)).not.toContain(secret)
    })
  })
})

describe('trap 11: recordings are never read by polling, since that walks the disk', () => {
  it('neither their list nor playback', async () => {
    await ask('v1.20.1', '1-busy', async (client, server) => {
      await client.readPaths(signal)
      await client.readInfo(signal)
      await readConfiguration(client, signal)
      expect(server.requests.filter((request) => /recordings|playback/.test(request))).toEqual([])
    })
  })
})

describe('trap 12: figures of SRT that flip or mean something else are not taken', () => {
  it('loss counts packets, not the rate that is retransmitted bytes; buffers are left out; megabits are of 1,000,000 bits', async () => {
    const [publisher] = await sessionsFrom('srtConns', [
      {
        id: 'a',
        created: '2026-11-20T07:39:13.9Z',
        state: 'publish',
        path: 'x',
        msRTT: 40.3,
        packetsReceivedLoss: 70,
        packetsReceivedRetrans: 75,
        packetsReceivedDrop: 5,
        packetsReceivedLossRate: 15.5,
        msReceiveBuf: 0,
        mbpsMaxBW: -1,
        mbpsLinkCapacity: 2_946,
      },
    ])
    expect(publisher?.srt).toMatchObject({
      packetsLoss: 70,
      packetsRetransmitted: 75,
      packetsDropped: 5,
      linkCapacityMbps: 3_089.104_896,
      rateMbps: null,
      packetsBelated: null,
    })
    expect(Object.values(publisher?.srt ?? {})).not.toContain(15.5)
    expect(Object.values(publisher?.srt ?? {})).not.toContain(-1)
  })
})

describe('trap 13: jitter is given in RTP ticks as it came, and only for what is received', () => {
  it('in recorded answers of 1.20.1', async () => {
    const raw = recorded('v1.20.1', '1-busy', 'rtspsessions').body as { items: { id: string; state: string; inboundRTPPacketsJitter: number }[] }
    await ask('v1.20.1', '1-busy', async (client) => {
      const answer = await client.readSessions('rtspSessions', signal)
      if (!answer.ok) throw new Error(answer.error.kind)
      for (const session of answer.value.items) {
        const told = raw.items.find((item) => item.id === session.id)
        expect(session.rtp?.jitter).toBe(told?.state === 'publish' ? told.inboundRTPPacketsJitter : null)
      }
    })
  })
})

describe('trap 15: the API is asked by the engine, which has no origin that a server could refuse', () => {
  it('no request carries an Origin', async () => {
    await ask('v1.20.1', '1-busy', async (client, server) => {
      expect((await client.readPaths(signal)).ok).toBe(true)
      expect(server.headers.map((headers) => headers.origin)).toEqual([undefined])
    })
  })
})

describe('trap 17: itemsPerPage=0, which ends MediaMTX up to 1.5, cannot be sent', () => {
  it.each([0, -1, 0.4, Number.NaN])('not even where a limit of %s is asked for', async (itemsPerPage) => {
    await using server = await startReplayServer('v1.5.1', '1-busy')
    const client = new ServerClient({
      access: { serverId: 's', url: server.url, authorization: null, fingerprint: null },
      clock,
      tag: 't',
      version: '0',
      limits: { itemsPerPage },
    })
    await client.readPaths(signal)
    await client.readSessions('srtConns', signal)
    await readConfiguration(client, signal)
    await client.readOpenness(signal)
    await client.close()
    const sizes = server.requests.flatMap((request) => /itemsPerPage=([^&]*)/.exec(request)?.[1] ?? [])
    expect(sizes.length).toBeGreaterThanOrEqual(3)
    for (const size of sizes) expect(Number(size)).toBeGreaterThanOrEqual(1)
  })
})

describe('trap 18: both spellings of the WebRTC type are kept for comparing without case', () => {
  it.each(recordedVersions)('%s', async (version) => {
    expect((await pathOf(version, '1-busy', 'webcam'))?.sourceType?.toLowerCase()).toBe('webrtcsession')
  })
})

describe('trap 19: up to 1.5 the API is open to all, whatever password is given', () => {
  it.each(recordedVersions)('%s', async (version) => {
    await ask(version, '1-busy', async (client, server) => {
      expect(await client.readOpenness(signal)).toBe(version === 'v1.3.1' || version === 'v1.5.1')
      expect(server.headers.map((headers) => headers.authorization)).toEqual([undefined])
    })
  })
})

describe('trap 20: a pulled source that was lost is not available, though its onlineTime stays', () => {
  it.each(withOnline)('%s', async (version) => {
    expect(await pathOf(version, '4-publishers-gone', 'lobby/door')).toMatchObject({ available: false, availableAt: null, inboundBytes: 0, tracks: [] })
  })
})

describe('trap 21: bytes of a slate come as they are, marked as a slate', () => {
  it.each(withOnline)('%s', async (version) => {
    const [before, after] = [await pathOf(version, '1-busy', 'slate'), await pathOf(version, '2-busy-2s-later', 'slate')]
    expect((after?.inboundBytes ?? 0) - (before?.inboundBytes ?? 0)).toBeGreaterThan(1_000)
    expect(after?.slate).toBe(true)
  })
})

describe('trap 22: a frozen publisher stays available until the server gives it up', () => {
  it.each(recordedVersions)('%s', async (version) => {
    expect(await pathOf(version, '6-stalled', 'cam1')).toMatchObject({ available: true })
    expect(await pathOf(version, '7-stalled-13s', 'cam1')).toMatchObject({ available: false })
  })
})

describe('trap 23: servers that pull are told by their User-Agent, and are not ours', () => {
  it('in recorded answers of 1.20.1', async () => {
    await ask('v1.20.1', '1-busy', async (client) => {
      const [rtsp, hls] = [await client.readSessions('rtspSessions', signal), await client.readSessions('hlsSessions', signal)]
      const agents = [rtsp, hls].flatMap((answer) =>
        answer.ok ? answer.value.items.filter((item) => item.role === 'reader').map((item) => [item.userAgent, item.own]) : [],
      )
      expect(agents).toContainEqual(['gortsplib', false])
      expect(agents).toContainEqual(['Go-http-client/1.1', false])
    })
  })
})

describe('trap 24: a wrong password and a missing one are told apart', () => {
  it.each(recordedVersions.filter((version) => version !== 'v1.3.1' && version !== 'v1.5.1'))('%s', async (version) => {
    expect(await ask(version, '1-busy', (client) => client.readPaths(signal), 'Basic d3Jvbmc6d3Jvbmc=')).toEqual({
      ok: false,
      error: { kind: 'unauthorized', credentialsGiven: true },
    })
    expect(await ask(version, '1-busy', (client) => client.readPaths(signal), null)).toEqual({
      ok: false,
      error: { kind: 'unauthorized', credentialsGiven: false },
    })
  })
})

describe('trap 25: what an answer cost is told', () => {
  it('in bytes as they came', async () => {
    await ask('v1.20.1', '1-busy', async (client) => {
      const answer = await client.readPaths(signal)
      const expected = Buffer.byteLength(JSON.stringify(recorded('v1.20.1', '1-busy', 'paths').body))
      expect(answer.ok && answer.value.bytes).toBe(expected)
    })
  })
})

describe('how much media waits in the receive buffer of SRT', () => {
  it.each([
    ['is known while packets wait', 151, 17, 151],
    ['is nothing once no packet waits, whatever the last figure was', 192, 0, 0],
    ['is not known where it is said to be nothing though packets wait', 0, 21, null],
    ['is not known where the server does not tell how many packets wait', 151, undefined, null],
  ])('%s', async (_, msReceiveBuf, packetsReceiveBuf, expected) => {
    const [publisher] = await sessionsFrom('srtConns', [{ id: 'p', state: 'publish', path: 'x', msRTT: 1, msReceiveBuf, packetsReceiveBuf }])
    expect(publisher?.srt?.receiveBufferMs).toBe(expected)
  })
})

describe('trap 27: repaired loss, loss for good and round trip are those of the media’s direction', () => {
  it('publisher: receive side, reader: send side', async () => {
    const both = {
      created: '2026-11-20T07:39:13.9Z',
      path: 'x',
      msRTT: 80.6,
      packetsReceivedLoss: 1,
      msReceiveBuf: 151,
      packetsReceiveBuf: 17,
      packetsReceivedRetrans: 2,
      packetsReceivedDrop: 3,
      packetsReceivedBelated: 4,
      packetsReceivedUndecrypt: 5,
      packetsSent: 21,
      packetsSendLoss: 11,
      packetsRetrans: 12,
      packetsSendDrop: 13,
      msReceiveTsbPdDelay: 200,
      msSendTsbPdDelay: 300,
      mbpsReceiveRate: 6,
      mbpsSendRate: 16,
    }
    const [publisher, reader, idle] = await sessionsFrom('srtConns', [
      { ...both, id: 'p', state: 'publish' },
      { ...both, id: 'r', state: 'read', query: 'mtxdeck=a1b2.probe-1' },
      { ...both, id: 'i', state: 'idle' },
    ])
    expect(publisher?.srt).toEqual({
      rttMs: 80.6,
      linkCapacityMbps: null,
      rateMbps: 6.291_456,
      packetsLoss: 1,
      packetsRetransmitted: 2,
      packetsDropped: 3,
      packetsBelated: 4,
      packetsUndecryptable: 5,
      latencyMs: 200,
      receiveBufferMs: 151,
    })
    expect(reader?.srt).toEqual({
      rttMs: 80.6,
      linkCapacityMbps: null,
      rateMbps: 16.777_216,
      packetsSent: 21,
      packetsLoss: 11,
      packetsRetransmitted: 12,
      packetsDropped: 13,
      packetsBelated: null,
      packetsUndecryptable: null,
      latencyMs: 300,
      receiveBufferMs: null,
    })
    expect(reader).toMatchObject({ own: true, mark: 'a1b2.probe-1' })
    expect(idle).toMatchObject({ role: 'other', srt: null, own: false, mark: null })
  })
})

describe('trap 29: what SRT publishers lost is told from 1.20.1 on', () => {
  it.each(recordedVersions.filter((version) => version !== 'v1.20.1'))('%s counts gaps twice, and nothing as belated: not known', async (version) => {
    await ask(version, '1-busy', async (client) => {
      const answer = await client.readSessions('srtConns', signal)
      const publishers = answer.ok ? answer.value.items.filter(({ role, srt }) => role === 'publisher' && srt !== null) : []
      for (const { srt } of publishers) expect(srt).toMatchObject({ packetsLoss: null, packetsBelated: null, packetsDropped: 0 })
      expect(publishers).toHaveLength(/v1\.[35]\./.test(version) ? 0 : 1)
    })
  })
})

describe('trap 28: names said to come with 1.21 are not tried on servers that say nothing of it', () => {
  it.each(recordedVersions)('%s', async (version) => {
    await ask(version, '1-busy', async (client, server) => {
      await client.readInfo(signal)
      for (const list of ['rtspSessions', 'srtConns', 'webrtcSessions', 'hlsSessions', 'hlsMuxers', 'rtmpConns', 'moqSessions'] as const)
        await client.readSessions(list, signal)
      await readConfiguration(client, signal)
      expect(server.requests.filter((request) => /\/v3\/(rtsp|srt|webrtc|hls|rtmp|moq)\/|path-defaults|forward|static-sources/.test(request))).toEqual([])
    })
  })
})
