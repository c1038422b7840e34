import { z } from 'zod'
import { administer, operate, view } from './permissions.ts'
import { refused } from './refusals.ts'
import { sendFailureSchema } from './sendFailures.ts'
import { epochMs } from './time.ts'
import { type Severity, severitySchema } from './troubles.ts'

/** Kinds of channels, by their keys in the configuration file. */
export const channelKindNames = ['webhook', 'email', 'alertmanager', 'pagerduty', 'slack', 'teams', 'telegram', 'ntfy', 'apprise', 'syslog'] as const
export const channelKindSchema = z.enum(channelKindNames)
export type ChannelKindName = z.infer<typeof channelKindSchema>

/** Maximum numbers of channels and routes that are entered in the console. */
export const mostChannels = 100
export const mostRoutes = 100
const longestEntry = 100_000
/** A number or a yes is taken as its text, as in a configuration file. */
const enteredValueSchema = z.preprocess(
  (value) => (typeof value === 'number' || typeof value === 'boolean' ? String(value) : value),
  z.union([
    z.string().max(longestEntry),
    z.array(z.string().max(longestEntry)).max(1_000),
    z.record(z.string().max(200), z.union([z.string().max(longestEntry), z.array(z.string().max(longestEntry)).max(1_000)])),
  ]),
)
/** A channel or a route as it is typed: with the keys of the configuration file, and `secret` instead of `secretFile` or `secretEnv`. */
export const enteredValuesSchema = z
  .record(z.string().max(100), enteredValueSchema)
  .refine((values) => Object.keys(values).length <= 50 && JSON.stringify(values).length <= 3 * longestEntry)
/** The same of a route, which has no longer texts. */
export const enteredRouteSchema = enteredValuesSchema.refine((values) => JSON.stringify(values).length <= 10_000)
export type EnteredValues = z.infer<typeof enteredValuesSchema>

/** Which alarms go to which channels. What is left out means all. */
export interface Route {
  readonly to: readonly string[]
  readonly severities?: readonly Severity[] | undefined
  /** Tags of servers: one of them is enough. */
  readonly tags?: readonly string[] | undefined
  /** When it counts, such as `MO-FR 08:00-18:00`, on the clocks of a zone. */
  readonly times?: { readonly weekly: readonly string[]; readonly zone: string } | undefined
  /** Channels that are told, too, once nobody has acknowledged it for so long. */
  readonly escalate?: { readonly afterMinutes: number; readonly to: readonly string[] } | undefined
}

/** What a channel did with a message: took it, will be sent it again, or refused it for good. */
export const sentOutcomes = ['accepted', 'failed', 'refused'] as const
/** Messages about alarms that were sent since the console began. */
export type SentCounts = Readonly<Record<(typeof sentOutcomes)[number], number>>

/** A test message to a channel, and what became of it. */
export const channelTestSchema = z.object({
  at: epochMs,
  /** It was sent by the drill, and not by somebody. */
  isDrill: z.boolean(),
  /** null: it was accepted. */
  failure: sendFailureSchema.nullable(),
  /** `failure` as a sentence. Sent over REST only. */
  words: z.string().optional(),
})
export type ChannelTest = z.infer<typeof channelTestSchema>

/** The heartbeat that a watcher elsewhere expects. */
export const heartbeatStateSchema = z.object({
  /** Scheme, host and port of its URL. */
  origin: z.string(),
  everySeconds: z.number(),
  /** When the watcher answered last; null: not since this console began. */
  okAt: epochMs.nullable(),
  /** Of the last try; null: it was answered. */
  failure: sendFailureSchema.nullable(),
  /** `failure` as a sentence. Sent over REST only. */
  words: z.string().optional(),
})
export type HeartbeatState = z.infer<typeof heartbeatStateSchema>

/** What was entered in the console, without what may be secret, by whom and when. */
const enteredReadinessSchema = z.object({ entries: enteredValuesSchema, by: z.string(), at: epochMs })
export type EnteredReadiness = z.infer<typeof enteredReadinessSchema>
export const readinessParts = ['heartbeat', 'drill'] as const
export type ReadinessPart = (typeof readinessParts)[number]

/** What is done so that nobody relies on a console that is dead, or on a channel that works no more. null: nothing. */
export const readinessSchema = z.object({
  heartbeat: heartbeatStateSchema.nullable(),
  /** Each channel gets a test message at these times. */
  drill: z.object({ weekly: z.array(z.string()), zone: z.string() }).nullable(),
  /** Which of them was entered in the console; null: it is in the configuration file, or there is none. */
  entered: z.object({ heartbeat: enteredReadinessSchema.nullable(), drill: enteredReadinessSchema.nullable() }),
})
export type Readiness = z.infer<typeof readinessSchema>

/** A route as it is listed; null means all, or always. */
export const shownRouteSchema = z.object({
  /** Its place among all. */
  place: z.number(),
  to: z.array(z.string()),
  severities: z.array(severitySchema).nullable(),
  tags: z.array(z.string()).nullable(),
  times: z.object({ weekly: z.array(z.string()), zone: z.string() }).nullable(),
  /** Whether it counts now. */
  isOpen: z.boolean(),
  escalate: z.object({ afterMinutes: z.number(), to: z.array(z.string()) }).nullable(),
  /** As it was entered in the console, by whom and when; null: it is in the configuration file. */
  entered: z.object({ id: z.string(), entries: enteredValuesSchema, by: z.string(), at: epochMs }).nullable(),
})
export type ShownRoute = z.infer<typeof shownRouteSchema>

/** `update`: it became another trouble, was acknowledged, or is told again because an acknowledgement ended. `report`: a report of the daily check, no alarm. */
export const messageEventSchema = z.enum(['start', 'update', 'end', 'report'])
export type MessageEvent = z.infer<typeof messageEventSchema>

/** A message about an alarm to one channel. */
export const messageSchema = z.object({
  id: z.number(),
  /** Of a report: `daily-`, its number, and when it was due, epoch ms. */
  alarmId: z.string(),
  channel: z.string(),
  event: messageEventSchema,
  at: epochMs,
  /** `refused`: the channel does not take it, and it is not sent again. */
  state: z.enum(['waiting', 'delivered', 'refused']),
  tries: z.number(),
  /** When the channel accepted or refused it. */
  endedAt: epochMs.nullable(),
  /** Of the last try; null: it was accepted, or there was none yet. */
  failure: sendFailureSchema.nullable(),
  /** mtxdeck ended while it was sent: the channel may have got it twice. */
  mayRepeat: z.boolean(),
  /** It was told because nobody had acknowledged it for long. */
  escalated: z.boolean(),
  /** Of those that were told as one: the id of the first of them; null: it was told alone, or not yet. */
  toldWith: z.number().nullable(),
})
export type Message = z.infer<typeof messageSchema>

export const channelSchema = z.object({
  name: z.string(),
  kind: channelKindSchema,
  /** Where it sends to, without secrets: of a URL, scheme, host and port. */
  origin: z.string(),
  /** It gets so many messages in so many minutes; null: all. */
  limit: z.object({ messages: z.number(), minutes: z.number() }).nullable(),
  waiting: z.number(),
  /** What comes within so many minutes is told as one; null: it does not collect. */
  digestMinutes: z.number().nullable(),
  /** It has reached its limit, or collects: what waits is told as one then; null: at once. */
  heldUntil: epochMs.nullable(),
  /** Messages that it did not take. */
  refused: z.number(),
  deliveredAt: epochMs.nullable(),
  /** Of its last try; null: that one was accepted. */
  failure: sendFailureSchema.nullable(),
  /** `failure` as a sentence. Sent over REST only. */
  words: z.string().optional(),
  /** Test messages, the newest first. */
  tests: z.array(channelTestSchema),
  /** The newest message that it did not take; null: none that is still kept. */
  lastRefused: z
    .object({
      at: epochMs,
      alarmId: z.string(),
      event: messageEventSchema,
      failure: sendFailureSchema,
      /** `failure` as a sentence. Sent over REST only. */
      words: z.string().optional(),
    })
    .nullable(),
  /** It was entered in the console, by whom and when; null: it is in the configuration file. */
  entered: z.object({ by: z.string(), at: epochMs }).nullable(),
})
export type Channel = z.infer<typeof channelSchema>

/** A channel that was entered in the console and tells nothing. */
export const idleChannelSchema = z.object({
  name: z.string(),
  kind: channelKindSchema,
  origin: z.string(),
  /** `sealed`: its secrets were sealed with a key that is not here. `inFile`: the configuration file has a channel of this name, which counts. */
  because: z.enum(['sealed', 'inFile']),
})
export type IdleChannel = z.infer<typeof idleChannelSchema>

const named = z.object({ name: z.string().max(100) })
const changeChannels = administer.errors({
  NOT_FOUND: refused(404, 'noSuchChannel'),
  FORBIDDEN: refused(403, 'channelFromFile'),
  CONFLICT: refused(409, 'channelNameTaken'),
  BAD_REQUEST: refused(400, 'tooManyChannels'),
  UNAVAILABLE: refused(503, 'secretsUnavailable'),
})

const routeId = z.object({ id: z.string().max(100) })
const changeRoutes = administer.errors({ NOT_FOUND: refused(404, 'noSuchRouteEntered'), BAD_REQUEST: refused(400, 'tooManyChannels') })

const readinessPart = z.object({ part: z.enum(readinessParts) })
const changeReadiness = administer.errors({ FORBIDDEN: refused(403, 'readinessFromFile'), UNAVAILABLE: refused(503, 'secretsUnavailable') })

export const channelsContract = {
  list: view
    .route({ method: 'GET', path: '/channels', tags: ['alarms'], summary: 'Where alarms are told, and whether it works' })
    .output(z.array(channelSchema)),
  routes: view
    .route({ method: 'GET', path: '/routes', tags: ['alarms'], summary: 'Which channels are told of what, and when; null: all of everything' })
    .output(z.array(shownRouteSchema).nullable()),
  readiness: view
    .route({ method: 'GET', path: '/readiness', tags: ['alarms'], summary: 'The heartbeat to a watcher elsewhere, and the drill of the channels' })
    .output(readinessSchema),
  /** The keys of the configuration file. Of a heartbeat, a `url` that is left out stays as it was. */
  putReadiness: changeReadiness
    .route({ method: 'PUT', path: '/readiness/{part}', successStatus: 204, tags: ['alarms'] })
    .input(readinessPart.extend({ entries: enteredRouteSchema })),
  removeReadiness: changeReadiness.route({ method: 'DELETE', path: '/readiness/{part}', successStatus: 204, tags: ['alarms'] }).input(readinessPart),
  /** Sends a test message at once, and says whether it was accepted. */
  test: operate
    .errors({ NOT_FOUND: refused(404, 'noSuchChannel') })
    .route({ method: 'POST', path: '/channels/{name}/test', tags: ['alarms'] })
    .input(z.object({ name: z.string().max(100) }))
    .output(z.object({ failure: sendFailureSchema.nullable(), words: z.string().optional() })),
  /** Those that were entered in the console and tell nothing. */
  idle: view.route({ method: 'GET', path: '/channels/idle', tags: ['alarms'] }).output(z.array(idleChannelSchema)),
  /** What was entered of a channel, without what is or may be secret: the secret, headers, and addresses with a path. */
  entries: changeChannels
    .route({ method: 'GET', path: '/channels/{name}/entries', tags: ['alarms'] })
    .input(named)
    .output(enteredValuesSchema),
  /** Adds a channel: the keys of the configuration file, with `secret` instead of `secretFile`, and the content of files instead of their names. */
  add: changeChannels
    .route({ method: 'POST', path: '/channels', successStatus: 201, tags: ['alarms'] })
    .input(enteredValuesSchema)
    .output(named),
  /** What is left out stays; '' takes it away. Secrets stay only while it sends to the same place. */
  update: changeChannels
    .route({ method: 'PUT', path: '/channels/{name}', tags: ['alarms'] })
    .input(named.extend({ change: enteredValuesSchema }))
    .output(named),
  /** Whoever was told of a start there is told of its end only if a channel of this name is added again. */
  remove: changeChannels.route({ method: 'DELETE', path: '/channels/{name}', successStatus: 204, tags: ['alarms'] }).input(named),
  addRoute: changeRoutes
    .route({ method: 'POST', path: '/routes', successStatus: 201, tags: ['alarms'] })
    .input(enteredValuesSchema)
    .output(routeId),
  updateRoute: changeRoutes
    .route({ method: 'PUT', path: '/routes/{id}', tags: ['alarms'] })
    .input(routeId.extend({ route: enteredRouteSchema }))
    .output(routeId),
  removeRoute: changeRoutes.route({ method: 'DELETE', path: '/routes/{id}', successStatus: 204, tags: ['alarms'] }).input(routeId),
  /** The ledger of one alarm, oldest first. */
  messages: view
    .route({ method: 'GET', path: '/alarms/{alarmId}/messages', tags: ['alarms'], summary: 'Who was told of an alarm, and when' })
    .input(z.object({ alarmId: z.string().max(100) }))
    .output(z.array(messageSchema)),
}
