import type { ConfiguredPath } from '../servers/readings.ts'
import { learningKeptMs } from './learning.ts'
import type { SeenStream } from './seenStreams.ts'
import { addStream, applyConfiguration, type ServerStreams } from './serverStreams.ts'
import { updateExpected } from './streamRecord.ts'

export interface ConfigurationDeps {
  /** A stream of an earlier launch becomes one that is shown. */
  readonly recall: (server: ServerStreams, stream: SeenStream, at: number) => void
  readonly nextSlot: () => number
}

/** What a server's configuration names, asked for at `askedAt` (monotonic), says which streams are expected. */
export function takeConfiguration(
  server: ServerStreams,
  paths: readonly ConfiguredPath[],
  at: number,
  askedAt: number,
  { recall, nextSlot }: ConfigurationDeps,
): void {
  server.configured = new Map(paths.map((path) => [path.name, path]))
  for (const path of paths) {
    if (path.pattern || server.byPath.has(path.name)) continue
    const old = server.learned.get(path.name)
    if (old) recall(server, old, at)
    else addStream(server, path.name, nextSlot(), at)
  }
  for (const { path, lastLiveAt } of server.learned.values()) {
    if (at - lastLiveAt < learningKeptMs) continue
    server.learned.delete(path)
    server.unwrittenGone.add(path)
  }
  for (const record of server.rows) {
    const { named, onDemand } = record
    applyConfiguration(server, record)
    if (named && !record.named && record.liveDays > 0) {
      // Somebody took it out of the configuration: what it was learned by does not make it expected again.
      record.liveDays = 1
      record.liveMs = 0
      server.unwritten.add(record)
    }
    if (updateExpected(record) || named !== record.named || onDemand !== record.onDemand) record.factsChanged = true
    // A newer one says the same: what was said by the older one stands.
    else if (record.provisional !== null && askedAt >= record.provisional.from) record.provisional = null
  }
}
