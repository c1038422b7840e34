import { expect, test } from 'vitest'
import { createSlices } from '../../clock/slices.ts'
import { reportCsv, reportDocument } from '../../i18n/reportText.ts'
import { availabilityInputSchema } from '../../shared/availability.ts'
import { documentHtml } from '../../shared/documentPage.ts'
import { reportInputSchema } from '../../shared/reports.ts'
import { someServer } from '../../shared/servers.fixture.ts'
import { streamStateCodes } from '../../shared/streams.ts'
import { serverSubject } from '../../shared/subjectNames.ts'
import type { StreamState } from '../../shared/watchedStates.ts'
import type { CountPeriod } from '../alarms/alarmStatistics.ts'
import { createAvailability } from '../availability/availability.ts'
import { altogether } from '../availability/reckon.ts'
import type { History } from '../history/history.ts'
import { testHistories } from '../history/openHistories.fixture.ts'
import { Viewing } from '../viewing/viewing.ts'
import { gatherReportFacts, type ReportFactsDeps } from './reportFacts.ts'

const startAt = Date.UTC(2026, 10, 14, 12)
const { clock, open } = testHistories(startAt)
const stepMs = 60_000
const hourMs = 3_600_000

/** Hours of polls of two servers, one of which is out of sight, with one stream each. */
async function keep(store: History, hours: readonly (readonly [north: StreamState, viewers: number, south: StreamState])[]): Promise<number> {
  const from = clock().now() - hours.length * hourMs
  for (const [hour, [north, viewers, south]] of hours.entries()) {
    for (let minute = 0; minute < 60; minute++) {
      const at = from + hour * hourMs + minute * stepMs
      for (const [id, state, people] of [
        ['north', north, viewers],
        ['south', south, 0],
      ] as const) {
        const owner = serverSubject(id)
        store.append({ owner, at, parts: null, metrics: ['server.reachable'], values: Float64Array.of(1) })
        // One of the people is a CDN.
        const values = Float64Array.of(streamStateCodes[state], people + 1, people)
        store.append({ owner, at, parts: ['cam'], metrics: ['path.state', 'path.people', 'path.viewers'], values })
      }
    }
    await clock().advance(0)
  }
  await clock().advance(1_000)
  return from
}
const servers = { north: someServer('north', { tags: ['yard', 'gates'], intervalSeconds: 60 }), south: someServer('south', { intervalSeconds: 60 }) }
const server = (id: string) => servers[id as keyof typeof servers] ?? null
const noAlarms: CountPeriod = async (from, to) => ({
  ...{ from, to, knownFrom: from, began: 0, incidents: 0, rules: [], subjects: [], chattering: [] },
  ...{ perHour: null, busyHours: [], busiest: null, taken: 0, takenAfterMs: null, takers: [] },
})
function depsOf(store: History): ReportFactsDeps {
  const signal = new AbortController().signal
  const slices = createSlices(clock())
  const availability = createAvailability({
    ...{ clock: clock(), history: store, slices, server, signal },
    ...{ probe: () => null, maintenanceOf: () => [], onAirOf: () => null, offlineWithin: async () => [], gapsWithin: async () => [] },
  })
  const viewing = new Viewing({
    ...{ clock: clock(), history: store, slices, server, signal, stream: () => null, accountName: () => null, isPerson: () => true },
    cameras: { get: () => null, seenOf: () => null, streamsOf: () => null },
  })
  return { clock: clock(), isDemo: false, server, availability, altogether, countPeriod: noAlarms, viewing, cameraOf: () => null, signal }
}
const input = reportInputSchema.parse({ name: 'Daily', zone: 'Europe/Berlin', channels: ['mail'] })

test('its figures are those of the availability screen, by tag and together, with each outage and the hours that people watched', async () => {
  const store = await open()
  const from = await keep(store, [
    ['live', 3, 'live'],
    ['gone', 0, 'live'],
    ['live', 1, 'live'],
    ['live', 0, 'live'],
  ])
  const to = clock().now() - (clock().now() % 60_000)
  const deps = depsOf(store)
  const facts = await gatherReportFacts(deps, input, { from, to }, null)
  const screen = await deps.availability(availabilityInputSchema.parse({ from, to, of: 'stream' }))
  expect(facts.all).toEqual(screen.all)
  expect(facts.streams.map(({ tags: _, watchedHours: __, ...row }) => row)).toEqual(screen.rows)
  const north = screen.rows.find(({ name }) => name === 'north')
  expect(facts.projects.map(({ tag, streams }) => [tag, streams])).toEqual([
    ['gates', 1],
    ['yard', 1],
    [null, 1],
  ])
  expect(facts.projects[1]?.figures).toMatchObject({ downMs: north?.downMs, outages: 1, longestMs: north?.longestMs })
  expect(facts.outages).toMatchObject([{ name: 'north', from: from + hourMs, to: from + 2 * hourMs, downMs: north?.longestMs }])
  const hours = facts.streams.find(({ name }) => name === 'north')?.watchedHours ?? Number.NaN
  expect(hours).toBeGreaterThan(3.9)
  expect(hours).toBeLessThan(4.1)
  const { rows: watched } = await deps.viewing.report({ from, to, lastMs: 0, limit: 10, offset: 0 })
  expect(watched.find(({ server }) => server === 'north')?.peopleMs).toBe(hours * hourMs)
  // And so it is said.
  const page = documentHtml(reportDocument(facts, 'en'))
  expect(page).toContain('without a tag')
  expect(page).toContain('north · cam')
  const [head, worst] = reportCsv(facts).split('\r\n')
  expect(head).toMatch(/^tags,server,path,percent,.*,maintenanceSeconds,watchedHours$/)
  expect(worst).toMatch(/^yard gates,north,cam,75/)
})

test('a report of some tags or servers has nothing of others', async () => {
  const store = await open()
  const from = await keep(store, [['gone', 2, 'gone']])
  const period = { from, to: clock().now() }
  for (const [scope, names] of [
    [{ tags: ['yard'] }, ['north']],
    [{ servers: ['SOUTH'] }, ['south']],
    [{ tags: ['yard'], servers: ['south'] }, []],
  ] as const) {
    const facts = await gatherReportFacts(depsOf(store), reportInputSchema.parse({ ...input, ...scope }), period, null)
    expect(facts.streams.map(({ name }) => name)).toEqual(names)
    expect(facts.outages.map(({ name }) => name)).toEqual(names)
  }
})

test('a report of nothing says so, in every language', async () => {
  const store = await open()
  const facts = await gatherReportFacts(depsOf(store), input, { from: startAt - 24 * hourMs, to: startAt }, startAt - hourMs)
  for (const language of ['en', 'de', 'zh', 'ru', 'ko'] as const) {
    const page = documentHtml(reportDocument(facts, language))
    expect(page).toContain(`<html lang="${language}">`)
    expect(page).not.toMatch(/shift\.|NaN|undefined|\{\{/)
  }
  expect(documentHtml(reportDocument(facts, 'en'))).toContain('This report was due')
})
