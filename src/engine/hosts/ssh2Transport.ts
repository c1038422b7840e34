import { type Clock, timeLimit } from '../../clock/clock.ts'
import type { HostFailure } from '../../shared/errors.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { createConnectQueue } from './connectQueue.ts'
import { createPrivateKeys } from './privateKey.ts'
import { shellCommand } from './shellCommand.ts'
import { type ConnectFailure, connectSsh, keyProblemNow, type SshConnection, type SshMeans } from './sshConnection.ts'
import { announceClosed, askRun, dropConnection, endRun, hostFault, type RemoteShell, type Run, type SshHost, startRun } from './sshRun.ts'
import type { AskOptions, ShellChannel, ShellTransport } from './transport.ts'

export { killLimitMs, type RemoteShell } from './sshRun.ts'

const openLimitMs = 10_000

/** Runs one piece of work after the other, in order. */
function createLock() {
  let last: Promise<unknown> | null = null
  return <T>(work: () => Promise<T>): Promise<T> => {
    // The lock is nearly always free.
    const mine = last === null ? work() : last.then(work, work)
    const release = () => {
      if (last === mine) last = null
    }
    last = mine
    mine.then(release, release)
    return mine
  }
}

/** Connections to hosts by ssh2. An engine uses one for all its hosts, because it holds their shared state. */
export function createSsh2(clock: Clock, queue = createConnectQueue()) {
  const means: SshMeans = { clock, queue, privateKeys: createPrivateKeys() }
  return { transport: (remote: RemoteShell): ShellTransport => createTransport(means, remote) }
}

/** A signal that aborts with the first of two. Must be disposed. `AbortSignal.any` is not used, because it would leak memory at the longer-lived signal with each try to connect. */
function firstOf(one: AbortSignal, other: AbortSignal): { readonly signal: AbortSignal; readonly [Symbol.dispose]: () => void } {
  const controller = new AbortController()
  const onAbort = () => controller.abort((one.aborted ? one : other).reason)
  for (const signal of [one, other]) {
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort)
  }
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      for (const signal of [one, other]) signal.removeEventListener('abort', onAbort)
    },
  }
}

function createTransport(means: SshMeans, remote: RemoteShell): ShellTransport {
  const host: SshHost = {
    means,
    remote,
    command: shellCommand(remote.script),
    lifetime: new AbortController(),
    connectTurn: createLock(),
    runs: new Set(),
    endings: new Set(),
    closedListeners: new Set(),
    connection: null,
    failedLast: false,
    met: null,
    way: 'channel',
  }
  return {
    open: async (signal) => {
      if (host.way === 'command' && host.connection?.lost() === null) return ok(createChannel(host, null))
      const opened = await openRun(host, signal, openLimitMs)
      return opened.ok ? ok(createChannel(host, opened.value)) : opened
    },
    close: () => closeHost(host),
  }
}

function closeHost(host: SshHost): void {
  if (host.lifetime.signal.aborted) return
  host.lifetime.abort(new DOMException('The host is not read any more', 'AbortError'))
  const { connection, endings } = host
  host.connection = null
  for (const run of [...host.runs]) endRun(host, run, hostFault(host, 'closed'), { stuck: run.waiting !== null })
  // Scripts of requests that were just given up are killed over this connection, so it stays open until then.
  if (endings.size === 0) connection?.destroy()
  else void Promise.allSettled(endings).finally(() => connection?.destroy())
}

/** The existing connection, or a new one. */
async function connected(host: SshHost, signal: AbortSignal): Promise<Result<SshConnection, HostFailure>> {
  const { lifetime, remote } = host
  signal.throwIfAborted()
  if (lifetime.signal.aborted) return err(hostFault(host, 'closed'))
  if (host.connection !== null && host.connection.lost() === null) return ok(host.connection)
  if (host.met !== null) {
    // After a changed key nothing is sent to that host until an operator has decided.
    const problem = await keyProblemNow(remote, host.met)
    if (problem?.kind === 'hostKeyChanged') return err(problem)
    host.met = null
  }
  let outcome: Result<SshConnection, ConnectFailure>
  try {
    using either = firstOf(signal, lifetime.signal)
    outcome = await connectSsh(host.means, remote, host.failedLast, either.signal)
  } catch (error) {
    if (lifetime.signal.aborted && !signal.aborted) return err(hostFault(host, 'closed'))
    throw error
  }
  host.failedLast = !outcome.ok
  if (!outcome.ok) {
    host.met = outcome.error.met
    return err(outcome.error.error)
  }
  const connection = outcome.value
  host.connection = connection
  host.way = 'channel'
  connection.onLost((error) => {
    for (const run of host.runs) if (run.connection === connection) endRun(host, run, error, { announce: false })
    announceClosed(host, error)
  })
  return ok(connection)
}

async function openRun(host: SshHost, signal: AbortSignal, timeoutMs: number): Promise<Result<Run, HostFailure>> {
  const connection = await host.connectTurn(() => connected(host, signal))
  if (!connection.ok) return connection
  using limit = timeLimit(host.means.clock, timeoutMs, signal)
  try {
    return await startRun(host, connection.value, limit.signal)
  } catch (error) {
    if (signal.aborted) throw error
    // Not even a channel could be opened, so the connection is unusable.
    dropConnection(host, connection.value)
    return err(hostFault(host, 'hung', { kind: 'noChannel' }))
  }
}

function createChannel(host: SshHost, first: Run | null): ShellChannel {
  const turn = createLock()
  const listeners = new Set<(error: HostFailure) => void>()
  let run = first
  let closed = false
  const onHostClosed = (error: HostFailure) => {
    for (const listener of listeners) listener(error)
  }
  host.closedListeners.add(onHostClosed)

  const ask = async (line: string, options: AskOptions, signal: AbortSignal): Promise<Result<Uint8Array, HostFailure>> => {
    signal.throwIfAborted()
    if (closed || host.lifetime.signal.aborted) return err(hostFault(host, 'closed'))
    if (run === null || run.ended) {
      const opened = await openRun(host, signal, Math.max(openLimitMs, options.timeoutMs))
      if (!opened.ok) return opened
      run = opened.value
    }
    const mine = run
    const single = host.way === 'command'
    if (single) run = null
    const outcome = await askRun(host, mine, line, options, signal, single)
    // The command ended after its first answer, while this request was being sent to it.
    if (!outcome.ok && !single && host.way === 'command' && mine.answers > 0) return ask(line, options, signal)
    if (single && !mine.ended) {
      mine.ended = true
      host.runs.delete(mine)
      mine.channel.close()
    }
    return outcome
  }
  return {
    way: () => host.way,
    ask: (line, options, signal) => turn(() => ask(line, options, signal)),
    onClosed: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    close: () => {
      closed = true
      host.closedListeners.delete(onHostClosed)
      const mine = run
      run = null
      if (mine === null || mine.ended) return
      listeners.clear()
      endRun(host, mine, hostFault(host, 'closed'), { stuck: mine.waiting !== null })
    },
  }
}
