import { expect, test } from 'vitest'
import { storedJson } from './storedJson.ts'

test('facts that were stored by former names are read by the present ones, and texts that look like them stay', () => {
  expect(storedJson('{"kind":"doorFails","door":"rtsp","said":"the door: \\"door\\" is shut"}')).toEqual({
    kind: 'doorFails',
    endpoint: 'rtsp',
    said: 'the door: "door" is shut',
  })
  expect(storedJson('{"mistakes":[{"at":"servers.0","key":"url","mistake":{"kind":"empty"}}]}')).toEqual({
    validationErrors: [{ at: 'servers.0', key: 'url', validationError: { kind: 'empty' } }],
  })
  expect(storedJson('{"judged":["black"]}')).toEqual({ evaluated: ['black'] })
  expect(storedJson('{')).toBeNull()
})
