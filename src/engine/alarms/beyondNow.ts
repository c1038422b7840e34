import { oneAtATime } from '../../clock/semaphore.ts'
import type { Slice } from '../../clock/slices.ts'
import { type BeyondInput, type BeyondNow, type JudgedSubject, mostBeyondListed } from '../../shared/beyondNow.ts'
import type { SeriesColumns } from '../../shared/history.ts'
import type { MetricId } from '../../shared/metrics.ts'
import type { WatchedKind } from '../../shared/ruleKinds.ts'
import { isShippedRule, type RuleInput } from '../../shared/rules.ts'
import { streamStateCodes } from '../../shared/streams.ts'
import { ownerIdOf, partOf } from '../../shared/subjectNames.ts'
import { kindOfMetric, type Subject, seriesNamed } from '../../shared/subjects.ts'
import type { History } from '../history/history.ts'
import type { Alarms } from './alarms.ts'
import { type FigureKind, type Figures, type Levels, levelAt, type Rows } from './breaches.ts'
import { applicability } from './judging.ts'
import type { RehearsalDeps } from './rehearsal.ts'
import { figuresOf } from './ruleKinds.ts'
import { chunksOf, type Variant, variantOf } from './ruleVariants.ts'
import type { UsualNow } from './unusualThen.ts'

export interface BeyondNowDeps extends Omit<RehearsalDeps, 'history' | 'usual'> {
  readonly history: Pick<History, 'at' | 'range' | 'subjects'>
  readonly usual: UsualNow
  readonly alarmsOf: Alarms['ofRule']
}
export type FindBeyond = (input: BeyondInput, signal?: AbortSignal) => Promise<BeyondNow>

const dayMs = 86_400_000
/** Maximum number of streams, servers, hosts or devices examined. */
const mostSubjects = 20_000
/** Number of subjects per history query. */
const subjectsAtOnce = 1_000
/** Number of intervals in which earlier figures are read for rules on changes. */
const pastParts = 9

/**
 * Finds which subjects of a rule are beyond its limits now, with the rule as entered and as currently stored. Figures are compared by the same code as
 * polled ones (`breaches.ts`), without delays and without regard to earlier breaches.
 */
export function createBeyondNow(deps: BeyondNowDeps): FindBeyond {
  // One at a time: each uses the full capacity of history and this process.
  const inTurn = oneAtATime()
  return (input, asked = deps.signal) => {
    const signal = AbortSignal.any([asked, deps.signal])
    return inTurn(signal, () => findBeyond(deps, input, signal))
  }
}

/** A rule with what is needed to compare figures. */
interface ComparedRule {
  readonly variant: Variant
  readonly id: string
  readonly kind: FigureKind<WatchedKind>
  readonly metrics: readonly [MetricId, ...MetricId[]]
}

async function findBeyond(deps: BeyondNowDeps, { rule: input, find }: BeyondInput, signal: AbortSignal): Promise<BeyondNow> {
  const { clock, history } = deps
  const at = clock.now()
  const currentRules = deps.rules()
  const entered = comparedBy(deps, [...currentRules.filter(({ id }) => id !== input.id), { ...input, enabled: true }], input.id)
  const nothing = { rule: input.id, at, of: null, by: null, subjects: 0, known: 0, beyond: 0, standing: null, tooMany: null, listed: [] }
  if (entered === null) return nothing
  const before = comparedBy(deps, switchedOn(currentRules, input.id), input.id)
  const current = before !== null && String(before.metrics) === String(entered.metrics) ? before : null

  const of = kindOfMetric(entered.metrics[0])
  const rules = [entered, ...(current === null ? [] : [current])]
  const slice = deps.slices.begin()
  const inScope: Subject[] = []
  for (const subject of await history.subjects(at - dayMs, at)) {
    if (subject.kind === of && nameOf(deps, subject) !== null && rules.some(({ variant, id }) => variant.set.applied(id, subject) !== null))
      inScope.push(subject)
    if (slice.isOver()) await slice.next(signal)
  }
  const examined = inScope.slice(0, mostSubjects)
  const alarmsOf = await deps.alarmsOf(input.id, at - dayMs, signal)
  const compared = await compareAll(deps, rules, examined, at, slice, signal)
  const own = compared.flatMap(({ subject, by: [one] }) => (one === undefined || one === null ? [] : [{ subject, ...one }]))
  const wanted = find?.trim().toLowerCase() ?? ''
  const listed = own
    .map(({ subject, nearness, ...one }) => ({
      nearness,
      judged: {
        ...one,
        subject,
        serverName: nameOf(deps, subject) ?? '',
        alarms: alarmsOf(subject),
      } satisfies JudgedSubject,
    }))
    .filter(({ judged: { subject, serverName } }) => `${partOf(subject) ?? ''} ${serverName}`.toLowerCase().includes(wanted))
    .sort((a, b) => b.judged.alarms - a.judged.alarms || b.nearness - a.nearness)
  return {
    ...nothing,
    of,
    by: entered.kind.kind,
    subjects: own.length,
    known: own.filter(({ value }) => value !== null).length,
    beyond: own.filter(({ isBeyond }) => isBeyond).length,
    standing: current && compared.filter(({ by }) => by[1]?.isBeyond).length,
    tooMany: examined.length < inScope.length ? { subjects: examined.length, of: inScope.length } : null,
    listed: listed.slice(0, mostBeyondListed).map(({ judged }) => judged),
  }
}

/** Name of the subject's server, host or probe; null: it is no longer watched. */
const nameOf = ({ server, host, probe }: BeyondNowDeps, subject: Subject): string | null =>
  (server(ownerIdOf(subject)) ?? host(ownerIdOf(subject)) ?? probe(ownerIdOf(subject)))?.name ?? null

/** The rules, with this one enabled. */
function switchedOn(inputs: readonly RuleInput[], id: string): readonly RuleInput[] {
  const own = inputs.find((input) => input.id === id) ?? (isShippedRule(id) ? { id } : null)
  return own === null ? inputs : [...inputs.filter((input) => input !== own), { ...own, enabled: true }]
}
function comparedBy(deps: BeyondNowDeps, inputs: readonly RuleInput[], id: string): ComparedRule | null {
  const variant = variantOf(deps, inputs, id)
  const watches = variant.rule?.watches
  const kind = watches && figuresOf(watches, deps.usual)
  const metrics = watches && kind?.metrics(watches)
  return kind && metrics ? { variant, id, kind, metrics } : null
}

/** Result of comparing a subject by one rule. `nearness`: relative distance from the limit, positive beyond it, at most 1. */
type Outcome = Pick<JudgedSubject, 'value' | 'isBeyond' | 'exception'> & { readonly nearness: number }
interface ComparedSubject {
  readonly subject: Subject
  /** By rule; null: the rule does not apply to the subject. */
  readonly by: readonly (Outcome | null)[]
}

async function compareAll(
  deps: BeyondNowDeps,
  rules: readonly ComparedRule[],
  subjects: readonly Subject[],
  at: number,
  slice: Slice,
  signal: AbortSignal,
): Promise<readonly ComparedSubject[]> {
  const isJudged = applicability({ hasVideo: deps.hasVideo, losesPackets: () => true }, deps.probe)
  const found: ComparedSubject[] = []
  for (const [ownerId, ofOwner] of Map.groupBy(subjects, ownerIdOf)) {
    for (const part of chunksOf(ofOwner, subjectsAtOnce)) {
      const now = await rowsNow(deps.history, rules[0]?.metrics ?? [], ownerId, part, at)
      const figures: ((row: number, from: number) => number)[] = []
      for (const { variant, kind, metrics } of rules) {
        const watches = variant.rule?.watches
        if (watches === undefined) continue
        const calculator = kind.figures(watches, () => true)
        if (watches.kind === 'change')
          await addEarlierFigures(deps.history, calculator, metrics, ownerId, part, { from: at - watches.withinMs, to: at }, signal)
        figures.push(calculator.of(now))
      }
      for (const [row, subject] of part.entries()) {
        const from = row * now.width
        const by = rules.map(({ variant, id, kind }, index): Outcome | null => {
          // Called for every row in order, as it also remembers figures.
          const value = figures[index]?.(row, from) ?? Number.NaN
          const applied = isJudged(id, subject) ? variant.set.applied(id, subject) : null
          if (applied === null) return null
          const { exception, judges } = applied
          if (!Number.isFinite(value) || !now.isLive(from)) return { value: null, isBeyond: false, exception, nearness: Number.NEGATIVE_INFINITY }
          const levels = kind.levels(judges.watches)
          return { value, isBeyond: levelAt(value, levels, -1) >= 0, exception, nearness: nearness(value, levels) }
        })
        found.push({ subject, by })
        if (slice.isOver()) await slice.next(signal)
      }
    }
  }
  return found
}

function nearness(value: number, { side, levels: [mildest] }: Levels): number {
  if (mildest === undefined) return Number.NEGATIVE_INFINITY
  const [figure, limit] = side === 'beyond' ? [Math.abs(value), Math.abs(mildest.limit)] : [value, mildest.limit]
  const size = Math.abs(figure) + Math.abs(limit)
  const beyond = side === 'below' ? limit - figure : figure - limit
  return size === 0 ? 0 : beyond / size
}

type RowsNow = Rows & { readonly width: number }
/** Rows like those of a poll, with the state of streams in the last column. */
function rowsOf(ownerId: string, subjects: readonly Subject[], metrics: readonly MetricId[], at: number, values: Float64Array<ArrayBuffer>): RowsNow {
  const isOwn = subjects.some((subject) => partOf(subject) === null)
  const width = metrics.length + 1
  return {
    ownerId,
    at,
    parts: isOwn ? null : subjects.map((subject) => partOf(subject) ?? ''),
    values,
    columns: metrics.map((_, column) => column),
    isLive: (from) => values[from + metrics.length] === streamStateCodes.live,
    width,
  }
}

/** The newest stored figures of the subjects. */
async function rowsNow(
  history: Pick<History, 'at'>,
  metrics: readonly MetricId[],
  ownerId: string,
  subjects: readonly Subject[],
  at: number,
): Promise<RowsNow> {
  const moments = await history.at(at, subjects)
  const values = Float64Array.from(
    moments.flatMap((moment, row) => [
      ...metrics.map((metric) => moment?.[metric] ?? Number.NaN),
      moment === null ? Number.NaN : subjects[row]?.kind === 'stream' ? (moment['path.state'] ?? Number.NaN) : streamStateCodes.live,
    ]),
  )
  return rowsOf(ownerId, subjects, metrics, at, values)
}

/** Adds earlier figures: the minimum and maximum of each interval before. */
async function addEarlierFigures(
  history: Pick<History, 'range'>,
  figures: Figures,
  metrics: readonly MetricId[],
  ownerId: string,
  subjects: readonly Subject[],
  { from, to }: { readonly from: number; readonly to: number },
  signal: AbortSignal,
): Promise<void> {
  const ofStreams = subjects[0]?.kind === 'stream'
  const asked = ofStreams ? [...metrics, 'path.state' as const] : metrics
  const series = subjects.flatMap((subject) => asked.map((metric) => seriesNamed(ownerId, partOf(subject), metric)))
  const columns = await history.range({ series, from, to, points: pastParts }, signal)
  const partMs = Math.max(1, Math.ceil((to - from) / (pastParts - 1)))
  const valuesIn = (part: number, least: boolean) =>
    Float64Array.from(
      subjects.flatMap((_, row) => {
        const at = (column: number, low: boolean) => valueIn(columns[row * asked.length + column], part, from, partMs, low)
        // The quotient is smallest where its divisor is greatest.
        const own = metrics.map((_metric, column) => at(column, column === 0 ? least : !least))
        const states = ofStreams ? [at(metrics.length, true), at(metrics.length, false)] : []
        // A part without samples says nothing about the stream.
        const isAway = states.some((state) => state !== streamStateCodes.live && !Number.isNaN(state))
        return [...own, isAway ? streamStateCodes.gone : streamStateCodes.live]
      }),
    )
  for (let part = 0; part < pastParts; part++)
    for (const least of [true, false]) {
      const rows = rowsOf(ownerId, subjects, metrics, from + part * partMs, valuesIn(part, least))
      const figureOf = figures.of(rows)
      for (const row of subjects.keys()) figureOf(row, row * rows.width)
    }
}

function valueIn(column: SeriesColumns | undefined, part: number, from: number, partMs: number, least: boolean): number {
  const index = column?.at.findIndex((at) => Math.floor((at - from) / partMs) === part) ?? -1
  return column === undefined || index < 0 ? Number.NaN : ((least ? column.min : column.max)[index] as number)
}
