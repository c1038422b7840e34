import { expect, it } from 'vitest'
import { startAt } from '../streams/streams.fixture.ts'
import { watchPlayedServer } from './playedServer.fixture.ts'

it("a server's start and its streams' are corrected by one difference of the clocks, whatever the error of a single answer", async () => {
  await using watched = await watchPlayedServer()
  const { clock, network, shown, streams } = watched
  const startedAt = startAt - 60_000
  for (const [aheadMs, shownAheadMs] of [
    [2_100, 2_100],
    [1_900, 2_100],
    [2_800, 2_100],
    [null, 2_100],
    [60_000, 60_000],
  ] as const) {
    network.aheadMs = aheadMs
    network.availableAt = clock.now() - 30_000 + shownAheadMs
    const cameAt = clock.now() - 30_000
    await clock.advance(5_000)
    expect([aheadMs, streams.get(shown().id, 'rtspSession')?.upSince]).toEqual([aheadMs, cameAt])
    expect([aheadMs, shown().startedAt]).toEqual([aheadMs, startedAt - shownAheadMs])
  }
})

it('no clock is measured by an answer that was on its way for long', async () => {
  await using watched = await watchPlayedServer()
  const { clock, network, sample } = watched
  network.aheadMs = 2_600
  await clock.advance(5_000)
  const measured = sample('Berlin', 'server.clockSkew')
  network.aheadMs = -28_300
  network.delayMs = 4_000
  await clock.advance(30_000)
  expect(sample('Berlin', 'server.clockSkew')).toBe(measured)
})
