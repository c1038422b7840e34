import type { DemoTracks } from './demoOptions.ts'

type Codec = 'H264' | 'H265' | 'AV1' | 'VP8' | 'M-JPEG' | 'MPEG-1/2 Video' | 'MPEG-4 Audio' | 'Opus' | 'G711' | 'MPEG-1/2 Audio' | 'FLAC' | 'LPCM'
const codecsOf: Readonly<Record<DemoTracks, readonly Codec[]>> = {
  h264Aac: ['H264', 'MPEG-4 Audio'],
  h264: ['H264'],
  h264Opus: ['H264', 'Opus'],
  h265Opus: ['H265', 'Opus'],
  h265Aac: ['H265', 'MPEG-4 Audio'],
  opusAv1: ['Opus', 'AV1'],
  h264G711: ['H264', 'G711'],
  vp8Opus: ['VP8', 'Opus'],
  mjpeg: ['M-JPEG'],
  mpegTwo: ['MPEG-1/2 Video', 'MPEG-1/2 Audio'],
  flac: ['FLAC'],
  lpcm: ['LPCM'],
}

/** A codec's figures as 1.17 and later report them; null for codecs of which they report none. */
function propsOf(codec: Codec, width: number, height: number): Record<string, string | number | boolean> | null {
  switch (codec) {
    case 'H264':
      return { width, height, profile: height > 720 ? 'High' : 'Main', level: height > 720 ? '4' : height > 360 ? '3.1' : '3' }
    case 'H265':
      return { width, height, profile: 'Main', level: height > 720 ? '4' : '3.1' }
    case 'AV1':
      // Its size is always 0 in real answers.
      return { width: 0, height: 0, profile: 0, level: 0, tier: 0 }
    case 'MPEG-4 Audio':
      return { sampleRate: 48000, channelCount: 2 }
    case 'Opus':
      return { channelCount: 2 }
    case 'G711':
      return { muLaw: false, sampleRate: 8000, channelCount: 1 }
    case 'LPCM':
      return { bitDepth: 16, sampleRate: 48000, channelCount: 2 }
    default:
      return null
  }
}

/** A path's tracks as JSON: `tracks` (labels) and `tracks2` (with figures). */
export interface TracksText {
  readonly labels: string
  readonly figures: string
}

export const noTracks: TracksText = { labels: '[]', figures: '[]' }

export function tracksToText(name: DemoTracks, width: number, height: number): TracksText {
  const codecs = codecsOf[name]
  return { labels: JSON.stringify(codecs), figures: JSON.stringify(codecs.map((codec) => ({ codec, codecProps: propsOf(codec, width, height) }))) }
}
