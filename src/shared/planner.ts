import { z } from 'zod'

/** The load that a new machine should carry. */
export const planInputSchema = z.object({
  streams: z.number().int().min(1).max(10_000),
  /** Bit rate of one stream, bit/s. */
  bitrateBps: z.number().min(1_000).max(1e9),
  /** Concurrent readers of all streams together. */
  readers: z.number().int().min(0).max(1_000_000),
  /** Whether streams are re-encoded (for example from RTSP to a format that browsers play) or passed on as they are, as MediaMTX does. */
  transcoding: z.boolean(),
  /** Days for which everything received is recorded. */
  days: z.number().min(0).max(3_660),
})
export type PlanInput = z.infer<typeof planInputSchema>

/** What a plan costs, each in the operator's currency; null: not known. */
const price = z.number().min(0).max(1e9).nullable()
const planPricesSchema = z.object({
  /** Of a core with its memory, and what it draws, W. */
  core: price,
  watts: price,
  gpu: price,
  /** Of storage, per TB. */
  terabyte: price,
  kilowattHour: price,
})
type PlanPrices = z.infer<typeof planPricesSchema>
const priceFields = planPricesSchema.keyof().options

/** The planner's fields as they stand at first, and under these names in the page's address. */
export const planStart = { streams: '20', mbit: '4', readers: '5', days: '30', transcoding: '', core: '', watts: '', gpu: '', terabyte: '', kilowattHour: '' }
export type PlanText = Readonly<Record<keyof typeof planStart, string>>
type PlanEntry = Exclude<keyof PlanText, 'transcoding'>
export const planEntries = ['streams', 'mbit', 'readers', 'days', ...priceFields] as const satisfies readonly PlanEntry[]
/** What is wrong with a field. mbitAmbiguous: "4,500" may mean 4500 or 4.5 Mbit/s. */
type PlanValidationError = 'streams' | 'mbit' | 'mbitAmbiguous' | 'readers' | 'days' | 'price'

/** Numbers with grouped thousands: 1,000 · 1.000 · 1 000 · 1'000. */
const grouped = /^[1-9]\d{0,2}(?:([,.'’ \u00a0\u202f])\d{3})(?:\1\d{3})*$/
/** Parses a number with a decimal point or comma; NaN if it is none. */
const decimalOf = (text: string): number => (/^\d+(?:[.,]\d*)?$|^[.,]\d+$/.test(text) ? Number(text.replace(',', '.')) : Number.NaN)
/** Parses a count, where three digits after a comma are never decimals. */
const countOf = (text: string): number => (grouped.test(text) ? Number(text.replace(/\D/g, '')) : decimalOf(text))
/** Whether a bit rate could be read two ways, a factor of 1,000 apart. */
const isAmbiguous = (text: string): boolean => /^[1-9]\d{0,2},\d{3}$/.test(text)

/** Parses the typed fields; `wrong` has those without a usable number. */
export function readPlanText(text: PlanText) {
  const typed = (field: PlanEntry) => text[field].trim()
  const mbit = typed('mbit')
  const streams = countOf(typed('streams'))
  // Readers per stream may be 1.5 on average; their total is a whole number.
  const readers = Math.round(countOf(typed('readers')) * streams)
  const bitrate = isAmbiguous(mbit) ? Number.NaN : grouped.test(mbit) && !mbit.includes('.') ? countOf(mbit) : decimalOf(mbit)
  const input = planInputSchema.safeParse({
    streams,
    bitrateBps: bitrate * 1e6,
    readers,
    days: countOf(typed('days')),
    transcoding: text.transcoding === 'yes',
  })
  const prices = planPricesSchema.safeParse(Object.fromEntries(priceFields.map((field) => [field, typed(field) === '' ? null : countOf(typed(field))])))
  const failed = new Set([...(input.error?.issues ?? []), ...(prices.error?.issues ?? [])].map(({ path }) => path[0]))
  const wrong: Partial<Record<PlanEntry, PlanValidationError>> = {}
  for (const field of ['streams', 'days'] as const) if (failed.has(field)) wrong[field] = field
  if (failed.has('bitrateBps')) wrong.mbit = isAmbiguous(mbit) ? 'mbitAmbiguous' : 'mbit'
  // They can't be totalled without a stream count: that mistake is reported once, for the streams.
  if (failed.has('readers') && !(failed.has('streams') && Number.isFinite(countOf(typed('readers'))))) wrong.readers = 'readers'
  for (const field of priceFields) if (failed.has(field)) wrong[field] = 'price'
  return { plan: input.success && prices.success ? { input: input.data, prices: prices.data } : null, wrong }
}

/** A range from sufficient to comfortable; both ends are equal if there is one figure. */
export interface Planned {
  readonly least: number
  readonly most: number
}
type GpuAdvice = 'none' | 'consider' | 'recommended' | 'needed'

export interface Plan {
  /** Of all machines together. */
  readonly cores: Planned
  readonly memoryBytes: Planned
  readonly receivedBps: number
  readonly sentBps: number
  /** Per machine: the smallest common link speed that carries the traffic in both directions with room to spare. */
  readonly linkBps: number
  readonly gpu: GpuAdvice
  /** Number of machines for which the guide recommends or needs one. */
  readonly gpus: number
  /** By the guide, cores and streams of the same machines with GPUs; null where its figures suppose them, or nothing is encoded. */
  readonly withGpus: { readonly cores: Planned; readonly streams: Planned } | null
  readonly storageBytes: number
  /** More than one if a single machine should not carry the load. */
  readonly machines: number
}

interface Band {
  readonly upTo: number
  readonly cores: readonly [number, number]
  readonly memoryGb: readonly [number, number]
  readonly gpu: GpuAdvice
}
/** The guide's table, by number of streams encoded on one machine. */
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
/** The guide's four scenarios, by streams encoded: CPUs alone, a GPU to consider, one that is needed, and a cluster. */
export const guideScenarios: readonly number[] = [10, 20, 40, 80]
/** By the guide, of a GPU: what remains of the load of CPUs, and how many times the streams the same machine carries. */
const gpuEffect = { cores: [0.3, 0.5], streams: [2, 3] } as const
const fullBand = guideBands.at(-1) as Band

/** Share of one core per Mbit/s, as measured. */
const relayIn = 0.00136
const relayOut: readonly [number, number] = [0.00079, 0.0029]
/** Above this utilisation a link or a core has no room for bursts. */
const roomyShare = 0.7
const systemBytes = 1e9
const relayBytes = 46e6
const readerBytes: readonly [number, number] = [0.12e6, 1.6e6]
/** Memory per stream, besides its readers: queues and recent pictures, a second's worth of bits plus 1 MB. */
const streamBytes = 1e6
const links: readonly number[] = [1e8, 1e9, 2.5e9, 1e10, 2.5e10, 4e10, 1e11]
/** IP, UDP or TCP, and RTP add about 5 %; Ethernet and retransmissions the rest. */
const overhead = 1.1
/** Largest relay machine; beyond its cores or links, more machines are planned. */
const mostCores = 64

const sum = (parts: readonly (readonly [number, number])[]): readonly [number, number] => [
  parts.reduce((total, [least]) => total + least, 0),
  parts.reduce((total, [, most]) => total + most, 0),
]

/** The guide's band for this many streams on one machine. */
const bandOf = (streams: number): Band => guideBands.find(({ upTo }) => streams <= upTo) ?? fullBand

/**
 * The guide's requirements for encoding this many streams, over all machines: full machines, and one with the rest. If streams
 * were spread evenly, 121 streams on four machines of a lower band would need less than 115 on three.
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
    gpus: full + (restBand?.gpu === 'recommended' || restBand?.gpu === 'needed' ? 1 : 0),
  }
}

/**
 * Calculates the requirements. More streams, bits or readers, or encoding, never lower
 * a requirement, except for the link of each machine: with more machines a slower link may suffice.
 *
 *     received = streams × bitrate × 1.1, sent = readers × bitrate × 1.1
 *     passing on: cores = (0.00136 × Mbit/s in + 0.00079 to 0.0029 × Mbit/s out) / 0.7, at least 1
 *     encoding: the guide's cores and memory for machines of 40 streams and one with the rest, plus passing on
 *     storage = streams × bitrate × days
 */
export function planMachine(input: PlanInput): Plan {
  const { streams, bitrateBps, readers, transcoding, days } = input
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
  // The guide's memory figures include the operating system; machines added for links or cores need memory for theirs.
  const plainMachines = machines - (encoding?.machines ?? 0)

  const [leastCores, mostOfCores] = encoding ? sum([encoding.cores, relayCores]) : relayCores
  const guidedGb = encoding?.memoryGb ?? [0, 0]
  const [leastMemory, mostMemory] = sum([[guidedGb[0] * 1e9, guidedGb[1] * 1e9], [systemBytes * plainMachines, 2 * systemBytes * plainMachines], relayMemory])

  const fullest = Math.max(received, sent) / machines
  const whole = (cores: number) => Math.max(machines, Math.ceil(cores - 1e-9))
  const withGpu = (part: 0 | 1) => whole((encoding?.cores[part] ?? 0) * gpuEffect.cores[part] + relayCores[part])
  return {
    cores: { least: whole(leastCores), most: whole(mostOfCores) },
    memoryBytes: { least: leastMemory, most: mostMemory },
    receivedBps: received,
    sentBps: sent,
    linkBps: links.find((each) => fullest <= each * roomyShare) ?? widest,
    gpu: encoding?.gpu ?? 'none',
    gpus: encoding?.gpus ?? 0,
    withGpus:
      encoding === null || encoding.gpu === 'needed'
        ? null
        : {
            cores: { least: withGpu(0), most: withGpu(1) },
            streams: { least: streams * gpuEffect.streams[0], most: streams * gpuEffect.streams[1] },
          },
    storageBytes: (streams * bitrateBps * days * 86_400) / 8,
    machines,
  }
}

const kiloHours = (3 * 8_766) / 1000
/** Costs over three years, of the most cores, bought once, and of their power; null: a price is missing. */
export function planCosts({ cores, gpus, storageBytes }: Plan, { core, gpu, terabyte, watts, kilowattHour }: PlanPrices) {
  const times = (amount: number, ...prices: readonly (number | null)[]) =>
    amount === 0 ? 0 : prices.reduce<number | null>((cost, each) => (cost === null || each === null ? null : cost * each), amount)
  const parts = {
    machines: times(cores.most, core),
    gpus: times(gpus, gpu),
    storage: times(storageBytes / 1e12, terabyte),
    power: times(cores.most * kiloHours, watts, kilowattHour),
  }
  return { ...parts, total: Object.values(parts).reduce((total, part) => (total === null || part === null ? null : total + part), 0) }
}
