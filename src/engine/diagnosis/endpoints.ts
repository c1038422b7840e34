import { type Clock, TimeLimitError, timeLimit } from '../../clock/clock.ts'
import { sameEndpointOf } from '../../shared/cautions.ts'
import {
  type DiagnosisEndpoint,
  type DiagnosisFinding,
  type DiagnosisFound,
  type DiagnosisOutcome,
  type DiagnosisStep,
  diagnosisEndpoints,
  type LeftOutReason,
} from '../../shared/diagnosis.ts'
import { withoutSlash } from '../../shared/endpoints.ts'
import type { SameEndpoint, ServerError } from '../../shared/errors.ts'
import { isLoopback } from '../../shared/ipAddresses.ts'
import type { Server } from '../../shared/servers.ts'
import type { Gate } from '../http/gate.ts'

/** The address at which a listener is reached from here. */
export interface EndpointAddress {
  /** Without brackets. */
  readonly host: string
  readonly port: number
  readonly encrypted: boolean
  /** For web listeners: the URL without a trailing slash. It may have a path, behind a proxy. */
  readonly url: string
}

export interface Endpoint {
  readonly endpoint: DiagnosisEndpoint
  /** null: disabled by the configuration, or its address is unknown, or another server's as well (`same`). */
  readonly at: EndpointAddress | null
  readonly same?: SameEndpoint
  /** Whether this is only the default port, because the configuration was never read. The listener may be disabled. */
  readonly isAssumed: boolean
  /** The loopback address that the listener is bound to, if this console runs on another machine; null: not bound to loopback, same machine, or unknown. */
  readonly bound: string | null
}

const schemePorts: Readonly<Record<string, number>> = { rtsp: 554, rtsps: 322, rtmp: 1935, rtmps: 1936, srt: 8890, http: 80, https: 443 }
const isEncrypted: ReadonlySet<string> = new Set(['rtsps', 'rtmps', 'https'])

/** null: not an address. */
export function endpointAddressOf(text: string): EndpointAddress | null {
  const scheme = /^([a-z]+):\/\//i.exec(text)?.[1]?.toLowerCase() ?? ''
  const usual = schemePorts[scheme]
  // URL parses host names strictly only for web schemes.
  const url = usual === undefined ? null : URL.parse(`http${text.slice(scheme.length)}`)
  if (usual === undefined || url === null || url.hostname === '') return null
  // URL drops the default ports of web schemes.
  const written = /^[a-z]+:\/\/[^/?#]*:(\d{1,5})(?:[/?#]|$)/i.exec(text)?.[1]
  const port = written === undefined ? usual : Number(written)
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  return { host, port, encrypted: isEncrypted.has(scheme), url: `${scheme}://${url.hostname}:${port}${withoutSlash(url.pathname)}` }
}

type Global = Readonly<Record<string, unknown>>
type ListenerEndpoint = Exclude<DiagnosisEndpoint, 'api'>
/** Default port where the configuration is unknown; null: disabled by default, so not tried then. */
const defaultPorts: Readonly<Record<ListenerEndpoint, number | null>> = {
  ...{ rtsp: 8554, rtsps: null, rtmp: 1935, rtmps: null, hls: 8888, webrtc: 8889, srt: 8890, playback: null, metrics: null },
}
const webEndpoints: ReadonlySet<DiagnosisEndpoint> = new Set(['hls', 'webrtc', 'playback', 'metrics'])
export function isWebEndpoint(endpoint: DiagnosisEndpoint): boolean {
  return webEndpoints.has(endpoint)
}

function isOn(endpoint: ListenerEndpoint, global: Global): boolean {
  if (!/^rtsps?$|^rtmps?$/.test(endpoint)) return global[endpoint] === true
  const base = endpoint.slice(0, 4)
  // "encryption" was the name of "rtspEncryption" up to 1.11.
  const encryption = global[`${base}Encryption`] ?? (base === 'rtsp' ? global.encryption : undefined)
  return global[base] === true && (endpoint === base ? encryption !== 'strict' : encryption === 'strict' || encryption === 'optional')
}

/** Port of a Go listen address: ":8888", "127.0.0.1:8888", "[::]:8888". */
const portIn = (address: unknown): string | null => (typeof address === 'string' ? (/:(\d{1,5})$/.exec(address)?.[1] ?? null) : null)
const loopbackIn = (address: unknown): string | null =>
  typeof address === 'string' && /^(?:127\.|localhost:|\[::1\])/.test(address) ? address.slice(0, 100) : null

/**
 * The listeners of a server according to its configuration `global` (empty: never read), with addresses entered in the console taking precedence. If the
 * configuration is unknown, listeners that are disabled by default are left out.
 */
export function endpointsOf({ url, addressesGiven, cautions }: Pick<Server, 'url' | 'addressesGiven' | 'cautions'>, global: Global): readonly Endpoint[] {
  const { hostname } = new URL(url)
  // On the server's own machine, a listener bound to loopback is reachable.
  const isHere = isLoopback(hostname)
  const isKnown = Object.keys(global).length > 0
  const given: Readonly<Partial<Record<DiagnosisEndpoint, string | null | undefined>>> = addressesGiven
  return diagnosisEndpoints.flatMap((endpoint): Endpoint[] => {
    if (endpoint === 'api') return [{ endpoint, at: endpointAddressOf(url), isAssumed: false, bound: null }]
    const same = sameEndpointOf({ cautions }, endpoint)
    const entered = endpointAddressOf(given[endpoint] ?? '')
    const usual = defaultPorts[endpoint]
    const address = global[`${endpoint}Address`]
    const isListening = isKnown && isOn(endpoint, global) && portIn(address) !== null
    const port = isKnown ? (isListening ? portIn(address) : null) : usual
    const scheme = webEndpoints.has(endpoint) ? (global[`${endpoint}Encryption`] === true ? 'https' : 'http') : endpoint
    const at = entered ?? (port === null ? null : endpointAddressOf(`${scheme}://${hostname}:${port}`))
    // Not worth reporting: a disabled encrypted listener, or a disabled playback server or metrics, which few need.
    if (at === null && usual === null) return []
    const bound = entered === null && isListening && !isHere ? loopbackIn(address) : null
    return [{ endpoint, at: same === null ? at : null, ...(same !== null && { same }), isAssumed: entered === null && !isKnown, bound }]
  })
}

export interface StepResult {
  readonly outcome: DiagnosisOutcome
  readonly found: DiagnosisFound
}
export const answers: StepResult = { outcome: 'ok', found: { kind: 'answers' } }
export function passed(found: DiagnosisFound): StepResult {
  return { outcome: 'ok', found }
}
export function failed(found: DiagnosisFound): StepResult {
  return { outcome: 'failed', found }
}
export function failedWith(error: ServerError): StepResult {
  return failed({ kind: 'failed', error })
}
/** A request for a stream that the server refused. `credentials`: whether it had any. */
export function refused(status: number, message: string, credentials: boolean): StepResult {
  return status === 401 || status === 403 ? failed({ kind: 'refused', status, credentials }) : failedWith({ kind: 'httpStatus', status, message })
}

interface StepSubject {
  readonly step: DiagnosisStep
  readonly endpoint?: DiagnosisEndpoint | null
  readonly address?: string | null
}

/** Runs the steps of one diagnosis, each within its time limit and all within that of the diagnosis, at which `signal` aborts. */
export type StepRun = ReturnType<typeof createStepRun>

export function createStepRun(clock: Clock, signal: AbortSignal, onFinding: (finding: DiagnosisFinding) => void) {
  const record = ({ step, endpoint = null, address = null }: StepSubject, { outcome, found }: StepResult, ms: number | null): DiagnosisFinding => {
    const finding = { step, endpoint, address, outcome, found, ms }
    onFinding(finding)
    return finding
  }
  const skip = (about: StepSubject, because: LeftOutReason) => record(about, { outcome: 'skipped', found: { kind: 'notTried', because } }, null)
  return {
    signal,
    skip,
    note: (about: StepSubject, found: StepResult) => record(about, found, null),
    /** `work` gets a signal that aborts at its time limit. Any other error that it throws is a bug. */
    attempt: async (about: StepSubject, limitMs: number, work: (signal: AbortSignal) => Promise<StepResult>): Promise<DiagnosisFinding> => {
      if (signal.aborted) return skip(about, 'outOfTime')
      const began = clock.monotonic()
      using limit = timeLimit(clock, limitMs, signal)
      const msSince = () => Math.max(0, Math.round(clock.monotonic() - began))
      try {
        const found = await work(limit.signal)
        // A failure caused by the time limit of the whole diagnosis is meaningless.
        return signal.aborted && found.outcome === 'failed' ? skip(about, 'outOfTime') : record(about, found, msSince())
      } catch (error) {
        if (!(error instanceof TimeLimitError)) throw error
        return signal.aborted ? skip(about, 'outOfTime') : record(about, failedWith({ kind: 'timedOut', limitMs: error.limitMs }), msSince())
      }
    },
  }
}

export interface Means {
  readonly clock: Clock
  readonly userAgent: string
  /** Identifies our own reads in the server's lists. */
  readonly tag: string
  /** URL of the API, with a path before `/v3/…` if it has one. */
  readonly url: string
  readonly authorization: string | null
  readonly fingerprint: string | null
  readonly gate?: Gate | null
}
