import { expect, test } from 'vitest'
import { bundleChoiceOf, bundledProbeIds } from './bundles.ts'
import { historyContract } from './history.ts'
import { hostSubject, probeSubject, serverSubject, streamSubject } from './subjectNames.ts'

test('the probes that read chosen streams belong to a bundle, and those that are chosen by themselves', () => {
  const reads = new Map([
    ['probe-aaaa', { serverId: 'a', path: 'cam/1' }],
    ['probe-bbbb', { serverId: 'b', path: 'cam/1' }],
  ])
  const chosen = (of?: Parameters<typeof bundledProbeIds>[0]) => bundledProbeIds(of, ['probe-aaaa', 'probe-bbbb', 'probe-cccc'], (id) => reads.get(id))
  expect(chosen()).toEqual(['probe-aaaa', 'probe-bbbb', 'probe-cccc'])
  expect(chosen([serverSubject('a')])).toEqual(['probe-aaaa'])
  expect(chosen([streamSubject('b', 'cam/1'), probeSubject('probe-cccc')])).toEqual(['probe-bbbb', 'probe-cccc'])
  expect(chosen([streamSubject('b', 'cam/2')])).toEqual([])
  expect(chosen([])).toEqual([])
})

test('a bundle of single streams has the figures of their server, and nothing of its other streams', () => {
  const choice = bundleChoiceOf({ of: [serverSubject('a'), streamSubject('b', 'cam/1')], probes: ['probe-aaaa'] })
  expect([choice.isWholeFleet, choice.hasServer('a'), choice.hasServer('b'), choice.hasOwn('b'), choice.hasOwn('c')]).toEqual([false, true, false, true, false])
  expect([choice.hasStream('a', 'x'), choice.hasStream('b', 'cam/1'), choice.hasStream('b', 'x')]).toEqual([true, true, false])
  expect([choice.hasProbe('probe-aaaa'), choice.hasProbe('probe-bbbb')]).toEqual([true, false])
})

test('events are asked for by a subject, or by ids as in older addresses', () => {
  const schema = historyContract.events['~orpc'].inputSchema
  const read = (input: object) => schema?.safeParse(input)
  expect(read({ of: streamSubject('a', 'cam') })?.data).toMatchObject({ of: streamSubject('a', 'cam') })
  expect(read({ serverId: 'a', limit: 3 })?.data).toMatchObject({ of: serverSubject('a'), limit: 3 })
  expect(read({ serverId: 'a', path: 'cam' })?.data).toMatchObject({ of: streamSubject('a', 'cam') })
  expect(read({ serverId: 'host-abcd1234' })?.data).toMatchObject({ of: hostSubject('host-abcd1234') })
  expect(read({ path: 'cam' })?.success, 'of which server?').toBe(false)
})
