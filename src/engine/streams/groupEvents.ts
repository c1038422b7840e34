import { isManyStreamsKind, type NewEvent, newEvent, outageSinceOfEvent } from '../../shared/events.ts'
import { ownerIdOf, pathOf, serverSubject } from '../../shared/subjectNames.ts'

/** More than this many events of one kind in one round are merged into one. */
const mostStreamEvents = 5
/** A merged event lists all of its streams, at most this many; more streams make several events, which a list shows as one row. */
const mostPaths = 500
const longestPaths = 16_000
/** Streams named in the event's sentence. */
const mostNames = 20
const longestNames = 1_000

/** Merges many events of one kind at one moment into one that counts them and names their streams. Other events are unchanged. */
export function groupStreamEvents(events: readonly NewEvent[]): readonly NewEvent[] {
  if (events.length <= mostStreamEvents) return events
  const groups = new Map<string, NewEvent[]>()
  for (const event of events) {
    const key = pathOf(event.subject) === null ? '' : `${event.kind} ${event.at}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [event])
    else group.push(event)
  }
  return [...groups.values()].flatMap((group) => partsOf(group).flatMap((part) => grouped(part) ?? part))
}

function partsOf(group: readonly NewEvent[]): readonly (readonly NewEvent[])[] {
  const parts: NewEvent[][] = []
  let part: NewEvent[] = []
  let length = 0
  for (const event of group) {
    const letters = pathOf(event.subject)?.length ?? 0
    if (part.length === 0 || part.length === mostPaths || length + letters > longestPaths) {
      part = []
      length = 0
      parts.push(part)
    }
    part.push(event)
    length += letters
  }
  return parts
}

/** Merges a group into one event; null: too few events, or their kind is never merged. */
function grouped(group: readonly NewEvent[]): NewEvent | null {
  const [first] = group
  const paths = group.flatMap(({ subject }) => pathOf(subject) ?? [])
  if (first === undefined || !isManyStreamsKind(first.kind) || group.length <= mostStreamEvents || paths.length < group.length) return null
  const names: string[] = []
  let length = 0
  for (const path of paths) {
    if (names.length === mostNames || length + path.length > longestNames) break
    names.push(path)
    length += path.length
  }
  const onsets = group.flatMap((event) => outageSinceOfEvent(event) ?? [])
  const onset = onsets.length > 0 && { outageSince: Math.min(...onsets) }
  return newEvent(
    first.kind,
    first.at,
    { count: group.length, names, paths, ...onset },
    { ...first, subject: first.subject && serverSubject(ownerIdOf(first.subject)) },
  )
}
