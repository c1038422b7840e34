import { existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../clock/clock.ts'
import { createHistory } from '../engine/history/history.ts'
import { manifestName } from '../engine/storage/backupManifest.ts'
import { lockDataDir } from '../engine/storage/lockDataDir.ts'
import { openToRead } from '../engine/storage/openDatabase.ts'
import type { Failure } from '../shared/commands.ts'
import { entryPoint } from '../shared/entryPoint.ts'
import { keepEverything } from '../shared/history.ts'
import type { Problem } from '../shared/mistakes.ts'
import { err, ok, type Result } from '../shared/result.ts'
import { askConsole, type CommandRefusal, unavailable } from './askConsole.ts'
import { bugsOnlyLog } from './bugsOnlyLog.ts'
import { readConsoleAddress } from './consoleAddress.ts'
import { exportSeries, findServer, readExportInput } from './exportSeries.ts'

export interface ExportCommand {
  readonly clock: Clock
  readonly version: string
  readonly dataDir: string
  /** URL of a running console to ask instead of the folder; null: the console that uses the folder, otherwise the folder itself. */
  readonly url: string | null
  /** The sign-in token; null: that of `tokenFile`. */
  readonly token: string | null
  readonly tokenFile: string
  /** The options, as input for `readExportInput`. */
  readonly given: Readonly<Record<string, readonly string[] | undefined>>
  /** Where to write; null: standard output. */
  readonly out: string | null
  readonly signal: AbortSignal
}

/** Exports series from a data folder, or from the console that uses it. */
export async function runExport(command: ExportCommand): Promise<Result<null, CommandRefusal>> {
  const { clock, dataDir, signal } = command
  const input = readExportInput(command.given, clock.now())
  if (!input.ok) return err({ kind: 'usage', failure: optionsWrong(input.error) })
  if (command.url !== null) return exportFrom(command.url, command)
  if (!existsSync(join(dataDir, 'main.db'))) return unavailable({ kind: 'noData', folder: dataDir })
  // Opening a backup would change files whose checksums are in its manifest.
  if (existsSync(join(dataDir, manifestName))) return unavailable({ kind: 'isBackup', folder: dataDir })

  const lock = lockDataDir({ clock, dataDir })
  if (!lock.ok) {
    const url = lock.error.kind === 'dataDirInUse' ? readConsoleAddress(dataDir) : null
    if (url !== null) return exportFrom(url, command)
    return unavailable({ kind: lock.error.kind === 'dataDirInUse' ? 'inUse' : 'console', trouble: lock.error.trouble })
  }
  await using stack = new AsyncDisposableStack()
  stack.use(lock.value)
  const main = openToRead(join(dataDir, 'main.db'))
  const named = (table: 'servers' | 'hosts') => main.prepare(`SELECT id, name FROM ${table} ORDER BY name`).all() as { id: string; name: string }[]
  const servers = [...named('servers'), ...named('hosts')]
  main.close()
  const server = findServer(input.value.server, servers)
  if (!server.ok) return err({ kind: 'usage', failure: optionsWrong([server.error]) })
  const history = await createHistory({
    clock,
    log: bugsOnlyLog,
    dataDir,
    storeWorker: entryPoint('../engine/history/storeWorker.ts', import.meta.url),
    version: command.version,
    keep: keepEverything,
  })
  if (!history.ok) return unavailable({ kind: 'console', trouble: history.error.trouble })
  stack.use(history.value)
  // Awaited here, because the databases are closed on return.
  return await write(exportSeries(history.value, server.value, input.value, signal), command)
}

/** Words the problems of parameters as problems of options. */
const optionsWrong = (problems: readonly Problem[]): Failure => ({
  kind: 'problems',
  problems: problems.map((problem) => ({ ...problem, key: `--${problem.key}` })),
})

/** Exports through the REST API of a running console. */
async function exportFrom(url: string, command: ExportCommand): Promise<Result<null, CommandRefusal>> {
  const query = new URLSearchParams(Object.entries(command.given).flatMap(([name, values]) => (values ?? []).map((value): [string, string] => [name, value])))
  const answer = await askConsole({ ...command, url }, `/api/history?${query}`)
  if (!answer.ok) return answer
  const { body } = answer.value
  return body === null ? ok(null) : write(body.pipeThrough(new TextDecoderStream()), command)
}

async function write(pieces: AsyncIterable<string>, { out, signal }: ExportCommand): Promise<Result<null, CommandRefusal>> {
  try {
    await using file = out === null ? null : await open(out, 'w')
    for await (const piece of pieces) {
      if (file) await file.writeFile(piece)
      else if (!process.stdout.write(piece)) await new Promise((resolve) => process.stdout.once('drain', resolve))
    }
    return ok(null)
  } catch (error) {
    if (signal.aborted) return unavailable({ kind: 'stopped' })
    if (out !== null && error instanceof Error && 'code' in error && 'syscall' in error)
      return unavailable({ kind: 'notWritten', file: out, because: String(error.code) })
    throw error
  }
}
