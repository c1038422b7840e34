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

/** Whether the media server is running on the machine, and since when. */
function processResult({ reading, look }: HostSeen): StepResult {
  if (reading === null) return { outcome: 'skipped', found: { kind: 'notTried', because: 'hostAway' } }
  const { mediaServer, mediaProcesses } = reading
  if (mediaServer !== null) {
    const { pid, startedAt } = mediaServer
    return passed({ kind: 'processRuns', pid, startedAt: startedAt === null ? null : new Date(startedAt).toISOString() })
  }
  if (mediaProcesses.length > 0) return { outcome: 'warning', found: { kind: 'processUnclear', count: mediaProcesses.length } }
  const { active = null, result = null, exitStatus = null } = look?.unit ?? {}
  return failed({ kind: 'processMissing', active, result, exitStatus })
}

/** On which of the configured ports processes of the machine listen. */
function portsResult(doors: readonly Door[], host: string, { listeners }: NonNullable<HostSeen['look']>): StepResult {
  // A listener with an address of its own may be on another machine.
  const own = doors.filter((door): door is Door & { readonly at: DoorAddress } => door.at !== null && door.at.host === host)
  const named = own.map(({ door, at: { port }, isAssumed }) => {
    const there = listeners.filter((one) => one.port === port && one.protocol === (door === 'srt' ? 'udp' : 'tcp'))
    return { door, port, isAssumed, there }
  })
  const listening = named.filter(({ there }) => there.some(({ isLoopback }) => !isLoopback))
  const loopback = named.filter(({ there }) => there.length > 0 && there.every(({ isLoopback }) => isLoopback))
  const missing = named.filter(({ there, isAssumed }) => there.length === 0 && !isAssumed)
  const plain = ({ door, port }: (typeof named)[number]) => ({ door, port })
  return {
    // With mapped ports of a container, the port outside may be another one.
    outcome: missing.length > 0 ? 'warning' : 'ok',
    found: {
      kind: 'hostPorts',
      listening: listening.map((one) => ({ ...plain(one), user: one.there[0]?.user ?? '' })),
      loopback: loopback.map(plain),
      missing: missing.map(plain),
    },
  }
}

/** Examines the process, its listeners and its log on the machine of the server, in one query over the existing connection. */
export async function examineHost({ run, doors, url, path, readHost }: ExaminedHost): Promise<void> {
  let seen: HostSeen | null = null
  const { outcome } = await run.attempt({ step: 'hostProcess' }, readLimitMs, async (signal) => {
    const looked = await readHost(signal)
    if (looked === null) return { outcome: 'skipped', found: { kind: 'notTried', because: 'noHost' } }
    if (!looked.ok) return { outcome: 'skipped', found: { kind: 'notTried', because: 'hostAway' } }
    seen = looked.value
    return processResult(looked.value)
  })
  const found = seen as HostSeen | null
  if (found === null) return
  const { look, reading } = found
  if (look === null) {
    run.skip({ step: 'hostPorts' }, 'hostCannot')
    run.skip({ step: 'hostLog' }, 'hostCannot')
    return
  }
  const host = doorAddressOf(url)?.host ?? ''
  run.note({ step: 'hostPorts' }, portsResult(doors, host, look))
  const pid = reading?.mediaServer?.pid ?? null
  // The log of this server's process or, if no media server is running, of the one that ended.
  const log = look.logs.find((one) => one.pid === pid) ?? ((reading?.mediaProcesses.length ?? 0) === 0 ? look.logs.find((one) => one.pid === 0) : undefined)
  if (pid === null && (reading?.mediaProcesses.length ?? 0) > 0) run.skip({ step: 'hostLog' }, 'severalServers')
  else if (log === undefined || log.lines.length === 0) run.skip({ step: 'hostLog' }, 'logHidden')
  else {
    const { hasFaults, lines, ...says } = readLog(log.lines, path)
    const isStopped = outcome === 'failed' && says.inUse !== null
    run.note(
      { step: 'hostLog' },
      { outcome: isStopped ? 'failed' : hasFaults ? 'warning' : 'ok', found: { kind: 'logSays', from: log.from, lines: [...lines], ...says } },
    )
  }
}
