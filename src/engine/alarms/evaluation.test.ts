import { expect, test } from 'vitest'
import { createTestClock } from '../../clock/testClock.ts'
import { aboutHost, aboutServer, type NewEvent, newEvent } from '../../shared/events.ts'
import { someHost } from '../../shared/hosts.fixture.ts'
import { someServer } from '../../shared/servers.fixture.ts'
import { serverSubject } from '../../shared/subjectNames.ts'
import { createStreamsFixture, livePath, publisherSession } from '../streams/streams.fixture.ts'
import { createEvaluation } from './evaluation.ts'

const noSrt = {
  rttMs: null,
  rateMbps: 4,
  linkCapacityMbps: 100,
  packetsLoss: 0,
  packetsRetransmitted: 0,
  packetsDropped: 0,
  packetsBelated: 0,
  packetsUndecryptable: 0,
  latencyMs: null,
  receiveBufferMs: 100,
}
const startAt = Date.UTC(2026, 10, 14)
const host = someHost({ state: 'waiting', stateSince: startAt })
/** The machine under the server, which was read all the time. */
const machine = someHost({ id: 'host-bbbb0000', serverId: 'a', state: 'up', stateSince: startAt - 3_600_000 })
const berlin = { id: 'a', name: 'Berlin' }

/** Rules that make an alarm of what happens to a host that refuses us and to a server that came back when the test began. */
function foundOf(...events: readonly NewEvent[]) {
  const evaluation = createEvaluation({
    clock: createTestClock(startAt),
    server: (id) => (id === 'a' ? someServer('a', { stateSince: startAt }) : null),
    host: (id) => [host, machine].find((one) => one.id === id) ?? null,
    streams: {
      eachTroubledOf: () => [],
      wellness: () => 'well',
      hasVideo: () => true,
      isOffPlan: () => false,
      forwardFailure: () => null,
      lostTogether: () => null,
      losesPackets: () => true,
    },
    ownTroubles: null,
  })
  return Array.from(evaluation.addEvents(events), (owner) => Array.from(evaluation.conditionsOf(owner)?.findings() ?? [], ({ rule }) => rule)).flat()
}

test('a server that restarts or changes its version comes back with that; another certificate then is an alarm', () => {
  const restarted = newEvent('serverRestarted', startAt, { startedAt: startAt }, aboutServer(berlin))
  const upgraded = newEvent('serverUpgraded', startAt, { before: 'v1.20.0', after: 'v1.20.1' }, aboutServer(berlin))
  const certificate = newEvent('certificateChanged', startAt, { before: 'AA', after: 'BB', validTo: null }, aboutServer(berlin))
  expect(foundOf(restarted, upgraded, certificate)).toEqual(['certificateChanged'])
})

test('a server that was restarted since it came back was restarted once more', () => {
  const again = newEvent('serverRestarted', startAt + 9_000, { startedAt: startAt + 8_000 }, aboutServer(berlin))
  expect(foundOf(again)).toEqual(['serverRestarted'])
})

test('another key of a host is an alarm, though the host is not read because of it', () => {
  const error = { kind: 'hostKeyChanged', user: 'noc', said: null, fingerprint: 'BB', knownFingerprint: 'AA', keyType: null, target: '10.0.0.5:22' } as const
  expect(foundOf(newEvent('hostKeyChanged', startAt, { error }, aboutHost(host)))).toEqual(['hostKeyChanged'])
})

test('a reboot that ends an outage of the server is part of that, also if the machine was never missed', () => {
  const rebooted = newEvent('hostRestarted', startAt, { uptimeSeconds: 20 }, aboutHost(machine))
  const media = newEvent('mediaServerRestarted', startAt, { pid: 2, before: 1 }, aboutHost(machine))
  expect(foundOf(rebooted, media)).toEqual([])
})

test('a tight SRT latency is no alarm on a way that loses nothing, and is one from the first packet on that had to be sent again', async () => {
  const { clock, streams, batches, poll, server } = createStreamsFixture()
  const evaluation = createEvaluation({ clock, server: () => someServer('a', { stateSince: 0 }), host: () => null, streams, ownTroubles: null })
  const srt = (packetsRetransmitted: number) => ({ ...noSrt, rttMs: 50, latencyMs: 120, packetsRetransmitted })
  const rules = async (packetsRetransmitted: number) => {
    for (let n = 0; n < 30; n++) {
      await clock.advance(2_000)
      poll([livePath('cam', clock.monotonic())], [publisherSession('cam', { list: 'srtConns', protocol: 'srt', rtp: null, srt: srt(packetsRetransmitted) })])
      for (const batch of batches.splice(0)) evaluation.addSamples(batch)
    }
    return Array.from(evaluation.conditionsOf(serverSubject(server.id))?.findings() ?? [], ({ rule, severity }) => `${rule} ${severity}`)
  }
  expect(await rules(0)).toEqual([])
  expect(await rules(1)).toEqual(['latencyTight critical'])
})
