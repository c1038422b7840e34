import { expect, test } from 'vitest'
import { someAlarm } from '../../shared/alarms.fixture.ts'
import { speakEnglish } from '../app/english.fixture.ts'
import { durationOf, durationText, firstBegan, pastText } from './alarmMessage.ts'

speakEnglish()

test('what came and went began with its first time, and one that began once with its onset', () => {
  const twice = someAlarm({ count: 2, raisedAt: 5_000, since: 600_000, healedAt: 660_000 })
  expect(firstBegan(twice)).toBe(5_000)
  expect(durationOf({ ...twice, since: firstBegan(twice) }, 0)).toBe(655_000)
  expect(firstBegan({ ...twice, since: 2_000 })).toBe(2_000)
  expect(firstBegan(someAlarm({ count: 1, raisedAt: 65_000, since: 5_000 }))).toBe(5_000)
})

test('what ended while this console was not running lasted between two bounds', () => {
  const ended = someAlarm({ since: 0, healedAt: 125_000 })
  expect(durationText(ended, 0)).toBe('2 min 05 s')
  expect(durationText({ ...ended, wrongUntil: 55_000 }, 0)).toBe('55 s to 2 min 05 s')
})

test('what came back is not said to have lasted all the time between', () => {
  const once = someAlarm({ count: 1, raisedAt: 5_000, since: 3_000, healedAt: 63_000, closed: { at: 90_000, because: 'healed' } })
  expect(pastText(once)).toBe('lasted 1 min 00 s')
  expect(pastText({ ...once, since: 43_000 })).toBe('within 58 s')
})
