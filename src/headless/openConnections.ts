import { senderKey } from '../configuration/clientAddress.ts'

/** A connection as its server sees it. With TLS, the outer and the inner socket have the same addresses and ports. */
export interface Connection {
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
  readonly once: (event: 'close', listener: () => void) => unknown
  readonly destroy: () => unknown
}

interface ConnectionLimits {
  /** Most connections without a sign-in, of all senders together. */
  readonly mostUnsigned: number
  /** Most connections without a sign-in of one sender. */
  readonly mostUnsignedOfOne: number
}

/**
 * Limits the open connections of strangers. Beyond a limit the oldest connection without a sign-in is closed, instead of refusing the new
 * one: a client with the token needs only a moment, and gets it however many others are open. Among several senders, the one with
 * the most connections loses one. Signed-in connections are never closed here.
 */
export function createOpenConnections({ mostUnsigned, mostUnsignedOfOne }: ConnectionLimits, isProxy: (address: string) => boolean) {
  /** By sender, the oldest first. */
  const unsigned = new Map<string, Map<string, Connection>>()
  let count = 0
  const endsOf = ({ remoteAddress = '', remotePort = 0 }: Connection) => ({ sender: senderKey(remoteAddress), ends: `${remoteAddress} ${remotePort}` })

  const forget = (sender: string, ends: string): void => {
    const ofSender = unsigned.get(sender)
    if (!ofSender?.delete(ends)) return
    count--
    if (ofSender.size === 0) unsigned.delete(sender)
  }
  const closeOldestOf = (sender: string): void => {
    const [oldest] = unsigned.get(sender) ?? []
    if (!oldest) return
    forget(sender, oldest[0])
    oldest[1].destroy()
  }
  const busiest = (): string => {
    let found = ''
    let most = 0
    for (const [sender, { size }] of unsigned)
      if (size > most) {
        found = sender
        most = size
      }
    return found
  }

  return {
    /** A connection was opened, still without a sign-in. */
    opened: (connection: Connection): void => {
      const { sender, ends } = endsOf(connection)
      const ofSender = unsigned.get(sender) ?? new Map<string, Connection>()
      unsigned.set(sender, ofSender)
      ofSender.set(ends, connection)
      count++
      connection.once('close', () => forget(sender, ends))
      if (ofSender.size > mostUnsignedOfOne && !isProxy(connection.remoteAddress ?? '')) closeOldestOf(sender)
      if (count > mostUnsigned) closeOldestOf(busiest())
    },
    /** A sign-in succeeded on the connection, which is no longer limited. */
    signedIn: (connection: Connection): void => {
      const { sender, ends } = endsOf(connection)
      forget(sender, ends)
    },
    unsigned: (): number => count,
  }
}
