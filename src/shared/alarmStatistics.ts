import { z } from 'zod'
import { alarmSchema } from './alarms.ts'
import { view } from './permissions.ts'
import { alarmKindSchema } from './rules.ts'
import { alarmSubjectSchema } from './subjects.ts'
import { epochMs } from './time.ts'

/**
 * What an operator can handle, by the trade's rules (ISA-18.2, EEMUA 191): about 6 alarms an hour are no trouble, 12 the most, and more than 10 within
 * 10 minutes a flood. What an operator is asked here is an incident, so incidents are compared with it. An alarm that begins 3 times within a minute chatters; one that is open for a day is stale.
 */
export const alarmLoad = { easyPerHour: 6, mostPerHour: 12, flood: 10, floodMinutes: 10, chatter: 3, staleMs: 86_400_000, oldShelfMs: 7 * 86_400_000 } as const

/** So many of each are listed. */
export const mostRanked = 10
/** So many hours are counted one by one. */
const mostLoadHours = 31 * 24

const ranked = {
  /** How often alarms of it began, and which share of all that is. */
  began: z.number(),
  share: z.number(),
}
/** An open or closed alarm, in brief. */
const named = alarmSchema.pick({ id: true, kind: true, rule: true, subject: true, serverName: true, severity: true })

export const alarmStatisticsSchema = z.object({
  from: epochMs,
  to: epochMs,
  /** All alarms are known from then on: it may lie after `from`. */
  knownFrom: epochMs,
  /** How often an alarm began while it was to be told: not in maintenance, and judged. */
  began: z.number(),
  /** How many incidents began. */
  incidents: z.number(),
  /** The noisiest first. */
  rules: z.array(z.object({ kind: alarmKindSchema, rule: z.string(), ...ranked })),
  subjects: z.array(z.object({ subject: alarmSubjectSchema, serverName: z.string(), ...ranked })),
  /** Alarms that began 3 times or more within a minute; `most`: how often within the worst one. */
  chattering: z.array(named.extend({ most: z.number(), at: epochMs })),
  chatteringTotal: z.number(),
  /** Open alarms that last for more than a day, the oldest first. */
  stale: z.array(named.extend({ since: epochMs })),
  staleTotal: z.number(),
  /** Shelves that are older than a week, the oldest first. */
  shelves: z.array(named.extend({ at: epochMs, until: epochMs, by: z.string(), reason: z.string() })),
  shelvesTotal: z.number(),
  /** How many incidents began, or had something begin again, in each hour since `hoursFrom`, a full hour in UTC; the last one is not over. null: before `knownFrom`. */
  hoursFrom: epochMs,
  hours: z.array(z.number().nullable()).max(mostLoadHours + 1),
  /** Times in which more than 10 incidents began within 10 minutes, the latest first, up to 20, of `floodsTotal`. */
  floods: z.array(z.object({ from: epochMs, to: epochMs, began: z.number() })),
  floodsTotal: z.number(),
  /** How many were acknowledged, and how long after they began: the median, ms. */
  taken: z.number(),
  takenAfterMs: z.number().nullable(),
  /** By whom, those with the most first. `link`: by a link in a message to this channel, with the name that was given. */
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
