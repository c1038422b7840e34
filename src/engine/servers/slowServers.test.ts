import { describe, expect, it } from 'vitest'
import { answersSlowly, serverStaleAfterMs } from '../../shared/servers.ts'
import { watchPlayedServer } from './playedServer.fixture.ts'

const restarted = 'no poll of a server has ended for so long: its polling starts again'

describe('a server that answers slowly', () => {
  it('is known between its rounds though each takes four intervals, is said to be slow, and is unknown when it hangs', async () => {
    await using watched = await watchPlayedServer()
    const { clock, network, shown, watchFor, warned } = watched
    expect([shown().state, answersSlowly(shown())]).toEqual(['up', false])
    // Paths and three lists.
    network.delayMs = 2_000
    await clock.advance(25_000)
    // Long enough for the answers that are read once a minute.
    expect(await watchFor(150_000)).toEqual({ states: ['up'], silent: 0 })
    expect(answersSlowly(shown())).toBe(true)
    expect(shown().roundMs).toBeGreaterThanOrEqual(8_000)
    expect(warned(restarted)).toEqual([])
    network.hangs = true
    // What is on its way still comes, and the round that now takes longer raises the limit, to what is its most.
    await clock.advance(network.delayMs)
    await clock.advance(30_001)
    expect(serverStaleAfterMs(shown())).toBeLessThanOrEqual(30_000)
    expect(shown().state).not.toBe('up')
    expect(shown().totals).toMatchObject({ live: 0, unknown: 3 })
  })

  it('is not slow any more soon after it is fast again', async () => {
    await using watched = await watchPlayedServer()
    const { clock, network, shown } = watched
    network.delayMs = 2_000
    await clock.advance(60_000)
    network.delayMs = 5
    await clock.advance(60_000)
    expect([shown().state, answersSlowly(shown()), serverStaleAfterMs(shown())]).toEqual(['up', false, 6_000])
  })

  it('of which each request takes nearly all of its time goes on being polled: its rounds make progress', async () => {
    await using watched = await watchPlayedServer()
    const { clock, network, shown, warned } = watched
    network.delayMs = 4_900
    await clock.advance(300_000)
    expect(warned(restarted)).toEqual([])
    // An answer, and the whole round behind it.
    expect(clock.now() - (shown().lastAnswerAt ?? 0)).toBeLessThanOrEqual(45_000)
  })
})

describe('a server whose configuration answers slowly', () => {
  it.each([1_900, 4_800])(
    '%i ms a request: its polls go on between them, no slot is lost but to the one on its way, and it is not called slow',
    async (delayMs) => {
      await using watched = await watchPlayedServer()
      const { clock, network, shown } = watched
      network.configurationDelayMs = delayMs
      let oldest = 0
      const states = new Set<string>()
      for (let passed = 0; passed < 130_000; passed += 50) {
        await clock.advance(50)
        oldest = Math.max(oldest, clock.now() - (shown().lastAnswerAt ?? 0))
        states.add(shown().state)
        if (passed === 30_000) network.left.add('srtConn')
      }
      expect([...states]).toEqual(['up'])
      expect(oldest).toBeLessThanOrEqual(Math.max(2_000, delayMs) + 100)
      expect(shown()).toMatchObject({ addressesFrom: 'configuration', totals: { live: 2, gone: 1, unknown: 0 } })
      expect(answersSlowly(shown())).toBe(false)
      expect(shown().roundMs).toBeLessThan(100)
    },
  )

  it('has a path that leaves told within 8 s, each time', async () => {
    await using watched = await watchPlayedServer()
    const { clock, network, shown, streams } = watched
    network.configurationDelayMs = 1_100
    await clock.advance(20_000)
    for (let nth = 0; nth < 3; nth++) {
      network.left.add('srtConn')
      await clock.advance(8_000)
      expect(streams.get(shown().id, 'srtConn')?.state).toBe('gone')
      network.left.clear()
      await clock.advance(5_000)
      expect(streams.get(shown().id, 'srtConn')?.state).toBe('live')
    }
  })
})

describe('an answer that fails', () => {
  it('costs the server what it has of bytes: the next try comes no sooner than is affordable', async () => {
    await using watched = await watchPlayedServer()
    const { clock, network, shown, warned } = watched
    // 84 ms of its processor: affordable at 1 % every 8.5 s.
    network.failure = { error: { kind: 'badReply', detail: { kind: 'jsonBroken', at: 12 } }, bytes: 3_000_000 }
    await clock.advance(20_000)
    const before = network.requests
    await clock.advance(85_000)
    expect(network.requests - before).toBe(10)
    expect(warned(restarted)).toEqual([])
    network.failure = { error: { kind: 'badReply', detail: { kind: 'jsonBroken', at: 12 } }, bytes: 3_000 }
    await clock.advance(10_000)
    const small = network.requests
    await clock.advance(50_000)
    expect(network.requests - small).toBeGreaterThanOrEqual(9)
    network.failure = null
    await clock.advance(6_000)
    expect(shown().state).toBe('up')
  })

  it('costs the server as much where it fails by a bug of ours', async () => {
    await using watched = await watchPlayedServer()
    const { clock, network, shown } = watched
    network.bug = new Error('a figure is no figure')
    network.failure = { error: { kind: 'badReply', detail: { kind: 'jsonBroken', at: 12 } }, bytes: 3_000_000 }
    await clock.advance(20_000)
    expect(shown().error?.kind).toBe('internal')
    const before = network.requests
    await clock.advance(85_000)
    expect(network.requests - before).toBe(10)
  })
})

it('a server that hangs when somebody has it tried is unknown as soon as by itself', async () => {
  await using watched = await watchPlayedServer()
  const { clock, network, servers, shown } = watched
  network.hangs = true
  servers.tryNow(shown().id)
  await clock.advance(4_000)
  expect(shown().state).toBe('up')
  await clock.advance(3_000)
  expect(shown().state).toBe('unknown')
})
