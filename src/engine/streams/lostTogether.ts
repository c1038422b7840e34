import { isCanaryPath } from '../../shared/canaries.ts'
import { missedTogetherMs } from '../../shared/streams.ts'
import type { PathReading } from '../servers/readings.ts'
import { fewestForRestart, wasOn } from './roundQuestions.ts'
import type { LostTogether, ServerStreams } from './serverState.ts'
import type { StreamRecord } from './streamRecord.ts'
import { isOn } from './streamState.ts'

const togetherMs = 60_000

/** Streams that come and go as they should, and our own test signals, are not missed. */
const counts = ({ path, onDemand, because }: StreamRecord) => !onDemand && because?.expects !== false && !isCanaryPath(path)

/** Notes which streams a server has to bring back; called before its first answer is read. */
export function expectBack(server: ServerStreams, arrivedAt: number): void {
  const earlier = server.beforeReturn
  const paths = new Set(earlier?.paths)
  for (const record of server.rows) if (wasOn(record) && counts(record)) paths.add(record.path)
  if (paths.size > 0) server.beforeReturn = { paths, since: earlier?.since ?? server.readAt, until: arrivedAt + togetherMs }
}

/** Finds streams that left together, at the end of a round. Expected ones have alarms of their own: at least one must be nobody's. */
export function noteLost(
  { server, at, arrivedAt, first, waits }: { server: ServerStreams; at: number; arrivedAt: number; first: boolean; waits: boolean },
  items: readonly PathReading[],
): void {
  const { beforeReturn, lostTogether } = server
  if (lostTogether !== null) {
    const paths = lostTogether.paths.filter((path) => !isBack(server.byPath.get(path)))
    if (paths.length === 0 || at - lostTogether.since >= missedTogetherMs) server.lostTogether = null
    else if (paths.length < lostTogether.paths.length) server.lostTogether = { ...lostTogether, paths }
  }
  if (beforeReturn !== null && arrivedAt >= beforeReturn.until) {
    server.beforeReturn = null
    const paths = [...beforeReturn.paths].filter((path) => (server.byPath.get(path)?.onAirRound ?? -1) < server.returnRound)
    lose(server, { paths, of: beforeReturn.paths.size, isReturn: true, since: beforeReturn.since, readers: null })
    return
  }
  // Where streams are events, all of them leave when it is over; those that an operator, a plan or a file expects have alarms of their own.
  if (server.settings.newStreams === 'events') return
  if (first || waits || server.beforeReturn !== null || items.some(({ available }) => available)) return
  // One that is not judged yet may have left at the same time.
  const left = server.rows.filter((record) => counts(record) && (hasLeft(record) ? at - record.stateSince < togetherMs : record.state === 'unknown'))
  if (left.length < fewestForRestart || left.some(({ state }) => state === 'unknown')) return
  const readers = left.reduce((sum, { readersLost }) => sum + (readersLost || 0), 0)
  const since = Math.min(...left.map(({ stateSince }) => stateSince))
  lose(server, { paths: left.map(({ path }) => path), of: left.length, isReturn: false, since, readers })
}

function lose(server: ServerStreams, lost: LostTogether): void {
  const records = lost.paths.map((path) => server.byPath.get(path))
  if (!records.some((record) => record?.state === 'ended')) return
  const paths = new Set([...(server.lostTogether?.paths ?? []), ...lost.paths])
  if (paths.size === server.lostTogether?.paths.length) return
  server.lostTogether = { ...lost, paths: [...paths], of: Math.max(lost.of, paths.size) }
  // It is said of the server.
  for (const record of records) if (record?.state === 'ended') record.readersLost = Number.NaN
}

const hasLeft = ({ state }: StreamRecord) => state === 'ended' || state === 'gone'
const isBack = (record: StreamRecord | undefined) => record !== undefined && record.state !== 'unknown' && (isOn(record.state) || record.state === 'slate')
