// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, within } from '@testing-library/react'
import { afterEach, expect, it, onTestFinished, vi } from 'vitest'
import type { Column } from './columns.ts'
import { csvOf } from './columns.ts'
import { DataTable } from './DataTable.tsx'

interface Camera {
  readonly name: string
  readonly bps: number | null
}
const cameras: readonly Camera[] = [
  { name: 'cam10', bps: 300 },
  { name: 'cam2', bps: null },
  { name: 'cam1', bps: 2000 },
]
const columns: readonly Column<Camera>[] = [
  { id: 'name', head: 'Name', rank: 0, width: 100, share: 1, value: ({ name }) => name, cell: ({ name }) => name, csv: { name: ({ name }) => name } },
  {
    id: 'bps',
    head: 'Rate',
    tip: 'Bits a second',
    rank: 1,
    width: 80,
    numeric: true,
    value: ({ bps }) => bps,
    cell: ({ bps }) => bps ?? '–',
    csv: { bps: ({ bps }) => bps },
  },
]
const keyOf = ({ name }: Camera) => name
const base = { label: 'Cameras', columns, rows: cameras, keyOf, context: null }
const firstCells = () =>
  screen
    .getAllByRole('row')
    .slice(1)
    .flatMap((row) => within(row).queryAllByRole('cell')[0]?.textContent ?? [])
const head = (name: string) => screen.getByRole('columnheader', { name })
const click = (name: string) => fireEvent.click(within(head(name)).getByRole('button'))

afterEach(cleanup)

it('shows rows in the order in which they come, and says how many there are', () => {
  render(<DataTable {...base} />)
  expect(firstCells()).toEqual(['cam10', 'cam2', 'cam1'])
  expect(screen.getByRole('table', { name: 'Cameras' }).getAttribute('aria-rowcount')).toBe('4')
})

it('sorts names as people count, and a third click gives the usual order back', () => {
  render(<DataTable {...base} />)
  click('Name')
  expect(firstCells()).toEqual(['cam1', 'cam2', 'cam10'])
  expect(head('Name').getAttribute('aria-sort')).toBe('ascending')
  click('Name')
  expect(firstCells()).toEqual(['cam10', 'cam2', 'cam1'])
  expect(head('Name').getAttribute('aria-sort')).toBe('descending')
  click('Name')
  expect(head('Name').getAttribute('aria-sort')).toBe('none')
})

it('begins figures with the largest, and what is not known stands last in either direction', () => {
  render(<DataTable {...base} />)
  click('Rate')
  expect(firstCells()).toEqual(['cam1', 'cam10', 'cam2'])
  click('Rate')
  expect(firstCells()).toEqual(['cam10', 'cam1', 'cam2'])
})

it('leaves the order to whoever owns the rows, and tells what was asked for', () => {
  const onSort = vi.fn()
  const { rerender } = render(<DataTable {...base} sort={null} onSort={onSort} />)
  click('Rate')
  expect(onSort).toHaveBeenLastCalledWith({ id: 'bps', descending: true })
  expect(firstCells()).toEqual(['cam10', 'cam2', 'cam1'])
  rerender(<DataTable {...base} sort={{ id: 'bps', descending: true }} onSort={onSort} />)
  expect(head('Rate').getAttribute('aria-sort')).toBe('descending')
  click('Rate')
  expect(onSort).toHaveBeenLastCalledWith({ id: 'bps', descending: false })
  rerender(<DataTable {...base} sort={{ id: 'bps', descending: false }} onSort={onSort} />)
  click('Rate')
  expect(onSort).toHaveBeenLastCalledWith(null)
})

it('is walked through by arrows and opened by Enter, and the chosen row is the same one wherever it moves', () => {
  const onOpen = vi.fn()
  const { rerender } = render(<DataTable {...base} onOpen={onOpen} />)
  const grid = screen.getByRole('grid', { name: 'Cameras' })
  const chosen = () => screen.getAllByRole('row').find((row) => row.getAttribute('aria-selected') === 'true')
  fireEvent.keyDown(grid, { key: 'ArrowDown' })
  fireEvent.keyDown(grid, { key: 'ArrowDown' })
  expect(chosen()?.textContent).toContain('cam2')
  expect(grid.getAttribute('aria-activedescendant')).toBe(chosen()?.id)
  rerender(<DataTable {...base} rows={cameras.toReversed()} onOpen={onOpen} />)
  expect(chosen()?.textContent).toContain('cam2')
  fireEvent.keyDown(grid, { key: 'Enter' })
  expect(onOpen).toHaveBeenLastCalledWith(cameras[1])
  fireEvent.keyDown(grid, { key: 'End' })
  fireEvent.keyDown(grid, { key: 'Enter' })
  expect(onOpen).toHaveBeenLastCalledWith(cameras[0])
})

it('opens a row by a click, but not by one on a link or button inside', () => {
  const onOpen = vi.fn()
  const linked: Column<Camera> = { id: 'link', head: 'Link', rank: 0, width: 10, cell: () => <a href="#there">there</a> }
  render(<DataTable {...base} columns={[...columns, linked]} onOpen={onOpen} />)
  fireEvent.click(screen.getAllByText('there')[0] as HTMLElement)
  expect(onOpen).not.toHaveBeenCalled()
  fireEvent.click(screen.getByText('cam2'))
  expect(onOpen).toHaveBeenCalledExactlyOnceWith(cameras[1])
})

it('holds its order while somebody points or walks, and lets go when he leaves', () => {
  const hold = { take: vi.fn(), release: vi.fn() }
  render(<DataTable {...base} onOpen={() => {}} hold={hold} />)
  const grid = screen.getByRole('grid')
  fireEvent.keyDown(grid, { key: 'ArrowDown' })
  expect(hold.take).toHaveBeenCalledTimes(1)
  fireEvent.blur(grid)
  expect(hold.release).toHaveBeenCalledTimes(1)
})

it('says why a row has no figures in the place of its figures', () => {
  render(<DataTable {...base} span={({ bps }) => (bps === null ? { from: 'bps', cell: 'no answer' } : null)} />)
  expect(screen.getByRole('row', { name: /cam2/ }).textContent).toBe('cam2no answer')
  expect(screen.queryByText('–')).toBeNull()
})

it('says that there is nothing where there are no rows, with its headings in place', () => {
  render(<DataTable {...base} rows={[]} empty="No cameras" />)
  expect(screen.getByText('No cameras')).toBeTruthy()
  expect(head('Name')).toBeTruthy()
})

it('of 10,000 rows it draws those in sight only', () => {
  // Nothing is laid out here: the height of a window is lent.
  const height = vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(600)
  onTestFinished(() => height.mockRestore())
  const many = Array.from({ length: 10_000 }, (_, index) => ({ name: `cam${index}`, bps: index }))
  render(<DataTable {...base} rows={many} rowPx={34} sort={null} onSort={() => {}} />)
  expect(firstCells()[0]).toBe('cam0')
  expect(screen.getAllByRole('row').length).toBeLessThan(60)
  expect(screen.getByRole('table').getAttribute('aria-rowcount')).toBe('10001')
})

it('gives a spreadsheet plain figures, and nothing for what is not known', () => {
  expect(csvOf(columns, cameras, null)).toBe('name,bps\r\ncam10,300\r\ncam2,\r\ncam1,2000\r\n')
})

it('can be scrolled by keys, also if its rows lead nowhere', () => {
  const isReached = () => screen.getByRole('table').tabIndex === 0
  const { rerender } = render(<DataTable {...base} rowPx={30} />)
  expect(isReached()).toBe(true)
  rerender(<DataTable {...base} />)
  expect(isReached()).toBe(false)
})
