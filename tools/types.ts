// Checks every layer against its own tsconfig, so that a stray `window` in the engine does not compile.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'

const wanted = process.argv.slice(2)
const layers = readdirSync('.')
  .flatMap((name) => /^tsconfig\.(\w+)\.json$/.exec(name)?.[1] ?? [])
  .filter((layer) => layer !== 'base' && (wanted.length === 0 || wanted.includes(layer)))
let failed = 0
for (const layer of layers) {
  const { status } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', `tsconfig.${layer}.json`], { stdio: 'inherit' })
  if (status !== 0) failed++
  console.log(`${status === 0 ? 'ok' : 'FAILED'} types of ${layer}`)
}
process.exit(failed === 0 ? 0 : 1)
