import { describe, expect, test } from 'vitest'
import { answers, createReceiver, hostileName, sendingInEachTest, someEnd, someStart } from '../channels.fixture.ts'

describe('ntfy', () => {
  const { sending, open } = sendingInEachTest()

  test('goes to its topic with the priority of the severity, and opens the alarm', async () => {
    const { origin, all, bodies } = open.use(await createReceiver(answers(200, {})))
    const send = sending.to({ name: 'ntfy', ntfy: `${origin}/push/noc`, secret: 'tk_hunter2' })
    for (const notification of [someStart, { ...someStart, severity: 'warning' } as const, someEnd])
      expect(await send(notification)).toMatchObject({ ok: true })
    expect(all[0]).toMatchObject({ path: '/push/', headers: { authorization: 'Bearer tk_hunter2' } })
    expect(bodies()[0]).toMatchObject({ topic: 'noc', title: 'CRITICAL Berlin · cam1: stream gone', click: someStart.url })
    expect(bodies().map(({ priority }) => priority)).toEqual([5, 2, 3])
  })

  test('a message has at most 4,096 bytes, so that it becomes no attachment', async () => {
    const { origin, bodies } = open.use(await createReceiver(answers(200, {})))
    const name = hostileName.toWellFormed().replaceAll('\ufffd', '')
    const members = Array.from({ length: 9 }, () => ({ ...someStart.members[0], stream: name }) as never)
    await sending.to({ name: 'ntfy', ntfy: `${origin}/noc` })({ ...someStart, title: name, text: name, members })
    const [body] = bodies() as unknown as { title: string; message: string }[]
    expect(Buffer.byteLength(body?.message ?? '')).toBeLessThanOrEqual(4_096)
    expect(Buffer.byteLength(body?.title ?? '')).toBeLessThanOrEqual(250)
    expect(body?.message).not.toContain('\ufffd')
  })
})
