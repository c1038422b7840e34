import { z } from 'zod'
import { isContentFault, type Lasting, type LastingCheck, lastingChecks } from './probeContent.ts'
import { isStale, longestGopMs, missingPlaylists, type ProbeReading, staleAfter, stalestPlaylist, tsErrorsOf } from './probeReadings.ts'
import { severitySchema } from './severities.ts'
import { invalid } from './validationErrors.ts'

// Grades a probe's readings as good, fair or poor, with reasons. The thresholds are ours: the exporter that grades like this publishes none.

export const grades = ['good', 'fair', 'poor'] as const
export type Grade = (typeof grades)[number]
/** A grade as a number: 2 good, 1 fair, 0 poor. */
export function gradeCode(grade: Grade): number {
  return grades.length - 1 - grades.indexOf(grade)
}

/** How much the bit rates of the last readings vary. */
export const stabilities = ['stable', 'varying', 'unstable'] as const
export type Stability = (typeof stabilities)[number]
/** Maximum coefficient of variation (standard deviation / mean). */
const steadiest = { stable: 0.1, varying: 0.3 } as const
export function stabilityOf(variation: number): Stability {
  return variation <= steadiest.stable ? 'stable' : variation <= steadiest.varying ? 'varying' : 'unstable'
}

/** A value beyond the first limit is at best fair, beyond the second poor. */
export const gradeLimits = {
  /** Response time of the server, ms. */
  answerMs: [2_000, 5_000],
  /** Time to the first key frame, ms. */
  keyframeMs: [5_000, 15_000],
  /** Longest group of pictures, ms. */
  gopMs: [10_000, 30_000],
  /** Share of the declared frame rate that is missing, %. */
  fpsMissingPercent: [10, 40],
  /** Coefficient of variation of the last bit rates (standard deviation / mean), %. */
  variationPercent: [30, 80],
  /** Per look: timestamp gaps and jumps, corrupt packets. */
  ptsGaps: [0, 10],
  ptsJumps: [0, 3],
  corrupt: [0, 100],
  /** Audio ahead of or behind video, ms. */
  audioAheadMs: [500, 2_000],
  /** Age of an unchanged HLS live playlist, % of its target duration. */
  playlistAgePercent: [staleAfter * 100, 300],
  /** Number of HLS playlists that can't be loaded. */
  playlistsMissing: [0, 2],
  /** Priority 1 errors of MPEG-TS, per look. */
  tsErrors: [0, 100],
  /** Longest PCR interval, ms. More than 40 ms is an error by TR 101 290, but common; decoders cope with up to 100 ms. */
  pcrIntervalMs: [100, 500],
  /** SRT's round trip, % of its latency: below 3 round trips, packets are lost that could be sent again; below 1, all of them. */
  srtRttPercent: [33, 100],
  /** Share of the packets by SRT that were lost on the way, repaired or not, %. */
  srtLostPercent: [5, 20],
} as const satisfies Record<string, readonly [number, number]>
export const gradedFigures = Object.keys(gradeLimits) as readonly (keyof typeof gradeLimits)[]
export type GradedFigure = keyof typeof gradeLimits

const worse = z.enum(['fair', 'poor'])
export const gradeReasonSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['down', 'noVideo', 'noKeyframe']), grade: worse }),
  /** `value` is beyond `limit`. */
  z.object({
    kind: z.literal('figure'),
    grade: worse,
    figure: z.enum(gradedFigures as readonly [GradedFigure, ...GradedFigure[]]),
    value: z.number(),
    limit: z.number(),
  }),
  /** A fault in its pictures or sound; `lastedMs`: for how long. */
  z.object({ kind: z.literal('content'), grade: worse, check: z.enum(lastingChecks), lastedMs: z.number() }),
])
export type GradeReason = z.infer<typeof gradeReasonSchema>

const percentOf = (part: number | null | undefined, whole: number | null | undefined): number | null => (part == null || !whole ? null : (100 * part) / whole)

const figureOf: Readonly<Record<GradedFigure, (reading: ProbeReading, variation: number | null) => number | null>> = {
  answerMs: ({ response }) => response.answerMs,
  keyframeMs: ({ response }) => response.keyframeMs,
  gopMs: longestGopMs,
  fpsMissingPercent: ({ video }) =>
    video === null || video.fps === null || video.declaredFps === null || video.declaredFps === 0 ? null : 100 - (100 * video.fps) / video.declaredFps,
  variationPercent: (_, variation) => (variation === null ? null : variation * 100),
  ptsGaps: ({ ptsGaps }) => ptsGaps,
  ptsJumps: ({ ptsJumps }) => ptsJumps,
  corrupt: ({ packets }) => packets.corrupt,
  audioAheadMs: ({ audioAheadMs }) => (audioAheadMs === null ? null : Math.abs(audioAheadMs)),
  playlistAgePercent: ({ hls }) => {
    const stalest = stalestPlaylist(hls)
    return stalest && (100 * stalest.ageMs) / stalest.targetMs
  },
  playlistsMissing: ({ hls }) => hls && missingPlaylists(hls),
  tsErrors: ({ ts }) => ts && tsErrorsOf(ts),
  pcrIntervalMs: ({ ts }) => ts?.pcrMs ?? null,
  srtRttPercent: ({ srt }) => percentOf(srt?.rttMs, srt?.latencyMs),
  srtLostPercent: ({ srt }) => percentOf(srt?.lost, srt?.sent),
}

/** `noMotion` is only fair: a picture without motion may still be correct. */
export function contentGrade(check: LastingCheck) {
  return check === 'noMotion' ? 'fair' : 'poor'
}

/**
 * Why a reading is not good, worst first. `variation`: coefficient of variation of the last bit rates; null: unknown. `lasting`: persisting findings in
 * pictures and sound, and for how long.
 */
export function gradeReasonsOf(reading: ProbeReading, variation: number | null, lasting: readonly Lasting[]): GradeReason[] {
  const reasons: GradeReason[] = []
  if (reading.video === null) reasons.push({ kind: 'noVideo', grade: 'fair' })
  // A stale playlist contains nothing new: the fault is its age, not the missing key frame.
  else if (reading.keyframes === 0 && !(reading.packets.video === 0 && reading.hls?.playlists.some(isStale)))
    reasons.push({ kind: 'noKeyframe', grade: 'poor' })
  for (const { check, lastedMs } of lasting.filter(isContentFault)) reasons.push({ kind: 'content', grade: contentGrade(check), check, lastedMs })
  for (const figure of gradedFigures) {
    const value = figureOf[figure](reading, variation)
    const [fair, poor] = gradeLimits[figure]
    if (value === null || value <= fair) continue
    reasons.push({ kind: 'figure', grade: value > poor ? 'poor' : 'fair', figure, value, limit: value > poor ? poor : fair })
  }
  return reasons.sort((a, b) => grades.indexOf(b.grade) - grades.indexOf(a.grade))
}

export function gradeOf(reasons: readonly GradeReason[]): Grade {
  return reasons[0]?.grade ?? 'good'
}

// Stream contracts (the agreed properties of a stream), and how readings differ from them.

const range = z
  .object({ least: z.number().min(0).max(1e13), most: z.number().min(0).max(1e13) })
  .refine(({ least, most }) => least <= most, invalid({ kind: 'rangeReversed' }))
const text = z.string().min(1).max(100)

/** The agreed properties of a stream; omitted or null properties are not part of the contract. Ranges are inclusive. */
export const streamContractSchema = z.strictObject({
  /** FFmpeg's short name, such as h264. */
  videoCodec: text.nullable().default(null),
  widthPx: z.number().int().min(1).max(100_000).nullable().default(null),
  heightPx: z.number().int().min(1).max(100_000).nullable().default(null),
  fps: range.nullable().default(null),
  /** Total of all tracks, bit/s. */
  bitrateBps: range.nullable().default(null),
  /** Usual time between key frames, ms. */
  gopMs: range.nullable().default(null),
  audioCodec: text.nullable().default(null),
  /** Such as `stereo`. */
  audioLayout: text.nullable().default(null),
  sampleRateHz: z.number().int().min(1).max(10_000_000).nullable().default(null),
})
export type StreamContract = z.output<typeof streamContractSchema>
export type ContractItem = keyof StreamContract
export const contractItems = Object.keys(streamContractSchema.shape) as readonly ContractItem[]

const value = z.union([z.string(), z.number()])
/** A difference between the contract and a reading. `found`: the measured value; null: the stream has none. */
export const contractDifferenceSchema = z.object({
  item: z.enum(contractItems as readonly [ContractItem, ...ContractItem[]]),
  agreed: z.union([value, range]),
  found: value.nullable(),
})
export type ContractDifference = z.infer<typeof contractDifferenceSchema>

type Found = string | number | null
const foundOf: Readonly<Record<ContractItem, (reading: ProbeReading) => Found>> = {
  videoCodec: ({ video }) => video?.codec ?? null,
  widthPx: ({ video }) => video?.widthPx ?? null,
  heightPx: ({ video }) => video?.heightPx ?? null,
  fps: ({ video }) => video?.fps ?? null,
  bitrateBps: ({ bitrateBps }) => bitrateBps,
  gopMs: ({ gop }) => gop?.usualMs ?? null,
  audioCodec: ({ audio }) => audio?.codec ?? null,
  audioLayout: ({ audio }) => audio?.layout ?? null,
  sampleRateHz: ({ audio }) => audio?.sampleRateHz ?? null,
}
/** Properties that a single look may be too short to determine. */
const mayBeUnknown: ReadonlySet<ContractItem> = new Set(['fps', 'bitrateBps', 'gopMs'])

/** Factors that derive the ends of a range from one measured value. */
const learnedRanges: Readonly<Partial<Record<ContractItem, readonly [least: number, most: number]>>> = {
  fps: [0.9, 1.1],
  bitrateBps: [0.5, 1.5],
  gopMs: [0, 1.5],
}
const rounded = (number: number) => Number(number.toPrecision(3))

/** Derives a contract from a reading: bit rate ± 50 %, frame rate ± 10 %, key frame interval up to + 50 %. */
export function learnContract(reading: ProbeReading): StreamContract {
  const learned = contractItems.map((item) => {
    const found = foundOf[item](reading) || null
    const ends = learnedRanges[item]
    return [item, ends === undefined || typeof found !== 'number' ? found : { least: rounded(found * ends[0]), most: rounded(found * ends[1]) }]
  })
  return streamContractSchema.parse(Object.fromEntries(learned))
}

/** The differences between a contract and a reading, in the order of the contract. */
export function differencesOf(contract: StreamContract, reading: ProbeReading): ContractDifference[] {
  return contractItems.flatMap((item) => {
    const agreed = contract[item]
    const found = foundOf[item](reading)
    if (agreed === null || (found === null && mayBeUnknown.has(item))) return []
    const keeps = typeof agreed === 'object' ? typeof found === 'number' && found >= agreed.least && found <= agreed.most : found === agreed
    return keeps ? [] : [{ item, agreed, found }]
  })
}

/** One look at a probe's stream, for `mtxdeck once`. */
export const onceProbeSchema = z.object({
  name: z.string(),
  project: z.string(),
  /** Without its secrets. */
  url: z.string(),
  /** null: unknown, because this machine can't read streams. */
  up: z.boolean().nullable(),
  /** By the rule that watches whether probes can be read; null: it is up, or no rule watches it. */
  severity: severitySchema.nullable(),
  error: z.string().nullable(),
  grade: z.enum(grades).nullable(),
  codec: z.string().nullable(),
  width: z.number().nullable(),
  height: z.number().nullable(),
  bitrateBps: z.number().nullable(),
  fps: z.number().nullable(),
  answerMs: z.number().nullable(),
})
export type OnceProbe = z.infer<typeof onceProbeSchema>
