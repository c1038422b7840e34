import { Ajv2020, type AnySchema } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createDemoFleet, type DemoFleet } from '../../src/demo/demoFleet.fixture.ts'
import { monitoringContract } from '../../src/headless/monitoring.ts'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.fixture.ts'
import { contract } from '../../src/shared/contract.ts'

interface Operation {
  readonly operationId: string
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean; readonly schema: AnySchema }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: AnySchema }>> }
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Readonly<Record<string, { readonly schema: AnySchema }>> }>>
}
interface Description {
  readonly openapi: string
  readonly components: { readonly schemas: Readonly<Record<string, { readonly properties?: Readonly<Record<string, unknown>> }>> }
  readonly info: { readonly title: string; readonly version: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

let fleet: DemoFleet
let deck: TestConsole
let document: Description
const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { uri: true } })
beforeAll(async () => {
  fleet = await createDemoFleet({
    clock: createSystemClock(),
    seed: 'openapi',
    servers: [
      {
        name: 'all',
        paths: [
          { name: 'a', source: 'srtConn', readers: ['rtspSession'] },
          { name: 'slate', mode: 'alwaysAvailable', live: false },
        ],
        intervalSeconds: 0.5,
      },
    ],
  })
  deck = await startTestConsole({ servers: fleet.yamlServers() })
  document = (await (await deck.ask('/api/openapi.json')).json()) as Description
  // An id, so that its parts can be named.
  ajv.addSchema({ $id: 'document', ...document } as AnySchema)
})
afterAll(async () => {
  await deck[Symbol.asyncDispose]()
  await fleet[Symbol.asyncDispose]()
})

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })))
/** A place in the document as a JSON pointer. */
const pointer = (...parts: readonly string[]) =>
  `document#/${parts.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`

describe('the OpenAPI document', () => {
  test('is whole: every route of the contract, and nothing named twice', () => {
    expect(document.openapi).toMatch(/^3\.1\./)
    expect(document.info).toMatchObject({ title: 'mtxdeck', version: '0.0.0-test' })
    const routes = Object.values({ ...contract, monitoring: monitoringContract })
      .flatMap((noun) => Object.values(noun))
      .map((procedure) => procedure['~orpc'].route)
    expect(routes.length).toBeGreaterThan(20)
    for (const { method, path } of routes)
      expect(document.paths[(path ?? '').replaceAll('{+', '{')]?.[(method ?? '').toLowerCase()], `${method} ${path}`).toBeDefined()
    // What is no procedure: files, and what goes to media servers.
    for (const path of ['/dossier', '/incidents/{id}/dossier', '/relay/recordings']) expect(document.paths[path]?.get, path).toBeDefined()
    const ids = operations().map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('declares what stands in its paths, and says how it answers', () => {
    for (const { path, method, operation } of operations()) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map((found) => found[1])
      const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path')
      expect(declared.map((parameter) => parameter.name).sort(), `${method} ${path}`).toEqual(named.sort())
      expect(declared.every((parameter) => parameter.required)).toBe(true)
      expect(
        Object.keys(operation.responses).some((status) => /^[23]/.test(status)),
        `${method} ${path}`,
      ).toBe(true)
      for (const answer of Object.values(operation.responses)) expect(answer.description).toEqual(expect.any(String))
      if (method === 'get') expect(operation.requestBody).toBeUndefined()
    }
  })

  // There are hundreds, and compiling them takes many seconds.
  test('holds schemas that can be used', () => {
    let count = 0
    for (const { path, method, operation } of operations())
      for (const [status, answer] of Object.entries(operation.responses))
        for (const type of Object.keys(answer.content ?? {})) {
          expect(
            () => ajv.compile({ $ref: pointer('paths', path, method, 'responses', status, 'content', type, 'schema') }),
            `${method} ${path} ${status}`,
          ).not.toThrow()
          count++
        }
    expect(count).toBeGreaterThan(20)
  })

  test('describes once, by a name, what many answers hold, to its last field', () => {
    const whole = JSON.stringify(document)
    expect(document.components.schemas.Alarm?.properties?.why).toEqual({ $ref: '#/components/schemas/Reason' })
    for (const name of Object.keys(document.components.schemas)) expect(whole.split(`"#/components/schemas/${name}"`).length, name).toBeGreaterThan(1)
    // A program that reads the document makes types of it; when each answer held all of it, it was four times as large.
    expect(whole.length).toBeLessThan(1_500_000)
  })

  test('names every error that a caller can act on', () => {
    for (const status of ['404', '409', '503']) expect(document.paths['/servers/{id}']?.patch?.responses[status]).toBeDefined()
    expect(document.paths['/servers']?.post?.responses['201']).toBeDefined()
  })

  test.each([
    '/hello',
    '/fleet',
    '/troubles',
    '/servers',
    '/streams',
    '/streams?state=live',
    '/events?limit=3',
    '/history/store',
    '/history?server=all&metric=server.streamsLive&path=a&path=slate&metric=path.state&from=-2m&step=1&reduce=last',
    '/hosts/local',
    '/hosts',
    '/streams/latest',
    '/monitoring/system',
    '/monitoring/streams',
    '/monitoring/alerts',
    '/monitoring/history',
    '/monitoring/data',
    '/monitoring/data?history=true',
  ])('%s answers as it says', async (route) => {
    // With a stream and a trouble in it: an empty list fits every schema.
    await expect.poll(async () => JSON.stringify(await (await deck.ask('/api/monitoring/data')).json())).toMatch(/"online":true.*slateOnAir/)
    const answer = await deck.ask(`/api${route}`)
    expect(answer.status).toBe(200)
    const check = ajv.compile({ $ref: pointer('paths', route.split('?')[0] ?? '', 'get', 'responses', '200', 'content', 'application/json', 'schema') })
    const body = await answer.json()
    expect(check(body), JSON.stringify(check.errors)).toBe(true)
  })
})

describe('series for scripts', () => {
  const known = async () => {
    const { rows } = (await (await deck.ask('/api/history?server=all&path=a&metric=path.state&from=-2m&step=1')).json()) as { rows: [string, number | null][] }
    return rows.filter(([, state]) => state === 0).length
  }

  test('come as CSV under a name of their own, and as JSON', async () => {
    await expect.poll(known).toBeGreaterThan(0)
    const answer = await deck.ask('/api/history?server=ALL&path=a&metric=path.state&from=-2m&step=1&format=csv')
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8; header=present'])
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="mtxdeck-all-\d{4}-\d\d-\d\d-\d\d-\d\d\.csv"$/)
    const lines = (await answer.text()).split('\r\n')
    expect(lines[0]).toBe('time,a path.state')
    expect(lines.some((line) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z,0$/.test(line))).toBe(true)
    expect(lines.some((line) => /Z,$/.test(line))).toBe(true)
  })

  test.each([
    ['', 400, /^Not accepted\. server: "server" is missing; metric: expected a value such as path\.bitrateIn/],
    ['server=all&metric=path.state&path=a&step=0', 400, /^Not accepted\. step: expected a value such as 60, 15m/],
    ['server=nobody&metric=server.readers', 404, /^Not accepted\. server: there is no "nobody"; there are all$/],
  ])('"%s" is refused in words', async (query, status, words) => {
    const answer = await deck.ask(`/api/history?${query}`)
    expect([answer.status, await answer.json()]).toEqual([status, expect.objectContaining({ message: expect.stringMatching(words) })])
  })

  test('are for those who signed in only', async () => {
    expect((await fetch(`${deck.url}/api/history?server=all&metric=server.readers`)).status).toBe(401)
  })
})

describe('routes of other consoles', () => {
  test('are in the shapes that their users know', async () => {
    const get = async (path: string) => (await (await deck.ask(`/api${path}`)).json()) as never
    await expect
      .poll(() => get('/monitoring/alerts'))
      .toEqual([
        expect.objectContaining({
          level: 'warning',
          severity: 'major',
          type: 'slateOnAir',
          server: 'all',
          stream: 'slate',
          since: expect.stringMatching(/Z$/),
        }),
      ])
    const latest = [
      expect.objectContaining({
        name: 'a',
        sourceType: 'srtConn',
        tracks: expect.any(Array),
        bytesReceived: expect.any(Number),
        readers: 1,
        rtt: expect.any(Number),
        recvRateMbps: expect.any(Number),
        linkCapacityMbps: expect.any(Number),
      }),
      expect.objectContaining({ name: 'slate' }),
    ]
    expect(await get('/streams/latest')).toEqual(latest)
    expect(await get('/streams')).toEqual(latest)
    expect(await get('/monitoring/streams')).toMatchObject({
      summary: { total: 2, online: 1, offline: 1, unknown: 0, clients: 1 },
      streams: [{ online: true, clients: 1 }, { online: false }],
    })
    expect(await get('/monitoring/system')).toMatchObject({
      hostname: expect.any(String),
      memoryTotalBytes: expect.any(Number),
      at: expect.stringMatching(/Z$/),
    })
    const data: { history?: unknown } = await get('/monitoring/data')
    expect(Object.keys(data)).toEqual(['at', 'system', 'streams', 'alerts'])
    expect(await get('/monitoring/data?history=true')).toMatchObject({ history: { intervalSeconds: 60, points: expect.any(Array) } })
    expect(((await get('/monitoring/history')) as { points: unknown[] }).points).toHaveLength(60)
  })
})
