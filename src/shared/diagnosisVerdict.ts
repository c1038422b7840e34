import { z } from 'zod'
import type { DiagnosisFinding, DiagnosisFound, DiagnosisStep } from './diagnosis.ts'
import { type ServerError, serverErrorSchema } from './errors.ts'

/** The listeners of a server that are tried. */
export const diagnosisDoors = ['api', 'rtsp', 'rtsps', 'rtmp', 'rtmps', 'hls', 'webrtc', 'srt', 'playback', 'metrics'] as const
export const diagnosisDoorSchema = z.enum(diagnosisDoors)
export type DiagnosisDoor = z.infer<typeof diagnosisDoorSchema>

/** HLS segments longer than this delay players and make joining slow, usually because keyframes are that far apart, s. */
export const longSegmentSeconds = 4

const text = z.string().max(1_000)
const door = diagnosisDoorSchema
const port = z.number().nullable()
/** The cause that explains most of the findings. `verdictWords` says what to do about it. */
export const diagnosisVerdictSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('nameUnknown'), host: text }),
  /** None of its ports answers. */
  z.object({ kind: z.literal('hostSilent'), host: text }),
  /** Every port refuses: the machine is there, the media server is not. */
  z.object({ kind: z.literal('nothingListens'), host: text }),
  /** Its log says that it exited at startup because this port was in use. */
  z.object({ kind: z.literal('portInUse'), port: z.number(), protocol: z.enum(['tcp', 'udp']) }),
  /** The machine says that no media server runs there. `said`: the last line of its log. */
  z.object({ kind: z.literal('processEnded'), host: text, active: text.nullable(), exitStatus: z.number().nullable(), said: text.nullable() }),
  /** The machine listens on this port, but the port is not reachable from here. */
  z.object({ kind: z.literal('firewalled'), door, port: z.number() }),
  /** The media server is not running, and another program uses one of its ports: it exits at startup. */
  z.object({ kind: z.literal('portTaken'), door, port }),
  z.object({ kind: z.literal('apiElsewhere'), api: text }),
  /** Its other listeners answer, but the API's port refuses connections. */
  z.object({ kind: z.literal('apiOff'), port }),
  /** Its other listeners answer, but the API's port does not answer at all. */
  z.object({ kind: z.literal('apiFiltered'), port }),
  z.object({ kind: z.literal('apiFails'), error: serverErrorSchema }),
  z.object({ kind: z.literal('certificateBad'), door, error: serverErrorSchema }),
  z.object({ kind: z.literal('doorLoopback'), door, setting: text, bound: text }),
  /** It is enabled, but its port refuses connections. */
  z.object({ kind: z.literal('doorRefuses'), door, port }),
  /** It is enabled, but its port does not answer at all. */
  z.object({ kind: z.literal('doorSilent'), door, port }),
  /** Something other than the expected protocol answers there. */
  z.object({ kind: z.literal('doorOther'), door, port }),
  z.object({ kind: z.literal('doorFails'), door, error: serverErrorSchema }),
  z.object({ kind: z.literal('pathNotConfigured'), path: text }),
  /** `said`: the server's error about the source that it pulls. */
  z.object({ kind: z.literal('sourceFails'), path: text, said: text.nullable() }),
  /** No user in the configuration is allowed to publish it. */
  z.object({ kind: z.literal('publishingForbidden'), path: text, status: z.number().nullable() }),
  /** The last publisher, which used this listener, left at `at` (ISO 8601) and did not come back. `said`: the reason in the server's log. */
  z.object({ kind: z.literal('publisherLost'), path: text, door, address: text.nullable(), at: text, said: text.nullable() }),
  /** Nobody publishes, and WHIP rejects wrong or missing credentials. `proxied`: the responder does not identify itself as MediaMTX. */
  z.object({ kind: z.literal('publishingRefused'), path: text, status: z.number(), proxied: z.boolean() }),
  z.object({ kind: z.literal('nobodyPublishes'), path: text }),
  z.object({ kind: z.literal('stalled'), path: text }),
  z.object({ kind: z.literal('readingRefused'), door }),
  z.object({ kind: z.literal('readingFails'), door, status: z.number(), message: text }),
  /** The stream is well, but these protocols carry none of its tracks. */
  z.object({ kind: z.literal('notCarried'), doors: z.array(door), codecs: z.array(text) }),
  /** HLS has no segment for long, as key frames are `seconds` apart; null: probably. */
  z.object({ kind: z.literal('noSegment'), seconds: z.number().nullable() }),
  /** `seconds`: the longest HLS segment, if it is too long; otherwise null. */
  z.object({ kind: z.literal('delayHigh'), seconds: z.number().nullable(), lowLatency: z.boolean() }),
  z.object({ kind: z.literal('certificateEnds'), door, days: z.number() }),
  /** An on-demand stream that nobody reads. */
  z.object({ kind: z.literal('waits'), path: text }),
  /** Too many steps were skipped for a verdict. */
  z.object({ kind: z.literal('unfinished') }),
  /** `off`: listeners disabled by the configuration; `maybeOff`: listeners that do not answer and may be disabled, if the configuration is unknown. */
  z.object({ kind: z.literal('allWell'), off: z.array(door), maybeOff: z.array(door) }),
])
export type DiagnosisVerdict = z.infer<typeof diagnosisVerdictSchema>

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
const errorOf = ({ found }: DiagnosisFinding): ServerError | null => (found.kind === 'failed' ? found.error : null)
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
type Judge = (of: Case) => DiagnosisVerdict | null

const at = (findings: readonly DiagnosisFinding[], step: DiagnosisStep, of: DiagnosisDoor | null = null) =>
  findings.find((finding) => finding.step === step && (of === null || finding.door === of))

/** Reports of the server's machine outweigh what is visible from here. */
function judgeHost({ findings, host }: Case): DiagnosisVerdict | null {
  if (findings.some(isKind('apiAnswers'))) return null
  const missing = findings.find(isKind('processMissing'))?.found
  const log = findings.find(isKind('logSays'))?.found
  if (missing === undefined) return null
  if (log?.inUse) return { kind: 'portInUse', ...log.inUse }
  return { kind: 'processEnded', host, active: missing.active, exitStatus: missing.exitStatus, said: log?.last ?? null }
}

/** Finds a port that is unreachable from here although the machine listens on it. */
function judgeFirewall({ findings, path }: Case): DiagnosisVerdict | null {
  const listening = findings.find(isKind('hostPorts'))?.found.listening ?? []
  for (const { step, door: of, outcome, found } of findings) {
    if ((step !== 'port' && step !== 'srtHandshake') || outcome !== 'failed' || of === null) continue
    if (path !== null && of !== 'api' && !mediaDoors.has(of)) continue
    const there = listening.find((one) => one.door === of)
    if (there && found.kind !== 'otherProgram') return { kind: 'firewalled', door: of, port: there.port }
  }
  return null
}

/** Neither the machine nor the media server answers at all. */
function judgeReach({ findings, host }: Case): DiagnosisVerdict | null {
  if (at(findings, 'name')?.outcome === 'failed') return { kind: 'nameUnknown', host }
  const ports = findings.filter(({ step, outcome }) => step === 'port' && outcome !== 'skipped')
  // A returned datagram counts as an answer.
  if (ports.length === 0 || ports.some(({ outcome }) => outcome === 'ok') || at(findings, 'srtHandshake')?.outcome === 'ok') return null
  const isRefused = ports.some((one) => reasonOf(one) === 'refused' || one.found.kind === 'maybeOff' || one.found.kind === 'loopbackOnly')
  return isRefused ? { kind: 'nothingListens', host } : { kind: 'hostSilent', host }
}

/** Findings that prove that MediaMTX itself answers. An open port alone does not show which program listens. */
const itAnswers: ReadonlySet<Kind> = new Set(['apiAnswers', 'rtspAnswers', 'webAnswers', 'srtAnswers'])
const isOther = ({ door: of, found }: DiagnosisFinding): boolean =>
  found.kind === 'otherProgram' || (of === 'api' && found.kind === 'failed' && found.error.kind === 'notMediaMtx')

/** Detects a port used by another program. MediaMTX then does not start at all, so its other ports refuse connections. */
function judgePorts({ findings }: Case): DiagnosisVerdict | null {
  if (findings.some(({ found }) => itAnswers.has(found.kind)) || findings.some(isKind('apiElsewhere'))) return null
  const taken = findings.find((finding) => finding.door !== null && isOther(finding))
  const refuses = findings.some((finding) => finding.step === 'port' && (reasonOf(finding) === 'refused' || finding.found.kind === 'maybeOff'))
  return taken?.door && refuses ? { kind: 'portTaken', door: taken.door, port: portOf(taken.address) } : null
}

function judgeApi({ findings }: Case): DiagnosisVerdict | null {
  const elsewhere = findings.find(isKind('apiElsewhere'))
  if (elsewhere) return { kind: 'apiElsewhere', api: elsewhere.found.api }
  const knocked = at(findings, 'port', 'api')
  const certificate = at(findings, 'certificate', 'api')
  const refusedBy = certificate && errorOf(certificate)
  if (refusedBy) return { kind: 'certificateBad', door: 'api', error: refusedBy }
  if (knocked?.outcome === 'failed') return { kind: reasonOf(knocked) === 'refused' ? 'apiOff' : 'apiFiltered', port: portOf(knocked.address) }
  const api = at(findings, 'api')
  const error = api && errorOf(api)
  return error ? { kind: 'apiFails', error } : null
}

/** Listeners for publishing or reading streams. */
const mediaDoors: ReadonlySet<DiagnosisDoor | null> = new Set(['rtsp', 'rtsps', 'rtmp', 'rtmps', 'hls', 'webrtc', 'srt'])

function judgeDoors({ findings, path }: Case): DiagnosisVerdict | null {
  for (const finding of findings) {
    const { step, door: of, found, outcome, address } = finding
    if (outcome !== 'failed' || of === null || of === 'api' || (path !== null && !mediaDoors.has(of))) continue
    const port = portOf(address)
    if (found.kind === 'loopbackOnly') return { kind: 'doorLoopback', door: of, setting: found.setting, bound: found.bound }
    if (found.kind === 'noDatagram') return { kind: 'doorSilent', door: of, port }
    if (found.kind === 'otherProgram') return { kind: 'doorOther', door: of, port }
    if (found.kind !== 'failed') continue
    if (found.error.kind === 'sameDoor' || found.error.kind === 'foreignDoor') return { kind: 'doorFails', door: of, error: found.error }
    if (step === 'certificate') return { kind: 'certificateBad', door: of, error: found.error }
    if (step === 'port') return { kind: reasonOf(finding) === 'refused' ? 'doorRefuses' : 'doorSilent', door: of, port }
    if (step === 'rtspOptions' || step === 'web') return { kind: 'doorFails', door: of, error: found.error }
  }
  return null
}

/** The server has just reported that the stream does not exist, which is newer than the console's own data. */
const isNotThere = (findings: readonly DiagnosisFinding[]): boolean => findings.some(({ found }) => found.kind === 'rtspRefused' && found.status === 404)

/** An on-demand stream that was not started for the diagnosis. */
const isAsleep = (findings: readonly DiagnosisFinding[]): boolean => findings.some(({ found }) => found.kind === 'notTried' && found.because === 'onDemand')

function judgeSource({ findings, path }: Case): DiagnosisVerdict | null {
  const stream = at(findings, 'stream')?.found
  if (path === null || stream === undefined) return null
  const isOnAir = stream.kind === 'streamIs' && (stream.state === 'live' || stream.state === 'stalled') && !isNotThere(findings)
  if (isOnAir) return null
  if (findings.some(isKind('pathNotConfigured')) || (stream.kind === 'noSuchStream' && stream.configured === false)) return { kind: 'pathNotConfigured', path }
  const forbidden = findings.find(isKind('nobodyMayPublish'))
  if (forbidden) return { kind: 'publishingForbidden', path, status: forbidden.found.status }
  const said = stream.kind === 'streamIs' ? stream.said : null
  if (said !== null || (!isAsleep(findings) && findings.some(isKind('pullsItself')))) return { kind: 'sourceFails', path, said }
  return null
}

/** Verdict if nobody publishes: names the last publisher, or what keeps publishers out, if known. */
function absenceOf(findings: readonly DiagnosisFinding[], path: string): DiagnosisVerdict {
  const last = findings.find(isKind('publisherWas'))
  const said = findings.find(isKind('logSays'))?.found.closed ?? null
  if (last?.door) return { kind: 'publisherLost', path, door: last.door, address: last.found.address, at: last.found.endedAt, said }
  const refused = findings.find(isKind('mayNotPublish'))
  if (refused) return { kind: 'publishingRefused', path, status: refused.found.status, proxied: refused.found.proxied }
  return { kind: 'nobodyPublishes', path }
}

function judgeStream({ findings, path }: Case): DiagnosisVerdict | null {
  const stream = at(findings, 'stream')?.found
  if (path === null || stream === undefined) return null
  if (stream.kind === 'noSuchStream' || isNotThere(findings)) return absenceOf(findings, path)
  if (stream.kind !== 'streamIs') return null
  if (stream.state === 'stalled') return { kind: 'stalled', path }
  if (stream.state === 'gone' || stream.state === 'ended' || stream.state === 'slate') return absenceOf(findings, path)
  // A stream waiting for a reader is fine; one waiting for a publisher is off air.
  return stream.state === 'waiting' && !isAsleep(findings) && !findings.some(isKind('described')) ? absenceOf(findings, path) : null
}

const readingSteps: ReadonlySet<DiagnosisStep> = new Set(['rtspDescribe', 'hlsPage', 'hlsPlaylist', 'whep'])
function judgeReading({ findings }: Case): DiagnosisVerdict | null {
  for (const { step, door: of, found, outcome } of findings) {
    if (!readingSteps.has(step) || outcome !== 'failed' || of === null) continue
    if (found.kind === 'rtspRefused' || found.kind === 'webRefused') {
      const { status, message } = found
      return status === 401 || status === 403 ? { kind: 'readingRefused', door: of } : { kind: 'readingFails', door: of, status, message }
    }
    if (found.kind === 'failed') return { kind: 'doorFails', door: of, error: found.error }
  }
  return null
}

function judgeCodecs({ findings }: Case): DiagnosisVerdict | null {
  const left = findings.filter(isKind('notCarried'))
  const [first] = left
  return first ? { kind: 'notCarried', doors: left.flatMap(({ door: of }) => of ?? []), codecs: first.found.codecs } : null
}

function judgeDelay({ findings }: Case): DiagnosisVerdict | null {
  const late = findings.find(isKind('noSegment'))?.found
  if (late) return late
  const playlist = findings.find(isKind('playlist'))?.found
  if (playlist === undefined) return null
  const seconds = (playlist.longestSegmentSeconds ?? 0) > longSegmentSeconds ? playlist.longestSegmentSeconds : null
  return seconds === null && playlist.lowLatency ? null : { kind: 'delayHigh', seconds, lowLatency: playlist.lowLatency }
}

function judgeCertificates({ findings }: Case): DiagnosisVerdict | null {
  const ending = findings.filter(isKind('certificate')).find(({ found }) => found.daysLeft !== null)
  return ending?.door ? { kind: 'certificateEnds', door: ending.door, days: ending.found.daysLeft ?? 0 } : null
}

function judgeRest({ findings, path }: Case): DiagnosisVerdict | null {
  const isLeftOut = (because: string) => findings.some(({ found }) => found.kind === 'notTried' && found.because === because)
  if (path !== null && isLeftOut('onDemand')) return { kind: 'waits', path }
  return isLeftOut('outOfTime') || at(findings, 'api') === undefined ? { kind: 'unfinished' } : null
}

/** Ordered from the machine outwards: if an earlier layer fails, later ones can't work. */
const judges: readonly Judge[] = [
  judgeHost,
  judgeFirewall,
  judgeReach,
  judgePorts,
  judgeApi,
  judgeSource,
  judgeDoors,
  judgeStream,
  judgeReading,
  judgeCodecs,
  judgeDelay,
  judgeCertificates,
  judgeRest,
]

/** Returns one cause for all findings: the first that explains the later ones. */
export function verdictOf(of: Case): DiagnosisVerdict {
  for (const judge of judges) {
    const verdict = judge(of)
    if (verdict !== null) return verdict
  }
  const doorsOf = (kind: Kind) => of.findings.flatMap(({ found, door: one }) => (found.kind === kind && one !== null ? [one] : []))
  return { kind: 'allWell', off: doorsOf('switchedOff'), maybeOff: doorsOf('maybeOff') }
}
