import { expect, test } from 'vitest'
import { storedJson } from './storedJson.ts'

test('what is no JSON, or nested too deeply, is nothing', () => {
  expect(storedJson('{"a":[1,null]}')).toEqual({ a: [1, null] })
  expect(storedJson('{')).toBeNull()
  expect(storedJson(`${'['.repeat(3_500)}${']'.repeat(3_500)}`)).toBeNull()
})
