import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { prometheusRules } from '../../src/engine/exporter/prometheusRules.ts'
import { languages } from '../../src/i18n/languages.ts'
import { type RuleInput, rulesOf } from '../../src/shared/rules.ts'
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
interface Exported {
  readonly groups: readonly { readonly rules: readonly WrittenRule[] }[]
}
const exported = (inputs: readonly RuleInput[]) => prometheusRules(rulesOf(inputs), 'en')
const rulesIn = (yaml: string) => (parse(yaml) as Exported).groups.flatMap(({ rules }) => rules)

/** Rules with everything that a rule can have. */
const inputs: readonly RuleInput[] = [
  { id: 'hostCpu', tags: ['studio'], servers: ['Ber*'], runbook: 'Look at {{ this }}', runbookUrl: 'https://wiki.example.org/cpu' },
  { id: 'bitrateLow', below: 500_000, clear: 600_000 },
  { id: 'noReaders', enabled: true, streams: ['live/*', '~^cam\\d+$'] },
  { id: 'streamGone', exceptions: [{ streams: ['test/*'], enabled: false, reason: 'tests' }] },
  {
    id: 'diskUsed',
    exceptions: [
      { hosts: ['archive*'], above: 97, severity: 'minor', reason: 'full on purpose' },
      { tags: ['north'], above: 95, reason: 'small disks' },
    ],
  },
  { id: 'own', metric: 'path.packetsLost', above: 5, onDelaySeconds: 20 },
  { id: 'backwards', metric: 'server.clockSkew', beyond: 1_000, clear: 500 },
  { id: 'coded', metric: 'path.state', above: 2 },
  { id: 'drops', metric: 'path.bitrateIn', fallsBy: 30, withinSeconds: 60 },
  { id: 'jumps', metric: 'server.readers', changesBy: 50, withinSeconds: 300 },
  { id: 'missing', absent: ['cam1', 'news/*'], severity: 'major' },
  { id: 'gaps', metric: 'probe.ptsGaps', above: 3 },
  { id: 'moved', event: 'publisherChanged', streams: ['live/*'] },
]

test('each rule in force is an alert, or named at the top with the reason why it is none', () => {
  const yaml = exported(inputs)
  const alerts = new Set(rulesIn(yaml).map(({ alert }) => alert))
  const head = yaml.split('\n').filter((line) => line.startsWith('#'))
  for (const { id } of rulesOf(inputs)) expect([id, alerts.has(id) || head.some((line) => line.includes(`  ${id}: `))]).toEqual([id, true])
  for (const left of [
    'serverRestarted: it watches an event',
    'diskFilling: what it watches is no metric',
    'coded: a limit of a state',
    'gaps: it compares the increase from one reading of a probe to the next',
    'moved: it watches an event',
  ])
    expect(head.join('\n')).toContain(left)
  expect([...alerts]).not.toContain('serverRestarted')
  expect(exported([])).toContain('noReaders: it is switched off')
  expect(exported([])).toContain('bitrateLow: it has no limit until somebody gives one')
})

test('limits are in base units, and scopes are those of Prometheus', () => {
  const rules = rulesIn(exported(inputs))
  const expressions = (id: string) => rules.filter(({ alert }) => alert === id).map(({ expr }) => expr)
  expect(expressions('bitrateLow')[0]).toContain('mtxdeck_stream_bitrate_in_bytes_per_second < 62500 or')
  expect(expressions('latencyTight')[0]).toContain('mtxdeck_stream_latency_seconds / mtxdeck_stream_rtt_seconds < 4 or')
  expect(expressions('noReaders')[0]).toContain('{path=~"live/.*|.*(?:^cam\\\\d+$).*"}')
  expect(expressions('backwards')[0]).toContain('abs(mtxdeck_server_clock_skew_seconds) > 1 or')
  expect(expressions('hostCpu')[0]).toContain('mtxdeck_host_info{tags=~".*,(?:studio),.*",server=~"Ber.*"}')
})

test('an alert says what it is about, in the words of the rule, and what to do', () => {
  const annotations = new Map(rulesIn(exported(inputs)).map((rule) => [rule.alert, rule.annotations]))
  expect(annotations.get('streamGone')).toEqual({
    summary: 'Stream gone: {{ $labels.path }} · {{ $labels.server }}',
    runbook: 'Check the encoder or camera and its network.',
  })
  // Text of an operator is no template.
  expect(annotations.get('hostCpu')).toMatchObject({ runbook: 'Look at {{"{{"}} this }}', runbook_url: 'https://wiki.example.org/cpu' })
})

test.skipIf(missing !== null)('promtool accepts the file in every language', async () => {
  for (const language of languages) {
    const file = join(dir, `rules-${language}.yml`)
    writeFileSync(file, prometheusRules(rulesOf(inputs), language))
    const { stdout, stderr } = await run('promtool', ['check', 'rules', file], { timeout: 30_000 })
    expect(stdout + stderr).toMatch(/SUCCESS: \d+ rules found/)
  }
})

/** Half a character, of which YAML has none, in each text that an operator enters; and what else may be in one. */
const half = 'cut \ud800 off'
const hostile: readonly RuleInput[] = [
  { id: 'halves', metric: 'path.rtt', above: 1, name: half, runbook: half, streams: [half], tags: [half] },
  { id: 'controls', metric: 'path.rtt', above: 1, name: 'a\u0000b\u001b[31mc\r\nd', runbook: '\u202etxt\u2028\u0085{{{ "\'\\ {% !!js &a *a\n- b: c # d' },
]

test('half a character of an operator is written as one that is not known, so that the whole file can be read', () => {
  const yaml = exported(hostile)
  expect(yaml).not.toMatch(/\\+ud[89a-f]/i)
  const [rule] = rulesIn(yaml).filter(({ alert }) => alert === 'halves')
  expect(rule?.annotations).toMatchObject({ summary: expect.stringContaining('cut \ufffd off') as string, runbook: 'cut \ufffd off' })
  expect(rule?.expr).toContain('path=~"cut . off"')
})

test.skipIf(missing !== null)('promtool accepts whatever an operator enters', async () => {
  const file = join(dir, 'hostile.yml')
  writeFileSync(file, exported(hostile))
  const { stdout, stderr } = await run('promtool', ['check', 'rules', file], { timeout: 30_000 })
  expect(stdout + stderr).toMatch(/SUCCESS: \d+ rules found/)
})

test.skipIf(missing !== null)('alerts fire as ours do: after their delay, within their scope, until they clear, and by exceptions', async () => {
  // What is written beside an alert is tried above.
  const bare = rulesIn(exported(inputs)).map(({ annotations: _, ...rule }) => rule)
  writeFileSync(join(dir, 'rules.yml'), stringify({ groups: [{ name: 'mtxdeck', rules: bare }] }))
  const of = (server: string, path: string) => `server="${server}",path="${path}"`
  const live = (path: string, figures: string) => [
    { series: `mtxdeck_stream_people{${of('a', path)}}`, values: figures },
    { series: `mtxdeck_stream_state{${of('a', path)},state="live"}`, values: '1x100' },
  ]
  const disk = (host: string, values: string) => [
    { series: `mtxdeck_device_used_ratio{host="${host}",device="disk:/"}`, values },
    { series: `mtxdeck_host_info{host="${host}",server="${host}",tags=",${host === 'rack' ? 'south' : 'north'},"}`, values: '1x100' },
  ]
  const alert = (alertname: string, minutes: number, labels: readonly Readonly<Record<string, string>>[]) => ({ alertname, minutes, labels })
  const noReaders = { severity: 'warning', source: 'mtxdeck', server: 'a' }
  const device = { source: 'mtxdeck', device: 'disk:/' }
  const expected = [
    // Nobody reads it for 5 min; what does not match the pattern, or is not live, is left alone.
    alert('noReaders', 4, []),
    alert('noReaders', 6, [{ ...noReaders, path: 'live/one' }]),
    // The first level and both; between limit and clear it goes on, and ends below.
    alert('hostMemory', 2, [{ severity: 'warning', source: 'mtxdeck', host: 'm' }]),
    alert('hostMemory', 6, [{ severity: 'warning', source: 'mtxdeck', host: 'm' }]),
    alert('hostMemory', 9, []),
    // 96 %: beyond both levels on one host, beyond the exception by tag, within the one by name.
    alert('diskUsed', 5, [
      { ...device, host: 'rack', severity: 'warning' },
      { ...device, host: 'rack', severity: 'major' },
      { ...device, host: 'shelf', severity: 'major', exception: '2' },
    ]),
    // Of two that should be there one is; what falls by 40 % fires.
    alert('missing', 5, [{ severity: 'major', source: 'mtxdeck', server: 's', id: 's1', state: 'up', path: 'news/*' }]),
    alert('drops', 5, [{ severity: 'minor', source: 'mtxdeck', server: 's', path: 'cam1' }]),
    alert('streamGone', 5, [{ severity: 'critical', source: 'mtxdeck', server: 'a', path: 'live/two', kind: 'streamGone' }]),
  ]
  const tests = {
    rule_files: ['rules.yml'],
    evaluation_interval: '10s',
    tests: [
      {
        interval: '10s',
        input_series: [
          ...live('live/one', '0x100'),
          ...live('other/one', '0x100'),
          { series: `mtxdeck_stream_readers{${of('a', 'live/slate')}}`, values: '0x100' },
          { series: 'mtxdeck_host_memory_ratio{host="m"}', values: '0.81x30 0.78x12 0.5x60' },
          { series: 'mtxdeck_server_info{server="s",id="s1",state="up",tags=""}', values: '1x100' },
          { series: `mtxdeck_stream_state{${of('s', 'cam1')},state="live"}`, values: '1x100' },
          { series: `mtxdeck_stream_bitrate_in_bytes_per_second{${of('s', 'cam1')}}`, values: '500000x26 300000x60' },
          ...disk('rack', '0.96x100'),
          ...disk('shelf', '0.96x100'),
          ...disk('archive', '0.96x100'),
          ...['live/two', 'test/x'].map((path) => ({
            series: `mtxdeck_stream_trouble{${of('a', path)},kind="streamGone",severity="critical"}`,
            values: '1x100',
          })),
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
