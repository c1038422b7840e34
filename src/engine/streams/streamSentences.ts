import type { DeckEvent, EventKind, NewEvent } from '../../shared/events.ts'
import type { Track } from '../../shared/streams.ts'
import { formatInterval } from '../../shared/units.ts'

/** Who sends a stream, as far as known. */
export interface Sender {
  readonly sourceType: string | null
  readonly host: string | null
}

// A map: types come from servers, and "constructor" would be found in an object.
const protocolNames: ReadonlyMap<string, string> = new Map(
  Object.entries({
    rtsp: 'RTSP',
    rtsps: 'RTSPS',
    rtmp: 'RTMP',
    rtmps: 'RTMPS',
    srt: 'SRT',
    webrtc: 'WebRTC',
    hls: 'HLS',
    moq: 'MoQ',
    mpegts: 'MPEG-TS',
    rtp: 'RTP',
    udp: 'UDP',
    rpicamera: 'Raspberry Pi camera',
  } as const),
)

/** MediaMTX's word for a type in an operator's: `rtspSession` → RTSP. Unknown ones stay as they are. */
export const protocolWord = (type: string): string => protocolNames.get(type.toLowerCase().replace(/(session|conn|source|muxer)$/, '')) ?? type

/** Whether the server pulls it itself. */
export const isPulled = (sourceType: string | null): boolean => sourceType?.toLowerCase().endsWith('source') ?? false

/** "Publisher 10.4.1.7", "The RTSP source", at the beginning of a sentence. */
export const senderWords = ({ sourceType, host }: Sender): string => {
  if (isPulled(sourceType)) return `The ${protocolWord(sourceType ?? '')} source`
  if (host !== null) return `Publisher ${host}`
  return sourceType === null ? 'The publisher' : `The ${protocolWord(sourceType)} publisher`
}

/** The host of "10.4.1.7:52114" or "[fe80::1]:52114". */
export const hostOf = (remoteAddr: string): string => remoteAddr.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')

/** "H264 1920×1080, MPEG-4 Audio". */
export const mediaWords = (tracks: readonly Track[]): string =>
  tracks.map(({ codec, width, height }) => (width && height ? `${codec} ${width}×${height}` : codec)).join(', ')

/** How long something lasted, as far as two answers tell. */
export interface Lasted {
  readonly minMs: number
  readonly maxMs: number
}

/** A duration of which two answers leave open how long it was; null: nothing is known of it. */
export const between = (minMs: number, maxMs: number): Lasted | null =>
  Number.isNaN(minMs) || Number.isNaN(maxMs) ? null : { minMs: Math.round(Math.max(0, minMs)), maxMs: Math.round(Math.max(0, minMs, maxMs)) }

export const forHowLong = (lasted: Lasted | null) => (lasted === null ? '' : ` after ${formatInterval(lasted.minMs, lasted.maxMs)}`)

export const onText = (sender: Sender, media: string, gone: Lasted | null): string => {
  const what = media === '' ? '' : `: ${media}`
  return gone === null ? `${senderWords(sender)} is on air${what}.` : `${senderWords(sender)} is back${forHowLong(gone)}${what}.`
}
/** Why nobody saw what became of a stream: its server could not be asked, or threw everybody out between two answers. */
export type Unseen = 'silence' | 'restart' | 'allAtOnce'
const unseenWords: Readonly<Record<Unseen, string>> = {
  silence: 'while the server could not be asked',
  restart: 'when the server was restarted',
  allAtOnce: 'together with all others of the server',
}
export const offText = (sender: Sender, up: Lasted | null, unseen: Unseen | null, onDemand: boolean): string => {
  if (onDemand) return `${senderWords(sender)} was stopped${forHowLong(up)}: nobody reads it.`
  const verb = isPulled(sender.sourceType) ? 'was lost' : 'left'
  return unseen === null ? `${senderWords(sender)} ${verb}${forHowLong(up)}.` : `${senderWords(sender)} ${verb} ${unseenWords[unseen]}.`
}
/** A source on demand that went while it was read. */
export const failedOnDemandText = (sender: Sender, up: Lasted | null, readers: number): string =>
  `${senderWords(sender)} failed${forHowLong(up)} while ${readers === 1 ? '1 reader was' : `${readers} readers were`} watching.`
/** Its server came back without it: whether it comes back too is not known yet. */
export const notBackText = 'Its publisher is not back yet.'
/** It went; whether it should be there, the configuration of this moment says. */
export const configurationDueText = 'It left; whether it should be on air is judged in a few seconds, by the newest configuration.'
/** A server that does not tell its start: nothing of it went on from one answer to the next. */
export const allAtOnceText = (serverName: string, publishers: number): string =>
  `All ${publishers} publishers of ${serverName} left or connected again at once: it was restarted, or its network was interrupted.`

export const slateText = (sender: Sender | null, up: Lasted | null): string =>
  sender === null ? 'The slate is on air: nobody publishes.' : `${senderWords(sender)} left${forHowLong(up)}: the slate is on air.`
export const stalledText = (sender: Sender, silent: Lasted): string =>
  `No data for ${formatInterval(silent.minMs, silent.maxMs)}, though ${lower(senderWords(sender))} is connected.`
export const recoveredText = (sender: Sender, stalled: Lasted | null): string => `${senderWords(sender)} sends data again${forHowLong(stalled)}.`
export const publisherChangedText = (before: Sender, after: Sender): string => {
  const [from, to] = [before, after].map(({ sourceType }) => (sourceType === null ? null : protocolWord(sourceType)))
  const protocols = from === to || !from || !to ? '' : `, over ${to} instead of ${from}`
  if (isPulled(after.sourceType)) return `${senderWords(after)} connected anew${protocols}.`
  if (before.host !== null && before.host === after.host) return `${senderWords(after)} connected anew${protocols}.`
  return before.host !== null && after.host !== null
    ? `The publisher changed from ${before.host} to ${after.host}${protocols}.`
    : `The publisher changed: ${lower(senderWords(after))}${before.host === null ? '' : `, before it ${before.host}`}${protocols}.`
}
const lower = (text: string) => text.charAt(0).toLowerCase() + text.slice(1)

/** An event of one stream, or of a server's streams together where `path` is null. */
export const streamEvent = (
  server: { readonly id: string; readonly name: string },
  path: string | null,
  at: number,
  kind: EventKind,
  text: string,
  facts: DeckEvent['facts'] = {},
): NewEvent => ({ at, kind, serverId: server.id, serverName: server.name, path, text, facts })
