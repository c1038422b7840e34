import { expect, it } from 'vitest'
import { fitColumns } from './columns.ts'

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
