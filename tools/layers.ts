// Who may import whom: runs dependency-cruiser's rules, and fails where it saw (almost) nothing, as it does quietly
// with a TypeScript that it cannot read.
import { spawnSync } from 'node:child_process'

const run = spawnSync(
  process.execPath,
  ['node_modules/dependency-cruiser/bin/dependency-cruise.mjs', '--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src'],
  {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  },
)
if (!run.stdout) {
  console.error(run.stderr)
  process.exit(1)
}
const { summary } = JSON.parse(run.stdout) as {
  readonly summary: {
    readonly totalCruised: number
    readonly violations: readonly { readonly rule: { readonly name: string }; readonly from: string; readonly to: string }[]
  }
}
for (const { rule, from, to } of summary.violations) console.error(`${rule.name}: ${from} → ${to}`)
const seen = summary.totalCruised
if (seen < 50) console.error(`only ${seen} modules seen: dependency-cruiser cannot read this tree`)
console.log(`${summary.violations.length} violations in ${seen} modules`)
process.exit(summary.violations.length === 0 && seen >= 50 ? 0 : 1)
