// A program that tries what a sandbox is to keep it from, as it is told; `hold` is one that starts another in a sandbox, and waits.
import { spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { forkNode } from './forkNode.ts'
import { findSandbox, pidWithin } from './sandbox.ts'

type Command =
  | { readonly kind: 'tries'; readonly reads: readonly string[]; readonly writes: readonly string[]; readonly kills: number }
  | { readonly kind: 'echo'; readonly bytes: Uint8Array }
  | { readonly kind: 'leave' }
  | { readonly kind: 'exit'; readonly code: number }

/** The error's code, or what came of it. */
function tried(act: () => unknown): unknown {
  try {
    return act() ?? 'done'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  }
}

async function hold(): Promise<void> {
  const sandbox = await findSandbox()
  if (typeof sandbox === 'string') throw new Error(sandbox)
  const child = forkNode(new URL(import.meta.url), {
    by: sandbox.around([process.execPath, import.meta.dirname, import.meta.dirname.replace(/\/src\/.*/, '')]),
  })
  child.on('message', () => process.send?.({ pid: pidWithin(child.pid ?? 0) }))
  child.postMessage({ kind: 'leave' })
}

process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
process.on('message', (command: Command) => {
  if (command.kind === 'echo') process.send?.(command.bytes)
  if (command.kind === 'exit') process.exit(command.code)
  if (command.kind === 'leave') {
    spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' }).unref()
    process.send?.('left')
  }
  if (command.kind !== 'tries') return
  const status = readFileSync('/proc/self/status', 'latin1')
  process.send?.({
    read: command.reads.map((path) => tried(() => readFileSync(path, 'latin1'))),
    written: command.writes.map((path) => tried(() => writeFileSync(path, 'x', { flag: 'a' }))),
    root: readdirSync('/'),
    temporary: readdirSync('/tmp').toSorted(),
    processes: readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length,
    killed: tried(() => process.kill(command.kills, 0)),
    rights: [.../^Cap(?:Inh|Prm|Eff|Bnd|Amb):\s+(\w+)$/gm[Symbol.matchAll](status)].map(([, mask]) => mask),
    noNewPrivileges: /^NoNewPrivs:\s+(\d)$/m.exec(status)?.[1],
    mounted: spawnSync('mount', ['-t', 'tmpfs', 'none', '/tmp']).status,
    unshared: spawnSync('unshare', ['--user', 'true']).status,
    firstEnvironment: readFileSync('/proc/1/environ', 'latin1').split('\0').filter(Boolean),
  })
})
if (process.argv[2] === 'hold') await hold()
