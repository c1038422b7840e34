import type { NewEvent } from '../../shared/events.ts'
import { ownerIdOf } from '../../shared/subjectNames.ts'

/** That the process of a media server ended. */
export interface ProcessEnd {
  readonly at: number
  readonly pid: number
  /** The process that took its place; null: none has yet. */
  readonly next: number | null
}

/** An end explains what began so long before or after it, ms: machine and server are asked at different moments. */
const endedWithinMs = 60_000

/** The last end of the media server's process on each machine, by its events. */
export function createProcessEnds() {
  const ends = new Map<string, ProcessEnd>()
  return {
    /** Takes note of events. Returns the hosts on which one ended, or another one took its place. */
    happened: (events: readonly NewEvent[]): readonly string[] =>
      events.flatMap((event) => {
        const end = endIn(event)
        if (end === null || event.subject === null) return []
        const hostId = ownerIdOf(event.subject)
        const before = ends.get(hostId)
        // Its end was seen before another one took its place.
        ends.set(hostId, before?.pid === end.pid ? { ...end, at: before.at } : end)
        return [hostId]
      }),
    /** The end of the process on a host at about this moment; null: none is known. */
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
