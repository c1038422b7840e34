import { expect, it, test } from 'vitest'
import { fitColumns, nextSort, rowOfKey, sortRows } from './columns.ts'

const columns = [
  { id: 'state', width: 100, rank: 0 },
  { id: 'name', width: 200, rank: 0 },
  { id: 'in', width: 100, rank: 1 },
  { id: 'tracks', width: 150, rank: 3 },
  { id: 'age', width: 50, rank: 2 },
]
const all = new Set(columns.map((column) => column.id))

it('shows every chosen column where there is room', () => expect(fitColumns(columns, all, 600)).toEqual(['state', 'name', 'in', 'tracks', 'age']))
it('drops the least needed first and keeps the order of the rest', () => {
  expect(fitColumns(columns, all, 599)).toEqual(['state', 'name', 'in', 'age'])
  expect(fitColumns(columns, all, 420)).toEqual(['state', 'name', 'in'])
})
it('never drops what says which stream it is and how it is', () => expect(fitColumns(columns, new Set(), 10)).toEqual(['state', 'name']))
it('shows the shorter one of two columns where there is no room for the longer', () => {
  const both = [
    { id: 'name', width: 200, rank: 0 },
    { id: 'worst', width: 90, rank: 0, unless: 'uses' },
    { id: 'uses', width: 250, rank: 5 },
  ]
  expect(fitColumns(both, new Set(['uses']), 450)).toEqual(['name', 'uses'])
  expect(fitColumns(both, new Set(['uses']), 449)).toEqual(['name', 'worst'])
})

test('keys lead by rows and pages, and stay within the table', () => {
  const from = (active: number) => ['ArrowDown', 'ArrowUp', 'PageDown', 'PageUp', 'Home', 'End'].map((key) => rowOfKey(key, active, 100, 20))
  expect(from(50)).toEqual([51, 49, 70, 30, 0, 99])
  expect(from(95)).toEqual([96, 94, 99, 75, 0, 99])
  expect(from(-1)).toEqual([0, 0, 19, 0, 0, 99])
  expect(rowOfKey('a', 50, 100, 20)).toBeNull()
})

test('rows are sorted by figures as such and by texts as people count, what is not known is last in both directions, and equal ones stay as they are', () => {
  const rows = ['cam10 7', 'cam2 7', 'cam1 40', 'cam3 '].map((text) => text.split(' ') as [string, string])
  const columns = [
    { id: 'name', value: ([name]: [string, string]) => name },
    { id: 'figure', value: ([, figure]: [string, string]) => (figure === '' ? null : Number(figure)) },
  ]
  const sorted = (id: string, descending = false) => sortRows(rows, columns, { id, descending }, null).map(([name]) => name)
  expect(sorted('name')).toEqual(['cam1', 'cam2', 'cam3', 'cam10'])
  expect(sorted('figure')).toEqual(['cam10', 'cam2', 'cam1', 'cam3'])
  expect(sorted('figure', true)).toEqual(['cam1', 'cam10', 'cam2', 'cam3'])
  expect(sorted('unheard')).toEqual(['cam10', 'cam2', 'cam1', 'cam3'])
})

test('a heading leads from the direction that its column begins with to the other one and back to the usual order', () => {
  const first = nextSort({ id: 'rtt', numeric: true }, { id: 'name', descending: false })
  expect(first).toEqual({ id: 'rtt', descending: true })
  expect(nextSort({ id: 'rtt', numeric: true }, first)).toEqual({ id: 'rtt', descending: false })
  expect(nextSort({ id: 'rtt', numeric: true }, { id: 'rtt', descending: false })).toBeNull()
  expect(nextSort({ id: 'name' }, null)).toEqual({ id: 'name', descending: false })
})
