import { createBitrateRings, historyLength } from './bitrateRings.ts'
import type { OwnRow } from './fleetRows.ts'

/** Sparklines of all streams: the bit rate at each of the last polls, NaN for missing polls. */
export function createStreamLines(pollIntervalMsOf: (serverId: string) => number) {
  const rings = createBitrateRings()
  /** Number of polls between the last answer and `until` without points in the line, not counting the one that begins the gap. */
  const missedPolls = ({ engineFacts, engineFigures: { readAt } }: OwnRow, until: number | null): number => {
    if (readAt === null || until === null) return 0
    return Math.max(0, Math.min(historyLength, Math.round((until - readAt) / pollIntervalMsOf(engineFacts.serverId)) - 2))
  }
  return {
    begin: (slot: number) => {
      rings.makeRoom(slot + 1)
      rings.clear(slot)
    },
    /** Adds the result of a poll; called before the row is updated. */
    addPoll: (row: OwnRow, readAt: number | null, bitrate: number | null) => {
      const { slot, engineFigures: last } = row
      // One point per poll, and one for the gap when figures become unknown.
      if (readAt === last.readAt && (bitrate !== null || last.bitrateInBps === null)) return
      if (bitrate !== null && last.bitrateInBps === null) for (let poll = missedPolls(row, readAt); poll > 0; poll--) rings.add(slot, null)
      rings.add(slot, bitrate)
    },
    /** Starts a gap because the server fell silent. */
    breakOff: ({ slot, engineFigures }: OwnRow) => {
      if (engineFigures.bitrateInBps !== null) rings.add(slot, null)
    },
    /** Writes the line as of `now`, oldest first, and returns its number of values. */
    read: (row: OwnRow, now: number, into: Float64Array | Float32Array): number => {
      const { slot, facts } = row
      // A server that is down adds no points: its lines end with their data and move left as time passes.
      const missed = facts.state === 'unknown' && rings.count(slot) > 0 ? missedPolls(row, now) : 0
      const length = rings.read(slot, historyLength - missed, into)
      into.fill(Number.NaN, length, length + missed)
      return length + missed
    },
    /** Prepends history: `historyLength` values, oldest first, ending at `at`. */
    prepend: ({ slot, engineFacts, engineFigures }: OwnRow, line: Float64Array, at: number) => {
      const received = rings.count(slot)
      if (received >= historyLength) return
      const readAt = engineFigures.readAt ?? at
      // Negative if its server has been down: then the line continues without data up to `at`, which `read` adds itself.
      const newer = Math.ceil((readAt - at) / pollIntervalMsOf(engineFacts.serverId))
      // What was received up to `at` is the end of the line too.
      rings.prepend(slot, line.subarray(0, historyLength - Math.max(0, received - newer)).subarray(received - historyLength))
    },
    clear: rings.clear,
    clearAll: rings.clearAll,
  }
}
