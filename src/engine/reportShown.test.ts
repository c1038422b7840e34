import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { closeWithoutBugs, createTestFleet } from '../../tests/fakes/testFleet.ts'
import type { DemoFleet } from '../demo/demoFleet.fixture.ts'
import { rtspServer } from '../demo/rtspServer.fixture.ts'
import { ruleNameOf } from '../i18n/ruleText.ts'
import { soleOperator } from '../shared/permissions.ts'
import { partOf } from '../shared/subjectNames.ts'
import { formatAvailability, formatMoment, formatNumber, formatTotal, formatValue } from '../shared/units.ts'
import type { TestEngines } from './testEngines.ts'

const minuteMs = 60_000
const dayMs = 86_400_000
const midnight = Date.UTC(2026, 10, 25)
const startAt = midnight - 90 * minuteMs

let engines: TestEngines
let demo: DemoFleet
beforeEach(async () => {
  const [berlin, bonn] = [rtspServer('Berlin', 'cam1', 'cam1/low', 'cam2'), rtspServer('Bonn', 'door')]
  ;({ engines, demo } = await createTestFleet(startAt, 'reported', [berlin, bonn]))
})
afterEach(() => closeWithoutBugs(engines))

/** The rows of each table of a report's page, by the title above it. */
function tablesOf(page: string): Readonly<Record<string, readonly (readonly string[])[]>> {
  const textOf = (html: string) => html.replaceAll(/<[^>]*>/g, '')
  const sections = [...page.matchAll(/<section><h2>(.*?)<\/h2>(.*?)<\/section>/gs)]
  return Object.fromEntries(
    sections.map(([, title = '', rest = '']) => [
      textOf(title),
      [...rest.matchAll(/<tr>((?:<td.*?)+)<\/tr>/gs)].map(([, row = '']) => [...row.matchAll(/<td[^>]*>(.*?)<\/td>/gs)].map(([, cell = '']) => textOf(cell))),
    ]),
  )
}

test('each figure of a mailed report is the one that the screens show', async () => {
  const servers = demo.yamlServers().map((server) => ({ ...server, intervalSeconds: 30, tags: [server.name === 'Bonn' ? 'south' : 'north'] }))
  const { engine, client } = await engines.start({ servers }, { dataDir: join(engines.folder, 'data') })
  const until = (minutes: number) => engines.clock.advance(startAt + minutes * minuteMs - engines.clock.now())
  await until(5)
  const serverId = (await client.servers.list()).find(({ name }) => name === 'Berlin')?.id as string
  const stream = (use: 'main' | 'sub', path: string) => ({ use, serverId, path })
  await client.cameras.add({ name: 'Gate', project: 'Yard', streams: [stream('main', 'cam1'), stream('sub', 'cam1/low')] })
  demo.server('Berlin').trouble({ kind: 'readerFlood', path: 'cam1', readers: 3, forMs: 30 * minuteMs })
  demo.server('Berlin').trouble({ kind: 'readerFlood', path: 'cam1/low', readers: 2, forMs: 20 * minuteMs })
  demo.server('Bonn').trouble({ kind: 'readerFlood', path: 'door', readers: 1, forMs: 40 * minuteMs })
  await until(20)
  demo.server('Berlin').trouble({ kind: 'publisherGone', path: 'cam2', forMs: 10 * minuteMs })
  await until(24)
  const [taken] = await client.alarms.list()
  await client.alarms.acknowledge({ ids: [taken?.id as string] })
  await until(50)
  demo.server('Bonn').trouble({ kind: 'die', forMs: 15 * minuteMs })
  demo.server('Berlin').trouble({ kind: 'publisherGone', path: 'cam2', forMs: 4 * minuteMs })
  await until(95)

  const { id } = await client.reports.add({ name: 'Daily', at: '07:00', zone: 'UTC', channels: ['mail'] })
  const { link } = await client.reports.show({ id })
  const tables = tablesOf(await (await engine.relay(new Request(`http://console${link}`))).text())
  const period = { from: midnight - dayMs, to: midnight }

  const total = (ms: number | null) => formatTotal(ms, 'en')
  const projects = await Promise.all(
    ['north', 'south'].map(async (tag) => {
      const { all, total: streams } = await client.availability.read({ ...period, of: 'stream', tag })
      return [
        ...[tag, formatValue(streams, 'count', 'en'), formatAvailability(all.percent, 'en'), total(all.downMs), formatValue(all.outages, 'count', 'en')],
        ...[total(all.longestMs), total(all.unknownMs), total(all.maintenanceMs)],
      ]
    }),
  )
  expect(tables['Availability by project']).toEqual(projects)

  const { rows, all } = await client.availability.read({ ...period, of: 'stream' })
  const outages = tables['Longest outages'] ?? []
  expect(outages.length).toBe(all.outages)
  for (const { subject, name, ...row } of rows) {
    const mine = outages.filter(([place]) => place === `${name} · ${partOf(subject)}`)
    expect([mine.length, mine[0]?.at(-1) ?? total(0)]).toEqual([row.outages, total(row.longestMs)])
  }

  const alarms = [...(await client.alarms.list()), ...(await client.alarms.past({ ...period }))].filter(({ raisedAt }) => raisedAt < midnight)
  const shown = alarms.map((alarm) => {
    const part = partOf(alarm.subject)
    const what = [
      part === null ? alarm.serverName : `${alarm.serverName} · ${part}`,
      ruleNameOf(alarm, 'en'),
      formatMoment(alarm.since, 'minute', 'in UTC', 'en'),
    ]
    return [...what, alarm.acknowledged?.by ?? 'nobody']
  })
  expect(shown.length).toBeGreaterThan(1)
  expect(tables['Worst alarms, and who took them']?.map(([, place, what, since, , who]) => [place, what, since, who]).sort()).toEqual(shown.sort())
  expect(tables['Who acknowledged']?.map(([who, count]) => [who, count])).toEqual([['operator', '1']])

  const hours = (ms: number | null) => formatNumber((ms ?? Number.NaN) / 3_600_000, 1, 'en')
  const cameras = (await client.viewing.cameras({ ...period, by: 'camera' })).rows.filter(({ cameraId }) => cameraId !== null)
  const streams = (await client.viewing.report(period)).rows.filter(({ path, peopleMs }) => !path?.startsWith('cam1') && peopleMs !== 0)
  expect(tables['Most watched cameras']).toEqual([
    ...cameras.map(({ project, name, peopleMs }) => [`${project} · ${name}`, hours(peopleMs)]),
    ...streams.map(({ server, path, peopleMs }) => [`${server} · ${path}`, hours(peopleMs)]),
  ])
  // Some of who came were machines: three for half an hour and two for twenty minutes in all.
  const [gate] = cameras
  expect(gate?.peopleMs).toBeGreaterThan(0)
  expect(((gate?.peopleMs ?? 0) + (gate?.othersMs ?? 0)) / minuteMs).toBeCloseTo(130, -0.7)

  const operator = { ...soleOperator, id: 'viewer', role: 'user' as const, permission: 'view' as const }
  const seen = await createRouterClient(engine.router, { context: { operator } }).reports.show({ id })
  const ownTables = tablesOf(await (await engine.relay(new Request(`http://console${seen.link}`))).text())
  const places = ownTables['Most watched cameras']?.map(([place]) => place) ?? []
  expect(places, 'to who may not see a camera').toContain('Berlin · cam1')
  expect(places.join()).not.toContain('Gate')
})
