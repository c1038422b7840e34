import { readFileSync } from 'node:fs'
import Ajv from 'ajv'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { createTestClock } from '../clock/testClock.ts'
import { fullVersion } from './demoApi.ts'
import { createDemoFleet, type DemoFleet } from './demoFleet.fixture.ts'
import type { DemoVersion } from './demoOptions.ts'

const fixtures = new URL('../../tests/fixtures/', import.meta.url)
/** Of 1.21 there is no recording yet. */
const recordedVersions: readonly DemoVersion[] = ['1.3', '1.5', '1.9', '1.15', '1.17', '1.20']

interface Recorded {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}
const recorded = (version: DemoVersion, file: string): Recorded =>
  JSON.parse(readFileSync(new URL(`recorded/${fullVersion[version]}/${file}.json`, fixtures), 'utf8'))

const noc = `Basic ${Buffer.from('noc:watch-me').toString('base64')}`
const one = (version: DemoVersion) =>
  createDemoFleet({
    clock: createTestClock(),
    seed: 'recorded',
    servers: [{ name: 'one', version, auth: { kind: 'basic', user: 'noc', password: 'watch-me' } }],
  })
async function ask(fleet: DemoFleet, path: string, init: RequestInit = {}) {
  const response = await fetch(`${fleet.servers[0]?.url}${path}`, { ...init, headers: { authorization: noc, ...init.headers } })
  const text = await response.text()
  let body: unknown = text
  try {
    body = JSON.parse(text)
  } catch {}
  return { status: response.status, headers: Object.fromEntries(response.headers), body }
}

type Shape = string | readonly Shape[] | { readonly [field: string]: Shape }
/** Names, types and null-ness of a value; lists of objects become the set of their members' shapes. */
function shapeOf(value: unknown): Shape {
  if (value === null) return 'null'
  if (Array.isArray(value)) return [...new Map(value.map((item) => [JSON.stringify(shapeOf(item)), shapeOf(item)])).values()]
  if (typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shapeOf(member)]))
  return typeof value
}
/** In the order of the fields, too: JSON text compares both. */
const text = (value: unknown) => JSON.stringify(shapeOf(value))
const items = (body: unknown) => (body as { items: Record<string, unknown>[] }).items
const named = (body: unknown, name: string) => items(body).find((item) => item.name === name)

const lists = ['rtspconns', 'rtspsessions', 'rtmpconns', 'srtconns', 'webrtcsessions', 'hlssessions', 'hlsmuxers'] as const

describe.each(recordedVersions)('a demo server of version %s answers as the recorded one', (version) => {
  it('answers paths field by field, in the same order, live, dead, on demand and slate', async () => {
    await using fleet = await one(version)
    const real = recorded(version, '1-busy/paths').body
    const ours = (await ask(fleet, '/v3/paths/list?itemsPerPage=1000')).body
    expect(Object.keys(ours as object)).toEqual(Object.keys(real as object))
    const names = [
      'cam1',
      'cam2',
      'site/berlin',
      'site/north/gate',
      'webcam',
      'lobby/door',
      'hls-pull',
      'ondemand',
      'dead',
      ...(Number(version.slice(2)) >= 17 ? ['slate'] : []),
    ]
    for (const name of names) {
      const [a, b] = [named(ours, name), named(real, name)]
      // Readers differ in number and order, not in shape.
      expect(text(a), name).toBe(text(b))
      expect(a?.tracks, name).toEqual(b?.tracks)
      expect((a?.source as { type?: string } | null)?.type, name).toBe((b?.source as { type?: string } | null)?.type)
      expect(a?.ready, name).toBe(b?.ready)
      expect(a?.online, name).toBe(b?.online)
      if (b?.onlineTime === '0001-01-01T00:00:00Z') expect(a?.onlineTime, name).toBe(b.onlineTime)
    }
  })

  it('answers a configured path without publisher like one that never had one', async () => {
    await using fleet = await one(version)
    const ours = named((await ask(fleet, '/v3/paths/list')).body, 'idle')
    const real = named(recorded(version, '0-empty/paths').body, 'cam1')
    expect({ ...ours, name: '', confName: '' }).toEqual({ ...real, name: '', confName: '' })
  })

  it.each(lists)('answers %s field by field, publishers and readers', async (list) => {
    await using fleet = await one(version)
    const real = recorded(version, `1-busy/${list}`)
    const ours = await ask(fleet, `/v3/${list}/list?itemsPerPage=1000`)
    expect(ours.status).toBe(real.status)
    if (real.status !== 200) {
      expect(ours.body).toBe(real.body)
      return
    }
    expect(items(ours.body).length).toBeGreaterThan(0)
    for (const state of new Set(items(real.body).map((item) => item.state))) {
      const pick = (body: unknown) => items(body).find((item) => item.state === state)
      expect(text(pick(ours.body)), String(state)).toBe(text(pick(real.body)))
    }
  })

  it.each(['moqsessions', 'rtspssessions', 'rtmpsconns'])('knows no %s where they are switched off', async (list) => {
    await using fleet = await createDemoFleet({ clock: createTestClock(), seed: 'off', servers: [{ name: 'off', version, paths: 3 }] })
    const real = recorded(version, `1-busy/${list}`)
    const ours = await ask(fleet, `/v3/${list}/list`)
    expect([ours.status, ours.body, ours.headers['content-type']]).toEqual([real.status, real.body, real.headers['content-type']])
  })

  it.each(['0-empty/config-global', '0-empty/config-pathdefaults', '3-edges/config-path-get', '1-busy/info', '1-busy/recordings', '3-edges/recording-get'])(
    'answers %s with the same fields',
    async (file) => {
      await using fleet = await one(version)
      const real = recorded(version, file)
      const path = (JSON.parse(readFileSync(new URL(`recorded/${fullVersion[version]}/${file}.json`, fixtures), 'utf8')) as { request: { path: string } })
        .request.path
      const ours = await ask(fleet, path)
      expect(ours.status).toBe(real.status)
      const sorted = (value: unknown) =>
        typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value
      // Lists that were empty there may hold something here and the other way round: their members are not compared.
      const flat = (value: unknown) => JSON.stringify(shapeOf(sorted(value)), (_, member: unknown) => (Array.isArray(member) ? 'list' : member))
      expect(flat(ours.body)).toBe(flat(real.body))
    },
  )

  it('shows passwords as that version does', async () => {
    await using fleet = await one(version)
    const global = JSON.stringify((await ask(fleet, '/v3/config/global/get')).body)
    expect(global.includes('watch-me')).toBe(JSON.stringify(recorded(version, '0-empty/config-global').body).includes('watch-me'))
    expect(JSON.stringify((await ask(fleet, '/v3/config/paths/list?itemsPerPage=1000')).body)).toContain('camuser:campass@')
  })

  const edges: readonly (readonly [string, string, RequestInit])[] = [
    ['unknown-endpoint', '/v3/nothing/list', {}],
    ['not-api-root', '/', {}],
    ['old-v2', '/v2/paths/list', {}],
    ['path-get-missing', '/v3/paths/get/nothere', {}],
    ['path-get-slash', '/v3/paths/get/site/north/gate', {}],
    ['path-get-encoded-slash', '/v3/paths/get/site%2Fnorth%2Fgate', {}],
    ['paths-page-abc', '/v3/paths/list?page=abc', {}],
    ['paths-itemsPerPage0', '/v3/paths/list?itemsPerPage=0', {}],
  ]
  it.each(edges.filter(([file]) => !(file === 'paths-itemsPerPage0' && Number(version.slice(2)) <= 5)))(
    'answers the edge %s alike',
    async (file, path, init) => {
      await using fleet = await one(version)
      const real = recorded(version, `3-edges/${file}`)
      const ours = await ask(fleet, path, init)
      expect(ours.status).toBe(real.status)
      if (real.status >= 400) expect(ours.body).toEqual(real.body)
      else expect(text(ours.body)).toBe(text(real.body))
      for (const header of ['content-type', 'server']) expect(ours.headers[header] ?? null, header).toBe(real.headers[header] ?? null)
    },
  )

  it('asks for credentials as that version does', async () => {
    await using fleet = await one(version)
    const real = recorded(version, '3-edges/no-credentials')
    const response = await fetch(`${fleet.servers[0]?.url}/v3/paths/list`)
    expect(response.status).toBe(real.status)
    expect(response.headers.get('www-authenticate')).toBe(real.headers['www-authenticate'] ?? null)
    const body = await response.text()
    if (real.status === 401) expect(body).toBe(typeof real.body === 'string' ? real.body : JSON.stringify(real.body))
    expect((await ask(fleet, '/v3/paths/list', { headers: { authorization: 'Bearer noc:watch-me' } })).status).toBe(200)
  })

  it('kicks a session once', async () => {
    await using fleet = await one(version)
    const [session] = items((await ask(fleet, '/v3/rtmpconns/list')).body)
    const real = recorded(version, '3-edges/kick')
    const again = recorded(version, '3-edges/kick-again')
    const ours = await ask(fleet, `/v3/rtmpconns/kick/${session?.id}`, { method: 'POST' })
    expect([ours.status, ours.body]).toEqual([real.status, real.body])
    const second = await ask(fleet, `/v3/rtmpconns/kick/${session?.id}`, { method: 'POST' })
    expect([second.status, text(second.body)]).toEqual([again.status, text(again.body)])
  })
})

describe('the OpenAPI description of 1.20.1', () => {
  const description = parse(readFileSync(new URL('openapi-1.20.1.yaml', fixtures), 'utf8')) as {
    components: { schemas: Record<string, Record<string, unknown>> }
  }
  // OpenAPI 3.0 says `nullable`; and no field more than it names may appear.
  const strict = (schema: unknown): unknown => {
    if (Array.isArray(schema)) return schema.map(strict)
    if (typeof schema !== 'object' || schema === null) return schema
    const { nullable, format: _format, description: _description, ...rest } = schema as Record<string, unknown>
    const inner = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, strict(value)]))
    if ('properties' in inner && !('oneOf' in inner) && !('allOf' in inner)) inner.additionalProperties = false
    if (!nullable) return inner
    const { type, ...others } = inner
    return { anyOf: [{ type: 'null' }, { ...(type === undefined ? {} : { type }), ...others }] }
  }
  const ajv = new Ajv({ strict: false, allErrors: true })
  ajv.addSchema({ $id: 'mediamtx', components: strict(description.components) as object })
  const check = (name: string, body: unknown) => {
    // A codec's figures are told apart by the codec, which the description does not say: any of them may fit.
    const validate = ajv.compile({ $ref: `mediamtx#/components/schemas/${name}` })
    const isValid = validate(body)
    return isValid
      ? []
      : (validate.errors ?? [])
          .filter((error) => error.keyword !== 'oneOf')
          .map((error) => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`)
  }
  it.each([
    ['Info', '/v3/info'],
    ['GlobalConf', '/v3/config/global/get'],
    ['PathConf', '/v3/config/pathdefaults/get'],
    ['PathConfList', '/v3/config/paths/list'],
    ['PathList', '/v3/paths/list'],
    ['RTSPConnList', '/v3/rtspconns/list'],
    ['RTSPSessionList', '/v3/rtspsessions/list'],
    ['RTSPSessionList', '/v3/rtspssessions/list'],
    ['RTMPConnList', '/v3/rtmpconns/list'],
    ['RTMPConnList', '/v3/rtmpsconns/list'],
    ['SRTConnList', '/v3/srtconns/list'],
    ['WebRTCSessionList', '/v3/webrtcsessions/list'],
    ['HLSSessionList', '/v3/hlssessions/list'],
    ['HLSMuxerList', '/v3/hlsmuxers/list'],
    ['MoQSessionList', '/v3/moqsessions/list'],
    ['RecordingList', '/v3/recordings/list'],
    ['ForwardDestList', '/v3/paths/forward/list?path=fwd'],
    ['Error', '/v3/paths/get/nothere'],
  ])('accepts %s of %s', async (schema, path) => {
    await using fleet = await one('1.20')
    const { body } = await ask(fleet, path)
    if (typeof body === 'object' && body !== null && 'items' in body) expect(items(body).length).toBeGreaterThan(0)
    // All nine kinds of codec figures are told as one union; errors within its branches say nothing.
    const errors = check(schema, body).filter((error) => !error.includes('/codecProps'))
    expect(errors).toEqual([])
  })
  it('would refuse a field that it does not name', () => {
    expect(check('Info', { version: 'v1', started: 'x', more: 1 })).not.toEqual([])
  })
})

describe('version 1.21', () => {
  it.each([
    ['/v3/rtsp/sessions/list', '/v3/rtspsessions/list'],
    ['/v3/srt/conns/list', '/v3/srtconns/list'],
    ['/v3/hls/sessions/list', '/v3/hlssessions/list'],
    ['/v3/webrtc/sessions/list', '/v3/webrtcsessions/list'],
    ['/v3/config/path-defaults/get', '/v3/config/pathdefaults/get'],
    ['/v3/paths/forward-dests/list?path=fwd', '/v3/paths/forward/list?path=fwd'],
  ])('answers %s as %s', async (fresh, old) => {
    await using fleet = await one('1.21')
    const [a, b] = [await ask(fleet, fresh), await ask(fleet, old)]
    expect(a.status).toBe(200)
    expect(a.body).toEqual(b.body)
    await using older = await one('1.20')
    expect((await ask(older, fresh)).status).toBe(404)
  })
  it('says why a pulled source fails', async () => {
    await using fleet = await one('1.21')
    expect((await ask(fleet, '/v3/paths/static-sources/get/dead')).body).toMatchObject({
      state: 'error',
      type: 'rtspSource',
      lastError: expect.stringContaining('refused'),
    })
    expect((await ask(fleet, '/v3/paths/static-sources/get/lobby/door')).body).toMatchObject({ state: 'running', lastError: '' })
    expect((await ask(fleet, '/v3/paths/static-sources/get/cam1')).status).toBe(404)
  })
})
