import { expect, it } from 'vitest'
import { fitColumns } from './fitColumns.ts'

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
