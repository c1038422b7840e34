import { type DiagnosisDoor, longSegmentSeconds } from '../../shared/diagnosisVerdict.ts'
import { hostAndPort } from '../../shared/hostOf.ts'
import type { ServerConfiguration } from '../../shared/servers.ts'
import type { Stream } from '../../shared/streams.ts'
import { type Examination, type ServerExamined, stepLimitMs } from './examine.ts'
import { whoMayPublish } from './publishers.ts'
import { describeStream } from './rtspSteps.ts'
import { failed, passed, type StepResult } from './stepRun.ts'
import { askHlsPage, askWhep, askWhip, readPlaylist } from './webSteps.ts'

/** The first playlist of a stream that nobody reads is answered when its first segment is over. */
const playlistLimitMs = 14_000
/** A source on demand is waited for as long as MediaMTX does by default, and a little more. */
const wakeLimitMs = 12_000

/** What the console knows of a stream. */
export interface StreamKnown {
  readonly path: string
  /** null: it is not among the server's streams. */
  readonly stream: Pick<Stream, 'state' | 'sourceType' | 'tracks' | 'figures' | 'onDemand' | 'sourceError' | 'pulled'> | null
  /** Address for RTSP, with credentials where they may be sent; null: it can't be read so. */
  readonly rtsp: string | null
  readonly configuration: ServerConfiguration | null
  readonly wakesOnDemand: boolean
  readonly lastPublisher: (signal: AbortSignal) => Promise<LastPublisher | null>
}
/** Of the sessions that are kept. */
export interface LastPublisher {
  readonly protocol: string
  readonly remoteAddr: string | null
  /** Epoch ms. */
  readonly ended: number
  readonly bytes: number | null
}

type Path = Readonly<Record<string, unknown>>
/** Why a path that is configured by this very name would not be published to; null: nothing is known against it. */
function pullsFrom(configuration: ServerConfiguration | null, path: string): string | null {
  const entry: Path | undefined = configuration?.paths.find(({ name }) => name === path)
  const source = entry?.source
  if (typeof source !== 'string' || source === '' || source === 'publisher') return null
  return /^([a-z][a-z0-9+.-]{0,30}):\/\//i.exec(source)?.[1]?.toLowerCase() ?? source.slice(0, 30)
}

/** Whether a path of the configuration is for this name: one of the same name, or any pattern, which only its server can try. null: not known. */
function isConfigured(configuration: ServerConfiguration | null, path: string): boolean | null {
  if (configuration === null || configuration.readAt === null) return null
  const names = configuration.paths.map(({ name }) => name)
  if (names.some((name) => name === path || name === 'all' || name === 'all_others')) return true
  return names.some((name) => typeof name === 'string' && name.startsWith('~')) ? null : false
}

/** Reading what it gives would start something. Hidden commands are texts, too. */
const isOnDemand = ({ sourceOnDemand, runOnDemand }: Path): boolean => sourceOnDemand === true || (typeof runOnDemand === 'string' && runOnDemand !== '')

/** Long segments and whole ones make players late. */
function warned(read: StepResult): StepResult {
  const { found } = read
  return found.kind === 'playlist' && (!found.lowLatency || (found.longestSegmentSeconds ?? 0) > longSegmentSeconds) ? { outcome: 'warning', found } : read
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

/** Who published it last: nothing is asked of the server. */
async function noteLastPublisher(run: Examination['run'], { lastPublisher }: StreamKnown): Promise<void> {
  const last = await lastPublisher(run.signal)
  const door = last === null ? undefined : publishingDoors.get(last.protocol.toLowerCase())
  if (last === null || door === undefined) return
  const { remoteAddr: address, ended, bytes } = last
  run.note({ step: 'lastPublisher', door }, { outcome: 'warning', found: { kind: 'publisherWas', address, endedAt: new Date(ended).toISOString(), bytes } })
}

/** What concerns one stream. One that is on demand and not on air is not read, which would start its source, unless that is wanted. */
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

  // Not known to us, it may still be on demand: a pattern says nothing of its names.
  const sleeps = !isOnAir && !known.wakesOnDemand && (stream === null ? configuration?.paths.some(isOnDemand) === true : stream.onDemand)
  const rtspDoor = open.has('rtsp') ? 'rtsp' : 'rtsps'
  const { rtsp: address } = known
  if (api === 'refuses') run.skip({ step: 'rtspDescribe', door: rtspDoor }, 'refusedBefore')
  else if (sleeps) run.skip({ step: 'rtspDescribe', door: rtspDoor }, 'onDemand')
  else if (!open.has(rtspDoor)) run.skip({ step: 'rtspDescribe', door: rtspDoor }, 'portClosed')
  else if (address === null) run.skip({ step: 'rtspDescribe', door: rtspDoor }, 'noAddress')
  else await run.attempt({ step: 'rtspDescribe', door: rtspDoor }, isOnAir ? stepLimitMs : wakeLimitMs, (signal) => describeStream(rtsp, address, signal))

  const hls = open.get('hls')
  if (hls === undefined) run.skip({ step: 'hlsPage', door: 'hls' }, 'portClosed')
  else if (api === 'refuses') run.skip({ step: 'hlsPage', door: 'hls' }, 'refusedBefore')
  else {
    const about = { door: 'hls', address: hostAndPort(hls) } as const
    const page = await run.attempt({ step: 'hlsPage', ...about }, stepLimitMs, (signal) => askHlsPage(web, hls, path, signal))
    if (page.outcome !== 'ok') run.skip({ step: 'hlsPlaylist', ...about }, 'refusedBefore')
    else if (!isOnAir) run.skip({ step: 'hlsPlaylist', ...about }, sleeps ? 'onDemand' : 'notOnAir')
    else await run.attempt({ step: 'hlsPlaylist', ...about }, playlistLimitMs, async (signal) => warned(await readPlaylist(web, hls, path, signal)))
  }

  if (webrtc === undefined) run.skip({ step: 'whep', door: 'webrtc' }, 'portClosed')
  else if (api === 'refuses') run.skip({ step: 'whep', door: 'webrtc' }, 'refusedBefore')
  else await run.attempt({ step: 'whep', door: 'webrtc', address: hostAndPort(webrtc) }, stepLimitMs, (signal) => askWhep(web, webrtc, path, signal))
}
