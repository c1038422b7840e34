import { describe, expect, it } from 'vitest'
import { someAlarm, someAlarmCounts } from '../../shared/alarms.fixture.ts'
import { someServer } from '../../shared/servers.fixture.ts'
import { unknownTotals } from '../../shared/servers.ts'
import { sumFigures } from './fleetFigures.ts'
import { someChanges, someFacts, someFigures } from './fleetState.fixture.ts'
import { createFleetState, historyLength } from './fleetState.ts'

function started() {
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
function bitratesOf(state: ReturnType<typeof createFleetState>, slot: number) {
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

  it('has open alarms as sent last, and none of an earlier engine', () => {
    const state = started()
    expect(state.alarms()).toBeNull()
    const alarmCounts = someAlarmCounts({ unacknowledged: { critical: 1, major: 1 } })
    // Two alarms of one incident: that is what is counted.
    const incidentCounts = someAlarmCounts({ unacknowledged: { critical: 1 } })
    state.apply(someChanges({ alarms: [someAlarm()], alarmCounts, incidentCounts }))
    const alarms = state.alarms()
    expect(alarms).toMatchObject({ list: [someAlarm()], counts: { unacknowledged: 1, acknowledged: 0 }, bySeverity: incidentCounts, total: 2 })
    state.apply(someChanges({ alarms: null, alarmCounts }))
    expect(state.alarms()).toBe(alarms)
    state.apply(someChanges({ launch: 'two', reset: true, alarms: null }))
    expect(state.alarms()).toBeNull()
  })

  it('has the severity of a server as sent with it, however many alarms are worse', () => {
    const state = started()
    expect(state.severityOfServer('a')).toBeNull()
    state.apply(someChanges({ servers: [{ ...someServer('a', { name: 'Berlin-9' }), severity: 'warning' }], alarms: [] }))
    expect(state.severityOfServer('a')).toBe('warning')
    state.apply(someChanges({ servers: [someServer('a', { name: 'Berlin-9' })] }))
    expect(state.severityOfServer('a')).toBeNull()
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

  it('ends the line of a stream where its data ended while its server is away, and leaves the gap when it is back', () => {
    const state = createFleetState()
    const poll = (at: number, bps: number | null, readAt = at) =>
      state.apply(
        someChanges({
          at,
          servers: [someServer('a', { intervalSeconds: 2, ...(bps === null ? { state: 'down' as const } : { lastAnswerAt: at }) })],
          streams: [someFacts(0, 'cam', bps === null ? { state: 'unknown' } : {})],
          figures: someFigures(readAt, [[0, bps]]),
        }),
      )
    const unknown = (count: number) => Array<number>(count).fill(Number.NaN)
    poll(1000, 10)
    poll(3000, 11)
    poll(9000, null, 3000)
    state.look(13_000)
    expect(bitratesOf(state, 0)).toEqual([10, 11, ...unknown(4)])
    state.look(43_000)
    expect(bitratesOf(state, 0)).toEqual([10, 11, ...unknown(19)])
    poll(43_000, 12)
    expect(bitratesOf(state, 0)).toEqual([10, 11, ...unknown(19), 12])
    poll(45_000, null, 43_000)
    state.look(1_000_000)
    expect(bitratesOf(state, 0)).toEqual(unknown(60))
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
    state.apply(someChanges({ streams: [someFacts(1, 'cam-9', { severity: 'minor' })], figures: someFigures(3000, [[1, 20, 14]]) }))
    expect(state.row(1)?.severity).toBe('minor')
    expect(state.factsVersion()).toBeGreaterThan(facts)
    state.apply(someChanges({ streams: [someFacts(1, 'cam-9', { state: 'gone', severity: 'critical' })] }))
    expect(state.row(1)?.severity).toBe('critical')
    // What a state means, the rules say, and not this window.
    state.apply(someChanges({ streams: [someFacts(1, 'cam-9', { state: 'gone' })] }))
    expect(state.row(1)?.severity).toBeNull()
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

describe('the age of what a server said', () => {
  const fleet = () => {
    const state = createFleetState()
    const totals = { ...someServer('x').totals, streams: 1, live: 1, readers: 1, bitrateInBps: 10, bitrateOutBps: 10 }
    state.apply(
      someChanges({
        reset: true,
        at: 1000,
        servers: [someServer('a', { name: 'Aachen', totals }), someServer('b', { name: 'Berlin', totals, answerMs: 9 })],
        streams: [someFacts(0, 'cam-1'), someFacts(1, 'gate', { serverId: 'b' }), someFacts(2, 'door', { serverId: 'b', state: 'gone', severity: 'critical' })],
        figures: someFigures(1000, [
          [0, 10],
          [1, 10],
        ]),
      }),
    )
    return { state, totals }
  }

  it('makes a server and all its streams unknown once three polls were missed, whatever the engine said', () => {
    const { state } = fleet()
    expect([state.look(7000), state.server('b')?.state, state.row(1)?.facts.state]).toEqual([false, 'up', 'live'])
    const facts = state.factsVersion()
    expect(state.look(7001)).toBe(true)
    expect(state.server('b')).toMatchObject({
      state: 'unknown',
      stateSince: 1000,
      answerMs: null,
      totals: { live: 0, unknown: 1, readers: null, ownReaders: null, bitrateInBps: null },
    })
    expect(state.row(1)).toMatchObject({
      severity: null,
      facts: { state: 'unknown', stateSince: 1000 },
      figures: { bitrateInBps: null, readers: null, readAt: 1000 },
    })
    expect(state.row(2)).toMatchObject({ severity: null, facts: { state: 'unknown' } })
    expect(state.figures()).toMatchObject({ serversUp: 0, serversUnknown: 2, missing: ['Aachen', 'Berlin'], totals: { bitrateInBps: null } })
    expect(state.factsVersion()).toBeGreaterThan(facts)
    expect(bitratesOf(state, 1)).toEqual([10, Number.NaN, Number.NaN])
    expect(state.look(8000)).toBe(false)
  })

  it('dates what is not known from the last good data, and leaves an outage that goes on already its own date', () => {
    const state = createFleetState()
    state.apply(
      someChanges({
        reset: true,
        servers: [someServer('a', { stateSince: 100 })],
        streams: [
          someFacts(0, 'live'),
          someFacts(1, 'gone', { state: 'gone', outageSince: 400 }),
          someFacts(2, 'never', { state: 'waiting', lastLiveAt: null }),
          someFacts(3, 'over', { state: 'ended' }),
        ],
      }),
    )
    state.look(9000)
    expect(state.server('a')?.outageSince).toBe(1000)
    expect([0, 1, 2].map((slot) => state.row(slot)?.facts.outageSince)).toEqual([1000, 400, null])
    expect(state.row(3)?.facts.state).toBe('ended')
  })

  it('leaves the silent server out of sums by its name, while the others go on', () => {
    const { state, totals } = fleet()
    state.apply(someChanges({ at: 7500, servers: [someServer('a', { name: 'Aachen', totals, lastAnswerAt: 7400 })] }))
    state.look(7500)
    expect(state.figures()).toMatchObject({ serversUp: 1, serversUnknown: 1, missing: ['Berlin'], totals: { bitrateInBps: 10, live: 1, unknown: 1 } })
  })

  it('knows it all again with the next answer, also what did not change meanwhile', () => {
    const { state, totals } = fleet()
    state.look(9000)
    state.apply(someChanges({ at: 9100, servers: [someServer('b', { name: 'Berlin', totals, lastAnswerAt: 9100 })], figures: someFigures(9100, [[2, null]]) }))
    expect(state.server('b')?.state).toBe('up')
    expect(state.row(1)).toMatchObject({ facts: { state: 'live' }, figures: { bitrateInBps: 10 } })
    expect(state.row(2)).toMatchObject({ severity: 'critical', facts: { state: 'gone' } })
    expect(state.row(0)?.facts.state).toBe('unknown')
  })

  it('waits for three polls of a server that is asked less often', () => {
    const state = createFleetState()
    state.apply(someChanges({ reset: true, servers: [someServer('a', { intervalSeconds: 10 })] }))
    expect([state.look(31_000), state.look(31_001)]).toEqual([false, true])
  })

  it('does not say that something is wrong with streams that are not known any more', () => {
    const { state } = fleet()
    expect(state.row(2)?.severity).toBe('critical')
    state.look(8000)
    expect(state.row(2)?.severity).toBeNull()
  })

  it('names the server whose answer is the oldest; one that is down or paused is not waited for', () => {
    const state = createFleetState()
    expect(state.oldestAnswer()).toBeNull()
    state.apply(
      someChanges({
        reset: true,
        servers: [
          someServer('a', { lastAnswerAt: 9000 }),
          someServer('b', { name: 'Berlin', lastAnswerAt: 2000 }),
          someServer('c', { state: 'down', lastAnswerAt: 100 }),
          someServer('d', { state: 'paused', lastAnswerAt: 50 }),
          someServer('e', { state: 'connecting', lastAnswerAt: null }),
        ],
      }),
    )
    expect(state.oldestAnswer()).toEqual({ serverId: 'b', name: 'Berlin', at: 2000, staleFrom: 8000 })
    state.look(9000)
    expect(state.oldestAnswer()).toMatchObject({ serverId: 'b', at: 2000 })
  })

  it('is not judged where nobody looks: of the past the engine knows what was known', () => {
    const { state } = fleet()
    state.apply(someChanges({ at: 1e9 }))
    expect(state.server('b')?.state).toBe('up')
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
    expect(sums).toMatchObject({ servers: 3, serversUp: 2, serversDown: 1, serversUnknown: 0, missing: ['c'] })
    expect(sums.totals).toMatchObject({ streams: 6, live: 4, unknown: 2, readers: 12, bitrateInBps: 12 })
  })
  it('counts a server that refuses access as that, and not as one that does not answer, whether it is asked again or not', () => {
    const sums = sumFigures([
      someServer('a'),
      someServer('b', { state: 'halted' }),
      someServer('c', { state: 'down', error: { kind: 'forbidden' } }),
      someServer('d', { state: 'down' }),
    ])
    expect(sums).toMatchObject({ servers: 4, serversUp: 1, serversRefused: 2, serversDown: 1, serversUnknown: 0 })
  })
  it('is unknown, not 0, when no server is known', () => {
    const sums = sumFigures([someServer('a', { state: 'unknown', totals: totals(null) })])
    expect(sums.totals.bitrateInBps).toBeNull()
    expect(sums.totals.readers).toBeNull()
    expect(sums.serversUnknown).toBe(1)
  })
  it('says whose streams nobody has ever seen: their number is not known', () => {
    const never = someServer('a', { state: 'halted', lastAnswerAt: null, totals: unknownTotals })
    expect(sumFigures([never, someServer('b', { state: 'down' })])).toMatchObject({ neverSeen: ['a'] })
  })
  it('does not miss a server that is paused on purpose', () => {
    expect(sumFigures([someServer('a', { state: 'paused', totals: totals(null) })])).toMatchObject({ missing: [], serversUnknown: 0 })
  })
})
