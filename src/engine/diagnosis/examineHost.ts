import type { HostFailure } from '../../shared/errors.ts'
import type { Result } from '../../shared/result.ts'
import type { HostSeen } from '../hosts/hosts.ts'
import { type Door, type DoorAddress, doorAddressOf } from './doors.ts'
import { readLog } from './serverLog.ts'
import { failed, passed, type StepResult, type StepRun } from './stepRun.ts'

/** The service manager and the journal are queried there, each for 5 s at most. */
const readLimitMs = 13_000

/** null: the machine of the server is not known. */
export type ReadHost = (signal: AbortSignal) => Promise<Result<HostSeen, HostFailure | null> | null>

interface ExaminedHost {
  readonly run: StepRun
  readonly doors: readonly Door[]
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
function portsResult(doors: readonly Door[], host: string, { listeners }: NonNullable<HostSeen['look']>): StepResult {
  // A listener with an address of its own may be on another machine.
  const own = doors.filter((door): door is Door & { readonly at: DoorAddress } => door.at !== null && door.at.host === host)
  const isThere = ({ door, at: { port } }: (typeof own)[number], isReachable: boolean) =>
    listeners.some((one) => one.port === port && one.protocol === (door === 'srt' ? 'udp' : 'tcp') && !(isReachable && one.isLoopback))
  const plain = ({ door, at: { port } }: (typeof own)[number]) => ({ door, port })
  const closed = own.filter((door) => !isThere(door, true) && !door.isAssumed)
  return {
    // With mapped ports of a container, the port outside may be another one. A listener on loopback may be meant so.
    outcome: closed.some((door) => !isThere(door, false)) ? 'warning' : 'ok',
    found: { kind: 'hostPorts', listening: own.filter((door) => isThere(door, true)).map(plain), closed: closed.map(plain) },
  }
}

/** Examines the process, its listeners and its log on the machine of the server, in one query over the existing connection. */
export async function examineHost({ run, doors, url, path, readHost }: ExaminedHost): Promise<void> {
  let seen: HostSeen | null = null
  const { outcome } = await run.attempt({ step: 'hostProcess' }, readLimitMs, async (signal) => {
    const looked = await readHost(signal)
    if (!looked?.ok) return { outcome: 'skipped', found: { kind: 'notTried', because: 'noHost' } }
    seen = looked.value
    return processResult(looked.value)
  })
  const found = seen as HostSeen | null
  if (found === null) return
  const { look, reading } = found
  if (look === null) {
    run.skip({ step: 'hostLog' }, 'hostCannot')
    return
  }
  run.note({ step: 'hostPorts' }, portsResult(doors, doorAddressOf(url)?.host ?? '', look))
  const pid = reading?.mediaServer?.pid ?? null
  const isAnyRunning = (reading?.mediaProcesses.length ?? 0) > 0
  const isUnclear = pid === null && isAnyRunning
  // The log of this server's process or, if no media server is running, of the one that ended.
  const log = look.logs.find((one) => one.pid === pid) ?? (isAnyRunning ? undefined : look.logs.find((one) => one.pid === 0))
  if (isUnclear || log === undefined || log.lines.length === 0) {
    run.skip({ step: 'hostLog' }, isUnclear ? 'severalServers' : 'logHidden')
    return
  }
  const { hasFaults, lines, ...says } = readLog(log.lines, path)
  const isStopped = outcome === 'failed' && says.inUse !== null
  const outcomeOfLog = isStopped ? 'failed' : hasFaults ? 'warning' : 'ok'
  run.note({ step: 'hostLog' }, { outcome: outcomeOfLog, found: { kind: 'logSays', lines: [...lines], ...says } })
}
