import { describe, expect, it } from 'vitest'
import { createNaming } from '../../shared/naming.ts'
import { testRow } from './streamRows.fixture.ts'
import { createNameRanks, heldOrder, readSort, sortKeys, sortRows, writeSort } from './streamSort.ts'

const naming = createNaming(['{place}/{n:int}', '{n:int}'])
const sorted = (rows: ReturnType<typeof testRow>[], text: string) =>
  sortRows(rows, readSort(new URLSearchParams(`sort=${text}`)), createNameRanks()(rows), naming).map((row) => row.facts.path)

describe('the order of streams', () => {
  it('brings what is wrong to the front when nothing else is asked', () => {
    const rows = (['live', 'waiting', 'unknown', 'slate', 'stalled', 'gone'] as const).map((state, slot) => testRow(slot, { state, path: state }))
    expect(sorted(rows, '')).toEqual(['gone', 'stalled', 'slate', 'unknown', 'waiting', 'live'])
  })
  it('counts in names as people do', () => {
    expect(sorted([testRow(1, { path: 'cam10' }), testRow(2, { path: 'cam2' }), testRow(3, { path: 'Cam1' })], 'name')).toEqual(['Cam1', 'cam2', 'cam10'])
  })
  it('puts unknown last in both directions', () => {
    const rows = [testRow(1, {}, { rttMs: null }), testRow(2, {}, { rttMs: 5 }), testRow(3, {}, { rttMs: 50 })]
    expect(sorted(rows, 'rtt')).toEqual(['cam2', 'cam3', 'cam1'])
    expect(sorted(rows, '-rtt')).toEqual(['cam3', 'cam2', 'cam1'])
  })
  it('keeps equal rows in order of their names, so that they never change places', () => {
    const rows = [5, 3, 9, 1].map((slot) => testRow(slot, {}, { readers: 0 }))
    expect(sorted(rows, '-readers')).toEqual(['cam1', 'cam3', 'cam5', 'cam9'])
  })
  it('sorts by server, then by name', () => {
    const rows = [
      testRow(1, { serverId: 'b' }, {}, { serverName: 'Wien' }),
      testRow(2, { serverId: 'a' }, {}, { serverName: 'Berlin' }),
      testRow(3, { serverId: 'b' }, {}, { serverName: 'Wien' }),
    ]
    expect(sorted(rows, 'server')).toEqual(['cam2', 'cam1', 'cam3'])
  })
  it('sorts by a field of names: numbers as such, texts as people do, and names without it last', () => {
    const rows = ['b10/9', 'b2/10', 'none', '7'].map((path, slot) => testRow(slot, { path }))
    expect(sorted(rows, 'field:n')).toEqual(['7', 'b10/9', 'b2/10', 'none'])
    expect(sorted(rows, '-field:n')).toEqual(['b2/10', 'b10/9', '7', 'none'])
    expect(sorted(rows, 'field:place')).toEqual(['b2/10', 'b10/9', '7', 'none'])
    expect(sorted(rows, 'field:unheard')).toEqual(['7', 'b2/10', 'b10/9', 'none'])
  })
  it('sees a renamed server', () => {
    const ranks = createNameRanks()
    const before = [testRow(1, { serverId: 'a' }, {}, { serverName: 'A' }), testRow(2, { serverId: 'b' }, {}, { serverName: 'B' })]
    expect(sortRows(before, { key: 'server', descending: false }, ranks(before), naming).map((row) => row.slot)).toEqual([1, 2])
    const after = [testRow(1, { serverId: 'a' }, {}, { serverName: 'Z' }), testRow(2, { serverId: 'b' }, {}, { serverName: 'B' })]
    expect(sortRows(after, { key: 'server', descending: false }, ranks(after), naming).map((row) => row.slot)).toEqual([2, 1])
  })
  it('is not taken in by slots that a new launch of the engine gave to other streams', () => {
    const ranks = createNameRanks()
    const named = (one: string, two: string) => {
      const rows = [testRow(1, { path: one }), testRow(2, { path: two })]
      return sortRows(rows, { key: 'name', descending: false }, ranks(rows), naming).map((row) => row.facts.path)
    }
    expect(named('a', 'b')).toEqual(['a', 'b'])
    expect(named('d', 'c')).toEqual(['c', 'd'])
  })
  it('can be asked by every column and comes back from the URL', () => {
    for (const key of sortKeys) {
      sorted([testRow(1), testRow(2, {}, { rttMs: 2 })], key)
      for (const descending of [false, true]) expect(readSort(writeSort(new URLSearchParams(), { key, descending }))).toEqual({ key, descending })
    }
    expect(readSort(new URLSearchParams('sort=nonsense'))).toEqual({ key: 'state', descending: false })
  })
})

describe('the order while the pointer is over the table', () => {
  it('holds, whatever the figures say, and takes new rows in at the end', () => {
    const rows = [testRow(1), testRow(2), testRow(3), testRow(4)]
    const bySlot = new Map(rows.map((row) => [row.slot, row]))
    expect(heldOrder([3, 1, 2], rows, bySlot).map((row) => row.slot)).toEqual([3, 1, 2, 4])
  })
  it('keeps a row that no longer passes the filter, and lets go of one that does not exist', () => {
    const one = testRow(1)
    const three = testRow(3)
    expect(
      heldOrder(
        [3, 2, 1],
        [one],
        new Map([
          [1, one],
          [3, three],
        ]),
      ).map((row) => row.slot),
    ).toEqual([3, 1])
  })
})
