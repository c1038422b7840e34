import type { TFunction } from 'i18next'
import type { Unit } from '../../shared/metrics.ts'
import { formatDateTime, formatDuration, formatFixed, formatSpan, formatValue, type TimeZoneChoice, unknownMark } from '../../shared/units.ts'
import { t } from '../app/words.ts'
import { type Column, widthOf } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { Mark } from '../ui/Mark.tsx'
import { useNow } from '../ui/now.ts'
import { Panel } from '../ui/Panel.tsx'
import { column, figureColumn } from '../ui/plainColumns.tsx'
import { fullColor, fullText, Losses } from './hostCells.tsx'
import { type DiskFigures, disksWorstFirst, type HostFigures, type HostView, highest, type NetworkFigures, networksBusiestFirst } from './hostFigures.ts'
import { CoreStrip, UseBar } from './hostMarks.tsx'

const Term = ({ name, children, hint }: { readonly name: React.ReactNode; readonly children: React.ReactNode; readonly hint?: React.ReactNode }) => (
  <>
    <dt className="text-faint">{name}</dt>
    <dd className="flex min-w-0 flex-wrap items-baseline gap-x-2 break-words">
      {children}
      {hint && <span className="text-faint">{hint}</span>}
    </dd>
  </>
)
const listClass = 'grid grid-cols-[minmax(84px,auto)_minmax(0,1fr)] gap-x-3.5 gap-y-[5px] items-baseline'
const Unknown = () => <span className="hatched rounded-sm px-1.5 text-faint">{unknownMark}</span>
const known = (value: number | null, unit: Parameters<typeof formatValue>[1]) => (value === null ? <Unknown /> : formatValue(value, unit))

/** The machine's load: bars for its limited resources, then other figures. */
export function MachinePanel({ view, stale }: { readonly view: HostView; readonly stale: boolean }) {
  const { figures } = view
  if (figures === null) return null
  const { temperaturesC: warmth } = figures
  const busiest = highest(figures.perCorePercent)
  const loads = [figures.load1, figures.load5, figures.load15]
  return (
    <Panel title={t(view.past ? 'hosts.atMoment' : 'common.now')} hint={figures.system ?? undefined} className="flex-none" bodyClassName={stale ? 'stale' : ''}>
      <dl className={listClass}>
        <Term name={t('hosts.use.cpu')}>
          <UseBar percent={figures.cpuPercent} width={120} />
          <span className="text-faint">
            {[
              figures.stealPercent === null ? [] : t('hosts.steal', { percent: formatFixed(figures.stealPercent, 1) }),
              figures.iowaitPercent === null ? [] : t('hosts.iowait', { percent: formatFixed(figures.iowaitPercent, 1) }),
            ]
              .flat()
              .join(' · ')}
          </span>
        </Term>
        {figures.perCorePercent.length > 0 && (
          <Term name={t('common.cores')}>
            <span className="flex items-end gap-2">
              <CoreStrip cores={figures.perCorePercent} height={22} width={200} />
              <span className="text-faint">{busiest !== null && t('hosts.busiestCore', { percent: Math.round(busiest) })}</span>
            </span>
          </Term>
        )}
        <Term name={t('hosts.load')} hint={loads.every((load) => load !== null) ? t('hosts.loadHint') : undefined}>
          {loads.every((load) => load === null) ? (
            <Unknown />
          ) : (
            loads
              .filter((load) => load !== null)
              .map((load) => formatFixed(load, 2))
              .join(' · ')
          )}
        </Term>
        <Term name={t('hosts.use.memory')}>
          <UseBar percent={figures.memoryPercent} width={120} />
          <span className="text-faint">
            {figures.memoryUsedBytes !== null &&
              (figures.memoryTotalBytes === null
                ? formatValue(figures.memoryUsedBytes, 'bytes')
                : t('hosts.ofSize', { used: formatValue(figures.memoryUsedBytes, 'bytes'), size: formatValue(figures.memoryTotalBytes, 'bytes') }))}
          </span>
        </Term>
        <Term name={t('hosts.swapRow')}>
          {figures.swapTotalBytes === 0 ? (
            <span className="text-faint">{t('hosts.noSwap')}</span>
          ) : figures.swapUsedBytes === null ? (
            <Unknown />
          ) : figures.swapTotalBytes === null ? (
            formatValue(figures.swapUsedBytes, 'bytes')
          ) : (
            <>
              <UseBar percent={(figures.swapUsedBytes / figures.swapTotalBytes) * 100} width={120} />
              <span className="text-faint">
                {t('hosts.ofSize', { used: formatValue(figures.swapUsedBytes, 'bytes'), size: formatValue(figures.swapTotalBytes, 'bytes') })}
              </span>
            </>
          )}
        </Term>
        <Term name={t('hosts.temperatures')}>
          {warmth.length === 0 ? (
            <Unknown />
          ) : (
            [...warmth]
              .sort((a, b) => b.celsius - a.celsius)
              .slice(0, 4)
              .map(({ name, celsius }) => `${name} ${formatValue(celsius, 'celsius')}`.trim())
              .join(' · ')
          )}
        </Term>
        <Term name={t('hosts.tcpRetransmits')}>{known(figures.tcpRetransmits, 'perSecond')}</Term>
        <Term name={t('hosts.udpErrors')} hint={(figures.udpBufferErrors ?? 0) > 0 ? t('hosts.udpHint') : undefined}>
          {(figures.udpBufferErrors ?? 0) > 0 ? (
            <Mark kind="major" size={11} word={formatValue(figures.udpBufferErrors, 'perSecond')} />
          ) : (
            known(figures.udpBufferErrors, 'perSecond')
          )}
        </Term>
      </dl>
      <Gpus figures={figures} />
    </Panel>
  )
}

function Gpus({ figures }: { readonly figures: HostFigures }) {
  if (figures.gpus.length === 0) return null
  return (
    <div className="mt-2.5 border-line border-t pt-2">
      {figures.gpus.map((gpu, place) => (
        <div key={place} className="flex flex-wrap items-baseline gap-x-2">
          <span className="text-faint">{gpu.name || t('hosts.charts.gpu')}</span>
          <UseBar percent={gpu.percent} width={80} />
          <span className="text-faint">
            {[
              gpu.encoderPercent === null ? [] : t('hosts.encoder', { percent: Math.round(gpu.encoderPercent) }),
              gpu.memoryUsedBytes === null || gpu.memoryTotalBytes === null
                ? []
                : t('hosts.ofSize', { used: formatValue(gpu.memoryUsedBytes, 'bytes'), size: formatValue(gpu.memoryTotalBytes, 'bytes') }),
              gpu.celsius === null ? [] : formatValue(gpu.celsius, 'celsius'),
            ]
              .flat()
              .join(' · ')}
          </span>
        </div>
      ))}
    </div>
  )
}

/** Every disk, the worst first. */
export function DisksPanel({ view, stale }: { readonly view: HostView; readonly stale: boolean }) {
  const now = useNow()
  if (view.figures === null) return null
  const disks = disksWorstFirst(view.figures.disks)
  return (
    <Panel title={t('hosts.charts.disks')} className="flex-none" bodyClassName={stale ? 'stale' : ''}>
      {disks.length === 0 ? (
        <p className="text-muted">{t('common.noData')}</p>
      ) : (
        <DataTable label={t('hosts.charts.disks')} columns={diskColumns(t)} rows={disks} keyOf={({ mount }) => mount} context={now} />
      )}
    </Panel>
  )
}

const diskColumns = (t: TFunction): readonly Column<DiskFigures, number>[] => [
  column('mount', t('hosts.mount'), { rank: 0, width: 90, share: 1, value: ({ mount }) => mount }, ({ mount, device, fullAt }, now) => {
    const forecast = fullText(t, fullAt, now)
    return (
      <div title={device ?? undefined}>
        <div className="truncate">{mount}</div>
        {forecast !== null && <div className={`truncate text-sm ${fullColor(fullAt, now)}`}>{forecast}</div>}
      </div>
    )
  }),
  figureColumn('used', t('hosts.used'), ({ usedPercent }) => usedPercent, {
    rank: 0,
    width: 112,
    write: (percent) => <UseBar percent={percent} />,
    ...{ numeric: false, largestFirst: true },
  }),
  sized('free', t('hosts.freeColumn'), '10.0 GB', 0, ({ freeBytes }) => freeBytes, 'bytes'),
  sized('read', t('hosts.readColumn'), '10.0 Mbit/s', 2, ({ readBps }) => readBps, 'bps'),
  sized('written', t('hosts.writtenColumn'), '10.0 Mbit/s', 1, ({ writtenBps }) => writtenBps, 'bps'),
]
/** A numeric column, sized to its heading and its widest figure. */
const sized = <Row,>(id: string, head: string, widest: string, rank: number, value: (row: Row) => number | null, unit: Unit): Column<Row, number> =>
  figureColumn(id, head, value, { rank, width: widthOf(head, widest), unit })

/** Every interface, the busiest first. */
export function NetworksPanel({ view, stale }: { readonly view: HostView; readonly stale: boolean }) {
  if (view.figures === null) return null
  const networks = networksBusiestFirst(view.figures.networks)
  return (
    <Panel title={t('hosts.charts.networks')} className="flex-none" bodyClassName={stale ? 'stale' : ''}>
      {networks.length === 0 ? (
        <p className="text-muted">{t('common.noData')}</p>
      ) : (
        <DataTable label={t('hosts.charts.networks')} columns={networkColumns(t)} rows={networks} keyOf={({ name }) => name} context={0} />
      )}
    </Panel>
  )
}

const networkColumns = (t: TFunction): readonly Column<NetworkFigures, number>[] => [
  column(
    'name',
    t('hosts.interface'),
    { rank: 0, width: Math.max(60, widthOf(t('hosts.interface'))), share: 1, value: ({ name }) => name },
    ({ name, errors, drops }) => (
      <>
        <div className="truncate">{name}</div>
        <Losses t={t} errors={errors} drops={drops} />
      </>
    ),
  ),
  sized('received', t('common.in'), '10.0 Mb/s', 0, ({ receivedBps }) => receivedBps, 'bps'),
  sized('sent', t('common.out'), '10.0 Mb/s', 0, ({ sentBps }) => sentBps, 'bps'),
  column('link', t('hosts.linkColumn'), { rank: 1, width: 84, value: ({ usedPercent }) => usedPercent, largestFirst: true }, ({ usedPercent, linkBps }) => (
    <>
      <UseBar percent={usedPercent} width={28} />
      <div className="text-faint text-sm">{linkBps === null ? '' : formatValue(linkBps, 'bps')}</div>
    </>
  )),
]

/** Resources used by mediamtx. */
export function MediaPanel({ view, stale, zone }: { readonly view: HostView; readonly stale: boolean; readonly zone: TimeZoneChoice }) {
  if (view.figures === null) return null
  const media = view.figures.mediaServer
  // History only stores figures, and a missing one may also mean that it was not reported. Of several servers none is its own.
  if (media === null && (view.past || view.host.serverIds.length > 1)) return null
  return (
    <Panel
      title={t('hosts.charts.media')}
      hint={media === null || media.pid === null ? undefined : `PID ${media.pid}`}
      className="flex-none"
      bodyClassName={stale ? 'stale' : ''}
    >
      {media === null ? (
        <p className="text-muted">{t(view.figures.mediaProcesses.length === 0 ? 'hosts.mediaNoneText' : 'hosts.mediaUnclear')}</p>
      ) : (
        <dl className={listClass}>
          <Term name={t('hosts.use.cpu')} hint={media.cpuPercent === null ? undefined : t('hosts.ofOneCore')}>
            {known(media.cpuPercent, 'percent')}
          </Term>
          <Term name={t('hosts.use.memory')}>{known(media.memoryBytes, 'bytes')}</Term>
          <Term name={t('hosts.mediaThreads')}>{known(media.threads, 'count')}</Term>
          <Term name={t('hosts.mediaFiles')} hint={media.openFilesLimit === null ? undefined : `/ ${formatValue(media.openFilesLimit, 'count')}`}>
            {known(media.openFiles, 'count')}
            {media.openFiles !== null && media.openFilesLimit !== null && media.openFiles > media.openFilesLimit * 0.75 && (
              <span className="ml-2">
                <UseBar percent={(media.openFiles / media.openFilesLimit) * 100} />
              </span>
            )}
          </Term>
          {media.startedAt !== null && <Term name={t('hosts.mediaStarted')}>{formatDateTime(media.startedAt, zone)}</Term>}
          {media.restarts !== null && (
            <Term name={t('hosts.mediaRestarts')} hint={t('hosts.restartsHint')}>
              {formatValue(media.restarts, 'count')}
            </Term>
          )}
        </dl>
      )}
    </Panel>
  )
}

/** Facts about the machine and how it is read. */
export function HostFacts({ view }: { readonly view: HostView }) {
  const { host, figures, past } = view
  const skew = figures?.clockSkewMs ?? null
  const rows: readonly (readonly [string, React.ReactNode, React.ReactNode?])[] = [
    [t('common.address'), [...host.jump, host.ssh ?? t('common.thisMachine')].join(' → '), host.origin === 'yaml' ? t('settings.yaml') : null],
    [t('hosts.hostname'), figures?.hostname ?? null],
    [t('hosts.system'), figures?.system ?? null, figures?.kernel ?? null],
    [t('hosts.column.uptime'), figures === null || figures.uptimeSeconds === null ? null : formatDuration(figures.uptimeSeconds * 1000)],
    [
      t('common.clock'),
      skew === null
        ? null
        : Math.abs(skew) < 1000
          ? t('common.inStep')
          : t(skew > 0 ? 'common.timeAheadOfThisConsole' : 'common.timeBehindThisConsole', { time: formatDuration(Math.abs(skew)) }),
    ],
    [
      t('common.answerTime'),
      past || host.answerMs === null || host.state !== 'up' ? null : formatValue(host.answerMs, 'ms'),
      t('common.everyTime', { time: formatSpan(host.intervalSeconds * 1000) }),
    ],
  ]
  return (
    <Panel title={t('hosts.charts.machine')} className="flex-none">
      <dl className={listClass}>
        {rows
          .filter(([, value]) => value !== null)
          .map(([name, value, hint]) => (
            <Term key={name} name={name} hint={hint}>
              {value}
            </Term>
          ))}
      </dl>
    </Panel>
  )
}
