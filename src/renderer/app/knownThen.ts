import type { DeckEvent } from '../../shared/events.ts'
import type { Server } from '../../shared/servers.ts'

/** No server is known at that moment: the console did not run, or nothing is kept. Paused ones count as known. */
export const nothingKnown = (servers: readonly Server[]): boolean => servers.every(({ state }) => state === 'unknown' || state === 'connecting')

/** A time in which this console itself saw nothing. */
export interface Gap {
  readonly cause: 'notRunning' | 'slept'
  readonly from: number
  readonly to: number
}

/** The gap that a moment lies in, from events of kind `consoleGap`: they are written when it is over. null: in none. */
export function gapAround(events: readonly Pick<DeckEvent, 'at' | 'facts'>[], moment: number): Gap | null {
  for (const { at, facts } of events) {
    const from = facts.cause === 'notRunning' ? facts.from : facts.cause === 'slept' && typeof facts.sleptMs === 'number' ? at - facts.sleptMs : null
    if (typeof from === 'number' && from <= moment && moment < at) return { cause: facts.cause === 'slept' ? 'slept' : 'notRunning', from, to: at }
  }
  return null
}
