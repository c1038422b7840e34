import { type } from '@orpc/contract'
import { z } from 'zod'
import { type Alarm, type AlarmCounts, alarmSchema, notKept } from './alarms.ts'
import { type Incident, incidentSchema } from './incidents.ts'
import { view } from './permissions.ts'
import type { Reason } from './reasons.ts'
import { momentErrors } from './refusals.ts'
import { said, saidIn } from './said.ts'
import { type Server, serverCountsSchema, serverIdSchema, serverSchema, serverTotalsSchema, sumsLackSchema } from './servers.ts'
import { type Severity, severitySchema } from './severities.ts'
import { type StreamFacts, streamFactsSchema } from './streams.ts'
import { pathOf } from './subjectNames.ts'
import { askedMs, epochMs } from './time.ts'

/** Figures of the streams that changed, in columns: entry i of each column belongs to `slot[i]`. null: unknown. */
export interface FigureColumns {
  readonly slot: readonly number[]
  readonly bitrateInBps: readonly (number | null)[]
  readonly bitrateOutBps: readonly (number | null)[]
  readonly readers: readonly (number | null)[]
  readonly ownReaders: readonly number[]
  readonly lostLastMinute: readonly (number | null)[]
  readonly rttMs: readonly (number | null)[]
  readonly readAt: readonly (number | null)[]
}

/** `FigureColumns` under construction. */
export type GrowingFigures = { readonly [K in keyof FigureColumns]: FigureColumns[K][number][] }
export function createFigureColumns(): GrowingFigures {
  return {
    slot: [],
    bitrateInBps: [],
    bitrateOutBps: [],
    readers: [],
    ownReaders: [],
    lostLastMinute: [],
    rttMs: [],
    readAt: [],
  }
}

/** A stream with the worst severity of its alarms that are `isInTrouble`; null: it has none. */
export type EvaluatedStream = StreamFacts & { readonly severity: Severity | null }
/** A server with the worst severity of its own such alarms, not those of its streams. Omitted: it has none. */
export type EvaluatedServer = Server & { readonly severity?: Severity }
export function evaluatedServer(server: Server, severity: Severity | null): EvaluatedServer {
  return severity === null ? server : { ...server, severity }
}

/** Maximum number of alarms, and of incidents, sent with changes; the worst ones are. */
export const mostAlarmsSent = 500

/**
 * What changed since a revision. The caller pulls: it calls again with the `revision` from the last answer. The engine keeps
 * one number per stream and nothing per caller, so a slow or hidden window asks later and gets all changes at once.
 */
export interface FleetChanges {
  /** Identifies one launch of the engine; a different one means that slots and revisions start over. */
  readonly launch: string
  readonly revision: number
  /** Discard everything received so far: this is the whole fleet, or its first piece. */
  readonly reset: boolean
  /** This is one piece of several: ask for the next at once with `revision`. The picture is incomplete until the last piece. */
  readonly more: boolean
  readonly at: number
  readonly servers: readonly EvaluatedServer[]
  readonly removedServers: readonly string[]
  readonly streams: readonly EvaluatedStream[]
  readonly removedSlots: readonly number[]
  readonly figures: FigureColumns
  /** Open alarms, worst first, at most 500; null if unchanged. */
  readonly alarms: readonly Alarm[] | null
  /** Incidents with open alarms, worst first, at most 500; null if unchanged. */
  readonly incidents: readonly Incident[] | null
  /** Counts of all alarms, not only those sent. */
  readonly alarmCounts: AlarmCounts
  /** Counts of all incidents, not only those sent. */
  readonly incidentCounts: AlarmCounts
  /**
   * For a past moment whose alarms are not stored: the time from which alarms are stored. The alarms are then calculated by applying today's rules to the
   * states of that moment, without delays. null: they are the actual alarms of the moment.
   */
  readonly alarmsKeptFrom: number | null
  /** Why the console itself can't observe anything: it was asleep a moment ago, or has no network. null: it can. */
  readonly consoleWhy: Reason | null
  /** `consoleWhy` as a sentence. Sent over REST only. */
  readonly consoleTrouble?: string | null
}

/** Sums over all servers, for one line of figures and for scripts. */
export const fleetSummarySchema = z.object({
  at: epochMs,
  ...serverCountsSchema.shape,
  totals: serverTotalsSchema,
  ...sumsLackSchema.shape,
  /** Number of alarms that are `isInTrouble`. */
  troubles: z.number(),
  /** Number of incidents that are not over, by their worst severity now. */
  incidents: z.record(severitySchema, z.number()),
})
export type FleetSummary = z.infer<typeof fleetSummarySchema>

/** An alarm of a server or stream that is `isInTrouble`, for scripts. */
export const troubleReportSchema = alarmSchema
  .pick({ id: true, severity: true, kind: true, rule: true, serverName: true, since: true, why: true, said: true, runbook: true, streams: true, readers: true })
  .extend({
    serverId: serverIdSchema,
    /** null: the server itself. */
    path: z.string().nullable(),
    text: said('alarmText', z.string().optional()),
    todo: said('alarmTodo', z.string().optional()),
  })
export type TroubleReport = z.infer<typeof troubleReportSchema>

/** Reports of the alarms about servers and streams; others are skipped. */
export function troubleReports(alarms: readonly Alarm[]): readonly TroubleReport[] {
  return alarms.flatMap(({ id, severity, kind, rule, subject, serverName, since, why, said, runbook, streams, readers }) =>
    subject.kind !== 'server' && subject.kind !== 'stream'
      ? []
      : [
          {
            ...{ id, severity, kind, rule, serverId: subject.serverId, serverName, path: pathOf(subject), since, why, streams, readers },
            ...(said !== undefined && { said }),
            ...(runbook !== undefined && { runbook }),
          },
        ],
  )
}

/** Selects a part of a long list; omitted: all of it. */
export const pageInputSchema = z
  .object({
    limit: z.coerce.number().int().min(1).max(1_000_000).optional(),
    offset: z.coerce.number().int().min(0).max(1_000_000).optional(),
  })
  .optional()
type PageInput = z.infer<typeof pageInputSchema>
/** `at`: a past moment; omitted: now. */
const troublesInputSchema = pageInputSchema.unwrap().extend({ at: askedMs.optional() }).optional()

/** The requested part of a list. */
export function* pageOf<T>(items: Iterable<T>, { limit = Number.POSITIVE_INFINITY, offset = 0 }: NonNullable<PageInput> = {}): Iterable<T> {
  let at = 0
  for (const item of items) {
    if (at >= offset + limit) return
    if (at >= offset) yield item
    at++
  }
}
/** Describes the response headers of a paged list, whose body is the list itself. */
export const pageText =
  'All of them, or with limit and offset a part. The header X-Total-Count says how many there are, X-Shown-Count how many this answer has.'

const changesOutput = saidIn(type<FleetChanges>(), {
  servers: z.array(serverSchema),
  streams: z.array(streamFactsSchema),
  alarms: z.array(alarmSchema).nullable(),
  incidents: z.array(incidentSchema).nullable(),
  consoleTrouble: said('consoleReason', z.string().nullable().optional()),
})

const tags = ['fleet']
export const fleetContract = {
  /** Waits up to `waitMs` for a change. The output is not validated: this is the hot path, and our own code builds it from validated parts. */
  changes: view
    .route({ method: 'GET', path: '/fleet/changes', tags })
    .input(
      z.object({
        launch: z.string().nullable().default(null),
        since: z.coerce.number().default(0),
        waitMs: z.coerce.number().min(0).max(30_000).default(0),
        /** What ends the wait: any change, or (for a hidden window) only a change of an alarm. */
        until: z.enum(['change', 'alarm']).default('change'),
      }),
    )
    .output(changesOutput),
  /**
   * The fleet as it was at one moment, in the form of `changes` so that a window shows both in the same way. `launch` says
   * which numbering `slot` follows. If `before` is given, the moment of the last answer with the same `launch`, facts and
   * servers that are unchanged since then are left out and `reset` is false; figures are always complete. Values that
   * history does not keep are null.
   *
   * The result of a poll counts from the poll's scheduled time on, even if the answer came late.
   */
  past: view
    .errors(momentErrors)
    .route({ method: 'GET', path: '/fleet/past', tags })
    .input(z.object({ at: askedMs, launch: z.string().nullable().default(null), before: askedMs.optional() }))
    .output(changesOutput),
  summary: view.route({ method: 'GET', path: '/fleet', tags }).output(fleetSummarySchema),
  /** Alarms of servers and streams that are `isInTrouble`, worst first. */
  troubles: view
    .errors({ ...notKept, ...momentErrors })
    .route({
      method: 'GET',
      path: '/troubles',
      tags,
      summary: 'What is wrong with servers and streams, worst first: now, or at a moment of the past',
      description: pageText,
    })
    .input(troublesInputSchema)
    .output(z.array(troubleReportSchema)),
}
