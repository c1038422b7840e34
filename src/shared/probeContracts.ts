import { z } from 'zod'
import type { ProbeReading } from './probeReadings.ts'
import { invalid } from './validationErrors.ts'

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
