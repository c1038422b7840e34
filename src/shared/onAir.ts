import { z } from 'zod'
import { enteredName } from './entered.ts'
import { calendarProxySchema, calendarSchema, planFields, planId, previewSchema, refuseFile, scopeFields, zoneSchema } from './maintenance.ts'
import { operate, view } from './permissions.ts'
import { refused } from './refusals.ts'
import { invalid } from './validationErrors.ts'

const weekdays = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const
const days = `(?:${weekdays.join('|')})`
const times = '(?:[01]\\d|2[0-3]):[0-5]\\d'
const weekly = new RegExp(`^(${days}(?:-${days})?(?:,${days}(?:-${days})?)*) (${times})-(${times}|24:00)$`)

/** Hours on some days of each week. */
interface WeeklyHours {
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

/** Of the plans for a stream those that decide: a broader one never shadows one that names this very path. Pure. */
export function decidingPlans<Plan>(plans: readonly Plan[], streamsOf: (plan: Plan) => readonly string[], path: string): readonly Plan[] {
  const exact = plans.filter((plan) => streamsOf(plan).includes(path))
  return exact.length > 0 ? exact : plans
}

const inputFields = {
  name: enteredName(100),
  tags: scopeFields.tags,
  servers: scopeFields.servers,
  streams: scopeFields.streams.removeDefault().min(1, invalid({ kind: 'missing', key: 'streams' })),
  /** Of the hours; of a calendar: the zone of times that name none. */
  zone: zoneSchema,
  /** Such as `MO-FR 08:00-18:00`; empty: the times are those of a calendar. */
  weekly: z
    .array(z.string().refine((text) => readWeekly(text) !== null, { error: invalid({ kind: 'notSuchAs', example: 'MO-FR 08:00-18:00' }) }))
    .max(50)
    .default([]),
  /** URL of an iCalendar whose events are the times; in the configuration file also the path of a file. */
  calendar: calendarSchema,
  proxy: calendarProxySchema,
}

/** When streams are expected to be on air: on hours of the week, or at the events of a calendar. */
export const onAirInputSchema = z.object(inputFields).superRefine(({ weekly: hours, calendar }, ctx) => {
  if (calendar === null && hours.length === 0) ctx.addIssue({ code: 'custom', path: ['weekly'], message: invalid({ kind: 'missing', key: 'weekly' }) })
  if (calendar !== null && hours.length > 0)
    ctx.addIssue({ code: 'custom', path: ['weekly'], message: invalid({ kind: 'givenBeside', other: 'calendar', oneOf: ['weekly', 'calendar'] }) })
})
export type OnAirInput = z.infer<typeof onAirInputSchema>

export const onAirCallSchema = onAirInputSchema.superRefine(refuseFile)

export const onAirSchema = z.object({ ...inputFields, ...planFields })
export type OnAir = z.infer<typeof onAirSchema>

const viewOnAir = view.errors({ NOT_FOUND: refused(404, 'noSuch') })
const operateOnAir = operate.errors({ NOT_FOUND: refused(404, 'noSuch'), FORBIDDEN: refused(403, 'fromFile') })

const tags = ['alarms']
export const onAirContract = {
  list: view.route({ method: 'GET', path: '/on-air', tags, summary: 'When streams are expected to be on air' }).output(z.array(onAirSchema)),
  get: viewOnAir.route({ method: 'GET', path: '/on-air/{id}', tags }).input(planId).output(onAirSchema),
  /** The next times of something that is not stored; its calendar is read for that. */
  preview: operate.meta({ isReading: true }).route({ method: 'POST', path: '/on-air/preview', tags }).input(onAirCallSchema).output(previewSchema),
  add: operate
    .errors({ BAD_REQUEST: refused(400, 'tooMany') })
    .route({ method: 'POST', path: '/on-air', successStatus: 201, tags })
    .input(onAirCallSchema)
    .output(onAirSchema),
  /** Replaces it. A calendar's address as it is shown keeps the stored one. */
  update: operateOnAir
    .route({ method: 'PUT', path: '/on-air/{id}', tags })
    .input(planId.extend({ change: onAirCallSchema }))
    .output(onAirSchema),
  remove: operateOnAir.route({ method: 'DELETE', path: '/on-air/{id}', successStatus: 204, tags }).input(planId),
}
