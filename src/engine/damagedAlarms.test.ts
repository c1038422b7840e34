import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createReceiver, createTestFleet } from '../../tests/fakes/testFleet.ts'
import type { DemoFleet } from '../demo/demoFleet.ts'
import { rtspServer } from '../demo/rtspServer.fixture.ts'
import { pathOf } from '../shared/subjectNames.ts'
import type { TestEngines } from './testEngines.ts'

const startAt = Date.UTC(2026, 10, 14, 3, 0, 0)
const minuteMs = 60_000

describe('alarms.db that, while the engine runs,', () => {
  let engines: TestEngines
  let demo: DemoFleet
  /** What is logged as an error, because it is one. */
  let errors: readonly string[]
  beforeEach(async () => {
    errors = []
    ;({ engines, demo } = await createTestFleet(startAt, 'damaged-alarms', [rtspServer('Berlin', 'cam1', 'cam2')]))
  })
  afterEach(async () => {
    await engines[Symbol.asyncDispose]()
    expect(engines.bugs.map((bug) => (bug as { readonly text: string }).text)).toEqual(errors)
  })
  const file = () => join(engines.folder, 'data', 'alarms.db')
  const files = (why: 'damaged' | 'replaced') => readdirSync(join(engines.folder, 'data')).filter((name) => name.startsWith(`alarms.db.${why}`))

  async function start() {
    const { url, received } = await createReceiver(engines)
    const { client, engine } = await engines.start({
      yamlServers: demo.yamlServers(),
      channels: [{ name: 'ops', webhook: url }],
    })
    await engines.clock.advance(10_000)
    return { client, engine, received }
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
  ])('is damaged in %s: closed alarms are said to be unreadable, the file is set aside, notified, and another takes what is closed then', async (_, tables) => {
    errors = [expect.stringContaining('alarms.db is damaged') as string, expect.stringContaining('closed alarms were damaged') as string]
    const { client, received } = await withOneClosed()
    await befall('cam2', 5 * minuteMs)
    const receivedBefore = [...received]
    damage(tables)
    await expect(client.alarms.past({ q: 'cam1' })).rejects.toMatchObject({ code: 'NOT_READ', data: { kind: 'closedUnreadable' } })
    await expect(client.alarms.past({ q: 'cam1' })).rejects.toMatchObject({ code: 'NOT_READ' })
    expect(await open(client)).toEqual(['streamGone cam2'])

    await engines.clock.advance(3_000)
    expect(await open(client)).toEqual(['storeDamaged console', 'streamGone cam2'])
    const [event] = await client.history.events({ kinds: ['storeDamaged'], limit: 5 })
    const [aside] = files('damaged')
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
    expect(received).toEqual([...receivedBefore, 'start mtxdeck', 'end Berlin · cam2', 'end mtxdeck'])
    const stored = new BetterSqlite3(file(), { readonly: true })
    expect(stored.prepare('SELECT count(*) FROM closed_alarms').pluck().get()).toBe(2)
    stored.close()

    await engines.stop()
    const again = await start()
    expect((await again.client.alarms.past()).length).toBe(2)
    expect(await again.client.alarms.kept()).toMatchObject({ since })
    expect(files('damaged')).toHaveLength(1)
    expect(statSync(join(engines.folder, 'data', aside ?? '')).size).toBeGreaterThan(0)
  })

  const closedPaths = async (client: Client) => (await client.alarms.past()).flatMap(({ subject }) => pathOf(subject) ?? []).sort()
  const closeAll = async (client: Client) => {
    await client.alarms.acknowledge({ ids: (await client.alarms.list()).map(({ id }) => id) })
    await engines.clock.advance(10_000)
  }
  const damages = async (client: Client) => (await client.history.events({ kinds: ['storeDamaged'], limit: 5 })).map(({ facts }) => facts)

  test.skipIf(process.platform === 'win32')(
    'is removed, and once more: it is written again each time and notified, and no alarm is missing that was closed before, between or after',
    async () => {
      errors = Array.from({ length: 2 }, () => expect.stringContaining('(alarms.db) was removed while mtxdeck was running') as string)
      const { client } = await withOneClosed()
      for (const path of ['cam2', 'cam1']) {
        for (const end of ['', '-wal', '-shm']) rmSync(`${file()}${end}`, { force: true })
        await befall(path, minuteMs)
        expect(await open(client)).toEqual(['storeDamaged console', `streamGone ${path}`])
        await engines.clock.advance(2 * minuteMs)
        await closeAll(client)
      }
      expect(await damages(client)).toEqual(Array.from({ length: 2 }, () => ({ damage: 'moved', store: 'alarms', file: 'alarms.db', setAside: null })))
      expect(await closedPaths(client)).toEqual(['cam1', 'cam1', 'cam2'])
      const { since } = await client.alarms.kept()
      await engines.stop()
      const again = await start()
      expect(await closedPaths(again.client)).toEqual(['cam1', 'cam1', 'cam2'])
      expect(await again.client.alarms.kept()).toMatchObject({ since })
      expect(await damages(again.client)).toHaveLength(2)
    },
  )

  test.skipIf(process.platform === 'win32')(
    'is replaced by another file: that one is set aside and named as long as it lies there, and the closed alarms are there',
    async () => {
      errors = [expect.stringContaining('in the place of the database of closed alarms (alarms.db)') as string]
      const { client } = await withOneClosed()
      writeFileSync(join(engines.folder, 'other'), 'somebody else’s')
      renameSync(join(engines.folder, 'other'), file())
      await engines.clock.advance(10_000)
      const [aside = ''] = files('replaced')
      expect(readFileSync(join(engines.folder, 'data', aside), 'utf8')).toBe('somebody else’s')
      expect((await client.history.store()).setAside).toMatchObject([{ file: aside, damage: { damage: 'moved', store: 'alarms', setAside: aside } }])
      expect(await open(client)).toEqual(['storeDamaged console'])
      await engines.stop()
      const again = await start()
      expect(await closedPaths(again.client)).toEqual(['cam1'])
      expect((await again.client.history.store()).setAside).toMatchObject([{ file: aside, damage: { damage: 'alarmsReplaced' } }])
    },
  )

  test.skipIf(process.platform === 'win32')(
    'is removed from a disk that takes no other one: closed alarms stay readable, those closed meanwhile wait in main.db, and all are there once it takes one',
    async () => {
      errors = [expect.stringContaining('alarms.db was removed while mtxdeck was running, and cannot be written again') as string]
      const { client } = await withOneClosed()
      for (const end of ['', '-wal', '-shm']) rmSync(`${file()}${end}`, { force: true })
      // Where it is written before it is moved into place.
      const inTheWay = `${file()}.again`
      mkdirSync(inTheWay)
      await engines.clock.advance(10_000)
      expect(await open(client)).toEqual(['storeFailing console'])
      expect((await client.history.store()).why).toMatchObject({ kind: 'fileMoved', file: file(), replaced: false })
      await befall('cam2', 30_000)
      await engines.clock.advance(minuteMs)
      await closeAll(client)
      expect(await closedPaths(client)).toEqual(['cam1', 'cam2'])
      const main = new BetterSqlite3(join(engines.folder, 'data', 'main.db'), { readonly: true })
      expect(main.prepare('SELECT path FROM alarms WHERE closed_at IS NOT NULL').pluck().all()).toEqual(['cam2'])
      main.close()
      errors = [...errors, ...errors, expect.stringContaining('(alarms.db) was removed while mtxdeck was running') as string]
      rmSync(inTheWay, { recursive: true })
      await engines.clock.advance(2 * minuteMs)
      expect((await client.history.store()).why).toBe(null)
      await engines.stop()
      expect(await closedPaths((await start()).client)).toEqual(['cam1', 'cam2'])
    },
  )
})
