import { describe, expect, it, test } from 'vitest'
import type { OnAir } from '../../shared/onAir.ts'
import type { StreamState } from '../../shared/watchedStates.ts'
import { byNearest, matchedBy, type OnAirEntries, onAirEntries, planFor, readOnAir, startOnAir } from './planForms.ts'

const entered = (change: Partial<OnAirEntries> = {}): OnAirEntries => ({
  ...startOnAir('utc'),
  name: 'the show',
  streams: 'event/stage',
  weekly: 'MO-FR 08:00-18:00',
  ...change,
})
const read = (change: Partial<OnAirEntries> = {}) => {
  const found = readOnAir(entered(change), null)
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
    expect(read({ weekly: ' MO-FR 08:00-18:00\n\nSA,SU 22:00-04:00 ', servers: 'Berlin, Köln', tags: 'studio' })).toEqual({
      name: 'the show',
      streams: ['event/stage'],
      servers: ['Berlin', 'Köln'],
      tags: ['studio'],
      zone: 'UTC',
      weekly: ['MO-FR 08:00-18:00', 'SA,SU 22:00-04:00'],
      calendar: null,
    }))

  it('takes only a calendar where one is chosen', () =>
    expect(read({ source: 'calendar', calendar: 'https://calendar.example/show.ics' })).toMatchObject({
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
  ])('says at %s that it is wrong: %j', (field, change) => expect(Object.keys(read(change))).toEqual([field]))

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
