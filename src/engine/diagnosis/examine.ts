import { isIP } from 'node:net'
import { listOf } from '../../shared/configurationFindings.ts'
import { longSegmentSeconds } from '../../shared/diagnosisVerdict.ts'
import { hostAndPort } from '../../shared/endpoints.ts'
import { isPathPattern } from '../../shared/pathSettings.ts'
import { matcherOf, patternSchema } from '../../shared/patterns.ts'
import type { ServerConfiguration } from '../../shared/servers.ts'
import type { Stream } from '../../shared/streams.ts'
import { checkPort, readCertificate, requestInduction, resolveName } from './connections.ts'
import { type Endpoint, type EndpointAddress, failed, failedWith, isWebEndpoint, type Means, passed, type StepResult, type StepRun } from './endpoints.ts'
import { askRtspOptions, describeStream } from './rtsp.ts'
import { askApi, askHlsPage, askWebEndpoint, askWhep, isApiAt, readPlaylist } from './webSteps.ts'

/** Time limit of a step, ms. MediaMTX answers a wrong password after up to 4 s. */
const stepLimitMs = 5_000
const apiLimitMs = 6_000

/** What the steps of a diagnosis share. */
export interface Examination {
  readonly run: StepRun
  readonly means: Means
  readonly endpoints: readonly Endpoint[]
}

interface Reached {
  readonly endpoint: Endpoint['endpoint']
  readonly at: EndpointAddress
}
/** Results of the steps on a server that those on its streams need. */
interface ServerExamined {
  /** Usable listeners: reachable, trusted, and speaking the expected protocol. */
  readonly open: ReadonlyMap<Endpoint['endpoint'], EndpointAddress>
  readonly api: 'answers' | 'refuses' | 'silent'
}

/** Runs all steps on a server. Ports come first: whatever needs an unreachable one is skipped. */
export async function examineServer(examination: Examination): Promise<ServerExamined> {
  const { run, endpoints } = examination
  const names = [...new Set(endpoints.flatMap(({ at }) => (at !== null && isIP(at.host) === 0 ? [at.host] : [])))]
  const resolved = await Promise.all(names.map((host) => run.attempt({ step: 'name', address: host }, stepLimitMs, (signal) => resolveName(host, signal))))
  const unknown = new Set(names.filter((_, place) => resolved[place]?.outcome !== 'ok'))
  const tried = endpoints.filter(({ at }) => at === null || !unknown.has(at.host))

  const reached = (await Promise.all(tried.map((endpoint) => checkEndpoint(examination, endpoint)))).filter((endpoint) => endpoint !== null)
  const trusted = (await Promise.all(reached.map((endpoint) => checkCertificate(examination, endpoint)))).filter((endpoint) => endpoint !== null)
  const apiEndpoint = tried.find(({ endpoint }) => endpoint === 'api')
  const api = apiEndpoint?.at ? await checkApi(examination, apiEndpoint.at, trusted) : 'silent'
  const speaking = await Promise.all(trusted.map((endpoint) => checkProtocol(examination, endpoint)))
  return { open: new Map(speaking.flatMap((one) => (one === null ? [] : [[one.endpoint, one.at] as const]))), api }
}

async function checkEndpoint({ run, means: { clock } }: Examination, { endpoint, at, same, isAssumed, bound }: Endpoint): Promise<Reached | null> {
  const step = endpoint === 'srt' ? 'srtHandshake' : 'port'
  if (at === null) {
    run.note({ step, endpoint, address: same?.at ?? null }, same === undefined ? { outcome: 'skipped', found: { kind: 'switchedOff' } } : failedWith(same))
    return null
  }
  const finding = await run.attempt({ step, endpoint, address: hostAndPort(at) }, stepLimitMs, async (signal) => {
    const found = endpoint === 'srt' ? await requestInduction(at, clock, signal) : await checkPort(at, signal)
    if (found.outcome !== 'failed') return found
    // Many servers have listeners disabled, so an unreachable default port is no fault.
    if (isAssumed) return { outcome: 'warning', found: { kind: 'maybeOff' } }
    return bound === null ? found : failed({ kind: 'loopbackOnly', bound })
  })
  return finding.outcome === 'ok' ? { endpoint, at } : null
}

async function checkCertificate({ run, means }: Examination, reached: Reached): Promise<Reached | null> {
  const { endpoint, at } = reached
  if (!at.encrypted) return reached
  const about = { step: 'certificate', endpoint, address: hostAndPort(at) } as const
  const { outcome } = await run.attempt(about, stepLimitMs, (signal) => readCertificate(means, at, signal))
  return outcome === 'failed' || outcome === 'skipped' ? null : reached
}

const defaultApiPort = 9997

async function checkApi({ run, means }: Examination, at: EndpointAddress, trusted: readonly Reached[]): Promise<ServerExamined['api']> {
  const about = { step: 'api', endpoint: 'api', address: hostAndPort(at) } as const
  const isOpen = trusted.some(({ endpoint }) => endpoint === 'api')
  const elsewhere = `${at.encrypted ? 'https' : 'http'}://${hostAndPort({ host: at.host, port: defaultApiPort })}`
  const isThere = async (signal: AbortSignal) => at.port !== defaultApiPort && (await isApiAt(means, elsewhere, signal))
  const { outcome, found } = await run.attempt(about, apiLimitMs, async (signal) => {
    if (!isOpen)
      return (await isThere(signal))
        ? failed({ kind: 'apiElsewhere', error: { kind: 'unreachable', reason: 'refused' }, api: elsewhere })
        : { outcome: 'skipped', found: { kind: 'notTried', because: 'portClosed' } }
    const answer = await askApi(means, signal)
    if (answer.ok) return passed({ kind: 'apiAnswers', version: answer.value.version })
    const { error } = answer
    const isNotIt = error.kind === 'noApiHere' || error.kind === 'notMediaMtx' || error.kind === 'redirected'
    return isNotIt && (await isThere(signal)) ? failed({ kind: 'apiElsewhere', error, api: elsewhere }) : failedWith(error)
  })
  if (outcome === 'ok') return 'answers'
  return found.kind === 'failed' && (found.error.kind === 'unauthorized' || found.error.kind === 'forbidden') ? 'refuses' : 'silent'
}

/** null: it does not speak the expected protocol. */
async function checkProtocol({ run, means }: Examination, reached: Reached): Promise<Reached | null> {
  const { endpoint, at } = reached
  const isRtsp = endpoint === 'rtsp' || endpoint === 'rtsps'
  if (!isRtsp && !isWebEndpoint(endpoint)) return reached
  const about = { step: isRtsp ? 'rtspOptions' : 'web', endpoint, address: hostAndPort(at) } as const
  const finding = await run.attempt(about, stepLimitMs, (signal) => (isRtsp ? askRtspOptions(means, at, signal) : askWebEndpoint(means, at, signal)))
  return finding.outcome === 'ok' ? reached : null
}

/** The first request for the playlist of a stream without readers is answered when its first segment is complete. */
const playlistLimitMs = 14_000
/** MediaMTX's default timeout for sources on demand, and a little more. */
const wakeLimitMs = 12_000

/** What this console knows about a stream. */
export interface StreamKnown {
  readonly path: string
  /** null: the server does not list it. */
  readonly stream: Pick<Stream, 'state' | 'why' | 'onDemand' | 'sourceError' | 'pulled'> | null
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
  return !configuration.paths.some(({ name }) => typeof name === 'string' && (name === path || isPathPattern(name)))
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
  // Without a connection to its publisher, it waits for nothing but the end of the session.
  const state = stream?.state === 'stalled' && stream.why?.kind === 'hungUp' ? 'gone' : (stream?.state ?? null)
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
