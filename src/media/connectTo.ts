import { connect, isIP, type OnReadOpts, type Socket, type TcpNetConnectOpts } from 'node:net'
import { getSystemErrorMap } from 'node:util'
import type { MediaError, ReadFault } from '../shared/media.ts'

/** Of several addresses of a host the next one is tried after this time, ms. */
const nextAddressMs = 1_000

/** Options to connect to the first of these addresses that accepts it, and to no other, whatever a name says meanwhile. */
export function optionsTo(addresses: readonly string[], port: number, onread?: OnReadOpts): TcpNetConnectOpts {
  const found = addresses.map((address) => ({ address, family: isIP(address) }))
  return {
    host: 'looked.up.already',
    port,
    noDelay: true,
    ...(onread !== undefined && { onread }),
    lookup: (_host, _options, answer) => answer(null, found),
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: nextAddressMs,
  }
}
export function connectTo(addresses: readonly string[], port: number, onread?: OnReadOpts): Socket {
  return connect(optionsTo(addresses, port, onread))
}

/** `said`: the system's own words, or what was found here. */
export function unreachable(said: string | ReadFault): MediaError {
  return { kind: 'unreachable', doing: 'opening', said }
}

/** Why there is no connection, in the words of the system. */
export function connectionFault(error: NodeJS.ErrnoException): MediaError {
  // With several addresses it is an error of errors.
  const { errno, code = '' } = error instanceof AggregateError ? ((error.errors[0] ?? {}) as NodeJS.ErrnoException) : error
  // Node adds advice for its own users.
  if (/CERT|SIGNATURE/.test(code)) return unreachable(error.message.split(';')[0] ?? '')
  // Not `getSystemErrorMessage`: the Node of older Electrons lacks it.
  const [, message] = getSystemErrorMap().get(errno ?? 0) ?? []
  return unreachable(message ?? { kind: 'noConnection' })
}
