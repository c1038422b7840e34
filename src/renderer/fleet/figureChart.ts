import { type ComponentType, createContext, useContext } from 'react'
import type { MetricId } from '../../shared/metrics.ts'
import type { LimitSide } from '../../shared/ruleKinds.ts'
import type { Severity } from '../../shared/severities.ts'
import type { Subject } from '../../shared/subjectNames.ts'

export interface DrawnLimits {
  /** `usual`: factors of the usual spread at each hour; `figure`: in the unit of the figure. */
  readonly of: 'figure' | 'usual'
  readonly side: LimitSide
  readonly severity: Severity
  readonly limit: number
  /** null: unknown. */
  readonly clear: number | null
}

/** `to` null: until now, or until the past moment that the window shows. */
export interface FigurePeriod {
  readonly from: number
  readonly to: number | null
}

export interface FigureMark {
  readonly at: number
  readonly words: string
}

/** `pages/` provides the component. */
export interface FigureChartProps {
  readonly metric: MetricId
  /** Of the kind that the metric belongs to. */
  readonly subject: Subject
  readonly name: string
  readonly period: FigurePeriod
  readonly limits: DrawnLimits | null
  /** null: as of the moment that the window shows. */
  readonly learnedBy?: number | null
  readonly marks?: readonly FigureMark[]
  readonly height: number
}

export const FigureChartContext = createContext<ComponentType<FigureChartProps> | null>(null)
/** Draws a figure with the limits that judge it; belongs to another noun. */
export function useFigureChart(): ComponentType<FigureChartProps> {
  const FigureChart = useContext(FigureChartContext)
  if (FigureChart === null) throw new Error('a figure is drawn outside of a page')
  return FigureChart
}
