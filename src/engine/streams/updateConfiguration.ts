import type { ConfiguredPath } from '../servers/readings.ts'
import { indexForwards, noForwards } from './feeds.ts'
import { learningKeptMs } from './learning.ts'
import { recall } from './recallStreams.ts'
import { addStream, applyConfiguration, type ServerStreams } from './serverStreams.ts'
import { updateExpected } from './streamRecord.ts'

/** Applies the paths that a server's configuration names, asked for at `askedAt` (monotonic): they decide which streams are expected. */
export function updateConfiguration(server: ServerStreams, paths: readonly ConfiguredPath[], at: number, askedAt: number, nextSlot: () => number): void {
  server.configured = new Map(paths.map((path) => [path.name, path]))
  server.anyForwards = paths.some((path) => path.forwards === true)
  server.forwardIndex = server.anyForwards ? indexForwards(paths) : noForwards
  for (const path of paths) {
    if (path.pattern || server.byPath.has(path.name)) continue
    const old = server.learned.get(path.name)
    if (old) recall(server, old, nextSlot, at)
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
      // It was removed from the configuration: earlier learning must not make it expected again.
      record.liveDays = 1
      record.liveMs = 0
      server.unwritten.add(record)
    }
    if (updateExpected(record) || named !== record.named || onDemand !== record.onDemand) record.factsChanged = true
    // A newer configuration confirms the judgement by the older one.
    else if (record.provisional !== null && askedAt >= record.provisional.from) record.provisional = null
  }
}
