import { describe, expect, it } from 'vitest'
import { someServer } from '../../shared/servers.fixture.ts'
import { someChanges, someFacts, someFigures } from './fleetState.fixture.ts'
import { createShownFleet } from './fleetState.ts'

const whole = (name: string, bitrate: number) =>
  someChanges({
    launch: name,
    reset: true,
    servers: [someServer('a', { name })],
    streams: [someFacts(0, `${name}-cam`)],
    figures: someFigures(1000, [[0, bitrate]]),
  })
const namesIn = ({ fleet }: ReturnType<typeof createShownFleet>) => [...fleet.servers().map(({ name }) => name), ...fleet.rows().map(({ facts }) => facts.path)]

describe('createShownFleet', () => {
  it('shows nothing live in the past, not even before its first picture is there', () => {
    const shown = createShownFleet()
    shown.live.apply(whole('live', 1))
    shown.toPast()
    expect([namesIn(shown), shown.fleet.at(), shown.fleet.sums('in')]).toEqual([[], null, []])
    shown.live.apply(someChanges({ launch: 'live', streams: [someFacts(1, 'new')] }))
    expect(namesIn(shown)).toEqual([])
    shown.applyPast(whole('past', 7))
    shown.live.apply(someChanges({ launch: 'live', figures: someFigures(3000, [[0, 99]]) }))
    expect([namesIn(shown), shown.fleet.row(0)?.figures.bitrateInBps]).toEqual([['past', 'past-cam'], 7])
  })

  it('comes back to what is live by then, and takes nothing of the past with it', () => {
    const shown = createShownFleet()
    shown.live.apply(whole('live', 1))
    shown.toPast()
    shown.applyPast(whole('past', 7))
    shown.live.apply(someChanges({ launch: 'live', figures: someFigures(3000, [[0, 2]]) }))
    shown.toNow()
    shown.applyPast(whole('late', 8))
    expect([namesIn(shown), shown.fleet.row(0)?.figures.bitrateInBps]).toEqual([['live', 'live-cam'], 2])
    const into = new Float64Array(60)
    expect([...into.subarray(0, shown.fleet.bitrates(0, into))]).toEqual([1, 2])
    shown.toPast()
    expect(namesIn(shown)).toEqual([])
  })

  it('never repeats a version, so that nothing made from one fleet is taken for the other’s', () => {
    const shown = createShownFleet()
    const seen: string[] = []
    const look = () => seen.push(JSON.stringify([shown.fleet.version(), shown.fleet.factsVersion()]))
    shown.live.apply(whole('live', 1))
    look()
    shown.toPast()
    shown.applyPast(whole('past', 7))
    look()
    shown.toNow()
    look()
    shown.toPast()
    shown.applyPast(whole('past', 7))
    look()
    expect(new Set(seen).size).toBe(4)
  })
})
