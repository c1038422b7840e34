import type { Track } from '../../shared/streams.ts'

/** Labels of all versions: "MPEG-1 Video" and "MJPEG" became "MPEG-1/2 Video" and "M-JPEG" with 1.17.1. */
const videoCodecs = /^(?:AV1|VP8|VP9|H26[45]|MPEG-4 Video|MPEG-1(?:\/2)? Video|M-?JPEG|MJPEG)$/i
const audioCodecs = /^(?:Opus|Vorbis|MPEG-4 Audio(?: LATM)?|MPEG-1(?:\/2)? Audio|AAC|AC-?3|E-?AC-?3|Speex|G7\d\d|LPCM|FLAC|Dolby.*|PCM.*)$/i

const kindOf = (codec: string): Track['kind'] => (videoCodecs.test(codec) ? 'video' : audioCodecs.test(codec) ? 'audio' : 'other')

const isSize = (value: unknown): value is number => typeof value === 'number' && value > 0 && value !== Number.POSITIVE_INFINITY
/** Positive number or null: 0 is what the server says before it knows (H264 before its SPS, AV1 always). */
const size = (value: unknown): number | null => (isSize(value) ? value : null)
/** H264's are texts ("Main", "3.1"), AV1's numbers; "" and 0 are not known yet. */
const label = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : isSize(value) ? String(value) : null)

interface RawProps {
  readonly width?: unknown
  readonly height?: unknown
  readonly profile?: unknown
  readonly level?: unknown
  readonly sampleRate?: unknown
  readonly channelCount?: unknown
}

const noProps: RawProps = {}
const noTracks: readonly Track[] = Object.freeze([])

const propsOf = (raw: unknown): RawProps => {
  if (typeof raw !== 'object' || raw === null) return noProps
  const props = (raw as { readonly codecProps?: unknown }).codecProps
  return typeof props === 'object' && props !== null ? props : noProps
}
const codecOf = (raw: unknown): string => {
  if (typeof raw === 'string') return raw
  const codec = typeof raw === 'object' && raw !== null ? (raw as { readonly codec?: unknown }).codec : undefined
  return typeof codec === 'string' ? codec : 'unknown'
}

/** The same frozen array for the same tracks, so that a comparison by identity tells a change. */
export interface TrackReader {
  /** `tracks2` where the server has it (1.17 and newer), else the bare names. */
  readonly read: (tracks2: unknown, tracks: unknown) => readonly Track[]
}

export const createTrackReader = (): TrackReader => {
  const known = new Map<string, readonly Track[]>()
  // A server that answers nonsense must not fill the memory: real ones have some dozens of combinations.
  const knownLimit = 2_000
  return {
    read: (tracks2, tracks) => {
      const list: readonly unknown[] = Array.isArray(tracks2) ? tracks2 : Array.isArray(tracks) ? tracks : noTracks
      if (list.length === 0) return noTracks
      const read = list.map((raw): Track => {
        const codec = codecOf(raw)
        const props = propsOf(raw)
        return Object.freeze({
          codec,
          kind: kindOf(codec),
          width: size(props.width),
          height: size(props.height),
          profile: label(props.profile),
          level: label(props.level),
          sampleRate: size(props.sampleRate),
          channels: size(props.channelCount),
        })
      })
      const key = JSON.stringify(read)
      const found = known.get(key)
      if (found) return found
      const frozen = Object.freeze(read)
      if (known.size >= knownLimit) known.clear()
      known.set(key, frozen)
      return frozen
    },
  }
}
