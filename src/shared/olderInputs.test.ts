import { expect, test } from 'vitest'
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
