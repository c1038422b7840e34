import { baselineLimits } from '../../shared/baselines.ts'
import type { Severity } from '../../shared/severities.ts'
import type { DrawnLimits } from '../fleet/figureChart.ts'

export interface LimitLine {
  /** Beyond `raise` an alarm is raised; on the other side of `clear` it is cleared. */
  readonly kind: 'raise' | 'clear'
  readonly severity: Severity
  /** A value, or a factor of the usual spread. */
  readonly limit: number
  readonly side: 'above' | 'below'
  /** A single point with `at` null: a constant line. Otherwise values apply from their `at` on; null: unknown. */
  readonly points: readonly { readonly at: number | null; readonly value: number | null }[]
}

/** Relative to usual values it has hourly steps; with an equal clear limit there is one line. */
export function limitLines({ of, side, severity, limit, clear }: DrawnLimits, baseline: readonly BaselinePoint[]): readonly LimitLine[] {
  const sides = side === 'beyond' ? (['above', 'below'] as const) : [side]
  return sides.flatMap((one): readonly LimitLine[] => {
    // The usual range is drawn as a band, within which the alarm is cleared.
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

/** null: the line is not constant, or its value is unknown. */
export function valueOfLine({ points: [first] }: LimitLine): number | null {
  return first?.at === null ? first.value : null
}

/** From `at` on; `band` null: unknown. */
export interface BaselinePoint {
  readonly at: number
  readonly band: readonly [low: number, high: number] | null
}
