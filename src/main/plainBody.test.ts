import { expect, test } from 'vitest'
import { plainBody } from './plainBody.ts'

test('a name with markup is no markup in a notification of Linux, and stays as it is elsewhere', () => {
  const name = '<a href="http://bad.example">cam</a> & co'
  expect(plainBody(name, 'linux')).toBe('‹a href="http://bad.example"›cam‹/a› ＆ co')
  expect(plainBody(name, 'darwin')).toBe(name)
})
