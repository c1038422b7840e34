import { z } from 'zod'
import { knownEntries } from '../../shared/knownEntries.ts'
import { type PictureReason, type PreviewFigures, pictureReasonSchema } from '../../shared/previews.ts'
import type { Track } from '../../shared/streams.ts'
import { hasSoundByHls, soundNotByWebrtc, webrtcObstacle } from '../../shared/webrtc.ts'

export type PictureWhy = PictureReason | { readonly kind: 'callFailed'; readonly error: unknown }

const ofEveryWay: ReadonlySet<string> = new Set(['onDemand', 'notLive', 'serverDown'])
export function isOfEveryWay({ kind }: PictureWhy): boolean {
  return ofEveryWay.has(kind)
}

export type Way = 'webrtc' | 'hls'
export const wayNames: Readonly<Record<Way, string>> = { webrtc: 'WebRTC', hls: 'HLS' }

export interface WayAsk {
  readonly serverId: string
  readonly path: string
  /** The operator confirmed that an on-demand source may be started. */
  readonly wake: boolean
  /** It is asked for as the picture of this camera, which is all that whoever may see cameras alone may ask for. By HLS only. */
  readonly cameraId?: string
}
/** What happens to a picture. After `failed` and `closed` nothing more comes. */
export interface WayCallbacks {
  /** Twice a second. `stillMs`: for how long no new frame has come, 0: they come. */
  readonly playing: (now: { readonly figures: PictureFigures; readonly stillMs: number }) => void
  /** `hadPlayed`: it broke off. `retry`: the same may work later. */
  readonly failed: (failure: { readonly why: PictureWhy; readonly retry: boolean; readonly hadPlayed: boolean }) => void
  /** A newer picture took its place. */
  readonly closed: () => void
}

export const lookEveryMs = 500

/** How a picture comes: delays as they are now, counts since it was opened. null: not known. */
export type PictureFigures = PreviewFigures

/** More are counted as so many: the engine takes no more at once. */
const mostAtOnce = 1_000_000
const since = (now: number | null, before: number | null): number | null =>
  now === null || !Number.isFinite(now) ? null : Math.min(mostAtOnce, Math.max(0, Math.round(now - (Number.isFinite(before) ? (before as number) : 0))))
const bounded = (value: number | null, most: number): number | null => (value === null || !Number.isFinite(value) ? null : Math.min(most, Math.max(0, value)))

export function figuresSince(now: PictureFigures, before: PictureFigures | null): PreviewFigures {
  return {
    delayMs: bounded(now.delayMs, 600_000),
    rttMs: bounded(now.rttMs, 60_000),
    bufferMs: bounded(now.bufferMs, 60_000),
    framesDropped: since(now.framesDropped, before?.framesDropped ?? null),
    freezes: since(now.freezes, before?.freezes ?? null),
    packetsLost: since(now.packetsLost, before?.packetsLost ?? null),
  }
}

/** Milliseconds without a new picture after which a playing tile is called frozen: longer than any segment of low-latency HLS. */
export const frozenAfterMs = 3000
/** Share of real time that the player's time must advance. A stalled player nudges its time by a tenth of a second without a new picture. */
const playingShare = 0.5

/** A picture that should play but whose time stands still is frozen, whatever the player reports. To be called about every half second. */
export function createFrozenWatch() {
  let last: { readonly now: number; readonly mediaTime: number } | null = null
  let movedAt = 0
  return {
    /** Returns for how many milliseconds the picture has stood still; 0: it plays. `wanted`: it should be playing. */
    see: (now: number, mediaTime: number, wanted: boolean): number => {
      const advanced = last === null ? 0 : (mediaTime - last.mediaTime) * 1000
      // A step back is a seek, from which playback continues.
      if (!wanted || last === null || advanced < 0 || (advanced > 0 && advanced >= playingShare * (now - last.now))) movedAt = now
      last = { now, mediaTime }
      return now - movedAt
    },
  }
}

interface WebrtcAbility {
  readonly webrtc: boolean
  readonly h265: boolean
}
interface Circumstances {
  /** auto: WebRTC, and HLS where it does not play. */
  readonly chosen: 'auto' | 'hls'
  readonly tracks: readonly Pick<Track, 'codec' | 'kind'>[]
  readonly muted: boolean
  readonly ability: WebrtcAbility
  /** Why WebRTC did not play before; null: it has not been tried, or it did. */
  readonly fellBack: PictureWhy | null
}

/** By which protocol to play, and why not by WebRTC; null: it does, or HLS was chosen. */
export function chooseWay({ chosen, tracks, muted, ability, fellBack }: Circumstances): { readonly way: Way; readonly instead: PictureWhy | null } {
  if (chosen === 'hls') return { way: 'hls', instead: null }
  const sound = muted || !hasSoundByHls(tracks) ? null : soundNotByWebrtc(tracks)
  const instead: PictureWhy | null =
    (ability.webrtc ? null : { kind: 'browserWithoutWebrtc' }) ??
    webrtcObstacle(tracks, ability.h265) ??
    fellBack ??
    (sound === null ? null : { kind: 'soundByHls', codec: sound })
  return { way: instead === null ? 'webrtc' : 'hls', instead }
}

let ability: WebrtcAbility | undefined
/** What this browser can do: that stays as it is. */
export function webrtcAbility(): WebrtcAbility {
  ability ??= {
    webrtc: typeof RTCPeerConnection !== 'undefined',
    h265:
      typeof RTCRtpReceiver !== 'undefined' &&
      (RTCRtpReceiver.getCapabilities?.('video')?.codecs.some(({ mimeType }) => mimeType.toLowerCase() === 'video/h265') ?? false),
  }
  return ability
}

/** A connection that played for this long starts with few losses again. */
const steadyMs = 60_000
const mostReconnections = 3

/** How often what plays is lost, and when to try again: soon at first, then at longer and longer intervals. */
export function createLosses() {
  let count = 0
  let playsSince: number | null = null
  const noted = (now: number) => {
    if (playsSince !== null && now - playsSince >= steadyMs) count = 0
    playsSince = null
    return count++
  }
  return {
    plays: (now: number): void => {
      playsSince ??= now
    },
    /** A connection by WebRTC that had played broke off: after how many ms to open it again; null: often enough. */
    webrtcLost: (now: number): number | null => {
      const before = noted(now)
      return before < mostReconnections ? 1_000 * 2 ** before : null
    },
    /** After how many ms to try again what failed. */
    failed: (now: number): number => Math.min(60_000, 8_000 * 2 ** noted(now)),
    forget: (): void => {
      count = 0
      playsSince = null
    },
  }
}

/** What costs seconds to find out is not tried again for each picture. */
const rememberedForMs = 5 * 60_000
const mostRemembered = 1_000
const remembered = new Map<string, { readonly why: PictureWhy; readonly until: number }>()
const keysOf = (serverId: string, path: string) => ({ server: serverId, stream: `${serverId}\n${path}` })

/** What no other picture need find out again, in all tiles of this window: that no way leads to a server, or that a stream has B-frames. */
export const fallbacks = {
  note: (serverId: string, path: string, why: PictureWhy, now: number): void => {
    const keys = keysOf(serverId, path)
    const key = why.kind.startsWith('ice') ? keys.server : why.kind === 'bFrames' ? keys.stream : null
    if (key === null) return
    if (remembered.size >= mostRemembered) remembered.clear()
    remembered.set(key, { why, until: now + rememberedForMs })
  },
  why: (serverId: string, path: string, now: number): PictureWhy | null => {
    const keys = keysOf(serverId, path)
    const found = [keys.server, keys.stream].map((key) => remembered.get(key)).find((one) => one !== undefined && one.until > now)
    return found?.why ?? null
  },
  forget: (serverId: string, path: string): void => {
    for (const key of Object.values(keysOf(serverId, path))) remembered.delete(key)
  },
}

/** The parts of an hls.js error that determine the message. Independent of hls.js, so that it can be tested without a browser. */
export interface HlsFailure {
  /** `networkError`, `mediaError`, … */
  readonly type: string
  /** `manifestLoadError`, `bufferAddCodecError`, … */
  readonly details: string
  readonly status: number | null
  readonly text: string | null
}

/** Why no picture comes; `retry`: the same address may work later. */
interface WhyNoPicture {
  readonly why: PictureReason
  readonly retry: boolean
}

const mediaDetails = new Set([
  'bufferAddCodecError',
  'bufferIncompatibleCodecsError',
  'manifestIncompatibleCodecsError',
  'fragParsingError',
  'bufferAppendError',
  'bufferAppendingError',
])

const refusalSchema = z.object({ why: pictureReasonSchema })
/** The reason in the relay's response; null: the response is not from the relay. */
function relayedReason(text: string | null): PictureReason | null {
  try {
    const parsed = refusalSchema.safeParse(JSON.parse(text ?? ''))
    return parsed.success ? parsed.data.why : null
  } catch {
    return null
  }
}

/** Reasons for responses that come from a proxy in front of the relay, by status. */
const byStatus: Readonly<Record<number, WhyNoPicture>> = {
  401: { why: { kind: 'readRefused' }, retry: false },
  403: { why: { kind: 'readRefused' }, retry: false },
  404: { why: { kind: 'noPictureNow' }, retry: true },
  410: { why: { kind: 'closed' }, retry: false },
  502: { why: { kind: 'serverDown' }, retry: true },
  503: { why: { kind: 'serverDown' }, retry: true },
  504: { why: { kind: 'serverDown' }, retry: true },
}
/** Reasons that a retry would not change; each retry would be another refused sign-in on the server. */
const lasting: ReadonlySet<PictureReason['kind']> = new Set(['readRefused', 'hlsNotEncrypted', 'replaced'])

export function hlsFailureReason({ type, details, status, text }: HlsFailure): WhyNoPicture {
  const relayed = relayedReason(text)
  if (relayed !== null) return { why: relayed, retry: !lasting.has(relayed.kind) }
  if (mediaDetails.has(details) || type === 'mediaError') return { why: { kind: 'notDecoded' }, retry: false }
  const known = status === null ? undefined : byStatus[status]
  if (known) return known
  if (details.toLowerCase().includes('timeout')) return { why: { kind: 'tooLate' }, retry: true }
  return type === 'networkError' ? { why: { kind: 'brokeOff' }, retry: true } : { why: { kind: 'notPlayable' }, retry: false }
}

const count = z.number().nonnegative().optional().catch(undefined)
/** The values used from the browser's statistics. Browsers omit what they don't know. */
const inboundSchema = z.object({
  type: z.literal('inbound-rtp'),
  kind: z.literal('video'),
  /** Negative if packets arrived twice. */
  packetsLost: z.number().optional().catch(undefined),
  framesDecoded: count,
  framesDropped: count,
  freezeCount: count,
  /** Total time that all emitted frames waited, s. */
  jitterBufferDelay: count,
  jitterBufferEmittedCount: count,
})
const pairSchema = z.object({
  type: z.literal('candidate-pair'),
  id: z.string(),
  state: z.string().optional(),
  nominated: z.boolean().optional(),
  /** Seconds. */
  currentRoundTripTime: count,
})
const transportSchema = z.object({ type: z.literal('transport'), selectedCandidatePairId: z.string() })

export interface WebrtcReading {
  readonly figures: PictureFigures
  readonly framesDecoded: number
  readonly waitedSeconds: number
  readonly emitted: number
}

/** Round-trip time of the candidate pair in use: the transport names the pair, but Firefox only marks it as nominated. */
function roundTripMs(entries: readonly unknown[]): number | null {
  const pairs = knownEntries(pairSchema, entries)
  const selected = entries.map((entry) => transportSchema.safeParse(entry).data?.selectedCandidatePairId).find((id) => id !== undefined)
  const pair = pairs.find(({ id }) => id === selected) ?? pairs.find(({ nominated, state }) => nominated === true && state === 'succeeded')
  return pair?.currentRoundTripTime === undefined ? null : pair.currentRoundTripTime * 1000
}

/** `before`: the previous reading, to compute the buffer delay since then. */
export function readWebrtcStats(entries: readonly unknown[], before: WebrtcReading | null): WebrtcReading {
  const video = entries.map((entry) => inboundSchema.safeParse(entry).data).find((inbound) => inbound !== undefined)
  const rttMs = roundTripMs(entries)
  const waitedSeconds = video?.jitterBufferDelay ?? 0
  const emitted = video?.jitterBufferEmittedCount ?? 0
  const frames = emitted - (before?.emitted ?? 0)
  // Without new frames the previous value is kept.
  const bufferMs = frames > 0 ? ((waitedSeconds - (before?.waitedSeconds ?? 0)) / frames) * 1000 : (before?.figures.bufferMs ?? null)
  return {
    figures: {
      // Half of the round trip is the one-way delay.
      delayMs: bufferMs === null ? null : bufferMs + (rttMs ?? 0) / 2,
      rttMs,
      bufferMs,
      framesDropped: video?.framesDropped ?? null,
      freezes: video?.freezeCount ?? null,
      packetsLost: video?.packetsLost === undefined ? null : Math.max(0, video.packetsLost),
    },
    framesDecoded: video?.framesDecoded ?? 0,
    waitedSeconds,
    emitted,
  }
}
