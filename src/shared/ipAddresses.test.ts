import { expect, test } from 'vitest'
import { networkOf } from './ipAddresses.ts'

test.each([
  ['10.4.1.7', '10.4.1.0/24'],
  ['::ffff:10.4.1.7', '10.4.1.0/24'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8::/64'],
  ['2001:DB8:0:2::1', '2001:db8:0:2::/64'],
  ['fe80::1%eth0', 'fe80::/64'],
  ['::1', '::/64'],
])('the network of %s is %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

test.each(['', 'camera.example.org', '10.4.1', '1.2.3.4.5', 'a.b.c.d', '10.4.1.7:554'])('%j has none', (address) => {
  expect(networkOf(address)).toBeNull()
})
