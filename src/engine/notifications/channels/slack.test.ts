import { describe, expect, test } from 'vitest'
import { answers, createReceiver, type Got, hostileName, sendingInEachTest, someEnd, someStart, someSummary, someUpdate } from '../channels.fixture.ts'

describe('Slack', () => {
  const { sending, open } = sendingInEachTest()

  /** Answers as `error` says for a method; null: it takes the message. */
  const service = async (error: (method: string, body: Record<string, unknown>) => string | null = () => null) => {
    let posted = 0
    const receiver = open.use(
      await createReceiver((response, { path, text }: Got) => {
        const said = error(path.slice('/api/'.length), JSON.parse(text) as Record<string, unknown>)
        answers(200, said === null ? { ok: true, channel: 'C0123456789', ts: `1763089200.00010${posted++}` } : { ok: false, error: said })(response, {
          path,
          headers: {},
          text,
        })
      }),
    )
    const send = sending.to({ name: 'slack', slack: '#noc', url: receiver.origin, secret: 'xoxb-hunter2' })
    return {
      ...receiver,
      send,
      calls: () => receiver.bodies().map((body, index) => ({ method: receiver.all[index]?.path, ...body }) as Record<string, unknown>),
    }
  }

  test('an alarm is one message that is edited in place, and its thread says what happened', async () => {
    const { send, all, calls } = await service()
    for (const notification of [someStart, someUpdate, someEnd]) expect(await send(notification)).toMatchObject({ ok: true })
    const first = { channel: 'C0123456789', ts: '1763089200.000100' }
    expect(calls()).toMatchObject([
      { method: '/api/chat.postMessage', channel: '#noc', text: 'CRITICAL Berlin · cam1: stream gone' },
      { method: '/api/chat.update', ...first, text: 'ACKNOWLEDGED CRITICAL Berlin · cam1: stream gone' },
      { method: '/api/chat.postMessage', channel: first.channel, thread_ts: first.ts },
      { method: '/api/chat.update', ...first, text: 'ENDED after 2 min 10 s: Berlin · cam1 stream gone' },
      { method: '/api/chat.postMessage', channel: first.channel, thread_ts: first.ts },
    ])
    for (const { headers } of all) expect(headers.authorization).toBe('Bearer xoxb-hunter2')
  })

  test('several incidents as one message are a message of their own, which nothing follows', async () => {
    const { send, calls } = await service()
    for (const notification of [someSummary, someEnd]) expect(await send(notification)).toMatchObject({ ok: true })
    expect(calls().map(({ method, thread_ts: thread }) => [method, thread])).toEqual([
      ['/api/chat.postMessage', undefined],
      ['/api/chat.postMessage', undefined],
    ])
  })

  // The last two are those of a bot or channel that the configuration does not name any more.
  test.each(['edit_window_closed', 'message_not_found', 'channel_not_found', 'is_archived'])(
    'a message that cannot be edited any more (%s) is followed by a new one',
    async (error) => {
      const { send, calls } = await service((method) => (method === 'chat.update' ? error : null))
      await send(someStart)
      expect(await send(someEnd)).toMatchObject({ ok: true })
      expect(calls().map(({ method, thread_ts: thread }) => [method, thread])).toEqual([
        ['/api/chat.postMessage', undefined],
        ['/api/chat.update', undefined],
        ['/api/chat.postMessage', undefined],
      ])
    },
  )

  test.each([
    ['invalid_auth', { isFinal: false, failure: { kind: 'signIn', said: 'invalid_auth' } }],
    ['channel_not_found', { isFinal: false, failure: { kind: 'answer', said: 'channel_not_found', isPassing: true } }],
    ['internal_error', { isFinal: false, failure: { kind: 'answer', isPassing: true } }],
    ['msg_blocks_too_long', { isFinal: true, failure: { kind: 'answer', said: 'msg_blocks_too_long', isPassing: false } }],
  ])('%s is told from the others, though all answer 200', async (error, failure) => {
    const { send } = await service(() => error)
    expect(await send(someStart)).toMatchObject({ ok: false, ...failure })
  })

  test('names are no markup, no mention and no link', async () => {
    const { send, bodies } = await service()
    await send({ ...someStart, title: hostileName, text: hostileName })
    const { text, blocks } = bodies()[0] as unknown as { text: string; blocks: { text: { type: string; text: string } }[] }
    expect(text).not.toMatch(/[<>]/)
    for (const { text: part } of blocks) if (part.text.includes('evil')) expect(part.type).toBe('plain_text')
    expect(blocks.map(({ text: part }) => part.text.length <= 3_000)).not.toContain(false)
    expect(blocks[0]?.text.text.length).toBeLessThanOrEqual(150)
  })

  test('an incoming webhook gets one message each; one that is gone keeps what waits', async () => {
    const hook = open.use(await createReceiver((response) => void response.end('ok')))
    const send = sending.to({ name: 'slack', slack: hook.origin, secret: '/services/T0/B0/hunter2' })
    for (const notification of [someStart, someEnd]) expect(await send(notification)).toMatchObject({ ok: true })
    expect(hook.all.map(({ path }) => path)).toEqual(['/services/T0/B0/hunter2', '/services/T0/B0/hunter2'])
    const gone = open.use(await createReceiver((response) => void response.writeHead(404).end('no_service')))
    const sent = await sending.to({ name: 'slack', slack: `${gone.origin}/services/T0` })(someStart)
    expect(sent).toMatchObject({ ok: false, isFinal: false, failure: { kind: 'answer', said: '404 no_service' } })
  })
})
