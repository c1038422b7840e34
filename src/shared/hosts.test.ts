import { expect, it } from 'vitest'
import { hostInputSchema } from './hosts.ts'
import { validationErrorOf } from './validationErrors.ts'

const wrongWith = (input: object) => hostInputSchema.safeParse({ name: 'Wien', ssh: null, ...input }).error?.issues.map(validationErrorOf)

it('what is entered too often, too seldom or too long of a host is a mistake with words in every language', () => {
  expect(wrongWith({ intervalSeconds: 0.1 })).toEqual([{ kind: 'notWithin', least: 0.5, most: 3600 }])
  expect(wrongWith({ intervalSeconds: 4000 })).toEqual([{ kind: 'notWithin', least: 0.5, most: 3600 }])
  expect(wrongWith({ name: ' ' })).toEqual([{ kind: 'empty' }])
  expect(wrongWith({ name: 'x'.repeat(101) })).toEqual([{ kind: 'tooLong', most: 100 }])
  expect(wrongWith({ auth: { kind: 'password', password: 'x'.repeat(4097) } })).toEqual([{ kind: 'tooLong', most: 4096 }])
  expect(wrongWith({ auth: { kind: 'key', key: 'x'.repeat(65_537) } })).toEqual([{ kind: 'tooLong', most: 65_536 }])
  expect(wrongWith({ auth: { kind: 'key', keyFile: 'x'.repeat(1001) } })).toEqual([{ kind: 'tooLong', most: 1000 }])
  expect(wrongWith({ knownHostsFile: 'x'.repeat(1001) })).toEqual([{ kind: 'tooLong', most: 1000 }])
  expect(wrongWith({ serverId: '' })).toEqual([{ kind: 'empty' }])
  expect(wrongWith({ serverId: 'x'.repeat(65) })).toEqual([{ kind: 'tooLong', most: 64 }])
  expect(wrongWith({ auth: { kind: 'key', passphrase: 'x'.repeat(4097) } })).toEqual([{ kind: 'tooLong', most: 4096 }])
})
