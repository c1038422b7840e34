import type { Clock } from '../clock/clock.ts'
import type { HeadlessConfig } from '../configuration/config.ts'
import { pollOnce } from '../engine/pollOnce.ts'
import type { OnceHost } from '../shared/hosts.ts'
import type { OnceReport, StreamReport } from '../shared/streams.ts'
import { formatDuration, formatValue, unknownMark } from '../shared/units.ts'
import { markedText, visibleJson } from '../shared/visibleText.ts'
import { commandWords, failureText } from '../shared/words/commandText.ts'
import { bugsOnlyLog } from './bugsOnlyLog.ts'
import { startWantedDemo } from './demoServers.ts'
import { exitCodes } from './exitCodes.ts'
import { tell } from './terminal.ts'

export interface OnceOptions {
  readonly clock: Clock
  readonly version: string
  readonly json: boolean
  readonly single: boolean
  readonly signal: AbortSignal
}

/** Polls all servers and hosts of the configuration, prints what was found and returns the exit code. */
export async function runOnce(config: HeadlessConfig, { clock, version, json, single, signal }: OnceOptions): Promise<number> {
  await using stack = new AsyncDisposableStack()
  const demo = await startWantedDemo(clock, config.demo)
  if (!demo.ok) {
    tell(failureText(demo.error))
    return exitCodes.unavailable
  }
  stack.use(demo.value)
  const servers = [...config.servers, ...demo.value.servers].filter((server) => !server.paused)
  const { hosts } = config
  if (servers.length + hosts.length === 0) {
    console.error(commandWords.once.noServers)
    return exitCodes.usage
  }
  const report = await pollOnce({
    clock,
    log: bugsOnlyLog,
    version,
    servers,
    hosts,
    rules: config.rules,
    naming: config.naming ?? [],
    single,
    language: 'en',
    signal,
  }).catch((error: unknown) => {
    if (!signal.aborted) throw error
    return null
  })
  if (report === null) return stopped
  console.log(json ? visibleJson(JSON.stringify(report, null, 2)) : onceTable(report))
  return onceExitCode(report)
}

/** 128 + SIGINT, as in shells. */
const stopped = 130

/** 2: a server did not answer; 1: something critical or major is wrong with a stream, as the rules say, such as a stall or a slate; 0: all is well. */
export function onceExitCode(report: OnceReport): number {
  if (report.servers.some((server) => !server.reachable)) return exitCodes.serverTrouble
  const inTrouble = ({ severity }: StreamReport) => severity === 'critical' || severity === 'major'
  return report.servers.some((server) => server.streams.some(inTrouble)) ? exitCodes.streamTrouble : exitCodes.ok
}

interface Column {
  readonly title: string
  readonly right?: boolean
  readonly text: (stream: StreamReport) => string
}

const columns = (now: number): readonly Column[] => [
  { title: 'STREAM', text: (stream) => stream.name },
  { title: 'STATE', text: (stream) => stream.state },
  { title: 'SOURCE', text: (stream) => stream.sourceType ?? unknownMark },
  { title: 'TRACKS', text: (stream) => stream.tracks.join(', ') || unknownMark },
  { title: 'SIZE', right: true, text: (stream) => (stream.width && stream.height ? `${stream.width}×${stream.height}` : unknownMark) },
  { title: 'IN', right: true, text: (stream) => formatValue(stream.bitrateInBps, 'bps') },
  { title: 'OUT', right: true, text: (stream) => formatValue(stream.bitrateOutBps, 'bps') },
  { title: 'READERS', right: true, text: (stream) => formatValue(stream.readers, 'count') },
  { title: 'RTT', right: true, text: (stream) => formatValue(stream.rtt, 'ms') },
  { title: 'LOST', right: true, text: (stream) => formatValue(stream.packetsLost, 'count') },
  { title: 'UP', right: true, text: (stream) => (stream.upSince === null ? unknownMark : formatDuration(now - Date.parse(stream.upSince))) },
]

/** The report as a table, one block per server. Names come from servers, so control characters are replaced. */
export function onceTable(report: OnceReport): string {
  const words = commandWords.once
  const now = Date.parse(report.at)
  const shown = columns(now)
  const lines: string[] = []
  for (const server of report.servers) {
    if (lines.length > 0) lines.push('')
    const about = server.reachable
      ? `${server.version ? `MediaMTX ${server.version.replace(/^v/, '')}, ` : ''}${words.streams(server.streams.length)}`
      : words.noAnswer
    lines.push(printable(`${server.name}  ${server.url}  ${about}`))
    if (server.error !== null) lines.push(printable(`  ${server.error}`))
    if (server.streams.length === 0) continue
    const rows = server.streams.map((stream) => shown.map((column) => printable(clipped(column.text(stream)))))
    const widths = shown.map((column, index) => rows.reduce((width, row) => Math.max(width, row[index]?.length ?? 0), column.title.length))
    for (const row of [shown.map((column) => column.title), ...rows])
      lines.push(
        `  ${row
          .map((cell, index) => (shown[index]?.right ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0)))
          .join('  ')
          .trimEnd()}`,
      )
  }
  for (const host of report.hosts) {
    if (lines.length > 0) lines.push('')
    lines.push(printable(`${clipped(host.name)}  ${words.host}  ${host.reachable ? hostText(host) : words.notRead}`))
    if (host.error !== null) lines.push(printable(`  ${host.error}`))
    for (const disk of host.disks ?? [])
      lines.push(printable(clipped(`  ${disk.mount}  ${words.disk(formatValue(disk.usedPercent, 'percent'), formatValue(disk.freeBytes, 'bytes'))}`)))
    for (const network of host.networks ?? [])
      lines.push(printable(clipped(`  ${network.name}  ${words.network(formatValue(network.receivedBps, 'bps'), formatValue(network.sentBps, 'bps'))}`)))
  }
  return lines.join('\n')
}

function hostText(host: OnceHost): string {
  const words = commandWords.once
  const parts = [
    `CPU ${formatValue(host.cpuPercent, 'percent')}`,
    `${words.load} ${formatValue(host.load1, 'count')}`,
    words.memory(formatValue(host.memoryPercent, 'percent'), formatValue(host.memoryTotalBytes, 'bytes')),
    words.up(host.uptimeSeconds === null ? unknownMark : formatDuration(host.uptimeSeconds * 1000)),
  ]
  if (host.mediaServer) parts.push(words.ofCore(formatValue(host.mediaServer.cpuPercent, 'percent'), formatValue(host.mediaServer.memoryBytes, 'bytes')))
  return parts.join(', ')
}

/** Text on one line, without characters that control a terminal, change the direction of text or have no width. */
const printable = (text: string) => markedText(text).replaceAll(/[\t\n\r]/g, '�')

const widestCell = 100
/** Cuts a cell at the width that is still readable. */
const clipped = (text: string) => (text.length <= widestCell ? text : `${text.slice(0, widestCell - 1)}…`)
