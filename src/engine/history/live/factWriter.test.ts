import { afterEach, expect, test } from 'vitest'
import { inEnglish } from '../../../shared/consoleTroubles.fixture.ts'
import { useWrittenHistory } from './writtenHistory.fixture.ts'

const history = useWrittenHistory()
const { create } = history
afterEach(() => expect(history.troubles).toEqual([]))

/** What lies on the disk, in order of time. */
const stored = (): [string, string, number, string | null][] =>
  history.db
    .prepare<[], [string, string, number, string | null]>(
      `SELECT s.id, p.name, f.at, t.json FROM facts f JOIN servers s ON s.no = f.server JOIN paths p ON p.server = f.server AND p.no = f.path
       LEFT JOIN texts t ON t.id = f.text ORDER BY f.at, p.name`,
    )
    .raw()
    .all()
const texts = () => history.db.prepare('SELECT count(*) FROM texts').pluck().get()

test('facts are kept when they change, and when somebody is gone, but not again', () => {
  const writer = create()
  const describe = (at: number, path: string, facts: object | null) => writer.describe({ ownerId: 'a', at, entries: [{ part: path, facts }] })
  describe(1000, 'cam1', { codec: 'H264' })
  describe(2000, 'cam1', { codec: 'H264' })
  describe(3000, 'cam1', { codec: 'H265' })
  describe(3000, '', { version: '1.18.2' })
  describe(4000, 'cam1', null)
  describe(5000, 'cam1', null)
  describe(5000, 'cam2', null)
  describe(6000, 'cam1', { codec: 'H264' })
  writer.commit(0)
  expect(stored()).toEqual([
    ['a', 'cam1', 1000, '{"codec":"H264"}'],
    ['a', '', 3000, '{"version":"1.18.2"}'],
    ['a', 'cam1', 3000, '{"codec":"H265"}'],
    ['a', 'cam1', 4000, null],
    ['a', 'cam1', 6000, '{"codec":"H264"}'],
  ])
  expect(texts()).toBe(3)
})

test('after a restart only what changed meanwhile is kept, and who is missing in a whole description is gone', () => {
  const first = create()
  first.describe({
    ownerId: 'a',
    at: 1000,
    entries: [
      { part: null, facts: { version: '1.18.2' } },
      { part: 'cam1', facts: { codec: 'H264' } },
      { part: 'cam2', facts: { codec: 'AV1' } },
      { part: 'cam3', facts: { codec: 'AV1' } },
    ],
  })
  first.close()
  const again = create()
  again.describe({
    ownerId: 'a',
    at: 9000,
    entries: [
      { part: 'cam1', facts: { codec: 'H264' } },
      { part: 'cam2', facts: { codec: 'VP9' } },
    ],
    whole: true,
  })
  again.close()
  expect(stored().filter(([, , at]) => at === 9000)).toEqual([
    ['a', 'cam2', 9000, '{"codec":"VP9"}'],
    ['a', 'cam3', 9000, null],
  ])
})

test('facts that a full disk does not take are written later', () => {
  const writer = create()
  writer.commit(0)
  const pages = history.db.pragma('page_count', { simple: true }) as number
  history.db.pragma(`max_page_count = ${pages}`)
  writer.describe({ ownerId: 'a', at: 1000, entries: [{ part: 'cam1', facts: { text: 'x'.repeat(20_000) } }] })
  writer.commit(1000)
  expect(inEnglish(writer.trouble())).toMatch(/is full/)
  expect(history.troubles.splice(0)).toHaveLength(1)
  history.db.pragma('max_page_count = 1000000')
  writer.commit(2000)
  expect(stored().map(([, path, at]) => [path, at])).toEqual([['cam1', 1000]])
})

test('facts of a path without samples are described twice before anything is written, with a seal closed in between', () => {
  const writer = create()
  const describe = (part: string, codec: string) => writer.describe({ ownerId: 'a', at: 1000, entries: [{ part, facts: { codec } }] })
  describe('waits', 'H264')
  writer.batch({ ownerId: 'a', at: 1000, list: 0, paths: ['cam1'], metrics: ['path.readers'], values: Float64Array.of(1) })
  writer.closeAll()
  describe('waits', 'H265')
  writer.commit(0)
  expect(history.db.prepare("SELECT count(*) FROM paths WHERE name = 'waits'").pluck().get()).toBe(1)
})

test('two names that are one in the database have one number there', () => {
  const writer = create()
  const names = ['\ud800', '\ud801']
  for (const part of names) writer.describe({ ownerId: 'a', at: 1000, entries: [{ part, facts: { part } }] })
  writer.batch({ ownerId: 'a', at: 1000, list: 0, paths: names, metrics: ['path.readers'], values: Float64Array.of(1, 2) })
  writer.commit(0)
  writer.closeAll()
  while (writer.sealNext());
  expect(history.db.prepare('SELECT count(*) FROM paths').pluck().get()).toBe(1)
})
