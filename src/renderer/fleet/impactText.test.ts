import { expect, test } from 'vitest'
import { someIncident } from '../../shared/incidents.fixture.ts'
import { incidentHitText } from './incidentWords.ts'

test('nothing is said of the readers of a stream that only something happened to', () => {
  const two = someIncident({ membersTotal: 2, streams: 1, readers: null })
  expect(incidentHitText({ ...two, kind: 'happened' })).toBe('1 stream')
  expect(incidentHitText({ ...two, kind: 'streamGone' })).toBe('overview.serverHit')
})
