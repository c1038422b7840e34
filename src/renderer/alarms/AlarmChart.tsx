import { Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Alarm } from '../../shared/alarms.ts'
import { useMoment } from '../app/moment.ts'
import { useFigureChart } from '../fleet/figureChart.ts'
import { engineNow, useEngineNow } from '../ui/now.ts'
import { Skeleton } from '../ui/Skeleton.tsx'
import { figureOfAlarm, figurePeriod } from './alarmFigure.ts'
import { namesOf } from './alarmMessage.ts'

const plotPx = 112
/** With the line above and the times below, so that nothing moves when it comes. */
const wholePx = plotPx + 44

interface AlarmChartProps {
  readonly alarm: Alarm
  /** The moment as of which the alarm is shown; null: now. */
  readonly at: number | null
}
/** The figure that an alarm is about, from before its onset on, with the limits that judged it. Nothing where no figure shows it. */
export function AlarmChart({ alarm, at }: AlarmChartProps) {
  const { t } = useTranslation()
  const FigureChart = useFigureChart()
  const now = useEngineNow()
  const moment = useMoment()
  const [openedAt] = useState(engineNow)
  const figure = figureOfAlarm(alarm)
  if (figure === null) return null
  const { leadMs, ...drawn } = figure
  const { since, healedAt, closed } = alarm
  const period = figurePeriod(alarm, leadMs, at ?? now)
  // An alarm of now in a window of the past: its chart does not end there.
  const to = period.to ?? (at === null && moment !== null ? openedAt : null)
  const { name, server } = namesOf(alarm)
  return (
    <div className="mt-2">
      <Suspense
        fallback={
          <div style={{ height: wholePx }}>
            <Skeleton className="h-full w-full" />
          </div>
        }
      >
        <FigureChart
          {...drawn}
          name={[name, server].filter(Boolean).join(' · ')}
          period={{ from: period.from, to }}
          learnedBy={since}
          marks={[
            { at: since, words: t('figure.began') },
            ...(healedAt === null ? [] : [{ at: healedAt, words: t('figure.healed') }]),
            ...(healedAt === null && closed !== null ? [{ at: closed.at, words: t('alarms.over') }] : []),
          ]}
          height={plotPx}
        />
      </Suspense>
    </div>
  )
}
