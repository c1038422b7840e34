import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSlices } from '../../clock/slices.ts'
import { createTestClock } from '../../clock/testClock.ts'
import { createSessionLog } from '../sessions/sessionLog.ts'
import { openSessionsDatabase } from '../sessions/sessionsDatabase.ts'
import { sessionOf } from '../streams/sessions.ts'
import { createTestLog } from '../testLog.ts'
import { ViewLog } from './viewLog.ts'

const startAt = Date.UTC(2026, 10, 28, 8)
const minuteMs = 60_000
const dayMs = 86_400_000
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mtxdeck-views-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const clock = createTestClock(startAt)
const ada = { id: 'p1', name: 'Ada' }
const cam = { by: ada, serverId: 's1', path: 'cam', way: 'hls' } as const

function launch(keepDays = () => 30) {
  const opened = openSessionsDatabase({ clock, log: createTestLog(), dataDir: folder })
  if (!opened.ok) throw new Error(opened.error.words)
  const { db } = opened.value
  const log = new ViewLog({ clock, log: createTestLog(), db, nameOf: (id) => (id === 's1' ? 'berlin' : null), keepDays })
  const read = (asked: object = {}) => log.list({ lastMs: dayMs, limit: 100, ...asked })
  const list = (asked?: object) => {
    const views = read(asked)
    if (views === null) throw new Error('not read')
    return views
  }
  return {
    log,
    read,
    list,
    db,
    said: (asked?: object) => list(asked).views.map(({ person, path, end, why, tries }) => [person, path, end, why?.kind ?? null, tries]),
  }
}

test('a view is kept with who, which stream, begin and end, over a restart', async () => {
  const first = launch()
  const end = first.log.begin(cam)
  expect(first.list().views).toMatchObject([
    { person: 'Ada', personId: 'p1', server: 'berlin', path: 'cam', way: 'hls', began: clock.now(), ended: null, end: 'open' },
  ])
  const began = clock.now()
  await clock.advance(5 * minuteMs)
  end('closed', null)
  // It ends once.
  end('failed', { kind: 'closed' })
  first.db.close()
  expect(launch().list().views).toMatchObject([{ began, ended: began + 5 * minuteMs, end: 'closed', why: null }])
})

test('of a view whose end nobody noted the end is unknown', async () => {
  const first = launch()
  first.log.begin(cam)
  first.db.close()
  await clock.advance(minuteMs)
  expect(launch().list().views).toMatchObject([{ ended: null, end: 'unknown' }])
})

test('one that fails again and again is one view with its tries, another reason is another', async () => {
  const { log, said } = launch()
  for (let n = 0; n < 3; n++) {
    log.failed(cam, { kind: 'serverDown' })
    await clock.advance(minuteMs)
  }
  log.failed(cam, { kind: 'readRefused' })
  await clock.advance(20 * minuteMs)
  log.failed(cam, { kind: 'serverDown' })
  expect(said()).toEqual([
    ['Ada', 'cam', 'failed', 'serverDown', 1],
    ['Ada', 'cam', 'failed', 'readRefused', 1],
    ['Ada', 'cam', 'failed', 'serverDown', 3],
  ])
})

test('they are found by person, stream and time, page by page', async () => {
  const { log, list, said } = launch()
  const from = clock.now()
  log.begin(cam)('closed', null)
  await clock.advance(10 * minuteMs)
  const second = clock.now()
  log.begin({ ...cam, path: 'gate', by: { id: 'p2', name: 'Bert' } })
  await clock.advance(10 * minuteMs)
  log.begin({ ...cam, path: 'gate' })('closed', null, clock.now() - minuteMs)
  const found = (asked: object) => said(asked).map(([person, path]) => `${person} ${path}`)
  expect(found({ person: 'bert' })).toEqual(['Bert gate'])
  expect(found({ person: 'p1', path: 'gate' })).toEqual(['Ada gate'])
  expect(found({ from, to: from + minuteMs })).toEqual(['Ada cam'])
  const ofCamera = (paths: readonly string[]) =>
    log
      .list(
        { lastMs: dayMs, limit: 100 },
        paths.map((path) => ({ serverId: 's1', path })),
      )
      ?.views.map(({ path }) => path)
  expect([ofCamera(['cam', 'door']), ofCamera([])]).toEqual([['cam'], []])
  // One that goes on is part of every time since.
  expect(found({ from: second + minuteMs, to: second + 2 * minuteMs })).toEqual(['Bert gate'])
  const page = list({ limit: 2 })
  expect([page.views.length, page.more]).toEqual([2, true])
  expect(found({ before: page.views.at(-1)?.no })).toEqual(['Ada cam'])
})

test('they go with the sessions: after as many days, and none is kept where none are to be', async () => {
  let days = 30
  const { log, list, db } = launch(() => days)
  log.begin(cam)('closed', null)
  await clock.advance(31 * dayMs)
  log.begin({ ...cam, path: 'gate' })
  expect(list({ lastMs: 90 * dayMs }).views.map(({ path }) => path)).toEqual(['gate'])
  days = 0
  expect(list()).toMatchObject({ views: [], keepDays: 0 })
  const before = db.prepare('SELECT count(*) FROM views').pluck().get()
  log.begin({ ...cam, path: 'door' })
  expect(db.prepare('SELECT count(*) FROM views').pluck().get()).toBe(before)
})

test('while the disk takes none they wait, and are stored when it does', () => {
  const { log, said, db } = launch()
  db.pragma('query_only = ON')
  const end = log.begin(cam)
  end('closed', null)
  log.failed(cam, { kind: 'serverDown' })
  expect(said()).toEqual([])
  db.pragma('query_only = OFF')
  expect(said()).toEqual([
    ['Ada', 'cam', 'failed', 'serverDown', 1],
    ['Ada', 'cam', 'closed', null, 1],
  ])
})

test('keeping sessions for 0 days deletes them at once, as soon as the disk allows, and one that lasts does not replace another', async () => {
  const { log, list, db } = launch(() => 30)
  const setting = new Map<string, string>()
  await using sessions = createSessionLog({
    ...{ clock, log: createTestLog(), slices: createSlices(clock), db, sessionOf, bundleEnd: null, nameOf: () => null },
    kept: { read: (key) => setting.get(key) ?? null, write: (key, value) => void setting.set(key, value) },
    onNoneKept: () => log.clear(),
  })
  const end = log.begin(cam)
  log.failed({ ...cam, path: 'door' }, { kind: 'serverDown' })
  const count = () => db.prepare('SELECT count(*) FROM views').pluck().get()
  db.pragma('query_only = ON')
  sessions.keep(0)
  expect(count()).toBe(2)
  db.pragma('query_only = OFF')
  await clock.advance(10_000)
  expect(count()).toBe(0)
  log.begin({ ...cam, path: 'gate' })
  end('closed', null)
  expect(list().views.map(({ path, end }) => [path, end])).toEqual([
    ['cam', 'closed'],
    ['gate', 'open'],
  ])
})

test('a log that cannot be read says so instead of being empty', () => {
  const { log, read, db } = launch()
  log.begin(cam)
  db.pragma('wal_checkpoint(TRUNCATE)')
  const { size } = statSync(db.name)
  const file = openSync(db.name, 'r+')
  writeSync(file, Buffer.alloc(size - 4_096, 0xff), 0, size - 4_096, 4_096)
  closeSync(file)
  db.pragma('shrink_memory')
  expect(read()).toBeNull()
})
