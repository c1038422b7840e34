import { expect, it } from 'vitest'
import { reasonText } from './reasonText.ts'

it('says with one sign how far loudness is off its target', () => {
  const off = (value: number) => reasonText({ kind: 'limitCrossed', metric: 'probe.loudnessOffset', per: null, side: 'beyond', value, limit: 6 }, 'en')
  expect([off(-24.8), off(7.5)]).toEqual(['24.8 LU softer than the target; the limit is 6 LU.', '7.5 LU louder than the target; the limit is 6 LU.'])
})
