import { expect, test } from 'vitest'
import { eventText } from '../i18n/eventText.ts'
import { alarmSchema } from './alarms.ts'
import { collapseEvents, type DeckEvent } from './events.ts'
import { serverSubject, streamSubject } from './subjectNames.ts'

const event = (id: number, path: string | null, kind: string, at: number): DeckEvent => ({
  id,
  at,
  kind,
  subject: path === null ? serverSubject('a') : streamSubject('a', path),
  ownerName: 'berlin',
  text: `${kind} ${id}`,
  facts: {},
})
const second = 1_000

test('a stream that flaps is one row, at the place of its newest event, which holds them all', () => {
  const flaps = Array.from({ length: 40 }, (_, i) => event(100 - i, 'cam1', i % 2 === 0 ? 'streamOn' : 'streamOff', (400 - i * 10) * second))
  const other = event(81, 'cam2', 'streamOff', 215 * second)
  const events = [...flaps, other].sort((a, b) => b.at - a.at)
  expect(collapseEvents(events)).toEqual([
    { event: flaps[0], events: flaps },
    { event: other, events: [other] },
  ])
})

test('what happens a few times, or rarely, keeps its rows; so does what is not of a stream', () => {
  const few = [event(3, 'cam', 'streamOn', 30 * second), event(2, 'cam', 'streamOff', 20 * second), event(1, 'cam', 'streamOn', 10 * second)]
  expect(collapseEvents(few).map((row) => row.events.length)).toEqual([1, 1, 1])
  const rare = Array.from({ length: 6 }, (_, i) => event(9 - i, 'cam', 'streamOff', (6 - i) * 601 * second))
  expect(collapseEvents(rare)).toHaveLength(6)
  const servers = Array.from({ length: 6 }, (_, i) => event(9 - i, null, 'serverDown', (6 - i) * second))
  expect(collapseEvents(servers)).toHaveLength(6)
  expect(collapseEvents([])).toEqual([])
})

test('200 streams that end in two polls are one row of 200, and can be told apart in it', () => {
  const many = (id: number, count: number, at: number, kind = 'streamEnded') => ({
    ...event(id, null, kind, at),
    text: `${count} streams of berlin ended: cam1, cam2 and more.`,
    facts: { count },
  })
  const [later, earlier, other] = [many(4, 80, 12 * second), many(3, 120, 10 * second), many(2, 9, 9 * second, 'streamOff')]
  const before = many(1, 50, 4 * second)
  expect(collapseEvents([later, earlier, other, before])).toEqual([
    { event: { ...later, text: '', facts: { count: 200, names: [] } }, events: [later, earlier] },
    { event: other, events: [other] },
    { event: before, events: [before] },
  ])
  expect(collapseEvents([later, earlier]).map(({ event: sum }) => eventText(sum, 'en'))).toEqual(['200 streams of berlin: ended.'])
  expect(collapseEvents([later, { ...earlier, subject: serverSubject('b') }]), 'of two servers').toHaveLength(2)
})

test('alarms in a form that an earlier version stored are read', () => {
  expect(alarmSchema.shape.alike.parse({ agent: 4, servers: 2 })).toEqual({ agent: 4, servers: 2 })
})
