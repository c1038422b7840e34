import { randomBytes } from 'node:crypto'
import type { ClientChannel } from 'ssh2'
import { type Clock, timeLimit } from '../../clock/clock.ts'
import type { HostFailure } from '../../shared/errors.ts'
import { quoted } from '../../shared/quoted.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { type AnswerFrame, askLine, createAnswerFrame, noiseLimit } from './askLine.ts'
import { createConnectQueue } from './connectQueue.ts'
import { type HostErrorKind, hostError } from './hostErrors.ts'
import { createPrivateKeys } from './privateKey.ts'
import { didKill, killCommand, shellCommand, shellPid, withoutHello } from './shellCommand.ts'
import { type ConnectFailure, connectSsh, keyProblemNow, type SshConnection, type SshMeans, type SshRoute } from './sshConnection.ts'
import { type AskOptions, type ShellChannel, type ShellTransport, targetName } from './transport.ts'

/** What a remote host is read through. */
export interface RemoteShell extends SshRoute {
  /** POSIX sh: reads lines and answers them, as `ShellChannel` says. */
  readonly script: string
  /** Called where a script that was given up could not be ended, or is not known to be: it may still run there. */
  readonly onLeftRunning?: () => void
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
interface Run {
  readonly channel: ClientChannel
  readonly connection: SshConnection
  /** Answers are named by it and their number: nobody else's END is taken for one. */
  readonly name: string
  waiting: Waiting | null
  questions: number
  answers: number
  /** What came while nobody asked, or before the first answer; for the process id and for words. */
  preface: string
  idleBytes: number
  pid: number | null
  stderr: string
  stderrBytes: number
  exitCode: number | null
  /** Out of use: nothing is asked of it any more. */
  ended: boolean
  /** Its channel is closed: the command ended. */
  closed: boolean
}

/** One after the other, in order. */
function createLock() {
  let last: Promise<unknown> | null = null
  return <T>(work: () => Promise<T>): Promise<T> => {
    // Nearly always nobody is before us.
    const mine = last === null ? work() : last.then(work, work)
    const release = () => {
      if (last === mine) last = null
    }
    last = mine
    mine.then(release, release)
    return mine
  }
}

/** The connections to hosts by ssh2. All of an engine's hosts come from one of these: it holds what they share. */
export function createSsh2(clock: Clock, queue = createConnectQueue()) {
  const means: SshMeans = { clock, queue, privateKeys: createPrivateKeys() }
  return { transport: (remote: RemoteShell): ShellTransport => createTransport(means, remote) }
}

/** Aborts with the first of two. Dispose it: of `AbortSignal.any` something stays at those that live longer, with each try to connect. */
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
  const { clock } = means
  const facts = { target: targetName(remote.target), user: remote.target.user }
  const fault = (kind: HostErrorKind, said: string | null = null) => hostError(kind, { ...facts, said })
  const command = shellCommand(remote.script)
  const lifetime = new AbortController()
  const runs = new Set<Run>()
  /** Stuck scripts that are being ended: their connection is needed until then. */
  const endings = new Set<Promise<void>>()
  const closedListeners = new Set<(error: HostFailure) => void>()
  const connectTurn = createLock()
  let connection: SshConnection | null = null
  let failedLast = false
  let met: ConnectFailure['met'] = null
  /** Whether this host answers in a channel that stays open. Asked again for each connection. */
  let way: 'channel' | 'command' = 'channel'

  const connected = (signal: AbortSignal): Promise<Result<SshConnection, HostFailure>> =>
    connectTurn(async () => {
      signal.throwIfAborted()
      if (lifetime.signal.aborted) return err(fault('closed'))
      if (connection !== null && connection.lost() === null) return ok(connection)
      if (met !== null) {
        // A changed key stops everything here: nothing is sent to that host before somebody decided.
        const problem = await keyProblemNow(remote, met)
        if (problem?.kind === 'hostKeyChanged') return err(problem)
        met = null
      }
      let outcome: Result<SshConnection, ConnectFailure>
      try {
        using either = firstOf(signal, lifetime.signal)
        outcome = await connectSsh(means, remote, failedLast, either.signal)
      } catch (error) {
        if (lifetime.signal.aborted && !signal.aborted) return err(fault('closed'))
        throw error
      }
      failedLast = !outcome.ok
      if (!outcome.ok) {
        met = outcome.error.met
        return err(outcome.error.error)
      }
      const made = outcome.value
      connection = made
      way = 'channel'
      made.onLost((error) => {
        for (const run of runs) if (run.connection === made) endRun(run, error, { tell: false })
        tellClosed(error)
      })
      return ok(made)
    })

  const tellClosed = (error: HostFailure) => {
    if (!lifetime.signal.aborted) for (const told of closedListeners) told(error)
  }

  /** Takes a run out of use, and tells whoever waits for it. A stuck one does not end with its channel: it is killed first. */
  const endRun = (run: Run, error: HostFailure, { tell = way === 'channel', stuck = false } = {}) => {
    if (run.ended) return
    run.ended = true
    runs.delete(run)
    const { waiting } = run
    run.waiting = null
    if (stuck) killRun(run)
    else run.channel.close()
    waiting?.settle(err(error))
    if (tell) tellClosed(error)
  }

  const killRun = (run: Run): void => {
    const ending = kill(run)
      .then((ended) => {
        run.channel.close()
        // What a connection takes along when it is lost is not known, and has words of its own.
        if (!ended && run.connection.lost() === null) remote.onLeftRunning?.()
      })
      .finally(() => endings.delete(ending))
    endings.add(ending)
  }

  /** A connection that is of no use any more. */
  const leave = (made: SshConnection) => {
    made.destroy()
    if (connection === made) connection = null
  }

  /** Ends a script that did not come to its end by itself. Resolves with whether it is known to have ended. */
  const kill = async (run: Run): Promise<boolean> => {
    using limit = timeLimit(clock, killLimitMs)
    const { channel, connection: itsConnection } = run
    // Works where sshd has its privileges separated; the command works elsewhere.
    if (!channel.destroyed && channel.writable) channel.signal('KILL')
    // Given up before its first line came: without a process id nothing can be ended.
    const pid = await pidOf(run, limit.signal)
    if (itsConnection.lost() !== null) return false
    if (pid === null) return run.closed
    const killer = await startCommand(itsConnection, killCommand(pid), limit.signal).catch(() => null)
    // Not even that is answered: nothing comes through any more, as where a firewall forgot the connection.
    if (killer === null) {
      leave(itsConnection)
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

  /** Why the command ended without an answer. */
  const whyEnded = (run: Run, frame: AnswerFrame): HostFailure => {
    const lost = run.connection.lost()
    if (lost !== null) return lost
    const out = frame.begun() ? null : noiseOf(run, frame)
    const said = out ?? quoted(run.stderr)
    const { exitCode, pid } = run
    if (
      pid === null &&
      (exitCode === 127 || exitCode === 126 || /\bsh['"]?: (command )?not found|is not recognized as an internal|no such file or directory/i.test(said ?? ''))
    )
      return fault('shellMissing', said)
    if (pid === null && /not available|not allowed|not permitted|rejected|denied|forbidden|restricted|disabled|unrecognized command/i.test(said ?? ''))
      return fault('commandRefused', said)
    if (frame.begun()) return fault('answerBroken', 'it ended in the middle')
    if (out !== null || pid !== null) return fault('answerBroken', said)
    return fault('commandRefused', said ?? `it ended at once, with code ${exitCode ?? 'unknown'}`)
  }

  const startRun = async (made: SshConnection, signal: AbortSignal): Promise<Result<Run, HostFailure>> => {
    const started = await startCommand(made, command, signal)
    if (!started.ok) return made.lost() !== null ? err(made.lost() ?? fault('closed')) : err(fault('commandRefused', quoted(started.error)))
    const channel = started.value
    const run: Run = {
      channel,
      connection: made,
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
    runs.add(run)
    const learnPid = (chunk: Buffer) => {
      if (run.pid !== null || run.answers > 0 || run.preface.length > noiseLimit) return
      run.preface += chunk.toString('utf8')
      run.pid = shellPid(run.preface)
    }
    const endless = () => {
      endRun(run, fault('answerEndless'))
      leave(made)
    }
    channel.on('data', (chunk: Buffer) => {
      made.carried(chunk.length)
      // Also of one that is out of use: it is ended by that.
      learnPid(chunk)
      if (run.ended) return
      const { waiting } = run
      if (waiting === null) {
        run.idleBytes += chunk.length
        if (run.idleBytes > noiseLimit) endless()
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
          return waiting.settle(ok(state.answer))
        case 'tooMuch':
          return endless()
        case 'noise':
          return endRun(run, fault('answerBroken', noiseOf(run, waiting.frame)), { stuck: true })
      }
    })
    channel.stderr.on('data', (chunk: Buffer) => {
      made.carried(chunk.length)
      run.stderrBytes += chunk.length
      if (run.stderr.length < stderrKept) run.stderr += chunk.toString('utf8', 0, stderrKept)
      if (!run.ended && run.stderrBytes > stderrLimit) endless()
    })
    channel.on('exit', (code: number | null) => {
      run.exitCode = code
    })
    channel.on('error', () => {})
    channel.on('close', () => {
      run.closed = true
      if (run.ended) return
      const { waiting } = run
      const answer = waiting?.frame.ended() ?? null
      // A command that answers and ends is what a forced command may be: from now on one for each question.
      if (made.lost() === null && run.answers + (answer === null ? 0 : 1) === 1) way = 'command'
      if (waiting !== null && answer !== null) {
        run.waiting = null
        waiting.settle(ok(answer))
      }
      endRun(run, waiting === null || answer !== null ? (made.lost() ?? fault('closed', 'the command ended.')) : whyEnded(run, waiting.frame))
    })
    return ok(run)
  }

  /** One question to one run; the run is over when it fails. */
  const askRun = (run: Run, line: string, { maxBytes, timeoutMs }: AskOptions, signal: AbortSignal, single: boolean) =>
    new Promise<Result<Uint8Array, HostFailure>>((resolve, reject) => {
      if (run.ended) return resolve(err(run.connection.lost() ?? fault('closed')))
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
        endRun(run, fault('closed'), { stuck: true })
        reject(signal.reason)
      }
      const onTimeout = () => {
        release()
        run.waiting = null
        const text = noiseOf(run, frame)
        const answer = frame.ended()
        // Nobody hears us: an answer that nobody asked for, or none at all. With the input's end it may come.
        if (run.answers === 0 && !single) way = 'command'
        const error =
          run.pid === null && text !== null && !frame.begun()
            ? fault('answerBroken', text)
            : fault('hung', `no whole answer within ${Math.round(timeoutMs / 100) / 10} s`)
        endRun(run, error, { stuck: true })
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

  const openRun = async (signal: AbortSignal, timeoutMs: number): Promise<Result<Run, HostFailure>> => {
    const made = await connected(signal)
    if (!made.ok) return made
    using limit = timeLimit(clock, timeoutMs, signal)
    try {
      return await startRun(made.value, limit.signal)
    } catch (error) {
      if (signal.aborted) throw error
      // Not even a channel came about: the connection is of no use.
      leave(made.value)
      return err(fault('hung', 'it opened no channel'))
    }
  }

  const openLimitMs = 10_000

  const createChannel = (first: Run | null): ShellChannel => {
    const turn = createLock()
    const listeners = new Set<(error: HostFailure) => void>()
    let run = first
    let closed = false
    const told = (error: HostFailure) => {
      for (const listener of listeners) listener(error)
    }
    closedListeners.add(told)

    const ask = async (line: string, options: AskOptions, signal: AbortSignal): Promise<Result<Uint8Array, HostFailure>> => {
      signal.throwIfAborted()
      if (closed || lifetime.signal.aborted) return err(fault('closed'))
      if (run === null || run.ended) {
        const opened = await openRun(signal, Math.max(openLimitMs, options.timeoutMs))
        if (!opened.ok) return opened
        run = opened.value
      }
      const mine = run
      const single = way === 'command'
      if (single) run = null
      const outcome = await askRun(mine, line, options, signal, single)
      // The command ended with its first answer, as this question was on its way to it.
      if (!outcome.ok && !single && way === 'command' && mine.answers > 0) return ask(line, options, signal)
      if (single && !mine.ended) {
        mine.ended = true
        runs.delete(mine)
        mine.channel.close()
      }
      return outcome
    }
    return {
      way: () => way,
      ask: (line, options, signal) => turn(() => ask(line, options, signal)),
      onClosed: (listener) => {
        listeners.add(listener)
        return () => void listeners.delete(listener)
      },
      close: () => {
        closed = true
        closedListeners.delete(told)
        const mine = run
        run = null
        if (mine === null || mine.ended) return
        listeners.clear()
        endRun(mine, fault('closed'), { stuck: mine.waiting !== null })
      },
    }
  }

  return {
    open: async (signal) => {
      if (way === 'command' && connection?.lost() === null) return ok(createChannel(null))
      const opened = await openRun(signal, openLimitMs)
      return opened.ok ? ok(createChannel(opened.value)) : opened
    },
    close: () => {
      if (lifetime.signal.aborted) return
      lifetime.abort(new DOMException('The host is not read any more', 'AbortError'))
      const made = connection
      connection = null
      for (const run of [...runs]) endRun(run, fault('closed'), { stuck: run.waiting !== null })
      // Also of questions that were given up just before: their scripts are ended over this connection.
      if (endings.size === 0) made?.destroy()
      else void Promise.allSettled(endings).finally(() => made?.destroy())
    },
  }
}

/** What a host said instead of an answer. */
const noiseOf = (run: Run, frame: AnswerFrame) => quoted(withoutHello(run.pid === null ? run.preface : frame.text()))

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
