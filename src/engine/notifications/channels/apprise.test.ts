import { describe, expect, test } from 'vitest'
import { answers, createReceiver, sendingInEachTest, someEnd, someStart } from '../channels.fixture.ts'

describe('an Apprise API server', () => {
  const { sending, open } = sendingInEachTest()

  test('gets a text for what has the tag', async () => {
    const { origin, all, bodies } = open.use(await createReceiver(answers(200, { error: null })))
    const send = sending.to({ name: 'ap', apprise: `${origin}/notify/noc`, tag: 'night', user: 'noc', secret: 'hunter2' })
    for (const notification of [someStart, someEnd]) expect(await send(notification)).toMatchObject({ ok: true })
    expect(all[0]).toMatchObject({ path: '/notify/noc', headers: { authorization: `Basic ${Buffer.from('noc:hunter2').toString('base64')}` } })
    expect(bodies()).toMatchObject([
      { title: 'CRITICAL Berlin · cam1: stream gone', type: 'failure', format: 'text', tag: 'night' },
      { title: 'ENDED after 2 min 10 s: Berlin · cam1 stream gone', type: 'success' },
    ])
  })

  test('what nobody there would get waits; what a service behind it did not take is said', async () => {
    const none = open.use(await createReceiver((response) => void response.writeHead(204).end()))
    expect(await sending.to({ name: 'ap', apprise: none.origin })(someStart)).toMatchObject({ ok: false, isFinal: false, failure: { said: '204 No Content' } })
    const failed = open.use(await createReceiver(answers(424, { error: 'One or more notification could not be sent.' })))
    expect(await sending.to({ name: 'ap', apprise: failed.origin })(someStart)).toMatchObject({
      ok: false,
      isFinal: true,
      failure: { kind: 'answer', said: '424 One or more notification could not be sent.' },
    })
  })
})
