import type { HostFailure } from '../../shared/errors.ts'
import type { Result } from '../../shared/result.ts'
import type { HostSeen } from '../hosts/hosts.ts'
import { type Door, type DoorAddress, doorAddressOf } from './doors.ts'
import { readLog } from './serverLog.ts'
import { failed, passed, type StepResult, type StepRun } from './stepRun.ts'

/** A service manager and a journal are asked there, each for 5 s at most. */
const readLimitMs = 13_000

/** null: no machine is known under the server. */
export type ReadHost = (signal: AbortSignal) => Promise<Result<HostSeen, HostFailure | null> | null>

interface ExaminedHost {
  readonly run: StepRun
  readonly doors: readonly Door[]
  /** Of the API, as it was entered. */
  readonly url: string
  /** The stream that is asked about; null: none. */
  readonly path: string | null
  readonly readHost: ReadHost
}

/** Whether the media server runs there, and since when. */
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

/** At which of the ports that its configuration names the machine listens. */
function portsResult(doors: readonly Door[], host: string, { listeners }: NonNullable<HostSeen['look']>): StepResult {
  // A door with an address of its own may be on another machine.
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
    // Where ports of a container are mapped, another may be open outside.
    outcome: missing.length > 0 ? 'warning' : 'ok',
    found: {
      kind: 'hostPorts',
      listening: listening.map((one) => ({ ...plain(one), user: one.there[0]?.user ?? '' })),
      loopback: loopback.map(plain),
      missing: missing.map(plain),
    },
  }
}

/** What the machine under the server says: of the process, its listeners and its log. It is asked once, over the connection by which it is watched. */
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
  // Of several, that of this server; of none, that of the one that ended.
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
