import type { HostReading, MediaProcess } from '../../shared/hosts.ts'
import type { HostCollector } from './hostCollector.ts'
import type { HostFigures } from './hostRates.ts'
import { samplesOf } from './hostSamples.ts'
import { describe, event, goroutinesOf, type HostsState, mainTie, newMediaWatch, setState, type Tie, tiesOf, type Watched } from './hostsState.ts'
import { chooseMedia, type MediaChoice, withMediaServer } from './mediaChoice.ts'

/** Some systems have start times in whole seconds. */
const startErrorMs = 5_000
/**
 * Whether they are one process. A new one with the same id started after the old one was last seen (`seenAt`): by an answer that was read late, a start only
 * seems later than it was.
 */
const isSameProcess = (one: MediaProcess, other: MediaProcess, seenAt: number): boolean =>
  one.pid === other.pid &&
  (one.startedAt === null || other.startedAt === null || other.startedAt <= Math.max(one.startedAt, seenAt - 2 * startErrorMs) + startErrorMs)

export function readingCame(hosts: HostsState, watched: Watched, slot: number, startedAt: number, figures: HostFigures, collector: HostCollector): void {
  const { downRecorded, reading: readingBefore, awayFrom, awayTo, goodAt } = watched
  // If connecting took longer than an interval, the reading no longer belongs to that slot.
  const at = figures.at - slot > watched.settings.intervalSeconds * 1000 ? figures.at : slot
  watched.failures = 0
  watched.awayFrom = null
  watched.downRecorded = false
  watched.goodAt = figures.at
  watched.error = null
  watched.answerMs = collector.answerMs() ?? hosts.clock.monotonic() - startedAt
  for (const { ports } of figures.mediaProcesses) for (const port of ports ?? []) watched.listened.add(port)
  const main = mainTie(hosts, watched)
  const choice = choiceFor(hosts, watched, main, figures)
  const ties = tiesOf(hosts, watched)
  for (const tie of ties)
    noteMedia(hosts, watched, tie, tie === main ? choice : choiceFor(hosts, watched, tie, figures), figures.mediaProcesses, at, goodAt ?? at)
  for (const serverId of watched.media.keys()) if (!ties.some((tie) => tie.serverId === serverId)) watched.media.delete(serverId)
  const restarts = main === null ? 0 : (watched.media.get(main.serverId)?.restarts ?? 0)
  const reading = withMediaServer(figures, choice, restarts, goroutinesOf(hosts, watched, main, figures))
  watched.reading = reading
  noteRestarts(hosts, watched, readingBefore, reading, at)
  watched.readAt = hosts.clock.monotonic()
  setState(hosts, watched, 'up', at)
  if (downRecorded && goodAt === null) hosts.record([event(watched, 'hostUp', at, {})])
  else if (downRecorded && goodAt !== null) {
    const minMs = awayFrom === null ? 0 : Math.max(0, awayTo - awayFrom)
    const maxMs = Math.max(minMs, figures.at - goodAt)
    hosts.record([event(watched, 'hostUp', at, { minMs, maxMs })])
  }
  for (const batch of samplesOf(watched.id, at, reading, watched.answerMs)) hosts.append(batch)
  if (hosts.clock.monotonic() >= watched.describeAt) describe(hosts, watched, at)
}

function noteRestarts(hosts: HostsState, watched: Watched, before: HostReading | null, now: HostReading, at: number): void {
  if (before === null) return
  const sinceMs = hosts.clock.monotonic() - watched.readAt
  // It has been up for less time than has passed since the last reading.
  if (now.uptimeSeconds !== null && before.uptimeSeconds !== null && now.uptimeSeconds < before.uptimeSeconds && now.uptimeSeconds * 1000 < sinceMs + 1000)
    hosts.record([event(watched, 'hostRestarted', at, { uptimeSeconds: Math.round(now.uptimeSeconds) })])
}

/** The process of a server on a host; of several servers only one that is known to be its own. `tie` null: that of the host, where no server is its main one. */
function choiceFor(hosts: HostsState, watched: Watched, tie: Tie | null, { mediaProcesses, pendingMedia }: MediaFigures): MediaChoice {
  const chosen = tie === mainTie(hosts, watched) ? watched.settings.mediaProcess : null
  const choice = chooseMedia(mediaProcesses, { chosen, ports: tie?.ports ?? null }, pendingMedia)
  const isItsOwn = choice.process === null || choice.by === 'port' || choice.by === 'chosen' || tiesOf(hosts, watched).length <= 1
  return isItsOwn ? choice : { process: null, unknown: 'unclear' }
}
type MediaFigures = Pick<HostFigures, 'mediaProcesses' | 'pendingMedia'>

/** The reading of a host with the process of one of the servers there. */
export function readingFor(hosts: HostsState, watched: Watched, serverId: string, reading: HostReading): HostReading {
  const tie = tiesOf(hosts, watched).find((one) => one.serverId === serverId)
  if (tie === undefined || tie === mainTie(hosts, watched)) return reading
  const figures = { ...reading, goroutines: null, pendingMedia: new Set<number>() }
  return withMediaServer(figures, choiceFor(hosts, watched, tie, figures), 0, null)
}

/**
 * Records the end of the process of a media server on a host, and the start of another one of the same server. No restart unless both processes were seen on
 * the port of its API.
 */
function noteMedia(
  hosts: HostsState,
  watched: Watched,
  { serverId, ports }: Tie,
  choice: MediaChoice,
  processes: readonly MediaProcess[],
  at: number,
  seenAt: number,
): void {
  const media = watched.media.get(serverId) ?? newMediaWatch()
  watched.media.set(serverId, media)
  const { shown } = media
  if (shown !== null && !processes.some((one) => isSameProcess(shown, one, seenAt))) {
    media.shown = null
    media.ended = { process: shown, recorded: false }
  }
  const { ended } = media
  if (choice.process === null) {
    // Whether another process replaced it is known once the new ones have been read.
    if (ended === null || ended.recorded || choice.unknown === 'pending') return
    ended.recorded = true
    const { pid } = ended.process
    hosts.record([event(watched, 'mediaServerEnded', at, { pid, serverId })])
    return
  }
  const { pid } = choice.process
  media.shown = choice.process
  if (ended === null) return
  const before = ended.process.pid
  const isOfServer = [ended.process, choice.process].every((process) => process.ports?.includes(ports.api))
  media.ended = null
  if (!isOfServer) return
  media.restarts++
  hosts.record([event(watched, 'mediaServerRestarted', at, { pid, before, serverId })])
}
