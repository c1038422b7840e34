import { expect, test } from 'vitest'
import { nextPlace, readWallAddress, writeWallAddress } from './wallAddress.ts'

const read = (text: string) => readWallAddress(new URLSearchParams(text))

test('an address without anything is the penalty wall, which stands still', () => {
  expect(read('')).toEqual({ wall: 'penalty', page: 0, rotate: null, over: 'pages', full: false, edit: null })
})

test('what an address says comes back as it was written', () => {
  const address = { wall: 'w1', page: 2, rotate: 30, over: 'walls', full: true, edit: 'new' } as const
  expect(readWallAddress(writeWallAddress(new URLSearchParams(), address))).toEqual(address)
})

test('nonsense in an address does no harm', () => {
  expect(read('page=-3&rotate=0.001&over=x')).toMatchObject({ page: 0, rotate: 5, over: 'pages' })
  expect(read('page=2.5&rotate=NaN')).toMatchObject({ page: 0, rotate: null })
  expect(read('rotate=1e99')).toMatchObject({ rotate: 3_600 })
})

test('another wall begins with its first page', () => {
  expect(writeWallAddress(new URLSearchParams('wall=a&page=3&rotate=30'), { wall: 'b' }).toString()).toBe('wall=b&rotate=30')
})

test('after the last page comes the first, or the next wall; backwards it is the other way round', () => {
  const ids = ['a', 'b']
  expect(nextPlace({ wall: 'a', page: 0, over: 'pages' }, 2, ids)).toEqual({ wall: 'a', page: 1 })
  expect(nextPlace({ wall: 'a', page: 1, over: 'pages' }, 2, ids)).toEqual({ wall: 'a', page: 0 })
  expect(nextPlace({ wall: 'a', page: 1, over: 'walls' }, 2, ids)).toEqual({ wall: 'b', page: 0 })
  expect(nextPlace({ wall: 'b', page: 0, over: 'walls' }, 1, ids)).toEqual({ wall: 'a', page: 0 })
  expect(nextPlace({ wall: 'a', page: 0, over: 'pages' }, 3, ids, -1)).toEqual({ wall: 'a', page: 2 })
  expect(nextPlace({ wall: 'a', page: 0, over: 'walls' }, 3, ids, -1)).toEqual({ wall: 'b', page: 0 })
})

test('from a wall that was removed meanwhile it goes on with the first one', () => {
  expect(nextPlace({ wall: 'gone', page: 0, over: 'walls' }, 3, ['a', 'b'])).toEqual({ wall: 'a', page: 0 })
  expect(nextPlace({ wall: 'gone', page: 0, over: 'walls' }, 1, ['a', 'b'], -1)).toEqual({ wall: 'a', page: 0 })
})
