import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSystemClock } from '../../src/clock/clock.ts'
import { type SlowConfiguration, startSlowConfiguration } from '../fakes/slowConfiguration.ts'
import { binary, type Lab, sleep, startLab, until } from './lab.ts'
import { type Publisher, startPublisher } from './realServer.ts'

const group = Array.from({ length: 12 }, (_, n) => `group${n}`)

describe.skipIf(binary === null)('a real MediaMTX whose paths come, go and are reconfigured', () => {
  let lab: Lab
  let way: SlowConfiguration
  let bystander: Publisher
  let delayMs = 0
  const askedSince = (since: number) => way.asked().filter(({ at, url }) => at >= since && url.startsWith('/v3/config/paths/list')).length

  beforeAll(async () => {
    lab = await startLab('paths:\n  named:\n    source: publisher\n  bystander:\n    source: publisher\n  all_others:\n', { videoKbps: 100 }, async (url) => {
      way = await startSlowConfiguration(url, createSystemClock(), () => ({ delayMs }))
      return way
    })
    await until('its configuration is read', 20, async () => (await lab.client().servers.list())[0]?.addressesFrom === 'configuration')
    // Where all publishers go together, a server that has no `/v3/info` was restarted as far as anybody can see.
    bystander = startPublisher(lab.clip, lab.rtsp('bystander'), 'rtsp', 'tcp')
    await lab.live('bystander')
  })
  afterAll(async () => {
    await bystander?.[Symbol.asyncDispose]()
    await lab?.[Symbol.asyncDispose]()
  })

  it('is asked for its configuration at once where paths appear or go, and once for all of a group', async () => {
    // No entry that is known explains these.
    const appearAt = Date.now()
    await Promise.all(group.map((path) => lab.server.ask('POST', `/v3/config/paths/add/${path}`, { source: 'publisher' })))
    const publishers = startPublisher(
      lab.clip,
      group.map((path) => lab.rtsp(path)),
      'rtsp',
      'tcp',
    )
    try {
      await Promise.all(group.map((path) => lab.live(path)))
      // It was read a moment ago, and is not read again within 3 s.
      await until('its configuration is asked for', 5, async () => askedSince(appearAt) > 0)
      expect(askedSince(appearAt), 'times that it was asked for when they came').toBeLessThanOrEqual(Math.ceil((Date.now() - appearAt) / 3_000) + 1)
      // Nothing else is due meanwhile.
      await sleep(4_000)
      const goAt = Date.now()
      await publishers[Symbol.asyncDispose]()
      await Promise.all(group.map((path) => lab.server.ask('DELETE', `/v3/config/paths/delete/${path}`)))
      await until('all of them ended', 15, async () => {
        const states = await Promise.all(group.map((path) => lab.stream(path)))
        return states.every((stream) => stream?.state === 'ended')
      })
      expect(askedSince(goAt), 'times that it was asked for when they went').toBeGreaterThan(0)
      expect(askedSince(goAt), 'times that it was asked for when they went').toBeLessThanOrEqual(Math.ceil((Date.now() - goAt) / 3_000) + 1)
    } finally {
      await publishers[Symbol.asyncDispose]()
    }
  })

  it('has what was said of a path by an older configuration corrected by the next one', async () => {
    await using stack = new AsyncDisposableStack()
    // Its publisher knows nothing of what happens, and goes on trying.
    stack.use(startPublisher(lab.clip, lab.rtsp('named'), 'rtsp', 'tcp'))
    await lab.live('named')
    await until('it is expected', 20, async () => (await lab.stream('named'))?.expected === true)
    // Longer than anything is left unjudged for want of it.
    delayMs = 3_500
    stack.defer(() => {
      delayMs = 0
    })
    const since = Date.now()
    await lab.server.ask('PATCH', '/v3/config/paths/patch/named', { source: lab.rtsp('nowhere'), sourceOnDemand: true })
    const troubles = async () => (await lab.client().fleet.troubles()).filter(({ path }) => path === 'named')
    await until('it is said to be gone', 20, async () => (await lab.events(since - 500, 'named')).some(({ kind }) => kind === 'streamOff'))
    await until('that is taken back', 40, async () => (await lab.stream('named'))?.state === 'waiting')
    expect(await troubles()).toEqual([])
    const kinds = (await lab.events(since - 500, 'named')).map(({ kind }) => kind)
    expect(kinds.indexOf('streamEnded')).toBeGreaterThan(kinds.indexOf('streamOff'))
    expect(kinds).toContain('streamOff')
  })
})
