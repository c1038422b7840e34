import { describe, expect, it } from 'vitest'
import { createNaming } from '../../shared/naming.ts'
import { facetCounts, filterTest, isFiltered, noFilter, readFilter, type StreamFilter, toggled, writeFilter } from './streamFilter.ts'
import { testRow } from './streamRows.fixture.ts'

const tags: Record<string, readonly string[]> = { a: ['studio', 'north'], b: ['studio'], c: [] }
const tagsOf = (serverId: string) => tags[serverId] ?? []
const rows = [
  testRow(1, { serverId: 'a', path: 'north/gate', state: 'gone', sourceType: 'srtConn' }, {}, { serverName: 'Berlin', severity: 'critical' }),
  testRow(2, { serverId: 'b', path: 'hall', sourceType: 'rtspSource', publisher: '10.0.0.7' }, {}, { serverName: 'Wien' }),
  testRow(3, { serverId: 'c', path: 'yard', state: 'stalled', sourceType: null }, {}, { serverName: 'Wien' }),
]
const naming = createNaming(['{place}/{camera}'])
const shown = (filter: Partial<StreamFilter>) => rows.filter(filterTest({ ...noFilter, ...filter }, tagsOf, naming)).map((row) => row.slot)

describe('the filter of streams', () => {
  it('lets everything through when empty', () => expect(shown({})).toEqual([1, 2, 3]))
  it('takes values of one set as alternatives and adds sets up', () => {
    expect(shown({ states: ['gone', 'stalled'] })).toEqual([1, 3])
    expect(shown({ states: ['gone', 'stalled'], serverIds: ['c'] })).toEqual([3])
    expect(shown({ tags: ['north'] })).toEqual([1])
    expect(shown({ sources: ['SRT', 'none'] })).toEqual([1, 3])
  })
  it('lists by severity of trouble, as the counters above link to it', () => expect(shown({ severities: ['critical'] })).toEqual([1]))
  it('finds every word in name, server or publisher, whatever its case', () => {
    expect(shown({ text: 'BERLIN gate' })).toEqual([1])
    expect(shown({ text: '10.0.0.7' })).toEqual([2])
    expect(shown({ text: 'berlin hall' })).toEqual([])
  })
  it('takes values of one field of names as alternatives, and finds a field with its value', () => {
    expect(shown({ fields: ['place=north'] })).toEqual([1])
    expect(shown({ fields: ['place=north', 'place=south'] })).toEqual([1])
    expect(shown({ fields: ['place=north', 'camera=hall'] })).toEqual([])
    expect(shown({ fields: ['constructor=x'] })).toEqual([])
    expect(shown({ text: 'camera=gate' })).toEqual([1])
    expect([...(facetCounts(rows, tagsOf, naming).fields.get('place') ?? [])]).toEqual([['north', 1]])
  })
  it('comes back from the URL as it was, with commas and ampersands in names', () => {
    const filter: StreamFilter = {
      severities: ['critical', 'minor'],
      states: ['gone', 'live'],
      serverIds: ['a', 'b'],
      tags: ['a,b&c=d', 'x'],
      sources: ['SRT'],
      fields: ['place=a,b&c=d'],
      text: 'über + 100 %',
    }
    expect(readFilter(new URLSearchParams(writeFilter(new URLSearchParams('sort=-rtt&state=slate'), filter).toString()))).toEqual(filter)
    expect(writeFilter(new URLSearchParams('sort=-rtt&state=slate'), noFilter).toString()).toBe('sort=-rtt')
  })
  it('passes over states that do not exist', () =>
    expect(readFilter(new URLSearchParams('state=gone,purple&severity=dreadful,major'))).toEqual({ ...noFilter, states: ['gone'], severities: ['major'] }))
  it('toggles', () => {
    const on = toggled(noFilter, 'states', 'gone')
    expect(on.states).toEqual(['gone'])
    expect(isFiltered(on)).toBe(true)
    expect(isFiltered(toggled(on, 'states', 'gone'))).toBe(false)
  })
  it('counts what each chip would show', () => {
    const counts = facetCounts(rows, tagsOf, naming)
    expect(counts.states.get('gone')).toBe(1)
    expect(counts.servers.get('b')).toBe(1)
    expect([...counts.tags]).toEqual([
      ['studio', 2],
      ['north', 1],
    ])
    expect(counts.sources.get('RTSP')).toBe(1)
  })
})
