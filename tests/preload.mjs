import module from 'node:module'
import { pathToFileURL } from 'node:url'

// The variable alone reaches no threads, of which every store has several. Nodes before 22 have none.
module.enableCompileCache?.(process.env.NODE_COMPILE_CACHE)

// What is about to start may have a bundle (bundles.ts).
const entry = process.argv[1] ?? ''
const url = JSON.parse(process.env.TEST_BUNDLES ?? '{}')[entry]
if (url !== undefined) {
  const hooks = module.registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context)
      if (found.url !== pathToFileURL(entry).href) return found
      hooks.deregister()
      return { url, format: 'module', shortCircuit: true }
    },
  })
}
