import type { Clock } from '../../clock/clock.ts'
import type { SeriesColumns } from '../../shared/history.ts'
import type { MetricId } from '../../shared/metrics.ts'
import type { Watched, WatchedKind, WatchedOf } from '../../shared/ruleKinds.ts'
import type { Subject } from '../../shared/subjects.ts'
import { absentFigures, createAbsentStreams, pastOfAbsence, together } from './absences.ts'
import { createBreaches, type FigureKind } from './breaches.ts'
import { changes, pastOfChanges } from './changes.ts'
import type { Finder } from './finder.ts'
import { createFlaps } from './flaps.ts'
import { createHappenings } from './happenings.ts'
import { limits } from './limits.ts'
import { nearFlaps, nearLimit, nearState, nearTrouble, nearUnusual, type PastOfKind, type PastPeriod, spansOf } from './nearLimits.ts'
import type { RuleSet } from './ruleSet.ts'
import { createStates, type IsOffPlan } from './states.ts'
import { createUnusual, unusualFigures } from './unusual.ts'
import type { UsualNow } from './unusualThen.ts'

export interface FinderDeps {
  readonly clock: Pick<Clock, 'now'>
  readonly rules: RuleSet
  /** Whether a rule judges a subject that its scope fits. */
  readonly isJudged: (rule: string, subject: Subject) => boolean
  readonly isOffPlan: IsOffPlan
  readonly usual: UsualNow
}

interface RuleKindHere<Kind extends WatchedKind> {
  /** Finds what such rules watch; null: they are judged by states (`conditions.ts`). */
  readonly finder: ((deps: FinderDeps) => Finder) | null
  /** The figures that it compares with limits; null: none. */
  readonly figures: ((usual: UsualNow) => FigureKind<Kind>) | null
  /** Where in stored history such a rule may have had an alarm; null: that is not kept. */
  readonly past: PastOfKind<WatchedOf<Kind>> | null
}

/** How each kind of rule is judged, and rehearsed. */
export const ruleKinds: { readonly [Kind in WatchedKind]: RuleKindHere<Kind> } = {
  trouble: { finder: null, figures: null, past: nearTrouble },
  event: { finder: ({ clock, rules }) => createHappenings(clock, rules), figures: null, past: null },
  state: { finder: ({ rules, isOffPlan }) => createStates(rules, isOffPlan), figures: null, past: nearState },
  flapping: { finder: ({ clock, rules, isOffPlan }) => createFlaps(clock, rules, isOffPlan), figures: null, past: nearFlaps },
  unusual: { finder: createUnusual, figures: unusualFigures, past: nearUnusual },
  limit: { finder: ({ rules, isJudged }) => createBreaches(limits, rules, isJudged), figures: () => limits, past: nearLimit },
  change: { finder: ({ rules, isJudged }) => createBreaches(changes, rules, isJudged), figures: () => changes, past: pastOfChanges },
  absence: {
    finder: ({ rules, isJudged }) => together(createBreaches(absentFigures, rules, isJudged), createAbsentStreams(rules)),
    figures: () => absentFigures,
    past: pastOfAbsence,
  },
}

/** One finder of each kind that has one. */
export function createFinders(deps: FinderDeps): readonly Finder[] {
  return Object.values(ruleKinds).flatMap(({ finder }) => (finder === null ? [] : [finder(deps)]))
}

/** How such a rule compares figures; null: it compares none. */
export function figuresOf(watched: Watched, usual: UsualNow): FigureKind<WatchedKind> | null {
  const found = (ruleKinds[watched.kind].figures?.(usual) ?? null) as FigureKind<WatchedKind> | null
  return found === null || found.metrics(watched) === null ? null : found
}

type AnyPast = PastOfKind<Watched> | null
export function pastOf({ kind }: Watched): AnyPast {
  return ruleKinds[kind].past as AnyPast
}
/** The metrics by which it is known where in the past it may matter; null: it can't be. */
export function metricsNear(watched: Watched): readonly MetricId[] | null {
  return pastOf(watched)?.metrics(watched) ?? null
}

/** The quarter hours, counted since 1970, in which one of these may have had an alarm. */
export function quartersNear(watched: readonly Watched[], columns: ReadonlyMap<MetricId, SeriesColumns>, past: PastPeriod): ReadonlySet<number> {
  const near = new Set<number>()
  for (const one of watched) {
    const figures = metricsNear(one)?.map((metric) => columns.get(metric))
    if (figures === undefined || figures.includes(undefined)) continue
    for (const quarter of pastOf(one)?.near(one, (figures as readonly SeriesColumns[]).map(spansOf), past) ?? []) near.add(quarter)
  }
  return near
}
