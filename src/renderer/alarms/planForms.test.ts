import { describe, expect, it, test } from 'vitest'
import type { Maintenance } from '../../shared/maintenance.ts'
import type { OnAir } from '../../shared/onAir.ts'
import { deviceSubject, hostSubject, probeSubject, streamSubject } from '../../shared/subjectNames.ts'
import { consoleSubject } from '../../shared/subjects.ts'
import type { StreamState } from '../../shared/watchedStates.ts'
import {
  byNearest,
  type MaintenanceEntries,
  maintenanceEntries,
  matchedBy,
  type OnAirEntries,
  onAirEntries,
  planFor,
  readMaintenance,
  readOnAir,
  repeatOf,
  startMaintenance,
  startOnAir,
  windowsNow,
  workedOn,
  workOf,
} from './planForms.ts'

const now = Date.UTC(2026, 10, 14, 3, 12)
const entered = (change: Partial<MaintenanceEntries> = {}): MaintenanceEntries => ({ ...startMaintenance(now, 'utc'), name: 'patch night', ...change })
const read = (change: Partial<MaintenanceEntries>) => {
  const found = readMaintenance(entered(change), null)
  return found.ok ? found.value : found.error
}

describe('the form of maintenance', () => {
  it('begins now, for an hour, in the zone in which times are shown', () =>
    expect(read({})).toMatchObject({ start: '2026-11-14T03:12', hours: 1, zone: 'UTC', rrule: null, calendar: null, servers: [], tags: [], streams: [] }))

  test.each([
    ['once', null],
    ['daily', 'FREQ=DAILY'],
    ['weekly', 'FREQ=WEEKLY'],
    ['monthDay', 'FREQ=MONTHLY'],
    ['monthWeekday', 'FREQ=MONTHLY;BYDAY=-1SA'],
  ])('%s is the rule %s, and comes back as it was chosen', (repeat, rrule) => {
    const input = read({ repeat, start: '2026-11-28 02:00' })
    expect(input).toMatchObject({ rrule })
    expect(repeatOf(rrule, '2026-11-28T02:00')).toBe(repeat)
  })

  it('takes the second Saturday as the second, and other rules as they are typed', () => {
    expect(read({ repeat: 'monthWeekday', start: '2026-11-14 02:00' })).toMatchObject({ rrule: 'FREQ=MONTHLY;BYDAY=2SA' })
    expect(read({ repeat: 'rule', rrule: 'rrule:freq=yearly;bymonth=1' })).toMatchObject({ rrule: 'FREQ=YEARLY;BYMONTH=1' })
    expect(repeatOf('FREQ=YEARLY', '2026-11-14T02:00')).toBe('rule')
  })

  it('reads lists, hours with a comma, and only a calendar where one is chosen', () => {
    expect(read({ servers: 'Berlin, Köln', tags: 'north', streams: 'north/*\ncam1', hours: '1,5' })).toMatchObject({
      servers: ['Berlin', 'Köln'],
      tags: ['north'],
      streams: ['north/*', 'cam1'],
      hours: 1.5,
    })
    expect(read({ repeat: 'calendar', calendar: 'https://calendar.example/plan.ics' })).toMatchObject({
      calendar: 'https://calendar.example/plan.ics',
      start: null,
      hours: null,
    })
  })

  test.each([
    ['name', { name: ' ' }],
    ['start', { start: '2026-02-30 02:00' }],
    ['start', { start: '' }],
    ['hours', { hours: '0' }],
    ['hours', { hours: '' }],
    ['zone', { zone: 'Mars' }],
    ['rrule', { repeat: 'rule', rrule: 'every day' }],
    ['calendar', { repeat: 'calendar', calendar: 'plan.ics' }],
  ])('says at %s that it is wrong: %j', (field, change) => expect(Object.keys(read(change))).toEqual([field]))

  it('shows what is stored, and gives it back unchanged', () => {
    const input = read({ repeat: 'monthWeekday', start: '2026-11-28 02:00', streams: 'north/*', tags: 'north' })
    const stored = { ...input, id: 'x', origin: 'stored', by: 'Anna', addedAt: 0, now: null, next: [], readAt: null, problem: null } as Maintenance
    const again = readMaintenance(maintenanceEntries(stored), stored)
    expect(again.ok && again.value).toEqual(input)
  })
})

test('work that begins now is one window for each server, and a server stands for all of its streams', () => {
  const on = workedOn([
    { server: 'Berlin', path: 'cam1' },
    { server: 'Berlin', path: 'cam2' },
    { server: 'Köln', path: 'cam1' },
    { server: 'Köln', path: null },
    { server: 'Köln', path: 'cam2' },
  ])
  expect(on).toEqual([
    { server: 'Berlin', streams: ['cam1', 'cam2'] },
    { server: 'Köln', streams: [] },
  ])
  expect(windowsNow(on, { name: 'lens', span: 'quarter', now })).toMatchObject([
    { servers: ['Berlin'], streams: ['cam1', 'cam2'], start: '2026-11-14T03:12:00', zone: 'UTC', hours: 0.25 },
    { servers: ['Köln'], streams: [] },
  ])
})

test('a host is worked on with the servers on it, and what has no server with none', () => {
  const hosts = [
    { id: 'h:1', serverIds: ['a'] },
    { id: 'h:2', serverIds: ['b', 'a'] },
    { id: 'h:3', serverIds: [] },
  ]
  const names: Readonly<Record<string, string>> = { a: 'Berlin', b: 'Köln' }
  const about = (subject: Parameters<typeof workOf>[0][number]['subject'], serverName = 'srv') => ({ subject, serverName })
  const alarms = [
    about(hostSubject('h:1')),
    about(deviceSubject('h:2', 'disk:/')),
    about(hostSubject('h:3')),
    about(hostSubject('gone')),
    about(consoleSubject),
    about(probeSubject('probe-1'), 'gate'),
    about(streamSubject('c', 'cam1'), 'Wien'),
  ]
  expect(workOf(alarms, hosts, (id) => names[id] ?? null)).toEqual([
    { server: 'Berlin', streams: [] },
    { server: 'Köln', streams: [] },
    { server: 'Wien', streams: ['cam1'] },
  ])
})

const timesEntered = (change: Partial<OnAirEntries> = {}): OnAirEntries => ({
  ...startOnAir('utc'),
  name: 'the show',
  streams: 'event/stage',
  weekly: 'MO-FR 08:00-18:00',
  ...change,
})
const readTimes = (change: Partial<OnAirEntries> = {}) => {
  const found = readOnAir(timesEntered(change), null)
  return found.ok ? found.value : found.error
}
const listed = (change: Partial<OnAir> = {}): OnAir => ({
  id: 'x',
  origin: 'stored',
  by: 'Anna',
  addedAt: 0,
  name: 'the show',
  tags: [],
  servers: [],
  streams: ['event/stage'],
  zone: 'UTC',
  weekly: ['MO-FR 08:00-18:00'],
  calendar: null,
  now: null,
  next: [],
  readAt: null,
  problem: null,
  ...change,
})

describe('the form of times on air', () => {
  it('takes hours line by line, whose days are separated by commas, in the zone in which times are shown', () =>
    expect(readTimes({ weekly: ' MO-FR 08:00-18:00\n\nSA,SU 22:00-04:00 ', servers: 'Berlin, Köln', tags: 'studio' })).toEqual({
      name: 'the show',
      streams: ['event/stage'],
      servers: ['Berlin', 'Köln'],
      tags: ['studio'],
      zone: 'UTC',
      weekly: ['MO-FR 08:00-18:00', 'SA,SU 22:00-04:00'],
      calendar: null,
    }))

  it('takes only a calendar where one is chosen', () =>
    expect(readTimes({ source: 'calendar', calendar: 'https://calendar.example/show.ics' })).toMatchObject({
      weekly: [],
      calendar: 'https://calendar.example/show.ics',
    }))

  test.each([
    ['name', { name: ' ' }],
    ['streams', { streams: ' ' }],
    ['streams', { streams: '~(' }],
    ['weekly', { weekly: '' }],
    ['weekly', { weekly: 'MO-FR 08:00-18:00\nweekends' }],
    ['zone', { zone: 'Mars' }],
    ['calendar', { source: 'calendar', calendar: 'show.ics' }],
    ['calendar', { source: 'calendar', calendar: '' }],
  ])('says at %s that it is wrong: %j', (field, change) => expect(Object.keys(readTimes(change))).toEqual([field]))

  test.each([listed({ weekly: ['MO-FR 08:00-18:00', 'SA,SU 22:00-04:00'], tags: ['studio'] }), listed({ weekly: [], calendar: 'https://calendar.example/…' })])(
    'shows what is stored, and gives it back unchanged',
    (stored) => {
      const again = readOnAir(onAirEntries(stored), stored)
      const { name, tags, servers, streams, zone, weekly, calendar } = stored
      expect(again.ok && again.value).toEqual({ name, tags, servers, streams, zone, weekly, calendar })
    },
  )
})

test('what is on air comes first, then what is next', () => {
  const span = (from: number) => ({ from, to: from + 1 })
  const plans = [
    listed({ name: 'never' }),
    listed({ name: 'later', next: [span(20)] }),
    listed({ name: 'next', next: [span(10)] }),
    listed({ name: 'now', now: span(30) }),
  ]
  expect(plans.sort(byNearest).map(({ name }) => name)).toEqual(['now', 'next', 'later', 'never'])
})

test('the form says how many streams it is for now, and how many of those are live', () => {
  const row = (path: string, state: StreamState, serverId = 'berlin') => ({ facts: { serverId, path, state } })
  const rows = [row('studio/cam1', 'live'), row('studio/cam2', 'gone'), row('hall', 'live'), row('studio/cam1', 'live', 'wien')]
  const serverOf = (id: string) => ({ name: id, tags: id === 'wien' ? ['vienna'] : [] })
  const matched = (change: Partial<OnAirEntries>) => matchedBy({ ...startOnAir('utc'), ...change }, rows, serverOf)
  expect(matched({ streams: 'studio/*' })).toEqual({ streams: 3, live: 2 })
  expect(matched({ streams: 'studio/*', tags: 'vienna' })).toEqual({ streams: 1, live: 1 })
  expect(matched({ streams: 'studio/*', servers: 'Berlin' })).toEqual({ streams: 2, live: 1 })
  expect([matched({}), matched({ streams: '~(' })]).toEqual([null, null])
})

test('the plan of a stream is one by which it is to be on air, and none whose calendar was never read', () => {
  const berlin = { name: 'Berlin', tags: ['studio'] }
  const unread = listed({ name: 'unread', weekly: [], calendar: 'https://calendar.example/…' })
  const off = listed({ name: 'off', tags: ['studio'] })
  const due = listed({ name: 'due', streams: ['event/*'], now: { from: 0, to: 1 } })
  expect(planFor([unread, off, due], berlin, 'event/hall')?.name).toBe('due')
  expect(planFor([unread, off, due], berlin, 'event/stage')?.name, 'one that names it').toBe('off')
  expect(planFor([unread, off], berlin, 'event/stage')?.name).toBe('off')
  expect(planFor([unread, off, due], berlin, 'cam1')).toBeNull()
  expect(planFor([unread, off], { name: 'Köln', tags: [] }, 'event/stage')).toBeNull()
})
