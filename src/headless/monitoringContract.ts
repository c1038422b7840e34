import { z } from 'zod'
import { pageInputSchema, pageText } from '../shared/fleet.ts'
import { hostReadingSchema } from '../shared/hosts.ts'
import { view } from '../shared/permissions.ts'
import { momentErrors } from '../shared/refusals.ts'
import { alarmKindSchema } from '../shared/rules.ts'
import { sumsLackSchema } from '../shared/servers.ts'
import { severitySchema } from '../shared/severities.ts'
import { streamReportSchema, streamsInputSchema } from '../shared/streams.ts'

/** Load of the machine that the console runs on; `at` is ISO 8601. */
const systemReportSchema = hostReadingSchema.extend({
  at: z.string(),
  /** The hottest of `temperaturesC`. */
  temperatureC: z.number().nullable(),
})
export type SystemReport = z.infer<typeof systemReportSchema>

const monitoredStreamSchema = streamReportSchema.extend({
  /** Live; null where its server can't be asked. */
  online: z.boolean().nullable(),
  /** null: it is not live, or nobody knows. */
  uptimeSeconds: z.number().nullable(),
})
const streamsReportSchema = z.object({
  at: z.string(),
  /** Totals; null if no server has ever answered. */
  summary: z.object({
    ...sumsLackSchema.shape,
    total: z.number().nullable(),
    online: z.number().nullable(),
    offline: z.number().nullable(),
    unknown: z.number().nullable(),
    clients: z.number().nullable(),
    bitrateInBps: z.number().nullable(),
    bitrateOutBps: z.number().nullable(),
  }),
  streams: z.array(monitoredStreamSchema),
})
export type StreamsReport = z.infer<typeof streamsReportSchema>

const alertLevelSchema = z.enum(['info', 'warning', 'critical'])
/** A stream or server that is in trouble now. */
const alertReportSchema = z.object({
  id: z.string(),
  level: alertLevelSchema,
  severity: severitySchema,
  type: alarmKindSchema,
  /** Id of the rule that found it. */
  rule: z.string(),
  server: z.string(),
  stream: z.string().nullable(),
  message: z.string(),
  todo: z.string(),
  since: z.string(),
})
export type AlertReport = z.infer<typeof alertReportSchema>

/** The last hour, one point a minute, oldest first. null: not known then. */
const historyReportSchema = z.object({
  from: z.string(),
  to: z.string(),
  intervalSeconds: z.number(),
  points: z.array(
    z.object({
      at: z.string(),
      /** All servers watched now answered during this whole minute. */
      complete: z.boolean(),
      /** Servers that did not answer in some of this minute. */
      unknownServers: z.number(),
      streamsLive: z.number().nullable(),
      streamsInTrouble: z.number().nullable(),
      clients: z.number().nullable(),
      bitrateInBps: z.number().nullable(),
      bitrateOutBps: z.number().nullable(),
      cpuPercent: z.number().nullable(),
      memoryPercent: z.number().nullable(),
      receivedBps: z.number().nullable(),
      sentBps: z.number().nullable(),
    }),
  ),
})
export type HistoryReport = z.infer<typeof historyReportSchema>

export const wholeInputSchema = z.object({ history: z.stringbool().optional() }).optional()

const monitoring = (path: `/${string}`, summary: string, description?: string) =>
  view.route({ method: 'GET', path, tags: ['monitoring'], summary, ...(description !== undefined && { description }) })

/** Answered in pieces by `createMonitoring`: with 100,000 streams each of these is 66 MB. */
const longLists = {
  /** Answered as `/streams`. */
  latest: monitoring('/streams/latest', 'All streams: now, or at a moment of the past')
    .errors(momentErrors)
    .input(streamsInputSchema)
    .output(z.array(streamReportSchema)),
  streams: monitoring('/monitoring/streams', 'All streams, with sums').output(streamsReportSchema),
  whole: monitoring('/monitoring/data', 'System, streams and alerts at once; with ?history=true the last hour too')
    .input(wholeInputSchema)
    .output(
      z.object({
        at: z.string(),
        system: systemReportSchema,
        streams: streamsReportSchema,
        alerts: z.array(alertReportSchema),
        history: historyReportSchema.optional(),
      }),
    ),
}
export const shortAnswers = {
  system: monitoring('/monitoring/system', 'Load of the machine that the console runs on').output(systemReportSchema),
  alerts: monitoring('/monitoring/alerts', 'What is in trouble now, worst first', pageText).input(pageInputSchema).output(z.array(alertReportSchema)),
  history: monitoring('/monitoring/history', 'The last hour, one point a minute').output(historyReportSchema),
}

/** Routes beside the contract, for scripts written for other consoles. */
export const monitoringContract = { ...longLists, ...shortAnswers }
