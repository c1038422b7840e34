import { z } from 'zod'
import { causeSchema, mostCauses } from './causes.ts'
import { enteredText } from './entered.ts'
import { hostIdSchema } from './hosts.ts'
import { operate, view } from './permissions.ts'
import { probeIdSchema } from './probeIds.ts'
import { reasonSchema } from './reasons.ts'
import { alarmsNotKeptSchema, momentErrors, refused, searchTooWideSchema } from './refusals.ts'
import { type AlarmKind, alarmKindSchema, isRuleAlarm, type RuleAlarmKind } from './rules.ts'
import { said } from './said.ts'
import { serverIdSchema } from './servers.ts'
import { type Severity, severitySchema } from './severities.ts'
import { alarmSubjectSchema } from './subjects.ts'
import { askedMs, epochMs } from './time.ts'
import { invalid } from './validationErrors.ts'

/**
 * Alarm states after ISA-18.2. Its state `normal` has no counterpart here: there is then no open alarm.
 * - unacknowledged: the trouble persists, and nobody has acknowledged it.
 * - acknowledged: the trouble persists, and an operator has acknowledged it.
 * - healedUnseen: the trouble ended before anybody acknowledged it.
 * - shelved: an operator has shelved the alarm for a limited time, whether the trouble persists or not.
 * - suppressed: the trouble can't be judged, because the server is in trouble itself.
 * - outOfService: the server is paused, or a maintenance window is open for the alarm.
 */
export const alarmStateSchema = z.enum(['unacknowledged', 'acknowledged', 'healedUnseen', 'shelved', 'suppressed', 'outOfService'])
export type AlarmState = z.infer<typeof alarmStateSchema>
export const alarmStates = alarmStateSchema.options

/** Why an alarm was closed. `removed`: its server or host is no longer watched. `rule`: its rule was changed and no longer applies to it. */
const closedBySchema = z.enum(['healed', 'removed', 'rule'])
export type ClosedBy = z.infer<typeof closedBySchema>

/**
 * Why no notifications are sent for the alarm now. The trouble can't be judged with `server`: its server is in trouble itself; `stream`: its stream is
 * off air; `host`: its host can't be read; `paused`: polling its server or host is paused; `console`: this console has just started, was asleep or has no network.
 * `maintenance`: the trouble is judged as usual, but a maintenance window is open.
 */
const suppressedBySchema = z.enum(['server', 'stream', 'host', 'probe', 'paused', 'console', 'maintenance'])
export type SuppressedBy = z.infer<typeof suppressedBySchema>

/** Maximum length of a reason or comment, in UTF-16 units. */
export const longestRemark = 1_000
const mostAlarmsAtOnce = 1_000
/** Longest time until a shelf ends: a month. */
export const longestShelfMs = 31 * 86_400_000

/** Maximum length of the name entered when acknowledging by a link. */
export const acknowledgeNameLength = 60

const acknowledgement = {
  /** Name of the operator. With `link`: the name entered by whoever used it, '' if none. */
  by: z.string(),
  at: epochMs,
  /** When the acknowledgement expires; null: never. */
  until: epochMs.nullable(),
  /** The channel whose message contained the link used to acknowledge without signing in. */
  link: z.string().optional(),
}
const shelf = {
  by: z.string(),
  at: epochMs,
  until: epochMs,
  reason: z.string(),
  /** The shelf also ends once the trouble has been healed for this long, ms; null: it does not. */
  endsHealedForMs: z.number().nullable(),
}
/** null: done automatically by mtxdeck. */
const byOrNull = z.string().nullable()

/** Onset of a trouble: `since` and `why` as known at the time. */
const onset = { at: epochMs, trouble: alarmKindSchema, severity: severitySchema, since: epochMs, why: reasonSchema }

/** Something that happened to an alarm. */
export const alarmChangeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('raised'), ...onset }),
  /** The trouble healed and returned before the alarm was closed. `left`: the incident that it belonged to until then, if it is another one now. */
  z.object({ kind: z.literal('returned'), ...onset, left: z.string().optional() }),
  /** The trouble returned before it counted as healed; it was absent from `wellSince` on. */
  z.object({ kind: z.literal('recurred'), ...onset, wellSince: epochMs }),
  /** The trouble turned into another one: a stalled stream is now gone. `again`: it was already that, at least as severe, within the last hour. */
  z.object({ kind: z.literal('turned'), ...onset, again: z.boolean().optional() }),
  /** `since`: when the trouble ended; omitted: equal to `at`. `unexpected`: nothing was repaired, but nobody expects its stream any more. */
  z.object({ kind: z.literal('healed'), at: epochMs, since: epochMs.optional(), unexpected: z.boolean().optional() }),
  z.object({ kind: z.literal('suppressed'), at: epochMs, because: suppressedBySchema }),
  /** `because`: what had suppressed it. `givenBack`: its shelf or acknowledgement ended while it was suppressed. */
  z.object({ kind: z.literal('released'), at: epochMs, because: suppressedBySchema, givenBack: z.boolean().optional() }),
  z.object({ kind: z.literal('acknowledged'), ...acknowledgement }),
  z.object({ kind: z.literal('unacknowledged'), at: epochMs, by: byOrNull }),
  z.object({ kind: z.literal('shelved'), ...shelf }),
  z.object({ kind: z.literal('unshelved'), at: epochMs, by: byOrNull }),
  z.object({ kind: z.literal('commented'), at: epochMs, by: z.string(), text: z.string() }),
  z.object({ kind: z.literal('closed'), at: epochMs, because: closedBySchema }),
])
export type AlarmChange = z.infer<typeof alarmChangeSchema>
/** With which the trouble begins, or begins again. */
export type Onset = Extract<AlarmChange, { kind: 'raised' | 'returned' | 'recurred' | 'turned' }>
const onsets: ReadonlySet<string> = new Set<Onset['kind']>(['raised', 'returned', 'recurred', 'turned'])
export function isOnset(change: AlarmChange): change is Onset {
  return onsets.has(change.kind)
}
/** When it happened: a trouble is known to have ended only once it has stayed away. */
export function happenedAt(change: AlarmChange): number {
  return change.kind === 'healed' ? (change.since ?? change.at) : change.at
}

/** What an alarm's stream may have in common with other streams affected at the same time (`incidents.ts`). */
const alikeKindSchema = z.enum(['together', 'path', 'address', 'source', 'network', 'servers'])
export type AlikeKind = z.infer<typeof alikeKindSchema>

/** Last known origin of a stream: address and user agent of its publisher, host that its server pulls it from. null: unknown. */
const streamOriginSchema = z.object({ address: z.string().nullable(), agent: z.string().nullable(), source: z.string().nullable() })
export type StreamOrigin = z.infer<typeof streamOriginSchema>

/** A stream of a watched server that, by the configurations, feeds another one: by being pulled from there, or by being forwarded. */
export const upstreamSchema = z.object({ serverId: serverIdSchema, serverName: z.string(), path: z.string(), by: z.enum(['pull', 'forward']) })
export type Upstream = z.infer<typeof upstreamSchema>
/** Maximum number of upstreams of a stream. */
export const mostUpstreams = 8

/**
 * What is uncertain about an alarm's status at a past moment. `state`: taken from the last stored change before it; later changes are not stored.
 * `count`: a lower bound. `why`: the reason of the onset, whose figures may have been different.
 */
const unsureSchema = z.enum(['state', 'count', 'why'])
export type Unsure = z.infer<typeof unsureSchema>

/** The camera that has the stream of an alarm. */
const cameraOfAlarmSchema = z.object({
  id: z.string(),
  name: z.string(),
  place: z.string(),
  /** The severity without the camera's importance. Omitted: the same. */
  otherwise: severitySchema.optional(),
})
export type CameraOfAlarm = z.infer<typeof cameraOfAlarmSchema>
/** Left out where no camera has the stream. The router takes it from answers to whoever may not see it. */
export const seenCameraSchema = cameraOfAlarmSchema.optional()

/** A trouble or an event, from its onset until it has healed and an operator has seen it. */
export const alarmSchema = z.object({
  /** Never reused. */
  id: z.string(),
  /** Id of its incident, which is the id of the incident's first alarm. */
  incident: z.string(),
  kind: alarmKindSchema,
  /** Id of its rule; of troubles that is their kind. */
  rule: z.string(),
  /** What the operator calls that rule. Omitted: nothing. */
  ruleName: z.string().optional(),
  subject: alarmSubjectSchema,
  /** Last known name of the server or host. */
  serverName: z.string(),
  camera: seenCameraSchema,
  /** Kept after healing. */
  severity: severitySchema,
  state: alarmStateSchema,
  /** Onset of the trouble, possibly before `raisedAt`. If it returned: the latest onset. */
  since: epochMs,
  raisedAt: epochMs,
  /** null: the trouble persists, as far as is known. */
  healedAt: epochMs.nullable(),
  /** It ended while this console was not running: it is known to have lasted until then. */
  wrongUntil: epochMs.optional(),
  suppressedBy: suppressedBySchema.nullable(),
  /** The trouble began within a maintenance window and has not outlasted it so far, so nobody needs to acknowledge it. */
  planned: z.boolean().optional(),
  /** Its shelf or acknowledgement ended while it could not be judged: notified once it can be judged, if the trouble persists. */
  givenBack: z.boolean().optional(),
  /** Since when the trouble has been absent, but not for long enough to count as healed. */
  calmSince: epochMs.optional(),
  /** When it will clear if the trouble stays absent. */
  clearsAt: epochMs.optional(),
  /** Number of onsets of the trouble. */
  count: z.number(),
  /** For an intermittent trouble: when it was last absent, and how long it has to be absent to count as healed, ms. */
  returns: z.object({ wellAt: epochMs, holdMs: z.number() }).optional(),
  /** Other troubles and severities it had within the last hour, since its latest onset, and until when: it may alternate between two of them. */
  was: z.array(z.object({ trouble: alarmKindSchema, severity: severitySchema, until: epochMs })).optional(),
  /** What is or was wrong, and the server's own message about it. */
  why: reasonSchema,
  said: z.string().optional(),
  /** Since when `why` has applied. Omitted: since the onset. */
  whySince: epochMs.optional(),
  /** Instructions that the operator wrote in the rule, and a link to more. */
  runbook: z.string().optional(),
  runbookUrl: z.string().optional(),
  /** Number of streams whose state is unknown because of it, and of affected readers; null: unknown. */
  streams: z.number().nullable(),
  readers: z.number().nullable(),
  acknowledged: z.object(acknowledgement).nullable(),
  shelf: z.object(shelf).nullable(),
  comments: z.number(),
  /** Where its stream came from when it was raised. Omitted: nothing was known. */
  origin: streamOriginSchema.optional(),
  /** Its stream had never been on air when it was raised: nothing took it from there. */
  neverLive: z.boolean().optional(),
  /** Streams that fed its stream when it was raised, nearest first. Omitted: none is watched, or they can't be determined. */
  upstreams: z.array(upstreamSchema).max(mostUpstreams).optional(),
  /** Number of streams, on air then or affected with it, that shared what ties it to its incident. `agent`: only before 28 November 2026. */
  alike: z.partialRecord(alikeKindSchema.or(z.literal('agent')), z.number()).optional(),
  /** Likely causes, from what was known when it was raised. Omitted: not looked up. */
  causes: z.array(causeSchema).max(mostCauses).optional(),
  /** null: the alarm is open. */
  closed: z.object({ at: epochMs, because: closedBySchema }).nullable(),
  /** Only for a past moment. Omitted: everything is certain. */
  unsure: z.array(unsureSchema).optional(),
  text: said('alarmText', z.string().optional()),
  todo: said('alarmTodo', z.string().optional()),
})
export type Alarm = z.infer<typeof alarmSchema>

/** An alarm with all its changes, oldest first. */
const alarmDetailsSchema = alarmSchema.extend({ changes: z.array(alarmChangeSchema) })
export type AlarmDetails = z.infer<typeof alarmDetailsSchema>

/** A closed alarm about the same thing as another one, with the last comment on it. */
const similarAlarmSchema = alarmSchema.extend({ lastComment: z.object({ at: epochMs, by: z.string(), text: z.string() }).nullable() })
export type SimilarAlarm = z.infer<typeof similarAlarmSchema>
export const mostSimilar = 5

/** Result of an operator's change: the alarms after it, and the requested ids that belong to no open alarm. */
const alarmsChangedSchema = z.object({ alarms: z.array(alarmSchema), notOpen: z.array(z.string()) })
export type AlarmsChanged = z.infer<typeof alarmsChangedSchema>

/** How long a trouble lasted from `since` to `until`, ms: between two bounds where its end was not seen. */
export function lastedBetween(since: number, until: number, wrongUntil: number | undefined): { readonly minMs: number; readonly maxMs: number } {
  const maxMs = Math.max(0, until - since)
  return { minMs: wrongUntil === undefined ? maxMs : Math.max(0, Math.min(maxMs, wrongUntil - since)), maxMs }
}

/** Number of open alarms in each state, by severity. */
export type AlarmCounts = Readonly<Record<AlarmState, Readonly<Record<Severity, number>>>>
export function countsOf(alarms: Iterable<Pick<Alarm, 'state' | 'severity'>>): AlarmCounts {
  const counts = Object.fromEntries(alarmStates.map((state) => [state, { critical: 0, major: 0, minor: 0, warning: 0 }])) as Record<
    AlarmState,
    Record<Severity, number>
  >
  for (const { state, severity } of alarms) counts[state][severity]++
  return counts
}

const ids = z
  .array(z.string().max(100))
  .min(1, invalid({ kind: 'missing', key: 'ids' }))
  .max(mostAlarmsAtOnce)
export const acknowledgeInputSchema = z
  .object({
    ids: z.array(z.string().max(100)).max(mostAlarmsAtOnce).default([]),
    /** Ids of incidents of which all open alarms are acknowledged that nobody has acknowledged, whichever these are by then. */
    incidents: z.array(z.string().max(100)).max(mostAlarmsAtOnce).optional(),
    until: epochMs.nullable().default(null),
    comment: z.string().trim().max(longestRemark).optional(),
  })
  .refine(({ ids: own, incidents = [] }) => own.length + incidents.length > 0, { error: invalid({ kind: 'missing', key: 'ids' }), path: ['ids'] })
export const shelveInputSchema = z.object({
  ids,
  until: epochMs,
  reason: enteredText(longestRemark, z.string().trim()),
  endsHealedForMs: z.number().min(0).max(longestShelfMs).nullable().default(null),
})
export const commentInputSchema = z.object({ ids, text: enteredText(longestRemark, z.string().trim()) })
export type AcknowledgeInput = z.infer<typeof acknowledgeInputSchema>
export type ShelveInput = z.infer<typeof shelveInputSchema>
export type CommentInput = z.infer<typeof commentInputSchema>

const mostAskedFor = 200
/** Accepts one or several values: a URL parameter may be repeated. */
const oneOrMore = <Item extends z.ZodType>(item: Item) =>
  z.preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(item).min(1).max(mostAskedFor).optional())
const severitiesAsked = oneOrMore(severitySchema)
/** Selects open alarms. */
const alarmsInputSchema = z
  .object({
    /** Alarms that were open at this moment; omitted: now. */
    at: askedMs.optional(),
    state: oneOrMore(alarmStateSchema),
    severity: severitiesAsked,
    serverId: serverIdSchema.optional(),
    hostId: hostIdSchema.optional(),
    probeId: probeIdSchema.optional(),
    path: z.string().optional(),
    limit: z.coerce.number().int().min(1).max(100_000).default(1_000),
    offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
  })
  .prefault({})
export type AlarmsInput = z.infer<typeof alarmsInputSchema>

/** Maximum length of the search text, in UTF-16 units. */
export const longestSearch = 200
/** Selects closed alarms, most recently raised first. */
export const pastAlarmsInputSchema = z
  .object({
    /**
     * Words that must all occur, also within longer words, in: stream, device, server, id of the kind of trouble or rule, names and texts of the reason,
     * who acknowledged or shelved it and why, comments, origin of the stream. Case and accents are ignored.
     */
    q: z.string().max(longestSearch).optional(),
    /** Raised before this moment. */
    before: askedMs.optional(),
    /** Id of an alarm: selects those raised before it. Pass the last one of a page to get the next page. */
    after: z.string().max(100).optional(),
    /** Raised from this moment until `to`. */
    from: askedMs.optional(),
    to: askedMs.optional(),
    severity: severitiesAsked,
    serverId: oneOrMore(serverIdSchema),
    path: z.string().optional(),
    /** Id of the rule. */
    rule: z.string().max(100).optional(),
    limit: z.coerce.number().int().min(1).max(1_000).default(200),
  })
  .prefault({})
export type PastAlarmsInput = z.infer<typeof pastAlarmsInputSchema>

/**
 * What an alarm is about, besides its subject: troubles of one family share one alarm, which turns from one trouble into the other. A stream that
 * stalls and is then gone has one alarm. Limits and events have one alarm for each rule.
 */
export const familyOf: Readonly<
  Record<
    Exclude<AlarmKind, RuleAlarmKind>,
    'reach' | 'air' | 'loss' | 'filling' | 'storing' | 'backup' | 'telling' | 'reaching' | 'reading' | 'network' | 'leaving' | 'unread' | 'polling' | 'openness'
  >
> = {
  serverDown: 'reach',
  serverHalted: 'reach',
  serverSilent: 'reach',
  hostDown: 'reach',
  hostWaiting: 'reach',
  streamGone: 'air',
  streamStalled: 'air',
  slateOnAir: 'air',
  onDemandFailed: 'air',
  endedWhileRead: 'air',
  sourceFailing: 'air',
  packetsLost: 'loss',
  diskFilling: 'filling',
  storeFailing: 'storing',
  backupMissed: 'backup',
  messageRefused: 'telling',
  channelUnreachable: 'reaching',
  mediaFailing: 'reading',
  consoleOffline: 'network',
  streamsLost: 'leaving',
  pollingSlowed: 'polling',
  apiOpen: 'openness',
}
/** `familyOf`, or the id of the rule, which a trouble can do without. */
export function topicOf({ kind, rule }: Pick<Alarm, 'kind'> & Partial<Pick<Alarm, 'rule'>>): string {
  return isRuleAlarm(kind) ? `rule ${rule}` : familyOf[kind]
}
/** Whether the alarm says that a whole server is unreachable. */
export function isReach({ kind, subject }: Pick<Alarm, 'kind' | 'subject'>): boolean {
  return subject.kind === 'server' && topicOf({ kind }) === 'reach'
}

/** Selects changes, within a period, to the alarms of a server or host with everything on it, of a stream, or of a probe. */
export const alarmStepsInputSchema = z.object({
  serverId: serverIdSchema.optional(),
  hostId: hostIdSchema.optional(),
  probeId: probeIdSchema.optional(),
  path: z.string().optional(),
  from: askedMs,
  to: askedMs.optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(300),
})
export type AlarmStepsInput = z.infer<typeof alarmStepsInputSchema>
/** A change to an alarm, with the alarm's subject; `kind` is the trouble it had at the time. */
const alarmStepSchema = z.object({
  ...alarmSchema.pick({ id: true, kind: true, rule: true, subject: true, serverName: true }).shape,
  change: alarmChangeSchema,
})
export type AlarmStep = z.infer<typeof alarmStepSchema>

/** `at`: the alarm at that moment; omitted: now. */
const byId = z.object({ id: z.string().max(100), at: askedMs.optional() })
/** Alarms of the requested moment are not stored: it is before `since`. */
export const notKept = { NOT_KEPT: { status: 404, data: alarmsNotKeptSchema } }
const pastErrors = { NOT_READ: refused(503, 'closedUnreadable') }
const viewAlarms = view.errors({ NOT_FOUND: refused(404, 'noSuch'), ...pastErrors })
const operateAlarms = operate.errors({ BAD_REQUEST: refused(400, 'endNotAhead') })

const tags = ['alarms']
export const alarmsContract = {
  list: view
    .errors({ ...notKept, ...momentErrors })
    .route({ method: 'GET', path: '/alarms', tags, summary: 'Open alarms, worst first: now, or at a moment of the past' })
    .input(alarmsInputSchema)
    .output(z.array(alarmSchema)),
  past: view
    .errors({ ...pastErrors, TOO_WIDE: { status: 422, data: searchTooWideSchema } })
    .route({ method: 'GET', path: '/alarms/past', tags, summary: 'Closed alarms, those raised last first: a page of all that are kept' })
    .input(pastAlarmsInputSchema)
    .output(z.array(alarmSchema)),
  kept: view
    .route({ method: 'GET', path: '/alarms/kept', tags, summary: 'How many closed alarms are kept, and from when on all of them' })
    .output(z.object({ closed: z.number().int(), since: epochMs })),
  steps: view
    .errors(pastErrors)
    .route({ method: 'GET', path: '/alarms/steps', tags, summary: 'What happened to alarms in a period, the newest, oldest first' })
    .input(alarmStepsInputSchema)
    .output(z.array(alarmStepSchema)),
  get: viewAlarms
    .errors(momentErrors)
    .route({ method: 'GET', path: '/alarms/{id}', tags, summary: 'An alarm, open or closed, with all that became of it, now or up to a moment' })
    .input(byId)
    .output(alarmDetailsSchema),
  similar: viewAlarms
    .route({
      method: 'GET',
      path: '/alarms/{id}/similar',
      tags,
      summary: 'Closed alarms of before about the same, and how they ended, newest first',
    })
    .input(z.object({ id: z.string().max(100) }))
    .output(z.array(similarAlarmSchema)),
  /** Alarms whose trouble has healed are closed by this. */
  acknowledge: operateAlarms.route({ method: 'POST', path: '/alarms/acknowledge', tags }).input(acknowledgeInputSchema).output(alarmsChangedSchema),
  unacknowledge: operateAlarms.route({ method: 'POST', path: '/alarms/unacknowledge', tags }).input(z.object({ ids })).output(alarmsChangedSchema),
  /** Shelves alarms until a moment at most 31 days ahead. A shelf persists while its trouble heals and returns. */
  shelve: operateAlarms.route({ method: 'POST', path: '/alarms/shelve', tags }).input(shelveInputSchema).output(alarmsChangedSchema),
  unshelve: operateAlarms.route({ method: 'POST', path: '/alarms/unshelve', tags }).input(z.object({ ids })).output(alarmsChangedSchema),
  comment: operateAlarms.route({ method: 'POST', path: '/alarms/comment', tags }).input(commentInputSchema).output(alarmsChangedSchema),
}
