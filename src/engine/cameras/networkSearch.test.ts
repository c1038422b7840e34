import type { ServerResponse } from 'node:http'
import { createRouterClient } from '@orpc/server'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { probeMatch, startOnvifDevice } from '../../../tests/fakes/onvifDevice.ts'
import type { NetworkSearchResult } from '../../shared/cameras.ts'
import { type Operator, soleOperator } from '../../shared/permissions.ts'
import type { Engine } from '../createEngine.ts'
import { createTestEngines, type TestEngines } from '../testEngines.ts'
import { parseXml } from './soap.ts'

type Device = Awaited<ReturnType<typeof startOnvifDevice>>
const credentials = { user: 'view', password: 'right & long' }
const networkId = 'lo 127.0.0.1'
const moderator: Operator = { ...soleOperator, id: 'm', name: 'mo', role: 'moderator', permission: null, owns: { accountId: 'm', groups: [] } }

describe('searching a network for cameras', () => {
  let engines: TestEngines
  let engine: Engine
  let device: Device
  beforeEach(async () => {
    engines = await createTestEngines(Date.UTC(2026, 10, 24, 8, 0, 0))
  })
  afterEach(async () => {
    await engines[Symbol.asyncDispose]()
  })
  async function start(options: Parameters<typeof startOnvifDevice>[0] = {}, searched: Partial<Device['searched']> = {}) {
    device = engines.open.use(await startOnvifDevice(options))
    engine = (await engines.start({ searched: { ...device.searched, ...searched } })).engine
  }
  const as = (operator: Operator) => createRouterClient(engine.router, { context: { operator } }).cameras
  /** Searches until the device was asked the last thing that is awaited, or the question at least. */
  async function search(asked: Partial<typeof credentials> = credentials, until: () => boolean = () => device.asked.length > 1, operator = moderator) {
    const searching = as(operator).searchNetwork({ networkId, ...asked })
    await expect.poll(() => device.questions()).toBeGreaterThan(0)
    await expect.poll(until).toBe(true)
    await engines.clock.advance(5_000)
    return searching
  }
  const [all, none] = [() => device.asked.filter((name) => name === 'GetStreamUri').length >= 2, () => true]
  /** After what the device answered first has surely been read, because a right answer follows it. */
  const right = ({ id, service }: { readonly id: string; readonly service: string }) => probeMatch(id, service, 'onvif://www.onvif.org/name/Right')
  const namesOf = ({ found }: NetworkSearchResult) => found.map(({ name }) => name)

  test('a device that answers is shown with its make, model and streams, and nothing is added', async () => {
    await start()
    const result = await search(credentials, all)
    expect(result).toEqual({
      found: [
        {
          id: expect.any(String),
          ...{ address: '127.0.0.1', name: 'Gate north', make: 'Acme & Sons', model: 'Dome 4', why: null, camera: null },
          streams: [
            { use: 'main', address: 'rtsp://127.0.0.1:554/media?profile=***' },
            { use: 'sub', address: 'rtsp://127.0.0.1:554/media?profile=***' },
          ],
        },
      ],
      more: false,
      notSent: null,
    })
    expect((await as(moderator).list({})).cameras).toEqual([])
    // By a digest for the device's own clock, which is years behind.
    expect(device.received.join()).not.toContain('right')
  })

  test('what is chosen becomes a camera with the password sealed in its addresses, in one act that can be undone', async () => {
    await start()
    const [found] = (await search(credentials, all)).found
    expect(await as(moderator).addFound({ ids: [found?.id ?? ''], project: 'Yard' })).toEqual({ added: 1 })
    const { cameras } = await as(moderator).list({})
    expect(cameras).toMatchObject([
      { name: 'Gate north', project: 'Yard', by: 'mo', streams: [{ address: 'rtsp://***@127.0.0.1:554/media?profile=***' }, { use: 'sub' }] },
    ])
    // It is there all the same: what is entered with its password is no change.
    const address = 'rtsp://view:right%20%26%20long@127.0.0.1:554/media?profile=high'
    expect(await as(moderator).import({ rows: [{ name: 'Gate north', address }], mapping: { name: 'name', address: 'address' } })).toMatchObject({ same: 1 })
    expect(JSON.stringify([cameras, engines.logged])).not.toContain('right')
    const audited = (await createRouterClient(engine.router, { context: { operator: soleOperator } }).accounts.audit({})).entries
    expect(audited).toContainEqual(expect.objectContaining({ by: 'mo', what: 'cameras.searchNetwork', of: { networkId } }))
    expect(JSON.stringify(audited)).not.toContain('right')

    const again = await search({}, () => device.asked.filter((name) => name === 'GetDeviceInformation').length > 1)
    expect(again.found).toMatchObject([{ streams: [], why: 'refused', camera: { name: 'Gate north' } }])
    expect(await as(moderator).restore()).toMatchObject({ removed: 1 })
  })

  test('what was found is for whoever searched, and for ten minutes', async () => {
    await start()
    const [{ id } = { id: '' }] = (await search(credentials, all)).found
    const forgotten = { data: { kind: 'searchForgotten' } }
    await expect(as(soleOperator).addFound({ ids: [id] })).rejects.toMatchObject(forgotten)
    await expect(as(moderator).addFound({ ids: [id, 'other'] })).rejects.toMatchObject(forgotten)
    const limited = { ...moderator, limit: { projects: ['Roof'], tags: [] } }
    await expect(as(limited).addFound({ ids: [id], project: 'Yard' })).rejects.toMatchObject({ data: { kind: 'cameraOutsideLimit' } })
    await engines.clock.advance(600_001)
    await expect(as(moderator).addFound({ ids: [id] })).rejects.toMatchObject(forgotten)
  })

  test('a recorder is a camera for each of its sources', async () => {
    const profiles = ['v1', 'v2'].map((source) => ({ token: source, source, width: 640, height: 360 }))
    await start({ profiles, credentials: null })
    const { found } = await search({}, all)
    expect(found).toMatchObject([
      { name: 'Gate north 1', streams: [{ use: 'main' }] },
      { name: 'Gate north 2', streams: [{ use: 'main' }] },
    ])
    expect(await as(moderator).addFound({ ids: found.map(({ id }) => id) })).toEqual({ added: 2 })
  })

  test('a device that does not accept the password says so, and one that does not answer is waited for 10 s', async () => {
    await start()
    expect((await search({ user: 'view', password: 'wrong' })).found).toMatchObject([{ name: 'Gate north', model: 'Dome', streams: [], why: 'refused' }])
    await engines.stop(engine)
    await start({ replies: { GetDeviceInformation: () => {} } })
    const searching = as(moderator).searchNetwork({ networkId, ...credentials })
    await expect.poll(() => device.asked.length).toBe(2)
    await expect(as(soleOperator).searchNetwork({ networkId })).rejects.toMatchObject({ data: { kind: 'running' } })
    await engines.clock.advance(15_000)
    expect((await searching).found).toMatchObject([{ name: 'Gate north', why: 'failed' }])
  })

  test('the question goes by multicast through the network that was chosen, and three times', async () => {
    await start({ group: '239.255.255.250' })
    const searching = as(moderator).searchNetwork({ networkId, ...credentials })
    await expect.poll(all).toBe(true)
    await engines.clock.advance(5_000)
    await searching
    await expect.poll(() => device.questions()).toBe(3)
  })

  test('where nothing answers the list is empty, and where nothing can be sent it says what the system says', async () => {
    await start({ answers: () => [] })
    expect(await search({}, none)).toEqual({ found: [], more: false, notSent: null })
    await engines.stop(engine)
    await start({}, { networks: () => [{ name: 'lo', address: '127.0.0.1', cidr: '127.0.0.1/8' }], target: { address: '203.0.113.1', port: 9 } })
    expect(await as(moderator).searchNetwork({ networkId })).toMatchObject({ found: [], notSent: expect.stringMatching(/^E[A-Z]+$/) })
    await expect(as(moderator).searchNetwork({ networkId: 'eth9 10.0.0.1' })).rejects.toMatchObject({ data: { kind: 'noSuch' } })
  })

  describe('a device that attacks', () => {
    const asRight = (answers: (question: { readonly id: string; readonly service: string }) => readonly (string | Buffer)[]) => ({
      answers: (question: { readonly id: string; readonly service: string }) => [...answers(question), right(question)],
    })
    const forged = (id: string, services: string) => probeMatch(id, services, 'onvif://www.onvif.org/name/Forged')

    test('is not asked at addresses other than that from which it answered', async () => {
      const elsewhere = [
        'http://127.0.0.2:80/a',
        'http://169.254.169.254/latest',
        'http://localhost:80/a',
        'http://user:x@127.0.0.1/a',
        'file:///etc/passwd',
        'http://127.0.0.1.example.org/',
      ]
      await start({ answers: ({ id }) => [forged(id, elsewhere.join(' '))] })
      const searching = as(moderator).searchNetwork({ networkId, ...credentials })
      await expect.poll(() => device.questions()).toBeGreaterThan(0)
      await engines.clock.advance(5_000)
      expect((await searching).found).toMatchObject([{ name: 'Forged', address: '127.0.0.1', streams: [], why: 'elsewhere' }])
      expect(device.asked).toEqual([])
    })

    test('is not followed to a media service, a stream or a redirect elsewhere', async () => {
      await start({ media: 'http://169.254.169.254/latest/meta-data' })
      expect((await search(credentials, () => device.asked.includes('GetCapabilities'))).found).toMatchObject([{ streams: [], why: 'elsewhere' }])
      await engines.stop(engine)
      const profile = { token: 'high', source: 'v1', width: 1, height: 1 }
      await start({
        profiles: [
          { ...profile, uri: 'rtsp://127.0.0.2/a' },
          { ...profile, token: 'low', uri: 'http://127.0.0.1/a' },
        ],
      })
      expect((await search(credentials, all)).found).toMatchObject([{ streams: [], why: 'elsewhere' }])
      await engines.stop(engine)
      const redirect = (response: ServerResponse) => void response.writeHead(307, { Location: device.service.replace('device', 'other') }).end()
      await start({ replies: { GetDeviceInformation: redirect } })
      expect((await search()).found).toMatchObject([{ streams: [], why: 'failed' }])
      expect(device.received.join()).not.toContain('/onvif/other')
    })

    test('is not heard from outside the network that is searched', async () => {
      await start({}, { networks: () => [{ name: 'lo', address: '127.0.0.1', cidr: '10.0.0.1/8' }] })
      expect(await search({}, none)).toMatchObject({ found: [] })
      expect(device.asked).toEqual([])
    })

    test('is not understood where it answers another question, nothing that is XML, or has a document type', async () => {
      const bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'
      await start(
        asRight(({ id, service }) => [
          forged('urn:uuid:other', service),
          ...['', '<', '<a', '<a></b>', '<a/>', 'a'.repeat(60_000), Buffer.from([0xff, 0xfe, 0])],
          forged(id, service).replace('<e:Envelope', `${bomb}<e:Envelope`),
          forged(id, service).replace('Forged', `Forged${'a'.repeat(20_000)}`),
          '<a>'.repeat(5_000),
        ]),
      )
      expect(namesOf(await search())).toEqual(['Right'])
      const xml = `${bomb}<a>&b;&c;</a>`
      expect(parseXml(xml)).toBeNull()
      expect(parseXml('<a>&b;&c;</a>')?.text).toBe('&b;&c;')
      expect(parseXml(`<a>${'<b/>'.repeat(60_000)}</a>`)).toBeNull()
    })

    test('fills no list: of one address, eight devices are listed, and it is said that there are more', async () => {
      await start({ answers: ({ id, service }) => Array.from({ length: 20 }, (_, at) => probeMatch(id, `${service}?${at}`, '')) })
      const { found, more } = await search({}, () => device.asked.filter((name) => name === 'GetDeviceInformation').length >= 8)
      expect([found.length, more]).toEqual([8, true])
    })

    test('is left where its answer has no end', async () => {
      let isClosed = false
      await start({
        replies: {
          GetDeviceInformation: (response) => {
            response.on('close', () => {
              isClosed = true
            })
            const more = () => {
              while (!response.destroyed && response.write(Buffer.alloc(65_536, '<a>')));
            }
            response.on('drain', more)
            more()
          },
        },
      })
      expect((await search(credentials, () => isClosed)).found).toMatchObject([{ why: 'failed' }])
    })

    test('is left alone where its clock is at the end of all dates', async () => {
      let isTold = false
      await start({
        time: 8.64e15,
        replies: {
          GetDeviceInformation: (response) =>
            void engines.clock.advance(1_000).then(() => {
              response.end('<e:Envelope><e:Body><a/></e:Body></e:Envelope>')
              isTold = true
            }),
        },
      })
      expect((await search(credentials, () => isTold)).found).toMatchObject([{ name: 'Gate north', streams: [], why: 'failed' }])
    })

    test('has no invisible characters in its name, and none that is a secret of its address', async () => {
      await start({
        name: 'Gate%E2%80%AE%0A%00north',
        profiles: [{ token: 'high', source: 'v1', width: 1, height: 1, uri: 'rtsp://127.0.0.1/a?user=admin&password=own' }],
      })
      const [found] = (await search(credentials, () => device.asked.includes('GetStreamUri'))).found
      expect(found?.streams).toEqual([{ use: 'main', address: 'rtsp://127.0.0.1/a?user=***&password=***' }])
      expect(found?.name).not.toMatch(/[\u202e\n\0]/)
      expect(await as(moderator).addFound({ ids: [found?.id ?? ''] })).toEqual({ added: 1 })
    })
  })

  test('the search ends with the console', async () => {
    await start({ replies: { GetDeviceInformation: () => {} } })
    const searching = as(moderator)
      .searchNetwork({ networkId })
      .catch((error: unknown) => error)
    await expect.poll(() => device.asked.length).toBe(2)
    await engines.stop(engine)
    expect(await searching).toBeInstanceOf(Error)
  })
})
