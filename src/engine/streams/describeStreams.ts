import { crc32 } from 'node:zlib'
import { notBefore } from '../../clock/notBefore.ts'
import type { KeptStream } from '../past/keptFacts.ts'
import type { ServerStreams, Steps } from './serverStreams.ts'
import { keptOf, type StreamRecord } from './streamRecord.ts'

export interface KeptEntry {
  /** Its path. */
  readonly part: string
  readonly facts: KeptStream | null
  /** History has no description of it from this launch yet. */
  readonly isNew?: boolean
}

/** What samples can't say of some of a server's streams, from a moment on; null: it is not listed any more. */
export type Describe = (serverId: string, at: number, entries: readonly KeptEntry[], whole: boolean) => void

/** Facts of so many streams are handed to history's thread in 1 to 2 ms. */
const mostToldAtOnce = 1_000

/**
 * Descriptions of the streams that changed, for history, without what changes with each poll.
 *
 * 1. The first telling of a launch is of all streams: whatever history knew of others does not hold any more.
 * 2. While the server can't be asked, that is recorded once for the server (`Streams.standing`), and for none of its streams.
 */
export function* keptEntries(
  describe: Describe,
  server: ServerStreams,
  at: number,
  leaving: ReadonlySet<StreamRecord>,
  isOver: () => boolean,
): Steps<readonly KeptEntry[]> {
  const first = !server.isTold
  const entries: KeptEntry[] = []
  for (const record of server.rows) {
    if (record.factsChanged) record.isUntold = true
    if (!record.isUntold && !first) continue
    // What changes while it can't be asked is described when it answers again.
    if ((server.lostWhy !== null && !Number.isNaN(record.describedHash)) || leaving.has(record)) continue
    record.isUntold = false
    const facts = keptOf(record)
    const mark = crc32(JSON.stringify(facts))
    if (mark !== record.describedHash) entries.push({ part: record.path, facts, ...(!first && Number.isNaN(record.describedHash) && { isNew: true }) })
    record.describedHash = mark
    if (isOver()) yield
  }
  if (entries.length <= mostToldAtOnce) return entries
  // Handing over so many takes a turn of its own. Those of the first telling go together: what it does not name was there no more.
  const most = server.isTold ? mostToldAtOnce : entries.length
  for (let from = 0; from < entries.length; from += most) {
    yield
    tell(describe, server, at, entries.slice(from, from + most))
  }
  yield
  return []
}

export function tell(describe: Describe, server: ServerStreams, at: number, entries: readonly KeptEntry[]): void {
  server.toldAt = notBefore(server.toldAt, at)
  if (entries.length > 0 || !server.isTold) describe(server.id, server.toldAt, entries, !server.isTold)
  server.isTold = true
}
