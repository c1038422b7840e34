import { z } from 'zod'

/** What a new machine should carry. */
export const planInputSchema = z.object({
  streams: z.number().int().min(1).max(10_000),
  /** Of one stream, bit/s. */
  bitrateBps: z.number().min(1_000).max(1e9),
  /** Readers at the same time, of all streams together. */
  readers: z.number().int().min(0).max(1_000_000),
  /** Whether it re-encodes (as from RTSP to what browsers play), or passes on what it gets, as MediaMTX does by itself. */
  transcoding: z.boolean(),
})
export type PlanInput = z.infer<typeof planInputSchema>

/** What somebody typed for a plan, as text. */
export interface PlanText {
  readonly streams: string
  /** Of one stream, Mbit/s. */
  readonly mbit: string
  readonly readers: string
  /** Readers are those of each stream, or of all together. */
  readonly each: boolean
  readonly transcoding: boolean
}
/** Fields of which a plan can't be made as they stand; ambiguous: "4,500" may be 4500 or 4.5 Mbit/s. */
export type PlanMistake = 'streams' | 'mbit' | 'mbitAmbiguous' | 'readers'

/** Thousands in groups, as many write them: 1,000 · 1.000 · 1 000 · 1'000. */
const grouped = /^[1-9]\d{0,2}(?:([,.'’ \u00a0\u202f])\d{3})(?:\1\d{3})*$/
/** A number with a point or a comma before its decimals; NaN: it is none. */
const decimalOf = (text: string): number => (/^\d+(?:[.,]\d*)?$|^[.,]\d+$/.test(text) ? Number(text.replace(',', '.')) : Number.NaN)
/** Of a count: three digits after a comma are never decimals. */
const countOf = (text: string): number => (grouped.test(text) ? Number(text.replace(/\D/g, '')) : decimalOf(text))
/** Of a bitrate: either is possible, and a factor of 1,000 apart. */
const isAmbiguous = (text: string): boolean => /^[1-9]\d{0,2},\d{3}$/.test(text)

/** The question that was typed; or which fields hold no number that can be planned with. */
export function readPlanText(text: PlanText): { readonly input: PlanInput | null; readonly wrong: readonly PlanMistake[] } {
  const [streamsText, mbitText, readersText] = [text.streams.trim(), text.mbit.trim(), text.readers.trim()]
  const streams = countOf(streamsText)
  const readers = countOf(readersText)
  // Each stream may have 1.5 readers on average; of all together there are no halves.
  const allReaders = text.each ? Math.round(readers * streams) : readers
  const mbit = isAmbiguous(mbitText) ? Number.NaN : grouped.test(mbitText) && !mbitText.includes('.') ? countOf(mbitText) : decimalOf(mbitText)
  const read = planInputSchema.safeParse({ streams, bitrateBps: mbit * 1e6, readers: allReaders, transcoding: text.transcoding })
  if (read.success) return { input: read.data, wrong: [] }
  const failed = new Set(read.error.issues.map(({ path }) => path[0]))
  // Readers of each stream can't be counted without the streams: one mistake is reported once.
  const readersWrong = failed.has('readers') && !(text.each && failed.has('streams') && Number.isFinite(readers))
  return {
    input: null,
    wrong: [
      ...(failed.has('streams') ? (['streams'] as const) : []),
      ...(failed.has('bitrateBps') ? ([isAmbiguous(mbitText) ? 'mbitAmbiguous' : 'mbit'] as const) : []),
      ...(readersWrong ? (['readers'] as const) : []),
    ],
  }
}

/** Where a figure comes from. */
export type PlanSource = 'guide' | 'measured' | 'arithmetic'
export const planSources: readonly PlanSource[] = ['guide', 'measured', 'arithmetic']

/** What the guide asks for to encode streams: so many machines that are full, and one with the rest. */
export interface PlanEncoding {
  readonly full: number
  readonly fullStreams: number
  readonly rest: number
  readonly cores: readonly [number, number]
  readonly memoryGb: readonly [number, number]
}
/** How a figure was reckoned; `planFormulaText` writes it. */
export type PlanFormula =
  | {
      readonly kind: 'cores'
      readonly encoding: PlanEncoding | null
      readonly receivedBps: number
      readonly sentBps: number
      readonly least: number
      readonly most: number
    }
  | {
      readonly kind: 'memory'
      readonly encoding: PlanEncoding | null
      /** Machines beside those that encode. */
      readonly plainMachines: number
      readonly streams: number
      readonly bitrateBps: number
      readonly readers: number
      readonly least: number
      readonly most: number
    }
  | { readonly kind: 'received'; readonly streams: number; readonly bitrateBps: number; readonly total: number }
  | { readonly kind: 'sent'; readonly readers: number; readonly bitrateBps: number; readonly total: number }
  | { readonly kind: 'link'; readonly fullest: number; readonly link: number }
  | { readonly kind: 'encoding'; readonly encoding: PlanEncoding }
  | { readonly kind: 'notEncoded' }
  | {
      readonly kind: 'machines'
      readonly fullest: number
      readonly roomy: number
      readonly cores: number
      readonly mostCores: number
      /** That are encoded; null: none are. */
      readonly streams: number | null
      readonly encodedOnOne: number
    }

/** From what will do to what leaves room; equal where there is one figure. */
export interface Planned {
  readonly least: number
  readonly most: number
  readonly formula: PlanFormula
  readonly sources: readonly PlanSource[]
}
export type GpuAdvice = 'none' | 'consider' | 'recommended' | 'needed'

export interface Plan {
  /** Of all machines together. */
  readonly cores: Planned
  readonly memoryBytes: Planned
  readonly receivedBps: Planned
  readonly sentBps: Planned
  /** The smallest usual link that carries it in both directions with room to spare, of one machine. */
  readonly linkBps: Planned
  readonly gpu: { readonly advice: GpuAdvice; readonly formula: PlanFormula; readonly sources: readonly PlanSource[] }
  /** More than one where no single one should carry it. */
  readonly machines: Planned
}

interface Band {
  readonly upTo: number
  readonly cores: readonly [number, number]
  readonly memoryGb: readonly [number, number]
  readonly gpu: GpuAdvice
}
/** The guide's table: streams that are encoded on one machine. */
export const guideBands: readonly Band[] = [
  { upTo: 4, cores: [4, 4], memoryGb: [8, 16], gpu: 'none' },
  { upTo: 8, cores: [6, 8], memoryGb: [16, 24], gpu: 'none' },
  { upTo: 12, cores: [8, 12], memoryGb: [24, 32], gpu: 'none' },
  { upTo: 16, cores: [12, 16], memoryGb: [32, 48], gpu: 'consider' },
  { upTo: 24, cores: [16, 20], memoryGb: [48, 64], gpu: 'recommended' },
  { upTo: 32, cores: [20, 24], memoryGb: [64, 96], gpu: 'needed' },
  { upTo: 40, cores: [24, 32], memoryGb: [96, 128], gpu: 'needed' },
]
const guideMost = 40
const fullBand = guideBands.at(-1) as Band

/** Shares of one core for one Mbit/s, as measured. */
const relayIn = 0.00136
const relayOut: readonly [number, number] = [0.00079, 0.0029]
/** Beyond, a link or a core has no room for what comes in bursts. */
const roomyShare = 0.7
const systemBytes = 1e9
const relayBytes = 46e6
const readerBytes: readonly [number, number] = [0.12e6, 1.6e6]
/** What streams add beside readers: queues and recent pictures, a second's worth of bits and 1 MB. */
const streamBytes = 1e6
const links: readonly number[] = [1e8, 1e9, 2.5e9, 1e10, 2.5e10, 4e10, 1e11]
/** IP, UDP or TCP, and RTP take about a twentieth more; Ethernet and what is sent again the rest. */
const overhead = 1.1
/** A relay on one machine: beyond its cores or links more of them are planned. */
const mostCores = 64

const sum = (parts: readonly (readonly [number, number])[]): readonly [number, number] => [
  parts.reduce((total, [least]) => total + least, 0),
  parts.reduce((total, [, most]) => total + most, 0),
]

/** The guide's band for so many streams on one machine. */
const bandOf = (streams: number): Band => guideBands.find(({ upTo }) => streams <= upTo) ?? fullBand

/**
 * What the guide asks for to encode so many streams, of all machines together: full machines, and one with the rest. Spread
 * evenly, 121 streams would be four machines of a lower band each and need less than 115 on three.
 */
function encodingOf(streams: number) {
  const full = Math.floor(streams / guideMost)
  const rest = streams % guideMost
  const restBand = rest === 0 ? null : bandOf(rest)
  const total = (of: (band: Band) => readonly [number, number]): readonly [number, number] =>
    sum([of(fullBand).map((each) => each * full) as unknown as readonly [number, number], restBand === null ? [0, 0] : of(restBand)])
  return {
    machines: Math.ceil(streams / guideMost),
    cores: total(({ cores }) => cores),
    memoryGb: total(({ memoryGb }) => memoryGb),
    gpu: full > 0 ? fullBand.gpu : bandOf(rest).gpu,
    full,
    fullStreams: guideMost,
    rest,
  }
}

/**
 * What is needed for streams, each with its formula and source. Pure. More streams, more bits, more readers, or encoding
 * them, never need less of anything, apart from the link of each machine: with more machines a smaller one may do.
 *
 *     received = streams × bitrate × 1.1, sent = readers × bitrate × 1.1
 *     passing on: cores = (0.00136 × Mbit/s in + 0.00079 to 0.0029 × Mbit/s out) / 0.7, at least 1
 *     encoding: the guide's cores and memory for machines of 40 streams and one with the rest, and passing on beside it
 */
export function planMachine(input: PlanInput): Plan {
  const { streams, bitrateBps, readers, transcoding } = input
  const received = streams * bitrateBps * overhead
  const sent = readers * bitrateBps * overhead
  const inMbit = received / 1e6
  const outMbit = sent / 1e6
  const relayCores = relayOut.map((each) => (relayIn * inMbit + each * outMbit) / roomyShare) as unknown as readonly [number, number]
  const relayMemory = readerBytes.map((each) => relayBytes + streams * (streamBytes + bitrateBps / 8) + readers * each) as unknown as readonly [number, number]

  const widest = links.at(-1) as number
  const byLinks = Math.ceil(Math.max(received, sent) / (widest * roomyShare))
  const byCores = Math.ceil(relayCores[1] / mostCores)
  const encoding = transcoding ? encodingOf(streams) : null
  const machines = Math.max(1, byLinks, byCores, encoding?.machines ?? 1)
  // The guide's memory includes the system of its own machines; those that links or cores add need theirs.
  const plainMachines = machines - (encoding?.machines ?? 0)

  const [leastCores, mostOfCores] = encoding ? sum([encoding.cores, relayCores]) : relayCores
  const guidedGb = encoding?.memoryGb ?? [0, 0]
  const [leastMemory, mostMemory] = sum([[guidedGb[0] * 1e9, guidedGb[1] * 1e9], [systemBytes * plainMachines, 2 * systemBytes * plainMachines], relayMemory])

  const fullest = Math.max(received, sent) / machines
  const link = links.find((each) => fullest <= each * roomyShare) ?? widest
  const single = (value: number, formula: PlanFormula): Planned => ({ least: value, most: value, formula, sources: ['arithmetic'] })
  return {
    cores: {
      least: Math.max(machines, Math.ceil(leastCores - 1e-9)),
      most: Math.max(machines, Math.ceil(mostOfCores - 1e-9)),
      formula: { kind: 'cores', encoding, receivedBps: received, sentBps: sent, least: leastCores, most: mostOfCores },
      sources: transcoding ? ['guide', 'measured'] : ['measured'],
    },
    memoryBytes: {
      least: leastMemory,
      most: mostMemory,
      formula: { kind: 'memory', encoding, plainMachines, streams, bitrateBps, readers, least: leastMemory, most: mostMemory },
      sources: transcoding ? ['guide', 'measured'] : ['measured'],
    },
    receivedBps: single(received, { kind: 'received', streams, bitrateBps, total: received }),
    sentBps: single(sent, { kind: 'sent', readers, bitrateBps, total: sent }),
    linkBps: single(link, { kind: 'link', fullest, link }),
    gpu: encoding
      ? {
          advice: encoding.gpu,
          formula: { kind: 'encoding', encoding },
          sources: ['guide'],
        }
      : { advice: 'none', formula: { kind: 'notEncoded' }, sources: ['arithmetic'] },
    machines: {
      least: machines,
      most: machines,
      formula: {
        kind: 'machines',
        fullest: Math.max(received, sent),
        roomy: widest * roomyShare,
        cores: relayCores[1],
        mostCores,
        streams: transcoding ? streams : null,
        encodedOnOne: guideMost,
      },
      sources: transcoding ? ['guide', 'measured', 'arithmetic'] : ['measured', 'arithmetic'],
    },
  }
}
