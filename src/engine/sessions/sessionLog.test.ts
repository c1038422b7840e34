import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite3, { type Database } from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { PastSession } from '../../shared/sessions.ts'
import { mostCounted } from '../servers/apiFields.ts'
import type { PathReading, SessionReading } from '../servers/readings.ts'
import { createStreamsFixture, livePath, publisherSession, readerSession, type StreamsFixture } from '../streams/streams.fixture.ts'
import { createTestLog } from '../testLog.ts'
import { createSessionLog, type SessionLog } from './sessionLog.ts'
import { openSessionsDatabase } from './sessionsDatabase.ts'

const never = new AbortController().signal
const minute = 60_000

/** A console that keeps the sessions of one server in a folder; `restart` is another launch on the same folder. */
function createConsole(folder: string) {
  const settings = new Map<string, string>()
  const watched = new Set(['a'])
  let log: SessionLog
  let db: Database
  let meanwhile = async () => {}
  const launch = (clock?: StreamsFixture['clock']) => {
    const fixture = createStreamsFixture({ ...(clock && { clock }), sessionsChanged: (server, changes) => log.changed(server, changes) })
    const opened = openSessionsDatabase({ clock: fixture.clock, log: createTestLog(), dataDir: folder })
    if (!opened.ok) throw new Error(opened.error.words)
    db = opened.value.db
    log = createSessionLog({
      clock: fixture.clock,
      log: createTestLog(),
      // All that looks through many lets something else happen at each step.
      slices: {
        begin: () => ({
          isOver: () => true,
          workedMs: () => 0,
          next: () => meanwhile(),
        }),
      },
      db,
      sessionOf: fixture.streams.sessionOf,
      bundleEnd: null,
      nameOf: (id) => (watched.has(id) ? 'berlin' : null),
      onNoneKept: () => {},
      kept: { read: (key) => settings.get(key) ?? null, write: (key, value) => void settings.set(key, value) },
    })
    return fixture
  }
  let fixture = launch()
  return {
    get fixture() {
      return fixture
    },
    get log() {
      return log
    },
    get db() {
      return db
    },
    watched,
    set meanwhile(run: () => Promise<void>) {
      meanwhile = run
    },
    past: async (of: Partial<Parameters<SessionLog['past']>[0]> = {}) => log.past({ from: 0, to: fixture.clock.now(), limit: 100, ...of }, never),
    /** Ends as a killed process does: what is not stored is lost. */
    restart: async ({ killed = false } = {}) => {
      if (!killed) await log[Symbol.asyncDispose]()
      fixture = launch(fixture.clock)
      log.forgetOthers(watched)
    },
  }
}

let folder: string
let deck: ReturnType<typeof createConsole>
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mtxdeck-sessions-'))
  deck = createConsole(folder)
})
afterEach(async () => {
  await deck.log[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

const camera = (...viewers: readonly string[]): PathReading => livePath('cam', 1_000_000, { readers: viewers.map((id) => ({ type: 'rtspSession', id })) })
const viewer = (id: string, changes: Partial<SessionReading> = {}) => readerSession('cam', id, { remoteAddr: `10.1.2.${id.length}:4000`, ...changes })
const publisher = publisherSession('cam')
const brief = ({ role, remoteAddr, began, ended }: PastSession) => ({ role, remoteAddr, began, ended })

function overwritePages(file: string): void {
  const handle = openSync(file, 'r+')
  for (let at = 4_096; at < statSync(file).size; at += 4_096) writeSync(handle, Buffer.alloc(4_096, 0x55), 0, 4_096, at)
  closeSync(handle)
}

test('who watched what is known after it ended: from when to when, from where, and how much', async () => {
  const { fixture } = deck
  fixture.poll([camera('v')], [publisher, viewer('v', { outboundBytes: 0 })])
  const began = fixture.clock.now()
  await fixture.next([camera('v')], [publisher, viewer('v', { outboundBytes: 500_000 })])
  await fixture.next([camera()], [publisher])
  const { sessions } = await deck.past()
  expect(sessions.map(({ role, ended }) => [role, ended])).toEqual([
    ['reader', fixture.clock.now()],
    ['publisher', null],
  ])
  expect(sessions[0]).toMatchObject({ server: 'berlin', path: 'cam', remoteAddr: '10.1.2.1:4000', bytes: 500_000, endedAfter: null })
  expect(sessions[0]?.began).toBeLessThanOrEqual(began)
})

test('the highest counts that a server can be right with are kept', async () => {
  const { fixture } = deck
  const counted = { ...publisher, inboundBytes: mostCounted, rtp: publisher.rtp && { ...publisher.rtp, lost: mostCounted } }
  fixture.poll([camera('v')], [counted, viewer('v', { outboundBytes: mostCounted })])
  await fixture.next([], [])
  const { sessions } = await deck.past()
  expect(sessions.map(({ bytes, lost }) => [bytes, lost])).toEqual([
    [mostCounted, mostCounted],
    [mostCounted, null],
  ])
})

test('a moment of the past has those that were open then, and no others', async () => {
  const { fixture } = deck
  fixture.poll([camera('a')], [publisher, viewer('a')])
  const bb = viewer('bb', { createdAt: fixture.clock.now() })
  await fixture.next([camera('a', 'bb')], [publisher, viewer('a'), bb])
  const both = fixture.clock.now() + 500
  await fixture.next([camera('bb')], [publisher, bb])
  await fixture.next([camera()], [publisher])
  await fixture.next([camera()], [publisher])
  const then = async (at: number) => (await deck.past({ from: at, to: at, role: 'reader' })).sessions.map(({ id }) => id).sort()
  expect(await then(both)).toEqual(['a', 'bb'])
  expect(await then(fixture.clock.now() - 500)).toEqual([])
})

test('sessions that outlast an outage of their server are one session; those that do not are said to have ended in it', async () => {
  const { fixture } = deck
  fixture.poll([camera('stays', 'goes')], [publisher, viewer('stays'), viewer('goes')])
  const lastSeen = fixture.clock.now()
  await fixture.clock.advance(10_000)
  fixture.streams.lost(fixture.server, fixture.clock.now(), 'down')
  await fixture.clock.advance(minute)
  expect((await deck.past({ role: 'reader' })).sessions.map(({ ended }) => ended)).toEqual([null, null])
  fixture.poll([camera('stays')], [publisher, viewer('stays')])
  const { sessions } = await deck.past({ role: 'reader' })
  expect(sessions.map(({ id, ended, endedAfter }) => [id, ended, endedAfter])).toEqual([
    ['goes', fixture.clock.now(), lastSeen],
    ['stays', null, null],
  ])
})

test('after a restart, and after a kill, sessions that go on are one session, and nothing stored is lost or twice', async () => {
  for (const killed of [false, true]) {
    const { fixture } = deck
    fixture.poll([camera('a', 'bb')], [publisher, viewer('a'), viewer('bb')])
    const { began } = (await deck.past({ q: 'a', role: 'reader' })).sessions[0] ?? { began: 0 }
    await fixture.clock.advance(6_000)
    await deck.restart({ killed })
    await deck.fixture.clock.advance(minute)
    deck.fixture.poll([camera('bb')], [publisher, viewer('bb')])
    const { sessions } = await deck.past({ role: 'reader' })
    const open = sessions.filter(({ ended }) => ended === null)
    expect(open.map(({ id }) => id)).toEqual(['bb'])
    const ended = sessions.find(({ id, ended: end }) => id === 'a' && end === deck.fixture.clock.now())
    expect(ended).toMatchObject({ began, bytes: null })
    expect(ended?.endedAfter).toBeLessThan(deck.fixture.clock.now() - minute)
    await deck.fixture.next([camera()], [publisher])
  }
})

test('a session that has the id of an earlier one, but began at another time, is another', async () => {
  const { fixture } = deck
  const began = fixture.clock.now()
  const seen = (createdAt: number) => viewer('7', { createdAt })
  const all = async () => (await deck.past({ role: 'reader' })).sessions.map((one) => [one.began, one.ended, one.endedAfter])
  fixture.poll([camera('7')], [publisher, seen(began)])
  await fixture.next([camera('7')], [publisher, seen(began + 1_500)])
  const second = fixture.clock.now()
  expect(await all()).toEqual([
    [began, second, null],
    [began + 1_500, null, null],
  ])
  fixture.streams.lost(fixture.server, fixture.clock.now(), 'down')
  await fixture.clock.advance(minute)
  fixture.poll([camera('7')], [publisher, seen(second + 30_000)])
  expect(await all()).toEqual([
    [began + 1_500, fixture.clock.now(), second],
    [began, second, null],
    [second + 30_000, null, null],
  ])
})

test('sessions of a server that was removed while mtxdeck did not run have ended, and so have those that nobody could ask for longer than sessions are kept', async () => {
  const open = async () => (await deck.past()).sessions.map(({ ended }) => ended === null)
  deck.fixture.poll([camera('a')], [publisher, viewer('a')])
  await deck.fixture.clock.advance(6_000)
  deck.watched.clear()
  await deck.restart()
  await deck.fixture.clock.advance(6_000)
  expect(await open()).toEqual([false, false])
  await deck.restart()
  expect(await open()).toEqual([false, false])

  deck.watched.add('a')
  deck.fixture.poll([camera('a')], [publisher, viewer('a')])
  deck.log.keep(1)
  deck.fixture.streams.lost(deck.fixture.server, deck.fixture.clock.now(), 'down')
  await deck.fixture.clock.advance(23 * 60 * minute)
  expect(await open()).toEqual([false, false, true, true])
  await deck.fixture.clock.advance(3 * 60 * minute)
  expect(await open()).toEqual([])
  await deck.restart()
  expect(await open()).toEqual([])
})

test('after a restart, what went meanwhile ended after it was seen last, to the minute also where mtxdeck was killed', async () => {
  for (const killed of [false, true]) {
    const { fixture } = deck
    fixture.poll([camera('a')], [publisher, viewer('a')])
    await fixture.clock.advance(6_000)
    for (let hour = 0; hour < 3; hour++) {
      await fixture.clock.advance(60 * minute)
      await fixture.next([camera('a')], [publisher, viewer('a')])
    }
    const seenAt = fixture.clock.now()
    if (killed) await fixture.clock.advance(2 * minute)
    await deck.restart({ killed })
    await deck.fixture.clock.advance(10 * minute)
    deck.fixture.poll([camera()], [publisher])
    const [last] = (await deck.past({ role: 'reader' })).sessions
    expect(last).toMatchObject({ ended: deck.fixture.clock.now(), endedAfter: seenAt })
  }
})

test('where time is set back, no session ends before it began or after it ended', async () => {
  const { fixture } = deck
  fixture.poll([camera('a', 'bb')], [publisher, viewer('a'), viewer('bb')])
  fixture.streams.lost(fixture.server, fixture.clock.now(), 'down')
  fixture.clock.jumpWall(-30 * minute)
  fixture.poll([camera('bb')], [publisher, viewer('bb')])
  await fixture.next([camera()], [publisher])
  for (const { began, ended, endedAfter } of (await deck.past({ to: fixture.clock.now() + 60 * minute, role: 'reader' })).sessions) {
    expect(ended).toBeGreaterThanOrEqual(began)
    if (endedAfter !== null) expect(endedAfter >= began && endedAfter <= (ended ?? 0)).toBe(true)
  }
})

test('where a list is not read any more because nobody is on it, its sessions have ended', async () => {
  const { fixture } = deck
  fixture.poll([camera('a')], [publisher, viewer('a')])
  await fixture.clock.advance(6_000)
  fixture.streams.lost(fixture.server, fixture.clock.now(), 'down')
  await fixture.clock.advance(minute)
  fixture.poll([livePath('cam', 1, { sourceType: null, sourceId: '', readers: [] })], [])
  expect((await deck.past()).sessions.map(({ ended }) => ended)).not.toContain(null)
})

test('pictures of mtxdecks are no sessions', async () => {
  deck.fixture.poll([camera('ours')], [publisher, viewer('ours', { own: true })])
  expect((await deck.past({ role: 'reader' })).sessions).toEqual([])
})

test('one that is known to be of a mtxdeck only after its start is no session either, also over a restart', async () => {
  const readers = async () => (await deck.past({ role: 'reader' })).sessions
  deck.fixture.poll([camera('ours', 'too')], [publisher, viewer('ours'), viewer('too')])
  await deck.fixture.clock.advance(6_000)
  await deck.fixture.next([camera('ours', 'too')], [publisher, viewer('ours', { own: true }), viewer('too')])
  expect((await readers()).map(({ id }) => id)).toEqual(['too'])
  await deck.restart()
  deck.fixture.poll([camera('ours', 'too')], [publisher, viewer('ours', { own: true }), viewer('too', { own: true })])
  expect(await readers()).toEqual([])
})

test('thousands are stored and found by address, network, time and server, those that ended last first', async () => {
  const { fixture } = deck
  const many = Array.from({ length: 5_000 }, (_, n) => `viewer-${n}`)
  const all = many.map((id, n) => viewer(id, { remoteAddr: `10.9.${Math.floor(n / 250)}.${n % 250}:5000`, outboundBytes: n * 1_000 }))
  fixture.poll([camera(...many)], [publisher, ...all])
  await fixture.next([camera()], [publisher])
  for (let turn = 0; turn < 10; turn++) await fixture.clock.advance(5_000)
  const one = await deck.past({ address: '10.9.3.7' })
  expect(one.sessions.map(({ remoteAddr, bytes, path }) => ({ remoteAddr, bytes, path }))).toEqual([
    { remoteAddr: '10.9.3.7:5000', bytes: 757_000, path: 'cam' },
  ])
  expect((await deck.past({ address: '10.9.3.0/24', limit: 1_000 })).sessions).toHaveLength(250)
  const page = await deck.past({ role: 'reader', limit: 10 })
  expect([page.sessions.length, page.more]).toEqual([10, true])
  expect((await deck.past({ server: 'elsewhere' })).sessions).toEqual([])
})

test('what is older than it is to be kept is deleted, and with 0 days nothing is kept', async () => {
  const { fixture } = deck
  fixture.poll([camera('a')], [publisher, viewer('a')])
  await fixture.next([camera()], [publisher])
  deck.log.keep(1)
  await fixture.clock.advance(25 * 60 * minute)
  expect((await deck.past({ role: 'reader' })).sessions).toEqual([])
  expect((await deck.past()).sessions.map(brief)).toMatchObject([{ role: 'publisher', ended: null }])
  deck.log.keep(0)
  await fixture.next([camera('bb')], [publisher, viewer('bb')])
  await fixture.next([camera()], [publisher])
  await fixture.clock.advance(6_000)
  await deck.restart()
  expect((await deck.past()).sessions).toEqual([])
  expect(await deck.past()).toMatchObject({ keepDays: 0, since: null })
})

test('a file that fails stops nothing: what can be is kept in memory, and stored when it works again', async () => {
  const { fixture } = deck
  fixture.poll([camera('a')], [publisher, viewer('a')])
  await fixture.clock.advance(6_000)
  deck.db.pragma('query_only = ON')
  await fixture.next([camera()], [publisher])
  await fixture.clock.advance(5_000)
  expect((await deck.past({ role: 'reader' })).sessions.map(({ ended }) => ended === null)).toEqual([false])
  deck.db.pragma('query_only = OFF')
  await fixture.clock.advance(6_000)
  await deck.restart()
  expect((await deck.past({ role: 'reader' })).sessions.map(({ ended }) => ended === null)).toEqual([false])
})

test('a file whose pages are overwritten, or without its tables, is set aside at the next start, and sessions are kept anew', async () => {
  const file = join(folder, 'sessions.db')
  const harm = [
    () => overwritePages(file),
    () => {
      const db = new BetterSqlite3(file)
      db.exec('DROP TABLE sessions')
      db.close()
    },
  ]
  for (const [done, how] of harm.entries()) {
    deck.fixture.poll([camera('a')], [publisher, viewer('a')])
    await deck.fixture.next([camera()], [publisher])
    await deck.log[Symbol.asyncDispose]()
    how()
    await deck.restart({ killed: true })
    expect(readdirSync(folder).filter((name) => /^sessions\.db\.damaged-.*Z$/.test(name))).toHaveLength(done + 1)
    expect((await deck.past()).sessions).toEqual([])
    deck.fixture.poll([camera('bb')], [publisher, viewer('bb')])
    await deck.fixture.next([camera()], [publisher])
    expect((await deck.past({ role: 'reader' })).sessions).toMatchObject([{ id: 'bb' }])
  }
})

test('while another process holds the file, nothing else waits for it', async () => {
  const other = new BetterSqlite3(join(folder, 'sessions.db'))
  other.exec('BEGIN IMMEDIATE')
  deck.fixture.poll([camera('a')], [publisher, viewer('a')])
  const began = performance.now()
  await deck.fixture.clock.advance(10_000)
  // Each of ten tries waits 100 ms. SQLite's own 5 s would be 50 s, on a fast machine as on a slow one.
  expect(performance.now() - began).toBeLessThan(45_000)
  other.close()
})

test('sessions that end while the past is looked through are found once', async () => {
  const { fixture } = deck
  fixture.poll([camera('a', 'bb')], [publisher, viewer('a'), viewer('bb')])
  let looked = 0
  deck.meanwhile = async () => {
    if (++looked === 1) await fixture.next([camera()], [publisher])
  }
  expect((await deck.past({ role: 'reader' })).sessions.map(({ id }) => id).sort()).toEqual(['a', 'bb'])
})

test('what goes on when keeping is switched on again is kept; when switched off, all is deleted, later where the disk fails', async () => {
  const stored = () =>
    (deck.db.prepare('SELECT count(*) FROM sessions').pluck().get() as number) +
    (deck.db.prepare('SELECT count(*) FROM session_servers').pluck().get() as number)
  deck.fixture.poll([camera('a')], [publisher, viewer('a')])
  await deck.fixture.clock.advance(minute + 5_000)
  expect(stored()).toBe(3)
  deck.db.pragma('query_only = ON')
  deck.log.keep(0)
  await deck.fixture.clock.advance(6_000)
  deck.db.pragma('query_only = OFF')
  await deck.fixture.clock.advance(6_000)
  expect(stored()).toBe(0)
  deck.log.keep(30)
  await deck.restart()
  await deck.fixture.clock.advance(minute)
  deck.fixture.poll([camera()], [publisher])
  expect((await deck.past({ role: 'reader', server: 'berlin' })).sessions).toMatchObject([{ id: 'a', endedAfter: expect.any(Number) }])
})

test('a server that is not watched any more keeps its name in what is kept', async () => {
  const { fixture } = deck
  fixture.poll([camera('a')], [publisher, viewer('a')])
  deck.watched.clear()
  deck.log.forget(fixture.server.id)
  expect((await deck.past({ server: 'berlin' })).sessions.map(({ ended }) => ended)).toEqual([fixture.clock.now(), fixture.clock.now()])
  await deck.restart()
  expect((await deck.past({ server: 'berlin' })).sessions).toHaveLength(2)
})

test('one that lasted for days is found at a moment long before its end, and the same address in all of the past', async () => {
  const { fixture } = deck
  fixture.poll([camera('a')], [publisher, viewer('a')])
  const early = fixture.clock.now() + minute
  await fixture.clock.advance(3 * 24 * 60 * minute)
  const bb = viewer('bb', { createdAt: fixture.clock.now() })
  await fixture.next([camera('a', 'bb')], [publisher, viewer('a'), bb])
  await fixture.next([camera('bb')], [publisher, bb])
  await fixture.next([camera()], [publisher])
  await fixture.clock.advance(2 * 24 * 60 * minute)
  const found = async (of: Parameters<typeof deck.past>[0]) => (await deck.past({ role: 'reader', ...of })).sessions.map(({ id }) => id)
  expect(await found({ from: early, to: early })).toEqual(['a'])
  expect(await found({})).toEqual(['bb', 'a'])
  expect(await found({ address: '10.1.2.2' })).toEqual(['bb'])
})
