import type { RouterClient } from '@orpc/server'
import { Demuxer } from 'node-av/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Engine } from '../../src/engine/createEngine.ts'
import type { Stream } from '../../src/shared/streams.ts'
import { binary, type Lab, startLab, until } from './lab.ts'
import { type Publisher, type RealServer, startPublisher } from './realServer.ts'

/** Width and height of a JPEG, from its frame header (SOF0 to SOF2). */
function sizeOf(jpeg: Buffer): readonly [number, number] {
  for (let at = 2; at + 9 < jpeg.length; at += 2 + jpeg.readUInt16BE(at + 2)) {
    const marker = jpeg.readUInt16BE(at)
    if (marker >= 0xffc0 && marker <= 0xffc2) return [jpeg.readUInt16BE(at + 7), jpeg.readUInt16BE(at + 5)]
  }
  throw new Error('no frame header')
}

describe.skipIf(binary === null)('a real MediaMTX, with publishers and readers through FFmpeg', () => {
  let lab: Lab
  let server: RealServer
  let engine: Engine
  let client: RouterClient<Engine['router']>
  let serverId = ''
  let clip = ''
  const stream = (path: string) => lab.stream(path)
  const live = (path: string) => lab.live(path)
  const rtsp = (path: string) => lab.rtsp(path)

  beforeAll(async () => {
    lab = await startLab(
      `pathDefaults:
  sourceOnDemandCloseAfter: 2s
paths:
  pulled:
    source: rtsp://127.0.0.1:9/nowhere
  ondemand:
    source: rtsp://127.0.0.1:9/nowhere
    sourceOnDemand: yes
  all_others:
`,
      { width: 640, height: 360, videoKbps: 1000 },
    )
    server = lab.server
    clip = lab.clip
    engine = lab.engine()
    client = lab.client()
    serverId = lab.serverId()
  })
  afterAll(() => lab?.[Symbol.asyncDispose]())

  it('is up, with its version and its start', async () => {
    const found = await until('its configuration was read', 10, async () => {
      const read = await client.servers.get({ id: serverId })
      return read.state === 'up' && read.addresses.hls === `http://127.0.0.1:${server.ports.hls}` && read
    })
    // Before 1.15.2 no endpoint has it.
    if (server.isAtLeast('1.15.2')) {
      expect(found.version).toBe(`v${server.version}`)
      expect(Math.abs(Date.now() - (found.startedAt ?? 0))).toBeLessThan(60_000)
    } else expect([found.version, found.startedAt]).toEqual([null, null])
    expect(Math.abs(found.clockSkewMs ?? Number.NaN)).toBeLessThan(2000)
    expect(found.openToAll).toBe(false)
  })

  it('shows what publishers really send, over RTSP, RTMP and SRT: bit rate, codecs, size, address', async () => {
    await using _stack = new AsyncDisposableStack()
    const publishers: readonly (readonly [string, string, Publisher, number])[] = [
      ['real/rtsp-tcp', 'rtspSession', _stack.use(startPublisher(clip, rtsp('real/rtsp-tcp'), 'rtsp', 'tcp')), 1.04],
      ['real/rtsp-udp', 'rtspSession', _stack.use(startPublisher(clip, rtsp('real/rtsp-udp'), 'rtsp', 'udp')), 1.04],
      ['real/rtmp', 'rtmpConn', _stack.use(startPublisher(clip, `rtmp://127.0.0.1:${server.ports.rtmp}/real/rtmp`, 'flv')), 1.01],
      // A path's counter holds the media that was taken out of MPEG-TS, not its packets.
      [
        'real/srt',
        'srtConn',
        _stack.use(startPublisher(clip, `srt://127.0.0.1:${server.ports.srt}?streamid=publish:real/srt&pkt_size=1316&latency=200000`, 'mpegts')),
        1.02,
      ],
    ]
    for (const [path] of publishers) await live(path)
    // A whole number of clips between the two readings: their bytes are those of the clip, whatever the phase.
    await new Promise((resolve) => setTimeout(resolve, 1500))
    const first = new Map<string, Stream>()
    for (const [path] of publishers) first.set(path, (await stream(path)) as Stream)
    await new Promise((resolve) => setTimeout(resolve, 6000))
    for (const [path, type, publisher, overhead] of publishers) {
      const before = first.get(path) as Stream
      const after = (await stream(path)) as Stream
      const seconds = ((after.figures.readAt ?? 0) - (before.figures.readAt ?? 0)) / 1000
      const shown = (((after.figures.bytesReceived ?? 0) - (before.figures.bytesReceived ?? 0)) * 8) / seconds
      const sent = publisher.bitrateBps(6)
      expect(shown / sent, `${path}: shown ${shown}, sent ${sent}`).toBeGreaterThan(overhead * 0.94)
      expect(shown / sent, `${path}: shown ${shown}, sent ${sent}`).toBeLessThan(overhead * 1.07)
      expect((after.figures.bitrateInBps ?? 0) / sent, `${path}: its shown bit rate`).toBeGreaterThan(0.75)
      expect((after.figures.bitrateInBps ?? 0) / sent, `${path}: its shown bit rate`).toBeLessThan(1.35)
      expect(after.sourceType).toBe(type)
      expect(after.tracks.map((track) => track.codec)).toEqual(['H264', 'MPEG-4 Audio'])
      expect([after.width, after.height]).toEqual(server.isAtLeast('1.17.0') ? [640, 360] : [null, null])
      expect(after.publisher).toMatch(/^127\.0\.0\.1/)
      expect(after.figures.readers).toBe(0)
      expect(Math.abs(Date.now() - (after.upSince ?? 0))).toBeLessThan(60_000)
    }
    const srt = (await stream('real/srt')) as Stream
    expect(srt.srt?.latencyMs).toBe(200)
    expect(srt.srt?.rttMs ?? -1).toBeGreaterThan(0)
    expect(srt.figures.rttMs ?? Number.NaN).toBeLessThan(20)
    const udp = (await stream('real/rtsp-udp')) as Stream
    if (server.isAtLeast('1.11.0')) {
      expect(udp.packetsLost).toBe(0)
      expect(udp.jitter).not.toBeNull()
    } else expect([udp.packetsLost, udp.jitter]).toEqual([null, null])
    const rtmp = (await stream('real/rtmp')) as Stream
    expect(rtmp.packetsLost, 'RTMP hides loss: unknown, not 0').toBeNull()
  })

  it('counts readers by protocol, and never its own', async () => {
    await using stack = new AsyncDisposableStack()
    stack.use(startPublisher(clip, rtsp('real/readers'), 'rtsp', 'tcp'))
    await live('real/readers')
    const read = async (url: string) => {
      const demuxer = stack.use(await Demuxer.open(url, { options: { rtsp_transport: 'tcp' } as never }))
      const reading = (async () => {
        for await (const packet of demuxer.packets()) packet?.free()
      })()
      reading.catch(() => {}) // it ends by being closed
    }
    await read(rtsp('real/readers'))
    await read(`rtmp://127.0.0.1:${server.ports.rtmp}/real/readers`)
    await read(`${rtsp('real/readers')}?mtxdeck=another`)
    const found = await until('two readers and one of ours', 15, async () => {
      const now = await stream('real/readers')
      return now?.figures.readers === 2 && now.figures.ownReaders === 1 && now
    })
    expect(found.readersByType).toEqual({ rtspSession: 1, rtmpConn: 1 })
    expect(found.sessions.filter((session) => session.role === 'reader')).toHaveLength(3)
    const report = (await client.streams.list({ serverId })).find(({ name }) => name === 'real/readers')
    expect(report?.readers, 'for scripts: the own figure of the server').toBe(3)
    expect(report?.readersByType).toEqual({ rtspSession: 2, rtmpConn: 1 })
    expect(report?.ownReaders).toBe(1)
  })

  it('sees a publisher freeze within seconds, go when the server drops it, and come back', async () => {
    await using stack = new AsyncDisposableStack()
    const publisher = startPublisher(clip, rtsp('real/freezes'), 'rtsp', 'tcp')
    stack.use(publisher)
    await live('real/freezes')
    const frozenAt = Date.now()
    publisher.freeze()
    const stalled = await until('stalled', 9, async () => {
      const now = await stream('real/freezes')
      return now?.state === 'stalled' && now
    })
    expect(stalled.stateSince - frozenAt).toBeGreaterThan(-2000)
    expect((await client.fleet.troubles()).some(({ path, kind }) => path === 'real/freezes' && kind === 'streamStalled')).toBe(true)
    // The server drops it after its read timeout.
    const dropped = await until('disconnected for want of data', 20, async () => {
      const now = await stream('real/freezes')
      return now?.state === 'gone' && now
    })
    expect(dropped.reason).toMatch(/^Publisher 127\.0\.0\.1 was disconnected after .* without data\.$/)
    await publisher[Symbol.asyncDispose]()
    stack.use(startPublisher(clip, rtsp('real/freezes'), 'rtsp', 'tcp'))
    await live('real/freezes')
    const kinds = (await client.history.events({ serverId, path: 'real/freezes' })).map(({ kind }) => kind)
    expect(kinds).toContain('streamStalled')
    expect(kinds).toContain('streamOff')
    expect(kinds.filter((kind) => kind === 'streamOn').length).toBeGreaterThanOrEqual(1)
  })

  it('takes a dead source for failing and an on-demand one for waiting, and wakes neither', async () => {
    const pulled = await until('pulled is judged', 10, async () => stream('pulled'))
    expect(pulled.state).toBe('waiting')
    const ondemand = await until('ondemand is judged', 10, async () => stream('ondemand'))
    expect(ondemand.state).toBe('waiting')
    expect(ondemand.onDemand).toBe(true)
    const troubles = await client.fleet.troubles()
    expect(troubles.filter(({ path }) => path === 'pulled').map(({ kind }) => kind)).toEqual(['sourceFailing'])
    expect(troubles.some(({ path }) => path === 'ondemand')).toBe(false)
    const preview = await client.previews.open({ serverId, path: 'ondemand', viewer: 'test' })
    expect(preview.url).toBeNull()
    expect(preview.why).toEqual({ kind: 'onDemand' })
    expect(server.log()).not.toContain("path 'ondemand'")
  })

  it('plays a picture through the relay, tagged, and not counted as a reader', async () => {
    await using stack = new AsyncDisposableStack()
    stack.use(startPublisher(clip, rtsp('real/picture'), 'rtsp', 'tcp'))
    await live('real/picture')
    const preview = await client.previews.open({ serverId, path: 'real/picture', viewer: 'test' })
    expect(preview.why).toBeNull()
    const get = async (url: string) => {
      const answer = await engine.relay(new Request(new URL(url, 'http://deck.test')))
      return { status: answer.status, body: Buffer.from(await answer.arrayBuffer()) }
    }
    const master = await until('the playlist is there', 15, async () => {
      const answer = await get(preview.url ?? '')
      return answer.status === 200 && answer.body.toString('utf8').includes('#EXTM3U') && answer.body.toString('utf8')
    })
    const child = master.split('\n').find((line) => line && !line.startsWith('#')) ?? ''
    const childUrl = new URL(child, new URL(preview.url ?? '', 'http://deck.test')).href
    const media = await until('segments are there', 15, async () => {
      const answer = await get(childUrl)
      const text = answer.body.toString('utf8')
      return answer.status === 200 && /#EXTINF[^\n]*\n(?!.*gap)/.test(text) && text
    })
    // The first ones of a young playlist are gaps.
    const segment = media.split('\n').findLast((line) => line && !line.startsWith('#')) ?? ''
    const bytes = await get(new URL(segment, childUrl).href)
    expect(bytes.status).toBe(200)
    expect(bytes.body.length).toBeGreaterThan(1000)
    // Before 1.18 one muxer stands for all viewers by HLS: ours look like any other.
    if (server.isAtLeast('1.18.0')) {
      const found = await until('our session shows', 10, async () => {
        const now = await stream('real/picture')
        return now !== null && now.figures.ownReaders === 1 && now
      })
      expect(found.figures.readers).toBe(0)
      expect(found.sessions.find((session) => session.own)?.protocol).toBe('hls')
    }
    await client.previews.close({ previewId: preview.previewId ?? '' })
    expect((await get(preview.url ?? '')).status).toBeGreaterThanOrEqual(400)
  })

  it('takes a still by RTSP, is not counted as a reader for it, and starts no source', async () => {
    await using stack = new AsyncDisposableStack()
    stack.use(startPublisher(clip, rtsp('real/still'), 'rtsp', 'tcp'))
    await live('real/still')
    let readers = 0
    let own = 0
    const watched = new AbortController()
    const watching = (async () => {
      while (!watched.signal.aborted) {
        const now = await stream('real/still')
        readers = Math.max(readers, now?.figures.readers ?? 0)
        own = Math.max(own, now?.figures.ownReaders ?? 0)
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    })()
    stack.defer(() => {
      watched.abort()
      return watching
    })
    const { picture } = await client.snapshots.take({ serverId, path: 'real/still' })
    expect(Math.abs(Date.now() - (picture?.at ?? 0))).toBeLessThan(10_000)
    expect(sizeOf(Buffer.from(picture?.jpeg ?? '', 'base64'))).toEqual([480, 270])
    expect(server.log()).toContain("is reading from path 'real/still'")
    // A still may come and go between two polls: more of them, until one is seen.
    await until('our reader is seen for what it is', 30, async () => {
      if (own === 0) await client.snapshots.take({ serverId, path: 'real/still' })
      return own === 1
    })
    expect(readers).toBe(0)

    const asleep = await client.snapshots.take({ serverId, path: 'ondemand' })
    expect(asleep).toMatchObject({ picture: null, why: { kind: 'onDemand' } })
    expect(server.log()).not.toContain("path 'ondemand'")
    const notLive = await client.snapshots.take({ serverId, path: 'pulled' })
    expect(notLive).toMatchObject({ picture: null, why: { kind: 'notLive' } })
  })

  it('tells a restart of the server from an outage of its streams', async () => {
    await using stack = new AsyncDisposableStack()
    stack.use(startPublisher(clip, rtsp('real/restart'), 'rtsp', 'tcp'))
    await live('real/restart')
    const troublesHere = async () => (await client.fleet.troubles()).filter((trouble) => trouble.serverId === serverId).map(({ kind }) => kind)
    // Streams of the tests before may have left.
    const before = await troublesHere()
    await server.stop()
    await until('the server is down', 15, async () => (await client.servers.get({ id: serverId })).state === 'down')
    expect((await stream('real/restart'))?.state).toBe('unknown')
    await until('that is all that is newly wrong with it', 5, async () => {
      const news = (await troublesHere()).filter((kind) => !before.includes(kind))
      return news.join() === 'serverDown'
    })
    await server.start()
    await live('real/restart')
    // Before 1.15.2 nothing but several streams that began again tells a restart from an outage of the network.
    const last = server.isAtLeast('1.15.2') ? 'serverRestarted' : 'serverUp'
    const kinds = await until(`${last} is an event`, 15, async () => {
      const events = (await client.history.events({ serverId })).map(({ kind }) => kind)
      return events.includes(last) && events
    })
    expect(kinds).toContain('serverDown')
    expect(kinds).toContain('serverUp')
  })

  it('halts on a wrong password after one try, and goes on when it is corrected', async () => {
    const before = server.log().split('failed to authenticate').length
    const added = await client.servers.add({ name: 'wrong', url: server.apiUrl, auth: { kind: 'basic', user: 'noc', password: 'not-it' }, intervalSeconds: 1 })
    await until('halted', 15, async () => (await client.servers.get({ id: added.id })).state === 'halted')
    await new Promise((resolve) => setTimeout(resolve, 3000))
    // Older ones keep it to themselves.
    if (server.isAtLeast('1.16.3')) expect(server.log().split('failed to authenticate').length - before).toBe(1)
    expect((await client.servers.get({ id: added.id })).state).toBe('halted')
    await client.servers.update({ id: added.id, change: { auth: { kind: 'basic', user: 'noc', password: 'watch-me' } } })
    await until('up', 10, async () => (await client.servers.get({ id: added.id })).state === 'up')
    await client.servers.remove({ id: added.id })
  })

  it('kept the history of all this: bit rates, and a gap where the server was down', async () => {
    const to = Date.now()
    const [rate] = await client.history.range({ series: [{ serverId, path: 'real/freezes', metric: 'path.bitrateIn' }], from: to - 300_000, to, points: 300 })
    expect(rate?.at.length ?? 0).toBeGreaterThan(3)
    expect(Math.max(...(rate?.max ?? []))).toBeLessThan(5e6)
    expect(Math.min(...(rate?.min ?? []))).toBeGreaterThanOrEqual(0)
    const [restarted] = await client.history.range({
      series: [{ serverId, path: 'real/restart', metric: 'path.bitrateIn' }],
      from: to - 300_000,
      to,
      points: 300,
    })
    expect(restarted?.gaps.length ?? 0).toBeGreaterThan(0)
    const [reachable] = await client.history.range({ series: [{ serverId, path: '', metric: 'server.reachable' }], from: to - 300_000, to, points: 300 })
    expect(Math.min(...(reachable?.min ?? []))).toBe(0)
    expect(Math.max(...(reachable?.max ?? []))).toBe(1)
  })
})
