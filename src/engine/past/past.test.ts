import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { RouterClient } from '@orpc/server'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TestClock } from '../../clock/testClock.ts'
import { createDemoFleet, type DemoFleet } from '../../demo/demoFleet.fixture.ts'
import type { DemoServerOptions } from '../../demo/demoOptions.ts'
import { reasonText } from '../../i18n/reasonText.ts'
import type { FleetChanges } from '../../shared/fleet.ts'
import { type MetricId, metrics } from '../../shared/metrics.ts'
import type { Server } from '../../shared/servers.ts'
import type { StreamFacts, StreamReport } from '../../shared/streams.ts'
import type { EngineRouter } from '../router.ts'
import { createTestEngines, type TestEngines } from '../testEngines.ts'

const startAt = Date.UTC(2026, 10, 14, 3, 0, 0)

/** What a window showed at a moment. */
interface Shown {
  readonly at: number
  readonly what: string
  readonly fleet: FleetChanges
  readonly reports: readonly StreamReport[]
}

/** The parts of what was shown that history keeps; of the rest it says null. */
function keptOfServer(server: Server) {
  const { lastAnswerAt: _, answerMs: _ms, roundMs: _round, nextTryAt: _try, clockSkewMs: _skew, cost: _cost, totals, auth, ...kept } = server
  const { readers: _readers, ownReaders: _own, bitrateInBps: _in, bitrateOutBps: _out, ...counts } = totals
  return { ...kept, auth: { ...auth, user: null }, totals: counts }
}
const keptOfStream = ({ slot: _, lastLiveAt, ...facts }: StreamFacts) => ({ ...facts, lastLiveAt: facts.state === 'live' ? null : lastLiveAt })
const standing = ({ alarms }: FleetChanges) =>
  alarms?.map(({ id, kind, severity, state, subject }) => ({ id, kind, severity, state, subject })).sort((a, b) => (a.id < b.id ? -1 : 1))
/** The parts of what scripts were told that history keeps. */
const keptOfReport = ({ name, server, serverId, state, severity, reason, source, tracks, width, height, upSince, outageSince }: StreamReport) => ({
  ...{ name, server, serverId, state, severity, reason, source, tracks, width, height, upSince, outageSince },
})
const byServer = (a: StreamReport, b: StreamReport) => (`${a.server} ${a.name}` < `${b.server} ${b.name}` ? -1 : 1)
const byPath = (a: { serverId: string; path: string }, b: { serverId: string; path: string }) =>
  a.serverId < b.serverId ? -1 : a.serverId > b.serverId ? 1 : a.path < b.path ? -1 : 1

describe('the fleet at a moment of the past', () => {
  let engines: TestEngines
  let clock: TestClock
  let client: RouterClient<EngineRouter>
  let fleet: DemoFleet

  beforeEach(async () => {
    engines = await createTestEngines(startAt)
    clock = engines.clock
  })
  afterEach(async () => {
    await engines[Symbol.asyncDispose]()
    expect(engines.bugs).toEqual([])
    expect(clock.pending(), 'a timer outlived the engine').toBe(0)
  })
  const start = async () => {
    client = (await engines.start()).client
  }
  const startFleet = async (servers: readonly DemoServerOptions[]) => {
    fleet = engines.open.use(await createDemoFleet({ clock, seed: 'past', servers }))
    await start()
    const ids: Record<string, string> = {}
    for (const input of fleet.yamlServers()) ids[input.name] = (await client.servers.add(input)).id
    return ids as Readonly<Record<string, string>>
  }
  const look = async (what: string): Promise<Shown> => {
    const shown = { at: clock.now(), what, fleet: await client.fleet.changes({}), reports: (await client.streams.list()).sort(byServer) }
    // What is done next is not done at that very moment.
    await clock.advance(1)
    return shown
  }

  const expectSame = async ({ at, what, fleet: live, reports }: Shown) => {
    const past = await client.fleet.past({ at })
    const label = `${what}, ${(at - startAt) / 1000} s`
    expect(past.reset, label).toBe(true)
    expect(past.at, label).toBe(at)
    expect(past.launch, label).toMatch(/^past-/)
    const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1)
    expect(past.servers.map(keptOfServer).sort(byId), label).toEqual(live.servers.map(keptOfServer).sort(byId))
    expect(past.streams.map(keptOfStream).sort(byPath), label).toEqual(live.streams.map(keptOfStream).sort(byPath))
    expect(past.consoleWhy, label).toEqual(live.consoleWhy)
    const told = (await client.streams.list({ at })).sort(byServer)
    expect(told.map(keptOfReport), label).toEqual(reports.map(keptOfReport))
    const isLate = (serverId: string) => live.servers.some(({ id, error }) => id === serverId && error !== null)
    for (const [i, { serverId, name, readers, ownReaders, clients }] of reports.entries())
      if (!isLate(serverId)) expect([told[i]?.readers, told[i]?.ownReaders, told[i]?.clients], `${label}: ${name}`).toEqual([readers, ownReaders, clients])

    const place = new Map(past.streams.map(({ slot, serverId, path }) => [`${serverId}/${path}`, past.figures.slot.indexOf(slot)]))
    const server = new Map(live.servers.map((one) => [one.id, one]))
    for (const [i, slot] of live.figures.slot.entries()) {
      const facts = live.streams.find((one) => one.slot === slot) as StreamFacts
      const there = place.get(`${facts.serverId}/${facts.path}`) as number
      const whose = `${label}: ${facts.path}`
      // After one lost answer the last figures stay in sight for a moment; history says that nothing was known.
      if (server.get(facts.serverId)?.error && facts.state !== 'unknown') continue
      expect(past.figures.readers[there], whose).toBe(live.figures.readers[i])
      expect(past.figures.ownReaders[there], whose).toBe(live.figures.ownReaders[i])
      expect(past.figures.lostLastMinute[there], whose).toBe(live.figures.lostLastMinute[i])
      const rtt = live.figures.rttMs[i] as number | null
      if (rtt === null) expect(past.figures.rttMs[there], whose).toBeNull()
      else expect(Math.abs((past.figures.rttMs[there] as number) - rtt), whose).toBeLessThanOrEqual(metrics['path.rtt'].quantum / 2 + 1e-9)
      const bitrate = live.figures.bitrateInBps[i] as number | null
      if (bitrate === null) expect(past.figures.bitrateInBps[there], whose).toBeNull()
      else expect(Math.abs((past.figures.bitrateInBps[there] as number) - bitrate), whose).toBeLessThanOrEqual(metrics['path.bitrateIn'].quantum / 2)
    }
    for (const one of live.servers) {
      const other = past.servers.find(({ id }) => id === one.id) as Server
      const near = (a: number | null, b: number | null, metric: MetricId) =>
        a === null || b === null
          ? expect(a, `${label}: ${metric}`).toBe(b)
          : expect(Math.abs(a - b), `${label}: ${metric}`).toBeLessThanOrEqual(metrics[metric].quantum / 2 + 1e-9)
      if (one.error) expect(other.lastAnswerAt, label).toBe(one.lastAnswerAt)
      if (one.error && one.state === 'up') continue
      near(other.totals.readers, one.totals.readers, 'server.readers')
      near(other.totals.bitrateInBps, one.totals.bitrateInBps, 'server.bitrateIn')
      near(other.totals.bitrateOutBps, one.totals.bitrateOutBps, 'server.bitrateOut')
      if (one.state === 'up') near(other.answerMs, one.answerMs, 'server.answerMs')
    }
    expect(past.alarmsKeptFrom, label).toBeNull()
    expect(standing(past), label).toEqual(standing(live))
    expect(past.alarmCounts, label).toEqual(live.alarmCounts)
    expect(past.incidentCounts, label).toEqual(live.incidentCounts)
    expect(past.incidents?.map(({ id }) => id).sort(), label).toEqual(live.incidents?.map(({ id }) => id).sort())
  }

  it('is what was shown live, through every kind of incident', async () => {
    const cam = (name: string, more: object = {}) => ({ name, source: 'rtspSession' as const, ...more })
    const ids = await startFleet([
      {
        name: 'Berlin',
        paths: [
          cam('cam1', { readers: ['rtspSession', 'webRTCSession'] }),
          cam('cam2'),
          cam('dyn', { mode: 'dynamic' }),
          { name: 'srt', source: 'srtConn', readers: ['srtConn'] },
          { name: 'slate', mode: 'alwaysAvailable' },
          { name: 'ondemand', mode: 'onDemand' },
          { name: 'dead', mode: 'dead' },
          { name: 'pulled', mode: 'pulled', source: 'rtspSource' },
        ],
      },
      { name: 'Hamburg', auth: { kind: 'basic', user: 'deck', password: 'secret' }, paths: [cam('a'), cam('b'), cam('c')] },
      { name: 'Wien', paths: [cam('x', { readers: ['rtspSession'] })] },
    ])
    const [berlin, hamburg] = [fleet.server('Berlin'), fleet.server('Hamburg')]
    const shown: Shown[] = []
    const then = async (ms: number, what: string) => {
      await clock.advance(ms)
      shown.push(await look(what))
    }
    await then(1, 'added')
    await then(3_000, 'first rates')
    await then(10_000, 'calm')
    berlin.trouble({ kind: 'publisherGone', path: 'cam1' })
    berlin.trouble({ kind: 'publisherGone', path: 'dyn' })
    await then(5_000, 'two publishers left')
    berlin.trouble({ kind: 'stall', path: 'pulled', keep: true })
    berlin.trouble({ kind: 'publisherGone', path: 'slate' })
    await then(3_000, 'beginning of a stall')
    await then(7_000, 'stalled, slate on air')
    berlin.trouble({ kind: 'clear' })
    await then(12_000, 'all back')
    berlin.trouble({ kind: 'srtLoss', path: 'srt' })
    for (let i = 0; i < 5; i++) await then(4_000, 'packets are lost and repaired')
    for (let i = 0; i < 4; i++) await then(4_000, 'packets are lost for good')
    berlin.trouble({ kind: 'clear' })
    await then(30_000, 'losses are not a minute ago')
    await then(61_000, 'losses are over')
    hamburg.trouble({ kind: 'die' })
    for (let i = 0; i < 6; i++) await then(1_500, 'a server goes down')
    await then(30_000, 'down for a while')
    hamburg.trouble({ kind: 'clear' })
    for (let i = 0; i < 6; i++) await then(7_000, 'a server comes back')
    hamburg.trouble({ kind: 'die', forMs: 500 })
    for (let i = 0; i < 6; i++) await then(4_000, 'a server is restarted')
    // Within a minute, what is next would join the incident of its restart, and the past has only the last incident of an alarm.
    await then(45_000, 'restarted a minute ago')
    hamburg.trouble({ kind: 'wrongPassword' })
    await then(10_000, 'our password is refused')
    hamburg.trouble({ kind: 'clear' })
    await client.servers.update({ id: ids.Hamburg as string, change: { name: 'Altona', tags: ['north'] } })
    await then(6_000, 'renamed, and asked again')
    await client.servers.update({ id: ids.Wien as string, change: { paused: true } })
    await then(6_000, 'paused')
    await client.servers.update({ id: ids.Wien as string, change: { paused: false } })
    await then(6_000, 'watched again')
    await client.servers.remove({ id: ids.Wien as string })
    await then(2_000, 'removed')
    await then(30_000, 'removed for a while')

    expect(new Set(shown.flatMap(({ fleet: { streams } }) => streams.map(({ state }) => state)))).toEqual(
      new Set(['live', 'slate', 'waiting', 'stalled', 'gone', 'ended', 'unknown']),
    )
    expect(new Set(shown.flatMap(({ fleet: { alarms } }) => alarms?.map(({ kind }) => kind) ?? []))).toEqual(
      new Set(['happened', 'serverDown', 'serverHalted', 'streamGone', 'streamStalled', 'slateOnAir', 'sourceFailing', 'packetsLost', 'limitCrossed']),
    )
    for (const one of shown) await expectSame(one)
    await engines.stop()
    await clock.advance(2 * 86_400_000)
    await start()
    for (const { id } of await client.servers.list()) await client.servers.update({ id, change: { paused: true } })
    await clock.advance(720_000)
    expect((await readdir(join(engines.folder, 'data', 'history'))).sort(), 'that day lies in archives by now').toEqual(
      expect.arrayContaining(['minutes-2026-11-14.db', 'samples-2026-11-14.db']),
    )
    for (const one of shown) await expectSame(one)
  })

  it('knows nothing of the time in which mtxdeck was not running, and says so with its span', async () => {
    const ids = await startFleet([
      { name: 'Berlin', paths: 2 },
      { name: 'Wien', paths: 2 },
    ])
    await clock.advance(10_000)
    await engines.stop()
    const stoppedAt = clock.now()
    await clock.advance(7_200_000)
    const startedAt = clock.now()
    await start()
    await clock.advance(10_000)
    const before = await client.fleet.past({ at: stoppedAt - 1 })
    expect(before.consoleWhy).toBeNull()
    expect(before.streams.map(({ state }) => state)).toEqual(['live', 'live', 'live', 'live'])
    for (const at of [stoppedAt, stoppedAt + 2_000, stoppedAt + 3_600_000, startedAt - 1]) {
      const during = await client.fleet.past({ at })
      expect(during.consoleWhy).toEqual({ kind: 'notRunning', from: Date.parse('2026-11-14T03:00:10Z'), to: Date.parse('2026-11-14T05:00:10Z') })
      expect(during.servers.map(({ id, name, state, stateSince }) => [id, name, state, stateSince])).toEqual([
        [ids.Berlin, 'Berlin', 'unknown', stoppedAt],
        [ids.Wien, 'Wien', 'unknown', stoppedAt],
      ])
      expect(during.servers.map(({ totals }) => [totals.streams, totals.unknown, totals.readers, totals.bitrateInBps])).toEqual(
        Array(2).fill([2, 2, null, null]),
      )
      expect(during.streams.map(({ state, why }) => [state, why])).toEqual(Array(4).fill(['unknown', during.consoleWhy]))
      expect(during.figures.readers).toEqual([null, null, null, null])
      expect(during.figures.bitrateInBps).toEqual([null, null, null, null])
      expect(during.streams.map(({ severity }) => severity)).toEqual(Array(4).fill(null))
    }
    const after = await client.fleet.past({ at: startedAt + 8_000 })
    expect(after.consoleWhy).toBeNull()
    expect(after.streams.map(({ state }) => state)).toEqual(['live', 'live', 'live', 'live'])
  })

  it('counts what was seen after the last mark of life, where mtxdeck ended without a word', async () => {
    await startFleet([{ name: 'Berlin', paths: 2 }])
    await clock.advance(15_000)
    const seen = await look('just before the end')
    await engines.stop()
    const db = new BetterSqlite3(join(engines.folder, 'data', 'main.db'))
    db.prepare("UPDATE settings SET value = ? WHERE key = 'aliveAt'").run(JSON.stringify({ at: startAt + 10_000, stopped: false }))
    db.close()
    await clock.advance(60_000)
    await start()
    await clock.advance(5_000)
    await expectSame(seen)
    const later = await client.fleet.past({ at: startAt + 40_000 })
    // When Berlin was polled for the last time.
    expect(later.consoleWhy && reasonText(later.consoleWhy, 'en')).toMatch(/not running from 14 Nov 2026, 03:00:1[345] UTC to/)
    expect(later.streams.map(({ state }) => state)).toEqual(['unknown', 'unknown'])
  })

  it('knows nothing of a time in which nobody was asked, even where nobody says so', async () => {
    await startFleet([{ name: 'Berlin', paths: 2 }])
    await clock.advance(15_000)
    await engines.stop()
    const db = new BetterSqlite3(join(engines.folder, 'data', 'main.db'))
    db.prepare("DELETE FROM settings WHERE key = 'aliveAt'").run()
    db.close()
    await clock.advance(60_000)
    await start()
    await clock.advance(5_000)
    const then = await client.fleet.past({ at: startAt + 40_000 })
    expect(then.consoleWhy).toEqual({ kind: 'notRecorded' })
    expect(then.servers.map(({ name, state }) => [name, state])).toEqual([['Berlin', 'unknown']])
    expect(then.streams.map(({ state, why }) => [state, why])).toEqual(Array(2).fill(['unknown', { kind: 'notRecorded' }]))
  })

  it('knows nothing of the time in which the machine slept', async () => {
    await startFleet([{ name: 'Berlin', paths: 2 }])
    await clock.advance(10_000)
    const awake = await look('awake')
    await clock.sleepMachine(3_600_000)
    await clock.advance(5_000)
    const again = await look('awake again')
    await expectSame(awake)
    await expectSame(again)
    const asleep = await client.fleet.past({ at: awake.at + 1_800_000 })
    expect(asleep.consoleWhy && reasonText(asleep.consoleWhy, 'en')).toMatch(
      /this console slept from 14 Nov 2026, 03:00:[01]\d UTC to 14 Nov 2026, 04:00:1\d UTC/,
    )
    expect(asleep.streams.map(({ state }) => state)).toEqual(['unknown', 'unknown'])
  })

  it('forgets with a launch what the next one does not know: servers that are not watched any more, paths that are not there', async () => {
    const ids = await startFleet([
      {
        name: 'Berlin',
        paths: [
          { name: 'a', source: 'rtspSession' },
          { name: 'idle', live: false },
        ],
      },
      { name: 'Wien', paths: 2 },
    ])
    await clock.advance(5_000)
    const both = await look('both servers')
    await engines.stop()
    const db = new BetterSqlite3(join(engines.folder, 'data', 'main.db'))
    db.prepare('DELETE FROM servers WHERE id = ?').run(ids.Wien)
    db.close()
    fleet.server('Berlin').trouble({ kind: 'publisherGone', path: 'a' })
    await clock.advance(100_000)
    await start()
    await clock.advance(5_000)
    const one = await look('one server')
    expect(one.fleet.servers).toHaveLength(1)
    await expectSame(both)
    await expectSame(one)
  })

  it('tells what changed since the moment before, so that a window that applies it knows what one knows that asks for everything', async () => {
    const ids = await startFleet([
      {
        name: 'Berlin',
        paths: [
          { name: 'a', source: 'rtspSession' },
          { name: 'b', source: 'rtspSession' },
          { name: 'dyn', source: 'rtspSession', mode: 'dynamic' },
        ],
      },
      { name: 'Wien', paths: 1 },
    ])
    await clock.advance(20_000)
    fleet.server('Berlin').trouble({ kind: 'publisherGone', path: 'a' })
    await clock.advance(20_000)
    await client.servers.remove({ id: ids.Wien as string })
    await clock.advance(90_000)
    const moments = [10_000, 12_000, 30_000, 30_001, 60_000, 100_000, 15_000, 500].map((ms) => startAt + ms)
    const window = { servers: new Map<string, Server>(), streams: new Map<number, StreamFacts>() }
    let launch: string | null = null
    let before: number | undefined
    let told = 0
    for (const at of moments) {
      const changes = await client.fleet.past({ at, launch, before })
      expect(changes.reset).toBe(before === undefined)
      for (const id of changes.removedServers) window.servers.delete(id)
      for (const slot of changes.removedSlots) window.streams.delete(slot)
      for (const server of changes.servers) window.servers.set(server.id, server)
      for (const facts of changes.streams) window.streams.set(facts.slot, facts)
      told += changes.streams.length
      const whole = await client.fleet.past({ at })
      expect(whole.reset).toBe(true)
      const bySlot = (a: StreamFacts, b: StreamFacts) => a.slot - b.slot
      expect([...window.streams.values()].sort(bySlot)).toEqual([...whole.streams].sort(bySlot))
      expect([...window.servers.values()].sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual(whole.servers)
      expect(changes.figures).toEqual(whole.figures)
      expect(changes.launch).toBe(whole.launch)
      launch = changes.launch
      before = at
    }
    expect(told, 'what stayed as it was is not told again').toBeLessThan(4 * moments.length)
    expect((await client.fleet.past({ at: startAt + 10_000, launch, before: startAt + 1 })).reset, 'a moment that was not asked for is not known').toBe(true)
    expect((await client.fleet.past({ at: startAt + 10_000, launch: 'another', before })).reset).toBe(true)
  })

  it('shows one stream as it was, and of a stream that was not there yet nothing', async () => {
    const ids = await startFleet([{ name: 'Berlin', paths: [{ name: 'srt', source: 'srtConn', readers: ['srtConn'] }] }])
    const serverId = ids.Berlin as string
    await clock.advance(10_000)
    const live = await client.streams.get({ serverId, path: 'srt' })
    const at = clock.now()
    await clock.advance(1)
    await client.servers.update({ id: serverId, change: { name: 'Potsdam' } })
    await clock.advance(60_000)
    const past = await client.streams.get({ serverId, path: 'srt', at })
    expect(past).toMatchObject({
      serverName: 'Berlin',
      state: 'live',
      stateSince: live.stateSince,
      tracks: live.tracks,
      publisher: live.publisher,
      sessions: [],
      sessionsReadAt: null,
      figures: { readers: 1, bytesReceived: null },
      srt: { latencyMs: live.srt?.latencyMs, packetsLoss: null },
    })
    expect(past.srt?.rttMs).toBeCloseTo(live.srt?.rttMs ?? Number.NaN, 2)
    expect(past.lastLiveAt).toBe(live.lastLiveAt)
    await expect(client.streams.get({ serverId, path: 'srt', at: startAt - 1 })).rejects.toThrow(/does not exist/)
    await expect(client.streams.get({ serverId, path: 'other', at })).rejects.toThrow(/does not exist/)
    const beforeAll = await client.fleet.past({ at: startAt - 1 })
    expect([beforeAll.servers, beforeAll.streams, beforeAll.consoleWhy]).toEqual([[], [], { kind: 'nothingKept' }])
    expect((await client.fleet.past({ at: clock.now() + 1e6 })).at, 'what has not come yet is now').toBe(clock.now())
  })
})
