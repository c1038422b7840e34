import { z } from 'zod'
import { hostAndPort } from './endpoints.ts'
import { serverErrorSchema } from './errors.ts'
import { ipNetworkOf, ipOf, isInNetwork } from './ipAddresses.ts'
import { ffmpegPathSchema, mediaErrorSchema, mediaToolsSchema, pictureProblemSchema } from './media.ts'
import { administer, view } from './permissions.ts'
import { refused, toolUnusableSchema } from './refusals.ts'
import { said } from './said.ts'
import { serverIdSchema } from './servers.ts'
import { isOffAir, type Stream } from './streams.ts'

/** An address at which a media server offers to exchange media. */
interface IceCandidate {
  readonly protocol: 'udp' | 'tcp'
  readonly address: string
  readonly port: number
  /** host: its own; srflx, prflx: its own as seen from outside; relay: that of a TURN server. */
  readonly type: 'host' | 'srflx' | 'prflx' | 'relay'
}

/** What is known about the machine on which the picture is to be watched. */
export interface DeskPlace {
  /** Its networks, e.g. `10.1.0.7/16`. */
  readonly networks: readonly string[]
  /** Whether the media server runs on the same machine. */
  readonly besideServer: boolean
}

const addresses = { addresses: z.array(z.string()) }
/** Why no connection was found between this desk and a media server. `pictureText` returns it as text. */
const iceVerdictSchemas = [
  /** The server's answer contains no address. */
  z.object({ kind: z.literal('iceNoCandidates') }),
  /** Only addresses that this desk can't reach: loopback, private ones of networks that it is not known to be in, and names of mDNS. */
  z.object({ kind: z.literal('iceUnreachable'), ...addresses }),
  /** This desk should reach some of them (`address:port`), but something in between blocks it. `tcp`, `relay`: some of them are of that kind. */
  z.object({ kind: z.literal('iceBlocked'), ...addresses, tcp: z.boolean(), relay: z.boolean() }),
] as const
export type IceVerdict = z.infer<(typeof iceVerdictSchemas)[number]>

const mostCandidates = 200
const mostNamed = 5
const candidateLine = /^a=candidate:\S{1,64} (\d{1,3}) (udp|tcp) \d{1,10} (\S{1,255}) (\d{1,5}) typ (host|srflx|prflx|relay)(?: |$)/i

/** The distinct candidates of an SDP description. Other lines are ignored. */
export function iceCandidatesOf(sdp: string): readonly IceCandidate[] {
  const found = new Map<string, IceCandidate>()
  for (const line of sdp.split(/\r\n|\r|\n/)) {
    if (found.size >= mostCandidates) break
    const [, , protocol = '', address = '', port = '', type = ''] = candidateLine.exec(line) ?? []
    if (address === '' || Number(port) > 65_535) continue
    const candidate = { protocol: protocol.toLowerCase(), address, port: Number(port), type: type.toLowerCase() } as IceCandidate
    found.set(JSON.stringify(candidate), candidate)
  }
  return [...found.values()]
}

/** Ranges of addresses that mean another machine in each network. */
const ofPlaces: ReadonlySet<string> = new Set(['private', 'linkLocal', 'carrierGradeNat', 'uniqueLocal'])

function isInOneOf(text: string, networks: readonly string[]): boolean {
  const address = ipOf(text)
  return address !== null && networks.map(ipNetworkOf).some((network) => network !== null && isInNetwork(address, network))
}

const namesOf = (candidates: readonly IceCandidate[], withPort: boolean): string[] =>
  [...new Set(candidates.map(({ address, port }) => (withPort ? hostAndPort({ host: address, port }) : address)))].slice(0, mostNamed)

/**
 * Why no connection came about, judging by the addresses that the server offered. `desk`: null if the machine of the viewer is
 * unknown. Reachable candidates take precedence: the others are irrelevant if one could have worked.
 */
export function iceVerdict(candidates: readonly IceCandidate[], desk: DeskPlace | null): IceVerdict {
  if (candidates.length === 0) return { kind: 'iceNoCandidates' }
  const isReachable = ({ address, type }: IceCandidate): boolean => {
    const range = type === 'relay' ? 'unicast' : ipOf(address)?.range()
    if (range === undefined) return false
    if (range === 'loopback') return desk?.besideServer === true
    return !ofPlaces.has(range) || isInOneOf(address, desk?.networks ?? [])
  }
  const reachable = candidates.filter(isReachable)
  if (reachable.length > 0)
    return {
      kind: 'iceBlocked',
      addresses: namesOf(reachable, true),
      tcp: reachable.some(({ protocol }) => protocol === 'tcp'),
      relay: reachable.some(({ type }) => type === 'relay'),
    }
  return { kind: 'iceUnreachable', addresses: namesOf(candidates, false) }
}

/** Maximum number of live pictures per person, over all desks; opening one more closes the oldest. While a console has no accounts, per desk. */
export const livePicturesLimit = 4
/** How much hls.js keeps behind the playhead, seconds. Its default is unlimited. */
export const backBufferSeconds = 10

export const plainPictureReasons = [
  'notLive',
  'slate',
  'onDemand',
  'hlsOff',
  'codecH265',
  'serverDown',
  // From the relay.
  'closed',
  /** Its viewer opened one more than a person may. */
  'replaced',
  'settingsChanged',
  /** The server does not allow this user to read the stream. */
  'readRefused',
  'hlsNotEncrypted',
  'noPictureNow',
  'answerUnusable',
  /** This picture would be the only known viewer keeping the source running. */
  'lastViewerLeft',
  'noSuchPart',
  // From the relay of WebRTC.
  'webrtcOff',
  'webrtcNotEncrypted',
  /** The server answers but has no media for WebRTC, like the demo servers. */
  'webrtcNotServed',
  /** The server does not allow this user to publish the stream. */
  'publishRefused',
  'offerUnusable',
  'noSuchServer',
  'streamMissing',
  'sessionGone',
  /** Of an application: it has ended, or is for other streams or for the other of publishing and playing. */
  'tokenInvalid',
  'tooManyAtOnce',
  // From WebRTC in a window.
  'browserWithoutWebrtc',
  'webrtcH265',
  /** It connected, but no picture arrived within the time limit. */
  'webrtcNoFrames',
  'webrtcBroke',
  // From the relay of recordings.
  'playbackOff',
  'playbackNotEncrypted',
  /** The server does not allow this user to play recordings. */
  'playbackRefused',
  'playbackSpanWrong',
  'nothingRecorded',
  /** The server plays back only one recording format, and only paths named in its configuration. */
  'notPlayableFormat',
  // Stills.
  /** RTSP, HLS and SRT are all off. */
  'noWayToRead',
  'rtspReadRefused',
  'rtspPasswordMissing',
  'rtspPasswordWithheld',
  // From the player.
  'notDecoded',
  'tooLate',
  'brokeOff',
  'notPlayable',
  'browserWithoutHls',
] as const
export type PlainPictureReason = (typeof plainPictureReasons)[number]

/** Why there is no picture, or a remark about one that is shown. `pictureText` renders it as text. */
export const pictureReasonSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(plainPictureReasons) }),
  z.object({ kind: z.literal('codecUnsupported'), codecs: z.array(z.string()) }),
  /** The entered `address` is unusable. */
  z.object({ kind: z.literal('badAddress'), of: z.enum(['hls', 'webrtc', 'rtsp', 'srt']), address: z.string() }),
  z.object({ kind: z.literal('notHls'), host: z.string() }),
  z.object({ kind: z.literal('notWebrtc'), host: z.string() }),
  z.object({ kind: z.literal('webrtcCodecs'), codecs: z.array(z.string()) }),
  /** The server closed the session before the first picture, as it does if video of this codec has B-frames. */
  z.object({ kind: z.literal('bFrames'), codec: z.string() }),
  /** It plays over HLS because WebRTC can't carry its sound, which has this codec. */
  z.object({ kind: z.literal('soundByHls'), codec: z.string() }),
  ...iceVerdictSchemas,
  z.object({ kind: z.literal('notPlayback'), host: z.string() }),
  /** `type`: the media type that the body must have. */
  z.object({ kind: z.literal('offerTypeWrong'), type: z.string() }),
  z.object({ kind: z.literal('otherMethod'), methods: z.array(z.string()) }),
  z.object({ kind: z.literal('serverError'), error: serverErrorSchema }),
  ...mediaErrorSchema.options,
])
export type PictureReason = z.infer<typeof pictureReasonSchema>
const credentialRefusals: ReadonlySet<string> = new Set(['unauthorized', 'readRefused', 'rtspReadRefused', 'rtspPasswordMissing', 'rtspPasswordWithheld'])
/** Whether our credentials were refused, or are wanted and were not sent: servers log each such try. */
export function isCredentialRefusal({ kind }: PictureReason): boolean {
  return credentialRefusals.has(kind)
}
/** A reason as it may be told to those who may not see the fleet: without names, addresses and errors of its servers. */
export function plainReason(why: PictureReason): PictureReason {
  return (plainPictureReasons as readonly string[]).includes(why.kind) ? why : { kind: 'noPictureNow' }
}

/** `why` as text, in the requested language (`pictureText`). Sent over REST only. */
export const pictureWordsSchema = said('picture', z.string().nullable().optional())

const ms = (most: number) => z.number().min(0).max(most).nullable()
const countSince = z.number().int().min(0).max(1_000_000).nullable()
/** Playback statistics of the player since the last report; null: unknown. */
export const previewFiguresSchema = z.object({
  /** Delay behind the media server: for HLS behind the live edge, for WebRTC half the round trip plus the jitter buffer. */
  delayMs: ms(600_000),
  rttMs: ms(60_000),
  /** How long frames are buffered before display. */
  bufferMs: ms(60_000),
  framesDropped: countSince,
  freezes: countSince,
  packetsLost: countSince,
})
export type PreviewFigures = z.infer<typeof previewFiguresSchema>

/** A picture that plays, or why it does not. */
export const previewSchema = z.union([
  z.object({
    /** Path of the playlist under the console's own origin: `/relay/<ticket>/…/index.m3u8`. */
    url: z.string(),
    previewId: z.string(),
    /** A remark (it shows a slate), or null. */
    why: pictureReasonSchema.nullable(),
    words: pictureWordsSchema,
  }),
  z.object({ url: z.null(), previewId: z.null(), why: pictureReasonSchema, words: pictureWordsSchema }),
])
export type Preview = z.infer<typeof previewSchema>

/** Why no picture of `stream` should be attempted by any protocol, or null. An idle on-demand source is started only if the operator confirmed it (`wake`). */
export function airObstacle(stream: Pick<Stream, 'state' | 'onDemand'>, wake: boolean): 'serverDown' | 'notLive' | 'onDemand' | null {
  if (stream.state === 'unknown') return 'serverDown'
  if (!isOffAir(stream.state)) return null
  if (!stream.onDemand) return 'notLive'
  return wake ? null : 'onDemand'
}

const pictureToolsSchema = mediaToolsSchema.extend({
  problem: pictureProblemSchema.nullable(),
  /** null: unknown, because the media process could not be queried. */
  sandbox: mediaToolsSchema.shape.sandbox.nullable(),
  words: said('toolProblem', z.string().nullable().optional()),
  /** Path of the ffmpeg entered in the console; empty: none. */
  named: z.string(),
  /** Path from the configuration file; empty: none. */
  configured: z.string(),
})
export type PictureTools = z.infer<typeof pictureToolsSchema>

const tags = ['previews']
const viewStream = view.errors({ NOT_FOUND: refused(404, 'noSuch') })
export const previewsContract = {
  /** Opens a live picture. `wake` confirms that an on-demand source may be started. */
  open: viewStream
    .route({ method: 'POST', path: '/previews', tags })
    .input(
      z.object({
        serverId: serverIdSchema,
        path: z.string().min(1),
        wake: z.boolean().default(false),
        playsH265: z.boolean().default(false),
        /** Id of the desk. */
        viewer: z.string().min(1).max(64),
      }),
    )
    .output(previewSchema),
  /** The tools that make single pictures on this machine. */
  tools: view.route({ method: 'GET', path: '/previews/tools', tags }).output(pictureToolsSchema),
  /** Sets the ffmpeg for single pictures. It is run as a test and stored only if usable. Empty: the one from the configuration file or the PATH. */
  keepFfmpeg: administer
    .errors({ UNUSABLE: { status: 422, data: toolUnusableSchema } })
    .route({ method: 'PUT', path: '/previews/tools', tags })
    .input(z.object({ ffmpeg: ffmpegPathSchema }))
    .output(pictureToolsSchema),
  /** Keeps a WebRTC picture open (HLS stays open by its requests) and records its statistics for the stream. To be called every few seconds. */
  report: view
    .route({ method: 'PUT', path: '/previews/{previewId}/figures', tags })
    .input(z.object({ previewId: z.string(), figures: previewFiguresSchema.nullable() }))
    .output(z.object({ /** Why it was closed; null: still open. */ why: pictureReasonSchema.nullable(), words: pictureWordsSchema })),
  /** Closes a picture. `failed`: why its player gave it up. */
  close: view
    .route({ method: 'DELETE', path: '/previews/{previewId}', successStatus: 204, tags })
    .input(z.object({ previewId: z.string(), failed: z.enum(plainPictureReasons).optional() })),
}
