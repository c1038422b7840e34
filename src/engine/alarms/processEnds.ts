import type { NewEvent } from '../../shared/events.ts'
import { ownerIdOf } from '../../shared/subjectNames.ts'

/** The end of a media server's process. */
export interface ProcessEnd {
  readonly hostId: string
  readonly at: number
  readonly pid: number
  /** The process that replaced it; null: none so far. */
  readonly next: number | null
}

/** Maximum time between the end of a process and an alarm that it explains, in either direction, ms: machine and server are polled at different times. */
const endedWithinMs = 60_000

/** The latest end of each media server's process, from events. */
export function createProcessEnds() {
  const ends = new Map<string, ProcessEnd>()
  return {
    /** Processes events. Returns the servers whose process ended or was replaced. */
    addEvents: (events: readonly NewEvent[]): readonly string[] =>
      events.flatMap((event) => {
        if ((event.kind !== 'mediaServerEnded' && event.kind !== 'mediaServerRestarted') || event.subject === null || event.facts.serverId === undefined)
          return []
        const { serverId } = event.facts
        const isReplaced = event.kind === 'mediaServerRestarted'
        const pid = isReplaced ? event.facts.before : event.facts.pid
        const before = ends.get(serverId)
        // Its end was detected before its replacement.
        const at = before?.pid === pid ? before.at : event.at
        ends.set(serverId, { hostId: ownerIdOf(event.subject), at, pid, next: isReplaced ? event.facts.pid : null })
        return [serverId]
      }),
    /** The end of the process of a server at about this time; null: none is known. */
    at: (serverId: string, moment: number): ProcessEnd | null => {
      const end = ends.get(serverId)
      return end !== undefined && Math.abs(end.at - moment) <= endedWithinMs ? end : null
    },
  }
}
