import type { MetricId } from '../../shared/metrics.ts'
import type { LimitSide } from '../../shared/ruleKinds/limit.ts'
import type { Subject } from '../../shared/subjects.ts'
import type { Severity } from '../../shared/troubles.ts'

/** A figure that rules judge: a metric, or a multiple of another one (`per`). */
export interface JudgedFigure {
  readonly metric: MetricId
  readonly per: MetricId | null
}

/** Limits that a chart draws. Nothing here is decided by the window: they are those of an alarm, or of a rule as it is entered. */
export interface DrawnLimits {
  /** `usual`: the limits are factors of the spread of what is usual at each hour; else they are in the unit of the figure. */
  readonly of: 'figure' | 'usual'
  readonly side: LimitSide
  readonly levels: readonly DrawnLevel[]
}
export interface DrawnLevel {
  readonly severity: Severity
  readonly limit: number
  /** null: not known. */
  readonly clear: number | null
}

/** The period of such a chart. `to` null: until now, or until the moment of the past that the window shows. */
export interface FigurePeriod {
  readonly from: number
  readonly to: number | null
}

/** A moment that is marked on a chart. */
export interface FigureMark {
  readonly at: number
  readonly words: string
}

/** A small chart of one figure of one subject, with limits. What draws it is in `joined.ts`. */
export interface FigureChartProps extends JudgedFigure {
  /** Of the metric's kind. */
  readonly subject: Subject
  /** Name of the subject, for those who do not see the chart. */
  readonly name: string
  readonly period: FigurePeriod
  /** null: there are none. */
  readonly limits: DrawnLimits | null
  /** What is usual is drawn as it was learned by then; null: as of the moment that the window shows. */
  readonly learnedBy?: number | null
  readonly marks?: readonly FigureMark[]
  /** Of the plot, px. */
  readonly height: number
}
