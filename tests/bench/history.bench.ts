import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import BetterSqlite3 from 'better-sqlite3'
import { engineEnv, engineFlags } from '../../bin/node24.mjs'
import type { YamlServer } from '../../src/engine/engineOptions.ts'
import { layouts } from '../../src/engine/history/protocol/protocol.ts'
import { createPast } from '../../src/engine/past/past.ts'
import { consoleTroubleText } from '../../src/i18n/consoleTroubleText.ts'
import { someAlarmCounts } from '../../src/shared/alarms.fixture.ts'
import { serverSubject, streamSubject } from '../../src/shared/subjectNames.ts'
import type { Tier } from '../../src/shared/tiers.ts'
import { machineLoad } from './benchConsole.ts'
import {
  archiveBytes,
  type BenchStore,
  bytesRead,
  bytesWritten,
  coldMissing,
  createFeed,
  dayMs,
  feedFast,
  feedLive,
  makeCold,
  openBenchStore,
  stepMs,
  storeThreadsMs,
} from './benchStore.ts'
import { type Bench, type Figure, percentile, rounded } from './figures.ts'
import { bundleKilled, type KillRuns, killRuns } from './killRuns.ts'
import { queryPlainRows, writePlainRows } from './plainRows.ts'
import { createBlocks, type PrometheusSeries, prometheusMissing, startPrometheus, writeOpenMetrics } from './prometheus.ts'
import { createMix, type SampleMix } from './sampleMix.ts'
import type { StartTimes } from './startChild.ts'

interface Run {
  readonly report: (figure: string, value: number, unit: string, more?: Partial<Figure>) => void
  readonly skip: (words: string) => void
  readonly quick: boolean
  /** A folder of its own for each part. */
  readonly dir: string
}

const roundsADay = dayMs / stepMs
/** Midnight before now: what is made up ends here, so that a store opened now keeps all of it. */
const midnight = Math.floor(Date.now() / dayMs) * dayMs
const tiersOfFiles: readonly Tier[] = ['samples', 'minutes', 'quarterHours', 'twoHours']

const median = (values: readonly number[]): number => percentile(values, 50)
const slowest = (values: readonly number[]): string => `median of ${values.length}, slowest ${rounded(Math.max(...values))} ms`

/** How long each of some questions took, ms. */
async function timed(runs: number, ask: (run: number) => Promise<unknown>): Promise<number[]> {
  const took: number[] = []
  for (let run = 0; run < runs; run++) {
    const before = performance.now()
    await ask(run)
    took.push(performance.now() - before)
  }
  return took
}

interface Ingested {
  readonly samples: number
  readonly dataDir: string
  /** When the first round was. */
  readonly from: number
}

/**
 * Rounds as a running console gets them, until midnight; then their day goes to its archives. All of it counts: journal,
 * log of the database, seals, archives, and what is dropped of the live file.
 */
async function ingest(run: Run, servers: number, paths: number, rounds: number, evaluated: boolean): Promise<Ingested> {
  const { report } = run
  const dataDir = join(run.dir, `${servers}x${paths}`)
  const name = `history ${servers} × ${paths}`
  const from = midnight - rounds * stepMs
  const store = await openBenchStore(dataDir, from)
  const { clock, history } = store
  const feed = createFeed(store, createMix(paths, 1), servers)
  let live: LiveBytes
  try {
    // First rounds compile the code that runs for months then.
    const warmUp = Math.min(Math.ceil(rounds / 20), 60)
    feed.describe(from)
    await feedLive(store, feed, 0, warmUp)
    const written = bytesWritten()
    const cpu = storeThreadsMs()
    const handing = feed.appendMs()
    const before = feed.samples()
    await feedLive(store, feed, warmUp, rounds - warmUp)
    // What is in memory is sealed, as if polls went on.
    while (clock.now() < midnight + 14 * 60_000) await clock.advance(10_000)
    const sealed = storeThreadsMs()
    const samples = feed.samples() - before
    live = sizeOfChunks(dataDir)
    if (cpu === null || sealed === null) run.skip('CPU of the store: /proc/self/task is missing')
    else {
      const handed = feed.appendMs() - handing
      const helpers = sealed.engine - cpu.engine
      const storeMs = sealed.writer - cpu.writer + handed + helpers
      const ns = (ms: number): number => rounded((ms * 1e6) / samples)
      report(`${name}: into the store`, samples / storeMs / 1000, 'M samples/s of a core', {
        goal: evaluated ? '>= 10' : null,
        prototype: '18 to 20, without threads and a clock between',
        limit: 'about 60: 16 to 20 ns to encode a varint',
        note: `${ns(storeMs)} ns a sample: handed over ${ns(handed)}, writer's thread ${ns(sealed.writer - cpu.writer)} (journal, seal, minutes), V8's helpers of all threads ${ns(helpers)}; ${rounded((storeMs / ((samples / (feed.samples() / rounds)) * stepMs)) * 100)} % of a core at 2 s`,
      })
    }
    while (clock.now() < midnight + 16 * 60_000 || sealsLeft(dataDir) > 0) {
      await clock.advance(10_000)
      if (clock.now() > midnight + 6 * 3_600_000) throw new Error('the day did not go to its archives')
    }
    const archived = storeThreadsMs()
    if (sealed !== null && archived !== null) {
      const archiveMs = archived.archiver - sealed.archiver + archived.writer - sealed.writer
      report(`${name}: a day into its archives`, feed.samples() / archiveMs / 1000, 'M samples/s of a core', {
        prototype: '0.2 s a day of 39 MB',
        note: `${rounded((archiveMs * 1e6) / feed.samples())} ns a sample: written, verified row by row, renamed, coarser tiers, dropped from the live file`,
      })
    }
    const { why } = await history.figures()
    if (why !== null) throw new Error(consoleTroubleText(why, 'en'))
    await store[Symbol.asyncDispose]()
    const now = bytesWritten()
    if (written === null || now === null) run.skip('bytes written: /proc/self/io is missing')
    else
      report(`${name}: written to the disk`, (now - written) / samples, 'bytes a sample', {
        goal: evaluated ? '<= 6' : null,
        prototype: '7.7 to 9.6, without archives',
        limit: 'about 2.3: log and file, each once',
        note: `${evaluated ? '' : 'a commit writes whole pages, however little is in it: '}${rounded(((now - written) / samples) * (feed.samples() / rounds) * (roundsADay / 1e9))} GB a day`,
      })
  } finally {
    await store[Symbol.asyncDispose]()
  }
  report(`${name}: chunks of the live file`, live.chunks / feed.samples(), 'bytes a sample', {
    goal: '<= 1.15',
    ...rawBounds,
    note: `with minutes ${rounded((live.chunks + live.minutes) / feed.samples())}; before the day was archived, without what SQLite needs for its pages`,
  })
  reportSizes(run, name, dataDir, feed.samples(), `${rounded((rounds * stepMs) / 3_600_000)} h`)
  return { samples: feed.samples(), dataDir, from }
}

interface LiveBytes {
  readonly chunks: number
  readonly minutes: number
}

function readLive<T>(dataDir: string, sql: string): T {
  const db = new BetterSqlite3(join(dataDir, 'history.db'), { readonly: true })
  try {
    return db.prepare<[], T>(sql).get() as T
  } finally {
    db.close()
  }
}
const sizeOfChunks = (dataDir: string): LiveBytes =>
  readLive(dataDir, 'SELECT (SELECT total(length(rows)) FROM chunks) AS chunks, (SELECT total(length(bytes)) FROM minutes) AS minutes')
const sealsLeft = (dataDir: string): number => readLive<{ count: number }>(dataDir, `SELECT count(*) AS count FROM seals WHERE from_at < ${midnight}`).count

const rawBounds = { prototype: '1.39 to 1.47 (payload 1.14)', limit: '0.83 to 0.87: lossless entropy of the bit rates to 1 bit/s; they are kept to 100 bit/s' }

function reportSizes({ report, quick }: Run, name: string, dataDir: string, samples: number, amount: string): void {
  const [raw, ...coarse] = tiersOfFiles.map((tier) => archiveBytes(dataDir, tier) / samples) as [number, ...number[]]
  const note = `files of ${amount}, ${rounded(samples / 1e6)} million samples`
  report(`${name}: raw archives`, raw, 'bytes a sample', { goal: quick ? null : '<= 1.15', ...rawBounds, note })
  report(
    `${name}: archives with all rollups`,
    coarse.reduce((sum, bytes) => sum + bytes, raw),
    'bytes a sample',
    {
      goal: quick ? null : '<= 1.45',
      prototype: '1.74',
      limit: 'about 1.05',
      note: `${note}; minutes ${coarse
        .map((bytes) => rounded(bytes))
        .join(', quarter hours ')
        .replace(/quarter hours (\S+)$/, 'two hours $1')}`,
    },
  )
}

/** So many days of one server's paths, ten minutes at a time. */
async function makeDays(dataDir: string, paths: number, days: number): Promise<{ readonly samples: number; readonly from: number; readonly seconds: number }> {
  const from = midnight - days * dayMs
  const began = performance.now()
  await using store = await openBenchStore(dataDir, from)
  const feed = createFeed(store, createMix(paths, 1), 1)
  feed.describe(from)
  await feedFast(store, feed, 0, days * roundsADay)
  const samples = feed.samples()
  // The last day goes to its archives, and today has begun.
  await feedFast(store, feed, days * roundsADay, 1220)
  while (sealsLeft(dataDir) > 0) await store.clock.advance(10_000)
  return { samples, from, seconds: (performance.now() - began) / 1000 }
}

/** A store that was just opened, and whose threads run, but that has read no archive yet. */
async function openedAt(dataDir: string, now: number): Promise<BenchStore> {
  const store = await openBenchStore(dataDir, now)
  await Promise.all(
    [0, 1].map(() =>
      store.history.range({ series: [{ subject: serverSubject('server0'), metric: 'server.reachable' }], from: now - 1000, to: now, points: 2 }),
    ),
  )
  return store
}

/** Asks of files that the system holds no part of in memory; a new store each time. */
async function timedCold(
  dataDir: string,
  now: number,
  runs: number,
  ask: (store: BenchStore, run: number) => Promise<unknown>,
): Promise<{ readonly took: number[]; readonly read: number | null }> {
  const took: number[] = []
  let read: number | null = null
  for (let run = 0; run < runs; run++) {
    await using store = await openedAt(dataDir, now)
    makeCold(dataDir)
    const readBefore = bytesRead()
    took.push(...(await timed(1, () => ask(store, run))))
    const readAfter = bytesRead()
    read = readBefore === null || readAfter === null ? null : readAfter - readBefore
  }
  return { took, read }
}
const readNote = (read: number | null): string => (read === null ? '' : `; ${rounded(read / 1e6)} MB read from the disk`)

async function askRanges(run: Run, dataDir: string, days: number, from: number): Promise<{ readonly rawMs: number }> {
  const { report, quick } = run
  const to = midnight
  const now = midnight + 3_600_000
  const samples = days * roundsADay
  const whole = days === 30
  const name = `history range ${days} days, one series at 2 s`
  const series = (path: number) => [{ subject: streamSubject('server0', createMix(path + 1, 1).names[path] as string), metric: 'path.bitrateIn' as const }]
  const ask = async ({ history }: BenchStore, path: number, tier?: Tier) => {
    const [columns] = await history.range({ series: series(path), from, to, points: 1000, ...(tier && { tier }) })
    if (columns === undefined || columns.at.length < 990) throw new Error(`a range of ${days} days has ${columns?.at.length} buckets`)
    if (columns.tier !== (tier ?? (whole ? 'quarterHours' : columns.tier))) throw new Error(`a range was read from ${columns.tier}`)
    return columns
  }
  let rawMs: number
  {
    await using store = await openedAt(dataDir, now)
    await ask(store, 1, 'samples')
    const raw = await timed(9, () => ask(store, 1, 'samples'))
    rawMs = median(raw)
    report(`${name}: raw, warm`, rawMs, 'ms', {
      goal: whole ? '<= 40' : null,
      prototype: '42',
      limit: '23 ms: 1.3 million samples of 18 ns',
      note: `${rounded((rawMs * 1e6) / samples)} ns a sample; ${slowest(raw)}`,
    })
    const { tier } = await ask(store, 1)
    const rollups = await timed(15, () => ask(store, 1))
    report(`${name}: from rollups, warm`, median(rollups), 'ms', {
      goal: whole ? '<= 5' : null,
      prototype: '0.4 to 2.5 (tables)',
      limit: '0.1 ms: 4,320 points',
      note: `${tier}; ${slowest(rollups)}`,
    })
    const week = Math.min(days, 7)
    const { names } = createMix(10, 1)
    const charts = names
      .slice(0, quick ? 4 : 10)
      .flatMap((path) =>
        (['path.bitrateIn', 'path.bitrateOut', 'path.readers'] as const).map((metric) => ({ subject: streamSubject('server0', path), metric })),
      )
      .slice(0, 12)
    const page = (tier?: Tier) => () =>
      Promise.all(charts.map((one) => store.history.range({ series: [one], from: to - week * dayMs, to, points: 1000, ...(tier && { tier }) })))
    await page()()
    const pages = await timed(9, page())
    report(`history page of 12 charts over ${week} days`, median(pages), 'ms', {
      goal: whole ? '<= 150' : null,
      limit: '12 × 0.1 ms',
      note: `12 questions at once, as finely as is quick: minutes; ${slowest(pages)}`,
    })
    await page('samples')()
    const rawPages = await timed(5, page('samples'))
    report(`history page of 12 charts over ${week} days: all samples`, median(rawPages), 'ms', {
      limit: '65 ms: 3.6 million samples of 18 ns',
      note: slowest(rawPages),
    })
  }
  const missing = coldMissing()
  if (missing !== null) {
    run.skip(missing)
    return { rawMs }
  }
  const runs = quick ? 2 : 5
  const cold = await timedCold(dataDir, now, runs, (store, n) => ask(store, n % 2, 'samples'))
  report(`${name}: raw, cold`, median(cold.took), 'ms', {
    goal: whole ? '<= 100' : null,
    prototype: '92',
    limit: 'about 5 MB read',
    note: `${slowest(cold.took)}${readNote(cold.read)}`,
  })
  const rollups = await timedCold(dataDir, now, runs, (store, n) => ask(store, n % 2))
  report(`${name}: from rollups, cold`, median(rollups.took), 'ms', { note: `${slowest(rollups.took)}${readNote(rollups.read)}` })
  return { rawMs }
}

/** The whole fleet at a moment of an archived day. */
async function askMoments(run: Run, { dataDir, from }: Ingested, streams: number): Promise<void> {
  const { report, quick } = run
  const now = midnight + 3_600_000
  // Within the eight minutes of `--quick`.
  const at = (n: number): number => from + 60_000 + n * 14_000
  const ask = async ({ history }: BenchStore, n: number) => {
    const whole = await history.moment(at(n))
    const known = whole.at.reduce((count, one) => (Number.isNaN(one) ? count : count + 1), 0)
    if (known < streams) throw new Error(`a moment has ${known} streams`)
  }
  const past = ({ history, clock }: BenchStore) => {
    const asked = createPast({
      clock,
      history,
      nameOf: () => null,
      alarmsThen: async () => ({
        open: () => [],
        inTrouble: () => [],
        incidents: [],
        counts: someAlarmCounts(),
        keptFrom: null,
        severityOf: () => null,
        severityOfServer: () => null,
      }),
    })
    return async (n: number) => {
      const { streams: known } = await asked.fleet({ at: at(n), launch: null })
      if (known.length < streams) throw new Error(`the fleet of a moment has ${known.length} streams`)
    }
  }
  const name = `history moment of ${streams.toLocaleString('en')} streams`
  const more: Partial<Figure> = { goal: '<= 200', limit: 'about 10 ms: 90,000 numbers out of chunks in memory' }
  {
    await using store = await openedAt(dataDir, now)
    for (let n = 0; n < 3; n++) await ask(store, n)
    const took = await timed(7, (n) => ask(store, n + 3))
    report(`${name}: warm`, median(took), 'ms', { ...more, note: `all figures and facts, each time another moment; ${slowest(took)}` })
    const fleet = past(store)
    await fleet(0)
    const pasts = await timed(7, (n) => fleet(n + 20))
    report(`${name}: as the console shows it, warm`, median(pasts), 'ms', {
      goal: '<= 200',
      note: `fleet.past: states, troubles and figures made of it; ${slowest(pasts)}`,
    })
  }
  const missing = coldMissing()
  if (missing !== null) return run.skip(missing)
  const runs = quick ? 2 : 5
  const cold = await timedCold(dataDir, now, runs, (store, n) => ask(store, n))
  report(`${name}: cold`, median(cold.took), 'ms', { ...more, note: `${slowest(cold.took)}${readNote(cold.read)}` })
  const pasts = await timedCold(dataDir, now, runs, (store, n) => past(store)(n))
  report(`${name}: as the console shows it, cold`, median(pasts.took), 'ms', { goal: '<= 200', note: `${slowest(pasts.took)}${readNote(pasts.read)}` })
}

const childEnv = { NODE_COMPILE_CACHE: fileURLToPath(new URL('../../node_modules/.cache/mtxdeck', import.meta.url)), ...engineEnv, ...process.env }

/** The engine over this folder, a server of 100 paths beside it. */
async function askStarts({ report, quick }: Run, dataDir: string, days: number): Promise<void> {
  const flags = ['--disable-warning=ExperimentalWarning']
  const fleet = fork(new URL('fleetChild.ts', import.meta.url), ['1', '100'], { execArgv: flags, serialization: 'advanced' })
  try {
    const [servers] = (await once(fleet, 'message')) as [readonly YamlServer[]]
    const live: number[] = []
    const created: number[] = []
    for (let turn = 0; turn < (quick ? 2 : 6); turn++) {
      if (turn > 0 && coldMissing() === null && turn % 2 === 1) makeCold(dataDir)
      const began = performance.now()
      const child = fork(new URL('startChild.ts', import.meta.url), [], { execArgv: [...flags, ...engineFlags], serialization: 'advanced', env: childEnv })
      const ended = once(child, 'exit')
      child.send({ dataDir, servers })
      const [times] = (await once(child, 'message')) as [StartTimes]
      const took = performance.now() - began
      await ended
      // The first one compiles.
      if (turn === 0 && !quick) continue
      live.push(took)
      created.push(times.created)
    }
    report(`history start with ${days} days: process to live figures`, median(live) / 1000, 's', {
      goal: days === 30 ? '<= 1.5' : null,
      prototype: 'not measured',
      limit: 'about 0.1 s: Node and its modules',
      note: `engine ready ${rounded(median(created))} ms after its process began; first fleet summary with live streams; every second one from a cold disk; slowest ${rounded(Math.max(...live) / 1000)} s of ${live.length}`,
    })
  } finally {
    fleet.disconnect()
    if (fleet.exitCode === null) await once(fleet, 'exit')
  }
}

/** The table of the first slice on the same mix. */
function comparePlainRows({ report, dir, quick }: Run, ours: { readonly rawMs: number; readonly days: number }): void {
  const rounds = quick ? 40 : 300
  const rows = writePlainRows(dir, createMix(100, 1), 10, rounds)
  const name = 'plain rows 10 × 100'
  const note = `WITHOUT ROWID (series, ts), ${rounds} rounds, ${rounded(rows.samples / 1e6)} million samples, a commit a second`
  report(`${name}: on disk`, rows.bytes / rows.samples, 'bytes a sample', { prototype: '19.4', note })
  if (rows.written !== null)
    report(`${name}: written to the disk`, rows.written / rows.samples, 'bytes a sample', {
      prototype: '1,141',
      note: `${note}; the more rows a series has, the more`,
    })
  report(`${name}: into the table`, rows.samples / rows.cpuMs / 1000, 'M samples/s of a core', { prototype: '0.44', note })
  const took = queryPlainRows(dir, ours.days * roundsADay, quick ? 3 : 5)
  report(`plain rows range ${ours.days} days, one series at 2 s: warm`, median(took), 'ms', {
    prototype: '922',
    note: `GROUP BY; ${rounded(median(took) / ours.rawMs)} times ours; ${slowest(took)}`,
  })
}

/** What the store gives back: values in whole steps of each metric. */
const seriesOf = function* (mix: SampleMix, from: number, rounds: number, metrics: readonly string[]): Generator<PrometheusSeries> {
  const width = mix.metrics.length
  const paths = mix.names.length
  const times = Float64Array.from({ length: rounds }, (_, round) => from + round * stepMs)
  for (const metric of metrics) {
    const column = mix.metrics.indexOf(metric as never)
    const scale = layouts.stream.scales[layouts.stream.metrics.indexOf(metric as never)] as number
    const all = Array.from({ length: paths }, () => new Float64Array(rounds))
    for (let round = 0; round < rounds; round++) {
      const values = mix.valuesOf(round)
      for (const [path, into] of all.entries()) into[round] = Math.round((values[path * width + column] as number) * scale) / scale
    }
    for (const [path, values] of all.entries()) if (!Number.isNaN(values[0] as number)) yield { name: metric, path: mix.names[path] as string, times, values }
  }
}

/** Prometheus with the same samples, and our own store with those very rounds. */
async function comparePrometheus(run: Run, ours: { readonly rawMs: number; readonly days: number }): Promise<void> {
  const { report, dir, quick } = run
  const missing = await prometheusMissing()
  if (missing !== null) return run.skip(missing)
  const [paths, hours] = quick ? [50, 2] : [100, 6]
  const rounds = (hours * 3_600_000) / stepMs
  const from = midnight - hours * 3_600_000
  const mix = createMix(paths, rounds)
  const text = join(dir, 'samples.txt')
  const samples = writeOpenMetrics(text, seriesOf(mix, from, rounds, mix.metrics))
  if (samples !== mix.samples) throw new Error(`${samples} of ${mix.samples} samples were written for Prometheus`)
  const blocks = await createBlocks(text, join(dir, 'blocks'), hours)
  rmSync(text)
  const dataDir = join(dir, 'same')
  {
    await using store = await openBenchStore(dataDir, from)
    const feed = createFeed(store, mix, 1)
    await feedFast(store, feed, 0, rounds)
    while (store.clock.now() < midnight + 16 * 60_000 || sealsLeft(dataDir) > 0) await store.clock.advance(10_000)
  }
  const raw = archiveBytes(dataDir, 'samples') / samples
  const name = `Prometheus, ${paths} paths, ${hours} h`
  report(`${name}: blocks with their index`, blocks.bytes / samples, 'bytes a sample', {
    note: `${rounded(samples / 1e6)} million samples in whole steps as we keep them, by promtool; ours ${rounded(raw)}: ${rounded(blocks.bytes / samples / raw)} times as much`,
  })
  report(`${name}: chunks alone`, blocks.chunkBytes / samples, 'bytes a sample', { note: `${rounded(blocks.chunkBytes / samples / raw)} times ours` })

  const { days } = ours
  const one = createMix(2, 1)
  const served = join(dir, 'served')
  const start = midnight - days * dayMs
  const second = [...seriesOf(one, start, days * roundsADay, ['path.bitrateIn'])][1] as PrometheusSeries
  writeOpenMetrics(text, [second])
  await createBlocks(text, served, 162)
  rmSync(text)
  await using prometheus = await startPrometheus(served)
  const step = (days * 86_400) / 1000
  const metric = `path_bitrateIn{path="${second.path}"}[${step * 1000}ms]`
  const ask = async (reduce: string) => {
    const { ms, points } = await prometheus.range(`${reduce}_over_time(${metric})`, start + step * 1000, midnight - stepMs, step)
    if (points < 990) throw new Error(`Prometheus answers ${points} points`)
    return ms
  }
  await ask('max')
  const runs = quick ? 3 : 7
  const single: number[] = []
  const three: number[] = []
  for (let n = 0; n < runs; n++) {
    single.push(await ask('max'))
    three.push((await ask('min')) + (await ask('avg')) + (await ask('max')))
  }
  report(`Prometheus range ${days} days, one series at 2 s: the greatest of each step, warm`, median(single), 'ms', {
    note: `1,000 steps over HTTP; ${rounded(median(single) / ours.rawMs)} times ours, which gives least, mean and greatest; ${slowest(single)}`,
  })
  report(`Prometheus range ${days} days, one series at 2 s: least, mean and greatest, warm`, median(three), 'ms', {
    note: `three queries; ${rounded(median(three) / ours.rawMs)} times ours`,
  })
}

async function killAll({ report, dir, quick }: Run): Promise<void> {
  const kills = quick ? 50 : 1000
  const folders = quick ? 2 : 4
  const program = await bundleKilled()
  const began = performance.now()
  const runs: KillRuns[] = await Promise.all(
    Array.from({ length: folders }, (_, n) => killRuns(program, join(dir, `killed${n}`), kills / folders, Math.imul(n + 1, 0x9e3779b1) >>> 0)),
  )
  const sum = (of: (run: KillRuns) => number): number => runs.reduce((total, run) => total + of(run), 0)
  for (const words of runs.flatMap((run) => run.words)) console.error(words)
  const note = `${sum((run) => run.kills)} kills with -9 in ${folders} folders, ${rounded((performance.now() - began) / 1000)} s`
  report(
    'history killed: committed polls that were lost',
    sum(({ lost }) => lost),
    'polls',
    {
      goal: '<= 0',
      prototype: '0 of 40 kills',
      note: `${note}; ${sum(({ committed }) => committed).toLocaleString('en')} polls were committed, all looked for at the next start`,
    },
  )
  report(
    'history killed: damaged files',
    sum(({ damaged }) => damaged),
    'files',
    {
      goal: '<= 0',
      prototype: '0 of 40 kills',
      note: `quick_check after each 20th, all bytes read at the end; ${sum(({ archives }) => archives)} archives were made meanwhile`,
    },
  )
}

/** The store with everything in it, in virtual time on real files; beside it a table of plain rows, and Prometheus. */
export const bench: Bench = async (report, { quick }) => {
  const dir = mkdtempSync(join(tmpdir(), 'mtxdeck-bench-'))
  const skipped = new Set<string>()
  const began = performance.now()
  const run: Run = {
    dir,
    quick,
    report: (figure, value, unit, more = {}) => report({ figure, value: rounded(value), unit, goal: null, limit: null, note: null, ...more }),
    skip: (words) => {
      if (!skipped.has(words)) console.error(`  skipped: ${words}`)
      skipped.add(words)
    },
  }
  try {
    const fleet = await ingest(run, 100, 100, quick ? 240 : 3600, !quick)
    await askMoments(run, fleet, 10_000)
    rmSync(fleet.dataDir, { recursive: true })
    await ingest(run, 10, 100, quick ? 240 : 3600, !quick)
    if (!quick) {
      await ingest(run, 1, 100, 3600, false)
      const dataDir = join(dir, 'two')
      const { samples } = await makeDays(dataDir, 100, 2)
      reportSizes(run, 'history 1 × 100, two days', dataDir, samples, 'two days')
      rmSync(dataDir, { recursive: true })
    }
    const days = quick ? 3 : 30
    const dataDir = join(dir, 'days')
    const made = await makeDays(dataDir, quick ? 12 : 25, days)
    run.report(`history ${days} days of ${quick ? 12 : 25} paths made`, made.seconds, 's', {
      note: 'by the store itself, its clock moved ten minutes at a time',
    })
    const { rawMs } = await askRanges(run, dataDir, days, made.from)
    await askStarts(run, dataDir, days)
    rmSync(dataDir, { recursive: true })
    comparePlainRows(run, { rawMs, days })
    await comparePrometheus(run, { rawMs, days })
    await killAll(run)
    run.report('history: this bench', (performance.now() - began) / 1000, 's', { note: machineLoad() })
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
