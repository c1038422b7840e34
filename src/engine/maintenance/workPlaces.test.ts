import { expect, test } from 'vitest'
import { probeSubject, streamSubject } from '../../shared/subjectNames.ts'
import { workPlacesBy } from './maintenance.ts'

const placeOf = workPlacesBy({
  placeOf: (subject) => ('serverId' in subject ? { server: 'north', tags: ['core'] } : { server: null, tags: ['league'] }),
  server: (id) => (id === 'srv-1' ? { name: 'north', tags: ['core'] } : null),
  probed: () => new Map([['prb-1', { serverId: 'srv-1', path: 'cam1' }]]),
})

test('a probe is where the stream is that it reads, with its own tags besides', () => {
  expect(placeOf(streamSubject('srv-1', 'cam1'))).toEqual({ name: 'north', tags: ['core'], path: 'cam1' })
  expect(placeOf(probeSubject('prb-1'))).toEqual({ name: 'north', tags: ['league', 'core'], path: 'cam1' })
  // Of an address elsewhere.
  expect(placeOf(probeSubject('prb-2'))).toEqual({ name: '', tags: ['league'], path: null })
})
