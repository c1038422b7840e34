import { z } from 'zod'

/** What a plan costs, each in the operator's currency; null: not known. */
const price = z.number().min(0).max(1e9).nullable()
const pricesSchema = z.object({
  /** Of a core with its memory, and what it draws, W. */
  core: price,
  watts: price,
  gpu: price,
  /** Of storage, per TB. */
  terabyte: price,
  kilowattHour: price,
})
export const planPrices = pricesSchema.keyof().options

/** The load that a new machine should carry, and what it may cost. */
const planSchema = z
  .object({
    streams: z.number().int().min(1).max(10_000),
    /** Bit rate of one stream, Mbit/s. */
    mbit: z.number().min(0.001).max(1_000),
    /** Concurrent readers of each stream, on average. */
    readers: z.number().min(0),
    /** Days for which everything received is recorded. */
    days: z.number().min(0).max(3_660),
    /** Whether streams are re-encoded (for example from RTSP to a format that browsers play) or passed on as they are, as MediaMTX does. */
    transcoding: z.boolean(),
    ...pricesSchema.shape,
  })
  .refine(({ streams, readers }) => streams * readers <= 1_000_000, { path: ['readers'] })
export type PlanInput = z.infer<typeof planSchema>

/** The planner's fields as they stand at first, and under these names in the page's address. */
export const planStart = { streams: '20', mbit: '4', readers: '5', days: '30', transcoding: '', core: '', watts: '', gpu: '', terabyte: '', kilowattHour: '' }
export type PlanText = Readonly<Record<keyof typeof planStart, string>>
export const planLoad = ['streams', 'mbit', 'readers', 'days'] as const
export type PlanEntry = (typeof planLoad | typeof planPrices)[number]

/** "4,500" may mean 4500 or 4.5. */
const ambiguous = /^[1-9]\d{0,2}[.,]\d{3}$/
/** A number with a decimal point or comma; NaN if it is none, null if nothing was entered. */
function numberOf(text: string): number | null {
  if (text === '') return null
  return /^\d*[.,]?\d+$/.test(text) && !ambiguous.test(text) ? Number(text.replace(',', '.')) : Number.NaN
}

/** Parses the typed fields; `wrong` has those without a usable number. */
export function readPlanText(text: PlanText) {
  const entries = [...planLoad, ...planPrices].map((name) => [name, text[name].trim()] as const)
  const { data, error } = planSchema.safeParse({
    ...Object.fromEntries(entries.map(([name, typed]) => [name, numberOf(typed)])),
    transcoding: text.transcoding === 'yes',
  })
  const failed = new Set(error?.issues.map(({ path }) => path[0]))
  const wrongOf = (name: PlanEntry, typed: string): (typeof planLoad)[number] | 'price' | 'ambiguous' =>
    ambiguous.test(typed) ? 'ambiguous' : (planLoad.find((load) => load === name) ?? 'price')
  return {
    plan: data ?? null,
    wrong: new Map(entries.filter(([name]) => failed.has(name)).map(([name, typed]) => [name, wrongOf(name, typed)])),
  }
}

/** An end of a range: sufficient, or comfortable. */
type End = 0 | 1
type Range = readonly [number, number]

interface Band {
  readonly upTo: number
  readonly cores: Range
  readonly memoryGb: Range
  readonly gpu: 'none' | 'consider' | 'recommended' | 'needed'
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
/** Share of one core per Mbit/s, as measured. */
const relayIn = 0.00136
const relayOut: Range = [0.00079, 0.0029]
/** Above this utilisation a link or a core has no room for bursts. */
const roomyShare = 0.7
const systemBytes: Range = [1e9, 2e9]
const relayBytes = 46e6
const readerBytes: Range = [0.12e6, 1.6e6]
/** Memory per stream, besides its readers: queues and recent pictures, a second's worth of bits plus 1 MB. */
const streamBytes = 1e6
const widestBps = 1e11
const linksBps: readonly number[] = [1e8, 1e9, 2.5e9, 1e10, 2.5e10, 4e10, widestBps]
/** IP, UDP or TCP, and RTP add about 5 %; Ethernet and retransmissions the rest. */
const overhead = 1.1
/** Largest relay machine; beyond its cores or links, more machines are planned. */
const mostCores = 64

/**
 * The guide's machines for encoding this many streams: full ones, and one with the rest. If streams were spread evenly,
 * 121 streams on four machines of a lower band would need less than 115 on three.
 */
function encodingMachines(streams: number): readonly Band[] {
  return Array.from({ length: Math.ceil(streams / guideMost) }, (_, place) => {
    const left = streams - place * guideMost
    return guideBands.find(({ upTo }) => left <= upTo) ?? (guideBands.at(-1) as Band)
  })
}

export type Plan = ReturnType<typeof planMachine>
/**
 * Calculates the requirements. More streams, bits or readers, or encoding, never lower
 * a requirement, except for the link of each machine: with more machines a slower link may suffice.
 *
 *     received = streams × bitrate × 1.1, sent = received × readers
 *     passing on: cores = (0.00136 × Mbit/s in + 0.00079 to 0.0029 × Mbit/s out) / 0.7, at least 1
 *     encoding: the guide's cores and memory for machines of 40 streams and one with the rest, plus passing on
 *     storage = streams × bitrate × days
 */
export function planMachine({ streams, mbit, readers, transcoding, days }: Omit<PlanInput, (typeof planPrices)[number]>) {
  const bitrateBps = mbit * 1e6
  const receivedBps = streams * bitrateBps * overhead
  const sentBps = receivedBps * readers
  const fullerBps = Math.max(receivedBps, sentBps)
  const encoding = transcoding ? encodingMachines(streams) : []
  const guided = (of: (band: Band) => number): number => encoding.reduce((total, band) => total + of(band), 0)
  const relayCores = (end: End): number => (relayIn * receivedBps + relayOut[end] * sentBps) / 1e6 / roomyShare

  const byLinks = Math.ceil(fullerBps / (widestBps * roomyShare))
  const machines = Math.max(1, encoding.length, byLinks, Math.ceil(relayCores(1) / mostCores))
  const cores = (end: End): number => Math.max(machines, Math.ceil(guided((band) => band.cores[end]) + relayCores(end) - 1e-9))
  // The guide's memory figures include the operating system; machines added for links or cores need memory for theirs.
  const memory = (end: End): number =>
    guided(({ memoryGb }) => memoryGb[end] * 1e9) +
    systemBytes[end] * (machines - encoding.length) +
    relayBytes +
    streams * (streamBytes + bitrateBps / 8 + readers * readerBytes[end])
  const range = (of: (end: End) => number) => ({ least: of(0), most: of(1) })
  return {
    /** More than one if a single machine should not carry the load; the other figures are of all together. */
    machines,
    cores: range(cores),
    memoryBytes: range(memory),
    storageBytes: (streams * bitrateBps * days * 86_400) / 8,
    receivedBps,
    sentBps,
    /** Per machine: the smallest common link speed that carries the traffic in both directions with room to spare. */
    linkBps: linksBps.find((each) => fullerBps / machines <= each * roomyShare) ?? widestBps,
    gpu: encoding[0]?.gpu ?? 'none',
    /** Number of machines for which the guide recommends or needs one. */
    gpus: encoding.filter((band) => band.gpu === 'recommended' || band.gpu === 'needed').length,
  }
}

const kiloHours = (3 * 8_766) / 1000
/** Costs over three years, of the most cores, bought once, and of their power; null: a price is missing. */
export function planCosts({ cores, gpus, storageBytes }: Plan, { core, gpu, terabyte, watts, kilowattHour }: z.infer<typeof pricesSchema>) {
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
