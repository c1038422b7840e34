import { randomBytes } from 'node:crypto'
import type { ClientChannel } from 'ssh2'
import { timeLimit } from '../../clock/clock.ts'
import type { HostFailure } from '../../shared/errors.ts'
import { quoted } from '../../shared/quoted.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { type AnswerFrame, askLine, createAnswerFrame, noiseLimit } from './askLine.ts'
import { type HostErrorKind, hostError } from './hostErrors.ts'
import { didKill, killCommand, shellPid, withoutHello } from './shellCommand.ts'
import type { ConnectFailure, SshConnection, SshMeans, SshRoute } from './sshConnection.ts'
import { type AskOptions, targetName } from './transport.ts'

/** What a remote host is read through. */
export interface RemoteShell extends SshRoute {
  /** POSIX sh: reads lines and answers them, as `ShellChannel` says. */
  readonly script: string
  /** Called where a script that was given up could not be ended, or is not known to be: it may still run there. */
  readonly onLeftRunning?: () => void
}

/** One host's connection, and what runs over it. */
export interface SshHost {
  readonly means: SshMeans
  readonly remote: RemoteShell
  /** Starts the script. */
  readonly command: string
  readonly lifetime: AbortController
  readonly runs: Set<Run>
  /** Stuck scripts that are being ended: their connection is needed until then. */
  readonly endings: Set<Promise<void>>
  readonly closedListeners: Set<(error: HostFailure) => void>
  /** Connects one at a time. */
  readonly connectTurn: <T>(work: () => Promise<T>) => Promise<T>
  connection: SshConnection | null
  failedLast: boolean
  /** The key that the last try to connect met, where it failed for that. */
  met: ConnectFailure['met']
  /** Whether this host answers in a channel that stays open. Asked again for each connection. */
  way: 'channel' | 'command'
}

/** Of what a host writes to standard error this much is kept, for words. */
const stderrKept = 4 * 1024
/** More than this on standard error during one answer is no message any more. */
const stderrLimit = 256 * 1024
/** A stuck script gets this long to be ended, before the connection is closed. */
export const killLimitMs = 2_000

interface Waiting {
  readonly frame: AnswerFrame
  readonly settle: (outcome: Result<Uint8Array, HostFailure>) => void
}

/** One run of the script. */
export interface Run {
  readonly channel: ClientChannel
  readonly connection: SshConnection
  /** Answers are named by it and their number, so that the END of another run is not taken for one of them. */
  readonly name: string
  waiting: Waiting | null
  questions: number
  answers: number
  /** What came without a question, or before the first answer; for the process id and for words. */
  preface: string
  idleBytes: number
  pid: number | null
  stderr: string
  stderrBytes: number
  exitCode: number | null
  /** Out of use: it is asked nothing any more. */
  ended: boolean
  /** Its channel is closed: the command ended. */
  closed: boolean
}

export const hostFault = ({ remote: { target } }: SshHost, kind: HostErrorKind, said: string | null = null): HostFailure =>
  hostError(kind, { target: targetName(target), user: target.user, said })

export function announceClosed(host: SshHost, error: HostFailure): void {
  if (!host.lifetime.signal.aborted) for (const listener of host.closedListeners) listener(error)
}

/** Takes a run out of use, and fails the question that waits for it. A stuck one does not end with its channel: it is killed first. */
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
      // What a connection takes along when it is lost is not known, and has words of its own.
      if (!ended && run.connection.lost() === null) host.remote.onLeftRunning?.()
    })
    .finally(() => host.endings.delete(ending))
  host.endings.add(ending)
}

/** Closes a connection that is of no use any more. */
export function dropConnection(host: SshHost, connection: SshConnection): void {
  connection.destroy()
  if (host.connection === connection) host.connection = null
}

/** Ends a script that did not come to its end by itself. Resolves with whether it is known to have ended. */
async function kill(host: SshHost, run: Run): Promise<boolean> {
  using limit = timeLimit(host.means.clock, killLimitMs)
  const { channel, connection } = run
  // Works where sshd has its privileges separated; the command works elsewhere.
  if (!channel.destroyed && channel.writable) channel.signal('KILL')
  // Given up before its first line came: without a process id nothing can be ended.
  const pid = await pidOf(run, limit.signal)
  if (connection.lost() !== null) return false
  if (pid === null) return run.closed
  const killer = await startCommand(connection, killCommand(pid), limit.signal).catch(() => null)
  // Not even that is answered: nothing comes through any more, as where a firewall forgot the connection.
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

/** The process id of a run, waited for where it did not come yet; null: it has not come, or the channel is closed. */
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

/** What a host said instead of an answer. */
const noiseOf = (run: Run, frame: AnswerFrame) => quoted(withoutHello(run.pid === null ? run.preface : frame.text()))

/** Why the command ended without an answer. */
function whyEnded(host: SshHost, run: Run, frame: AnswerFrame): HostFailure {
  const lost = run.connection.lost()
  if (lost !== null) return lost
  const out = frame.begun() ? null : noiseOf(run, frame)
  const said = out ?? quoted(run.stderr)
  const { exitCode, pid } = run
  if (
    pid === null &&
    (exitCode === 127 || exitCode === 126 || /\bsh['"]?: (command )?not found|is not recognized as an internal|no such file or directory/i.test(said ?? ''))
  )
    return hostFault(host, 'shellMissing', said)
  if (pid === null && /not available|not allowed|not permitted|rejected|denied|forbidden|restricted|disabled|unrecognized command/i.test(said ?? ''))
    return hostFault(host, 'commandRefused', said)
  if (frame.begun()) return hostFault(host, 'answerBroken', 'it ended in the middle')
  if (out !== null || pid !== null) return hostFault(host, 'answerBroken', said)
  return hostFault(host, 'commandRefused', said ?? `it ended at once, with code ${exitCode ?? 'unknown'}`)
}

export async function startRun(host: SshHost, connection: SshConnection, signal: AbortSignal): Promise<Result<Run, HostFailure>> {
  const started = await startCommand(connection, host.command, signal)
  if (!started.ok) return err(connection.lost() ?? hostFault(host, 'commandRefused', quoted(started.error)))
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
  // Also of one that is out of use: it is ended by that.
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
  // A command that answers and ends is what a forced command may be: from now on one for each question.
  if (connection.lost() === null && run.answers + (answer === null ? 0 : 1) === 1) host.way = 'command'
  if (waiting !== null && answer !== null) {
    run.waiting = null
    waiting.settle(ok(answer))
  }
  const error =
    waiting === null || answer !== null ? (connection.lost() ?? hostFault(host, 'closed', 'the command ended.')) : whyEnded(host, run, waiting.frame)
  endRun(host, run, error)
}

/** One question to one run; the run is over when it fails. `single`: it is the run's only one. */
export const askRun = (host: SshHost, run: Run, line: string, { maxBytes, timeoutMs }: AskOptions, signal: AbortSignal, single: boolean) =>
  new Promise<Result<Uint8Array, HostFailure>>((resolve, reject) => {
    if (run.ended) return resolve(err(run.connection.lost() ?? hostFault(host, 'closed')))
    const { clock } = host.means
    const id = `${run.name}-${run.questions++}`
    const frame = createAnswerFrame(id, maxBytes)
    const release = () => {
      clock.clearTimeout(timer)
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
      // The question is not heard: an answer came without one, or none at all. With the input's end it may come.
      if (run.answers === 0 && !single) host.way = 'command'
      const error =
        run.pid === null && text !== null && !frame.begun()
          ? hostFault(host, 'answerBroken', text)
          : hostFault(host, 'hung', `no whole answer within ${Math.round(timeoutMs / 100) / 10} s`)
      endRun(host, run, error, { stuck: true })
      resolve(answer === null ? err(error) : ok(answer))
    }
    const timer = clock.setTimeout(onTimeout, timeoutMs)
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) return onAbort()
    run.waiting = { frame, settle }
    run.connection.inOnePiece(() => {
      run.channel.write(askLine(line, id))
      if (single) run.channel.end()
    })
  })

/** Starts a command: no terminal, no environment, no agent. The error is what the host said. Rejects when aborted. */
const startCommand = (made: SshConnection, command: string, signal: AbortSignal): Promise<Result<ClientChannel, string>> =>
  new Promise((resolve, reject) => {
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
      // ssh2 throws this way where the connection has just ended.
      signal.removeEventListener('abort', onAbort)
      resolve(err(error instanceof Error ? error.message : ''))
    }
  })
