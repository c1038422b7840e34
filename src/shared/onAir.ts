import { z } from 'zod'
import { enteredText } from './entered.ts'
import { calendarProblemSchema, scopeFields, spanSchema, zoneSchema } from './maintenance.ts'
import { mistaken } from './mistakes.ts'
import { view } from './permissions.ts'
import { epochMs } from './time.ts'

const weekdays = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const
const days = `(?:${weekdays.join('|')})`
const times = '(?:[01]\\d|2[0-3]):[0-5]\\d'
const weekly = new RegExp(`^(${days}(?:-${days})?(?:,${days}(?:-${days})?)*) (${times})-(${times}|24:00)$`)

/** Hours on some days of each week. */
export interface WeeklyHours {
  readonly days: readonly string[]
  /** 08:00; `minutes` long on the clock. */
  readonly start: string
  readonly minutes: number
}

/** Reads weekly hours such as `MO-FR 08:00-18:00` or `SA,SU 22:00-04:00`; null: they are none. Pure. */
export function readWeekly(text: string): WeeklyHours | null {
  const [, named = '', start = '', end = ''] = weekly.exec(text.trim().toUpperCase().replaceAll(/\s+/g, ' ')) ?? []
  if (start === '') return null
  const minutesOf = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
  const minutes = minutesOf(end) - minutesOf(start)
  const chosen = new Set<string>()
  for (const part of named.split(',')) {
    const [from = '', to = from] = part.split('-')
    const first = weekdays.findIndex((day) => day === from)
    const count = (weekdays.findIndex((day) => day === to) - first + 7) % 7
    for (let day = 0; day <= count; day++) chosen.add(weekdays[(first + day) % 7] ?? '')
  }
  // Until the same time of the next day, or until one that is earlier on the clock.
  return { days: weekdays.filter((day) => chosen.has(day)), start, minutes: minutes > 0 ? minutes : minutes + 1_440 }
}

/** When streams are expected to be on air: on hours of the week, or at the events of a calendar. */
export const onAirInputSchema = z
  .object({
    name: enteredText('maintenanceName', 100, z.string().trim()),
    tags: scopeFields.tags,
    servers: scopeFields.servers,
    streams: scopeFields.streams.removeDefault().min(1, mistaken({ kind: 'missing', key: 'streams' })),
    zone: zoneSchema,
    weekly: z
      .array(z.string().refine((text) => readWeekly(text) !== null, { error: mistaken({ kind: 'notWeekly' }) }))
      .max(50, mistaken({ kind: 'tooManyAtOnce', most: 50 }))
      .default([]),
    /** URL or path of an iCalendar. */
    calendar: z.string().min(1).max(2_000).nullable().default(null),
  })
  .superRefine(({ weekly: hours, calendar }, ctx) => {
    if (calendar === null && hours.length === 0) ctx.addIssue({ code: 'custom', path: ['weekly'], message: mistaken({ kind: 'missing', key: 'weekly' }) })
    if (calendar !== null && hours.length > 0)
      ctx.addIssue({ code: 'custom', path: ['weekly'], message: mistaken({ kind: 'givenBeside', other: 'calendar', oneOf: ['weekly', 'calendar'] }) })
  })
export type OnAirInput = z.infer<typeof onAirInputSchema>

export const onAirSchema = z.object({
  name: z.string(),
  tags: z.array(z.string()),
  servers: z.array(z.string()),
  streams: z.array(z.string()),
  zone: z.string(),
  weekly: z.array(z.string()),
  /** Without what may be secret in it. */
  calendar: z.string().nullable(),
  /** The time on air that lasts now. */
  now: spanSchema.nullable(),
  next: z.array(spanSchema),
  readAt: epochMs.nullable(),
  problem: calendarProblemSchema.nullable(),
  /** `problem` as a sentence. Sent over REST only. */
  words: z.string().optional(),
})
export type OnAir = z.infer<typeof onAirSchema>

export const onAirContract = {
  list: view.route({ method: 'GET', path: '/on-air', tags: ['alarms'], summary: 'When streams are expected to be on air' }).output(z.array(onAirSchema)),
}
