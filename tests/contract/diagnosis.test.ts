import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createDemoFleet, type DemoFleet } from '../../src/demo/demoFleet.fixture.ts'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.fixture.ts'
import type { Diagnosis } from '../../src/shared/diagnosis.ts'

const password = 'hunter2-of-the-diagnosis'
let fleet: DemoFleet
let deck: TestConsole
let id: string

beforeAll(async () => {
  fleet = await createDemoFleet({
    clock: createSystemClock(),
    seed: 'diagnosis',
    servers: [
      {
        name: 'berlin',
        auth: { kind: 'basic', user: 'noc', password },
        paths: [{ name: 'exam/cam 1', source: 'srtConn', readers: ['rtspSession'] }],
        intervalSeconds: 0.5,
        listens: true,
      },
    ],
  })
  deck = await startTestConsole({ servers: [fleet.server('berlin').input] })
})
afterAll(async () => {
  await deck[Symbol.asyncDispose]()
  await fleet[Symbol.asyncDispose]()
})

const post = (path: string, init: RequestInit = {}) => deck.ask(path, { method: 'POST', ...init })

test('a server is diagnosed with one request, in the language of the request and without its password', async () => {
  await expect
    .poll(async () => (await (await deck.ask('/api/servers')).json()) as unknown)
    .toEqual([expect.objectContaining({ state: 'up', addressesAssumed: false })])
  id = ((await (await deck.ask('/api/servers')).json()) as [{ readonly id: string }])[0].id
  const answer = await post(`/api/servers/${id}/diagnosis`, { headers: { 'accept-language': 'de' } })
  expect(answer.status).toBe(200)
  const text = await answer.text()
  expect(text).not.toContain(password)
  const diagnosis = JSON.parse(text) as Diagnosis
  expect(diagnosis).toMatchObject({ serverId: id, server: 'berlin', path: null, endedAt: expect.any(Number), verdict: expect.anything() })
  expect(diagnosis.findings.find(({ step }) => step === 'api')).toMatchObject({
    outcome: 'ok',
    words: expect.stringMatching(/^MediaMTX v?[\d.]+ antwortet\.$/),
  })
  expect(diagnosis.words).toBeTruthy()
  const kept = (await (await deck.ask(`/api/servers/${id}/diagnosis`)).json()) as Diagnosis[]
  expect(kept.map((one) => one.id)).toEqual([diagnosis.id])
})

test('two who ask for the same at once get the same one, and it is an event with its verdict', async () => {
  const [one, other] = (await Promise.all([1, 2].map(async () => (await post(`/api/servers/${id}/diagnosis/exam/cam%201`)).json()))) as [Diagnosis, Diagnosis]
  expect(one.path).toBe('exam/cam 1')
  expect(other.id).toBe(one.id)
  expect(one.findings.find(({ step }) => step === 'stream')).toMatchObject({ outcome: 'ok', found: { kind: 'streamIs', state: 'live' } })
  expect(((await (await deck.ask(`/api/servers/${id}/diagnosis?path=exam/cam%201`)).json()) as Diagnosis[]).map((kept) => kept.id)).toEqual([one.id])
  await expect
    .poll(async () =>
      ((await (await deck.ask(`/api/events?serverId=${id}&path=exam/cam%201`)).json()) as { readonly kind: string }[]).filter(
        ({ kind }) => kind === 'diagnosed',
      ),
    )
    .toEqual([expect.objectContaining({ facts: { by: 'operator', verdict: one.verdict }, text: expect.stringContaining(one.words ?? '?') })])
})

test('a demo server is what its configuration says: RTSP describes what is on air, RTMP and SRT answer', async () => {
  const diagnose = async (path: string) => (await (await post(`/api/servers/${id}/diagnosis/${path}`)).json()) as Diagnosis
  const live = await diagnose('exam/cam%201')
  expect(live.findings.filter(({ outcome }) => outcome === 'failed')).toEqual([])
  expect(live.findings).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ step: 'rtspDescribe', found: { kind: 'described', media: ['video H264', 'audio mpeg4-generic'] } }),
      expect.objectContaining({ step: 'port', endpoint: 'rtmp', outcome: 'ok' }),
      expect.objectContaining({ step: 'srtHandshake', outcome: 'ok' }),
      expect.objectContaining({ step: 'hlsPage', outcome: 'ok' }),
    ]),
  )
  expect(live.verdict).toEqual({ kind: 'allWell' })
  const nothing = await diagnose('nothing')
  expect(nothing.findings.find(({ step }) => step === 'rtspDescribe')).toMatchObject({
    outcome: 'failed',
    found: { error: { kind: 'httpStatus', status: 404 } },
  })
  expect(nothing.verdict).toEqual({ kind: 'nobodyPublishes', path: 'nothing' })
})

test('the machine under a server is asked, too: its process, its ports and its log', async () => {
  const clock = createSystemClock()
  await using far = await createDemoFleet({
    clock,
    seed: 'machine',
    hosts: true,
    servers: [{ name: 'hamburg', paths: [{ name: 'cam', source: 'srtConn' }], listens: true, intervalSeconds: 0.5 }],
  })
  await using own = await startTestConsole({ servers: far.yamlServers(), hosts: far.yamlHosts() })
  const serverId = ((await (await own.ask('/api/servers')).json()) as [{ readonly id: string }])[0].id
  const hostState = async () => ((await (await own.ask('/api/hosts')).json()) as [{ readonly reading: { readonly mediaServer: unknown } | null }])[0].reading
  await expect.poll(hostState).toMatchObject({ mediaServer: { pid: expect.any(Number) } })
  // Which doors there are to look for is known by the configuration.
  await expect.poll(async () => (await own.ask(`/api/servers/${serverId}/configuration`)).json()).toMatchObject({ readAt: expect.any(Number) })
  const diagnose = async () => (await (await own.ask(`/api/servers/${serverId}/diagnosis/cam`, { method: 'POST' })).json()) as Diagnosis
  const at = ({ findings }: Diagnosis, step: string) => findings.find((one) => one.step === step)
  const well = await diagnose()
  expect(at(well, 'hostProcess')).toMatchObject({ outcome: 'ok', found: { kind: 'processRuns', pid: expect.any(Number) } })
  expect(at(well, 'hostPorts')).toMatchObject({ outcome: 'ok', found: { closed: [] } })
  expect(at(well, 'hostPorts')?.found).toMatchObject({
    listening: expect.arrayContaining(['api', 'rtsp', 'rtmp', 'srt', 'hls', 'webrtc'].map((endpoint) => expect.objectContaining({ endpoint }))),
  })
  expect(at(well, 'hostLog')?.found).toMatchObject({ kind: 'logSays', lines: [expect.stringContaining('[path cam]')] })
  far.server('hamburg').trouble({ kind: 'die' })
  await expect.poll(hostState).toMatchObject({ mediaServer: null })
  const ended = await diagnose()
  expect(at(ended, 'hostProcess')).toMatchObject({ outcome: 'failed', found: { kind: 'processMissing' } })
  expect(ended.verdict).toMatchObject({ kind: 'notRunning', said: expect.stringContaining('shutting down gracefully') })
  expect(ended.words).toContain('systemctl start mediamtx')
})

test('what is not watched, and who has not signed in, is refused', async () => {
  const none = await post('/api/servers/nobody/diagnosis')
  expect([none.status, await none.json()]).toEqual([404, expect.objectContaining({ data: { kind: 'noSuch' } })])
  expect((await deck.ask('/api/servers/nobody/diagnosis')).status).toBe(404)
  expect((await post('/api/servers/nobody/diagnosis/cam')).status).toBe(404)
  expect((await fetch(`${deck.url}/api/servers/${id}/diagnosis`, { method: 'POST' })).status).toBe(401)
})
