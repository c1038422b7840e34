import { z } from 'zod'
import { enteredName, enteredText } from './entered.ts'
import { matcherOf, patternSchema } from './patterns.ts'
import { operate, view } from './permissions.ts'
import { redactUrl } from './redact.ts'
import { refused } from './refusals.ts'
import { said } from './said.ts'
import { serverInputSchema } from './servers.ts'
import { epochMs, zoneNamed } from './time.ts'
import { invalid } from './validationErrors.ts'
import { proxySchema } from './written.ts'

export const longestHours = 31 * 24
const shortestHours = 1 / 60
export const mostSubjects = 200
export const windowsAhead = 5
const longestRule = 500

/** A local date and time; the time zone is a separate field. */
const wallTimeSchema = z.string().refine(isWallTime, invalid({ kind: 'notSuchAs', example: '2026-11-28T02:00' }))
export const zoneSchema = z
  .string()
  .max(100)
  .refine(isZone, invalid({ kind: 'notSuchAs', example: 'Europe/Berlin, UTC' }))
const ruleSchema = z
  .string()
  .trim()
  .toUpperCase()
  .transform((rule) => rule.replace(/^RRULE:/, ''))
  .superRefine((rule, ctx) => {
    const part = rule.length > longestRule ? rule.slice(0, 40) : wrongPartOf(rule)
    if (part !== null) ctx.addIssue(invalid({ kind: 'notARule', part }))
  })

/** The scope of a window. Empty fields do not restrict it. */
export const scopeFields = {
  tags: serverInputSchema.shape.tags,
  servers: z.array(enteredText(200, z.string().trim())).max(mostSubjects).default([]),
  /** Path patterns. If any are given, the window covers only streams, not their servers. */
  streams: z.array(z.string().trim().pipe(patternSchema)).max(mostSubjects).default([]),
}
/** The calendar that a plan takes its times from; null: none. */
export const calendarSchema = z.string().trim().min(1).max(2_000).nullable().default(null)
/** The proxy on the way to a calendar; omitted: none. */
export const calendarProxySchema = proxySchema.nullable().optional()
export const scopeSchema = z.object(scopeFields)
export interface Scope {
  readonly tags: readonly string[]
  readonly servers: readonly string[]
  readonly streams: readonly string[]
}

const inputFields = {
  name: enteredName(100),
  ...scopeFields,
  /** Time zone of `start`, such as Europe/Berlin; with a calendar, the zone of times in it that name none. */
  zone: zoneSchema,
  /** Start of the first window. null: the windows are those of a calendar. */
  start: wallTimeSchema.nullable().default(null),
  hours: z
    .number()
    .min(shortestHours, invalid({ kind: 'notWithin', least: shortestHours, most: longestHours }))
    .max(longestHours, invalid({ kind: 'notWithin', least: shortestHours, most: longestHours }))
    .nullable()
    .default(null),
  /** Recurrence rule (RFC 5545); null: once. */
  rrule: ruleSchema.nullable().default(null),
  /** URL of an iCalendar whose events are the windows; in the configuration file also the path of a file. */
  calendar: calendarSchema,
  proxy: calendarProxySchema,
}

/** A maintenance plan: one window, or several by a recurrence rule or a calendar. */
export const maintenanceInputSchema = z.object(inputFields).superRefine(({ start, hours, rrule, calendar }, ctx) => {
  const wrong = (key: string, message: string) => ctx.addIssue({ code: 'custom', path: [key], message })
  const given = { start, hours, rrule }
  if (calendar !== null) {
    for (const [key, value] of Object.entries(given)) {
      if (value !== null) wrong(key, invalid({ kind: 'givenBeside', other: 'calendar', oneOf: ['start', 'calendar'] }))
    }
    return
  }
  if (start === null) wrong('start', invalid({ kind: 'missing', key: 'start' }))
  if (hours === null) wrong('hours', invalid({ kind: 'missing', key: 'hours' }))
})
export type MaintenanceInput = z.infer<typeof maintenanceInputSchema>

/** Refuses file paths in API calls: files are on the console's machine, and callers may not name them. */
export function refuseFile({ calendar }: { readonly calendar: string | null }, ctx: z.core.$RefinementCtx): void {
  if (calendar !== null && !/^https?:\/\/\S+$/i.test(calendar))
    ctx.addIssue({ code: 'custom', path: ['calendar'], message: invalid({ kind: 'notAnAddress', text: calendar }) })
}
export const maintenanceCallSchema = maintenanceInputSchema.superRefine(refuseFile)

const spanSchema = z.object({ from: epochMs, to: epochMs })
export type Span = z.infer<typeof spanSchema>

/**
 * Why a calendar can't be read. `unreachable` has the system's error code or the HTTP status, `redirected` the other origin that its server leads to. `damaged`: the calendar was read, but `events` of
 * its events can't be parsed and are left out.
 */
const calendarProblemSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('unreachable'), code: z.string() }),
  z.object({ kind: z.literal('redirected'), to: z.string() }),
  /** More than 5 MB, or 10,000 events. */
  z.object({ kind: z.literal('tooLarge') }),
  z.object({ kind: z.literal('notACalendar') }),
  z.object({ kind: z.literal('damaged'), events: z.number() }),
])
export type CalendarProblem = z.infer<typeof calendarProblemSchema>

/** Facts about a plan in addition to its input. */
export const planFields = {
  id: z.string(),
  /** `yaml`: from the configuration file, and can only be changed there. */
  origin: z.enum(['yaml', 'stored']),
  /** The calendar's address without possibly secret parts. */
  calendar: z.string().nullable(),
  /** Who planned it; null: the configuration file. */
  by: z.string().nullable(),
  addedAt: epochMs.nullable(),
  /** The current window; null: none. */
  now: spanSchema.nullable(),
  next: z.array(spanSchema),
  /** When its calendar was last read. */
  readAt: epochMs.nullable(),
  problem: calendarProblemSchema.nullable(),
  words: said('calendarProblem', z.string().optional()),
}
export type PlanFacts = z.infer<z.ZodObject<typeof planFields>>

export const maintenanceSchema = z.object({ ...inputFields, ...planFields })
export type Maintenance = z.infer<typeof maintenanceSchema>

/** The windows of a plan that is not stored. */
export const previewSchema = z.object({
  now: spanSchema.nullable(),
  next: z.array(spanSchema),
  problem: calendarProblemSchema.nullable(),
  words: said('calendarProblem', z.string().optional()),
})
export type PlanPreview = z.infer<typeof previewSchema>

/** Whether a window covers a server's stream; `path` null: the server itself. Pure. */
export function isFor({ tags, servers, streams }: Scope, server: { readonly name: string; readonly tags: readonly string[] }, path: string | null): boolean {
  if (tags.length > 0 && !tags.some((tag) => server.tags.includes(tag))) return false
  if (servers.length > 0 && !servers.some((name) => name.toLowerCase() === server.name.toLowerCase())) return false
  return streams.length === 0 || (path !== null && matcherFor(streams)(path))
}

/** Compiled pattern lists, cached because they are matched against each stream. */
const matchers = new WeakMap<readonly string[], (path: string) => boolean>()
function matcherFor(patterns: readonly string[]): (path: string) => boolean {
  const known = matchers.get(patterns)
  if (known !== undefined) return known
  const matches = matcherOf(patterns)
  matchers.set(patterns, matches)
  return matches
}

/** A calendar's address for display: only its origin, because the address of a private calendar is itself a secret. */
export function shownCalendar(calendar: string): string {
  const [, origin = calendar, rest = ''] = /^(https?:\/\/[^/?#]*)(.*)$/is.exec(calendar) ?? []
  return rest === '' || rest === '/' ? redactUrl(origin) : `${redactUrl(origin)}/…`
}

function isWallTime(text: string): boolean {
  const found = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d))?$/.exec(text)
  if (found === null) return false
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1).map((part) => Number(part ?? 0))
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second))
  return year >= 1970 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60
}

function isZone(zone: string): boolean {
  return /^[A-Za-z]/.test(zone) && zoneNamed(zone) !== null
}

const list = (item: string) => new RegExp(`^(?:${item})(?:,(?:${item}))*$`)
const weekday = '(?:MO|TU|WE|TH|FR|SA|SU)'
/** Supported parts of a recurrence rule. The time of day is that of the start; recurrence within a day is not supported. */
const ruleParts: Readonly<Record<string, RegExp>> = {
  FREQ: /^(?:DAILY|WEEKLY|MONTHLY|YEARLY)$/,
  INTERVAL: /^[1-9]\d{0,2}$/,
  COUNT: /^[1-9]\d{0,2}$/,
  UNTIL: /^\d{8}(?:T\d{6}Z?)?$/,
  BYDAY: list(`(?:[+-]?[1-5]?\\d)?${weekday}`),
  BYMONTH: list('0?[1-9]|1[0-2]'),
  BYMONTHDAY: list('[+-]?(?:0?[1-9]|[12]\\d|3[01])'),
  BYYEARDAY: list('[+-]?[1-9]\\d{0,2}'),
  BYWEEKNO: list('[+-]?(?:[1-9]|[1-4]\\d|5[0-3])'),
  BYSETPOS: list('[+-]?[1-9]\\d{0,2}'),
  WKST: new RegExp(`^${weekday}$`),
}

/** The invalid or unsupported part of a recurrence rule; null: the rule is valid. Pure. */
export function wrongPartOf(rule: string): string | null {
  const seen = new Set<string>()
  for (const part of rule.split(';')) {
    const [name = '', value = '', ...more] = part.split('=')
    if (more.length > 0 || seen.has(name) || ruleParts[name]?.test(value) !== true) return part.slice(0, 100)
    seen.add(name)
  }
  if (seen.has('COUNT') && seen.has('UNTIL')) return 'COUNT, UNTIL'
  return seen.has('FREQ') ? null : 'FREQ'
}

export const planId = z.object({ id: z.string().max(300) })
const viewMaintenance = view.errors({ NOT_FOUND: refused(404, 'noSuch') })
const operateMaintenance = operate.errors({ NOT_FOUND: refused(404, 'noSuch'), FORBIDDEN: refused(403, 'fromFile') })

const tags = ['alarms']
export const maintenanceContract = {
  list: view
    .route({ method: 'GET', path: '/maintenance', tags, summary: 'Maintenance windows: what lasts now and what is next' })
    .output(z.array(maintenanceSchema)),
  get: viewMaintenance.route({ method: 'GET', path: '/maintenance/{id}', tags }).input(planId).output(maintenanceSchema),
  /** The next windows of a plan that is not stored; reads its calendar for that. */
  preview: operate.meta({ isReading: true }).route({ method: 'POST', path: '/maintenance/preview', tags }).input(maintenanceCallSchema).output(previewSchema),
  add: operate
    .errors({ BAD_REQUEST: refused(400, 'tooMany') })
    .route({ method: 'POST', path: '/maintenance', successStatus: 201, tags })
    .input(maintenanceCallSchema)
    .output(maintenanceSchema),
  /** Replaces the plan. If the calendar's address is sent back as displayed, the stored one is kept. */
  update: operateMaintenance
    .route({ method: 'PUT', path: '/maintenance/{id}', tags })
    .input(planId.extend({ change: maintenanceCallSchema }))
    .output(maintenanceSchema),
  remove: operateMaintenance.route({ method: 'DELETE', path: '/maintenance/{id}', successStatus: 204, tags }).input(planId),
}
