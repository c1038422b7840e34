import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Command, CommanderError, Option } from 'commander'
import { createSystemClock } from '../clock/clock.ts'
import { type HeadlessConfig, readConfig } from '../configuration/config.ts'
import type { RereadConfig } from '../configuration/followConfig.ts'
import { loadConfig } from '../configuration/loadConfig.ts'
import type { Failure, Progress } from '../shared/commands.ts'
import { settings } from '../shared/settings.ts'
import { commandWords, failureText, progressText, startWarningText } from '../shared/words/commandText.ts'
import { consoleTroubleText } from '../shared/words/consoleTroubleText.ts'
import { buildConsole, isBuildStale } from './buildConsole.ts'
import { findElectron, runDesktop } from './desktop.ts'
import { addDossierCommand } from './dossierCommand.ts'
import { exitCodes } from './exitCodes.ts'
import { projectDir, readVersion, rendererDir } from './projectFiles.ts'
import { addRecipeCommand } from './recipeCommand.ts'
import { addRuleCommands } from './ruleCommands.ts'
import { addStoreCommands, type StoreCommandDeps } from './storeCommands.ts'
import { tell } from './terminal.ts'

const neededMajor = 24
const version = readVersion()
const { env, platform } = process

const words = commandWords
const { commands, options } = words.help

/** Ends the command with a message and an exit code. */
class CommandFailure extends Error {
  override readonly name = 'CommandFailure'
  readonly exitCode: number
  constructor(failure: Failure, exitCode: number) {
    super(failureText(failure))
    this.exitCode = exitCode
  }
}
function fail(failure: Failure, exitCode: number): never {
  throw new CommandFailure(failure, exitCode)
}

interface ConsoleFlags {
  readonly config?: string
  readonly listen?: string
  readonly metricsListen?: string
  readonly plainHttp?: boolean
  readonly dataDir?: string
  readonly demo?: boolean
}

const tellProgress = (progress: Progress) => tell(progressText(progress))
const clock = createSystemClock()

/** The configuration file named by the flags, otherwise by the environment; null: none. */
const configPath = (flags: ConsoleFlags): string | null => flags.config ?? (env.MTXDECK_CONFIG || null)

/** Returns a function that reads the configuration again; used when its file is followed. */
function rereadConfig({ config, ...flags }: ConsoleFlags): RereadConfig {
  const sources = { env, flags, cwd: process.cwd() }
  return (note) => loadConfig(configPath({ ...(config !== undefined && { config }) }), sources, note)
}

/** Reads the configuration, or ends with all its problems. */
function configure(flags: ConsoleFlags): HeadlessConfig {
  const config = rereadConfig(flags)(() => {})
  if (!config.ok) return fail({ kind: 'problems', problems: config.error }, exitCodes.usage)
  return config.value
}

/** Aborted by the first SIGINT or SIGTERM; the second one ends the process at once. */
function stopSignal(): AbortSignal {
  const stop = new AbortController()
  let firstAt = 0
  const onSignal = () => {
    // The terminal, npm and the launcher each pass on the same Ctrl-C.
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

/** Runs the console for browsers and scripts until a stop signal. */
async function serveConsole(
  config: HeadlessConfig,
  signal: AbortSignal,
  printSignIn: boolean,
  more: { readonly bundle: string } | { readonly reread: RereadConfig },
) {
  const { runConsole } = await import('./runConsole.ts')
  const started = await runConsole(config, { clock, version, rendererDir, ...more })
  if (!started.ok) return fail(started.error, exitCodes.unavailable)
  await using running = started.value
  for (const warning of running.warnings) tell(words.warning(startWarningText(warning)))
  console.log(words.serves(version, running.url))
  if (running.metricsUrl !== null) console.log(words.servesMetrics(running.metricsUrl))
  if (printSignIn) console.log(words.openSignedIn(running.signInUrl))
  else if (running.madeToken !== null) console.log(words.madeToken(config.tokenFile, running.madeToken))
  else console.log(config.token === null ? words.tokenInFile(config.tokenFile) : words.tokenInVariable)
  await aborted(signal)
}

/** Whether the window has to be built. Where this runs from the build, index.ts has found it up to date. */
const isStale = (): boolean => import.meta.url.endsWith('.ts') && isBuildStale(projectDir)

async function build(needed: boolean) {
  if (!needed) return
  const built = await buildConsole(projectDir, tellProgress)
  if (!built.ok) fail(built.error, exitCodes.unavailable)
}

/** Shows the desktop window until the operator closes it. Returns null, or why it can't be shown. */
async function showWindow(args: readonly string[], signal: AbortSignal): Promise<Failure | null> {
  const deps = { clock, projectDir, env, platform, tell: tellProgress }
  const electron = await findElectron(deps)
  if (!electron.ok) return electron.error
  const shown = await runDesktop(electron.value, { args, deps, signal })
  if (shown.ok && shown.value !== null) tell(failureText(shown.value))
  return shown.ok || signal.aborted ? null : shown.error
}

/** Opens the desktop window on an engine that runs elsewhere. */
async function attach(url: string) {
  const signal = stopSignal()
  await build(isStale())
  const why = await showWindow([`--attach=${url}`], signal)
  if (why === null || signal.aborted) return
  tell(words.openInBrowser(failureText(why), url))
  process.exitCode = exitCodes.unavailable
}

async function start(flags: ConsoleFlags & { readonly attach?: string }) {
  if (flags.attach !== undefined) return attach(flags.attach)
  const config = configure(flags)
  const signal = stopSignal()
  await build(isStale())
  const wantsBrowser = flags.listen !== undefined || flags.metricsListen !== undefined || flags.dataDir !== undefined
  const args = [...(config.file === null ? [] : [`--config=${config.file}`]), ...(config.demo ? ['--demo'] : [])]
  const why: Failure | null = wantsBrowser ? { kind: 'placeNamed' } : await showWindow(args, signal)
  if (why === null) return
  tell(words.opensInBrowser(failureText(why)))
  await serveConsole(config, signal, true, { reread: rereadConfig(flags) })
}

/** Shows a bundle in its own console, which stores nothing: its temporary folder is deleted at the end. */
async function openBundle(given: string, flags: { readonly listen?: string; readonly browser?: boolean }) {
  const file = resolve(given)
  if (!existsSync(file)) return fail({ kind: 'noBundle', file }, exitCodes.usage)
  const signal = stopSignal()
  await build(isStale())
  if (flags.browser !== true && flags.listen === undefined) {
    const why = await showWindow([`--open=${file}`], signal)
    if (why === null) return
    tell(words.opensInBrowser(failureText(why)))
  }
  const dataDir = mkdtempSync(join(tmpdir(), 'mtxdeck-bundle-'))
  try {
    // The configuration for watching does not apply here.
    const config = readConfig({ file: null, env: {}, flags: { listen: flags.listen, dataDir, demo: false }, cwd: process.cwd(), readText: () => '' })
    if (!config.ok) return fail({ kind: 'problems', problems: config.error }, exitCodes.usage)
    await serveConsole(config.value, signal, true, { bundle: file })
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** Help on the environment variables and what each one sets. */
function settingsHelp(): string {
  const width = Math.max(...settings.map(({ env: name }) => name.length))
  return settings.map(({ env: name }) => `  ${name.padEnd(width)}  ${words.help.settings[name]}`).join('\n')
}

const program = new Command()
  .name('mtxdeck')
  .description(words.help.program)
  .version(version, '-V, --version', words.help.version)
  .helpOption('-h, --help', words.help.help)
  .helpCommand('help [command]', commands.help)
  .configureHelp({
    styleTitle: (title) => words.help.headings[title as keyof typeof words.help.headings] ?? title,
    optionDescription: ({ description, defaultValue }) => description + (defaultValue === undefined ? '' : words.help.byDefault(String(defaultValue))),
  })
  .exitOverride()
  .configureOutput({ outputError: () => {} })
  .addHelpText('after', () => `\n${words.help.variables}\n${settingsHelp()}\n${words.help.ofStart}\n\n${words.help.ofOnce}`)

const configOption = () => new Option('-c, --config <file>', options.config)
const consoleOptions = (command: Command) =>
  command
    .addOption(configOption())
    .option('--listen <address>', options.listen)
    .option('--metrics-listen <address>', options.metricsListen)
    .option('--plain-http', options.plainHttp)
    .option('--data-dir <folder>', options.dataDir)
    .option('--demo', options.demo)

consoleOptions(program.command('start').description(commands.start)).option('--attach <url>', options.attach).action(start)

consoleOptions(program.command('serve').description(commands.serve)).action(async (flags: ConsoleFlags) => {
  const config = configure(flags)
  await build(!existsSync(rendererDir) && isStale()).catch((error: Error) => tell(words.warning(error.message)))
  await serveConsole(config, stopSignal(), false, { reread: rereadConfig(flags) })
})

program
  .command('open <file>')
  .description(commands.open)
  .option('--browser', options.browser)
  .option('--listen <address>', options.listenInBrowser)
  .action(openBundle)

program
  .command('once')
  .description(commands.once)
  .addOption(configOption())
  .option('--json', options.jsonOfOnce)
  .option('--single', options.single)
  .action(async (flags: { readonly config?: string; readonly json?: boolean; readonly single?: boolean }) => {
    const config = configure(flags)
    const { runOnce } = await import('./once.ts')
    process.exitCode = await runOnce(config, {
      clock,
      json: flags.json ?? false,
      single: flags.single ?? false,
      signal: stopSignal(),
      version,
    })
  })

program
  .command('diagnose')
  .description(commands.diagnose)
  .addOption(configOption())
  .option('--data-dir <folder>', options.dataDir)
  .option('--demo', options.ofDemo)
  .option('-o, --output <file>', options.output)
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
    if (!written.ok) return fail(written.error, exitCodes.unavailable)
    if (flags.output !== '-') console.log(words.diagnosisWritten(written.value))
  })

const storeDeps: StoreCommandDeps = {
  clock,
  version,
  configOf: ({ config, dataDir }) => configure({ ...(config !== undefined && { config }), ...(dataDir !== undefined && { dataDir }) }),
  stopSignal,
  onProgress: tellProgress,
  fail,
}
addStoreCommands(program, storeDeps)
addRuleCommands(program, storeDeps)
addDossierCommand(program, storeDeps)

addRecipeCommand(program, words.help, fail)

const count = (option: string) => (text: string) =>
  /^[1-9]\d{0,4}$/.test(text)
    ? Number(text)
    : fail({ kind: 'problems', problems: [{ at: '', key: option, mistake: { kind: 'notACount', least: 1, most: 99_999 } }] }, exitCodes.usage)
program
  .command('demo')
  .description(commands.demo)
  .option('--servers <number>', options.servers, count('--servers'))
  .option('--paths <number>', options.paths, count('--paths'))
  .option('--troubles', options.troubles)
  .option('--seed <text>', options.seed, 'demo')
  .action(async (flags: { readonly servers?: number; readonly paths?: number; readonly troubles?: boolean; readonly seed: string }) => {
    const { serversToYaml, startDemoServers } = await import('./demoServers.ts')
    const signal = stopSignal()
    const sized = flags.servers !== undefined || flags.paths !== undefined
    const size = sized ? { servers: flags.servers ?? 1, paths: flags.paths ?? 100, troubles: flags.troubles ?? false } : null
    const started = await startDemoServers(clock, { size, seed: flags.seed, tells: true })
    if (!started.ok) return fail(started.error, exitCodes.unavailable)
    await using fleet = started.value
    console.log(`# ${words.demoRuns(fleet.servers.length)}\n${serversToYaml(fleet.servers).trimEnd()}`)
    await Promise.race([aborted(signal), fleet.ended])
  })

/** The message for an invalid command line. */
function usageText({ code, message }: CommanderError): string {
  const kind = code.replace('commander.', '')
  const named = /'([^']+)'/.exec(message)?.[1] ?? ''
  const meant = /\(Did you mean (?:one of )?([^?]+)\?\)/.exec(message)?.[1]
  const wrong = Object.hasOwn(words.usage, kind) ? words.usage[kind as keyof typeof words.usage](named) : message
  return meant === undefined ? wrong : `${wrong} ${words.meant(meant)}`
}

/** Runs the command line `args` and sets the exit code. */
async function run(args: readonly string[]): Promise<void> {
  const major = Number(process.versions.node.split('.')[0])
  if (major < neededMajor) {
    tell(consoleTroubleText({ kind: 'nodeTooOld', version: process.versions.node }, 'en'))
    process.exitCode = exitCodes.unavailable
    return
  }
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
      if (error.exitCode !== 0 && error.code !== 'commander.help') tell(`${usageText(error)}\n${words.help.seeHelp}`)
    } else if (error instanceof CommandFailure) {
      tell(error.message)
      process.exitCode = error.exitCode
    } else throw error
  }
}

// `mtxdeck once | head`: the process that reads our output has ended.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(exitCodes.ok)
})
// Without this a bug would exit with 1, which for "once" means trouble with a stream. A running console records its crashes itself.
process.on('uncaughtException', (error) => {
  if (process.listenerCount('uncaughtException') > 1) return
  console.error(error)
  process.exit(exitCodes.crash)
})
await run(process.argv.slice(2))
