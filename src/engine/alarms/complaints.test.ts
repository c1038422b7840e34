import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { TestClock } from '../../clock/testClock.ts'
import { maintenanceInputSchema } from '../../shared/maintenance.ts'
import { streamStateCodes } from '../../shared/streams.ts'
import { pathOf } from '../../shared/subjectNames.ts'
import {
  allWell,
  befall,
  type Console,
  createConsole,
  createReceivers,
  createSettlingClock,
  type LeftFiles,
  nothingOnTheWay,
  type Receivers,
  type ServerId,
  type StreamState,
  type World,
} from './histories.fixture.ts'

// What users of other alarm systems complain of, by its name. Elsewhere, with names that begin with that of the complaint:
//   the channel was away at that second, one poisonous message blocks, escalation tells the old extent    notifications.test.ts; names of any kind: channelKinds.test.ts
//   an end without a start, or stuck for ever                                                             histories.test.ts
//   daylight saving, and recurrence that skips or doubles                                                 maintenance/windows.test.ts, whileStopped.test.ts
//   the console’s own network                                                                             also consoleAlarms.test.ts, createEngine.test.ts
//   up, but a frozen picture                                                                              week.test.ts

const startAt = Date.UTC(2026, 10, 14, 3, 0, 0)
const minute = 60

let receivers: Receivers
const way = nothingOnTheWay()
beforeAll(async () => {
  receivers = await createReceivers(way)
})
afterAll(() => receivers[Symbol.asyncDispose]())

let clock: TestClock
let world: World
let current: Console
let bugs: unknown[]
/** What the last console left when it was killed. */
let left: LeftFiles | null
let onStored: () => void

const start = (): Console => createConsole({ clock, world, receivers, left, onBug: (bug) => bugs.push(bug), onStored: () => onStored() })
beforeEach(async () => {
  clock = createSettlingClock(startAt, () => current)
  world = allWell()
  bugs = []
  left = null
  onStored = () => undefined
  Object.assign(way, nothingOnTheWay())
  receivers.forget()
  current = start()
  await pass(2)
})
afterEach(async () => {
  await current.close()
  expect(bugs).toEqual([])
})

async function pass(seconds: number) {
  for (let second = 0; second < seconds; second++) {
    await clock.advance(1_000)
    current.poll()
    await clock.advance(0)
  }
}
const cam1 = async (state: StreamState, seconds = 10) => {
  befall(world, 'cam1', state, clock.now())
  await pass(seconds)
}
const server = async (id: ServerId, state: World['servers'][ServerId], seconds = 10) => {
  world.servers[id] = state
  await pass(seconds)
}
const events = () => receivers.receivedBy('ops').map(({ event }) => event)
const keys = () => new Set(receivers.receivedBy('ops').map(({ key }) => key)).size
const ids = () => current.alarms.open().map(({ id }) => id)
const states = () => current.alarms.open().map(({ subject, state }) => `${pathOf(subject) ?? 'server'}: ${state}`)
const shelve = (seconds: number, endsHealedForMs: number | null = null) =>
  current.alarms.shelve({ ids: ids(), until: clock.now() + seconds * 1_000, reason: 'lens', endsHealedForMs }, 'Anna')
const kill = () => {
  left = current.kill()
}
const startAgain = async (seconds = 10) => {
  const before = current
  current = start()
  await before.close()
  await pass(seconds)
}

describe('the end is never told', () => {
  test('when a silence began meanwhile', async () => {
    await cam1('gone')
    shelve(10 * minute)
    await cam1('live', 90)
    expect([events(), keys()]).toEqual([['start', 'end'], 1])
  })
  test('when an inhibition began meanwhile', async () => {
    await cam1('gone', 30)
    const [received] = receivers.receivedBy('ops')
    await server('berlin', 'down')
    befall(world, 'cam1', 'live', clock.now())
    await server('berlin', 'up', 90)
    expect(receivers.receivedBy('ops').flatMap(({ key, event }) => (key === received?.key ? [event] : []))).toEqual(['start', 'end'])
  })
  test('when a maintenance window began meanwhile', async () => {
    await cam1('gone')
    current.maintenance.add(maintenanceInputSchema.parse({ name: 'work', zone: 'UTC', start: '2026-11-14T03:00', hours: 0.5 }), 'Anna')
    await pass(2)
    expect(states()).toEqual(['cam1: outOfService'])
    await cam1('live', 90)
    expect([events(), keys()]).toEqual([['start', 'end'], 1])
  })
})

describe('a restart repeats or loses', () => {
  test.each(['atRest', 'stored', 'sending', 'arrived'] as const)('%s: what lasts is told once, or says that it may be a repetition', async (moment) => {
    if (moment === 'stored') onStored = () => void (left ?? kill())
    if (moment === 'sending')
      way.isLost = () => {
        const isFirst = left === null
        if (isFirst) kill()
        return isFirst
      }
    if (moment === 'arrived') way.onArrival = () => void (left ?? kill())
    await cam1('gone')
    if (moment === 'atRest') kill()
    await startAgain(30)
    const received = receivers.receivedBy('ops').map(({ event, mayRepeat }) => ({ event, mayRepeat }))
    const [first, again] = [false, true].map((mayRepeat) => ({ event: 'start', mayRepeat }))
    expect(received).toEqual({ atRest: [first], stored: [first], sending: [again], arrived: [first, again] }[moment])
    expect(keys()).toBe(1)
  })
  test('new trouble while it was dead is told once, and what healed meanwhile ends once', async () => {
    await cam1('gone', 30)
    kill()
    befall(world, 'cam1', 'live', clock.now())
    befall(world, 'gate1', 'gone', clock.now())
    await startAgain(90)
    expect(events().toSorted()).toEqual(['end', 'start', 'start'])
    expect(keys()).toBe(2)
  })
})

describe('thirty messages for one host', () => {
  test('the streams of a server that is down are not told, and what was told before still gets its end', async () => {
    await cam1('gone', 30)
    await server('berlin', 'down', 5 * minute)
    for (const path of ['cam1', 'cam2'] as const) befall(world, path, 'gone', clock.now())
    await pass(minute)
    expect([events(), keys()]).toEqual([['start', 'start'], 2])
    for (const path of ['cam1', 'cam2'] as const) befall(world, path, 'live', clock.now())
    await server('berlin', 'up', minute)
    expect(events()).toEqual(['start', 'start', 'end', 'end'])
  })
})

test('the console’s own network: what it can’t reach is neither begun nor ended, and goes on afterwards', async () => {
  await cam1('gone', 30)
  befall(world, 'gate1', 'gone', clock.now())
  await server('berlin', 'unknown', 0)
  await server('hamburg', 'unknown', 10 * minute)
  expect([states(), events()]).toEqual([['cam1: suppressed'], ['start']])
  befall(world, 'gate1', 'live', clock.now())
  await server('berlin', 'up', 0)
  await server('hamburg', 'up')
  expect([states(), events()]).toEqual([['cam1: unacknowledged'], ['start']])
  await cam1('live')
  expect([events(), keys()]).toEqual([['start', 'end'], 1])
})

describe('flapping', () => {
  // An end waits until 75 s after its start; two outages some minutes apart are two; from the third on it is one.
  test.each([
    [20, 1],
    [60, 1],
    [180, 3],
    [540, 3],
  ])('12 s gone every %i s for two hours is told %i times, each with an end and a key of its own', async (everyS, times) => {
    for (let passed = 0; passed < 120 * minute; passed += everyS) {
      await cam1('gone', 12)
      await cam1('live', everyS - 12)
    }
    await pass(60 * minute)
    const startsAndEnds = events().filter((event) => event !== 'update')
    expect([startsAndEnds, keys()]).toEqual([Array.from({ length: times }, () => ['start', 'end']).flat(), times])
  })
  test('an outage that lasts longer than 75 s is told of its end at once, a shorter one 75 s after its start', async () => {
    await cam1('gone', 90)
    await cam1('live')
    expect(events()).toEqual(['start', 'end'])
    await pass(20 * minute)
    receivers.forget()
    await cam1('gone', 10)
    await cam1('live', 60)
    expect([events(), states()]).toEqual([['start'], ['cam1: healedUnseen']])
    await pass(20)
    expect(events()).toEqual(['start', 'end'])
  })
  test('of what somebody took the end is told at once', async () => {
    await cam1('gone')
    current.alarms.acknowledge({ ids: ids(), until: null }, 'Anna')
    await cam1('live')
    expect(events()).toEqual(['start', 'update', 'end'])
  })
  test('12 s gone every 60 s is told once where the console is killed meanwhile', async () => {
    for (let round = 0; round < 60; round++) {
      await cam1('gone', 12)
      await cam1('live', 48)
      if (round % 10 !== 9) continue
      kill()
      await startAgain()
    }
    await pass(60 * minute)
    expect([events(), keys()]).toEqual([['start', 'update', 'end'], 1])
  })
  describe.each([
    ['at once', 0, 60],
    ['after 10 s', 10, 60],
    ['after 2 min', 120, 120],
  ])('a figure that saws through its limit for an hour, where that is an alarm %s', (_, onDelaySeconds, offDelaySeconds) => {
    test.each([
      ['quick', onDelaySeconds + 5, 5, null],
      ['slow', onDelaySeconds + 90, offDelaySeconds - 5, null],
      ['deep in its deadband between the teeth', onDelaySeconds + 20, 500, 1_500_000],
      ['through its deadband', onDelaySeconds + 20, 40, 3_000_000],
    ])('is told by one start and one end: %s', async (_, beyondS, withinS, between) => {
      current.configure([{ id: 'saw', metric: 'path.bitrateIn', below: 1_000_000, clear: 2_000_000, onDelaySeconds, offDelaySeconds }])
      const figure = async (bps: number, seconds: number) => {
        for (let second = 0; second < seconds; second++) {
          current.addSamples({
            owner: { kind: 'server', serverId: 'berlin' },
            at: clock.now(),
            parts: ['cam1'],
            metrics: ['path.bitrateIn', 'path.state'],
            values: Float64Array.of(bps, streamStateCodes.live),
          })
          await pass(1)
        }
      }
      for (let passed = 0; passed < 60 * minute; passed += beyondS + withinS) {
        await figure(500_000, beyondS)
        await figure(between ?? 4_000_000, withinS)
      }
      await figure(4_000_000, offDelaySeconds + 60 * minute)
      expect([events(), keys()]).toEqual([['start', 'end'], 1])
    })
  })
  test('a stream that is gone and stalled in turns is told of each once, and who took it has it', async () => {
    for (let round = 0; round < 10; round++) {
      await cam1('gone', 40)
      await cam1('stalled', 40)
      if (round === 2) current.alarms.acknowledge({ ids: ids(), until: null }, 'Anna')
    }
    expect([events(), states()]).toEqual([['start', 'update', 'update'], ['cam1: acknowledged']])
    await cam1('live', 10)
    expect(events().at(-1)).toBe('end')
  })
  test.each([
    [3, 0],
    [8, 1],
    [30, 1],
    [60, 2],
  ])('an hour of %i s gone and as long on air is told at most %i times', async (seconds, most) => {
    for (let passed = 0; passed < 60 * minute; passed += 2 * seconds) {
      await cam1('gone', seconds)
      await cam1('live', seconds)
    }
    await pass(1)
    const starts = events().filter((event) => event === 'start').length
    expect(starts).toBeLessThanOrEqual(most)
    clock.jumpWall(3_600_000)
    await pass(2)
    expect(events().filter((event) => event === 'end')).toHaveLength(starts)
  })
})

test('a silence vanishes at a flap: a shelf survives heal and return', async () => {
  await cam1('gone')
  shelve(5 * minute)
  for (let round = 0; round < 3; round++) {
    await cam1('live', 20)
    await cam1('gone', 20)
  }
  expect(states()).toEqual(['cam1: shelved'])
  expect(events().filter((event) => event === 'start')).toHaveLength(1)
})

describe('silences outlive their use, or come back', () => {
  test('a shelf ends once its trouble was healed for the time that was chosen', async () => {
    await cam1('gone')
    shelve(60 * minute, 30_000)
    await cam1('live', 36)
    expect(states()).toEqual([])
    await cam1('gone', 20)
    expect(states()).toEqual(['cam1: unacknowledged'])
  })
  test('one that was ended early does not return, also after a restart', async () => {
    await cam1('gone')
    shelve(60 * minute)
    current.alarms.unshelve(ids(), 'Anna')
    kill()
    await startAgain()
    expect(states()).toEqual(['cam1: unacknowledged'])
  })
  test('whoever was told hears that it lasts when the shelf is over', async () => {
    await cam1('gone')
    shelve(minute)
    await pass(minute - 5)
    expect(events()).toEqual(['start'])
    await pass(10)
    expect(events()).toEqual(['start', 'update'])
    await cam1('live')
    expect(events()).toEqual(['start', 'update', 'end'])
  })
})

test.each([
  ['a shelf', () => shelve(minute)],
  ['an acknowledgement', () => current.alarms.acknowledge({ ids: ids(), until: clock.now() + minute * 1_000 }, 'Anna')],
])('%s that ended while nobody could judge what lasts is told once that can be judged again', async (_, take) => {
  await cam1('gone')
  const [{ key } = expect.fail('it was told')] = receivers.receivedBy('ops')
  take()
  const ofCam1 = () => receivers.receivedBy('ops').flatMap((received) => (received.key === key ? [received.event] : []))
  await server('berlin', 'down', 2 * minute)
  const before = ofCam1()
  await server('berlin', 'up', minute)
  expect(states()).toContain('cam1: unacknowledged')
  expect(ofCam1()).toEqual([...before, 'update'])
})

test('an acknowledgement is forgotten for ever: it ends at its time, and is told again', async () => {
  await cam1('gone')
  current.alarms.acknowledge({ ids: ids(), until: clock.now() + 2 * minute * 1_000 }, 'Anna')
  await pass(minute)
  expect([states(), events()]).toEqual([['cam1: acknowledged'], ['start', 'update']])
  await pass(2 * minute)
  expect([states(), events()]).toEqual([['cam1: unacknowledged'], ['start', 'update', 'update']])
})

test('up but silent: a stream that is connected and brings nothing is told', async () => {
  await cam1('stalled')
  expect([states(), events()]).toEqual([['cam1: unacknowledged'], ['start']])
})

test('an end is stuck for ever: one that could not be sent is sent when the channel is back', async () => {
  await cam1('gone')
  receivers.answer('ops', 'fails')
  await cam1('live', 2 * minute)
  receivers.answer('ops', 'takes')
  await pass(5 * minute)
  expect([events(), keys()]).toEqual([['start', 'end'], 1])
})
