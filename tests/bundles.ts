import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build, type Rolldown } from 'vite'

/**
 * Entry points of threads and processes that tests start by the hundred. Each would resolve and load some 300 modules, which
 * takes longer than most of them live. They are bundled before a run, as the desktop app's are; `preload.mjs` starts the bundles.
 */
const entries = [
  'src/engine/history/storeWorker.ts',
  'src/engine/hosts/privateKeyWorker.ts',
  'src/engine/hosts/systemWorker.ts',
  'src/media/index.ts',
  'tests/hostile/hostileFleet.ts',
  'tests/hostile/serveChild.ts',
]
const root = fileURLToPath(new URL('..', import.meta.url))
const folder = join(root, 'node_modules', '.cache', 'mtxdeck-tests', 'bundles')
const keptMs = 86_400_000

/** A bundle's modules look for files beside their sources. */
const sourceAddresses = {
  name: 'source-addresses',
  transform: (code: string, id: string) =>
    code.includes('import.meta.url') ? { code: code.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href)), map: null } : null,
}

export default async function bundleProcesses(): Promise<void> {
  const { output } = (await build({
    root,
    configFile: false,
    logLevel: 'error',
    mode: 'test',
    plugins: [sourceAddresses],
    // The many small modules of these two are bundled as well; other packages stay what they are.
    ssr: { noExternal: [/^zod/, /^@orpc\//] },
    build: {
      ssr: true,
      write: false,
      target: 'node24',
      rolldownOptions: { input: entries, output: { entryFileNames: '[name]-[hash].mjs', chunkFileNames: '[name]-[hash].mjs' } },
    },
  })) as Rolldown.RolldownOutput

  // Names tell contents: an unchanged bundle is written, and compiled, once. Another run may be starting from this folder.
  mkdirSync(folder, { recursive: true })
  const now = Date.now()
  for (const file of readdirSync(folder)) {
    const path = join(folder, file)
    if (now - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now) > keptMs) rmSync(path, { force: true })
  }
  const bundles: Record<string, string> = {}
  for (const file of output) {
    if (file.type !== 'chunk') continue
    const path = join(folder, file.fileName)
    if (existsSync(path)) utimesSync(path, now / 1_000, now / 1_000)
    else {
      writeFileSync(`${path}.${process.pid}`, file.code)
      renameSync(`${path}.${process.pid}`, path)
    }
    if (file.isEntry && file.facadeModuleId !== null) bundles[file.facadeModuleId] = pathToFileURL(path).href
  }
  process.env.TEST_BUNDLES = JSON.stringify(bundles)
}
