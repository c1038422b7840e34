import { expect, test } from 'vitest'
import type { RuleInput } from '../../shared/rules.ts'
import type { StreamState } from '../../shared/watchedStates.ts'
import { watching } from './ownRules.fixture.ts'

const unsteady: RuleInput = { id: 'unsteady', flaps: 4, withinMinutes: 10, clear: 2 }
const minute = 60_000

/** Polls a stream in these states, a minute apart. */
async function polls({ poll }: ReturnType<typeof watching>, ...states: readonly StreamState[]) {
  const alarms: (readonly string[])[] = []
  for (const state of states) alarms.push(await poll({ cam: state, other: 'live' }, minute))
  return alarms
}

test('a stream that is lost and back often enough is said to flap, and how often', async () => {
  const found = await polls(watching(unsteady), 'live', 'gone', 'live', 'stalled', 'live', 'gone')
  const twice = 'unsteady cam minor Flapping: lost and back 2 times within 10 min.'
  expect(found).toEqual([[], [], [], [], [twice], ['unsteady cam minor Flapping: lost and back 3 times within 10 min.']])
})

test('it is over by time alone, once there are fewer changes than it asks for to heal', async () => {
  const watched = watching(unsteady)
  await polls(watched, 'live', 'gone', 'live', 'gone', 'live')
  // Of four changes one is left after nine minutes: the last.
  expect(await watched.wait(8 * minute)).toEqual(['unsteady cam minor Flapping: lost and back 1 time within 10 min.'])
  expect(await watched.wait(minute)).toEqual(['unsteady cam minor healed'])
})

test('what is less often, or for longer apart, does not flap', async () => {
  expect((await polls(watching(unsteady), 'live', 'gone', 'live', 'gone', 'gone', 'gone')).flat()).toEqual([])
  const slow: readonly StreamState[] = ['live', 'gone', 'gone', 'gone', 'gone', 'live', 'live', 'live', 'live', 'gone', 'gone', 'gone', 'gone', 'live', 'live']
  expect((await polls(watching(unsteady), ...slow, ...slow)).flat()).toEqual([])
})

test('one on demand, one that has ended, and one whose server is away are not lost', async () => {
  for (const state of ['waiting', 'ended', 'unknown'] as const)
    expect((await polls(watching(unsteady), 'live', state, 'live', state, 'live', state, 'live')).flat(), state).toEqual([])
})

test('what it was is known by its name where the list of streams changes', async () => {
  const { poll } = watching({ ...unsteady, flaps: 2 })
  await poll({ cam: 'live', other: 'live' })
  expect(await poll({ first: 'live', cam: 'gone' })).toEqual([])
  expect(await poll({ second: 'live', first: 'live', cam: 'live' })).toEqual(['unsteady cam minor Flapping: lost and back 1 time within 10 min.'])
})

test('while its server is down it can’t be judged, and the changes before count on', async () => {
  const watched = watching(unsteady)
  await polls(watched, 'live', 'gone', 'live', 'gone', 'live')
  expect(watched.become('down')).toEqual(['unsteady cam minor Flapping: lost and back 2 times within 10 min. by server'])
  await watched.wait(minute)
  watched.become('up')
  expect(await polls(watched, 'live')).toEqual([['unsteady cam minor Flapping: lost and back 2 times within 10 min.']])
})

test('an exception has its own number, and outside its plan nobody watches for a stream', async () => {
  const excepted = { ...unsteady, exceptions: [{ streams: ['cam'], flaps: 6, reason: 'it flies' }] }
  expect((await polls(watching(excepted), 'live', 'gone', 'live', 'gone', 'live')).flat()).toEqual([])
  const off = watching(unsteady)
  off.putOffPlan('cam')
  expect((await polls(off, 'live', 'slate', 'live', 'slate', 'live')).flat()).toEqual([])
})

test('being lost and back in maintenance does not count, neither then nor afterwards', async () => {
  const watched = watching(unsteady)
  await polls(watched, 'live', 'gone')
  watched.putInMaintenance('cam')
  expect((await polls(watched, 'live', 'gone', 'live', 'gone', 'live')).flat()).toEqual([])
  watched.putInMaintenance('')
  expect(await polls(watched, 'live', 'gone', 'live')).toEqual([[], [], []])
  expect(await polls(watched, 'gone')).toEqual([['unsteady cam minor Flapping: lost and back 3 times within 10 min.']])
})

test('it is over as soon where somebody has set the clock back', async () => {
  const watched = watching(unsteady)
  await polls(watched, 'live', 'gone', 'live', 'gone', 'live')
  watched.setBack(24 * 60 * minute)
  expect(await polls(watched, 'live')).toEqual([['unsteady cam minor Flapping: lost and back 2 times within 10 min.']])
  expect(await watched.wait(11 * minute)).toEqual(['unsteady cam minor healed'])
})

test('no more is remembered of a stream than a rule can ask for', async () => {
  const { poll } = watching({ ...unsteady, withinMinutes: 1_440 })
  let last: readonly string[] = []
  for (let times = 0; times < 150; times++) {
    await poll({ cam: 'gone' })
    last = await poll({ cam: 'live' })
  }
  expect(last).toEqual(['unsteady cam minor Flapping: lost and back 50 times within 24 h.'])
})
