import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { startTestConsole } from '../../src/headless/testConsole.ts'
import { openWindow, wordsInEnglish } from './openWindow.ts'

test('the list of channels says of each whether it works, and a test message says it at once', async () => {
  let status = 200
  const server = createServer((request, response) => void request.resume().on('end', () => response.writeHead(status).end()))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const deck = await startTestConsole({
    channels: [
      { name: 'ops', webhook: `${url}/hook?token=hunter2` },
      { name: 'night', telegram: '-100123', url, secret: '1:hunter2' },
    ],
  })
  onTestFinished(() => deck[Symbol.asyncDispose]())
  const window = await openWindow(deck.engine, {})
  onTestFinished(() => window.close())
  const words = await wordsInEnglish()
  const says = (...texts: string[]) =>
    vi.waitFor(
      () => {
        for (const text of texts) expect(window.document.body.textContent).toContain(text)
      },
      { timeout: 15_000, interval: 20 },
    )
  const tryOut = (name: string) => window.document.querySelector<HTMLElement>(`[aria-label="${words('channels.testOf', { name })}"]`)?.click()
  window.go('/alarms?tab=channels')
  await says('ops', 'webhook', url, 'night', 'telegram', `${url} -100123`, words('channels.unused'))
  tryOut('ops')
  await says(words('channels.accepted', { name: 'ops' }))
  status = 403
  tryOut('ops')
  await says('ops: The channel refused the message (status 403). Check its URL and its token.')
  expect(window.text()).toContain('The channel refused the message (status 403)')
  expect(window.document.documentElement.outerHTML).not.toContain('hunter2')
})
