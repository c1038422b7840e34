import { expect, test } from 'vitest'
import { endpointOf } from './endpoints.ts'

test('a door is the host and port of an address, the usual port where none is named', () => {
  expect(['rtsp://noc@CAM.example/x', 'rtmp://10.0.0.5/x', 'https://[fe80::1]/x', 'srt://10.0.0.5:8890', 'x'].map(endpointOf)).toEqual([
    'cam.example:554',
    '10.0.0.5:1935',
    '[fe80::1]:443',
    '10.0.0.5:8890',
    null,
  ])
})
