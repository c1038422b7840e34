import type { NewEvent } from '../../shared/events.ts'
import { streamEvent } from './streamSentences.ts'

/** More of one kind in one round than this are one event of the server. */
export const mostStreamEvents = 5
const mostNames = 20
const longestNames = 1_000

/** What many streams of a server did at the same moment, by kind. Kinds that are left out are never so many. */
const verbs: Readonly<Record<string, string>> = {
  streamOn: 'came on air',
  streamOff: 'went off air',
  streamEnded: 'ended',
  streamStalled: 'stalled',
  streamRecovered: 'recovered',
  slateOn: 'went to their slate',
  publisherChanged: 'have another publisher or a new connection of the same',
  codecChanged: 'changed their tracks',
  sizeChanged: 'changed the size of their picture',
}

/** Many events of one kind at one moment become one that counts them and names the first; the rest stays as it is. */
export const groupStreamEvents = (server: { readonly id: string; readonly name: string }, events: readonly NewEvent[]): readonly NewEvent[] => {
  if (events.length <= mostStreamEvents) return events
  const groups = new Map<string, NewEvent[]>()
  for (const event of events) {
    const key = event.path === null ? '' : `${event.kind} ${event.at}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [event])
    else group.push(event)
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    const verb = first === undefined ? undefined : verbs[first.kind]
    if (first === undefined || first.path === null || verb === undefined || group.length <= mostStreamEvents) return group
    return [grouped(server, first, group, verb)]
  })
}

const grouped = (server: { readonly id: string; readonly name: string }, first: NewEvent, group: readonly NewEvent[], verb: string): NewEvent => {
  const names: string[] = []
  let length = 0
  for (const { path } of group) {
    if (path === null || names.length === mostNames || length + path.length > longestNames) break
    names.push(path)
    length += path.length
  }
  const rest = group.length - names.length
  const list = names.length === 0 ? '' : `: ${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
  return streamEvent(server, null, first.at, first.kind as Parameters<typeof streamEvent>[3], `${group.length} streams of ${server.name} ${verb}${list}.`, {
    count: group.length,
    names: names.join(', '),
    ...(group.every(({ facts }) => facts.seenLate === true) && { seenLate: true }),
  })
}
