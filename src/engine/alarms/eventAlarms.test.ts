import { expect, test } from 'vitest'
import { aboutServer, aboutStream, newEvent } from '../../shared/events.ts'
import { type RuleInput, shippedRuleIds } from '../../shared/rules.ts'
import { partOf, serverSubject } from '../../shared/subjectNames.ts'
import { createEventAlarms } from './eventAlarms.ts'
import { createRuleSet } from './ruleSet.ts'

const berlin = { id: 'a', name: 'Berlin' }
const tracks = { before: 'H264', after: 'H265' }

function watching(...inputs: readonly RuleInput[]) {
  let now = 0
  const rules = createRuleSet(() => ({ server: 'Berlin', host: null, tags: ['studio'] }))
  rules.configure([...shippedRuleIds.map((id) => ({ id, enabled: false })), ...inputs])
  const finder = createEventAlarms({ now: () => now }, rules)
  const found = (at = now) => {
    now = at
    return Array.from(
      finder.findings({ subject: serverSubject('a'), name: 'Berlin', isUp: true }),
      ({ rule, subject, severity }) => `${rule} ${partOf(subject)} ${severity}`,
    )
  }
  return { addEvents: finder.addEvents, found }
}

test('several rules of one’s own may watch the same event: each is an alarm of its own, for as long as it says', () => {
  const { addEvents, found } = watching(
    { id: 'studio', event: 'codecChanged', streams: ['studio/*'], severity: 'critical', offDelaySeconds: 600 },
    { id: 'any', event: 'codecChanged' },
    { id: 'north', event: 'codecChanged', tags: ['north'] },
    { id: 'size', event: 'sizeChanged' },
  )
  expect([
    ...addEvents([newEvent('codecChanged', 0, tracks, aboutStream(berlin, 'studio/1')), newEvent('codecChanged', 0, tracks, aboutStream(berlin, 'cam1'))]),
  ]).toEqual([serverSubject('a')])
  expect(found()).toEqual(['studio studio/1 critical', 'any studio/1 minor', 'any cam1 minor'])
  expect(found(300_000)).toEqual(['studio studio/1 critical'])
  expect(found(600_000)).toEqual([])
})

test('of an event of many streams a rule for some of them finds those, and one for all finds it once', () => {
  const { addEvents, found } = watching({ id: 'studio', event: 'codecChanged', streams: ['studio/*'] }, { id: 'any', event: 'codecChanged' })
  const paths = ['studio/1', 'studio/2', 'cam1']
  addEvents([newEvent('codecChanged', 0, { count: 3, names: paths, paths }, aboutServer(berlin))])
  expect(found()).toEqual(['studio studio/1 minor', 'studio studio/2 minor', 'any null minor'])
})

test('an event is an alarm no longer where somebody has set the clock back', () => {
  const { addEvents, found } = watching({ id: 'any', event: 'codecChanged' })
  found(86_400_000)
  addEvents([newEvent('codecChanged', 86_400_000, tracks, aboutStream(berlin, 'cam1'))])
  expect(found(0)).toEqual(['any cam1 minor'])
  expect(found(299_999)).toEqual(['any cam1 minor'])
  expect(found(300_000)).toEqual([])
})

test('what was said of the tracks of a stream is over with its broadcast', () => {
  const { addEvents, found } = watching({ id: 'any', event: 'codecChanged' }, { id: 'left', event: 'streamOff' })
  addEvents(['cam1', 'cam2', 'cam3'].map((path) => newEvent('codecChanged', 0, tracks, aboutStream(berlin, path))))
  const gone = ['cam1', 'cam2']
  expect([...addEvents([newEvent('streamOff', 1, { count: 2, names: gone, paths: gone }, aboutServer(berlin))])]).toEqual([serverSubject('a')])
  expect(found(1)).toEqual(['any cam3 minor', 'left null minor'])
  addEvents([newEvent('codecChanged', 2, tracks, aboutStream(berlin, 'cam1'))])
  expect(found(2)).toContain('any cam1 minor')
})
