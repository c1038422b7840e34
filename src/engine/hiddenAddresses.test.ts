import fc from 'fast-check'
import { expect, test } from 'vitest'
import { costOf } from '../../tests/cpuMs.ts'
import { addressesToHide, createAddressHider } from './hiddenAddresses.ts'

const hider = () => createAddressHider(addressesToHide('{"url":"http://10.0.0.1:9997","hls":"https://[2001:db8::1]:8888"}'))

test('an address has one stand-in, with its port or without, in texts and alone, and another one in another bundle', () => {
  const { address, text } = hider()
  const standIn = address('10.1.2.3:5004')
  expect(standIn).toMatch(/^address-[0-9a-f]{8}$/)
  expect([address('10.1.2.3'), text('10.1.2.3'), text('Publisher 10.1.2.3:77 left.')]).toEqual([standIn, standIn, `Publisher ${standIn} left.`])
  expect(address('[2001:DB8::7]:52114')).toBe(text('2001:db8::7'))
  expect(address('10.1.2.4')).not.toBe(standIn)
  expect(hider().address('10.1.2.3')).not.toBe(standIn)
})

test.each([
  'from 10.1.2.3.',
  'closed: 10.1.2.3:5004: EOF',
  'rtsp://10.1.2.3:8554/cam',
  '10.1.2.0/24, and (10.1.2.3)',
  'address:10.1.2.3',
  '12:34:56:10.1.2.3',
  'at [2001:db8::a3]:8554 and 2001:db8::a3',
  '::ffff:10.1.2.3',
  'fe80::10.1.2.3%eth0',
  'closed 2001:db8::7: EOF',
  'of 2001:db8::7:',
  'addr:2001:db8::7 left',
  'id2001:db8::7',
  'rtsp://%5B2001:db8::7%5D/cam',
  '2001:db8::7:52114',
  '2001:db8:1:2:3:4:5:6: EOF',
])('nothing of the address is left in %j', (given) => {
  // The hexadecimal digits of a stand-in may be any.
  expect(
    hider()
      .text(given)
      .replace(/address-[\da-f]{8}/g, ''),
  ).not.toMatch(/10\.1\.2|db8/i)
})

test.each([
  '12:34:56',
  'v1.20.1',
  'http://10.0.0.1:9997 refused',
  'https://[2001:db8::1]:8888',
  'AA:BB:CC:DD:EE:FF:00:11:22',
  '1920×1080',
  'H264, 48000:2',
  '1.2.3.4.5',
  'Chrome/120.0.0.0',
  'udp://0.0.0.0:1234, 0.0.0.0/0, ::/0, 127.0.0.1 and ::1',
])('%j names nobody, and stays', (given) => expect(hider().text(given)).toBe(given))

test('whatever stands around it, an address is found', () => {
  const around = fc.string({ maxLength: 12, unit: fc.constantFrom(...'ab:/ ([,;=@"x') })
  fc.assert(
    fc.property(around, fc.ipV4(), around, (before, address, after) => {
      if (address === '10.0.0.1' || address.startsWith('127.') || address.endsWith('.0.0.0')) return
      expect(hider().text(`${before} ${address}${after}`)).not.toContain(address)
      expect(hider().text(`${before}${address}${after}`)).not.toContain(address)
    }),
  )
  const before = fc.constantFrom(' ', '[', '(', '=', '//', ' addr:', '"', 'x', '/', '@')
  const after = fc.constantFrom('', ' ', ']:5004', ': EOF', ':', ':52114', '.', ',', '"', '/64', ')', '%eth0')
  fc.assert(
    fc.property(before, fc.ipV6(), after, (opens, address, closes) => {
      if (address === '::' || /^::(0*:)*0*1?$/.test(address) || address.includes('127.') || address.endsWith('.0.0.0')) return
      expect(hider().text(`closed${opens}${address}${closes}`)).not.toContain(address)
    }),
    { numRuns: 2_000 },
  )
})

test('names by which things are found stay in facts, and what is called an address does not', () => {
  const { value } = hider()
  const facts = {
    subject: { kind: 'stream', serverId: 'a', path: 'site/10.1.2.3' },
    names: ['site/10.1.2.3'],
    remoteAddr: 'studio.example',
    why: { kind: 'publisherLeft', remoteAddr: '10.1.2.3', readersLost: 3 },
    addresses: ['10.1.2.3:1', 'van.example'],
    said: null,
    user: 'mia',
  }
  const hidden = value(facts)
  expect(hidden).toMatchObject({ subject: facts.subject, names: facts.names, why: { kind: 'publisherLeft', readersLost: 3 }, said: null })
  expect(JSON.stringify({ ...hidden, subject: null, names: null })).not.toMatch(/10\.1\.2|example|mia/)
})

test.each([':', 'a', 'a:', '1.', '[', '1:', 'aaaa:'])('a long text of %j is gone through at once', (piece) => {
  const long = piece.repeat(20_000)
  expect(costOf(() => void hider().text(`${long} 10.1.2.3`))).toBeLessThan(30)
})
