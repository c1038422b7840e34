import { expect, test } from 'vitest'
import { type RuleInput, shippedRuleIds } from '../../shared/rules.ts'
import { streamStateCodes } from '../../shared/streams.ts'
import { partOf, serverSubject } from '../../shared/subjectNames.ts'
import { createAbsentStreams } from './absences.ts'
import { createRuleSet } from './ruleSet.ts'

const { live, gone } = streamStateCodes

function watching(input: RuleInput) {
  const rules = createRuleSet(() => ({ server: 'Berlin', host: null, tags: [] }))
  rules.configure([...shippedRuleIds.map((id) => ({ id, enabled: false })), input])
  const finder = createAbsentStreams(rules)
  const found = (isUp = true) =>
    Array.from(
      finder.findings({ subject: serverSubject('a'), name: 'Berlin', isUp }),
      ({ subject, since, why }) => `${partOf(subject)} since ${since}: ${JSON.stringify(why)}`,
    )
  const poll = (at: number, paths: Readonly<Record<string, readonly [state: number, rtt: number]>>) => {
    const batch = {
      owner: serverSubject('a'),
      at,
      parts: Object.keys(paths),
      metrics: ['path.state', 'path.rtt'],
      values: Float64Array.from(Object.values(paths).flat()),
    } as const
    finder.addSamples?.(batch)
    return found()
  }
  /** Another rule changes. */
  const edit = () => {
    rules.configure([...shippedRuleIds.map((id) => ({ id, enabled: id === 'hostCpu' })), input])
    finder.configure()
  }
  return { poll, found, edit }
}

test('a stream that should be there by its name is its own, and those by a pattern are one of their server', () => {
  const { poll } = watching({ id: 'there', absent: ['cam1', 'news/*', '~^cam[23]$'], servers: ['Berlin'], onDelaySeconds: 5 })
  expect(poll(0, { cam1: [gone, 1], cam3: [live, 1] })).toEqual([])
  expect(poll(5_000, { cam1: [gone, 1], cam3: [live, 1] })).toEqual([
    'cam1 since 0: {"kind":"streamsAbsent","patterns":["cam1"]}',
    'null since 0: {"kind":"streamsAbsent","patterns":["news/*"]}',
  ])
  expect(poll(6_000, { 'news/a': [live, 1], cam2: [live, 1], cam1: [live, 1] })).toEqual([])
})

test('what is absent stays so when another rule changes', () => {
  const { poll, found, edit } = watching({ id: 'there', absent: ['cam1'] })
  const before = poll(0, {})
  edit()
  expect(found()).toEqual(before)
  expect(before).toHaveLength(1)
})

test('what is absent of a server that was down has its time again, and on other servers nothing is', () => {
  const { poll, found } = watching({ id: 'there', absent: ['cam1'], onDelaySeconds: 5 })
  poll(0, {})
  expect(found(false)).toEqual([])
  expect(poll(60_000, {})).toEqual([])
  expect(poll(65_000, {})).toHaveLength(1)
  expect(watching({ id: 'there', absent: ['cam1'], servers: ['Wien'] }).poll(0, {})).toEqual([])
})
