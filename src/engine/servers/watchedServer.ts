import type { Clock } from '../../clock/clock.ts'
import type { ServerCaution } from '../../shared/cautions.ts'
import { listOf } from '../../shared/configurationFindings.ts'
import type { SecretFault, ServerError } from '../../shared/errors.ts'
import { isLoopback } from '../../shared/ipAddresses.ts'
import type { Protocol, Server, ServerAddresses, ServerState, ServerTotals } from '../../shared/servers.ts'
import type { Gate } from '../http/gate.ts'
import type { KeptServer } from '../past/keptFacts.ts'
import type { ConfigurationReading, ServerInfoReading } from './readings.ts'
import type { ServerSettings } from './serverRows.ts'

/** Measured on 1.20.1: 28 ms of the server's CPU time per megabyte of answers. */
const serverCpuMsPerMegabyte = 28

/** Estimated use of one of the server's cores for answers of `bytesPerSecond`, percent. */
export function serverCpuPercent(bytesPerSecond: number) {
  return (bytesPerSecond / 1e6) * serverCpuMsPerMegabyte * (100 / 1000)
}

/** A watched server: its settings and its state. Changed in place; `Server` objects are created from it. */
export class Watched {
  readonly id: string
  name: string
  readonly origin: 'stored' | 'yaml'
  settings: ServerSettings
  secret: string | null
  gate: Gate | null
  /** Why a required secret can't be used. `sealed` is kept as stored, since its key may come back. */
  withheld: { readonly detail: SecretFault; readonly sealed: Uint8Array | null } | null
  hidesStored = false
  /** The caution for recent impossible values, and the first fields that ever had any, which were logged. */
  faultCaution: ServerCaution | null = null
  readonly faultyFields = new Set<string>()

  state: ServerState = 'connecting'
  stateSince: number
  error: ServerError | null = null
  failures = 0
  /** It took the credentials that it has now. */
  accepted = false
  lastAnswerAt: number | null = null
  /** Monotonic time of the last round that ended with an answer or a failure, or the time to which the next try was postponed. */
  handledAt: number
  /** Number of requests made by the current round and the one before it. */
  requests = 0
  /** Current duration of an answered round, ms; null: none was answered. */
  roundMs: number | null = null
  /** Ends the wait, while the server is up, until its last answer is too old to be valid. */
  stopAge: (() => void) | null = null
  outageSince: number | null = null
  /** Its state is unknown because this console slept, hung or lost its network; the missing answers are not the server's fault. */
  unseen = false
  /** Its outage was recorded (`serverDown`), but its end is not yet. */
  downRecorded = false
  /** In the current run of failed polls: when the first was sent, and when the last is known to have failed. null: none failed. */
  awayFrom: number | null = null
  awayTo = Number.NaN
  /** The longest silence in the current outage before this console paused, slept or lost its network, ms. */
  silentMs = 0
  answerMs: number | null = null
  nextTryAt: number | null = null
  info: ServerInfoReading = { version: null, startedAt: null }
  infoKnown = false
  /** Clock skew measured with the last answer, and the steady skew that corrects the server's times, ms. */
  clockSkewMs: number | null = null
  steadySkewMs = 0
  startedAt: number | null = null
  /** Whether it answered without our credentials, and when that was checked, monotonic. */
  openToAll: boolean | null = null
  opennessAskedAt = 0
  certificate: Server['certificate'] = null
  /** When the certificate was last read over a separate connection, monotonic. */
  certificateCheckedAt = 0
  notEnabled = new Set<Protocol>()
  /** Whether its RTSP address, as it was then, is its own (`ownEndpoints.ts`). null: not judged. */
  evaluatedEndpoint: { readonly at: string; readonly isOwn: boolean } | null = null
  configuration: { readonly readAt: number | null; readonly error: ServerError | null; readonly reading: ConfigurationReading | null } = {
    readAt: null,
    error: null,
    reading: null,
  }
  bytesPerRound: number | null = null
  requestsPerMinute: number | null = null
  /** Hash and time of its last description written to history. */
  describedHash = ''
  describedAt = Number.NEGATIVE_INFINITY
  /** Its round was answered and is being read, so the server is neither silent nor unreachable. */
  answered = false
  round: Promise<unknown> | null = null
  stop = new AbortController()

  /** It is not polled yet. */
  constructor(of: Pick<Watched, 'id' | 'name' | 'origin' | 'settings' | 'secret' | 'gate' | 'withheld'>, clock: Pick<Clock, 'now' | 'monotonic'>) {
    this.id = of.id
    this.name = of.name
    this.origin = of.origin
    this.settings = of.settings
    this.secret = of.secret
    this.gate = of.gate
    this.withheld = of.withheld
    this.stateSince = clock.now()
    this.handledAt = clock.monotonic()
  }
}

/** What `watchedToServer` needs in addition to the watched server. */
interface Around {
  readonly intervalMs: number
  readonly totals: ServerTotals
  /** The caution for a secret that can't be stored here; null: it can. */
  readonly keptForLaunch: ServerCaution | null
  /** Why the changed configuration file is not used; null: it is. */
  readonly yamlTrouble: ServerCaution | null
  readonly sameEndpoints: readonly ServerCaution[]
}

const defaultPorts = {
  hls: ['http', 8888],
  webrtc: ['http', 8889],
  rtsp: ['rtsp', 8554],
  rtmp: ['rtmp', 1935],
  srt: ['srt', 8890],
  playback: ['http', 9996],
  metrics: ['http', 9998],
} as const

function defaultAddresses(apiUrl: string): ServerAddresses {
  const { hostname } = new URL(apiUrl)
  const usual = (name: keyof typeof defaultPorts) => `${defaultPorts[name][0]}://${hostname}:${defaultPorts[name][1]}`
  return Object.fromEntries(Object.keys(defaultPorts).map((name) => [name, usual(name as keyof typeof defaultPorts)])) as Record<
    keyof typeof defaultPorts,
    string
  >
}

const enteredOf = ({ settings }: Watched) =>
  Object.fromEntries(Object.entries(settings.addresses).filter(([, address]) => address !== null && address !== undefined))
/** As entered, else as its configuration says, else as usual. */
export function addressesOf(watched: Watched): ServerAddresses {
  return { ...(watched.configuration.reading?.addresses ?? defaultAddresses(watched.settings.url)), ...enteredOf(watched) }
}

/** As far as known: if only some addresses need no password, our own access without one does not tell about others. */
const openToAllOf = ({ openToAll, configuration: { reading } }: Watched): boolean | null =>
  openToAll === true && reading !== null && isForSomeAddresses(reading.shown.global) ? false : openToAll

/** What it asks about credentials, or the setting that names it; null: nobody, as far as is known. */
export function authServerOf({ configuration: { reading } }: Watched): string | null {
  const { authMethod, authHTTPAddress, authJWTJWKS } = reading?.shown.global ?? {}
  if (authMethod === 'http') return URL.parse(String(authHTTPAddress))?.host || 'authHTTPAddress'
  return authMethod === 'jwt' ? URL.parse(String(authJWTJWKS))?.host || 'authJWTJWKS' : null
}

/** What is asked with each request to the API; null: nobody. Keys of `jwt` are read once an hour, and what is excluded is not asked about. */
function askedEachTime(watched: Watched): string | null {
  const { authMethod, authHTTPExclude } = watched.configuration.reading?.shown.global ?? {}
  const excluded: readonly unknown[] = Array.isArray(authHTTPExclude) ? authHTTPExclude : []
  const isExcluded = excluded.some((one) => typeof one === 'object' && one !== null && 'action' in one && one.action === 'api')
  return authMethod === 'http' && !isExcluded ? authServerOf(watched) : null
}

function cautionsOf(watched: Watched, { keptForLaunch, yamlTrouble, sameEndpoints }: Around): ServerCaution[] {
  const url = new URL(watched.settings.url)
  const hasSecrets = watched.secret !== null || watched.gate !== null
  const plain = (applies: boolean, kind: 'hidesStored' | 'openToAll' | 'passwordUnencrypted'): ServerCaution | null => (applies ? { kind } : null)
  return [
    watched.origin === 'yaml' ? yamlTrouble : null,
    plain(watched.hidesStored, 'hidesStored'),
    watched.faultCaution,
    hasSecrets && watched.origin === 'stored' ? keptForLaunch : null,
    plain(openToAllOf(watched) === true, 'openToAll'),
    plain(hasSecrets && url.protocol === 'http:' && !isLoopback(url.hostname), 'passwordUnencrypted'),
    ...sameEndpoints,
  ].filter((caution) => caution !== null)
}

export function watchedToServer(watched: Watched, around: Around): Server {
  const { settings, configuration } = watched
  const { intervalMs } = around
  const { bytesPerRound: bytes, requestsPerMinute } = watched
  const authServer = askedEachTime(watched)
  return {
    id: watched.id,
    name: watched.name,
    url: settings.url,
    origin: watched.origin,
    auth: { kind: settings.auth.kind, user: settings.auth.user, hasSecret: watched.secret !== null },
    fingerprint: settings.fingerprint,
    ...(watched.gate !== null && { gate: { headers: Object.keys(watched.gate.headers), hasClientCertificate: watched.gate.certificate !== null } }),
    intervalSeconds: settings.intervalSeconds,
    tags: settings.tags,
    paused: settings.paused,
    ...(settings.newStreams !== undefined && { newStreams: settings.newStreams }),
    addressesGiven: settings.addresses,
    addresses: addressesOf(watched),
    addressesFrom: Object.keys(enteredOf(watched)).length > 0 ? 'entered' : configuration.reading ? 'configuration' : 'defaults',
    addressesAssumed: configuration.reading === null,
    state: watched.state,
    stateSince: watched.stateSince,
    error: watched.error,
    lastAnswerAt: watched.lastAnswerAt,
    outageSince: watched.outageSince,
    isSilent: watched.state === 'unknown' && !watched.unseen,
    answerMs: watched.answerMs,
    roundMs: watched.roundMs === null ? null : Math.round(watched.roundMs),
    nextTryAt: watched.nextTryAt,
    version: watched.info.version,
    startedAt: watched.startedAt,
    clockSkewMs: watched.clockSkewMs,
    openToAll: openToAllOf(watched),
    ...(watched.certificate && { certificate: watched.certificate }),
    notEnabled: [...watched.notEnabled],
    cost:
      bytes === null
        ? null
        : {
            bytesPerRound: Math.round(bytes),
            cpuPercent: serverCpuPercent(bytes / (intervalMs / 1000)),
            intervalSeconds: settings.intervalSeconds,
            effectiveIntervalSeconds: intervalMs / 1000,
            authServer: authServer === null || requestsPerMinute === null ? null : { address: authServer, requestsPerMinute: Math.round(requestsPerMinute) },
          },
    totals: around.totals,
    cautions: cautionsOf(watched, around),
  }
}

/** The description of a server for history, without credentials and values that change with each poll. */
export function keptOf(server: Server): Omit<KeptServer, 'launchedAt' | 'streams'> {
  const { id: _, gate: _gate, answerMs: _ms, roundMs: _round, nextTryAt: _try, clockSkewMs: _skew, cost: _cost, totals: _totals, ...kept } = server
  return { ...kept, lastAnswerAt: server.error === null ? null : server.lastAnswerAt, auth: { ...kept.auth, user: null } }
}

type Fields = Readonly<Record<string, unknown>>

/**
 * Whether a configuration lets only some addresses use the API without a password. That we are let in does not show then that everyone is. false: all
 * are, nobody is, or it does not say.
 */
export function isForSomeAddresses({ authMethod = 'internal', authInternalUsers }: Fields): boolean {
  const free = listOf(authInternalUsers).filter(({ user, permissions }) => user === 'any' && listOf(permissions).some(({ action }) => action === 'api'))
  return authMethod === 'internal' && free.length > 0 && free.every(({ ips }) => Array.isArray(ips) && ips.length > 0)
}
