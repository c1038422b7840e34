import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createDemoFleet, type DemoFleet } from '../../src/demo/demoFleet.fixture.ts'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.fixture.ts'
import { prometheusMissing, startPrometheus } from '../bench/prometheus.ts'

const missing = await prometheusMissing()
let fleet: DemoFleet
let deck: TestConsole
beforeAll(async () => {
  const servers = [
    { name: 'Berlin', intervalSeconds: 1, paths: 5 },
    { name: 'Hamburg', intervalSeconds: 1, paths: [{ name: 'a "quoted" name', source: 'srtConn' as const }] },
  ]
  fleet = await createDemoFleet({ clock: createSystemClock(), seed: 'metrics', servers })
  deck = await startTestConsole({ servers: fleet.yamlServers(), metricsToken: 'only-for-metrics' })
  await vi.waitFor(async () => expect(await metrics()).toContain('mtxdeck_stream_rtt_seconds'), { timeout: 60_000, interval: 100 })
})
afterAll(async () => {
  await deck?.[Symbol.asyncDispose]()
  await fleet?.[Symbol.asyncDispose]()
})

const metrics = async (query = '', headers: Readonly<Record<string, string>> = {}) => (await deck.ask(`/metrics${query}`, { headers })).text()
const asks = (path: string, token: string) => fetch(`${deck.url}${path}`, { headers: { Authorization: `Bearer ${token}` } }).then(({ status }) => status)

test('whoever may view reads the metrics; their own token reads nothing else', async () => {
  expect((await fetch(`${deck.url}/metrics`)).status).toBe(401)
  expect(await asks('/metrics', deck.token)).toBe(200)
  expect(await asks('/metrics', 'only-for-metrics')).toBe(200)
  for (const path of ['/api/servers', '/api/hello', '/metrics/', '/']) expect(await asks(path, 'only-for-metrics'), path).toBe(401)
  expect(await asks('/metrics', 'only-for-metric')).toBe(401)
})

test('the form is the one that was asked for', async () => {
  const formOf = async (accept: string) => (await deck.ask('/metrics', { headers: { Accept: accept } })).headers.get('content-type')
  expect(await formOf('*/*')).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(await formOf('application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1')).toBe(
    'application/openmetrics-text; version=1.0.0; charset=utf-8',
  )
  // Of a version that this is not.
  expect(await formOf('application/openmetrics-text;version=0.0.1,text/plain;q=0.5')).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(await formOf('application/openmetrics-text;q=0.3,text/plain')).toBe('text/plain; version=0.0.4; charset=utf-8')
})

test.skipIf(missing !== null)('promtool accepts all of it', async () => {
  const child = spawn('promtool', ['check', 'metrics'], { stdio: ['pipe', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += String(chunk)))
  child.stdin.end(await metrics())
  const [code] = (await once(child, 'exit')) as [number]
  expect(said).toBe('')
  expect(code).toBe(0)
})

test.skipIf(missing !== null)('Prometheus scrapes it with the token of its own, and has the figures that the console shows', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'mtxdeck-prometheus-'))
  writeFileSync(join(dir, 'token'), 'only-for-metrics')
  const job = { job_name: 'mtxdeck', scrape_interval: '1s', static_configs: [{ targets: [new URL(deck.url).host] }] }
  const config = { scrape_configs: [{ ...job, authorization: { credentials_file: join(dir, 'token') } }] }
  try {
    await using prometheus = await startPrometheus(dir, JSON.stringify(config))
    interface Answer {
      readonly result: readonly { readonly metric: Readonly<Record<string, string>>; readonly value: readonly [number, string] }[]
    }
    const query = async (text: string) => ((await prometheus.ask(`query?query=${encodeURIComponent(text)}`)) as Answer).result
    await expect.poll(async () => (await query('mtxdeck_stream_state{state="live"}')).length).toBe(6)
    interface Shown {
      readonly server: string
      readonly name: string
      readonly readers: number
    }
    const differences = async () => {
      const shown = (await (await deck.ask('/api/streams')).json()) as readonly Shown[]
      const kept = new Map((await query('mtxdeck_stream_readers')).map(({ metric, value }) => [`${metric.server}/${metric.path}`, Number(value[1])]))
      return [shown.length === kept.size, shown.filter(({ server, name, readers }) => kept.get(`${server}/${name}`) !== readers)]
    }
    await expect.poll(differences).toEqual([true, []])
    expect((await query('up'))[0]?.value[1]).toBe('1')
    const { activeTargets } = (await prometheus.ask('targets')) as { readonly activeTargets: readonly { readonly lastError: string }[] }
    expect(activeTargets.map(({ lastError }) => lastError)).toEqual([''])
    // A stream that goes leaves no figure behind: Prometheus marks it as stale with the next scrape.
    fleet.server('Hamburg').trouble({ kind: 'publisherGone', path: 'a "quoted" name' })
    await expect.poll(async () => (await query('mtxdeck_stream_trouble{kind="streamGone"}')).length).toBe(1)
    expect(await query('mtxdeck_stream_readers{server="Hamburg"}')).toEqual([])
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})
