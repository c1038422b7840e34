import type { Track } from '../../shared/streams.ts'
import { formatNumber } from '../../shared/units.ts'

const short: Record<string, string> = {
  'MPEG-4 Audio': 'AAC',
  'MPEG-4 Audio LATM': 'AAC LATM',
  'MPEG-1/2 Audio': 'MP2/MP3',
  'MPEG-1 Audio': 'MP2/MP3',
  'MPEG-4 Video': 'MPEG-4',
}
/** Common name of a codec. Unknown ones stay as the server writes them. */
function codecName(codec: string): string {
  return short[codec] ?? codec
}

/** `H264 · AAC`: video first. */
export function codecText(tracks: readonly Track[]): string {
  const order = { video: 0, audio: 1, other: 2 }
  return [...tracks]
    .sort((a, b) => order[a.kind] - order[b.kind])
    .map((track) => codecName(track.codec))
    .join(' · ')
}

/** `1920 × 1080`, or null where the server does not report it. */
export function sizeMessage(width: number | null, height: number | null): string | null {
  return width && height ? `${width} × ${height}` : null
}

export function trackText(track: Track, channelText: (channels: number) => string): string {
  const parts = [
    [codecName(track.codec), track.profile, track.level].filter(Boolean).join(' '),
    track.kind === 'video' ? sizeMessage(track.width, track.height) : null,
    track.sampleRate ? `${formatNumber(track.sampleRate / 1000, 3)} kHz` : null,
    track.channels === null ? null : channelText(track.channels),
  ]
  return parts.filter(Boolean).join(' · ')
}

const protocols: readonly (readonly [RegExp, string])[] = [
  [/^rtsps($|[A-Z])/, 'RTSPS'],
  [/^rtsp/i, 'RTSP'],
  [/^rtmps($|[A-Z])/, 'RTMPS'],
  [/^rtmp/i, 'RTMP'],
  [/^srt/i, 'SRT'],
  [/^(webrtc|whip|whep)/i, 'WebRTC'],
  [/^hls/i, 'HLS'],
  [/^moq/i, 'MoQ'],
  [/^(mpegts|udp)/i, 'MPEG-TS'],
  [/^rtp/i, 'RTP'],
  [/^rpicamera/i, 'Pi camera'],
  [/^redirect/i, 'redirect'],
]
/** Protocol name for a source or reader type of MediaMTX (`rtspSession`, `srtSource`). Unknown types stay as they are. */
export function protocolName(type: string): string {
  return protocols.find(([pattern]) => pattern.test(type))?.[1] ?? type
}

const agents: readonly (readonly [RegExp, string])[] = [
  [/gortsplib|Go-http-client/i, 'MediaMTX'],
  [/AppleCoreMedia/i, 'AVPlayer'],
  [/\bEdg\//, 'Edge'],
  [/\b(Chrome|Chromium)\//, 'Chrome'],
  [/\bFirefox\//, 'Firefox'],
  [/\bVersion\/.*Safari\//, 'Safari'],
  [/^(Lavf|FFmpeg)/i, 'FFmpeg'],
  [/\bVLC\//i, 'VLC'],
  [/\bOBS\b|obs-output/i, 'OBS'],
]
/** Common name of the program behind a User-Agent; its first word if unknown. */
export function agentName(userAgent: string): string {
  return agents.find(([pattern]) => pattern.test(userAgent))?.[1] ?? userAgent.split(/[/ (]/)[0] ?? userAgent
}
