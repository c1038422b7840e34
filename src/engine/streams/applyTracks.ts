import { aboutStream, newEvent } from '../../shared/events.ts'
import type { Track } from '../../shared/streams.ts'
import type { RoundContext } from './roundContext.ts'
import type { StreamRecord } from './streamRecord.ts'

/** Texts that most streams have in common, each kept once. */
const texts = new Map<string, string>()
const mostTexts = 1_000
function kept(text: string): string {
  const known = texts.get(text)
  if (known !== undefined) return known
  // It may be full of texts that are no longer used: it is cleared, and fills again with those in use.
  if (texts.size >= mostTexts) texts.clear()
  texts.set(text, text)
  return text
}

/** Applies the tracks of a reading, and adds an event for a changed codec or size of what is published. */
export function applyTracks({ server, at, first, events }: RoundContext, record: StreamRecord, tracks: readonly Track[]): void {
  if (sameTracks(record.tracks, tracks)) return
  record.factsChanged = true
  record.tracks = tracks
  const video = tracks.find((track) => track.width)
  record.width = video?.width || null
  record.height = video?.height || null
  // A slate has tracks of its own, and says nothing of its publisher's.
  if (record.slate) return
  // After it had ended, and nobody expected it back, this is another one: the next guest has another browser.
  if (record.state === 'ended') record.lastCodecs = record.lastSize = ''
  const codecs = kept(tracks.map((track) => track.codec).join(', '))
  if (codecs !== '') {
    if (record.lastCodecs !== '' && codecs !== record.lastCodecs && !first)
      events.push(newEvent('codecChanged', at, { before: record.lastCodecs, after: codecs }, aboutStream(server, record.path)))
    record.lastCodecs = codecs
  }
  // Getting a first size is not a change: that of H264 is only known after the first SPS.
  if (record.width === null || record.height === null) return
  const size = kept(`${record.width}×${record.height}`)
  if (record.lastSize !== '' && size !== record.lastSize && !first)
    events.push(newEvent('sizeChanged', at, { before: record.lastSize, after: size }, aboutStream(server, record.path)))
  record.lastSize = size
}

const trackFields = ['codec', 'width', 'height', 'profile', 'level', 'sampleRate', 'channels'] as const satisfies readonly (keyof Track)[]

const sameTracks = (a: readonly Track[], b: readonly Track[]): boolean =>
  a === b || (a.length === b.length && a.every((track, i) => trackFields.every((field) => track[field] === b[i]?.[field])))
