import { z } from 'zod'

/** What a new machine should carry. */
export const planInputSchema = z.object({
  streams: z.number().int().min(1).max(10_000),
  /** Of one stream, bit/s. */
  bitrateBps: z.number().min(1_000).max(1e9),
  /** Readers at the same time, of all streams together. */
  readers: z.number().int().min(0).max(1_000_000),
  /** Whether it encodes anew (as from RTSP to what browsers play), or passes on what it gets, as MediaMTX does by itself. */
  transcoding: z.boolean(),
})
export type PlanInput = z.infer<typeof planInputSchema>

/** Where a figure comes from. */
export type PlanSource = 'guide' | 'measured' | 'arithmetic'
export const planSources: Readonly<Record<PlanSource, string>> = {
  guide:
    'Sizing guide of a MediaServer project for RTSP to WebRTC with encoding, 1 to 40 streams a machine (January 2026). It names no bitrate: it is of usual cameras.',
  measured:
    'MediaMTX 1.20.1 on an AMD EPYC core of 2.6 GHz, streams of 5 Mbit/s: 6 publishers by RTSP over TCP took 0.136 % of a core a Mbit/s; 24 readers by RTSP over TCP 0.079 %, 12 by SRT 0.29 % a Mbit/s; 46 MB of memory without readers, 0.12 MB more a reader by RTSP, 1.6 MB by SRT.',
  arithmetic: 'Arithmetic on what was entered.',
}

/** From what will do to what leaves room; equal where there is one figure. */
export interface Planned {
  readonly least: number
  readonly most: number
  /** The formula with its figures, in English. */
  readonly formula: string
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
  readonly gpu: { readonly advice: GpuAdvice; readonly formula: string; readonly sources: readonly PlanSource[] }
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

/** Shares of one core for one Mbit/s, as measured (`planSources.measured`). */
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

const gb = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`
const mbit = (bps: number): string => `${Number((bps / 1e6).toFixed(2)).toLocaleString('en-US')} Mbit/s`
const sum = (parts: readonly (readonly [number, number])[]): readonly [number, number] => [
  parts.reduce((total, [least]) => total + least, 0),
  parts.reduce((total, [, most]) => total + most, 0),
]

/** The guide's band for so many streams on one machine. */
const bandOf = (streams: number): Band => guideBands.find(({ upTo }) => streams <= upTo) ?? (guideBands.at(-1) as Band)

/**
 * What is needed for streams, each with its formula and source. Pure: more streams, bits or readers never need less.
 *
 *     received = streams × bitrate × 1.1, sent = readers × bitrate × 1.1
 *     passing on: cores = (0.00136 × Mbit/s in + 0.00079 to 0.0029 × Mbit/s out) / 0.7, at least 1
 *     encoding: the guide's cores and memory for each machine of at most 40 streams, and passing on beside it
 */
export const planMachine = (input: PlanInput): Plan => {
  const { streams, bitrateBps, readers, transcoding } = input
  const received = streams * bitrateBps * overhead
  const sent = readers * bitrateBps * overhead
  const inMbit = received / 1e6
  const outMbit = sent / 1e6
  const relayCores = relayOut.map((each) => (relayIn * inMbit + each * outMbit) / roomyShare) as unknown as readonly [number, number]
  const relayMemory = readerBytes.map((each) => relayBytes + streams * (streamBytes + bitrateBps / 8) + readers * each) as unknown as readonly [number, number]
  const relayFormula = `(0.00136 × ${inMbit.toFixed(1)} Mbit/s in + 0.00079 to 0.0029 × ${outMbit.toFixed(1)} Mbit/s out) / 0.7`

  const widest = links.at(-1) as number
  const byLinks = Math.ceil(Math.max(received, sent) / (widest * roomyShare))
  const byCores = Math.ceil(relayCores[1] / mostCores)
  const byGuide = transcoding ? Math.ceil(streams / guideMost) : 1
  const machines = Math.max(1, byLinks, byCores, byGuide)
  // What is encoded needs the same wherever links and readers make it more machines.
  const perMachine = Math.ceil(streams / byGuide)
  const band = bandOf(perMachine)
  const guided = (of: readonly [number, number], scale = 1): readonly [number, number] => [of[0] * byGuide * scale, of[1] * byGuide * scale]

  const [leastCores, mostOfCores] = transcoding ? sum([guided(band.cores), relayCores]) : relayCores
  const guideWords = byGuide === 1 ? `guide for ${streams} streams` : `guide for ${byGuide} times ${perMachine} streams`
  const coreWords = transcoding
    ? `${band.cores[0] * byGuide} to ${band.cores[1] * byGuide} (${guideWords}) + ${relayFormula}`
    : `${relayFormula}, at least 1 a machine`
  const [leastMemory, mostMemory] = transcoding
    ? sum([guided(band.memoryGb, 1e9), relayMemory])
    : sum([[systemBytes * machines, 2 * systemBytes * machines], relayMemory])
  const relayMemoryWords = `46 MB + ${streams} × (1 MB + a second of ${mbit(bitrateBps)}) + ${readers} × 0.12 to 1.6 MB`
  const memoryWords = transcoding
    ? `${band.memoryGb[0] * byGuide} to ${band.memoryGb[1] * byGuide} GB (${guideWords}) + ${relayMemoryWords}`
    : `1 to 2 GB of the system a machine + ${relayMemoryWords}`

  const fullest = Math.max(received, sent) / machines
  const link = links.find((each) => fullest <= each * roomyShare) ?? widest
  const single = (value: number, formula: string): Planned => ({ least: value, most: value, formula, sources: ['arithmetic'] })
  return {
    cores: {
      least: Math.max(machines, Math.ceil(leastCores - 1e-9)),
      most: Math.max(machines, Math.ceil(mostOfCores - 1e-9)),
      formula: `${coreWords} = ${leastCores.toFixed(2)} to ${mostOfCores.toFixed(2)}`,
      sources: transcoding ? ['guide', 'measured'] : ['measured'],
    },
    memoryBytes: {
      least: leastMemory,
      most: mostMemory,
      formula: `${memoryWords} = ${gb(leastMemory)} to ${gb(mostMemory)}`,
      sources: transcoding ? ['guide', 'measured'] : ['measured'],
    },
    receivedBps: single(received, `${streams} streams × ${mbit(bitrateBps)} × 1.1 = ${mbit(received)}`),
    sentBps: single(sent, `${readers} readers × ${mbit(bitrateBps)} × 1.1 = ${mbit(sent)}`),
    linkBps: single(link, `${mbit(fullest)} in the fuller direction / 0.7 fits into ${mbit(link)}`),
    gpu: transcoding
      ? {
          advice: band.gpu,
          formula: `${guideWords}: from 13 on consider one, from 17 on it is recommended, from 25 on needed; it takes 50 to 70 % of the load off the CPU`,
          sources: ['guide'],
        }
      : { advice: 'none', formula: 'What is passed on as it comes is not encoded', sources: ['arithmetic'] },
    machines: {
      least: machines,
      most: machines,
      formula: `the largest of ${mbit(Math.max(received, sent))} / ${mbit(widest * roomyShare)}, ${relayCores[1].toFixed(2)} cores to pass on / ${mostCores}${transcoding ? ` and ${streams} streams / ${guideMost} that are encoded on one machine` : ''}, rounded up`,
      sources: transcoding ? ['guide', 'measured', 'arithmetic'] : ['measured', 'arithmetic'],
    },
  }
}
