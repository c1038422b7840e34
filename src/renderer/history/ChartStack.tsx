import { memo, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Subject } from '../../shared/subjectNames.ts'
import { usePreferences } from '../app/preferences.ts'
import { zoneClock } from '../app/zoneClock.ts'
import { useEngineGone } from '../fleet/fleet.ts'
import { useSize } from '../ui/useSize.ts'
import { ChartPointer } from './ChartPointer.tsx'
import { type Cursor, createCursor } from './cursor.ts'
import { EventLane } from './EventLane.tsx'
import { axisPx } from './LaneChart.tsx'
import { foldedPx, LaneRow } from './LaneRow.tsx'
import { type Lane, laneKey } from './lanes.ts'
import { NothingRead } from './NothingRead.tsx'
import { SnapshotLane, snapshotLanePx } from './SnapshotLane.tsx'
import { eventLanePx, StackFoot } from './StackFoot.tsx'
import { StackNotes } from './StackNotes.tsx'
import { TimeAxis, timeAxisPx } from './TimeAxis.tsx'
import type { TimeRange } from './timeRange.ts'
import { useAlarmSteps } from './useAlarmSteps.ts'
import { useEvents } from './useEvents.ts'
import { useFoldedLanes } from './useFoldedLanes.ts'
import { useStack } from './useStack.ts'

interface ChartStackProps {
  readonly lanes: readonly Lane[]
  /** Subjects of lanes that name none of their own; values of several are added up. Pass the same array while they are unchanged. */
  readonly subjects: readonly Subject[]
  /** null: unknown so far, nothing is drawn. */
  readonly range: TimeRange | null
  readonly onRange: (range: TimeRange) => void
  /** Double click: back to the range before the last zoom. */
  readonly onBack: () => void
  /** Actual time between polls, ms: used to convert increases to per minute, and three of them without a sample make a gap. */
  readonly intervalMs: number
  /** Name of exported files. */
  readonly fileName: string
  /** Kinds of events on the lane; default: all. */
  readonly eventKinds?: readonly string[]
  /** Kinds of server events that are also shown for one of its streams. */
  readonly serverEventKinds?: readonly string[]
  /** Name of a server, to name the servers missing from a sum. */
  readonly nameOf?: (serverId: string) => string
  /** A cursor shared by several stacks; default: each has its own. */
  readonly cursor?: Cursor
  /** The comparison is chosen elsewhere on the page. */
  readonly withoutCompare?: boolean
}

/**
 * Metrics on one time axis with one cursor, and below them kept snapshots of a stream and a lane of events. A drag zooms, a double click goes back; a click offers to
 * go to that moment, and Enter goes there at once. In the past, live ranges end at the window's moment, which a line marks.
 * Another period can be overlaid.
 */
export const ChartStack = memo(function ChartStack(props: ChartStackProps) {
  const { lanes, subjects, range, onRange, onBack, intervalMs, fileName, nameOf, withoutCompare = false } = props
  const { i18n } = useTranslation()
  const { zone } = usePreferences()
  const { ref, width, height } = useSize<HTMLDivElement>()
  const [ownCursor] = useState(createCursor)
  const cursor = props.cursor ?? ownCursor
  const engineGone = useEngineGone()
  const legendPx = width < 620 ? 112 : 150
  const left = legendPx + axisPx
  const plotPx = Math.max(0, width - left)
  const stack = useStack({ lanes, subjects, range, intervalMs, plotPx, clock: zoneClock(zone) })
  const { state, window } = stack
  const subject = subjects.length > 1 ? null : (subjects[0] ?? null)
  const stream = subject?.kind === 'stream' ? subject : null
  const steps = useAlarmSteps(subject, window)
  const happened = useEvents({ subject, window, kinds: props.eventKinds, serverKinds: props.serverEventKinds })
  const events = useMemo(() => [...happened, ...steps], [happened, steps])
  const { isFolded, fold, heights } = useFoldedLanes(stack.lanes, height - eventLanePx - timeAxisPx - (stream === null ? 0 : snapshotLanePx))
  const lanesPx = heights.reduce((sum, px) => sum + px, 0)
  const time = { cursor, window, zone, width: plotPx }
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div ref={ref} className="relative min-h-[420px] flex-1">
        {state.series.length === 0 && <NothingRead lanes={lanes} state={state} />}
        {stack.lanes.map((input, index) => (
          <LaneRow
            key={laneKey(input.lane)}
            input={input}
            stack={stack}
            height={heights[index] ?? foldedPx}
            folded={isFolded(input)}
            onFold={() => fold(input)}
            legendPx={legendPx}
            plotPx={plotPx}
            cursor={cursor}
            dim={state.status === 'loading' || engineGone}
          />
        ))}
        {state.series.length > 0 && plotPx > 0 && (
          <>
            {stream !== null && <SnapshotLane {...time} stream={stream} legendPx={left} />}
            <StackFoot
              legendPx={left}
              events={<EventLane events={events} window={window} width={plotPx} zone={zone} withPath={subjects[0]?.kind !== 'stream'} />}
              axis={<TimeAxis {...time} locale={i18n.language} days={stack.days} />}
            />
            <ChartPointer {...time} left={left} height={lanesPx} moment={stack.moment} onRange={onRange} onBack={onBack} />
          </>
        )}
      </div>
      <StackNotes lanes={lanes} subjects={subjects} stack={stack} nameOf={nameOf} fileName={fileName} charts={ref} withoutCompare={withoutCompare} />
    </div>
  )
})
