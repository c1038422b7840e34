import { describe, expect, test } from 'vitest'
import { createReceiver, hostileName, sendingInEachTest, someEnd, someStart } from '../channels.fixture.ts'

describe('Microsoft Teams', () => {
  const { sending, open } = sendingInEachTest()

  test('gets an Adaptive Card, in which names are shown as they are', async () => {
    const receiver = open.use(await createReceiver((response) => void response.writeHead(202).end()))
    const send = sending.to({ name: 'teams', teams: receiver.origin, secret: '/workflows/1/invoke?api-version=1&sig=hunter2' })
    for (const notification of [{ ...someStart, title: hostileName }, someEnd]) expect(await send(notification)).toMatchObject({ ok: true })
    expect(receiver.all[0]?.path).toBe('/workflows/1/invoke?api-version=1&sig=hunter2')
    const [start, end] = receiver.bodies() as unknown as { attachments: { contentType: string; content: { body: object[]; actions: object[] } }[] }[]
    expect(start?.attachments).toHaveLength(1)
    expect(start?.attachments[0]?.contentType).toBe('application/vnd.microsoft.card.adaptive')
    const { body, actions } = start?.attachments[0]?.content ?? expect.fail()
    // TextBlock would read Markdown.
    for (const block of body) expect(block).toMatchObject({ type: 'RichTextBlock', inlines: [{ type: 'TextRun' }] })
    expect(actions).toEqual([
      { type: 'Action.OpenUrl', title: 'Open in mtxdeck', url: someStart.url },
      { type: 'Action.OpenUrl', title: 'Acknowledge', url: someStart.ackUrl },
    ])
    expect(JSON.stringify(end)).toContain('ENDED after 2 min 10 s: Berlin · cam1 stream gone')
  })

  test('says what the workflow refuses', async () => {
    const receiver = open.use(await createReceiver((response) => void response.writeHead(413).end('Request entity too large')))
    expect(await sending.to({ name: 'teams', teams: receiver.origin })(someStart)).toMatchObject({
      ok: false,
      isFinal: true,
      failure: { kind: 'answer', said: '413 Request entity too large' },
    })
  })
})
