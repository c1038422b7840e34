import { senderKey } from '../configuration/clientAddress.ts'

/** A connection as its server sees it. Of TLS the outer and the inner socket have the same ends. */
export interface Connection {
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
  readonly once: (event: 'close', listener: () => void) => unknown
  readonly destroy: () => unknown
}

interface ConnectionLimits {
  /** Connections on which nobody has signed in yet, of all senders together. */
  readonly mostUnsigned: number
  /** The same of one sender. */
  readonly mostUnsignedOfOne: number
}

/**
 * Limits what strangers can hold open. Beyond a limit the oldest connection without a sign-in is closed, not the new one
 * refused: who has the token needs a moment only, and gets it however many others hang. Of several senders the one with
 * the most connections gives way. Connections of those who signed in are never closed here.
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
    /** A connection was opened; nobody signed in on it yet. */
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
    /** Somebody signed in on it: it is limited no more. */
    signedIn: (connection: Connection): void => {
      const { sender, ends } = endsOf(connection)
      forget(sender, ends)
    },
    unsigned: (): number => count,
  }
}
