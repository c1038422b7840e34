import { type DiagnosisDoor, longSegmentSeconds } from '../../shared/diagnosisVerdict.ts'
import { hostAndPort } from '../../shared/hostOf.ts'
import type { ServerConfiguration } from '../../shared/servers.ts'
import type { Stream } from '../../shared/streams.ts'
import { type Examination, type ServerExamined, stepLimitMs } from './examine.ts'
import { whoMayPublish } from './publishers.ts'
import { describeStream } from './rtspSteps.ts'
import { failed, passed, type StepResult } from './stepRun.ts'
import { askHlsPage, askWhep, askWhip, readPlaylist } from './webSteps.ts'

/** The first request for the playlist of a stream without readers is answered when its first segment is complete. */
const playlistLimitMs = 14_000
/** MediaMTX's default timeout for sources on demand, and a little more. */
const wakeLimitMs = 12_000

/** What this console knows about a stream. */
export interface StreamKnown {
  readonly path: string
  /** null: the server does not list it. */
  readonly stream: Pick<Stream, 'state' | 'sourceType' | 'tracks' | 'figures' | 'onDemand' | 'sourceError' | 'pulled'> | null
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
  readonly bytes: number | null
}

type Path = Readonly<Record<string, unknown>>
/** The protocol by which a path with exactly this name pulls its stream, so that nobody can publish it; null: it does not. */
function pullsFrom(configuration: ServerConfiguration | null, path: string): string | null {
  const entry: Path | undefined = configuration?.paths.find(({ name }) => name === path)
  const source = entry?.source
  if (typeof source !== 'string' || source === '' || source === 'publisher') return null
  return /^([a-z][a-z0-9+.-]{0,30}):\/\//i.exec(source)?.[1]?.toLowerCase() ?? source.slice(0, 30)
}

/** Whether the configuration has a path for this name: the name itself, or a pattern, which only the server can evaluate. null: unknown. */
function isConfigured(configuration: ServerConfiguration | null, path: string): boolean | null {
  if (configuration === null || configuration.readAt === null) return null
  const names = configuration.paths.map(({ name }) => name)
  if (names.some((name) => name === path || name === 'all' || name === 'all_others')) return true
  return names.some((name) => typeof name === 'string' && name.startsWith('~')) ? null : false
}

/** Whether reading the path would start a source or a command. Hidden commands are non-empty texts, too. */
const isOnDemand = ({ sourceOnDemand, runOnDemand }: Path): boolean => sourceOnDemand === true || (typeof runOnDemand === 'string' && runOnDemand !== '')

/** Long segments, and segments without parts, cause latency in players. */
function warned(read: StepResult): StepResult {
  const { found } = read
  return found.kind === 'playlist' && (!found.lowLatency || (found.longestSegmentSeconds ?? 0) > longSegmentSeconds) ? { outcome: 'warning', found } : read
}

/** The playlist, which waits for the first segment, and so for key frames: nothing is asked where these are known to be too far apart. */
async function playlistOf({ keyFramesApart: seconds }: StreamKnown, ask: () => Promise<StepResult>): Promise<StepResult> {
  const late = { outcome: 'warning', found: { kind: 'noSegment', seconds } } as const
  if ((seconds ?? 0) * 1_000 >= playlistLimitMs) return late
  const read = await ask()
  return read.found.kind === 'failed' && read.found.error.kind === 'timedOut' && read.found.error.limitMs === playlistLimitMs ? late : warned(read)
}

function streamResult({ stream, path, configuration }: StreamKnown): StepResult {
  if (stream === null) return failed({ kind: 'noSuchStream', configured: isConfigured(configuration, path) })
  const { state, sourceType, tracks, figures, sourceError, pulled } = stream
  const isOnAir = state === 'live'
  return {
    outcome: isOnAir ? 'ok' : state === 'waiting' || state === 'unknown' ? 'warning' : 'failed',
    found: {
      kind: 'streamIs',
      state,
      sourceType,
      codecs: tracks.map(({ codec }) => codec).slice(0, 16),
      readers: figures.readers,
      said: isOnAir ? null : (sourceError ?? pulled?.lastError ?? null),
    },
  }
}

const publishingDoors: ReadonlyMap<string, DiagnosisDoor> = new Map((['rtsp', 'rtsps', 'rtmp', 'rtmps', 'srt', 'webrtc'] as const).map((door) => [door, door]))

/** Reports the last publisher, without a request to the server. */
async function noteLastPublisher(run: Examination['run'], { lastPublisher }: StreamKnown): Promise<void> {
  const last = await lastPublisher(run.signal)
  const door = last === null ? undefined : publishingDoors.get(last.protocol.toLowerCase())
  if (last === null || door === undefined) return
  const { remoteAddr: address, ended, bytes } = last
  run.note({ step: 'lastPublisher', door }, { outcome: 'warning', found: { kind: 'publisherWas', address, endedAt: new Date(ended).toISOString(), bytes } })
}

/** Runs the steps on one stream. A stream on demand that is off air is read only if the operator wants its source to be started. */
export async function examineStream({ run, web, rtsp }: Examination, { open, api }: ServerExamined, known: StreamKnown): Promise<void> {
  const { path, stream, configuration } = known
  if (api === 'silent') run.skip({ step: 'stream' }, 'apiSilent')
  else if (api === 'refuses') run.skip({ step: 'stream' }, 'refusedBefore')
  else run.note({ step: 'stream' }, streamResult(known))

  const isOnAir = stream?.state === 'live' || stream?.state === 'stalled' || stream?.state === 'slate'
  if (!isOnAir || stream?.state === 'slate') await noteLastPublisher(run, known)

  const webrtc = open.get('webrtc')
  const who = whoMayPublish(configuration, path)
  const source = pullsFrom(configuration, path)
  if (source !== null) run.note({ step: 'publishing' }, passed({ kind: 'pullsItself', source }))
  else if (webrtc !== undefined)
    await run.attempt({ step: 'publishing', door: 'webrtc', address: hostAndPort(webrtc) }, stepLimitMs, (signal) => askWhip(web, webrtc, path, who, signal))
  else if (who === 'nobody') run.note({ step: 'publishing' }, failed({ kind: 'nobodyMayPublish', status: null }))
  else run.skip({ step: 'publishing', door: 'webrtc' }, 'portClosed')

  // An unlisted stream may be on demand: the names that a pattern covers are unknown.
  const sleeps = !isOnAir && !known.wakesOnDemand && (stream === null ? configuration?.paths.some(isOnDemand) === true : stream.onDemand)
  const rtspDoor = open.has('rtsp') ? 'rtsp' : 'rtsps'
  const { rtsp: address } = known
  if (api === 'refuses') run.skip({ step: 'rtspDescribe', door: rtspDoor }, 'refusedBefore')
  else if (sleeps) run.skip({ step: 'rtspDescribe', door: rtspDoor }, 'onDemand')
  else if (!open.has(rtspDoor)) run.skip({ step: 'rtspDescribe', door: rtspDoor }, 'portClosed')
  else if (address === null) run.skip({ step: 'rtspDescribe', door: rtspDoor }, 'noAddress')
  else await run.attempt({ step: 'rtspDescribe', door: rtspDoor }, isOnAir ? stepLimitMs : wakeLimitMs, (signal) => describeStream(rtsp, address, signal))

  const [byHls, byWebrtc] = isOnAir ? [known.uncarried('browserHls'), known.uncarried('browserWebrtc')] : [null, null]
  const hls = open.get('hls')
  if (hls === undefined) run.skip({ step: 'hlsPage', door: 'hls' }, 'portClosed')
  else if (api === 'refuses') run.skip({ step: 'hlsPage', door: 'hls' }, 'refusedBefore')
  else {
    const about = { door: 'hls', address: hostAndPort(hls) } as const
    const page = await run.attempt({ step: 'hlsPage', ...about }, stepLimitMs, (signal) => askHlsPage(web, hls, path, signal))
    if (page.outcome !== 'ok') run.skip({ step: 'hlsPlaylist', ...about }, 'refusedBefore')
    else if (!isOnAir) run.skip({ step: 'hlsPlaylist', ...about }, sleeps ? 'onDemand' : 'notOnAir')
    else if (byHls !== null) run.note({ step: 'hlsPlaylist', ...about }, { outcome: 'skipped', found: { kind: 'notCarried', codecs: [...byHls] } })
    else await run.attempt({ step: 'hlsPlaylist', ...about }, playlistLimitMs, (signal) => playlistOf(known, () => readPlaylist(web, hls, path, signal)))
  }

  if (webrtc === undefined) run.skip({ step: 'whep', door: 'webrtc' }, 'portClosed')
  else if (api === 'refuses') run.skip({ step: 'whep', door: 'webrtc' }, 'refusedBefore')
  else if (byWebrtc !== null) run.note({ step: 'whep', door: 'webrtc' }, { outcome: 'skipped', found: { kind: 'notCarried', codecs: [...byWebrtc] } })
  else await run.attempt({ step: 'whep', door: 'webrtc', address: hostAndPort(webrtc) }, stepLimitMs, (signal) => askWhep(web, webrtc, path, signal))
}
