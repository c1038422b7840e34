import type { ConfiguredPath } from '../servers/readings.ts'
import { say, updateExpected } from './expectation.ts'
import { indexForwards, noForwards } from './feeds.ts'
import { listStream } from './recallStreams.ts'
import type { ServerStreams } from './serverState.ts'
import { applyConfiguration, seenKeptMs } from './serverStreams.ts'

/** Applies the paths that a server's configuration names, asked for at `askedAt` (monotonic): they decide which streams are expected. */
export function updateConfiguration(server: ServerStreams, paths: readonly ConfiguredPath[], at: number, askedAt: number, nextSlot: () => number): void {
  server.configured = new Map(paths.map((path) => [path.name, path]))
  server.anyForwards = paths.some((path) => path.forwards === true)
  server.forwardIndex = server.anyForwards ? indexForwards(paths) : noForwards
  for (const path of paths) if (!path.pattern) listStream(server, path.name, nextSlot, at)
  for (const { path, lastLiveAt } of server.seenBefore.values()) {
    if (at - lastLiveAt < seenKeptMs) continue
    server.seenBefore.delete(path)
    server.unwrittenGone.add(path)
    if (server.said.has(path)) say(server, path, null)
  }
  for (const record of server.rows) {
    const { named, onDemand } = record
    applyConfiguration(server, record)
    if (named && !record.named) {
      // It was removed from the configuration: earlier learning must not make it expected again.
      record.learnedAt = Number.NaN
      server.unwritten.add(record)
    }
    if (updateExpected(server, record, at) || named !== record.named || onDemand !== record.onDemand) record.factsChanged = true
    // A newer configuration confirms the judgement by the older one.
    else if (record.provisional !== null && askedAt >= record.provisional.from) record.provisional = null
  }
}
