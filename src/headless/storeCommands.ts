import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import type { Clock } from '../clock/clock.ts'
import type { HeadlessConfig } from '../configuration/config.ts'
import type { Failure, Progress } from '../shared/commands.ts'
import { visibleJson } from '../shared/visibleText.ts'
import { commandWords, faultText } from '../shared/words/commandText.ts'
import { fileFaultText } from '../shared/words/fileFaultText.ts'
import { exitCodes } from './exitCodes.ts'
import { print, tell } from './terminal.ts'

/** Flags that select the data folder of a command. */
export interface DataFlags {
  readonly config?: string
  readonly dataDir?: string
}

interface BackupFlags extends DataFlags {
  readonly withKey?: boolean
}
interface RestoreFlags extends DataFlags {
  readonly replace?: boolean
}
interface CheckFlags extends DataFlags {
  readonly json?: boolean
}
interface ExportFlags extends DataFlags {
  readonly url?: string
  readonly server: string
  readonly path?: readonly string[]
  readonly metric?: readonly string[]
  readonly from: string
  readonly to: string
  readonly step: string
  readonly reduce: string
  readonly format: string
  readonly out?: string
}

export interface StoreCommandDeps {
  readonly clock: Clock
  readonly version: string
  /** Settings from flags, environment and configuration; ends the command if they are invalid. */
  readonly configOf: (flags: DataFlags) => Pick<HeadlessConfig, 'dataDir' | 'token' | 'tokenFile'>
  /** Aborted when the command should stop. */
  readonly stopSignal: () => AbortSignal
  /** Tells the terminal's user what a long command is doing. */
  readonly onProgress: (progress: Progress) => void
  /** Ends the command with an exit code. */
  readonly fail: (failure: Failure, exitCode: number) => never
}

/** Loaded only when needed, because loading SQLite would slow down all other commands. */
async function loadStorage() {
  const [{ backUpData }, { restoreData }, { checkCopy, knownForms }, { listedPictures }] = await Promise.all([
    import('../engine/storage/backUpData.ts'),
    import('../engine/storage/restoreData.ts'),
    import('./checkData.ts'),
    import('../engine/snapshots/snapshotFiles.ts'),
  ])
  return { forms: knownForms, listedPictures, backUpData, restoreData, checkCopy }
}
/** Adds the commands on a data folder: backup, restore, check, export. */
export function addStoreCommands(program: Command, deps: StoreCommandDeps): void {
  const { commands, options } = commandWords.help
  const ofData = (command: Command) =>
    command
      .addOption(new Option('-c, --config <file>', options.configOfData))
      .addOption(new Option('--data-dir <folder>', options.data))
      // Its earlier name, which backup scripts still use.
      .addOption(new Option('--data <folder>').hideHelp())
      .on('option:data', (folder: string) => command.setOptionValue('dataDir', folder))

  ofData(program.command('backup <folder>').description(commands.backup))
    .option('--with-key', options.withKey)
    .action((folder: string, flags: BackupFlags) => backUp(deps, folder, flags))
  ofData(program.command('restore <folder>').description(commands.restore))
    .option('--replace', options.replace)
    .action((folder: string, flags: RestoreFlags) => restore(deps, folder, flags))
  ofData(program.command('check').description(commands.check))
    .option('--json', options.json)
    .action((flags: CheckFlags) => check(deps, flags))
  const more = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value]
  ofData(program.command('export').description(commands.export))
    .option('--url <url>', options.url)
    .requiredOption('--server <name>', options.server)
    .option('--path <name>', options.path, more)
    .option('--metric <name>', options.metric, more)
    .option('--from <time>', options.from, '-24h')
    .option('--to <time>', options.to, 'now')
    .option('--step <time>', options.step, '60')
    .option('--reduce <how>', options.reduce, 'mean')
    .option('--format <name>', options.format, 'csv')
    .option('--out <file>', options.out)
    .action((flags: ExportFlags) => exportHistory(deps, flags))
}

async function backUp(deps: StoreCommandDeps, folder: string, flags: BackupFlags): Promise<void> {
  const { clock, version, configOf, onProgress, fail } = deps
  const words = commandWords
  const { backUpData, checkCopy, forms, listedPictures } = await loadStorage()
  const made = await backUpData({
    clock,
    dataDir: configOf(flags).dataDir,
    into: folder,
    withKey: flags.withKey ?? false,
    version,
    forms,
    check: checkCopy,
    pictures: listedPictures,
    onProgress,
    signal: deps.stopSignal(),
  })
  if (!made.ok) return fail(made.error, exitCodes.unavailable)
  const { manifest, bytes, reused, kept, damaged } = made.value
  print(words.backedUp({ folder: resolve(folder), files: manifest.files.length, bytes, reused }))
  print(words.key[manifest.key])
  for (const name of kept) tell(words.keptOfEarlier(name))
  for (const { name, fault, words: said } of manifest.leftOut) tell(words.leftOut(name, fault === undefined ? said : fileFaultText(fault, 'en')))
  for (const { name, fault } of damaged) tell(words.damagedInCopy(name, fileFaultText(fault, 'en')))
  if (manifest.leftOut.length + damaged.length > 0) process.exitCode = exitCodes.storeTrouble
}

async function restore(deps: StoreCommandDeps, folder: string, flags: RestoreFlags): Promise<void> {
  const { clock, configOf, onProgress, fail } = deps
  const words = commandWords
  const { dataDir } = configOf(flags)
  const { restoreData, forms } = await loadStorage()
  const restored = await restoreData({ clock, from: folder, dataDir, replace: flags.replace ?? false, forms, onProgress })
  if (!restored.ok) return fail(restored.error, exitCodes.unavailable)
  const { manifest, replaced, hasOwnKey } = restored.value
  print(words.restored({ folder: dataDir, ...manifest }))
  if (replaced !== null) print(words.replaced(replaced))
  print(words.restoredKey[manifest.key === 'included' ? 'restored' : hasOwnKey ? 'stays' : 'missing'])
  for (const { name } of manifest.leftOut) tell(words.damagedInBackup(name))
}

async function check({ configOf, fail }: StoreCommandDeps, flags: CheckFlags): Promise<void> {
  const words = commandWords
  const { dataDir } = configOf(flags)
  const { checkData } = await import('./checkData.ts')
  const report = await checkData(dataDir, process.stderr.isTTY ? tell : () => {})
  if (report === null) return fail({ kind: 'noData', folder: dataDir }, exitCodes.usage)
  const findings = report.findings.map(({ file, fault, todo }) => ({ file, kind: fault.kind, words: faultText(fault), todo: words.todo[todo] }))
  const notes = report.notes.map(({ file, note }) => ({ file, kind: note, words: words.notes[note](file) }))
  if (flags.json) console.log(visibleJson(JSON.stringify({ ...report, findings, notes }, null, 2)))
  else {
    print(words.checked({ folder: dataDir, ...report.done }))
    for (const note of notes) print(note.words)
    for (const finding of findings) print(words.wrong(finding.file, finding.words, finding.todo))
    print(words.verdict(findings.length))
  }
  process.exitCode = findings.length === 0 ? exitCodes.ok : exitCodes.storeTrouble
}

async function exportHistory({ clock, version, configOf, fail, stopSignal }: StoreCommandDeps, flags: ExportFlags): Promise<void> {
  const { runExport } = await import('./exportCommand.ts')
  const { dataDir, token, tokenFile } = configOf(flags)
  const { server, path, metric, from, to, step, reduce, format, url = null, out = null } = flags
  const once = { server, from, to, step, reduce, format }
  const given = { ...Object.fromEntries(Object.entries(once).map(([name, value]) => [name, [value]])), ...(path && { path }), ...(metric && { metric }) }
  const written = await runExport({ clock, version, dataDir, url, token, tokenFile, given, out, signal: stopSignal() })
  if (!written.ok) return fail(written.error.failure, exitCodes[written.error.kind])
}
