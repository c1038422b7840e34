import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { binary, type Lab, sleep, startLab, until } from './lab.ts'
import { type Impairment, startLossyRelay } from './lossyRelay.ts'
import { startPublisher, startViewer } from './realServer.ts'

describe.skipIf(binary === null)('SRT through a lossy network, to a real MediaMTX', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await startLab()
  })
  afterAll(() => lab?.[Symbol.asyncDispose]())

  /** Packets that the publisher sent and the server never delivered, what the console said of them, and what a viewer saw. */
  const measure = async (path: string, latencyMs: number, oneWayMs: number, impairment: Partial<Impairment>, seconds: number) => {
    await using stack = new AsyncDisposableStack()
    const relay = stack.use(await startLossyRelay(lab.server.ports.srt, path))
    const way = { delayMs: oneWayMs }
    const url = `srt://127.0.0.1:${relay.port}?streamid=publish:${path}&pkt_size=1316&latency=${latencyMs * 1000}`
    const publisher = stack.use(startPublisher(lab.clip, url, 'mpegts'))
    await lab.live(path)
    // Not before: a handshake on a way so long is sent again, and up to 1.13.1 each one that comes ends the connection of the one before.
    relay.impair({ up: way, down: way })
    const viewer = stack.use(startViewer(lab.clip, lab.rtsp(path)))
    await until('the viewer sees pictures', 20, async () => (viewer.read()?.whole ?? 0) > 25)
    const watch = stack.use(lab.watchTroubles())
    relay.impair({ up: { ...way, ...impairment }, down: { ...way, loss: impairment.loss ?? 0 } })
    await sleep(seconds * 1000)
    relay.impair({ up: way, down: way })
    // What is still on its way arrives, the estimate settles, and the last poll is one of calm.
    await sleep(latencyMs + 2500)
    publisher.freeze()
    await sleep(500)
    const list = await lab.server.ask<{ items: { path: string; packetsReceivedUnique: number }[] }>('GET', '/v3/srtconns/list')
    const delivered = list.items.find((session) => session.path === path)?.packetsReceivedUnique ?? Number.NaN
    return {
      missing: relay.sentUpwards() - delivered,
      stream: await lab.stream(path),
      troubles: watch.seen().filter((trouble) => trouble.path === path && trouble.kind === 'packetsLost'),
      read: viewer.read() ?? { pictures: 0, whole: 0, due: 0 },
    }
  }

  it('the receive buffer of a publisher shrinks by what its packets come later, and history keeps it', async () => {
    await using stack = new AsyncDisposableStack()
    const relay = stack.use(await startLossyRelay(lab.server.ports.srt, 'buffered'))
    const url = `srt://127.0.0.1:${relay.port}?streamid=publish:buffered&pkt_size=1316&latency=400000`
    const publisher = stack.use(startPublisher(lab.clip, url, 'mpegts'))
    await lab.live('buffered')
    // What is kept of the seconds from now on, without those that some versions can't tell.
    const keptOf = async (seconds: number) => {
      await sleep(2000)
      const from = Date.now()
      await sleep(seconds * 1000)
      const subject = { kind: 'stream', serverId: lab.serverId(), path: 'buffered' } as const
      const [columns] = await lab.client().history.range({ series: [{ subject, metric: 'path.receiveBuffer' }], from, to: Date.now(), points: 100 })
      return columns?.mean.toSorted((a, b) => a - b) ?? []
    }
    const early = await keptOf(10)
    relay.impair({ up: { delayMs: 200 } })
    const late = await keptOf(10)
    publisher.freeze()
    const frozen = await keptOf(5)
    const median = (values: readonly number[]) => values[Math.floor(values.length / 2)] ?? Number.NaN
    expect(median(early)).toBeGreaterThan(300)
    expect(median(early)).toBeLessThan(450)
    expect(median(early) - median(late)).toBeGreaterThan(120)
    expect(median(early) - median(late)).toBeLessThan(280)
    // A silent publisher is let go after 2 s up to 1.13.1, and after the server's readTimeout, 10 s, from 1.16.3 on.
    if (!lab.server.isAtLeast('1.16.3')) return expect(frozen).toEqual([])
    expect(Math.max(...frozen)).toBe(0)
    expect(frozen.length).toBeGreaterThan(2)
  })

  it('loss that was repaired, duplicates and packets that overtake each other are no trouble', async () => {
    const [repaired, disturbed] = await Promise.all([
      measure('repaired', 1000, 20, { loss: 0.05 }, 12),
      measure('disturbed', 1000, 20, { duplicate: 0.05, reorder: 0.05, heldMs: 30 }, 12),
    ])
    for (const { missing, stream, troubles, read } of [repaired, disturbed]) {
      expect(missing).toBe(0)
      expect(read.due - read.whole).toBeLessThan(5)
      expect(stream?.packetsLost).toBe(lab.server.isAtLeast('1.20.1') ? 0 : null)
      expect(stream?.packetsRepaired).toBeGreaterThan(10)
      expect(troubles).toEqual([])
    }
  })

  it('loss that was not repaired is a trouble where the server can tell, and unknown where it cannot', async () => {
    // What is sent again comes half a second too late, however late a busy machine began to count the latency.
    const { missing, stream, troubles, read } = await measure('lossy', 100, 250, { loss: 0.12 }, 12)
    expect(missing).toBeGreaterThan(10)
    expect(read.due - read.whole).toBeGreaterThan(5)
    if (!lab.server.isAtLeast('1.20.1')) {
      expect(stream).toMatchObject({ packetsLost: null, packetsLostEstimated: true, figures: { lostLastMinute: null } })
      expect(troubles).toEqual([])
      return
    }
    const lost = stream?.packetsLost ?? Number.NaN
    expect(lost, `${missing} packets are missing`).toBeGreaterThan(missing / 2)
    expect(lost, `${missing} packets are missing`).toBeLessThanOrEqual(missing)
    expect(troubles).toMatchObject([{ severity: 'minor', text: expect.stringMatching(/^About \d+ packets lost for good/) }])
  })
})
