import { describe, expect, it } from 'vitest'
import { someHost, someReading } from '../../shared/hosts.fixture.ts'
import type { Host, HostReading } from '../../shared/hosts.ts'
import {
  disksWorstFirst,
  filterHosts,
  hostOfServer,
  hostsUnder,
  isStaleHost,
  liveView,
  networksBusiestFirst,
  orderHosts,
  stateAt,
  untilText,
  worstUse,
} from './hostFigures.ts'

const reading = (change: Partial<HostReading> = {}) => someReading({ at: 1000, ...change })
const host = (name: string, change: Partial<Host> = {}) =>
  someHost({ id: `host-${name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')}0000`, name, ssh: `noc@${name}`, reading: reading(), ...change })
const disk = (mount: string, usedPercent: number, fullAt: number | null = null): HostReading['disks'][number] => ({
  mount,
  device: null,
  sizeBytes: 1,
  usedPercent,
  freeBytes: 1,
  readBps: null,
  writtenBps: null,
  fullAt,
})
const net = (name: string, sentBps: number | null, usedPercent: number | null = null): HostReading['networks'][number] => ({
  name,
  receivedBps: null,
  sentBps,
  errors: null,
  drops: null,
  linkBps: null,
  usedPercent,
})
const keyError = { user: null, said: null, words: 'compare it', fingerprint: 'SHA256:x', knownFingerprint: null, keyType: 'ssh-ed25519', target: 'berlin:22' }
const names = (views: readonly { readonly host: Host }[]) => views.map((view) => view.host.name)

describe('what stands first', () => {
  it('is a host with another key, then one that waits for somebody, then one that does not answer, then one that is nearly full; paused ones are last', () => {
    const all = [
      host('calm'),
      host('paused', { state: 'paused' }),
      host('full', { reading: reading({ memoryPercent: 96 }) }),
      host('tight', { reading: reading({ cpuPercent: 80 }) }),
      host('down', { state: 'down' }),
      host('key', { state: 'waiting', error: { ...keyError, kind: 'hostKeyUnknown' } }),
      host('other key', { state: 'waiting', error: { ...keyError, kind: 'hostKeyChanged' } }),
    ].map(liveView)
    expect(names(orderHosts(all))).toEqual(['other key', 'key', 'down', 'full', 'tight', 'calm', 'paused'])
  })
  it('does not change places while figures waver below what is tight', () => {
    const at = (a: number, b: number) =>
      names(orderHosts([host('b', { reading: reading({ cpuPercent: b }) }), host('a', { reading: reading({ cpuPercent: a }) })].map(liveView)))
    expect(at(40, 41)).toEqual(at(41, 40))
  })
})

it('the worst disk is one that is red, else the one that is full first', () => {
  expect(disksWorstFirst([disk('/', 60), disk('/var', 40, 9e12), disk('/rec', 50, 5e12), disk('/old', 97)]).map((one) => one.mount)).toEqual([
    '/old',
    '/rec',
    '/var',
    '/',
  ])
})

it('the busiest network is by use of its link', () => {
  expect(networksBusiestFirst([net('eth0', 1e6, 5), net('eth1', 1e3, 60), net('wg0', null)]).map((one) => one.name)).toEqual(['eth1', 'eth0', 'wg0'])
})

it('what is nearest to its end is named with its part, and nothing is made of what is not known', () => {
  expect(worstUse(reading({ cpuPercent: 10, memoryPercent: null, disks: [disk('/', 20), disk('/rec', 91)] }))).toEqual({
    kind: 'disk',
    name: '/rec',
    percent: 91,
  })
  expect(worstUse(reading())).toBeNull()
  expect(worstUse(null)).toBeNull()
})

it('hosts are found by name, address, system, all words together, and by state', () => {
  const all = [host('berlin', { reading: reading({ system: 'Debian GNU/Linux 12' }) }), host('wien', { state: 'down', ssh: 'noc@10.0.0.5:22' })].map(liveView)
  expect(names(filterHosts(all, 'debian BER', []))).toEqual(['berlin'])
  expect(names(filterHosts(all, '10.0.0.5', []))).toEqual(['wien'])
  expect(names(filterHosts(all, '', ['down', 'waiting']))).toEqual(['wien'])
})

it('a forecast is in hours within two days, in days within a year, and none beyond', () => {
  const day = 86_400_000
  expect(untilText(1.5 * day, 0)).toBe('36 h')
  expect(untilText(19.2 * day, 0)).toBe('19 d')
  expect(untilText(400 * day, 0)).toBeNull()
  expect(untilText(0, day)).toBe('1 h')
})

it('figures are stale after three missed readings, and at once where the host cannot be read', () => {
  expect(isStaleHost(liveView(host('a')), 6900)).toBe(false)
  expect(isStaleHost(liveView(host('a')), 7100)).toBe(true)
  expect(isStaleHost(liveView(host('a', { state: 'down' })), 1001)).toBe(true)
  expect(isStaleHost(liveView(host('a', { intervalSeconds: 60 })), 100_000)).toBe(false)
  expect(isStaleHost(liveView(host('a', { reading: null })), 1e9)).toBe(false)
})

it('a host is not shown as up by old readings, whatever was said of it last', () => {
  expect(stateAt(liveView(host('a')), 6900)).toBe('up')
  expect(stateAt(liveView(host('a')), 7100)).toBe('unknown')
  expect(stateAt(liveView(host('a', { state: 'down' })), 7100)).toBe('down')
  expect(stateAt({ ...liveView(host('a')), past: true }, 1e9)).toBe('up')
})

it('a server’s hosts are all that it runs on, each of which may have others', () => {
  const one = host('one', { serverIds: ['s1', 's2'] })
  const other = host('other', { serverId: 's1', serverIds: ['s1'] })
  expect(hostsUnder([one, other], 's1')).toEqual([one, other])
  expect(hostOfServer([one, other], 's2')).toBe(one)
  expect(hostOfServer([one, other], 's3')).toBeNull()
})
