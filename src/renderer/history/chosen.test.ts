import { expect, it } from 'vitest'
import { deviceSubject, hostSubject, probeSubject, type Subject, serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import { mostChosen, readChosen, writeChosen } from './chosen.ts'

const chosen: readonly Subject[] = [
  serverSubject('berlin-1'),
  streamSubject('a/b', 'studio/cam 1&x=y'),
  hostSubject('host-abcd1234'),
  deviceSubject('host-abcd1234', 'disk:/srv/records'),
  probeSubject('probe-abcd1234'),
]
it('comes back as it was written, whatever names hold, and leaves the rest alone', () => {
  const params = writeChosen(new URLSearchParams('range=24h&of=old&at=5'), chosen)
  expect(readChosen(new URLSearchParams(params.toString()))).toEqual(chosen)
  expect([params.get('range'), params.get('at')]).toEqual(['24h', null])
})
it('passes over what cannot be read, what stands twice, and what is too much', () => {
  expect(readChosen(new URLSearchParams('of=&of=/x&of=%25E0%25&of=a&of=a'))).toEqual([serverSubject('a')])
  const many = new URLSearchParams(Array.from({ length: 20 }, (_, index) => ['of', `s${index}`]))
  expect(readChosen(many)).toHaveLength(mostChosen)
})
