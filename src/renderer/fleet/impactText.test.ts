import type { TFunction } from 'i18next'
import { expect, test } from 'vitest'
import { someIncident } from '../../shared/incidents.fixture.ts'
import { incidentHitText } from './incidentWords.ts'

test('nothing is said of the readers of a stream that only something happened to', () => {
  const t = ((id: string) => id) as unknown as TFunction
  const two = someIncident({ membersTotal: 2, streams: 1, readers: null })
  expect(incidentHitText({ ...two, kind: 'happened' }, t, 'en')).toBe('1 stream')
  expect(incidentHitText({ ...two, kind: 'streamGone' }, t, 'en')).toBe('overview.serverHit')
})
