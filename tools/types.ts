// Checks every layer against its own tsconfig, so that a stray `window` in the engine does not compile.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { text } from 'node:stream/consumers'

const wanted = process.argv.slice(2)
const known = readdirSync('.')
  .flatMap((name) => /^tsconfig\.(\w+)\.json$/.exec(name)?.[1] ?? [])
  .filter((layer) => layer !== 'base')
// A name that is no layer would check nothing, and pass.
const unknown = wanted.filter((layer) => !known.includes(layer))
if (unknown.length > 0) {
  console.error(`No layer ${unknown.join(', ')}. Usage: npm run types -- [${known.join(' | ')} …]`)
  process.exit(64)
}
const layers = known.filter((layer) => wanted.length === 0 || wanted.includes(layer))
let failed = 0
const waiting = [...layers]
async function checkInTurn(): Promise<void> {
  for (let layer = waiting.shift(); layer !== undefined; layer = waiting.shift()) {
    // What has not changed since the last check is not checked again.
    const remembered = ['--incremental', '--tsBuildInfoFile', `out/types/${layer}.tsbuildinfo`]
    const command = ['node_modules/typescript/bin/tsc', '-p', `tsconfig.${layer}.json`, ...(process.stdout.isTTY ? ['--pretty'] : []), ...remembered]
    const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] })
    const said = await text(child.stdout)
    if (child.exitCode === null) await once(child, 'exit')
    if (child.exitCode !== 0) failed++
    process.stdout.write(`${said}${child.exitCode === 0 ? 'ok' : 'FAILED'} types of ${layer}\n`)
  }
}
// Each takes one core and up to a gigabyte.
await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, checkInTurn))
process.exit(failed === 0 ? 0 : 1)
