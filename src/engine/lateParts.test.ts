import { expect, it } from 'vitest'
import { goodReading } from '../shared/probeReadings.fixture.ts'
import { keyFramesApart, noPartsYet } from './lateParts.ts'

it('a group of pictures that no look held as a whole tells how far apart key frames are at least', () => {
  const readings = { whole: goodReading, endless: { ...goodReading, gop: null, gopAtLeastMs: 20_000 }, silent: { ...goodReading, gop: null } }
  const apart = (...probes: readonly (keyof typeof readings)[]) =>
    keyFramesApart({
      ...noPartsYet(),
      alerting: { probedStreams: () => new Map(probes.map((id) => [id, { serverId: 's', path: 'cam' }])) } as never,
      probing: { probes: { get: (id: keyof typeof readings) => ({ reading: readings[id] }) } } as never,
    })('s', 'cam')
  expect([apart('whole'), apart('endless'), apart('whole', 'endless'), apart('silent'), apart()]).toEqual([2, 20, 20, null, null])
})
