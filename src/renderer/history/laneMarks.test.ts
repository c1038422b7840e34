import { createInstance } from 'i18next'
import { describe, expect, it, test } from 'vitest'
import { eventLabel } from '../../i18n/eventText.ts'
import en from '../../locales/en.json'
import type { DeckEvent } from '../../shared/events.ts'
import { someServer } from '../../shared/servers.fixture.ts'
import { streamSubject } from '../../shared/subjectNames.ts'
import { serverStateText } from '../fleet/StateMark.tsx'
import { eventMessage, laneMarks, worstKind } from './laneMarks.ts'

const event = (id: number, at: number, kind = 'serverUp'): DeckEvent => ({
  id,
  at,
  kind,
  subject: streamSubject('s', 'p'),
  ownerName: 'S',
  text: `event ${id}`,
  facts: {},
})
const marks = (events: DeckEvent[]) => laneMarks(events, { from: 0, to: 1000 }, 1000, (one) => one.text)

describe('the lane of events', () => {
  it('keeps words where they fit and drops them where the next mark is too near', () => {
    expect(marks([event(1, 100), event(2, 140), event(3, 600)]).map((mark) => [mark.x, mark.label])).toEqual([
      [100, null],
      [140, 'event 2'],
      [600, 'event 3'],
    ])
  })
  it('puts the begin of an outage where its data stopped, and not where that was seen; before the lane, at its edge', () => {
    const stalled = { ...event(1, 400, 'streamStalled'), facts: { outageSince: 300 } }
    const down = { ...event(2, 10, 'serverDown'), facts: { outageSince: -20 } }
    expect(marks([event(3, 350), stalled, down]).map(({ at, x, events }) => [at, x, events[0]?.id])).toEqual([
      [0, 0, 2],
      [300, 300, 1],
      [350, 350, 3],
    ])
  })
  it('lets events at one place share a mark, worst first, counted', () => {
    const [mark] = marks([event(1, 100), event(2, 103, 'streamOff'), event(3, 104)])
    expect(mark?.kind).toBe('streamOff')
    expect(mark?.label).toBe('event 2 +2')
    expect(mark?.events).toHaveLength(3)
  })
  it('leaves out what is outside of the window', () => expect(marks([event(1, -5), event(2, 1001)])).toEqual([]))
  it('is led by what matters most of what was only counted', () =>
    expect(
      worstKind([
        ['streamOn', 90],
        ['serverDown', 1],
        ['streamOff', 3],
      ]),
    ).toBe('serverDown'))
  it('never lets two marks overlap, or be so near that one is pressed for the other', () => {
    const xs = marks(Array.from({ length: 200 }, (_, id) => event(id, (id * 37) % 1000))).map((mark) => mark.x)
    for (let index = 1; index < xs.length; index++) expect((xs[index] ?? 0) - (xs[index - 1] ?? 0)).toBeGreaterThanOrEqual(24)
  })
})

async function english() {
  const instance = createInstance()
  await instance.init({ lng: 'en', resources: { en: { translation: en } } })
  return instance
}

test('an event of a server that refused us is labelled as the server itself was', async () => {
  const words = await english()
  const refused = { kind: 'serverDown', facts: { error: { kind: 'unauthorized', credentialsGiven: true } } }
  expect(eventMessage(refused, 'en', words.t)).toBe(
    serverStateText(someServer('a', { state: 'halted', error: { kind: 'unauthorized', credentialsGiven: true } }), words.t),
  )
  expect(eventMessage({ kind: 'serverDown', facts: { error: { kind: 'forbidden' } } }, 'en', words.t)).toBe('access refused')
  expect(eventMessage({ kind: 'serverDown', facts: { error: { kind: 'unreachable' } } }, 'en', words.t)).toBe('not answering')
  expect(eventMessage({ kind: 'serverDown', facts: {} }, 'en', words.t)).toBe('not answering')
})

test('a kind of a newer engine is shown by its own name', async () => {
  const words = await english()
  expect(eventMessage({ kind: 'somethingNew', facts: {} }, 'en', words.t)).toBe('somethingNew')
  expect(eventLabel('streamOff', 'en')).toBe('off air')
})
