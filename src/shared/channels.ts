import { z } from 'zod'
import { administer, operate, view } from './permissions.ts'
import { refused } from './refusals.ts'
import { said } from './said.ts'
import { sendFailureSchema } from './sendFailures.ts'
import { type Severity, severitySchema } from './severities.ts'
import { epochMs } from './time.ts'

export const channelKindNames = ['webhook', 'email', 'alertmanager', 'pagerduty', 'slack', 'teams', 'telegram', 'ntfy', 'apprise', 'syslog'] as const
export const channelKindSchema = z.enum(channelKindNames)
export type ChannelKindName = z.infer<typeof channelKindSchema>

/** A channel can be paused for so many minutes. */
export const mostPauseMinutes = 31 * 1_440
/** Maximum numbers of channels and routes that can be entered in the console. */
export const mostChannels = 100
export const mostRoutes = 100
const longestEntry = 100_000
/** Numbers and booleans are converted to text, as in the configuration file. */
const enteredValueSchema = z.preprocess(
  (value) => (typeof value === 'number' || typeof value === 'boolean' ? String(value) : value),
  z.union([
    z.string().max(longestEntry),
    z.array(z.string().max(longestEntry)).max(1_000),
    z.record(z.string().max(200), z.union([z.string().max(longestEntry), z.array(z.string().max(longestEntry)).max(1_000)])),
  ]),
)
/** A channel or a route as entered: with the keys of the configuration file, and `secret` instead of `secretFile` or `secretEnv`. */
export const enteredValuesSchema = z
  .record(z.string().max(100), enteredValueSchema)
  .refine((values) => Object.keys(values).length <= 50 && JSON.stringify(values).length <= 3 * longestEntry)
/** The same for a route, with a lower size limit because routes contain no long texts. */
const enteredRouteSchema = enteredValuesSchema.refine((values) => JSON.stringify(values).length <= 10_000)
export type EnteredValues = z.infer<typeof enteredValuesSchema>

/** Which alarms go to which channels. An omitted criterion matches everything. */
export interface Route {
  readonly to: readonly string[]
  readonly severities?: readonly Severity[] | undefined
  /** Server tags; matches if a server has any of them. */
  readonly tags?: readonly string[] | undefined
  /** When the route is active, such as `MO-FR 08:00-18:00`, in local time of the zone. */
  readonly times?: { readonly weekly: readonly string[]; readonly zone: string } | undefined
  /** Additional channels to notify if the alarm stays unacknowledged for this long. */
  readonly escalate?: { readonly afterMinutes: number; readonly to: readonly string[] } | undefined
  /** How often those who were notified are reminded, within its times, of what nobody has acknowledged. */
  readonly remindMinutes?: number | undefined
}

/** Result of sending a message to a channel: accepted, failed (will be retried), or permanently refused. */
export const sentOutcomes = ['accepted', 'failed', 'refused'] as const
/** Counts of alarm messages sent since the console started. */
export type SentCounts = Readonly<Record<(typeof sentOutcomes)[number], number>>

const channelTestSchema = z.object({
  at: epochMs,
  /** Sent by the drill rather than by an operator. */
  isDrill: z.boolean(),
  /** null: it was accepted. */
  failure: sendFailureSchema.nullable(),
  words: said('sendFailure', z.string().optional()),
})
export type ChannelTest = z.infer<typeof channelTestSchema>

const heartbeatStateSchema = z.object({
  /** Scheme, host and port of its URL. */
  origin: z.string(),
  everySeconds: z.number(),
  /** When the watchdog last answered; null: not since this console started. */
  okAt: epochMs.nullable(),
  /** Failure of the last attempt; null: it succeeded. */
  failure: sendFailureSchema.nullable(),
  words: said('sendFailure', z.string().optional()),
})
export type HeartbeatState = z.infer<typeof heartbeatStateSchema>

/** What was entered in the console (without possible secrets), by whom and when. */
const enteredReadinessSchema = z.object({ entries: enteredValuesSchema, by: z.string(), at: epochMs })
export type EnteredReadiness = z.infer<typeof enteredReadinessSchema>
export const readinessParts = ['heartbeat', 'drill', 'publicUrl'] as const
export type ReadinessPart = (typeof readinessParts)[number]

/** Safeguards that reveal a dead console (heartbeat) or a broken channel (drill), and where messages link to. null: not configured. */
const readinessSchema = z.object({
  heartbeat: heartbeatStateSchema.nullable(),
  drill: z.object({ weekly: z.array(z.string()), zone: z.string() }).nullable(),
  /** Where browsers reach this console: without, messages have no links. */
  publicUrl: z.string().nullable(),
  /** Which of them were entered in the console; null: it comes from the configuration file, or is not configured. */
  entered: z.object({ heartbeat: enteredReadinessSchema.nullable(), drill: enteredReadinessSchema.nullable(), publicUrl: enteredReadinessSchema.nullable() }),
})
export type Readiness = z.infer<typeof readinessSchema>

/** A route as listed; null means all, or always. */
const shownRouteSchema = z.object({
  /** Position among all routes. */
  place: z.number(),
  to: z.array(z.string()),
  severities: z.array(severitySchema).nullable(),
  tags: z.array(z.string()).nullable(),
  times: z.object({ weekly: z.array(z.string()), zone: z.string() }).nullable(),
  isOpen: z.boolean(),
  escalate: z.object({ afterMinutes: z.number(), to: z.array(z.string()) }).nullable(),
  remindMinutes: z.number().nullable(),
  /** As entered in the console, by whom and when; null: it comes from the configuration file. */
  entered: z.object({ id: z.string(), entries: enteredValuesSchema, by: z.string(), at: epochMs }).nullable(),
})
export type ShownRoute = z.infer<typeof shownRouteSchema>

/** `update`: the trouble changed, was acknowledged, or is sent again because an acknowledgement ended. `report`: a daily check report or another document, not an alarm. */
const messageEventSchema = z.enum(['start', 'update', 'end', 'report'])
export type MessageEvent = z.infer<typeof messageEventSchema>

/** A message about an alarm (or a daily check report) to one channel. */
export const messageSchema = z.object({
  id: z.number(),
  /** For a report: `daily-`, `report-` or `handover-`, its number, and when it was due or made (epoch ms). */
  alarmId: z.string(),
  channel: z.string(),
  event: messageEventSchema,
  at: epochMs,
  /** `refused`: the channel rejected the message, and it is not retried. */
  state: z.enum(['waiting', 'delivered', 'refused']),
  tries: z.number(),
  /** When the channel accepted or refused it. */
  endedAt: epochMs.nullable(),
  /** Failure of the last attempt; null: it was accepted, or none was made yet. */
  failure: sendFailureSchema.nullable(),
  /** mtxdeck terminated while sending it: the channel may receive it twice. */
  mayRepeat: z.boolean(),
  /** Sent because the alarm stayed unacknowledged: a start by escalation, an update as a reminder. */
  escalated: z.boolean(),
  /** For messages combined into one: the id of the first of them; null: sent on its own, or not sent yet. */
  sentWith: z.number().nullable(),
})
export type Message = z.infer<typeof messageSchema>

export const channelSchema = z.object({
  name: z.string(),
  kind: channelKindSchema,
  /** Destination without secrets: for a URL, its scheme, host and port. */
  origin: z.string(),
  /** Rate limit: at most this many messages per this many minutes; null: unlimited. */
  limit: z.object({ messages: z.number(), minutes: z.number() }).nullable(),
  waiting: z.number(),
  /** Messages within this many minutes are combined into one digest; null: no digest. */
  digestMinutes: z.number().nullable(),
  /** Rate limit reached, or digest pending: waiting messages are combined and sent at this time; null: sent immediately. */
  heldUntil: epochMs.nullable(),
  refused: z.number(),
  /** Paused by an operator: messages wait until then; null: not paused. */
  pause: z.object({ since: epochMs, until: epochMs, by: z.string() }).nullable(),
  deliveredAt: epochMs.nullable(),
  /** Failure of the last attempt; null: it was accepted. */
  failure: sendFailureSchema.nullable(),
  words: said('sendFailure', z.string().optional()),
  /** Test messages, newest first. */
  tests: z.array(channelTestSchema),
  /** The most recent refused message; null: none is stored. */
  lastRefused: z
    .object({
      at: epochMs,
      alarmId: z.string(),
      event: messageEventSchema,
      failure: sendFailureSchema,
      words: said('sendFailure', z.string().optional()),
    })
    .nullable(),
  /** Entered in the console by whom and when; null: it comes from the configuration file. */
  entered: z.object({ by: z.string(), at: epochMs }).nullable(),
})
export type Channel = z.infer<typeof channelSchema>

/** A channel that was entered in the console but is not in use. */
const idleChannelSchema = z.object({
  name: z.string(),
  kind: channelKindSchema,
  origin: z.string(),
  /** `sealed`: its secrets were encrypted with a key that is unavailable here. `inFile`: overridden by a channel of that name in the configuration file. */
  because: z.enum(['sealed', 'inFile']),
})
export type IdleChannel = z.infer<typeof idleChannelSchema>

const named = z.object({ name: z.string().max(100) })
const changeChannels = administer.errors({
  NOT_FOUND: refused(404, 'noSuch'),
  FORBIDDEN: refused(403, 'fromFile'),
  CONFLICT: refused(409, 'taken'),
  BAD_REQUEST: refused(400, 'tooMany'),
  UNAVAILABLE: refused(503, 'secretsUnavailable'),
})

const routeId = z.object({ id: z.string().max(100) })
const changeRoutes = administer.errors({ NOT_FOUND: refused(404, 'noSuch'), BAD_REQUEST: refused(400, 'tooMany') })

const readinessPart = z.object({ part: z.enum(readinessParts) })
const changeReadiness = administer.errors({ FORBIDDEN: refused(403, 'fromFile'), UNAVAILABLE: refused(503, 'secretsUnavailable') })

const tags = ['alarms']
const operateChannel = operate.errors({ NOT_FOUND: refused(404, 'noSuch') })
export const channelsContract = {
  list: view.route({ method: 'GET', path: '/channels', tags, summary: 'Notification channels, and whether they work' }).output(z.array(channelSchema)),
  routes: view
    .route({ method: 'GET', path: '/routes', tags, summary: 'Which channels are notified of what, and when; null: all of everything' })
    .output(z.array(shownRouteSchema).nullable()),
  readiness: view
    .route({ method: 'GET', path: '/readiness', tags, summary: 'The heartbeat to a watcher elsewhere, and the drill of the channels' })
    .output(readinessSchema),
  /** Takes the keys of the configuration file. For a heartbeat, an omitted `url` remains unchanged. */
  putReadiness: changeReadiness
    .route({ method: 'PUT', path: '/readiness/{part}', successStatus: 204, tags })
    .input(readinessPart.extend({ entries: enteredRouteSchema })),
  removeReadiness: changeReadiness.route({ method: 'DELETE', path: '/readiness/{part}', successStatus: 204, tags }).input(readinessPart),
  /** Sends a test message immediately and returns whether it was accepted. */
  test: operateChannel
    .route({ method: 'POST', path: '/channels/{name}/test', tags })
    .input(z.object({ name: z.string().max(100) }))
    .output(z.object({ failure: sendFailureSchema.nullable(), words: said('sendFailure', z.string().optional()) })),
  /** Messages wait for so many minutes, and are then sent as one. Applies to channels of the configuration file, too. */
  pause: operateChannel
    .route({ method: 'PUT', path: '/channels/{name}/pause', successStatus: 204, tags })
    .input(named.extend({ minutes: z.number().int().min(1).max(mostPauseMinutes) })),
  resume: operateChannel.route({ method: 'DELETE', path: '/channels/{name}/pause', successStatus: 204, tags }).input(named),
  /** Channels that were entered in the console but are not in use. */
  idle: view.route({ method: 'GET', path: '/channels/idle', tags }).output(z.array(idleChannelSchema)),
  /** A channel's settings as entered, without actual or possible secrets: the secret, headers, and addresses with a path. */
  entries: changeChannels.route({ method: 'GET', path: '/channels/{name}/entries', tags }).input(named).output(enteredValuesSchema),
  /**
   * Adds a channel. Takes the keys of the configuration file, with `secret` instead of `secretFile`, and file contents instead of file names. With
   * `sendOpen: false` it is not notified of what is open already.
   */
  add: changeChannels.route({ method: 'POST', path: '/channels', successStatus: 201, tags }).input(enteredValuesSchema).output(named),
  /** Omitted keys remain unchanged; '' removes one. Secrets are kept only if the destination stays the same. */
  update: changeChannels
    .route({ method: 'PUT', path: '/channels/{name}', tags })
    .input(named.extend({ change: enteredValuesSchema }))
    .output(named),
  /** For alarms whose start was sent to this channel, the end is sent only if a channel of the same name is added again. */
  remove: changeChannels.route({ method: 'DELETE', path: '/channels/{name}', successStatus: 204, tags }).input(named),
  addRoute: changeRoutes.route({ method: 'POST', path: '/routes', successStatus: 201, tags }).input(enteredValuesSchema).output(routeId),
  updateRoute: changeRoutes
    .route({ method: 'PUT', path: '/routes/{id}', tags })
    .input(routeId.extend({ route: enteredRouteSchema }))
    .output(routeId),
  removeRoute: changeRoutes.route({ method: 'DELETE', path: '/routes/{id}', successStatus: 204, tags }).input(routeId),
  /** The messages sent about one alarm, oldest first. */
  messages: view
    .route({ method: 'GET', path: '/alarms/{alarmId}/messages', tags, summary: 'Which channels were notified of an alarm, and when' })
    .input(z.object({ alarmId: z.string().max(100) }))
    .output(z.array(messageSchema)),
}
