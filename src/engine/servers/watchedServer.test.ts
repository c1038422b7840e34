import { expect, test } from 'vitest'
import { isForSomeAddresses } from './watchedServer.ts'

const api = [{ action: 'api', path: '' }]
const any = (ips: readonly string[], permissions: readonly object[] = api) => ({ user: 'any', ips, permissions })

test('an API that needs no password is for some addresses only where the configuration says so of all who need none', () => {
  expect(isForSomeAddresses({ authMethod: 'internal', authInternalUsers: [any([], [{ action: 'read', path: '' }]), any(['127.0.0.1', '::1'])] })).toBe(true)
  expect(isForSomeAddresses({ authInternalUsers: [any(['10.0.0.0/8'])] })).toBe(true)
  expect(isForSomeAddresses({ authInternalUsers: [any(['127.0.0.1']), any([])] })).toBe(false)
  expect(isForSomeAddresses({ authInternalUsers: [any([])] })).toBe(false)
})

test.each([
  ['before there were users', {}],
  ['with a password for all', { authInternalUsers: [{ user: 'admin', ips: ['127.0.0.1'], permissions: api }] }],
  ['where somebody else decides', { authMethod: 'http', authInternalUsers: [any(['127.0.0.1'])] }],
  ['that is nonsense', { authMethod: 3, authInternalUsers: [null, 7, { user: 'any', permissions: 'api' }, any([]), 'any'] }],
])('a configuration %s says nothing of addresses', (_, global) => {
  expect(isForSomeAddresses(global)).toBe(false)
})
