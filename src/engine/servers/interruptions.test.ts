import { expect, it } from 'vitest'
import { watchPlayedServer, watchPlayedServers } from './playedServer.fixture.ts'

const threeServers = () => watchPlayedServers(['Berlin', 'Oslo', 'Wien'], (nth) => `http://10.0.0.${nth + 1}:9997`)
const urls = ['http://10.0.0.1:9997', 'http://10.0.0.2:9997', 'http://10.0.0.3:9997'] as const

it('a server that answers when the network comes back has its streams, though another one fails while its answer is read', async () => {
  await using watched = await threeServers()
  const { clock, network, servers, shown, streams, sample } = watched
  for (const url of urls) network.cutOff.add(url)
  await clock.advance(30_000)
  expect([servers.consoleTrouble() !== null, shown('Berlin').state, shown('Oslo').state]).toEqual([true, 'unknown', 'unknown'])
  network.readingMs = 5_500
  network.cutOff.delete(urls[0])
  for (let passed = 0; passed < 20_000 && shown('Berlin').state !== 'up'; passed += 100) await clock.advance(100)
  expect(shown('Berlin')).toMatchObject({ state: 'up', totals: { live: 3, unknown: 0 } })
  expect(streams.get(shown('Berlin').id, 'rtspSession')?.reason).toBeNull()
  expect([sample('Berlin', 'server.reachable'), sample('Berlin', 'server.streamsLive')]).toEqual([1, 3])
  expect(servers.consoleTrouble()).toBeNull()
})

it('an answer that takes longer to read than three polls is no silence of its server', async () => {
  await using watched = await watchPlayedServer()
  const { clock, network, shown, sample } = watched
  network.readingMs = 8_000
  const seen = new Set<string>()
  for (let passed = 0; passed < 60_000; passed += 100) {
    await clock.advance(100)
    const { state, totals } = shown()
    seen.add(`${state}, ${totals.live} live, ${sample('Berlin', 'server.streamsLive')} in the sample`)
  }
  expect([...seen]).toEqual(['up, 3 live, 3 in the sample'])
})
