import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fireEvent } from '@testing-library/dom'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createDemoFleet, type DemoFleet } from '../../src/demo/demoFleet.fixture.ts'
import { pollOnce } from '../../src/engine/pollOnce.ts'
import { bugsOnlyLog } from '../../src/headless/command.ts'
import { onceExitCode } from '../../src/headless/once.ts'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.fixture.ts'
import { type Alarm, type AlarmState, alarmStates } from '../../src/shared/alarms.ts'
import type { Availability } from '../../src/shared/availability.ts'
import type { FleetChanges } from '../../src/shared/fleet.ts'
import type { Incident } from '../../src/shared/incidents.ts'
import { severities } from '../../src/shared/severities.ts'
import type { StreamReport } from '../../src/shared/streams.ts'
import { endpoints } from '../contract/endpoints.ts'
import { until } from './openDialog.ts'
import { openWindow, wordsInEnglish } from './openWindow.ts'

/**
 * One fleet in trouble, seen through every door. berlin answers: one path is well, the publisher of one is gone, and of four that show their slates one is
 * acknowledged, one shelved, one under maintenance and one left alone. hamburg is dead.
 */
let demo: DemoFleet
let deck: TestConsole
const ask = async <T>(path: string): Promise<T> => {
  const answer = await deck.ask(path)
  expect(answer.status, path).toBe(200)
  return (await answer.json()) as T
}
const tell = async (method: string, path: string, body: object) => {
  const answer = await deck.ask(path, { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
  expect(answer.ok, answer.ok ? path : `${path}: ${await answer.text()}`).toBe(true)
}
const alarmsNow = () => ask<readonly Alarm[]>('/api/alarms')
const pathOf = ({ subject }: Pick<Alarm, 'subject'>) => (subject.kind === 'stream' ? subject.path : null)
const stateOf = (alarms: readonly Pick<Alarm, 'subject' | 'state'>[]) => Object.fromEntries(alarms.map((alarm) => [pathOf(alarm) ?? 'hamburg', alarm.state]))
const expected: Readonly<Record<string, AlarmState>> = {
  hamburg: 'unacknowledged',
  gone: 'unacknowledged',
  alone: 'unacknowledged',
  taken: 'acknowledged',
  shelved: 'shelved',
  planned: 'outOfService',
}
/** Whoever asks what is wrong is not told of what somebody has put away. */
const wrong = ['alone', 'gone', 'hamburg', 'taken']

beforeAll(async () => {
  const slate = (name: string) => ({ name, mode: 'alwaysAvailable' as const, live: false })
  demo = await createDemoFleet({
    clock: createSystemClock(),
    seed: 'doors',
    servers: [
      {
        name: 'berlin',
        version: '1.20',
        paths: [
          { name: 'well', readers: ['rtspSession', 'hlsSession'] },
          { name: 'gone', readers: ['rtspSession'] },
          ...['alone', 'taken', 'shelved', 'planned'].map(slate),
        ],
      },
      { name: 'hamburg', version: '1.20', paths: [{ name: 'quay' }, { name: 'lock' }] },
    ],
  })
  deck = await startTestConsole({ servers: demo.yamlServers() })
  await until(
    () => ask<readonly StreamReport[]>('/api/streams'),
    (streams) => expect(streams.filter(({ state }) => state === 'live')).toHaveLength(4),
  )
  await until(
    () => ask<{ readonly unknown: readonly string[] }>('/api/configurations/compare?q=readTimeout'),
    ({ unknown }) => expect(unknown).toEqual([]),
  )
  await tell('POST', '/api/maintenance', {
    name: 'slate of planned',
    servers: ['berlin'],
    streams: ['planned'],
    zone: 'UTC',
    start: new Date(Date.now() - 3_600_000).toISOString().slice(0, 16),
    hours: 12,
  })
  demo.server('berlin').trouble({ kind: 'publisherGone', path: 'gone' })
  demo.server('hamburg').trouble({ kind: 'die' })
  await until(alarmsNow, (alarms) => expect(alarms).toHaveLength(6))
  const idOf = async (path: string) => (await alarmsNow()).find((alarm) => pathOf(alarm) === path)?.id ?? ''
  await tell('POST', '/api/alarms/acknowledge', { ids: [await idOf('taken')] })
  await tell('POST', '/api/alarms/shelve', { ids: [await idOf('shelved')], until: Date.now() + 3_600_000, reason: 'known' })
  await until(alarmsNow, (alarms) => expect(stateOf(alarms)).toEqual(expected))
})
afterAll(async () => {
  await deck?.[Symbol.asyncDispose]()
  await demo?.[Symbol.asyncDispose]()
})

test('scripts, browsers and the desktop are given the same alarms, incidents, streams and totals', async () => {
  const seen = []
  for (const endpoint of endpoints) {
    using opened = await endpoint.open(deck)
    const { alarms, incidents, alarmCounts, incidentCounts }: FleetChanges = await opened.client.fleet.changes({ launch: null, since: 0, waitMs: 0 })
    const { at: _, totals, ...summary } = await opened.client.fleet.summary()
    const { bitrateInBps: _in, bitrateOutBps: _out, ...counted } = totals
    const streams = await opened.client.streams.list({})
    const troubles = await opened.client.fleet.troubles()
    seen.push({
      states: stateOf(alarms ?? []),
      incidents: incidents?.map(({ id, state, severity }) => ({ id, state, severity })),
      listed: (await opened.client.alarms.list({})).map(({ id, state, severity }) => ({ id, state, severity })),
      alarmCounts,
      incidentCounts,
      summary: { ...summary, ...counted },
      streams: streams.map(({ server, name, state, severity, readers }) => ({ server, name, state, severity, readers })),
      troubles: troubles.map(({ serverName, path, severity, since }) => ({ serverName, path, severity, since })),
    })
  }
  expect(seen[0]?.states).toEqual(expected)
  expect(seen[1]).toEqual(seen[0])
  expect(seen[2]).toEqual(seen[0])
})

test('figures for Prometheus are of the same states, and so are incidents', async () => {
  const alarms = await alarmsNow()
  const metrics = await (await deck.ask('/metrics')).text()
  for (const state of alarmStates)
    for (const severity of severities) {
      const [, figure] = new RegExp(`^mtxdeck_alarms\\{state="${state}",severity="${severity}"\\} (\\d+)$`, 'm').exec(metrics) ?? []
      expect(Number(figure), `${state} ${severity}`).toBe(alarms.filter((alarm) => alarm.state === state && alarm.severity === severity).length)
    }
  const incidents = await ask<readonly Incident[]>('/api/incidents')
  expect(incidents.flatMap(({ members }) => members).sort()).toEqual(alarms.map(({ id }) => id).sort())
  // An incident is as loud as the loudest of its alarms.
  for (const { members, state, title } of incidents) {
    const states = alarms.filter(({ id }) => members.includes(id)).map((alarm) => alarm.state)
    expect(state, title).toBe(states.includes('unacknowledged') ? 'unacknowledged' : states[0])
  }
})

test('what is wrong now is the same wherever it is asked for, and excludes what was put away', async () => {
  const troubles = await ask<readonly { readonly path: string | null; readonly serverName: string; readonly severity: string }[]>('/api/troubles')
  const alerts = await ask<readonly { readonly stream: string | null; readonly server: string; readonly severity: string }[]>('/api/monitoring/alerts')
  const data = await ask<{ readonly alerts: readonly { readonly stream: string | null; readonly server: string; readonly severity: string }[] }>(
    '/api/monitoring/data',
  )
  const { troubles: counted } = await ask<{ readonly troubles: number }>('/api/fleet')
  const streams = await ask<readonly StreamReport[]>('/api/streams')
  const listed = troubles.map(({ path, serverName, severity }) => [path ?? serverName, severity]).sort()
  expect(listed.map(([name]) => name)).toEqual(wrong)
  expect(alerts.map(({ stream, server, severity }) => [stream ?? server, severity]).sort()).toEqual(listed)
  expect(data.alerts.map(({ stream, server, severity }) => [stream ?? server, severity]).sort()).toEqual(listed)
  expect(counted).toBe(listed.length)
  expect(streams.flatMap(({ name, severity }) => (severity === null ? [] : [[name, severity]])).sort()).toEqual(listed.filter(([name]) => name !== 'hamburg'))
})

test('streams are the same in every list of them, and nothing is said of a server that does not answer', async () => {
  type Listed = StreamReport & { readonly online?: boolean | null; readonly uptimeSeconds?: number | null }
  const of = (streams: readonly Listed[]) => Object.fromEntries(streams.map(({ server, name, state, severity }) => [`${server}/${name}`, [state, severity]]))
  const listed = of(await ask('/api/streams'))
  expect(listed).toMatchObject({
    'berlin/well': ['live', null],
    'berlin/gone': ['gone', 'critical'],
    'berlin/planned': ['slate', null],
    'hamburg/quay': ['unknown', null],
  })
  const monitored = await ask<{ readonly summary: object; readonly streams: readonly Listed[] }>('/api/monitoring/streams')
  expect(of(monitored.streams)).toEqual(listed)
  expect(monitored.summary).toMatchObject({ total: 8, online: 1, offline: 5, unknown: 2 })
  const known = monitored.streams.map(({ name, online, uptimeSeconds, readers }) => [name, online, uptimeSeconds !== null, readers !== null])
  expect(known).toContainEqual(['well', true, true, true])
  expect(known).toContainEqual(['quay', null, false, false])
  const { totals } = await ask<{ readonly totals: Readonly<Record<string, number>> }>('/api/fleet')
  expect(totals).toMatchObject({ streams: 8, live: 1, slate: 4, gone: 1, unknown: 2, readers: 2 })
})

test('one look without history ends with the code of a server that does not answer, and finds the same states', async () => {
  const report = await pollOnce({
    clock: createSystemClock(),
    log: bugsOnlyLog,
    version: '0.0.0-test',
    servers: demo.yamlServers(),
    single: true,
    signal: new AbortController().signal,
  })
  expect(onceExitCode(report)).toBe(2)
  const states = Object.fromEntries(report.servers.flatMap(({ name: server, streams }) => streams.map(({ name, state }) => [`${server}/${name}`, state])))
  // Whoever sees a path for the first time cannot know that it was live: without a publisher it waits.
  expect(states).toEqual({
    'berlin/well': 'live',
    'berlin/gone': 'waiting',
    ...Object.fromEntries(['alone', 'taken', 'shelved', 'planned'].map((name) => [`berlin/${name}`, 'slate'])),
  })
  expect(report.servers.find(({ name }) => name === 'hamburg')?.reachable).toBe(false)
})

test('the window counts them alike in its title, beside its pages and on the page of alarms', async () => {
  const words = await wordsInEnglish()
  const window = await openWindow(deck.engine)
  onTestFinished(() => window.close())
  window.go('/alarms')
  const incidents = await ask<readonly Incident[]>('/api/incidents')
  const loud = incidents.filter(({ state }) => state === 'unacknowledged').length
  const states = [...new Set(incidents.map(({ state }) => state))]
  for (const state of states)
    await until(window.text, (said) => expect(said).toContain(`${words(`alarms.state.${state}`)} ${incidents.filter((one) => one.state === state).length}`))
  expect(window.text()).toContain(`${words('alarms.state.unacknowledged')} ${loud} · 6 alarms`)
  expect(window.document.title).toBe(`(${loud}) ${words('severity.critical')} · mtxdeck`)
  window.go('/')
  for (const { title } of incidents) await until(window.text, (said) => expect(said).toContain(title))
})

test('a comparison of configurations says which server does not answer, and that what is shown of it was read before', async () => {
  const words = await wordsInEnglish()
  const window = await openWindow(deck.engine)
  onTestFinished(() => window.close())
  const notice = `${words('configurations.lastRead')} hamburg`
  for (const query of ['', '?q=readTimeout']) {
    window.go(`/servers/configurations${query}`)
    await until(window.text, (said) => expect(said, query).toContain(notice))
  }
  // In the past everything is as it was read then.
  window.go(`/servers/configurations?q=readTimeout&at=${Date.now() - 1_000}`)
  await until(window.text, (said) => expect(said).toContain('readTimeout'))
  expect(window.text()).not.toContain(notice)
})

test('a configuration file is checked on the page of its server, in the words of the command', async () => {
  const words = await wordsInEnglish()
  const window = await openWindow(deck.engine)
  onTestFinished(() => window.close())
  const servers = await ask<readonly { readonly id: string; readonly name: string }[]>('/api/servers')
  window.go(`/servers/${servers.find(({ name }) => name === 'berlin')?.id}?tab=configuration`)
  const input = () => window.document.querySelector<HTMLInputElement>('input[type="file"]')
  await until(input, (found) => expect(found?.accept).toBe('.yml,.yaml'))
  const choose = (text: string) => {
    Object.defineProperty(input(), 'files', { configurable: true, value: [new File([text], 'mediamtx.yml')] })
    fireEvent.change(input() as HTMLInputElement)
  }
  expect(window.text()).toContain(words('server.checkFile'))
  choose('logLevel: info\nreadTimeot: 10s\n')
  await until(window.text, (said) => expect(said).toContain('mediamtx.yml:2:1: readTimeot: unknown key; did you mean readTimeout?One mistake by the keys'))
  choose('logLevel: info\n')
  await until(window.text, (said) => expect(said).toContain('No mistakes by the keys of MediaMTX 1.20'))
  choose('x'.repeat(2_000_000))
  await until(window.text, (said) => expect(said).toContain('at most 100,000 characters'))
})

test('the past says of this moment what the present says of it', async () => {
  const { at } = await ask<{ readonly at: number }>('/api/fleet')
  const then = async <T>(path: string) => ask<T>(`${path}?at=${at}`)
  await until(
    () => then<readonly Alarm[]>('/api/alarms'),
    (alarms) => expect(stateOf(alarms)).toEqual(expected),
  )
  const troubles = await then<readonly { readonly path: string | null; readonly serverName: string }[]>('/api/troubles')
  expect(troubles.map(({ path, serverName }) => path ?? serverName).sort()).toEqual(wrong)
  const of = (streams: readonly StreamReport[]) => streams.map(({ server, name, state, severity }) => [server, name, state, severity]).sort()
  expect(of(await then('/api/streams'))).toEqual(of(await ask('/api/streams')))
  const incidents = await then<readonly Incident[]>('/api/incidents')
  expect(incidents.map(({ id, state }) => [id, state]).sort()).toEqual(
    (await ask<readonly Incident[]>('/api/incidents')).map(({ id, state }) => [id, state]).sort(),
  )
})

test('availability counts as down what the alarms say is down, and as unknown what nobody could ask', async () => {
  await until(
    async () => {
      const to = Date.now()
      return (await ask<Availability>(`/api/availability?of=stream&from=${to - 600_000}&to=${to}`)).rows
    },
    (rows) => {
      const of = Object.fromEntries(rows.map(({ subject, ...row }) => [subject.kind === 'stream' ? subject.path : '', row]))
      expect(of.gone).toMatchObject({ isDown: true, outages: 1 })
      expect(of.gone?.downMs).toBeGreaterThan(0)
      expect(of.well).toMatchObject({ isDown: false, downMs: 0 })
      expect(of.quay).toMatchObject({ downMs: 0 })
      expect(of.quay?.unknownMs).toBeGreaterThan(0)
      expect(of.planned?.maintenanceMs).toBeGreaterThan(0)
    },
  )
  await until(
    async () => {
      const to = Date.now()
      return (await ask<Availability>(`/api/availability?of=server&from=${to - 600_000}&to=${to}`)).rows
    },
    (rows) => expect(rows.find(({ name }) => name === 'hamburg')).toMatchObject({ isDown: true, outages: 1 }),
  )
})

test('a dossier of this time and a bundle of it show the same', async () => {
  const incidents = await ask<readonly Incident[]>('/api/incidents')
  const [from, to] = [Math.min(...incidents.map(({ since }) => since)) - 60_000, Date.now()]
  const page = await (await deck.ask(`/api/dossier?since=${from}&until=${to}`)).text()
  for (const { title } of incidents) expect(page).toContain(title)
  const before = await alarmsNow()
  const made = await deck.ask('/api/bundles', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ from, to }) })
  const { link } = (await made.json()) as { readonly link: string }
  const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-doors-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'trouble.mtxdeck')
  writeFileSync(file, Buffer.from(await (await deck.ask(link)).arrayBuffer()))
  await using opened = await startTestConsole({ bundle: file })
  const there = async <T>(path: string) => (await (await opened.ask(`${path}?at=${to - 1}`)).json()) as T
  expect(stateOf(await there('/api/alarms'))).toEqual(stateOf(before))
  const troubles = await there<readonly { readonly path: string | null; readonly serverName: string }[]>('/api/troubles')
  expect(troubles.map(({ path, serverName }) => path ?? serverName).sort()).toEqual(wrong)
  expect((await there<readonly Incident[]>('/api/incidents')).map(({ id, state }) => [id, state]).sort()).toEqual(
    incidents.map(({ id, state }) => [id, state]).sort(),
  )
})
