import { z } from 'zod'
import { type Reason, reasonSchema } from './reasons.ts'
import type { Server } from './servers.ts'
import { serverIdSchema } from './servers.ts'
import type { StreamFacts, StreamFigures } from './streams.ts'
import { epochMs } from './time.ts'
import { isPulled } from './words/media.ts'

/** ITU-T X.733 perceived severities, the four active ones. */
export const severitySchema = z.enum(['critical', 'major', 'minor', 'warning'])
export type Severity = z.infer<typeof severitySchema>
export const severities = severitySchema.options

export const troubleKindSchema = z.enum([
  'serverDown',
  'serverHalted',
  'serverSilent',
  'streamGone',
  'streamStalled',
  'slateOnAir',
  'onDemandFailed',
  'sourceFailing',
  'packetsLost',
])
export type TroubleKind = z.infer<typeof troubleKindSchema>

/** Something that is wrong now: a whole server (its streams are unknown under it) or one stream. */
export const troubleSchema = z.object({
  /** Stable while it lasts. */
  id: z.string(),
  severity: severitySchema,
  kind: troubleKindSchema,
  serverId: serverIdSchema,
  serverName: z.string(),
  /** null: the server itself. */
  path: z.string().nullable(),
  since: epochMs,
  /** What is wrong. */
  why: reasonSchema,
  /** What is wrong and what to do, in words: over REST alone, in the language that was asked for. Else `troubleWords` makes them. */
  text: z.string().optional(),
  todo: z.string().optional(),
  /** Streams that are unknown because of it; null: it is not known how many there are. */
  streams: z.number().nullable(),
  /** Readers that it hits; null where not known. */
  readers: z.number().nullable(),
})
export type Trouble = z.infer<typeof troubleSchema>

const kindOfServer = ({ state, isSilent }: Pick<Server, 'state' | 'isSilent'>) =>
  state === 'down' ? 'serverDown' : state === 'halted' ? 'serverHalted' : state === 'unknown' && isSilent ? 'serverSilent' : null

/** Whether something is wrong with the server itself: always critical. */
export const isServerTroubled = (server: Pick<Server, 'state' | 'isSilent'>): boolean => kindOfServer(server) !== null

/** Judges one server. null: nothing is wrong with the server itself. */
export function troubleOfServer(server: Server): Trouble | null {
  const kind = kindOfServer(server)
  if (kind === null) return null
  return {
    id: server.id,
    severity: 'critical',
    kind,
    serverId: server.id,
    serverName: server.name,
    path: null,
    since: server.outageSince ?? server.stateSince,
    why: server.error === null ? { kind: 'noAnswer' } : { kind: 'serverError', error: server.error },
    streams: server.totals.unknown,
    readers: null,
  }
}

/** What can be wrong with a stream, worst first, and how bad it is. */
const streamTroubles = {
  streamGone: 'critical',
  streamStalled: 'critical',
  slateOnAir: 'major',
  onDemandFailed: 'major',
  sourceFailing: 'minor',
  packetsLost: 'minor',
} as const satisfies Partial<Record<Trouble['kind'], Severity>>
type StreamTroubleKind = keyof typeof streamTroubles

/** What judging needs of a stream. What is not known is null, or NaN inside the engine. */
type JudgedFacts = Pick<StreamFacts, 'state' | 'expected' | 'onDemand' | 'onDemandFailed' | 'sourceType'>
type JudgedFigures = Pick<StreamFigures, 'lostLastMinute'>

function judgeStream(facts: JudgedFacts, figures: JudgedFigures): StreamTroubleKind | null {
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
    case 'unknown':
    case 'ended':
      return null
    default:
      return facts.state satisfies never
  }
}

/** How bad it stands with a stream; null: nothing is wrong, or it is not known. Cheap: asked of each stream in each tick. */
export function severityOfStream(facts: JudgedFacts, figures: JudgedFigures): Severity | null {
  const kind = judgeStream(facts, figures)
  return kind === null ? null : streamTroubles[kind]
}

/** What is wrong where nothing more is known. */
const usualWhy: Readonly<Record<StreamTroubleKind, (facts: StreamFacts, figures: StreamFigures) => Reason>> = {
  streamGone: ({ sourceType }) => ({ kind: 'senderLeft', pulled: isPulled(sourceType) }),
  streamStalled: () => ({ kind: 'noData' }),
  slateOnAir: () => ({ kind: 'slateOn', sourceType: null, remoteAddr: null, left: false }),
  onDemandFailed: () => ({ kind: 'sourceFailed' }),
  sourceFailing: () => ({ kind: 'notPulled' }),
  packetsLost: ({ sourceType }, { lostLastMinute }) => ({
    kind: 'packetsLost',
    count: lostLastMinute ?? 0,
    estimated: sourceType === 'srtConn' || sourceType === 'srtSource',
  }),
}

/** Judges one stream. null: nothing is wrong, or it can't be known because its server is down. */
export function troubleOfStream(serverName: string, facts: StreamFacts, figures: StreamFigures): Trouble | null {
  const kind = judgeStream(facts, figures)
  if (kind === null) return null
  return {
    id: `${facts.serverId}/${facts.path}`,
    severity: streamTroubles[kind],
    kind,
    serverId: facts.serverId,
    serverName,
    path: facts.path,
    // Losses since the first of them; an outage since data last came, whatever it was called on the way.
    since: (kind === 'packetsLost' ? figures.lossSince : facts.outageSince) ?? facts.stateSince,
    why: (kind === 'packetsLost' ? null : facts.why) ?? usualWhy[kind](facts, figures),
    streams: 0,
    // One that is gone has none any more: what counts is how many it had.
    readers: kind === 'streamGone' || kind === 'onDemandFailed' ? (facts.readersLost ?? null) : figures.readers,
  }
}

/** Place of each in the order, worst first. */
export const severityRank: Readonly<Record<Severity, number>> = { critical: 0, major: 1, minor: 2, warning: 3 }
/** Worst first; whole servers before streams; then the newest. */
export const compareTroubles = (a: Trouble, b: Trouble) =>
  severityRank[a.severity] - severityRank[b.severity] || Number(a.path !== null) - Number(b.path !== null) || b.since - a.since || a.id.localeCompare(b.id)
