import { expect, test } from 'vitest'
import type { RuleInput } from '../../shared/rules.ts'
import { streamStateCodes } from '../../shared/streams.ts'
import { serverSubject } from '../../shared/subjectNames.ts'
import { watching } from './ownRules.fixture.ts'
import { createRuleSet } from './ruleSet.ts'
import { createStates } from './states.ts'

const slate: RuleInput = { id: 'slate', state: 'slate', tags: ['studio'], streams: ['studio/*'], onDelaySeconds: 10, severity: 'critical' }

test('a stream that is in the state for longer than its on-delay is an alarm, and heals once it is in another', async () => {
  const { poll } = watching(slate)
  expect(await poll({ 'studio/1': 'slate', cam: 'slate' })).toEqual([])
  expect(await poll({ 'studio/1': 'live', cam: 'slate' }, 8_000)).toEqual([])
  expect(await poll({ 'studio/1': 'slate', cam: 'slate' })).toEqual([])
  expect(await poll({ 'studio/1': 'slate', cam: 'slate' }, 8_000)).toEqual([])
  expect(await poll({ 'studio/1': 'slate', cam: 'slate' })).toEqual(['slate studio/1 critical Its slate is on air.'])
  expect(await poll({ 'studio/1': 'gone', cam: 'slate' })).toEqual(['slate studio/1 critical healed'])
})

test('while its server is down nothing begins, what lasts can’t be judged, and the on-delay begins anew', async () => {
  const { poll, become, wait } = watching(slate, { ...slate, id: 'gone', state: 'gone', onDelaySeconds: 0 })
  const streams = { 'studio/1': 'slate', 'studio/2': 'gone' } as const
  expect(await poll(streams)).toEqual(['gone studio/2 critical It is gone.'])
  expect(become('down')).toEqual(['gone studio/2 critical It is gone. by server'])
  expect(await wait(60_000)).toEqual(['gone studio/2 critical It is gone. by server'])
  become('up')
  expect(await poll(streams)).toEqual(['gone studio/2 critical It is gone.'])
  expect(await poll(streams, 10_000)).toHaveLength(2)
})

test('that they are unknown is an alarm where a rule asks for it, also of a server that is down, and not of one that is paused', async () => {
  const { poll, become, wait } = watching({ id: 'dark', state: 'unknown', streams: ['studio/*'], onDelaySeconds: 30 })
  expect(await poll({ 'studio/1': 'live', cam: 'live' })).toEqual([])
  become('down')
  expect(await wait(30_000)).toEqual(['dark studio/1 minor Its state is unknown.'])
  become('up')
  expect(await poll({ 'studio/1': 'live', cam: 'live' })).toEqual(['dark studio/1 minor healed'])
  become('paused')
  expect(await wait(30_000)).toEqual(['dark studio/1 minor healed'])
})

test('outside its plan nobody watches for a stream', async () => {
  const { poll, putOffPlan } = watching({ ...slate, onDelaySeconds: 0 })
  putOffPlan('studio/1')
  expect(await poll({ 'studio/1': 'slate', 'studio/2': 'slate' })).toEqual(['slate studio/2 critical Its slate is on air.'])
})

test('a server that is paused for long, or refuses us, is an alarm of its own, and is over with the state', async () => {
  const { become, wait } = watching(
    { id: 'forgotten', serverState: 'paused', onDelaySeconds: 3_600 },
    { id: 'refused', serverState: 'halted', servers: ['Berlin'], severity: 'major' },
    { id: 'elsewhere', serverState: 'halted', servers: ['Hamburg'] },
  )
  become('paused')
  expect(await wait(3_600_000)).toEqual(['forgotten  minor Polling is paused.'])
  expect(become('halted')).toEqual(['forgotten  minor healed', 'refused  major Polling is halted: the credentials are refused.'])
  expect(become('down')).toEqual(['forgotten  minor healed', 'refused  major healed'])
})

test('so is a host', () => {
  const { hostBecomes } = watching({ id: 'locked', hostState: 'waiting' })
  expect(hostBecomes('waiting')).toEqual(['locked  minor The host refuses access.'])
  expect(hostBecomes('down')).toEqual(['locked  minor healed'])
})

test('a rule that is taken out, or watches another state, and is back later, knows nothing of before', () => {
  const rules = createRuleSet(() => null)
  const states = createStates(rules, () => false)
  const configure = (...inputs: readonly RuleInput[]) => {
    rules.configure([...inputs])
    states.configure()
  }
  const ofSlate: RuleInput = { id: 'own', state: 'slate' }
  const found = () => [...states.findings({ subject: serverSubject('a'), name: 'Berlin', isUp: true })].length
  const see = () =>
    states.addSamples?.({ owner: serverSubject('a'), at: 1_000, parts: ['cam'], metrics: ['path.state'], values: Float64Array.of(streamStateCodes.slate) })
  configure(ofSlate)
  see()
  expect(found()).toBe(1)
  configure(ofSlate, { id: 'other', state: 'gone' })
  expect(found()).toBe(1)
  configure()
  configure(ofSlate)
  expect(found()).toBe(0)
  see()
  configure({ ...ofSlate, state: 'gone' })
  expect(found()).toBe(0)
})
