import { eventKindSchema } from '../../shared/events.ts'
import type { MarkKind } from '../ui/Mark.tsx'

const marks: Readonly<Record<string, MarkKind>> = {
  serverUp: 'ok',
  serverDown: 'critical',
  serverRestarted: 'warning',
  serverUpgraded: 'warning',
  streamOn: 'ok',
  streamOff: 'critical',
  streamStalled: 'critical',
  streamRecovered: 'ok',
  slateOn: 'major',
  publisherChanged: 'warning',
  codecChanged: 'warning',
  sizeChanged: 'warning',
  readerJoined: 'idle',
  readerLeft: 'idle',
  hostUp: 'ok',
  hostDown: 'major',
  hostKeyChanged: 'critical',
  hostKeyAccepted: 'warning',
  hostRestarted: 'warning',
  mediaServerRestarted: 'warning',
  consoleGap: 'unknown',
  storeDamaged: 'major',
}
/** Shape of an event in a list. A kind of a newer engine is a remark. */
export const markOfEvent = (kind: string): MarkKind => marks[kind] ?? 'warning'

/** What the feed lists: all but readers, who come and go by the thousand. */
export const feedKinds: readonly string[] = eventKindSchema.options.filter((kind) => kind !== 'readerJoined' && kind !== 'readerLeft')

/**
 * A sentence cut at the name it is about, so that the name can be set strong; all of it is `after` where the name
 * does not occur. Pure.
 */
export const cutAtName = (text: string, name: string | null): readonly [before: string, name: string, after: string] => {
  const place = name ? text.indexOf(name) : -1
  return name && place >= 0 ? [text.slice(0, place), name, text.slice(place + name.length)] : ['', '', text]
}
