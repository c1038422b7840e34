import type { HostFailure } from '../../shared/errors.ts'
import type { Result } from '../../shared/result.ts'
import type { HostSeen } from '../hosts/hosts.ts'
import { type Endpoint, type EndpointAddress, endpointAddressOf } from './endpoints.ts'
import { readLog } from './serverLog.ts'
import { failed, passed, type StepResult, type StepRun } from './stepRun.ts'

/** The service manager and the journal are queried there, each for 5 s at most. */
const readLimitMs = 13_000

/** null: the machine of the server is not known. */
export type ReadHost = (signal: AbortSignal) => Promise<Result<HostSeen, HostFailure | null> | null>

interface ExaminedHost {
  readonly run: StepRun
  readonly endpoints: readonly Endpoint[]
  /** URL of the API, as entered. */
  readonly url: string
  /** The diagnosed stream; null: none. */
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
