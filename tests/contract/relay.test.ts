import { expect, test } from 'vitest'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createDemoFleet } from '../../src/demo/demoFleet.fixture.ts'
import { startTestConsole } from '../../src/headless/testConsole.fixture.ts'
import { endpoints } from './endpoints.ts'

test('a picture plays through the console for whoever is signed in, and for no one else', async () => {
  await using fleet = await createDemoFleet({
    clock: createSystemClock(),
    seed: 'relay',
    servers: [{ name: 'hls', auth: { kind: 'basic', user: 'noc', password: 'hunter2' }, paths: [{ name: 'a', source: 'rtspSession' }], intervalSeconds: 0.5 }],
  })
  await using deck = await startTestConsole({ servers: fleet.yamlServers() })
  const endpoint = endpoints.find(({ name }) => name === 'WebSocket')
  if (!endpoint) throw new Error('no door')
  using opened = await endpoint.open(deck)
  await expect.poll(async () => (await opened.client.streams.list({}))[0]?.state).toBe('live')
  // Where its pictures are stands in its configuration, which is read after the first poll.
  await expect.poll(async () => (await opened.client.servers.list())[0]?.addressesFrom).toBe('configuration')
  const [server] = await opened.client.servers.list()
  const { url } = await opened.client.previews.open({ serverId: server?.id ?? '', path: 'a', viewer: 'test' })
  if (url === null) throw new Error('no picture')

  expect((await fetch(`${deck.url}${url}`)).status).toBe(401)
  const playlist = async (from: string): Promise<string[]> => {
    const answer = await deck.ask(from)
    expect(answer.status, from).toBe(200)
    expect(answer.headers.get('content-type')).toMatch(/mpegurl/i)
    // Addresses stay under the relay: the browser never learns where the server is.
    const lines = (await answer.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    return lines.map((line) => {
      const found = new URL(line, `${deck.url}${from}`)
      expect(found.href).toContain(`${deck.url}/relay/`)
      return found.pathname + found.search
    })
  }
  const [media = ''] = await playlist(url)
  const segments = await playlist(media)
  const segment = await deck.ask(segments.at(-1) ?? '')
  expect(segment.status).toBe(200)
  expect((await segment.arrayBuffer()).byteLength).toBeGreaterThan(1000)
  expect((await fetch(`${deck.url}${segments.at(-1)}`)).status).toBe(401)
})
