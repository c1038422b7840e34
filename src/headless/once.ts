import { pollOnce } from '../engine/pollOnce.ts'
import { sayIn } from '../i18n/say.ts'
import { createMediaClient } from '../media/mediaClient.ts'
import type { OnceHost } from '../shared/hosts.ts'
import type { OnceProbe } from '../shared/probeGrades.ts'
import type { OnceReport, StreamReport } from '../shared/streams.ts'
import { formatDuration, formatValue, unknownMark } from '../shared/units.ts'
import { cut, markedText, visibleJson } from '../shared/visibleText.ts'
import { bugsOnlyLog, type ConsoleFlags, clock, configure, demoFailed, exitCodes, fail, stopSignal } from './command.ts'
import { readVersion } from './projectFiles.ts'

type OnceFlags = Pick<ConsoleFlags, 'config'> & { readonly json?: boolean; readonly single?: boolean }

export async function runOnce({ json = false, single = false, ...flags }: OnceFlags): Promise<number> {
  const config = configure(flags)
  const signal = stopSignal()
  await using stack = new AsyncDisposableStack()
  const demo = config.demo ? stack.use(await (await import('../demo/demoShowcase.ts')).openShowcase(clock).catch(demoFailed)) : null
  const servers = [...config.servers, ...(demo?.servers ?? [])].filter((server) => !server.paused)
  const { hosts } = config
  const probes = [...config.probes, ...(demo?.probes ?? [])]
  if (servers.length + hosts.length + probes.length === 0)
    return fail('No servers are named: give them in the configuration (--config FILE) or in MTXDECK_SERVERS.', exitCodes.usage)
  // Its process starts with the first probe.
  const media = stack.use(createMediaClient({ clock, log: bugsOnlyLog, backend: config.mediaBackend, sandbox: config.mediaSandbox }))
  const report = await pollOnce({
    clock,
    log: bugsOnlyLog,
    version: readVersion(),
    servers,
    hosts,
    probes,
    media,
    ...(config.ffmpeg !== null && { ffmpeg: config.ffmpeg }),
    rules: config.rules,
    naming: config.naming ?? [],
    single,
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

type Column<Row> = readonly [title: string, text: (row: Row) => string, side?: 'right']

const sizeText = ({ width, height }: { readonly width: number | null; readonly height: number | null }) =>
  width && height ? `${width}×${height}` : unknownMark

const columns = (now: number): readonly Column<StreamReport>[] => [
  ['STREAM', ({ name }) => name],
  ['STATE', ({ state }) => state],
  ['SOURCE', ({ sourceType }) => sourceType ?? unknownMark],
  ['TRACKS', ({ tracks }) => tracks.join(', ') || unknownMark],
  ['SIZE', sizeText, 'right'],
  ['IN', ({ bitrateInBps }) => formatValue(bitrateInBps, 'bps'), 'right'],
  ['OUT', ({ bitrateOutBps }) => formatValue(bitrateOutBps, 'bps'), 'right'],
  ['READERS', ({ readers }) => formatValue(readers, 'count'), 'right'],
  ['RTT', ({ rtt }) => formatValue(rtt, 'ms'), 'right'],
  ['LOST', ({ packetsLost }) => formatValue(packetsLost, 'count'), 'right'],
  ['UP', ({ upSince }) => (upSince === null ? unknownMark : formatDuration(now - Date.parse(upSince))), 'right'],
]

const probeColumns: readonly Column<OnceProbe>[] = [
  ['PROBE', ({ name }) => name],
  ['STATE', ({ up }) => (up === null ? 'unknown' : up ? 'up' : 'down')],
  ['GRADE', ({ grade }) => grade ?? unknownMark],
  ['CODEC', ({ codec }) => codec ?? unknownMark],
  ['SIZE', sizeText, 'right'],
  ['FPS', ({ fps }) => formatValue(fps, 'count'), 'right'],
  ['IN', ({ bitrateBps }) => formatValue(bitrateBps, 'bps'), 'right'],
  ['ANSWER', ({ answerMs }) => formatValue(answerMs, 'ms'), 'right'],
  ['WHY', ({ error }) => error ?? ''],
]

/** A table with its head, a line each. Cells come from servers and streams. */
function tableOf<Row>(shown: readonly Column<Row>[], of: readonly Row[]): readonly string[] {
  const rows = [shown.map(([title]) => title), ...of.map((row) => shown.map(([, text]) => printable(clipped(text(row)))))]
  const pad = shown.map(([, , side], column) => {
    const width = rows.reduce((widest, row) => Math.max(widest, row[column]?.length ?? 0), 0)
    return (cell: string) => (side === 'right' ? cell.padStart(width) : cell.padEnd(width))
  })
  return rows.map((row) => `  ${row.map((cell, column) => pad[column]?.(cell)).join('  ')}`.trimEnd())
}

/** The report as a table, one block per server. Names come from servers, so control characters are replaced. */
export function onceTable(report: OnceReport): string {
  const shown = columns(Date.parse(report.at))
  const servers = report.servers.map(({ name, url, reachable, version, streams, error }) => {
    const about = `${version ? `MediaMTX ${version.replace(/^v/, '')}, ` : ''}${sayIn('en')('counts.stream', { count: streams.length })}`
    const lines = [`${name}  ${url}  ${reachable ? about : 'CAN NOT BE READ'}`, ...(error === null ? [] : [`  ${error}`])].map(printable)
    return [...lines, ...(streams.length > 0 ? tableOf(shown, streams) : [])]
  })
  const hosts = report.hosts.map((host) =>
    [
      `${clipped(host.name)}  host  ${host.reachable ? hostText(host) : 'CAN NOT BE READ'}`,
      ...(host.error === null ? [] : [`  ${host.error}`]),
      ...(host.disks ?? []).map((disk) =>
        clipped(`  ${disk.mount}  ${formatValue(disk.usedPercent, 'percent')} used, ${formatValue(disk.freeBytes, 'bytes')} free`),
      ),
      ...(host.networks ?? []).map((network) =>
        clipped(`  ${network.name}  ${formatValue(network.receivedBps, 'bps')} in, ${formatValue(network.sentBps, 'bps')} out`),
      ),
    ].map(printable),
  )
  const probes = report.probes.length > 0 ? [tableOf(probeColumns, report.probes)] : []
  return [...servers, ...hosts, ...probes].map((lines) => lines.join('\n')).join('\n\n')
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
const clipped = (text: string) => cut(text, widestCell)
