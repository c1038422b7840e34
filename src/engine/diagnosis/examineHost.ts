import type { HostFailure } from '../../shared/errors.ts'
import { redactText } from '../../shared/redact.ts'
import type { Result } from '../../shared/result.ts'
import { quoted } from '../../shared/visibleText.ts'
import type { HostSeen } from '../hosts/hosts.ts'
import { type Endpoint, type EndpointAddress, endpointAddressOf, failed, passed, type StepResult, type StepRun } from './endpoints.ts'

/** The service manager and the journal are queried there, each for 5 s at most. */
const readLimitMs = 13_000

/** null: the machine of the server is not known. */
export type ReadHost = (signal: AbortSignal) => Promise<Result<HostSeen, HostFailure | null> | null>

interface ExaminedHost {
  readonly run: StepRun
  readonly endpoints: readonly Endpoint[]
  readonly url: string
  readonly path: string | null
  readonly readHost: ReadHost
}

/** Whether the media server is running on the machine. */
function processResult({ reading }: HostSeen): StepResult {
  if (reading === null) return { outcome: 'skipped', found: { kind: 'notTried', because: 'noHost' } }
  const { mediaServer, mediaProcesses } = reading
  if (mediaServer !== null) return passed({ kind: 'processRuns', pid: mediaServer.pid })
  return mediaProcesses.length > 0 ? { outcome: 'skipped', found: { kind: 'notTried', because: 'severalServers' } } : failed({ kind: 'processMissing' })
}

/** At which of the configured ports the machine listens for others. */
function portsResult(endpoints: readonly Endpoint[], host: string, { listeners }: NonNullable<HostSeen['check']>): StepResult {
  // A listener with an address of its own may be on another machine.
  const own = endpoints.filter((endpoint): endpoint is Endpoint & { readonly at: EndpointAddress } => endpoint.at !== null && endpoint.at.host === host)
  const isThere = ({ endpoint, at: { port } }: (typeof own)[number], isReachable: boolean) =>
    listeners.some((one) => one.port === port && one.protocol === (endpoint === 'srt' ? 'udp' : 'tcp') && !(isReachable && one.isLoopback))
  const plain = ({ endpoint, at: { port } }: (typeof own)[number]) => ({ endpoint, port })
  const closed = own.filter((endpoint) => !isThere(endpoint, true) && !endpoint.isAssumed)
  return {
    // With mapped ports of a container, the port outside may be another one. A listener on loopback may be meant so.
    outcome: closed.some((endpoint) => !isThere(endpoint, false)) ? 'warning' : 'ok',
    found: { kind: 'hostPorts', listening: own.filter((endpoint) => isThere(endpoint, true)).map(plain), closed: closed.map(plain) },
  }
}

/** Examines the process, its listeners and its log on the machine of the server, in one query over the existing connection. */
export async function examineHost({ run, endpoints, url, path, readHost }: ExaminedHost): Promise<void> {
  let seen: HostSeen | null = null
  const { outcome } = await run.attempt({ step: 'hostProcess' }, readLimitMs, async (signal) => {
    const looked = await readHost(signal)
    if (!looked?.ok) return { outcome: 'skipped', found: { kind: 'notTried', because: 'noHost' } }
    seen = looked.value
    return processResult(looked.value)
  })
  const found = seen as HostSeen | null
  if (found === null) return
  const { check, reading } = found
  if (check === null) {
    run.skip({ step: 'hostLog' }, 'hostCannot')
    return
  }
  run.note({ step: 'hostPorts' }, portsResult(endpoints, endpointAddressOf(url)?.host ?? '', check))
  const pid = reading?.mediaServer?.pid ?? null
  const isAnyRunning = (reading?.mediaProcesses.length ?? 0) > 0
  const isUnclear = pid === null && isAnyRunning
  // The log of this server's process or, if no media server is running, of the one that ended.
  const log = check.logs.find((one) => one.pid === pid) ?? (isAnyRunning ? undefined : check.logs.find((one) => one.pid === 0))
  if (isUnclear || log === undefined || log.lines.length === 0) {
    run.skip({ step: 'hostLog' }, isUnclear ? 'severalServers' : 'logHidden')
    return
  }
  const { hasFaults, lines, ...says } = readLog(log.lines, path)
  const isStopped = outcome === 'failed' && says.inUse !== null
  const outcomeOfLog = isStopped ? 'failed' : hasFaults ? 'warning' : 'ok'
  run.note({ step: 'hostLog' }, { outcome: outcomeOfLog, found: { kind: 'logSays', lines: [...lines], ...says } })
}

interface LogLine {
  /** As written: in the server's time zone in plain lines, in UTC in structured ones. */
  readonly at: string
  readonly level: 'DEB' | 'INF' | 'WAR' | 'ERR'
  readonly message: string
}

const levels: ReadonlySet<unknown> = new Set(['DEB', 'INF', 'WAR', 'ERR'])

/** Parses a plain or a structured line (1.15.6 and newer); null: it is neither. */
export function logLineOf(text: string): LogLine | null {
  const [, at, level, message] = /^(\d{4}\/\d{2}\/\d{2} \d{2}:\d{2}:\d{2}) (DEB|INF|WAR|ERR) (.*)$/.exec(text) ?? []
  if (at !== undefined && message !== undefined) return { at, level: level as LogLine['level'], message }
  if (text.startsWith('ERR: ')) return { at: '', level: 'ERR', message: text.slice(5) }
  if (!text.startsWith('{')) return null
  // Not by JSON.parse, as a long line may have been cut.
  const fields = /^\{"timestamp":"([\d:.TZ+-]{10,40})","level":"([A-Z]{3})","message":"((?:[^"\\]|\\.)*)/.exec(text)
  if (fields === null || !levels.has(fields[2])) return null
  const plain = (fields[3] ?? '').replace(/\\(.)/g, (_, letter: string) => (letter === 'n' || letter === 't' || letter === 'r' ? ' ' : letter))
  return { at: fields[1] ?? '', level: fields[2] as LogLine['level'], message: plain }
}

interface LogSummary {
  /** The relevant lines, oldest first, without secrets: faults, and those about the stream; if there are none, the last lines. */
  readonly lines: readonly string[]
  /** The last line; null: the log is empty. */
  readonly last: string | null
  /** The port that was in use by another process at its last start; null: none. */
  readonly inUse: number | null
  /** Why the last publisher of the stream left, or its source failed; null: unknown. */
  readonly closed: string | null
  readonly hasFaults: boolean
}

const mostShown = 8
const longestShown = 200
const shown = ({ at, level, message }: LogLine): string | null => quoted(redactText(`${at} ${level} ${message}`), longestShown)

/** The lines since the last start of the server. */
function sinceStart(lines: readonly LogLine[]): readonly LogLine[] {
  const start = lines.findLastIndex(({ message }) => /^(?:MediaMTX v|configuration loaded from)/.test(message))
  // The version comes first, the location of the configuration in the next line.
  const begun = start > 0 && lines[start - 1]?.message.startsWith('MediaMTX v') ? start - 1 : start
  return lines.slice(Math.max(0, begun))
}

function takenPort(lines: readonly LogLine[]): LogSummary['inUse'] {
  for (const { message } of lines.toReversed()) {
    const port = /listen (?:tcp|udp)\S* \S*:(\d{1,5}): bind: (?:address already in use|Only one usage of each socket address)/.exec(message)?.[1]
    if (port !== undefined) return Number(port)
  }
  return null
}

/** Reasons that only say that the other end was closed. */
const uninformative = /^(?:not in use|terminated)$/

/**
 * Why the last publisher of a stream left, or why its source failed last. `[session 2d01a82d] is publishing to path 'cam'` names the path; later lines name only the session, or the
 * connection that created it.
 */
function closedReason(lines: readonly LogLine[], path: string): string | null {
  const publishers = new Set<string>()
  /** By the connection that created it. */
  const sessions = new Map<string, string>()
  let reason: string | null = null
  const ofSource = `[path ${path}] [`
  for (const { level, message } of lines) {
    if (level === 'ERR' && message.startsWith(ofSource)) reason = /^[\w ]{1,20} source\] (.*)$/.exec(message.slice(ofSource.length))?.[1] ?? reason
    const who = /\[((?:session|conn) [^\]]{1,80})\]/.exec(message)?.[1]
    if (who === undefined) continue
    const creator = / created by (\S{1,80})/.exec(message)?.[1]
    if (creator !== undefined) sessions.set(`conn ${creator}`, who)
    if (message.includes(`is publishing to path '${path}'`)) {
      publishers.add(who)
      reason = null
    }
    const closed = / (?:closed|destroyed): (.*)$/.exec(message)?.[1]
    const isPublisher = publishers.has(who) || publishers.has(sessions.get(who) ?? '')
    if (closed !== undefined && isPublisher && !uninformative.test(closed)) reason ??= closed
  }
  return reason === null ? null : quoted(redactText(reason), longestShown)
}

/** Summarizes the end of a log. `path`: the diagnosed stream; null: none. */
export function readLog(texts: readonly string[], path: string | null): LogSummary {
  const lines = texts.map(logLineOf).filter((line) => line !== null)
  const latest = sinceStart(lines)
  const isFault = ({ level }: LogLine) => level === 'WAR' || level === 'ERR'
  const isOfPath = ({ message }: LogLine) => path !== null && (message.includes(`[path ${path}]`) || message.includes(`'${path}'`))
  const matter = latest.filter((line) => isFault(line) || isOfPath(line))
  return {
    lines: (matter.length > 0 ? matter : latest).slice(-mostShown).flatMap((line) => shown(line) ?? []),
    last: latest.slice(-1).map(shown)[0] ?? null,
    inUse: takenPort(latest),
    closed: path === null ? null : closedReason(lines, path),
    hasFaults: latest.some(({ level }) => level === 'ERR'),
  }
}
