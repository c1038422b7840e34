import { useQuery } from '@tanstack/react-query'
import type { TFunction } from 'i18next'
import { Download, Image as ImageIcon } from 'lucide-react'
import { memo, useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { DeckEvent } from '../../shared/events.ts'
import { type Tier, tierStepMs, tiers } from '../../shared/history.ts'
import { metrics } from '../../shared/metrics.ts'
import { ownerIdOf, type Subject, seriesOf, serverSubject } from '../../shared/subjects.ts'
import { formatDateTime, type TimeZoneChoice, unknownMark, writeValue } from '../../shared/units.ts'
import { metricWords } from '../../shared/words/metricWords.ts'
import { saveFile } from '../app/actions.ts'
import { orpc } from '../app/client.ts'
import { useLanguage } from '../app/eventWords.ts'
import { useEngineGone } from '../app/fleet.ts'
import { goToMoment, useMoment } from '../app/moment.ts'
import { usePreferences } from '../app/preferences.ts'
import { token } from '../app/theme.ts'
import { Button } from '../ui/Button.tsx'
import { Figure } from '../ui/Figure.tsx'
import { Mark } from '../ui/Mark.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import { useSize } from '../ui/useSize.ts'
import { ComparePicker } from './ComparePicker.tsx'
import { type ComparedLane, chartCsv } from './chartCsv.ts'
import { composeSvg, type ImagePart, svgToPng } from './chartImage.ts'
import { alongside, daysBack, earlierWindow } from './compare.ts'
import { type Cursor, createCursor, useCursor } from './cursor.ts'
import { EventLane } from './EventLane.tsx'
import { bucketAt, type DrawnSeries, drawnPoints, type Gap, mergeGaps, nowOf, shownGaps, type TailColumns } from './joinSeries.ts'
import { LaneChart } from './LaneChart.tsx'
import { laneHeights } from './laneHeights.ts'
import { isReachable, isShare, isWhole, type Lane, laneKey, presenceMetrics, roundTripLimits } from './lanes.ts'
import { OtherLine } from './OtherLine.tsx'
import { bridgeOutage, isOffAirCode, splitGaps, unknownStretches, unpublishedStretches, withoutStretches } from './stateGaps.ts'
import { type AxisLabels, tickLabels, timeTicks, type ValueScale, valueScale, writeOnAxis } from './ticks.ts'
import { rangeFrom, type TimeRange, type TimeWindow, zoomOf } from './timeRange.ts'
import { useCompare } from './useCompare.ts'
import { useSeries, useValuesAt, type WantedSeries } from './useSeries.ts'
import { shiftDays, zoneClock } from './zoneClock.ts'

interface ChartStackProps {
  readonly lanes: readonly Lane[]
  /** Whose lanes they are, where a lane does not say another. The same object as long as it is the same. */
  readonly subject: Subject
  /** null: not known yet, nothing is drawn. */
  readonly range: TimeRange | null
  readonly onRange: (range: TimeRange) => void
  /** Double click: back to where the last zoom came from. */
  readonly onBack: () => void
  /** Time between polls as it really is: increases become "a minute" by it, and three of them without a sample are a gap. */
  readonly intervalMs: number
  /** What the exported files are called. */
  readonly fileName: string
  /** Kinds of events on the lane; all when left out. */
  readonly eventKinds?: readonly string[]
  /** Events of the server that also matter to one of its streams. */
  readonly serverEventKinds?: readonly string[]
  /** More servers, whose values are added to those of `subject`. */
  readonly addedServers?: readonly string[]
  /** What a server is called, where values of several are added up: what a sum lacks is named. */
  readonly nameOf?: (serverId: string) => string
  /** One cursor for several stacks; each has its own otherwise. */
  readonly cursor?: Cursor
  /** What is compared is chosen elsewhere on the page. */
  readonly withoutCompare?: boolean
}

const eventLanePx = 34
const timeAxisPx = 22
const axisPx = 40
/** A bar and its air; the engine is asked for as many buckets as fit. */
const barPx = 8

/**
 * Metrics on one time axis with one cursor, a lane of events under them. Drag zooms, double click goes back; a click offers to go
 * to that moment, Enter does so at once. In the past, ranges that go on with now end with the moment, and a line stands at it.
 * Another period may be laid over.
 */
export const ChartStack = memo(function ChartStack(props: ChartStackProps) {
  const { lanes, subject, range, onRange, onBack, intervalMs, fileName, eventKinds, serverEventKinds, addedServers = nobody } = props
  const serverId = ownerIdOf(subject)
  const stream = subject.kind === 'stream' ? subject.path : null
  const { t, i18n } = useTranslation()
  const language = useLanguage()
  const { zone } = usePreferences()
  const { ref, width, height } = useSize<HTMLDivElement>()
  const [ownCursor] = useState(createCursor)
  const cursor = props.cursor ?? ownCursor
  const moment = useMoment()
  const { compare } = useCompare()
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set())
  const legendPx = width < 620 ? 112 : 150
  const plotPx = Math.max(0, width - legendPx - axisPx)

  // Steps of 64 px: a window that is being resized must not ask for each pixel.
  const askedPx = Math.max(256, Math.ceil(plotPx / 64) * 64)
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked anew for each 64 px of width, not for each pixel
  const wanted = useMemo((): readonly WantedSeries[] => {
    if (plotPx === 0 || range === null) return []
    const of = (metric: Lane['metric'], points: number, whose?: Lane['of']): WantedSeries => ({
      series: [whose ?? subject, ...(whose ? [] : addedServers.map(serverSubject))].map((one) => seriesOf(one, metric)),
      points,
    })
    const linePoints = Math.min(1000, Math.floor(askedPx / 2))
    return [
      ...lanes.map((lane) => of(lane.metric, lane.shape === 'bars' ? Math.floor(askedPx / barPx) : linePoints, lane.of)),
      of(presenceMetrics[subject.kind], linePoints),
      ...lanes.flatMap((lane) => (lane.budget ? [of(lane.budget, linePoints)] : [])),
    ]
  }, [lanes, subject, plotPx === 0, askedPx, addedServers, range === null])
  const toleranceMs = Math.max(3 * intervalMs, 6000) + 2000
  const state = useSeries(wanted, range ?? rangeFrom(null), moment, toleranceMs)
  const { window } = state
  const engineGone = useEngineGone()

  const unknown = useMemo(() => {
    const ofState = state.series[lanes.length]
    if (!ofState || stream === null) return null
    return unknownStretches(ofState, shownGaps(ofState, window, Math.max(toleranceMs, 1.5 * (state.bucketMs[lanes.length] ?? 0))), window.to)
  }, [state.series, state.bucketMs, window, lanes.length, stream, toleranceMs])

  const unpublished = useMemo(() => {
    const ofState = state.series[lanes.length]
    return !ofState || stream === null ? noGaps : unpublishedStretches(ofState, window.to)
  }, [state.series, window, lanes.length, stream])

  const clock = zoneClock(zone)
  const days = compare === null ? 0 : daysBack(compare, window, clock)
  const earlier = earlierWindow(window, days, clock)
  const otherWanted = days === 0 || state.series.length === 0 ? nothingWanted : wanted.slice(0, lanes.length)
  const otherState = useSeries(otherWanted, { kind: 'between', ...earlier }, null, toleranceMs)
  const others = useMemo(
    () => (days === 0 || otherState.series.length === 0 ? null : otherState.series.map((series) => alongside(series, days, clock))),
    [otherState.series, days, clock],
  )

  const { from, to } = window
  // A stretch that goes on with now ends with the moment; while that is being played, its charts come a little later.
  const ended = moment !== null && range?.kind !== 'between' ? to : moment
  const inView = ended !== null && ended >= from && ended <= to ? ended : null
  const valuesThen = useValuesAt(inView === null ? nothingWanted : wanted.slice(0, lanes.length), inView, Math.max(toleranceMs, longestIntervalMs))

  const stateNow = stream === null ? null : state.recent[lanes.length]?.values.at(-1)
  const absentNow = isOffAirCode(stateNow ?? undefined)

  const drawn = lanes.flatMap((lane, index): DrawnLane[] => {
    const series = state.series[index]
    if (!series || (lane.whenEmpty === 'left out' && series.at.length === 0)) return []
    const budget = lane.budget ? state.series[lanes.length + 1] : undefined
    return [
      {
        lane,
        series,
        recent: state.recent[index] ?? { at: [], values: [] },
        // An increase is shown by the minute, which no single sample tells.
        exact: lane.perMinute || inView === null || unpublished.some((one) => inView >= one[0] && inView < one[1]) ? undefined : valuesThen?.[index],
        // Coarse values stand for a whole step of their tier, however many were asked for.
        bucketMs: Math.max(state.bucketMs[index] ?? 1000, tierStepMs[series.tier]),
        budget: budget ? (budget.mean.at(-1) ?? null) : null,
        other: others?.[index]?.series ?? null,
      },
    ]
  })
  const open = drawn.filter(({ lane }) => !folded.has(laneKey(lane)))
  const foldedPx = 26
  const forLanes = Math.max(height - eventLanePx - timeAxisPx - (drawn.length - open.length) * foldedPx, 0)
  const heights = laneHeights(
    open.map(({ lane }) => lane.weight),
    forLanes,
    readoutPx,
  )
  const heightOf = new Map(open.map(({ lane }, index) => [laneKey(lane), heights[index]]))

  const events = useEvents(addedServers.length > 0 ? null : serverId, stream, window, eventKinds, serverEventKinds)
  const ticks = timeTicks(from, to, Math.max(2, Math.floor(plotPx / 90)), zone, i18n.language)

  const tier = coarsest(drawn.map(({ series }) => series.tier))
  const tierWords = tier === 'samples' ? null : t(`timeline.tier.${tier}`)
  const compareWords =
    days === 0
      ? null
      : t('compare.legend', {
          from: formatDateTime(shiftDays(clock, from, -days), zone).slice(0, 16),
          to: formatDateTime(shiftDays(clock, to, -days), zone).slice(0, 16),
        })
  const lackWords = lackingWords(drawn, [serverId, ...addedServers], props.nameOf, t)
  const hintWords = t(stream === null ? 'history.hint' : 'history.hintStream')
  const saveCsv = () => {
    const compared = lanes.map((_, index): ComparedLane | null => {
      const other = others?.[index]
      return other === undefined ? null : { ...other.series, original: other.original }
    })
    return saveFile(
      `${fileName}.csv`,
      chartCsv({
        lanes,
        series: state.series.slice(0, lanes.length),
        compared: days === 0 ? null : compared,
        bucketMs: Math.min(...state.bucketMs),
        from,
        to,
        clock: zone === 'utc' ? null : clock,
      }),
      'text/csv',
    )
  }

  const savePng = async () => {
    const host = ref.current
    if (!host) return
    const box = host.getBoundingClientRect()
    // While lanes scroll the time axis is drawn above its place.
    const foot = host.querySelector('[data-foot]')
    const risen = foot === null ? 0 : box.bottom - foot.getBoundingClientRect().bottom
    const yOf = (element: Element, place: DOMRect) => place.y - box.y + (foot?.contains(element) ? risen : 0)
    const parts: ImagePart[] = [
      {
        kind: 'text',
        x: 12,
        y: 20,
        text: [
          `${fileName} · ${formatDateTime(from, zone)} – ${formatDateTime(to, zone)} ${zone === 'utc' ? 'UTC' : offsetWords(clock.offset(to))}`,
          ...[tierWords, compareWords === null ? null : `┄ ${compareWords}`].filter((words) => words !== null),
        ].join(' · '),
        size: 13,
        weight: 600,
        color: 'var(--text)',
        anchor: 'start',
      },
    ]
    const top = 34
    for (const element of host.querySelectorAll<HTMLElement>('[data-gap]')) {
      const place = element.getBoundingClientRect()
      parts.push({
        kind: element.dataset.gap === 'absent' ? 'box' : 'hatched',
        x: place.x - box.x + 12,
        y: place.y - box.y + top,
        width: place.width,
        height: place.height,
        color: 'var(--unknown)',
        opacity: element.dataset.gap === 'absent' ? 0.1 : 0.5,
      })
    }
    for (const svg of host.querySelectorAll<SVGSVGElement>('[data-lane] svg')) {
      const place = svg.getBoundingClientRect()
      parts.push({ kind: 'svg', x: place.x - box.x + 12, y: place.y - box.y + top, width: place.width, height: place.height, markup: svg.innerHTML })
    }
    for (const svg of host.querySelectorAll<SVGSVGElement>('[data-event] svg')) {
      const place = svg.getBoundingClientRect()
      parts.push({
        kind: 'svg',
        x: place.x - box.x + 12,
        y: yOf(svg, place) + top,
        width: place.width,
        height: place.height,
        viewBox: svg.getAttribute('viewBox') ?? undefined,
        color: getComputedStyle(svg).color,
        markup: svg.innerHTML,
      })
    }
    for (const element of host.querySelectorAll<HTMLElement>('[data-text]')) {
      const place = element.getBoundingClientRect()
      const style = getComputedStyle(element)
      parts.push({
        kind: 'text',
        x: place.x - box.x + 12,
        y: yOf(element, place) + top + place.height * 0.76,
        text: element.innerText.replaceAll('\n', ' ').replace(/(\d)(\p{L})/u, '$1 $2'),
        size: Number.parseFloat(style.fontSize),
        weight: Number(style.fontWeight),
        color: style.color,
        anchor: 'start',
      })
    }
    const size = { width: Math.ceil(box.width + 24), height: Math.ceil(box.height + top + 34) }
    // A picture has no hints to point at: what its hatching means stands on it.
    parts.push({
      kind: 'text',
      x: 12,
      y: size.height - 10,
      text: [t(stream === null ? 'history.gaps' : 'history.gapsStream'), ...(lackWords === null ? [] : [lackWords])].join(' · '),
      size: 12,
      weight: 400,
      color: 'var(--muted)',
      anchor: 'start',
    })
    await saveFile(`${fileName}.png`, await svgToPng(composeSvg(size.width, size.height, 'var(--surface)', parts, token), size.width, size.height), 'image/png')
  }

  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div ref={ref} className="relative min-h-[420px] flex-1">
        {state.series.length === 0 && (
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
        )}
        {drawn.map((one) => (
          <LaneRow
            key={laneKey(one.lane)}
            {...one}
            window={window}
            height={heightOf.get(laneKey(one.lane)) ?? foldedPx}
            folded={folded.has(laneKey(one.lane))}
            onFold={() =>
              setFolded((before) =>
                before.has(laneKey(one.lane)) ? new Set([...before].filter((key) => key !== laneKey(one.lane))) : new Set([...before, laneKey(one.lane)]),
              )
            }
            legendPx={legendPx}
            plotPx={plotPx}
            intervalMs={intervalMs}
            toleranceMs={toleranceMs}
            unknown={unknown}
            unpublished={unpublished}
            absentNow={absentNow}
            cursor={cursor}
            moment={ended}
            dim={state.status === 'loading' || engineGone}
          />
        ))}
        {state.series.length > 0 && (
          <>
            {/* Where many lanes scroll, their time stays in sight. */}
            <div data-foot className="sticky bottom-0 z-20 bg-surface">
              <div className="flex border-t border-line" style={{ height: eventLanePx }}>
                <div className="flex-none truncate pt-2 text-sm text-muted" style={{ width: legendPx + axisPx }} data-text>
                  {t('history.whatHappened')}
                </div>
                <EventLane events={events} window={window} width={plotPx} zone={zone} withPath={stream === null} />
              </div>
              <div className="relative text-xs text-faint" style={{ height: timeAxisPx, marginLeft: legendPx + axisPx }}>
                {ticks.map((tick) => (
                  <span
                    key={tick.at}
                    data-text
                    className="absolute top-1 -translate-x-1/2 whitespace-nowrap"
                    style={{ left: Math.min(plotPx - halfTickPx(tick.label), Math.max(halfTickPx(tick.label), ((tick.at - from) / (to - from)) * plotPx)) }}
                  >
                    {tick.label}
                  </span>
                ))}
                <CursorTime cursor={cursor} window={window} width={plotPx} zone={zone} days={days} />
              </div>
            </div>
            <Pointer
              cursor={cursor}
              window={window}
              left={legendPx + axisPx}
              width={plotPx}
              bottom={eventLanePx + timeAxisPx}
              moment={ended}
              zone={zone}
              onRange={onRange}
              onBack={onBack}
            />
          </>
        )}
      </div>
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
            <svg width="22" height="8" aria-hidden="true">
              <path d="M0 4h22" stroke="var(--faint)" strokeWidth="1.5" strokeDasharray="4 3" />
            </svg>
            {compareWords}
            {otherState.status === 'failed' && ` · ${t('history.failed', { reason: otherState.words ?? '' })}`}
          </span>
        )}
        {state.words !== null && state.series.length > 0 && <span className="truncate text-major">{t('history.failed', { reason: state.words })}</span>}
        <span className="ml-auto flex flex-none items-center gap-1.5">
          {!props.withoutCompare && <ComparePicker end={to} />}
          <Button look="quiet" onClick={() => void saveCsv()}>
            <Download size={13} aria-hidden="true" /> CSV
          </Button>
          <Button look="quiet" onClick={() => void savePng()}>
            <ImageIcon size={13} aria-hidden="true" /> PNG
          </Button>
        </span>
      </div>
    </div>
  )
})

/** Which servers the sums leave out at times, by name; null: none. At these times a hatched edge runs below each lane. */
function lackingWords(drawn: readonly DrawnLane[], ids: readonly string[], nameOf: ChartStackProps['nameOf'], t: TFunction): string | null {
  if (nameOf === undefined) return null
  const parts = new Set(drawn.flatMap(({ series }) => (series.lacking ?? []).map(({ part }) => part)))
  const names = ids.filter((_, part) => parts.has(part)).map(nameOf)
  return names.length === 0 ? null : t('history.lacking', { names: names.join(', ') })
}

/** About half as wide as it is written. */
const halfTickPx = (label: string) => Math.max(18, label.length * 3.6)
/** The name of a lane and its value, and each line under them. */
const readoutPx = 46
const readoutLinePx = 16
/** Polls may have been further apart then than they are now; what is missing by their own measure is a gap all the same. */
const longestIntervalMs = 15 * 60_000
const noGaps: readonly Gap[] = []
const nobody: readonly string[] = []
const nothingWanted: readonly WantedSeries[] = []

const coarsest = (all: readonly Tier[]): Tier => all.reduce<Tier>((worst, tier) => (tiers.indexOf(tier) > tiers.indexOf(worst) ? tier : worst), 'samples')
/** +01:00 */
function offsetWords(offset: number) {
  const minutes = Math.abs(offset) / 60_000
  const two = (value: number) => String(value).padStart(2, '0')
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

interface DrawnLane {
  readonly lane: Lane
  readonly series: DrawnSeries
  readonly recent: TailColumns
  /** What it was at the moment of the window, null where that is not known; left out: only what is drawn tells. */
  readonly exact: number | null | undefined
  readonly bucketMs: number
  readonly budget: number | null
  /** The other period, moved to where the clock shows the same; null: nothing is compared. */
  readonly other: DrawnSeries | null
}

interface LaneRowProps extends DrawnLane {
  readonly window: TimeWindow
  readonly height: number
  readonly folded: boolean
  readonly onFold: () => void
  readonly legendPx: number
  readonly plotPx: number
  readonly intervalMs: number
  /** A sample is missed when none came for so long. */
  readonly toleranceMs: number
  /** Stretches in which the state of the stream was unknown; null: every gap is. */
  readonly unknown: readonly Gap[] | null
  /** Stretches in which nobody published: every lane breaks there. */
  readonly unpublished: readonly Gap[]
  /** Nobody publishes by the newest sample, even where its bucket holds better moments. */
  readonly absentNow: boolean
  readonly cursor: Cursor
  readonly moment: number | null
  readonly dim: boolean
}

function LaneRow({
  lane,
  series: whole,
  recent,
  exact,
  bucketMs,
  budget,
  other,
  window,
  height,
  folded,
  onFold,
  legendPx,
  plotPx,
  intervalMs,
  toleranceMs,
  unknown,
  unpublished,
  absentNow,
  cursor,
  moment,
  dim,
}: LaneRowProps) {
  const { t } = useTranslation()
  const metric = metrics[lane.metric]
  const { label, help } = metricWords(lane.metric, useLanguage())
  const perMinute = lane.perMinute ? 60_000 / intervalMs : 1
  const series = useMemo(() => withoutStretches(whole, unpublished), [whole, unpublished])
  const gaps = useMemo(() => {
    const missing = shownGaps(whole, window, Math.max(toleranceMs, 1.5 * bucketMs), bucketMs)
    const outer = unpublished.flatMap(([from, to]): Gap[] =>
      to > window.from && from < window.to ? [[Math.max(from, window.from), Math.min(to, window.to)]] : [],
    )
    return isReachable(lane.metric) ? bridgeOutage(whole, missing) : mergeGaps([...missing, ...outer])
  }, [whole, unpublished, window, toleranceMs, bucketMs, lane.metric])
  const points = useMemo(() => drawnPoints(series, gaps, perMinute), [series, gaps, perMinute])
  const otherGaps = useMemo(
    () => (other === null ? noGaps : shownGaps(other, window, Math.max(toleranceMs, 1.5 * bucketMs), bucketMs)),
    [other, window, toleranceMs, bucketMs],
  )
  const otherPoints = useMemo(() => (other === null ? [] : drawnPoints(other, otherGaps, perMinute)), [other, otherGaps, perMinute])
  const limits = useMemo(() => roundTripLimits(budget), [budget])
  const most = useMemo(
    () =>
      otherPoints.reduce(
        (max, point) => Math.max(max, point.mean ?? 0),
        points.reduce((max, point) => Math.max(max, lane.shape === 'bars' ? (point.mean ?? 0) : (point.band?.[1] ?? 0)), limits?.lostFrom ?? 0),
      ),
    [points, otherPoints, lane, limits?.lostFrom],
  )
  const scale = useMemo(
    () =>
      isReachable(lane.metric)
        ? ({ top: 1.2, ticks: [0, 1] } satisfies ValueScale)
        : isShare(lane.metric) && most > 50
          ? ({ top: 100, ticks: [0, 50, 100] } satisfies ValueScale)
          : valueScale(most, isWhole(lane.metric)),
    [most, lane],
  )
  const labels = useMemo(() => tickLabels(scale, metric.unit, most), [scale, metric.unit, most])
  const split = unknown === null ? { unknown: gaps, absent: [] } : splitGaps(gaps, unknown)
  const partly = useMemo(() => mergeGaps((whole.lacking ?? []).flatMap((one) => one.gaps)), [whole])
  const chartPx = Math.max(0, height - 14)
  const withLimits = limits !== null && height > 84
  const x = (at: number) => ((at - window.from) / (window.to - window.from)) * plotPx

  return (
    <div className="relative flex border-t border-line first:border-t-0" style={{ height }}>
      <div className={`relative z-20 flex-none overflow-hidden py-1.5 pr-2 ${dim ? 'stale' : ''}`} style={{ width: legendPx }}>
        <button
          type="button"
          onClick={onFold}
          aria-expanded={!folded}
          className="block max-w-full truncate rounded text-left text-sm text-muted hover:text-text"
          title={t(folded ? 'history.unfold' : 'history.fold')}
        >
          <span data-text title={help}>
            {lane.subject !== undefined && <b className="font-medium text-text">{lane.subject} </b>}
            {label}
          </span>
        </button>
        {!folded && (
          <Readout
            lane={lane}
            series={series}
            gaps={gaps}
            recent={recent}
            exact={exact}
            bucketMs={bucketMs}
            perMinute={perMinute}
            intervalMs={intervalMs}
            window={window}
            cursor={cursor}
            axis={labels}
            moment={moment}
            other={other}
            otherGaps={otherGaps}
            lines={Math.max(0, Math.floor((height - readoutPx) / readoutLinePx) - (withLimits ? 1 : 0))}
            absent={absentNow || (split.absent.at(-1)?.[1] ?? 0) >= window.to}
          />
        )}
        {!folded && withLimits && (
          <div className="text-sm leading-[15px] text-faint">
            {t('history.limits', { sound: Math.round(limits.soundTo), lost: Math.round(limits.lostFrom) })}
          </div>
        )}
      </div>
      {!folded && (
        <div className="relative flex-none" style={{ width: axisPx }}>
          {scale.ticks.map((tick, index) =>
            chartPx < 48 && index > 0 && index < scale.ticks.length - 1 ? null : (
              <span
                key={tick}
                data-text
                className="absolute right-2 text-xs leading-3 text-faint"
                style={{ top: Math.min(height - 14, Math.max(2, 7 + chartPx * (1 - tick / scale.top) - 6)) }}
              >
                {isReachable(lane.metric) ? t(tick === 1 ? 'history.yes' : 'history.no') : labels.labels[index]}
              </span>
            ),
          )}
        </div>
      )}
      {!folded && (
        <div className="relative flex-none overflow-hidden" style={{ width: plotPx }}>
          {(['unknown', 'absent'] as const).map((kind) =>
            split[kind].map(([from, to]) => (
              <div
                key={`${kind}${from}`}
                data-gap={kind}
                className={`absolute inset-y-0 ${kind === 'unknown' ? 'hatched' : 'bg-raised'}`}
                style={{ left: Math.max(0, x(from)), width: Math.max(1, Math.min(plotPx, x(to)) - Math.max(0, x(from))) }}
              />
            )),
          )}
          {partly.map(([from, to]) => (
            <div
              key={`partly${from}`}
              data-gap="partly"
              className="hatched absolute bottom-0 h-[6px]"
              style={{ left: Math.max(0, x(from)), width: Math.max(2, Math.min(plotPx, x(to)) - Math.max(0, x(from))) }}
            />
          ))}
          <div data-lane={lane.metric} className={`absolute inset-x-0 top-[7px] ${dim ? 'opacity-60' : ''}`}>
            {plotPx > 0 && chartPx > 0 && (
              <LaneChart
                lane={lane}
                points={points}
                from={window.from}
                to={window.to}
                width={plotPx}
                height={chartPx}
                scale={scale}
                limits={limits}
                bucketPx={(bucketMs / (window.to - window.from)) * plotPx}
              />
            )}
            {otherPoints.length > 0 && plotPx > 0 && chartPx > 0 && (
              <OtherLine points={otherPoints} window={window} width={plotPx} height={chartPx} top={scale.top} steps={lane.shape !== 'line'} />
            )}
          </div>
        </div>
      )}
    </div>
  )
}

interface ReadoutProps {
  readonly lane: Lane
  readonly series: DrawnSeries
  readonly gaps: readonly Gap[]
  readonly recent: TailColumns
  readonly exact: number | null | undefined
  readonly bucketMs: number
  readonly perMinute: number
  readonly intervalMs: number
  readonly window: TimeWindow
  readonly cursor: Cursor
  readonly axis: AxisLabels
  /** The moment of the past at which the window is; null: now. */
  readonly moment: number | null
  readonly other: DrawnSeries | null
  readonly otherGaps: readonly Gap[]
  /** So many lines have room under the value: first that of the other period, then from least to most. */
  readonly lines: number
  /** Nobody publishes now: there is no value, which is not the same as not knowing it. */
  readonly absent: boolean
}
/** The value now, at the moment of the window, or where the cursor points: what the newest sample before it said, never one that comes after it. */
function Readout(props: ReadoutProps) {
  const { lane, series, gaps, recent, exact, bucketMs, perMinute, intervalMs, window, cursor, axis, other, otherGaps, lines, absent } = props
  const { t } = useTranslation()
  const pointed = useCursor(cursor)
  const inside = props.moment !== null && props.moment >= window.from && props.moment <= window.to
  const moment = pointed ?? (inside ? props.moment : null)
  const { unit } = metrics[lane.metric]
  const index = moment === null ? null : bucketAt(series, gaps, moment, Math.max(bucketMs, 3 * intervalMs))
  const pick = (column: readonly number[]) => (index === null ? null : (column[index] ?? 0) * perMinute)
  const drawn = pointed === null && exact !== undefined ? exact : pick(series.mean)
  const value = moment !== null ? drawn : window.live ? nowOf(lane, series, recent, gaps, window.to, perMinute) : null
  if (moment === null && !window.live) return <SpanReadout series={series} perMinute={perMinute} unit={unit} axis={axis} />
  const low = pick(series.min)
  const high = pick(series.max)
  const figure =
    isReachable(lane.metric) && value !== null
      ? { number: t(value === 1 ? 'history.yes' : value === 0 ? 'history.no' : 'history.partly'), unit: '' }
      : value !== null && isWhole(lane.metric) && !Number.isInteger(value)
        ? // There are no parts of a stream: what is between two whole numbers is a mean, and says so.
          { number: value.toLocaleString('en-US', { maximumFractionDigits: 1 }), unit: t('history.mean') }
        : writeOnAxis(value, unit, axis)
  const nothing = moment === null && window.live && absent
  const comparing = other !== null && moment !== null
  const otherIndex = other === null || moment === null ? null : bucketAt(other, otherGaps, moment, Math.max(bucketMs, 3 * intervalMs))
  return (
    <div className="min-w-0">
      <div className="leading-[22px]" data-text>
        {nothing ? (
          <span className="text-faint">{unknownMark}</span>
        ) : (
          <Figure
            value={lane.perMinute && value !== null ? { number: writeValue(Math.round(value), 'count').number, unit: t('history.packetsPerMinute') } : figure}
            size="middle"
          />
        )}
        {(nothing || value === null) && figure.unit !== '' && !lane.perMinute && <span className="ml-1.5 text-faint text-sm">{figure.unit}</span>}
      </div>
      {lines > (comparing ? 1 : 0) && low !== null && high !== null && low !== high && !isReachable(lane.metric) && (
        <div className="truncate text-sm text-faint">
          {writeOnAxis(low, unit, axis).number}–{writeOnAxis(high, unit, axis).number} {axis.unit}
        </div>
      )}
      {comparing && lines > 0 && (
        <div className="truncate text-sm text-faint">
          <svg width="14" height="6" className="mr-1 inline" aria-hidden="true">
            <path d="M0 3h14" stroke="var(--faint)" strokeWidth="1.5" strokeDasharray="3 2" />
          </svg>
          {otherIndex === null ? unknownMark : writeOnAxis((other.mean[otherIndex] ?? 0) * perMinute, unit, axis).number} {lane.perMinute ? '' : axis.unit}
        </div>
      )}
    </div>
  )
}

/** Of a stretch in the past that nobody points into: from least to most. */
function SpanReadout({
  series,
  perMinute,
  unit,
  axis,
}: {
  readonly series: DrawnSeries
  readonly perMinute: number
  readonly unit: Parameters<typeof writeValue>[1]
  readonly axis: AxisLabels
}) {
  if (series.at.length === 0) return <Figure value={writeValue(null, unit)} />
  const low = writeOnAxis(Math.min(...series.min) * perMinute, unit, axis)
  const high = writeOnAxis(Math.max(...series.max) * perMinute, unit, axis)
  return (
    <div className="truncate text-sm text-muted" data-text>
      {low.number === high.number ? '' : `${low.number}${low.unit === high.unit ? '' : ` ${low.unit}`}–`}
      {high.number} {high.unit}
    </div>
  )
}

/** Events of the stretch, newest kept where there are too many. */
function useEvents(
  serverId: string | null,
  path: string | null,
  window: TimeWindow,
  kinds: readonly string[] | undefined,
  serverKinds: readonly string[] | undefined,
): readonly DeckEvent[] {
  // The right edge of a live window moves each tick; the question only by the half minute. What happens meanwhile comes with the refetch.
  const from = Math.floor(window.from / 30_000) * 30_000
  const bounds = window.live ? { from } : { from, to: window.to }
  const refetchInterval = window.live ? 3000 : (false as const)
  const own = useQuery({
    ...orpc.history.events.queryOptions({
      input: { ...(serverId === null ? {} : { serverId }), ...(path === null ? {} : { path }), ...(kinds ? { kinds: [...kinds] } : {}), ...bounds, limit: 300 },
    }),
    refetchInterval,
    placeholderData: (before) => before,
  })
  const ofServer = useQuery({
    ...orpc.history.events.queryOptions({ input: { ...(serverId === null ? {} : { serverId }), kinds: [...(serverKinds ?? [])], ...bounds, limit: 100 } }),
    enabled: serverKinds !== undefined && serverKinds.length > 0,
    refetchInterval,
    placeholderData: (before) => before,
  })
  // Of this console itself: they belong to no server, and explain gaps on all of them.
  const ofConsole = useQuery({
    ...orpc.history.events.queryOptions({ input: { kinds: ['consoleGap'], ...bounds, limit: 50 } }),
    refetchInterval,
    placeholderData: (before) => before,
  })
  return useMemo(() => {
    const byId = new Map([...(own.data ?? []), ...(ofServer.data ?? []), ...(ofConsole.data ?? [])].map((event) => [event.id, event]))
    return [...byId.values()].sort((a, b) => a.at - b.at)
  }, [own.data, ofServer.data, ofConsole.data])
}

function CursorTime({
  cursor,
  window,
  width,
  zone,
  days,
}: {
  readonly cursor: Cursor
  readonly window: TimeWindow
  readonly width: number
  readonly zone: TimeZoneChoice
  /** How many days earlier the other period is; 0: nothing is compared. */
  readonly days: number
}) {
  const moment = useCursor(cursor)
  if (moment === null) return null
  const x = ((moment - window.from) / (window.to - window.from)) * width
  return (
    <span
      className="pointer-events-none absolute top-0.5 z-10 -translate-x-1/2 whitespace-nowrap rounded bg-raised px-1.5 text-sm text-text shadow-float"
      style={{ left: days === 0 ? Math.min(width - 66, Math.max(66, x)) : Math.min(width - 140, Math.max(140, x)) }}
    >
      {formatDateTime(moment, zone)}
      {days !== 0 && <span className="text-faint"> ┄ {formatDateTime(shiftDays(zoneClock(zone), moment, -days), zone)}</span>}
    </span>
  )
}

interface PointerProps {
  readonly cursor: Cursor
  readonly window: TimeWindow
  readonly left: number
  readonly width: number
  readonly bottom: number
  /** The moment of the past at which the window is; null: now. */
  readonly moment: number | null
  readonly zone: TimeZoneChoice
  readonly onRange: (range: TimeRange) => void
  readonly onBack: () => void
}
/** So far a pointer may slip in a click. */
const slipPx = 4
/** Lies over all lanes: moves the one cursor, by pointer or arrow keys, zooms, and offers to go to a moment. */
function Pointer({ cursor, window, left, width, bottom, moment: gone, zone, onRange, onBack }: PointerProps) {
  const { t } = useTranslation()
  const moment = useCursor(cursor)
  const [pin, setPin] = useState<number | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another window lets go of the pin
  useEffect(() => setPin(null), [window.from, window.to])
  const drag = useRef<number | null>(null)
  const [selection, setSelection] = useState<readonly [number, number] | null>(null)
  const share = (event: React.PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect()
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width))
  }
  const span = window.to - window.from
  const x = moment === null ? null : ((moment - window.from) / span) * width
  const onKeyDown = (event: React.KeyboardEvent) => {
    const step = span / (event.shiftKey ? 20 : 200)
    if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
      const base = cursor.get() ?? window.to
      cursor.set(Math.min(window.to, Math.max(window.from, base + (event.key === 'ArrowLeft' ? -step : step))))
    } else if (event.key === '+' || event.key === '-') {
      const middle = cursor.get() ?? (window.from + window.to) / 2
      const half = event.key === '+' ? span / 4 : span
      const range = event.key === '+' ? zoomOf(window, (middle - half - window.from) / span, (middle + half - window.from) / span) : null
      if (range) onRange(range)
      else if (event.key === '-') onBack()
    } else if (event.key === 'Enter' && cursor.get() !== null) {
      goToMoment(cursor.get())
    } else if (event.key === 'Escape') {
      if (cursor.get() === null && pin === null) return
      setPin(null)
      cursor.set(null)
    } else return
    event.preventDefault()
    event.stopPropagation()
  }
  const xOf = (at: number) => ((at - window.from) / span) * width
  return (
    <>
      {gone !== null && gone >= window.from && gone <= window.to && (
        <div
          className="pointer-events-none absolute top-0 z-10 w-0.5 -translate-x-1/2 bg-past"
          style={{ left: left + Math.min(width - 1, xOf(gone)), bottom }}
        />
      )}
      {pin !== null && (
        <Button
          className="!absolute top-1 z-30 shadow-float"
          style={{ left: left + Math.min(width - 190, Math.max(0, xOf(pin) + 6)) }}
          onClick={() => {
            setPin(null)
            goToMoment(pin)
          }}
        >
          {t('timeline.goThere', { time: formatDateTime(pin, zone) })}
        </Button>
      )}
      <div
        role="slider"
        tabIndex={0}
        aria-label={t('history.cursor')}
        aria-valuemin={window.from}
        aria-valuemax={window.to}
        aria-valuenow={moment ?? window.to}
        aria-valuetext={moment === null ? t('history.noCursor') : new Date(moment).toISOString()}
        className="absolute top-0 z-10 cursor-crosshair touch-none select-none"
        style={{ left, width, bottom }}
        onKeyDown={onKeyDown}
        onPointerMove={(event) => {
          const at = share(event)
          cursor.set(Math.round(window.from + at * span))
          if (drag.current !== null) setSelection([drag.current, at])
        }}
        onPointerDown={(event) => {
          if (event.button !== 0) return
          event.currentTarget.setPointerCapture(event.pointerId)
          drag.current = share(event)
        }}
        onPointerUp={(event) => {
          const start = drag.current
          drag.current = null
          setSelection(null)
          if (start === null) return
          const end = share(event)
          const range = zoomOf(window, start, end)
          if (range) onRange(range)
          else if (Math.abs(end - start) * width <= slipPx) setPin(Math.round(window.from + end * span))
        }}
        onPointerCancel={() => {
          drag.current = null
          setSelection(null)
        }}
        onPointerLeave={() => drag.current === null && cursor.set(null)}
        onDoubleClick={() => {
          setPin(null)
          onBack()
        }}
      >
        {selection && (
          <div
            className="absolute inset-y-0 bg-accent-soft"
            style={{ left: Math.min(...selection) * width, width: Math.abs(selection[1] - selection[0]) * width }}
          />
        )}
        {x !== null && x >= 0 && x <= width && <div className="pointer-events-none absolute inset-y-0 w-px bg-muted opacity-70" style={{ left: x }} />}
      </div>
    </>
  )
}
