// The store of a bench in virtual time: real threads, real files, and a clock that is moved by hand.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createTestClock, type TestClock } from '../../src/clock/testClock.ts'
import { createHistory, type History } from '../../src/engine/history/history.ts'
import type { Log } from '../../src/engine/ports.ts'
import type { MetricId } from '../../src/shared/metrics.ts'
import { serverSubject } from '../../src/shared/subjectNames.ts'
import type { SampleMix } from './sampleMix.ts'

export const dayMs = 86_400_000
export const stepMs = 2000

const tell = (facts: object, text: string): void => console.error(text, JSON.stringify(facts))
export const benchLog: Log = { debug: () => {}, info: () => {}, warn: tell, error: tell, child: () => benchLog }

export interface BenchStore {
  readonly history: History
  readonly clock: TestClock
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

export async function openBenchStore(dataDir: string, now: number): Promise<BenchStore> {
  let opened: History | null = null
  const clock = createTestClock(now, async () => opened?.settled())
  const made = await createHistory({
    clock,
    log: benchLog,
    dataDir,
    storeWorker: new URL('../../src/engine/history/storeWorker.ts', import.meta.url),
    version: 'bench',
    // Whatever is made here stays: limits are not what is measured.
    keep: { samples: { days: 36_500, bytes: 1e15 } },
  })
  if (!made.ok) throw new Error(made.error.words)
  const history = made.value
  opened = history
  return { history, clock, [Symbol.asyncDispose]: history[Symbol.asyncDispose] }
}

/** What a server tells of itself with each poll: some of its figures. */
const serverMetrics = ['server.reachable', 'server.answerMs', 'server.streamsLive'] as const satisfies readonly MetricId[]

/** Hands rounds of a mix to the store, a server each its own part of the mix, and counts what that costs the bench itself. */
export function createFeed({ history }: BenchStore, mix: SampleMix, servers: number) {
  const perPoll = mix.samples / mix.rounds + serverMetrics.length
  let samples = 0
  let makingMs = 0
  let appendMs = 0
  const firstOf = (server: number): number => server * 100_003
  return {
    serverIds: Array.from({ length: servers }, (_, server) => `server${server}`),
    samples: () => samples,
    /** CPU time spent on making numbers up. */
    makingMs: () => makingMs,
    /** CPU time that handing them over took of this thread. */
    appendMs: () => appendMs,
    poll: (server: number, round: number, at: number): void => {
      const before = process.threadCpuUsage()
      const values = mix.valuesOf(firstOf(server) + round)
      const own = Float64Array.of(1, 1.5 + ((Math.imul(round + 1, 0x9e3779b1) >>> 0) % 40) / 10, mix.names.length)
      const made = process.threadCpuUsage()
      makingMs += (made.user + made.system - before.user - before.system) / 1000
      history.append({ owner: serverSubject(`server${server}`), at, parts: null, metrics: serverMetrics, values: own })
      history.append({ owner: serverSubject(`server${server}`), at, parts: mix.names, metrics: mix.metrics, values })
      const { user, system } = process.threadCpuUsage(made)
      appendMs += (user + system) / 1000
      samples += perPoll
    },
    /** What samples can't say of streams, as the engine tells it at its first answer. */
    describe: (at: number): void => {
      for (let server = 0; server < servers; server++)
        history.describe(
          serverSubject(`server${server}`),
          at,
          mix.names.map((path, n) => ({ part: path, facts: factsOf(n, at) })),
          true,
        )
    },
  }
}
export type Feed = ReturnType<typeof createFeed>

const factsOf = (n: number, at: number): object => ({
  state: 'live',
  stateSince: at - n * 1000,
  reason: null,
  sourceType: n % 10 >= 7 ? 'srtConn' : 'rtspSession',
  tracks: [
    { codec: 'H264', kind: 'video', width: 1920, height: 1080, profile: 'High', level: '4', sampleRate: null, channels: null },
    { codec: 'MPEG-4 Audio', kind: 'audio', width: null, height: null, profile: null, level: null, sampleRate: 48_000, channels: 2 },
  ],
  width: 1920,
  height: 1080,
  upSince: at - n * 1000,
  lastLiveAt: null,
  onDemand: false,
  expected: true,
  publisher: `10.0.${n % 200}.${Math.floor(n / 200) + 1}:50000`,
})

/** Rounds of a seal, some more than ten minutes: it is due whenever the clock is moved by as much. */
const roundsAtOnce = 305

/** So many rounds, ten minutes at a time: one commit where there would be 600. What lies on the disk afterwards is the same but for the journal. */
export async function feedFast(store: BenchStore, feed: Feed, firstRound: number, rounds: number): Promise<void> {
  const { clock } = store
  for (let done = 0; done < rounds; done += roundsAtOnce) {
    const count = Math.min(roundsAtOnce, rounds - done)
    const from = clock.now()
    for (let round = 0; round < count; round++)
      for (let server = 0; server < feed.serverIds.length; server++) feed.poll(server, firstRound + done + round, from + round * stepMs)
    const to = from + count * stepMs
    // All that is due runs once, late, as after a machine's sleep; then what that asks for soon: the other slices, and a day's way into its archive.
    const rest = Math.min(to % dayMs < 3 * roundsAtOnce * stepMs ? 9000 : 400, count * stepMs)
    await clock.sleepMachine(count * stepMs - rest)
    await clock.advance(rest)
  }
}

/** So many rounds as they come: half of the servers each second, and a commit each second. */
export async function feedLive(store: BenchStore, feed: Feed, firstRound: number, rounds: number): Promise<void> {
  const { clock } = store
  for (let round = firstRound; round < firstRound + rounds; round++)
    for (const half of [0, 1]) {
      for (let server = half; server < feed.serverIds.length; server += 2) feed.poll(server, round, clock.now())
      await clock.advance(stepMs / 2)
    }
}

/** CPU time of all threads of this process, ms. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** CPU time of the store's threads so far by what they do, and of V8's own that help all of them, ms; null where the system does not tell. */
export function storeThreadsMs(): { readonly writer: number; readonly archiver: number; readonly engine: number } | null {
  const folder = '/proc/self/task'
  if (!existsSync(folder)) return null
  const used = { writer: 0, archiver: 0, engine: 0 }
  for (const thread of readdirSync(folder)) {
    const read = (file: string): string => readFileSync(join(folder, thread, file), 'utf8')
    // https://docs.kernel.org/scheduler/sched-stats.html: the first number is the time spent on a CPU, ns. Names are cut at 15 letters.
    const ms = Number(read('schedstat').split(' ')[0]) / 1e6
    const name = read('comm').trim()
    if (name === 'mtxdeck store w') used.writer += ms
    else if (name === 'mtxdeck store a') used.archiver += ms
    else if (name === 'V8Worker') used.engine += ms
  }
  return used
}

/** Bytes that this process had written to the disk, or will have; null where the system does not tell. */
export const bytesWritten = (): number | null => ioOf('write_bytes')
export const bytesRead = (): number | null => ioOf('read_bytes')
function ioOf(what: string): number | null {
  const file = '/proc/self/io'
  if (!existsSync(file)) return null
  const found = new RegExp(`^${what}: (\\d+)$`, 'm').exec(readFileSync(file, 'utf8'))
  return found ? Number(found[1]) : null
}

export interface FileSize {
  readonly name: string
  readonly bytes: number
}

/** Files of a store: history.db with its log, and the archives. */
export function storeFiles(dataDir: string): FileSize[] {
  const folder = join(dataDir, 'history')
  const names = ['history.db', 'history.db-wal', ...(existsSync(folder) ? readdirSync(folder).map((name) => `history/${name}`) : [])]
  return names.flatMap((name) => (existsSync(join(dataDir, name)) ? [{ name, bytes: statSync(join(dataDir, name)).size }] : []))
}

/** Bytes of the archives of one tier. */
export const archiveBytes = (dataDir: string, tier: string): number =>
  storeFiles(dataDir).reduce((sum, { name, bytes }) => sum + (name.startsWith(`history/${tier}-`) ? bytes : 0), 0)

/** Why files can't be made cold here; null: they can. */
export function coldMissing(): string | null {
  if (process.platform !== 'linux') return 'cold figures: only Linux lets a file be dropped from memory'
  try {
    execFileSync('dd', ['--version'], { stdio: 'ignore' })
    return null
  } catch {
    return 'cold figures: dd is missing'
  }
}

/** Has the system forget what it holds of these files in memory. */
export function makeCold(dataDir: string): void {
  for (const { name } of storeFiles(dataDir)) {
    const file = join(dataDir, name)
    // Only what is on the disk can be forgotten.
    execFileSync('sync', [file], { stdio: 'ignore' })
    execFileSync('dd', [`if=${file}`, 'iflag=nocache', 'count=0'], { stdio: 'ignore' })
  }
}
