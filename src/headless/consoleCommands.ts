import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { aborted } from 'node:util'
import { type HeadlessConfig, readConfig } from '../configuration/config.ts'
import type { RereadConfig } from '../configuration/followConfig.ts'
import { problemsText } from '../i18n/validationErrorText.ts'
import { buildConsole, isBuildStale } from './buildConsole.ts'
import { type ConsoleFlags, clock, configure, demoFailed, exitCodes, fail, rereadConfig, stopSignal, tell } from './command.ts'
import { runDesktop } from './desktop.ts'
import { projectDir, readVersion, rendererDir } from './projectFiles.ts'
import { serversToYaml } from './serversToYaml.ts'

const version = readVersion()

/** Runs the console for browsers and scripts until a stop signal. */
async function serveConsole(
  config: HeadlessConfig,
  signal: AbortSignal,
  printSignIn: boolean,
  more: { readonly bundle: string } | { readonly reread: RereadConfig },
) {
  const { runConsole } = await import('./runConsole.ts')
  const started = await runConsole(config, clock, more)
  if (!started.ok) return fail(started.error)
  await using running = started.value
  for (const warning of running.warnings) tell(`Warning: ${warning}`)
  console.log(`mtxdeck ${version} serves the console at ${running.url}`)
  if (running.metricsUrl !== null) console.log(`Metrics for Prometheus: ${running.metricsUrl}`)
  if (printSignIn) console.log(`Open it signed in: ${running.signInUrl}`)
  else if (running.madeToken !== null) console.log(`Its sign-in token, shown this once and kept in ${config.tokenFile}: ${running.madeToken}`)
  else console.log(config.token === null ? `Its sign-in token is in ${config.tokenFile}` : 'Its sign-in token is the one in MTXDECK_TOKEN')
  await aborted(signal, signal)
}

/** Whether the window has to be built. Where this runs from the build, index.ts has found it up to date. */
const isStale = (): boolean => import.meta.url.endsWith('.ts') && isBuildStale(projectDir)

async function build(needed: boolean) {
  if (!needed) return
  const built = await buildConsole(projectDir, tell)
  if (!built.ok) fail(built.error)
}

/** Shows the desktop window until the operator closes it. Returns null, or why it can't be shown. */
async function showWindow(args: readonly string[], signal: AbortSignal): Promise<string | null> {
  const shown = await runDesktop(projectDir, args, signal)
  if (shown.ok && shown.value !== null) tell(shown.value)
  return shown.ok || signal.aborted ? null : shown.error
}

export async function start(flags: ConsoleFlags & { readonly attach?: string }) {
  const { attach } = flags
  const config = attach === undefined ? configure(flags) : null
  const signal = stopSignal()
  await build(isStale())
  if (config === null) {
    const why = await showWindow([`--attach=${attach}`], signal)
    if (why !== null && !signal.aborted) fail(`${why} Open ${attach} in a browser instead.`)
    return
  }
  const wantsBrowser = flags.listen !== undefined || flags.metricsListen !== undefined || flags.dataDir !== undefined
  const args = [...(config.file === null ? [] : [`--config=${config.file}`]), ...(config.demo ? ['--demo'] : [])]
  const why = wantsBrowser ? '--listen, --metrics-listen or --data-dir is given, so there is no window.' : await showWindow(args, signal)
  if (why === null) return
  tell(`${why} Open the address below in a browser.`)
  await serveConsole(config, signal, true, { reread: rereadConfig(flags) })
}

export async function serve(flags: ConsoleFlags) {
  const config = configure(flags)
  await build(!existsSync(rendererDir) && isStale()).catch((error: Error) => tell(`Warning: ${error.message}`))
  await serveConsole(config, stopSignal(), false, { reread: rereadConfig(flags) })
}

/** Shows a bundle in its own console, which stores nothing: its temporary folder is deleted at the end. */
export async function openBundle(given: string, flags: { readonly listen?: string; readonly browser?: boolean }) {
  const file = resolve(given)
  if (!existsSync(file)) return fail(`There is no bundle ${file}.`, exitCodes.usage)
  const signal = stopSignal()
  await build(isStale())
  if (flags.browser !== true && flags.listen === undefined) {
    const why = await showWindow([`--open=${file}`], signal)
    if (why === null) return
    tell(`${why} Open the address below in a browser.`)
  }
  const dataDir = mkdtempSync(join(tmpdir(), 'mtxdeck-bundle-'))
  try {
    // The configuration for watching does not apply here.
    const config = readConfig({ file: null, env: {}, flags: { listen: flags.listen, dataDir, demo: false }, cwd: process.cwd(), readText: () => '' })
    if (!config.ok) return fail(problemsText(config.error, 'en'), exitCodes.usage)
    await serveConsole(config.value, signal, true, { bundle: file })
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

export async function runDemo(wanted: { readonly servers?: string; readonly paths?: string }) {
  const isSized = wanted.servers !== undefined || wanted.paths !== undefined
  const size = isSized ? { servers: countOf('--servers', wanted.servers ?? '1'), paths: countOf('--paths', wanted.paths ?? '100') } : null
  const [{ createDemoFleet }, { showcaseSeed }] = await Promise.all([import('../demo/demoFleet.ts'), import('../demo/demoShowcase.ts')])
  const signal = stopSignal()
  await using fleet = await createDemoFleet({
    clock,
    seed: showcaseSeed,
    preset: size ?? 'showcase',
    log: (text) => console.error(`demo: ${text}`),
  }).catch(demoFailed)
  const servers = fleet.yamlServers()
  const count = servers.length
  console.log(`# ${count} demo ${count === 1 ? 'server runs' : 'servers run'} until this is stopped (Ctrl-C).\n${serversToYaml(servers).trimEnd()}`)
  await aborted(signal, signal)
}

function countOf(option: string, text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text)
  return fail(problemsText([{ at: '', key: option, validationError: { kind: 'notACount', least: 1, most: 99_999 } }], 'en'), exitCodes.usage)
}
