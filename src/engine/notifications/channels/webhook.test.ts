import { createHmac } from 'node:crypto'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { beforeEach, describe, expect, test } from 'vitest'
import { makeCertificate, type TestCertificateOptions } from '../../../../tests/fakes/certificate.ts'
import { sendFailureText } from '../../../i18n/reasonText.ts'
import { createReceiver, hostileName, type Receiver, sendingInEachTest, someEnd, someStart } from '../channels.fixture.ts'

describe('a webhook over TLS', () => {
  const { sending, open } = sendingInEachTest()
  const authority = makeCertificate({ commonName: 'our authority', isAuthority: true })
  const day = 86_400_000
  /** Answers over TLS with a certificate that this machine would trust. */
  async function receiving(options: TestCertificateOptions): Promise<string> {
    const trusted = getCACertificates('default')
    setDefaultCACertificates([...trusted, authority.cert])
    open.defer(async () => setDefaultCACertificates(trusted))
    const { key, cert } = makeCertificate({ authority, names: ['127.0.0.1'], ...options })
    const server = createServer({ key, cert }, (_, response) => void response.end())
    server.on('tlsClientError', () => undefined)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    open.defer(async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    })
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}/`
  }

  test('gets notifications if its certificate is valid', async () =>
    expect(await sending.to({ name: 'ops', webhook: await receiving({}) })(someStart)).toMatchObject({ ok: true }))

  test.each([
    ['has expired', { notBefore: new Date(Date.now() - 90 * day), notAfter: new Date(Date.now() - day) }, /CERT_HAS_EXPIRED/],
    ['is for another name', { names: ['hooks.example.org'] }, /ALTNAME_INVALID/],
  ])('gets nothing where its certificate %s, and the words say that', async (_, options, code) => {
    const sent = await sending.to({ name: 'ops', webhook: await receiving(options) })(someStart)
    if (sent.ok) expect.fail('it was refused')
    expect(sent).toMatchObject({ isFinal: false, mayHaveArrived: false, failure: { kind: 'certificate' } })
    for (const language of ['en', 'de'] as const) expect(sendFailureText(sent.failure, language)).toMatch(code)
  })
})

describe('a webhook with a template', () => {
  const { sending, open } = sendingInEachTest()
  let receiver: Receiver
  beforeEach(async () => {
    receiver = open.use(await createReceiver((response) => void response.end()))
  })
  const through = (templateFile: string, more: { readonly headers?: Record<string, string> } = {}) =>
    sending.to({ name: 'ops', webhook: receiver.origin, secret: 'hunter2', templateFile, ...more })

  test('gets what the template makes, signed', async () => {
    const send = through('{"alert": {{ title | json }}, "over": {{ endedAt | json }}{% for member in members %}, "{{ member.kind }}": true{% endfor %}}')
    for (const notification of [someStart, { ...someEnd, title: hostileName }]) expect(await send(notification)).toMatchObject({ ok: true })
    expect(receiver.bodies()).toEqual([
      { alert: 'Berlin · cam1', over: null, streamGone: true },
      { alert: hostileName, over: someEnd.endedAt, streamGone: true },
    ])
    for (const { headers, text } of receiver.all) {
      expect(headers['content-type']).toBe('application/json')
      expect(headers['x-mtxdeck-signature']).toBe(`sha256=${createHmac('sha256', 'hunter2').update(text).digest('hex')}`)
    }
  })

  test('may get something else than JSON', async () => {
    await through('{{ severity | upcase }}: {{ title }}', { headers: { 'Content-Type': 'text/plain' } })(someStart)
    expect(receiver.all).toMatchObject([{ text: 'CRITICAL: Berlin · cam1', headers: { 'content-type': 'text/plain' } }])
  })

  test.each([
    ['reads a file', '{% include "/etc/passwd" %}'],
    ['does not end', '{% for i in (1..100000000) %}x{% endfor %}'],
    ['grows without end', '{% assign a = title %}{% for i in (1..100) %}{% assign a = a | append: a %}{% endfor %}{{ a }}'],
  ])('a template that %s makes no message, and says why', async (_, template) => {
    expect(await through(template)(someStart)).toMatchObject({
      ok: false,
      isFinal: true,
      mayHaveArrived: false,
      failure: { kind: 'template', said: expect.stringContaining('line:1') },
    })
    expect(receiver.all).toEqual([])
  })

  test('a template sees the message only', async () => {
    await through('[{{ process }}{{ title.constructor }}{{ constructor }}{{ __proto__ }}]')(someStart)
    expect(receiver.all[0]?.text).toBe('[]')
  })
})
