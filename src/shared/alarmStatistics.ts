import { z } from 'zod'
import { alarmSchema } from './alarms.ts'
import { view } from './permissions.ts'
import { alarmKindSchema } from './rules.ts'
import { alarmSubjectSchema } from './subjects.ts'
import { epochMs } from './time.ts'

/**
 * What an operator can handle, by industry standards (ISA-18.2, EEMUA 191): about 6 alarms per hour are acceptable, 12 are the maximum, and more than 10
 * within 10 minutes are a flood. Operators handle incidents here, so incidents are compared with these limits. An alarm that begins 3 times within a
 * minute chatters; one that is open for a day is stale.
 */
export const alarmLoad = { easyPerHour: 6, mostPerHour: 12, flood: 10, floodMinutes: 10, chatter: 3, staleMs: 86_400_000, oldShelfMs: 7 * 86_400_000 } as const

/** Maximum number of entries per ranking. */
export const mostRanked = 10
/** Maximum number of hours with individual counts. */
const mostLoadHours = 31 * 24

const ranked = {
  /** How often its alarms began, and the share of the total. */
  began: z.number(),
  share: z.number(),
}
/** An open or closed alarm, in brief. */
const named = alarmSchema.pick({ id: true, kind: true, rule: true, subject: true, serverName: true, severity: true })

export const alarmStatisticsSchema = z.object({
  from: epochMs,
  to: epochMs,
  /** Since when the stored alarms are complete; may be later than `from`. */
  knownFrom: epochMs,
  /** How often an alarm began while subject to notification: evaluated and not in maintenance. */
  began: z.number(),
  /** How many incidents began. */
  incidents: z.number(),
  /** The noisiest first. */
  rules: z.array(z.object({ kind: alarmKindSchema, rule: z.string(), ...ranked })),
  subjects: z.array(z.object({ subject: alarmSubjectSchema, serverName: z.string(), ...ranked })),
  /** Alarms that began 3 times or more within a minute; `most`: count in the worst minute. */
  chattering: z.array(named.extend({ most: z.number(), at: epochMs })),
  chatteringTotal: z.number(),
  /** Alarms open for more than a day, oldest first. */
  stale: z.array(named.extend({ since: epochMs })),
  staleTotal: z.number(),
  /** Shelves older than a week, oldest first. */
  shelves: z.array(named.extend({ at: epochMs, until: epochMs, by: z.string(), reason: z.string() })),
  shelvesTotal: z.number(),
  /** Incidents that began or recurred, per hour since `hoursFrom`, a full hour in UTC; the last hour is incomplete. null: before `knownFrom`. */
  hoursFrom: epochMs,
  hours: z.array(z.number().nullable()).max(mostLoadHours + 1),
  /** Periods with more than 10 new incidents within 10 minutes, latest first; up to 20 of `floodsTotal`. */
  floods: z.array(z.object({ from: epochMs, to: epochMs, began: z.number() })),
  floodsTotal: z.number(),
  /** Number of acknowledgements, and median time from the (last) begin of the alarm to them, ms. */
  taken: z.number(),
  takenAfterMs: z.number().nullable(),
  /** Who acknowledged, by descending count. `link`: name of the channel whose message link was used; `by` is then the name that was entered. */
  takers: z.array(z.object({ by: z.string(), link: z.string().nullable(), taken: z.number(), takenAfterMs: z.number() })),
})
export type AlarmStatistics = z.infer<typeof alarmStatisticsSchema>

export const alarmStatisticsContract = {
  statistics: view
    .route({
      method: 'GET',
      path: '/alarms/statistics',
      tags: ['alarms'],
      summary: 'How many alarms there are for an operator, which rules and streams make most of them, and who takes them how fast',
    })
    .input(z.object({ days: z.coerce.number().int().min(1).max(31).default(7) }).prefault({}))
    .output(alarmStatisticsSchema),
}
