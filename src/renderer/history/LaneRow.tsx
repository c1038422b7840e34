import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { baselineText } from '../../i18n/baselineText.ts'
import { metricHelp, metricLabel } from '../../i18n/metricText.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { BaselineLine } from './BaselineLine.tsx'
import type { Cursor } from './cursor.ts'
import { axisPx, LaneChart } from './LaneChart.tsx'
import { drawLane } from './laneDrawing.ts'
import { Readout } from './Readout.tsx'
import type { ShownLane, Stack } from './useStack.ts'

/** Height of a folded lane, which only shows its name. */
export const foldedPx = 26
/** Height of a lane's name and value, to which each line below is added. */
export const readoutPx = 46
const readoutLinePx = 16
/** Limits are labelled from this height on. */
const limitsFromPx = 84

interface LaneRowProps {
  readonly input: ShownLane
  readonly stack: Stack
  readonly height: number
  readonly folded: boolean
  readonly onFold: () => void
  readonly legendPx: number
  readonly plotPx: number
  readonly cursor: Cursor
  readonly dim: boolean
}
/** A lane with its name and value beside it. */
export function LaneRow({ input, stack, height, folded, onFold, legendPx, plotPx, cursor, dim }: LaneRowProps) {
  const { t } = useTranslation()
  const language = useLanguage()
  const [label, help] = [metricLabel(input.lane.metric, language), metricHelp(input.lane.metric, language)]
  const { lane, series, bucketMs, budget, other, baseline = null, recent, exact } = input
  const { window, intervalMs, toleranceMs, unknown, unpublished } = stack
  const drawing = useMemo(
    () => drawLane({ lane, series, bucketMs, budget, other, baseline }, { window, intervalMs, toleranceMs, unknown, unpublished }),
    [lane, series, bucketMs, budget, other, baseline, window, intervalMs, toleranceMs, unknown, unpublished],
  )
  const { limits } = drawing
  const named = limits !== null && height > limitsFromPx
  const isBaseline = drawing.baseline.length > 0 && height > readoutPx + readoutLinePx
  return (
    <div className="relative flex border-t border-line first:border-t-0" style={{ height }}>
      <div className={`relative z-20 flex-none overflow-hidden py-1.5 pr-2 ${dim ? 'stale' : ''}`} style={{ width: legendPx }}>
        <button
          type="button"
          onClick={onFold}
          aria-expanded={!folded}
          className="block max-w-full truncate rounded text-left text-sm text-muted hover:text-text"
          title={t('history.fold')}
        >
          <span data-text title={help ?? undefined}>
            {lane.subject !== undefined && <b className="font-medium text-text">{lane.subject} </b>}
            {label}
          </span>
        </button>
        {!folded && (
          <Readout
            drawing={drawing}
            recent={recent}
            exact={exact}
            intervalMs={intervalMs}
            window={window}
            cursor={cursor}
            moment={stack.moment}
            lines={Math.max(0, Math.floor((height - readoutPx) / readoutLinePx) - (named ? 1 : 0) - (isBaseline ? 1 : 0))}
            absent={stack.absentNow || drawing.absentNow}
          />
        )}
        {!folded && isBaseline && baseline !== null && <BaselineLine baseline={baseline} cursor={cursor} title={baselineText(baseline, language)} />}
        {!folded && named && (
          <div className="text-sm leading-[15px] text-faint">
            {t('history.limits', { sound: Math.round(limits.soundTo), lost: Math.round(limits.lostFrom) })}
          </div>
        )}
      </div>
      {!folded && plotPx > 0 && (
        <div data-lane={lane.metric} className={`flex-none ${dim ? 'opacity-60' : ''}`} style={{ width: axisPx + plotPx }}>
          <LaneChart drawing={drawing} window={window} plotPx={plotPx} height={height} />
        </div>
      )}
    </div>
  )
}
