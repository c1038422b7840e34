import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { type Connection, createOpenConnections } from './admission.ts'

let port = 1024
function connect(remoteAddress: string) {
  const events = new EventEmitter()
  const connection = {
    remoteAddress,
    remotePort: port++,
    closed: false,
    once: (event: 'close', listener: () => void) => events.once(event, listener),
    destroy: () => {
      connection.closed = true
      events.emit('close')
    },
  }
  return connection satisfies Connection
}
const limits = { mostUnsigned: 6, mostUnsignedOfOne: 3 }
const states = (connections: readonly { readonly closed: boolean }[]) => connections.map(({ closed }) => (closed ? 'closed' : 'open'))

test('of one sender the oldest connection gives way to a new one, other senders keep theirs', () => {
  const open = createOpenConnections(limits, () => false)
  const other = connect('192.0.2.2')
  open.opened(other)
  const flood = Array.from({ length: 5 }, () => connect('192.0.2.1'))
  for (const connection of flood) open.opened(connection)
  expect(states(flood)).toEqual(['closed', 'closed', 'open', 'open', 'open'])
  expect(other.closed).toBe(false)
  expect(open.unsigned()).toBe(4)
})

test('of all together the sender with the most gives way', () => {
  const open = createOpenConnections(limits, () => false)
  const flood = Array.from({ length: 3 }, () => connect('192.0.2.1'))
  const others = Array.from({ length: 4 }, (_, i) => connect(`198.51.100.${i}`))
  for (const connection of [...flood, ...others]) open.opened(connection)
  expect(states(flood)).toEqual(['closed', 'open', 'open'])
  expect(states(others)).toEqual(['open', 'open', 'open', 'open'])
})

test('who signed in is limited no more, and is never closed for others', () => {
  const open = createOpenConnections(limits, () => false)
  const signedIn = connect('192.0.2.1')
  open.opened(signedIn)
  // Of TLS the request's socket is another object with the same ends.
  open.signedIn({ ...signedIn, destroy: () => {} })
  for (let i = 0; i < 100; i++) open.opened(connect('192.0.2.1'))
  expect(signedIn.closed).toBe(false)
  expect(open.unsigned()).toBe(3)
})

test('a trusted proxy carries many people: only the limit of all counts for it', () => {
  const open = createOpenConnections(limits, (address) => address === '10.0.0.1')
  const carried = Array.from({ length: 7 }, () => connect('10.0.0.1'))
  for (const connection of carried) open.opened(connection)
  expect(states(carried)).toEqual(['closed', 'open', 'open', 'open', 'open', 'open', 'open'])
})

test('what was closed is counted no more', () => {
  const open = createOpenConnections(limits, () => false)
  for (let i = 0; i < 50; i++) {
    const connection = connect('192.0.2.1')
    open.opened(connection)
    connection.destroy()
  }
  expect(open.unsigned()).toBe(0)
})
