// Writes prometheus/ and grafana/ by the metric table and the rules that come with mtxdeck: `node bin/node24.mjs tools/prometheus.ts`.
// With --check it writes nothing, and fails where a file is not what it would write.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dashboards } from './prometheus/dashboards.ts'
import { grafanaJson } from './prometheus/grafana.ts'
import { prometheusRules } from './prometheus/rules.ts'

const scrapeExample = `# An example: Prometheus scrapes mtxdeck and loads its rules. Made by tools/prometheus.ts; docs/prometheus.md says more.
scrape_configs:
  - job_name: mtxdeck
    # Rules look at a minute, so at least every 20 s.
    scrape_interval: 15s
    scrape_timeout: 10s
    authorization:
      # The token of metricsTokenFile.
      credentials_file: mtxdeck-token
    static_configs:
      # listen, or metricsListen.
      - targets: ["127.0.0.1:8787"]
rule_files:
  - mtxdeck.rules.yml
`

const files = new Map<string, string>([
  ['prometheus/prometheus.yml', scrapeExample],
  ['prometheus/mtxdeck.rules.yml', prometheusRules()],
  ...Object.entries(dashboards).map(([name, dashboard]) => [`grafana/${name}.json`, `${JSON.stringify(grafanaJson(dashboard), null, 2)}\n`] as const),
])
const present = ['prometheus', 'grafana'].flatMap((folder) => (existsSync(folder) ? readdirSync(folder).map((name) => `${folder}/${name}`) : []))
const stray = present.filter((file) => !files.has(file))
const behind = [...files].filter(([file, text]) => !existsSync(file) || readFileSync(file, 'utf8') !== text).map(([file]) => file)

if (process.argv.includes('--check')) {
  for (const file of [...behind, ...stray]) console.error(`${file} is not that of the metrics and rules: run "node bin/node24.mjs tools/prometheus.ts"`)
  if (behind.length + stray.length > 0) process.exit(1)
  console.log(`ok: ${files.size} files`)
} else {
  for (const folder of ['prometheus', 'grafana']) mkdirSync(folder, { recursive: true })
  for (const file of behind) writeFileSync(file, files.get(file) ?? '')
  console.log(`${files.size} files, ${behind.length} of them written${stray.length > 0 ? `; not ours: ${stray.join(', ')}` : ''}`)
}
