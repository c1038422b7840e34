import type { Log } from '../ports.ts'
import type { ExpectationRows } from './expectationRows.ts'
import { orNull } from './pathSamples.ts'
import type { SeenStream, SeenStreams } from './seenStreams.ts'
import type { ServerStreams } from './serverState.ts'

/** The time until which live streams were seen is written once a minute, as one row per server. */
const checkedEveryMs = 60_000
/** Writes what must survive a restart: at most `most` rows of each kind at once, and the time of the server's last poll once a minute. */
export function writeSeen(
  server: ServerStreams,
  { seen, expectations }: { readonly seen: SeenStreams; readonly expectations: ExpectationRows },
  log: Log,
  most: number,
): void {
  const due = server.at - server.checkedAt >= checkedEveryMs
  if (server.unwritten.size === 0 && server.unwrittenGone.size === 0 && server.unwrittenSaid.size === 0 && !due) return
  const changes: SeenStream[] = []
  for (const record of server.unwritten) {
    if (changes.length >= most) break
    server.unwritten.delete(record)
    if (!Number.isNaN(record.lastLiveAt))
      changes.push({
        path: record.path,
        lastLiveAt: record.lastLiveAt,
        learnedAt: orNull(record.learnedAt),
        live: record.state === 'live' || record.state === 'stalled',
        wentBefore: orNull(record.wentBefore),
      })
  }
  const gone = [...server.unwrittenGone].slice(0, most)
  for (const path of gone) server.unwrittenGone.delete(path)
  const said = [...server.unwrittenSaid].slice(0, most)
  for (const path of said) server.unwrittenSaid.delete(path)
  const isSeen = changes.length > 0 || gone.length > 0 || due
  if (isSeen) server.checkedAt = server.at
  try {
    if (said.length > 0) expectations.write(server.id, server.said, said)
    if (isSeen) seen.write(server.id, changes, gone, server.at)
  } catch (error) {
    // Watching continues; the only loss is that these streams are not missed after a restart.
    log.error({ serverId: server.id, err: error }, 'seen streams could not be stored')
  }
}
