import type { DemoTracks } from './demoOptions.ts'

interface DemoTrack {
  readonly codec: string
  /** The codec's figures as 1.17 and later report them; null for codecs of which they report none. */
  readonly props: Record<string, string | number | boolean> | null
}

const h264 = (width: number, height: number): DemoTrack => ({
  codec: 'H264',
  props: { width, height, profile: height > 720 ? 'High' : 'Main', level: height > 720 ? '4' : height > 360 ? '3.1' : '3' },
})
const h265 = (width: number, height: number): DemoTrack => ({ codec: 'H265', props: { width, height, profile: 'Main', level: height > 720 ? '4' : '3.1' } })
const aac: DemoTrack = { codec: 'MPEG-4 Audio', props: { sampleRate: 48000, channelCount: 2 } }
const opus: DemoTrack = { codec: 'Opus', props: { channelCount: 2 } }

const byName: Record<DemoTracks, (width: number, height: number) => readonly DemoTrack[]> = {
  h264Aac: (width, height) => [h264(width, height), aac],
  h264: (width, height) => [h264(width, height)],
  h264Opus: (width, height) => [h264(width, height), opus],
  h265Opus: (width, height) => [h265(width, height), opus],
  h265Aac: (width, height) => [h265(width, height), aac],
  // The size of AV1 is always 0 in real answers.
  opusAv1: () => [
    { codec: 'Opus', props: { channelCount: 1 } },
    { codec: 'AV1', props: { width: 0, height: 0, profile: 0, level: 0, tier: 0 } },
  ],
  h264G711: (width, height) => [h264(width, height), { codec: 'G711', props: { muLaw: false, sampleRate: 8000, channelCount: 1 } }],
  vp8Opus: () => [{ codec: 'VP8', props: null }, opus],
  mjpeg: () => [{ codec: 'M-JPEG', props: null }],
  mpegTwo: () => [
    { codec: 'MPEG-1/2 Video', props: null },
    { codec: 'MPEG-1/2 Audio', props: null },
  ],
  flac: () => [{ codec: 'FLAC', props: null }],
  lpcm: () => [{ codec: 'LPCM', props: { bitDepth: 16, sampleRate: 48000, channelCount: 2 } }],
}

/** A path's tracks as JSON: `tracks` (labels) and `tracks2` (with figures). */
export interface TracksText {
  readonly labels: string
  readonly figures: string
  readonly hasVideo: boolean
}

export const noTracks: TracksText = { labels: '[]', figures: '[]', hasVideo: false }

/** The tracks of a real slate with H264 and Opus, as recorded. */
export const slateTracks: TracksText = {
  labels: '["H264","Opus"]',
  figures: '[{"codec":"H264","codecProps":{"width":1920,"height":1080,"profile":"Baseline","level":"4"}},{"codec":"Opus","codecProps":{"channelCount":2}}]',
  hasVideo: true,
}

export function tracksToText(name: DemoTracks, width: number, height: number): TracksText {
  const tracks = byName[name](width, height)
  return {
    labels: JSON.stringify(tracks.map((track) => track.codec)),
    figures: JSON.stringify(tracks.map((track) => ({ codec: track.codec, codecProps: track.props }))),
    hasVideo: name !== 'flac' && name !== 'lpcm',
  }
}
