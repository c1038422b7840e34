// @vitest-environment happy-dom
import { act, cleanup, render } from '@testing-library/react'
import { createMemoryRouter, RouterProvider } from 'react-router'
import { afterEach, expect, it } from 'vitest'
import { type MomentRouter, startMoment } from './moment.ts'
import { useAddressParams, usePageParams, useSortParam } from './usePageParams.ts'

let stop = () => {}
afterEach(() => {
  cleanup()
  stop()
})

const withParam = (name: string, value: string) => (before: URLSearchParams) => {
  const next = new URLSearchParams(before)
  next.set(name, value)
  return next
}

it('two changes of the address between two drawings are both kept', async () => {
  const changes: { compare?: () => void; range?: () => void; query?: () => void } = {}
  function Page() {
    const [, setAddress] = useAddressParams()
    const [, , setParams] = usePageParams()
    // As an effect with its own dependencies holds them: from the first drawing.
    changes.compare ??= () => setParams(withParam('compare', 'week'))
    changes.range ??= () => setAddress(withParam('range', '6h'), { replace: true })
    changes.query ??= () => setParams(withParam('q', 'gate'))
    return null
  }
  const router = createMemoryRouter([{ path: '*', element: <Page /> }], { initialEntries: ['/history?at=1795250000000'] })
  const stopMoment = startMoment(router as unknown as MomentRouter)
  stop = () => {
    stopMoment()
    router.dispose()
  }
  render(<RouterProvider router={router} />)
  await act(async () => {
    changes.compare?.()
    changes.range?.()
  })
  await act(async () => changes.query?.())
  expect(Object.fromEntries(new URLSearchParams(router.state.location.search))).toEqual({
    at: '1795250000000',
    compare: 'week',
    range: '6h',
    q: 'gate',
  })
})

it('keeps how a table is sorted in the address', async () => {
  let [sort, onSort] = [] as unknown as ReturnType<typeof useSortParam>
  function Page() {
    ;[sort, onSort] = useSortParam()
    return null
  }
  const router = createMemoryRouter([{ path: '*', element: <Page /> }], { initialEntries: ['/hosts?q=gate'] })
  stop = () => router.dispose()
  render(<RouterProvider router={router} />)
  expect(sort).toBeNull()
  for (const [asked, search] of [
    [{ id: 'cpu', descending: true }, '?q=gate&sort=-cpu'],
    [{ id: 'name', descending: false }, '?q=gate&sort=name'],
    [null, '?q=gate'],
  ] as const) {
    await act(async () => onSort(asked))
    expect(router.state.location.search).toBe(search)
    expect(sort).toEqual(asked)
  }
})
