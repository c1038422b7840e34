import { describe, expect, it } from 'vitest'
import { someAlarm } from '../../shared/alarms.fixture.ts'
import { withParams } from '../app/usePageParams.ts'
import { toggled } from '../ui/Chip.tsx'
import { type AlarmFilter, filterParams, filterTest, isFiltered, noFilter, readFilter } from './alarmFilter.ts'

const filter: AlarmFilter = { states: ['unacknowledged', 'shelved'], severities: ['critical'], serverIds: ['a'], text: 'cam 1' }
const passes = (change: Partial<AlarmFilter>) => filterTest({ ...noFilter, ...change }, ({ serverName }) => `Publisher left cam ${serverName}`)(someAlarm())

describe('the filter of alarms', () => {
  it('is read from the address as it was written', () => {
    expect(readFilter(withParams(new URLSearchParams('id=x'), filterParams(filter)))).toEqual(filter)
    expect(withParams(new URLSearchParams('id=x&state=shelved&q=y'), filterParams(noFilter)).toString()).toBe('id=x')
  })
  it('ignores what it does not know', () => {
    expect(readFilter(new URLSearchParams('state=gone,shelved&severity=awful'))).toEqual({ ...noFilter, states: ['shelved'] })
    expect(isFiltered(readFilter(new URLSearchParams('state=gone')))).toBe(false)
  })
  it('lets pass what is in every set that is not empty, and has every word', () => {
    expect(passes({})).toBe(true)
    expect(passes({ states: ['unacknowledged'], severities: ['critical', 'minor'], serverIds: ['a'], text: 'BERLIN left' })).toBe(true)
    expect(passes({ states: ['shelved'] })).toBe(false)
    expect(passes({ severities: ['minor'] })).toBe(false)
    expect(passes({ serverIds: ['b'] })).toBe(false)
    expect(passes({ text: 'berlin arrived' })).toBe(false)
  })
  it('adds and removes values', () => {
    expect(toggled(['a'], 'b')).toEqual(['a', 'b'])
    expect(toggled(['a', 'b'], 'a')).toEqual(['b'])
  })
})
