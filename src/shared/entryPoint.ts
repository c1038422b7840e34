/** Address of the entry point of a thread or process: its source, by its path from the module `from`, or its build; a build has all of them in one folder (electron.vite.config.ts). */
export function entryPoint(source: string, from: string): URL {
  return new URL(from.endsWith('.ts') ? source : `./${source.slice(source.lastIndexOf('/') + 1).replace(/\.ts$/, '.js')}`, from)
}
