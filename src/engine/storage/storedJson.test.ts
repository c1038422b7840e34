import { expect, test } from 'vitest'
import { storedFacts, storedJson } from './storedJson.ts'

test('facts that were stored by former names are read by the present ones, and texts that look like them stay', () => {
  expect(storedFacts('{"kind":"doorFails","door":"rtsp","said":"the door: \\"door\\" is shut"}')).toEqual({
    kind: 'doorFails',
    endpoint: 'rtsp',
    said: 'the door: "door" is shut',
  })
  expect(storedFacts('{"mistakes":[{"at":"servers.0","key":"url","mistake":{"kind":"empty"}}]}')).toEqual({
    validationErrors: [{ at: 'servers.0', key: 'url', validationError: { kind: 'empty' } }],
  })
  expect(storedFacts('{"judged":["black"]}')).toEqual({ evaluated: ['black'] })
  expect(storedFacts('{"endpoint":"new","door":"old"}')).toEqual({ endpoint: 'new' })
  expect(storedFacts('{')).toBeNull()
  expect(storedFacts(`${'['.repeat(3_500)}${']'.repeat(3_500)}`)).toBeNull()
  // Other JSON is as it was stored: a setting of a media server keeps its name.
  expect(storedJson('{"door":1}')).toEqual({ door: 1 })
})
