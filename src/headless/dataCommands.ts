import { existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { createSystemClock } from '../clock/clock.ts'
import { consoleTroubleText } from '../i18n/consoleTroubleText.ts'
import { fileFaultText } from '../i18n/fileFaultText.ts'
import { problemsText } from '../i18n/validationErrorText.ts'
import { entryPoint } from '../shared/entryPoint.ts'
import { keepEverything } from '../shared/history.ts'
import { formatNumber, formatSize } from '../shared/units.ts'
import type { Problem } from '../shared/validationErrors.ts'
import { visibleJson } from '../shared/visibleText.ts'
import { askConsole, readConsoleAddress } from './askConsole.ts'
import { bugsOnlyLog, configure, type DataFlags, exitCodes, fail, print, type Surroundings, tell } from './command.ts'
import { readVersion } from './projectFiles.ts'

const clock = createSystemClock()
const version = readVersion()
const figure = (value: number) => formatNumber(value, 0, 'en')

const keyOfBackup = {
  included: "The key of the servers' passwords is in it: keep it as safe as the passwords themselves.",
  leftOut: "The servers' passwords are in it, encrypted; their key (secrets.key) is not. Keep a copy of it elsewhere, or back up with --with-key.",
  none: "The servers' passwords are in it, encrypted; their key is not in the data folder (a desktop's system keeps it), so on another machine they have to be entered again.",
}
async function backUp(into: string, { withKey = false, ...flags }: DataFlags & { readonly withKey?: boolean }, { env, stopSignal }: Surroundings) {
  // Loaded only when needed, because loading SQLite would slow down all other commands.
  const { backUpData } = await import('../engine/storage/backUpData.ts')
  const { checkCopy, knownForms } = await import('./checkData.ts')
  const { listedPictures } = await import('../engine/snapshots/snapshotFiles.ts')
  const { dataDir } = configure(flags, env)
  const steps = { check: checkCopy, pictures: listedPictures, onProgress: tell, signal: stopSignal() }
  const made = await backUpData({ clock, dataDir, into, withKey, version, forms: knownForms, ...steps })
  if (!made.ok) return fail(made.error)
  const { manifest, bytes, reused, kept, damaged } = made.value
  const already = reused > 0 ? `; ${figure(reused)} of them were there already` : ''
  print(`Backed up into ${resolve(into)}: ${figure(manifest.files.length)} files, ${formatSize(bytes, null, 'en')}${already}.`)
  print(keyOfBackup[manifest.key])
  for (const name of kept) tell(`${name} is of an earlier backup and not part of this one; it was left there.`)
  for (const { name, fault, words } of manifest.leftOut)
    tell(`Left out: ${name}, for ${fault === undefined ? words : fileFaultText(fault, 'en')}. "mtxdeck check" says more.`)
  for (const { name, fault } of damaged)
    tell(`Damaged in the console's data and so in the copy: ${name}: ${fileFaultText(fault, 'en')}. All else in it can be read.`)
  if (manifest.leftOut.length + damaged.length > 0) process.exitCode = exitCodes.storeTrouble
}

async function restore(from: string, { replace = false, ...flags }: DataFlags & { readonly replace?: boolean }, { env }: Surroundings) {
  const { dataDir } = configure(flags, env)
  const { restoreData } = await import('../engine/storage/restoreData.ts')
  const { momentOf } = await import('../engine/storage/backupManifest.ts')
  const { knownForms } = await import('./checkData.ts')
  const restored = await restoreData({ clock, from, dataDir, replace, forms: knownForms, onProgress: tell })
  if (!restored.ok) return fail(restored.error)
  const { manifest, replaced, hasOwnKey } = restored.value
  print(`Restored into ${dataDir}: the backup of ${momentOf(manifest.madeAt)}, made by mtxdeck ${manifest.madeBy}.`)
  if (replaced !== null) print(`What was there lies in ${replaced}; delete it when you are sure.`)
  if (manifest.key === 'included') print("The key of the servers' passwords was restored too.")
  else if (hasOwnKey)
    print("The backup brought no key of the servers' passwords: that of this folder stays. Passwords that it does not open have to be entered again.")
  else print("The backup brought no key of the servers' passwords: copy the old folder's secrets.key beside main.db, or enter the passwords again.")
  for (const { name } of manifest.leftOut) tell(`${name} was damaged when the backup was made, and is not in it.`)
}

async function check({ json = false, ...flags }: DataFlags & { readonly json?: boolean }, { env }: Surroundings) {
  const { dataDir } = configure(flags, env)
  const { checkData } = await import('./checkData.ts')
  const report = await checkData(dataDir, process.stderr.isTTY ? tell : () => {})
  if (report === null) return fail(`There is no console's data in ${dataDir}. Name its folder with --data-dir.`, exitCodes.usage)
  const { findings, notes, done } = report
  if (json) console.log(visibleJson(JSON.stringify(report, null, 2)))
  else {
    const history = `${done.seals} seals with ${done.chunks} chunks and ${done.minutes} sets of minutes`
    print(`Read in ${dataDir}: ${done.servers} stored servers, ${history}, ${done.events} events, ${done.archives} archives, ${done.backups} copies.`)
    for (const note of notes) print(note.words)
    for (const finding of findings) print(`WRONG: ${finding.file}: ${finding.words}. ${finding.todo}`)
    const { length } = findings
    print(length === 0 ? 'All of it is as it was written.' : length === 1 ? 'One thing is wrong.' : `${figure(length)} things are wrong.`)
  }
  process.exitCode = findings.length === 0 ? exitCodes.ok : exitCodes.storeTrouble
}

interface ExportFlags extends DataFlags {
  readonly url?: string
  readonly out?: string
  readonly [given: string]: string | readonly string[] | undefined
}
/** Exports series from a data folder, or from the console that uses it. */
async function exportHistory({ url, out, config, dataDir: folder, ...options }: ExportFlags, { env, stopSignal }: Surroundings): Promise<void> {
  const { exportSeries, findServer, readExportInput } = await import('./exportSeries.ts')
  const optionsWrong = (problems: readonly Problem[]) =>
    fail(
      problemsText(
        problems.map((problem) => ({ ...problem, key: `--${problem.key}` })),
        'en',
      ),
      exitCodes.usage,
    )
  const read = configure({ ...(config !== undefined && { config }), ...(folder !== undefined && { dataDir: folder }) }, env)
  const { dataDir } = read
  const signal = stopSignal()
  const given = Object.fromEntries(Object.entries(options).map(([name, values]) => [name, [values ?? []].flat()]))
  const input = readExportInput(given, clock.now())
  if (!input.ok) return optionsWrong(input.error)
  const exportFrom = async (address: string) => {
    const query = new URLSearchParams(Object.entries(given).flatMap(([name, values]) => values.map((value): [string, string] => [name, value])))
    const { body } = await askConsole({ ...read, url: address, signal }, `/api/history?${query}`)
    if (body !== null) await write(body.pipeThrough(new TextDecoderStream()), out, signal)
  }
  if (url !== undefined) return exportFrom(url)
  const { manifestName } = await import('../engine/storage/backupManifest.ts')
  const { lockDataDir } = await import('../engine/storage/lockDataDir.ts')
  if (!existsSync(join(dataDir, 'main.db'))) return fail(`There is no console's data in ${dataDir}. Name its folder with --data-dir.`)
  // Opening a backup would change files whose checksums are in its manifest.
  if (existsSync(join(dataDir, manifestName))) return fail(`${dataDir} holds a backup. Restore it into a folder of its own first ("mtxdeck restore").`)
  const lock = lockDataDir({ clock, dataDir })
  if (!lock.ok) {
    const address = lock.error.kind === 'dataDirInUse' ? readConsoleAddress(dataDir) : null
    if (address !== null) return exportFrom(address)
    const other = lock.error.kind === 'dataDirInUse' ? " Or export from that one's charts; a console that serves browsers is asked with --url." : ''
    return fail(`${consoleTroubleText(lock.error.trouble, 'en')}${other}`)
  }
  await using stack = new AsyncDisposableStack()
  stack.use(lock.value)
  const { openToRead } = await import('../engine/storage/openDatabase.ts')
  const { createHistory } = await import('../engine/history/history.ts')
  const main = openToRead(join(dataDir, 'main.db'))
  const named = (table: 'servers' | 'hosts') => main.prepare(`SELECT id, name FROM ${table} ORDER BY name`).all() as { id: string; name: string }[]
  const servers = [...named('servers'), ...named('hosts')]
  main.close()
  const server = findServer(input.value.server, servers)
  if (!server.ok) return optionsWrong([server.error])
  const storeWorker = entryPoint('../engine/history/storeWorker.ts', import.meta.url)
  const history = await createHistory({ clock, log: bugsOnlyLog, dataDir, storeWorker, version, keep: keepEverything })
  if (!history.ok) return fail(consoleTroubleText(history.error.trouble, 'en'))
  stack.use(history.value)
  await write(exportSeries(history.value, server.value, input.value, signal), out, signal)
}

async function write(pieces: AsyncIterable<string>, out: string | undefined, signal: AbortSignal): Promise<void> {
  try {
    await using file = out === undefined ? null : await open(out, 'w')
    for await (const piece of pieces) {
      if (file) await file.writeFile(piece)
      else if (!process.stdout.write(piece)) await new Promise((resolve) => process.stdout.once('drain', resolve))
    }
  } catch (error) {
    if (signal.aborted) fail('The export was stopped.')
    if (out !== undefined && error instanceof Error && 'code' in error && 'syscall' in error) fail(`${out} cannot be written (${error.code}).`)
    throw error
  }
}

/** Adds the commands on a data folder: backup, restore, check, export. */
export function addDataCommands(program: Command, around: Surroundings): void {
  const ofData = (name: string, description: string) => {
    const command = program.command(name).description(description)
    return command
      .option('-c, --config <file>', 'configuration (YAML) that names the data folder')
      .option('--data-dir <folder>', 'the data folder, where it is not the usual one or that of the configuration')
  }
  ofData('backup <folder>', 'copy servers, settings and history into a folder, while the console runs or not')
    .option('--with-key', "with the key that opens the servers' passwords: who has the copy then has the passwords")
    .action((folder: string, flags) => backUp(folder, flags, around))
  ofData('restore <folder>', 'put a backup into a data folder that no console uses')
    .option('--replace', 'where the folder holds data already: they are renamed within it, not deleted')
    .action((folder: string, flags) => restore(folder, flags, around))
  ofData('check', 'read everything in the data folder and say what is wrong; ends with 1 where something is')
    .option('--json', 'print JSON for scripts')
    .action((flags) => check(flags, around))
  const more = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value]
  ofData('export', 'write any series of the history as CSV or JSON, of a data folder or of a console that runs')
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
    .action((flags) => exportHistory(flags, around))
}
