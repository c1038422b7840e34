import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from 'vitest'
import { ipNetworkOf } from '../shared/ipAddresses.ts'
import { createSenders, senderKey } from './clientAddress.ts'

const request = (remoteAddress: string, headers: IncomingMessage['headers'], encrypted = false) =>
  ({ socket: { remoteAddress, ...(encrypted && { encrypted: true }) }, headers }) as unknown as IncomingMessage

describe('the sender of a request', () => {
  const { of } = createSenders(['10.0.0.1', '10.1.0.0/16', '2001:db8:1::/48'])
  const forwarded = (peer: string, line: string) => of(request(peer, { 'x-forwarded-for': line })).address

  test('is who connected, whatever he writes of others', () => {
    expect(forwarded('192.0.2.7', '198.51.100.1')).toBe('192.0.2.7')
    expect(of(request('192.0.2.7', { forwarded: 'for=198.51.100.1;proto=https' }))).toEqual({ address: '192.0.2.7', secure: false, inClear: true })
    expect(createSenders([]).of(request('127.0.0.1', { 'x-forwarded-for': '198.51.100.1' })).address).toBe('127.0.0.1')
  })
  test('is the first stranger from the right behind proxies that are trusted', () => {
    expect(forwarded('10.0.0.1', '198.51.100.1')).toBe('198.51.100.1')
    expect(forwarded('::ffff:10.0.0.1', '198.51.100.1')).toBe('198.51.100.1')
    expect(forwarded('10.0.0.1', 'a lie, 203.0.113.5, 198.51.100.1, 10.1.2.3')).toBe('198.51.100.1')
    expect(forwarded('2001:db8:1::5', '2001:db8:2::9')).toBe('2001:db8:2::9')
    expect(forwarded('10.0.0.1', '198.51.100.1:4711')).toBe('198.51.100.1')
    expect(of(request('10.0.0.1', { forwarded: 'for=203.0.113.5, for="[2001:db8:2::9]:4711";proto=https' })).address).toBe('2001:db8:2::9')
  })
  test('is the proxy where it says nothing, nonsense, or a header and its rival disagree', () => {
    expect(of(request('10.0.0.1', {})).address).toBe('10.0.0.1')
    expect(forwarded('10.0.0.1', 'unknown')).toBe('10.0.0.1')
    expect(forwarded('10.0.0.1', '203.0.113.5, <script>')).toBe('10.0.0.1')
    expect(of(request('10.0.0.1', { 'x-forwarded-for': '198.51.100.1', forwarded: 'for=203.0.113.5' })).address).toBe('10.0.0.1')
    expect(of(request('10.0.0.1', { 'x-forwarded-for': '198.51.100.1', forwarded: 'for=198.51.100.1' })).address).toBe('198.51.100.1')
  })
  test('came over TLS to us, or as a trusted proxy says', () => {
    expect(of(request('192.0.2.7', {}, true)).secure).toBe(true)
    expect(of(request('10.0.0.1', { 'x-forwarded-proto': 'https' })).secure).toBe(true)
    expect(of(request('10.0.0.1', { 'x-forwarded-proto': 'https, http' })).secure).toBe(false)
    expect(of(request('10.0.0.1', { forwarded: 'for=192.0.2.1; Proto="https"' })).secure).toBe(true)
    expect(of(request('192.0.2.7', { 'x-forwarded-proto': 'https' })).secure).toBe(false)
  })
  test('could be overheard without TLS, but on this machine, or where a port or a proxy of one passes it on', () => {
    const host = 'noc.example:8787'
    expect(of(request('192.0.2.7', { host })).inClear).toBe(true)
    expect(of(request('192.0.2.7', { host: '10.0.0.9:8787' })).inClear).toBe(true)
    expect(of(request('192.0.2.7', { host }, true)).inClear).toBe(false)
    expect(of(request('127.0.0.1', { host })).inClear).toBe(false)
    expect(of(request('::1', { host })).inClear).toBe(false)
    // A port of a container: its gateway asks, and names what the operator typed.
    expect(of(request('172.17.0.1', { host: 'localhost:8787' })).inClear).toBe(false)
    expect(of(request('172.17.0.1', { host: '[::1]:8787' })).inClear).toBe(false)
    expect(of(request('10.0.0.1', { host, 'x-forwarded-proto': 'https' })).inClear).toBe(false)
    expect(of(request('10.0.0.1', { host, 'x-forwarded-proto': 'http' })).inClear).toBe(true)
    expect(of(request('10.0.0.1', { host })).inClear).toBe(true)
    const besideProxy = createSenders(['127.0.0.1'])
    const forwarded = { host: '127.0.0.1:8787', 'x-forwarded-for': '198.51.100.1' }
    expect(besideProxy.of(request('127.0.0.1', { ...forwarded, 'x-forwarded-proto': 'http' })).inClear).toBe(true)
    expect(besideProxy.of(request('127.0.0.1', { ...forwarded, 'x-forwarded-proto': 'https' })).inClear).toBe(false)
    expect(besideProxy.of(request('127.0.0.1', forwarded)).inClear).toBe(false)
    // Whoever was asked in clear, and by whom, may be hidden or disputed.
    for (const headers of [
      { 'x-forwarded-proto': 'http' },
      { forwarded: 'for=_hidden;proto=http' },
      { forwarded: 'for=unknown;proto=http' },
      { forwarded: 'for=8.8.8.8;proto=http', 'x-forwarded-for': '9.9.9.9' },
    ])
      expect(besideProxy.of(request('127.0.0.1', { host: '127.0.0.1:8787', ...headers })).inClear, JSON.stringify(headers)).toBe(true)
  })
})

test.each(['10.0.0.1', '10.0.0.0/8', '::1', '2001:db8::/32', '0.0.0.0/0'])('%s is an address or a network', (text) => {
  expect(ipNetworkOf(text)).not.toBeNull()
})
test.each(['', 'proxy.example', '10.0.0', '10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0.1:80'])('%j is neither', (text) => {
  expect(ipNetworkOf(text)).toBeNull()
})

test('addresses of one /64 are one sender, those of IPv4 each for itself', () => {
  expect(senderKey('2001:db8::1')).toBe(senderKey('2001:0DB8:0:0:ffff::2'))
  expect(senderKey('2001:db8::1')).not.toBe(senderKey('2001:db8:0:1::1'))
  expect(senderKey('::1')).toBe('::/64')
  expect(senderKey('fe80::1%eth0')).toBe(senderKey('fe80::2'))
  expect(senderKey('::ffff:192.0.2.1')).toBe('192.0.2.1')
  expect(senderKey('192.0.2.1')).not.toBe(senderKey('192.0.2.2'))
})
