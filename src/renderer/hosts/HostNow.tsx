import type { Unit } from '../../shared/metrics.ts'
import { largestKnown } from '../../shared/statistics.ts'
import { formatDateTime, formatDuration, formatFixed, formatSpan, formatValue, unknownMark } from '../../shared/units.ts'
import { t } from '../app/words.ts'
import { type Column, widthOf } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { type Fact, Facts } from '../ui/Facts.tsx'
import { Mark } from '../ui/Mark.tsx'
import { useNow } from '../ui/now.ts'
import { Panel } from '../ui/Panel.tsx'
import { column, figureColumn } from '../ui/plainColumns.tsx'
import { dotted, fullColor, fullText, Losses, ofSizeText } from './hostCells.tsx'
import { type DiskFigures, disksWorstFirst, type HostFigures, type HostView, type NetworkFigures, networksBusiestFirst } from './hostFigures.ts'
import { CoreStrip, UseBar } from './hostMarks.tsx'

const Unknown = () => <span className="hatched rounded-sm px-1.5 text-faint">{unknownMark}</span>
const known = (value: number | null, unit: Unit) => (value === null ? <Unknown /> : formatValue(value, unit))

export function MachinePanel({ figures, past, stale }: { readonly figures: HostFigures; readonly past: boolean; readonly stale: boolean }) {
  const { perCorePercent, swapUsedBytes, swapTotalBytes, temperaturesC, udpBufferErrors, gpus } = figures
  const busiest = largestKnown(perCorePercent)
  const loads = [figures.load1, figures.load5, figures.load15].map((load) => (load === null ? null : formatFixed(load, 2)))
  const losesUdp = (udpBufferErrors ?? 0) > 0
  const bar = (percent: number | null) => <UseBar percent={percent} width={120} />
  const swap =
    swapTotalBytes === 0 ? (
      <span className="text-faint">{t('hosts.noSwap')}</span>
    ) : swapUsedBytes === null || swapTotalBytes === null ? (
      known(swapUsedBytes, 'bytes')
    ) : (
      bar((swapUsedBytes / swapTotalBytes) * 100)
    )
  const warmest = [...temperaturesC].sort((a, b) => b.celsius - a.celsius).slice(0, 4)
  const rows: readonly Fact[] = [
    [
      t('hosts.use.cpu'),
      bar(figures.cpuPercent),
      dotted(
        figures.stealPercent === null ? null : t('hosts.steal', { percent: formatFixed(figures.stealPercent, 1) }),
        figures.iowaitPercent === null ? null : t('hosts.iowait', { percent: formatFixed(figures.iowaitPercent, 1) }),
      ),
    ],
    [
      t('common.cores'),
      perCorePercent.length === 0 ? null : <CoreStrip cores={perCorePercent} height={22} width={200} />,
      busiest !== null && t('hosts.busiestCore', { percent: Math.round(busiest) }),
    ],
    [t('hosts.load'), dotted(...loads) || <Unknown />, loads.every((load) => load !== null) && t('hosts.loadHint')],
    [t('hosts.use.memory'), bar(figures.memoryPercent), ofSizeText(figures.memoryUsedBytes, figures.memoryTotalBytes)],
    [t('hosts.swapRow'), swap, swapTotalBytes ? ofSizeText(swapUsedBytes, swapTotalBytes) : null],
    [t('hosts.temperatures'), dotted(...warmest.map(({ name, celsius }) => `${name} ${formatValue(celsius, 'celsius')}`.trim())) || <Unknown />],
    [t('hosts.tcpRetransmits'), known(figures.tcpRetransmits, 'perSecond')],
    [
      t('hosts.udpErrors'),
      losesUdp ? <Mark kind="major" size={11} word={formatValue(udpBufferErrors, 'perSecond')} /> : known(udpBufferErrors, 'perSecond'),
      losesUdp && t('hosts.udpHint'),
    ],
    ...gpus.map(
      (gpu): Fact => [
        gpu.name || t('hosts.charts.gpu'),
        bar(gpu.percent),
        dotted(
          gpu.encoderPercent === null ? null : t('hosts.encoder', { percent: Math.round(gpu.encoderPercent) }),
          gpu.memoryTotalBytes === null ? null : ofSizeText(gpu.memoryUsedBytes, gpu.memoryTotalBytes),
          gpu.celsius === null ? null : formatValue(gpu.celsius, 'celsius'),
        ),
      ],
    ),
  ]
  return (
    <Panel title={t(past ? 'hosts.atMoment' : 'common.now')} hint={figures.system ?? undefined} className="flex-none" bodyClassName={stale ? 'stale' : ''}>
      <Facts rows={rows} />
    </Panel>
  )
}

interface PartsPanelProps<Row extends object> {
  readonly title: string
  readonly columns: readonly Column<Row, number>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
  readonly stale: boolean
}
function PartsPanel<Row extends object>({ title, columns, rows, keyOf, stale }: PartsPanelProps<Row>) {
  const now = useNow()
  return (
    <Panel title={title} className="flex-none" bodyClassName={stale ? 'stale' : ''}>
      {rows.length === 0 ? (
        <p className="text-muted">{t('common.noData')}</p>
      ) : (
        <DataTable label={title} columns={columns} rows={rows} keyOf={keyOf} context={now} />
      )}
    </Panel>
  )
}

/** Every disk, the worst first, and every interface, the busiest first. */
export function DisksAndNetworks({ figures: { disks, networks }, stale }: { readonly figures: HostFigures; readonly stale: boolean }) {
  return (
    <>
      <PartsPanel title={t('hosts.charts.disks')} columns={diskColumns()} rows={disksWorstFirst(disks)} keyOf={({ mount }) => mount} stale={stale} />
      <PartsPanel
        title={t('hosts.charts.networks')}
        columns={networkColumns()}
        rows={networksBusiestFirst(networks)}
        keyOf={({ name }) => name}
        stale={stale}
      />
    </>
  )
}

const diskColumns = (): readonly Column<DiskFigures, number>[] => [
  column('mount', t('hosts.mount'), { rank: 0, width: 90, share: 1, value: ({ mount }) => mount }, ({ mount, device, fullAt }, now) => {
    const forecast = fullText(fullAt, now)
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

const networkColumns = (): readonly Column<NetworkFigures, number>[] => [
  column(
    'name',
    t('hosts.interface'),
    { rank: 0, width: Math.max(60, widthOf(t('hosts.interface'))), share: 1, value: ({ name }) => name },
    ({ name, errors, drops }) => (
      <>
        <div className="truncate">{name}</div>
        <Losses errors={errors} drops={drops} />
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

export function MediaPanel({ view, stale }: { readonly view: HostView; readonly stale: boolean }) {
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
        <Facts
          rows={[
            [t('hosts.use.cpu'), known(media.cpuPercent, 'percent'), media.cpuPercent !== null && t('hosts.ofOneCore')],
            [t('hosts.use.memory'), known(media.memoryBytes, 'bytes')],
            [t('hosts.mediaThreads'), known(media.threads, 'count')],
            [
              t('hosts.mediaFiles'),
              known(media.openFiles, 'count'),
              media.openFilesLimit !== null && (
                <>
                  {`/ ${formatValue(media.openFilesLimit, 'count')} `}
                  {media.openFiles !== null && media.openFiles > media.openFilesLimit * 0.75 && (
                    <UseBar percent={(media.openFiles / media.openFilesLimit) * 100} />
                  )}
                </>
              ),
            ],
            [t('hosts.mediaStarted'), media.startedAt === null ? null : formatDateTime(media.startedAt)],
            [t('hosts.mediaRestarts'), media.restarts === null ? null : formatValue(media.restarts, 'count'), t('hosts.restartsHint')],
          ]}
        />
      )}
    </Panel>
  )
}

export function HostFacts({ view }: { readonly view: HostView }) {
  const { host, figures, past } = view
  const skew = figures?.clockSkewMs ?? null
  const rows: readonly Fact[] = [
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
      <Facts rows={rows} />
    </Panel>
  )
}
