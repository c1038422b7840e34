import { type ComponentType, createContext, useContext } from 'react'
import type { MetricId } from '../../shared/metrics.ts'
import type { LimitSide } from '../../shared/ruleKinds.ts'
import type { Severity } from '../../shared/severities.ts'
import type { Subject } from '../../shared/subjectNames.ts'

/** The limit of an alarm that a chart draws. */
export interface DrawnLimits {
  /** `usual`: limits are factors of the usual spread at each hour; `figure`: limits are in the unit of the figure. */
  readonly of: 'figure' | 'usual'
  readonly side: LimitSide
  readonly severity: Severity
  readonly limit: number
  /** null: unknown. */
  readonly clear: number | null
}

/** The period of such a chart. `to` null: until now, or until the past moment that the window shows. */
export interface FigurePeriod {
  readonly from: number
  readonly to: number | null
}

/** A marked moment on a chart. */
export interface FigureMark {
  readonly at: number
  readonly words: string
}

/** Props of a small chart of one figure of one subject, with limits. `pages/` lends what draws it. */
export interface FigureChartProps {
  readonly metric: MetricId
  /** A subject of the kind that the metric belongs to. */
  readonly subject: Subject
  /** Name of the subject, for screen readers. */
  readonly name: string
  readonly period: FigurePeriod
  /** null: none. */
  readonly limits: DrawnLimits | null
  /** Draws the usual values as learned by this time; null: as of the moment that the window shows. */
  readonly learnedBy?: number | null
  readonly marks?: readonly FigureMark[]
  /** Height of the plot, px. */
  readonly height: number
}

export const FigureChartContext = createContext<ComponentType<FigureChartProps> | null>(null)
/** What draws a figure with the limits that judge it, where an alarm or a rule is about it: a noun of its own. */
export function useFigureChart(): ComponentType<FigureChartProps> {
  const FigureChart = useContext(FigureChartContext)
  if (FigureChart === null) throw new Error('a figure is drawn outside of a page')
  return FigureChart
}
