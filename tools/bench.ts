// `npm run bench -- [name …] [--json] [--quick]`: runs the benches of tests/bench. Figures of one run belong together:
// machines are shared and noisy. With --json one line a figure, nothing else on standard output.
import { readdirSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { type Bench, type Figure, meetsGoal } from '../tests/bench/figures.ts'

const folder = new URL('../tests/bench/', import.meta.url)
const known = readdirSync(folder).flatMap((file) => /^(\w+)\.bench\.ts$/.exec(file)?.[1] ?? [])
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean' }, quick: { type: 'boolean' }, help: { type: 'boolean' } },
})
const unknown = positionals.filter((name) => !known.includes(name))
if (values.help || unknown.length > 0) {
  console.error(`${unknown.length > 0 ? `No bench ${unknown.join(', ')}. ` : ''}Usage: npm run bench -- [${known.join(' | ')} …] [--json] [--quick]`)
  process.exit(values.help ? 0 : 64)
}
if (!values.json) console.log(`Node ${process.versions.node} on ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}; a percentage of CPU is of one core\n`)

/** What a figure is to be compared with, where that is known. */
const besides = ({ prototype, limit }: Figure): string => `${prototype ? ` · prototype ${prototype}` : ''}${limit ? ` · limit ${limit}` : ''}`

let missed = 0
for (const name of positionals.length > 0 ? positionals : known) {
  if (!values.json) console.log(`${name}`)
  const { bench } = (await import(new URL(`${name}.bench.ts`, folder).href)) as { readonly bench: Bench }
  await bench(
    (figure: Figure) => {
      const met = meetsGoal(figure)
      if (met === false) missed++
      if (values.json) console.log(JSON.stringify(figure))
      else
        console.log(
          `  ${met === null ? ' ' : met ? '✓' : '✗'} ${figure.figure}: ${figure.value} ${figure.unit}${figure.goal ? ` (goal ${figure.goal})` : ''}${besides(figure)}${figure.note ? ` · ${figure.note}` : ''}`,
        )
    },
    { quick: values.quick ?? false },
  )
}
if (!values.json && missed > 0) console.log(`\n${missed} ${missed === 1 ? 'figure misses its' : 'figures miss their'} goal.`)
