import { randomBytes } from 'node:crypto'
import type { ClientChannel } from 'ssh2'
import { afterRunning, TimeLimitError, timeLimit } from '../../clock/clock.ts'
import { oneAtATime } from '../../clock/semaphore.ts'
import { hostAndPort } from '../../shared/endpoints.ts'
import type { HostCause, HostFailure } from '../../shared/errors.ts'
import { scriptCommand } from '../../shared/hostRecipe.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { AnswerFrame } from './answerFrame.ts'
import { type HostErrorKind, hostError, quotedCause } from './hostErrors.ts'
import type { AskLimits, ScriptAnswer, ScriptShell } from './scriptShell.ts'
import { connectSsh, type SshConnection, type SshMeans, type SshRoute } from './sshConnection.ts'

/** Text of a command that is no answer: kept, for error messages; and most that is accepted, during one answer or without a request. */
const stderrKept = 4 * 1024
const unaskedLimit = 256 * 1024

interface Run {
  readonly channel: ClientChannel
  /** Part of the id of its answers, so that the END of another run is not mistaken for one of them. */
  readonly name: string
  questions: number
  answers: number
  waiting: { readonly frame: AnswerFrame; readonly settle: (outcome: Asked) => void } | null
  unaskedBytes: number
  stderr: string
  exitCode: number | null
  ended: boolean
}
type Asked = Result<Buffer, HostFailure>

/**
 * A script that runs on a host and answers lines, over one connection and channel that stay open. It outlives them: whatever else fails than the
 * command itself closes the connection, and the next request connects again.
 *
 * What the script must do: read lines `<line> <id>` from its standard input until that ends, and answer each with lines of which the
 * first begins with `== ` and the last is `== END <id>`. Text before the first one is skipped. One that has ended is started again for the next question.
 */
export class SshShell implements ScriptShell {
  readonly #means: SshMeans
  readonly #route: SshRoute
  readonly #command: string
  #connection: SshConnection | null = null
  #run: Run | null = null
  #closed = false
  readonly #inTurn = oneAtATime()

  constructor(means: SshMeans, route: SshRoute, script: string) {
    this.#means = means
    this.#route = route
    this.#command = scriptCommand(script)
  }

  isConnected(): boolean {
    return this.#connection?.lost() === null
  }

  /** Sends one line (without newline). One request at a time; others wait. Rejects with the signal's reason when it is aborted. */
  ask(line: string, limits: AskLimits, signal: AbortSignal): Promise<Result<ScriptAnswer, HostFailure>> {
    return this.#inTurn(signal, () => this.#ask(line, limits, signal))
  }

  /** Ends the script and the connection, at once and for good. */
  readonly close = (): void => {
    this.#closed = true
    this.#drop(this.#fault('closed'))
  }

  async #ask(line: string, limits: AskLimits, signal: AbortSignal): Promise<Result<ScriptAnswer, HostFailure>> {
    const connected = await this.#connected(signal)
    if (!connected.ok) return connected
    const { clock } = this.#means
    const started = this.#run === null || this.#run.ended ? await this.#start(connected.value, limits.timeoutMs, signal) : ok(this.#run)
    if (!started.ok) return started
    const [askedAtMs, askedAt] = [clock.now(), clock.monotonic()]
    const outcome = await this.#send(connected.value, started.value, line, limits, signal)
    return outcome.ok ? ok({ bytes: outcome.value, askedAtMs, tookMs: clock.monotonic() - askedAt }) : outcome
  }

  async #connected(signal: AbortSignal): Promise<Result<SshConnection, HostFailure>> {
    signal.throwIfAborted()
    if (this.#closed) return err(this.#fault('closed'))
    if (this.#connection?.lost() === null) return ok(this.#connection)
    const outcome = await connectSsh(this.#means, this.#route, signal)
    if (!outcome.ok) return outcome
    const connection = outcome.value
    if (this.#closed) {
      connection.destroy()
      return err(this.#fault('closed'))
    }
    this.#connection = connection
    connection.onLost((error) => {
      if (this.#connection === connection) this.#drop(error)
    })
    return outcome
  }

  async #start(connection: SshConnection, timeoutMs: number, signal: AbortSignal): Promise<Result<Run, HostFailure>> {
    using limit = timeLimit(this.#means.clock, timeoutMs, signal)
    let started: Result<ClientChannel, string>
    try {
      started = await connection.run(this.#command, limit.signal)
    } catch (error) {
      this.#drop(this.#fault('closed'))
      if (!(error instanceof TimeLimitError) || signal.aborted) throw error
      return err(this.#fault('hung'))
    }
    if (!started.ok) return err(connection.lost() ?? this.#fault('commandRefused', quotedCause(started.error)))
    const channel = started.value
    const name = randomBytes(4).toString('hex')
    const run: Run = { channel, name, questions: 0, answers: 0, waiting: null, unaskedBytes: 0, stderr: '', exitCode: null, ended: false }
    this.#run = run
    channel.on('data', (chunk: Buffer) => {
      connection.carried(chunk.length)
      this.#takeOutput(run, chunk)
    })
    channel.stderr.on('data', (chunk: Buffer) => {
      connection.carried(chunk.length)
      if (run.stderr.length < stderrKept) run.stderr += chunk.toString('utf8', 0, stderrKept)
      this.#takeUnasked(run, chunk)
    })
    channel.on('exit', (code: number | null) => {
      run.exitCode = code
    })
    channel.on('error', () => {})
    channel.on('close', () => this.#commandEnded(run))
    return ok(run)
  }

  #send(connection: SshConnection, run: Run, line: string, { maxBytes, timeoutMs }: AskLimits, signal: AbortSignal): Promise<Asked> {
    return new Promise((resolve, reject) => {
      if (run.ended) return resolve(err(this.#fault('closed')))
      const id = `${run.name}-${run.questions++}`
      const frame = new AnswerFrame(id, maxBytes)
      const settle = (outcome: Asked) => {
        stopLimit()
        signal.removeEventListener('abort', onAbort)
        resolve(outcome)
      }
      const onAbort = () => {
        reject(signal.reason)
        this.#drop(this.#fault('closed'))
      }
      // A host may only say something, such as a banner, and then wait.
      const onTimeout = () => this.#drop(frame.text() === '' || frame.hasBegun() ? this.#fault('hung') : this.#fault('answerBroken', quotedCause(frame.text())))
      const stopLimit = afterRunning(this.#means.clock, timeoutMs, onTimeout)
      signal.addEventListener('abort', onAbort)
      run.waiting = { frame, settle }
      if (signal.aborted) return onAbort()
      connection.inOnePiece(() => run.channel.write(`${line} ${id}\n`))
    })
  }

  #takeOutput(run: Run, chunk: Buffer): void {
    const { waiting } = run
    if (waiting === null) {
      this.#takeUnasked(run, chunk)
      return
    }
    const state = waiting.frame.push(chunk)
    if (state === 'tooMuch') this.#drop(this.#fault('answerBroken', { kind: 'sendsTooMuch' }))
    if (state !== 'whole') return
    run.waiting = null
    run.answers++
    run.unaskedBytes = 0
    waiting.settle(ok(waiting.frame.answer()))
  }

  #takeUnasked(run: Run, chunk: Buffer): void {
    run.unaskedBytes += chunk.length
    if (run.unaskedBytes > unaskedLimit && !run.ended) this.#drop(this.#fault('answerBroken', { kind: 'sendsTooMuch' }))
  }

  #commandEnded(run: Run): void {
    if (run.ended) return
    run.ended = true
    const { waiting } = run
    if (waiting === null) return
    run.waiting = null
    waiting.settle(err(this.#whyEnded(run, waiting.frame)))
  }

  /** Why the command ended without an answer. */
  #whyEnded({ answers, stderr, exitCode }: Run, frame: AnswerFrame): HostFailure {
    // It ran before, and has nothing to say of this question: mostly its connection was cut.
    if (answers > 0 && frame.text() === '') return this.#fault('closed')
    const hasBegun = frame.hasBegun()
    const said = quotedCause(hasBegun ? stderr : frame.text() || stderr)
    return this.#fault(hasBegun || answers > 0 || (exitCode === 0 && said !== null) ? 'answerBroken' : 'commandRefused', said)
  }

  /** Closes the connection, and fails the waiting request. What hangs on the host is killed where its sshd allows that; else our script ends itself. */
  #drop(error: HostFailure): void {
    const [connection, run] = [this.#connection, this.#run]
    this.#connection = null
    this.#run = null
    if (run !== null && !run.ended) {
      run.ended = true
      if (run.waiting !== null && run.channel.writable) run.channel.signal('KILL')
      run.waiting?.settle(err(error))
      run.waiting = null
    }
    connection?.destroy()
  }

  #fault(kind: HostErrorKind, said: HostCause | null = null): HostFailure {
    const { target } = this.#route
    return hostError(kind, { target: hostAndPort(target), user: target.user, said })
  }
}
