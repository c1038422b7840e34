import { z } from 'zod'
import { isPulled } from '../i18n/media.ts'
import type { Reason } from './reasons.ts'
import type { Server } from './servers.ts'
import type { Severity } from './severities.ts'
import type { StreamFacts, StreamFigures } from './streams.ts'

export const troubleKindSchema = z.enum([
  'serverDown',
  'serverHalted',
  'serverSilent',
  'streamGone',
  'streamStalled',
  'slateOnAir',
  'onDemandFailed',
  'endedWhileRead',
  'sourceFailing',
  'packetsLost',
])
type TroubleKind = z.infer<typeof troubleKindSchema>
export function isTroubleKind(kind: string): kind is TroubleKind {
  return troubleKindSchema.options.some((known) => known === kind)
}

/** A trouble in the current state of a whole server (whose streams are then unknown) or of one stream, as input for rules. */
export interface Trouble {
  /** Default severity: a rule may set another one. */
  readonly severity: Severity
  readonly kind: TroubleKind
  readonly serverId: string
  readonly serverName: string
  /** null: the server itself. */
  readonly path: string | null
  readonly since: number
  readonly why: Reason
  /** The server's message about the source that it pulls, without secrets. Omitted: none. */
  readonly said?: string
  /** Number of streams unknown because of it; null: their number is unknown. */
  readonly streams: number | null
  /** Readers affected; null: unknown. */
  readonly readers: number | null
}

const kindOfServer = ({ state, isSilent }: Pick<Server, 'state' | 'isSilent'>) =>
  state === 'down' ? 'serverDown' : state === 'halted' ? 'serverHalted' : state === 'unknown' && isSilent ? 'serverSilent' : null

/** Whether something is wrong with the server itself, regardless of the rules. */
export function isServerTroubled(server: Pick<Server, 'state' | 'isSilent'>): boolean {
  return kindOfServer(server) !== null
}

/** Default severities, if the rule sets none; those of streams worst first. */
export const defaultSeverity = {
  serverDown: 'critical',
  serverHalted: 'critical',
  serverSilent: 'critical',
  streamGone: 'critical',
  streamStalled: 'critical',
  slateOnAir: 'major',
  onDemandFailed: 'major',
  endedWhileRead: 'warning',
  sourceFailing: 'minor',
  packetsLost: 'minor',
} as const satisfies Readonly<Record<TroubleKind, Severity>>

/** The trouble of one server, or null if nothing is wrong with the server itself. */
export function troubleOfServer(server: Server): Trouble | null {
  const kind = kindOfServer(server)
  if (kind === null) return null
  return {
    severity: defaultSeverity[kind],
    kind,
    serverId: server.id,
    serverName: server.name,
    path: null,
    since: server.outageSince ?? server.stateSince,
    why: server.error === null ? { kind: 'noAnswer' } : { kind: 'serverError', error: server.error },
    streams: server.totals.unknownOnAir,
    readers: null,
  }
}

type StreamTroubleKind = Extract<TroubleKind, `stream${string}` | 'slateOnAir' | 'onDemandFailed' | 'endedWhileRead' | 'sourceFailing' | 'packetsLost'>

/** The inputs for judging a stream. Unknown values are null, or NaN inside the engine. */
type EvaluatedFacts = Pick<StreamFacts, 'state' | 'expected' | 'offPlan' | 'onDemand' | 'onDemandFailed' | 'readersLost' | 'sourceType'>
type EvaluatedFigures = Pick<StreamFigures, 'lostLastMinute'>

/** Whether a stream waits for a source that cannot be pulled or started. */
export function lacksSource(facts: EvaluatedFacts): boolean {
  const trouble = evaluateStream(facts, { lostLastMinute: null })
  return trouble === 'sourceFailing' || trouble === 'onDemandFailed'
}

function evaluateStream(facts: EvaluatedFacts, figures: EvaluatedFigures): StreamTroubleKind | null {
  // Off plan: it is not monitored now.
  if (facts.offPlan === true) return null
  switch (facts.state) {
    case 'gone':
      return 'streamGone'
    case 'stalled':
      return 'streamStalled'
    case 'slate':
      return 'slateOnAir'
    case 'waiting':
      if (facts.onDemandFailed) return 'onDemandFailed'
      return facts.expected && !facts.onDemand && facts.sourceType !== null ? 'sourceFailing' : null
    case 'live':
      return (figures.lostLastMinute ?? 0) > 0 ? 'packetsLost' : null
    case 'ended':
      return (facts.readersLost ?? 0) > 0 ? 'endedWhileRead' : null
    case 'unknown':
      return null
    default:
      return facts.state satisfies never
  }
}

/** Whether the state of a stream is a trouble. Cheap: called for each stream in each tick. */
export function isStreamTroubled(facts: EvaluatedFacts, figures: EvaluatedFigures): boolean {
  return evaluateStream(facts, figures) !== null
}

/** Default reason of each kind of trouble, for when nothing more specific is known. */
const usualWhy: Readonly<Record<StreamTroubleKind, (facts: StreamFacts, figures: StreamFigures) => Reason>> = {
  streamGone: ({ sourceType, lastLiveAt }) => (lastLiveAt === null ? { kind: 'neverLive' } : { kind: 'senderLeft', pulled: isPulled(sourceType) }),
  streamStalled: () => ({ kind: 'noData' }),
  slateOnAir: () => ({ kind: 'slateOn', sourceType: null, remoteAddr: null, left: false }),
  onDemandFailed: () => ({ kind: 'sourceFailed' }),
  endedWhileRead: ({ sourceType }) => ({ kind: 'senderLeft', pulled: isPulled(sourceType) }),
  sourceFailing: () => ({ kind: 'notPulled' }),
  packetsLost: ({ sourceType }, { lostLastMinute }) => ({
    kind: 'packetsLost',
    count: lostLastMinute ?? 0,
    estimated: sourceType === 'srtConn' || sourceType === 'srtSource',
  }),
}

/** The trouble of one stream; null: nothing is wrong, or its state is unknown because its server is down. */
export function troubleOfStream(serverName: string, facts: StreamFacts, figures: StreamFigures): Trouble | null {
  const kind = evaluateStream(facts, figures)
  if (kind === null) return null
  return {
    severity: defaultSeverity[kind],
    kind,
    serverId: facts.serverId,
    serverName,
    path: facts.path,
    // Packet loss began with the first lost packet, an outage with the last data, whatever states it went through.
    since: (kind === 'packetsLost' ? figures.lossSince : facts.outageSince) ?? facts.stateSince,
    why: (kind === 'packetsLost' ? null : facts.why) ?? usualWhy[kind](facts, figures),
    ...(facts.sourceError !== undefined && kind !== 'packetsLost' && { said: facts.sourceError }),
    streams: 0,
    readers: readersHitBy(kind, facts, figures),
  }
}

/** Number of readers affected by a trouble of a stream; null: unknown. A stream that is gone has none left, so those it had before are counted. */
export function readersHitBy(kind: TroubleKind, { readersLost }: Pick<StreamFacts, 'readersLost'>, { readers }: Pick<StreamFigures, 'readers'>): number | null {
  return kind === 'streamGone' || kind === 'onDemandFailed' || kind === 'endedWhileRead' ? (readersLost ?? null) : readers
}
