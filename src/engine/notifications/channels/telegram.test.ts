import { describe, expect, test } from 'vitest'
import { answers, createReceiver, hostileName, sendingInEachTest, someEnd, someStart, someSummary, someUpdate } from '../channels.fixture.ts'

describe('Telegram', () => {
  const { sending, open } = sendingInEachTest()

  const service = async (answer = answers(200, { ok: true, result: { message_id: 7 } })) => {
    const receiver = open.use(await createReceiver(answer))
    return { ...receiver, send: sending.to({ name: 'tg', telegram: '-100123', topic: 5, url: receiver.origin, secret: '123:hunter2' }) }
  }

  test('an update and an end are replies to the start', async () => {
    const { send, all, bodies } = await service()
    for (const notification of [someStart, someUpdate, someEnd]) expect(await send(notification)).toMatchObject({ ok: true })
    expect(all[0]?.path).toBe('/bot123:hunter2/sendMessage')
    const [start, update, end] = bodies()
    expect(start).toMatchObject({ chat_id: '-100123', message_thread_id: 5, text: expect.stringMatching(/^CRITICAL Berlin · cam1: stream gone\n/) })
    expect(start).not.toHaveProperty('reply_parameters')
    for (const later of [update, end]) expect(later).toMatchObject({ reply_parameters: { message_id: 7, allow_sending_without_reply: true } })
  })

  test('what is combined with others is a message of its own, to which nothing replies', async () => {
    const { send, bodies } = await service()
    for (const notification of [someSummary, someEnd]) await send(notification)
    for (const body of bodies()) expect(body).not.toHaveProperty('reply_parameters')
  })

  test('a text is plain, and has at most 4,096 characters with its link', async () => {
    const { send, bodies } = await service()
    await send({
      ...someStart,
      title: hostileName,
      text: hostileName,
      members: Array.from({ length: 99 }, () => ({ ...someStart.members[0], stream: hostileName }) as never),
    })
    const [body] = bodies() as unknown as { text: string }[]
    expect(body).not.toHaveProperty('parse_mode')
    expect(body?.text.length).toBeLessThanOrEqual(4_096)
    expect(body?.text.endsWith(`Open in mtxdeck: ${someStart.url}\nAcknowledge: ${someStart.ackUrl}`)).toBe(true)
  })

  test('waits as long as it says in its answer, and says why it refuses', async () => {
    const busy = await service(answers(429, { ok: false, error_code: 429, description: 'Too Many Requests: retry after 9', parameters: { retry_after: 9 } }))
    expect(await busy.send(someStart)).toMatchObject({ ok: false, isFinal: false, retryAfterMs: 9_000 })
    const wrong = await service(answers(400, { ok: false, error_code: 400, description: 'Bad Request: chat not found' }))
    expect(await wrong.send(someStart)).toMatchObject({ ok: false, isFinal: true, failure: { kind: 'answer', said: '400 Bad Request: chat not found' } })
    const unknown = await service(answers(404, { ok: false, error_code: 404, description: 'Not Found' }))
    expect(await unknown.send(someStart)).toMatchObject({ ok: false, isFinal: false, failure: { kind: 'signIn', said: '404 Not Found' } })
  })
})
