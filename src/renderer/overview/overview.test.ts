import { describe, expect, it } from 'vitest'
import { someServer } from '../../shared/servers.fixture.ts'
import { markOfEvent } from '../fleet/eventMarks.ts'
import { worstFirst } from '../fleet/fleetFigures.ts'
import { someChanges, someFacts } from '../fleet/fleetState.fixture.ts'
import { createFleetState } from '../fleet/fleetState.ts'
import { cutAtName, worstOfServer } from './worstOfServer.ts'

function rowsOf(...streams: Parameters<typeof someFacts>[]) {
  const state = createFleetState()
  state.apply(someChanges({ reset: true, servers: [someServer('a')], streams: streams.map((each) => someFacts(...each)) }))
  return state.rows()
}

describe('worstOfServer', () => {
  it('tells the worst severity, how many have it, and how many are in trouble', () => {
    expect(worstOfServer(rowsOf([0, 'a', { severity: 'major' }], [1, 'b', { severity: 'critical' }], [2, 'c', { severity: 'critical' }], [3, 'd']))).toEqual({
      severity: 'critical',
      atWorst: 2,
      count: 3,
    })
    expect(worstOfServer(rowsOf([0, 'a']))).toEqual({ severity: null, atWorst: 0, count: 0 })
  })
})

describe('worstFirst', () => {
  it('puts servers that do not answer first and paused ones last, the rest as they came', () => {
    expect(
      worstFirst([
        someServer('a'),
        someServer('b', { state: 'paused' }),
        someServer('c', { state: 'down' }),
        someServer('d'),
        someServer('e', { state: 'halted' }),
      ]).map(({ id }) => id),
    ).toEqual(['c', 'e', 'a', 'd', 'b'])
  })
})

describe('events', () => {
  it('cuts a sentence at the name it is about', () => {
    expect(cutAtName('The stream cam-1 is live.', 'cam-1')).toEqual(['The stream ', 'cam-1', ' is live.'])
    expect(cutAtName('All is well.', 'cam-1')).toEqual(['', '', 'All is well.'])
    expect(cutAtName('All is well.', null)).toEqual(['', '', 'All is well.'])
  })
  it('gives kinds of a newer engine a mark too', () => {
    expect(markOfEvent('somethingNew')).toBe('warning')
  })
})
