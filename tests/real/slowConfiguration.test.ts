import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSystemClock } from '../../src/clock/clock.ts'
import { startSlowConfiguration } from '../fakes/slowConfiguration.ts'
import { binary, type Lab, sleep, startLab, until } from './lab.ts'
import { type Publisher, startPublisher } from './realServer.ts'

const cameras = ['cam0', 'cam1', 'cam2'] as const

describe.skipIf(binary === null)('a real MediaMTX whose configuration takes 3 s to be read', () => {
  let lab: Lab
  const publishers = new Map<string, Publisher>()

  beforeAll(async () => {
    lab = await startLab(`paths:\n${cameras.map((path) => `  ${path}:\n    source: publisher\n`).join('')}`, { videoKbps: 150 }, (url) =>
      startSlowConfiguration(url, createSystemClock(), () => ({ delayMs: 1_100 })),
    )
    for (const path of cameras) publishers.set(path, startPublisher(lab.clip, lab.rtsp(path), 'rtsp', 'tcp'))
    await Promise.all(cameras.map((path) => lab.live(path)))
    await until('its configuration is read', 20, async () => (await lab.client().servers.list())[0]?.addressesFrom === 'configuration')
  })
  afterAll(async () => {
    for (const publisher of publishers.values()) await publisher[Symbol.asyncDispose]()
    await lab?.[Symbol.asyncDispose]()
  })

  it('makes an alarm of a camera that is cut off within 9 s and the 5 s that its rule waits, and again the second time', async () => {
    for (let nth = 0; nth < 2; nth++) {
      await using watch = lab.watchTroubles()
      const killedAt = Date.now()
      await publishers.get('cam1')?.[Symbol.asyncDispose]()
      await until('it is an alarm', 16, async () => watch.critical().includes('cam1 streamGone'))
      expect((await lab.events(killedAt - 1_000, 'cam1')).map(({ kind }) => kind)).toContain('streamOff')
      publishers.set('cam1', startPublisher(lab.clip, lab.rtsp('cam1'), 'rtsp', 'tcp'))
      await lab.live('cam1')
    }
  })

  it('keeps the alarm of a camera that stands still when its session ends, until it is gone', async () => {
    publishers.get('cam2')?.freeze()
    const troubleOf = async () => (await lab.client().fleet.troubles()).find(({ path }) => path === 'cam2')
    await until('it is stalled', 20, async () => (await troubleOf())?.kind === 'streamStalled')
    const deadline = Date.now() + 40_000
    for (;;) {
      const trouble = await troubleOf()
      expect(trouble, 'its alarm went').toBeDefined()
      if (trouble?.kind === 'streamGone') break
      if (Date.now() > deadline) throw new Error('its session never ended')
      await sleep(100)
    }
    publishers.get('cam2')?.thaw()
  })

  it('has a path that was added known as configured within 15 s, and one on demand is no trouble before or after', async () => {
    await using watch = lab.watchTroubles()
    await lab.server.ask('POST', '/v3/config/paths/add/added', { source: 'publisher' })
    await lab.server.ask('POST', '/v3/config/paths/add/ondemand', { source: lab.rtsp('cam0'), sourceOnDemand: true })
    await until('it is expected', 15, async () => (await lab.stream('added'))?.expected === true)
    await lab.restartConsole()
    await until('it is known as on demand', 20, async () => (await lab.stream('ondemand'))?.onDemand === true)
    expect(watch.seen().filter(({ path }) => path === 'ondemand')).toEqual([])
  })
})
