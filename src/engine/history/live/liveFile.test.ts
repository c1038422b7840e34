import { afterEach, expect, test } from 'vitest'
import type { MetricId } from '../../../shared/metrics.ts'
import { streamSubject } from '../../../shared/subjectNames.ts'
import { defaultLimits } from '../protocol/protocol.ts'
import { countStored } from '../testHistory.fixture.ts'
import type { SampleWriter } from './sampleWriter.ts'
import { sealAll, useWrittenHistory } from './writtenHistory.fixture.ts'

const dayMs = 86_400_000
const monday = Date.UTC(2026, 10, 16)
const metrics: readonly MetricId[] = ['path.readers']
const history = useWrittenHistory()
const { create } = history
afterEach(() => expect(history.troubles).toEqual([]))

const put = (writer: SampleWriter, at: number, paths: readonly string[], ownerId = 'a'): void =>
  writer.batch({ ownerId, at, list: 0, paths, metrics, values: Float64Array.from(paths, (_, i) => at / 1000 + i) })
const count = (table: string) => history.db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number
const names = () => history.db.prepare('SELECT name FROM paths ORDER BY name').pluck().all()
/** Until a call finds nothing to do. */
function maintain(writer: SampleWriter, now: number): void {
  for (let left = 10_000; writer.maintain(now, 0, null); left--) if (left === 0) throw new Error('it never ends')
}
function dropDay(writer: SampleWriter, dayStart: number, lastSeal = Number.MAX_SAFE_INTEGER): void {
  while (writer.live.dropDay(dayStart, lastSeal));
}
function archived(writer: SampleWriter, dayStart: number): void {
  const day = new Date(dayStart).toISOString().slice(0, 10)
  writer.live.listArchive({ name: `minutes-${day}.db`, tier: 'minutes', from: dayStart, to: dayStart + dayMs, bytes: 1000, sha256: null })
}

test('a day goes when archives hold it: its seals, and facts that held in it only, while those of the living stay', () => {
  const writer = create()
  const facts = (at: number, path: string, of: object | null) => writer.describe({ ownerId: 'a', at, entries: [{ part: path, facts: of }] })
  facts(monday, 'stays', { n: 1 })
  facts(monday + 1000, 'stays', { n: 2 })
  facts(monday, 'goes', { n: 3 })
  facts(monday + 2000, 'goes', null)
  facts(monday, 'changes', { n: 4 })
  facts(monday + dayMs + 1000, 'changes', { n: 5 })
  for (let i = 0; i < 10; i++) put(writer, monday + i * 1000, ['stays', 'goes', 'changes'])
  sealAll(writer)
  put(writer, monday + dayMs + 5000, ['stays', 'changes'])
  sealAll(writer)
  expect([count('seals'), countStored(history.db, 'chunks'), countStored(history.db, 'minutes'), count('facts'), count('texts')]).toEqual([2, 5, 5, 6, 5])
  expect(() => writer.live.dropDay(monday, 2)).toThrow('no archive of minutes-2026-11-16 is listed')
  archived(writer, monday)
  dropDay(writer, monday)
  expect([count('seals'), countStored(history.db, 'chunks'), countStored(history.db, 'minutes')]).toEqual([1, 2, 2])
  expect(history.db.prepare('SELECT t.json FROM facts f JOIN texts t ON t.id = f.text ORDER BY t.json').pluck().all()).toEqual([
    '{"n":2}',
    '{"n":4}',
    '{"n":5}',
  ])
  expect(count('texts')).toBe(3)
  maintain(writer, monday + dayMs)
  expect(names()).toEqual(['changes', 'stays'])
})

test('a text that a pending fact uses again stays when the facts of its day go', () => {
  const writer = create()
  const facts = (at: number, of: object) => writer.describe({ ownerId: 'a', at, entries: [{ part: 'cam', facts: of }] })
  facts(monday, { n: 1 })
  facts(monday + 1000, { n: 2 })
  put(writer, monday, ['cam'])
  sealAll(writer)
  archived(writer, monday)
  // The seal, then the first fact: nothing refers to its text now.
  writer.live.dropDay(monday, Number.MAX_SAFE_INTEGER)
  writer.live.dropDay(monday, Number.MAX_SAFE_INTEGER)
  expect([count('seals'), count('facts'), count('texts')]).toEqual([0, 1, 2])
  facts(monday + dayMs, { n: 1 })
  dropDay(writer, monday)
  expect(history.db.prepare('SELECT t.json FROM facts f JOIN texts t ON t.id = f.text ORDER BY f.at').pluck().all()).toEqual(['{"n":2}', '{"n":1}'])
})

test('a seal that came after its day was archived stays until it is archived, too', () => {
  const writer = create()
  put(writer, monday, ['cam1'])
  sealAll(writer)
  archived(writer, monday)
  put(writer, monday + 1000, ['cam1'])
  sealAll(writer)
  dropDay(writer, monday, 1)
  expect(history.db.prepare('SELECT id FROM seals').pluck().all()).toEqual([2])
})

test('100,000 names that come and go leave no trace in the catalogue, and numbers of those that stay are not given again', () => {
  const writer = create()
  const perDay = 20_000
  for (let day = 0; day < 5; day++) {
    const at = monday + day * dayMs
    const dynamic = Array.from({ length: perDay }, (_, i) => `dynamic/${day}/${i}`)
    put(writer, at, ['always', ...dynamic])
    sealAll(writer)
    put(writer, at + 1000, ['always'])
    sealAll(writer)
    writer.commit(0)
    if (day > 0) {
      archived(writer, at - dayMs)
      dropDay(writer, at - dayMs)
    }
    maintain(writer, at + 2000)
    expect(count('paths')).toBe(1 + perDay)
  }
  expect(names().slice(0, 2)).toEqual(['always', 'dynamic/4/0'])
  expect(countStored(history.db, 'minutes')).toBe(perDay + 2)
})

test('a name stays while it is in memory or in the journal only, and while its facts hold', () => {
  const writer = create()
  writer.describe({ ownerId: 'a', at: monday, entries: [{ part: 'expected', facts: { expected: true } }] })
  put(writer, monday, ['old', 'back'])
  sealAll(writer)
  archived(writer, monday)
  dropDay(writer, monday)
  put(writer, monday + 3 * dayMs, ['back', 'new'])
  maintain(writer, monday + 3 * dayMs)
  expect(names()).toEqual(['back', 'expected', 'new'])
  writer.close()
  // Only the journal knows of the two.
  const again = create()
  maintain(again, monday + 5 * dayMs)
  expect(names()).toEqual(['back', 'expected', 'new'])
  expect(again.hot([{ ownerId: 'a', path: 'back' }], Number.MAX_VALUE).subjects[0]?.rows?.length).toBeGreaterThan(0)
})

test('a number is given again only when all were given, and never while somebody has it', () => {
  const first = create()
  put(first, monday, ['one', 'two'])
  sealAll(first)
  history.db.exec("UPDATE paths SET no = 16777215 WHERE name = 'two'")
  const again = create()
  put(again, monday + 1000, ['three', 'four'])
  sealAll(again)
  expect(history.db.prepare('SELECT name, no FROM paths ORDER BY no').raw().all()).toEqual([
    ['one', 1],
    ['three', 2],
    ['four', 3],
    ['two', 16_777_215],
  ])
})

test('where samples are more than their limit their oldest seals lose them, and keep their minutes', () => {
  const paths = Array.from({ length: 300 }, (_, i) => `cam${i}`)
  const writer = create({ limits: { ...defaultLimits, samples: { days: 30, bytes: 300_000 } } })
  for (let round = 0; round < 600; round++) {
    writer.batch({
      ownerId: 'a',
      at: monday + round * 2000,
      list: 0,
      paths,
      metrics,
      values: Float64Array.from(paths, (_, i) => (round * 7919 * (i + 1)) % 65_537),
    })
    if (round % 150 === 149) sealAll(writer)
  }
  maintain(writer, monday + 1_200_000)
  const kept = writer.figures().kept
  expect(kept[0]?.bytes).toBeLessThan(300_000)
  expect(kept[0]?.from).toBeGreaterThan(monday)
  expect(kept[1]?.from).toBe(monday)
  expect(countStored(history.db, 'minutes')).toBe(1200)
  const emptied = history.db.prepare('SELECT count(*) FROM seals WHERE sample_bytes = 0').pluck().get() as number
  expect(emptied).toBeGreaterThan(0)
  expect(countStored(history.db, 'chunks')).toBe(300 * (4 - emptied))
})

test('events keep to limits of their own', () => {
  const writer = create({ limits: { ...defaultLimits, events: { days: 1, bytes: 10e6 } } })
  const event = (at: number) => ({ at, kind: 'streamOn', subject: streamSubject('a', 'cam1'), ownerName: 'A', text: 'x'.repeat(1000), facts: {} })
  writer.events(Array.from({ length: 3000 }, (_, i) => event(monday + i)))
  writer.events([event(monday + 2 * dayMs)])
  writer.commit(0)
  const before = writer.figures().kept[4]?.bytes as number
  expect(before).toBeGreaterThan(3_000_000)
  maintain(writer, monday + 2 * dayMs)
  expect(count('events')).toBe(1)
  expect(writer.figures().kept[4]?.bytes).toBe(Math.round(before / 3001))
  writer.events(Array.from({ length: 12_000 }, (_, i) => event(monday + 2 * dayMs + i)))
  writer.commit(0)
  maintain(writer, monday + 2 * dayMs)
  expect(writer.figures().kept[4]?.bytes).toBeLessThan(10e6)
  expect(count('events')).toBeGreaterThan(8000)
})

test('the load of the last hours gives a forecast, and none where they are too few', () => {
  const writer = create()
  const paths = Array.from({ length: 50 }, (_, i) => `cam${i}`)
  const watch = (hours: number, from: number) => {
    for (let at = from; at < from + hours * 3_600_000; at += 60_000) put(writer, at, paths)
    sealAll(writer)
  }
  watch(0.5, monday)
  expect(writer.figures().kept.map(({ bytesPerDay }) => bytesPerDay)).toEqual([null, null, null, null, null])
  watch(3.5, monday + 1_800_000)
  const [samples, minutes] = writer.figures().kept
  const stored = history.db.prepare<[], { s: number; m: number }>('SELECT sum(sample_bytes) AS s, sum(minute_bytes) AS m FROM seals').get()
  expect((samples?.bytesPerDay ?? 0) / ((stored?.s ?? 0) * 6)).toBeCloseTo(1, 1)
  expect((minutes?.bytesPerDay ?? 0) / ((stored?.m ?? 0) * 6)).toBeCloseTo(1, 1)
})

test('coarse values reach back to what is in them, not to where their first bucket begins', () => {
  const writer = create()
  const list = (tier: 'minutes' | 'quarterHours' | 'twoHours', from: number) =>
    writer.live.listArchive({ name: `${tier}.db`, tier, from, to: from + dayMs, bytes: 1000, sha256: null })
  const hour = 3_600_000
  list('minutes', monday + 3 * hour + 10 * 60_000)
  list('quarterHours', monday + 3 * hour)
  list('twoHours', monday + 2 * hour)
  const froms = () => writer.figures().kept.map(({ from }) => from)
  const began = monday + 3 * hour + 10 * 60_000
  expect([writer.figures().from, ...froms()]).toEqual([began, null, began, began, began, null])
  // Minutes went before the coarser tiers did: nobody knows any more where in its bucket the first sample was.
  writer.live.unlistArchive('minutes.db')
  expect([writer.figures().from, ...froms()]).toEqual([monday + 3 * hour, null, null, monday + 3 * hour, monday + 3 * hour, null])
})
