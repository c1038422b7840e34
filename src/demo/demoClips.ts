import { hash32 } from '../clock/every.ts'

/** One rendition's initialisation and media segments (fMP4). */
interface Rendition {
  readonly init: Buffer
  readonly segments: readonly Buffer[]
  /** Length of every segment in the rendition's own time scale. */
  readonly ticks: bigint
}

/** Length of every segment, ms: 40 pictures at 25/s, and 75 blocks of 1,024 samples at 48 kHz. */
export const segmentMs = 1_600
export type Clip = Awaited<ReturnType<typeof clipOf>>

/**
 * The clip of a stream, which any number of playlists can repeat without end and without a seam. One of four, so that they can be told apart on a wall;
 * the fifth is the slate. They were recorded by FFmpeg (640×360, H.264 baseline without B-frames, each segment begins with a key frame; AAC).
 * `still`: its picture does not change.
 */
export async function clipOf(stream: string, look: 'moving' | 'still' | 'slate') {
  const { default: recorded } = await import('./demoClips.json', { with: { type: 'json' } })
  const bytes = (text: string) => Buffer.from(text, 'base64')
  const { moving = [], still = '' } = recorded.video.clips[look === 'slate' ? 4 : hash32(stream) % 4] ?? {}
  const video: Rendition = { init: bytes(recorded.video.init), segments: (look === 'still' ? [still] : moving).map(bytes), ticks: 20_480n }
  const audio: Rendition = { init: bytes(recorded.audio.init), segments: recorded.audio.segments.map(bytes), ticks: 76_800n }
  return { video, audio }
}

/** The segment with this sequence number, with its time (`baseMediaDecodeTime` of its `tfdt`, version 1) set to it. */
export function segmentAt({ segments, ticks }: Rendition, sequence: number): Buffer {
  const moved = Buffer.from(segments[sequence % segments.length] ?? [])
  moved.writeBigUInt64BE(BigInt(sequence) * ticks, moved.indexOf('tfdt', 0, 'latin1') + 8)
  return moved
}
