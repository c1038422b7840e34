import type { StreamHeader } from './packetMeter.ts'
import { named } from './probeOptions.ts'

/** Indexes of the streams that are measured; null: there is none of this kind. */
export interface Tracks {
  readonly video: number | null
  readonly audio: number | null
}

/** More streams than any source has; the others are not looked at. */
const mostStreams = 100

/**
 * What FFmpeg's programs print about the streams of a source, such as
 * `  Stream #0:0[0x100]: Video: h264 (Main) ([27][0][0][0] / 0x001B), yuv420p(tv, bt709, progressive), 1280x720 [SAR 1:1 DAR 16:9], 25 fps, 25 tbr, 90k tbn`
 */
export function headerIn(lines: readonly string[]): { readonly header: Omit<StreamHeader, 'tellsCorrupt'>; readonly tracks: Tracks } {
  const streams = lines.slice(0, mostStreams).map(parseStream)
  const video = streams.find((stream) => stream?.type === 'Video')
  const audio = streams.find((stream) => stream?.type === 'Audio')
  return {
    header: { video: video ? videoHeader(video) : null, audio: audio ? audioHeader(audio) : null },
    tracks: { video: video?.index ?? null, audio: audio?.index ?? null },
  }
}

type Stream = NonNullable<ReturnType<typeof parseStream>>

function parseStream(line: string) {
  const [, index, type, codec = 'unknown', rest = ''] = /^ {2}Stream #0:(\d+)[^ ]*: (\w+): (\w+)(.*)$/.exec(line.slice(0, 2_000)) ?? []
  if (index === undefined || type === undefined) return null
  // Two brackets may follow: a profile, and the tag of the container, which has a number behind a slash.
  const profile = /^ \(([^()]*)\)/.exec(rest)?.[1]
  return { index: Number(index), type, codec: codec.slice(0, 100), profile: profile?.includes(' / 0x') ? null : named(profile), rest }
}

function videoHeader({ codec, profile, rest }: Stream): StreamHeader['video'] {
  const [, pixelFormat, colours = '', width, height] = /, (\w+)(?:\(([^)]*)\))?, (\d+)x(\d+)/.exec(rest) ?? []
  const aspect = /DAR (\d+:\d+)/.exec(rest)?.[1]
  // `fps` is measured. `tbr` is what the header promises, or where it promises nothing the unit of time, such as 90k.
  const fps = Number(/, ([\d.]+) tbr\b/.exec(rest)?.[1])
  const said = colours.split(', ')
  const space = said.map((one) => one.split('/')[0]).find((one) => one !== undefined && /^(?:bt|smpte|fcc|ycgco|gbr)/.test(one))
  const { widthPx, heightPx } = { widthPx: Math.min(Number(width ?? 0), 100_000), heightPx: Math.min(Number(height ?? 0), 100_000) }
  return {
    codec,
    profile,
    level: null,
    widthPx,
    heightPx,
    aspect: named(aspect),
    declaredFps: fps > 0 ? Math.min(fps, 10_000) : null,
    pixelFormat: named(pixelFormat),
    colourSpace: named(space),
    colourRange: named(said.find((one) => one === 'tv' || one === 'pc')),
  }
}

const namedLayouts: Readonly<Record<string, number>> = { mono: 1, stereo: 2, downmix: 2, quad: 4, hexagonal: 6, octagonal: 8, hexadecagonal: 16 }

function audioHeader({ codec, profile, rest }: Stream): StreamHeader['audio'] {
  const [, rate, layout = ''] = /, (\d+) Hz(?:, ([^,]+))?/.exec(rest) ?? []
  const [, full, low] = /^(\d+)\.(\d+)/.exec(layout) ?? []
  const channels = namedLayouts[layout.replace(/\(.*/, '')] ?? (full === undefined ? Number.parseInt(layout, 10) || 0 : Number(full) + Number(low))
  return { codec, profile, channels: Math.min(channels, 1_000), layout: named(layout), sampleRateHz: Math.min(Number(rate ?? 0), 10_000_000) }
}
