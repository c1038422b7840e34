import { hash32 } from '../../clock/every.ts'
import { isCanaryPath } from '../../shared/canaries.ts'
import type { Track } from '../../shared/streams.ts'
import { answerLimits, checkFields, codecFields, endFields, type FieldChecker, pathFields, trackFields } from './apiFields.ts'
import { ShapeError } from './jsonInSlices.ts'
import type { PathReading } from './readings.ts'

type Readers = PathReading['readers']
const noReaders: Readers = Object.freeze([])
const unknownReader: Readers[number] = Object.freeze({ type: 'unknown', id: '' })

/** Parses entries of one server's path lists. */
export interface PathParser {
  /** Begins an answer, because some limits apply to all of its paths together. */
  readonly begin: () => void
  /** `index` is for error messages. null: left out, and recorded as a fault. Throws `ShapeError` where the form is not the API's. */
  readonly read: (raw: unknown, index: number) => PathReading | null
  /** Counts a reading that is reused from the last answer. */
  readonly takeOver: (reading: PathReading) => void
  /** How many times a path was left out so far because the server has too many new names. */
  readonly refusedNames: () => number
}

/**
 * A server may have this many new names per hour, plus twice as many as it lists at once; beyond that they are left out, in case each
 * answer has other names. A factory that names a path for each of its tests has some hundred; a server whose paths are all renamed has
 * each of them twice.
 */
const newNamesAnHour = 300
const mostNamesAnHour = 2 * answerLimits.paths
const hourMs = 3_600_000

/** Recognises new names by their hashes, because names may be many and long. */
function createNames(now: () => number) {
  let known = new Set<number>()
  let before = new Set<number>()
  let since = now()
  /** Names in this answer whose readings were reused, those that were read, and the most names in one answer of this hour and of the last. */
  let takenOver = 0
  const read = new Set<number>()
  let most = 0
  let mostBefore = 0
  let isFirstOfHour = false
  let refused = 0
  const count = () => {
    most = Math.max(most, Math.min(answerLimits.paths, takenOver + read.size))
  }
  return {
    refused: () => refused,
    begin: () => {
      takenOver = 0
      read.clear()
      isFirstOfHour = Math.abs(now() - since) > hourMs
      if (!isFirstOfHour) return
      before = known
      known = new Set()
      mostBefore = most
      most = 0
      since = now()
    },
    takeOver: (name: string): void => {
      takenOver++
      count()
      // Once an hour is often enough: hashing each name of each answer is not free.
      if (isFirstOfHour) known.add(hash32(name))
    },
    /** Returns false if there are too many new names. */
    admit: (name: string): boolean => {
      const hash = hash32(name)
      read.add(hash)
      count()
      if (known.has(hash)) return true
      const allowed = Math.min(mostNamesAnHour, newNamesAnHour + 2 * Math.max(most, mostBefore))
      if (known.size >= allowed && !before.has(hash)) {
        refused++
        return false
      }
      known.add(hash)
      return true
    },
  }
}

export function createPathParser(checker: FieldChecker): PathParser {
  const tracks = createTrackParser(checker)
  const names = createNames(checker.now)
  let readersLeft: number = answerLimits.readers
  let tracksLeft: number = answerLimits.tracks

  const readEnd = (raw: unknown): Readers[number] => {
    const { type, id } = checkFields(typeof raw === 'object' && raw !== null ? (raw as Readonly<Record<string, unknown>>) : {}, endFields, checker)
    return { type: type ?? 'unknown', id: id ?? '' }
  }
  /** The answer's own array where it has the form already, which it has in every version known. */
  const readReaders = (raw: readonly unknown[]): Readers => {
    const isUsual = (reader: unknown): boolean => {
      if (typeof reader !== 'object' || reader === null) return false
      const { type, id } = reader as { readonly type?: unknown; readonly id?: unknown }
      return typeof type === 'string' && typeof id === 'string' && type.length <= endFields.type.most && id.length <= endFields.id.most
    }
    if (raw.length === 0) return noReaders
    if (raw.every(isUsual)) return raw as Readers
    // There may be 100,000, so entries of another form are not examined one by one.
    checker.note('readers', 'type')
    return raw.map((reader) => (isUsual(reader) ? (reader as Readers[number]) : unknownReader))
  }
  const upTo = (list: readonly unknown[], left: number, field: string): readonly unknown[] => {
    if (list.length <= left) return list
    checker.note(field, 'tooLong')
    return list.slice(0, left)
  }

  return {
    refusedNames: names.refused,
    begin: () => {
      names.begin()
      readersLeft = answerLimits.readers
      tracksLeft = answerLimits.tracks
    },
    takeOver: (reading) => {
      names.takeOver(reading.name)
      readersLeft = Math.max(0, readersLeft - reading.readers.length)
      tracksLeft = Math.max(0, tracksLeft - reading.tracks.length)
    },
    read: (raw, index) => {
      if (typeof raw !== 'object' || raw === null) throw new ShapeError({ kind: 'otherForm', field: `items[${index}]` })
      const path = checkFields(raw as Readonly<Record<string, unknown>>, pathFields, checker)
      if (typeof path.name !== 'string') throw new ShapeError({ kind: 'otherForm', field: `items[${index}].name` })
      const { available } = path
      if (typeof available !== 'boolean') throw new ShapeError({ kind: 'otherForm', field: `items[${index}].available` })
      // MediaMTX has no path without a name, and nothing could be asked or stored under it.
      if (path.name === '') {
        checker.note('name', 'impossible')
        return null
      }
      // A test signal, of this console or of another one: no stream that is watched, counted or missed.
      if (isCanaryPath(path.name)) return null
      if (!names.admit(path.name)) return null
      const source = path.source === undefined || path.source === null ? null : readEnd(path.source)
      const readers = upTo(path.readers ?? noReaders, readersLeft, 'readers')
      const reading: PathReading = {
        name: path.name,
        confName: path.confName ?? null,
        available,
        // "online" alone is wrong for pulled sources; a path that is available but not online has a slate on air.
        slate: available && path.online === false,
        availableAt: available ? (path.availableTime ?? null) : null,
        sourceType: source?.type ?? null,
        sourceId: source?.id ?? '',
        tracks: tracks.read(upTo(path.tracks2 ?? [], tracksLeft, 'tracks2')),
        readers: readReaders(readers),
        inboundBytes: path.inboundBytes ?? null,
        outboundBytes: path.outboundBytes ?? null,
        framesInError: path.inboundFramesInError ?? null,
      }
      readersLeft -= reading.readers.length
      tracksLeft -= reading.tracks.length
      return reading
    },
  }
}

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
