import type { Command } from 'commander'
import { fetch } from 'undici'
import { createSystemClock, timeLimit } from '../clock/clock.ts'
import type { HeadlessConfig } from '../configuration/config.ts'
import { checkConfigurationFile } from '../engine/configurations/checkFile.ts'
import { errorCode, readBoundedNow } from '../engine/readBounded.ts'
import { largestForeignFile, type YamlMistake } from '../engine/yaml.ts'
import { checkedFileTexts } from '../i18n/configurationText.ts'
import { problemsText, problemText } from '../i18n/validationErrorText.ts'
import { versionPattern } from '../shared/configurations.ts'
import { type ImportedProbes, importedProbesSchema } from '../shared/probes.ts'
import { redactUrl } from '../shared/redact.ts'
import { err, messageOf, ok, type Result } from '../shared/result.ts'
import { configure, type DataFlags, exitCodes, fail, print, type Surroundings, tell } from './command.ts'
import { exporterCsv, type ReadExporter, readVideoExporter } from './importVideoExporter.ts'
import { agentOf, runningConsole, tokenOf } from './runningConsole.ts'

// Commands that read files of other programs.

const clock = createSystemClock()

function readForeign(file: string): string {
  try {
    return readBoundedNow(file, largestForeignFile)
  } catch (error) {
    return fail(problemText({ at: '', key: '', validationError: { kind: 'fileUnreadable', file, code: errorCode(error) } }, 'en'), exitCodes.usage)
  }
}
const mistakesText = (file: string, mistakes: readonly YamlMistake[]) =>
  problemsText(
    mistakes.map(({ line, column, validationError }) => ({ at: `${file}:${line}:${column}`, key: '', validationError })),
    'en',
  )

interface ImportFlags extends DataFlags {
  readonly dryRun?: true
  readonly allowThisMachine?: true
}
const askLimitMs = 30_000

/** Sends the probes to the console that runs on this data folder, which takes all of them or none. */
async function send(probes: ReadExporter['probes'], { allowThisMachine, ...flags }: ImportFlags, env: Surroundings['env']) {
  const config = configure(flags, env)
  const url = runningConsole(config.dataDir)
  if (url === null) return fail(`No console runs on ${config.dataDir}: start one ("mtxdeck serve"), or name its folder with --data-dir. Nothing was imported.`)
  const asked = await ask(`${url}/api/probes/import`, config, { csv: exporterCsv(probes), allowsThisMachine: allowThisMachine === true })
  return asked.ok ? asked.value : fail(`${asked.error} Nothing was imported.`)
}

async function ask(address: string, config: HeadlessConfig, body: object): Promise<Result<ImportedProbes, string>> {
  const headers = { Authorization: `Bearer ${tokenOf(config) ?? ''}`, 'Content-Type': 'application/json', 'Accept-Language': 'en' }
  const dispatcher = agentOf(config)
  try {
    using limit = timeLimit(clock, askLimitMs)
    const answer = await fetch(address, { method: 'POST', headers, body: JSON.stringify(body), dispatcher, redirect: 'error', signal: limit.signal })
    const said = (await answer.json()) as { readonly message?: unknown }
    if (!answer.ok) return err(`The console refuses it: ${String(said.message ?? answer.status)}.`.replace(/\.\.$/, '.'))
    return ok(importedProbesSchema.parse(said))
  } catch (error) {
    return err(`The console can't be asked: ${messageOf(error)}.`)
  } finally {
    await dispatcher.close()
  }
}
async function importVideoExporter(file: string, flags: ImportFlags, { env }: Surroundings) {
  const read = readVideoExporter(readForeign(file))
  if (!read.ok) return fail(`${mistakesText(file, read.error)}\nNothing was imported.`, exitCodes.usage)
  const { probes, projects, taken, left } = read.value
  print(`${file}: ${probes.length} ${probes.length === 1 ? 'stream' : 'streams'} of ${projects} ${projects === 1 ? 'project' : 'projects'}.`)
  for (const { name, project, url } of probes) print(`  ${name}  ${project}  ${redactUrl(url)}`)
  print('Taken:')
  for (const words of taken) print(`  ${words}`)
  if (left.length > 0) print('Not taken:')
  for (const { line, key, because } of left) print(`  ${file}:${line}: ${key}: ${because}`)
  if (flags.dryRun) return print('A dry run: nothing was imported.')
  const { added, changed, validationErrors } = await send(probes, flags, env)
  if (validationErrors.length === 0) return print(`Imported: ${added} ${added === 1 ? 'probe' : 'probes'} added, ${changed} changed.`)
  // The first line of the list is its head.
  for (const { line, validationError } of validationErrors) {
    const probe = probes[line - 2]
    tell(problemText({ at: probe === undefined ? file : `${file}:${probe.line}`, key: probe?.name ?? '', validationError }, 'en'))
    if (validationError.kind === 'addressOfThisMachine') tell('  --allow-this-machine takes it all the same.')
  }
  return fail('Nothing was imported.', exitCodes.usage)
}

function checkConfig(file: string, { version }: { readonly version?: string }) {
  if (version !== undefined && !versionPattern.test(version)) return fail(`"${version}" is not a version such as 1.20.1`, exitCodes.usage)
  const checked = checkConfigurationFile(readForeign(file), version ?? null)
  print(checkedFileTexts(file, checked, 'en').join('\n'))
  process.exitCode = checked.mistakes.length === 0 ? exitCodes.ok : exitCodes.fileTrouble
}

/** Adds the commands that read files of other programs. */
export function addForeignCommands(program: Command, around: Surroundings): void {
  program
    .command('import')
    .description('make probes of what another program watches')
    .command('video-exporter <file>')
    .description('the configuration (config.yml) of the stream exporter, into the console that runs on this data folder; all of it or nothing')
    .option('--dry-run', 'only say what would be taken, and what has no counterpart')
    .option('--allow-this-machine', 'also take addresses of this machine')
    .option('-c, --config <file>', "the console's configuration (YAML)")
    .option('--data-dir <folder>', "the console's data folder, where it is not the usual one or that of the configuration")
    .action((file: string, flags: ImportFlags) => importVideoExporter(file, flags, around))
  program
    .command('check-config <file>')
    .description('check the keys of a mediamtx.yml, and the types of their values, before a server reads it; ends with 1 where something is wrong')
    .option('--version <version>', 'of MediaMTX; the newest known')
    .action(checkConfig)
}
