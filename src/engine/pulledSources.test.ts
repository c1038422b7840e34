import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDemoFleet } from '../demo/demoFleet.fixture.ts'
import type { DemoPathOptions, DemoVersion } from '../demo/demoOptions.ts'
import { createTestEngines, type TestEngines } from './testEngines.ts'

const said = 'rtsp://viewer:camera-password@10.4.1.20:554/stream: bad status code: 401'
const paths: readonly DemoPathOptions[] = [
  { name: 'gate/cam-3', mode: 'dead', source: 'rtspSource', sourceError: said },
  { name: 'hall/cam-1', mode: 'pulled', source: 'rtspSource' },
  { name: 'lazy', mode: 'onDemand', source: 'rtspSource' },
  { name: 'pushed', source: 'rtspSession' },
]

describe('pulled sources of a media server over real HTTP, in virtual time', () => {
  let engines: TestEngines
  beforeEach(async () => {
    engines = await createTestEngines(Date.UTC(2026, 10, 14, 3, 0, 0))
  })
  afterEach(async () => {
    await engines[Symbol.asyncDispose]()
    expect(engines.bugs).toEqual([])
  })
  const watch = async (version: DemoVersion, asked = paths) => {
    const fleet = engines.open.use(await createDemoFleet({ clock: engines.clock, seed: 'pulled', servers: [{ name: 'Berlin', version, paths: asked }] }))
    const { client } = await engines.start({ servers: fleet.yamlServers() })
    const demo = fleet.server('Berlin')
    await engines.clock.advance(20_000)
    const serverId = (await client.servers.list())[0]?.id ?? ''
    return {
      client,
      demo,
      stream: (path: string) => client.streams.get({ serverId, path }),
      trouble: async (path: string) => (await client.fleet.troubles()).find((trouble) => trouble.path === path),
      requests: () => demo.asked().filter(({ url }) => url.includes('static-sources')).length,
    }
  }

  it('say what their server says of one that fails, without its password, as a detail of its trouble', async () => {
    const { client, stream, trouble } = await watch('1.21')
    expect((await stream('gate/cam-3')).pulled).toMatchObject({ state: 'failing', lastError: 'rtsp://***@10.4.1.20:554/stream: bad status code: 401' })
    expect((await stream('hall/cam-1')).pulled).toMatchObject({ state: 'running', lastError: null })
    expect((await stream('lazy')).pulled).toMatchObject({ state: 'idle' })
    expect((await stream('pushed')).pulled).toBeNull()
    expect(await trouble('gate/cam-3')).toMatchObject({ kind: 'sourceFailing', said: 'rtsp://***@10.4.1.20:554/stream: bad status code: 401' })
    expect(JSON.stringify([await client.fleet.troubles(), engines.logged])).not.toContain('camera-password')
  })

  it('that fail are asked for at once, and nothing is said of them when they are back', async () => {
    const { demo, stream, trouble } = await watch('1.21')
    demo.trouble({ kind: 'publisherGone', path: 'hall/cam-1', forMs: 20_000 })
    await engines.clock.advance(8_000)
    expect(await trouble('hall/cam-1')).toMatchObject({ said: expect.stringContaining('refused') })
    await engines.clock.advance(40_000)
    expect(await trouble('hall/cam-1')).toBeUndefined()
    expect((await stream('hall/cam-1')).pulled).toMatchObject({ state: 'running', lastError: null })
    expect(await stream('hall/cam-1')).not.toHaveProperty('sourceError')
  })

  it('of an older server are not asked for', async () => {
    const { requests, stream, trouble } = await watch('1.20')
    await engines.clock.advance(30_000)
    expect(requests()).toBe(0)
    expect((await stream('gate/cam-3')).pulled).toBeNull()
    expect(await trouble('gate/cam-3')).not.toHaveProperty('said')
  })

  it('have their turns, however many they are', async () => {
    const many = Array.from({ length: 60 }, (_, index) => ({ name: `cam-${index}`, mode: 'pulled' as const, source: 'rtspSource' as const }))
    const { requests, stream } = await watch('1.21', many)
    await engines.clock.advance(60_000)
    for (const { name } of many) expect((await stream(name)).pulled?.state, name).toBe('running')
    expect(requests()).toBeLessThan(20 * 10)
  })
})
