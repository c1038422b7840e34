import { expect, test } from 'vitest'
import type { MetricId } from '../../shared/metrics.ts'
import { type RuleInput, shippedRuleIds } from '../../shared/rules.ts'
import { streamStateCodes } from '../../shared/streams.ts'
import { partOf, serverSubject } from '../../shared/subjectNames.ts'
import { changes, createBreaches } from './breaches.ts'
import { createRuleSet } from './ruleSet.ts'

const { live, gone } = streamStateCodes
const drop: RuleInput = { id: 'drop', metric: 'path.bitrateIn', fallsBy: 50, withinSeconds: 60 }

function watching(input: RuleInput) {
  const rules = createRuleSet(() => ({ server: 'Berlin', host: null, tags: [] }))
  rules.configure([...shippedRuleIds.map((id) => ({ id, enabled: false })), input])
  const finder = createBreaches(changes, rules, () => true)
  /** A poll each ten seconds. */
  const play = (figures: readonly (number | null)[], path = 'cam1', metrics: readonly MetricId[] = ['path.state', 'path.bitrateIn']) =>
    figures.map((figure, place) => {
      const values = Float64Array.of(figure === null ? gone : live, figure ?? Number.NaN)
      finder.addSamples({ owner: serverSubject('a'), at: place * 10_000, parts: [path], metrics, values })
      return Array.from(finder.of('a'), ({ worst, level, subject }) => `${partOf(subject)} ${worst} beyond ${level.limit}`).join()
    })
  /** Another rule changes. */
  const edit = () => {
    rules.configure([...shippedRuleIds.map((id) => ({ id, enabled: false })), input, { id: 'other', metric: 'path.rtt', above: 3 }])
    finder.configure()
  }
  return { finder, play, edit }
}

test('a figure that falls by more than half within a minute is one, until the minute is over', () => {
  const { play } = watching(drop)
  expect(play([100, 90, 49, 49, 49, 49, 49, 49, 49])).toEqual(['', '', ...Array.from({ length: 4 }, () => 'cam1 51 beyond 50'), '', '', ''])
})

test('one that falls as far in more time is none', () => {
  const { play } = watching(drop)
  expect(play(Array.from({ length: 30 }, (_, place) => 100 - place * 3)).slice(0, 12)).toEqual(Array.from({ length: 12 }, () => ''))
})

test('a rise, and a change in either direction, have levels', () => {
  const rise = watching({
    id: 'rise',
    metric: 'path.bitrateIn',
    withinSeconds: 60,
    levels: [
      { risesBy: 50, severity: 'warning' },
      { risesBy: 200, severity: 'major' },
    ],
  })
  expect(rise.play([10, 15, 16, 40])).toEqual(['', '', 'cam1 60 beyond 50', 'cam1 300 beyond 200'])
  const either = watching({ id: 'either', metric: 'path.bitrateIn', withinSeconds: 60, changesBy: 50 })
  expect(either.play([20, 5])).toEqual(['', 'cam1 -75 beyond 50'])
  expect(Array.from(either.finder.findings({ subject: serverSubject('a'), name: 'Berlin', isUp: true }), ({ kind, why }) => ({ kind, why }))).toEqual([
    { kind: 'changedFast', why: { kind: 'changedFast', metric: 'path.bitrateIn', per: null, change: -75, withinMs: 60_000, limit: 50 } },
  ])
})

test('a stream that went and came back begins anew, and from 0 nothing is a part', () => {
  expect(watching(drop).play([100, null, 10, 10])).toEqual(['', '', '', ''])
  expect(watching({ ...drop, fallsBy: undefined, risesBy: 50 }).play([0, 10, 10, 20])).toEqual(['', '', '', ''])
})

test('what figures were is remembered when another rule changes', () => {
  const { play, edit } = watching(drop)
  play([100])
  edit()
  expect(play([40])).toEqual(['cam1 60 beyond 50'])
})

test('a stream that the rule is not for is not remembered', () => {
  const { play } = watching({ ...drop, streams: ['live/*'] })
  expect(play([100, 10])).toEqual(['', ''])
})
