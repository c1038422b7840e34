import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createDemoFleet, type DemoFleet } from '../../src/demo/demoFleet.fixture.ts'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.fixture.ts'

const password = 'hunter2-of-the-dossier'
let fleet: DemoFleet
let deck: TestConsole

beforeAll(async () => {
  fleet = await createDemoFleet({
    clock: createSystemClock(),
    seed: 'dossier',
    servers: [
      {
        name: 'berlin',
        auth: { kind: 'basic', user: 'noc', password },
        paths: [{ name: 'cam', source: 'srtConn', readers: ['rtspSession'] }],
        intervalSeconds: 0.5,
      },
    ],
  })
  deck = await startTestConsole({ servers: [fleet.server('berlin').input] })
})
afterAll(async () => {
  await deck[Symbol.asyncDispose]()
  await fleet[Symbol.asyncDispose]()
})

const now = createSystemClock().now
const period = () => `since=${now() - 60_000}&until=${now() + 1}`

test('a dossier of a period is fetched with one request, as a page without scripts or secrets', async () => {
  await expect.poll(async () => (await deck.ask(`/api/dossier?${period()}`)).text().then((text) => text.includes('rtsp'))).toBe(true)
  const answer = await deck.ask(`/api/dossier?${period()}&lang=de`)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(answer.headers.get('content-disposition')).toMatch(/^inline; filename="mtxdeck-[\d-]+\.html"$/)
  const page = await answer.text()
  expect(page).toContain('<html lang="de">')
  expect(page).toContain('Was in diesem Zeitraum geschah')
  expect(page).not.toContain(password)
  expect(page).not.toContain('<script')
})

test('of chosen servers, in the language of the request', async () => {
  const [berlin] = (await (await deck.ask('/api/servers')).json()) as [{ readonly id: string }]
  const page = await (await deck.ask(`/api/dossier?${period()}&servers=${berlin.id}`, { headers: { 'accept-language': 'ko' } })).text()
  expect(page).toContain('<html lang="ko">')
  expect(page).toMatch(/<p>[^<]* UTC · berlin<\/p>/)
})

test('what is asked wrongly, or by somebody who has not signed in, is refused in words', async () => {
  const wrong = await deck.ask('/api/dossier?since=5')
  expect([wrong.status, await wrong.json()]).toEqual([400, expect.objectContaining({ message: expect.stringContaining('until') })])
  const unclear = await deck.ask(`/api/dossier?${period()}&hideAddresses=yes`, { headers: { 'accept-language': 'de' } })
  expect([unclear.status, await unclear.text()]).toEqual([400, expect.stringMatching(/hideAddresses: erwartet: true, false/)])
  const reversed = await deck.ask('/api/dossier?since=5&until=4')
  expect(reversed.status).toBe(400)
  const none = await deck.ask('/api/incidents/nothing/dossier')
  expect([none.status, await none.json()]).toEqual([404, expect.objectContaining({ data: { kind: 'noSuch' } })])
  expect((await fetch(`${deck.url}/api/dossier?${period()}`)).status).toBe(401)
  const gone = await deck.ask(`/relay/dossiers/${'0'.repeat(32)}/mtxdeck-1.html`)
  expect([gone.status, await gone.text()]).toEqual([404, 'This file is no longer kept. Create it again.'])
})
