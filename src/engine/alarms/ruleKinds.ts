import type { SeriesColumns } from '../../shared/history.ts'
import type { MetricId } from '../../shared/metrics.ts'
import type { Watched, WatchedKind, WatchedOf } from '../../shared/ruleKinds.ts'
import { absenceCandidates, absentFigures, combined, createAbsentStreams } from './absences.ts'
import { createBreaches, limits } from './breaches.ts'
import {
  type CandidateSearch,
  type ExaminedPeriod,
  flapCandidates,
  limitCandidates,
  offBaselineCandidates,
  spansOf,
  stateCandidates,
  troubleCandidates,
} from './candidateQuarters.ts'
import { changeCandidates, changes } from './changes.ts'
import { createEventAlarms } from './eventAlarms.ts'
import type { Finder } from './findings.ts'
import { createFlaps } from './flaps.ts'
import type { FinderDeps } from './offBaseline.ts'
import { createOffBaseline } from './offBaseline.ts'
import { createStates } from './states.ts'

interface RuleKindSupport<Kind extends WatchedKind> {
  /** Creates the finder; null: such rules are evaluated by states (`conditions.ts`). */
  readonly finder: ((deps: FinderDeps) => Finder) | null
  /** Finds where in stored history such rules may have raised alarms; null: history does not show it. */
  readonly candidates: CandidateSearch<WatchedOf<Kind>> | null
}

/** How each kind of rule is evaluated and rehearsed. */
export const ruleKinds: { readonly [Kind in WatchedKind]: RuleKindSupport<Kind> } = {
  trouble: { finder: null, candidates: troubleCandidates },
  event: { finder: ({ clock, rules }) => createEventAlarms(clock, rules), candidates: null },
  state: { finder: ({ rules, isOffPlan }) => createStates(rules, isOffPlan), candidates: stateCandidates },
  flapping: { finder: ({ clock, rules, isOffPlan }) => createFlaps(clock, rules, isOffPlan), candidates: flapCandidates },
  unusual: { finder: createOffBaseline, candidates: offBaselineCandidates },
  limit: { finder: ({ rules, isEvaluated }) => createBreaches(limits, rules, isEvaluated), candidates: limitCandidates },
  change: { finder: ({ rules, isEvaluated }) => createBreaches(changes, rules, isEvaluated), candidates: changeCandidates },
  absence: {
    finder: ({ rules, isEvaluated }) => combined(createBreaches(absentFigures, rules, isEvaluated), createAbsentStreams(rules)),

    candidates: absenceCandidates,
  },
}

/** Creates a finder for each kind of rule that has one. */
export function createFinders(deps: FinderDeps): readonly Finder[] {
  return Object.values(ruleKinds).flatMap(({ finder }) => (finder === null ? [] : [finder(deps)]))
}

type AnyCandidateSearch = CandidateSearch<Watched> | null
export function candidateSearchOf({ kind }: Watched): AnyCandidateSearch {
  return ruleKinds[kind].candidates as AnyCandidateSearch
}
/** The metrics that show where in the past such a rule may have raised alarms; null: none does. */
export function candidateMetrics(watched: Watched): readonly MetricId[] | null {
  return candidateSearchOf(watched)?.metrics(watched) ?? null
}

/** The quarter hours, numbered from 1970, in which one of these may have raised an alarm. */
export function candidateQuarters(watched: readonly Watched[], columns: ReadonlyMap<MetricId, SeriesColumns>, past: ExaminedPeriod): ReadonlySet<number> {
  const quarters = new Set<number>()
  for (const one of watched) {
    const figures = candidateMetrics(one)?.map((metric) => columns.get(metric))
    if (figures === undefined || figures.includes(undefined)) continue
    for (const quarter of candidateSearchOf(one)?.quarters(one, (figures as readonly SeriesColumns[]).map(spansOf), past) ?? []) quarters.add(quarter)
  }
  return quarters
}
