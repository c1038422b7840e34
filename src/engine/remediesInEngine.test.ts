import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { closeWithoutBugs, createTestFleet } from '../../tests/fakes/testFleet.ts'
import type { DemoFleet } from '../demo/demoFleet.fixture.ts'
import type { RuleInput } from '../shared/rules.ts'
import type { TestEngines } from './testEngines.ts'

const startAt = Date.UTC(2026, 10, 23, 8)
const camera = 'rtsp://camuser:campass@10.4.1.20:554/cam/h264'

let engines: TestEngines
let demo: DemoFleet
beforeEach(async () => {
  ;({ engines, demo } = await createTestFleet(startAt, 'remedies', [
    {
      name: 'Berlin',
      paths: [
        { name: 'cam1', source: 'srtConn' },
        { name: 'cam2', source: 'srtConn' },
        { name: 'hall/1', mode: 'pulled', pullsFrom: camera },
      ],
    },
  ]))
})
afterEach(() => closeWithoutBugs(engines))

/** Nobody reads it, and so the alarm lasts whatever is done. */
const unread = (streams: readonly string[], remedy: RuleInput['remedy']): RuleInput => ({
  id: 'unread',
  metric: 'path.readers',
  below: 1,
  streams: [...streams],
  severity: 'minor',
  ...(remedy && { remedy }),
})
const kick = { act: 'kickPublisher', afterSeconds: 10, againSeconds: 60, mostAnHour: 30 } as const

async function watch(rule: RuleInput) {
  const servers = demo.yamlServers().map((server) => ({ ...server, intervalSeconds: 2 }))
  const { engine, client } = await engines.start({ servers }, { dataDir: join(engines.folder, 'data') })
  if (!(await client.rules.list()).some(({ id }) => id === rule.id)) await client.rules.add(rule)
  await engines.clock.advance(30_000)
  await engine.settled()
  const acts = () => client.remedies.acts({ limit: 100 })
  const arm = () => client.remedies.arm({ rule: rule.id, reason: 'the encoder hangs' })
  const alarmed = async (path: string) =>
    (await client.alarms.list({ path })).filter(({ rule: of, healedAt }) => of === 'unread' && healedAt === null).map(({ id }) => id)
  return { engine, client, acts, arm, alarmed }
}
const kicks = () =>
  demo
    .server('Berlin')
    .asked()
    .filter(({ url }) => url.includes('/kick/')).length

describe('a remedy of a rule', () => {
  it('does nothing before somebody has armed it, and then what it says, once it is due', async () => {
    const { client, acts, arm, alarmed } = await watch(unread(['cam1'], kick))
    expect(await alarmed('cam1')).toHaveLength(1)
    expect(await client.remedies.list()).toMatchObject([{ rule: 'unread', state: 'off', armed: null }])
    await engines.clock.advance(60_000)
    expect(await acts()).toEqual([])
    await expect(client.remedies.arm({ rule: 'streamGone', reason: 'x' })).rejects.toMatchObject({ code: 'NOT_FOUND' })

    expect(await arm()).toMatchObject({ state: 'armed', armed: { by: 'operator', reason: 'the encoder hangs' } })
    await engines.clock.advance(9_000)
    expect(await acts()).toEqual([])
    await engines.clock.advance(5_000)
    expect(await acts()).toMatchObject([
      { rule: 'unread', act: 'kickPublisher', outcome: 'done', why: null, helped: null, subject: { path: 'cam1' }, ownerName: 'Berlin' },
    ])
    expect(kicks()).toBe(1)
    const events = await client.history.events({ kinds: ['remedyActed', 'sessionsKicked', 'remedyArmed'] })
    expect(events.map(({ kind }) => kind).sort()).toEqual(['remedyActed', 'remedyArmed', 'sessionsKicked'])
    expect(events.find(({ kind }) => kind === 'sessionsKicked')).toMatchObject({ facts: { by: 'unread' } })
  })

  it('is not done again to the same stream too soon, stops by itself when it does not help, and says so as an alarm', async () => {
    const { client, acts, arm } = await watch(unread(['hall/1'], { ...kick, act: 'restartSource' }))
    await arm()
    await engines.clock.advance(50_000)
    expect(await acts()).toHaveLength(1)
    await engines.clock.advance(600_000)
    const done = await acts()
    expect(done.map(({ outcome, helped }) => [outcome, helped])).toEqual([
      ['done', false],
      ['done', false],
      ['done', false],
    ])
    expect(await client.remedies.list()).toMatchObject([{ state: 'stopped' }])
    expect((await client.alarms.list({})).map(({ rule }) => rule)).toContain('remedyStopped')
    // Armed again, it begins anew.
    await arm()
    await engines.clock.advance(70_000)
    expect((await acts()).length).toBeGreaterThan(3)
  })

  it('does nothing at the moment at which maintenance begins', async () => {
    const { client, acts, arm } = await watch(unread(['cam1'], kick))
    await client.maintenance.add({ name: 'works', streams: ['cam1'], start: '2026-11-23T08:02', zone: 'UTC', hours: 1 })
    await engines.clock.advance(startAt + 110_000 - engines.clock.now())
    // It is due in ten seconds, when it is looked at and the work begins.
    await arm()
    await engines.clock.advance(60_000)
    expect(await acts()).toEqual([])
    await client.maintenance.remove({ id: (await client.maintenance.list())[0]?.id ?? '' })
    await engines.clock.advance(10_000)
    expect(await acts()).toHaveLength(1)
  })

  it('leaves alone what somebody has, what is shelved, and what is in maintenance', async () => {
    const { client, acts, arm, alarmed } = await watch(unread(['cam1', 'cam2', 'hall/1'], kick))
    await client.alarms.acknowledge({ ids: await alarmed('cam1') })
    await client.alarms.shelve({ ids: await alarmed('cam2'), until: engines.clock.now() + 3_600_000, reason: 'known' })
    await client.maintenance.add({ name: 'works', streams: ['hall/*'], start: '2026-11-23T00:00', zone: 'UTC', hours: 24 })
    await engines.clock.advance(3_000)
    await arm()
    await engines.clock.advance(120_000)
    expect(await acts()).toEqual([])
    await client.alarms.unacknowledge({ ids: await alarmed('cam1') })
    await engines.clock.advance(5_000)
    expect((await acts()).map(({ subject }) => 'path' in subject && subject.path)).toEqual(['cam1'])
  })

  it('is held back by its limit per hour, whatever the stream', async () => {
    const { acts, arm } = await watch(unread(['cam1', 'cam2'], { ...kick, mostAnHour: 1 }))
    await arm()
    await engines.clock.advance(600_000)
    expect(await acts()).toHaveLength(1)
  })

  it('acts no more once its rule has changed, until it is armed anew', async () => {
    const { client, acts, arm } = await watch(unread(['cam1'], kick))
    await arm()
    const { id, ...change } = unread(['cam1', 'cam2'], kick)
    await client.rules.update({ id, change })
    expect(await client.remedies.list()).toMatchObject([{ state: 'off' }])
    await engines.clock.advance(120_000)
    expect(await acts()).toEqual([])
    await arm()
    await engines.clock.advance(20_000)
    expect((await acts()).length).toBeGreaterThan(0)
    await client.remedies.disarm({ rule: id, reason: 'enough' })
    const before = (await acts()).length
    await engines.clock.advance(300_000)
    expect(await acts()).toHaveLength(before)
  })

  it('has the server close and open again what it pulls by a setting that does no harm, and refuses what is not pulled', async () => {
    const { client, acts, arm } = await watch(unread(['hall/1'], { ...kick, act: 'restartSource' }))
    const [server] = await client.servers.list()
    const timeout = async () =>
      (await client.pathEdits.read({ id: server?.id ?? '', path: 'hall/1' })).settings.find(({ name }) => name === 'sourceOnDemandStartTimeout')?.value
    const before = await timeout()
    await arm()
    await engines.clock.advance(20_000)
    expect(await acts()).toMatchObject([{ act: 'restartSource', outcome: 'done' }])
    expect(await timeout()).not.toBe(before)
    expect((await client.history.events({ kinds: ['pathSettingsChanged'] })).map(({ facts }) => facts)).toMatchObject([
      { by: 'unread', path: 'hall/1', outcome: 'applied' },
    ])
    await engines.clock.advance(70_000)
    expect(await acts()).toHaveLength(2)

    const { id, ...change } = unread(['cam1'], { ...kick, act: 'restartSource' })
    await client.rules.update({ id, change })
    await arm()
    await engines.clock.advance(20_000)
    expect((await acts())[0]).toMatchObject({ outcome: 'failed', why: { kind: expect.stringMatching(/notPulled|sharedEntry/) } })
  })

  it('that this console did not see the end of is not repeated, and stays armed over a restart', async () => {
    const { engine, arm } = await watch(unread(['cam1'], kick))
    await arm()
    await engines.stop(engine)
    // As kill -9 leaves it behind: written down, and nothing more.
    const db = new Database(join(engines.folder, 'data', 'main.db'))
    const subject = JSON.stringify({ kind: 'stream', serverId: 'gone', path: 'cam1' })
    db.prepare(
      "INSERT INTO remedy_acts (rule, at, act, subject, owner_name, alarm, outcome) VALUES ('unread', ?, 'kickPublisher', ?, 'Berlin', 'a', 'begun')",
    ).run(engines.clock.now(), subject)
    db.close()
    const again = await watch(unread(['cam1'], kick))
    expect(await again.client.remedies.list()).toMatchObject([{ state: 'armed' }])
    expect((await again.acts()).at(-1)).toMatchObject({ outcome: 'unknown', why: { kind: 'interrupted' } })
  })
})
