import { z } from 'zod'
import type { PictureFigures } from './pictureFigures.ts'

const count = z.number().nonnegative().optional().catch(undefined)
/** The values used from the browser's statistics. Browsers omit what they don't know. */
const inboundSchema = z.object({
  type: z.literal('inbound-rtp'),
  kind: z.literal('video'),
  /** Negative if packets arrived twice. */
  packetsLost: z.number().optional().catch(undefined),
  framesDecoded: count,
  framesDropped: count,
  freezeCount: count,
  /** Total time that all emitted frames waited, s. */
  jitterBufferDelay: count,
  jitterBufferEmittedCount: count,
})
const pairSchema = z.object({
  type: z.literal('candidate-pair'),
  id: z.string(),
  state: z.string().optional(),
  nominated: z.boolean().optional(),
  /** Seconds. */
  currentRoundTripTime: count,
})
const transportSchema = z.object({ type: z.literal('transport'), selectedCandidatePairId: z.string() })

/** One reading of the statistics. */
export interface WebrtcReading {
  readonly figures: PictureFigures
  readonly framesDecoded: number
  readonly waitedSeconds: number
  readonly emitted: number
}

/** Round-trip time of the candidate pair in use: the transport names the pair, but Firefox only marks it as nominated. */
function roundTripMs(entries: readonly unknown[]): number | null {
  const pairs = entries.flatMap((entry) => pairSchema.safeParse(entry).data ?? [])
  const selected = entries.map((entry) => transportSchema.safeParse(entry).data?.selectedCandidatePairId).find((id) => id !== undefined)
  const pair = pairs.find(({ id }) => id === selected) ?? pairs.find(({ nominated, state }) => nominated === true && state === 'succeeded')
  return pair?.currentRoundTripTime === undefined ? null : pair.currentRoundTripTime * 1000
}

/** Reads the statistics of a connection that receives a picture. `before`: the previous reading, to compute the buffer delay since then. */
export function readWebrtcStats(entries: readonly unknown[], before: WebrtcReading | null): WebrtcReading {
  const video = entries.map((entry) => inboundSchema.safeParse(entry).data).find((inbound) => inbound !== undefined)
  const rttMs = roundTripMs(entries)
  const waitedSeconds = video?.jitterBufferDelay ?? 0
  const emitted = video?.jitterBufferEmittedCount ?? 0
  const frames = emitted - (before?.emitted ?? 0)
  // Without new frames the previous value is kept.
  const bufferMs = frames > 0 ? ((waitedSeconds - (before?.waitedSeconds ?? 0)) / frames) * 1000 : (before?.figures.bufferMs ?? null)
  return {
    figures: {
      // Half of the round trip is the one-way delay.
      delayMs: bufferMs === null ? null : bufferMs + (rttMs ?? 0) / 2,
      rttMs,
      bufferMs,
      framesDropped: video?.framesDropped ?? null,
      freezes: video?.freezeCount ?? null,
      packetsLost: video?.packetsLost === undefined ? null : Math.max(0, video.packetsLost),
    },
    framesDecoded: video?.framesDecoded ?? 0,
    waitedSeconds,
    emitted,
  }
}
