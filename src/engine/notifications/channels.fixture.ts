import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach } from 'vitest'
import { createTestClock, type TestClock } from '../../clock/testClock.ts'
import type { SendContext } from './channelKind.ts'
import { type ChannelInput, kindOf } from './channelKinds.ts'
import { createHttpClient, type Sent } from './httpClient.ts'
import { languageOf, type Notification, notificationText } from './notification.ts'

export const startAt = Date.UTC(2026, 10, 14, 3, 0, 0)

/** The start of an alarm. */
export const someStart: Notification = {
  event: 'start',
  key: 'a1b2',
  severity: 'critical',
  state: 'unacknowledged',
  headline: 'CRITICAL Berlin · cam1: stream gone',
  title: 'Berlin · cam1',
  text: 'The publisher is gone. Check the encoder.',
  cause: 'The publisher is gone.',
  since: '2026-11-14T02:59:50.000Z',
  endedAt: null,
  returns: 0,
  at: '2026-11-14T03:00:00.000Z',
  servers: ['Berlin'],
  cameras: [],
  streams: ['cam1'],
  members: [{ server: 'Berlin', stream: 'cam1', kind: 'streamGone', severity: 'critical', since: '2026-11-14T02:59:50.000Z' }],
  membersTotal: 1,
  url: 'https://noc.example.org/#/alarms?id=a1b2',
  ackUrl: 'https://noc.example.org/ack/e30.c2ln',
  mayRepeat: false,
  startMissed: false,
  escalated: false,
}
export const someUpdate: Notification = {
  ...someStart,
  event: 'update',
  headline: 'ACKNOWLEDGED CRITICAL Berlin · cam1: stream gone',
  state: 'acknowledged',
  ackUrl: null,
  at: '2026-11-14T03:01:00.000Z',
}
export const someEnd: Notification = {
  ...someStart,
  event: 'end',
  headline: 'ENDED after 2 min 10 s: Berlin · cam1 stream gone',
  state: null,
  ackUrl: null,
  endedAt: '2026-11-14T03:02:00.000Z',
  at: '2026-11-14T03:02:00.000Z',
}

export const someSummary: Notification = {
  ...someStart,
  event: 'summary',
  key: 'summary',
  headline: 'CRITICAL Berlin · cam1: stream gone (+1)',
  title: 'mtxdeck',
  members: [],
  membersTotal: 2,
  ackUrl: null,
  items: [someStart, someEnd],
}

/** What a name of a server or path may be: markup of every service, control characters, marks that turn the direction, and much of it. */
export const hostileName = `a_b*[x](http://evil)<b>&<!channel><@U1>|\`~\u0000\r\nBcc: evil@example.org\r\n\r\n.\r\n\u001b[2J\u202e"\\]\ud800${'ä😀'.repeat(4_000)}`

/** Sends to channels over real sockets, in virtual time. */
export interface Sending {
  readonly clock: TestClock
  /** Of one channel: what it answers to a start is kept, as the sender does. */
  readonly to: (channel: ChannelInput) => (notification: Notification, id?: string) => Promise<Sent>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

export function createSending(): Sending {
  const clock = createTestClock(startAt)
  const http = createHttpClient(clock, 'mtxdeck/0.0.0')
  const { signal } = new AbortController()
  return {
    clock,
    to: (channel) => {
      const receipts = new Map<string, string>()
      let nextId = 1
      return async (notification, id = String(nextId++)) => {
        const text = notificationText(notification, languageOf(channel))
        const context: SendContext = { clock, http: http.through(channel.proxy), signal, id, text, receiptOf: (key) => receipts.get(key) ?? null }
        const sent = await kindOf(channel).kind.send(channel, notification, context)
        if (sent.ok && sent.receipt !== undefined) receipts.set(notification.key, sent.receipt)
        return sent
      }
    },
    [Symbol.asyncDispose]: () => http.close(),
  }
}

/** A new one for each test of a suite; what a test opens is closed after it. */
export function sendingInEachTest(): { readonly sending: Pick<Sending, 'clock' | 'to'>; readonly open: Pick<AsyncDisposableStack, 'use' | 'defer'> } {
  let stack: AsyncDisposableStack
  let current: Sending
  beforeEach(() => {
    stack = new AsyncDisposableStack()
    current = stack.use(createSending())
  })
  afterEach(() => stack.disposeAsync())
  return {
    sending: {
      get clock() {
        return current.clock
      },
      to: (channel) => current.to(channel),
    },
    open: { use: (opened) => stack.use(opened), defer: (close) => stack.defer(close) },
  }
}

export interface Got {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly text: string
}
export type Answer = (response: ServerResponse, got: Got) => void
/** Answers with JSON. */
export function answers(status: number, body: unknown): Answer {
  return (response) => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** A service that speaks HTTP. */
export interface Receiver {
  readonly origin: string
  readonly all: Got[]
  /** Resolves with the first request. */
  readonly first: Promise<void>
  /** What was posted, as JSON. */
  readonly bodies: () => readonly Record<string, never>[]
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

export async function createReceiver(answer: Answer): Promise<Receiver> {
  const all: Got[] = []
  const { promise: first, resolve: arrived } = Promise.withResolvers<void>()
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
    request.on('end', () => {
      const got = { path: request.url ?? '', headers: request.headers, text }
      all.push(got)
      answer(response, got)
      arrived()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    all,
    first,
    bodies: () => all.map(({ text }) => JSON.parse(text) as Record<string, never>),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
