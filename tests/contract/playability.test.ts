import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createDemoFleet, type DemoFleet } from '../../src/demo/demoFleet.fixture.ts'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.fixture.ts'
import type { Playability } from '../../src/shared/playability.ts'

let fleet: DemoFleet
let deck: TestConsole
let id: string

beforeAll(async () => {
  fleet = await createDemoFleet({
    clock: createSystemClock(),
    seed: 'playability',
    servers: [
      { name: 'berlin', paths: [{ name: 'exam/cam 1', source: 'srtConn', tracks: 'h265Opus' }], off: ['rtmp', 'rtmps', 'rtsps', 'moq'], intervalSeconds: 0.5 },
    ],
  })
  deck = await startTestConsole({ servers: [fleet.server('berlin').input] })
})
afterAll(async () => {
  await deck[Symbol.asyncDispose]()
  await fleet[Symbol.asyncDispose]()
})

const read = async (init: RequestInit = {}) => {
  const answer = await deck.ask(`/api/servers/${id}/playability/exam/cam%201`, init)
  expect(answer.status).toBe(200)
  return (await answer.json()) as Playability
}
const row = ({ rows }: Playability, client: string) => rows.find((one) => one.client === client)

test('a stream says by which players it plays, in the language of the request, and after a diagnosis', async () => {
  await expect
    .poll(async () => (await (await deck.ask('/api/servers')).json()) as unknown)
    .toEqual([expect.objectContaining({ state: 'up', addressesAssumed: false })])
  id = ((await (await deck.ask('/api/servers')).json()) as [{ readonly id: string }])[0].id
  const evaluated = await read({ headers: { 'accept-language': 'de' } })
  expect(evaluated).toMatchObject({ serverId: id, path: 'exam/cam 1', triedAt: null })
  expect(row(evaluated, 'browserWebrtc')).toMatchObject({
    verdict: 'limited',
    reasons: [{ kind: 'fewPlayers', codecs: ['H265'] }],
    words: expect.arrayContaining(['Nur manche Player spielen H265 ab.']),
  })
  expect(row(evaluated, 'rtmp')).toMatchObject({ verdict: 'cannot', reasons: [{ kind: 'switchedOff', setting: 'rtmp' }] })
  const before = Date.now()
  expect((await deck.ask(`/api/servers/${id}/diagnosis/exam/cam%201`, { method: 'POST' })).status).toBe(200)
  const tried = await read()
  expect(tried.triedAt).toBeGreaterThanOrEqual(before)
  // No demo has a listener of SRT.
  expect(row(evaluated, 'srt')?.verdict).toBe('plays')
  expect(row(tried, 'srt')).toMatchObject({ verdict: 'cannot', reasons: [{ kind: 'tried', endpoint: 'srt', found: { kind: 'failed' } }] })
})

test('what is not there, and who has not signed in, is refused', async () => {
  for (const path of [`${id}/playability/nothing`, 'nobody/playability/cam']) {
    const none = await deck.ask(`/api/servers/${path}`)
    expect([none.status, await none.json()]).toEqual([404, expect.objectContaining({ data: expect.objectContaining({ kind: 'noSuch' }) })])
  }
  expect((await fetch(`${deck.url}/api/servers/${id}/playability/exam/cam%201`)).status).toBe(401)
})
