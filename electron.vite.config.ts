import { existsSync } from 'node:fs'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'
import { localesBeside, wholeLocales } from './build/wholeLocales.ts'

// electron-vite 6 knows Electron up to 44 and would aim at its Node and Chrome. What is built here must also
// run in the oldest runtime that our tests have (Electron 28: Node 18, Chrome 120), so the targets are written down.
const nodeTarget = 'node18'
const chromeTarget = 'chrome120'

/** Every process and thread has one entry; `out/main/<name>.js` is what it starts. */
const entries: Readonly<Record<string, string>> = {
  index: 'src/main/index.ts',
  engineHost: 'src/main/engineHost.ts',
  attachHost: 'src/main/attachHost.ts',
  engineOnNode24: 'src/main/engineOnNode24.ts',
  mediaHost: 'src/main/mediaHost.ts',
  storeWorker: 'src/engine/history/storeWorker.ts',
  privateKeyWorker: 'src/engine/hosts/privateKeyWorker.ts',
  systemWorker: 'src/engine/hosts/systemWorker.ts',
  commandLine: 'src/headless/commandLine.ts',
}

export default defineConfig({
  main: {
    plugins: [localesBeside],
    build: {
      target: nodeTarget,
      outDir: 'out/main',
      sourcemap: true,
      // Packages of `dependencies` stay in node_modules: some are native (better-sqlite3, node-av), some start workers of their own (pino).
      // zod and oRPC are many small modules, and most of zod is texts in fifty languages that we do not use.
      externalizeDeps: { exclude: ['zod', '@orpc/contract', '@orpc/server', '@orpc/openapi', '@orpc/zod'] },
      rolldownOptions: {
        input: Object.fromEntries(Object.entries(entries).filter(([, file]) => existsSync(file))),
        // Shared parts lie beside the entries, so that `import.meta.url` names one folder from wherever it is asked.
        // Each thread that loads a file keeps its text: without comments, and in ASCII, as V8 keeps a text with one character beyond Latin-1 in twice the bytes.
        output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js', charset: 'ascii', comments: false },
      },
    },
  },
  preload: {
    build: {
      target: nodeTarget,
      outDir: 'out/preload',
      externalizeDeps: false,
      // A sandboxed preload must be CommonJS; `.cjs` because package.json says "module".
      rolldownOptions: { input: { index: 'src/preload/index.ts' }, output: { format: 'cjs', entryFileNames: '[name].cjs' } },
    },
  },
  renderer: {
    root: 'src/renderer',
    plugins: [wholeLocales, react(), tailwindcss()],
    build: {
      target: chromeTarget,
      outDir: 'out/renderer',
      emptyOutDir: true,
      // It comes from the disk, or once over a network and is then kept.
      chunkSizeWarningLimit: 2_000,
      // Half the bytes to fetch and to read before the first figure; electron-vite leaves it off.
      minify: true,
      // Our content security policy has no `data:` scripts, and fonts are cached better as files.
      assetsInlineLimit: 0,
      rolldownOptions: { input: ['src/renderer/index.html', 'src/renderer/guest.html'] },
    },
  },
})
