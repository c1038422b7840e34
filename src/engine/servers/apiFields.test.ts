import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSystemClock } from '../../clock/clock.ts'
import { cautionsOf } from '../../shared/servers.fixture.ts'
import { serverInputSchema } from '../../shared/servers.ts'
import { createTestEngines } from '../testEngines.ts'
import { readConfiguration } from './answers.fixture.ts'
import { answerLimits, codecFields, endFields, type FieldRule, mostCounted, pathFields, sessionFields, trackFields } from './apiFields.ts'
import { type MediaServerClient, ServerClient } from './mediaServerClient.ts'

const clock = createSystemClock()
const signal = new AbortController().signal
let body = ''
let client: MediaServerClient
let url = ''
let end = async () => {}
beforeEach(async () => {
  const server = createServer((_request, response) => response.setHeader('content-type', 'application/json').end(body))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  client = new ServerClient({ access: { serverId: 's', url, authorization: null, fingerprint: null }, clock, tag: 't', version: '1' })
  end = async () => {
    await client.close()
    server.closeAllConnections()
    server.close()
  }
})
afterEach(() => end())

/** As MediaMTX writes it, or so that only the reader of whole JSON takes it. */
const page = (items: readonly string[], isUsual: boolean) => `{"itemCount":${items.length},"pageCount":1,${isUsual ? '' : ' '}"items":[${items.join()}]}`
const long = 200_000
/** JSON that no server means, by the kind of the field. */
const wrong: Readonly<Record<FieldRule['kind'], readonly string[]>> = {
  number: ['-1', '18446744073709551615', '1e308', '1e999', '99999999999999999999999', '"12"', 'true', '[]'],
  text: [`"${'x'.repeat(long)}"`, `"${'\\u0007'.repeat(long)}"`, '7'],
  label: [`"${'x'.repeat(long)}"`, '1e308', '-4', '{}'],
  time: ['"9999-01-01T00:00:00Z"', '"1815-06-18T12:00:00Z"', '7'],
  flag: ['"yes"', '1'],
  list: [`[${'{"codec":"x","type":"y","id":"z"},'.repeat(150_000)}{}]`, '"none"', '{}'],
  object: ['"none"', '[1]', '7'],
}
/** Every value that a reading holds, anywhere. */
const leaves = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value.flatMap(leaves) : typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : [value]
function expectBounded(reading: unknown) {
  for (const value of leaves(reading)) {
    if (typeof value === 'number') expect(value >= 0 && value <= mostCounted, String(value)).toBe(true)
    if (typeof value === 'string') expect(value.length).toBeLessThanOrEqual(4_096)
  }
}
/** What makes the whole answer no answer of the API. */
const needed = new Set(['name', 'available', 'ready', 'id'])
const namesOf = (fields: Readonly<Record<string, FieldRule>>) =>
  Object.entries(fields).flatMap(([name, rule]) => [name, ...(rule.older ?? [])].map((each) => [each, name, rule] as const))

describe.each([true, false])('every field of the table, in the usual form: %s', (isUsual) => {
  it('of a path, under each of its names, is unknown or cut where no server means it, and that is noted', async () => {
    const outer = namesOf(pathFields).map(
      ([each, name, rule]) => [each, name, rule, (value: string) => `{"name":"a","ready":true,"${each}":${value}}`] as const,
    )
    const source = namesOf(endFields).map(
      ([each, name, rule]) => [each, name, rule, (value: string) => `{"name":"a","ready":true,"source":{"${each}":${value}}}`] as const,
    )
    const reader = namesOf(endFields).map(
      ([each, name, rule]) => [each, name, rule, (value: string) => `{"name":"a","ready":true,"readers":[{"${each}":${value}}]}`] as const,
    )
    const track = namesOf(trackFields).map(
      ([each, name, rule]) => [each, name, rule, (value: string) => `{"name":"a","ready":true,"tracks2":[{"${each}":${value}}]}`] as const,
    )
    const codec = namesOf(codecFields).map(
      ([each, name, rule]) =>
        [each, name, rule, (value: string) => `{"name":"a","ready":true,"tracks2":[{"codec":"H264","codecProps":{"${each}":${value}}}]}`] as const,
    )
    for (const [each, name, rule, entry] of [...outer, ...source, ...reader, ...track, ...codec])
      for (const value of wrong[rule.kind]) {
        // Another name of the same field would be read instead.
        body = page([each === 'available' ? entry(value).replace('"ready":true,', '') : entry(value)], isUsual)
        const read = await client.readPaths(signal)
        const label = `${each} of ${value.slice(0, 30)}`
        if (!read.ok) expect([read.error.kind, needed.has(each)], label).toEqual(['badReply', true])
        else {
          expectBounded(read.value.items)
          expect(
            client.faults().map(({ field }) => field),
            label,
          ).toContain(name)
        }
      }
  })

  it('of a session, under each of its names, is unknown or cut where no server means it, and that is noted', async () => {
    for (const list of ['rtspSessions', 'srtConns'] as const)
      for (const [each, name, rule] of namesOf(sessionFields))
        for (const value of wrong[rule.kind]) {
          body = page([`{${each === 'id' ? '' : '"id":"x",'}"state":"publish","msRTT":1,"${each}":${value}}`], isUsual)
          const read = await client.readSessions(list, signal)
          const label = `${each} of ${value.slice(0, 30)}`
          if (!read.ok) expect([read.error.kind, needed.has(each)], label).toEqual(['badReply', true])
          else {
            expectBounded(read.value.items)
            expect(
              client.faults().map(({ field }) => field),
              label,
            ).toContain(name)
          }
        }
  })
})

describe('what is too much of everything together', () => {
  it('paths, tracks, readers and new names an hour have their limits', async () => {
    const track = (index: number) => `"codec ${index}"`
    const entry = (name: string, index: number) =>
      `{"name":"${name}","ready":true,"tracks":[${Array.from({ length: 70 }, (_, i) => track(index * 70 + i)).join()}],"readers":[{"type":"a","id":"b"}]}`
    body = page(
      Array.from({ length: 3_000 }, (_, index) => entry(`p${index}`, index)),
      true,
    )
    const read = await client.readPaths(signal)
    const items = read.ok ? read.value.items : []
    expect(items).toHaveLength(3_000)
    expect(Math.max(...items.map(({ tracks }) => tracks.length))).toBe(64)
    expect(items.reduce((sum, { tracks }) => sum + tracks.length, 0)).toBe(answerLimits.tracks)
    for (let round = 0; round < 4; round++) {
      body = page(
        Array.from({ length: 25_000 }, (_, index) => `{"name":"${round}-${index}","ready":true}`),
        true,
      )
      const many = await client.readPaths(signal)
      expect(many.ok && many.value.items.length).toBe([20_000, 12_000, 0, 0][round])
    }
  })
  it('a configuration is cut and read, whatever stands in it', async () => {
    body = `{"runOnReady":"${'x'.repeat(5_000_000)}","pageCount":1,"items":[{"name":"${'n'.repeat(5_000_000)}","deep":${'['.repeat(20)}${']'.repeat(20)}}]}`
    const read = await readConfiguration(client, signal)
    expect(read.ok && JSON.stringify(read.value).length).toBeLessThan(30_000)
    expect(read.ok && read.value.paths[0]?.name).toHaveLength(1_024)
    expect(client.faults()).toContainEqual({ field: 'configuration', fault: 'tooLong' })
    body = `{"pageCount":1,"items":[],"deep":${'['.repeat(200_000)}${']'.repeat(200_000)}}`
    expect(await readConfiguration(client, signal)).toMatchObject({ ok: false, error: { kind: 'badReply' } })
  })
})

it('a server that sends values which cannot be right is said to, once in the log, and on the screen until ten minutes after the last', async () => {
  await using engines = await createTestEngines(Date.parse('2026-11-20T08:00:00Z'))
  const { client: console } = await engines.start({ servers: [serverInputSchema.parse({ name: 'A', url })] })
  const warnings = async () => cautionsOf((await console.servers.list())[0]).filter((warning) => warning.includes('no media server has')) ?? []
  body = '{"itemCount":1,"pageCount":1,"items":[{"name":"a","ready":true,"bytesReceived":1e308,"bytesSent":-1}]}'
  await engines.clock.advance(10_000)
  expect(await warnings()).toEqual(['This server sends values that no media server has, which are shown as unknown or cut off: inboundBytes, outboundBytes.'])
  body = body.replace('1e308', '1000').replace('-1', '5')
  await engines.clock.advance(300_000)
  expect(await warnings()).toHaveLength(1)
  await engines.clock.advance(330_000)
  expect(await warnings()).toEqual([])
  expect(engines.logged.filter((line) => line === 'a server sends values that cannot be right')).toHaveLength(1)
  expect(engines.bugs).toEqual([])
})
