import type { Duplex } from 'node:stream'
import type { Client } from 'ssh2'
import type { Clock } from '../../clock/clock.ts'

/** Servers normally exchange keys after a gigabyte or an hour; each exchange may cost 30 ms of this thread. */
const mostKeysInAMinute = 2
/** Limit of data outside of channels: keepalives, 45 bytes around each packet and a handshake of some kilobytes. A packet with its answer costs 50 µs, and has 60 bytes or more. */
const mostTalk = { bytes: 300_000, everyMs: 10_000 } as const
/** Most bytes of our answers to the host's requests that it has not read. Our own requests have less than 100 bytes. */
const mostUnreadBytes = 256_000

/**
 * Prevents the other side of an SSH connection from blocking this thread with data that SSH itself does not limit. `end` ends the connection. Call this
 * before ssh2 begins to read the stream.
 */
export function limitTalk(client: Client, stream: Duplex, clock: Clock, end: () => void) {
  let since = clock.monotonic()
  let talked = 0
  let keys: number[] = []
  let ended = false
  const endOnce = () => {
    if (!ended) end()
    ended = true
  }
  stream.on('data', (chunk: Buffer) => {
    const now = clock.monotonic()
    // How much of this chunk belongs to channels is known when ssh2 has read it.
    if (talked > mostTalk.bytes || stream.writableLength > mostUnreadBytes) endOnce()
    if (now - since >= mostTalk.everyMs) {
      since = now
      talked = 0
    }
    talked += chunk.length
    // Sends ssh2's answers in one piece: each answer would otherwise take three system calls.
    stream.cork()
    process.nextTick(() => stream.uncork())
  })
  client.on('handshake', () => {
    const now = clock.monotonic()
    keys = [...keys.filter((at) => now - at < 60_000), now]
    // The first exchange is the initial one.
    if (keys.length > 1 + mostKeysInAMinute) endOnce()
  })
  return {
    /** Reports bytes that a channel received; these are limited where the channel is read. */
    carried: (bytes: number): void => {
      talked -= bytes
    },
  }
}
export type TalkLimit = ReturnType<typeof limitTalk>
