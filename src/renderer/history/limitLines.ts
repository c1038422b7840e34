import { baselineLimits } from '../../shared/baselines.ts'
import type { Severity } from '../../shared/severities.ts'
import type { DrawnLimits } from '../fleet/figureChart.ts'

/** A limit drawn as a line. */
export interface LimitLine {
  /** `raise`: an alarm is raised beyond this line; `clear`: it is cleared on the other side of this line. */
  readonly kind: 'raise' | 'clear'
  /** That of the alarm, also for its `clear` line. */
  readonly severity: Severity
  /** A value, or a factor of the usual spread. */
  readonly limit: number
  /** The side of the line on which the alarm is active. */
  readonly side: 'above' | 'below'
  /** A single point with `at` null: a constant line. Otherwise each value applies from its `at` on; value null: unknown. */
  readonly points: readonly { readonly at: number | null; readonly value: number | null }[]
}

/** The lines of a limit. One relative to usual values has hourly steps according to `baseline`; one whose clear limit equals it has one line. */
export function limitLines({ of, side, severity, limit, clear }: DrawnLimits, baseline: readonly BaselinePoint[]): readonly LimitLine[] {
  const sides = side === 'beyond' ? (['above', 'below'] as const) : [side]
  return sides.flatMap((one): readonly LimitLine[] => {
    // The usual range is drawn as a band, within which the alarm is cleared, so it needs no `clear` line.
    if (of === 'usual') return [{ kind: 'raise', severity, limit, side: one, points: baselineSteps(baseline, one, limit) }]
    const sign = side === 'beyond' && one === 'below' ? -1 : 1
    const lineAt = (kind: LimitLine['kind'], value: number): LimitLine => ({
      kind,
      severity,
      limit: value,
      side: one,
      points: [{ at: null, value: sign * value }],
    })
    return [lineAt('raise', limit), ...(clear === null || clear === limit ? [] : [lineAt('clear', clear)])]
  })
}

const baselineSteps = (baseline: readonly BaselinePoint[], side: LimitLine['side'], factor: number): LimitLine['points'] =>
  baseline.map(({ at, band }) => ({ at, value: band === null ? null : baselineLimits({ low: band[0], high: band[1] }, factor)[side] }))

/** The value of a constant line; null: the line is not constant, or its value is unknown. */
export function valueOfLine({ points: [first] }: LimitLine): number | null {
  return first?.at === null ? first.value : null
}

/** Usual range from `at` on; `band` null: unknown. */
export interface BaselinePoint {
  readonly at: number
  readonly band: readonly [low: number, high: number] | null
}
