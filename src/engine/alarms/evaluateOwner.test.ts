import { expect, test } from 'vitest'
import { probeSubject, serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import { acknowledge, changedBy } from './alarmLife.ts'
import type { Conditions } from './conditions.ts'
import { createEvaluator, type EvaluationResult } from './evaluateOwner.ts'
import { conditionsWith, someFinding } from './findings.fixture.ts'
import { alarmKey, OpenAlarms } from './openAlarms.ts'

const gone = (path: string, readers = 0) => someFinding(path, { readers })
const paths = Array.from({ length: 1_000 }, (_, place) => `cam${place}`)
const conditions = conditionsWith

function evaluation(maintenanceOf: () => object | null = () => null) {
  const open = new OpenAlarms()
  let evaluator = createEvaluator(open, maintenanceOf)
  const evaluateOwner: typeof evaluator.evaluate = (...of) => evaluator.evaluate(...of)
  const timeDependentOwners: typeof evaluator.timeDependentOwners = (at) => evaluator.timeDependentOwners(at)
  const restart = () => {
    evaluator = createEvaluator(open, maintenanceOf)
  }
  const takeOver = ({ changed, refreshed }: EvaluationResult) => {
    for (const { alarm } of changed) open.put(alarm)
    for (const alarm of refreshed) open.put(alarm)
  }
  const evaluate = (now: Conditions | null, at = 1) => {
    const rounds = [...evaluateOwner(serverSubject('berlin'), now, at)]
    for (const round of rounds) takeOver(round)
    return rounds
  }
  const only = () => [...open.all()].map(({ count, healedAt, calmSince }) => ({ count, healedAt, calmSince }))
  return { open, evaluateOwner, takeOver, evaluate, timeDependentOwners, only, restart }
}

test('a large failure is judged in rounds, and what an operator does between them is kept', () => {
  const { open, evaluateOwner, takeOver, evaluate } = evaluation()
  evaluate(conditions(paths.map((path) => gone(path))))
  expect([...open.all()]).toHaveLength(1_000)
  const rounds = evaluateOwner(serverSubject('berlin'), conditions([]), 2)
  let count = 0
  for (const round of rounds) {
    expect(round.changed.length).toBeLessThanOrEqual(100)
    takeOver(round)
    count++
    const last = open.of('berlin').get(alarmKey({ kind: 'streamGone', subject: streamSubject('berlin', 'cam999') }))
    if (count === 1 && last) for (const alarm of [changedBy(last, acknowledge(last, { by: 'Anna', at: 2, until: null })).alarm]) open.put(alarm)
  }
  expect(count).toBe(10)
  // It was taken in time, so it closed when it healed.
  expect(open.of('berlin').has(alarmKey({ kind: 'streamGone', subject: streamSubject('berlin', 'cam999') }))).toBe(false)
  expect([...open.all()].map(({ healedAt }) => healedAt)).toEqual(Array.from({ length: 999 }, () => 2))
})

test('an alarm that only says something else is not stored, and one that says the same is left alone', () => {
  const { evaluate } = evaluation()
  evaluate(conditions([gone('cam1')]))
  expect(evaluate(conditions([gone('cam1')]))).toEqual([])
  expect(evaluate(conditions([gone('cam1', 7)]))).toMatchObject([{ changed: [], refreshed: [{ readers: 7 }] }])
})

test('alarms of a server that is not watched any more are closed', () => {
  const { open, evaluate } = evaluation()
  evaluate(conditions([gone('cam1')]))
  expect(evaluate(null)).toMatchObject([{ changed: [{ alarm: { closed: { because: 'removed' } } }] }])
  expect([...open.all()]).toEqual([])
})

test('what lasts for less than its on-delay is no alarm, and begins anew when it comes back', () => {
  const { evaluate, open, timeDependentOwners } = evaluation()
  const late = [someFinding('cam1', { onDelayMs: 4_000 })]
  expect(evaluate(conditions(late), 1_000)).toEqual([])
  expect([...timeDependentOwners(1_000)]).toEqual([serverSubject('berlin')])
  expect(evaluate(conditions([]), 4_000)).toEqual([])
  expect([...timeDependentOwners(4_000)]).toEqual([])
  expect(evaluate(conditions(late), 6_000)).toEqual([])
  expect(evaluate(conditions(late), 9_999)).toEqual([])
  expect(evaluate(conditions(late), 10_000)).toMatchObject([{ changed: [{ changes: [{ kind: 'raised', at: 10_000 }] }] }])
  expect([...open.all()]).toHaveLength(1)
})

test('what healed returns only after its on-delay, too', () => {
  const { evaluate, only } = evaluation()
  const late = [someFinding('cam1', { onDelayMs: 4_000 })]
  evaluate(conditions(late), 0)
  evaluate(conditions(late), 4_000)
  evaluate(conditions([]), 10_000)
  evaluate(conditions(late), 12_000)
  expect(only()).toMatchObject([{ count: 1, healedAt: 10_000 }])
  evaluate(conditions(late), 16_000)
  expect(only()).toMatchObject([{ count: 2, healedAt: null }])
})

test('an alarm heals once it was well for its off-delay, and says since when', () => {
  const { evaluate, only, timeDependentOwners } = evaluation()
  const calm = conditions([], { holdMs: () => 5_000 })
  evaluate(conditions([gone('cam1')]), 1_000)
  evaluate(calm, 2_000)
  expect(only()).toEqual([{ count: 1, healedAt: null, calmSince: 2_000 }])
  expect([...timeDependentOwners(2_000)]).toEqual([serverSubject('berlin')])
  evaluate(conditions([gone('cam1')]), 4_000)
  expect(only()).toEqual([{ count: 2, healedAt: null, calmSince: undefined }])
  evaluate(calm, 5_000)
  evaluate(calm, 9_999)
  expect(only()).toEqual([{ count: 2, healedAt: null, calmSince: 5_000 }])
})

test('an alarm that is well says when it clears if that holds, later with each return, and not once it is back', () => {
  const { evaluate, open } = evaluation()
  const calm = conditions([], { holdMs: () => 5_000 })
  const clearsAt = () => [...open.all()].map((alarm) => alarm.clearsAt)
  evaluate(conditions([gone('cam1')]), 1_000)
  evaluate(calm, 2_000)
  expect(clearsAt()).toEqual([7_000])
  evaluate(conditions([gone('cam1')]), 4_000)
  expect(clearsAt()).toEqual([undefined])
  evaluate(calm, 5_000)
  expect(clearsAt()).toEqual([20_000])
  evaluate(calm, 20_000)
  expect([...open.all()]).toMatchObject([{ healedAt: 5_000 }])
  expect(clearsAt()).toEqual([undefined])
})

test('what comes and goes for an hour is told twice at most, and heals once it is well for longer than ever', () => {
  const { evaluate, open } = evaluation()
  let told = 0
  const step = (now: Conditions, at: number) => {
    for (const { changed } of evaluate(now, at))
      told += changed.flatMap(({ changes }) => changes).filter(({ kind }) => kind === 'raised' || kind === 'returned').length
  }
  for (let at = 0; at < 3_600_000; at += 30_000) step(at % 60_000 === 0 ? conditions([gone('cam1')]) : conditions([]), at)
  expect(told).toBe(2)
  const [alarm] = open.all()
  expect(alarm).toMatchObject({ healedAt: null })
  expect(alarm?.count).toBeGreaterThan(50)
  step(conditions([]), 3_600_000 + 3_600_000)
  expect([...open.all()]).toMatchObject([{ healedAt: 3_570_000 }])
})

test.each([
  [60, 2],
  [90, 3],
  [180, 3],
  [540, 3],
])('what is gone for 12 s every %i s for two hours begins %i times, and heals once it is well for longer than ever', (everyS, times) => {
  const { evaluate, open, timeDependentOwners } = evaluation()
  const calm = conditions([], { holdMs: () => 5_000 })
  let told = 0
  const step = (now: Conditions, at: number) => {
    for (const _ of timeDependentOwners(at));
    for (const { changed } of evaluate(now, at))
      told += changed.flatMap(({ changes }) => changes).filter(({ kind }) => kind === 'raised' || kind === 'returned').length
  }
  for (let at = 0; at < 7_200_000; at += 2_000) step(at % (everyS * 1_000) < 12_000 ? conditions([gone('cam1')]) : calm, at)
  expect(told).toBe(times)
  const wellAt = Math.floor(7_199 / everyS) * everyS * 1_000 + 12_000
  for (let at = 7_200_000; at <= wellAt + 3_600_000; at += 2_000) step(calm, at)
  expect([...open.all()]).toMatchObject([{ healedAt: wellAt }])
  expect(told).toBe(times)
})

test('a figure beyond its limit over a restart is as old as it was, did not return, and ends where it is not found again', () => {
  const { evaluate, restart, open, timeDependentOwners } = evaluation()
  const busy = (since: number) => conditions([someFinding('cam1', { kind: 'limitCrossed', rule: 'busy', since })])
  const known = () => [...open.all()].map(({ since, count, returns, calmSince, healedAt }) => ({ since, count, returns, calmSince, healedAt }))
  const lasts = { since: 1_000, count: 1, returns: undefined, calmSince: undefined, healedAt: null }
  evaluate(busy(1_000), 120_000)
  restart()
  // The first answers have no figure yet.
  evaluate(conditions([]), 200_000)
  evaluate(conditions([], { isPending: () => true }), 210_000)
  evaluate(busy(205_000), 330_000)
  expect(known()).toEqual([lasts])
  const worse = { kind: 'limitCrossed', rule: 'busy', since: 205_000, severity: 'major' } as const
  const [turned] = evaluate(conditions([someFinding('cam1', worse)]), 340_000)
  expect(turned?.changed[0]?.changes).toMatchObject([{ kind: 'turned', since: 1_000 }])
  restart()
  // Nobody can look: that is said at once, and no time in which it was well.
  evaluate(conditions([], { otherwise: () => ({ is: 'unknown', because: 'server' }) }), 395_000)
  expect([...open.all()].map(({ suppressedBy }) => suppressedBy)).toEqual(['server'])
  evaluate(conditions([]), 400_000)
  expect([...timeDependentOwners(400_000)], 'its end is seen without another poll').toEqual([serverSubject('berlin')])
  evaluate(conditions([]), 429_999)
  expect(known()).toEqual([lasts])
  evaluate(conditions([]), 430_000)
  expect(known()).toEqual([{ ...lasts, healedAt: 430_000 }])
})

test('a clock that is set back puts off neither an alarm nor its end', () => {
  const { evaluate, only } = evaluation()
  const late = conditions([someFinding('cam1', { onDelayMs: 5_000 })])
  const calm = conditions([], { holdMs: () => 5_000 })
  evaluate(late, 1_000_000)
  evaluate(late, 100_000)
  evaluate(late, 105_000)
  expect(only()).toMatchObject([{ count: 1, healedAt: null }])
  evaluate(calm, 110_000)
  evaluate(calm, 20_000)
  evaluate(calm, 25_000)
  expect(only()).toMatchObject([{ count: 1, healedAt: 20_000 }])
})

test('an alarm that its rule does not concern any more is closed, and says why', () => {
  const { evaluate, open } = evaluation()
  evaluate(conditions([gone('cam1')]), 1_000)
  expect(evaluate(conditions([], { concerns: () => false }), 2_000)).toMatchObject([{ changed: [{ alarm: { closed: { because: 'rule' }, healedAt: 2_000 } }] }])
  expect([...open.all()]).toEqual([])
})

test('a warning that heals is closed with it', () => {
  const { evaluate, open } = evaluation()
  evaluate(conditions([someFinding('cam1', { kind: 'limitCrossed', rule: 'hostCpu', severity: 'warning' })]), 1_000)
  evaluate(conditions([]), 2_000)
  expect([...open.all()]).toEqual([])
})

test('an alarm of a probe that is not there after a start lasts, as those of a canary come once its server was read; later it is closed', () => {
  const { open, evaluateOwner, takeOver, restart } = evaluation()
  const subject = probeSubject('canary')
  const down = conditions([someFinding('', { kind: 'limitCrossed', rule: 'probeDown', subject })])
  const evaluateAt = (now: Conditions | null, at: number) => {
    for (const round of evaluateOwner(subject, now, at)) takeOver(round)
    return [...open.all()].map(({ id, closed }) => ({ id, closed }))
  }
  const before = evaluateAt(down, 0)
  expect(before).toMatchObject([{ closed: null }])
  restart()
  expect(evaluateAt(null, 1_000)).toEqual(before)
  expect(evaluateAt(down, 11_000)).toEqual(before)
  expect(evaluateAt(null, 12_000), 'it was removed while the console ran').toEqual([])
  evaluateAt(down, 13_000)
  restart()
  evaluateAt(null, 14_000)
  expect(evaluateAt(null, 44_000)).toEqual([])
})

test('a limit that reaches another level turns the alarm', () => {
  const { evaluate, open } = evaluation()
  const busy = (severity: 'warning' | 'major') => conditions([someFinding('cam1', { kind: 'limitCrossed', rule: 'hostCpu', severity })])
  evaluate(busy('warning'), 1_000)
  expect(evaluate(busy('major'), 2_000)).toMatchObject([{ changed: [{ changes: [{ kind: 'turned', severity: 'major' }] }] }])
  expect([...open.all()]).toHaveLength(1)
})

test('what stays undecided counts as well after 30 s, and heals after its off-delay', () => {
  const { evaluate, only } = evaluation()
  const undecided = conditions([], { otherwise: () => null, holdMs: () => 5_000 })
  evaluate(conditions([gone('cam1')]), 0)
  for (let at = 1_000; at <= 35_000; at += 1_000) evaluate(undecided, at)
  expect(only()).toMatchObject([{ healedAt: null, calmSince: 31_000 }])
  evaluate(undecided, 36_000)
  expect(only()).toMatchObject([{ healedAt: 31_000 }])
})

test('the time in which it could not be judged is no time in which it was well, also in a maintenance window', () => {
  const { evaluate, only } = evaluation(() => ({}))
  const calm = conditions([], { holdMs: () => 5_000 })
  evaluate(conditions([gone('cam1')]), 0)
  evaluate(calm, 1_000)
  evaluate(conditions([], { otherwise: () => ({ is: 'unknown', because: 'server' }), holdMs: () => 5_000 }), 2_000)
  evaluate(calm, 10_000)
  expect(only()).toMatchObject([{ healedAt: null, calmSince: 10_000 }])
  evaluate(calm, 15_000)
  expect(only()).toMatchObject([{ healedAt: 10_000 }])
})

test('how long it was well before it came back does not include its on-delay', () => {
  const { evaluate, only } = evaluation()
  const late = conditions([someFinding('cam1', { onDelayMs: 5_000 })])
  evaluate(late, 0)
  evaluate(late, 5_000)
  evaluate(conditions([]), 30_000)
  evaluate(late, 59_000)
  evaluate(late, 64_000)
  evaluate(conditions([]), 70_000)
  // It was well for 29 s, so it has to be for 43.5 s.
  evaluate(conditions([]), 113_000)
  expect(only()).toMatchObject([{ count: 2, healedAt: null }])
  evaluate(conditions([]), 114_000)
  expect(only()).toMatchObject([{ count: 2, healedAt: 70_000 }])
})

test('refused credentials after silence are an alarm of their own, and the silence is closed as it was', () => {
  const { evaluate, open } = evaluation()
  const reach = (kind: 'serverDown' | 'serverHalted', since: number) =>
    conditions([someFinding('cam1', { kind, rule: kind, subject: serverSubject('berlin'), since })])
  const calm = conditions([], { holdMs: () => 5_000 })
  evaluate(reach('serverDown', 1_000), 1_000)
  evaluate(calm, 3_000)
  const [{ changed } = { changed: [] }] = evaluate(reach('serverHalted', 4_000), 4_000)
  expect(changed.map(({ alarm, changes }) => [alarm.kind, alarm.since, alarm.healedAt, changes.map(({ kind }) => kind)])).toEqual([
    ['serverDown', 1_000, 3_000, ['healed', 'closed']],
    ['serverHalted', 4_000, null, ['raised']],
  ])
  expect([...open.all()]).toMatchObject([{ kind: 'serverHalted', count: 1 }])
  evaluate(calm, 5_000)
  evaluate(calm, 60_000)
  const [again = { changed: [] }] = evaluate(reach('serverDown', 70_000), 70_000)
  expect(again.changed.map(({ alarm, changes }) => [alarm.kind, alarm.healedAt, changes.map(({ kind }) => kind)])).toEqual([
    ['serverHalted', 5_000, ['closed']],
    ['serverDown', null, ['raised']],
  ])
})

test('what returns before it counts as healed is one alarm, whose steps say when it was well and when it was back', () => {
  const { evaluate, open } = evaluation()
  const calm = conditions([], { holdMs: () => 60_000 })
  const steps = [1_000, 30_000, 50_000].flatMap((since) => {
    const rounds = evaluate(conditions([someFinding('cam1', { since })]), since)
    evaluate(calm, since + 5_000)
    return rounds.flatMap(({ changed }) => changed.flatMap(({ changes }) => changes))
  })
  expect(steps).toMatchObject([
    { kind: 'raised', since: 1_000 },
    { kind: 'recurred', wellSince: 6_000, since: 30_000 },
    { kind: 'recurred', wellSince: 35_000, since: 50_000 },
  ])
  expect([...open.all()]).toMatchObject([{ count: 3, acknowledged: null }])
})
