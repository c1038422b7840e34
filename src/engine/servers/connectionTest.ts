import { createSocket } from 'node:dgram'
import { type Clock, timeLimit } from '../../clock/clock.ts'
import type { ServerError } from '../../shared/errors.ts'
import type { ConnectionTest, ServerAddresses, ServerAuthInput, ServerInput } from '../../shared/servers.ts'
import { serverErrorWords } from '../../shared/words/errorText.ts'
import { isLoopback } from '../http/isLoopback.ts'
import { createServerPool } from '../http/serverPool.ts'
import { createMediaServerClient } from './mediaServerClient.ts'
import { allRequests, type ConfigurationReading } from './readings.ts'

type Step = ConnectionTest['steps'][number]
type Door = Exclude<Step['what'], 'api'>

/** As the contract gives it: a server's settings without those that do not matter here. */
export type ConnectionTestInput = Pick<ServerInput, 'url' | 'auth' | 'fingerprint' | 'addresses'>

/** A wrong password is answered after up to 4 s. */
const apiLimitMs = 8_000
const doorLimitMs = 3_000

/** Default ports of MediaMTX, for telling a mistaken address. */
export interface KnownPorts {
  readonly api: string
  readonly doors: Readonly<Record<string, string>>
}
const defaultDoors: KnownPorts['doors'] = {
  8554: 'RTSP',
  8322: 'RTSPS',
  1935: 'RTMP',
  1936: 'RTMPS',
  8888: 'HLS',
  8889: 'WebRTC',
  8890: 'SRT',
  9996: 'playback',
  9998: 'metrics',
  9999: 'pprof',
}
const defaultPorts: KnownPorts = { api: '9997', doors: defaultDoors }

const doors: readonly { readonly door: Door; readonly port: number; readonly label: string; readonly without: string }[] = [
  { door: 'playback', port: 9996, label: 'Playback', without: 'recordings cannot be played' },
  { door: 'hls', port: 8888, label: 'HLS', without: 'there are no live pictures' },
  { door: 'webrtc', port: 8889, label: 'WebRTC', without: 'nothing that this console needs is missing' },
  { door: 'metrics', port: 9998, label: 'Metrics', without: 'nothing that this console needs is missing: the API tells the same' },
]

/** Value of the Authorization header: as entered, or with a stored server's secret where it was left out. */
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

/** The address from which this machine would speak to `host`; no packet is sent. null where the system can't tell. */
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

function inWords(error: ServerError): string {
  const { what, todo } = serverErrorWords(error, 'en')
  return `${what} ${todo}`
}

/** A user who may do what the console does. Its password never stands here. */
const userLines = (auth: ConnectionTestInput['auth'], ownAddress: string | null): string[] =>
  auth.kind === 'jwt'
    ? [
        '# The token must carry this claim:',
        '#   "mediamtx_permissions": [{"action": "api"}, {"action": "metrics"}, {"action": "playback"}, {"action": "read"}]',
        'authMethod: jwt',
        'authJWTJWKS: https://your-identity-provider.example/jwks.json',
      ]
    : [
        '# MediaMTX 1.6 and newer (older ones have no users for the API and ask nobody).',
        '# Keep the users that stand here already and add this one:',
        'authInternalUsers:',
        `  - user: ${auth.kind === 'basic' ? JSON.stringify(auth.user) : 'noc'}`,
        "    pass: 'THE PASSWORD'",
        ownAddress === null ? '    ips: []' : `    # This console as the server sees it; [] lets the user in from everywhere.\n    ips: ['${ownAddress}']`,
        '    permissions:',
        '      - action: api',
        '      - action: metrics',
        '      - action: playback',
        '      # For live pictures:',
        '      - action: read',
      ]

/** Lines of mediamtx.yml that mend a failure of the API, or none where the server's configuration is not the reason. */
function linesForApi(
  error: ServerError,
  url: URL,
  usualPort: string,
  auth: ConnectionTestInput['auth'],
  mistaken: boolean,
  ownAddress: string | null,
): string[] {
  // Never the port that was typed: it may be a typo, and the server would move to it.
  const switchOn = [
    'api: yes',
    ...(url.port === usualPort || mistaken ? [] : [`# The usual port. If apiAddress names another one on purpose, leave it and use that port here.`]),
    isLoopback(url.hostname) ? `apiAddress: 127.0.0.1:${usualPort}` : `apiAddress: :${usualPort}`,
  ]
  // From the same machine everybody may use the API in a fresh configuration.
  const users = isLoopback(url.hostname) && auth.kind === 'none' ? [] : ['', ...userLines(auth, ownAddress)]
  switch (error.kind) {
    case 'unreachable':
      return error.reason === 'refused' || error.reason === 'connectTimeout' ? [...switchOn, ...users] : []
    case 'unauthorized':
    case 'forbidden':
      return userLines(auth, ownAddress)
    case 'noApiHere':
    case 'notMediaMtx':
    case 'redirected':
      return mistaken ? [...switchOn, ...users] : []
    case 'notTls':
      return ['# Or use http:// in the address. MediaMTX 1.8 and newer:', 'apiEncryption: yes', 'apiServerKey: server.key', 'apiServerCert: server.crt']
    default:
      return []
  }
}

export interface ConnectionTestDeps {
  readonly clock: Clock
  readonly tag: string
  readonly version: string
  /** For tests, which have no fixed ports. */
  readonly ports?: KnownPorts
}

/**
 * Tries a server's doors without storing anything and without opening a session on it: the API with the
 * credentials given, the others without any, by an address that does nothing (never a playlist: each one
 * read makes a viewer for half a minute).
 */
export type TestConnection = (input: ConnectionTestInput, lentAuthorization: string | null, signal?: AbortSignal) => Promise<ConnectionTest>

export function createConnectionTest({ clock, tag, version, ports = defaultPorts }: ConnectionTestDeps): TestConnection {
  const userAgent = `mtxdeck/${version}`

  /** Who answers at an address: MediaMTX's name in the head, an error, or somebody else. No credentials are sent. */
  const knock = async (address: string, path: string, fingerprint: string | null, parent: AbortSignal) => {
    const pool = createServerPool({ clock, url: address, fingerprint, userAgent, maxResponseBytes: 1_000_000, connections: 1 })
    try {
      using limit = timeLimit(clock, doorLimitMs, parent)
      const reply = await pool.read(path, limit.signal)
      if (!reply.ok) return { error: reply.error, isMediaMtx: false, status: 0 }
      return { error: null, isMediaMtx: reply.value.server.toLowerCase() === 'mediamtx', status: reply.value.status }
    } finally {
      await pool.close()
    }
  }

  return async (input, lentAuthorization, signal = new AbortController().signal) => {
    const url = new URL(input.url)
    const authorization = authorizationOf(input.auth, lentAuthorization)
    const client = createMediaServerClient({
      access: { serverId: '', url: input.url.replace(/\/+$/, ''), authorization, fingerprint: input.fingerprint },
      clock,
      tag,
      version,
    })
    const within = async <T>(run: (limited: AbortSignal) => Promise<T>): Promise<T> => {
      using limit = timeLimit(clock, apiLimitMs, signal)
      return await run(limit.signal)
    }
    try {
      const paths = await within(client.readPaths)
      const steps: Step[] = []
      let lines: string[] = []
      let serverVersion: string | null = null
      let configuration: ConfigurationReading | null = null
      let apiElsewhere = false
      const error = paths.ok ? null : paths.error

      if (paths.ok) {
        const info = await within(client.readInfo)
        serverVersion = info.ok ? info.value.version : null
        const read = await allRequests(client.readConfiguration(within))
        configuration = read.ok ? read.value : null
        const open = authorization === null ? null : await within(client.readOpenness)
        const found = `MediaMTX ${serverVersion ?? 'older than 1.15.2'} answers, with ${paths.value.items.length} ${paths.value.items.length === 1 ? 'path' : 'paths'}.`
        const openWords =
          open === true
            ? " It answers without a password too: this server's API is open to all who reach it."
            : authorization === null && !isLoopback(url.hostname)
              ? " It asked for no password: this server's API is open to all who reach it."
              : ''
        const clearWords =
          url.protocol === 'http:' && authorization !== null && !isLoopback(url.hostname)
            ? ' The password goes over the network in clear: prefer https://.'
            : ''
        steps.push({ what: 'api', address: input.url, outcome: 'ok', words: `${found}${openWords}${clearWords}`, error: null })
      } else if (error) {
        const found = await explainFailure(error, input, url, signal)
        lines = found.lines
        apiElsewhere = found.apiElsewhere
        const { words } = found
        steps.push({ what: 'api', address: input.url, outcome: 'failed', words, error })
      }

      // Behind a host that is not there, or a certificate that is not trusted, there is nothing more to learn.
      const hostAnswers = paths.ok || (!(error?.kind === 'unreachable' && error.reason !== 'refused') && fingerprintOf(error) === null)
      if (hostAnswers) {
        const found = await Promise.all(doors.map((door) => tryDoor(door, input, url, configuration, signal)))
        for (const { step, line } of found) {
          steps.push(step)
          if (line !== null) lines.push(line)
        }
        const [api] = steps
        if (api && error?.kind === 'unreachable' && !apiElsewhere && found.some(({ step }) => step.outcome === 'ok'))
          steps[0] = {
            ...api,
            words:
              'MediaMTX runs on this host, but its API does not answer here. It is off until it is switched on in mediamtx.yml ("api: yes"), or listens on another port.',
          }
      }
      const fingerprint = fingerprintOf(error) ?? steps.map((step) => fingerprintOf(step.error)).find((found) => found !== null) ?? null
      return {
        ok: paths.ok,
        version: serverVersion,
        streams: paths.ok ? paths.value.items.length : null,
        steps,
        mediamtxYml: lines.length === 0 ? '' : `${lines.join('\n')}\n`,
        fingerprint,
      }
    } finally {
      await client.close()
    }
  }

  /** Why the API does not answer at the address as it was typed, and what to do: use another port, or change mediamtx.yml. */
  async function explainFailure(
    error: ServerError,
    input: ConnectionTestInput,
    url: URL,
    signal: AbortSignal,
  ): Promise<{ readonly words: string; readonly lines: string[]; readonly apiElsewhere: boolean }> {
    const refused = error.kind === 'unreachable' && error.reason === 'refused'
    const silent = error.kind === 'unreachable' && error.reason === 'connectTimeout'
    const notTheApi = error.kind === 'noApiHere' || error.kind === 'notMediaMtx' || error.kind === 'redirected'
    // Another door of MediaMTX answers like a web server that has no API; so does its RTSP with something that is no HTTP.
    const typedDoor = refused || notTheApi || error.kind === 'unauthorized' ? ports.doors[url.port] : undefined
    const right = `${url.protocol}//${url.hostname}:${ports.api}`
    const isElsewhere = typedDoor !== undefined || refused || silent || notTheApi
    const there = isElsewhere && url.port !== ports.api ? await knock(right, '/v3/paths/list?itemsPerPage=1', input.fingerprint, signal) : null
    const apiElsewhere = there?.isMediaMtx === true && (there.status === 200 || there.status === 401)
    const { what } = serverErrorWords(error, 'en')
    if (apiElsewhere) {
      const here = typedDoor === undefined ? what : `Port ${url.port} is MediaMTX's ${typedDoor}, not its API.`
      return { words: `${here} The API answers at ${right}: use that address.`, lines: [], apiElsewhere }
    }
    if (typedDoor !== undefined) {
      const words = `Port ${url.port} is MediaMTX's ${typedDoor}, not its API. The API's own port is ${ports.api}, where nothing of it answers yet: switch it on.`
      const cause: ServerError = error.kind === 'unauthorized' ? { kind: 'noApiHere' } : error
      const lines = there?.isMediaMtx ? [] : linesForApi(cause, url, ports.api, input.auth, true, await ownAddressOf(url))
      return { words, lines, apiElsewhere }
    }
    const lines = linesForApi(error, url, ports.api, input.auth, false, await ownAddressOf(url))
    if ((error.kind === 'redirected' || error.kind === 'noApiHere') && (await knock(url.origin, '/', input.fingerprint, signal)).isMediaMtx)
      return { words: `This is MediaMTX, but another of its doors. The API's own port is ${ports.api} (apiAddress in mediamtx.yml).`, lines, apiElsewhere }
    const usual = there !== null && (refused || silent) ? ` The API's usual port is ${ports.api}, and it does not answer there either.` : ''
    return { words: `${inWords(error)}${usual}`, lines, apiElsewhere }
  }

  async function ownAddressOf(url: URL): Promise<string | null> {
    return isLoopback(url.hostname) ? null : await ownAddressTowards(url.hostname)
  }

  async function tryDoor(
    { door, port, label, without }: (typeof doors)[number],
    input: ConnectionTestInput,
    url: URL,
    configuration: ConfigurationReading | null,
    signal: AbortSignal,
  ): Promise<{ readonly step: Step; readonly line: string | null }> {
    const given = input.addresses[door]
    const address: ServerAddresses[Door] = given ?? (configuration ? configuration.addresses[door] : `http://${url.hostname}:${port}`)
    if (address === null)
      return {
        step: { what: door, address: '', outcome: 'off', words: `${label} is switched off on the server ("${door}: no"): ${without}.`, error: null },
        line: null,
      }
    const origin = webOriginOf(address)
    if (origin === null)
      return { step: { what: door, address, outcome: 'failed', words: 'This is no address: write it like http://10.0.0.5:8888.', error: null }, line: null }
    const { error, isMediaMtx } = await knock(origin, '/', input.fingerprint, signal)
    if (error === null)
      return {
        step: isMediaMtx
          ? { what: door, address, outcome: 'ok', words: `${label} answers.`, error: null }
          : {
              what: door,
              address,
              outcome: 'failed',
              words: 'Another web server than MediaMTX answers here.',
              error: { kind: 'notMediaMtx', contentType: '', server: '' },
            },
        line: null,
      }
    // Switched on, and bound to the server's own loopback while we come from outside.
    const bound = configuration?.shown.global[`${door}Address`]
    const boundInside = typeof bound === 'string' && /^(?:127\.|localhost|\[::1\])/.test(bound) && !isLoopback(url.hostname)
    return {
      step: {
        what: door,
        address,
        // Not told by a configuration, a silent default port is no failure: most servers leave some doors shut.
        outcome: configuration === null && given === undefined ? 'off' : 'failed',
        words: boundInside
          ? `${label} listens on the server itself only (${bound}): ${without}.`
          : configuration === null && error.kind === 'unreachable'
            ? `${label} does not answer at its usual port.`
            : inWords(error),
        error,
      },
      line: boundInside ? `${door}Address: :${/:(\d+)$/.exec(bound)?.[1] ?? port}` : null,
    }
  }
}
