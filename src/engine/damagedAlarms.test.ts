import { closeSync, openSync, readdirSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createReceiver, createTestFleet } from '../../tests/fakes/testFleet.ts'
import type { DemoFleet } from '../demo/demoFleet.ts'
import { rtspServer } from '../demo/rtspServer.fixture.ts'
import { pathOf } from '../shared/subjects.ts'
import type { TestEngines } from './testEngines.ts'

const startAt = Date.UTC(2026, 10, 14, 3, 0, 0)
const minuteMs = 60_000

describe('alarms.db that is damaged while the engine runs', () => {
  let engines: TestEngines
  let demo: DemoFleet
  /** What is logged as an error, because it is one. */
  let errors: readonly string[]
  beforeEach(async () => {
    errors = [expect.stringContaining('alarms.db is damaged') as string, expect.stringContaining('closed alarms were damaged') as string]
    ;({ engines, demo } = await createTestFleet(startAt, 'damaged-alarms', [rtspServer('Berlin', 'cam1', 'cam2')]))
  })
  afterEach(async () => {
    await engines[Symbol.asyncDispose]()
    expect(engines.bugs.map((bug) => (bug as { readonly text: string }).text)).toEqual(errors)
  })
  const file = () => join(engines.folder, 'data', 'alarms.db')
  const files = () => readdirSync(join(engines.folder, 'data')).filter((name) => name.startsWith('alarms.db.damaged'))

  async function start() {
    const { url, told } = await createReceiver(engines)
    const { client, engine } = await engines.start({
      yamlServers: demo.yamlServers(),
      channels: [{ name: 'ops', webhook: url }],
    })
    await engines.clock.advance(10_000)
    return { client, engine, told }
  }
  type Client = Awaited<ReturnType<typeof start>>['client']
  const open = async (client: Client) => (await client.alarms.list()).map(({ kind, rule, subject }) => `${rule ?? kind} ${pathOf(subject) ?? 'console'}`).sort()
  const befall = async (path: string, forMs: number) => {
    demo.server('Berlin').trouble({ kind: 'publisherGone', path, forMs })
    await engines.clock.advance(20_000)
  }
  /** An alarm of cam1 that is closed and lies in alarms.db, not in its log; then the engine starts again, and has read nothing of it yet. */
  async function withOneClosed() {
    const before = await start()
    await befall('cam1', 30_000)
    await engines.clock.advance(minuteMs)
    const [alarm] = await before.client.alarms.list()
    await before.client.alarms.acknowledge({ ids: [alarm?.id ?? ''] })
    await engines.clock.advance(10_000)
    await engines.stop(before.engine)
    return { id: alarm?.id ?? '', ...(await start()) }
  }
  /** Overwrites the pages of tables, as a failing disk does. */
  function damage(tables: readonly string[]): void {
    const db = new BetterSqlite3(file())
    // Another one's change: the engine's connection trusts no page that it has in memory.
    db.pragma('application_id = 1')
    const pageSize = db.pragma('page_size', { simple: true }) as number
    const pages = db
      .prepare(`SELECT pageno FROM dbstat WHERE name IN (${tables.map(() => '?')})`)
      .pluck()
      .all(...tables) as readonly number[]
    db.close()
    expect(pages.length).toBeGreaterThan(0)
    const handle = openSync(file(), 'r+')
    for (const page of pages) writeSync(handle, Buffer.alloc(pageSize, 0xa5), 0, pageSize, (page - 1) * pageSize)
    closeSync(handle)
  }

  test.each([
    ['its table', ['closed_alarms']],
    ['its index of words', ['closed_words_data', 'closed_words_idx']],
  ])('in %s: closed alarms are said to be unreadable, the file is set aside, told, and another takes what is closed then', async (_, tables) => {
    const { client, told } = await withOneClosed()
    await befall('cam2', 5 * minuteMs)
    const toldBefore = [...told]
    damage(tables)
    await expect(client.alarms.past({ q: 'cam1' })).rejects.toMatchObject({ code: 'NOT_READ', data: { kind: 'closedUnreadable' } })
    await expect(client.alarms.past({ q: 'cam1' })).rejects.toMatchObject({ code: 'NOT_READ' })
    expect(await open(client)).toEqual(['streamGone cam2'])

    await engines.clock.advance(3_000)
    expect(await open(client)).toEqual(['storeDamaged console', 'streamGone cam2'])
    const [event] = await client.history.events({ kinds: ['storeDamaged'], limit: 5 })
    const [aside] = files()
    expect(event?.facts).toEqual({ damage: 'alarmsBegunAnew', setAside: aside })
    expect((await client.history.store()).setAside).toMatchObject([{ file: aside, damage: { damage: 'alarmsBegunAnew' } }])
    expect(await client.alarms.past()).toEqual([])
    // All before is unknown, not well.
    const { since } = await client.alarms.kept()
    expect(since).toBeGreaterThan(engines.clock.now() - 5_000)
    await expect(client.alarms.list({ at: startAt + minuteMs })).rejects.toMatchObject({ code: 'NOT_KEPT' })

    await engines.clock.advance(5 * minuteMs)
    await client.alarms.acknowledge({ ids: (await client.alarms.list()).map(({ id }) => id) })
    await engines.clock.advance(2 * minuteMs)
    expect((await client.alarms.past({ q: 'cam2' })).map(({ subject }) => pathOf(subject))).toEqual(['cam2'])
    expect(told).toEqual([...toldBefore, 'start mtxdeck', 'end Berlin · cam2', 'end mtxdeck'])
    const stored = new BetterSqlite3(file(), { readonly: true })
    expect(stored.prepare('SELECT count(*) FROM closed_alarms').pluck().get()).toBe(2)
    stored.close()

    await engines.stop()
    const again = await start()
    expect((await again.client.alarms.past()).length).toBe(2)
    expect(await again.client.alarms.kept()).toMatchObject({ since })
    expect(files()).toHaveLength(1)
    expect(statSync(join(engines.folder, 'data', aside ?? '')).size).toBeGreaterThan(0)
  })
})
