import type { Track } from '../../shared/streams.ts'
import { checkFields, codecFields, type FieldChecker, trackFields } from './apiFields.ts'

/** Labels of all versions: "MPEG-1 Video" and "MJPEG" became "MPEG-1/2 Video" and "M-JPEG" with 1.17.1. */
const videoCodecs = /^(?:AV1|VP8|VP9|H26[45]|MPEG-4 Video|MPEG-1(?:\/2)? Video|M-?JPEG|MJPEG)$/i
const audioCodecs = /^(?:Opus|Vorbis|MPEG-4 Audio(?: LATM)?|MPEG-1(?:\/2)? Audio|AAC|AC-?3|E-?AC-?3|Speex|G7\d\d|LPCM|FLAC|Dolby.*|PCM.*)$/i

const kindOf = (codec: string): Track['kind'] => (videoCodecs.test(codec) ? 'video' : audioCodecs.test(codec) ? 'audio' : 'other')

/** The server reports 0 while the size is unknown (H264 before its SPS, AV1 always). */
const size = (value: number | null | undefined): number | null => (value ? value : null)
/** H264 has texts ("Main", "3.1"), AV1 numbers; "" and 0 mean not known yet. */
const label = (value: string | null | undefined): string | null => (value && value !== '0' ? value : null)

const noTracks: readonly Track[] = Object.freeze([])
const unknownCodec = 'unknown'

/** Returns the same frozen array for equal tracks, so that a change shows in a comparison by identity. */
interface TrackParser {
  /** `list`: the entries of `tracks2` (1.17 and newer), or the plain names of older servers. */
  readonly read: (list: readonly unknown[]) => readonly Track[]
}

/** A server that answers nonsense must not fill the memory; real ones have a few dozen combinations of about 100 characters. */
const mostKnownCharacters = 20_000

export function createTrackParser(checker: FieldChecker): TrackParser {
  const known = new Map<string, readonly Track[]>()
  let knownCharacters = 0
  const readTrack = (raw: unknown): Track => {
    const fields = typeof raw === 'string' ? { codec: raw } : typeof raw === 'object' && raw !== null ? (raw as Readonly<Record<string, unknown>>) : {}
    const track = checkFields(fields, trackFields, checker)
    const codec = track.codec ?? unknownCodec
    const props = checkFields(track.codecProps ?? {}, codecFields, checker)
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
  }
  return {
    read: (list) => {
      if (list.length === 0) return noTracks
      const read = list.map(readTrack)
      const key = JSON.stringify(read)
      const found = known.get(key)
      if (found) return found
      const frozen = Object.freeze(read)
      knownCharacters += key.length
      if (knownCharacters > mostKnownCharacters) {
        known.clear()
        knownCharacters = key.length
      }
      known.set(key, frozen)
      return frozen
    },
  }
}
