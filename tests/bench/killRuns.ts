// Kills a writing history with -9, again and again, and looks what became of it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import BetterSqlite3 from 'better-sqlite3'
import { build } from 'vite'
import { type ChecksDone, checkLiveHistory } from '../../src/engine/history/check/check.ts'
import { checkArchive } from '../../src/engine/history/check/checkArchive.ts'
import { faultText } from '../../src/engine/storage/checkMain.ts'
import { fileFaultText } from '../../src/i18n/consoleTroubleText.ts'
import { killedServers, nextPoll } from './killedPolls.ts'

export interface KillRuns {
  readonly kills: number
  /** Polls of a server that were said to be committed. */
  readonly committed: number
  /** Of those, not there at the next start. */
  readonly lost: number
  /** Files that failed a check, or that the store itself set aside. */
  readonly damaged: number
  readonly archives: number
  /** What was said of troubles. */
  readonly words: readonly string[]
}

export interface KilledProgram {
  readonly child: string
  readonly storeWorker: URL
}

/** The program in two files: read by a thousand processes with four threads each, modules would take most of the time. */
export async function bundleKilled(): Promise<KilledProgram> {
  const outDir = fileURLToPath(new URL('../../node_modules/.cache/mtxdeck-bench/', import.meta.url))
  const sourceOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
  await build({
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true, external: ['better-sqlite3'] },
    build: {
      ssr: true,
      target: 'node24',
      outDir,
      emptyOutDir: true,
      minify: false,
      rollupOptions: {
        input: { killedChild: sourceOf('killedChild.ts'), storeWorker: sourceOf('../../src/engine/history/storeWorker.ts') },
        output: { format: 'es', entryFileNames: '[name].mjs', chunkFileNames: '[name].mjs' },
      },
    },
  })
  // Read beside the program.
  const locales = sourceOf('../../src/locales/')
  for (const file of readdirSync(locales)) if (file.endsWith('.json')) copyFileSync(join(locales, file), join(outDir, file))
  return { child: join(outDir, 'killedChild.mjs'), storeWorker: pathToFileURL(join(outDir, 'storeWorker.mjs')) }
}

const quickCheckEvery = 20
/** A run that hangs is no result. */
const longestRunMs = 120_000

/** One folder, killed so many times. `seed` tells when. */
export async function killRuns(program: KilledProgram, dir: string, kills: number, seed: number): Promise<KillRuns> {
  mkdirSync(dir, { recursive: true })
  const words: string[] = []
  const dice = createDice(seed)
  let next = Date.UTC(2026, 10, 14, 23)
  let before: readonly [number, number] | null = null
  let committed = 0
  let lost = 0
  let damaged = 0
  let checked = 0
  const files = (): string[] => {
    const archives = join(dir, 'history')
    return [join(dir, 'history.db'), ...(existsSync(archives) ? readdirSync(archives).map((name) => join(archives, name)) : [])].filter((file) =>
      file.endsWith('.db'),
    )
  }

  /** Until it is killed after some commits, or only until it has looked (`wanted` null). */
  const runOnce = async (wanted: number | null): Promise<void> => {
    const args = [program.child, dir, program.storeWorker.href, String(next), ...(before ?? []).map(String)]
    const child: ChildProcess = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
    const exited = once(child, 'exit')
    const late = setTimeout(() => {
      words.push('a run did not get on')
      child.kill('SIGKILL')
    }, longestRunMs)
    let left = wanted ?? 1
    let first: number | null = null
    let newest = next
    let count = 0
    const looks = before !== null
    let looked = false
    for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
      const [kind, value, , more] = line.split(' ')
      if (kind === 'committed') {
        newest = Number(value)
        first ??= newest
        count++
        committed += killedServers.length
        // Anywhere in what it does next: between two commits are some ms.
        if (--left === 0) setTimeout(() => child.kill('SIGKILL'), dice() * 6)
      } else if (kind === 'found') {
        looked = true
        lost += Number(more)
        if (Number(more) > 0) words.push(line)
      } else words.push(line)
    }
    clearTimeout(late)
    const [, signal] = (await exited) as [number | null, string | null]
    if (signal !== 'SIGKILL') throw new Error(`a run ended by itself: ${words.slice(-3).join('; ')}`)
    if (looks && !looked) throw new Error('a run did not look at what the one before it had written')
    before = first === null ? null : [first, count]
    // Now and then a night passes: days go to their archives, and are killed there.
    next = nextPoll(newest, 10) + Math.floor(dice() * 900) * 2000
  }

  for (let kill = 1; kill <= kills; kill++) {
    await runOnce(1 + Math.floor(dice() * 40))
    if (kill % quickCheckEvery !== 0 && kill !== kills) continue
    for (const file of files()) {
      const db = new BetterSqlite3(file, { readonly: true })
      const said = db.pragma('quick_check', { simple: true })
      db.close()
      checked++
      if (said === 'ok') continue
      damaged++
      words.push(`${file}: ${said}`)
    }
  }
  // What the last one had written; it is killed, too, but asked for nothing.
  await runOnce(null)
  const done: ChecksDone = { parts: 0, events: 0, archives: 0 }
  const live = new BetterSqlite3(join(dir, 'history.db'), { readonly: true })
  const findings: string[] = []
  checkLiveHistory(live, done, (fault) => findings.push(faultText(fault)))
  live.close()
  for (const file of files().slice(1)) findings.push(...(await checkArchive(file, async () => {})).findings.map((fault) => fileFaultText(fault, 'en')))
  words.push(...findings)
  damaged += findings.length
  damaged += [...readdirSync(dir), ...(existsSync(join(dir, 'history')) ? readdirSync(join(dir, 'history')) : [])].filter((name) =>
    name.includes('.damaged-'),
  ).length
  if (checked === 0 || done.parts === 0) throw new Error('nothing was checked')
  return { kills, committed, lost, damaged, archives: files().length - 1, words }
}

/** 0 to 1, the same numbers for the same seed. */
function createDice(seed: number) {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}
