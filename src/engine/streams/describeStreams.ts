import { crc32 } from 'node:zlib'
import { notBefore } from '../../clock/notBefore.ts'
import type { Steps } from '../../clock/slices.ts'
import type { KeptStream } from '../past/keptFacts.ts'
import type { ServerStreams } from './serverState.ts'
import { keptOf, type StreamRecord } from './streamRecord.ts'

interface KeptEntry {
  /** Its path. */
  readonly part: string
  readonly facts: KeptStream | null
  /** History has no description of this stream from this launch yet. */
  readonly isNew?: boolean
}

/** Sends history what samples can't hold about some of a server's streams, valid from `at` on; null: no longer listed. `whole`: `entries` are all streams of the server. */
export type Describe = (serverId: string, at: number, entries: readonly KeptEntry[], whole: boolean) => void

/** Handing the facts of this many streams to history's thread takes 1 to 2 ms. */
const mostDescribedAtOnce = 1_000

/**
 * Descriptions of the streams that changed, for history, without the figures that change with each poll.
 *
 * 1. The first description of a launch covers all streams; history drops what it knew of any others.
 * 2. An outage is recorded once for the server (`Streams.statusOf`), not for each of its streams.
 */
export function* keptEntries(
  describe: Describe,
  server: ServerStreams,
  at: number,
  leaving: ReadonlySet<StreamRecord>,
  isOver: () => boolean,
): Steps<readonly KeptEntry[]> {
  const first = !server.isDescribed
  const entries: KeptEntry[] = []
  for (const record of server.rows) {
    if (record.factsChanged) record.needsDescription = true
    if (!record.needsDescription && !first) continue
    // Changes during an outage are described when the server answers again.
    if ((server.lostWhy !== null && !Number.isNaN(record.describedHash)) || leaving.has(record)) continue
    record.needsDescription = false
    const facts = keptOf(record)
    const mark = crc32(JSON.stringify(facts))
    if (mark !== record.describedHash) entries.push({ part: record.path, facts, ...(!first && Number.isNaN(record.describedHash) && { isNew: true }) })
    record.describedHash = mark
    if (isOver()) yield
  }
  if (entries.length <= mostDescribedAtOnce) return entries
  // Handing over this many takes a turn of its own. The first description is never split: history ends every stream that it does not name.
  const most = server.isDescribed ? mostDescribedAtOnce : entries.length
  for (let from = 0; from < entries.length; from += most) {
    yield
    sendDescriptions(describe, server, at, entries.slice(from, from + most))
  }
  yield
  return []
}

export function sendDescriptions(describe: Describe, server: ServerStreams, at: number, entries: readonly KeptEntry[]): void {
  server.describedAt = notBefore(server.describedAt, at)
  if (entries.length > 0 || !server.isDescribed) describe(server.id, server.describedAt, entries, !server.isDescribed)
  server.isDescribed = true
}
