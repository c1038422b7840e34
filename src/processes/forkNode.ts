import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Post this to a forked process to close the channel: the process then ends with everything that it started. */
export const letGo = Symbol('let go')

/**
 * A forked Node process and the channel to it.
 * Forks `entry`. Buffers travel as they are; it hears nothing on standard input, and nobody hears its standard output.
 */
export function forkNode(
  entry: URL,
  {
    args = [],
    flags = [],
    env = process.env,
    by = [],
    node = process.execPath,
  }: {
    readonly args?: readonly string[]
    /** Of Node and V8. */
    readonly flags?: readonly string[]
    readonly env?: NodeJS.ProcessEnv
    /** A program and its arguments that executes Node in its place, such as `noNewPrivileges()`. */
    readonly by?: readonly string[]
    /** Its path; as a default the Node that runs this. */
    readonly node?: string
  } = {},
) {
  const [execPath = node, ...execArgs] = [...by, node]
  const child = fork(fileURLToPath(entry), args, {
    execPath,
    execArgv: [...execArgs, '--disable-warning=ExperimentalWarning', ...flags],
    env,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
  })
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(String(signal ?? code)))
    child.once('error', (error) => resolve(error.message))
  })
  const postMessage = (message: unknown): void => {
    if (!child.connected) return
    if (message === letGo) child.disconnect()
    else child.send(message as object)
  }
  return {
    pid: child.pid ?? null,
    postMessage,
    /** Kills it with a signal that can't be ignored, because native code may block all others. */
    kill: () => child.kill('SIGKILL'),
    on: (event: 'message', listener: (message: unknown) => void): void => void child.on(event, listener),
    once: (_: 'exit', listener: (why: string) => void): void => void ended.then(listener),
    /** Its exit code or signal, or why it could not be started. */
    ended,
  }
}
export type ForkedNode = ReturnType<typeof forkNode>

/**
 * Ends this process without waiting for native code. `process.exit` alone joins libuv's threads: one that is blocked in a read, or waits for a callback into
 * JavaScript as FFmpeg's custom IO does, would keep the process for ever. Listeners of `exit` are called first. To a parent it ended by SIGKILL.
 */
export function exitAtOnce(): never {
  process.on('exit', () => process.kill(process.pid, 'SIGKILL'))
  process.exit()
}
