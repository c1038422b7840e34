import { fileURLToPath } from 'node:url'
import { build, type Rolldown } from 'vite'
import { expect, test } from 'vitest'

/** What a thread loads when it starts; not what it imports later. */
async function loadedBy(entry: string): Promise<readonly string[]> {
  const { output } = (await build({
    root: fileURLToPath(new URL('../..', import.meta.url)),
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true, external: ['better-sqlite3'] },
    build: { ssr: true, write: false, target: 'node24', rolldownOptions: { input: [entry] } },
  })) as Rolldown.RolldownOutput
  const chunks = output.filter((file) => file.type === 'chunk')
  const loaded = new Set<string>()
  const load = (name: string): void => {
    if (loaded.has(name)) return
    loaded.add(name)
    for (const imported of chunks.find(({ fileName }) => fileName === name)?.imports ?? []) load(imported)
  }
  for (const { isEntry, fileName } of chunks) if (isEntry) load(fileName)
  return chunks.filter(({ fileName }) => loaded.has(fileName)).flatMap(({ moduleIds }) => moduleIds)
}

// With both a thread takes 23 MB more and three times as long to start, and there may be four of them.
test.each([
  ['that write and read the history', 'storeWorker.ts', 'live/sampleWriter.ts'],
  ['that archive it', 'archiver/archiver.ts', 'archiver/archiveDay.ts'],
])('threads %s load neither zod nor the words of events', async (_, entry, part) => {
  const modules = await loadedBy(`src/engine/history/${entry}`)
  expect(modules.filter((id) => id.endsWith(`/history/${part}`))).toHaveLength(1)
  expect(modules.filter((id) => /\/node_modules\/zod\/|\/i18n\/(event|error)Text\.ts$/.test(id))).toEqual([])
})
