import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Tier, tierStepMs, tiers } from '../../../shared/tiers.ts'
import { archiveDay, pendingDay } from '../archiver/archiveDay.ts'
import { checkArchive } from '../check/checkArchive.ts'
import { decodeBuckets } from '../codec/buckets.ts'
import { createTestHistory, samplesOf, type TestHistory, testValue } from '../testHistory.fixture.ts'
import { type Archive, blockOf, createArchive, isDamage, openArchive } from './archiveFile.ts'
import { type CopyPartOptions, copyPart } from './copyPart.ts'
import { createArchiveSource, createLiveSource, type PartSource } from './partSource.ts'

let dir: string
let folder: string
let history: TestHistory
let opened: Archive[]
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mtxdeck-copy-'))
  folder = join(dir, 'history')
  history = createTestHistory(join(dir, 'history.db'))
  opened = []
})
afterEach(() => {
  for (const archive of opened) archive.close()
  history.db.close()
  rmSync(dir, { recursive: true })
})

const dayMs = 86_400_000
const day = Date.UTC(2026, 10, 14)
const a = 'a1b2c3d4-0000-4000-8000-00000000000a'
const b = 'a1b2c3d4-0000-4000-8000-00000000000b'
async function turn(): Promise<void> {}
const every = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i * 2000)
function open(file: string): Archive {
  const result = openArchive(file)
  if (!result.ok) throw new Error(result.error.words)
  opened.push(result.value)
  return result.value
}
const live = (onDamage: (words: string) => void = (words) => expect.unreachable(words)): PartSource => createLiveSource(history.db, () => true, onDamage)

async function copied(
  options: Partial<CopyPartOptions> & Pick<CopyPartOptions, 'sources' | 'from' | 'to'>,
): Promise<[Awaited<ReturnType<typeof copyPart>>, Archive]> {
  const file = join(dir, `${opened.length}.mtxdeck`)
  const { from, to } = options
  const meta = { kind: 'bundle', period: '', from, to, madeBy: 'mtxdeck test', madeAt: to, more: { note: 'x' } } as const
  const into = createArchive(file, meta)
  const done = await copyPart({
    wants: () => true,
    tiers,
    facts: { from, to },
    events: { from, to },
    into,
    turn,
    onDamage: (words) => expect.unreachable(words),
    ...options,
  })
  into.finish()
  expect((await checkArchive(file)).findings).toEqual([])
  return [done, open(file)]
}
/** How many of a column's samples lie in the buckets of a tier. */
function counted(archive: Archive, tier: Exclude<Tier, 'samples'>, server: string, path: string): [number, number][] {
  const no = archive.subjectNo(server, path)
  if (no === null) return []
  return archive.bucketRows(no, blockOf(tier, 0), blockOf(tier, Number.MAX_VALUE)).flatMap(({ parts }) =>
    parts.flatMap(({ layout, bytes }) => {
      const buckets = decodeBuckets(bytes)
      if (buckets.stepMs !== tierStepMs[tier]) return []
      const column = buckets.columns.get(archive.layout(layout).metrics.indexOf('path.bitrateIn'))
      return [...(column?.count ?? [])].flatMap((count, k): [number, number][] => (count > 0 ? [[(buckets.first + k) * buckets.stepMs, count]] : []))
    }),
  )
}

/** Two days of two servers, the first one archived; what was told of them, and events. */
async function twoDays(): Promise<PartSource[]> {
  for (const server of [a, b])
    for (const start of [day + 3_600_000, day + dayMs - 60_000, day + dayMs + 3_600_000])
      history.seal({ server, paths: ['', 'cam', 'other'], times: every(start, 60) })
  history.fact(a, 'cam', day + 1000, { state: 'live' })
  history.fact(a, 'cam', day + dayMs + 3_700_000, { state: 'stalled' })
  history.event(day + 1000, a, 'cam', 'first')
  history.event(day + dayMs + 3_700_000, a, 'cam', 'second')
  history.event(day + dayMs + 3_700_001, a, 'other', 'third')
  history.event(day + dayMs + 3_700_002, b, null, 'fourth')
  history.event(day + dayMs + 3_700_003, null, null, 'of the console itself')
  const pending = pendingDay(history.db, day + dayMs)
  if (!pending) throw new Error('no day is over')
  const { list, drop } = await archiveDay({ history: history.db, folder, day: pending, now: day + 2 * dayMs, madeBy: 'mtxdeck test', turn })
  history.db.prepare('DELETE FROM seals WHERE from_at < ? AND id <= ?').run(day + dayMs, drop?.lastSeal)
  return [live(), ...list.map(({ name }) => createArchiveSource(open(join(folder, name))))]
}

test('a span of history.db and archives together is one file, with nothing twice', async () => {
  const sources = await twoDays()
  const [done, archive] = await copied({ sources, from: day, to: day + 2 * dayMs })
  const times = [...every(day + 3_600_000, 60), ...every(day + dayMs - 60_000, 60), ...every(day + dayMs + 3_600_000, 60)]
  for (const server of [a, b])
    for (const path of ['cam', 'other'])
      expect(samplesOf(archive, server, path, 'path.bitrateIn')).toEqual(times.map((at) => [at, testValue(path, 'path.bitrateIn', at)]))
  // From the first event until an interval after the last sample.
  expect(done.span).toEqual({ from: day + 1000, to: (times.at(-1) as number) + 2000 })
  for (const tier of ['minutes', 'quarterHours', 'twoHours'] as const)
    expect([tier, counted(archive, tier, a, 'cam').reduce((sum, [, count]) => sum + count, 0)]).toEqual([tier, 180])
  expect(counted(archive, 'minutes', a, 'cam').filter(([at]) => at === day + dayMs)).toEqual([[day + dayMs, 30]])
})

test('only the servers and streams that were asked for are copied, with their events and the console’s own', async () => {
  const sources = await twoDays()
  const [, archive] = await copied({ sources, from: day, to: day + 2 * dayMs, wants: (server, path) => server === a && path !== 'other' })
  expect(archive.subjects().map(({ server, path }) => [server, path])).toEqual([
    [a, ''],
    [a, 'cam'],
  ])
  expect(archive.events(0, Number.MAX_VALUE).map(({ text }) => text)).toEqual(['first', 'second', 'of the console itself'])
  // Nothing of the others stands anywhere in the file.
  const bytes = readFileSync(archive.file)
  expect([bytes.includes('other'), bytes.includes(b)]).toEqual([false, false])
})

test('seals that touch the span are whole, buckets and events are cut to it, and facts tell what held at its start', async () => {
  const sources = await twoDays()
  const from = day + dayMs + 3_600_000 + 60_000
  const [, archive] = await copied({ sources, from, to: from + 1000 })
  expect(samplesOf(archive, a, 'cam', 'path.bitrateIn').map(([at]) => at)).toEqual(every(day + dayMs + 3_600_000, 60))
  expect(counted(archive, 'minutes', a, 'cam')).toEqual([[from, 30]])
  expect(archive.factsAt(from).map(({ json }) => json)).toEqual(['{"state":"live"}'])
})

test('what one source tells to be gone is not brought back by an older one', async () => {
  const sources = await twoDays()
  history.fact(a, 'cam', day + dayMs + 1000, null)
  history.fact(b, 'cam', day + dayMs + 1000, { state: 'live' })
  const from = day + dayMs + 2000
  const [, archive] = await copied({ sources, from, to: from + 3_600_000 })
  expect(archive.factsBetween(0, Number.MAX_VALUE).map(({ at, json }) => [at, json])).toEqual([[day + dayMs + 1000, '{"state":"live"}']])
})

test('a span of which nothing is kept gives an empty file and says so', async () => {
  const [done, archive] = await copied({ sources: await twoDays(), from: day - dayMs, to: day - 1 })
  expect(done).toEqual({ span: null, hasAny: false })
  expect(archive.subjects()).toEqual([])
})

test('an event of the live file whose facts are no JSON is left out and told', async () => {
  history.event(day + 1000, a, 'cam', 'first')
  history.event(day + 2000, a, 'cam', 'second')
  history.db.exec(`UPDATE events SET facts = '{' WHERE id = 1`)
  const damage: string[] = []
  const sources = [live((words) => void damage.push(words))]
  const [, archive] = await copied({ sources, from: day, to: day + dayMs })
  expect(archive.events(0, Number.MAX_VALUE).map(({ text }) => text)).toEqual(['second'])
  expect(damage).toEqual(['a part of the events cannot be read (the facts of event 1 cannot be read)'])
})

test('a bundle made of a bundle holds the same', async () => {
  const [first, archive] = await copied({ sources: await twoDays(), from: day, to: day + 2 * dayMs })
  const [second, again] = await copied({ sources: [createArchiveSource(archive)], from: day, to: day + 2 * dayMs })
  expect(second).toEqual(first)
  expect(samplesOf(again, b, 'cam', 'path.readers')).toEqual(samplesOf(archive, b, 'cam', 'path.readers'))
  expect(again.factsBetween(0, Number.MAX_VALUE)).toEqual(archive.factsBetween(0, Number.MAX_VALUE))
})

test('it stops where it is told to, and leaves no half file', async () => {
  const sources = await twoDays()
  const into = createArchive(join(dir, 'stopped.mtxdeck'), { kind: 'bundle', period: '', from: day, to: day, madeBy: '', madeAt: 0, more: {} })
  const stopped = copyPart({
    sources,
    from: day,
    to: day + dayMs,
    wants: () => true,
    tiers,
    facts: null,
    events: null,
    into,
    turn: async () => {
      throw new Error('cancelled')
    },
    onDamage: () => {},
  })
  await expect(stopped).rejects.toThrow('cancelled')
  into.abandon()
  expect(openArchive(join(dir, 'stopped.mtxdeck'))).toMatchObject({ ok: false, error: { words: expect.stringContaining('is not there') } })
})

test('with a flipped bit at every 389th byte a bundle is found out by the check, or says what it said', async () => {
  history.seal({ server: a, paths: ['', 'cam'], times: every(day + 3_600_000, 30) })
  history.fact(a, 'cam', day + 1000, { state: 'live' })
  history.event(day + 1000, a, 'cam', 'first')
  const [, archive] = await copied({ sources: [live()], from: day, to: day + dayMs })
  const contents = (of: Archive): unknown => [
    of.meta(),
    of.subjects(),
    samplesOf(of, a, 'cam', 'path.bitrateIn'),
    samplesOf(of, a, '', 'server.streamsLive'),
    (['minutes', 'quarterHours', 'twoHours'] as const).map((tier) => counted(of, tier, a, 'cam')),
    of.factsAt(day + 1000),
    of.events(0, Number.MAX_VALUE),
  ]
  const truth = contents(archive)
  const file = join(dir, 'flipped.mtxdeck')
  const whole = readFileSync(archive.file)
  let found = 0
  for (let place = 0; place < whole.length; place += 389) {
    const flipped = Uint8Array.from(whole)
    flipped[place] = (flipped[place] as number) ^ (1 << (place % 8))
    writeFileSync(file, flipped)
    if ((await checkArchive(file)).findings.length > 0) {
      found++
      continue
    }
    const result = openArchive(file)
    if (!result.ok) throw new Error(result.error.words)
    try {
      if (!isDeepStrictEqual(contents(result.value), truth)) expect([place, contents(result.value)]).toEqual([place, truth])
    } catch (error) {
      if (isDamage(error)) expect([place, String(error)]).toBe('found by the check')
      throw error
    } finally {
      result.value.close()
    }
  }
  expect(found).toBeGreaterThan(10)
})
