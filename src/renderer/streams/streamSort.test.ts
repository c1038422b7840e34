import { describe, expect, it } from 'vitest'
import { createNaming } from '../../shared/naming.ts'
import { streamColumns } from './streamColumns.tsx'
import { testRow } from './streamRows.fixture.ts'
import { createNameOrder, heldOrder, sortNamed } from './streamSort.ts'

const naming = createNaming(['{place}/{n:int}', '{n:int}'])
const columns = streamColumns(((key: string) => key) as never, naming)
/** By a column, or by `-column` in descending order. */
const sorted = (rows: ReturnType<typeof testRow>[], by: string, inOrder = createNameOrder()) =>
  sortNamed(inOrder(rows), columns, { id: by.replace(/^-/, ''), descending: by.startsWith('-') }).map((row) => row.facts.path)

describe('the order of streams', () => {
  it('by state brings what is wrong to the front', () => {
    const rows = (['live', 'waiting', 'unknown', 'slate', 'stalled', 'gone'] as const).map((state, slot) => testRow(slot, { state, path: state }))
    expect(sorted(rows, 'state')).toEqual(['gone', 'stalled', 'slate', 'unknown', 'waiting', 'live'])
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
    const inOrder = createNameOrder()
    const of = (nameOfA: string) => [
      testRow(1, { serverId: 'a', path: 'on a' }, {}, { serverName: nameOfA }),
      testRow(2, { serverId: 'b', path: 'on b' }, {}, { serverName: 'B' }),
    ]
    expect(sorted(of('A'), 'server', inOrder)).toEqual(['on a', 'on b'])
    expect(sorted(of('Z'), 'server', inOrder)).toEqual(['on b', 'on a'])
  })
  it('is not taken in by slots that a new launch of the engine gave to other streams', () => {
    const inOrder = createNameOrder()
    expect(sorted([testRow(1, { path: 'a' }), testRow(2, { path: 'b' })], 'name', inOrder)).toEqual(['a', 'b'])
    expect(sorted([testRow(1, { path: 'd' }), testRow(2, { path: 'c' })], 'name', inOrder)).toEqual(['c', 'd'])
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
