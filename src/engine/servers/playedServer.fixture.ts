import BetterSqlite3 from 'better-sqlite3'
import type { Slices } from '../../clock/slices.ts'
import { createTestClock } from '../../clock/testClock.ts'
import type { ServerError } from '../../shared/errors.ts'
import { type ReadEvent, readEvent } from '../../shared/events.fixture.ts'
import type { MetricIdOf } from '../../shared/metrics.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { serverInputSchema, serverStaleAfterMs } from '../../shared/servers.ts'
import { ownerIdOf } from '../../shared/subjectNames.ts'
import type { SampleBatch } from '../history/history.ts'
import { createServerBudget } from '../history/serverBudget.ts'
import type { ShownCertificate } from '../http/serverTls.ts'
import type { Log } from '../ports.ts'
import { createStreamsFixture, idlePath, livePath, startAt } from '../streams/streams.fixture.ts'
import { testSecretsKey } from '../testEngines.ts'
import { createTestLog } from '../testLog.ts'
import { Members } from '../watching/watchList.ts'
import type { FieldFault } from './apiFields.ts'
import type { MediaServerClient } from './mediaServerClient.ts'
import type { Answer, ConfigurationReading, PathReading } from './readings.ts'
import { createServerRows } from './serverRows.ts'
import { createServers } from './servers.ts'

/** Source types, also used as the path names. */
const types = ['rtspSession', 'srtConn', 'webRTCSession'] as const

/**
 * Servers on a simulated network: requests, and the reading of their responses, take time by the test clock. They are
 * watched by the real polling, servers and streams.
 */
export async function watchPlayedServers(names: readonly string[], urlOf: (nth: number) => string) {
  const clock = createTestClock(startAt)
  const logged: { text: string; facts: object }[] = []
  const log: Log = { ...createTestLog(), warn: (facts, text) => void logged.push({ text, facts }) }
  const events: ReadEvent[] = []
  /** Path descriptions passed to history, within the budget of each server. */
  const kept: { readonly part: string | null; readonly facts: object | null }[] = []
  const budget = createServerBudget(clock, {
    record: (more) => void events.push(...more.map(readEvent)),
    describe: (_, _at, entries) => void kept.push(...entries),
  })
  const { db, streams } = createStreamsFixture({ clock, db: new BetterSqlite3(':memory:'), describe: budget.describe })
  const network = {
    delayMs: 5,
    /** Error of the path list request, after this many bytes; null: it succeeds. */
    failure: null as { error: ServerError; bytes: number } | null,
    /** Exception thrown by reading the path list after the response. */
    bug: null as Error | null,
    hangs: false,
    /** URLs of servers that can't be reached. */
    cutOff: new Set<string>(),
    /** How long this machine takes to read the responses of a poll, in a separate event loop turn. */
    readingMs: 0,
    /** Delay of each of the three configuration responses; null: reading it is forbidden. */
    configurationDelayMs: null as number | null,
    /** Paths without a publisher. */
    left: new Set<string>(),
    /** Additional paths without a publisher. */
    idle: [] as readonly string[],
    /** How far the servers' clock is ahead of ours, according to their Date header; null: no header. */
    aheadMs: null as number | null,
    /** When the paths became available, by the servers' clock. */
    availableAt: startAt - 60_000,
    /** The certificate of existing connections, and the one presented to new connections. */
    certificate: null as ShownCertificate | null,
    newCertificate: null as ShownCertificate | null,
    /** Whether it also answers without credentials. */
    isOpen: false,
    requests: 0,
    faults: [] as FieldFault[],
  }
  let bytesRead = 0
  const after = async <T>(signal: AbortSignal, value: () => Result<T, ServerError>, delayMs = network.delayMs): Promise<Result<T, ServerError>> => {
    network.requests++
    return new Promise((resolve) => {
      const timer = network.hangs ? null : clock.setTimeout(() => resolve(value()), delayMs)
      signal.addEventListener('abort', () => {
        if (timer !== null) clock.clearTimeout(timer)
        resolve(err({ kind: 'timedOut', limitMs: 5_000 }))
      })
    })
  }
  const answer = <T>(items: readonly T[]): Answer<T> => {
    // The header is truncated to whole seconds: half a second behind on average.
    const serverDate = network.aheadMs === null ? null : clock.now() + network.aheadMs - 500
    return { items, arrivedAt: clock.monotonic(), tookMs: network.delayMs, bytes: 1_000, serverDate }
  }
  let inboundBytes = 0
  const paths = (): PathReading[] => {
    inboundBytes += 100_000
    const published = types.map((sourceType) =>
      network.left.has(sourceType) ? idlePath(sourceType) : livePath(sourceType, inboundBytes, { sourceType, availableAt: network.availableAt }),
    )
    return [...published, ...network.idle.map((name) => idlePath(name))]
  }
  const nowhere = { hls: null, webrtc: null, rtsp: null, rtsps: null, rtmp: null, rtmps: null, srt: null, playback: null, metrics: null }
  const configuration: ConfigurationReading = {
    paths: types.map((name) => ({ name, pattern: false, onDemand: false, source: 'publisher', alwaysAvailable: false })),
    addresses: nowhere,
    off: [],
    shown: { global: {}, pathDefaults: {}, paths: [] },
  }
  const createClient = (url: string): MediaServerClient => ({
    readPaths: async (signal) => {
      const read = await after(signal, () => {
        if (network.cutOff.has(url)) return err({ kind: 'unreachable', reason: 'connectTimeout' })
        bytesRead += network.failure?.bytes ?? 1_000
        return network.failure === null ? ok(answer(paths())) : err(network.failure.error)
      })
      if (network.bug !== null) throw network.bug
      return read
    },
    readSessions: (_, signal) => after(signal, () => ok(answer([]))),
    kick: (_list, _id, signal) => after(signal, () => ok('gone')),
    readConfiguredPath: (_, signal) => after(signal, () => ok(null)),
    readPathDefaults: (signal) => after(signal, () => ok(null)),
    changeConfiguredPath: (_change, _name, _settings, signal) => after(signal, () => ok('gone')),
    readForwardMetrics: (_, signal) => after(signal, () => err({ kind: 'noApiHere' })),
    readPulledSource: (_, signal) => after(signal, () => err({ kind: 'noApiHere' })),
    readRecordedEnd: (_address, _path, _start, _until, signal) => after(signal, () => err({ kind: 'noApiHere' })),
    readRecordings: (signal) => after(signal, () => err({ kind: 'noApiHere' })),
    readSegments: (_path, _from, _to, signal) => after(signal, () => err({ kind: 'noApiHere' })),
    deleteSegment: (_path, _start, signal) => after(signal, () => err({ kind: 'noApiHere' })),
    readForwards: (_, signal) => after(signal, () => err({ kind: 'noApiHere' })),
    readInfo: (signal) => after(signal, () => ok({ version: 'v1.20.1', startedAt: startAt - 60_000 })),
    readConfiguration: async function* (ask) {
      for (let request = 1; ; request++) {
        const delayMs = network.configurationDelayMs
        const read = await ask((signal) => after(signal, () => (delayMs === null ? err({ kind: 'forbidden' }) : ok(configuration)), delayMs ?? undefined))
        if (!read.ok || request === 3) return read
        yield
      }
    },
    readOpenness: async () => network.isOpen,
    certificate: () => network.certificate,
    checkCertificate: async () => {
      network.certificate = network.newCertificate
    },
    faults: () => network.faults,
    bytesRead: () => bytesRead,
    requestsMade: () => 0,
    refusedNames: () => 0,
    close: async () => {},
  })
  const slices: Slices = {
    begin: () => ({
      isOver: () => network.readingMs > 0,
      workedMs: () => 0,
      next: async (signal) => {
        await new Promise<void>((resolve) => void clock.setTimeout(resolve, network.readingMs))
        signal.throwIfAborted()
      },
    }),
  }
  const batches: SampleBatch[] = []
  const inputs = names.map((name, nth) => serverInputSchema.parse({ name, url: urlOf(nth) }))
  const stop = new AbortController()
  const servers = createServers(
    {
      clock,
      log,
      rows: createServerRows(db),
      members: new Members(),
      hosts: new Members(),
      secretsKey: testSecretsKey,
      createClient: ({ url }) => createClient(url),
      streams,
      slices,
      append: (batch) => void batches.push(batch),
      gap: () => {},
      describe: () => {},
      record: budget.record,
      configurationRead: () => {},
      heard: budget.reportPaths,
      onChange: () => {},
      onRemoved: () => {},
      costLimitPercent: 1,
      hasNetwork: () => true,
      signal: stop.signal,
    },
    inputs,
  )
  const close = async () => {
    stop.abort()
    await servers.ended()
    streams.close()
    budget[Symbol.dispose]()
  }
  const shown = (name = names[0]) => {
    const server = servers.all().find((one) => one.name === name)
    if (server === undefined) throw new Error('there is no server')
    return server
  }
  /** States reported by the engine, sampled each half second, and how often a window with the same data would call the server silent. */
  const watchFor = async (ms: number) => {
    const states = new Set<string>()
    let silent = 0
    for (let passed = 0; passed < ms; passed += 500) {
      await clock.advance(500)
      states.add(shown().state)
      if (clock.now() - (shown().lastAnswerAt ?? 0) > serverStaleAfterMs(shown())) silent++
    }
    return { states: [...states], silent }
  }
  await clock.advance(5_000)
  const warned = (text: string) => logged.filter((line) => line.text === text)
  /** Pauses or resumes the polling of a server. */
  const pause = (name: string, paused: boolean) =>
    servers.applyYaml(inputs.map((input) => (input.name === name ? { ...input, paused } : { ...input, paused: shown(input.name).paused })))
  /** The newest sample of a server. */
  const sample = (name: string, metric: MetricIdOf<'server'>) => {
    const batch = batches.findLast(({ owner }) => ownerIdOf(owner) === shown(name).id)
    return batch?.values[batch.metrics.indexOf(metric)]
  }
  return { clock, network, streams, servers, events, kept, shown, pause, sample, watchFor, warned, [Symbol.asyncDispose]: close }
}

/** A single played server, named Berlin. */
export function watchPlayedServer() {
  return watchPlayedServers(['Berlin'], () => 'http://127.0.0.1:9997')
}
