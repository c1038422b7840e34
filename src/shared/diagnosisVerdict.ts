import { z } from 'zod'
import type { DiagnosisFinding, DiagnosisFound, DiagnosisStep } from './diagnosis.ts'
import { type ServerError, serverErrorSchema } from './errors.ts'

/** The listeners of a server that are tried. */
export const diagnosisDoors = ['api', 'rtsp', 'rtsps', 'rtmp', 'rtmps', 'hls', 'webrtc', 'srt', 'playback', 'metrics'] as const
export const diagnosisDoorSchema = z.enum(diagnosisDoors)
export type DiagnosisDoor = z.infer<typeof diagnosisDoorSchema>

/** Segments of HLS beyond this make players late and slow to join: mostly because keyframes are as far apart, s. */
export const longSegmentSeconds = 4

const text = z.string().max(1_000)
const door = diagnosisDoorSchema
const port = z.number().nullable()
/** The cause that explains most of what was found. `verdictWords` says what to do about it. */
export const diagnosisVerdictSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('nameUnknown'), host: text }),
  /** No port of it gives any answer. */
  z.object({ kind: z.literal('hostSilent'), host: text }),
  /** Every port refuses: the machine is there, the media server is not. */
  z.object({ kind: z.literal('nothingListens'), host: text }),
  /** Its log says that it ended at its start, as this port was taken. */
  z.object({ kind: z.literal('portInUse'), port: z.number(), protocol: z.enum(['tcp', 'udp']) }),
  /** The machine says that no media server runs there. `said`: the last line of its log. */
  z.object({ kind: z.literal('processEnded'), host: text, active: text.nullable(), exitStatus: z.number().nullable(), said: text.nullable() }),
  /** The machine listens at this port, and it is closed from here. */
  z.object({ kind: z.literal('firewalled'), door, port: z.number() }),
  /** The media server is not there, and another program has one of its ports: it ends at its start. */
  z.object({ kind: z.literal('portTaken'), door, port }),
  z.object({ kind: z.literal('apiElsewhere'), api: text }),
  /** Other listeners of it answer, the API's port refuses. */
  z.object({ kind: z.literal('apiOff'), port }),
  /** Other listeners of it answer, the API's port does not answer at all. */
  z.object({ kind: z.literal('apiFiltered'), port }),
  z.object({ kind: z.literal('apiFails'), error: serverErrorSchema }),
  z.object({ kind: z.literal('certificateBad'), door, error: serverErrorSchema }),
  z.object({ kind: z.literal('doorLoopback'), door, setting: text, bound: text }),
  /** It is switched on, and its port refuses. */
  z.object({ kind: z.literal('doorRefuses'), door, port }),
  /** It is switched on, and its port does not answer at all. */
  z.object({ kind: z.literal('doorSilent'), door, port }),
  /** Something else than expected answers there. */
  z.object({ kind: z.literal('doorOther'), door, port }),
  z.object({ kind: z.literal('doorFails'), door, error: serverErrorSchema }),
  z.object({ kind: z.literal('pathNotConfigured'), path: text }),
  /** `said`: by the server, of the source that it pulls. */
  z.object({ kind: z.literal('sourceFails'), path: text, said: text.nullable() }),
  /** No user of the configuration may publish it. */
  z.object({ kind: z.literal('publishingForbidden'), path: text, status: z.number().nullable() }),
  /** Who published it last, by this door, left at this time (ISO 8601) and did not come back. `said`: why, by the server's log. */
  z.object({ kind: z.literal('publisherLost'), path: text, door, address: text.nullable(), at: text, said: text.nullable() }),
  /** Nobody publishes, and WHIP refuses who has not the right credentials. `proxied`: what refuses is not MediaMTX. */
  z.object({ kind: z.literal('publishingRefused'), path: text, status: z.number(), proxied: z.boolean() }),
  z.object({ kind: z.literal('nobodyPublishes'), path: text }),
  z.object({ kind: z.literal('stalled'), path: text }),
  z.object({ kind: z.literal('readingRefused'), door }),
  z.object({ kind: z.literal('readingFails'), door, status: z.number(), message: text }),
  /** `seconds`: the longest segment of HLS, if that is long. */
  z.object({ kind: z.literal('delayHigh'), seconds: z.number().nullable(), lowLatency: z.boolean() }),
  z.object({ kind: z.literal('certificateEnds'), door, days: z.number() }),
  /** On demand, and nobody reads it. */
  z.object({ kind: z.literal('waits'), path: text }),
  /** Too much was left out to say more. */
  z.object({ kind: z.literal('unfinished') }),
  /** `off`: what the configuration switches off; `maybeOff`: what does not answer and may be off, where the configuration is not known. */
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

/** What findings say, by the subject of the diagnosis: a server at `host`, and its stream `path`. */
interface Case {
  readonly findings: readonly DiagnosisFinding[]
  readonly host: string
  readonly path: string | null
}
type Judge = (of: Case) => DiagnosisVerdict | null

const at = (findings: readonly DiagnosisFinding[], step: DiagnosisStep, of: DiagnosisDoor | null = null) =>
  findings.find((finding) => finding.step === step && (of === null || finding.door === of))

/** What the machine under the server says is more than what is seen from here. */
function judgeHost({ findings, host }: Case): DiagnosisVerdict | null {
  if (findings.some(isKind('apiAnswers'))) return null
  const missing = findings.find(isKind('processMissing'))?.found
  const log = findings.find(isKind('logSays'))?.found
  if (missing === undefined) return null
  if (log?.inUse) return { kind: 'portInUse', ...log.inUse }
  return { kind: 'processEnded', host, active: missing.active, exitStatus: missing.exitStatus, said: log?.last ?? null }
}

/** A port that is closed from here although the machine listens at it for others. */
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

/** Nothing of the machine answers, or nothing of the media server. */
function judgeReach({ findings, host }: Case): DiagnosisVerdict | null {
  if (at(findings, 'name')?.outcome === 'failed') return { kind: 'nameUnknown', host }
  const ports = findings.filter(({ step, outcome }) => step === 'port' && outcome !== 'skipped')
  // A datagram that comes back is an answer, too.
  if (ports.length === 0 || ports.some(({ outcome }) => outcome === 'ok') || at(findings, 'srtHandshake')?.outcome === 'ok') return null
  const isRefused = ports.some((one) => reasonOf(one) === 'refused' || one.found.kind === 'maybeOff' || one.found.kind === 'loopbackOnly')
  return isRefused ? { kind: 'nothingListens', host } : { kind: 'hostSilent', host }
}

/** That MediaMTX itself answers somewhere. An open port alone shows only that something is there. */
const itAnswers: ReadonlySet<Kind> = new Set(['apiAnswers', 'rtspAnswers', 'webAnswers', 'srtAnswers'])
const isOther = ({ door: of, found }: DiagnosisFinding): boolean =>
  found.kind === 'otherProgram' || (of === 'api' && found.kind === 'failed' && found.error.kind === 'notMediaMtx')

/** A media server one of whose ports is taken does not start at all: its other ports refuse, and nothing of it answers. */
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

/** Doors by which a stream comes and goes. */
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
    if (step === 'certificate') return { kind: 'certificateBad', door: of, error: found.error }
    if (step === 'port') return { kind: reasonOf(finding) === 'refused' ? 'doorRefuses' : 'doorSilent', door: of, port }
    if (step === 'rtspOptions' || step === 'web') return { kind: 'doorFails', door: of, error: found.error }
  }
  return null
}

/** The server has just said that there is no such stream, which is newer than what the console knows. */
const isNotThere = (findings: readonly DiagnosisFinding[]): boolean => findings.some(({ found }) => found.kind === 'rtspRefused' && found.status === 404)

/** On demand, and left to sleep. */
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

/** Nobody publishes: who did last, or what keeps publishers away, if something is known of that. */
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
  // What waits for a reader is well; what waits for a publisher is not on air.
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

function judgeDelay({ findings }: Case): DiagnosisVerdict | null {
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

/** What is nearest to the machine comes first: what lies behind it can't be well. */
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
  judgeDelay,
  judgeCertificates,
  judgeRest,
]

/** One cause for all findings: the first that explains those behind it. */
export function verdictOf(of: Case): DiagnosisVerdict {
  for (const judge of judges) {
    const verdict = judge(of)
    if (verdict !== null) return verdict
  }
  const doorsOf = (kind: Kind) => of.findings.flatMap(({ found, door: one }) => (found.kind === kind && one !== null ? [one] : []))
  return { kind: 'allWell', off: doorsOf('switchedOff'), maybeOff: doorsOf('maybeOff') }
}
