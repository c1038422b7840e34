import { expect, test } from 'vitest'
import { networkSchema } from '../../shared/sessions.ts'
import { readerSession } from '../streams/streams.fixture.ts'
import { sessionMatcher } from './sessionMatcher.ts'

test('an IPv4 network is found however it and the addresses in it are written', () => {
  const server = { id: 'a', name: 'Berlin' }
  for (const address of ['10.1.0.0/16', '10.1.2.3/16', '::ffff:10.1.0.0/112', '0.0.0.0/0', '::ffff:10.1.2.3', '10.1.2.3/32']) {
    const isMeant = sessionMatcher({ address: networkSchema.parse(address) })
    const of = (remoteAddr: string) => isMeant(server, readerSession('cam', 'v', { remoteAddr }))
    expect([of('10.1.2.3:4000'), of('[::ffff:10.1.2.3]:4000'), of('[2001:db8::7]:4000')], address).toEqual([true, true, false])
    expect(of('10.2.2.3:4000'), address).toBe(address === '0.0.0.0/0')
  }
})
