import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { SMTPServerOptions } from 'smtp-server'
import { describe, expect, test } from 'vitest'
import { createTestProxy } from '../../http/proxy.fixture.ts'
import { hostileName, sendingInEachTest, someEnd, someStart, someSummary, someUpdate } from '../channels.fixture.ts'
import type { EmailChannel } from './email.ts'
import { createMailServer, headerOf, mailCertificate } from './mailServer.fixture.ts'

/** RFC 2047, as far as nodemailer uses it. */
const decoded = (header: string | null) =>
  decodeURIComponent(
    (header ?? '')
      .replaceAll(/\?= =\?UTF-8\?Q\?|=\?UTF-8\?Q\?|\?=/g, '')
      .replaceAll('_', ' ')
      .replaceAll('=', '%'),
  )

const refusal = (code: number, text: string) => Object.assign(new Error(text), { responseCode: code })

describe('e-mail to a real SMTP server', () => {
  const { sending, open } = sendingInEachTest()

  const mailServer = async (options: SMTPServerOptions = {}) => open.use(await createMailServer(options))
  /** A server of which each connection is handed over. */
  async function rawServer(onSocket: (socket: Socket) => void): Promise<number> {
    const sockets = new Set<Socket>()
    const server: Server = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined)
      onSocket(socket)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    open.defer(async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    })
    return (server.address() as AddressInfo).port
  }
  const channel = (port: number, more: Partial<EmailChannel> = {}): EmailChannel => ({
    name: 'mail',
    email: ['noc@example.org', 'night@example.org'],
    from: 'mtxdeck@example.com',
    smtp: `smtp://127.0.0.1:${port}`,
    caFile: mailCertificate.cert,
    ...more,
  })

  test('the messages of one alarm are one thread, each with its first line as the subject', async () => {
    const { port, mails } = await mailServer()
    const send = sending.to(channel(port))
    for (const notification of [someStart, someUpdate, someEnd]) expect(await send(notification)).toMatchObject({ ok: true })
    expect(mails.map((mail) => headerOf(mail, 'Message-ID'))).toEqual(['<a1b2.1@example.com>', '<a1b2.2@example.com>', '<a1b2.3@example.com>'])
    expect(new Set(mails.map((mail) => headerOf(mail, 'References')))).toEqual(new Set(['<a1b2@example.com>']))
    expect(mails.map((mail) => headerOf(mail, 'X-Mtxdeck-Event'))).toEqual(['start', 'update', 'end'])
    const [start, , end] = mails
    expect(start).toMatchObject({ from: 'mtxdeck@example.com', to: ['noc@example.org', 'night@example.org'], isSecure: true })
    expect(start?.text.replaceAll('=\r\n', '')).toContain('The publisher is gone. Check the encoder.')
    expect(mails.map((mail) => decoded(headerOf(mail, 'Subject')))).toEqual([someStart, someUpdate, someEnd].map(({ headline }) => headline))
    expect(end?.text).toMatch(/Ended .*2026/)
  })

  test('an alarm that begins again stays in its thread, and one that is sent twice has one Message-ID', async () => {
    const { port, mails } = await mailServer()
    const send = sending.to(channel(port))
    await send(someStart, '1')
    await send(someEnd, '2')
    for (const _ of [1, 2]) await send({ ...someStart, mayRepeat: true }, '3')
    expect(mails.map((mail) => headerOf(mail, 'Message-ID'))).toEqual([
      '<a1b2.1@example.com>',
      '<a1b2.2@example.com>',
      '<a1b2.3@example.com>',
      '<a1b2.3@example.com>',
    ])
    expect(headerOf(mails[2] ?? expect.fail(), 'References')).toContain('<a1b2@example.com>')
    expect(mails[3]?.text.replaceAll('=\r\n', '')).toContain('You may have received this message before.')
  })

  test('what is combined with others begins no thread, and what follows is in that of its incident', async () => {
    const { port, mails } = await mailServer()
    const send = sending.to(channel(port))
    await send(someSummary, '1-2-2')
    await send(someEnd, '3')
    expect(mails.map((mail) => ['Message-ID', 'In-Reply-To', 'References'].map((name) => headerOf(mail, name)))).toEqual([
      ['<a1b2.1-2-2@example.com>', null, null],
      ['<a1b2.3@example.com>', '<a1b2@example.com>', '<a1b2@example.com>'],
    ])
  })

  test.each([
    ['STARTTLS', {}, 'smtp'],
    ['TLS', { secure: true }, 'smtps'],
  ] as const)('signs in over %s', async (_, options, scheme) => {
    const { port, mails } = await mailServer({ ...options, authOptional: false })
    const send = sending.to(channel(port, { smtp: `${scheme}://127.0.0.1:${port}`, user: 'noc', secret: 'hunter2' }))
    expect(await send(someStart)).toMatchObject({ ok: true })
    expect(mails).toMatchObject([{ isSecure: true, user: 'noc' }])
  })

  test('goes by CONNECT through its proxy, where the server is reachable only there', async () => {
    const { port, mails } = await mailServer({ authOptional: false })
    const proxy = open.use(await createTestProxy())
    proxy.lead(port)
    const there = { smtp: 'smtp://127.0.0.1:1', user: 'noc', secret: 'hunter2', proxy: proxy.url }
    const send = sending.to(channel(port, { ...there, caFile: mailCertificate.cert }))
    const sent = await send(someStart)
    expect(sent).toMatchObject({ ok: true })
    expect(mails).toMatchObject([{ isSecure: true, user: 'noc' }])
    expect(proxy.asked).toEqual(['CONNECT 127.0.0.1:1'])
    proxy.refuse(403)
    expect(await send(someEnd)).toMatchObject({
      ok: false,
      isFinal: false,
      mayHaveArrived: false,
      failure: { kind: 'answer', said: expect.stringContaining('403'), isPassing: true },
    })
  })

  test('a wrong password is said, and the message waits for the right one', async () => {
    const { port } = await mailServer({ authOptional: false })
    const sent = await sending.to(channel(port, { user: 'noc', secret: 'wrong' }))(someStart)
    expect(sent).toMatchObject({ ok: false, isFinal: false, mayHaveArrived: false, failure: { kind: 'signIn', said: expect.stringContaining('535') } })
  })

  test('a password is not sent to a server without TLS', async () => {
    const { port, mails } = await mailServer({ disabledCommands: ['STARTTLS'], authOptional: false, allowInsecureAuth: true })
    const sent = await sending.to(channel(port, { user: 'noc', secret: 'hunter2' }))(someStart)
    expect(sent).toMatchObject({ ok: false, isFinal: false })
    expect(mails).toEqual([])
  })

  test('a certificate of nobody known is refused, with its reason', async () => {
    for (const [secure, scheme] of [
      [false, 'smtp'],
      [true, 'smtps'],
    ] as const) {
      const { port, mails } = await mailServer({ secure })
      const sent = await sending.to(channel(port, { smtp: `${scheme}://127.0.0.1:${port}`, caFile: undefined }))(someStart)
      expect(sent).toMatchObject({
        ok: false,
        isFinal: false,
        mayHaveArrived: false,
        failure: { kind: 'certificate', code: expect.stringMatching(/self.signed/i) },
      })
      expect(mails).toEqual([])
    }
  })

  test('what the server puts off is sent again, what it refuses is not', async () => {
    const { port } = await mailServer({
      onRcptTo: ({ address }, _, done) =>
        done(address.startsWith('full') ? refusal(452, 'mailbox full') : address.startsWith('gone') ? refusal(550, 'no such user') : undefined),
    })
    const to = (...email: string[]) => sending.to(channel(port, { email }))(someStart)
    expect(await to('full@example.org')).toMatchObject({
      ok: false,
      isFinal: false,
      failure: { kind: 'answer', said: expect.stringContaining('mailbox full'), isPassing: true },
    })
    expect(await to('gone@example.org')).toMatchObject({
      ok: false,
      isFinal: true,
      failure: { kind: 'answer', said: expect.stringContaining('550'), isPassing: false },
    })
    // Those who can be reached get it once; that somebody can't is said.
    expect(await to('noc@example.org', 'gone@example.org')).toMatchObject({
      ok: true,
      caution: { kind: 'answer', said: expect.stringContaining('no such user') },
    })
  })

  test('a server that turns everybody away is tried again', async () => {
    const port = await rawServer((socket) => void socket.end('554 5.7.1 go away\r\n'))
    expect(await sending.to(channel(port))(someStart)).toMatchObject({
      ok: false,
      isFinal: false,
      failure: { kind: 'answer', said: expect.stringContaining('go away') },
    })
  })

  test('no answer, a connection that is cut and no connection at all are tried again', async () => {
    const { promise: here, resolve: arrived } = Promise.withResolvers<void>()
    const hangs = await rawServer((socket) => {
      socket.write('220 mail\r\n')
      socket.on('data', () => arrived())
    })
    const waits = sending.to(channel(hangs))(someStart)
    await here
    await sending.clock.advance(60_000)
    expect(await waits).toMatchObject({ ok: false, isFinal: false, mayHaveArrived: true, failure: { kind: 'noAnswer', code: 'ETIMEDOUT' } })
    const cut = await rawServer((socket) => {
      socket.write('220 mail\r\n')
      socket.on('data', () => socket.destroy())
    })
    expect(await sending.to(channel(cut))(someStart)).toMatchObject({ ok: false, isFinal: false, mayHaveArrived: true, failure: { kind: 'noAnswer' } })
    expect(await sending.to(channel(1))(someStart)).toMatchObject({ ok: false, mayHaveArrived: false, failure: { kind: 'unreachable', code: 'ECONNREFUSED' } })
    expect(sending.clock.pending()).toBe(0)
  })

  test('no name adds a header, a recipient or a command', async () => {
    const { port, mails } = await mailServer()
    const notification = { ...someStart, title: hostileName, text: hostileName, servers: [hostileName], members: [] }
    expect(await sending.to(channel(port))(notification)).toMatchObject({ ok: true })
    const [mail] = mails
    expect(mails).toHaveLength(1)
    expect(mail?.to).toEqual(['noc@example.org', 'night@example.org'])
    expect(headerOf(mail ?? expect.fail(), 'Bcc')).toBeNull()
    expect(mail?.text.length).toBeLessThan(20_000)
    for (const line of mail?.text.split('\r\n') ?? []) expect(line.length).toBeLessThanOrEqual(998)
  })
})
