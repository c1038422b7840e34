import { expect, it } from 'vitest'
import { watchPlayedServer, watchPlayedServers } from './playedServer.fixture.ts'

const threeServers = () => watchPlayedServers(['Berlin', 'Oslo', 'Wien'], (nth) => `http://10.0.0.${nth + 1}:9997`)
const urls = ['http://10.0.0.1:9997', 'http://10.0.0.2:9997', 'http://10.0.0.3:9997'] as const

it('a server that answers when the network comes back has its streams, though another one fails while its answer is read', async () => {
  await using watched = await threeServers()
  const { clock, network, servers, shown, streams, sample } = watched
  for (const url of urls) network.cutOff.add(url)
  await clock.advance(30_000)
  expect([servers.consoleWhy() !== null, shown('Berlin').state, shown('Oslo').state]).toEqual([true, 'unknown', 'unknown'])
  network.readingMs = 5_500
  network.cutOff.delete(urls[0])
  for (let passed = 0; passed < 20_000 && shown('Berlin').state !== 'up'; passed += 100) await clock.advance(100)
  expect(shown('Berlin')).toMatchObject({ state: 'up', totals: { live: 3, unknown: 0 } })
  expect(streams.get(shown('Berlin').id, 'rtspSession')?.why).toBeNull()
  expect([sample('Berlin', 'server.reachable'), sample('Berlin', 'server.streamsLive')]).toEqual([1, 3])
  expect(servers.consoleWhy()).toBeNull()
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

/** What was said of a server that went and came back, in their order. */
const outageEvents = ({ events }: Awaited<ReturnType<typeof watchPlayedServers>>, name = 'Berlin') =>
  events.filter(({ ownerName, kind }) => ownerName === name && (kind === 'serverDown' || kind === 'serverUp' || kind === 'serverSilent'))
const minute = 60_000

it('an outage that was told before this console slept has an end, and only what was asked counts as known of it', async () => {
  await using watched = await watchPlayedServer()
  const { clock, network } = watched
  network.failure = { error: { kind: 'unreachable', reason: 'refused' }, bytes: 0 }
  await clock.advance(5 * minute)
  network.failure = null
  await clock.sleepMachine(120 * minute)
  await clock.advance(10_000)
  const found = outageEvents(watched)
  expect(found.map(({ kind }) => kind)).toEqual(['serverDown', 'serverUp'])
  expect(found[1]?.facts.minMs).toBeGreaterThan(4 * minute)
  expect(found[1]?.facts.minMs).toBeLessThanOrEqual(5 * minute)
  expect(found[1]?.facts.maxMs).toBeGreaterThan(124 * minute)
})

it('polls that failed before and after a sleep do not add up to a silence as long as both and the sleep', async () => {
  await using watched = await watchPlayedServer()
  const { clock, network } = watched
  network.failure = { error: { kind: 'unreachable', reason: 'refused' }, bytes: 0 }
  await clock.advance(5 * minute)
  await clock.sleepMachine(120 * minute)
  await clock.advance(1 * minute)
  network.failure = null
  await clock.advance(10_000)
  const up = outageEvents(watched).at(-1)
  expect([up?.kind, Number(up?.facts.minMs) <= 5 * minute, Number(up?.facts.maxMs) > 125 * minute]).toEqual(['serverUp', true, true])
})

it('an outage that was told before the network of this console went has an end', async () => {
  await using watched = await threeServers()
  const { clock, network, servers } = watched
  network.cutOff.add(urls[0])
  await clock.advance(5 * minute)
  for (const url of urls) network.cutOff.add(url)
  await clock.advance(60 * minute)
  expect(servers.consoleWhy()).not.toBeNull()
  network.cutOff.clear()
  await clock.advance(20_000)
  const found = outageEvents(watched)
  expect(found.map(({ kind }) => kind)).toEqual(['serverDown', 'serverUp'])
  expect(Math.abs(Number(found[1]?.facts.minMs) - 5 * minute)).toBeLessThan(15_000)
  expect(found[1]?.facts.maxMs).toBeGreaterThan(65 * minute)
  // Of those whose second try failed before the network was known to be gone, the end is told as well.
  for (const name of ['Oslo', 'Wien']) {
    const kinds = outageEvents(watched, name).map(({ kind }) => kind)
    expect([[], ['serverDown', 'serverUp']]).toContainEqual(kinds)
  }
})

it.each([
  ['it answers at once', 0],
  ['it fails once more', 1_500],
])('an outage that was told before a pause has an end, and nobody asked in the pause: when it is over, %s', async (_, failsForMs) => {
  await using watched = await watchPlayedServer()
  const { clock, network, pause } = watched
  network.failure = { error: { kind: 'unreachable', reason: 'refused' }, bytes: 0 }
  await clock.advance(5 * minute)
  pause('Berlin', true)
  await clock.advance(120 * minute)
  if (failsForMs === 0) network.failure = null
  pause('Berlin', false)
  await clock.advance(failsForMs)
  network.failure = null
  await clock.advance(10_000)
  const found = outageEvents(watched)
  expect(found.map(({ kind }) => kind).filter((kind) => kind === 'serverUp')).toHaveLength(1)
  expect(found.at(-1)).toMatchObject({ kind: 'serverUp' })
  expect(found.at(-1)?.facts.minMs).toBeGreaterThan(4 * minute)
  expect(found.at(-1)?.facts.minMs).toBeLessThanOrEqual(5 * minute)
  expect(found.at(-1)?.facts.maxMs).toBeGreaterThan(124 * minute)
})

it('a server that was halted before its pause is connecting when it is asked again, and has no error of before', async () => {
  await using watched = await watchPlayedServer()
  const { clock, network, pause, shown } = watched
  network.failure = { error: { kind: 'unauthorized', credentialsGiven: false }, bytes: 0 }
  await clock.advance(10_000)
  expect(shown().state).toBe('halted')
  pause('Berlin', true)
  expect(shown()).toMatchObject({ state: 'paused', error: null })
  network.failure = null
  network.delayMs = 500
  pause('Berlin', false)
  expect(shown()).toMatchObject({ state: 'connecting', error: null })
  await clock.advance(10_000)
  expect(shown().state).toBe('up')
  expect(outageEvents(watched).map(({ kind }) => kind)).toEqual(['serverDown', 'serverUp'])
})

it('a server that gets thousands of paths in one answer is allowed as much for them as for those that it has had', async () => {
  await using watched = await watchPlayedServer()
  const { clock, network, kept } = watched
  network.idle = Array.from({ length: 5_000 }, (_, n) => `new-${n}`)
  await clock.advance(2_500)
  const found = new Set(kept.map(({ part }) => part))
  expect(network.idle.filter((path) => !found.has(path))).toEqual([])
})

/** For two minutes this process runs for 0.4 s of each 2.8 s. */
async function starve({ clock }: Awaited<ReturnType<typeof watchPlayedServers>>, look: () => void) {
  for (let passed = 0; passed < 2 * minute; passed += 2_800) {
    await clock.sleepMachine(2_400)
    look()
    await clock.advance(400)
    look()
  }
}
it('a console that hardly runs accuses no server, whatever waits for it', async () => {
  await using watched = await watchPlayedServer()
  const { clock, network, shown } = watched
  await clock.advance(10_000)
  const seen = new Set<string>()
  for (const delayMs of [0, 300, 900]) {
    network.delayMs = delayMs
    await starve(watched, () => seen.add(`${shown().state} ${shown().isSilent}`))
  }
  expect([...seen]).toEqual(['up false'])
  expect(outageEvents(watched)).toEqual([])
})
it('a server that hangs is found by a console that hardly runs, too', async () => {
  await using watched = await watchPlayedServer()
  const { clock, network, shown } = watched
  await clock.advance(10_000)
  network.hangs = true
  await starve(watched, () => {})
  expect(shown().state).not.toBe('up')
})
