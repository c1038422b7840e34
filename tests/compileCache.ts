import { fileURLToPath } from 'node:url'

/**
 * Node strips the types of each module that a process or thread loads, and compiles it. A run of all tests starts hundreds of them:
 * what was made of a module once is kept for the others.
 */
export const cachedNode = {
  execArgv: [`--import=${new URL('preload.mjs', import.meta.url).href}`],
  env: {
    NODE_COMPILE_CACHE: fileURLToPath(new URL('../node_modules/.cache/mtxdeck-tests', import.meta.url)),
    NODE_OPTIONS: `--import=${new URL('preload.mjs', import.meta.url).href}`,
  },
}
