import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { closeWithoutBugs, createTestFleet } from '../../../tests/fakes/testFleet.ts'
import type { DemoFleet, TestTrouble } from '../../demo/demoFleet.fixture.ts'
import { rtspServer } from '../../demo/rtspServer.fixture.ts'
import { type Alarm, longestShelfMs } from '../../shared/alarms.ts'
import { isInTrouble } from '../../shared/incidents.ts'
import type { RuleInput } from '../../shared/rules.ts'
import { ownerIdOf, pathOf } from '../../shared/subjectNames.ts'
import type { TestEngines } from '../testEngines.ts'

const startAt = Date.UTC(2026, 10, 14, 3, 0, 0)
const berlin = rtspServer('Berlin', 'cam1', 'cam2')
const minuteMs = 60_000

describe('alarms of a media server over real HTTP, in virtual time', () => {
  let engines: TestEngines
  let demo: DemoFleet
  beforeEach(async () => {
    ;({ engines, demo } = await createTestFleet(startAt, 'alarms', [berlin]))
  })
  afterEach(() => closeWithoutBugs(engines))

  const said = ({ kind, subject, state, count }: Alarm) => `${kind} ${pathOf(subject) ?? 'server'}: ${state}${count > 1 ? ` × ${count}` : ''}`
  async function watch(dataDir = join(engines.folder, 'data'), rules: readonly RuleInput[] = []) {
    const { engine, client } = await engines.start({ servers: demo.yamlServers(), rules }, { dataDir })
    await engines.clock.advance(10_000)
    return {
      engine,
      client,
      open: async () => (await client.alarms.list()).map(said),
      only: async (): Promise<Alarm> => {
        const [alarm, ...more] = await client.alarms.list()
        expect(more).toEqual([])
        return alarm ?? expect.fail('there is no alarm')
      },
      past: async () => (await client.alarms.past()).map(({ kind, subject, closed }) => `${kind} ${pathOf(subject) ?? 'server'}: ${closed?.because}`),
      changes: async (id: string) => (await client.alarms.get({ id })).changes.map(({ kind }) => kind),
    }
  }
  const befall = async (trouble: TestTrouble, ms = 20_000) => {
    demo.server('Berlin').trouble(trouble)
    await engines.clock.advance(ms)
  }

  test('a trouble is an alarm until it has healed and somebody has seen it', async () => {
    const { open, only, client, past, changes } = await watch()
    expect(await open()).toEqual([])
    await befall({ kind: 'publisherGone', path: 'cam1', forMs: 30_000 })
    expect(await open()).toEqual(['streamGone cam1: unacknowledged'])
    const { id, since, severity } = await only()
    expect(since).toBeGreaterThanOrEqual(startAt + 8_000)
    await engines.clock.advance(minuteMs)
    expect(await open()).toEqual(['streamGone cam1: healedUnseen'])
    expect(await only()).toMatchObject({ id, severity })
    await client.alarms.acknowledge({ ids: [id], comment: 'called the site' })
    expect(await open()).toEqual([])
    expect(await past()).toEqual(['streamGone cam1: healed'])
    expect(await changes(id)).toEqual(['raised', 'healed', 'commented', 'acknowledged', 'closed'])
  })

  test('a past moment has the alarms and incidents as they stood then, also after a restart', async () => {
    const { client, only, engine } = await watch()
    await befall({ kind: 'publisherGone', path: 'cam1', forMs: 30_000 })
    const { id } = await only()
    const at = engines.clock.now()
    await engines.clock.advance(1_000)
    await client.alarms.acknowledge({ ids: [id], comment: 'called the site' })
    await engines.clock.advance(minuteMs)
    await engine[Symbol.asyncDispose]()
    const again = await watch()
    expect(await again.open()).toEqual([])
    expect((await again.client.alarms.list({ at })).map(said)).toEqual(['streamGone cam1: unacknowledged'])
    expect((await again.client.alarms.list({ at: at + 2_000 })).map(said)).toEqual(['streamGone cam1: acknowledged'])
    expect(await again.client.alarms.get({ id, at })).toMatchObject({ comments: 0, changes: [{ kind: 'raised' }] })
    expect(await again.client.incidents.list({ at })).toMatchObject([{ id, state: 'unacknowledged', lasting: 1 }])
    const refused = { code: 'NOT_KEPT', data: { kind: 'alarmsNotKept', since: startAt } }
    await expect(again.client.alarms.list({ at: startAt - 1 })).rejects.toMatchObject(refused)
    await expect(again.client.incidents.list({ at: startAt - 1 })).rejects.toMatchObject(refused)
    await expect(again.client.alarms.get({ id, at: startAt })).rejects.toMatchObject({ data: { kind: 'noSuch' } })
  })

  test('wherever the alarms of a past moment are asked for, they are the same', async () => {
    const { client } = await watch(undefined, [{ id: 'streamGone', offDelaySeconds: 60 }])
    const moments: number[] = []
    const befalls = async () => {
      await befall({ kind: 'publisherGone', path: 'cam1', forMs: 30_000 })
      moments.push(engines.clock.now())
      await engines.clock.advance(30_000)
    }
    await befalls()
    // It is well again, but not for long enough to have healed, which is not kept where it comes back.
    moments.push(engines.clock.now())
    await befalls()
    await engines.clock.advance(2 * minuteMs)
    const said = []
    for (const at of moments) {
      const past = await client.fleet.past({ at })
      const listed = await client.alarms.list({ at })
      expect(listed).toMatchObject(past.alarms ?? [])
      expect(await client.incidents.list({ at })).toMatchObject(past.incidents ?? [])
      for (const alarm of listed) expect(await client.alarms.get({ id: alarm.id, at })).toMatchObject({ ...alarm, changes: expect.anything() })
      const inTrouble = listed.filter((alarm) => isInTrouble(alarm, alarm.state))
      const troubles = await client.fleet.troubles({ at })
      expect(troubles.map(({ id }) => id)).toEqual(inTrouble.map(({ id }) => id))
      expect(past.streams.filter(({ severity }) => severity !== null)).toHaveLength(inTrouble.length)
      said.push(inTrouble.length)
    }
    expect(said).toEqual([1, 0, 1])
    expect(await client.fleet.troubles()).toEqual([])
    await expect(client.fleet.troubles({ at: startAt - 1 })).rejects.toMatchObject({ code: 'NOT_KEPT' })
  })

  test('whom the trouble of a stream hit then is as its page of that moment says, whatever has become of it since', async () => {
    const { client, only } = await watch()
    await befall({ kind: 'readerFlood', path: 'cam1', readers: 3 })
    await befall({ kind: 'publisherGone', path: 'cam1', forMs: minuteMs })
    const { id, subject, readers } = await only()
    expect(readers).toBeGreaterThan(0)
    const at = engines.clock.now()
    await client.alarms.acknowledge({ ids: [id] })
    await engines.clock.advance(2 * minuteMs)
    const page = await client.streams.get({ serverId: ownerIdOf(subject), path: pathOf(subject) ?? '', at })
    expect(page.readersLost).toBe(readers)
    expect(await client.alarms.list({ at })).toMatchObject([{ id, readers }])
    expect(await client.incidents.list({ at })).toMatchObject([{ readers }])
  })

  test('a server that was down then has as many unknown streams as were its own', async () => {
    const { client } = await watch()
    await befall({ kind: 'die' }, minuteMs)
    const at = engines.clock.now()
    const [{ streams } = expect.fail('there is one')] = await client.incidents.list()
    expect(streams).toBe(2)
    // Whom it hit then is not kept once it has come back.
    await befall({ kind: 'clear' }, minuteMs)
    await befall({ kind: 'die' }, minuteMs)
    expect(await client.incidents.list({ at })).toMatchObject([{ kind: 'serverDown', streams }])
    expect(await client.alarms.list({ at })).toMatchObject([{ kind: 'serverDown', streams }])
  })

  test('one that was taken closes when it heals, and the next is another alarm', async () => {
    const { only, open, client } = await watch()
    await befall({ kind: 'publisherGone', path: 'cam1', forMs: 30_000 })
    const first = await only()
    const { alarms } = await client.alarms.acknowledge({ ids: [first.id] })
    expect(alarms).toMatchObject([{ id: first.id, state: 'acknowledged', acknowledged: { by: 'operator', until: null } }])
    await engines.clock.advance(minuteMs)
    expect(await open()).toEqual([])
    await befall({ kind: 'publisherGone', path: 'cam1', forMs: 30_000 })
    expect((await only()).id).not.toBe(first.id)
  })

  test('a return before anybody looked counts in the same row, and a stream that does it again and again is said to flap, in one incident', async () => {
    const { open, client } = await watch()
    for (let round = 0; round < 3; round++) {
      await befall({ kind: 'publisherGone', path: 'cam1', forMs: 30_000 })
      await engines.clock.advance(minuteMs)
    }
    await engines.clock.advance(3 * minuteMs)
    expect((await open()).sort()).toEqual(['flapping cam1: unacknowledged', 'streamGone cam1: healedUnseen × 3'])
    expect(await client.incidents.list()).toMatchObject([{ severity: 'minor', healedAt: null }])
    await engines.stop()
    const again = await watch()
    await engines.clock.advance(minuteMs)
    // What changed before is not counted any more; it lasts until that is known.
    expect(await again.open()).toContain('flapping cam1: unacknowledged')
    await engines.clock.advance(15 * minuteMs)
    expect(await again.open()).toContain('flapping cam1: healedUnseen')
  })

  test('a server that is down is one alarm, and those of its streams wait', async () => {
    const { open, client } = await watch()
    await befall({ kind: 'publisherGone', path: 'cam1' })
    await befall({ kind: 'die' }, minuteMs)
    expect(await open()).toEqual(['serverDown server: unacknowledged', 'streamGone cam1: suppressed'])
    await befall({ kind: 'clear' }, minuteMs)
    expect(await open()).toEqual(['serverDown server: healedUnseen', 'streamGone cam1: healedUnseen'])
    const ids = (await client.alarms.list()).map(({ id }) => id)
    await client.alarms.acknowledge({ ids })
    expect(await open()).toEqual([])
  })

  test('a restart that nobody noticed otherwise is a warning for five minutes, and asks nothing of anybody', async () => {
    const { open, past } = await watch()
    await engines.clock.advance(minuteMs)
    await befall({ kind: 'die', forMs: 500 }, minuteMs)
    expect(await open()).toContain('happened server: unacknowledged')
    await engines.clock.advance(5 * minuteMs)
    expect(await open()).not.toContain('happened server: unacknowledged')
    expect(await past()).toContain('happened server: healed')
  })

  test('a shelf survives that its trouble heals and returns, and ends at its time', async () => {
    const { open, only, client } = await watch()
    await befall({ kind: 'publisherGone', path: 'cam1', forMs: 30_000 })
    const { id } = await only()
    await client.alarms.shelve({ ids: [id], until: engines.clock.now() + 10 * minuteMs, reason: 'lens change' })
    await engines.clock.advance(minuteMs)
    expect(await open()).toEqual(['streamGone cam1: shelved'])
    await befall({ kind: 'publisherGone', path: 'cam1' })
    expect(await open()).toEqual(['streamGone cam1: shelved × 2'])
    await engines.clock.advance(10 * minuteMs)
    expect(await open()).toEqual(['streamGone cam1: unacknowledged × 2'])
  })

  test('the end of a shelf lies ahead, at most a month', async () => {
    const { only, client } = await watch()
    await befall({ kind: 'publisherGone', path: 'cam1' })
    const { id } = await only()
    const now = engines.clock.now()
    for (const until of [now, now + longestShelfMs + 1000])
      await expect(client.alarms.shelve({ ids: [id], until, reason: 'x' })).rejects.toMatchObject({ data: { kind: 'endNotAhead' } })
    await expect(client.alarms.acknowledge({ ids: [id], until: now })).rejects.toMatchObject({ data: { kind: 'endNotAhead' } })
    await expect(client.alarms.shelve({ ids: [id], until: now + 1, reason: '  ' })).rejects.toMatchObject({ data: { kind: 'notAccepted' } })
    expect(await only()).toMatchObject({ state: 'unacknowledged' })
  })

  test('of many, those that are not open are named, and the others change', async () => {
    const { only, client } = await watch()
    await befall({ kind: 'publisherGone', path: 'cam1' })
    const { id } = await only()
    const answer = await client.alarms.comment({ ids: ['no-such', id, id], text: 'cable?' })
    expect(answer).toMatchObject({ alarms: [{ id, comments: 1 }], notOpen: ['no-such'] })
    const validationError = (kind: string) => ({ data: { kind: 'notAccepted', validationErrors: [{ validationError: { kind } }] } })
    await expect(client.alarms.comment({ ids: [], text: 'x' })).rejects.toMatchObject(validationError('missing'))
    const many = Array.from({ length: 1001 }, String)
    await expect(client.alarms.comment({ ids: many, text: 'x' })).rejects.toMatchObject(validationError('tooManyAtOnce'))
    await expect(client.alarms.list({ severity: 'worst' } as never)).rejects.toMatchObject(validationError('notOneOf'))
    await expect(client.alarms.get({ id: 'no-such' })).rejects.toMatchObject({ data: { kind: 'noSuch' } })
  })

  test('a paused server’s alarms are out of service, and those of a removed one are closed', async () => {
    const { open, client, past } = await watch()
    const [input = expect.fail('there is a server')] = demo.yamlServers()
    const { id } = await client.servers.add({ ...input, name: 'Second' })
    await engines.clock.advance(10_000)
    await befall({ kind: 'publisherGone', path: 'cam1' })
    expect(await open()).toHaveLength(2)
    await client.servers.update({ id, change: { paused: true } })
    await engines.clock.advance(2_000)
    const ofSecond = async () => (await client.alarms.list({ serverId: id })).map(said)
    expect(await ofSecond()).toEqual(['streamGone cam1: outOfService'])
    await client.servers.remove({ id })
    await engines.clock.advance(2_000)
    await expect(ofSecond()).rejects.toMatchObject({ status: 404 })
    expect(await open()).toEqual(['streamGone cam1: unacknowledged'])
    expect(await past()).toEqual(['streamGone cam1: removed'])
  })

  test('a console that is killed at any moment forgets nothing, and says nothing twice', async () => {
    const { client, engine } = await watch()
    await befall({ kind: 'publisherGone', path: 'cam1' })
    await befall({ kind: 'stall', path: 'cam2', keep: true })
    const [first] = await client.alarms.list({ path: 'cam1' })
    const [second] = await client.alarms.list({ path: 'cam2' })
    await client.alarms.acknowledge({ ids: [first?.id ?? ''], comment: 'mine' })
    await client.alarms.shelve({ ids: [second?.id ?? ''], until: engines.clock.now() + 60 * minuteMs, reason: 'lens change' })
    const before = await client.alarms.list()
    // What is on the disk now is what is left of a process that is killed now.
    const left = join(engines.folder, 'left')
    cpSync(join(engines.folder, 'data'), left, { recursive: true, filter: (name) => !name.includes('lock') })
    await engines.stop(engine)
    const again = await watch(left)
    // Why a stream is gone is not known again after a start.
    const kept = (alarms: readonly Alarm[]) =>
      alarms.map(({ why: _, whySince: _____, text: __, since: ___, readers: ____, ...rest }) => rest).sort((a, b) => a.id.localeCompare(b.id))
    expect(kept(await again.client.alarms.list())).toEqual(kept(before))
    expect(await again.changes(first?.id ?? '')).toEqual(['raised', 'commented', 'acknowledged', 'suppressed', 'released'])
    expect(await again.changes(second?.id ?? '')).toEqual(['raised', 'shelved', 'suppressed', 'released'])
  })

  test('what healed while the console was away is healed, once', async () => {
    const { engine, only } = await watch()
    await befall({ kind: 'publisherGone', path: 'cam1' })
    const { id } = await only()
    await engines.stop(engine)
    await befall({ kind: 'clear' }, minuteMs)
    const again = await watch()
    expect(await again.open()).toEqual(['streamGone cam1: healedUnseen'])
    expect(await again.changes(id)).toEqual(['raised', 'suppressed', 'healed'])
  })

  test('the feed brings open alarms with their counts, and only after a change', async () => {
    const { client } = await watch()
    await befall({ kind: 'publisherGone', path: 'cam1' })
    const whole = await client.fleet.changes({ launch: null, since: 0, waitMs: 0 })
    expect(whole.alarms?.map(said)).toEqual(['streamGone cam1: unacknowledged'])
    expect(whole.alarmCounts).toMatchObject({ unacknowledged: { critical: 1, major: 0 }, acknowledged: { critical: 0 } })
    await engines.clock.advance(2_000)
    const next = await client.fleet.changes({ launch: whole.launch, since: whole.revision, waitMs: 0 })
    expect(next.alarms).toBeNull()
    await client.alarms.acknowledge({ ids: whole.alarms?.map(({ id }) => id) ?? [] })
    const last = await client.fleet.changes({ launch: next.launch, since: next.revision, waitMs: 0 })
    expect(last.alarms?.map(said)).toEqual(['streamGone cam1: acknowledged'])
    expect(last.alarmCounts).toMatchObject({ unacknowledged: { critical: 0 }, acknowledged: { critical: 1 } })
  })

  test('a window that nobody sees hears at once that an alarm began, and of nothing else', async () => {
    const { client } = await watch()
    await engines.clock.advance(10_000)
    const { launch, revision } = await client.fleet.changes({ launch: null, since: 0, waitMs: 0 })
    const askedAt = engines.clock.now()
    let answeredAt = 0
    const waiting = client.fleet.changes({ launch, since: revision, waitMs: 30_000, until: 'alarm' }).then((changes) => {
      answeredAt = engines.clock.now()
      return changes
    })
    await engines.clock.advance(5_000)
    expect(answeredAt).toBe(0)
    await befall({ kind: 'publisherGone', path: 'cam1' }, 20_000)
    expect((await waiting).alarms?.map(said)).toEqual(['streamGone cam1: unacknowledged'])
    expect(answeredAt - askedAt).toBeLessThan(25_000)
  })

  test('they are found by state, severity, server and stream', async () => {
    const { client } = await watch()
    await befall({ kind: 'publisherGone', path: 'cam1' })
    const [alarm] = await client.alarms.list()
    const found = async (input: Parameters<typeof client.alarms.list>[0]) => (await client.alarms.list(input)).length
    const serverId = ownerIdOf(alarm?.subject ?? expect.fail('one alarm'))
    expect(
      await Promise.all([{ serverId }, { path: 'cam1' }, { path: 'cam2' }, { severity: ['critical'] as const }].map((input) => found(input as never))),
    ).toEqual([1, 1, 0, 1])
    await expect(found({ serverId: 'other' })).rejects.toMatchObject({ status: 404 })
    expect(await found({ state: ['shelved', 'unacknowledged'] })).toBe(1)
    expect(await found({ state: ['shelved'] })).toBe(0)
    expect(await found({ severity: ['minor'] })).toBe(0)
  })

  const ruled = (...rules: readonly RuleInput[]) => watch(undefined, rules)
  const named = (rules: readonly RuleInput[]) => ({
    servers: demo.yamlServers(),
    hosts: [],
    probes: [],
    channels: [],
    routes: null,
    maintenance: [],
    onAir: [],
    rules,
  })

  test('a limit of the configuration is an alarm once it was crossed for its on-delay, and names figure and limit', async () => {
    const rule: RuleInput = {
      id: 'busy',
      metric: 'path.bitrateIn',
      above: 1_000,
      clear: 500,
      onDelaySeconds: 20,
      severity: 'minor',
      streams: ['cam1'],
      runbook: 'Call Anna.',
    }
    const { open, only, engine, past } = await ruled(rule)
    expect(await open()).toEqual([])
    await engines.clock.advance(20_000)
    expect(await open()).toEqual(['limitCrossed cam1: unacknowledged'])
    const alarm = await only()
    expect(alarm).toMatchObject({
      rule: 'busy',
      severity: 'minor',
      runbook: 'Call Anna.',
      why: { kind: 'limitCrossed', metric: 'path.bitrateIn', side: 'above', limit: 1_000, clear: 500 },
    })
    expect(Object(alarm.why).value).toBeGreaterThan(1_000)
    engine.applyYaml('mtxdeck.yaml', named([]))
    await engines.clock.advance(2_000)
    expect(await open()).toEqual([])
    expect(await past()).toEqual(['limitCrossed cam1: rule'])
  })

  test('a rule that is switched off raises nothing, and an exception concerns only what it names', async () => {
    const { open } = await ruled({ id: 'streamGone', exceptions: [{ streams: ['cam1'], enabled: false, reason: 'test pattern' }] })
    await befall({ kind: 'publisherGone', path: 'cam1' })
    await befall({ kind: 'publisherGone', path: 'cam2' })
    expect(await open()).toEqual(['streamGone cam2: unacknowledged'])
  })

  test('a rule of the file changes severity and delay of a shipped one', async () => {
    const { open, only } = await ruled({ id: 'streamGone', severity: 'minor', onDelaySeconds: 40 })
    await befall({ kind: 'publisherGone', path: 'cam1' }, 40_000)
    expect(await open()).toEqual([])
    await engines.clock.advance(10_000)
    expect(await only()).toMatchObject({ kind: 'streamGone', severity: 'minor' })
  })

  test('a publisher that is back within the delay was never an alarm', async () => {
    const { open, past } = await watch()
    await befall({ kind: 'publisherGone', path: 'cam1', forMs: 3_000 }, minuteMs)
    expect(await open()).toEqual([])
    expect(await past()).toEqual([])
  })
})
