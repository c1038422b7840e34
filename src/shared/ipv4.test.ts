import { isIPv4 } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ipv4Number } from './ipv4.ts'

test('an address is its number', () => {
  expect(ipv4Number('10.1.2.3')).toBe(167_838_211)
  expect(ipv4Number('255.255.255.255')).toBe(2 ** 32 - 1)
  fc.assert(fc.property(fc.ipV4(), (text) => ipv4Number(text) === text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)))
})

test('whatever else is none, as Node judges it', () => {
  for (const text of ['', '1.2.3', '1.2.3.4.5', '01.2.3.4', '1.2.3.256', '1..2.3', '1.2.3.4 ', '::1', '1.2.3.4.', '1.2.3.99999999999999999999'])
    expect(Number.isNaN(ipv4Number(text)), text).toBe(true)
  fc.assert(fc.property(fc.stringMatching(/^[0-9.]{0,16}$/), (text) => Number.isNaN(ipv4Number(text)) === !isIPv4(text)))
})
