import { expect, test } from 'vitest'
import { deviceSubject, hostSubject, serverSubject, streamSubject } from '../../../shared/subjectNames.ts'
import { fromStored, ownerKindOf, toStored } from './protocol.ts'

test('every kind of subject comes back as it went into the store', () => {
  const id = '0b5c1f1e-7a52-4a39-9d9e-8f4d3f1f0a11'
  for (const subject of [serverSubject(id), streamSubject(id, 'cam/1'), hostSubject('host-abcd1234'), deviceSubject('host-abcd1234', 'net:eth0')]) {
    const stored = toStored(subject)
    expect(fromStored(stored)).toEqual(subject)
    expect(ownerKindOf(stored.ownerId)).toBe(subject.kind === 'host' || subject.kind === 'device' ? 'host' : 'server')
  }
})
