import { createBitrateRings, historyLength } from './bitrateRings.ts'
import type { OwnRow } from './fleetRows.ts'

/** The sparkline of each stream: its bitrate at each of the last polls, NaN where a poll is missing. */
export function createStreamLines(pollIntervalMsOf: (serverId: string) => number) {
  const rings = createBitrateRings()
  /** Polls between the last answer and `until` that a line has no points for, beyond the one that begins its gap. */
  const missedPolls = ({ engineFacts, engineFigures: { readAt } }: OwnRow, until: number | null): number => {
    if (readAt === null || until === null) return 0
    return Math.max(0, Math.min(historyLength, Math.round((until - readAt) / pollIntervalMsOf(engineFacts.serverId)) - 2))
  }
  return {
    begin: (slot: number) => {
      rings.makeRoom(slot + 1)
      rings.clear(slot)
    },
    /** What a poll found; called before the row has it. */
    take: (row: OwnRow, readAt: number | null, bitrate: number | null) => {
      const { slot, engineFigures: last } = row
      // One point a poll; and one for a gap when figures become unknown.
      if (readAt === last.readAt && (bitrate !== null || last.bitrateInBps === null)) return
      if (bitrate !== null && last.bitrateInBps === null) for (let poll = missedPolls(row, readAt); poll > 0; poll--) rings.add(slot, null)
      rings.add(slot, bitrate)
    },
    /** Its server fell silent. */
    breakOff: ({ slot, engineFigures }: OwnRow) => {
      if (engineFigures.bitrateInBps !== null) rings.add(slot, null)
    },
    /** Writes the line, oldest first, as it is at this time, and returns how many values it has. */
    read: (row: OwnRow, now: number, into: Float64Array | Float32Array): number => {
      const { slot, facts } = row
      // Nothing comes of a server that is away: its lines end where their data did, and move on to the left with time.
      const missed = facts.state === 'unknown' && rings.count(slot) > 0 ? missedPolls(row, now) : 0
      const length = rings.read(slot, historyLength - missed, into)
      into.fill(Number.NaN, length, length + missed)
      return length + missed
    },
    /** Puts a line of history before it: `historyLength` values, oldest first, that end at `at`. */
    prepend: ({ slot, engineFacts, engineFigures }: OwnRow, line: Float64Array, at: number) => {
      const received = rings.count(slot)
      if (received >= historyLength) return
      const readAt = engineFigures.readAt ?? at
      // Below 0 where its server has been away: then the line goes on without data to `at`, as `read` itself adds.
      const newer = Math.ceil((readAt - at) / pollIntervalMsOf(engineFacts.serverId))
      // What was received up to `at` is the end of the line too.
      rings.prepend(slot, line.subarray(0, historyLength - Math.max(0, received - newer)).subarray(received - historyLength))
    },
    clear: rings.clear,
    clearAll: rings.clearAll,
  }
}
