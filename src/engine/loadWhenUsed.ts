import { createRequire } from 'node:module'

const requirePackage = createRequire(import.meta.url)

/**
 * Loads a package when it is first used, and not with the console: each takes 3 to 13 MB of memory, and most consoles never read a
 * calendar, fill in a template or import a list. Synchronous, unlike `import()`, for what must answer at once.
 */
export function loadWhenUsed<T>(name: string): () => T {
  let loaded: T | null = null
  return () => {
    loaded ??= requirePackage(name) as T
    return loaded
  }
}
