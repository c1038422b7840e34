import { expect, test } from 'vitest'
import { someTrouble } from '../../shared/troubles.fixture.ts'
import type { Trouble } from '../../shared/troubles.ts'
import { acknowledge, changedBy } from './alarmLife.ts'
import type { Conditions } from './conditions.ts'
import { createServerJudge, type Judged } from './judgeServer.ts'
import { createOpenAlarms, keyOf } from './openAlarms.ts'

const gone = (path: string, readers = 0) => someTrouble({ id: `berlin/${path}`, path, readers })
const paths = Array.from({ length: 1_000 }, (_, place) => `cam${place}`)
const conditions = (troubles: readonly Trouble[]): Conditions => ({ troubles: () => troubles, otherwise: () => ({ is: 'healed' }) })

function judging() {
  const open = createOpenAlarms()
  const judgeServer = createServerJudge(open, () => null)
  const takeOver = ({ changed, refreshed }: Judged) => {
    for (const { alarm } of changed) open.put(alarm)
    for (const alarm of refreshed) open.put(alarm)
  }
  const judge = (now: Conditions | null) => {
    const rounds = [...judgeServer('berlin', now, 1)]
    for (const round of rounds) takeOver(round)
    return rounds
  }
  return { open, judgeServer, takeOver, judge }
}

test('a large failure is judged in rounds, and what an operator does between them is kept', () => {
  const { open, judgeServer, takeOver, judge } = judging()
  judge(conditions(paths.map((path) => gone(path))))
  expect([...open.all()]).toHaveLength(1_000)
  const rounds = judgeServer('berlin', conditions([]), 2)
  let count = 0
  for (const round of rounds) {
    expect(round.changed.length).toBeLessThanOrEqual(100)
    takeOver(round)
    count++
    const last = open.of('berlin').get(keyOf('streamGone', 'cam999'))
    if (count === 1 && last) for (const alarm of [changedBy(last, acknowledge(last, { by: 'Anna', at: 2, until: null })).alarm]) open.put(alarm)
  }
  expect(count).toBe(10)
  // It was taken in time, so it closed when it healed.
  expect(open.of('berlin').has(keyOf('streamGone', 'cam999'))).toBe(false)
  expect([...open.all()].map(({ healedAt }) => healedAt)).toEqual(Array.from({ length: 999 }, () => 2))
})

test('an alarm that only says something else is not stored, and one that says the same is left alone', () => {
  const { judge } = judging()
  judge(conditions([gone('cam1')]))
  expect(judge(conditions([gone('cam1')]))).toEqual([])
  expect(judge(conditions([gone('cam1', 7)]))).toMatchObject([{ changed: [], refreshed: [{ readers: 7 }] }])
})

test('alarms of a server that is not watched any more are closed', () => {
  const { open, judge } = judging()
  judge(conditions([gone('cam1')]))
  expect(judge(null)).toMatchObject([{ changed: [{ alarm: { closed: { because: 'removed' } } }] }])
  expect([...open.all()]).toEqual([])
})
