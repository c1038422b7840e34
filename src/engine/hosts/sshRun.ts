import { randomBytes } from 'node:crypto'
import type { ClientChannel } from 'ssh2'
import { afterRunning, timeLimit } from '../../clock/clock.ts'
import type { HostCause, HostFailure } from '../../shared/errors.ts'
import { hostAndPort } from '../../shared/hostOf.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { type AnswerFrame, askLine, createAnswerFrame, noiseLimit } from './askLine.ts'
import { type HostErrorKind, hostError, quotedCause } from './hostErrors.ts'
import { didKill, killCommand, shellPid, withoutHello } from './shellCommand.ts'
import type { ConnectFailure, SshConnection, SshMeans, SshRoute } from './sshConnection.ts'
import type { AskOptions } from './transport.ts'

/** The route and the script for reading a remote host. */
export interface RemoteShell extends SshRoute {
  /** POSIX sh that reads lines and answers them, as described at `ShellChannel`. */
  readonly script: string
  /** Called when a script that was given up may still be running on the host, because it could not be killed, or that is not known. */
  readonly onLeftRunning?: () => void
}

/** One host's connection and its runs. */
export interface SshHost {
  readonly means: SshMeans
  readonly remote: RemoteShell
  /** Command that starts the script. */
  readonly command: string
  readonly lifetime: AbortController
  readonly runs: Set<Run>
  /** Pending kills of stuck scripts, which need the connection until they are done. */
  readonly endings: Set<Promise<void>>
  readonly closedListeners: Set<(error: HostFailure) => void>
  /** Lock for opening connections one at a time. */
  readonly connectTurn: <T>(work: () => Promise<T>) => Promise<T>
  connection: SshConnection | null
  failedLast: boolean
  /** The host's key, if the last try to connect failed because of it. */
  met: ConnectFailure['met']
  /** Whether this host answers in a channel that stays open, or needs a command per request. Determined anew for each connection. */
  way: 'channel' | 'command'
}

/** Bytes of a host's standard error that are kept, for error messages. */
const stderrKept = 4 * 1024
/** Most bytes of standard error during one answer; more are not a message. */
const stderrLimit = 256 * 1024
/** Time limit for killing a stuck script before the connection is closed. */
export const killLimitMs = 2_000

interface Waiting {
  readonly frame: AnswerFrame
  readonly settle: (outcome: Result<Uint8Array, HostFailure>) => void
}

/** One run of the script. */
export interface Run {
  readonly channel: ClientChannel
  readonly connection: SshConnection
  /** Part of the id of its answers, together with their number, so that the END of another run is not mistaken for one of them. */
  readonly name: string
  waiting: Waiting | null
  questions: number
  answers: number
  /** Output without a request, or before the first answer; for the process id and error messages. */
  preface: string
  idleBytes: number
  pid: number | null
  stderr: string
  stderrBytes: number
  exitCode: number | null
  /** No longer used for requests. */
  ended: boolean
  /** Its channel is closed: the command ended. */
  closed: boolean
}

export function hostFault({ remote: { target } }: SshHost, kind: HostErrorKind, said: HostCause | null = null): HostFailure {
  return hostError(kind, { target: hostAndPort(target), user: target.user, said })
}

export function announceClosed(host: SshHost, error: HostFailure): void {
  if (!host.lifetime.signal.aborted) for (const listener of host.closedListeners) listener(error)
}

/** Stops using a run, and fails its waiting request. A stuck run does not end with its channel, so it is killed first. */
export function endRun(host: SshHost, run: Run, error: HostFailure, { announce = host.way === 'channel', stuck = false } = {}): void {
  if (run.ended) return
  run.ended = true
  host.runs.delete(run)
  const { waiting } = run
  run.waiting = null
  if (stuck) killRun(host, run)
  else run.channel.close()
  waiting?.settle(err(error))
  if (announce) announceClosed(host, error)
}

function killRun(host: SshHost, run: Run): void {
  const ending = kill(host, run)
    .then((ended) => {
      run.channel.close()
      // If the connection was lost, it is not known what has ended, and that failure is reported separately.
      if (!ended && run.connection.lost() === null) host.remote.onLeftRunning?.()
    })
    .finally(() => host.endings.delete(ending))
  host.endings.add(ending)
}

/** Closes a connection that is no longer usable. */
export function dropConnection(host: SshHost, connection: SshConnection): void {
  connection.destroy()
  if (host.connection === connection) host.connection = null
}

/** Kills a script that did not end by itself. Resolves to whether it is known to have ended. */
async function kill(host: SshHost, run: Run): Promise<boolean> {
  using limit = timeLimit(host.means.clock, killLimitMs)
  const { channel, connection } = run
  // Works where sshd has its privileges separated; the command works elsewhere.
  if (!channel.destroyed && channel.writable) channel.signal('KILL')
  // It may have been given up before its first line arrived; without a process id it can't be killed.
  const pid = await pidOf(run, limit.signal)
  if (connection.lost() !== null) return false
  if (pid === null) return run.closed
  const killer = await startCommand(connection, killCommand(pid), limit.signal).catch(() => null)
  // No answer to that either: the connection is dead, e.g. because a firewall has dropped its state.
  if (killer === null) {
    dropConnection(host, connection)
    return false
  }
  if (!killer.ok) return run.closed
  const { value } = killer
  let said = ''
  await new Promise<void>((resolve) => {
    value
      .on('data', (chunk: Buffer) => {
        if (said.length < stderrKept) said += chunk.toString('utf8')
      })
      .on('close', () => resolve())
      .on('error', () => resolve())
    value.stderr.resume()
    value.end()
    limit.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  value.close()
  return run.closed || didKill(said)
}

/** Waits for the process id of a run; null: it did not arrive, or the channel is closed. */
const pidOf = (run: Run, signal: AbortSignal): Promise<number | null> =>
  new Promise((resolve) => {
    const { channel } = run
    if (run.pid !== null || run.closed) return resolve(run.pid)
    const look = () => {
      if (run.pid === null && !run.closed && !signal.aborted) return
      channel.off('data', look)
      channel.off('close', look)
      signal.removeEventListener('abort', look)
      resolve(run.pid)
    }
    channel.on('data', look)
    channel.on('close', look)
    signal.addEventListener('abort', look, { once: true })
  })

/** A host's output instead of an answer. */
const noiseOf = (run: Run, frame: AnswerFrame) => quotedCause(withoutHello(run.pid === null ? run.preface : frame.text()))

/** Why the command ended without an answer. */
function whyEnded(host: SshHost, run: Run, frame: AnswerFrame): HostFailure {
  const lost = run.connection.lost()
  if (lost !== null) return lost
  const out = frame.begun() ? null : noiseOf(run, frame)
  const said = out ?? quotedCause(run.stderr)
  const { exitCode, pid } = run
  if (
    pid === null &&
    (exitCode === 127 ||
      exitCode === 126 ||
      /\bsh['"]?: (command )?not found|is not recognized as an internal|no such file or directory/i.test(said?.text ?? ''))
  )
    return hostFault(host, 'shellMissing', said)
  if (pid === null && /not available|not allowed|not permitted|rejected|denied|forbidden|restricted|disabled|unrecognized command/i.test(said?.text ?? ''))
    return hostFault(host, 'commandRefused', said)
  if (frame.begun()) return hostFault(host, 'answerBroken', { kind: 'answerEndedEarly' })
  if (out !== null || pid !== null) return hostFault(host, 'answerBroken', said)
  return hostFault(host, 'commandRefused', said ?? { kind: 'commandEndedAtOnce', code: exitCode })
}

export async function startRun(host: SshHost, connection: SshConnection, signal: AbortSignal): Promise<Result<Run, HostFailure>> {
  const started = await startCommand(connection, host.command, signal)
  if (!started.ok) return err(connection.lost() ?? hostFault(host, 'commandRefused', quotedCause(started.error)))
  const channel = started.value
  const run: Run = {
    channel,
    connection,
    name: randomBytes(4).toString('hex'),
    waiting: null,
    questions: 0,
    answers: 0,
    preface: '',
    idleBytes: 0,
    pid: null,
    stderr: '',
    stderrBytes: 0,
    exitCode: null,
    ended: false,
    closed: false,
  }
  host.runs.add(run)
  channel.on('data', (chunk: Buffer) => takeOutput(host, run, chunk))
  channel.stderr.on('data', (chunk: Buffer) => {
    connection.carried(chunk.length)
    run.stderrBytes += chunk.length
    if (run.stderr.length < stderrKept) run.stderr += chunk.toString('utf8', 0, stderrKept)
    if (!run.ended && run.stderrBytes > stderrLimit) endEndless(host, run)
  })
  channel.on('exit', (code: number | null) => {
    run.exitCode = code
  })
  channel.on('error', () => {})
  channel.on('close', () => commandEnded(host, run))
  return ok(run)
}

function endEndless(host: SshHost, run: Run): void {
  endRun(host, run, hostFault(host, 'answerEndless'))
  dropConnection(host, run.connection)
}

function takeOutput(host: SshHost, run: Run, chunk: Buffer): void {
  run.connection.carried(chunk.length)
  // Also for a run that is no longer used, because the process id is needed to kill it.
  learnPid(run, chunk)
  if (run.ended) return
  const { waiting } = run
  if (waiting === null) {
    run.idleBytes += chunk.length
    if (run.idleBytes > noiseLimit) endEndless(host, run)
    return
  }
  const state = waiting.frame.push(chunk)
  switch (state.kind) {
    case 'more':
      return
    case 'answer':
      run.waiting = null
      run.answers++
      run.idleBytes = 0
      run.stderrBytes = 0
      waiting.settle(ok(state.answer))
      return
    case 'tooMuch':
      endEndless(host, run)
      return
    case 'noise':
      endRun(host, run, hostFault(host, 'answerBroken', noiseOf(run, waiting.frame)), { stuck: true })
      return
  }
}

function learnPid(run: Run, chunk: Buffer): void {
  if (run.pid !== null || run.answers > 0 || run.preface.length > noiseLimit) return
  run.preface += chunk.toString('utf8')
  run.pid = shellPid(run.preface)
}

function commandEnded(host: SshHost, run: Run): void {
  run.closed = true
  if (run.ended) return
  const { waiting, connection } = run
  const answer = waiting?.frame.ended() ?? null
  // The command answered once and ended, as a forced command may do: from now on each request runs its own command.
  if (connection.lost() === null && run.answers + (answer === null ? 0 : 1) === 1) host.way = 'command'
  if (waiting !== null && answer !== null) {
    run.waiting = null
    waiting.settle(ok(answer))
  }
  const error =
    waiting === null || answer !== null ? (connection.lost() ?? hostFault(host, 'closed', { kind: 'commandEnded' })) : whyEnded(host, run, waiting.frame)
  endRun(host, run, error)
}

/** Sends one request to a run; the run ends if it fails. `single`: it is the run's only request. */
export function askRun(host: SshHost, run: Run, line: string, { maxBytes, timeoutMs }: AskOptions, signal: AbortSignal, single: boolean) {
  return new Promise<Result<Uint8Array, HostFailure>>((resolve, reject) => {
    if (run.ended) return resolve(err(run.connection.lost() ?? hostFault(host, 'closed')))
    const { clock } = host.means
    const id = `${run.name}-${run.questions++}`
    const frame = createAnswerFrame(id, maxBytes)
    const release = () => {
      stopLimit()
      signal.removeEventListener('abort', onAbort)
    }
    const settle = (outcome: Result<Uint8Array, HostFailure>) => {
      release()
      resolve(outcome)
    }
    const onAbort = () => {
      release()
      run.waiting = null
      endRun(host, run, hostFault(host, 'closed'), { stuck: true })
      reject(signal.reason)
    }
    const onTimeout = () => {
      release()
      run.waiting = null
      const text = noiseOf(run, frame)
      const answer = frame.ended()
      // The script does not read requests: it answered without one, or not at all. It may answer at the end of its input.
      if (run.answers === 0 && !single) host.way = 'command'
      const error =
        run.pid === null && text !== null && !frame.begun()
          ? hostFault(host, 'answerBroken', text)
          : hostFault(host, 'hung', { kind: 'answerIncomplete', limitMs: timeoutMs })
      endRun(host, run, error, { stuck: true })
      resolve(answer === null ? err(error) : ok(answer))
    }
    const stopLimit = afterRunning(clock, timeoutMs, onTimeout)
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) return onAbort()
    run.waiting = { frame, settle }
    run.connection.inOnePiece(() => {
      run.channel.write(askLine(line, id))
      if (single) run.channel.end()
    })
  })
}

/** Starts a command without terminal, environment or agent. The error is the host's message. Rejects when aborted. */
export function startCommand(made: SshConnection, command: string, signal: AbortSignal): Promise<Result<ClientChannel, string>> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      made.client.exec(command, {}, (error, channel) => {
        signal.removeEventListener('abort', onAbort)
        if (error) return resolve(err(error.message.replace(/^\(SSH\) Channel open failure: ?/, '')))
        if (signal.aborted) channel.close()
        else resolve(ok(channel))
      })
    } catch (error) {
      // ssh2 throws here if the connection has just ended.
      signal.removeEventListener('abort', onAbort)
      resolve(err(error instanceof Error ? error.message : ''))
    }
  })
}
