import BetterSqlite3 from 'better-sqlite3'
import { expect, test } from 'vitest'
import { createTestClock } from '../../clock/testClock.ts'
import { createOpenPictures } from '../previews/openPictures.ts'
import { endless, noViews } from '../previews/streams.fixture.ts'
import { mainMigrations } from '../storage/mainMigrations.ts'
import { migrate } from '../storage/migrate.ts'
import { createTestLog } from '../testLog.ts'
import { createWalls } from '../walls/walls.ts'
import { Guests } from './guests.ts'

/** The links of a console with a server that has no streams. */
function start() {
  const clock = createTestClock()
  const db = new BetterSqlite3(':memory:')
  migrate(db, mainMigrations)
  const log = createTestLog()
  const open = () =>
    new Guests({
      ...{ clock, log, db, audit: { record: () => {} } },
      ...{ servers: () => [{ id: 'berlin', name: 'Berlin', tags: [] }], server: () => null, cameraNameOf: () => null },
      streams: { brief: () => null, eachListed: () => {} },
      walls: createWalls({ log, db }),
      previews: { open: async () => null, closeOwn: () => {} },
      openPictures: createOpenPictures({ clock, log, views: noViews, running: endless }),
      snapshots: { newest: async () => [] },
    })
  const guests = open()
  const added = guests.add({ name: 'Fair', shows: { kind: 'streams', streams: [{ serverId: 'berlin', path: 'gate' }] } }, 'anna')
  if (!added.ok) throw new Error(added.error)
  const { link, secret } = added.value
  /** Whether a console that is started now admits with the link. */
  const admitsAfterRestart = () => {
    using again = open()
    return again.find(secret) !== null
  }
  const lastUseAfterRestart = () => {
    using again = open()
    return again.list()[0]?.lastUsedAt ?? null
  }
  return { clock, db, guests, link, secret, admitsAfterRestart, lastUseAfterRestart }
}

test('a link was last used when its page was last asked for, and after a restart at most ten minutes before', async () => {
  const { clock, guests, link, lastUseAfterRestart } = start()
  expect(lastUseAfterRestart()).toBeNull()
  for (let minutes = 0; minutes < 25; minutes += 4) {
    await clock.advance(240_000)
    guests.page(link)
    expect(guests.list()[0]?.lastUsedAt).toBe(clock.now())
    expect(lastUseAfterRestart()).toBeGreaterThan(clock.now() - 600_000)
  }
  guests[Symbol.dispose]()
})

test('a link that was revoked while the disk was full stays revoked over a restart, as soon as there is room', async () => {
  const { clock, db, guests, link, secret, admitsAfterRestart } = start()
  db.pragma('query_only = ON')
  expect(guests.revoke(link.id).ok).toBe(true)
  expect(guests.find(secret)).toBeNull()
  await clock.advance(120_000)
  db.pragma('query_only = OFF')
  await clock.advance(60_000)
  expect(admitsAfterRestart()).toBe(false)
  guests[Symbol.dispose]()
})

test('it does too when the console is stopped before it was tried again', () => {
  const { db, guests, link, admitsAfterRestart } = start()
  db.pragma('query_only = ON')
  guests.revoke(link.id)
  db.pragma('query_only = OFF')
  guests[Symbol.dispose]()
  expect(admitsAfterRestart()).toBe(false)
})
