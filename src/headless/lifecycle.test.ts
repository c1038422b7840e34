import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createSystemClock } from '../clock/clock.ts'
import { createDemoFleet, type DemoFleet } from '../demo/demoFleet.fixture.ts'
import type { ClosedPath, PathReport } from '../shared/paths.ts'
import type { StreamReport } from '../shared/streams.ts'
import { startTestConsole, type TestConsole } from './testConsole.fixture.ts'

const exam = 'exam_123_student_456_1693875600000'
const soon = { timeout: 60_000, interval: 100 }

let fleet: DemoFleet
let deck: TestConsole
beforeAll(async () => {
  fleet = await createDemoFleet({
    clock: createSystemClock(),
    seed: 'lifecycle',
    servers: [
      {
        name: 'Berlin',
        version: '1.20',
        paths: [
          { name: exam, source: 'webRTCSession', readers: ['rtspSession'] },
          { name: 'studio/one', source: 'srtConn' },
          { name: 'pulled', source: 'rtspSource' },
        ],
      },
      { name: 'Wien', version: '1.20', paths: [{ name: 'studio/one', source: 'srtConn' }] },
    ],
  })
  deck = await startTestConsole({ servers: fleet.yamlServers() })
  await vi.waitFor(async () => expect((await paths()).items.filter(({ ready }) => ready)).toHaveLength(4), soon)
})
afterAll(async () => {
  await deck[Symbol.asyncDispose]()
  await fleet[Symbol.asyncDispose]()
})

const json = async <T>(answer: Promise<Response>) => (await (await answer).json()) as T
const paths = (query = '') => json<{ itemCount: number; pageCount: number; items: PathReport[] }>(deck.ask(`/api/v3/paths/list?${query}`))
const putNaming = (templates: readonly string[]) =>
  deck.ask('/api/streams/naming', { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ templates }) })

test('names are taken apart by templates that were entered, everywhere that streams are listed for scripts', async () => {
  expect(await json(deck.ask('/api/streams/naming'))).toEqual({ templates: [], ofFile: false })
  expect((await json<StreamReport[]>(deck.ask('/api/streams'))).every(({ fields }) => fields === undefined)).toBe(true)
  const templates = ['{examId}_{participantId}_{timestamp}', '{place}/{camera}']
  expect(await json(putNaming(templates))).toEqual({ templates, ofFile: false })
  const fields = { examId: 'exam_123', participantId: 'student_456', timestamp: '1693875600000' }
  for (const route of ['/api/streams', '/api/streams/latest'])
    expect(
      (await json<StreamReport[]>(deck.ask(route))).map((stream) => [stream.name, stream.fields]),
      route,
    ).toEqual(
      expect.arrayContaining([
        [exam, fields],
        ['pulled', undefined],
        ['studio/one', { place: 'studio', camera: 'one' }],
      ]),
    )
  expect(await json(deck.ask(`/api/v3/paths/get/${exam}`))).toMatchObject({ name: exam, fields })
})

test('/api/streams/latest takes a state, a server and a moment as /api/streams does, and refuses what is none', async () => {
  for (const query of ['', '?state=live', '?state=gone', '?serverId=nobody', '?state=well', '?at=yesterday', '?at=1000']) {
    const [latest, all] = [await deck.ask(`/api/streams/latest${query}`), await deck.ask(`/api/streams${query}`)]
    expect(latest.status, query).toBe(all.status)
    const [said, asked] = [await latest.text(), await all.text()]
    const names = (text: string) => (latest.ok ? (JSON.parse(text) as StreamReport[]).map(({ name }) => name) : text)
    expect(names(said), query).toEqual(names(asked))
  }
  expect((await deck.ask('/api/streams/latest?state=well')).status).toBe(400)
  expect(await json(deck.ask('/api/streams/latest?state=gone'))).toEqual([])
})

test('a template that nobody can read is refused, and says where it is wrong', async () => {
  const answer = await putNaming(['{examId}{participantId}'])
  expect(answer.status).toBe(400)
  expect(await answer.text()).toContain('the template cannot be read at “{examId}{participantId}”')
})

test('lists the streams of all servers as a MediaMTX lists its own, a page at a time', async () => {
  const all = await paths()
  expect(all).toMatchObject({ itemCount: 4, pageCount: 1 })
  expect(all.items.find(({ name }) => name === exam)).toMatchObject({
    server: 'Berlin',
    ready: true,
    source: { type: 'webRTCSession' },
    readerCount: 1,
    bytesReceived: expect.any(Number),
  })
  const second = await paths('itemsPerPage=3&page=1')
  expect(second).toMatchObject({ itemCount: 4, pageCount: 2 })
  expect(second.items).toHaveLength(1)
  expect((await paths('server=wien')).items.map(({ server, name }) => `${server} ${name}`)).toEqual(['Wien studio/one'])
  // What ends an old MediaMTX is refused here.
  expect((await deck.ask('/api/v3/paths/list?itemsPerPage=0')).status).toBe(400)
})

test('finds one by its name, where only one server has it or is named', async () => {
  expect((await deck.ask('/api/v3/paths/get/nowhere')).status).toBe(404)
  const twice = await deck.ask('/api/v3/paths/get/studio/one')
  expect(twice.status).toBe(409)
  expect(await twice.text()).toContain('?server=')
  expect(await json(deck.ask('/api/v3/paths/get/studio/one?server=Wien'))).toMatchObject({ server: 'Wien', name: 'studio/one' })
})

test('closes a stream by disconnecting its publisher, with who and why, and says what it can not close', async () => {
  const closing = (path: string) => deck.ask(`/api/v3/paths/delete/${path}`, { method: 'DELETE' })
  expect((await closing('nowhere')).status).toBe(404)
  expect((await closing('studio/one')).status).toBe(409)
  const pulled = await closing('pulled')
  expect(pulled.status).toBe(422)
  expect(await pulled.text()).toContain('configuration')
  const closed = await json<ClosedPath>(closing(`${exam}?reason=exam%20over`))
  expect(closed).toMatchObject({ name: exam, server: 'Berlin', closed: true, sessions: [{ outcome: 'kicked', path: exam }] })
  expect(await json(closing('studio/one?server=Wien'))).toMatchObject({ server: 'Wien', closed: true })
  const events = await json<{ kind: string; text: string; facts: unknown }[]>(deck.ask('/api/events'))
  const kicked = events.filter(({ kind }) => kind === 'sessionsKicked')
  expect(kicked).toHaveLength(2)
  expect(JSON.stringify(kicked)).toContain('exam over')
  expect(JSON.stringify(kicked)).toContain('DELETE /v3/paths/delete')
})
