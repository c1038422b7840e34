import { z } from 'zod'
import { causeSchema, mostCauses } from './causes.ts'
import { enteredText } from './entered.ts'
import { hostIdSchema } from './hosts.ts'
import { mistaken } from './mistakes.ts'
import { operate, view } from './permissions.ts'
import { probeIdSchema } from './probeIds.ts'
import { reasonSchema } from './reasons.ts'
import { alarmsNotKeptSchema, momentErrors, refused, searchTooWideSchema } from './refusals.ts'
import { type AlarmKind, alarmKindSchema, isRuleAlarm, type RuleAlarmKind } from './rules.ts'
import { serverIdSchema } from './servers.ts'
import { alarmSubjectSchema } from './subjects.ts'
import { askedMs, epochMs } from './time.ts'
import { type Severity, severitySchema } from './troubles.ts'

/**
 * States of an alarm after ISA-18.2, which also knows `normal`: then there is no alarm, and a former one is closed.
 * - unacknowledged: the trouble lasts, and nobody has taken it.
 * - acknowledged: the trouble lasts, and an operator has taken it.
 * - healedUnseen: the trouble ended before anybody took it.
 * - shelved: an operator has put it away for a time, whether the trouble lasts or not.
 * - suppressed: the trouble can't be judged, because its server is in trouble itself.
 * - outOfService: its server is paused, or a maintenance window is open for it.
 */
export const alarmStateSchema = z.enum(['unacknowledged', 'acknowledged', 'healedUnseen', 'shelved', 'suppressed', 'outOfService'])
export type AlarmState = z.infer<typeof alarmStateSchema>
export const alarmStates = alarmStateSchema.options

/** Why an alarm is closed. `removed`: its server or host is not watched any more. `rule`: its rule was changed, and does not concern it any more. */
export const closedBySchema = z.enum(['healed', 'removed', 'rule'])
export type ClosedBy = z.infer<typeof closedBySchema>

/**
 * Why the alarm is not told now. The trouble can't be judged: `server`: its server is in trouble itself; `host`: its host can't be read; `paused`:
 * polling its server or host is paused; `console`: this console has just begun, slept or has no network. `maintenance`: it is judged as ever, and a
 * maintenance window is open for it.
 */
export const suppressedBySchema = z.enum(['server', 'host', 'probe', 'paused', 'console', 'maintenance'])
export type SuppressedBy = z.infer<typeof suppressedBySchema>

/** Maximum length of a reason or comment, in UTF-16 units. */
export const longestRemark = 1_000
/** Maximum number of alarms in one call. */
export const mostAlarmsAtOnce = 1_000
/** How far ahead the end of a shelf may lie: a month. */
export const longestShelfMs = 31 * 86_400_000

/** Maximum length of the name that somebody gives who acknowledges by a link. */
export const acknowledgeNameLength = 60

const acknowledgement = {
  /** Name of the operator. With `link`: as given by whoever used it, '' without one. */
  by: z.string(),
  at: epochMs,
  /** When it ends by itself; null: never. */
  until: epochMs.nullable(),
  /** It was done by a link in a message to this channel, without signing in. */
  link: z.string().optional(),
}
const shelf = {
  by: z.string(),
  at: epochMs,
  until: epochMs,
  reason: z.string(),
  /** Also ends once the trouble has been healed for this long, ms; null: it does not. */
  endsHealedForMs: z.number().nullable(),
}
/** null: mtxdeck did it by itself. */
const byOrNull = z.string().nullable()

/** A trouble that began: since when and why, as known then. Older rows lack both. */
const onset = { at: epochMs, trouble: alarmKindSchema, severity: severitySchema, since: epochMs.optional(), why: reasonSchema.optional() }

/** Something that happened to an alarm. */
export const alarmChangeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('raised'), ...onset }),
  /** The trouble healed, and came back before the alarm was closed. */
  z.object({ kind: z.literal('returned'), ...onset }),
  /** It turned into another one, such as a stalled stream that is now gone. `again`: it was that, and at least as bad, within the last hour. */
  z.object({ kind: z.literal('turned'), ...onset, again: z.boolean().optional() }),
  /** It says another reason, or other figures of the same, than at the step of its reason before. */
  z.object({ kind: z.literal('why'), at: epochMs, why: reasonSchema, said: z.string().optional() }),
  /** `since`: when it was well again; left out: at that moment. */
  z.object({ kind: z.literal('healed'), at: epochMs, since: epochMs.optional() }),
  z.object({ kind: z.literal('suppressed'), at: epochMs, because: suppressedBySchema }),
  /** `because`: by what it was suppressed; older rows lack it. `givenBack`: its shelf, or that somebody had it, ended meanwhile. */
  z.object({ kind: z.literal('released'), at: epochMs, because: suppressedBySchema.optional(), givenBack: z.boolean().optional() }),
  z.object({ kind: z.literal('acknowledged'), ...acknowledgement }),
  z.object({ kind: z.literal('unacknowledged'), at: epochMs, by: byOrNull }),
  z.object({ kind: z.literal('shelved'), ...shelf }),
  z.object({ kind: z.literal('unshelved'), at: epochMs, by: byOrNull }),
  z.object({ kind: z.literal('commented'), at: epochMs, by: z.string(), text: z.string() }),
  z.object({ kind: z.literal('closed'), at: epochMs, because: closedBySchema }),
])
export type AlarmChange = z.infer<typeof alarmChangeSchema>

/** What the stream of an alarm may share with other streams that were hit at the same time (`incidents.ts`). */
export const alikeKindSchema = z.enum(['together', 'path', 'address', 'source', 'network', 'agent', 'servers'])
export type AlikeKind = z.infer<typeof alikeKindSchema>

/** Where a stream comes from, as last known: address and user agent of its publisher, host that its server pulls it from. null: not known. */
export const streamOriginSchema = z.object({ address: z.string().nullable(), agent: z.string().nullable(), source: z.string().nullable() })
export type StreamOrigin = z.infer<typeof streamOriginSchema>

/** A stream of a watched server that another one comes from, by the configurations: that one is pulled from it, or it is forwarded to there. */
export const upstreamSchema = z.object({ serverId: serverIdSchema, serverName: z.string(), path: z.string(), by: z.enum(['pull', 'forward']) })
export type Upstream = z.infer<typeof upstreamSchema>
/** A stream may come over so many others. */
export const mostUpstreams = 8

/**
 * What is not sure of an alarm as it stood at a past moment. `state`: it is as at the last change before that is kept; later ones are not. `count`: it
 * had begun at least so often. `why`: its reason is the last one before that is kept, and its figures may have been others.
 */
export const unsureSchema = z.enum(['state', 'count', 'why'])
export type Unsure = z.infer<typeof unsureSchema>

/** Something wrong, or an event, from its onset until it has healed and an operator knows of it. */
export const alarmSchema = z.object({
  /** Never used for another alarm. */
  id: z.string(),
  /** Id of its incident: that of the alarm that founded it. */
  incident: z.string(),
  kind: alarmKindSchema,
  /** Id of its rule. Left out, as in versions without rules: its kind. */
  rule: z.string().optional(),
  subject: alarmSubjectSchema,
  /** Name of the server or host, as last known. */
  serverName: z.string(),
  /** Kept after healing. */
  severity: severitySchema,
  state: alarmStateSchema,
  /** Onset of the trouble, which may lie before `raisedAt`. After a return: of the latest one. */
  since: epochMs,
  raisedAt: epochMs,
  /** null: the trouble lasts, as far as is known. */
  healedAt: epochMs.nullable(),
  suppressedBy: suppressedBySchema.nullable(),
  /** Its trouble began within a maintenance window and did not outlast it so far, so nobody needs to have seen it. */
  planned: z.boolean().optional(),
  /** Its shelf, or that somebody had it, ended while it could not be judged: that is told once it can be, if it lasts. */
  givenBack: z.boolean().optional(),
  /** It is well since then, but has not been for long enough to have healed. */
  calmSince: epochMs.optional(),
  /** How often the trouble began. */
  count: z.number(),
  /** It comes and goes: when it was well last, and how long it has to be so before it has healed, ms. */
  returns: z.object({ wellAt: epochMs, holdMs: z.number() }).optional(),
  /** What else it was within an hour, since it began or came back last, and until when: it may come and go between two troubles or levels. */
  was: z.array(z.object({ trouble: alarmKindSchema, severity: severitySchema, until: epochMs })).optional(),
  /** What is or was wrong, and what the server said of it. */
  why: reasonSchema,
  said: z.string().optional(),
  /** Since when it says this. Left out: since its onset; in older ones, it is not known. */
  whySince: epochMs.optional(),
  /** What to do, as the operator wrote it in the rule, and where to read more. */
  runbook: z.string().optional(),
  runbookUrl: z.string().optional(),
  /** Streams unknown because of it, and readers affected; null: unknown. */
  streams: z.number().nullable(),
  readers: z.number().nullable(),
  acknowledged: z.object(acknowledgement).nullable(),
  shelf: z.object(shelf).nullable(),
  comments: z.number(),
  /** Where its stream came from when it was raised. Left out: nothing was known. */
  origin: streamOriginSchema.optional(),
  /** The streams that its own came from when it was raised, nearest first. Left out: none is watched, or it can't be told which. */
  upstreams: z.array(upstreamSchema).max(mostUpstreams).optional(),
  /** How many streams, on air then or hit with it, were alike in what ties it to its incident. */
  alike: z.partialRecord(alikeKindSchema, z.number()).optional(),
  /** Why, by what was known when it was raised. Left out: not looked up. */
  causes: z.array(causeSchema).max(mostCauses).optional(),
  /** null: it is open. */
  closed: z.object({ at: epochMs, because: closedBySchema }).nullable(),
  /** Of a past moment only. Left out: everything is sure. */
  unsure: z.array(unsureSchema).optional(),
  /** What is wrong and what to do, in the requested language. Sent over REST only. */
  text: z.string().optional(),
  todo: z.string().optional(),
})
export type Alarm = z.infer<typeof alarmSchema>

/** An alarm with all that became of it, oldest first. */
export const alarmDetailsSchema = alarmSchema.extend({ changes: z.array(alarmChangeSchema) })
export type AlarmDetails = z.infer<typeof alarmDetailsSchema>

/** A closed alarm about the same as another one, with the last comment on it. */
export const similarAlarmSchema = alarmSchema.extend({ lastComment: z.object({ at: epochMs, by: z.string(), text: z.string() }).nullable() })
export type SimilarAlarm = z.infer<typeof similarAlarmSchema>
/** So many of them are listed. */
export const mostSimilar = 5

/** Changes to alarms by an operator: the alarms as they are now, and the ids that are not those of open alarms. */
export const alarmsChangedSchema = z.object({ alarms: z.array(alarmSchema), notOpen: z.array(z.string()) })
export type AlarmsChanged = z.infer<typeof alarmsChangedSchema>

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
  .min(1, mistaken({ kind: 'missing', key: 'ids' }))
  .max(mostAlarmsAtOnce, mistaken({ kind: 'tooManyAtOnce', most: mostAlarmsAtOnce }))
export const acknowledgeInputSchema = z.object({ ids, until: epochMs.nullable().default(null), comment: z.string().trim().max(longestRemark).optional() })
export const shelveInputSchema = z.object({
  ids,
  until: epochMs,
  reason: enteredText('reason', longestRemark, z.string().trim()),
  endsHealedForMs: z.number().min(0).max(longestShelfMs).nullable().default(null),
})
export const commentInputSchema = z.object({ ids, text: enteredText('comment', longestRemark, z.string().trim()) })
export type AcknowledgeInput = z.infer<typeof acknowledgeInputSchema>
export type ShelveInput = z.infer<typeof shelveInputSchema>
export type CommentInput = z.infer<typeof commentInputSchema>

/** Values of one parameter. */
const mostAskedFor = 200
/** One or several: a parameter of a URL may be repeated. */
const oneOrMore = <Item extends z.ZodType>(item: Item) =>
  z.preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(item).min(1).max(mostAskedFor).optional())
const severitiesAsked = oneOrMore(severitySchema)
/** Selects open alarms. */
export const alarmsInputSchema = z
  .object({
    /** As they stood at this moment; left out: now. */
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

/** Maximum length of what is searched for, in UTF-16 units. */
export const longestSearch = 200
/** Selects closed alarms: those that were raised last first. */
export const pastAlarmsInputSchema = z
  .object({
    /**
     * Words, each of which must occur, in any part of a word: in the stream, device, server, kind of trouble or rule (their ids), in names and texts of its
     * reason, who took or shelved it and why, comments, and where its stream came from. Without case and accents.
     */
    q: z.string().max(longestSearch).optional(),
    /** Raised before this moment. */
    before: askedMs.optional(),
    /** Id of an alarm: those that were raised before that one. The next page is asked for with the last one of a page. */
    after: z.string().max(100).optional(),
    /** Raised at this moment or later, and until that one. */
    from: askedMs.optional(),
    to: askedMs.optional(),
    severity: severitiesAsked,
    serverId: oneOrMore(serverIdSchema),
    path: z.string().optional(),
    /** Id of its rule; of one of a version without rules, its kind. */
    rule: z.string().max(100).optional(),
    limit: z.coerce.number().int().min(1).max(1_000).default(200),
  })
  .prefault({})
export type PastAlarmsInput = z.infer<typeof pastAlarmsInputSchema>

/**
 * What an alarm is about, beside its subject: troubles of one family are one alarm, which turns from one into the other. A stream that is
 * stalled and then gone has one alarm. Limits and events have one of each rule.
 */
export const familyOf: Readonly<
  Record<
    Exclude<AlarmKind, RuleAlarmKind>,
    'reach' | 'air' | 'loss' | 'filling' | 'storing' | 'backup' | 'telling' | 'reaching' | 'reading' | 'network' | 'polling' | 'openness'
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
  sourceFailing: 'air',
  packetsLost: 'loss',
  diskFilling: 'filling',
  storeFailing: 'storing',
  backupMissed: 'backup',
  messageRefused: 'telling',
  channelUnreachable: 'reaching',
  mediaFailing: 'reading',
  consoleOffline: 'network',
  pollingSlowed: 'polling',
  apiOpen: 'openness',
}
/** `familyOf`, or the id of the rule. */
export const topicOf = ({ kind, rule }: Pick<Alarm, 'kind' | 'rule'>): string => (isRuleAlarm(kind) ? `rule ${rule}` : familyOf[kind])
/** Whether it says that a whole server is out of reach. */
export const isReach = ({ kind, subject }: Pick<Alarm, 'kind' | 'subject'>): boolean => subject.kind === 'server' && topicOf({ kind }) === 'reach'

/** Selects what happened to alarms of a server or host and all that is theirs, of a stream, or of a probe, in a period. */
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
/** Something that happened to an alarm, with what that is about; `kind` is the trouble that it had then. */
export const alarmStepSchema = z.object({
  ...alarmSchema.pick({ id: true, kind: true, rule: true, subject: true, serverName: true }).shape,
  change: alarmChangeSchema,
})
export type AlarmStep = z.infer<typeof alarmStepSchema>

/** `at`: as it stood at that moment; left out: as it is now. */
const byId = z.object({ id: z.string().max(100), at: askedMs.optional() })
/** Alarms of the requested moment are not known: it lies before `since`. */
export const notKept = { NOT_KEPT: { status: 404, data: alarmsNotKeptSchema } }
const pastErrors = { NOT_READ: refused(503, 'closedUnreadable') }
const viewAlarms = view.errors({ NOT_FOUND: refused(404, 'noSuchAlarm'), ...pastErrors })
const operateAlarms = operate.errors({ BAD_REQUEST: refused(400, 'endNotAhead') })

export const alarmsContract = {
  list: view
    .errors({ ...notKept, ...momentErrors })
    .route({ method: 'GET', path: '/alarms', tags: ['alarms'], summary: 'Open alarms, worst first: now, or at a moment of the past' })
    .input(alarmsInputSchema)
    .output(z.array(alarmSchema)),
  past: view
    .errors({ ...pastErrors, TOO_WIDE: { status: 422, data: searchTooWideSchema } })
    .route({ method: 'GET', path: '/alarms/past', tags: ['alarms'], summary: 'Closed alarms, those raised last first: a page of all that are kept' })
    .input(pastAlarmsInputSchema)
    .output(z.array(alarmSchema)),
  kept: view
    .route({ method: 'GET', path: '/alarms/kept', tags: ['alarms'], summary: 'How many closed alarms are kept, and from when on all of them' })
    .output(z.object({ closed: z.number().int(), since: epochMs })),
  steps: view
    .errors(pastErrors)
    .route({ method: 'GET', path: '/alarms/steps', tags: ['alarms'], summary: 'What happened to alarms in a period, the newest, oldest first' })
    .input(alarmStepsInputSchema)
    .output(z.array(alarmStepSchema)),
  get: viewAlarms
    .errors(momentErrors)
    .route({ method: 'GET', path: '/alarms/{id}', tags: ['alarms'], summary: 'An alarm, open or closed, with all that became of it, now or up to a moment' })
    .input(byId)
    .output(alarmDetailsSchema),
  similar: viewAlarms
    .route({
      method: 'GET',
      path: '/alarms/{id}/similar',
      tags: ['alarms'],
      summary: 'Closed alarms of before about the same, and how they ended, newest first',
    })
    .input(z.object({ id: z.string().max(100) }))
    .output(z.array(similarAlarmSchema)),
  /** Takes alarms. One whose trouble has healed is closed with it. */
  acknowledge: operateAlarms
    .route({ method: 'POST', path: '/alarms/acknowledge', tags: ['alarms'] })
    .input(acknowledgeInputSchema)
    .output(alarmsChangedSchema),
  /** Gives them back: they are unacknowledged again. */
  unacknowledge: operateAlarms
    .route({ method: 'POST', path: '/alarms/unacknowledge', tags: ['alarms'] })
    .input(z.object({ ids }))
    .output(alarmsChangedSchema),
  /** Puts alarms away until a moment at most 31 days ahead. A shelf lasts while its trouble heals and returns. */
  shelve: operateAlarms
    .route({ method: 'POST', path: '/alarms/shelve', tags: ['alarms'] })
    .input(shelveInputSchema)
    .output(alarmsChangedSchema),
  unshelve: operateAlarms
    .route({ method: 'POST', path: '/alarms/unshelve', tags: ['alarms'] })
    .input(z.object({ ids }))
    .output(alarmsChangedSchema),
  comment: operateAlarms
    .route({ method: 'POST', path: '/alarms/comment', tags: ['alarms'] })
    .input(commentInputSchema)
    .output(alarmsChangedSchema),
}
