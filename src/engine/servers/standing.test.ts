import { expect, it } from 'vitest'
import { startAt } from '../streams/streams.fixture.ts'
import { watchPlayedServer } from './playedServer.fixture.ts'

const dayMs = 86_400_000
const minute = 60_000
const certificate = (fingerprint: string, days: number) => ({ fingerprint, validTo: startAt + days * dayMs })

it('a server shows its certificate, and for how many days it is valid', async () => {
  await using watched = await watchPlayedServer()
  const { clock, network, shown, sample } = watched
  expect([shown().certificate, sample('Berlin', 'server.certificateDays')]).toEqual([undefined, Number.NaN])
  network.certificate = certificate('AA:01', 10)
  await clock.advance(5_000)
  expect(shown().certificate).toEqual(certificate('AA:01', 10))
  expect(sample('Berlin', 'server.certificateDays')).toBeCloseTo(10, 2)
  network.certificate = { fingerprint: 'AA:01', validTo: null }
  await clock.advance(5_000)
  expect(sample('Berlin', 'server.certificateDays')).toBe(Number.NaN)
})

it('a renewed certificate is seen within the hour though the connection lasts, and is one event', async () => {
  await using watched = await watchPlayedServer()
  const { clock, network, shown, events } = watched
  network.certificate = network.newCertificate = certificate('AA:01', 2)
  const changes = () => events.filter(({ kind }) => kind === 'certificateChanged').map(({ facts }) => facts)
  await clock.advance(61 * minute)
  expect(changes()).toEqual([])
  network.newCertificate = certificate('BB:02', 90)
  await clock.advance(61 * minute)
  expect(changes()).toEqual([{ before: 'AA:01', after: 'BB:02', validTo: startAt + 90 * dayMs }])
  expect(shown().certificate?.fingerprint).toBe('BB:02')
  await clock.advance(2 * minute)
  expect(changes()).toHaveLength(1)
})

it('a server that was open to all is asked again, and is not once somebody closed it', async () => {
  await using watched = await watchPlayedServer()
  const { clock, network, pause, shown } = watched
  expect(shown().openToAll).toBe(false)
  network.isOpen = true
  pause('Berlin', true)
  await clock.advance(5_000)
  pause('Berlin', false)
  await clock.advance(5_000)
  expect(shown().openToAll).toBe(true)
  network.isOpen = false
  await clock.advance(11 * minute)
  expect(shown().openToAll).toBe(false)
})
