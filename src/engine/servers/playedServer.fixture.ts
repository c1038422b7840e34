import BetterSqlite3 from 'better-sqlite3'
import { createSlices } from '../../clock/slices.ts'
import { createTestClock } from '../../clock/testClock.ts'
import type { ServerError } from '../../shared/errors.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { serverInputSchema, serverStaleAfterMs } from '../../shared/servers.ts'
import type { Log } from '../ports.ts'
import { createStreamsFixture, idlePath, livePath, startAt } from '../streams/streams.fixture.ts'
import { testSecretsKey } from '../testEngines.ts'
import { createTestLog } from '../testLog.ts'
import type { FieldFault } from './fieldFaults.ts'
import type { Answer, ConfigurationReading, MediaServerClient, PathReading } from './readings.ts'
import { createServerRows } from './serverRows.ts'
import { createServers } from './servers.ts'

/** Its paths are called like what publishes them. */
const types = ['rtspSession', 'srtConn', 'webRTCSession'] as const

/** One server whose network is played: each request takes its time by the clock. It is watched by the real polling, servers and streams. */
export const watchPlayedServer = async () => {
  const clock = createTestClock(startAt)
  const logged: { text: string; facts: object }[] = []
  const log: Log = { ...createTestLog(), warn: (facts, text) => void logged.push({ text, facts }) }
  const { db, streams } = createStreamsFixture({ clock, db: new BetterSqlite3(':memory:') })
  const network = {
    delayMs: 5,
    /** What the list of paths fails with, after so many bytes. */
    failure: null as { error: ServerError; bytes: number } | null,
    hangs: false,
    /** How long each of the three answers of its configuration takes; null: it may not be read. */
    configurationDelayMs: null as number | null,
    /** Paths without a publisher. */
    left: new Set<string>(),
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
  const answer = <T>(items: readonly T[]): Answer<T> => ({ items, arrivedAt: clock.monotonic(), tookMs: network.delayMs, bytes: 1_000, serverDate: null })
  let inboundBytes = 0
  const paths = (): PathReading[] => {
    inboundBytes += 100_000
    return types.map((sourceType) => (network.left.has(sourceType) ? idlePath(sourceType) : livePath(sourceType, inboundBytes, { sourceType })))
  }
  const nowhere = { hls: null, webrtc: null, rtsp: null, srt: null, playback: null, metrics: null, pprof: null }
  const configuration: ConfigurationReading = {
    paths: types.map((name) => ({ name, pattern: false, onDemand: false, source: 'publisher', alwaysAvailable: false })),
    addresses: nowhere,
    off: [],
    shown: { global: {}, pathDefaults: {}, paths: [] },
  }
  const client: MediaServerClient = {
    readPaths: (signal) =>
      after(signal, () => {
        bytesRead += network.failure?.bytes ?? 1_000
        return network.failure === null ? ok(answer(paths())) : err(network.failure.error)
      }),
    readSessions: (_, signal) => after(signal, () => ok(answer([]))),
    readInfo: (signal) => after(signal, () => ok({ version: 'v1.20.1', startedAt: startAt - 60_000 })),
    readConfiguration: async function* (ask) {
      for (let request = 1; ; request++) {
        const delayMs = network.configurationDelayMs
        const read = await ask((signal) => after(signal, () => (delayMs === null ? err({ kind: 'forbidden' }) : ok(configuration)), delayMs ?? undefined))
        if (!read.ok || request === 3) return read
        yield
      }
    },
    readOpenness: async () => false,
    faults: () => network.faults,
    bytesRead: () => bytesRead,
    refusedNames: () => 0,
    close: async () => {},
  }
  const stop = new AbortController()
  const servers = createServers(
    {
      clock,
      log,
      rows: createServerRows(db),
      secretsKey: testSecretsKey,
      createClient: () => client,
      streams,
      slices: createSlices(clock),
      append: () => {},
      gap: () => {},
      describe: () => {},
      record: () => {},
      heard: () => {},
      leftOut: () => null,
      onChange: () => {},
      onRemoved: () => {},
      costLimitPercent: 1,
      hasNetwork: () => true,
      signal: stop.signal,
    },
    [serverInputSchema.parse({ name: 'Berlin', url: 'http://127.0.0.1:9997' })],
  )
  const close = async () => {
    stop.abort()
    await servers.ended()
    streams.close()
  }
  const shown = () => {
    const [server] = servers.all()
    if (server === undefined) throw new Error('there is no server')
    return server
  }
  /** What the engine says each half second, and how often a window that has the same server would call it silent. */
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
  return { clock, network, streams, shown, watchFor, warned, [Symbol.asyncDispose]: close }
}
