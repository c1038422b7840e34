import { spawn } from 'node:child_process'
import { programFiles } from '../processes/programFiles.ts'
import { findSandbox, type Sandbox } from '../processes/sandbox.ts'
import { type MediaSandbox, plainEnvironment, type WantedSandbox } from '../shared/media.ts'

interface ProgramRun {
  /** Never truncated: a program that writes more than `maxBytes` is killed, and `isOver` is set. */
  readonly stdout: Buffer
  /** Only its beginning, where programs usually explain errors. */
  readonly stderr: string
  readonly isOver: boolean
  /** null: it was killed, or did not start. */
  readonly exitCode: number | null
}

interface RunOptions {
  readonly input?: string
  readonly maxBytes: number
  readonly signal?: AbortSignal
  /** Called with each chunk of standard output, which is then neither kept nor limited. If it returns a promise, reading pauses until that resolves. */
  readonly onOutput?: (chunk: Buffer) => Promise<void> | null
  readonly onMessages?: (text: string) => void
  /** Run outside of the sandbox, for programs that read no stream. */
  readonly outside?: boolean
}

const maxStderrBytes = 64 * 1024
/** Limit of address space, including shared libraries. Enough for an 8K picture and the decoder's own memory. */
const maxMemoryBytes = 3 * 1024 ** 3

/** Running programs; each leads a process group if the system supports that. */
const running = new Map<number, () => void>()
function endAll() {
  for (const kill of running.values()) kill()
}
function begun(pid: number, kill: () => void) {
  if (running.size === 0) process.on('exit', endAll)
  running.set(pid, kill)
}
function gone(pid: number) {
  if (running.delete(pid) && running.size === 0) process.off('exit', endAll)
}

/** Starts a program without a shell, in its own process group that is killed as a whole, with an environment without secrets. */
const run = (command: readonly [string, ...string[]], { input = '', maxBytes, signal, onOutput, onMessages }: RunOptions): Promise<ProgramRun> =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve({ stdout: Buffer.alloc(0), stderr: '', isOver: false, exitCode: null })
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
        // It has already ended.
      }
      // Unread output would delay the `close` event.
      child.stdout.resume()
    }
    if (pid !== undefined) begun(pid, kill)
    signal?.addEventListener('abort', kill, { once: true })

    const said: Buffer[] = []
    let bytes = 0
    child.stdout.on('data', (chunk: Buffer) => {
      if (onOutput !== undefined) {
        const until = onOutput(chunk)
        if (until === null) return
        child.stdout.pause()
        return void until.finally(() => void child.stdout.resume())
      }
      bytes += chunk.length
      if (bytes <= maxBytes) said.push(chunk)
      else kill()
    })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      onMessages?.(chunk)
      if (stderr.length < maxStderrBytes) stderr += chunk.slice(0, maxStderrBytes - stderr.length)
    })
    // A program that ends before reading all input breaks the pipe; its exit code is more informative.
    child.stdin.on('error', () => {})
    child.stdin.end(input)

    const ended = (exitCode: number | null) => {
      if (pid !== undefined) gone(pid)
      signal?.removeEventListener('abort', kill)
      resolve({ stdout: Buffer.concat(said), stderr, isOver: bytes > maxBytes, exitCode })
    }
    child.once('error', () => {
      if (pid === undefined) ended(null)
    })
    child.once('close', (exitCode) => ended(exitCode))
  })

/**
 * Programs of util-linux that set kernel limits before they execute a program: it ends when this process ends,
 * for whatever reason, it can gain no rights, and its memory is limited. Without them only this process can end it.
 */
async function findKeepers(): Promise<readonly string[]> {
  const found: string[] = []
  if (process.platform !== 'linux') return found
  const keepers = [
    ['setpriv', '--no-new-privs', '--pdeathsig', 'KILL', '--'],
    ['prlimit', `--as=${maxMemoryBytes}`, '--core=0', '--'],
  ] as const
  for (const keeper of keepers) {
    const tried = await run([...keeper, 'true'], { maxBytes: 0 })
    if (tried.exitCode === 0) found.push(...keeper)
  }
  return found
}
let keepers: Promise<readonly string[]> | null = null

/** Sandbox for each program, if this process is not in one itself. */
let sandbox: Sandbox | null = null

/**
 * Makes each further program run in a sandbox of its own, if this machine allows one. For a process that can't be started in a sandbox itself, such as
 * that of the desktop app. Resolves with the sandbox in use.
 */
export async function sandboxPrograms(wanted: WantedSandbox | null): Promise<MediaSandbox> {
  const found = wanted === 'off' ? wanted : await findSandbox()
  if (typeof found === 'string') {
    sandbox = null
    return found
  }
  sandbox = found
  return 'bwrap'
}

/** Runs a program to its end, or until the signal aborts; never rejects. It inherits this process's priority. */
export async function runProgram(path: string, args: readonly string[], options: RunOptions): Promise<ProgramRun> {
  keepers ??= findKeepers()
  const box = options.outside ? null : sandbox
  // A setuid bubblewrap can't work under no-new-privs, so it comes first; it ends with this process by itself.
  const [first = path, ...rest] = [...(box?.around(programFiles(path, process.env)) ?? []), ...(await keepers), path, ...args]
  return await run([first, ...rest], options)
}

/** Longest line that is read; FFmpeg's own are shorter. */
const longestLine = 4_096

/** Cuts text that comes in pieces into lines; of one that is too long, only the end is handed over. */
export function splitLines(onLine: (line: string) => void): (text: string) => void {
  let rest = ''
  return (text) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > longestLine) rest = ''
    for (const line of lines) onLine(line)
  }
}
