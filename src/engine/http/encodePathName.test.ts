import { expect, it } from 'vitest'
import { encodePathName } from './serverPool.ts'

it('keeps "/" in path names and encodes the rest', () => {
  expect(encodePathName('site/north gate/ü?#%')).toBe('site/north%20gate/%C3%BC%3F%23%25')
})
