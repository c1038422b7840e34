import { useQuery } from '@tanstack/react-query'
import { memo, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { DeckEvent } from '../../shared/events.ts'
import { ownerOf, type Subject } from '../../shared/subjectNames.ts'
import { orpc } from '../app/client.ts'
import { usePreferences } from '../app/preferences.ts'
import { zoneClock } from '../app/zoneClock.ts'
import { useEngineGone } from '../fleet/fleet.ts'
import { useSize } from '../ui/useSize.ts'
import { ChartPointer } from './ChartPointer.tsx'
import { type Cursor, createCursor } from './cursor.ts'
import { EventLane } from './EventLane.tsx'
import { axisPx } from './LaneChart.tsx'
import { foldedPx, LaneRow, readoutPx } from './LaneRow.tsx'
import { laneHeights } from './laneHeights.ts'
import { type Lane, laneKey } from './lanes.ts'
import { NothingRead } from './NothingRead.tsx'
import { SnapshotLane, snapshotLanePx } from './SnapshotLane.tsx'
import { eventLanePx, StackFoot } from './StackFoot.tsx'
import { StackNotes } from './StackNotes.tsx'
import { TimeAxis, timeAxisPx } from './TimeAxis.tsx'
import type { TimeRange, TimeWindow } from './timeRange.ts'
import { useAlarmSteps } from './useAlarmSteps.ts'
import { type ShownLane, useStack } from './useStack.ts'

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
interface EventsOptions {
  /** A server or a stream; null: all events. */
  readonly subject: Subject | null
  readonly window: TimeWindow
  /** undefined: all kinds. */
  readonly kinds: readonly string[] | undefined
  /** Kinds of server events that are also shown for its stream. */
  readonly serverKinds: readonly string[] | undefined
}
/** Events of a period; the newest if there are too many. */
function useEvents({ subject, window, kinds, serverKinds = [] }: EventsOptions): readonly DeckEvent[] {
  // The right edge of a live window moves each tick, but the query only every half minute; refetches bring events in between.
  const from = Math.floor(window.from / 30_000) * 30_000
  const bounds = window.live ? { from } : { from, to: window.to }
  const ofOwner = subject && { of: ownerOf(subject) }
  const ofItself = subject?.kind === 'stream' ? { of: subject } : ofOwner
  const often = { refetchInterval: window.live ? 3000 : (false as const), placeholderData: (before: DeckEvent[] | undefined) => before }
  const own = useQuery({
    ...orpc.history.events.queryOptions({ input: { ...ofItself, ...(kinds ? { kinds: [...kinds] } : {}), ...bounds, limit: 300 } }),
    ...often,
  })
  const server = useQuery({
    ...orpc.history.events.queryOptions({ input: { ...ofOwner, kinds: [...serverKinds], ...bounds, limit: 100 } }),
    ...often,
    enabled: serverKinds.length > 0,
  })
  // Events of this console itself, which belong to no server but explain gaps on all of them.
  const ofConsole = useQuery({ ...orpc.history.events.queryOptions({ input: { kinds: ['consoleGap'], ...bounds, limit: 50 } }), ...often })
  return useMemo(() => {
    const byId = new Map([...(own.data ?? []), ...(server.data ?? []), ...(ofConsole.data ?? [])].map((event) => [event.id, event]))
    return [...byId.values()].sort((a, b) => a.at - b.at)
  }, [own.data, server.data, ofConsole.data])
}
interface FoldedLanes {
  readonly isFolded: (lane: ShownLane) => boolean
  /** Folds a lane, or unfolds it. */
  readonly fold: (lane: ShownLane) => void
  /** Height of each lane: folded ones only show their name, the others share the rest. */
  readonly heights: readonly number[]
}
/** Lanes of a stack that the operator has folded, and how `px` are shared among them. */
function useFoldedLanes(lanes: readonly ShownLane[], px: number): FoldedLanes {
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set())
  const isFolded = ({ lane }: ShownLane) => folded.has(laneKey(lane))
  const open = lanes.filter((one) => !isFolded(one))
  const shares = laneHeights(
    open.map(({ lane }) => lane.weight),
    Math.max(px - (lanes.length - open.length) * foldedPx, 0),
    readoutPx,
  )
  return {
    isFolded,
    fold: ({ lane }) => {
      const key = laneKey(lane)
      setFolded((before) => (before.has(key) ? new Set([...before].filter((other) => other !== key)) : new Set([...before, key])))
    },
    heights: lanes.map((one) => shares[open.indexOf(one)] ?? foldedPx),
  }
}
