import { expect, it } from 'vitest'
import { goodReading } from './probeReadings.fixture.ts'
import { keyFramesApart } from './probeReadings.ts'

it('a group of pictures that no reading held as a whole tells how far apart key frames are at least', () => {
  const endless = { ...goodReading, gop: null, gopAtLeastMs: 20_000 }
  const silent = { ...goodReading, gop: null }
  const apart = [[goodReading], [endless], [goodReading, endless], [silent], []].map(keyFramesApart)
  expect(apart).toEqual([2, 20, 20, null, null])
})
