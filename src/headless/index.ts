import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { createSystemClock } from '../clock/clock.ts'
import { type HeadlessConfig, readConfig } from '../configuration/config.ts'
import type { RereadConfig } from '../configuration/followConfig.ts'
import { loadConfig } from '../configuration/loadConfig.ts'
import { settingsHelp } from '../configuration/settings.ts'
import { buildConsole, isBuildStale } from './buildConsole.ts'
import { findElectron, runDesktop } from './desktop.ts'
import { exitCodes } from './exitCodes.ts'
import { projectDir, readVersion, rendererDir } from './projectFiles.ts'
import { addRecipeCommand } from './recipeCommand.ts'
import { shellLanguage } from './shellLanguage.ts'
import { addStoreCommands } from './storeCommands.ts'

const neededMajor = 24
const version = readVersion()
const { env, platform } = process

/** Something that ends the command with words for people and an exit code. */
class CommandFailure extends Error {
  override readonly name = 'CommandFailure'
  readonly exitCode: number
  constructor(words: string, exitCode: number) {
    super(words)
    this.exitCode = exitCode
  }
}

interface ConsoleFlags {
  readonly config?: string
  readonly listen?: string
  readonly dataDir?: string
  readonly demo?: boolean
}

const tell = (line: string) => console.error(line)
const clock = createSystemClock()

/** The configuration's file: the one that is named here, else in the environment; null: none is. */
const configPath = (flags: ConsoleFlags): string | null => flags.config ?? (env.MTXDECK_CONFIG || null)

/** Reads the configuration, again and again where it is followed. */
function rereadConfig({ config, listen, dataDir, demo }: ConsoleFlags): RereadConfig {
  const sources = { env, flags: { listen, dataDir, demo }, cwd: process.cwd() }
  return (note) => loadConfig(configPath({ ...(config !== undefined && { config }) }), sources, note)
}

/** Reads the configuration, or ends with all its problems. */
function configure(flags: ConsoleFlags): HeadlessConfig {
  const config = rereadConfig(flags)(() => {})
  if (!config.ok) throw new CommandFailure(config.error.join('\n'), exitCodes.usage)
  return config.value
}

/** Aborted by the first SIGINT or SIGTERM; the second one ends the process at once. */
function stopSignal(): AbortSignal {
  const stop = new AbortController()
  let firstAt = 0
  const onSignal = () => {
    // The terminal, npm and the launcher each pass one Ctrl-C on.
    if (stop.signal.aborted && clock.monotonic() - firstAt > 1000) process.exit(130)
    if (!stop.signal.aborted) firstAt = clock.monotonic()
    stop.abort()
  }
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal)
  return stop.signal
}
const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

/** Runs the console for browsers and scripts until it is told to stop. */
async function serveConsole(
  config: HeadlessConfig,
  signal: AbortSignal,
  printSignIn: boolean,
  more: { readonly bundle: string } | { readonly reread: RereadConfig },
) {
  const { runConsole } = await import('./runConsole.ts')
  const started = await runConsole(config, { clock, version, rendererDir, ...more })
  if (!started.ok) throw new CommandFailure(started.error, exitCodes.unavailable)
  await using running = started.value
  for (const warning of running.warnings) tell(`Warning: ${warning}`)
  console.log(`mtxdeck ${version} serves the console at ${running.url}`)
  if (printSignIn) console.log(`Open it signed in: ${running.signInUrl}`)
  else if (running.madeToken !== null) console.log(`Its sign-in token, shown this once and kept in ${config.tokenFile}: ${running.madeToken}`)
  else console.log(config.token === null ? `Its sign-in token is in ${config.tokenFile}` : 'Its sign-in token is the one in MTXDECK_TOKEN')
  await aborted(signal)
}

async function build(needed: boolean) {
  if (!needed) return
  const built = await buildConsole(projectDir, tell)
  if (!built.ok) throw new CommandFailure(built.error, exitCodes.unavailable)
}

/** Shows the desktop window until its operator closes it. null: it was shown; else why it can't be, in one sentence. */
async function showWindow(args: readonly string[], signal: AbortSignal): Promise<string | null> {
  const deps = { clock, projectDir, env, platform, tell }
  const electron = await findElectron(deps)
  if (!electron.ok) return electron.error
  const shown = await runDesktop(electron.value, { args, deps, signal })
  return shown.ok || signal.aborted ? null : shown.error
}

/** Opens the window on an engine that runs elsewhere; a browser needs no help of ours for that. */
async function attach(url: string) {
  const signal = stopSignal()
  await build(isBuildStale(projectDir))
  const why = await showWindow([`--attach=${url}`], signal)
  if (why !== null && !signal.aborted) throw new CommandFailure(`${why}. Open ${url} in a browser instead.`, exitCodes.unavailable)
}

async function start(flags: ConsoleFlags & { readonly attach?: string }) {
  if (flags.attach !== undefined) return attach(flags.attach)
  const config = configure(flags)
  const signal = stopSignal()
  await build(isBuildStale(projectDir))
  const wantsBrowser = flags.listen !== undefined || flags.dataDir !== undefined
  const args = [...(config.file === null ? [] : [`--config=${config.file}`]), ...(config.demo ? ['--demo'] : [])]
  const why = wantsBrowser ? 'An address or a data folder is named' : await showWindow(args, signal)
  if (why === null) return
  tell(`${why}, so the console opens in the browser.`)
  await serveConsole(config, signal, true, { reread: rereadConfig(flags) })
}

/** Shows a bundle in a console of its own, which keeps nothing: what it needs lies in a folder that goes with it. */
async function openBundle(given: string, flags: { readonly listen?: string; readonly browser?: boolean }) {
  const file = resolve(given)
  if (!existsSync(file)) throw new CommandFailure(`There is no bundle ${file}.`, exitCodes.usage)
  const signal = stopSignal()
  await build(isBuildStale(projectDir))
  if (flags.browser !== true && flags.listen === undefined) {
    const why = await showWindow([`--open=${file}`], signal)
    if (why === null) return
    tell(`${why}, so the bundle opens in the browser.`)
  }
  const dataDir = mkdtempSync(join(tmpdir(), 'mtxdeck-bundle-'))
  try {
    // Nothing of what is configured for watching counts here.
    const config = readConfig({ file: null, env: {}, flags: { listen: flags.listen, dataDir, demo: false }, cwd: process.cwd(), readText: () => '' })
    if (!config.ok) throw new CommandFailure(config.error.join('\n'), exitCodes.usage)
    await serveConsole(config.value, signal, true, { bundle: file })
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

const program = new Command()
  .name('mtxdeck')
  .description('Watches MediaMTX media servers: every stream of all of them live, with history.')
  .version(version, '-V, --version', 'print the version')
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(`${text.trimEnd()}\nRun "mtxdeck --help" for what there is.\n`) })
  .addHelpText(
    'after',
    () =>
      `\nEnvironment variables, one for each setting (flags win over them, they win over the file):\n${settingsHelp()}\nOf "start" alone: MTXDECK_ELECTRON_SECONDS, how long it waits for Electron's runtime (120); ELECTRON_OVERRIDE_DIST_PATH, the folder of another one.\n\nExit codes of "once": 0 all is well, 1 a stream is stalled or on slate, 2 a server did not answer, 64 bad usage or configuration.`,
  )

const configOption = () => new Option('-c, --config <file>', 'configuration (YAML)')
const consoleOptions = (command: Command) =>
  command
    .addOption(configOption())
    .option('--listen <address>', 'where the console listens, such as 127.0.0.1:8787')
    .option('--data-dir <folder>', 'folder of the databases and logs')
    .option('--demo', 'watch the demo fleet, made-up media servers')

consoleOptions(program.command('start').description('open the desktop window, or the console in the browser where there is no display'))
  .option('--attach <url>', 'show an engine that runs elsewhere, such as https://noc:8787; its token is in MTXDECK_TOKEN or MTXDECK_TOKEN_FILE')
  .action(start)

consoleOptions(program.command('serve').description('run the console for browsers and scripts')).action(async (flags: ConsoleFlags) => {
  const config = configure(flags)
  await build(!existsSync(rendererDir) && isBuildStale(projectDir)).catch((error: Error) => tell(`Warning: ${error.message}`))
  await serveConsole(config, stopSignal(), false, { reread: rereadConfig(flags) })
})

program
  .command('open <file>')
  .description('show a bundle (.mtxdeck), read-only: in the window, or in the browser where there is no display')
  .option('--browser', 'in the browser, wherever a window could be shown')
  .option('--listen <address>', 'in the browser, at this address')
  .action(openBundle)

program
  .command('once')
  .description('poll every server once and print what was found')
  .addOption(configOption())
  .option('--json', 'print JSON for scripts instead of a table')
  .option('--single', 'poll once instead of twice; bit rates stay unknown')
  .action(async (flags: { readonly config?: string; readonly json?: boolean; readonly single?: boolean }) => {
    const config = configure(flags)
    const { runOnce } = await import('./once.ts')
    process.exitCode = await runOnce(config, {
      clock,
      json: flags.json ?? false,
      single: flags.single ?? false,
      language: shellLanguage(process.env),
      signal: stopSignal(),
      version,
    })
  })

program
  .command('diagnose')
  .description('write one file about this console to send to whoever helps; it holds no secrets')
  .addOption(configOption())
  .option('--data-dir <folder>', 'folder of the databases and logs')
  .option('--demo', "of the demo fleet's console")
  .option('-o, --output <file>', 'where to write it; "-" prints it')
  .action(async (flags: ConsoleFlags & { readonly output?: string }) => {
    const { writeDiagnosis } = await import('./diagnose.ts')
    const written = await writeDiagnosis({
      clock,
      configPath: configPath(flags),
      flags,
      env,
      cwd: process.cwd(),
      projectDir,
      version,
      output: flags.output ?? null,
    })
    if (!written.ok) throw new CommandFailure(written.error, exitCodes.unavailable)
    if (flags.output !== '-') console.log(`Written to ${written.value}. Read it before you send it: it names your servers and streams, and holds no secrets.`)
  })

addStoreCommands(program, {
  clock,
  version,
  configOf: ({ config, data }) => configure({ ...(config !== undefined && { config }), ...(data !== undefined && { dataDir: data }) }),
  stopSignal,
  fail: (words, exitCode) => {
    throw new CommandFailure(words, exitCode)
  },
})

addRecipeCommand(program, (words, exitCode) => {
  throw new CommandFailure(words, exitCode)
})

function count(text: string) {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError('expected a number from 1 to 99999')
  return Number(text)
}
program
  .command('demo')
  .description('run the demo fleet alone: media servers that speak the MediaMTX API, printed as a configuration')
  .option('--servers <number>', 'so many servers of one kind, instead of a few of every kind', count)
  .option('--paths <number>', 'streams on each of them; 100', count)
  .option('--troubles', 'things go wrong on them by themselves')
  .option('--seed <text>', 'the same seed gives the same fleet', 'demo')
  .action(async (flags: { readonly servers?: number; readonly paths?: number; readonly troubles?: boolean; readonly seed: string }) => {
    const { serversToYaml, startDemoServers } = await import('./demoServers.ts')
    const signal = stopSignal()
    const sized = flags.servers !== undefined || flags.paths !== undefined
    const size = sized ? { servers: flags.servers ?? 1, paths: flags.paths ?? 100, troubles: flags.troubles ?? false } : null
    const started = await startDemoServers(clock, { size, seed: flags.seed, tells: true })
    if (!started.ok) throw new CommandFailure(started.error, exitCodes.unavailable)
    await using fleet = started.value
    console.log(`# ${fleet.servers.length} demo servers run until this is stopped (Ctrl-C).\n${serversToYaml(fleet.servers).trimEnd()}`)
    await Promise.race([aborted(signal), fleet.ended])
  })

/** Runs the command line `args` and sets the exit code. */
async function run(args: readonly string[]): Promise<void> {
  const major = Number(process.versions.node.split('.')[0])
  if (major < neededMajor) {
    tell(
      `mtxdeck's engine needs Node ${neededMajor}; this is ${process.versions.node}. Start it with "npx mtxdeck", which finds the Node that "npm ci" installs.`,
    )
    process.exitCode = exitCodes.unavailable
    return
  }
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
    else if (error instanceof CommandFailure) {
      tell(error.message)
      process.exitCode = error.exitCode
    } else throw error
  }
}

// `mtxdeck once | head`: whoever read us has gone.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(exitCodes.ok)
})
// Without this a bug would end with 1, which for "once" means trouble with a stream. A running console records its crashes itself.
process.on('uncaughtException', (error) => {
  if (process.listenerCount('uncaughtException') > 1) return
  console.error(error)
  process.exit(exitCodes.crash)
})
await run(process.argv.slice(2))
