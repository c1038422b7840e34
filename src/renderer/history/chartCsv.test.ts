import { expect, it } from 'vitest'
import { chartCsv } from './chartCsv.ts'
import { fromHistory } from './joinSeries.ts'
import { streamLanes } from './lanes.ts'

it('exports lanes a row a bucket, unknown as nothing', () => {
  const lanes = streamLanes.slice(0, 2)
  const csv = chartCsv({
    lanes,
    series: [
      fromHistory({ at: [0, 2000], min: [1, 2], mean: [1, 2], max: [1, 2], gaps: [], tier: 'samples' }),
      fromHistory({ at: [300, 1000], min: [7, 0], mean: [7, 5], max: [7, 9], gaps: [], tier: 'minutes' }),
    ],
    bucketMs: 1000,
    from: 0,
  })
  expect(csv.split('\r\n').slice(1, 4)).toEqual([
    '1970-01-01T00:00:00.000Z,1,1,1,samples,7,7,7,minutes',
    '1970-01-01T00:00:01.000Z,,,,,0,5,9,minutes',
    '1970-01-01T00:00:02.000Z,2,2,2,samples,,,,',
  ])
  expect(csv).toMatch(/^at,path\.bitrateIn_min_bps,/)
})
