import type { Log } from '../ports.ts'
import { orNull } from './pathSamples.ts'
import type { SeenStream, SeenStreams } from './seenStreams.ts'
import type { ServerStreams } from './serverStreams.ts'

/** One row a server a minute keeps the time of its live streams. */
const lookedEveryMs = 60_000
/** Keeps what a restart must remember: at most `most` rows at once, a server's look once a minute. */
export function writeSeen(server: ServerStreams, seen: SeenStreams, log: Log, most: number): void {
  const due = server.at - server.lookedAt >= lookedEveryMs
  if (server.unwritten.size === 0 && server.unwrittenGone.size === 0 && !due) return
  const changes: SeenStream[] = []
  for (const record of server.unwritten) {
    if (changes.length >= most) break
    server.unwritten.delete(record)
    if (!Number.isNaN(record.lastLiveAt))
      changes.push({
        path: record.path,
        lastLiveAt: record.lastLiveAt,
        liveDays: record.liveDays,
        liveMs: record.liveMs,
        live: record.state === 'live' || record.state === 'stalled',
        wentBefore: orNull(record.wentBefore),
      })
  }
  const gone = [...server.unwrittenGone].slice(0, most)
  for (const path of gone) server.unwrittenGone.delete(path)
  if (changes.length === 0 && gone.length === 0 && !due) return
  server.lookedAt = server.at
  try {
    seen.write(server.id, changes, gone, server.at)
  } catch (error) {
    // Watching goes on; what is lost is that a restart would not miss these streams.
    log.error({ serverId: server.id, err: error }, 'seen streams could not be stored')
  }
}
