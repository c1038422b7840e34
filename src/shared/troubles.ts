import { z } from 'zod'
import { serverErrorWords } from './errors.ts'
import type { Server } from './servers.ts'
import { serverIdSchema } from './servers.ts'
import type { StreamFacts, StreamFigures } from './streams.ts'
import { epochMs } from './time.ts'

/** ITU-T X.733 perceived severities, the four active ones. */
export const severitySchema = z.enum(['critical', 'major', 'minor', 'warning'])
export type Severity = z.infer<typeof severitySchema>
export const severities = severitySchema.options

/** Something that is wrong now: a whole server (its streams are unknown under it) or one stream. */
export const troubleSchema = z.object({
  /** Stable while it lasts. */
  id: z.string(),
  severity: severitySchema,
  kind: z.enum(['serverDown', 'serverHalted', 'streamGone', 'streamStalled', 'slateOnAir', 'sourceFailing', 'packetsLost']),
  serverId: serverIdSchema,
  serverName: z.string(),
  /** null: the server itself. */
  path: z.string().nullable(),
  since: epochMs,
  /** What is wrong, one sentence. */
  text: z.string(),
  todo: z.string(),
  /** Streams that are unknown because of it. */
  streams: z.number(),
  /** Readers that it hits; null where not known. */
  readers: z.number().nullable(),
})
export type Trouble = z.infer<typeof troubleSchema>

const sourceWords = (facts: StreamFacts) => (facts.sourceType?.toLowerCase().endsWith('source') ? 'source' : 'publisher')

/** Judges one server. null: nothing is wrong with the server itself. */
export const troubleOfServer = (server: Server): Trouble | null => {
  if (server.state !== 'down' && server.state !== 'halted') return null
  const words = server.error ? serverErrorWords(server.error) : { what: 'It does not answer.', todo: 'Look at the machine and at the network.' }
  return {
    id: server.id,
    severity: 'critical',
    kind: server.state === 'down' ? 'serverDown' : 'serverHalted',
    serverId: server.id,
    serverName: server.name,
    path: null,
    since: server.stateSince,
    text: words.what,
    todo: words.todo,
    streams: server.totals.unknown,
    readers: null,
  }
}

/** Judges one stream. null: nothing is wrong, or it can't be known because its server is down. */
export const troubleOfStream = (serverName: string, facts: StreamFacts, figures: StreamFigures): Trouble | null => {
  const common = {
    id: `${facts.serverId}/${facts.path}`,
    serverId: facts.serverId,
    serverName,
    path: facts.path,
    since: facts.stateSince,
    streams: 0,
    readers: figures.readers,
  }
  switch (facts.state) {
    case 'gone':
      return {
        ...common,
        // It has none any more: what counts is how many it had.
        readers: facts.readersLost ?? null,
        severity: 'critical',
        kind: 'streamGone',
        text: facts.reason ?? `The ${sourceWords(facts)} left.`,
        todo: 'Check the encoder or camera and its network.',
      }
    case 'stalled':
      return {
        ...common,
        severity: 'critical',
        kind: 'streamStalled',
        text: facts.reason ?? 'Connected, but no data arrives.',
        todo: 'The sender hangs or its network does: restart the encoder.',
      }
    case 'slate':
      return { ...common, severity: 'major', kind: 'slateOnAir', text: facts.reason ?? 'The slate is on air: nobody publishes.', todo: 'Start the publisher.' }
    case 'waiting':
      return facts.expected && !facts.onDemand && facts.sourceType !== null
        ? {
            ...common,
            severity: 'minor',
            kind: 'sourceFailing',
            text: facts.reason ?? 'The server can not pull its source.',
            todo: 'Check the source address in mediamtx.yml and whether the camera answers.',
          }
        : null
    case 'live':
      return (figures.lostLastMinute ?? 0) > 0
        ? {
            ...common,
            // Since the losses began, not since it is live.
            since: figures.lossSince ?? facts.stateSince,
            severity: 'minor',
            kind: 'packetsLost',
            text: `${figures.lostLastMinute} packets lost for good in the last minute.`,
            todo: 'Look at the network of the publisher; with SRT, raise the latency.',
          }
        : null
    case 'unknown':
      return null
    default:
      return facts.state satisfies never
  }
}

const rank: Record<Severity, number> = { critical: 0, major: 1, minor: 2, warning: 3 }
/** Worst first; whole servers before streams; then the newest. */
export const compareTroubles = (a: Trouble, b: Trouble) =>
  rank[a.severity] - rank[b.severity] || Number(a.path !== null) - Number(b.path !== null) || b.since - a.since || a.id.localeCompare(b.id)
