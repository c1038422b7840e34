import type { TFunction } from 'i18next'
import { ArrowDown, ArrowUp } from 'lucide-react'
import { sumKnown } from '../../shared/statistics.ts'
import { formatDuration, formatFixed, formatValue, unknownMark } from '../../shared/units.ts'
import { Mark } from '../ui/Mark.tsx'
import { type DiskFigures, disksWorstFirst, type HostFigures, type HostSortKey, hottest, networksBusiestFirst, untilText } from './hostFigures.ts'
import { CoreStrip, UseBar } from './hostMarks.tsx'

export type HostColumnId = Exclude<HostSortKey, 'trouble'> | 'load' | 'warmth' | 'media' | 'server'

/** Percentage of stolen time from which it is shown in a row. */
const noticeable = 1
/** Clock skew, ms, below which pictures and logs are not affected. */
const skewMs = 1000

const Line = ({ children }: { readonly children: React.ReactNode }) => <div className="truncate text-faint text-sm">{children}</div>
const Missing = () => <span className="text-faint">{unknownMark}</span>
const bar = 56

type Words = TFunction
/** "full in 19 days" for a disk that is filling up; null otherwise. */
export function fullText(t: Words, fullAt: number | null, now: number): string | null {
  const until = fullAt === null ? null : untilText(fullAt, now)
  return until === null ? null : t('hosts.fullIn', { time: until })
}
/** Orange if the disk is full within a week, red within a day. */
export function fullColor(fullAt: number | null, now: number): string {
  return fullAt === null || fullAt - now > 7 * 86_400_000 ? 'text-faint' : fullAt - now > 86_400_000 ? 'text-major' : 'text-critical'
}

/** Errors and drops of a network link in words and shape: they explain lost RTP. */
export function Losses({ t, errors, drops }: { readonly t: Words; readonly errors: number | null; readonly drops: number | null }) {
  const words = [
    ...(errors !== null && errors > 0 ? [t('hosts.errors', { rate: formatValue(errors, 'count') })] : []),
    ...(drops !== null && drops > 0 ? [t('hosts.drops', { rate: formatValue(drops, 'count') })] : []),
  ]
  return words.length === 0 ? null : <Mark kind="major" size={10} word={words.join(' · ')} className="!font-medium text-sm" />
}

function DiskCell({ t, disks, now }: { readonly t: Words; readonly disks: readonly DiskFigures[]; readonly now: number }) {
  const [worst, ...others] = disksWorstFirst(disks)
  if (worst === undefined) return <Missing />
  const forecast = fullText(t, worst.fullAt, now)
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

function NetworkCell({ t, figures }: { readonly t: Words; readonly figures: HostFigures }) {
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
          <Losses t={t} errors={errors} drops={drops} />
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

/** Cell content for a host with known figures. */
export function hostCell(id: HostColumnId, figures: HostFigures, past: boolean, now: number, t: Words): React.ReactNode {
  switch (id) {
    case 'cpu': {
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
              <span className={`truncate ${iowaitPercent >= 20 ? 'text-major' : 'text-faint'}`}>
                {t('hosts.iowait', { percent: Math.round(iowaitPercent) })}
              </span>
            )}
          </div>
        </>
      )
    }
    case 'load':
      return figures.load1 === null ? (
        <Missing />
      ) : (
        <>
          {formatFixed(figures.load1, 2)}
          <Line>{figures.cores === null ? '' : `/ ${figures.cores}`}</Line>
        </>
      )
    case 'memory':
      return (
        <>
          <UseBar percent={figures.memoryPercent} width={bar} />
          <Line>
            {figures.memoryUsedBytes === null
              ? ''
              : figures.memoryTotalBytes === null
                ? formatValue(figures.memoryUsedBytes, 'bytes')
                : t('hosts.ofSize', { used: formatValue(figures.memoryUsedBytes, 'bytes'), size: formatValue(figures.memoryTotalBytes, 'bytes') })}
            {figures.swapUsedBytes !== null && figures.swapUsedBytes > 0 && ` · ${t('hosts.swapRow')} ${formatValue(figures.swapUsedBytes, 'bytes')}`}
          </Line>
        </>
      )
    case 'disk':
      return <DiskCell t={t} disks={figures.disks} now={now} />
    case 'network':
      return <NetworkCell t={t} figures={figures} />
    case 'warmth': {
      const warmest = hottest(figures)
      const gpu = figures.gpus[0]
      return (
        <>
          {warmest === null ? <Missing /> : formatValue(warmest.celsius, 'celsius')}
          <Line>{gpu === undefined ? '' : `GPU ${formatValue(gpu.percent, 'percent')}`}</Line>
        </>
      )
    }
    case 'media': {
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
    case 'uptime':
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
    case 'name':
    case 'server':
      return null
    default:
      return id satisfies never
  }
}
