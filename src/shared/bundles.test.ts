import { expect, test } from 'vitest'
import { bundleInputSchema } from './bundles.ts'
import { historyContract } from './history.ts'
import { hostSubject, serverSubject, streamSubject } from './subjects.ts'

test('a bundle that is asked for in the older form holds what it names', () => {
  const read = (more: object) => bundleInputSchema.parse({ from: 1, to: 2, ...more })
  expect(read({})).toEqual({ from: 1, to: 2, note: '' })
  expect(read({ serverIds: ['a', 'b'] })).toEqual({ from: 1, to: 2, note: '', of: [serverSubject('a'), serverSubject('b')] })
  const streams = [
    { serverId: 'a', path: 'cam/1' },
    { serverId: 'other', path: 'cam/2' },
  ]
  expect(read({ serverIds: ['a'], streams }).of).toEqual([streamSubject('a', 'cam/1')])
})

test('events are asked for by a subject, or by ids as in older addresses', () => {
  const schema = historyContract.events['~orpc'].inputSchema
  const read = (input: object) => schema?.safeParse(input)
  expect(read({ of: streamSubject('a', 'cam') })?.data).toMatchObject({ of: streamSubject('a', 'cam') })
  expect(read({ serverId: 'a', limit: 3 })?.data).toMatchObject({ of: serverSubject('a'), limit: 3 })
  expect(read({ serverId: 'a', path: 'cam' })?.data).toMatchObject({ of: streamSubject('a', 'cam') })
  expect(read({ serverId: 'host-abcd1234' })?.data).toMatchObject({ of: hostSubject('host-abcd1234') })
  expect(read({ path: 'cam' })?.success, 'of which server?').toBe(false)
})
