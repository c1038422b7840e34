import { z } from 'zod'
import { alarmSchema } from './alarms.ts'
import { view } from './permissions.ts'
import { alarmKindSchema } from './rules.ts'
import { alarmSubjectSchema } from './subjects.ts'
import { epochMs } from './time.ts'

/**
 * What an operator can handle, by industry standards (ISA-18.2, EEMUA 191): about 6 alarms per hour are acceptable, 12 are the maximum. Operators handle
 * incidents here, so incidents are compared with these limits. An alarm that begins 3 times within a minute chatters; one that is open for a day is stale.
 */
export const alarmLoad = { easyPerHour: 6, mostPerHour: 12, chatter: 3, staleMs: 86_400_000, oldShelfMs: 7 * 86_400_000 } as const

/** An operator's load is known for so many operators at most. */
export const mostOperators = 10
export const mostRanked = 10

export const alarmStatisticsSchema = z.object({
  from: epochMs,
  to: epochMs,
  /** Since when the stored alarms are complete; may be later than `from`. */
  knownFrom: epochMs,
  /** How often an alarm began while subject to notification: evaluated and not in maintenance. */
  began: z.number(),
  /** How many incidents began. */
  incidents: z.number(),
  /**
   * Incidents that began or recurred in an hour, on average of those that are known (null: none); how many hours had more than 12 for an operator, if one was
   * at work, two, and so on up to ten; and the worst hour.
   */
  perHour: z.number().nullable(),
  busyHours: z.array(z.number()),
  busiest: z.object({ at: epochMs, began: z.number() }).nullable(),
  /** The noisiest first, with how often its alarms began. */
  rules: z.array(z.object({ kind: alarmKindSchema, rule: z.string(), began: z.number() })),
  subjects: z.array(z.object({ subject: alarmSubjectSchema, serverName: z.string(), began: z.number() })),
  /**
   * What is not dealt with, up to 10 of each of `restTotal`: alarms that chattered at `since`, so many `times` within a minute; that are open since then, for
   * more than a day; or that `by` shelved then, more than a week ago.
   */
  rest: z.array(
    alarmSchema
      .pick({ id: true, kind: true, rule: true, subject: true, serverName: true, severity: true })
      .extend({ is: z.enum(['chatters', 'stale', 'shelved']), since: epochMs, times: z.number().nullable(), by: z.string().nullable() }),
  ),
  restTotal: z.number(),
  /** Number of acknowledgements, and median time from the (last) begin of the alarm to them, ms. */
  taken: z.number(),
  takenAfterMs: z.number().nullable(),
})
export type AlarmStatistics = z.infer<typeof alarmStatisticsSchema>

export const alarmStatisticsContract = {
  statistics: view
    .route({
      method: 'GET',
      path: '/alarms/statistics',
      tags: ['alarms'],
      summary: 'How many alarms there are for an operator, and which rules and streams make most of them',
    })
    .input(z.object({ days: z.coerce.number().int().min(1).max(31).default(7) }).prefault({}))
    .output(alarmStatisticsSchema),
}
