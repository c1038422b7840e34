import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { rulesOf } from '../../src/shared/rules.ts'
import { prometheusRules } from '../../tools/prometheus/rules.ts'
import { prometheusMissing } from '../bench/prometheus.ts'

const missing = await prometheusMissing()
const run = promisify(execFile)
let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'mtxdeck-rules-'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

interface WrittenRule {
  readonly alert: string
  readonly expr: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}
interface Written {
  readonly groups: readonly { readonly rules: readonly WrittenRule[] }[]
}
const yaml = prometheusRules()
const written = (parse(yaml) as Written).groups.flatMap(({ rules }) => rules)
const expressions = (id: string) => written.filter(({ alert }) => alert === id).map(({ expr }) => expr)

test('each rule that comes with mtxdeck is an alert, or named at the top with the reason why it is none', () => {
  const alerts = new Set(written.map(({ alert }) => alert))
  const head = yaml.split('\n').filter((line) => line.startsWith('#'))
  for (const { id } of rulesOf([])) expect([id, alerts.has(id) !== head.some((line) => line.includes(`  ${id}: `))]).toEqual([id, true])
  for (const left of [
    'serverRestarted: it watches an event',
    'diskFilling: what it watches is no metric',
    'noReaders: it is switched off',
    'bitrateLow: it has no limit until somebody gives one',
  ])
    expect(head.join('\n')).toContain(left)
})

test('limits are in base units, and scopes are those of Prometheus', () => {
  expect(expressions('latencyTight')[0]).toContain('mtxdeck_stream_latency_seconds / mtxdeck_stream_rtt_seconds < 4 or')
  expect(expressions('diskUsed')[0]).toContain('mtxdeck_device_used_ratio{device=~"disk:.*"}')
  expect(expressions('probeDown')[0]).toMatch(/ unless on \(probe\) mtxdeck_probe_up\{probe=~"mtxdeck-canary RTSP \.\*\|/)
})

test('an alert says what it is about, in the words of the rule, and what to do', () => {
  expect(written.find(({ alert }) => alert === 'streamGone')?.annotations).toEqual({
    summary: 'Stream gone: {{ $labels.path }} · {{ $labels.server }}',
    runbook: 'Check the encoder or camera and its network.',
  })
})

test.skipIf(missing !== null)('promtool accepts the file', async () => {
  const file = join(dir, 'all.yml')
  writeFileSync(file, yaml)
  const { stdout, stderr } = await run('promtool', ['check', 'rules', file], { timeout: 30_000 })
  expect(stdout + stderr).toMatch(/SUCCESS: \d+ rules found/)
})

test.skipIf(missing !== null)('alerts fire as ours do: after their delay, within their scope, and until they clear', async () => {
  // What is written beside an alert is tried above.
  const bare = written.map(({ annotations: _, ...rule }) => rule)
  writeFileSync(join(dir, 'rules.yml'), stringify({ groups: [{ name: 'mtxdeck', rules: bare }] }))
  const of = (server: string, path: string) => `server="${server}",path="${path}"`
  const disk = (device: string) => ({ series: `mtxdeck_device_used_ratio{host="rack",device="${device}"}`, values: '0.96x100' })
  const rtt = (path: string) => [
    { series: `mtxdeck_stream_latency_seconds{${of('a', path)}}`, values: '0.1x100' },
    { series: `mtxdeck_stream_rtt_seconds{${of('a', path)}}`, values: '0.028x100' },
  ]
  const alert = (alertname: string, minutes: number, labels: readonly Readonly<Record<string, string>>[]) => ({ alertname, minutes, labels })
  const expected = [
    // The first level and both; between limit and clear it goes on, and ends below.
    alert('hostMemory', 2, [{ severity: 'warning', source: 'mtxdeck', host: 'm' }]),
    alert('hostMemory', 6, [{ severity: 'warning', source: 'mtxdeck', host: 'm' }]),
    alert('hostMemory', 9, []),
    // What does not match the pattern is left alone.
    alert('diskUsed', 5, [
      { source: 'mtxdeck', host: 'rack', device: 'disk:/', severity: 'warning' },
      { source: 'mtxdeck', host: 'rack', device: 'disk:/', severity: 'major' },
    ]),
    // So is what is not live.
    alert('latencyTight', 5, [{ severity: 'warning', source: 'mtxdeck', ...{ server: 'a', path: 'live/one' } }]),
    alert('streamGone', 5, [{ severity: 'critical', source: 'mtxdeck', server: 'a', path: 'live/two', kind: 'streamGone' }]),
  ]
  const tests = {
    rule_files: ['rules.yml'],
    evaluation_interval: '10s',
    tests: [
      {
        interval: '10s',
        input_series: [
          ...rtt('live/one'),
          ...rtt('live/slate'),
          { series: `mtxdeck_stream_state{${of('a', 'live/one')},state="live"}`, values: '1x100' },
          { series: 'mtxdeck_host_memory_ratio{host="m"}', values: '0.81x30 0.78x12 0.5x60' },
          disk('disk:/'),
          disk('other:/'),
          { series: `mtxdeck_stream_trouble{${of('a', 'live/two')},kind="streamGone",severity="critical"}`, values: '1x100' },
        ],
        alert_rule_test: expected.map(({ alertname, minutes, labels }) => ({
          alertname,
          eval_time: `${minutes}m`,
          exp_alerts: labels.map((exp_labels) => ({ exp_labels })),
        })),
      },
    ],
  }
  writeFileSync(join(dir, 'test.yml'), stringify(tests))
  const { stdout, stderr } = await run('promtool', ['test', 'rules', 'test.yml'], { timeout: 60_000, cwd: dir }).catch(
    (error: { stdout: string; stderr: string }) => error,
  )
  expect(stdout + stderr).toMatch(/SUCCESS/)
})
