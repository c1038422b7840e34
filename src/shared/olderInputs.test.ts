import { expect, test } from 'vitest'
import { bundleInputSchema } from './bundles.ts'
import { historyContract } from './history.ts'
import { serverSubject, streamSubject } from './subjectNames.ts'

const eventFilterOf = (input: unknown) => historyContract.events['~orpc'].inputSchema?.parse(input)

/** As REST hands it on: each key of the schema is there, those that were left out as undefined. */
const leftOut = { of: undefined, kinds: undefined, from: undefined, to: undefined, before: undefined }

test('events asked for by an id in the address are those of that server or stream', () => {
  expect(eventFilterOf({ ...leftOut, serverId: 'a' })).toMatchObject({ of: serverSubject('a') })
  expect(eventFilterOf({ ...leftOut, serverId: 'a', path: 'cam' })).toMatchObject({ of: streamSubject('a', 'cam') })
  expect(eventFilterOf({ serverId: 'a', of: serverSubject('b') })).toMatchObject({ of: serverSubject('b') })
})

test('a bundle asked for by ids of servers holds those only', () => {
  const span = { from: 1, to: 2, of: undefined, streams: undefined }
  expect(bundleInputSchema.parse({ ...span, serverIds: ['a'] })).toMatchObject({ of: [serverSubject('a')] })
  expect(bundleInputSchema.parse({ ...span, serverIds: ['a'], streams: [{ serverId: 'a', path: 'cam' }] })).toMatchObject({ of: [streamSubject('a', 'cam')] })
})
