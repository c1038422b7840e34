import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createSlices } from '../../clock/slices.ts'
import { newEvent } from '../../shared/events.ts'
import type { MetricId } from '../../shared/metrics.ts'
import { streamStateCodes } from '../../shared/streams.ts'
import { serverSubject } from '../../shared/subjectNames.ts'
import type { History } from '../history/history.ts'
import { testHistories } from '../history/openHistories.fixture.ts'
import { mainMigrations } from '../storage/mainMigrations.ts'
import { migrate } from '../storage/migrate.ts'
import { createTestLog } from '../testLog.ts'
import { createBaselines } from './baselines.ts'

const zone = 'Europe/Berlin'
const hourMs = 3_600_000
const weekMs = 168 * hourMs
const quarterMs = 900_000
const stepMs = 300_000
/** A Monday, 0 h in Berlin; clocks are set back in the third week. */
const from = Date.UTC(2026, 9, 4, 22)
const weeks = 6
const { clock, open } = testHistories(from)
const metrics = ['path.state', 'path.bitrateIn'] as const satisfies readonly MetricId[]
const berlin = serverSubject('berlin')
const paths = ['steady', 'evening', 'slate', 'troubled', 'maintained', 'gaps', 'young', 'resized'] as const
type Path = (typeof paths)[number]

const evening = (at: number) => (at + (at < Date.UTC(2026, 9, 25, 1) ? 2 : 1) * hourMs) % (24 * hourMs) >= 18 * hourMs
const hourOfWeek = (at: number) => Math.floor(((at - from) % weekMs) / hourMs)
const isOdd = (at: number) => hourOfWeek(at) < 20
/** State and kbit/s of a stream; null: it is not listed. */
const shown: Readonly<Record<Path, (at: number) => readonly [state: number, kbit: number] | null>> = {
  steady: () => [streamStateCodes.live, 4_000],
  evening: (at) => [streamStateCodes.live, evening(at) ? 8_000 : 4_000],
  slate: (at) => (isOdd(at) ? [streamStateCodes.slate, 150] : [streamStateCodes.live, 4_000]),
  troubled: (at) => [streamStateCodes.live, isOdd(at) && at > from + 5 * weekMs ? 1_000 : 4_000],
  maintained: (at) => [streamStateCodes.live, isOdd(at) && at > from + 5 * weekMs ? 1_000 : 4_000],
  gaps: (at) => (at % hourMs >= quarterMs && at % hourMs < 3 * quarterMs && hourOfWeek(at) === 10 ? null : [streamStateCodes.live, 4_000]),
  young: (at) => (at < from + 4 * weekMs ? null : [streamStateCodes.live, 4_000]),
  resized: () => [streamStateCodes.live, 4_000],
}

/** Three samples a quarter hour, day by day. */
async function writeWeeks(store: History): Promise<void> {
  for (let at = from; at < from + weeks * weekMs; ) {
    for (const until = at + 24 * hourMs; at < until; at += stepMs) {
      const rows = paths.flatMap((path) => {
        const values = shown[path](at)
        return values === null ? [] : [{ path, values: [values[0], values[1] * 1_000] }]
      })
      store.append({ owner: berlin, at, parts: null, metrics: ['server.reachable'], values: Float64Array.of(1) })
      store.append({ owner: berlin, at, parts: rows.map(({ path }) => path), metrics, values: Float64Array.from(rows.flatMap(({ values }) => values)) })
    }
    if (at === from + 5 * weekMs)
      store.record([
        newEvent(
          'sizeChanged',
          at,
          { before: '1920 × 1080', after: '1280 × 720' },
          { subject: { kind: 'stream', serverId: 'berlin', path: 'resized' }, ownerName: 'Berlin' },
        ),
      ])
    await clock().sleepMachine(at - clock().now())
  }
}

describe('what is usual for streams', () => {
  let db: BetterSqlite3.Database
  let stop: AbortController
  beforeEach(() => {
    db = new BetterSqlite3(':memory:')
    migrate(db, mainMigrations)
    stop = new AbortController()
  })
  afterEach(() => {
    stop.abort()
    db.close()
  })
  const baselineOf = (store: History) => {
    const lastWeek = { from: from + 5 * weekMs, to: from + 5 * weekMs + 20 * hourMs }
    return createBaselines({
      clock: clock(),
      log: createTestLog(),
      db,
      history: store,
      slices: createSlices(clock()),
      zone,
      isKnown: () => false,
      troubledOf: async (_, path) => (path === 'troubled' ? [lastWeek] : []),
      maintainedOf: ({ path }) => (path === 'maintained' ? [lastWeek] : []),
      signal: stop.signal,
    })
  }

  test('is learned from quarter hours, never from trouble, slates, maintenance or hours with gaps, and said as of any moment', {
    timeout: 120_000,
  }, async () => {
    const store = await open()
    await writeWeeks(store)
    const baseline = baselineOf(store)
    const end = from + weeks * weekMs
    const known = async (path: Path, at: number) => {
      const found = await baseline.ask({ serverId: 'berlin', path, metric: 'path.bitrateIn', at })
      if (found === null) throw new Error(`${path} is not known`)
      const { weekday, hour, range, weeks: count, forgotten } = found.now
      return {
        weekday,
        hour,
        weeks: count,
        range: range && [Math.round(range.low / 1e5) / 10, Math.round(range.high / 1e5) / 10],
        forgotten: forgotten !== null,
      }
    }
    // The last Monday, after clocks were set: what was at 21 h is compared with 21 h.
    const monday = (hour: number, week = weeks) => from + week * weekMs + (hour + 1) * hourMs - weekMs
    expect(await known('steady', monday(10))).toEqual({ weekday: 1, hour: 10, weeks: 5, range: [4, 4], forgotten: false })
    expect(await known('evening', monday(21))).toMatchObject({ hour: 21, range: [8, 8] })
    expect(await known('evening', monday(12))).toMatchObject({ hour: 12, range: [4, 4] })
    expect(await known('slate', monday(10))).toMatchObject({ weeks: 0, range: null })
    expect(await known('slate', monday(30))).toMatchObject({ weekday: 2, range: [4, 4] })
    for (const path of ['troubled', 'maintained'] as const) expect(await known(path, end - hourMs)).toMatchObject({ range: [4, 4], forgotten: false })
    const lastMonday = end - weekMs + 10 * hourMs + 26 * hourMs
    for (const path of ['troubled', 'maintained'] as const) {
      const found = await baseline.ask({ serverId: 'berlin', path, metric: 'path.bitrateIn', at: end - hourMs, from: end - weekMs, to: lastMonday })
      expect(Math.min(...(found?.hours.low ?? []))).toBeGreaterThan(3.9e6)
    }
    expect((await known('gaps', monday(12))).weeks).toBe(5)
    // Of this hour only the three weeks before clocks were set have no gap.
    expect((await known('gaps', monday(9))).weeks).toBe(3)
    expect(await known('young', end - hourMs)).toMatchObject({ range: null, weeks: 1 })
    expect(await known('resized', end - hourMs)).toMatchObject({ range: null, forgotten: true })
    expect(await known('resized', from + 5 * weekMs - hourMs)).toMatchObject({ range: [4, 4], forgotten: false })
    // As it was learned by then.
    expect(await known('steady', from + 3 * weekMs + hourMs)).toMatchObject({ range: null, weeks: 3 })
    expect(await baseline.ask({ serverId: 'berlin', path: 'nobody', metric: 'path.bitrateIn' })).toBeNull()
    expect(await baseline.ask({ serverId: 'berlin', path: 'steady', metric: 'path.bitrateIn', from: end - 24 * hourMs })).toMatchObject({
      hours: { at: { length: 25 } },
    })

    expect(await baseline.ask({ serverId: 'berlin', path: 'steady', metric: 'path.bitrateIn', at: -8.64e15, from: -8.64e15, to: 8.64e15 })).toBeNull()
    expect(await baseline.ask({ serverId: 'berlin', path: 'steady', metric: 'path.bitrateIn', from: -8.64e15, to: 8.64e15 })).toMatchObject({
      now: { range: {} },
    })

    // In turns, and kept.
    const watching = baselineOf(store)
    watching.see({ owner: berlin, parts: paths })
    expect(watching.rangesOf('berlin', paths, clock().now())).toBeNull()
    for (let turns = 0; turns < 2; turns++) await watching.turn()
    const now = clock().now()
    const ranges = watching.rangesOf('berlin', paths, now)
    // Sunday, 23 h: of the slate, nothing.
    expect(Array.from(ranges?.low ?? [], (low) => Math.round(low / 1e5) / 10)).toEqual([4, 4, Number.NaN, 4, 4, 4, Number.NaN, Number.NaN])
    const resized = newEvent(
      'sizeChanged',
      now,
      { before: '1920 × 1080', after: '1280 × 720' },
      { subject: { kind: 'stream', serverId: 'berlin', path: 'evening' }, ownerName: 'Berlin' },
    )
    watching.happened([resized])
    expect(watching.rangesOf('berlin', ['evening'], now)?.low[0]).toBeNaN()
    store.record([{ ...resized, at: now - 1 }])
    await watching.turn()
    expect(watching.rangesOf('berlin', ['evening'], now)?.low[0]).toBeNaN()
    expect(watching.hourOf('berlin', 'evening', now).range).toBeNull()
    const again = baselineOf(store)
    again.see({ owner: berlin, parts: paths })
    stop.abort()
    await again.turn().catch(() => undefined)
    expect(again.rangesOf('berlin', ['evening', 'steady'], now)?.high.length).toBe(2)
    expect(again.hourOf('berlin', 'steady', now)).toMatchObject({ range: { weeks: 5 }, hour: { weekday: 7, hour: 23, zone } })
  })
})
