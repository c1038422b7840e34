import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ChannelInput } from './channelKinds.ts'
import { createSending, hostileName, type Sending, toldEnd, toldStart, toldUpdate } from './channels.fixture.ts'
import { plainer, type Told } from './told.ts'

interface Got {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly text: string
}
interface HttpKind {
  /** The channel, with a receiver at this origin. */
  readonly channel: (origin: string) => ChannelInput
  /** What the service answers to a message that it takes. */
  readonly accepts: (response: ServerResponse) => void
}

/** Every kind that speaks HTTP. */
const httpKinds: Readonly<Record<string, HttpKind>> = {
  alertmanager: { channel: (origin) => ({ name: 'am', alertmanager: `${origin}/prefix/` }), accepts: (response) => void response.end() },
  webhook: { channel: (origin) => ({ name: 'ops', webhook: `${origin}/hook`, secret: 'hunter2' }), accepts: (response) => void response.writeHead(204).end() },
}

describe.each(Object.entries(httpKinds))('%s', (_kind, { channel, accepts }) => {
  let sending: Sending
  let open: AsyncDisposableStack
  beforeEach(() => {
    open = new AsyncDisposableStack()
    sending = open.use(createSending())
  })
  afterEach(() => open.disposeAsync())

  async function receiver(answer: (response: ServerResponse) => void) {
    const all: Got[] = []
    const { promise: first, resolve: arrived } = Promise.withResolvers<void>()
    const server = createServer((request, response) => {
      let text = ''
      request.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
      request.on('end', () => {
        all.push({ path: request.url ?? '', headers: request.headers, text })
        answer(response)
        arrived()
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    open.defer(async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    })
    return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, all, first }
  }
  const sentTo = async (answer: (response: ServerResponse) => void, told: Told = toldStart) => {
    const { origin, all } = await receiver(answer)
    return { sent: await sending.to(channel(origin))(told), all }
  }

  test('takes a start, an update, an end and a test', async () => {
    const { origin, all } = await receiver(accepts)
    const send = sending.to(channel(origin))
    for (const told of [toldStart, toldUpdate, toldEnd, { ...toldStart, event: 'test' } as const]) expect(await send(told)).toMatchObject({ ok: true })
    expect(all.length).toBeGreaterThanOrEqual(4)
    for (const { headers } of all) expect(headers['user-agent']).toBe('mtxdeck/0.0.0')
  })

  test('what it puts off is sent again, what it refuses is not, and wrong credentials are not the fault of the message', async () => {
    const to = (status: number, headers: Record<string, string> = {}) => sentTo((response) => void response.writeHead(status, headers).end('no'))
    expect((await to(429, { 'Retry-After': '120' })).sent).toMatchObject({ ok: false, isFinal: false, retryAfterMs: 120_000 })
    expect((await to(503)).sent).toMatchObject({ ok: false, isFinal: false, retryAfterMs: null, failure: { kind: 'status', status: 503 } })
    expect((await to(400)).sent).toMatchObject({ ok: false, isFinal: true, mayHaveArrived: false, failure: { status: 400 } })
    expect((await to(302, { Location: 'http://127.0.0.1:1/' })).sent).toMatchObject({ ok: false, isFinal: true, failure: { status: 302 } })
    expect((await to(401)).sent).toMatchObject({ ok: false, isFinal: false, failure: { kind: 'signIn' } })
  })

  test('no answer, a connection that is cut and no connection at all are tried again', async () => {
    const { origin, first } = await receiver(() => undefined)
    const waits = sending.to(channel(origin))(toldStart)
    await first
    await sending.clock.advance(10_000)
    expect(await waits).toMatchObject({ ok: false, isFinal: false, mayHaveArrived: true, failure: { kind: 'noAnswer', code: 'ETIMEDOUT' } })
    const { sent } = await sentTo((response) => void response.destroy())
    expect(sent).toMatchObject({ ok: false, isFinal: false, mayHaveArrived: true, failure: { kind: 'noAnswer' } })
    expect(await sending.to(channel('http://127.0.0.1:1'))(toldStart)).toMatchObject({ ok: false, mayHaveArrived: false, failure: { code: 'ECONNREFUSED' } })
    expect(sending.clock.pending()).toBe(0)
  })

  test('an answer without end is not read to its end', async () => {
    const { sent } = await sentTo((response) => {
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      }
      response.on('drain', more)
      more()
    })
    expect(sent.ok || sent.isFinal).toBe(true)
  })

  test('takes names of any kind, in messages of bounded length', async () => {
    const members = Array.from({ length: 300 }, () => ({ ...toldStart.members[0], server: hostileName, stream: hostileName }) as Told['members'][number])
    const named: Told = { ...toldStart, title: hostileName, text: hostileName, cause: hostileName, servers: [hostileName], streams: [hostileName] }
    for (const told of [named, { ...named, members }, plainer(named)]) {
      const { sent, all } = await sentTo(accepts, told)
      expect(sent).toMatchObject({ ok: true })
      for (const { path, headers, text } of all) {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not be there
        expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
        expect(`${path}${JSON.stringify(headers)}`).not.toContain('evil')
      }
    }
    const { all } = await sentTo(accepts, named)
    for (const { text } of all) expect(text.length).toBeLessThan(100_000)
  })
})
