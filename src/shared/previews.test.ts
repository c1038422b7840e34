import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DeskPlace, type IceVerdict, iceCandidatesOf, iceVerdict, previewSchema } from './previews.ts'

describe('an answer', () => {
  it('has a picture, or says why there is none', () => {
    const playing = { url: '/relay/t/index.m3u8', previewId: 'p', why: null }
    const obstructed = { url: null, previewId: null, why: { kind: 'hlsOff' } }
    for (const preview of [playing, { ...playing, why: { kind: 'slate' } }, obstructed]) expect(previewSchema.parse(preview)).toEqual(preview)
    for (const change of [{ url: null }, { previewId: null }, { url: null, previewId: null }])
      expect(previewSchema.safeParse({ ...playing, ...change }).success).toBe(false)
    expect(previewSchema.safeParse({ ...obstructed, why: null }).success).toBe(false)
  })
})

const line = (address: string, { port = 8189, protocol = 'udp', type = 'host' } = {}) =>
  `a=candidate:1 1 ${protocol} 2130706431 ${address} ${port} typ ${type} ufrag x`
const verdictOf = (lines: readonly string[], desk: DeskPlace | null) =>
  iceVerdict(iceCandidatesOf(['v=0', 'm=video 9 UDP/TLS/RTP/SAVPF 108', ...lines, 'a=end-of-candidates'].join('\r\n')), desk)
const office: DeskPlace = { networks: ['10.1.2.3/16', '2001:db8:1:2::7/64', 'fd00:1:2:3::7/64'], besideServer: false }
const beside: DeskPlace = { networks: ['127.0.0.1/8', '10.1.2.3/16'], besideServer: true }
const blocked = (addresses: readonly string[], more: object = {}) => ({ kind: 'iceBlocked', addresses, tcp: false, relay: false, ...more }) as IceVerdict

describe('why no way was found', () => {
  it.each<[string, readonly string[], DeskPlace | null, IceVerdict]>([
    ['no address at all', [], office, { kind: 'iceNoCandidates' }],
    ['its own machine only', [line('127.0.0.1'), line('::1')], office, { kind: 'iceUnreachable', addresses: ['127.0.0.1', '::1'] }],
    ['its own machine only, and nobody knows where this desk is', [line('127.0.0.1')], null, { kind: 'iceUnreachable', addresses: ['127.0.0.1'] }],
    ['its own machine, which is this desk', [line('127.0.0.1')], beside, blocked(['127.0.0.1:8189'])],
    [
      'a private network of another site',
      [line('192.168.1.9'), line('127.0.0.1')],
      office,
      { kind: 'iceUnreachable', addresses: ['192.168.1.9', '127.0.0.1'] },
    ],
    ['the network of a container', [line('172.17.0.2')], office, { kind: 'iceUnreachable', addresses: ['172.17.0.2'] }],
    ['behind a provider', [line('100.64.3.4')], office, { kind: 'iceUnreachable', addresses: ['100.64.3.4'] }],
    ['beyond 172.16.0.0/12', [line('172.32.0.2')], office, blocked(['172.32.0.2:8189'])],
    ['private addresses, and nobody knows where this desk is', [line('10.1.9.9')], null, { kind: 'iceUnreachable', addresses: ['10.1.9.9'] }],
    ['the same network as this desk', [line('10.1.9.9'), line('192.168.1.9')], office, blocked(['10.1.9.9:8189'])],
    ['the same IPv6 network', [line('fd00:1:2:3::9')], office, blocked(['[fd00:1:2:3::9]:8189'])],
    ['another private IPv6 network', [line('fd00:1:2:4::9'), line('fe80::1')], office, { kind: 'iceUnreachable', addresses: ['fd00:1:2:4::9', 'fe80::1'] }],
    ['public, but UDP only', [line('203.0.113.5'), line('10.9.0.1')], office, blocked(['203.0.113.5:8189'])],
    ['public, by TCP too', [line('203.0.113.5'), line('203.0.113.5', { protocol: 'tcp' })], office, blocked(['203.0.113.5:8189'], { tcp: true })],
    ['seen from outside', [line('198.51.100.7', { type: 'srflx', port: 40_000 })], null, blocked(['198.51.100.7:40000'])],
    ['a relay in a private network', [line('10.9.0.1', { type: 'relay' })], office, blocked(['10.9.0.1:8189'], { relay: true })],
    ['a public IPv6 address', [line('2001:db8:9::1')], null, blocked(['[2001:db8:9::1]:8189'])],
    ['names of mDNS', [line('9b9663d8-3a46.local')], office, { kind: 'iceUnreachable', addresses: ['9b9663d8-3a46.local'] }],
    ['IPv4 written as IPv6', [line('::ffff:10.9.0.1')], office, { kind: 'iceUnreachable', addresses: ['::ffff:10.9.0.1'] }],
  ])('%s', (_, lines, desk, verdict) => {
    expect(verdictOf(lines, desk)).toEqual(verdict)
  })

  it('names each address once, and five at most', () => {
    const lines = Array.from({ length: 40 }, (_, i) => line(`192.168.0.${i % 20}`))
    expect(verdictOf(lines, null)).toEqual({ kind: 'iceUnreachable', addresses: ['192.168.0.0', '192.168.0.1', '192.168.0.2', '192.168.0.3', '192.168.0.4'] })
  })
})

describe('candidates', () => {
  it('are read as browsers and MediaMTX write them', () => {
    const sdp = [
      'a=candidate:2878742611 1 udp 2130706431 127.0.0.1 18189 typ host ufrag dkscHxhCNSOWoUCB',
      'a=candidate:2878742611 2 udp 2130706431 127.0.0.1 18189 typ host ufrag dkscHxhCNSOWoUCB',
      'a=candidate:3 1 TCP 1671430143 203.0.113.5 8189 typ host tcptype passive',
      'a=candidate:4 1 udp 5 198.51.100.7 40000 typ srflx raddr 10.0.0.1 rport 8189',
      'a=candidate:5 1 udp 5 198.51.100.7 99999 typ host',
      'a=candidate:6 1 udp 5 198.51.100.7',
      'a=end-of-candidates',
    ].join('\n')
    expect(iceCandidatesOf(sdp)).toEqual([
      { protocol: 'udp', address: '127.0.0.1', port: 18_189, type: 'host' },
      { protocol: 'tcp', address: '203.0.113.5', port: 8189, type: 'host' },
      { protocol: 'udp', address: '198.51.100.7', port: 40_000, type: 'srflx' },
    ])
  })
  it('are bounded, whatever is sent', () => {
    expect(iceCandidatesOf(Array.from({ length: 10_000 }, (_, i) => line(`10.${i >> 8}.${i & 255}.1`)).join('\n'))).toHaveLength(200)
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string(),
            fc.string().map((text) => line(text)),
            fc.ipV4().map((text) => line(text)),
            fc.ipV6().map((text) => line(text)),
          ),
        ),
        (lines) => {
          const verdict = iceVerdict(iceCandidatesOf(lines.join('\n')), office)
          expect('addresses' in verdict ? verdict.addresses.length : 1).toBeLessThanOrEqual(5)
        },
      ),
    )
  })
  it('of every public address are taken for reachable', () => {
    fc.assert(
      fc.property(
        fc.ipV4().filter((text) => !/^(?:10|127|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./.test(text)),
        (text) => {
          expect(verdictOf([line(text)], null).kind).toBe('iceBlocked')
        },
      ),
    )
  })
})
