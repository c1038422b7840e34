import { expect, test } from 'vitest'
import { storedJson } from './storedJson.ts'

test('what was stored comes back as it was, and what is damaged or nested too deeply is nothing', () => {
  expect(storedJson('{"kind":"endpointFails","door":1}')).toEqual({ kind: 'endpointFails', door: 1 })
  expect(storedJson('{')).toBeNull()
  expect(storedJson(null)).toBeNull()
  expect(storedJson(`${'['.repeat(3_500)}${']'.repeat(3_500)}`)).toBeNull()
})
