import { parse, setOptions } from 'hls-parser'
import type { Playlist } from '../shared/probeTransports.ts'

/** The part of a playlist's segment that is compared. */
export interface Segment {
  readonly durationMs: number
  /** Hash of its duration and its URI without the query, which may hold a changing token. */
  readonly mark: number
  readonly isAfterDiscontinuity: boolean
}
export interface MediaPlaylist {
  readonly kind: 'media'
  readonly targetMs: number | null
  /** Media sequence number of the first segment. */
  readonly firstNumber: number
  readonly segments: readonly Segment[]
  readonly hasEnded: boolean
  /** When the last segment ends, by EXT-X-PROGRAM-DATE-TIME, epoch ms; null: it does not say. */
  readonly endsAt: number | null
}
/** A media playlist that a master playlist names. */
export interface NamedPlaylist extends Pick<Playlist, 'kind' | 'name' | 'bandwidthBps'> {
  readonly uri: string
}
interface MasterPlaylist {
  readonly kind: 'master'
  readonly named: readonly NamedPlaylist[]
}

setOptions({ silent: true })

/** Lines that are used here. Others are removed first, because the parser's time grows with the square of their number. */
const readTags =
  /^(?!#)|^#(?:EXTM3U|EXTINF|EXT-X-(?:TARGETDURATION|MEDIA-SEQUENCE|DISCONTINUITY|DISCONTINUITY-SEQUENCE|ENDLIST|PROGRAM-DATE-TIME|STREAM-INF|MEDIA))\b/
const masterTag = /^#EXT-X-(?:STREAM-INF|MEDIA):/
/** Maximum number of named playlists: the parser's time grows with their square, too. No genuine playlist names as many. */
const mostNamed = 200
const longestLine = 8_192
const mostMs = 86_400_000

/** null: it is not a playlist, or one that no player would accept. */
export function parsePlaylist(text: string): MediaPlaylist | MasterPlaylist | null {
  if (!isPlaylist(text)) return null
  const lines = text.split(/\r?\n/).filter((line) => line !== '' && readTags.test(line))
  if (lines.some((line) => line.length > longestLine)) return null
  const isMaster = lines.some((line) => masterTag.test(line))
  if (isMaster && lines.filter((line) => masterTag.test(line)).length > mostNamed) return null
  try {
    const parsed = parse(lines.join('\n'))
    return parsed.isMasterPlaylist ? masterOf(parsed.variants) : mediaOf(parsed)
  } catch {
    return null
  }
}
export function isPlaylist(text: string): boolean {
  return /^\ufeff?#EXTM3U/.test(text)
}

type Parsed = ReturnType<typeof parse>
type ParsedMedia = Extract<Parsed, { isMasterPlaylist: false }>
type ParsedVariants = Extract<Parsed, { isMasterPlaylist: true }>['variants']

/** Converts EXTINF and EXT-X-TARGETDURATION, which are in seconds. */
const msOf = (seconds: unknown): number => (typeof seconds === 'number' && seconds > 0 ? Math.min(Math.round(seconds * 1_000), mostMs) : 0)

function mediaOf({ targetDuration, mediaSequenceBase, segments, endlist }: ParsedMedia): MediaPlaylist {
  // In low-latency playlists, the parts of an incomplete segment appear as a segment without URI.
  const whole = segments.filter(({ uri }) => typeof uri === 'string' && uri !== '')
  let endsAt: number | null = null
  for (const { programDateTime, duration } of whole) {
    const from = programDateTime instanceof Date ? programDateTime.getTime() : Number.NaN
    endsAt = Number.isNaN(from) ? endsAt && endsAt + msOf(duration) : from + msOf(duration)
  }
  return {
    kind: 'media',
    targetMs: typeof targetDuration === 'number' && targetDuration > 0 ? msOf(targetDuration) : null,
    firstNumber: Number.isSafeInteger(mediaSequenceBase) ? Math.max(0, mediaSequenceBase ?? 0) : 0,
    segments: whole.map(({ uri, duration, discontinuity }) => ({
      durationMs: msOf(duration),
      mark: hash(`${duration} ${uri.split(/[?#]/, 1)[0]}`),
      isAfterDiscontinuity: discontinuity === true,
    })),
    hasEnded: endlist === true,
    endsAt,
  }
}

function masterOf(variants: ParsedVariants): MasterPlaylist {
  const byUri = new Map<string, NamedPlaylist>()
  const add = (uri: unknown, kind: Playlist['kind'], name: string, bandwidth: unknown) => {
    if (typeof uri !== 'string' || uri === '' || byUri.has(uri)) return
    byUri.set(uri, { uri, kind, name: name.slice(0, 100), bandwidthBps: typeof bandwidth === 'number' && bandwidth > 0 ? Math.min(bandwidth, 1e13) : null })
  }
  for (const { uri, bandwidth, resolution } of variants) add(uri, 'variant', resolution ? `${resolution.width}x${resolution.height}` : '', bandwidth)
  for (const { audio, video, subtitles } of variants) {
    for (const rendition of audio) add(rendition.uri, 'audio', rendition.name, null)
    for (const rendition of video) add(rendition.uri, 'video', rendition.name, null)
    for (const rendition of subtitles) add(rendition.uri, 'subtitles', rendition.name, null)
  }
  return { kind: 'master', named: [...byUri.values()] }
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  return value | 0
}
