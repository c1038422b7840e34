// Checks every layer against its own tsconfig, so that a stray `window` in the engine does not compile.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'

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
for (const layer of layers) {
  // What has not changed since the last check is not checked again.
  const remembered = ['--incremental', '--tsBuildInfoFile', `out/types/${layer}.tsbuildinfo`]
  const command = ['node_modules/typescript/bin/tsc', '-p', `tsconfig.${layer}.json`, ...remembered]
  const { status } = spawnSync(process.execPath, command, { stdio: 'inherit' })
  if (status !== 0) failed++
  console.log(`${status === 0 ? 'ok' : 'FAILED'} types of ${layer}`)
}
process.exit(failed === 0 ? 0 : 1)
