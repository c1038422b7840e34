import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { probeInputSchema } from '../../src/shared/probes.ts'
import { binary, type Lab, startLab, until } from './lab.ts'
import { type LossyRelay, startLossyRelay } from './lossyRelay.ts'
import { makeClip } from './makeClip.ts'
import { startPublisher } from './realServer.ts'

/** Ways to read a path. */
const ways: Readonly<Record<string, (lab: Lab) => string>> = {
  RTSP: ({ rtsp }) => rtsp('cam'),
  HLS: ({ server }) => `http://127.0.0.1:${server.ports.hls}/cam/index.m3u8`,
  RTMP: ({ server }) => `rtmp://127.0.0.1:${server.ports.rtmp}/cam`,
  SRT: ({ server }) => `srt://127.0.0.1:${server.ports.srt}?streamid=read:cam`,
}

describe.skipIf(binary === null)('a probe of a stream of a real server', () => {
  let lab: Lab
  let publisher: ReturnType<typeof startPublisher>
  beforeAll(async () => {
    lab = await startLab('paths:\n  all_others:\n')
    publisher = startPublisher(lab.clip, lab.rtsp('cam'), 'rtsp', 'tcp')
    await lab.live('cam')
  })
  afterAll(async () => {
    await publisher?.[Symbol.asyncDispose]()
    await lab?.[Symbol.asyncDispose]()
  })

  it.each(Object.entries(ways))('by %s measures what the server receives, and is no viewer', async (name, addressOf) => {
    const { id } = await lab.client().probes.add(probeInputSchema.parse({ name, url: addressOf(lab), intervalSeconds: 10, lookSeconds: 5 }))
    await using _ = { [Symbol.asyncDispose]: async () => void (await lab.client().probes.remove({ id })) }
    const probe = await until('it is read', 40, async () => {
      const found = await lab.client().probes.get({ id })
      if (found.state === 'down') throw new Error(`${name} is down: ${JSON.stringify(found.why)}`)
      return found.reading && found
    })
    const { reading } = probe
    expect(reading?.video).toMatchObject({ codec: 'h264', widthPx: 320, heightPx: 180 })
    expect(Math.abs((reading?.video?.fps ?? 0) - 25)).toBeLessThan(1)
    expect(reading?.audio).not.toBeNull()
    expect(reading?.ptsJumps).toBe(0)
    const received = await until('the server says how much it receives', 10, async () => (await lab.stream('cam'))?.figures.bitrateInBps)
    // The server counts protocol headers, too, and the mean of two seconds.
    expect((reading?.bitrateBps ?? 0) / received).toBeGreaterThan(0.5)
    expect((reading?.bitrateBps ?? 0) / received).toBeLessThan(1.4)
    for (let poll = 0; poll < 6; poll++) {
      await lab.nextAnswer()
      const { figures, hlsViewersUnknown = false } = (await lab.stream('cam')) ?? {}
      if (!hlsViewersUnknown) expect(figures?.readers, 'viewers').toBe(0)
    }
  })

  it('by WHEP measures video only where WebRTC can’t carry the sound, for which the server offers an empty track', async () => {
    const url = `whep://127.0.0.1:${lab.server.ports.webrtc}/cam/whep`
    const { id } = await lab.client().probes.add(probeInputSchema.parse({ name: 'WHEP', url, intervalSeconds: 10, lookSeconds: 5 }))
    await using _ = { [Symbol.asyncDispose]: async () => void (await lab.client().probes.remove({ id })) }
    const { reading, gradeReasons } = await until('it is read', 40, async () => {
      const found = await lab.client().probes.get({ id })
      return found.reading && found
    })
    expect(reading).toMatchObject({ video: { codec: 'h264', widthPx: 320 }, audio: null, ptsJumps: 0, ptsGaps: 0 })
    expect(gradeReasons).toEqual([])
    // Of that our own client takes 1.5 s: DTLS, and waiting for sound that does not come.
    const group = (reading?.gop?.usualMs ?? 0) + 2_500
    expect(reading?.response.keyframeMs, 'after the connection, within a group').toBeLessThan((reading?.response.answerMs ?? 0) + group)
  })

  it.each(Object.entries(ways))('by %s finds nothing in moving pictures, and a picture that stands still without sound', async (name, addressOf) => {
    const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-still-'))
    await using stack = new AsyncDisposableStack()
    stack.defer(() => rmSync(folder, { recursive: true }))
    const clip = join(folder, 'still.mkv')
    await makeClip(clip, { picture: 'testsrc2=size=$s:rate=25,loop=loop=-1:size=1', sound: 'anullsrc=sample_rate=48000' })
    const client = lab.client()
    const add = async (path: string) => {
      const url = addressOf(lab).replace(/cam/, path)
      const { id } = await client.probes.add(
        probeInputSchema.parse({ name: `${name} ${path}`, url, mode: 'continuous', lookSeconds: 3, checks: ['black', 'frozen', 'silent', 'colourBars'] }),
      )
      stack.defer(async () => void (await client.probes.remove({ id })))
      return id
    }
    const moving = await add('cam')
    stack.use(startPublisher(clip, lab.rtsp('still'), 'rtsp', 'tcp'))
    await lab.live('still')
    const still = await add('still')
    const found = await until('it is found', 60, async () => {
      const { lasting, grade } = await client.probes.get({ id: still })
      return lasting.length === 2 && grade === 'poor' && lasting.map(({ check }) => check)
    })
    expect(found.sort()).toEqual(['frozen', 'silent'])
    const { reading, lasting } = await client.probes.get({ id: moving })
    expect(lasting).toEqual([])
    expect(reading?.content).toMatchObject({ findings: [], undecoded: [], evaluated: ['black', 'frozen', 'silent', 'colourBars'] })
    const pictures = await until('its picture is kept', 10, async () => {
      const kept = await client.probes.evidence({ id: still })
      return kept.length > 0 && kept
    })
    expect(pictures[0]).toMatchObject({ widthPx: 320, heightPx: 180 })
  })

  it('of a path that nobody publishes to is down, and up once somebody does', async () => {
    const { id } = await lab
      .client()
      .probes.add(probeInputSchema.parse({ name: 'later', url: lab.rtsp('later'), intervalSeconds: 5, lookSeconds: 2, retries: 0 }))
    await until('it is down', 20, async () => (await lab.client().probes.get({ id })).state === 'down')
    expect(await lab.client().probes.get({ id })).toMatchObject({ why: { kind: 'notFound' }, grade: 'poor' })
    await using _ = startPublisher(lab.clip, lab.rtsp('later'), 'rtsp', 'tcp')
    await until('it is up', 30, async () => (await lab.client().probes.get({ id })).state === 'up')
  })
})

describe.skipIf(binary === null)('a probe behind a lossy network', () => {
  let lab: Lab
  let relay: LossyRelay
  let publisher: ReturnType<typeof startPublisher>
  beforeAll(async () => {
    lab = await startLab('paths:\n  all_others:\n', {}, async (url, ports) => {
      relay = await startLossyRelay(ports.srt, 'cam')
      return { url, srt: `srt://127.0.0.1:${relay.port}`, [Symbol.asyncDispose]: relay[Symbol.asyncDispose] }
    })
    publisher = startPublisher(lab.clip, lab.rtsp('cam'), 'rtsp', 'tcp')
    await lab.live('cam')
  })
  afterAll(async () => {
    await publisher?.[Symbol.asyncDispose]()
    await lab?.[Symbol.asyncDispose]()
  })

  it.each([false, true])('by SRT has the figures that its server lists of the connection, of each look (continuously: %s)', async (isContinuous) => {
    const client = lab.client()
    await using stack = new AsyncDisposableStack()
    const url = `srt://127.0.0.1:${relay.port}?streamid=read:cam&latency=300000`
    const input = { name: `SRT ${isContinuous}`, url, intervalSeconds: 10, lookSeconds: 5, mode: isContinuous ? ('continuous' as const) : ('turns' as const) }
    const { id } = await client.probes.add(probeInputSchema.parse(input))
    stack.defer(async () => void (await client.probes.remove({ id })))
    const next = async (what: string) => {
      const before = (await client.probes.get({ id })).readAt
      return await until(what, 40, async () => {
        const { readAt, reading, grade } = await client.probes.get({ id })
        return readAt !== before && reading && { srt: reading.srt, grade }
      })
    }
    const calm = await next('it is read')
    expect(calm.srt).toMatchObject({ latencyMs: 300, lost: 0, retransmitted: 0 })
    expect(calm.srt?.rttMs).toBeLessThan(20)
    expect(calm.srt?.sent).toBeGreaterThan(20)
    relay.impair({ up: { delayMs: 30 }, down: { delayMs: 30, loss: 0.1 } })
    await next('the look that was under way ends')
    const lossy = await next('it is read through loss')
    expect(lossy.srt?.rttMs).toBeGreaterThan(50)
    expect(lossy.srt?.rttMs).toBeLessThan(100)
    expect((lossy.srt?.lost ?? 0) / (lossy.srt?.sent ?? 0)).toBeGreaterThan(0.03)
    expect(lossy.srt?.retransmitted).toBeGreaterThan(0)
    expect(lossy.grade).not.toBe('good')
    relay.impair({})
    await next('the look that was under way ends')
    expect((await next('it is read in calm again')).srt).toMatchObject({ lost: 0, retransmitted: 0 })
  })
})
