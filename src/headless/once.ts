import type { Clock } from '../clock/clock.ts'
import type { HeadlessConfig } from '../configuration/config.ts'
import { pollOnce } from '../engine/pollOnce.ts'
import { sayIn } from '../i18n/say.ts'
import { createMediaClient } from '../media/mediaClient.ts'
import type { OnceHost } from '../shared/hosts.ts'
import type { OnceProbe } from '../shared/probeGrades.ts'
import type { OnceReport, StreamReport } from '../shared/streams.ts'
import { formatDuration, formatValue, unknownMark } from '../shared/units.ts'
import { markedText, visibleJson } from '../shared/visibleText.ts'
import { bugsOnlyLog, exitCodes, fail } from './command.ts'
import { startWantedDemo } from './demoServers.ts'

interface OnceOptions {
  readonly clock: Clock
  readonly version: string
  readonly json: boolean
  readonly single: boolean
  readonly signal: AbortSignal
}

/** Polls all servers and hosts of the configuration, reads its probes, prints what was found and returns the exit code. */
export async function runOnce(config: HeadlessConfig, { clock, version, json, single, signal }: OnceOptions): Promise<number> {
  await using stack = new AsyncDisposableStack()
  const demo = await startWantedDemo(clock, config.demo)
  if (!demo.ok) return fail(demo.error)
  stack.use(demo.value)
  const servers = [...config.servers, ...demo.value.servers].filter((server) => !server.paused)
  const { hosts } = config
  const probes = [...config.probes, ...demo.value.probes]
  if (servers.length + hosts.length + probes.length === 0)
    return fail('No servers are named: give them in the configuration (--config FILE) or in MTXDECK_SERVERS.', exitCodes.usage)
  // Its process starts with the first probe.
  const media = stack.use(createMediaClient({ clock, log: bugsOnlyLog, backend: config.mediaBackend, sandbox: config.mediaSandbox }))
  const report = await pollOnce({
    clock,
    log: bugsOnlyLog,
    version,
    servers,
    hosts,
    probes,
    media,
    ...(config.ffmpeg !== null && { ffmpeg: config.ffmpeg }),
    rules: config.rules,
    naming: config.naming ?? [],
    single,
    language: 'en',
    signal,
  }).catch((error: unknown) => {
    if (!signal.aborted) throw error
    return null
  })
  if (report === null) return exitCodes.stopped
  console.log(json ? visibleJson(JSON.stringify(report, null, 2)) : onceTable(report))
  return onceExitCode(report)
}

/** 2: a server did not answer; 1: something critical or major is wrong with a stream, as the rules say, such as a stall, a slate or a probe that can't be read; 0: all is well. */
export function onceExitCode(report: OnceReport): number {
  if (report.servers.some((server) => !server.reachable)) return exitCodes.serverTrouble
  const inTrouble = ({ severity }: Pick<StreamReport, 'severity'>) => severity === 'critical' || severity === 'major'
  return report.servers.some((server) => server.streams.some(inTrouble)) || report.probes.some(inTrouble) ? exitCodes.streamTrouble : exitCodes.ok
}

interface Column<Row> {
  readonly title: string
  readonly right?: boolean
  readonly text: (row: Row) => string
}

const sizeText = ({ width, height }: { readonly width: number | null; readonly height: number | null }) =>
  width && height ? `${width}×${height}` : unknownMark

const columns = (now: number): readonly Column<StreamReport>[] => [
  { title: 'STREAM', text: (stream) => stream.name },
  { title: 'STATE', text: (stream) => stream.state },
  { title: 'SOURCE', text: (stream) => stream.sourceType ?? unknownMark },
  { title: 'TRACKS', text: (stream) => stream.tracks.join(', ') || unknownMark },
  { title: 'SIZE', right: true, text: sizeText },
  { title: 'IN', right: true, text: (stream) => formatValue(stream.bitrateInBps, 'bps') },
  { title: 'OUT', right: true, text: (stream) => formatValue(stream.bitrateOutBps, 'bps') },
  { title: 'READERS', right: true, text: (stream) => formatValue(stream.readers, 'count') },
  { title: 'RTT', right: true, text: (stream) => formatValue(stream.rtt, 'ms') },
  { title: 'LOST', right: true, text: (stream) => formatValue(stream.packetsLost, 'count') },
  { title: 'UP', right: true, text: (stream) => (stream.upSince === null ? unknownMark : formatDuration(now - Date.parse(stream.upSince))) },
]

const probeColumns: readonly Column<OnceProbe>[] = [
  { title: 'PROBE', text: ({ name }) => name },
  { title: 'STATE', text: ({ up }) => (up === null ? 'unknown' : up ? 'up' : 'down') },
  { title: 'GRADE', text: ({ grade }) => grade ?? unknownMark },
  { title: 'CODEC', text: ({ codec }) => codec ?? unknownMark },
  { title: 'SIZE', right: true, text: sizeText },
  { title: 'FPS', right: true, text: ({ fps }) => formatValue(fps, 'count') },
  { title: 'IN', right: true, text: ({ bitrateBps }) => formatValue(bitrateBps, 'bps') },
  { title: 'ANSWER', right: true, text: ({ answerMs }) => formatValue(answerMs, 'ms') },
  { title: 'WHY', text: ({ error }) => error ?? '' },
]

/** A table with its head, a line each. Cells come from servers and streams. */
function tableOf<Row>(shown: readonly Column<Row>[], of: readonly Row[]): string {
  const rows = of.map((row) => shown.map((column) => printable(clipped(column.text(row)))))
  const widths = shown.map((column, index) => rows.reduce((width, row) => Math.max(width, row[index]?.length ?? 0), column.title.length))
  return [shown.map((column) => column.title), ...rows]
    .map(
      (row) =>
        `  ${row
          .map((cell, index) => (shown[index]?.right ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0)))
          .join('  ')
          .trimEnd()}`,
    )
    .join('\n')
}

/** The report as a table, one block per server. Names come from servers, so control characters are replaced. */
export function onceTable(report: OnceReport): string {
  const now = Date.parse(report.at)
  const shown = columns(now)
  const lines: string[] = []
  for (const server of report.servers) {
    if (lines.length > 0) lines.push('')
    const about = server.reachable
      ? `${server.version ? `MediaMTX ${server.version.replace(/^v/, '')}, ` : ''}${sayIn('en')('counts.stream', { count: server.streams.length })}`
      : 'CAN NOT BE READ'
    lines.push(printable(`${server.name}  ${server.url}  ${about}`))
    if (server.error !== null) lines.push(printable(`  ${server.error}`))
    if (server.streams.length > 0) lines.push(tableOf(shown, server.streams))
  }
  for (const host of report.hosts) {
    if (lines.length > 0) lines.push('')
    lines.push(printable(`${clipped(host.name)}  host  ${host.reachable ? hostText(host) : 'CAN NOT BE READ'}`))
    if (host.error !== null) lines.push(printable(`  ${host.error}`))
    for (const disk of host.disks ?? [])
      lines.push(printable(clipped(`  ${disk.mount}  ${formatValue(disk.usedPercent, 'percent')} used, ${formatValue(disk.freeBytes, 'bytes')} free`)))
    for (const network of host.networks ?? [])
      lines.push(printable(clipped(`  ${network.name}  ${formatValue(network.receivedBps, 'bps')} in, ${formatValue(network.sentBps, 'bps')} out`)))
  }
  if (report.probes.length > 0) {
    if (lines.length > 0) lines.push('')
    lines.push(tableOf(probeColumns, report.probes))
  }
  return lines.join('\n')
}

function hostText(host: OnceHost): string {
  const parts = [
    `CPU ${formatValue(host.cpuPercent, 'percent')}`,
    `load ${formatValue(host.load1, 'count')}`,
    `memory ${formatValue(host.memoryPercent, 'percent')} of ${formatValue(host.memoryTotalBytes, 'bytes')}`,
    `up ${host.uptimeSeconds === null ? unknownMark : formatDuration(host.uptimeSeconds * 1000)}`,
  ]
  if (host.mediaServer)
    parts.push(`mediamtx ${formatValue(host.mediaServer.cpuPercent, 'percent')} of a core, ${formatValue(host.mediaServer.memoryBytes, 'bytes')}`)
  return parts.join(', ')
}

/** Text on one line, without characters that control a terminal, change the direction of text or have no width. */
const printable = (text: string) => markedText(text).replaceAll(/[\t\n\r]/g, '�')

const widestCell = 100
/** Cuts a cell at the width that is still readable. */
const clipped = (text: string) => (text.length <= widestCell ? text : `${text.slice(0, widestCell - 1)}…`)
