import { createHmac } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { createReceiver, hostileName, type Receiver, sendingInEachTest, toldEnd, toldStart } from '../channels.fixture.ts'

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
    for (const told of [toldStart, { ...toldEnd, title: hostileName }]) expect(await send(told)).toMatchObject({ ok: true })
    expect(receiver.bodies()).toEqual([
      { alert: 'Berlin · cam1', over: null, streamGone: true },
      { alert: hostileName, over: toldEnd.endedAt, streamGone: true },
    ])
    for (const { headers, text } of receiver.all) {
      expect(headers['content-type']).toBe('application/json')
      expect(headers['x-mtxdeck-signature']).toBe(`sha256=${createHmac('sha256', 'hunter2').update(text).digest('hex')}`)
    }
  })

  test('may get something else than JSON', async () => {
    await through('{{ severity | upcase }}: {{ title }}', { headers: { 'Content-Type': 'text/plain' } })(toldStart)
    expect(receiver.all).toMatchObject([{ text: 'CRITICAL: Berlin · cam1', headers: { 'content-type': 'text/plain' } }])
  })

  test.each([
    ['reads a file', '{% include "/etc/passwd" %}'],
    ['does not end', '{% for i in (1..100000000) %}x{% endfor %}'],
    ['grows without end', '{% assign a = title %}{% for i in (1..100) %}{% assign a = a | append: a %}{% endfor %}{{ a }}'],
  ])('a template that %s makes no message, and says why', async (_, template) => {
    expect(await through(template)(toldStart)).toMatchObject({
      ok: false,
      isFinal: true,
      mayHaveArrived: false,
      failure: { kind: 'template', said: expect.stringContaining('line:1') },
    })
    expect(receiver.all).toEqual([])
  })

  test('a template sees the message only', async () => {
    await through('[{{ process }}{{ title.constructor }}{{ constructor }}{{ __proto__ }}]')(toldStart)
    expect(receiver.all[0]?.text).toBe('[]')
  })
})
