import { Download, Image as ImageIcon } from 'lucide-react'
import { memo, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ownerIdOf } from '../../shared/subjectNames.ts'
import type { Subject } from '../../shared/subjects.ts'
import { formatMoment, formatStretch } from '../../shared/units.ts'
import { metricWords } from '../../shared/words/metricText.ts'
import { usualText } from '../../shared/words/usualText.ts'
import { saveFile } from '../app/actions.ts'
import { usePreferences } from '../app/preferences.ts'
import { token } from '../app/theme.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { offsetText, shiftDays, zoneClock } from '../app/zoneClock.ts'
import { useEngineGone } from '../fleet/fleet.ts'
import { Button } from '../ui/Button.tsx'
import { Mark } from '../ui/Mark.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import { useSize } from '../ui/useSize.ts'
import { ChartPointer } from './ChartPointer.tsx'
import { ComparePicker } from './ComparePicker.tsx'
import { chartCsv } from './chartCsv.ts'
import { chartsToPng } from './chartImage.ts'
import { type Cursor, createCursor } from './cursor.ts'
import { EventLane } from './EventLane.tsx'
import { axisPx } from './LaneChart.tsx'
import { foldedPx, LaneRow, readoutPx } from './LaneRow.tsx'
import { laneHeights } from './laneHeights.ts'
import { type Lane, laneKey } from './lanes.ts'
import { DashedMark } from './Readout.tsx'
import { SnapshotLane, snapshotLanePx } from './SnapshotLane.tsx'
import { TimeAxis, timeAxisPx } from './TimeAxis.tsx'
import type { TimeRange } from './timeRange.ts'
import { UsualMark } from './UsualLine.tsx'
import { useAlarmSteps } from './useAlarmSteps.ts'
import { useEvents } from './useEvents.ts'
import { type Stack, useStack } from './useStack.ts'

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

const eventLanePx = 34

/**
 * Metrics on one time axis with one cursor, and below them kept snapshots of a stream and a lane of events. A drag zooms, a double click goes back; a click offers to
 * go to that moment, and Enter goes there at once. In the past, live ranges end at the window's moment, which a line marks.
 * Another period can be overlaid.
 */
export const ChartStack = memo(function ChartStack(props: ChartStackProps) {
  const { lanes, subjects, range, onRange, onBack, intervalMs } = props
  const { i18n } = useTranslation()
  const { zone } = usePreferences()
  const { ref, width, height } = useSize<HTMLDivElement>()
  const [ownCursor] = useState(createCursor)
  const cursor = props.cursor ?? ownCursor
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set())
  const engineGone = useEngineGone()
  const legendPx = width < 620 ? 112 : 150
  const plotPx = Math.max(0, width - legendPx - axisPx)
  const stack = useStack({ lanes, subjects, range, intervalMs, plotPx, clock: zoneClock(zone) })
  const { state, window } = stack
  const subject = subjects.length > 1 ? null : (subjects[0] ?? null)
  const steps = useAlarmSteps(subject, window)
  const happened = useEvents({
    subject,
    window,
    kinds: props.eventKinds,
    serverKinds: props.serverEventKinds,
  })
  const events = useMemo(() => [...happened, ...steps], [happened, steps])

  const stream = subject?.kind === 'stream' ? subject : null
  const heights = heightsOf(stack, folded, height - eventLanePx - timeAxisPx - (stream === null ? 0 : snapshotLanePx))
  const lanesPx = heights.reduce((sum, px) => sum + px, 0)
  const fold = (key: string) => setFolded((before) => (before.has(key) ? new Set([...before].filter((other) => other !== key)) : new Set([...before, key])))
  const time = { cursor, window, zone, width: plotPx }
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div ref={ref} className="relative min-h-[420px] flex-1">
        {state.series.length === 0 && <NothingRead lanes={lanes} stack={stack} />}
        {stack.lanes.map((input, index) => (
          <LaneRow
            key={laneKey(input.lane)}
            input={input}
            stack={stack}
            height={heights[index] ?? foldedPx}
            folded={folded.has(laneKey(input.lane))}
            onFold={() => fold(laneKey(input.lane))}
            legendPx={legendPx}
            plotPx={plotPx}
            cursor={cursor}
            dim={state.status === 'loading' || engineGone}
          />
        ))}
        {state.series.length > 0 && plotPx > 0 && (
          <>
            {stream !== null && <SnapshotLane {...time} stream={stream} legendPx={legendPx + axisPx} />}
            <Foot legendPx={legendPx + axisPx}>
              <EventLane events={events} window={window} width={plotPx} zone={zone} withPath={subjects[0]?.kind !== 'stream'} />
              <TimeAxis {...time} locale={i18n.language} days={stack.days} />
            </Foot>
            <ChartPointer {...time} left={legendPx + axisPx} height={lanesPx} moment={stack.moment} onRange={onRange} onBack={onBack} />
          </>
        )}
      </div>
      <Notes {...props} stack={stack} charts={ref} />
    </div>
  )
})

/** Height of each lane: folded ones only show their name, the others share the rest. */
function heightsOf({ lanes }: Stack, folded: ReadonlySet<string>, px: number): readonly number[] {
  const open = lanes.filter(({ lane }) => !folded.has(laneKey(lane)))
  const shares = laneHeights(
    open.map(({ lane }) => lane.weight),
    Math.max(px - (lanes.length - open.length) * foldedPx, 0),
    readoutPx,
  )
  return lanes.map((input) => shares[open.indexOf(input)] ?? foldedPx)
}

/** Shown until data has been read: names of the lanes, or why there is no data. */
function NothingRead({ lanes, stack: { state } }: { readonly lanes: readonly Lane[]; readonly stack: Stack }) {
  const { t } = useTranslation()
  const language = useLanguage()
  return (
    <div className="absolute inset-0 flex flex-col gap-6 py-4" aria-busy={state.status === 'loading'}>
      {state.status === 'failed' ? (
        <p className="text-muted">{t('history.failed', { reason: state.words ?? '' })}</p>
      ) : (
        lanes
          .filter((lane) => lane.whenEmpty === 'shown')
          .map((lane) => (
            <div key={laneKey(lane)} className="flex-1">
              <div className="text-sm text-muted">
                {lane.subject} {metricWords(lane.metric, language).label}
              </div>
              <Skeleton className="mt-2 h-5 w-20" />
            </div>
          ))
      )}
    </div>
  )
}

/** Events and time axis. They stay visible while the lanes scroll. */
function Foot({ legendPx, children: [events, axis] }: { readonly legendPx: number; readonly children: readonly [React.ReactNode, React.ReactNode] }) {
  const { t } = useTranslation()
  return (
    <div data-foot className="sticky bottom-0 z-20 bg-surface">
      <div className="flex border-t border-line" style={{ height: eventLanePx }}>
        <div className="flex-none truncate pt-2 text-sm text-muted" style={{ width: legendPx }} data-text>
          {t('history.whatHappened')}
        </div>
        {events}
      </div>
      <div style={{ marginLeft: legendPx }}>{axis}</div>
    </div>
  )
}

interface NotesProps extends ChartStackProps {
  readonly stack: Stack
  readonly charts: React.RefObject<HTMLElement | null>
}
/** Below the charts: how to use them, what is missing from them, and how to export them. */
function Notes({ lanes, subjects, fileName, nameOf, withoutCompare, stack, charts }: NotesProps) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const clock = zoneClock(zone)
  const { state, days, compared } = stack
  const { from, to } = stack.window
  const ofStream = subjects[0]?.kind === 'stream'
  const tierWords = stack.tier === 'samples' ? null : t(`timeline.tier.${stack.tier}`)
  const dayOf = (at: number) => formatMoment(shiftDays(clock, at, -days), 'minute', zone)
  const compareWords = days === 0 ? null : t('compare.legend', { from: dayOf(from), to: dayOf(to) })
  const missing = missingNames(stack, subjects.map(ownerIdOf), nameOf)
  const lackWords = missing.length === 0 ? null : t('history.lacking', { names: missing.join(', ') })
  const language = useLanguage()
  const usualWords = stack.usual && usualText(stack.usual, language)
  const hintWords = t(ofStream ? 'history.hintStream' : 'history.hint')

  const saveCsv = () =>
    saveFile(
      `${fileName}.csv`,
      chartCsv({
        lanes,
        series: state.series.slice(0, lanes.length),
        compared: days === 0 ? null : lanes.map((_, index) => compared?.[index] ?? null).map((one) => one && { ...one.series, original: one.original }),
        bucketMs: Math.min(...state.bucketMs),
        from,
        to,
        clock: zone === 'utc' ? null : clock,
      }),
      'text/csv',
    )
  const savePng = async () => {
    if (charts.current === null) return
    const span = `${formatStretch(from, to, zone)} ${zone === 'utc' ? 'UTC' : offsetText(clock, to)}`
    const title = [fileName, span, tierWords, compareWords === null ? null : `┄ ${compareWords}`].filter((words) => words !== null).join(' · ')
    const note = [t(ofStream ? 'history.gapsStream' : 'history.gaps'), lackWords, usualWords].filter((words) => words !== null).join(' · ')
    await saveFile(`${fileName}.png`, await chartsToPng({ charts: charts.current, title, note, token }), 'image/png')
  }
  return (
    <>
      {usualWords !== null && (
        <p className="flex-none truncate pb-1.5 text-sm text-muted" title={usualWords} data-usual>
          <UsualMark /> {usualWords}
        </p>
      )}
      <div className="flex flex-none items-center gap-2 border-t border-line pt-2 text-sm text-faint">
        <span className="min-w-0 truncate" title={hintWords}>
          {hintWords}
        </span>
        {lackWords !== null && (
          <span data-lacking className="min-w-0 truncate text-text" title={lackWords}>
            <Mark kind="unknown" size={11} /> {lackWords}
          </span>
        )}
        {tierWords !== null && <span className="flex-none text-muted">{tierWords}</span>}
        {compareWords !== null && (
          <span className="flex flex-none items-center gap-1.5 text-muted">
            <DashedMark width={22} />
            {compareWords}
            {stack.comparedFailure !== null && ` · ${t('history.failed', { reason: stack.comparedFailure })}`}
          </span>
        )}
        {state.words !== null && state.series.length > 0 && <span className="truncate text-major">{t('history.failed', { reason: state.words })}</span>}
        <span className="ml-auto flex flex-none items-center gap-1.5">
          {!withoutCompare && <ComparePicker end={to} />}
          <Button look="quiet" onClick={() => void saveCsv()}>
            <Download size={13} aria-hidden="true" /> CSV
          </Button>
          <Button look="quiet" onClick={() => void savePng()}>
            <ImageIcon size={13} aria-hidden="true" /> PNG
          </Button>
        </span>
      </div>
    </>
  )
}

/** Names of servers that are temporarily missing from the sums. At those times each lane has a hatched lower edge. */
function missingNames({ lanes }: Stack, ids: readonly string[], nameOf: ChartStackProps['nameOf']): readonly string[] {
  if (nameOf === undefined) return []
  const missing = new Set(lanes.flatMap(({ series }) => (series.lacking ?? []).map(({ part }) => part)))
  return ids.filter((_, part) => missing.has(part)).map(nameOf)
}
