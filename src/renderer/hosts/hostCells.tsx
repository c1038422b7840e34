import type { ParseKeys } from 'i18next'
import { ArrowDown, ArrowUp } from 'lucide-react'
import type { ComponentType } from 'react'
import { largestKnown, sumKnown } from '../../shared/statistics.ts'
import { formatDuration, formatFixed, formatValue, unknownMark } from '../../shared/units.ts'
import { t } from '../app/words.ts'
import type { Column } from '../ui/columns.ts'
import { Mark } from '../ui/Mark.tsx'
import { disksWorstFirst, type HostFigures, hottest, networksBusiestFirst, trafficOf, untilText } from './hostFigures.ts'
import { CoreStrip, UseBar } from './hostMarks.tsx'

interface CellProps {
  readonly figures: HostFigures
  readonly past: boolean
  readonly now: number
}
interface FigureColumn extends Pick<Column<never>, 'width' | 'share' | 'rank'> {
  readonly head: ParseKeys
  readonly Cell: ComponentType<CellProps>
  readonly value?: (figures: HostFigures) => number | null
}

/** Percentage of stolen time from which it is shown in a row. */
const noticeable = 1
/** Clock skew, ms, below which pictures and logs are not affected. */
const skewMs = 1000

const Line = ({ children }: { readonly children: React.ReactNode }) => <div className="truncate text-faint text-sm">{children}</div>
const Missing = () => <span className="text-faint">{unknownMark}</span>
const bar = 56

/** The parts that are known, separated by dots. */
export function dotted(...parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null).join(' · ')
}
/** "1.2 GB of 4 GB", as far as it is known; null: nothing is used as far as is known. */
export function ofSizeText(usedBytes: number | null, totalBytes: number | null): string | null {
  if (usedBytes === null || totalBytes === null) return usedBytes === null ? null : formatValue(usedBytes, 'bytes')
  return t('hosts.ofSize', { used: formatValue(usedBytes, 'bytes'), size: formatValue(totalBytes, 'bytes') })
}

/** "full in 19 days" for a disk that is filling up; null otherwise. */
export function fullText(fullAt: number | null, now: number): string | null {
  const until = fullAt === null ? null : untilText(fullAt, now)
  return until === null ? null : t('hosts.fullIn', { time: until })
}
/** Orange if the disk is full within a week, red within a day. */
export function fullColor(fullAt: number | null, now: number): string {
  return fullAt === null || fullAt - now > 7 * 86_400_000 ? 'text-faint' : fullAt - now > 86_400_000 ? 'text-major' : 'text-critical'
}

export function Losses({ errors, drops }: { readonly errors: number | null; readonly drops: number | null }) {
  const rate = (value: number | null) => (value === null || value === 0 ? null : { rate: formatValue(value, 'count') })
  const [failed, dropped] = [rate(errors), rate(drops)]
  const word = dotted(failed && t('hosts.errors', failed), dropped && t('hosts.drops', dropped))
  return word === '' ? null : <Mark kind="major" size={10} word={word} className="!font-medium text-sm" />
}

function DiskCell({ figures, now }: CellProps) {
  const [worst, ...others] = disksWorstFirst(figures.disks)
  if (worst === undefined) return <Missing />
  const forecast = fullText(worst.fullAt, now)
  return (
    <>
      <div className="flex min-w-0 items-baseline gap-1.5">
        <UseBar percent={worst.usedPercent} width={bar} />
        <span className="min-w-0 truncate text-muted" title={worst.mount}>
          {worst.mount}
        </span>
      </div>
      <Line>
        {forecast === null ? (
          worst.freeBytes === null ? null : (
            t('hosts.free', { size: formatValue(worst.freeBytes, 'bytes') })
          )
        ) : (
          <span className={fullColor(worst.fullAt, now)}>{forecast}</span>
        )}
        {others.length > 0 && ` ${t('common.more', { count: others.length })}`}
      </Line>
    </>
  )
}

function NetworkCell({ figures }: CellProps) {
  const [busiest] = networksBusiestFirst(figures.networks)
  if (busiest === undefined) return <Missing />
  const errors = sumKnown(figures.networks.map((network) => network.errors))
  const drops = sumKnown(figures.networks.map((network) => network.drops))
  const lossy = (errors ?? 0) > 0 || (drops ?? 0) > 0
  return (
    <>
      <div className="flex items-center gap-2">
        <span className="inline-flex min-w-[78px] items-center gap-0.5">
          <ArrowDown size={11} className="flex-none text-faint" aria-label={t('common.in')} />
          {formatValue(busiest.receivedBps, 'bps')}
        </span>
        <span className="inline-flex items-center gap-0.5">
          <ArrowUp size={11} className="flex-none text-faint" aria-label={t('common.out')} />
          {formatValue(busiest.sentBps, 'bps')}
        </span>
      </div>
      {lossy ? (
        <div className="truncate">
          <Losses errors={errors} drops={drops} />
        </div>
      ) : (
        <Line>
          {busiest.name}
          {busiest.usedPercent !== null &&
            busiest.linkBps !== null &&
            ` · ${t('hosts.ofSize', { used: formatValue(busiest.usedPercent, 'percent'), size: formatValue(busiest.linkBps, 'bps') })}`}
        </Line>
      )}
    </>
  )
}

function CpuCell({ figures }: CellProps) {
  const { stealPercent, iowaitPercent } = figures
  return (
    <>
      <UseBar percent={figures.cpuPercent} width={bar} />
      <div className="flex h-4 items-center gap-1.5 text-sm">
        <CoreStrip cores={figures.perCorePercent} height={12} width={92} />
        {stealPercent !== null && stealPercent >= noticeable && (
          <span className={stealPercent >= 10 ? 'text-major' : 'text-faint'}>{t('hosts.steal', { percent: Math.round(stealPercent) })}</span>
        )}
        {iowaitPercent !== null && iowaitPercent >= noticeable && (
          <span className={`truncate ${iowaitPercent >= 20 ? 'text-major' : 'text-faint'}`}>{t('hosts.iowait', { percent: Math.round(iowaitPercent) })}</span>
        )}
      </div>
    </>
  )
}

function LoadCell({ figures }: CellProps) {
  return figures.load1 === null ? (
    <Missing />
  ) : (
    <>
      {formatFixed(figures.load1, 2)}
      <Line>{figures.cores === null ? '' : `/ ${figures.cores}`}</Line>
    </>
  )
}

function MemoryCell({ figures }: CellProps) {
  return (
    <>
      <UseBar percent={figures.memoryPercent} width={bar} />
      <Line>
        {ofSizeText(figures.memoryUsedBytes, figures.memoryTotalBytes)}
        {figures.swapUsedBytes !== null && figures.swapUsedBytes > 0 && ` · ${t('hosts.swapRow')} ${formatValue(figures.swapUsedBytes, 'bytes')}`}
      </Line>
    </>
  )
}

function WarmthCell({ figures }: CellProps) {
  const warmest = hottest(figures)
  const gpu = figures.gpus[0]
  return (
    <>
      {warmest === null ? <Missing /> : formatValue(warmest.celsius, 'celsius')}
      <Line>{gpu === undefined ? '' : `GPU ${formatValue(gpu.percent, 'percent')}`}</Line>
    </>
  )
}

function MediaCell({ figures, past }: CellProps) {
  const media = figures.mediaServer
  const running = figures.mediaProcesses
  // Those of several servers, or which it is is not known.
  if (media === null && running.length > 0)
    return (
      <>
        <div className="truncate">
          {formatValue(sumKnown(running.map(({ cpuPercent }) => cpuPercent)), 'percent')} <span className="text-faint">·</span>{' '}
          {formatValue(sumKnown(running.map(({ memoryBytes }) => memoryBytes)), 'bytes')}
        </div>
        <Line>{`mediamtx × ${running.length}`}</Line>
      </>
    )
  // History only stores figures, and a missing one may also mean that it was not reported.
  if (media === null) return past ? <Missing /> : <span className="text-faint">{t('hosts.mediaNone')}</span>
  return (
    <div className="truncate">
      {formatValue(media.cpuPercent, 'percent')} <span className="text-faint">·</span> {formatValue(media.memoryBytes, 'bytes')}
      {media.restarts !== null && media.restarts > 0 && (
        <Mark kind="warning" size={10} word={t('hosts.restarts', { count: media.restarts })} className="ml-1.5 !font-medium text-sm" />
      )}
    </div>
  )
}

function UptimeCell({ figures }: CellProps) {
  return (
    <>
      {figures.uptimeSeconds === null ? <Missing /> : formatDuration(figures.uptimeSeconds * 1000)}
      <Line>
        {figures.clockSkewMs !== null && Math.abs(figures.clockSkewMs) >= skewMs && (
          <span className="text-major">{t('hosts.skew', { time: formatDuration(Math.abs(figures.clockSkewMs)) })}</span>
        )}
      </Line>
    </>
  )
}

const fullestPercent = ({ disks }: HostFigures) => largestKnown(disks.map(({ usedPercent }) => usedPercent))

export const figureColumns: Readonly<Record<string, FigureColumn>> = {
  cpu: {
    head: 'hosts.use.cpu',
    width: 162,
    share: 1,
    rank: 0,
    Cell: CpuCell,
    value: ({ cpuPercent }) => cpuPercent,
  },
  load: { head: 'hosts.load', width: 56, share: 0.2, rank: 6, Cell: LoadCell },
  memory: {
    head: 'hosts.use.memory',
    width: 150,
    share: 1,
    rank: 0,
    Cell: MemoryCell,
    value: ({ memoryPercent }) => memoryPercent,
  },
  disk: {
    head: 'hosts.use.disk',
    width: 164,
    share: 1,
    rank: 1,
    Cell: DiskCell,
    value: fullestPercent,
  },
  network: {
    head: 'hosts.use.network',
    width: 186,
    share: 1,
    rank: 2,
    Cell: NetworkCell,
    value: ({ networks }) => networksBusiestFirst(networks).map(trafficOf)[0] ?? null,
  },
  media: {
    head: 'hosts.charts.media',
    width: 172,
    share: 1,
    rank: 3,
    Cell: MediaCell,
  },
  warmth: {
    head: 'hosts.column.warmth',
    width: 84,
    share: 0.3,
    rank: 5,
    Cell: WarmthCell,
  },
  uptime: {
    head: 'hosts.column.uptime',
    width: 128,
    share: 0.3,
    rank: 4,
    Cell: UptimeCell,
    value: ({ uptimeSeconds }) => uptimeSeconds,
  },
}
