import { useMemo } from 'react'
import { formatValue, writeValue } from '../../shared/units.ts'
import { t } from '../app/words.ts'
import { fleet, useAlarms, useEngineGone, useFacts, useFleetTick, useVerdict } from '../fleet/fleet.ts'
import { countOf, withoutText } from '../fleet/fleetFigures.ts'
import { penaltyOrder } from '../fleet/openAlarms.ts'
import { OursInOut } from '../fleet/StateMark.tsx'
import { Figure } from '../ui/Figure.tsx'
import { Mark } from '../ui/Mark.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import { Sparkline } from '../ui/Sparkline.tsx'

const narrowLetters = 18

interface CellProps {
  readonly label: string
  readonly figure: React.ReactNode
  readonly hint?: React.ReactNode
  readonly aside?: string | undefined
  /** Puts `aside` below the figure, if there is no room after the label. */
  readonly asideBelow?: boolean
  readonly sums?: 'in' | 'out' | 'readers'
  readonly color?: string
}
function Cell({ label, figure, hint, aside, asideBelow = false, sums, color = 'in' }: CellProps) {
  // There is room for two lines only, which aside and hint share.
  const below = asideBelow && aside !== undefined ? [aside, ...(typeof hint === 'string' ? [hint] : [])].join(' · ') : undefined
  return (
    <div className="relative min-w-0 border-line border-l px-3.5 py-2.5 first:border-l-0">
      <div className="truncate text-sm text-muted" title={aside}>
        {label}
        {aside !== undefined && <span className={`text-faint ${asideBelow ? 'hidden min-[1440px]:inline' : ''}`}> · {aside}</span>}
      </div>
      {/* The row keeps the sparkline's width free, which stands at the right of both lines. */}
      <div
        className={`flex flex-col min-[1440px]:flex-row min-[1440px]:items-baseline min-[1440px]:gap-1.5 ${sums === undefined ? '' : 'min-[1680px]:pr-[92px]'}`}
      >
        {figure}
        {below !== undefined && (
          <span className="line-clamp-2 min-w-0 text-sm text-faint min-[1440px]:hidden" title={below}>
            {below}
          </span>
        )}
        {hint !== undefined && (
          <span
            className={`line-clamp-2 min-w-0 text-sm text-faint min-[1440px]:leading-[15px] ${below === undefined ? '' : 'max-[1439px]:hidden'}`}
            title={typeof hint === 'string' ? hint : undefined}
          >
            {hint}
          </span>
        )}
      </div>
      {sums !== undefined && <Sparkline values={fleet.sums(sums)} color={color} className="absolute right-3 bottom-[11px] hidden min-[1680px]:block" />}
    </div>
  )
}

/** Fixed height from a common width on, so that changing texts do not move the content below. */
const columns =
  'grid overflow-hidden min-[960px]:h-[102px] min-[1440px]:h-[70px] grid-cols-3 min-[960px]:grid-cols-[minmax(0,.9fr)_minmax(0,2.1fr)_repeat(3,minmax(0,.85fr))_minmax(0,.95fr)] min-[1440px]:grid-cols-[minmax(0,1.05fr)_minmax(0,1.75fr)_repeat(3,minmax(0,1fr))_minmax(0,1fr)]'

/** What expected streams that are not live are, and which of the totals counts them. */
const expectedParts = [
  ['stalled', 'expectedStalled'],
  ['gone', 'expectedGone'],
  ['slate', 'expectedSlate'],
  ['waiting', 'expectedWaiting'],
  ['unknown', 'expectedUnknown'],
  ['maintenance', 'expectedMaintenance'],
] as const

const counting = (state: string, count: number): string => `${state} ${formatValue(count, 'count')}`

/** Its counts add up to the number of known streams. */
export function FiguresLine() {
  useFleetTick()
  const facts = useFacts()
  const gone = useEngineGone()
  const { servers, serversUp, serversRefused, serversDown, serversUnknown, missing, missingOut, neverSeen, totals } = fleet.figures()
  const paused = servers - serversUp - serversRefused - serversDown - serversUnknown
  const count = (value: number | null) => <Figure value={writeValue(value, 'count')} size="large" stale={gone} />
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows change in place; facts says when
  const counted = useMemo(() => countOf(fleet.rows()), [facts])
  const rest = expectedParts.flatMap(([part, total]) =>
    totals[total] ? [counting(part === 'maintenance' ? t('overview.inMaintenance') : t(`streamState.${part}`), totals[total])] : [],
  )
  // Where nothing is expected, all that is live stands in its place.
  const isAnyExpected = (totals.expected ?? 0) > 0
  const moreLive = isAnyExpected ? (totals.live ?? 0) - (totals.expectedLive ?? 0) : 0
  const serverHint = [
    t('overview.ofServers', { count: servers }),
    ...(serversRefused > 0 ? [counting(t('serverState.halted'), serversRefused)] : []),
    ...(serversDown > 0 ? [counting(t('serverState.down'), serversDown)] : []),
    ...(serversUnknown > 0 ? [counting(t('serverState.unknown'), serversUnknown)] : []),
    ...(paused > 0 ? [counting(t('serverState.paused'), paused)] : []),
  ].join(' · ')
  const without = totals.bitrateInBps === null ? undefined : withoutText(missing, t, narrowLetters)
  const withoutOut = totals.bitrateOutBps === null ? undefined : withoutText(missingOut, t, narrowLetters)
  const onDemand = counted.onDemand > 0 ? t('server.onDemand', { count: counted.onDemand }) : undefined
  const ended = counted.ended > 0 ? t('overview.ended', { count: counted.ended }) : undefined
  return (
    <section aria-label={t('overview.figures')} className={`${columns} flex-none rounded-lg border border-line bg-surface`}>
      <Cell label={t('overview.serversUp')} figure={count(serversUp)} hint={serverHint} />
      <Cell
        label={t('overview.streams', { count: totals.expected ?? 0 })}
        figure={count(isAnyExpected ? totals.expectedLive : totals.live || neverSeen.length === 0 ? totals.live : null)}
        aside={withoutText(neverSeen, t)}
        hint={[[t('streamState.live'), ...rest].join(', '), moreLive > 0 ? t('overview.moreLive', { count: moreLive }) : undefined, onDemand, ended]
          .filter((words) => words !== undefined)
          .join(' · ')}
      />
      <Cell
        label={t('common.in')}
        figure={<Figure value={writeValue(totals.bitrateInBps, 'bps')} size="large" stale={gone} />}
        aside={without}
        asideBelow
        sums="in"
      />
      <Cell
        label={t('common.out')}
        figure={
          <span className="inline-flex items-baseline">
            {(totals.bitrateOutBps ?? 0) > 0 && <OursInOut rows={fleet.rows()} />}
            <Figure value={writeValue(totals.bitrateOutBps, 'bps')} size="large" stale={gone} />
          </span>
        }
        aside={withoutOut}
        asideBelow
        sums="out"
        color="out"
      />
      <Cell
        label={t('common.readers')}
        figure={count(totals.readers)}
        aside={without}
        asideBelow
        hint={totals.ownReaders ? t('common.ours', { count: totals.ownReaders }) : undefined}
        sums="readers"
        color="series3"
      />
      <InTrouble />
    </section>
  )
}

function InTrouble() {
  const gone = useEngineGone()
  const alarms = useAlarms()
  const verdict = useVerdict()
  const { away } = useMemo(() => penaltyOrder(alarms?.incidents ?? []), [alarms])
  const { total = 0, worst = null, bySeverity } = alarms?.open ?? {}
  const ofWorst = worst === null ? 0 : (bySeverity?.[worst] ?? 0)
  return (
    <Cell
      label={t('overview.troubles')}
      figure={<Figure value={writeValue(total, 'count')} size="large" stale={gone} />}
      hint={
        verdict === 'well' ? (
          <Mark kind="ok" size={11} word={t('overview.noTrouble')} quiet />
        ) : worst === null ? (
          !gone && (verdict === 'unknown' ? t('common.someStatesUnknown') : away.length > 0 && t('overview.penaltyAway', { count: away.length }))
        ) : (
          `${t('frame.severityCount', { count: ofWorst, severity: t(`severity.${worst}`) })}${total > ofWorst ? ` + ${formatValue(total - ofWorst, 'count')}` : ''}`
        )
      }
    />
  )
}

export function FiguresLineSkeleton() {
  return (
    <section aria-busy="true" aria-label={t('common.loading')} className={`${columns} flex-none rounded-lg border border-line bg-surface`}>
      {['a', 'b', 'c', 'd', 'e', 'f'].map((place) => (
        <div key={place} className="border-line border-l px-3.5 py-2.5 first:border-l-0">
          <Skeleton className="h-3 w-16" />
          <div className="py-[3px]">
            <Skeleton className="h-6 w-24" />
          </div>
        </div>
      ))}
    </section>
  )
}
