import type { Duplex } from 'node:stream'
import type { Client } from 'ssh2'
import type { Clock } from '../../clock/clock.ts'

/** A gigabyte, or an hour, is what servers let pass between new keys; each exchange may cost 30 ms of this thread. */
const mostKeysInAMinute = 2
/** Beside what channels carry there are keepalives, 45 bytes around each packet and a handshake of some kilobytes. A packet with its answer costs 50 µs, and has 60 bytes or more. */
const mostTalk = { bytes: 300_000, everyMs: 10_000 } as const
/** Answers to its requests that it doesn't read. Questions have less than 100 bytes. */
const mostUnreadBytes = 256_000

/** Keeps one side of an SSH connection from holding this thread with what SSH itself lets it send without end. */
export interface TalkLimit {
  /** A channel brought so much: those bytes are bounded where the channel is read. */
  readonly carried: (bytes: number) => void
}

/** `end` gets the reason in words, and ends the connection. Called before ssh2 begins to read the stream. */
export function limitTalk(client: Client, stream: Duplex, clock: Clock, end: (words: string) => void): TalkLimit {
  let since = clock.monotonic()
  let talked = 0
  let keys: number[] = []
  let ended = false
  const endOnce = (words: string) => {
    if (!ended) end(words)
    ended = true
  }
  stream.on('data', (chunk: Buffer) => {
    const now = clock.monotonic()
    // What this chunk carries is known when ssh2 has read it.
    if (talked > mostTalk.bytes) endOnce('it sends more than it is asked for')
    else if (stream.writableLength > mostUnreadBytes) endOnce('it does not read what is sent to it')
    if (now - since >= mostTalk.everyMs) {
      since = now
      talked = 0
    }
    talked += chunk.length
    // What ssh2 answers to it goes out in one piece: each answer would be three system calls.
    stream.cork()
    process.nextTick(() => stream.uncork())
  })
  client.on('handshake', () => {
    const now = clock.monotonic()
    keys = [...keys.filter((at) => now - at < 60_000), now]
    // The first keys are agreed on once.
    if (keys.length > 1 + mostKeysInAMinute) endOnce('it asks for new keys again and again')
  })
  return {
    carried: (bytes) => {
      talked -= bytes
    },
  }
}
