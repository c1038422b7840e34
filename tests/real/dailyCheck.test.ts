import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DailyReport } from '../../src/shared/dailyChecks.ts'
import { probeInputSchema } from '../../src/shared/probes.ts'
import { freePort } from '../freePort.ts'
import { binary, type Lab, sleep, startLab, until } from './lab.ts'
import { startPublisher } from './realServer.ts'

const sleepers = ['gate', 'hall', 'yard'] as const

describe.skipIf(binary === null)('the daily check', () => {
  let lab: Lab
  let publisher: ReturnType<typeof startPublisher>
  beforeAll(async () => {
    lab = await startLab('paths:\n  all_others:\n')
    publisher = startPublisher(lab.clip, lab.rtsp('camera'), 'rtsp', 'tcp')
    await lab.live('camera')
    const source = { source: lab.rtsp('camera'), sourceOnDemand: true, sourceOnDemandCloseAfter: '2s' }
    for (const path of sleepers) await lab.server.ask('POST', `/v3/config/paths/add/${path}`, source)
    await lab.server.ask('POST', '/v3/config/paths/add/broken', { ...source, source: 'rtsp://127.0.0.1:9/none', sourceOnDemandStartTimeout: '2s' })
    for (const path of [...sleepers, 'broken']) await until(`${path} is known`, 60, async () => (await lab.stream(path))?.onDemand)
  }, 120_000)
  afterAll(async () => {
    await publisher[Symbol.asyncDispose]()
    await lab[Symbol.asyncDispose]()
  })

  const ended = async (id: number): Promise<DailyReport> =>
    await until('the check is done', 150, async () => {
      const { report } = await lab.client().dailyChecks.get({ id, limit: 1, offset: 0 })
      return report.state === 'done' && report
    })
  const found = async (id: number) => {
    const { cameras } = await lab.client().dailyChecks.get({ id })
    return new Map(cameras.map((camera) => [camera.name, camera]))
  }
  interface Listed {
    readonly items: readonly { readonly name: string; readonly ready: boolean; readonly readers: readonly unknown[] }[]
  }
  const awake = async (): Promise<readonly string[]> => {
    const { items } = await lab.server.ask<Listed>('GET', '/v3/paths/list')
    return items.filter(({ name, ready }) => ready && name !== 'camera').map(({ name }) => name)
  }

  it('leaves sources on demand alone, and reads what is on air', async () => {
    const { id } = await lab.client().dailyChecks.run({ wakes: false })
    const seen = new Set<string>()
    const watching = until('it is over', 60, async () => {
      for (const path of await awake()) seen.add(path)
      return (await lab.client().dailyChecks.status()).running === null
    })
    await ended(id)
    await watching
    expect([...seen]).toEqual([])
    const cameras = await found(id)
    expect(cameras.get('camera')).toMatchObject({ verdict: 'ok', measured: { codec: 'h264', widthPx: 320, heightPx: 180 } })
    for (const path of sleepers) expect(cameras.get(path)).toMatchObject({ verdict: 'notChecked', why: { kind: 'asleep' } })
    const pictures = await lab.client().dailyChecks.pictures({ id, no: cameras.get('camera')?.no ?? 0 })
    expect(Buffer.from(pictures.picture?.jpeg ?? '', 'base64').subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]))
  }, 120_000)

  it('takes what probes read, one row a stream: also of UDP, whose port a probe holds', async () => {
    const port = await freePort()
    await using _encoder = startPublisher(lab.clip, `udp://127.0.0.1:${port}?pkt_size=1316`, 'mpegts')
    const input = { mode: 'continuous', lookSeconds: 5, intervalSeconds: 10 }
    const addresses = {
      mast: `udp://127.0.0.1:${port}`,
      'camera by RTSP': lab.rtsp('camera'),
      'camera by HLS': `http://127.0.0.1:${lab.server.ports.hls}/camera/index.m3u8`,
    }
    const probes: string[] = []
    await using _ = { [Symbol.asyncDispose]: async () => void (await Promise.all(probes.map((id) => lab.client().probes.remove({ id })))) }
    for (const [name, url] of Object.entries(addresses)) probes.push((await lab.client().probes.add(probeInputSchema.parse({ name, url, ...input }))).id)
    // What was not read yet is waited for.
    const { id } = await lab.client().dailyChecks.run({ wakes: false })
    await ended(id)
    const cameras = await found(id)
    expect([...cameras.keys()].sort()).toEqual(['broken', 'camera', ...sleepers, 'mast'].sort())
    expect(cameras.get('mast')).toMatchObject({ verdict: 'ok', faults: [], probe: 'mast', measured: { codec: 'h264', widthPx: 320, heightPx: 180 } })
    const byProbe = cameras.get('camera')
    expect(byProbe).toMatchObject({ verdict: 'ok', probe: expect.stringContaining('camera by'), picture: { widthPx: 320 } })
    // None of them lost its stream to the check.
    const troubled = (await lab.client().probes.list()).filter(({ state, why }) => why !== null || state === 'down')
    expect(troubled).toEqual([])
  }, 120_000)

  it('wakes them one after the other, takes a picture of each, and lets them go', async () => {
    const { id } = await lab.client().dailyChecks.run({ wakes: true })
    const order: string[] = []
    let most = 0
    let isOver = false
    const watching = (async () => {
      while (!isOver) {
        const now = await awake()
        most = Math.max(most, now.length)
        for (const path of now) if (order.at(-1) !== path) order.push(path)
        await sleep(50)
      }
    })()
    await ended(id)
    isOver = true
    await watching
    expect(most).toBe(1)
    expect([...order].sort()).toEqual([...sleepers])
    const cameras = await found(id)
    for (const path of sleepers) {
      expect(cameras.get(path)).toMatchObject({ verdict: 'ok', woken: true })
      expect(cameras.get(path)?.picture).not.toBeNull()
    }
    expect(cameras.get('broken')).toMatchObject({ verdict: 'fault', change: 'newFault', faults: [{ kind: 'noPicture' }] })
    await until('all are asleep again', 20, async () => (await awake()).length === 0)
    // Nobody of us is left on the one that is on air.
    const { items } = await lab.server.ask<Listed>('GET', '/v3/paths/list')
    expect(items.find(({ name }) => name === 'camera')?.readers).toEqual([])
  }, 200_000)
})
