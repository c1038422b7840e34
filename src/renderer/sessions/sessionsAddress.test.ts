import { expect, test } from 'vitest'
import { filterOf } from './sessionsAddress.ts'

const filter = (query: string) => filterOf(new URLSearchParams(query))

test('a search for an address finds that address; among those of a network that is filtered for, it narrows them', () => {
  expect(filter('q=10.1.2.3')).toEqual({ address: '10.1.2.3' })
  expect(filter('q=cam')).toEqual({ q: 'cam' })
  expect(filter('q=10.1.2.3&address=10.1.2.0/24')).toEqual({ q: '10.1.2.3', address: '10.1.2.0/24' })
})

test('the longest client that a server tells can be filtered for', () => {
  const agent = 'Mozilla/5.0 '.padEnd(512, 'x')
  expect(filter(`agent=${encodeURIComponent(agent)}&role=reader`)).toEqual({ agent, role: 'reader' })
})
