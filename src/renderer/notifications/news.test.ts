import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { someAlarm, someAlarmCounts } from '../../shared/alarms.fixture.ts'
import { type Alarm, alarmStates } from '../../shared/alarms.ts'
import { type Severity, severities } from '../../shared/severities.ts'
import { serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import { speakEnglish } from '../app/english.fixture.ts'
import { someChanges } from '../fleet/fleetState.fixture.ts'
import { openAlarms } from '../fleet/openAlarms.ts'
import { type DeskMemory, type News, newsOfAlarms, noticesOf, togetherMs } from './news.ts'

speakEnglish()

const openedAt = 1_000_000
const every = new Set<Severity>(severities)
const alarm = (id: string, change: Partial<Alarm> = {}) => someAlarm({ id, since: openedAt + 1, raisedAt: openedAt + 1, ...change })
const old = (id: string, change: Partial<Alarm> = {}) => alarm(id, { since: openedAt - 1, raisedAt: openedAt - 1, ...change })
const healed = { state: 'healedUnseen', healedAt: openedAt + 5 } as const

/** A window that was opened over some alarms. `sees`: the ids of its news, after `ms`. */
function openDesk(first: readonly Alarm[], wanted: ReadonlySet<Severity> = every) {
  let now = openedAt
  let memory: DeskMemory | null = null
  const look = (list: readonly Alarm[], total: number) => {
    const counts = { critical: 0, major: 0, minor: 0, warning: 0 }
    for (const { severity } of list) counts[severity]++
    counts.warning += total - list.length
    const looked = newsOfAlarms(memory, openAlarms(someChanges({ alarms: list, alarmCounts: someAlarmCounts({ unacknowledged: counts }) })), now, wanted)
    memory = looked.memory
    const ids = (of: readonly Alarm[]) => of.map(({ id }) => id).join(' ')
    const { begun, more, ended } = looked.news
    const said = [begun.length > 0 && `begun ${ids(begun)}`, more > 0 && `${more} more`, ended.length > 0 && `ended ${ids(ended)}`]
    return { said: said.filter(Boolean).join(', '), lookAgainAt: looked.lookAgainAt }
  }
  look(first, first.length)
  return {
    sees: (list: readonly Alarm[], ms = togetherMs, total = list.length) => {
      now += ms
      return look(list, total).said
    },
    looksAgainIn: (list: readonly Alarm[]) => (look(list, list.length).lookAgainAt ?? now) - now,
  }
}

describe('what a desk is notified of', () => {
  it('is nothing of alarms that were there when it was opened, nor of their end', () => {
    const desk = openDesk([old('a'), old('b', { state: 'acknowledged' })])
    expect(desk.sees([old('a'), old('b', { state: 'acknowledged' })])).toBe('')
    expect(desk.sees([old('a', healed)])).toBe('')
    expect(desk.sees([])).toBe('')
  })
  it('is what left its shelf, or was given back, while nobody could judge it, once that can be judged again', () => {
    for (const state of ['shelved', 'acknowledged'] as const) {
      const desk = openDesk([])
      expect(desk.sees([alarm('a')])).toBe('begun a')
      expect(desk.sees([alarm('a', { state })])).toBe('')
      expect(desk.sees([alarm('a', { state: 'suppressed' })])).toBe('')
      expect(desk.sees([alarm('a', { state: 'suppressed', givenBack: true })])).toBe('')
      expect(desk.sees([alarm('a')])).toBe('begun a')
      expect(desk.sees([alarm('a')])).toBe('')
    }
  })
  it('is a new alarm once, and its end once', () => {
    const desk = openDesk([])
    expect(desk.sees([alarm('a')])).toBe('begun a')
    expect(desk.sees([alarm('a')])).toBe('')
    expect(desk.sees([alarm('a', healed)])).toBe('ended a')
    expect(desk.sees([alarm('a', healed)])).toBe('')
    expect(desk.sees([])).toBe('')
  })
  it('is the end of an alarm that was closed as it healed', () => {
    const desk = openDesk([])
    desk.sees([alarm('a')])
    expect(desk.sees([alarm('a', { state: 'acknowledged' })])).toBe('')
    expect(desk.sees([])).toBe('ended a')
  })
  it('is each alarm that worsened, also one that was there before', () => {
    const desk = openDesk([old('a', { severity: 'minor', kind: 'sourceFailing' })])
    expect(desk.sees([old('a', { severity: 'critical' }), alarm('b', { severity: 'major' })])).toBe('begun a b')
    expect(desk.sees([old('a'), alarm('b', { severity: 'critical' })])).toBe('begun b')
    expect(desk.sees([old('a'), alarm('b', { severity: 'major' })])).toBe('')
  })
  it('is an alarm that came back, was given back, or whose shelf or maintenance ended', () => {
    const desk = openDesk([old('a', healed), old('b', { state: 'acknowledged' }), old('c', { state: 'shelved' }), old('d', { state: 'outOfService' })])
    expect(desk.sees([old('a', { since: openedAt + 9, count: 2 }), old('b'), old('c'), old('d')])).toBe('begun a b c d')
    expect(desk.sees([old('a', { since: openedAt + 9, count: 2 }), old('b', { state: 'acknowledged' }), old('c'), old('d')])).toBe('')
    expect(desk.sees([old('b'), old('c', { state: 'outOfService' }), old('d')])).toBe('begun b, ended a')
    expect(desk.sees([old('b'), old('c'), old('d')])).toBe('begun c')
  })
  it('is nothing of what is shelved, suppressed or out of service, but the end of what was notified', () => {
    const desk = openDesk([])
    const quiet = (['shelved', 'suppressed', 'outOfService'] as const).map((state, place) => alarm(`${place}`, { state }))
    expect(desk.sees(quiet)).toBe('')
    expect(desk.sees([...quiet, alarm('a')])).toBe('begun a')
    expect(desk.sees([alarm('a', { state: 'shelved' })])).toBe('')
    expect(desk.sees([alarm('a', { state: 'shelved', healedAt: openedAt + 9 })])).toBe('ended a')
  })
  it('is not repeated when a suppression ends, but begins then for an alarm that was raised meanwhile', () => {
    const desk = openDesk([])
    desk.sees([alarm('a')])
    desk.sees([alarm('a', { state: 'suppressed' }), alarm('b', { state: 'suppressed' })])
    expect(desk.sees([alarm('a'), alarm('b')])).toBe('begun b')
  })
  it('is no onset of an alarm that lasts all the while, as one that flaps does', () => {
    const desk = openDesk([old('a')])
    expect(desk.sees([old('a', { since: openedAt + 9 })])).toBe('')
    // It healed and came back between two looks.
    expect(desk.sees([old('a', { since: openedAt + 20, count: 2 })])).toBe('begun a')
  })
  it('is only of the chosen severities', () => {
    const desk = openDesk([], new Set(['critical']))
    expect(desk.sees([alarm('a', { severity: 'major' })])).toBe('')
    expect(desk.sees([alarm('a', { severity: 'critical' })])).toBe('begun a')
    expect(openDesk([], new Set()).sees([alarm('a')])).toBe('')
  })
  it('comes at once, and what follows soon after comes together', () => {
    const desk = openDesk([])
    expect(desk.sees([alarm('a')], 500)).toBe('begun a')
    expect(desk.sees([alarm('a'), alarm('b')], 500)).toBe('')
    expect(desk.looksAgainIn([alarm('a'), alarm('b')])).toBe(togetherMs - 500)
    expect(desk.sees([alarm('b'), alarm('c'), alarm('d', healed)], togetherMs - 500)).toBe('begun b c, ended a')
  })
  it('is nothing of what began and ended between two notices', () => {
    const desk = openDesk([])
    desk.sees([alarm('a')])
    expect(desk.sees([alarm('a'), alarm('b')], 500)).toBe('')
    expect(desk.sees([alarm('a')])).toBe('')
  })
  it('is not late after the clock was set back', () => {
    const desk = openDesk([])
    desk.sees([alarm('a')])
    expect(desk.sees([alarm('a'), alarm('b')], -3_600_000)).toBe('begun b')
  })
  it('has the number of all that began, where not all of them are listed', () => {
    const desk = openDesk([old('a')])
    expect(desk.sees([alarm('x'), old('a')], togetherMs, 10_001)).toBe('begun x, 9999 more')
    expect(desk.sees([alarm('y'), alarm('x'), old('a')], togetherMs, 10_001)).toBe('begun y')
  })
  it('is neither new nor over where an alarm leaves and enters a list that is too long', () => {
    const desk = openDesk([old('a'), old('b')])
    expect(desk.sees([alarm('x'), old('a')], togetherMs, 3)).toBe('begun x')
    expect(desk.sees([old('a')], togetherMs, 3)).toBe('')
    expect(desk.sees([alarm('x'), old('c'), old('a')], togetherMs, 4)).toBe('')
    expect(desk.sees([old('a')])).toBe('ended x')
  })
})

it('whatever happens, only what nobody has begins, and only what was notified ends, once', () => {
  const someList = fc.array(
    fc.record({
      id: fc.constantFrom('a', 'b', 'c'),
      state: fc.constantFrom(...alarmStates),
      severity: fc.constantFrom(...severities),
      count: fc.integer({ min: 1, max: 3 }),
    }),
    { maxLength: 3 },
  )
  const looks = fc.array(fc.record({ list: someList, ms: fc.constantFrom(0, 500, togetherMs), unlisted: fc.integer({ min: 0, max: 2 }) }), { maxLength: 30 })
  const run = (steps: readonly { readonly list: readonly Partial<Alarm>[]; readonly ms: number; readonly unlisted: number }[], wanted: readonly Severity[]) => {
    let memory: DeskMemory | null = null
    let now = openedAt
    const notified = new Set<string>()
    for (const { list, ms, unlisted } of steps) {
      now += ms
      const listed = [...new Map(list.map((one) => [one.id, alarm(one.id ?? '', { ...one, healedAt: one.state === 'healedUnseen' ? now : null })])).values()]
      const open = openAlarms(someChanges({ alarms: listed, alarmCounts: someAlarmCounts({ shelved: { minor: listed.length + unlisted } }) }))
      const looked = newsOfAlarms(memory, open, now, new Set(wanted))
      memory = looked.memory
      for (const one of looked.news.begun) {
        expect([one.state, wanted.includes(one.severity)]).toEqual(['unacknowledged', true])
        notified.add(one.id)
      }
      for (const { id } of looked.news.ended) expect(notified.delete(id)).toBe(true)
    }
  }
  fc.assert(fc.property(looks, fc.subarray([...severities]), run), { numRuns: 500 })
})

const notices = (news: Partial<News>) => noticesOf({ begun: [], more: 0, ended: [], ...news })
const cam = (name: string, change: Partial<Alarm> = {}) => someAlarm({ id: name, subject: streamSubject('a', name), ...change })

it('names one alarm, says what is wrong and leads to it; its end takes its place', () => {
  expect(notices({ begun: [cam('cam1')] })).toEqual([
    { tag: 'cam1', title: 'critical: cam1 · berlin', text: 'Connected, but no data arrives.', to: '/alarms?incident=cam1' },
  ])
  expect(notices({ ended: [cam('cam1')] })).toMatchObject([{ tag: 'cam1', title: 'over: cam1 · berlin' }])
})
it('never puts the end of one alarm in the place of another one with the same cause', () => {
  const [begun] = notices({ begun: [cam('a', { incident: 's' })] })
  const [over] = notices({ ended: [cam('b', { incident: 's' })] })
  expect(over?.tag).not.toBe(begun?.tag)
})
it('makes one of several, with their number, the worst severity and some names', () => {
  const many = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => cam(name, { severity: name === 'f' ? 'critical' : 'minor' }))
  expect(notices({ begun: many })).toEqual([
    {
      tag: 'begun',
      title: '6 new alarms, the worst is critical',
      text: 'f · berlin\na · berlin\nb · berlin\nc · berlin\n+2 more',
      to: '/alarms?state=unacknowledged',
    },
  ])
  expect(notices({ ended: many })).toMatchObject([{ tag: 'ended', title: '6 alarms are over', to: '/alarms' }])
  expect(notices({ begun: many, ended: many })).toHaveLength(2)
})
it('names what has one cause once, by the worst of it', () => {
  const server = someAlarm({ id: 's', subject: serverSubject('a'), kind: 'serverDown' })
  const streams = ['a', 'b'].map((name) => cam(name, { severity: 'major', incident: 's' }))
  expect(notices({ begun: [...streams, server] })).toMatchObject([{ tag: 's', title: 'critical: berlin +2 more', to: '/alarms?incident=s' }])
  expect(notices({ begun: [...streams, server, cam('x')] })).toMatchObject([
    { title: '4 new alarms, the worst is critical', text: 'berlin +2 more\nx · berlin' },
  ])
})
it('has the number of those that are not listed, too', () => {
  expect(notices({ begun: [cam('a')], more: 9_999 })).toMatchObject([{ title: '10,000 new alarms, the worst is critical', text: 'a · berlin\n+9999 more' }])
})
it('is short, whatever the names are', () => {
  const [notice] = notices({ begun: [cam('x'.repeat(10_000), { serverName: 'y'.repeat(10_000) })] })
  expect(notice?.title.length).toBeLessThanOrEqual(160)
  expect(notice?.text.length).toBeLessThanOrEqual(400)
  expect(notices({ begun: Array.from({ length: 500 }, (_, place) => cam(`${place} ${'x'.repeat(1_000)}`)) })[0]?.text.length).toBeLessThanOrEqual(400)
})
