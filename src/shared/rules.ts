import { z } from 'zod'
import type { RemedyAct } from './acts.ts'
import { canaryReaderPatterns, canaryReadProtocols } from './canaries.ts'
import { enteredOrEmpty, enteredText, nameOrEmpty } from './entered.ts'
import type { EventKind } from './events.ts'
import type { MetricId } from './metrics.ts'
import { fieldValueSchema } from './naming.ts'
import { nearestWord } from './nearestWord.ts'
import { areExpressionsTooLong, mostExpressionLetters, patternSchema } from './patterns.ts'
import { administer, view } from './permissions.ts'
import { contentFaultMs } from './probeContent.ts'
import { staleAfter } from './probeReadings.ts'
import { refused } from './refusals.ts'
import { remedySchema } from './remedyInput.ts'
import {
  changedWatches,
  evaluatedTroubles,
  eventLastsSeconds,
  kindKeys,
  kindProblems,
  type LimitSide,
  lastsSeconds,
  metricSchema,
  type RuleProblem,
  subjectsOf,
  type Watched,
  type WatchedOf,
  watchedByOwn,
  watchedSchema,
} from './ruleKinds.ts'
import { said } from './said.ts'
import { type Severity, severitySchema } from './severities.ts'
import type { SubjectKind } from './subjectNames.ts'
import { kindOfMetric } from './subjects.ts'
import { epochMs } from './time.ts'
import { invalid } from './validationErrors.ts'

/** Alarm kinds of rules that do not watch a trouble: alarms are raised per rule, not per kind of trouble. */
const ruleAlarmKinds = ['limitCrossed', 'offUsual', 'changedFast', 'happened', 'flapping'] as const
export type RuleAlarmKind = (typeof ruleAlarmKinds)[number]
export function isRuleAlarm(kind: AlarmKind): kind is RuleAlarmKind {
  return (ruleAlarmKinds as readonly AlarmKind[]).includes(kind)
}
/**
 * What an alarm is about: a trouble of a server, stream, host or of this console itself, a metric that crossed a limit or changed fast, flapping, or
 * an event.
 */
export const alarmKindSchema = z.enum([...evaluatedTroubles, ...ruleAlarmKinds])
export type AlarmKind = z.infer<typeof alarmKindSchema>

/** Selects servers, hosts, streams, devices of hosts, and probes; an omitted key selects all. Hosts have the tags of their server. */
const scopeShape = {
  tags: z.array(z.string().max(100)).max(100).optional(),
  servers: z.array(patternSchema).max(100).optional(),
  hosts: z.array(patternSchema).max(100).optional(),
  streams: z.array(patternSchema).max(100).optional(),
  /** Devices of hosts: `disk:/`, `net:eth0`, `gpu:0`. */
  devices: z.array(patternSchema).max(100).optional(),
  /** Fields extracted from stream names by the naming templates: `examId=exam_123`. For each field, one of its values must match. */
  where: z.array(fieldValueSchema).max(100).optional(),
  /** Names of probes. Their projects are selected by `tags`. */
  probes: z.array(patternSchema).max(100).optional(),
}
export const scopeSchema = z.object(scopeShape)
export type Scope = z.infer<typeof scopeSchema>

const longestDelaySeconds = 86_400
/** Maximum number of rules in a configuration, and of exceptions per rule. */
export const mostRules = 1_000
const mostExceptions = 200
const longestRunbook = 4_000
const longestRuleName = 100

const delaySchema = z
  .number()
  .min(0, invalid({ kind: 'notWithin', least: 0, most: longestDelaySeconds }))
  .max(longestDelaySeconds, invalid({ kind: 'notWithin', least: 0, most: longestDelaySeconds }))
/** Properties of a rule that a configuration may change. */
const changeShape = {
  enabled: z.boolean().optional(),
  severity: severitySchema.optional(),
  /** How long the condition must last before an alarm is raised. */
  onDelaySeconds: delaySchema.optional(),
  /** How long the condition must be gone before the alarm clears. */
  offDelaySeconds: delaySchema.optional(),
  ...kindKeys,
}
/** An exception of a rule for some of its subjects; the first matching exception applies. */
const exceptionInputSchema = z.strictObject({ ...changeShape, ...scopeShape, reason: enteredText(1_000, z.string().trim()) })
export type ExceptionInput = z.infer<typeof exceptionInputSchema>

/** A rule as written in a configuration file: with the id of a shipped rule it changes that rule, otherwise its keys determine its kind. */
export const ruleInputSchema = z.object({
  id: z.string().regex(/^[a-zA-Z0-9][\w.-]{0,99}$/, invalid({ kind: 'notAnId' })),
  /** Display name, used instead of its id or metric. */
  name: nameOrEmpty(longestRuleName).optional(),
  metric: metricSchema.optional(),
  /** The metric is divided by this one; both must have the same kind of subject. */
  per: metricSchema.optional(),
  ...changeShape,
  ...scopeShape,
  runbook: enteredOrEmpty(longestRunbook, z.string().trim()).optional(),
  runbookUrl: z.url({ protocol: /^https?$/, error: invalid({ kind: 'notAnAddress', text: 'runbookUrl' }) }).optional(),
  /** Automatic action on its alarms, performed only once somebody has armed it (`remedies.ts`). */
  remedy: remedySchema.optional(),
  exceptions: z.array(exceptionInputSchema).max(mostExceptions).optional(),
})
export type RuleInput = z.infer<typeof ruleInputSchema>

/** The evaluation settings of a rule itself, or of one of its exceptions. */
const evaluationShape = {
  enabled: z.boolean(),
  /** null: the severity of the trouble, or of the level that was crossed. */
  severity: severitySchema.nullable(),
  onDelayMs: z.number(),
  offDelayMs: z.number(),
  watches: watchedSchema,
}
const exceptionSchema = z.object({ ...evaluationShape, scope: scopeSchema, reason: z.string() })

/** As shipped, or changed or added by the configuration file or in the console. */
export const ruleOrigins = ['shipped', 'file', 'console'] as const

const ruleEditSchema = z.object({ by: z.string(), at: epochMs, input: ruleInputSchema })
export type RuleEdit = z.infer<typeof ruleEditSchema>

export const ruleSchema = z.object({
  id: z.string(),
  origin: z.enum(ruleOrigins),
  /** Who changed or added it in the console, when, and the input; null: never edited in the console, or defined by the configuration file. */
  edited: ruleEditSchema.nullable(),
  ...evaluationShape,
  scope: scopeSchema,
  /** The first one that matches a subject applies to it. */
  exceptions: z.array(exceptionSchema),
  /** Instructions written by the operator; null: mtxdeck's own text is used. */
  runbook: z.string().nullable(),
  runbookUrl: z.string().nullable(),
  /** Automatic action on its alarms, performed only once somebody has armed it; null: none. */
  remedy: remedySchema.nullable(),
  /** User-defined name; over REST also set for rules without one, in the requested language. */
  name: said('ruleName', z.string().optional()),
  todo: said('ruleTodo', z.string().optional()),
})
export type Rule = z.infer<typeof ruleSchema>
export type RuleEvaluation = Pick<Rule, keyof typeof evaluationShape>

interface Shipped {
  readonly watches: Watched
  /** Used for troubles and events. null: the severity of the trouble. */
  readonly severity: Severity | null
  readonly onDelaySeconds: number
  readonly offDelaySeconds: number
  readonly enabled: boolean
  readonly scope?: Scope
}
const trouble = (kind: WatchedOf<'trouble'>['trouble'], onDelaySeconds: number, offDelaySeconds: number, severity: Severity | null = null): Shipped => ({
  watches: { kind: 'trouble', trouble: kind },
  severity,
  onDelaySeconds,
  offDelaySeconds,
  enabled: true,
})
const happened = (event: EventKind, severity: Severity): Shipped => ({
  watches: { kind: 'event', event },
  severity,
  onDelaySeconds: 0,
  offDelaySeconds: eventLastsSeconds,
  enabled: true,
})
type LevelTuple = readonly [severity: Severity, limit: number, clear: number]
/** A warning at the first limit, major at the second. */
const twoLevels = (warnsAt: number, clearsAt: number, majorAt: number, lessAt: number): readonly LevelTuple[] => [
  ['warning', warnsAt, clearsAt],
  ['major', majorAt, lessAt],
]
const limit = (
  metric: MetricId,
  side: LimitSide,
  levels: readonly LevelTuple[],
  onDelaySeconds: number,
  { per = null, ...more }: { readonly enabled?: boolean; readonly scope?: Scope; readonly per?: MetricId | null } = {},
): Shipped => ({
  watches: { kind: 'limit', metric, per, side, levels: levels.map(([severity, at, clear]) => ({ severity, limit: at, clear })) },
  severity: null,
  onDelaySeconds,
  // A metric that oscillates around its limit is one alarm, without a "cleared" notification for each dip.
  offDelaySeconds: Math.min(120, Math.max(60, onDelaySeconds)),
  enabled: true,
  ...more,
})

/**
 * A limit that only the operator knows: healthy streams differ too much for one that fits all of them. It judges nothing until somebody gives its figure, for
 * all or by exceptions.
 */
const limitOfOperator = (metric: MetricId, side: LimitSide, more: { readonly per?: MetricId } = {}): Shipped => limit(metric, side, [], 120, more)

/** A rule on a duration: warning from `warnsAtMs` on, major from `majorAtMs` on. Clears once the condition recurs only for less than half of `warnsAtMs`. */
const lasts = (metric: MetricId, warnsAtMs: number, majorAtMs: number | null): Shipped =>
  limit(metric, 'above', [['warning', warnsAtMs, warnsAtMs / 2], ...(majorAtMs === null ? [] : [['major', majorAtMs, warnsAtMs] as const])], 0)

/**
 * The rules shipped with mtxdeck. A limit must be exceeded for some time before an alarm is raised, and has a deadband, so that a metric near its limit does
 * not flap. The meaning of each rule, and what to do, is under its id in the catalogues.
 */
export const shippedRules = {
  serverDown: trouble('serverDown', 0, 5),
  serverHalted: trouble('serverHalted', 0, 0),
  serverSilent: trouble('serverSilent', 0, 5),
  // A reconnecting publisher is back within seconds.
  streamGone: trouble('streamGone', 5, 5),
  streamStalled: trouble('streamStalled', 0, 5),
  slateOnAir: trouble('slateOnAir', 5, 5),
  // Lost and back three times; clears once only the last such cycle is left in the window. Minor, because `streamGone` reports each loss itself.
  streamFlapping: {
    watches: { kind: 'flapping', flaps: 6, clear: 3, withinMs: 900_000 },
    severity: 'minor',
    onDelaySeconds: 0,
    offDelaySeconds: 60,
    enabled: true,
  },
  onDemandFailed: trouble('onDemandFailed', 0, 5),
  endedWhileRead: trouble('endedWhileRead', 5, 5),
  streamsLost: trouble('streamsLost', 0, 5, 'major'),
  sourceFailing: trouble('sourceFailing', 5, 5),
  packetsLost: trouble('packetsLost', 0, 0),
  hostDown: trouble('hostDown', 20, 5, 'major'),
  hostWaiting: trouble('hostWaiting', 0, 0, 'major'),
  diskFilling: trouble('diskFilling', 600, 600, 'major'),
  pollingSlowed: trouble('pollingSlowed', 60, 60, 'warning'),
  apiOpen: trouble('apiOpen', 0, 0, 'warning'),

  // Streams that probes read by URL.
  probeDown: limit('probe.up', 'below', [['major', 1, 1]], 60),
  probeDownElsewhere: limit('probe.elsewhereUp', 'below', [['minor', 100, 100]], 60),
  probeBitrateLow: limitOfOperator('probe.bitrate', 'below'),
  // Seven round trips over a satellite take four seconds, and so may a source on demand; after ten a probe gives up.
  probeAnswersSlowly: limit('probe.answerMs', 'above', [['warning', 8_000, 6_000]], 60),
  // Cameras and phones declare a rate that they don't keep, in the dark or while nothing moves.
  probeFrameRateLow: limitOfOperator('probe.fps', 'below', { per: 'probe.declaredFps' }),
  // Encoders left as they come have 250 frames between key frames: at 5 a second 50 s.
  keyFramesRare: limit('probe.gopLongestMs', 'above', [['warning', 60_000, 55_000]], 120),
  // Encoders that insert key frames at scene changes have a different interval in each look: an operator has to select the streams with a fixed one.
  gopChanged: {
    watches: {
      kind: 'change',
      metric: 'probe.gopUsualMs',
      per: null,
      direction: 'either',
      withinMs: 600_000,
      levels: [{ severity: 'warning', limit: 25, clear: 20 }],
    },
    severity: null,
    onDelaySeconds: 0,
    offDelaySeconds: 60,
    enabled: false,
  },
  // Content checks of pictures and sound. The metric is how long the fault has lasted, so there is no additional delay.
  pictureBlack: lasts('probe.blackMs', contentFaultMs.black, 30_000),
  pictureOneColour: lasts('probe.oneColourMs', contentFaultMs.oneColour, 30_000),
  colourBarsOnAir: lasts('probe.colourBarsMs', contentFaultMs.colourBars, 30_000),
  pictureFrozen: lasts('probe.frozenMs', contentFaultMs.frozen, 30_000),
  pictureStill: lasts('probe.noMotionMs', contentFaultMs.noMotion, null),
  soundSilent: lasts('probe.silentMs', contentFaultMs.silent, 60_000),
  soundClipped: limit('probe.clipped', 'above', [['warning', 10, 5]], 30),
  loudnessOff: limit('probe.loudnessOffset', 'beyond', [['warning', 6, 4]], 120),
  // The metric is the time since the playlist last changed. A server has to update it within 1.5 target durations.
  hlsStale: limit('probe.playlistAgeMs', 'above', [['major', staleAfter, 1.25]], 0, { per: 'probe.playlistTargetMs' }),
  tsErrors: limit(
    'probe.tsErrors',
    'above',
    [
      ['warning', 0, 0],
      ['major', 100, 50],
    ],
    30,
  ),
  contractBroken: limit('probe.differences', 'above', [['warning', 0, 0]], 60),
  audioOffset: limit('probe.audioAhead', 'beyond', [['warning', 1_000, 800]], 120),
  // Our own test signals (canaries), as read back. `probeDown` leaves their readers to `canaryUnread` (`evaluation.ts`).
  canaryUnread: limit('probe.up', 'below', [['major', 1, 1]], 60, { scope: { probes: canaryReaderPatterns(canaryReadProtocols) } }),
  canaryLate: limit('probe.canaryDelay', 'above', [['warning', 2_000, 1_500]], 60, {
    scope: { probes: canaryReaderPatterns(canaryReadProtocols.filter((protocol) => protocol !== 'hls')) },
  }),
  // An HLS player is three segments behind: about 3 s with MediaMTX's default settings, up to 12 s with long segments.
  canaryLateByHls: limit('probe.canaryDelay', 'above', [['warning', 15_000, 12_000]], 60, { scope: { probes: canaryReaderPatterns(['hls']) } }),
  canaryLipSync: limit('probe.canarySoundAhead', 'beyond', [['warning', 100, 80]], 60),

  // This console itself. A lost network hides everything else, so this alarm has no delay.
  consoleOffline: trouble('consoleOffline', 0, 5, 'critical'),
  storeFailing: trouble('storeFailing', 5, 5),
  backupMissed: trouble('backupMissed', 0, 0, 'minor'),
  // The channel that refused a message may still accept this notification.
  messageRefused: trouble('messageRefused', 0, 60, 'major'),
  // Receivers get restarted, and queued messages are retried at least every five minutes.
  channelUnreachable: trouble('channelUnreachable', 900, 0, 'major'),
  // A media process that exits is restarted within half a minute.
  mediaFailing: trouble('mediaFailing', 60, 5, 'major'),

  // `bitrateUnusual` follows each stream's own level.
  bitrateLow: limitOfOperator('path.bitrateIn', 'below'),
  // The tolerance grows with the natural variation, and nothing is evaluated before four weeks of history.
  bitrateUnusual: {
    watches: { kind: 'unusual', metric: 'path.bitrateIn', levels: [{ severity: 'warning', limit: 2, clear: 0 }] },
    severity: null,
    onDelaySeconds: 600,
    offDelaySeconds: 600,
    enabled: true,
  },
  // SRT needs latency to retransmit lost packets: four round trips or more are fine.
  latencyTight: limit(
    'path.latency',
    'below',
    [
      ['warning', 4, 4.4],
      ['critical', 3, 3.3],
    ],
    30,
    { per: 'path.rtt' },
  ),
  framesInError: limit('path.framesInError', 'above', [['warning', 0, 0]], 10),
  readersSlow: limit('path.framesDiscarded', 'above', [['warning', 0, 0]], 30),
  forwardFailing: limit('path.forwardsFailing', 'above', [['major', 0, 0]], 10),
  // The metric is the time without recording, which starts to grow when the next segment is overdue.
  recordingStopped: limit('path.notRecorded', 'above', [['major', 60_000, 0]], 0),
  recordingGaps: limit('path.recordingMissing', 'above', [['warning', 0, 0]], 0),
  // Disabled: an operator has to select the streams that must have readers.
  noReaders: limit('path.people', 'below', [['warning', 1, 1]], 300, { enabled: false }),
  certificateExpiring: limit(
    'server.certificateDays',
    'below',
    [
      ['warning', 14, 14],
      ['critical', 3, 3],
    ],
    0,
  ),
  serverClock: limit('server.clockSkew', 'beyond', [['warning', 5_000, 3_000]], 60),
  hostCpu: limit('host.cpu', 'above', twoLevels(75, 70, 90, 85), 120),
  hostMemory: limit('host.memoryPercent', 'above', twoLevels(80, 77, 90, 87), 60),
  hostTemperature: limit('host.temperature', 'above', twoLevels(80, 75, 90, 85), 60),
  hostClock: limit('host.clockSkew', 'beyond', [['warning', 5_000, 3_000]], 60),
  udpErrors: limit('host.udpBufferErrors', 'above', [['minor', 0, 0]], 10),
  diskUsed: limit('device.used', 'above', twoLevels(80, 78, 90, 88), 60, { scope: { devices: ['disk:*'] } }),
  networkBusy: limit('device.used', 'above', twoLevels(80, 75, 90, 85), 60, { scope: { devices: ['net:*'] } }),

  serverRestarted: happened('serverRestarted', 'warning'),
  serverUpgraded: happened('serverUpgraded', 'warning'),
  certificateChanged: happened('certificateChanged', 'warning'),
  publisherChanged: happened('publisherChanged', 'warning'),
  codecChanged: happened('codecChanged', 'warning'),
  sizeChanged: happened('sizeChanged', 'warning'),
  hostRestarted: happened('hostRestarted', 'minor'),
  hostKeyChanged: happened('hostKeyChanged', 'major'),
  mediaServerRestarted: happened('mediaServerRestarted', 'minor'),
  storeDamaged: happened('storeDamaged', 'major'),
  remedyStopped: happened('remedyStopped', 'major'),
} as const satisfies Readonly<Record<string, Shipped>>
export type ShippedRuleId = keyof typeof shippedRules
export const shippedRuleIds = Object.keys(shippedRules) as readonly ShippedRuleId[]
export function isShippedRule(id: string): id is ShippedRuleId {
  return Object.hasOwn(shippedRules, id)
}

function shippedRule(id: ShippedRuleId): Rule {
  const { watches, severity, onDelaySeconds, offDelaySeconds, enabled, scope = {} }: Shipped = shippedRules[id]
  const evaluation = { watches, severity, onDelayMs: onDelaySeconds * 1000, offDelayMs: offDelaySeconds * 1000, enabled }
  return { id, origin: 'shipped', edited: null, ...evaluation, scope, exceptions: [], runbook: null, runbookUrl: null, remedy: null }
}

/** The rules in force: the shipped ones with their changes, and added ones. For a rule in the configuration file, the file takes precedence over an edit. */
export function rulesOf(ofFile: readonly RuleInput[], edits: readonly RuleEdit[] = []): readonly Rule[] {
  const inFile = new Set(ofFile.map(({ id }) => id))
  const changes: readonly Change[] = [
    ...ofFile.map((input) => ({ input, edited: null })),
    ...edits.flatMap((edited) => (inFile.has(edited.input.id) ? [] : [{ input: edited.input, edited }])),
  ]
  const byId = new Map(changes.map((change) => [change.input.id, change]))
  const shipped = shippedRuleIds.map((id) => {
    const change = byId.get(id)
    return change === undefined ? shippedRule(id) : changedRule(shippedRule(id), change)
  })
  const others = changes.flatMap((change) => {
    const { id } = change.input
    const watches = isShippedRule(id) ? null : watchedByOwn(change.input)
    if (watches === null) return []
    const offDelayMs = lastsSeconds(watches) * 1000
    return [changedRule({ ...shippedRule('bitrateLow'), id, watches, severity: 'minor', onDelayMs: 0, offDelayMs }, change)]
  })
  return [...shipped, ...others]
}

interface Change {
  readonly input: RuleInput
  /** null: from the configuration file. */
  readonly edited: RuleEdit | null
}

function changedRule(rule: Rule, change: Change): Rule {
  const { input, edited } = change
  const { name, exceptions = [], runbook, runbookUrl, remedy = null } = input
  const evaluation = { ...rule, ...evaluatesBy(rule, input) }
  return {
    ...evaluation,
    origin: edited === null ? 'file' : 'console',
    ...(name && { name }),
    edited,
    scope: { ...rule.scope, ...scopeIn(input) },
    exceptions: exceptions.map((exception) => ({ ...evaluatesBy(evaluation, exception), scope: scopeIn(exception), reason: exception.reason })),
    runbook: runbook || null,
    runbookUrl: runbookUrl ?? null,
    remedy,
  }
}

function scopeIn({ tags, servers, hosts, streams, where, devices, probes }: Scope): Scope {
  return Object.fromEntries(Object.entries({ tags, servers, hosts, streams, where, devices, probes }).filter(([, value]) => value !== undefined))
}

function evaluatesBy(rule: RuleEvaluation, input: Omit<ExceptionInput, 'reason'>): RuleEvaluation {
  const { enabled = rule.enabled, severity = null, onDelaySeconds, offDelaySeconds } = input
  const watches = changedWatches(rule.watches, input)
  return {
    enabled,
    severity: 'levels' in watches ? null : (severity ?? rule.severity),
    onDelayMs: onDelaySeconds === undefined ? rule.onDelayMs : onDelaySeconds * 1000,
    offDelayMs: offDelaySeconds === undefined ? rule.offDelayMs : offDelaySeconds * 1000,
    watches,
  }
}

/** Kinds of subjects that each key of a scope can select. */
export const scopeKinds: Readonly<Record<keyof typeof scopeShape, readonly SubjectKind[]>> = {
  tags: ['server', 'stream', 'host', 'device', 'probe'],
  servers: ['server', 'stream', 'host', 'device'],
  hosts: ['host', 'device'],
  streams: ['stream'],
  where: ['stream'],
  devices: ['device'],
  probes: ['probe'],
}

/** Contradictions in a rule from a configuration file or the console. */
export function ruleProblems(input: RuleInput): readonly RuleProblem[] {
  const { id, metric, per, exceptions = [] } = input
  const shipped: Watched | null = isShippedRule(id) ? shippedRules[id].watches : null
  const watches = shipped ?? watchedByOwn(input)
  if (watches === null)
    return [{ path: ['id'], validationError: { kind: 'noSuchRule', text: id, meant: nearestWord(id, shippedRuleIds), known: [...shippedRuleIds] } }]
  if (shipped === null && metric !== undefined && per !== undefined && kindOfMetric(per) !== kindOfMetric(metric))
    return [{ path: ['per'], validationError: { kind: 'scopeUnfit', metric: per, of: kindOfMetric(per) } }]
  const own = [...kindProblems(input, watches, shipped === null), ...scopeProblems(input, watches)]
  const ofExceptions = exceptions.flatMap((exception, index) =>
    [...kindProblems(exception, watches, false, true), ...scopeProblems(exception, watches)].map(({ path, validationError }) => ({
      path: ['exceptions', index, ...path],
      validationError,
    })),
  )
  return [...own, ...remedyProblems(input, watches), ...ofExceptions]
}

/** Kinds of subjects that each remedy applies to. For a server or stream, `runCommand` runs on its host. */
const remediable: Readonly<Record<RemedyAct, readonly SubjectKind[]>> = {
  kickPublisher: ['stream'],
  restartSource: ['stream'],
  restartPath: ['stream'],
  runCommand: ['server', 'stream', 'host', 'device'],
}
function remedyProblems({ remedy }: RuleInput, watches: Watched): readonly RuleProblem[] {
  const of = subjectsOf(watches)
  if (remedy === undefined || (of !== null && remediable[remedy.act].includes(of))) return []
  return [{ path: ['remedy', 'act'], validationError: { kind: 'remedyUnfit', act: remedy.act } }]
}

function scopeProblems(input: Scope, watches: Watched): readonly RuleProblem[] {
  const of = subjectsOf(watches)
  if (of === null) return []
  return (Object.keys(scopeKinds) as (keyof typeof scopeKinds)[])
    .filter((key) => input[key] !== undefined && !scopeKinds[key].includes(of))
    .map((key) => ({ path: [key], validationError: { kind: 'scopeUnfit', metric: 'metric' in watches ? watches.metric : null, of } }))
}

/** Adds an issue for each contradiction, with its path below `at`. */
function addProblems(input: RuleInput, ctx: z.core.$RefinementCtx, at: readonly string[] = []): void {
  for (const { path, validationError } of ruleProblems(input)) ctx.addIssue({ code: 'custom', path: [...at, ...path], message: invalid(validationError) })
}
/** Rejects more regular expressions than can be compiled at once, before any is compiled. */
export function boundExpressions<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess((value: z.input<Schema>, ctx) => {
    if (areExpressionsTooLong(value)) ctx.addIssue(invalid({ kind: 'expressionsTooLong', most: mostExpressionLetters }))
    return value
  }, schema)
}
/** A rule as entered in the console: same keys and same errors as in the configuration file. */
export const ruleCallSchema = boundExpressions(z.strictObject(ruleInputSchema.shape).superRefine((input, ctx) => addProblems(input, ctx)))
const ruleChangeSchema = z
  .object({
    id: ruleInputSchema.shape.id,
    change: boundExpressions(z.strictObject(ruleInputSchema.omit({ id: true }).shape)),
    /** `edited.at` of the rule when opened; null: it had no edit. If it has changed since, the update is rejected. Omitted: always overwrites. */
    openedAt: epochMs.nullable().optional(),
  })
  .superRefine(({ id, change }, ctx) => addProblems({ id, ...change }, ctx, ['change']))

const tooMany = refused(400, 'tooMany')
const changeRules = administer.errors({ NOT_FOUND: refused(404, 'noSuch'), FORBIDDEN: refused(403, 'fromFile') })

const tags = ['alarms']
export const rulesContract = {
  list: view.route({ method: 'GET', path: '/rules', tags, summary: 'The rules in force' }).output(z.array(ruleSchema)),
  /** Adds a rule, or changes a shipped one that has not been changed yet. */
  add: administer
    .errors({ CONFLICT: refused(409, 'taken'), BAD_REQUEST: tooMany })
    .route({ method: 'POST', path: '/rules', successStatus: 201, tags })
    .input(ruleCallSchema)
    .output(ruleSchema),
  /** Replaces the edit of a rule, or creates it. */
  update: changeRules
    .errors({ BAD_REQUEST: tooMany, CONFLICT: refused(409, 'changed') })
    .route({ method: 'PUT', path: '/rules/{id}', tags })
    .input(ruleChangeSchema)
    .output(ruleSchema),
  /** Deletes an edit: a shipped rule returns to its defaults, an added rule is removed. */
  remove: changeRules.route({ method: 'DELETE', path: '/rules/{id}', successStatus: 204, tags }).input(z.object({ id: z.string().max(100) })),
  /** The edits as YAML, for a configuration file or another console. */
  exportYaml: view.route({ method: 'GET', path: '/rules/yaml', tags }).output(z.object({ yaml: z.string() })),
}
