import { gradeCode, type Stability } from '../../shared/probeGrades.ts'
import type { ProbeReading } from '../../shared/probeReadings.ts'
import type { Probe } from '../../shared/probes.ts'
import { readingHoldsMs } from '../../shared/probeTurns.ts'
import { type Family, gauge, info, labelsText, labelText, valueText } from './exposition.ts'

/** How a probe is called in every line about it. */
export function probeLabels({ name, project }: Probe): string {
  return `${labelText('probe', name)},${labelText('project', project)}`
}

const stabilityScores = { stable: 2, varying: 1, unstable: 0 } as const satisfies Record<Stability, number>

interface ExportedFigure {
  readonly name: string
  readonly help: string
  /** Of a stream that is read, and was not long ago; null: unknown. */
  readonly of: (probe: Probe) => number | null
  /** Of a stream that is down; left out: unknown. */
  readonly whenDown?: number
}
/** Figures under the names and labels of the stream exporter whose dashboards many have: `project`, `id` and `url`, without credentials. */
const asOfExporter: readonly ExportedFigure[] = [
  { name: 'up', help: '1: the stream can be read.', of: () => 1, whenDown: 0 },
  { name: 'healthy', help: '1: it could be read at the last try.', of: ({ state }) => Number(state === 'up'), whenDown: 0 },
  {
    name: 'playable',
    help: '1: it has video with key frames.',
    of: ({ reading }) => (reading?.keyframes == null ? null : Number(reading.keyframes > 0)),
    whenDown: 0,
  },
  { name: 'bitrate_bps', help: 'Bits per second of all tracks.', of: ({ reading }) => reading?.bitrateBps ?? null },
  { name: 'bitrate_kbps', help: 'Kilobits per second of all tracks.', of: ({ reading }) => (reading?.bitrateBps == null ? null : reading.bitrateBps / 1_000) },
  { name: 'avg_bitrate_bps', help: 'Mean of the last bit rates, at most twenty, in bits per second.', of: ({ bitrate }) => bitrate?.meanBps ?? null },
  {
    name: 'stability_score',
    help: 'How much the last bit rates vary. 2: stable, 1: moderately, 0: unstable.',
    of: ({ bitrate }) => bitrate && stabilityScores[bitrate.stability],
  },
  { name: 'quality_score', help: '2: good, 1: fair, 0: poor.', of: ({ grade }) => grade && gradeCode(grade), whenDown: 0 },
  { name: 'total_packets', help: 'Packets of all tracks in the last look.', of: ({ reading }) => reading && totalPackets(reading) },
  { name: 'video_packets', help: 'Packets of video in the last look.', of: ({ reading }) => reading?.packets.video ?? null },
  { name: 'audio_packets', help: 'Packets of audio in the last look.', of: ({ reading }) => reading?.packets.audio ?? null },
  { name: 'keyframes', help: 'Key frames in the last look.', of: ({ reading }) => reading?.keyframes ?? null },
  { name: 'framerate', help: 'Pictures per second.', of: ({ reading }) => reading?.video?.fps ?? null },
  { name: 'response_ms', help: 'From the request until the server sends the stream, ms.', of: ({ reading }) => reading?.response.answerMs ?? null },
  { name: 'gop_size', help: 'Pictures from one key frame to the next.', of: ({ reading }) => reading?.gop?.frames ?? null },
  { name: 'width', help: 'Width of the picture, px.', of: ({ reading }) => reading?.video?.widthPx ?? null },
  { name: 'height', help: 'Height of the picture, px.', of: ({ reading }) => reading?.video?.heightPx ?? null },
]

/** null: audio was not read in this look. */
const totalPackets = ({ packets: { video, audio, other } }: ProbeReading): number | null => (audio === null ? null : video + audio + other)

/** What is measured of a stream that is down or unknown now is of before. */
const isKnown = (probe: Probe, now: number): boolean =>
  (probe.state === 'up' || probe.state === 'retrying') && probe.readAt !== null && now - probe.readAt <= readingHoldsMs(probe)

export function* probeFamilies(probes: readonly Probe[], now: number): Iterable<Family> {
  yield info(
    'mtxdeck_probe_info',
    'A probe: its id, state and address, without credentials.',
    ...probes.map(({ name, project, id, state, url }) => `${labelsText({ probe: name, project, id, state, url })} 1`),
  )
  yield info(
    'mtxdeck_probe_tracks_info',
    'What the stream of a probe has: codecs, profile, layout of its sound. Empty: none, or not known.',
    ...probes.flatMap((probe) => {
      if (probe.reading === null || !isKnown(probe, now)) return []
      const { video, audio } = probe.reading
      const of = { video: video?.codec, profile: video?.profile, aspect: video?.aspect, audio: audio?.codec, layout: audio?.layout }
      const known = Object.fromEntries(Object.entries(of).map(([label, value]) => [label, value ?? '']))
      return `${labelsText({ probe: probe.name, project: probe.project, ...known })} 1`
    }),
  )
  yield gauge(
    'mtxdeck_probe_read_timestamp_seconds',
    'When the stream of a probe was last read, since 1970.',
    ...probes.flatMap((probe) => (probe.readAt === null ? [] : `{${probeLabels(probe)}} ${probe.readAt / 1_000}`)),
  )
  for (const { name, help, of, whenDown = null } of asOfExporter)
    yield gauge(
      `video_stream_${name}`,
      help,
      ...probes.flatMap((probe) => {
        const value = probe.state === 'down' ? whenDown : isKnown(probe, now) ? of(probe) : null
        return value === null ? [] : `${labelsText({ project: probe.project, id: probe.name, url: probe.url })} ${valueText(value, 0.001)}`
      }),
    )
}
