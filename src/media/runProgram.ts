import { spawn } from 'node:child_process'
import { plainEnvironment } from '../shared/media.ts'

/** What became of a program that was run. */
export interface ProgramRun {
  /** Nothing that was cut: a program that says more than `maxBytes` is ended, and `isOver` says so. */
  readonly stdout: Buffer
  /** Its beginning, which is where a program says what is wrong. */
  readonly stderr: string
  readonly isOver: boolean
  /** null: it was ended, or did not start. */
  readonly exitCode: number | null
}

export interface RunOptions {
  /** Given to its standard input. */
  readonly input?: string
  readonly maxBytes: number
  readonly signal?: AbortSignal
}

const maxStderrBytes = 64 * 1024
/** Of addresses, shared libraries included. A picture of 8K with what a decoder keeps beside it fits. */
const maxMemoryBytes = 3 * 1024 ** 3

/** Programs under way; each leads a group of processes, where the system has such. */
const running = new Map<number, () => void>()
let isWatched = false
function endAllAtExit() {
  if (isWatched) return
  isWatched = true
  process.on('exit', () => {
    for (const kill of running.values()) kill()
  })
}

/** Starts a program without a shell, in a group of its own that is ended as one, with an environment that has no secrets. */
const run = (command: readonly [string, ...string[]], { input = '', maxBytes, signal }: RunOptions): Promise<ProgramRun> =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve({ stdout: Buffer.alloc(0), stderr: '', isOver: false, exitCode: null })
    endAllAtExit()
    const [program, ...args] = command
    const hasGroups = process.platform !== 'win32'
    const child = spawn(program, args, {
      env: { ...plainEnvironment(process.env), LC_ALL: 'C', AV_LOG_FORCE_NOCOLOR: '1' },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: hasGroups,
      windowsHide: true,
    })
    const { pid } = child
    const kill = () => {
      try {
        if (hasGroups && pid !== undefined) process.kill(-pid, 'SIGKILL')
        else child.kill('SIGKILL')
      } catch {
        // It has ended.
      }
    }
    if (pid !== undefined) running.set(pid, kill)
    signal?.addEventListener('abort', kill, { once: true })

    const said: Buffer[] = []
    let bytes = 0
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= maxBytes) said.push(chunk)
      else kill()
    })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      if (stderr.length < maxStderrBytes) stderr += chunk.slice(0, maxStderrBytes - stderr.length)
    })
    // One that ends before it has read all breaks the pipe; its exit code says more.
    child.stdin.on('error', () => {})
    child.stdin.end(input)

    const ended = (exitCode: number | null) => {
      if (pid !== undefined) running.delete(pid)
      signal?.removeEventListener('abort', kill)
      resolve({ stdout: Buffer.concat(said), stderr, isOver: bytes > maxBytes, exitCode })
    }
    child.once('error', () => {
      if (pid === undefined) ended(null)
    })
    child.once('close', (exitCode) => ended(exitCode))
  })

/**
 * Programs of util-linux that hand a program to the kernel's care before they become it: it ends when this process ends,
 * however that happens, and gets no more memory than its share. Where they are missing it is ended by this process alone.
 */
async function findKeepers(): Promise<readonly string[]> {
  const found: string[] = []
  if (process.platform !== 'linux') return found
  const keepers = [
    ['setpriv', '--pdeathsig', 'KILL', '--'],
    ['prlimit', `--as=${maxMemoryBytes}`, '--core=0', '--'],
  ] as const
  for (const keeper of keepers) {
    const tried = await run([...keeper, 'true'], { maxBytes: 0 })
    if (tried.exitCode === 0) found.push(...keeper)
  }
  return found
}
let keepers: Promise<readonly string[]> | null = null

/** Runs a program to its end, or until the signal aborts; never rejects. It is as polite as this process is. */
export async function runProgram(path: string, args: readonly string[], options: RunOptions): Promise<ProgramRun> {
  keepers ??= findKeepers()
  const [first = path, ...rest] = [...(await keepers), path, ...args]
  return await run([first, ...rest], options)
}
