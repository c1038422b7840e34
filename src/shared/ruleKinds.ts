import { z } from 'zod'
import { learnedMetrics } from './baselines.ts'
import { type EventKind, eventKinds, subjectOfEvent, watchedEvents } from './events.ts'
import { metricIds } from './metrics.ts'
import { nearestWord } from './nearestWord.ts'
import { type Severity, severities, severityRank, severitySchema } from './severities.ts'
import type { SubjectKind } from './subjectNames.ts'
import { kindOfMetric } from './subjects.ts'
import { troubleKindSchema } from './troubles.ts'
import { invalid, type ValidationError } from './validationErrors.ts'

// The kinds of rules: what each watches, which keys of an entry say it, and what contradicts itself in them. How each is evaluated is said in
// `engine/alarms/evaluation.ts`, how each is shown in `renderer/alarms/ruleKindsShown.ts`.

/** Accepts one of these names; for any other, the error suggests the closest one. */
function nameSchema<Name extends string>(names: readonly Name[]) {
  return z.enum(names as [Name, ...Name[]], {
    error: ({ input }) =>
      typeof input === 'string' ? invalid({ kind: 'noSuchName', text: input, meant: nearestWord(input, names), known: [...names] }) : undefined,
  })
}
export const metricSchema = nameSchema(metricIds)

/** `beyond`: its distance from 0 is above the limit, as with a clock that is ahead or behind. */
export const limitSides = ['above', 'below', 'beyond'] as const
export type LimitSide = (typeof limitSides)[number]
/** Keys that say by how much a figure changes, and the direction that each means. */
export const changeDirections = { risesBy: 'up', fallsBy: 'down', changesBy: 'either' } as const
export const changeKeys = Object.keys(changeDirections) as readonly (keyof typeof changeDirections)[]
/** How long an event is an alarm, s. */
export const eventLastsSeconds = 300
/** Fewest and most changes that a rule for flapping may ask for; so many of each stream are remembered. */
export const flapCount = { least: 2, most: 100 } as const
/** Least factor of the usual spread that a rule may ask for. */
export const leastFactor = 0.1

/** Troubles of servers, streams, hosts and this console. */
export const evaluatedTroubles = [
  ...troubleKindSchema.options,
  'streamsLost',
  'pollingSlowed',
  'apiOpen',
  'hostDown',
  'hostWaiting',
  'diskFilling',
  'storeFailing',
  'backupMissed',
  'messageRefused',
  'channelUnreachable',
  'mediaFailing',
  'consoleOffline',
] as const
/** What each is about; null: this console. */
const subjectOfTrouble: Readonly<Record<(typeof evaluatedTroubles)[number], SubjectKind | null>> = {
  serverDown: 'server',
  serverHalted: 'server',
  serverSilent: 'server',
  streamGone: 'stream',
  streamStalled: 'stream',
  slateOnAir: 'stream',
  onDemandFailed: 'stream',
  endedWhileRead: 'stream',
  sourceFailing: 'stream',
  packetsLost: 'stream',
  streamsLost: 'server',
  pollingSlowed: 'server',
  apiOpen: 'server',
  hostDown: 'host',
  hostWaiting: 'host',
  diskFilling: 'device',
  storeFailing: null,
  backupMissed: null,
  messageRefused: null,
  channelUnreachable: null,
  mediaFailing: null,
  consoleOffline: null,
}

const levelSchema = z.object({
  severity: severitySchema,
  /** The alarm is raised beyond it; in the unit of the figure. */
  limit: z.number(),
  /** The alarm heals only once the figure is back past this value. */
  clear: z.number(),
})
export type RuleLevel = z.infer<typeof levelSchema>
const levels = z.array(levelSchema)
/** The figure is `metric`, divided by `per` if that is not null. */
const figure = { metric: metricSchema, per: metricSchema.nullable() }

export const watchedSchema = z.discriminatedUnion('kind', [
  /** A state that mtxdeck judges itself. */
  z.object({ kind: z.literal('trouble'), trouble: z.enum(evaluatedTroubles) }),
  /** Something that happened: an alarm for as long as its off-delay. */
  z.object({ kind: z.literal('event'), event: z.enum(eventKinds as [EventKind, ...EventKind[]]) }),
  /** A stream that changed between live and not live this often within a time. Healed with fewer than `clear` changes. */
  z.object({ kind: z.literal('flapping'), flaps: z.number(), clear: z.number(), withinMs: z.number() }),
  /** A figure off what is usual for its stream at this hour of the week. The limit of its only level is a factor of the spread; healed within the usual range. */
  z.object({ kind: z.literal('unusual'), metric: z.enum(learnedMetrics), levels }),
  /** A figure that changes by more than this within some time. Limits are percent of what the figure was. */
  z.object({ kind: z.literal('change'), ...figure, direction: z.enum(changeDirections), withinMs: z.number(), levels }),
  /** A figure beyond a limit. */
  z.object({ kind: z.literal('limit'), ...figure, side: z.enum(limitSides), levels }),
])
export type Watched = z.infer<typeof watchedSchema>
export type WatchedKind = Watched['kind']
export type WatchedOf<Kind extends WatchedKind> = Extract<Watched, { kind: Kind }>

const within = (least: number, most: number) =>
  z
    .number()
    .min(least, invalid({ kind: 'notWithin', least, most }))
    .max(most, invalid({ kind: 'notWithin', least, most }))
    .optional()
const { least: fewestFlaps, most: mostFlaps } = flapCount
const notFlaps = invalid({ kind: 'notACount', least: fewestFlaps, most: mostFlaps })
const percent = z
  .number()
  .positive(invalid({ kind: 'notSuchAs', example: '30%' }))
  .optional()
/** Keys that give a limit, of a rule or of one of its levels. */
export const levelAmounts = {
  above: z.number().optional(),
  below: z.number().optional(),
  beyond: z.number().optional(),
  risesBy: percent,
  fallsBy: percent,
  changesBy: percent,
  /** Left out: the same as the limit. */
  clear: z.number().optional(),
}
/** What kinds add to an entry of a rule, and of an exception. */
export const kindKeys = {
  ...levelAmounts,
  levels: z
    .array(z.strictObject({ severity: severitySchema, ...levelAmounts }))
    .min(1)
    .max(severities.length)
    .optional(),
  /** Time within which a change is looked for: at most a day, and so long that several polls lie in it. */
  withinSeconds: within(10, 86_400),
  beyondUsual: within(leastFactor, 20),
  event: nameSchema(watchedEvents).optional(),
  flaps: z.int(notFlaps).min(fewestFlaps, notFlaps).max(mostFlaps, notFlaps).optional(),
  withinMinutes: within(1, 1_440),
}
type KindKey = keyof typeof kindKeys
const kindEntrySchema = z.object({ ...kindKeys, metric: metricSchema.optional(), per: metricSchema.optional(), severity: severitySchema.optional() })
type KindEntry = z.infer<typeof kindEntrySchema>
type Level = NonNullable<KindEntry['levels']>[number]

/** How rules of one kind are written. */
interface RuleKind<Watches> {
  /** Keys of which a new rule has one, which says its kind. */
  readonly says: readonly KindKey[]
  /** Keys that a new rule has to have beside. */
  readonly needs: readonly (keyof KindEntry)[]
  /** Keys that a new rule may have beside. */
  readonly may: readonly (keyof KindEntry)[]
  /** Keys that cannot be changed, of a shipped rule or by an exception. */
  readonly fixed: readonly KindKey[]
  /** Further keys that an exception cannot change: what is remembered of a figure is the same for all that the rule is for. */
  readonly ofRule: readonly KindKey[]
  /** What a rule watches by an entry that changes `before`, or is new (null). */
  readonly read: (entry: KindEntry, before: Watches | null) => Watches
  /** Kind of subject that such a rule is about; null: this console. */
  readonly about: (watches: Watches) => SubjectKind | null
}

const plain = { says: [], needs: [], may: [], fixed: [], ofRule: [] } as const
/** The kinds of rules. A rule of one's own is of the first one of whose keys it has one. */
const ruleKinds: { readonly [Kind in WatchedKind]: RuleKind<WatchedOf<Kind>> } = {
  trouble: { ...plain, read: (_, before) => before ?? { kind: 'trouble', trouble: 'serverDown' }, about: ({ trouble }) => subjectOfTrouble[trouble] },
  event: {
    ...plain,
    says: ['event'],
    fixed: ['event'],
    read: ({ event = 'publisherChanged' }, before) => before ?? { kind: 'event', event },
    about: ({ event }) => subjectOfEvent(event),
  },
  flapping: {
    ...plain,
    says: ['flaps'],
    needs: ['withinMinutes'],
    may: ['clear'],
    ofRule: ['withinMinutes'],
    // Where healing is not said it goes with the number: left out of a new rule, and of a smaller number than it was.
    read: ({ flaps: given, clear, withinMinutes }, before) => {
      const flaps = given ?? before?.flaps ?? fewestFlaps
      const withinMs = withinMinutes === undefined ? (before?.withinMs ?? 0) : withinMinutes * 60_000
      return { kind: 'flapping', flaps, clear: clear ?? Math.min(before?.clear ?? flaps, flaps), withinMs }
    },
    about: () => 'stream',
  },
  unusual: {
    ...plain,
    says: ['beyondUsual'],
    needs: ['metric'],
    read: ({ beyondUsual, severity: given, metric }, before) => {
      const [level] = before?.levels ?? []
      const severity = given ?? level?.severity ?? 'warning'
      return {
        kind: 'unusual',
        metric: before?.metric ?? learnedMetrics.find((one) => one === metric) ?? learnedMetrics[0],
        levels: [{ severity, limit: beyondUsual ?? level?.limit ?? 1, clear: 0 }],
      }
    },
    about: ({ metric }) => kindOfMetric(metric),
  },
  change: {
    ...plain,
    says: changeKeys,
    needs: ['metric', 'withinSeconds'],
    may: ['per', 'clear', 'levels'],
    ofRule: ['withinSeconds'],
    read: (entry, before) => {
      const { metric = 'path.bitrateIn', per = null, withinSeconds } = entry
      const begun = before ?? { kind: 'change', metric, per, direction: 'either', withinMs: 0, levels: [] }
      const [key, all] = levelsWritten(entry, changeKeys, begun.levels)
      return {
        ...begun,
        levels: all,
        ...(key !== null && { direction: changeDirections[key] }),
        ...(withinSeconds !== undefined && { withinMs: withinSeconds * 1000 }),
      }
    },
    about: ({ metric }) => kindOfMetric(metric),
  },
  limit: {
    ...plain,
    says: limitSides,
    needs: ['metric'],
    may: ['per', 'clear', 'levels'],
    read: (entry, before) => {
      const { metric = 'path.bitrateIn', per = null } = entry
      const begun = before ?? { kind: 'limit', metric, per, side: 'above', levels: [] }
      const [key, all] = levelsWritten(entry, limitSides, begun.levels)
      return { ...begun, levels: all, ...(key !== null && { side: key }) }
    },
    about: ({ metric }) => kindOfMetric(metric),
  },
}
type AnyKind = RuleKind<Watched>
const kindOf = ({ kind }: Pick<Watched, 'kind'>) => ruleKinds[kind] as unknown as AnyKind

const keyIn = <Key extends KindKey>(entry: Partial<Record<Key, unknown>>, keys: readonly Key[]): Key | null =>
  keys.find((key) => entry[key] !== undefined) ?? null

/** The levels by what is written, with their key (null: no limit is written). A single limit has the severity that is given, else the worst that the rule had. */
function levelsWritten<Key extends keyof Level & KindKey>(entry: KindEntry, keys: readonly Key[], before: RuleLevel[]): readonly [Key | null, RuleLevel[]] {
  const { severity } = entry
  const written: readonly Level[] = entry.levels ?? [{ ...entry, severity: severity ?? before.at(-1)?.severity ?? 'minor' }]
  const key = keyIn(written[0] ?? {}, keys)
  if (key === null) return [null, severity === undefined ? before : before.map((level) => ({ ...level, severity }))]
  const outwards = key === ('below' as string) ? -1 : 1
  const all = written.map((level) => {
    const limit = Number(level[key] ?? 0)
    return { severity: level.severity, limit, clear: level.clear ?? limit }
  })
  return [key, all.sort((a, b) => (a.limit - b.limit) * outwards)]
}

/** What a rule watches after changes by an entry or an exception. */
export function changedWatches(watches: Watched, entry: KindEntry): Watched {
  return kindOf(watches).read(entry, watches)
}
/** What a rule of one's own watches; null: the entry does not say. */
export function watchedByOwn(entry: KindEntry): Watched | null {
  const meant = (Object.values(ruleKinds) as unknown as readonly AnyKind[]).find(({ says }) => keyIn(entry, says) ?? keyIn(entry.levels?.[0] ?? {}, says))
  // A metric without a limit is a limit that is missing.
  const kind = meant ?? (entry.metric === undefined ? null : (ruleKinds.limit as unknown as AnyKind))
  return kind?.read(entry, null) ?? null
}
/** Kind of subject that such a rule is about; null: this console. */
export function subjectsOf(watches: Watched): SubjectKind | null {
  return kindOf(watches).about(watches)
}
/** Keys of a kind, in the order in which a form asks for them. */
export function keysOf(kind: WatchedKind): readonly (keyof KindEntry)[] {
  const { says, needs, may } = kindOf({ kind })
  return [...needs.filter((key) => key === 'metric'), ...says, ...may, ...needs.filter((key) => key !== 'metric')]
}

export interface RuleProblem {
  readonly path: readonly (string | number)[]
  readonly validationError: ValidationError
}
const problem = (path: RuleProblem['path'], validationError: ValidationError): RuleProblem => ({ path, validationError })

/** What contradicts itself in an entry that changes `watches`, or in a new one. */
export function kindProblems(entry: KindEntry, watches: Watched, isNew: boolean, isException = false): readonly RuleProblem[] {
  const { says, needs, may, fixed, ofRule } = kindOf(watches)
  const given = (key: keyof KindEntry) => entry[key] !== undefined
  const barred: readonly string[] = isNew ? [] : ['metric', 'per', ...fixed, ...(isException ? ofRule : [])]
  const known: readonly string[] = [...says, ...needs, ...may].filter((key) => !barred.includes(key))
  const strange = ([...(Object.keys(kindKeys) as KindKey[]), 'metric', 'per'] as const).filter((key) => given(key) && !known.includes(key))
  if (strange.length > 0) return strange.map((key) => problem([key], { kind: 'notHere' }))
  const missing = isNew ? needs.filter((key) => !given(key)) : []
  if (missing.length > 0) return missing.map((key) => problem([key], { kind: 'missing', key }))
  if (isNew && watches.kind === 'unusual' && entry.metric !== watches.metric) return [problem(['metric'], { kind: 'notOneOf', words: [...learnedMetrics] })]
  if (watches.kind === 'flapping') {
    const { flaps } = changedWatches(watches, entry) as WatchedOf<'flapping'>
    const isWrong = entry.clear !== undefined && (entry.clear > flaps || entry.clear < 1 || !Number.isInteger(entry.clear))
    return isWrong ? [problem(['clear'], { kind: 'notACount', least: 1, most: flaps })] : []
  }
  if (watches.kind !== 'limit' && watches.kind !== 'change') return []
  const keys = says as readonly (keyof Level & KindKey)[]
  const found = levelProblems(entry, keys, isNew)
  const other =
    watches.kind === 'change' && isException ? keys.find((key) => given(key) && changeDirections[key as 'risesBy'] !== watches.direction) : undefined
  return other === undefined ? found : [...found, problem([other], { kind: 'notHere' })]
}

/** What contradicts itself in limits. `isMissing`: one has to be given. */
function levelProblems(entry: KindEntry, keys: readonly (keyof Level & KindKey)[], isMissing: boolean): readonly RuleProblem[] {
  const { levels: written } = entry
  if (written === undefined) return limitProblems(entry, keys, isMissing)
  const beside = ([...keys, 'clear', 'severity'] as const).find((key) => entry[key] !== undefined)
  if (beside !== undefined) return [problem([beside], { kind: 'givenBeside', other: 'levels', oneOf: [beside, 'levels'] })]
  const key = keyIn(written[0] ?? {}, keys)
  return written.flatMap((level, place) => {
    const at = (problems: readonly RuleProblem[]) => problems.map(({ path, validationError }) => problem(['levels', place, ...path], validationError))
    const own = limitProblems(level, keys, true)
    if (own.length > 0 || key === null) return at(own)
    const ownKey = keyIn(level, keys) ?? key
    if (ownKey !== key) return at([problem([ownKey], { kind: 'givenBeside', other: key, oneOf: [key] })])
    const isOutOfOrder = written.slice(0, place).some((other) => !isInOrder(other, level, key))
    return isOutOfOrder ? at([problem(['severity'], { kind: 'levelsOutOfOrder' })]) : []
  })
}

/** Whether a worse one is farther out. */
function isInOrder(a: Level, b: Level, key: keyof Level): boolean {
  const [limitA, limitB] = [Number(a[key]), Number(b[key])]
  const worse = severityRank[a.severity as Severity] - severityRank[b.severity as Severity]
  return limitA !== limitB && (worse === 0 || worse > 0 === (key === 'below' ? limitB < limitA : limitB > limitA))
}

function limitProblems(
  entry: { readonly [Key in keyof Level]?: Level[Key] | undefined },
  keys: readonly (keyof Level & KindKey)[],
  isMissing: boolean,
): readonly RuleProblem[] {
  const [key, second] = keys.filter((one) => entry[one] !== undefined)
  const { clear } = entry
  if (key === undefined && isMissing) return [problem([], { kind: 'noneGiven', oneOf: [...keys] })]
  if (key === undefined) return clear === undefined ? [] : [problem(['clear'], { kind: 'noneGiven', oneOf: [...keys] })]
  if (second !== undefined) return [problem([second], { kind: 'givenBeside', other: key, oneOf: [...keys] })]
  const limit = Number(entry[key])
  const isWrong = clear !== undefined && (key === 'below' ? clear < limit : clear > limit)
  const side: LimitSide = key === 'below' || key === 'beyond' ? key : 'above'
  return isWrong ? [problem(['clear'], { kind: 'clearOnWrongSide', side, limit })] : []
}

/** Whether a rule of one's own is an alarm for some time by itself, s; 0: while it finds something. */
export function lastsSeconds({ kind }: Watched): number {
  return kind === 'event' ? eventLastsSeconds : 0
}
