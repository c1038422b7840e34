import { setImmediate as nextTurn } from 'node:timers/promises'
import { countedTotals, countStreams } from '../../shared/countStreams.ts'
import { type MetricId, metricIds } from '../../shared/metrics.ts'
import type { Reason } from '../../shared/reasons.ts'
import { defaultIntervalSeconds, type Server, type ServerState, type ServerTotals, unknownTotals } from '../../shared/servers.ts'
import { type StreamFacts, type StreamFigures, streamStates, unknownFacts, unknownFigures } from '../../shared/streams.ts'
import type { Subject, SubjectOf } from '../../shared/subjectNames.ts'
import type { StreamState } from '../../shared/watchedStates.ts'
import type { WholeMoment } from '../history/history.ts'
import type { ConsoleThen } from './consoleGaps.ts'
import { type KeptServer, keptServerSchema, keptStreamSchema } from './keptFacts.ts'

/** A stream as it was. */
export interface PastStream {
  readonly facts: Omit<StreamFacts, 'slot'>
  readonly figures: StreamFigures
  /** Index of its row in `WholeMoment`. */
  readonly row: number
}

export interface PastServer {
  readonly server: Server
  readonly streams: readonly PastStream[]
}

/** The whole console as it was. */
export interface PastFleet {
  readonly servers: readonly PastServer[]
  readonly consoleWhy: Reason | null
}

/** This many streams take a few ms; after them the event loop gets a turn, so that polls continue. */
export const streamsPerTurn = 1_000

/**
 * Rebuilds the console as it was at a moment, from history.
 *
 * 1. The stored facts of a server or stream hold until newer ones are stored, unless the console was not running.
 * 2. During a console gap everything is unknown. Facts stored by an earlier launch don't carry over: that launch's servers
 *    are gone, and its streams are unknown until they are recorded again.
 * 3. While a server can't be polled its streams are unknown but keep their earlier facts; an ended stream stays ended.
 * 4. Without facts only samples are used.
 */
export async function pastFleetOf(moment: number, kept: WholeMoment, then: ConsoleThen, nameOf: (serverId: string) => string | null): Promise<PastFleet> {
  const columns = Object.fromEntries(metricIds.map((id) => [id, kept.metrics.indexOf(id)])) as Record<MetricId, number>
  const width = kept.metrics.length
  const sampleOf: SampleOf = (row, id) => {
    const value = columns[id] < 0 ? undefined : kept.values[row * width + columns[id]]
    return value === undefined || Number.isNaN(value) ? null : value
  }
  const sampledAt = (row: number): number | null => {
    const at = kept.at[row]
    return at === undefined || Number.isNaN(at) ? null : at
  }
  /** Stored as gone, with no sample since. */
  const isGone = (row: number): boolean => {
    if (kept.facts[row] !== null || Number.isNaN(kept.factsAt[row] ?? Number.NaN)) return false
    const at = sampledAt(row)
    return at === null || at <= (kept.factsAt[row] as number)
  }

  const rowsByServer = new Map<string, { own: number; readonly paths: number[] }>()
  for (let row = 0; row < kept.subjects.length; row++) {
    const subject = kept.subjects[row] as Subject
    // Hosts, their devices and probes are not part of the fleet.
    if (!('serverId' in subject)) continue
    const { serverId } = subject
    let rows = rowsByServer.get(serverId)
    if (rows === undefined) {
      rows = { own: -1, paths: [] }
      rowsByServer.set(serverId, rows)
    }
    if (subject.kind === 'server') rows.own = row
    else rows.paths.push(row)
  }

  // A server that is up is polled every few seconds. If no server has a sample, nothing was polled, even without a gap event.
  const wasUp = (own: number) => {
    const facts = own < 0 ? null : (kept.facts[own] as { readonly state?: unknown; readonly launchedAt?: unknown } | null)
    return facts?.state === 'up' && typeof facts.launchedAt === 'number' && facts.launchedAt >= then.launchedAt
  }
  const nothingPolled = kept.at.every(Number.isNaN) && [...rowsByServer.values()].some(({ own }) => wasUp(own))
  const consoleGap: ConsoleThen['gap'] =
    then.gap ?? (nothingPolled ? { from: moment, to: moment, cause: 'notRecorded', exact: true, why: { kind: 'notRecorded' } } : null)

  let sinceTurn = 0
  const servers: PastServer[] = []
  let anythingSeen = false
  for (const [serverId, { own, paths }] of rowsByServer) {
    if (own >= 0 && isGone(own)) continue
    const facts = own < 0 || kept.facts[own] === null ? null : keptServerSchema.safeParse(kept.facts[own])
    const described = facts?.success ? facts.data : null
    const seenAt = own < 0 ? null : sampledAt(own)
    const gap = consoleGap !== null && (consoleGap.exact || seenAt === null) ? consoleGap : null
    if (seenAt !== null && gap === null) anythingSeen = true
    if (described !== null && described.launchedAt < then.launchedAt && seenAt === null) continue
    const lost: Lost | null =
      gap !== null
        ? { why: gap.why, since: gap.from, seenAt: null }
        : described === null
          ? // No facts, or facts of a later version: samples still show whether it answered.
            own >= 0 && sampleOf(own, 'server.reachable') === 0
            ? { why: { kind: 'serverDown' }, since: seenAt ?? moment, seenAt: null }
            : null
          : described.streams.told
            ? described.streams.lost
            : { why: { kind: 'notAsked' }, since: described.launchedAt, seenAt: null, ...described.streams.lost }

    const streams: PastStream[] = []
    for (const row of paths) {
      if (++sinceTurn >= streamsPerTurn) {
        sinceTurn = 0
        await nextTurn()
      }
      if (isGone(row)) continue
      const stream = pastStream(row, kept, lost, { sampleOf, sampledAt: sampledAt(row), serverSeenAt: seenAt })
      if (stream !== null) streams.push(stream)
    }
    if (described === null && seenAt === null && streams.length === 0) continue
    const known = lost === null ? own : -1
    const answered = (own >= 0 && (sampleOf(own, 'server.reachable') ?? 0) > 0) || (lost !== null && lost.seenAt !== null)
    const totals = totalsOf(streams, answered, lost?.seenAt ?? Number.NaN, (id) => (known < 0 ? null : sampleOf(known, id)))
    servers.push({ server: pastServer(moment, serverId, described, gap, lost, { own, sampleOf, seenAt, totals, nameOf }), streams })
  }
  servers.sort((a, b) => a.server.name.localeCompare(b.server.name, undefined, { sensitivity: 'base' }))
  const unseen = consoleGap !== null && !anythingSeen ? consoleGap.why : null
  const nothingKept: Reason | null = servers.length === 0 && consoleGap === null ? { kind: 'nothingKept' } : null
  return { servers, consoleWhy: unseen ?? then.noNetwork ?? nothingKept }
}

type SampleOf = (row: number, id: MetricId) => number | null
type Lost = NonNullable<KeptServer['streams']['lost']>

interface StreamSamples {
  readonly sampleOf: SampleOf
  readonly sampledAt: number | null
  readonly serverSeenAt: number | null
}

function pastStream(row: number, kept: WholeMoment, lost: Lost | null, { sampleOf, sampledAt, serverSeenAt }: StreamSamples): PastStream | null {
  const { serverId, path } = kept.subjects[row] as SubjectOf<'stream'>
  const facts = kept.facts[row] ?? null
  const parsed = facts === null ? null : keptStreamSchema.safeParse(facts)
  const described = parsed?.success ? parsed.data : null
  if (described === null && sampledAt === null) return null
  const sampledState: StreamState = streamStates[sampleOf(row, 'path.state') ?? -1] ?? 'unknown'
  const { lastLiveAt, ...base } = described ?? { ...unknownFacts, state: sampledState, stateSince: sampledAt ?? 0 }
  const wasLive = base.state === 'live'
  if (lost !== null && base.state !== 'ended') {
    const { readersLost: _, recording: _recording, ...rest } = base
    return {
      row,
      facts: {
        ...rest,
        serverId,
        path,
        state: 'unknown',
        stateSince: base.state === 'unknown' ? base.stateSince : lost.since,
        why: lost.why,
        lastLiveAt: wasLive ? lost.seenAt : lastLiveAt,
        outageSince: wasLive ? lost.seenAt : base.outageSince,
      },
      figures: lost.seenAt === null ? unknownFigures : { ...unknownFigures, readAt: lost.seenAt },
    }
  }
  const lossMs = sampleOf(row, 'path.lossMs')
  return {
    row,
    facts: { ...base, serverId, path, lastLiveAt: wasLive ? (sampledAt ?? serverSeenAt) : lastLiveAt },
    figures: {
      bytesReceived: null,
      bytesSent: null,
      bitrateInBps: sampleOf(row, 'path.bitrateIn'),
      bitrateOutBps: sampleOf(row, 'path.bitrateOut'),
      readers: sampleOf(row, 'path.readers'),
      ownReaders: sampleOf(row, 'path.ownReaders') ?? 0,
      lostLastMinute: sampleOf(row, 'path.lostLastMinute'),
      lossSince: lossMs === null || sampledAt === null ? null : sampledAt - lossMs,
      rttMs: sampleOf(row, 'path.rtt'),
      readAt: sampledAt,
    },
  }
}

/** `answeredAt`: before the outage that lasts; NaN: there is none, or it is not known. */
function totalsOf(streams: readonly PastStream[], answered: boolean, answeredAt: number, ofServer: (id: MetricId) => number | null): ServerTotals {
  if (!answered && streams.length === 0) return unknownTotals
  const readers = ofServer('server.readers')
  return {
    ...countedTotals(
      countStreams(
        streams.map(({ facts }) => facts),
        undefined,
        answeredAt,
      ),
    ),
    readers,
    ownReaders: readers === null ? null : streams.reduce((sum, { figures }) => sum + figures.ownReaders, 0),
    bitrateInBps: ofServer('server.bitrateIn'),
    bitrateOutBps: ofServer('server.bitrateOut'),
  }
}

interface ServerSamples {
  readonly own: number
  readonly sampleOf: SampleOf
  readonly seenAt: number | null
  readonly totals: ServerTotals
  readonly nameOf: (serverId: string) => string | null
}

function pastServer(
  moment: number,
  serverId: string,
  described: KeptServer | null,
  gap: ConsoleThen['gap'],
  lost: Lost | null,
  { own, sampleOf, seenAt, totals, nameOf }: ServerSamples,
): Server {
  const value = (id: MetricId) => (own < 0 ? null : sampleOf(own, id))
  const reachable = value('server.reachable')
  const shown = described ?? undescribedServer(serverId, nameOf)
  const { launchedAt: _, streams: _streams, ...rest } = shown
  const sampledState: ServerState = reachable === null ? 'unknown' : reachable > 0 ? 'up' : 'down'
  return {
    ...rest,
    id: serverId,
    ...(gap !== null
      ? { state: 'unknown', stateSince: gap.from, error: null, isSilent: false }
      : described === null && { state: sampledState, stateSince: seenAt ?? moment, error: null }),
    lastAnswerAt: reachable !== null && reachable > 0 ? seenAt : gap !== null ? null : (shown.lastAnswerAt ?? lost?.seenAt ?? null),
    answerMs: value('server.answerMs'),
    roundMs: null,
    nextTryAt: null,
    clockSkewMs: value('server.clockSkew'),
    cost: null,
    totals,
  }
}

/** Facts of a server that has only samples in history. */
const undescribedServer = (serverId: string, nameOf: (serverId: string) => string | null): KeptServer => ({
  name: nameOf(serverId) ?? serverId,
  url: '',
  origin: 'stored',
  auth: { kind: 'none', user: null, hasSecret: false },
  fingerprint: null,
  intervalSeconds: defaultIntervalSeconds,
  tags: [],
  paused: false,
  addressesGiven: {},
  addresses: { hls: null, webrtc: null, rtsp: null, srt: null, playback: null, metrics: null },
  addressesFrom: 'defaults',
  addressesAssumed: true,
  state: 'unknown',
  stateSince: 0,
  error: null,
  lastAnswerAt: null,
  outageSince: null,
  isSilent: false,
  version: null,
  startedAt: null,
  openToAll: null,
  notEnabled: [],
  cautions: [],
  launchedAt: 0,
  streams: { told: true, lost: null },
})
