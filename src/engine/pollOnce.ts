import BetterSqlite3 from 'better-sqlite3'
import { type Clock, sleep, timeLimit, wallAt } from '../clock/clock.ts'
import { serverErrorText } from '../i18n/errorText.ts'
import { withoutSlash } from '../shared/endpoints.ts'
import { internalError, type ServerError } from '../shared/errors.ts'
import { createNaming } from '../shared/naming.ts'
import { redactText } from '../shared/redact.ts'
import type { RuleInput } from '../shared/rules.ts'
import { measureSkew, steadySkew } from '../shared/serverClock.ts'
import { type ServerInput, sumsLack } from '../shared/servers.ts'
import { type Severity, worseSeverity } from '../shared/severities.ts'
import type { OnceReport } from '../shared/streams.ts'
import { probeSubject } from '../shared/subjectNames.ts'
import { isoOrNull } from '../shared/time.ts'
import { findingsOfStreams } from './alarms/findings.ts'
import { createRuleSet, placesIn } from './alarms/ruleSet.ts'
import type { YamlHost } from './hosts/hosts.ts'
import { apiPortOf, serverNamed, serversByHost } from './hosts/hostsState.ts'
import type { Log, MediaPort } from './ports.ts'
import type { YamlProbe } from './probes/probesState.ts'
import { readHostsOnce } from './readHostsOnce.ts'
import { readProbesOnce } from './readProbesOnce.ts'
import { ServerClient } from './servers/mediaServerClient.ts'
import { answerLimitMs } from './servers/pollRequests.ts'
import { type Answer, allRequests, type PollRound, type SessionListName, type SessionReading } from './servers/readings.ts'
import { authorizationHeader } from './servers/serverRows.ts'
import { gateOf } from './servers/serverSettings.ts'
import { sessionListsIn } from './servers/sessionTurns.ts'
import { mainMigrations } from './storage/mainMigrations.ts'
import { migrate } from './storage/migrate.ts'
import { Streams } from './streams/streams.ts'

interface PollOnceOptions {
  readonly clock: Clock
  readonly log: Log
  readonly version: string
  readonly servers: readonly ServerInput[]
  /** Default: none. */
  readonly hosts?: readonly YamlHost[]
  /** Default: none. */
  readonly probes?: readonly YamlProbe[]
  /** Reads the probes. Left out: nothing of them is known. */
  readonly media?: Pick<MediaPort, 'probe'>
  /** Path of the machine's ffmpeg; empty: the one on the PATH. */
  readonly ffmpeg?: string
  /** Changes of the shipped rules, and more of them. Default: none. */
  readonly rules?: readonly RuleInput[]
  /** Templates that take names of streams apart. Default: none. */
  readonly naming?: readonly string[]
  /** One poll instead of two: rates stay unknown. */
  readonly single: boolean
  readonly signal: AbortSignal
}

/**
 * Polls every server and reads every host twice, one interval apart, and every probe once, without storing anything, and reports the result in English.
 * A server with a stream that shows no new data is polled on, until that is stalled or not. Servers are polled in parallel: one that does not answer waits
 * out its own 5 s limit without delaying the others. Every connection is closed before this resolves.
 */
export async function pollOnce({
  clock,
  log,
  version,
  servers,
  hosts = [],
  probes = [],
  media = { probe: async () => ({ kind: 'cancelled' as const }) },
  ffmpeg = '',
  rules = [],
  naming = [],
  single,
  signal,
}: PollOnceOptions): Promise<OnceReport> {
  using db = disposable(new BetterSqlite3(':memory:'))
  migrate(db.database, mainMigrations)
  const streams = new Streams({
    clock,
    log,
    db: db.database,
    record: () => {},
    append: () => {},
    gap: () => {},
    describe: () => {},
    verdicts: { severityOf: (serverId, path) => severityOf(serverId, path), isMissed: () => false, inTroubleOf: () => 0 },
  })

  const configurations = new Map<string, Readonly<Record<string, unknown>>>()
  const poll = async (server: ServerInput, serverId: string): Promise<Omit<OnceReport['servers'][number], 'streams'>> => {
    const secret = server.auth.kind === 'basic' ? server.auth.password : server.auth.kind === 'none' ? undefined : server.auth.token
    const authorization = authorizationHeader(server.auth.kind, server.auth.kind === 'basic' ? server.auth.user : null, secret ?? null)
    const url = withoutSlash(server.url)
    const client = new ServerClient({
      access: { serverId, url, authorization, fingerprint: server.fingerprint, gate: gateOf(server) },
      clock,
      tag: 'once',
      version,
    })
    const ask = async <T>(work: (limited: AbortSignal) => Promise<T>): Promise<T> => {
      using limit = timeLimit(clock, answerLimitMs, signal)
      return await work(limit.signal)
    }
    const named = { id: serverId, name: server.name, settings: server }
    const intervalMs = server.intervalSeconds * 1000
    const about = { name: server.name, url: server.url }
    const unreachable = (error: ServerError) => {
      streams.lost(named, clock.now(), error.kind === 'unauthorized' ? 'halted' : 'down')
      const words = serverErrorText(error, 'en')
      return { ...about, reachable: false, error: redactText(`${words.what} ${words.todo}`), version: found.version, startedAt: isoOrNull(found.startedAt) }
    }
    const found: { version: string | null; startedAt: number | null } = { version: null, startedAt: null }
    let skewMs = 0
    try {
      let startedAt = Number.NaN
      for (let round = 1; round === 1 || (!single && (round === 2 || isQuiet(serverId))); round++) {
        if (round > 1) await sleep(clock, Math.max(0, startedAt + intervalMs - clock.monotonic()), signal)
        const at = clock.now()
        startedAt = clock.monotonic()
        const paths = await ask((limited) => client.readPaths(limited))
        const sessions: { list: SessionListName; answer: Answer<SessionReading> }[] = []
        if (paths.ok)
          for (const list of sessionListsIn(paths.value.items).keys()) {
            const answer = await ask((limited) => client.readSessions(list, limited))
            if (answer.ok) sessions.push({ list, answer: answer.value })
          }
        // Mostly there are only two polls, one interval apart. Reporting half the interval lets a stall of one interval be detected.
        if (paths.ok && paths.value.serverDate !== null) skewMs = steadySkew(skewMs, measureSkew(paths.value.serverDate, wallAt(clock, paths.value.arrivedAt)))
        const observed: PollRound = { serverId, at, paths, sessions, intervalMs: intervalMs / 2, skewMs }
        streams.observe(named, observed)
        if (!paths.ok) return unreachable(paths.error)
        if (round === 1) {
          const info = await ask((limited) => client.readInfo(limited))
          if (info.ok) {
            found.version = info.value.version
            found.startedAt = info.value.startedAt === null ? null : info.value.startedAt - skewMs
          }
          const configuration = await allRequests(client.readConfiguration(ask))
          // No newer configuration will be read, so this one applies for the whole run.
          streams.configured(named, configuration.ok ? configuration.value.paths : null, Number.POSITIVE_INFINITY)
          if (configuration.ok) configurations.set(serverId, configuration.value.shown.global)
        }
      }
      return { ...about, reachable: true, error: null, version: found.version, startedAt: isoOrNull(found.startedAt) }
    } catch (error) {
      // A bug while reading one server must not cost the report of the others.
      if (signal.aborted) throw error
      log.error({ serverId, err: error }, 'a poll failed by a bug of ours')
      return unreachable(internalError(error))
    } finally {
      await client.close()
    }
  }

  /** Whether a stream has shown no new data yet: it may be slow, or stalled. */
  const isQuiet = (serverId: string) => streams.reports().some((stream) => stream.serverId === serverId && stream.state === 'live' && stream.bitrateInBps === 0)
  const serverOf = (id: string) => servers[ids.indexOf(id)] ?? null
  const { fieldsOf } = createNaming(naming)
  const ruleSet = createRuleSet(
    placesIn(
      serverOf,
      () => null,
      (id) => probes[Number(id)] ?? null,
    ),
    fieldsOf,
  )
  ruleSet.configure(rules)
  /** Nobody waits for delays here. */
  const severityOf = (serverId: string, path: string): Severity | null => {
    const stream = streams.get(serverId, path)
    const [finding = null] = stream === null ? [] : findingsOfStreams(serverOf(serverId)?.name ?? '', [{ facts: stream, figures: stream.figures }], ruleSet)
    return finding?.severity ?? null
  }
  const severityOfUnread = (index: number): Severity | null => {
    const watches = ruleSet.applied('probeDown', probeSubject(String(index)))?.evaluation.watches
    return watches?.kind === 'limit' ? watches.levels.reduce<Severity | null>((worst, { severity }) => worseSeverity(worst, severity), null) : null
  }
  const ids = servers.map((_, index) => `once-${index + 1}`)
  const polling = Promise.all(servers.map((server, index) => poll(server, ids[index] ?? '')))
  const known = servers.map(({ name, url }, index) => ({ id: ids[index] ?? '', name, url }))
  const taken = new Set(hosts.flatMap((host) => serverNamed(host.server, known)?.id ?? []))
  const apiPortOn = async (host: YamlHost): Promise<number | null> => {
    await polling
    const found = serversByHost(known)(host.ssh).filter(({ id }) => !taken.has(id))
    // With several it would be a guess.
    const server = serverNamed(host.server, known) ?? (found.length === 1 ? found[0] : undefined)
    return server === undefined ? null : apiPortOf(server.url, configurations.get(server.id) ?? {})
  }
  const userAgent = `mtxdeck/${version}`
  const [polled, readHosts, readProbes] = await Promise.all([
    polling,
    readHostsOnce({ clock, hosts, apiPortOn, single, signal }),
    readProbesOnce({ clock, probes, media, userAgent, ffmpeg, severityOf: severityOfUnread, signal }),
  ])
  const reports = streams.reports('en')
  return {
    at: new Date(clock.now()).toISOString(),
    ...sumsLack(polled.map(({ name, reachable }) => ({ name, state: reachable ? 'up' : 'down' }))),
    servers: polled.map((server, index) => ({ ...server, streams: reports.filter((report) => report.serverId === ids[index]) })),
    hosts: readHosts,
    probes: readProbes,
  }
}

const disposable = (database: BetterSqlite3.Database) => ({ database, [Symbol.dispose]: () => void database.close() })
