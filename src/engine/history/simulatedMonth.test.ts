import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestClock, type TestClock } from '../../clock/testClock.ts'
import type { DeckEvent, KeptEvent } from '../../shared/events.ts'
import type { EventFilter, SeriesColumns } from '../../shared/history.ts'
import { type MetricId, metrics } from '../../shared/metrics.ts'
import { ownerIdOf, partOf, type Subject, sameSubject, serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import { seriesNamed } from '../../shared/subjects.ts'
import { bucketWidth, type Tier, tierStepMs, tiers } from '../../shared/tiers.ts'
import type { Log } from '../ports.ts'
import { parseArchiveName, periodSpan } from './archive/archiveCatalogue.ts'
import { createHistory, type History } from './history.ts'
import { dayMs, dayOf } from './protocol/protocol.ts'

/*
 * Eighteen days of three servers on the test clock, over the end of a month and a year, with all that happens to a store: it is
 * closed and opened, polls are missed, clocks jump, disks fill, days are archived and go. Beside it stands a model that keeps
 * everything in plain arrays and answers the same questions by looking at all of it.
 */

/** Another one asks other questions of other days: `MONTH_SEED=7 npm run unit -- …`. */
const seed = Number(process.env.MONTH_SEED ?? 4)
const minuteMs = 60_000
const hourMs = 60 * minuteMs
const begin = Date.UTC(2026, 11, 20, 21, 3, 0)
const end = Date.UTC(2027, 0, 8, 4, 0, 0)
const keep = { samples: { days: 5, bytes: 1e9 }, minutes: { days: 11, bytes: 1e9 }, events: { days: 8, bytes: 1e9 } }
/** From when on something may go until it has gone: it is looked for once an hour, and a day is dropped in small steps. */
const slackMs = 2.5 * hourMs
/** Intervals between polls, and how many of the long ones go by between two looks at the store. */
const calmMs = minuteMs
const restlessMs = 2000
const pollsPerStep = 14
/** After so many of these nobody watches for some hours. */
const stepsAwake = 24
const serverIds = ['berlin', 'cairo', 'delhi'] as const
const serverMetrics: readonly MetricId[] = ['server.reachable', 'server.readers', 'server.clockSkew']
const pathMetrics: readonly MetricId[] = ['path.state', 'path.bitrateIn', 'path.readers', 'path.packetsLost', 'path.rtt']

type Values = Partial<Record<MetricId, number>>
interface Row {
  readonly at: number
  readonly values: Values
  /** Told gaps of its server before it. */
  readonly gaps: number
}
interface Fact {
  readonly at: number
  readonly facts: object | null
}
interface ModelSubject {
  readonly server: ModelServer
  readonly path: string
  readonly rows: Row[]
  readonly facts: Fact[]
}
interface ModelServer {
  readonly id: string
  readonly offset: number
  readonly subjects: Map<string, ModelSubject>
  readonly gaps: number[]
  paths: string[]
  counter: number
  watched: boolean
  name: string
}

function createRandom(from: number) {
  let state = from >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (n: number): number => Math.floor(next() * n)
  return { next, below, chance: (p: number): boolean => next() < p, of: <T>(list: readonly T[]): T => list[below(list.length)] as T }
}

let dataDir: string
let clock: TestClock
let history: History | null
const said: unknown[] = []
const log: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: (facts, text) => void said.push([text, facts]), child: () => log }

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'mtxdeck-month-'))
  said.length = 0
  history = null
  clock = createTestClock(begin, async () => history?.settled())
})
afterEach(async () => {
  await history?.[Symbol.asyncDispose]()
  expect(clock.pending()).toBe(0)
  await rm(dataDir, { recursive: true })
})

test('restarts, gaps, jumping clocks and a full disk over New Year are told as by a model that keeps everything in arrays', { timeout: 900_000 }, async () => {
  const random = createRandom(seed)
  let freeBytes = 50e9
  const open = async (): Promise<History> => {
    const made = await createHistory({
      clock,
      log,
      dataDir,
      storeWorker: new URL('./storeWorker.ts', import.meta.url),
      keep,
      readSpace: async () => ({ freeBytes, totalBytes: 100e9 }),
    })
    if (!made.ok) throw new Error(made.error.words)
    history = made.value
    return made.value
  }
  const close = async (): Promise<void> => {
    const ended = history
    history = null
    await ended?.[Symbol.asyncDispose]()
  }
  let store = await open()

  const servers = serverIds.map((id, i): ModelServer => {
    const paths = ['cam1', 'cam2', 'hall/a']
    return { id, offset: (7 + 17 * i) * 1000, subjects: new Map(), gaps: [], paths, counter: 0, watched: true, name: id.toUpperCase() }
  })
  const told: KeptEvent[] = []
  /** Where a clock went back, where intervals changed, and while no samples were kept: there less can be said. */
  const setBack: number[] = []
  const mixed: number[] = []
  const low: { from: number; to: number }[] = []
  const jumps: number[] = []
  /** Days out of which a clock jumped. */
  const leaps = new Set<number>()
  const lastOfDay = new Map<number, number>()
  const near = (moments: readonly number[], from: number, to: number, byMs: number): boolean => moments.some((at) => from - byMs <= at && at <= to + byMs)
  const isLow = (from: number, to: number, byMs: number): boolean => low.some((span) => from - byMs <= span.to && to + byMs >= span.from)

  const subjectOf = (server: ModelServer, path: string): ModelSubject => {
    const known = server.subjects.get(path) ?? { server, path, rows: [], facts: [] }
    server.subjects.set(path, known)
    return known
  }
  const allSubjects = (): ModelSubject[] => servers.flatMap((server) => [...server.subjects.values()])

  // What happens

  const record = (server: ModelServer, path: string | null, kind: string, text: string): void => {
    const event: KeptEvent = {
      at: clock.now(),
      kind,
      subject: path === null ? serverSubject(server.id) : streamSubject(server.id, path),
      ownerName: server.name,
      text,
      facts: { n: told.length },
    }
    told.push(event)
    store.restore([event])
  }
  const describe = (server: ModelServer, entries: { path: string; facts: object | null }[], whole = false): void => {
    const at = clock.now()
    store.describe(
      serverSubject(server.id),
      at,
      entries.map(({ path, facts }) => ({ part: path === '' ? null : path, facts })),
      whole,
    )
    const put = (path: string, facts: object | null): void => {
      const subject = subjectOf(server, path)
      if (JSON.stringify(subject.facts.at(-1)?.facts ?? null) !== JSON.stringify(facts)) subject.facts.push({ at, facts })
    }
    for (const { path, facts } of entries) put(path, facts)
    if (whole) for (const path of server.subjects.keys()) if (path !== '' && !entries.some((entry) => entry.path === path)) put(path, null)
  }
  const gap = (server: ModelServer, at: number): void => {
    store.gap(serverSubject(server.id), at)
    if (server.gaps.length === 0 || subjectOf(server, '').rows.at(-1)?.gaps === server.gaps.length) server.gaps.push(at)
  }
  const append = (server: ModelServer, at: number, paths: readonly string[], ids: readonly MetricId[], value: (path: string, id: MetricId) => number): void => {
    const values = new Float64Array(paths.length * ids.length)
    for (const [row, path] of paths.entries()) {
      const known: Values = {}
      for (const [column, id] of ids.entries()) {
        const one = value(path, id)
        values[row * ids.length + column] = one
        if (!Number.isNaN(one)) known[id] = one
      }
      lastOfDay.set(dayOf(at), Math.max(lastOfDay.get(dayOf(at)) ?? at, at))
      subjectOf(server, path).rows.push({ at, values: known, gaps: server.gaps.length })
    }
    store.append({ owner: serverSubject(server.id), at, parts: paths[0] === '' ? null : paths, metrics: ids, values })
  }
  const pathValue = (server: ModelServer, path: string, id: MetricId): number => {
    if (random.chance(0.02)) return Number.NaN
    if (id === 'path.state') return random.chance(0.97) ? 1 : random.below(4)
    if (id === 'path.bitrateIn') return random.chance(0.002) ? 9_007_199_254_740_900 : (40_000 + path.length * 1000 + random.below(500)) * 100
    if (id === 'path.readers') return random.chance(0.001) ? 2 ** 53 : random.below(30)
    if (id === 'path.packetsLost') return random.chance(0.9) ? 0 : random.below(2000)
    return (20_000 + random.below(3000) + (server.counter % 1000)) / 1000
  }
  const poll = (server: ModelServer, at: number): void => {
    server.counter++
    append(server, at, [''], serverMetrics, (_, id) =>
      id === 'server.reachable' ? 1 : id === 'server.readers' ? server.counter : (random.below(9) - 4) * 1000,
    )
    // A version of the server that tells less.
    const ids = random.chance(0.01) ? pathMetrics.slice(0, 3) : pathMetrics
    append(server, at, server.paths, ids, (path, id) => pathValue(server, path, id))
  }
  const changePaths = (server: ModelServer): void => {
    if (server.paths.length > 2 && random.chance(0.5)) {
      const gone = random.of(server.paths)
      server.paths = server.paths.filter((path) => path !== gone)
      describe(server, [{ path: gone, facts: null }])
      record(server, gone, 'streamOff', `${gone} went`)
    } else if (server.paths.length < 6) {
      // Some come back, most are new ones.
      const path = random.chance(0.3) ? `cam${1 + random.below(4)}` : `event/${server.id}-${told.length}`
      if (server.paths.includes(path)) return
      server.paths = [...server.paths, path]
      describe(server, [{ path, facts: { tracks: ['H264', 'Opus'].slice(random.below(2)), size: [1920, 1080], source: `rtsp ${random.below(5)}` } }])
      record(server, path, 'streamOn', `${path} came`)
    }
  }

  const pass = async (ms: number): Promise<void> => {
    await clock.sleepMachine(ms - 400)
    await clock.advance(400)
  }
  /** Some minutes of calm: a server may not answer for some of them, one poll or more may be missed. */
  const calmStep = async (polls = pollsPerStep): Promise<void> => {
    const start = clock.now()
    for (const server of servers.filter(({ watched }) => watched)) {
      const troubles = random.chance(0.12)
      const from = troubles ? 1 + random.below(9) : polls
      const until = from + random.below(4)
      const isDown = random.chance(0.5)
      for (let i = 0; i < polls; i++) {
        const at = start + i * calmMs + server.offset
        if (i < from || i >= until) poll(server, at)
        else if (isDown) {
          if (i === from) gap(server, at - 3000)
          append(server, at, [''], serverMetrics, (_, id) => (id === 'server.reachable' ? 0 : Number.NaN))
        } else if (i === from && random.chance(0.5)) gap(server, at - 3000)
      }
    }
    await pass(polls * calmMs)
    for (const server of servers) if (server.watched && random.chance(0.008)) changePaths(server)
  }
  /** Somebody looks closely: polls every two seconds, one by one. */
  const restlessStep = async (): Promise<void> => {
    mixed.push(clock.now())
    for (let i = 0; i < 120; i++) {
      for (const server of servers) if (server.watched && !random.chance(0.01)) poll(server, clock.now() + (server.offset % 1000))
      if (i % 60 === 30 && servers[0]) gap(servers[0], clock.now() + 1)
      if (i % 50 === 7 && servers[1]) record(servers[1], 'cam1', 'streamDegraded', `restless ${i}`)
      await clock.advance(restlessMs)
    }
    mixed.push(clock.now())
  }
  const restart = async (asleepMs = 0): Promise<void> => {
    await close()
    if (asleepMs > 0) await clock.sleepMachine(asleepMs)
    store = await open()
  }

  // What is asked

  let asked = 0
  /** What is listed of each day, as its files say. */
  let days: Readonly<Record<'samples' | 'minutes', ReadonlySet<number>>> = { samples: new Set(), minutes: new Set() }
  const checkFiles = async (): Promise<void> => {
    const names = (await readdir(join(dataDir, 'history')).catch(() => [])).flatMap((name) => parseArchiveName(name) ?? [])
    const daysOf = (tier: Tier): Set<number> => new Set(names.flatMap((name) => (name.tier === tier ? [dayOf(periodSpan(name.period)?.from ?? 0)] : [])))
    days = { samples: daysOf('samples'), minutes: daysOf('minutes') }
  }
  const tierOfDay = (day: number): Tier => {
    if (days.samples.has(day)) return 'samples'
    if (days.minutes.has(day)) return 'minutes'
    return clock.now() - day * dayMs < 3 * dayMs ? 'samples' : 'quarterHours'
  }
  const coarsest = (from: number, to: number): Tier => {
    let found = isLow(from, to, hourMs) ? 1 : 0
    for (let day = dayOf(from) - 1; day <= dayOf(Math.min(to, clock.now())); day++) found = Math.max(found, tiers.indexOf(tierOfDay(day)))
    return tiers[found] as Tier
  }
  const fail = (words: string, facts: unknown): never => {
    throw new Error(`seed ${seed}, question ${asked}, ${new Date(clock.now()).toISOString()}: ${words} ${JSON.stringify(facts)}`)
  }
  const isSame = (a: number | undefined, b: number | undefined, size = Math.max(Math.abs(a ?? 0), Math.abs(b ?? 0))): boolean =>
    a === b || (a !== undefined && b !== undefined && Math.abs(a - b) <= size * 1e-9)
  const someMoment = (): number => {
    const now = clock.now()
    if (random.chance(0.2)) return now - random.below(3 * hourMs)
    if (random.chance(0.3)) {
      const places = [
        ...jumps,
        ...setBack,
        ...mixed,
        ...low.flatMap(({ from, to }) => [from, Math.min(to, now)]),
        dayOf(now - random.below(now - begin)) * dayMs,
      ]
      return random.of(places) + random.below(4 * hourMs) - 2 * hourMs
    }
    return begin - hourMs + random.below(now - begin + hourMs)
  }

  const askRange = async (): Promise<void> => {
    asked++
    const subjects = Array.from({ length: 1 + random.below(3) }, () => random.of(allSubjects()))
    const series = subjects.map(({ server, path }) => seriesNamed(server.id, path, random.of(path === '' ? serverMetrics : pathMetrics)))
    const around = someMoment()
    let span = random.of([5 * minuteMs, hourMs, 6 * hourMs, dayMs, 5 * dayMs, end - begin]) * (0.5 + random.next())
    let from = Math.max(begin - hourMs, Math.round(around - span / 2))
    const tier = random.of([...tiers, undefined])
    // Whatever tier the store takes by itself, all of them are exact for buckets of two hours.
    const step = tier === undefined ? tierStepMs.twoHours : Math.max(tierStepMs[tier], tierStepMs[coarsest(from, from + span + 2 * tierStepMs[tier])])
    let points = random.chance(0.1) ? 1 : 2 + random.below(300)
    if (step > 0) {
      from = Math.floor(from / step) * step
      const width = Math.max(1, Math.round(span / Math.max(1, points - 1) / step)) * step
      span = width * Math.max(1, points - 1)
    } else span = Math.max(points, Math.round(span))
    if (points > 5000) points = 5000
    const to = from + span
    const found = await store.range({ series, from, to, points, totals: true, ...(tier ? { tier } : {}) })
    const width = bucketWidth(from, to, points)
    for (const [i, subject] of subjects.entries()) {
      const metric = series[i]?.metric as MetricId
      const columns = found[i] as SeriesColumns
      const about = { ...series[i], from: new Date(from).toISOString(), to: new Date(to).toISOString(), points, tier, told: columns.tier }
      checkBuckets(subject, metric, from, to, width, columns, about)
      checkGaps(subject, metric, from, Math.min(to, clock.now()), columns, step === 0, about)
    }
  }

  const checkBuckets = (subject: ModelSubject, metric: MetricId, from: number, to: number, width: number, columns: SeriesColumns, about: object): void => {
    const buckets = new Map<number, Row[]>()
    for (const row of subject.rows) {
      if (row.values[metric] === undefined || row.at < from || row.at >= to) continue
      const bucket = width === Number.POSITIVE_INFINITY ? 0 : Math.floor(row.at / width)
      const list = buckets.get(bucket)
      if (list) list.push(row)
      else buckets.set(bucket, [row])
    }
    const ordered = [...buckets].sort(([a], [b]) => a - b).map(([, rows]) => rows)
    if (ordered.length !== columns.at.length) {
      const at = columns.at.findIndex((one, i) => one > Math.min(...(ordered[i] ?? []).map((row) => row.at)))
      fail(`there are ${columns.at.length} buckets, not ${ordered.length}, from`, { at, first: ordered[Math.max(0, at)]?.[0], ...about })
    }
    for (const [i, rows] of ordered.entries()) {
      const values = rows.map((row) => row.values[metric] as number)
      const sum = values.reduce((all, value) => all + value, 0)
      const max = Math.max(...values)
      const size = Math.max(...values.map(Math.abs))
      const firstAt = Math.min(...rows.map(({ at }) => at))
      const lastAt = Math.max(...rows.map(({ at }) => at))
      const same =
        columns.count?.[i] === values.length &&
        isSame(columns.min[i], Math.min(...values)) &&
        isSame(columns.max[i], max) &&
        isSame(columns.sum?.[i], sum, size * values.length) &&
        isSame(columns.mean[i], metrics[metric].kind === 'state' ? max : sum / values.length, size)
      const bucket = { min: columns.min[i], max: columns.max[i], count: columns.count?.[i], sum: columns.sum?.[i], at: columns.at[i] }
      if (!same) fail('a bucket is another one:', { bucket, values: values.slice(0, 20), of: values.length, first: new Date(firstAt).toISOString(), ...about })
      const at = columns.at[i] as number
      const finest = tierStepMs[columns.tier]
      if (at > firstAt || at < from || at < (finest === 0 ? firstAt : Math.floor(firstAt / finest) * finest))
        fail('a bucket begins elsewhere:', { at, firstAt, ...about })
      if (near(setBack, firstAt, lastAt, hourMs)) continue
      const ends = [values[0], values.at(-1)]
      if (columns.first?.[i] !== ends[0] || columns.last?.[i] !== ends[1])
        fail('first or last of a bucket is another one:', {
          told: [columns.first?.[i], columns.last?.[i]],
          ends,
          first: new Date(firstAt).toISOString(),
          ...about,
        })
    }
  }

  /** Where something is known for sure there is no gap, and where nothing is there is one. */
  const checkGaps = (
    subject: ModelSubject,
    metric: MetricId,
    from: number,
    until: number,
    { gaps, tier }: SeriesColumns,
    isFine: boolean,
    about: object,
  ): void => {
    const isGap = (at: number): boolean => gaps.some(([since, to]) => since <= at && at < to)
    const fine = isFine && tier === 'samples'
    const { rows } = subject
    const known = rows.filter(({ values }) => values[metric] !== undefined)
    const watched = fine ? known : rows
    const unsure = (a: number, b: number): boolean => near(setBack, a, b, hourMs)
    for (let n = 0; n < 8; n++) {
      const i = random.below(Math.max(1, known.length - 1))
      const [one, next] = [known[i], known[i + 1]]
      if (!one || !next || one.at < from || next.at >= until || one.gaps !== next.gaps || unsure(one.at, next.at)) continue
      const step = next.at - one.at
      const isClear = step <= 2 * restlessMs || (step <= calmMs && !near(mixed, one.at, next.at, hourMs))
      // With another row between them it was there, and the value was not known.
      if (!isClear || rows.some(({ at }) => at > one.at && at < next.at)) continue
      const at = one.at + step / 2
      if (isGap(at)) fail('there is a gap where it was known:', { at: new Date(at).toISOString(), ...about })
    }
    const longest = fine ? 3 * calmMs : 10 * minuteMs
    const margin = fine ? 0 : 3 * minuteMs
    for (let i = -1, place = 0; i < watched.length; i++) {
      const one = watched[i]
      const next = watched[i + 1]
      while (one && rows[place] !== one) place++
      if (next && next.at < from) continue
      if (one && one.at >= until) break
      // It was there, and this was not known of it.
      const unknown = one && rows[place + 1] !== next ? rows[place + 1] : undefined
      if (one && unknown && unknown.gaps === one.gaps && unknown.at - one.at <= longest) {
        const to = Math.min(until, next?.at ?? until)
        if (unsure(one.at, to) || unknown.at < from || unknown.at >= to) continue
        const at = unknown.at + random.next() * (to - unknown.at)
        if (!isGap(at)) fail('there is no gap where the value was not known:', { at: new Date(at).toISOString(), one, next, ...about })
        continue
      }
      const isTold = one && next && next.gaps > one.gaps
      const toldAt = isTold ? (subject.server.gaps[one.gaps] as number) : Number.POSITIVE_INFINITY
      const since = Math.max(from, Math.min(one ? one.at + calmMs : from, toldAt))
      const to = Math.min(until, next?.at ?? until)
      if (unsure(since, to)) continue
      const isMissing = to - Math.max(from, one?.at ?? from) > longest && to - since > 2 * margin
      // Told before the span: the first sample in it may be near enough.
      if (!isMissing && !(fine && isTold && toldAt >= from && toldAt < to)) continue
      const at = since + margin + random.next() * (to - since - 2 * margin)
      if (at < to && !isGap(at)) fail('there is no gap where nothing was known:', { at: new Date(at).toISOString(), one, next, isTold, toldAt, ...about })
    }
  }

  /** `got` is null where nothing is known. */
  const checkMoment = (subject: ModelSubject, moment: number, got: { at: number; values: Values } | null): void => {
    const about = { server: subject.server.id, path: subject.path, moment: new Date(moment).toISOString(), got }
    const day = dayOf(moment)
    if (near(setBack, moment, moment, hourMs)) return
    if (low.some(({ from, to }) => Math.abs(from - moment) < hourMs || Math.abs(to - moment) < hourMs)) return
    if (tierOfDay(day - 1) !== tierOfDay(day) && moment - day * dayMs < hourMs) return
    let tier = tierOfDay(day)
    if (tier === 'samples' && isLow(moment, moment, 0)) tier = 'minutes'
    const before = subject.rows.filter(({ at }) => at <= moment)
    const last = before.at(-1)
    const gapAt = Math.max(Number.NEGATIVE_INFINITY, ...subject.server.gaps.filter((at) => at <= moment))
    if (tier === 'samples') {
      const age = last ? moment - last.at : Number.POSITIVE_INFINITY
      if (near(mixed, moment, moment, hourMs) && age > 2 * restlessMs && age <= 3 * calmMs) return
      const wanted = last && age <= 3 * calmMs && last.at >= gapAt ? last : null
      if (wanted?.at !== got?.at) fail('the moment is known from another time:', { wanted, ...about })
      if (JSON.stringify(sorted(wanted?.values ?? {})) !== JSON.stringify(sorted(got?.values ?? {}))) fail('the moment has other values:', { wanted, ...about })
      return
    }
    const step = tierStepMs[tier]
    const start = Math.floor(moment / step) * step
    const inBucket = subject.rows.filter(({ at }) => at >= start && at < start + step)
    const ends: Values = {}
    for (const { values } of inBucket) Object.assign(ends, values)
    const next = subject.rows.find(({ at }) => at > moment)
    // Before the first round of its bucket the moment may lie between two seals, each of which has minutes of its own.
    const isSure =
      last &&
      next &&
      next.at - last.at <= calmMs &&
      last.gaps === next.gaps &&
      !near(mixed, moment, moment, hourMs) &&
      Object.keys(ends).length > 0 &&
      last.at >= start
    if (!got) {
      if (isSure) fail('nothing is told of a moment that was known:', { ends, tier, ...about })
      return
    }
    if (got.at !== start || JSON.stringify(sorted(got.values)) !== JSON.stringify(sorted(ends)))
      fail('the bucket of a moment is another one:', { ends, tier, ...about })
    const lastRow = subject.rows.filter(({ at }) => at <= moment).at(-1)
    if (!lastRow || moment - lastRow.at > 20 * minuteMs) fail('a moment is told of somebody who was not there:', { tier, ...about })
  }

  const askMoment = async (): Promise<void> => {
    asked++
    const moment = Math.min(someMoment(), clock.now())
    const found = await store.moment(moment)
    const rows = new Map(found.subjects.map((one, row) => [`${ownerIdOf(one)} ${partOf(one) ?? ''}`, row]))
    const known = new Set(allSubjects().map(({ server, path }) => `${server.id} ${path}`))
    for (const key of rows.keys()) if (!known.has(key)) fail('somebody was never there:', { key })
    // A day in which nothing was polled has no file, and nothing is told of it.
    const hasFacts = lastOfDay.has(dayOf(moment)) && tierOfDay(dayOf(moment)) !== 'quarterHours' && !near(setBack, moment, moment, hourMs)
    for (const subject of allSubjects()) {
      const row = rows.get(`${subject.server.id} ${subject.path}`)
      const at = row === undefined ? Number.NaN : (found.at[row] as number)
      const values: Values = {}
      if (row !== undefined)
        for (const [m, id] of found.metrics.entries()) {
          const value = found.values[row * found.metrics.length + m] as number
          if (!Number.isNaN(value)) values[id] = value
        }
      checkMoment(subject, moment, Number.isNaN(at) ? null : { at, values })
      if (!hasFacts) continue
      const facts = subject.facts.findLast((fact) => fact.at <= moment)?.facts ?? null
      const got = row === undefined ? null : (found.facts[row] ?? null)
      if (JSON.stringify(facts) !== JSON.stringify(got))
        fail('other facts held:', { server: subject.server.id, path: subject.path, moment: new Date(moment).toISOString(), facts, got })
    }
  }

  const askEvents = async (): Promise<void> => {
    asked++
    const oldest = clock.now() - keep.events.days * dayMs
    const server = random.of(servers)
    const filter: EventFilter = { limit: 1 + random.below(40) }
    if (random.chance(0.5)) filter.of = serverSubject(server.id)
    if (random.chance(0.3)) filter.of = streamSubject(server.id, random.of(['cam1', 'cam2', 'hall/a']))
    if (random.chance(0.4)) filter.kinds = random.of([['streamOn'], ['streamOff', 'streamOn'], ['streamDegraded', 'nothing']])
    filter.from = Math.max(oldest, someMoment())
    if (random.chance(0.5)) filter.to = filter.from + random.below(5 * dayMs)
    const { of } = filter
    const isOf = (subject: Subject | null) =>
      of === undefined || (subject !== null && (of.kind === 'stream' ? sameSubject(subject, of) : ownerIdOf(subject) === ownerIdOf(of)))
    const wanted = told
      .map((event, n) => ({ ...event, n }))
      .filter(
        ({ at, subject, kind }) =>
          at >= (filter.from ?? 0) &&
          at < (filter.to ?? Number.POSITIVE_INFINITY) &&
          isOf(subject) &&
          (filter.kinds === undefined || filter.kinds.includes(kind)),
      )
      .sort((a, b) => b.at - a.at || b.n - a.n)
    const got: DeckEvent[] = []
    for (let page = await store.events(filter); page.length > 0; page = await store.events({ ...filter, before: page.at(-1)?.id as number })) {
      if (page.length > filter.limit) fail('a page of events is too long:', { filter, of: page.length })
      got.push(...page)
    }
    const words = (events: readonly KeptEvent[]) =>
      JSON.stringify(events.map(({ at, kind, subject, ownerName, text, facts }) => [at, kind, subject, ownerName, text, facts]))
    if (words(got) !== words(wanted)) fail('other events:', { filter, got: got.length, wanted: wanted.length })
    const widthMs = hourMs * (1 + random.below(30))
    const { from = 0, to = clock.now() + 1 } = filter
    const counts = await store.countEvents({ from, to, widthMs })
    const naive = new Map<string, number>()
    for (const { at, kind } of told)
      if (at >= from && at < to) {
        const key = `${Math.floor((at - from) / widthMs)} ${kind}`
        naive.set(key, (naive.get(key) ?? 0) + 1)
      }
    const inOrder = (list: Iterable<readonly [string, number]>) => JSON.stringify([...list].sort(([a], [b]) => (a < b ? -1 : 1)))
    if (inOrder(counts.map(({ bucket, kind, count }) => [`${bucket} ${kind}`, count] as const)) !== inOrder(naive))
      fail('other counts of events:', { from, to, widthMs, counts, naive: [...naive] })
  }

  /** What must have gone has gone, and nothing else. */
  const askRetention = async (): Promise<void> => {
    asked++
    const now = clock.now()
    const rested = now - awakeSince > slackMs
    for (const [day, at] of lastOfDay)
      for (const kept of ['samples', 'minutes'] as const) {
        const isThere = days[kept].has(day)
        const about = { day: new Date(day * dayMs).toISOString(), kept }
        // What began before a clock jumped out of its day goes on in the next one.
        if (leaps.has(day)) continue
        if (isThere && rested && now - (day + 1) * dayMs > keep[kept].days * dayMs + slackMs) fail('a day is still there:', about)
        const isArchived = now - (day + 1) * dayMs > slackMs && rested
        if (!isThere && isArchived && now - at < keep[kept].days * dayMs) fail('a day is not there:', about)
      }
    const figures = await store.figures()
    const oldest = Math.min(...allSubjects().flatMap(({ rows }) => rows[0]?.at ?? []))
    if (figures.from === null || figures.from > oldest || figures.from < oldest - tierStepMs.twoHours - dayMs)
      fail('the oldest moment is another one:', { from: figures.from, oldest })
    const events = figures.kept.find(({ kept }) => kept === 'events')?.from ?? now
    if (rested && events < now - keep.events.days * dayMs - slackMs) fail('an event is still there:', { at: new Date(events).toISOString() })
    if (figures.setAside.length > 0 || (figures.why !== null && figures.why.kind !== 'spaceLow')) fail('there is trouble:', figures)
    if ((figures.why !== null) !== freeBytes < 2e9) fail('samples are stopped, or not:', figures)
    if (JSON.stringify((await store.servers()).toSorted()) !== JSON.stringify(serverIds)) fail('other servers:', await store.servers())
  }
  const questions = [askRange, askRange, askRange, askRange, askMoment, askEvents]
  const ask = async (count: number): Promise<void> => {
    // A day whose time is over goes when the store was opened, as nothing is asked of it yet.
    await store.settled()
    await checkFiles()
    for (let n = 0; n < count; n++) await random.of(questions)()
    await askRetention()
  }

  // The month

  let awakeSince = clock.now()
  for (const server of servers)
    describe(
      server,
      ['', ...server.paths].map((path) => ({ path, facts: path === '' ? { name: server.name } : { tracks: ['H264'], size: null, source: 'rtsp' } })),
      true,
    )
  const [, cairo, delhi] = servers as [ModelServer, ModelServer, ModelServer]
  const jump = async (ms: number): Promise<void> => {
    // Not just when all was sealed.
    await calmStep(3)
    if (ms < 0) setBack.push(clock.now())
    jumps.push(clock.now())
    if (dayOf(clock.now()) !== dayOf(clock.now() + ms)) leaps.add(dayOf(clock.now()))
    clock.jumpWall(ms)
    if (ms < 0) setBack.push(clock.now())
  }
  /** In hours since the begin, by the wall. */
  const plan: [number, () => unknown][] = [
    [15, restlessStep],
    [30, () => restart()],
    [45, () => jump(hourMs)],
    [60, restlessStep],
    [62, () => restart()],
    [75, () => jump(-10 * minuteMs)],
    [
      81,
      () => {
        freeBytes = 0.5e9
        // What came last, before a sleep perhaps, is not sealed yet.
        low.push({ from: Math.max(...lastOfDay.values()), to: Number.POSITIVE_INFINITY })
      },
    ],
    [85, () => restart()],
    [
      95,
      () => {
        freeBytes = 50e9
        // What came last, before a sleep perhaps, is sealed from now on.
        ;(low.at(-1) as { to: number }).to = Math.max(...lastOfDay.values())
      },
    ],
    [
      108,
      () => {
        cairo.name = 'Kairo'
        describe(cairo, [{ path: '', facts: { name: cairo.name } }])
        record(cairo, null, 'serverRenamed', 'CAIRO is Kairo now')
      },
    ],
    [
      130,
      () => {
        delhi.watched = false
        gap(delhi, clock.now())
        describe(delhi, [{ path: '', facts: null }], true)
        store.forget(serverSubject(delhi.id))
      },
    ],
    [150, restlessStep],
    [151, () => restart(7 * hourMs)],
    [
      165,
      () => {
        delhi.watched = true
        delhi.paths = ['cam1', 'yard']
        describe(
          delhi,
          [{ path: '', facts: { name: 'Delhi' } }, ...delhi.paths.map((path) => ({ path, facts: { tracks: [], size: null, source: 'srt' } }))],
          true,
        )
      },
    ],
    // A laptop that sleeps: the monotonic clock stands still on some systems.
    [200, () => jump(3.25 * dayMs)],
    [300, () => restart()],
    [320, restlessStep],
    [350, () => jump(-10 * minuteMs)],
    [370, () => restart()],
  ]
  for (let step = 1; clock.now() < end; step++) {
    while (plan[0] && clock.now() - begin >= plan[0][0] * hourMs) {
      const [, happen] = plan.shift() as (typeof plan)[number]
      await happen()
      awakeSince = clock.now()
      await calmStep()
      await ask(6)
    }
    await calmStep()
    if (step % stepsAwake !== 0) continue
    await ask(12)
    // Nobody watches: the machine sleeps, and its monotonic clock goes on, or not.
    const asleepMs = (7 + random.below(4)) * hourMs
    if (random.chance(0.5)) await clock.sleepMachine(asleepMs)
    else await jump(asleepMs)
    awakeSince = clock.now()
  }
  expect(plan).toEqual([])
  await ask(80)
  await close()
  store = await open()
  awakeSince = clock.now()
  await ask(40)
  expect(said.map((one) => JSON.stringify(one)).filter((one) => !one.includes('nearly full'))).toEqual([])
  // It did what it is here for.
  expect([...days.samples].length).toBeLessThan([...days.minutes].length)
  expect(asked).toBeGreaterThan(300)
})

const sorted = (values: Values): [string, number | undefined][] => Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1))
