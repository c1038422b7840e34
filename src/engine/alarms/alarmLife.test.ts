import { describe, expect, it, test } from 'vitest'
import { someAlarm } from '../../shared/alarms.fixture.ts'
import type { AlarmChange, AlarmState } from '../../shared/alarms.ts'
import { someTrouble } from '../../shared/troubles.fixture.ts'
import { type AlarmRecord, acknowledge, apply, type Condition, endInTime, endsAt, evaluate, isAnother, stateOf, unacknowledge, unshelve } from './alarmLife.ts'

const { state: _, ...raised } = someAlarm({ kind: 'streamStalled', since: 0, raisedAt: 0 })
const active: Condition = { is: 'active', trouble: someTrouble({ kind: 'streamStalled' }) }
const healed: Condition = { is: 'healed' }
const serverDown: Condition = { is: 'unknown', because: 'server' }
const paused: Condition = { is: 'unknown', because: 'paused' }
const by = 'Anna'
const shelf: AlarmChange = { kind: 'shelved', by, at: 5, until: 1000, reason: 'lens change', endsHealedForMs: null }

const after = (alarm: AlarmRecord, changes: readonly AlarmChange[]) => changes.reduce(apply, alarm)
const stateAfter = (alarm: AlarmRecord, changes: readonly AlarmChange[]): AlarmState | 'normal' => {
  const next = after(alarm, changes)
  return next.closed === null ? stateOf(next) : 'normal'
}

/** What can happen to an alarm. */
const inputs = {
  'a window opens': (alarm: AlarmRecord) => evaluate(alarm, active, 10, true),
  'it heals in a window': (alarm: AlarmRecord) => evaluate(alarm, healed, 10, true),
  'the trouble lasts': (alarm: AlarmRecord) => evaluate(alarm, active, 10),
  'it heals': (alarm: AlarmRecord) => evaluate(alarm, healed, 10),
  'its server goes down': (alarm: AlarmRecord) => evaluate(alarm, serverDown, 10),
  'its server is paused': (alarm: AlarmRecord) => evaluate(alarm, paused, 10),
  'somebody takes it': (alarm: AlarmRecord) => acknowledge(alarm, { by, at: 10, until: null }),
  'it is given back': (alarm: AlarmRecord) => unacknowledge(alarm, by, 10),
  'it is shelved': () => [shelf],
  'it is taken from the shelf': (alarm: AlarmRecord) => unshelve(alarm, by, 10),
} as const
type Input = keyof typeof inputs

/** Its trouble began within a window. */
const planned = after(raised, [{ kind: 'suppressed', at: 0, because: 'maintenance' }])
/** Alarms by what became of them. */
const alarms = {
  unacknowledged: raised,
  acknowledged: after(raised, acknowledge(raised, { by, at: 1, until: null })),
  'healed unseen': after(raised, evaluate(raised, healed, 1)),
  shelved: after(raised, [shelf]),
  'shelved, healed there': after(after(raised, [shelf]), evaluate(raised, healed, 6)),
  'acknowledged, then shelved': after(after(raised, acknowledge(raised, { by, at: 1, until: null })), [shelf]),
  suppressed: after(raised, evaluate(raised, serverDown, 1)),
  'acknowledged, then suppressed': after(after(raised, acknowledge(raised, { by, at: 1, until: null })), evaluate(raised, serverDown, 2)),
  'shelved, then suppressed': after(after(raised, [shelf]), evaluate(raised, serverDown, 6)),
  'out of service': after(raised, evaluate(raised, paused, 1)),
  'in maintenance': after(raised, evaluate(raised, active, 1, true)),
  'healed in maintenance': after(after(raised, evaluate(raised, active, 1, true)), evaluate(raised, healed, 2, true)),
  'planned, and healed in maintenance': after(planned, evaluate(planned, healed, 2, true)),
} as const satisfies Record<string, AlarmRecord>

type Row = Readonly<Record<Input, AlarmState | 'normal'>>
const row = (...states: readonly (AlarmState | 'normal')[]) => Object.fromEntries(Object.keys(inputs).map((input, place) => [input, states[place]])) as Row
/** Every alarm, and what each input makes of it, in the order of `inputs`. */
const table: Readonly<Record<keyof typeof alarms, Row>> = {
  unacknowledged: row(
    'outOfService',
    'healedUnseen',
    'unacknowledged',
    'healedUnseen',
    'suppressed',
    'outOfService',
    'acknowledged',
    'unacknowledged',
    'shelved',
    'unacknowledged',
  ),
  acknowledged: row(
    'outOfService',
    'normal',
    'acknowledged',
    'normal',
    'suppressed',
    'outOfService',
    'acknowledged',
    'unacknowledged',
    'shelved',
    'acknowledged',
  ),
  'healed unseen': row(
    'outOfService',
    'healedUnseen',
    'unacknowledged',
    'healedUnseen',
    'healedUnseen',
    'healedUnseen',
    'normal',
    'healedUnseen',
    'shelved',
    'healedUnseen',
  ),
  shelved: row('outOfService', 'shelved', 'shelved', 'shelved', 'shelved', 'outOfService', 'shelved', 'shelved', 'shelved', 'unacknowledged'),
  'shelved, healed there': row('outOfService', 'shelved', 'shelved', 'shelved', 'shelved', 'shelved', 'shelved', 'shelved', 'shelved', 'normal'),
  'acknowledged, then shelved': row(
    'outOfService',
    'shelved',
    'shelved',
    'shelved',
    'shelved',
    'outOfService',
    'shelved',
    'shelved',
    'shelved',
    'unacknowledged',
  ),
  suppressed: row(
    'outOfService',
    'healedUnseen',
    'unacknowledged',
    'healedUnseen',
    'suppressed',
    'outOfService',
    'suppressed',
    'suppressed',
    'shelved',
    'suppressed',
  ),
  'acknowledged, then suppressed': row(
    'outOfService',
    'normal',
    'acknowledged',
    'normal',
    'suppressed',
    'outOfService',
    'suppressed',
    'suppressed',
    'shelved',
    'suppressed',
  ),
  'shelved, then suppressed': row('outOfService', 'shelved', 'shelved', 'shelved', 'shelved', 'outOfService', 'shelved', 'shelved', 'shelved', 'suppressed'),
  'out of service': row(
    'outOfService',
    'healedUnseen',
    'unacknowledged',
    'healedUnseen',
    'suppressed',
    'outOfService',
    'outOfService',
    'outOfService',
    'outOfService',
    'outOfService',
  ),
  'in maintenance': row(
    'outOfService',
    'outOfService',
    'unacknowledged',
    'outOfService',
    'suppressed',
    'outOfService',
    'outOfService',
    'outOfService',
    'outOfService',
    'outOfService',
  ),
  'healed in maintenance': row(
    'outOfService',
    'outOfService',
    'unacknowledged',
    'healedUnseen',
    'healedUnseen',
    'healedUnseen',
    'normal',
    'outOfService',
    'outOfService',
    'outOfService',
  ),
  'planned, and healed in maintenance': row(
    'outOfService',
    'outOfService',
    'unacknowledged',
    'normal',
    'normal',
    'normal',
    'normal',
    'outOfService',
    'outOfService',
    'outOfService',
  ),
}

describe.each(Object.keys(alarms) as (keyof typeof alarms)[])('an alarm that is %s', (name) => {
  it.each(Object.keys(inputs) as Input[])('when %s', (input) => {
    expect(stateAfter(alarms[name], inputs[input](alarms[name]))).toBe(table[name][input])
  })
})

test('a return counts, and whoever took the last one has not taken this one', () => {
  const shelvedThere = alarms['acknowledged, then shelved']
  const gone = after(shelvedThere, evaluate(shelvedThere, healed, 20))
  const back = after(gone, evaluate(gone, active, 30))
  expect(back).toMatchObject({ count: 2, healedAt: null, acknowledged: null, shelf: { by } })
})

test('refused credentials after silence are another alarm, unless the server was silent until then', () => {
  const down = { ...raised, kind: 'serverDown', count: 2, healedAt: 5 } as const
  expect(isAnother(down, 'serverHalted')).toBe(true)
  expect(isAnother({ ...down, healedAt: null, calmSince: 5 }, 'serverHalted')).toBe(true)
  expect(isAnother({ ...down, healedAt: null }, 'serverHalted')).toBe(false)
  expect(isAnother({ ...down, kind: 'serverHalted' }, 'serverDown')).toBe(true)
  expect(isAnother(down, 'serverSilent')).toBe(false)
  // A stream that stalled before it was gone is out either way.
  const gone = { ...raised, kind: 'streamGone', count: 2, healedAt: 5 } as const
  expect(after(gone, evaluate(gone, active, 10))).toMatchObject({ kind: 'streamStalled', count: 3 })
})

test('it keeps its severity after healing', () => {
  expect(alarms['healed unseen'].severity).toBe('critical')
})

test('it turns into another trouble of its family, and one that becomes worse is nobody’s again', () => {
  const minor = { ...alarms.acknowledged, kind: 'sourceFailing', severity: 'minor' } as const
  const worse = evaluate(minor, { is: 'active', trouble: someTrouble({ kind: 'streamGone' }) }, 20)
  expect(worse.map(({ kind }) => kind)).toEqual(['turned', 'unacknowledged'])
  expect(after(minor, worse)).toMatchObject({ kind: 'streamGone', severity: 'critical', acknowledged: null })
  const better = evaluate(alarms.acknowledged, { is: 'active', trouble: someTrouble({ kind: 'slateOnAir', severity: 'major' }) }, 20)
  expect(after(alarms.acknowledged, better)).toMatchObject({ kind: 'slateOnAir', severity: 'major', acknowledged: { by } })
})

test('what it was within an hour is nothing new, and takes it from nobody; after a return it is', () => {
  const at = (severity: 'warning' | 'major') => ({ is: 'active', trouble: someTrouble({ kind: 'packetsLost', severity }) }) as const
  const turn = (alarm: AlarmRecord, severity: 'warning' | 'major', moment: number) => {
    const changes = evaluate(alarm, at(severity), moment)
    return { changes: changes.map((change) => [change.kind, 'again' in change && change.again === true]), alarm: after(alarm, changes) }
  }
  const taken = { ...alarms.acknowledged, kind: 'packetsLost', severity: 'warning' } as const
  const worse = turn(taken, 'major', 100)
  expect(worse.changes).toEqual([
    ['turned', false],
    ['unacknowledged', false],
  ])
  const eased = turn(after(worse.alarm, acknowledge(worse.alarm, { by, at: 110, until: null })), 'warning', 200)
  const again = turn(eased.alarm, 'major', 300)
  expect([eased.changes, again.changes, again.alarm.acknowledged?.by]).toEqual([[['turned', true]], [['turned', true]], by])
  expect(again.alarm.was).toEqual([
    { trouble: 'packetsLost', severity: 'major', until: 200 },
    { trouble: 'packetsLost', severity: 'warning', until: 300 },
  ])
  expect(turn(eased.alarm, 'major', 200 + 3_600_001).changes.map(([kind]) => kind)).toEqual(['turned', 'unacknowledged'])
  const back = after(eased.alarm, [
    ...evaluate({ ...eased.alarm, acknowledged: null }, healed, 210),
    ...evaluate({ ...eased.alarm, healedAt: 210 }, at('warning'), 220),
  ])
  expect(back.was).toBeUndefined()
})

test('a shelf ends at its time, and what still lasts is new again', () => {
  expect(endsAt(alarms.shelved)).toBe(1000)
  expect(endInTime(alarms.shelved, 999)).toEqual([])
  expect(stateAfter(alarms.shelved, endInTime(alarms.shelved, 1000))).toBe('unacknowledged')
  expect(stateAfter(alarms['shelved, healed there'], endInTime(alarms['shelved, healed there'], 1000))).toBe('normal')
})

test('a shelf that ends after healing does so only once it was healed for that long', () => {
  const short = after(raised, [{ ...shelf, endsHealedForMs: 100 }])
  expect(endsAt(short)).toBe(1000)
  const well = after(short, evaluate(short, healed, 50))
  expect(endsAt(well)).toBe(150)
  const back = after(well, evaluate(well, active, 120))
  expect(endsAt(back)).toBe(1000)
})

test('an acknowledgement ends at its time, and tells again', () => {
  const until = after(raised, acknowledge(raised, { by, at: 1, until: 60 }))
  expect(endInTime(until, 59)).toEqual([])
  expect(endInTime(until, 60)).toEqual([{ kind: 'unacknowledged', at: 60, by: null }])
  expect(stateAfter(until, endInTime(until, 60))).toBe('unacknowledged')
})
