import { describe, expect, it } from 'vitest'
import { someServer } from '../../shared/servers.fixture.ts'
import { troubleOfServer, troubleOfStream } from '../../shared/troubles.ts'
import { someChanges, someFacts, someFigures } from './fleetState.fixture.ts'
import { createFleetState, historyLength, sumFigures } from './fleetState.ts'

const started = () => {
  const state = createFleetState()
  state.apply(
    someChanges({
      reset: true,
      servers: [someServer('b', { name: 'Berlin-10' }), someServer('a', { name: 'Berlin-9' })],
      streams: [someFacts(0, 'cam-10'), someFacts(1, 'cam-9'), someFacts(2, 'gate', { serverId: 'b' })],
      figures: someFigures(1000, [
        [0, 10],
        [1, 20],
        [2, 30],
      ]),
    }),
  )
  return state
}
const bitratesOf = (state: ReturnType<typeof createFleetState>, slot: number) => {
  const into = new Float64Array(historyLength)
  return [...into.subarray(0, state.bitrates(slot, into))]
}

describe('createFleetState', () => {
  it('lists servers and streams by name as people count, each found by slot and by path', () => {
    const state = started()
    expect(state.servers().map(({ name }) => name)).toEqual(['Berlin-9', 'Berlin-10'])
    expect(state.rows().map(({ facts }) => facts.path)).toEqual(['cam-9', 'cam-10', 'gate'])
    expect(state.rowByPath('b', 'gate')).toBe(state.row(2))
    expect(state.row(2)?.serverName).toBe('Berlin-10')
  })

  it('keeps rows and the list of them the same objects while only figures change', () => {
    const state = started()
    const rows = state.rows()
    const row = state.row(1)
    const facts = state.factsVersion()
    state.apply(someChanges({ figures: someFigures(3000, [[1, 25]]) }))
    expect(state.rows()).toBe(rows)
    expect(state.row(1)).toBe(row)
    expect(row?.figures.bitrateInBps).toBe(25)
    expect(state.factsVersion()).toBe(facts)
  })

  it('remembers one bitrate a poll, the last sixty, and a gap where it was not known', () => {
    const state = started()
    state.apply(someChanges({ figures: someFigures(1000, [[0, 10]]) }))
    expect(bitratesOf(state, 0)).toEqual([10])
    state.apply(someChanges({ figures: someFigures(3000, [[0, null]]) }))
    state.apply(someChanges({ figures: someFigures(5000, [[0, 12]]) }))
    expect(bitratesOf(state, 0)).toEqual([10, Number.NaN, 12])
    for (let poll = 0; poll < 100; poll++) state.apply(someChanges({ figures: someFigures(7000 + poll * 2000, [[0, poll]]) }))
    expect(bitratesOf(state, 0)).toEqual(Array.from({ length: 60 }, (_, place) => 40 + place))
    expect(bitratesOf(state, 1)).toEqual([20])
  })

  it('takes streams away, and gives their slot to another one without its past', () => {
    const state = started()
    state.apply(someChanges({ removedSlots: [0] }))
    expect(state.rowByPath('a', 'cam-10')).toBeUndefined()
    expect(state.rows().length).toBe(2)
    state.apply(someChanges({ streams: [someFacts(0, 'new')] }))
    expect(state.row(0)?.facts.path).toBe('new')
    expect(bitratesOf(state, 0)).toEqual([])
    expect(state.row(0)?.figures.bitrateInBps).toBeNull()
  })

  it('takes a removed server’s streams with it', () => {
    const state = started()
    state.apply(someChanges({ removedServers: ['a'] }))
    expect(state.rows().map(({ facts }) => facts.path)).toEqual(['gate'])
    expect(state.servers().length).toBe(1)
  })

  it('forgets everything when the engine was started anew', () => {
    const state = started()
    state.apply(someChanges({ launch: 'two', revision: 7, reset: true, servers: [someServer('a')], streams: [someFacts(0, 'other')] }))
    expect(state.rows().map(({ facts }) => facts.path)).toEqual(['other'])
    expect(state.servers().map(({ id }) => id)).toEqual(['a'])
    expect(bitratesOf(state, 0)).toEqual([])
    expect([state.launch(), state.revision()]).toEqual(['two', 7])
  })

  it('renames a server in its streams', () => {
    const state = started()
    state.apply(someChanges({ servers: [someServer('b', { name: 'Aachen' })] }))
    expect(state.row(2)?.serverName).toBe('Aachen')
    expect(state.rows()[0]?.facts.path).toBe('gate')
  })

  it('judges a stream anew when its facts or its losses change, and says so', () => {
    const state = started()
    const facts = state.factsVersion()
    state.apply(someChanges({ figures: someFigures(3000, [[1, 20, 14]]) }))
    expect(state.row(1)?.severity).toBe('minor')
    expect(state.factsVersion()).toBeGreaterThan(facts)
    state.apply(someChanges({ streams: [someFacts(1, 'cam-9', { state: 'gone' })] }))
    expect(state.row(1)?.severity).toBe('critical')
  })

  it('counts troubles by severity, also those that the list leaves out', () => {
    const state = started()
    const down = someServer('b', { state: 'down' })
    const gone = someFacts(0, 'cam-10', { state: 'gone' })
    const slate = someFacts(1, 'cam-9', { state: 'slate' })
    const row = state.row(0)
    if (!row) return expect.fail()
    const all = [troubleOfServer(down), troubleOfStream('a', gone, row.figures), troubleOfStream('a', slate, row.figures)].flatMap((trouble) => trouble ?? [])
    const wanted = { critical: 2, major: 1, minor: 0, warning: 0, total: 3 }
    const change = { servers: [down], streams: [gone, slate, someFacts(2, 'gate', { serverId: 'b', state: 'unknown' as const })], troublesTotal: 3 }
    state.apply(someChanges({ ...change, troubles: all }))
    expect(state.troubles().counts).toEqual(wanted)
    state.apply(someChanges({ ...change, troubles: all.slice(0, 1) }))
    expect(state.troubles().counts).toEqual(wanted)
    const before = state.troubles()
    state.apply(someChanges({ troublesTotal: 3 }))
    expect(state.troubles()).toBe(before)
  })

  it('takes in a tick of 10,000 streams without making new rows', () => {
    const state = createFleetState()
    const slots = Array.from({ length: 10_000 }, (_, slot) => slot)
    state.apply(someChanges({ reset: true, servers: [someServer('a')], streams: slots.map((slot) => someFacts(slot, `cam-${slot}`)) }))
    const rows = state.rows()
    state.apply(
      someChanges({
        figures: someFigures(
          1,
          slots.map((slot) => [slot, slot] as const),
        ),
      }),
    )
    expect(state.rows()).toBe(rows)
    expect(state.rowByPath('a', 'cam-9999')?.figures.bitrateInBps).toBe(9999)
  })
})

describe('sumFigures', () => {
  const totals = (bitrate: number | null) => ({
    ...someServer('x').totals,
    streams: 2,
    live: bitrate === null ? 0 : 2,
    unknown: bitrate === null ? 2 : 0,
    readers: bitrate,
    bitrateInBps: bitrate,
    bitrateOutBps: bitrate,
  })
  it('adds what is known and counts the servers that are missing in the sum', () => {
    const sums = sumFigures([
      someServer('a', { totals: totals(5) }),
      someServer('b', { totals: totals(7) }),
      someServer('c', { state: 'down', totals: totals(null) }),
    ])
    expect(sums).toMatchObject({ servers: 3, serversUp: 2, serversDown: 1, serversUnknown: 0, serversMissing: 1 })
    expect(sums.totals).toMatchObject({ streams: 6, live: 4, unknown: 2, readers: 12, bitrateInBps: 12 })
  })
  it('is unknown, not 0, when no server is known', () => {
    const sums = sumFigures([someServer('a', { state: 'unknown', totals: totals(null) })])
    expect(sums.totals.bitrateInBps).toBeNull()
    expect(sums.totals.readers).toBeNull()
    expect(sums.serversUnknown).toBe(1)
  })
  it('does not miss a server that is paused on purpose', () => {
    expect(sumFigures([someServer('a', { state: 'paused', totals: totals(null) })])).toMatchObject({ serversMissing: 0, serversUnknown: 0 })
  })
})
