import type { RoundContext } from './roundContext.ts'
import type { ServerStreams, UnreadSource } from './serverState.ts'
import { configurationOf, readersOf, type StreamRecord } from './streamRecord.ts'

/** Notes since when nobody uses the source of a stream. What is recorded or forwarded is used, and so is what viewers of HLS may read who can't be counted. */
export function noteUnread({ server, at }: RoundContext, record: StreamRecord): void {
  const isOn = record.onDemand && record.state === 'live' && readersOf(record) === 0 && record.hlsMuxers === 0
  const entry = isOn ? configurationOf(server.configured, record) : null
  if (entry == null || entry.recording !== undefined || entry.forwards === true) {
    server.unread.delete(record.path)
    return
  }
  const known = server.unread.get(record.path)
  if (known === undefined || !(record.inbound >= known.inbound)) server.unread.set(record.path, { since: at, inbound: record.inbound })
}

/** Those that their server was to close by now. */
export function unreadSources({ unread, byPath, at }: ServerStreams): readonly UnreadSource[] {
  return Array.from(unread).flatMap(([path, { since, inbound }]) => {
    const record = byPath.get(path)
    return record === undefined || at - since < record.closeAfterMs ? [] : [{ path, since, bytes: record.inbound - inbound }]
  })
}
