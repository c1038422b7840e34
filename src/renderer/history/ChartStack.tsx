import { useQuery } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { memo, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { alarmChangeText } from '../../i18n/alarmText.ts'
import { eventText } from '../../i18n/eventText.ts'
import { metricHelp, metricLabel } from '../../i18n/metricText.ts'
import { baselineText } from '../../i18n/reasonText.ts'
import { type Alarm, type AlarmChange, type AlarmStep, type AlarmStepsInput, happenedAt, isOnset } from '../../shared/alarms.ts'
import { collapseEvents, type DeckEvent, isEventKind } from '../../shared/events.ts'
import type { Rule } from '../../shared/rules.ts'
import { ownerIdOf, ownerOf, pathOf, type Subject } from '../../shared/subjectNames.ts'
import { tierStepMs } from '../../shared/tiers.ts'
import { formatDateTime, formatMoment, formatSpan, formatTime } from '../../shared/units.ts'
import { saveFile } from '../app/actions.ts'
import { orpc } from '../app/client.ts'
import { usePreferences, zone } from '../app/preferences.ts'
import { language, t, useLanguage } from '../app/words.ts'
import { shiftDays, zoneClock } from '../app/zoneClock.ts'
import { NoDataSince } from '../fleet/EventRows.tsx'
import { markOfEvent } from '../fleet/eventMarks.ts'
import { useEngineGone } from '../fleet/fleet.ts'
import { alarmTitle } from '../fleet/incidentWords.ts'
import { useRules } from '../fleet/useRules.ts'
import { Button } from '../ui/Button.tsx'
import { createValue, type Value } from '../ui/listeners.ts'
import { Mark } from '../ui/Mark.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import { Tooltip } from '../ui/Tooltip.tsx'
import { useSize } from '../ui/useSize.ts'
import { BaselineMark } from './baseline.tsx'
import { ChartPointer } from './ChartPointer.tsx'
import { ComparePicker } from './ComparePicker.tsx'
import { chartCsv } from './chartCsv.ts'
import { axisPx, LaneChart } from './LaneChart.tsx'
import { drawLane } from './laneDrawing.ts'
import { eventMessage, laneMarks } from './laneMarks.ts'
import { type Lane, laneKey } from './lanes.ts'
import { DashedMark, Readout } from './Readout.tsx'
import { SnapshotLane, snapshotLanePx } from './SnapshotLane.tsx'
import { TimeAxis, timeAxisPx } from './TimeAxis.tsx'
import type { TimeRange, TimeWindow } from './timeRange.ts'
import type { SeriesState } from './useSeries.ts'
import { type ShownLane, type Stack, useStack } from './useStack.ts'

interface ChartStackProps {
  readonly lanes: readonly Lane[]
  /** Of lanes that name none of their own; values of several are added up. Pass the same array while they are unchanged. */
  readonly subjects: readonly Subject[]
  readonly range: TimeRange
  readonly onRange: (range: TimeRange) => void
  readonly onBack: () => void
  /** Actual time between polls, ms: increases become per minute by it, and three polls without a sample make a gap. */
  readonly intervalMs: number
  readonly fileName: string
  readonly eventKinds?: readonly string[]
  /** Also shown for one of a server's streams. */
  readonly serverEventKinds?: readonly string[]
  readonly nameOf?: (serverId: string) => string
  /** Shared by several stacks; default: its own. */
  readonly cursor?: Value<number | null>
  readonly withoutCompare?: boolean
}

/** Metrics on one time axis with one cursor, kept snapshots and events. In the past, live ranges end at the window's moment. */
export const ChartStack = memo(function ChartStack(props: ChartStackProps) {
  const { lanes, subjects, range, onRange, onBack, intervalMs, fileName, nameOf, withoutCompare = false } = props
  // Redraws in another language or time zone.
  useLanguage()
  usePreferences()
  const { ref, width, height } = useSize<HTMLDivElement>()
  const [ownCursor] = useState(() => createValue<number | null>(null))
  const cursor = props.cursor ?? ownCursor
  const engineGone = useEngineGone()
  const legendPx = width < 620 ? 112 : 150
  const left = legendPx + axisPx
  const plotPx = Math.max(0, width - left)
  const stack = useStack({ lanes, subjects, range, intervalMs, plotPx })
  const { state, window } = stack
  const subject = subjects.length > 1 ? null : (subjects[0] ?? null)
  const stream = subject?.kind === 'stream' ? subject : null
  const steps = useAlarmSteps(subject, window)
  const happened = useEvents(subject, window, props.eventKinds, props.serverEventKinds)
  const events = useMemo(() => [...happened, ...steps], [happened, steps])
  const roomPx = height - eventLanePx - timeAxisPx - (stream === null ? 0 : snapshotLanePx)
  const lanePx = Math.max(readoutPx, Math.floor(roomPx / Math.max(1, stack.lanes.length)))
  const time = { cursor, window, width: plotPx }
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div ref={ref} className="relative min-h-[420px] flex-1">
        {state.series.length === 0 && <NothingRead lanes={lanes} state={state} />}
        {stack.lanes.map((input) => (
          <LaneRow
            key={laneKey(input.lane)}
            input={input}
            stack={stack}
            height={lanePx}
            legendPx={legendPx}
            plotPx={plotPx}
            cursor={cursor}
            dim={state.status === 'loading' || engineGone}
          />
        ))}
        {state.series.length > 0 && plotPx > 0 && (
          <>
            {stream !== null && <SnapshotLane {...time} stream={stream} legendPx={left} />}
            <div data-foot className="sticky bottom-0 z-20 bg-surface">
              <div className="flex border-t border-line" style={{ height: eventLanePx }}>
                <div className="flex-none truncate pt-2 text-sm text-muted" style={{ width: left }}>
                  {t('common.whatHappened')}
                </div>
                <EventLane events={events} window={window} width={plotPx} withPath={subjects[0]?.kind !== 'stream'} />
              </div>
              <div style={{ marginLeft: left }}>
                <TimeAxis {...time} days={stack.days} />
              </div>
            </div>
            <ChartPointer {...time} left={left} height={lanePx * stack.lanes.length} moment={stack.moment} onRange={onRange} onBack={onBack} />
          </>
        )}
      </div>
      <StackNotes lanes={lanes} subjects={subjects} stack={stack} nameOf={nameOf} fileName={fileName} withoutCompare={withoutCompare} />
    </div>
  )
})
/** The newest of a period if there are too many. `serverKinds`: also shown for a server's stream. */
function useEvents(subject: Subject | null, window: TimeWindow, kinds: readonly string[] | undefined, serverKinds: readonly string[] = []) {
  // A live window's edge moves each tick, the query only every half minute; refetches bring events in between.
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
  // The console's own events explain gaps of all servers.
  const ofConsole = useQuery({ ...orpc.history.events.queryOptions({ input: { kinds: ['consoleGap'], ...bounds, limit: 50 } }), ...often })
  return useMemo(() => {
    const byId = new Map([...(own.data ?? []), ...(server.data ?? []), ...(ofConsole.data ?? [])].map((event) => [event.id, event]))
    return [...byId.values()].sort((a, b) => a.at - b.at)
  }, [own.data, server.data, ofConsole.data])
}

/** A lane's name and value; each line below is added. */
const readoutPx = 46
const readoutLinePx = 16
const limitsFromPx = 84

interface LaneRowProps {
  readonly input: ShownLane
  readonly stack: Stack
  readonly height: number
  readonly legendPx: number
  readonly plotPx: number
  readonly cursor: Value<number | null>
  readonly dim: boolean
}
function LaneRow({ input, stack, height, legendPx, plotPx, cursor, dim }: LaneRowProps) {
  const { lane, series, bucketMs, budget, other, baseline = null, last } = input
  const { window, intervalMs, toleranceMs, unknown, unpublished } = stack
  const drawing = useMemo(
    () => drawLane({ lane, series, bucketMs, budget, other, baseline }, { window, intervalMs, toleranceMs, unknown, unpublished }),
    [lane, series, bucketMs, budget, other, baseline, window, intervalMs, toleranceMs, unknown, unpublished],
  )
  const { limits } = drawing
  const named = limits !== null && height > limitsFromPx
  return (
    <div className="relative flex border-t border-line first:border-t-0" style={{ height }}>
      <div className={`relative z-20 flex-none overflow-hidden py-1.5 pr-2 ${dim ? 'stale' : ''}`} style={{ width: legendPx }}>
        <div className="truncate text-sm text-muted" title={metricHelp(lane.metric, language) ?? undefined}>
          {lane.subject !== undefined && <b className="font-medium text-text">{lane.subject} </b>}
          {metricLabel(lane.metric, language)}
        </div>
        <Readout
          drawing={drawing}
          last={last}
          intervalMs={intervalMs}
          window={window}
          cursor={cursor}
          moment={stack.moment}
          lines={Math.max(0, Math.floor((height - readoutPx) / readoutLinePx) - (named ? 1 : 0))}
          absent={stack.absentNow || drawing.absentNow}
        />
        {named && (
          <div className="text-sm leading-[15px] text-faint">
            {t('history.limits', { sound: Math.round(limits.soundTo), lost: Math.round(limits.lostFrom) })}
          </div>
        )}
      </div>
      {plotPx > 0 && (
        <div data-lane={lane.metric} className={`flex-none ${dim ? 'opacity-60' : ''}`} style={{ width: axisPx + plotPx }}>
          <LaneChart drawing={drawing} window={window} plotPx={plotPx} height={height} />
        </div>
      )}
    </div>
  )
}

function NothingRead({ lanes, state }: { readonly lanes: readonly Lane[]; readonly state: SeriesState }) {
  return (
    <div className="absolute inset-0 flex flex-col gap-6 py-4" aria-busy={state.status === 'loading'}>
      {state.status === 'failed' ? (
        <p className="text-muted">{t('common.notAvailable', { reason: state.words ?? '' })}</p>
      ) : (
        lanes
          .filter((lane) => lane.whenEmpty === 'shown')
          .map((lane) => (
            <div key={laneKey(lane)} className="flex-1">
              <div className="text-sm text-muted">
                {lane.subject} {metricLabel(lane.metric, language)}
              </div>
              <Skeleton className="mt-2 h-5 w-20" />
            </div>
          ))
      )}
    </div>
  )
}

const eventLanePx = 34
interface EventLaneProps {
  readonly events: readonly DeckEvent[]
  readonly window: TimeWindow
  readonly width: number
  readonly withPath: boolean
}
function EventLane({ events, window, width, withPath }: EventLaneProps) {
  const words = (event: DeckEvent) => {
    const path = withPath ? pathOf(event.subject) : null
    return `${path === null ? '' : `${path} `}${isEventKind(event.kind) ? eventMessage(event, language, t) : eventText(event, language)}`
  }
  const marks = laneMarks(events, window, width, words)
  return (
    <div className="relative flex-none overflow-hidden" style={{ width }}>
      <div className="absolute inset-x-0 top-4 border-t border-line-strong" />
      {marks.map((mark) => (
        <Tooltip
          key={mark.id}
          side="top"
          content={
            <ul className="flex flex-col gap-1">
              {collapseEvents(mark.events.toReversed())
                .slice(0, 8)
                .toReversed()
                .map(({ event, events }) => (
                  <li key={event.id}>
                    <span className="text-faint">{formatDateTime(event.at)}</span> {eventText(event, language)}
                    {events.length === 1 && <NoDataSince event={event} />}
                    {pathOf(event.subject) !== null && events.length > 1 && (
                      <> · {t('overview.changesSince', { count: events.length, time: formatTime(events.at(-1)?.at ?? event.at) })}</>
                    )}
                  </li>
                ))}
            </ul>
          }
        >
          <button
            type="button"
            data-event
            className="absolute top-2 z-20 flex h-[18px] items-center gap-1 whitespace-nowrap rounded bg-surface pr-1 text-sm text-muted"
            style={{ left: mark.x - 6 }}
          >
            <Mark kind={markOfEvent(mark.kind)} size={12} />
            {mark.label !== null && <span aria-hidden="true">{mark.label}</span>}
            <span className="sr-only">{mark.events.map((event) => eventText(event, language)).join(' ')}</span>
          </button>
        </Tooltip>
      ))}
      {marks.length === 0 && <span className="absolute top-2 left-2 bg-surface px-1 text-sm text-faint">{t('history.nothingHappened')}</span>}
    </div>
  )
}

/** What is done in this window is read at once. */
const rereadMs = 10_000
/** Not why mtxdeck sends no notification. */
const shown: ReadonlySet<AlarmChange['kind']> = new Set([
  'raised',
  'returned',
  'recurred',
  'turned',
  'healed',
  'acknowledged',
  'unacknowledged',
  'shelved',
  'unshelved',
  'commented',
])

const markOf = (change: AlarmChange) => (isOnset(change) ? 'alarmBegan' : change.kind === 'healed' ? 'alarmHealed' : 'alarmTaken')
const noRules: readonly Rule[] = []
/** Lives of alarms as events for the lane; none for several subjects. */
function useAlarmSteps(subject: Subject | null, window: TimeWindow): readonly DeckEvent[] {
  const { t } = useTranslation()
  const language = useLanguage()
  const { data: rules = noRules } = useRules()
  const from = Math.floor(window.from / 30_000) * 30_000
  const path = pathOf(subject)
  const of = subject === null ? {} : askedBy(subject)
  const { data } = useQuery({
    ...orpc.alarms.steps.queryOptions({ input: { ...of, ...(path !== null && { path }), from, ...(!window.live && { to: window.to }) } }),
    enabled: subject !== null,
    refetchInterval: window.live ? rereadMs : false,
    placeholderData: (before: AlarmStep[] | undefined) => before,
  })
  return useMemo(() => {
    const steps = (subject === null ? [] : (data ?? [])).filter(({ change }) => shown.has(change.kind))
    return steps.map(({ kind, rule, change, subject: about, serverName }, place) => {
      const title = (of: Alarm['kind']) => alarmTitle({ kind: of, rule }, rules)
      const words = alarmChangeText(change, language, { trouble: title, severity: (severity) => t(`severity.${severity}`) })
      const of = ['trouble' in change ? null : title(kind), path === null ? pathOf(about) : null].filter((part) => part !== null)
      return {
        // Below ids of the store.
        id: -1 - place,
        at: happenedAt(change),
        kind: markOf(change),
        subject: about.kind === 'console' ? null : about,
        ownerName: serverName,
        text: `${t('alarms.one')}${of.length > 0 ? ` (${of.join(', ')})` : ''}: ${words}`,
        facts: {},
      }
    })
  }, [data, subject, path, rules, t, language])
}

function askedBy(subject: Subject): Pick<AlarmStepsInput, 'serverId' | 'hostId' | 'probeId'> {
  if ('hostId' in subject) return { hostId: subject.hostId }
  return 'probeId' in subject ? { probeId: subject.probeId } : { serverId: ownerIdOf(subject) }
}

interface StackNotesProps {
  readonly lanes: readonly Lane[]
  readonly subjects: readonly Subject[]
  readonly stack: Stack
  readonly nameOf: ((serverId: string) => string) | undefined
  readonly fileName: string
  readonly withoutCompare: boolean
}
function StackNotes({ lanes, subjects, stack, nameOf, fileName, withoutCompare }: StackNotesProps) {
  const { state, comparedFailure, baseline, tier, days, window } = stack
  const clock = zoneClock(zone)
  const usual = baseline && baselineText(baseline, language)
  const missing = missingNames(stack, subjects.map(ownerIdOf), nameOf)
  const dayOf = (at: number) => formatMoment(shiftDays(clock, at, -days), 'minute')
  const saveCsv = () => {
    const series = state.series.slice(0, lanes.length)
    const csv = chartCsv({ lanes, series, bucketMs: Math.min(...state.bucketMs), from: window.from })
    return saveFile(`${fileName}.csv`, csv, 'text/csv')
  }
  return (
    <>
      {usual !== null && (
        <p className="flex-none truncate pb-1.5 text-sm text-muted" title={usual} data-usual>
          <BaselineMark /> {usual}
        </p>
      )}
      <div className="flex flex-none items-center gap-2 border-t border-line pt-2 text-sm text-faint">
        <span className="min-w-0">
          {t('history.hint')} {t(subjects[0]?.kind === 'stream' ? 'history.gapsStream' : 'history.gaps')}
        </span>
        {missing.length > 0 && (
          <span data-lacking className="min-w-0 text-text">
            <Mark kind="unknown" size={11} /> {t('history.lacking', { names: missing.join(', ') })}
          </span>
        )}
        {tier !== 'samples' && <span className="flex-none text-muted">{t('timeline.tier', { width: formatSpan(tierStepMs[tier], language) })}</span>}
        {days > 0 && (
          <span className="flex flex-none items-center gap-1.5 text-muted">
            <DashedMark width={22} />
            {dayOf(window.from)} – {dayOf(window.to)}
            {comparedFailure !== null && ` · ${t('common.notAvailable', { reason: comparedFailure })}`}
          </span>
        )}
        {state.words !== null && state.series.length > 0 && <span className="truncate text-major">{t('common.notAvailable', { reason: state.words })}</span>}
        <span className="ml-auto flex flex-none items-center gap-1.5">
          {!withoutCompare && <ComparePicker />}
          <Button icon={Download} look="quiet" onClick={() => void saveCsv()}>
            CSV
          </Button>
        </span>
      </div>
    </>
  )
}

/** Missing at times, when each lane has a hatched lower edge. */
function missingNames({ lanes }: Stack, ids: readonly string[], nameOf: StackNotesProps['nameOf']): readonly string[] {
  if (nameOf === undefined) return []
  const missing = new Set(lanes.flatMap(({ series }) => series.lacking.map(({ part }) => part)))
  return ids.filter((_, part) => missing.has(part)).map(nameOf)
}
