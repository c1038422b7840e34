// Every check in order, the cheap ones first: `npm run verify`. Stops at nothing: one run shows all that is wrong.
import { spawnSync } from 'node:child_process'

const node = process.execPath
const checks: readonly (readonly [string, readonly string[]])[] = [
  ['format and lint', ['node_modules/@biomejs/biome/bin/biome', 'check', '.']],
  ['types, layer by layer', ['tools/types.ts']],
  ['who imports whom', ['tools/layers.ts']],
  ['dead exports and packages', ['node_modules/knip/bin/knip.js']],
  ['lockfile is whole and names no host', ['tools/lockfile.ts']],
  ['dashboards and rules for Prometheus are those of the metrics', ['tools/prometheus.ts', '--check']],
  ['message ids are those of the English catalogue', ['tools/messageIds.ts', '--check']],
  ['third-party notices: licences of what is passed on go with ours', ['tools/notices.ts']],
  ['build', ['node_modules/electron-vite/bin/electron-vite.js', 'build', '--logLevel', 'warn']],
  ['tests', ['tools/test.ts']],
]

const wanted = process.argv.slice(2)
// A word that is in no check's name would check nothing, and pass.
const unknown = wanted.filter((word) => !checks.some(([name]) => name.includes(word)))
if (unknown.length > 0) {
  console.error(
    `No check ${unknown.join(', ')}. Usage: npm run verify -- [word of a check's name …]; there are:\n${checks.map(([name]) => `  ${name}`).join('\n')}`,
  )
  process.exit(64)
}
const failed: string[] = []
for (const [name, args] of checks) {
  if (wanted.length > 0 && !wanted.some((word) => name.includes(word))) continue
  console.log(`\n== ${name}`)
  const { status } = spawnSync(node, ['--disable-warning=ExperimentalWarning', ...args], { stdio: 'inherit' })
  if (status !== 0) failed.push(name)
}
console.log(failed.length === 0 ? '\nAll checks passed.' : `\nFailed: ${failed.join(', ')}.`)
process.exit(failed.length === 0 ? 0 : 1)
