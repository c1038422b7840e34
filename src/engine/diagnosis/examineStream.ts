import { longSegmentSeconds } from '../../shared/diagnosisVerdict.ts'
import { hostAndPort } from '../../shared/hostOf.ts'
import { matcherOf, patternSchema } from '../../shared/patterns.ts'
import type { ServerConfiguration } from '../../shared/servers.ts'
import type { Stream } from '../../shared/streams.ts'
import { type Examination, type ServerExamined, stepLimitMs } from './examine.ts'
import { describeStream } from './rtsp.ts'
import { failed, passed, type StepResult } from './stepRun.ts'
import { askHlsPage, askWhep, readPlaylist } from './webSteps.ts'

/** The first request for the playlist of a stream without readers is answered when its first segment is complete. */
const playlistLimitMs = 14_000
/** MediaMTX's default timeout for sources on demand, and a little more. */
const wakeLimitMs = 12_000

/** What this console knows about a stream. */
export interface StreamKnown {
  readonly path: string
  /** null: the server does not list it. */
  readonly stream: Pick<Stream, 'state' | 'onDemand' | 'sourceError' | 'pulled'> | null
  /** RTSP address, with credentials where they may be sent; null: not readable by RTSP. */
  readonly rtsp: string | null
  readonly configuration: ServerConfiguration | null
  /** Its codecs where this protocol carries none of its tracks; null: it carries some, or they are not known. */
  readonly uncarried: (by: 'browserHls' | 'browserWebrtc') => readonly string[] | null
  /** How far apart its key frames are by a probe that reads it, s; null: not measured. */
  readonly keyFramesApart: number | null
  readonly wakesOnDemand: boolean
  readonly lastPublisher: (signal: AbortSignal) => Promise<LastPublisher | null>
}
/** The last publisher according to stored sessions. */
export interface LastPublisher {
  readonly protocol: string
  readonly remoteAddr: string | null
  /** Epoch ms. */
  readonly ended: number
}

type Fields = Readonly<Record<string, unknown>>
const listOf = (value: unknown): readonly Fields[] =>
  Array.isArray(value) ? value.filter((item): item is Fields => typeof item === 'object' && item !== null) : []

/** The protocol by which a path with exactly this name pulls its stream, so that nobody can publish it; null: it does not. */
function pullsFrom(configuration: ServerConfiguration | null, path: string): string | null {
  const entry: Fields | undefined = configuration?.paths.find(({ name }) => name === path)
  const source = entry?.source
  if (typeof source !== 'string' || source === '' || source === 'publisher') return null
  return /^([a-z][a-z0-9+.-]{0,30}):\/\//i.exec(source)?.[1]?.toLowerCase() ?? source.slice(0, 30)
}

/** Whether no path of the configuration is for this name, as far as is known: patterns only the server can evaluate. */
function isUnconfigured(configuration: ServerConfiguration | null, path: string): boolean {
  if (configuration === null || configuration.readAt === null) return false
  return !configuration.paths.some(({ name }) => name === path || name === 'all' || name === 'all_others' || (typeof name === 'string' && name.startsWith('~')))
}

/** Whether no configured user may publish to a path. false also where that is unknown, or decided by another server. */
export function isNobodyAllowed(configuration: ServerConfiguration | null, path: string): boolean {
  if (configuration === null || configuration.readAt === null) return false
  const { authMethod, authInternalUsers } = configuration.global
  if (authMethod === 'http' || authMethod === 'jwt' || !Array.isArray(authInternalUsers)) return false
  /** Whether a permission's path (a name, an expression after `~`, or empty for all) covers this one. An expression that only the server understands may. */
  const isFor = (permitted: unknown) =>
    typeof permitted !== 'string' ||
    permitted === '' ||
    (permitted.startsWith('~') ? !patternSchema.safeParse(permitted).success || matcherOf([permitted])(path) : permitted === path)
  return !listOf(authInternalUsers).some(({ permissions }) =>
    listOf(permissions).some(({ action, path: permitted }) => action === 'publish' && isFor(permitted)),
  )
}

/** Whether reading the path would start a source or a command. Hidden commands are non-empty texts, too. */
const isOnDemand = ({ sourceOnDemand, runOnDemand }: Fields): boolean => sourceOnDemand === true || (typeof runOnDemand === 'string' && runOnDemand !== '')

/** What the console knows of a stream and, where it is not on air, what in the configuration keeps it off. */
function streamResult({ stream, path, configuration }: StreamKnown): StepResult {
  const state = stream?.state ?? null
  const source = pullsFrom(configuration, path)
  if (state === 'live') return passed({ kind: 'streamIs', state, source, said: null })
  if (isUnconfigured(configuration, path)) return failed({ kind: 'pathNotConfigured' })
  if (state !== 'stalled' && source === null && isNobodyAllowed(configuration, path)) return failed({ kind: 'nobodyMayPublish' })
  const outcome = state === 'waiting' || state === 'unknown' ? 'warning' : 'failed'
  return { outcome, found: { kind: 'streamIs', state, source, said: stream?.sourceError ?? stream?.pulled?.lastError ?? null } }
}

/** The playlist, which waits for the first segment, and so for key frames: nothing is asked where these are known to be too far apart. */
async function playlistOf({ keyFramesApart: seconds }: StreamKnown, ask: () => Promise<StepResult>): Promise<StepResult> {
  const late = { outcome: 'warning', found: { kind: 'noSegment', seconds } } as const
  if ((seconds ?? 0) * 1_000 >= playlistLimitMs) return late
  const read = await ask()
  const { found } = read
  if (found.kind === 'failed' && found.error.kind === 'timedOut' && found.error.limitMs === playlistLimitMs) return late
  return found.kind === 'playlist' && (found.longestSegmentSeconds ?? 0) > longSegmentSeconds ? { outcome: 'warning', found } : read
}

const publishingEndpoints = ['rtsp', 'rtsps', 'rtmp', 'rtmps', 'srt', 'webrtc'] as const

/** Reports the last publisher, without a request to the server. */
async function noteLastPublisher(run: Examination['run'], { lastPublisher }: StreamKnown): Promise<void> {
  const last = await lastPublisher(run.signal)
  const endpoint = publishingEndpoints.find((one) => one === last?.protocol.toLowerCase())
  if (last === null || endpoint === undefined) return
  const found = { kind: 'publisherWas', address: last.remoteAddr, endedAt: new Date(last.ended).toISOString() } as const
  run.note({ step: 'lastPublisher', endpoint }, { outcome: 'warning', found })
}

/** Runs the steps on one stream. A stream on demand that is off air is read only if the operator wants its source to be started. */
export async function examineStream({ run, means }: Examination, { open, api }: ServerExamined, known: StreamKnown): Promise<void> {
  const { path, stream, configuration, rtsp: source } = known
  if (api !== 'answers' || stream?.state === 'unknown') run.skip({ step: 'stream' }, api === 'refuses' ? 'refusedBefore' : 'apiSilent')
  else run.note({ step: 'stream' }, streamResult(known))

  const isOnAir = stream?.state === 'live' || stream?.state === 'stalled' || stream?.state === 'slate'
  if (!isOnAir || stream?.state === 'slate') await noteLastPublisher(run, known)

  // An unlisted stream may be on demand: the names that a pattern covers are unknown.
  const sleeps = !isOnAir && !known.wakesOnDemand && (stream === null ? configuration?.paths.some(isOnDemand) === true : stream.onDemand)
  const rtspEndpoint = open.has('rtsp') ? 'rtsp' : 'rtsps'
  const describing = { step: 'rtspDescribe', endpoint: rtspEndpoint } as const
  if (api === 'refuses') run.skip(describing, 'refusedBefore')
  else if (sleeps) run.skip(describing, 'onDemand')
  else if (!open.has(rtspEndpoint) || source === null) run.skip(describing, 'portClosed')
  else await run.attempt(describing, isOnAir ? stepLimitMs : wakeLimitMs, (signal) => describeStream(means, source, signal))

  const uncarried = (by: Parameters<StreamKnown['uncarried']>[0]): StepResult | null => {
    const codecs = isOnAir ? known.uncarried(by) : null
    return codecs && { outcome: 'skipped', found: { kind: 'notCarried', codecs: [...codecs] } }
  }
  const hls = open.get('hls')
  if (hls === undefined || api === 'refuses') run.skip({ step: 'hlsPage', endpoint: 'hls' }, hls === undefined ? 'portClosed' : 'refusedBefore')
  else {
    const about = { endpoint: 'hls', address: hostAndPort(hls) } as const
    const nothing = uncarried('browserHls')
    const page = await run.attempt({ step: 'hlsPage', ...about }, stepLimitMs, (signal) => askHlsPage(means, hls, path, signal))
    if (page.outcome !== 'ok') run.skip({ step: 'hlsPlaylist', ...about }, 'refusedBefore')
    else if (!isOnAir) run.skip({ step: 'hlsPlaylist', ...about }, sleeps ? 'onDemand' : 'notOnAir')
    else if (nothing !== null) run.note({ step: 'hlsPlaylist', ...about }, nothing)
    else await run.attempt({ step: 'hlsPlaylist', ...about }, playlistLimitMs, (signal) => playlistOf(known, () => readPlaylist(means, hls, path, signal)))
  }

  const webrtc = open.get('webrtc')
  const nothing = uncarried('browserWebrtc')
  if (webrtc === undefined || api === 'refuses') run.skip({ step: 'whep', endpoint: 'webrtc' }, webrtc === undefined ? 'portClosed' : 'refusedBefore')
  else if (nothing !== null) run.note({ step: 'whep', endpoint: 'webrtc' }, nothing)
  else await run.attempt({ step: 'whep', endpoint: 'webrtc', address: hostAndPort(webrtc) }, stepLimitMs, (signal) => askWhep(means, webrtc, path, signal))
}
