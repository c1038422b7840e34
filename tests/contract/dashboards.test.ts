import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text as allOf } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { parse, stringify } from 'yaml'
import { createSystemClock } from '../../src/clock/clock.ts'
import { openShowcase } from '../../src/demo/demoShowcase.ts'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.fixture.ts'
import { createMediaClient } from '../../src/media/mediaClient.ts'
import { exportedMetric } from '../../src/shared/exportedMetrics.ts'
import type { Host } from '../../src/shared/hosts.ts'
import { metricIds } from '../../src/shared/metrics.ts'
import type { Probe } from '../../src/shared/probes.ts'
import type { Server as WatchedServer } from '../../src/shared/servers.ts'
import type { StreamReport } from '../../src/shared/streams.ts'
import { prometheusMissing, type RunningPrometheus, startPrometheus } from '../bench/prometheus.ts'

const missing = await prometheusMissing()

/** Not in the demo: its servers have no certificate, its hosts have no GPU and tell nothing of swap and of TCP, its probes have no name to resolve, no contract, no connection by SRT and no remote probe, there is no canary, no picture is open, and no kind of trouble may be there now. */
const notInDemo =
  /mtxdeck_(device_(encoder|memory|temperature)_|device_used_ratio\{.*gpu:|host_(swap|tcp)_|server_certificate_|probe_(canary_|elsewhere_|dns_seconds|differences|srt_|ts_|(pat|pmt|pcr|pts)_interval_)|stream_(loss|not_recorded|recording_missing)_seconds|stream_preview_|(console|host|server|stream)_trouble)/

interface Asked {
  /** Which panel or rule it is. */
  readonly of: string
  readonly expr: string
}
interface DashboardJson {
  readonly uid: string
  readonly title: string
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string; readonly query: string | { readonly query: string } }[] }
  readonly panels: readonly PanelJson[]
}
interface PanelJson {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly { readonly expr: string }[]
  readonly fieldConfig?: { readonly defaults: { readonly unit: string } }
  readonly panels?: readonly PanelJson[]
}
const dashboards = readdirSync('grafana').map((file) => JSON.parse(readFileSync(`grafana/${file}`, 'utf8')) as DashboardJson)
const withInner = (panels: readonly PanelJson[]): readonly PanelJson[] => panels.flatMap((panel) => [panel, ...withInner(panel.panels ?? [])])
const ofPanels: readonly Asked[] = dashboards.flatMap(({ title, panels }) =>
  withInner(panels).flatMap((panel) => (panel.targets ?? []).map(({ expr }) => ({ of: `${title}: ${panel.title}`, expr }))),
)
const ofVariables: readonly Asked[] = dashboards.flatMap(({ title, templating }) =>
  templating.list.flatMap(({ name, query }) => (typeof query === 'string' ? [] : [{ of: `${title}: $${name}`, expr: query.query }])),
)
const rulesFile = 'prometheus/mtxdeck.rules.yml'
const ofRules: readonly Asked[] = (
  parse(readFileSync(rulesFile, 'utf8')) as { readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[] }
).groups.flatMap(({ rules }) => rules.map(({ alert, expr }) => ({ of: alert, expr })))

/** Names of metrics in an expression, each with the labels between its braces. */
function metricsIn(expr: string): readonly { readonly name: string; readonly labels: readonly string[] }[] {
  return [...expr.matchAll(/\b((?:mtxdeck|process|video_stream)_\w+)(?:\{((?:[^{}"]|"(?:[^"\\]|\\.)*")*)\})?/g)].map(([, name = '', selector = '']) => ({
    name,
    labels: [...selector.replace(/"(?:[^"\\]|\\.)*"/g, '""').matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label),
  }))
}

let deck: TestConsole
let prometheus: RunningPrometheus | null = null
/** Labels by the names of metrics of a scrape. */
let scraped: ReadonlyMap<string, ReadonlySet<string>>
const owned = new AsyncDisposableStack()
beforeAll(async () => {
  await using stack = new AsyncDisposableStack()
  const clock = createSystemClock()
  const dir = mkdtempSync(join(tmpdir(), 'mtxdeck-dashboards-'))
  stack.defer(() => rmSync(dir, { recursive: true, force: true }))
  const fleet = stack.use(await openShowcase(clock))
  const media = stack.use(createMediaClient({ clock, log: { warn: () => {} } }))
  const receiver = await listening(createServer((request, response) => void request.resume().on('end', () => response.end())))
  stack.defer(() => void receiver.close())
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`
  deck = stack.use(
    await startTestConsole({
      servers: fleet.servers,
      hosts: fleet.hosts,
      probes: fleet.probes.map((probe) => ({ ...probe, intervalSeconds: 5 })),
      media,
      metricsToken: 'only-for-metrics',
      channels: [{ name: 'ops', webhook: url }],
      heartbeat: { url, everySeconds: 10 },
      demo: true,
    }),
  )
  if (missing === null) {
    writeFileSync(join(dir, 'mtxdeck-token'), 'only-for-metrics')
    writeFileSync(join(dir, 'mtxdeck.rules.yml'), readFileSync(rulesFile))
    const example = parse(readFileSync('prometheus/prometheus.yml', 'utf8'))
    const [job] = example.scrape_configs
    Object.assign(job, { scrape_interval: '5s', scrape_timeout: '5s', static_configs: [{ targets: [new URL(deck.url).host] }] })
    prometheus = stack.use(await startPrometheus(dir, stringify({ ...example, global: { evaluation_interval: '2s' } })))
  }
  // Rates come with the second poll of hosts, and with that of probes how much they vary.
  const wanted = [...ofPanels, ...ofRules].flatMap(({ expr }) => metricsIn(expr).map(({ name }) => name)).filter((name) => !notInDemo.test(name))
  await vi.waitFor(async () => expect(lacking(await text(), wanted)).toEqual([]), { timeout: 120_000, interval: 1_000 })
  scraped = labelsByMetric(await text())
  owned.use(stack.move())
})
afterAll(() => owned[Symbol.asyncDispose]())

const text = async () => (await deck.ask('/metrics')).text()
const lacking = (said: string, wanted: readonly string[]) => wanted.filter((name) => !said.includes(`\n${name}{`) && !said.includes(`\n${name} `))
const listening = (server: Server) => new Promise<Server>((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
function labelsByMetric(said: string): ReadonlyMap<string, ReadonlySet<string>> {
  // Prometheus adds these itself.
  const found = new Map<string, Set<string>>([['ALERTS', new Set()]])
  for (const [, name = '', labels = ''] of said.matchAll(/^([a-z]\w*)(?:\{(.*)\})? \S+$/gm)) {
    const known = found.get(name) ?? new Set(['instance', 'job'])
    found.set(name, known)
    for (const [, label = ''] of labels.matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)) known.add(label)
  }
  return found
}

/** Runs a command. Not synchronously: the console answers in this process, and must not hang meanwhile. */
async function run(command: string, args: readonly string[], input = ''): Promise<{ readonly status: number | null; readonly stderr: string }> {
  const child = spawn(command, args, { stdio: ['pipe', 'ignore', 'pipe'] })
  child.stdin.end(input)
  const [stderr, [status]] = await Promise.all([allOf(child.stderr), once(child, 'close')])
  return { status, stderr }
}

test('the files are those of the metric table and the rules', async () => {
  const { status, stderr } = await run(process.execPath, ['tools/prometheus.ts', '--check'])
  expect([status, status === 0 ? '' : stderr]).toEqual([0, ''])
})

test('dashboards have a data source, variables by label values, units, and panels side by side', () => {
  expect(dashboards.map(({ uid }) => uid).sort()).toEqual(['fleet', 'host', 'probes', 'server', 'stream'].map((name) => `mtxdeck-${name}`))
  for (const { title, templating, panels } of dashboards) {
    expect([title, templating.list[0]?.type]).toEqual([title, 'datasource'])
    for (const { query } of templating.list.slice(1))
      expect(query).toEqual(expect.objectContaining({ query: expect.stringMatching(/^label_values\(mtxdeck_/) }))
    const all = withInner(panels)
    expect(new Set(all.map(({ id }) => id)).size, title).toBe(all.length)
    for (const { type, fieldConfig } of all) if (type !== 'row') expect(fieldConfig?.defaults.unit).toMatch(/^(?:suffix: )?\w+$/)
    const taken = panels.map(({ gridPos }) => gridPos)
    for (const [index, a] of taken.entries()) {
      expect(a.x + a.w).toBeLessThanOrEqual(24)
      for (const b of taken.slice(index + 1)) expect(a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y, title).toBe(true)
    }
  }
})

test('every metric of the table is drawn', () => {
  const drawn = new Set(ofPanels.flatMap(({ expr }) => metricsIn(expr).map(({ name }) => name)))
  expect(metricIds.map((id) => exportedMetric(id).name).filter((name) => !drawn.has(name))).toEqual([])
})

test.skipIf(missing !== null)('promtool accepts the text form of all of it, but for one name of another exporter', async () => {
  const { stderr } = await run('promtool', ['check', 'metrics'], await text())
  expect(stderr.trim().split('\n')).toEqual(['video_stream_response_ms metric names should not contain abbreviated units'])
})

test('what panels, variables and rules ask for is in a scrape of the demo, with its labels', () => {
  const wrong = [...ofPanels, ...ofVariables, ...ofRules].flatMap(({ of, expr }) => {
    const asked = metricsIn(expr)
    if (asked.length === 0) return [`${of}: no metric in ${expr}`]
    return asked.flatMap(({ name, labels }) => {
      const known = scraped.get(name)
      if (known === undefined) return notInDemo.test(name) ? [] : [`${of}: ${name} is not there`]
      return labels.filter((label) => !known.has(label)).map((label) => `${of}: ${name} has no label ${label}`)
    })
  })
  expect(wrong).toEqual([])
  // Of what they group by and take out of a label, too.
  const named = [...ofPanels, ...ofVariables].flatMap(({ expr }) => [
    ...[...expr.matchAll(/\bby \((\w+)\)/g)].map(([, label]) => label),
    ...[...expr.matchAll(/, (\w+)\)$/g)].map(([, label]) => label),
  ])
  const labels = new Set([...scraped.values()].flatMap((known) => [...known]))
  expect(named.filter((label) => !labels.has(label ?? ''))).toEqual([])
})

interface Sample {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [number, string]
}
const asked = async (what: string) => (await (prometheus as RunningPrometheus).ask(what)) as unknown
const query = async (expr: string): Promise<readonly Sample[]> => {
  const answer = (await asked(`query?query=${encodeURIComponent(expr)}`)) as { readonly result: readonly Sample[] } | undefined
  if (answer === undefined) throw new Error(`Prometheus refuses ${expr}`)
  return answer.result
}

/** Each scrape of a metric that is kept, with its time. */
interface Series {
  readonly metric: Readonly<Record<string, string>>
  readonly values: readonly (readonly [atSeconds: number, value: string])[]
}
const scrapes = async (metric: string): Promise<readonly Series[]> =>
  ((await asked(`query?query=${encodeURIComponent(`${metric}[1h]`)}`)) as { readonly result: readonly Series[] }).result

/** Figures that the console shows, and where Prometheus has them: `scale` times its own are in the unit of the console. */
const kept = {
  readers: { metric: 'mtxdeck_stream_readers', scale: 1, labels: ['server', 'path'] },
  state: { metric: 'mtxdeck_stream_state', scale: 1, labels: ['server', 'path', 'state'] },
  live: { metric: 'mtxdeck_server_streams_live', scale: 1, labels: ['server'] },
  up: { metric: 'mtxdeck_server_info', scale: 1, labels: ['server', 'id', 'state'] },
  memory: { metric: 'mtxdeck_host_memory_ratio', scale: 100, labels: ['host'] },
  disk: { metric: 'mtxdeck_device_used_ratio', scale: 100, labels: ['host', 'device'] },
  bitrate: { metric: 'mtxdeck_probe_bitrate_bytes_per_second', scale: 8, labels: ['probe'] },
  video_stream_up: { metric: 'video_stream_up', scale: 1, labels: ['id', 'project'] },
} as const
type Figure = keyof typeof kept

test.skipIf(missing !== null)('Prometheus negotiates OpenMetrics, and knows units and kinds by it', async () => {
  await expect.poll(async () => (await query('up'))[0]?.value[1]).toBe('1')
  interface Metadata {
    readonly type: string
    readonly unit: string
  }
  const of = async (name: string) => ((await asked(`metadata?metric=${name}`)) as Readonly<Record<string, readonly Metadata[]>>)[name]?.[0]
  expect(await of('mtxdeck_stream_bitrate_in_bytes_per_second')).toMatchObject({ type: 'gauge', unit: 'bytes_per_second' })
  expect(await of('mtxdeck_server')).toMatchObject({ type: 'info' })
  expect(await of('process_cpu_seconds')).toMatchObject({ type: 'counter' })
})

test.skipIf(missing !== null)('Prometheus answers each panel, and all of what the demo has with data', async () => {
  const one = async (name: string) => (await query(name))[0]?.metric ?? {}
  const stream = await one('mtxdeck_stream_rtt_seconds and on (server, path) mtxdeck_stream_lost_last_minute')
  const server = await one('mtxdeck_server_info{server="Hamburg-1"}')
  const chosen: Readonly<Record<string, string | undefined>> = {
    console: new URL(deck.url).host,
    host: '.*',
    project: '.*',
    probe: '.*',
    __rate_interval: '30s',
  }
  const filled = ({ of, expr }: Asked) => {
    const here = { ...chosen, ...(of.startsWith('mtxdeck: stream') ? stream : { server: of.startsWith('mtxdeck: server') ? server.server : '.*' }) }
    return expr.replace(/\$(\w+)/g, (_, name: string) => here[name as keyof typeof here] ?? expect.fail(`no variable ${name}`))
  }
  // Rates are there with the second scrape.
  const empty = async () => {
    const found: string[] = []
    for (const panel of ofPanels) if ((await query(filled(panel))).length === 0 && !notInDemo.test(panel.expr)) found.push(`${panel.of}: ${panel.expr}`)
    return found
  }
  // A stream by SRT has nothing of RTP, of frames, forwards and pulled sources.
  const isOfOtherStreams = (panel: string) => /^mtxdeck: stream: .*_(jitter|frames|forwards|source)/.test(panel)
  await expect.poll(async () => (await empty()).filter((panel) => !isOfOtherStreams(panel)), { timeout: 200_000, interval: 1_000 }).toEqual([])
})

test.skipIf(missing !== null)('Prometheus evaluates each rule without an error', async () => {
  interface Rules {
    readonly groups: readonly { readonly rules: readonly { readonly name: string; readonly health: string; readonly lastError?: string }[] }[]
  }
  const rules = async () => ((await asked('rules')) as Rules).groups.flatMap((group) => group.rules)
  await expect.poll(async () => (await rules()).filter(({ health }) => health === 'unknown').length).toBe(0)
  const all = await rules()
  expect(all.length).toBe(ofRules.length)
  expect(all.filter(({ health }) => health !== 'ok')).toEqual([])
})

test.skipIf(missing !== null)('Prometheus has the figures that the console shows: streams, servers, hosts and probes', async () => {
  const shownBy = async <Shown>(path: string) => (await (await deck.ask(`/api/${path}`)).json()) as readonly Shown[]
  /** By figure and key: what the console shows. */
  const shown = async (): Promise<ReadonlyMap<Figure, ReadonlyMap<string, number>>> => {
    const streams = (await shownBy<StreamReport>('streams')).filter(({ state }) => state === 'live')
    const servers = await shownBy<WatchedServer>('servers')
    const hosts = (await shownBy<Host>('hosts')).filter(({ state }) => state === 'up')
    const probes = await shownBy<Probe>('probes')
    const keyOf = ({ server, name }: StreamReport) => `${server}/${name}`
    const known = (values: readonly (readonly [key: string, value: number | null | undefined])[]) =>
      new Map(values.flatMap(([key, value]) => (value == null ? [] : [[key, value] as const])))
    return new Map<Figure, ReadonlyMap<string, number>>([
      ['readers', known(streams.map((one) => [keyOf(one), one.clients]))],
      ['state', known(streams.map((one) => [`${keyOf(one)}/${one.state}`, 1]))],
      ['live', known(servers.filter(({ state }) => state === 'up').map(({ name, totals }) => [name, totals.live]))],
      ['up', known(servers.map(({ name, id, state }) => [`${name}/${id}/${state}`, 1]))],
      ['memory', known(hosts.map(({ name, reading }) => [name, reading?.memoryPercent]))],
      [
        'disk',
        known(hosts.flatMap(({ name, reading }) => (reading?.disks ?? []).map(({ mount, usedPercent }) => [`${name}/disk:${mount}`, usedPercent] as const))),
      ],
      ['bitrate', known(probes.filter(({ state }) => state === 'up').map(({ name, reading }) => [name, reading?.bitrateBps]))],
      ['video_stream_up', known(probes.map(({ name, project, state }) => [`${name}/${project}`, Number(state === 'up')]))],
    ])
  }
  /**
   * Both are read on: what Prometheus scraped is compared with what the console showed at that time, because what it has now may be older than what
   * is shown now for as long as this runs. A figure changes between two looks at the console, so that it counts until the next one.
   */
  const looks: { readonly fromMs: number; readonly toMs: number; readonly shown: ReadonlyMap<Figure, ReadonlyMap<string, number>> }[] = []
  const agreed = new Set<string>()
  const open = async () => {
    const fromMs = Date.now()
    const now = await shown()
    looks.push({ fromMs, toMs: Date.now(), shown: now })
    for (const [figure, { metric, scale, labels }] of Object.entries(kept) as readonly (readonly [Figure, (typeof kept)[Figure]])[])
      for (const series of await scrapes(metric)) {
        const key = labels.map((label) => series.metric[label]).join('/')
        if (agreed.has(`${figure} ${key}`)) continue
        const isShown = (atMs: number, value: number) =>
          looks.some((look, n) => {
            const before = looks[n - 1]?.fromMs ?? look.fromMs
            const after = looks[n + 1]?.toMs ?? look.toMs
            const own = look.shown.get(figure)?.get(key)
            return own !== undefined && atMs >= before && atMs <= after && Math.abs(value * scale - own) <= 0.002 * Math.abs(own)
          })
        if (series.values.some(([atSeconds, value]) => isShown(atSeconds * 1_000, Number(value)))) agreed.add(`${figure} ${key}`)
      }
    return [...now].flatMap(([figure, values]) => [...values.keys()].map((key) => `${figure} ${key}`).filter((one) => !agreed.has(one))).slice(0, 10)
  }
  await expect.poll(open, { interval: 500 }).toEqual([])
  for (const [figure, values] of looks.at(-1)?.shown ?? []) expect(values.size, figure).toBeGreaterThan(1)
})
