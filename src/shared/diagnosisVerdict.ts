import type { DiagnosisEndpoint, DiagnosisFinding, DiagnosisFound, DiagnosisStep, DiagnosisVerdict } from './diagnosis.ts'
import type { ServerError } from './errors.ts'

/** HLS segments longer than this delay players and make joining slow, usually because keyframes are that far apart, s. */
export const longSegmentSeconds = 4

type Kind = DiagnosisFound['kind']
type Of<K extends Kind> = DiagnosisFinding & { readonly found: Extract<DiagnosisFound, { kind: K }> }
const isKind =
  <K extends Kind>(kind: K) =>
  (finding: DiagnosisFinding): finding is Of<K> =>
    finding.found.kind === kind

function portOf(address: string | null): number | null {
  const port = /:(\d{1,5})$/.exec(address ?? '')?.[1]
  return port === undefined ? null : Number(port)
}
const errorOf = (finding: DiagnosisFinding | undefined): ServerError | null => (finding?.found.kind === 'failed' ? finding.found.error : null)
function reasonOf(finding: DiagnosisFinding) {
  const error = errorOf(finding)
  return error?.kind === 'unreachable' ? error.reason : null
}

/** The findings with the subject of the diagnosis: a server at `host` and, unless null, its stream `path`. */
interface Case {
  readonly findings: readonly DiagnosisFinding[]
  readonly host: string
  readonly path: string | null
}
type Evaluator = (of: Case) => DiagnosisVerdict | null

const at = (findings: readonly DiagnosisFinding[], step: DiagnosisStep, of: DiagnosisEndpoint | null = null) =>
  findings.find((finding) => finding.step === step && (of === null || finding.endpoint === of))

/** Reports of the server's machine outweigh what is visible from here. */
function evaluateHost({ findings, host }: Case): DiagnosisVerdict | null {
  if (findings.some(isKind('apiAnswers')) || !findings.some(isKind('processMissing'))) return null
  const log = findings.find(isKind('logSays'))?.found
  return log?.inUse == null ? { kind: 'notRunning', host, said: log?.last ?? null } : { kind: 'portTaken', port: log.inUse }
}

/** Finds a port that is unreachable from here although the machine listens on it. */
function evaluateFirewall({ findings, path }: Case): DiagnosisVerdict | null {
  const listening = findings.find(isKind('hostPorts'))?.found.listening ?? []
  for (const { step, endpoint: of, outcome, found } of findings) {
    if ((step !== 'port' && step !== 'srtHandshake') || outcome !== 'failed' || of === null) continue
    if (path !== null && of !== 'api' && !mediaEndpoints.has(of)) continue
    const there = listening.find((one) => one.endpoint === of)
    if (there && found.kind !== 'otherProgram') return { kind: 'firewalled', endpoint: of, port: there.port }
  }
  return null
}

/** Neither the machine nor the media server answers at all. */
function evaluateReach({ findings, host }: Case): DiagnosisVerdict | null {
  const unknown = errorOf(findings.find(({ step, outcome }) => step === 'name' && outcome === 'failed'))
  if (unknown !== null) return { kind: 'doorFails', endpoint: null, error: unknown }
  const ports = findings.filter(({ step, outcome }) => step === 'port' && outcome !== 'skipped')
  // A returned datagram counts as an answer.
  if (ports.length === 0 || ports.some(({ outcome }) => outcome === 'ok') || at(findings, 'srtHandshake')?.outcome === 'ok') return null
  const isRefused = ports.some((one) => reasonOf(one) === 'refused' || one.found.kind === 'maybeOff' || one.found.kind === 'loopbackOnly')
  return isRefused ? { kind: 'notRunning', host, said: null } : { kind: 'hostSilent', host }
}

/** Steps that prove that MediaMTX itself answers. An open port alone does not show which program listens. */
const provingSteps: ReadonlySet<DiagnosisStep> = new Set(['api', 'rtspOptions', 'web', 'srtHandshake'])
const isOther = ({ endpoint: of, found }: DiagnosisFinding): boolean =>
  found.kind === 'otherProgram' || (of === 'api' && found.kind === 'failed' && found.error.kind === 'notMediaMtx')

/** Detects a port used by another program. MediaMTX then does not start at all, so its other ports refuse connections. */
function evaluatePorts({ findings }: Case): DiagnosisVerdict | null {
  if (findings.some(({ step, outcome }) => provingSteps.has(step) && outcome === 'ok') || findings.some(isKind('apiElsewhere'))) return null
  const taken = findings.find((finding) => finding.endpoint !== null && isOther(finding))
  const refuses = findings.some((finding) => finding.step === 'port' && (reasonOf(finding) === 'refused' || finding.found.kind === 'maybeOff'))
  return taken && refuses ? { kind: 'portTaken', port: portOf(taken.address) } : null
}

function evaluateApi({ findings }: Case): DiagnosisVerdict | null {
  const elsewhere = findings.find(isKind('apiElsewhere'))
  if (elsewhere) return { kind: 'apiElsewhere', api: elsewhere.found.api }
  for (const step of ['certificate', 'port', 'api'] as const) {
    const error = errorOf(at(findings, step, 'api'))
    if (error !== null) return { kind: 'doorFails', endpoint: 'api', error: withPort(error, portOf(at(findings, step, 'api')?.address ?? null)) }
  }
  return null
}
/** What to do about an unreachable port names it. */
const withPort = (error: ServerError, port: number | null): ServerError =>
  error.kind === 'unreachable' && port !== null ? { ...error, port: error.port ?? port } : error

/** Listeners for publishing or reading streams. */
const mediaEndpoints: ReadonlySet<DiagnosisEndpoint | null> = new Set(['rtsp', 'rtsps', 'rtmp', 'rtmps', 'hls', 'webrtc', 'srt'])

function evaluateEndpoints({ findings, path }: Case): DiagnosisVerdict | null {
  for (const finding of findings) {
    const { step, endpoint: of, found, outcome, address } = finding
    if (outcome !== 'failed' || of === null || of === 'api' || (path !== null && !mediaEndpoints.has(of))) continue
    const port = portOf(address)
    if (found.kind === 'loopbackOnly') return { kind: 'doorLoopback', endpoint: of, bound: found.bound }
    if (found.kind === 'otherProgram') return { kind: 'doorOther', endpoint: of, port }
    if (found.kind !== 'failed' || readingSteps.has(step)) continue
    const isPort = (step === 'port' || step === 'srtHandshake') && (found.error.kind === 'unreachable' || found.error.kind === 'timedOut')
    if (!isPort) return { kind: 'doorFails', endpoint: of, error: found.error }
    return { kind: reasonOf(finding) === 'refused' ? 'doorRefuses' : 'doorSilent', endpoint: of, port }
  }
  return null
}

/** The server has just reported that the stream does not exist, which is newer than the console's own data. */
const isNotThere = (findings: readonly DiagnosisFinding[]): boolean =>
  findings.some(({ step, found }) => step === 'rtspDescribe' && found.kind === 'failed' && found.error.kind === 'httpStatus' && found.error.status === 404)

/** An on-demand stream that was not started for the diagnosis. */
const isAsleep = (findings: readonly DiagnosisFinding[]): boolean => findings.some(({ found }) => found.kind === 'notTried' && found.because === 'onDemand')

function evaluateSource({ findings, path }: Case): DiagnosisVerdict | null {
  const stream = at(findings, 'stream')?.found
  if (path === null || stream === undefined) return null
  if (findings.some(isKind('pathNotConfigured'))) return { kind: 'pathNotConfigured', path }
  if (stream.kind === 'nobodyMayPublish') return { kind: 'publishingForbidden', path }
  if (stream.kind !== 'streamIs' || ((stream.state === 'live' || stream.state === 'stalled') && !isNotThere(findings))) return null
  const { source } = stream
  const said = stream.said ?? (source === null ? null : (findings.find(isKind('logSays'))?.found.closed ?? null))
  return said !== null || (source !== null && !isAsleep(findings)) ? { kind: 'sourceFails', path, said } : null
}

/** Verdict if nobody publishes: names the last publisher, if known. */
function absenceOf(findings: readonly DiagnosisFinding[], path: string): DiagnosisVerdict {
  const last = findings.find(isKind('publisherWas'))
  const said = findings.find(isKind('logSays'))?.found.closed ?? null
  if (!last?.endpoint) return { kind: 'nobodyPublishes', path }
  return { kind: 'publisherLost', path, endpoint: last.endpoint, address: last.found.address, at: last.found.endedAt, said }
}

function evaluateStream({ findings, path }: Case): DiagnosisVerdict | null {
  const stream = findings.find(isKind('streamIs'))?.found
  if (path === null || stream === undefined) return null
  if (stream.state === null || isNotThere(findings)) return absenceOf(findings, path)
  if (stream.state === 'stalled') return { kind: 'stalled', path }
  if (stream.state === 'gone' || stream.state === 'ended' || stream.state === 'slate') return absenceOf(findings, path)
  // A stream waiting for a reader is fine; one waiting for a publisher is off air.
  return stream.state === 'waiting' && !isAsleep(findings) && !findings.some(isKind('described')) ? absenceOf(findings, path) : null
}

const readingSteps: ReadonlySet<DiagnosisStep> = new Set(['rtspDescribe', 'hlsPage', 'hlsPlaylist', 'whep'])
function evaluateReading({ findings }: Case): DiagnosisVerdict | null {
  for (const { step, endpoint: of, found, outcome } of findings) {
    if (!readingSteps.has(step) || outcome !== 'failed' || of === null) continue
    if (found.kind === 'refused') return { kind: 'readingRefused', endpoint: of }
    if (found.kind === 'failed') return { kind: 'doorFails', endpoint: of, error: found.error }
  }
  return null
}

function evaluateCodecs({ findings }: Case): DiagnosisVerdict | null {
  const left = findings.filter(isKind('notCarried'))
  const [first] = left
  return first ? { kind: 'notCarried', endpoints: left.flatMap(({ endpoint: of }) => of ?? []), codecs: first.found.codecs } : null
}

function evaluateDelay({ findings }: Case): DiagnosisVerdict | null {
  const late = findings.find(isKind('noSegment'))?.found
  const seconds = late ? late.seconds : (findings.find(isKind('playlist'))?.found.longestSegmentSeconds ?? 0)
  return late || (seconds ?? 0) > longSegmentSeconds ? { kind: 'hlsLate', seconds } : null
}

function evaluateCertificates({ findings }: Case): DiagnosisVerdict | null {
  const ending = findings.filter(isKind('certificate')).find(({ found }) => found.daysLeft !== null)
  return ending?.endpoint ? { kind: 'certificateEnds', endpoint: ending.endpoint, days: ending.found.daysLeft ?? 0 } : null
}

function evaluateRest({ findings, path }: Case): DiagnosisVerdict | null {
  const isLeftOut = (because: string) => findings.some(({ found }) => found.kind === 'notTried' && found.because === because)
  if (path !== null && isLeftOut('onDemand')) return { kind: 'waits', path }
  return isLeftOut('outOfTime') || at(findings, 'api') === undefined ? { kind: 'unfinished' } : null
}

/** Ordered from the machine outwards: if an earlier layer fails, later ones can't work. */
const evaluators: readonly Evaluator[] = [
  evaluateHost,
  evaluateFirewall,
  evaluateReach,
  evaluatePorts,
  evaluateApi,
  evaluateSource,
  evaluateEndpoints,
  evaluateStream,
  evaluateReading,
  evaluateCodecs,
  evaluateDelay,
  evaluateCertificates,
  evaluateRest,
]

/** Returns one cause for all findings: the first that explains the later ones. */
export function verdictOf(of: Case): DiagnosisVerdict {
  for (const evaluate of evaluators) {
    const verdict = evaluate(of)
    if (verdict !== null) return verdict
  }
  return { kind: 'allWell' }
}
