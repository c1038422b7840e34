import { describe, expect, test } from 'vitest'
import { answers, createReceiver, hostileName, sendingInEachTest, someEnd, someStart, someUpdate } from '../channels.fixture.ts'

describe('PagerDuty', () => {
  const { sending, open } = sendingInEachTest()

  const service = async (answer = answers(202, { status: 'success' })) => {
    const receiver = open.use(await createReceiver(answer))
    return { ...receiver, send: sending.to({ name: 'pd', pagerduty: receiver.origin, secret: 'R0UT1NG' }) }
  }

  test('triggers, acknowledges and resolves one alert', async () => {
    const { send, all, bodies } = await service()
    for (const notification of [someStart, someUpdate, someEnd]) expect(await send(notification)).toMatchObject({ ok: true })
    expect(all.map(({ path }) => path)).toEqual(['/v2/enqueue', '/v2/enqueue', '/v2/enqueue', '/v2/enqueue'])
    expect(bodies().map(({ event_action: action }) => action)).toEqual(['trigger', 'trigger', 'acknowledge', 'resolve'])
    for (const body of bodies()) expect(body).toMatchObject({ routing_key: 'R0UT1NG', dedup_key: 'mtxdeck-a1b2' })
    expect(bodies()[0]).toMatchObject({
      client: 'mtxdeck',
      client_url: someStart.url,
      payload: {
        summary: 'CRITICAL Berlin · cam1: stream gone',
        source: 'Berlin',
        component: 'cam1',
        severity: 'critical',
        timestamp: someStart.since,
        class: 'streamGone',
      },
    })
  })

  test('a test leaves nothing open', async () => {
    const { send, bodies } = await service()
    await send({ ...someStart, event: 'test' })
    expect(bodies().map(({ event_action: action }) => action)).toEqual(['trigger', 'resolve'])
  })

  test('says why an event is refused, and keeps to the lengths of its fields', async () => {
    const { send, bodies } = await service(answers(400, { status: 'invalid event', message: 'Event object is invalid', errors: ['routing_key is wrong'] }))
    expect(await send({ ...someStart, title: hostileName, text: hostileName, servers: [hostileName] })).toMatchObject({
      ok: false,
      isFinal: true,
      failure: { kind: 'answer', said: '400 Event object is invalid: routing_key is wrong' },
    })
    const [
      {
        payload: { summary, source },
      } = expect.fail(),
    ] = bodies() as unknown as { payload: { summary: string; source: string } }[]
    expect(summary.length).toBeLessThanOrEqual(1024)
    expect(source.length).toBeLessThanOrEqual(255)
  })
})
