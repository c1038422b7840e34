import { createSystemClock } from '../clock/clock.ts'
import { type HeadlessConfig, loadConfig } from '../configuration/config.ts'
import type { RereadConfig } from '../configuration/followConfig.ts'
import type { Log } from '../engine/ports.ts'
import { problemsText } from '../i18n/validationErrorText.ts'
import { messageOf } from '../shared/result.ts'
import { visibleText } from '../shared/visibleText.ts'

export const clock = createSystemClock()

// What all commands share. The command line speaks English only: its output is read by scripts, pasted into tickets and searched for.

/** Exit codes of the command line; 64 and above are those of sysexits.h. */
export const exitCodes = {
  ok: 0,
  /** `once`: a stream is stalled or on slate. */
  streamTrouble: 1,
  /** `check`, `backup`: something in the data folder is damaged. */
  storeTrouble: 1,
  /** `check-config`: the file has mistakes. */
  fileTrouble: 1,
  /** `once`: a server did not answer. */
  serverTrouble: 2,
  /** Bad usage or configuration. */
  usage: 64,
  /** Something required is not available: a port, the data folder, Node 24. */
  unavailable: 69,
  /** A bug of ours; the log has it. */
  crash: 70,
  /** 128 + SIGINT, as in shells. */
  stopped: 130,
} as const

/** Ends the command with a message and an exit code. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure'
  readonly exitCode: number
  constructor(message: string, exitCode: number) {
    super(message)
    this.exitCode = exitCode
  }
}
export function fail(message: string, exitCode: number = exitCodes.unavailable): never {
  throw new CommandFailure(message, exitCode)
}

export function demoFailed(error: unknown): never {
  return fail(`The demo fleet can't start: ${messageOf(error)}`)
}

/** A line for whoever started a command. Backups, bundles and configurations come from strangers: nothing in them steers the terminal. */
export function print(line: string): void {
  console.log(visibleText(line))
}
export function tell(line: string): void {
  console.error(visibleText(line))
}

/** The log for short commands: standard error gets our own bugs only; everything else is in the command's output. */
export const bugsOnlyLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: (_facts, text) => console.error(text),
  child: () => bugsOnlyLog,
}

/** Aborted by the first SIGINT or SIGTERM; the second one ends the process at once. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController()
  let firstAt = 0
  const onSignal = () => {
    // The terminal, npm and the launcher each pass on the same Ctrl-C.
    if (stop.signal.aborted && clock.monotonic() - firstAt > 1000) process.exit(exitCodes.stopped)
    if (!stop.signal.aborted) firstAt = clock.monotonic()
    stop.abort()
  }
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal)
  return stop.signal
}

export interface DataFlags {
  readonly config?: string
  readonly dataDir?: string
}
export interface ConsoleFlags extends DataFlags {
  readonly listen?: string
  readonly metricsListen?: string
  readonly plainHttp?: boolean
  readonly demo?: boolean
}

/** The configuration file named by the flags, otherwise by the environment; null: none. */
export function configPath(flags: DataFlags): string | null {
  return flags.config ?? (process.env.MTXDECK_CONFIG || null)
}

/** Returns a function that reads the configuration again; used when its file is followed. */
export function rereadConfig(flags: ConsoleFlags): RereadConfig {
  const { config: _, ...others } = flags
  return (note) => loadConfig(configPath(flags), { env: process.env, flags: others, cwd: process.cwd() }, note)
}

export function configure(flags: ConsoleFlags): HeadlessConfig {
  const config = rereadConfig(flags)(() => {})
  return config.ok ? config.value : fail(problemsText(config.error, 'en'), exitCodes.usage)
}
