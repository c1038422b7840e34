import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import type { Clock } from '../clock/clock.ts'
import type { HeadlessConfig } from '../configuration/config.ts'
import { visibleJson } from '../shared/visibleText.ts'
import { exitCodes } from './exitCodes.ts'

/** Which data folder a command is about. */
export interface DataFlags {
  readonly config?: string
  readonly data?: string
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
  /** What flags, environment and configuration say; ends the command where they are wrong. */
  readonly configOf: (flags: DataFlags) => Pick<HeadlessConfig, 'dataDir' | 'token' | 'tokenFile'>
  /** Aborted when the command should stop. */
  readonly stopSignal: () => AbortSignal
  /** Ends the command with words and an exit code. */
  readonly fail: (words: string, exitCode: number) => never
}

const tell = (line: string) => console.error(line)
/** Loaded when they are needed: SQLite would slow every other command down. */
async function loadStorage() {
  const [{ latestForm }, { mainMigrations }, { historyMigrations }, { backUpData }, { restoreData }, { bytesInWords }, { checkCopy }] = await Promise.all([
    import('../engine/storage/migrate.ts'),
    import('../engine/storage/mainMigrations.ts'),
    import('../engine/history/live/live.ts'),
    import('../engine/storage/backUpData.ts'),
    import('../engine/storage/restoreData.ts'),
    import('../engine/storage/backupManifest.ts'),
    import('./checkData.ts'),
  ])
  const forms = { main: latestForm(mainMigrations), history: latestForm(historyMigrations) }
  return { forms, backUpData, restoreData, bytesInWords, checkCopy }
}
const dataOption = () => new Option('--data <folder>', 'the data folder, where it is not the usual one or that of the configuration')
const configOption = () => new Option('-c, --config <file>', 'configuration (YAML) that names the data folder')

/** Adds the commands that are about a data folder: backup, restore, check, export. */
export function addStoreCommands(program: Command, deps: StoreCommandDeps): void {
  const { clock, version, configOf, fail } = deps

  program
    .command('backup <folder>')
    .description('copy servers, settings and history into a folder, while the console runs or not')
    .addOption(configOption())
    .addOption(dataOption())
    .option('--with-key', "with the key that opens the servers' passwords: who has the copy then has the passwords")
    .action(async (folder: string, flags: DataFlags & { readonly withKey?: boolean }) => {
      const { backUpData, checkCopy, forms, bytesInWords } = await loadStorage()
      const made = await backUpData({
        clock,
        dataDir: configOf(flags).dataDir,
        into: folder,
        withKey: flags.withKey ?? false,
        version,
        forms,
        check: checkCopy,
        tell,
        signal: deps.stopSignal(),
      })
      if (!made.ok) return fail(made.error, exitCodes.unavailable)
      const { manifest, bytes, reused, kept, damaged } = made.value
      console.log(
        `Backed up into ${resolve(folder)}: ${manifest.files.length} files, ${bytesInWords(bytes)}${reused > 0 ? `; ${reused} of them were there already` : ''}.`,
      )
      console.log(keyWords(manifest.key))
      for (const name of kept) tell(`${name} is of an earlier backup and not part of this one; it was left there.`)
      for (const { name, words } of manifest.leftOut) tell(`Left out: ${name}, for ${words}. "mtxdeck check" says more.`)
      for (const { name, words } of damaged) tell(`Damaged in the console's data and so in the copy: ${name}: ${words}. All else in it can be read.`)
      if (manifest.leftOut.length + damaged.length > 0) process.exitCode = exitCodes.storeTrouble
    })

  program
    .command('restore <folder>')
    .description('put a backup into a data folder that no console uses')
    .addOption(configOption())
    .addOption(dataOption())
    .option('--replace', 'where the folder holds data already: they are renamed within it, not deleted')
    .action(async (folder: string, flags: DataFlags & { readonly replace?: boolean }) => {
      const dataDir = configOf(flags).dataDir
      const { restoreData, forms } = await loadStorage()
      const restored = await restoreData({ clock, from: folder, dataDir, replace: flags.replace ?? false, forms, tell })
      if (!restored.ok) return fail(restored.error, exitCodes.unavailable)
      const { manifest, replaced, hasOwnKey } = restored.value
      console.log(`Restored into ${dataDir}: the backup of ${manifest.madeAt}, made by mtxdeck ${manifest.madeBy}.`)
      if (replaced !== null) console.log(`What was there lies in ${replaced}; delete it when you are sure.`)
      if (manifest.key === 'included') console.log("The key of the servers' passwords was restored too.")
      else if (hasOwnKey)
        console.log("The backup brought no key of the servers' passwords: that of this folder stays. Passwords that it does not open have to be entered again.")
      else console.log("The backup brought no key of the servers' passwords: copy the old folder's secrets.key beside main.db, or enter the passwords again.")
      for (const { name } of manifest.leftOut) tell(`${name} was damaged when the backup was made, and is not in it.`)
    })

  program
    .command('check')
    .description('read everything in the data folder and say what is wrong; ends with 1 where something is')
    .addOption(configOption())
    .addOption(dataOption())
    .option('--json', 'print JSON for scripts')
    .action(async (flags: DataFlags & { readonly json?: boolean }) => {
      const dataDir = configOf(flags).dataDir
      const { checkData } = await import('./checkData.ts')
      const report = await checkData(dataDir, process.stderr.isTTY ? tell : () => {})
      if (report === null) return fail(`There is no console's data in ${dataDir}. Name its folder with --data.`, exitCodes.usage)
      if (flags.json) console.log(visibleJson(JSON.stringify(report, null, 2)))
      else {
        const { servers, seals, chunks, minutes, events, archives, backups } = report.done
        console.log(
          `Read in ${dataDir}: ${servers} stored servers, ${seals} seals with ${chunks} chunks and ${minutes} sets of minutes, ${events} events, ${archives} archives, ${backups} copies.`,
        )
        for (const { file, words } of report.notes) console.log(`${file} ${words}.`)
        for (const { file, words, todo } of report.findings) console.log(`WRONG: ${file}: ${words}. ${todo}`)
        console.log(wrongWords(report.findings.length))
      }
      process.exitCode = report.findings.length === 0 ? exitCodes.ok : exitCodes.storeTrouble
    })

  const more = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value]
  program
    .command('export')
    .description('write any series of the history as CSV or JSON, of a data folder or of a console that runs')
    .addOption(configOption())
    .addOption(dataOption())
    .option('--url <url>', 'ask the console at this address instead, such as https://noc:8787; its token is in MTXDECK_TOKEN or MTXDECK_TOKEN_FILE')
    .requiredOption('--server <name>', 'name or id')
    .option('--path <name>', 'a stream; may be given more than once', more)
    .option('--metric <name>', 'such as path.bitrateIn; may be given more than once', more)
    .option('--from <time>', 'ISO 8601, epoch milliseconds, or a time before now such as -24h', '-24h')
    .option('--to <time>', 'as --from; not included', 'now')
    .option('--step <time>', 'seconds, or with a unit: 15m, 2h, 1d', '60')
    .option('--reduce <how>', 'mean, min, max, sum, count, first or last', 'mean')
    .option('--format <name>', 'csv or json', 'csv')
    .option('--out <file>', 'where to write it, instead of printing it')
    .action(async (flags: ExportFlags) => {
      const { runExport } = await import('./exportCommand.ts')
      const { dataDir, token, tokenFile } = configOf(flags)
      const { server, path, metric, from, to, step, reduce, format } = flags
      const once = { server, from, to, step, reduce, format }
      const given = { ...Object.fromEntries(Object.entries(once).map(([name, value]) => [name, [value]])), ...(path && { path }), ...(metric && { metric }) }
      const { url = null, out = null } = flags
      const written = await runExport({ clock, version, dataDir, url, token, tokenFile, given, out, signal: deps.stopSignal() })
      if (!written.ok) return fail(written.error.words, exitCodes[written.error.kind])
    })
}

function keyWords(key: 'included' | 'leftOut' | 'none'): string {
  switch (key) {
    case 'included':
      return "The key of the servers' passwords is in it: keep it as safe as the passwords themselves."
    case 'leftOut':
      return "The servers' passwords are in it, encrypted; their key (secrets.key) is not. Keep a copy of it elsewhere, or back up with --with-key."
    case 'none':
      return "The servers' passwords are in it, encrypted; their key is not in the data folder (a desktop's system keeps it), so on another machine they have to be entered again."
  }
}

const wrongWords = (count: number): string =>
  count === 0 ? 'All of it is as it was written.' : count === 1 ? 'One thing is wrong.' : `${count} things are wrong.`
