import type { NewEvent } from '../../shared/events.ts'
import { ownerIdOf } from '../../shared/subjectNames.ts'

/** The end of a media server's process. */
export interface ProcessEnd {
  readonly at: number
  readonly pid: number
  /** The process that replaced it; null: none so far. */
  readonly next: number | null
}

/** Maximum time between the end of a process and an alarm that it explains, in either direction, ms: machine and server are polled at different times. */
const endedWithinMs = 60_000

/** The latest end of the media server's process on each machine, from events. */
export function createProcessEnds() {
  const ends = new Map<string, ProcessEnd>()
  return {
    /** Processes events. Returns the hosts on which a process ended or was replaced. */
    addEvents: (events: readonly NewEvent[]): readonly string[] =>
      events.flatMap((event) => {
        const end = endIn(event)
        if (end === null || event.subject === null) return []
        const hostId = ownerIdOf(event.subject)
        const before = ends.get(hostId)
        // Its end was detected before its replacement.
        ends.set(hostId, before?.pid === end.pid ? { ...end, at: before.at } : end)
        return [hostId]
      }),
    /** The end of the process on a host at about this time; null: none is known. */
    at: (hostId: string, moment: number): ProcessEnd | null => {
      const end = ends.get(hostId)
      return end !== undefined && Math.abs(end.at - moment) <= endedWithinMs ? end : null
    },
  }
}

function endIn(event: NewEvent): ProcessEnd | null {
  const { at } = event
  if (event.kind === 'mediaServerEnded') return { at, pid: event.facts.pid, next: null }
  return event.kind === 'mediaServerRestarted' ? { at, pid: event.facts.before, next: event.facts.pid } : null
}
