import { createSocket } from 'node:dgram'
import { type Clock, timeLimit } from '../../clock/clock.ts'
import type { ConnectionStep, ConnectionTest, StepFound, YmlLine } from '../../shared/connectionTest.ts'
import { withoutSlash } from '../../shared/endpoints.ts'
import type { ServerError } from '../../shared/errors.ts'
import { isLoopback } from '../../shared/ipAddresses.ts'
import { ok, type Result } from '../../shared/result.ts'
import type { ServerAuthInput, ServerInput } from '../../shared/servers.ts'
import { gateAt } from '../http/gate.ts'
import { createServerPool } from '../http/serverPool.ts'
import { type MediaServerClient, ServerClient } from './mediaServerClient.ts'
import { allRequests, type ConfigurationReading, type ServerAccess } from './readings.ts'

/** A server's settings from the contract, reduced to those that matter here. */
export type ConnectionTestInput = Pick<ServerInput, 'url' | 'auth' | 'fingerprint' | 'addresses'>

/** A wrong password is answered after up to 4 s. */
const apiLimitMs = 8_000
const portLimitMs = 3_000

/** Default ports of MediaMTX, to recognise a wrong port in the address. */
export interface KnownPorts {
  readonly api: string
  readonly others: readonly string[]
}
const defaultPorts: KnownPorts = { api: '9997', others: ['8554', '8322', '1935', '1936', '8888', '8889', '8890', '9996', '9998', '9999'] }

/** Beside the API, with their usual ports. */
const testedPorts = [
  { what: 'playback', port: 9996 },
  { what: 'hls', port: 8888 },
  { what: 'webrtc', port: 8889 },
  { what: 'metrics', port: 9998 },
] as const

/** Value of the Authorization header: as entered, or with the stored server's secret if that was left out. */
function authorizationOf(auth: ServerAuthInput, lent: string | null): string | null {
  switch (auth.kind) {
    case 'none':
      return null
    case 'basic': {
      const lentPair = lent?.startsWith('Basic ') ? Buffer.from(lent.slice(6), 'base64').toString('utf8') : ':'
      const password = auth.password ?? lentPair.slice(lentPair.indexOf(':') + 1)
      return `Basic ${Buffer.from(`${auth.user}:${password}`, 'utf8').toString('base64')}`
    }
    case 'bearer':
    case 'jwt':
      return auth.token === undefined ? (lent?.startsWith('Bearer ') ? lent : null) : `Bearer ${auth.token}`
    default:
      return auth satisfies never
  }
}

/** The local address that this machine would use towards `host`; no packet is sent. null: unknown to the system. */
const ownAddressTowards = (host: string): Promise<string | null> =>
  new Promise((resolve) => {
    const socket = createSocket(host.startsWith('[') ? 'udp6' : 'udp4')
    const done = (address: string | null) => {
      socket.removeAllListeners()
      socket.on('error', () => {})
      socket.close()
      resolve(address)
    }
    socket.once('error', () => done(null))
    socket.connect(9, host.replace(/^\[|\]$/g, ''), () => done(socket.address().address))
  })

const webOriginOf = (address: string): string | null => (/^https?:\/\//i.test(address) && URL.canParse(address) ? new URL(address).origin : null)

function fingerprintOf(error: ServerError | null): string | null {
  switch (error?.kind) {
    case 'certificateUntrusted':
    case 'certificateExpired':
    case 'certificateWrongName':
      return error.fingerprint
    case 'fingerprintChanged':
      return error.actual
    default:
      return null
  }
}

interface ConnectionTestDeps {
  readonly clock: Clock
  readonly tag: string
  readonly version: string
  /** For tests, which have no fixed ports. */
  readonly ports?: KnownPorts
}

/**
 * Tries a server's ports without storing anything and without opening a session on it: the API with the
 * credentials given, the others without any, by an address that does nothing (never a playlist: each one
 * read makes a viewer for half a minute).
 */
export type TestConnection = (input: ConnectionTestInput, lent: Pick<ServerAccess, 'authorization' | 'gate'>, signal?: AbortSignal) => Promise<ConnectionTest>

interface Knocked {
  readonly error: ServerError | null
  readonly isMediaMtx: boolean
  readonly status: number
}

/** One connection test: the input, and how to try a port. */
interface Trial {
  readonly input: ConnectionTestInput
  readonly url: URL
  readonly ports: KnownPorts
  /** Who answers at an address: MediaMTX, recognised by its response header, another program, or an error. Sends no credentials. */
  readonly knock: (origin: string, path: string) => Promise<Knocked>
}

export function createConnectionTest({ clock, tag, version, ports = defaultPorts }: ConnectionTestDeps): TestConnection {
  return async (input, { authorization: lentAuthorization, gate = null }, signal = new AbortController().signal) => {
    const url = new URL(input.url)
    const authorization = authorizationOf(input.auth, lentAuthorization)
    const trial: Trial = {
      input,
      url,
      ports,
      knock: async (origin, path) => {
        const { fingerprint } = input
        // Doors elsewhere may be of anybody.
        const through = new URL(origin).hostname === url.hostname ? gateAt(origin, { url: input.url, gate }) : null
        const pool = createServerPool({
          clock,
          url: origin,
          fingerprint,
          gate: through,
          userAgent: `mtxdeck/${version}`,
          maxResponseBytes: 1_000_000,
          connections: 1,
        })
        try {
          using limit = timeLimit(clock, portLimitMs, signal)
          const reply = await pool.read(path, limit.signal)
          if (!reply.ok) return { error: reply.error, isMediaMtx: false, status: 0 }
          return { error: null, isMediaMtx: reply.value.server.toLowerCase() === 'mediamtx', status: reply.value.status }
        } finally {
          await pool.close()
        }
      },
    }
    const client = new ServerClient({
      access: { serverId: '', url: withoutSlash(input.url), authorization, fingerprint: input.fingerprint, gate },
      clock,
      tag,
      version,
    })
    try {
      const within = async <T>(run: (limited: AbortSignal) => Promise<T>): Promise<T> => {
        using limit = timeLimit(clock, apiLimitMs, signal)
        return await run(limit.signal)
      }
      const api = await askApi(client, within, authorization !== null)
      const error = api.ok ? null : api.error
      const seen = api.ok ? apiAnswers(api.value, url, authorization !== null) : await explainFailure(trial, api.error)
      // If the host is unreachable or its certificate is not trusted, further tries give no information.
      const hostAnswers = error === null || (!(error.kind === 'unreachable' && error.reason !== 'refused') && fingerprintOf(error) === null)
      const others = hostAnswers ? await Promise.all(testedPorts.map((port) => tryPort(trial, port, api.ok ? api.value.configuration : null))) : []
      const isOff = error?.kind === 'unreachable' && seen.found.kind !== 'apiElsewhere' && others.some(({ step }) => step.outcome === 'ok')
      const first: ConnectionStep = {
        what: 'api',
        address: input.url,
        outcome: error === null ? 'ok' : 'failed',
        found: isOff ? { kind: 'apiOff' } : seen.found,
        error,
      }
      const steps = [first, ...others.map(({ step }) => step)]
      return {
        ok: api.ok,
        version: api.ok ? api.value.version : null,
        streams: api.ok ? api.value.live : null,
        steps,
        lines: [...seen.lines, ...others.flatMap(({ line }) => line ?? [])],
        fingerprint: steps.map((step) => fingerprintOf(step.error)).find((found) => found !== null) ?? null,
      }
    } finally {
      await client.close()
    }
  }
}

interface ApiFound {
  readonly version: string | null
  readonly paths: number
  /** Those with media. */
  readonly live: number
  readonly configuration: ConfigurationReading | null
  /** Whether it answers without credentials, too; null: unknown, or none were given. */
  readonly isOpen: boolean | null
}

/** Reads the parts of the API that a console needs. `within` limits each request. */
async function askApi(
  client: MediaServerClient,
  within: <T>(run: (limited: AbortSignal) => Promise<T>) => Promise<T>,
  hasCredentials: boolean,
): Promise<Result<ApiFound, ServerError>> {
  const paths = await within(client.readPaths)
  if (!paths.ok) return paths
  const count = paths.value.items.length
  const info = await within(client.readInfo)
  const configuration = await allRequests(client.readConfiguration(within))
  return ok({
    version: info.ok ? info.value.version : null,
    paths: count,
    live: paths.value.items.filter(({ available, slate }) => available && !slate).length,
    configuration: configuration.ok ? configuration.value : null,
    isOpen: hasCredentials ? await within(client.readOpenness) : null,
  })
}

/** The test's result for the API at the entered address. */
interface ApiSeen {
  readonly found: StepFound
  readonly lines: readonly YmlLine[]
}

function apiAnswers({ version, paths, isOpen }: ApiFound, { protocol, hostname }: URL, hasCredentials: boolean): ApiSeen {
  const isHere = isLoopback(hostname)
  const found: StepFound = {
    kind: 'apiAnswers',
    version,
    paths,
    open: isOpen === true || (!hasCredentials && !isHere),
    passwordInClear: protocol === 'http:' && hasCredentials && !isHere,
  }
  return { found, lines: [] }
}

/** Why the API does not answer at the entered address, and what to do: use another port, or change mediamtx.yml. */
async function explainFailure({ input, url, ports, knock }: Trial, error: ServerError): Promise<ApiSeen> {
  // Other HTTP ports of MediaMTX answer like a web server without an API; its RTSP port closes at the first line that is none of its own.
  const isUnanswered = error.kind === 'unreachable' && (error.reason === 'refused' || error.reason === 'reset' || error.reason === 'connectTimeout')
  const isNotIt = error.kind === 'noApiHere' || error.kind === 'notMediaMtx' || error.kind === 'redirected'
  const isOtherPort = ports.others.includes(url.port)
  const answers = isNotIt || (isOtherPort && error.kind === 'unauthorized')
  if (url.port !== ports.api && (isUnanswered || answers)) {
    const api = `${url.protocol}//${url.hostname}:${ports.api}`
    const there = await knock(api, '/v3/paths/list?itemsPerPage=1')
    if (there.isMediaMtx && (there.status === 200 || there.status === 401)) return { found: { kind: 'apiElsewhere', error, api }, lines: [] }
  }
  const isMediaMtx = answers ? (await knock(url.origin, '/')).isMediaMtx : isOtherPort && error.kind === 'unreachable' && error.reason === 'reset'
  const ownAddress = isLoopback(url.hostname) ? null : await ownAddressTowards(url.hostname)
  const facts: LinesFor = { url, auth: input.auth, apiPort: ports.api, ownAddress }
  // At the API's own port the API is on: the address is another than it has.
  return isMediaMtx && url.port !== ports.api
    ? { found: { kind: 'apiOff' }, lines: switchOnLines(facts, true) }
    : { found: { kind: 'error', error }, lines: linesForApi(error, facts) }
}

/** Tries a port other than the API's; `line`: the line of mediamtx.yml that enables it. */
async function tryPort(
  { input, url, knock }: Trial,
  { what, port }: (typeof testedPorts)[number],
  configuration: ConfigurationReading | null,
): Promise<{ readonly step: ConnectionStep; readonly line?: YmlLine }> {
  const given = input.addresses[what]
  const address = given ?? (configuration ? configuration.addresses[what] : `http://${url.hostname}:${port}`)
  const step = (outcome: ConnectionStep['outcome'], found: StepFound, error: ServerError | null = null) => ({
    step: { what, address: address ?? '', outcome, found, error },
  })
  if (address === null) return step('off', { kind: 'switchedOff' })
  const origin = webOriginOf(address)
  if (origin === null) return step('failed', { kind: 'notAnAddress' })
  const { error, isMediaMtx } = await knock(origin, '/')
  if (error === null)
    return isMediaMtx ? step('ok', { kind: 'answers' }) : step('failed', { kind: 'otherProgram' }, { kind: 'notMediaMtx', contentType: '', server: '' })
  // Without a configuration that names it, a silent default port is not a failure: most servers leave some ports closed.
  const outcome = configuration === null && given === undefined ? 'off' : 'failed'
  // Enabled, but bound to the server's loopback interface while we connect from outside.
  const bound = configuration?.shown.global[`${what}Address`]
  if (typeof bound === 'string' && /^(?:127\.|localhost|\[::1\])/.test(bound) && !isLoopback(url.hostname))
    return { ...step(outcome, { kind: 'loopbackOnly', bound }, error), line: `${what}Address: :${/:(\d+)$/.exec(bound)?.[1] ?? port}` }
  return step(outcome, configuration === null && error.kind === 'unreachable' ? { kind: 'maybeOff' } : { kind: 'error', error }, error)
}

/** Facts that the suggested lines depend on. */
interface LinesFor {
  readonly url: URL
  readonly auth: ServerAuthInput
  readonly apiPort: string
  /** This machine's address towards the server; null: the same machine, or unknown. */
  readonly ownAddress: string | null
}

/** A user with the console's permissions. Never contains its password. */
const userLines = ({ auth, ownAddress }: LinesFor): readonly YmlLine[] =>
  auth.kind === 'jwt'
    ? [
        { before: '# ', remark: 'tokenClaim', after: '' },
        '#   "mediamtx_permissions": [{"action": "api"}, {"action": "metrics"}, {"action": "playback"}, {"action": "read"}]',
        'authMethod: jwt',
        'authJWTJWKS: https://your-identity-provider.example/jwks.json',
      ]
    : [
        { before: '# ', remark: 'sinceVersion', after: '' },
        { before: '# ', remark: 'keepUsers', after: '' },
        'authInternalUsers:',
        `  - user: ${auth.kind === 'basic' ? JSON.stringify(auth.user) : 'noc'}`,
        { before: "    pass: '", remark: 'password', after: "'" },
        ...(ownAddress === null ? ['    ips: []'] : [{ before: '    # ', remark: 'thisConsole', after: '' } as const, `    ips: ['${ownAddress}']`]),
        '    permissions:',
        '      - action: api',
        '      - action: metrics',
        '      - action: playback',
        { before: '      # ', remark: 'livePictures', after: '' },
        '      - action: read',
      ]

/** `isOtherPort`: the port that was typed is one of another listener. */
function switchOnLines({ url, auth, apiPort, ownAddress }: LinesFor, isOtherPort: boolean): readonly YmlLine[] {
  const isHere = isLoopback(url.hostname)
  return [
    'api: yes',
    ...(url.port === apiPort || isOtherPort ? [] : [{ before: '# ', remark: 'usualPort', after: '' } as const]),
    // Never the port that was typed: it may be a typo, and the server would move to it.
    isHere ? `apiAddress: 127.0.0.1:${apiPort}` : `apiAddress: :${apiPort}`,
    // A default configuration lets everyone on the same machine use the API.
    ...(isHere && auth.kind === 'none' ? [] : ['', ...userLines({ url, auth, apiPort, ownAddress })]),
  ]
}

/** Lines of mediamtx.yml that fix a failure of the API, or none where the server's configuration is not the cause. */
function linesForApi(error: ServerError, facts: LinesFor): readonly YmlLine[] {
  switch (error.kind) {
    case 'unreachable':
      return error.reason === 'refused' || error.reason === 'connectTimeout' ? switchOnLines(facts, false) : []
    case 'unauthorized':
    case 'forbidden':
      return userLines(facts)
    case 'notTls':
      return [{ before: '# ', remark: 'orHttp', after: '' }, 'apiEncryption: yes', 'apiServerKey: server.key', 'apiServerCert: server.crt']
    default:
      return []
  }
}
