import { once } from 'node:events'
import { createORPCClient, type ORPCError } from '@orpc/client'
import { RPCLink as SocketLink } from '@orpc/client/websocket'
import type { ContractRouterClient } from '@orpc/contract'
import { OpenAPILink } from '@orpc/openapi-client/fetch'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { monitoringContract } from '../../src/headless/monitoring.ts'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.fixture.ts'
import { accountInputSchema, namedTokenInputSchema } from '../../src/shared/accounts.ts'
import { type Contract, contract } from '../../src/shared/contract.ts'
import { isAllowed, type Needs, needsSchema, type Operator, type ProcedureMeta, permissionSchema, soleOperator } from '../../src/shared/permissions.ts'
import { endpoints } from './endpoints.ts'

const permissions = permissionSchema.options
const operators: readonly Operator[] = [null, ...permissions].map((permission) => ({ ...soleOperator, id: 'guest', name: 'Guest', permission }))

type Procedure = { readonly '~orpc': { readonly meta: ProcedureMeta; readonly route: { readonly method?: string; readonly path?: string } } }
const proceduresOf = (nouns: object) =>
  Object.entries(nouns as Record<string, Record<string, Procedure>>).flatMap(([noun, procedures]) =>
    Object.entries(procedures).map(([name, procedure]) => ({ noun, name, ...procedure['~orpc'].meta, route: procedure['~orpc'].route })),
  )
const procedures = proceduresOf(contract)

describe('permissions', () => {
  test('every procedure says what it needs', () => {
    expect(procedures.length).toBeGreaterThan(30)
    for (const { noun, name, needs } of proceduresOf({ ...contract, monitoring: monitoringContract }))
      expect(needsSchema.options, `${noun}.${name}`).toContain(needs)
  })

  test('only what is about oneself, or about cameras, needs no permission of the console', () => {
    const withoutPermission = procedures.filter(({ needs }) => needs === 'signedIn' || needs === 'moderate')
    const others = withoutPermission.filter(({ noun }) => noun !== 'accounts' && noun !== 'cameras')
    expect(others.map(({ noun, name }) => `${noun}.${name}`)).toEqual(['access.hello', 'viewing.cameras', 'viewing.camera'])
    expect(withoutPermission.filter(({ noun }) => noun === 'accounts').map(({ name }) => name)).toEqual([
      ...['me', 'changePassword', 'startTotp', 'confirmTotp', 'removeTotp'],
      ...['ways', 'startPasskey', 'addPasskey', 'removePasskey', 'removeProvider', 'endSession'],
      ...['lock', 'unlock'],
    ])
  })

  test('whoever may only view changes nothing: what changes something needs more', () => {
    const viewable = procedures.filter(({ needs }) => needs === 'view').map(({ noun, name }) => `${noun}.${name}`)
    const changing = /\.(add|update|remove|keep\w*|acceptKey|test|tryNow|processes)$/
    expect(viewable.filter((name) => changing.test(name))).toEqual([])
    expect(procedures.filter(({ needs }) => needs !== 'view').length).toBeGreaterThan(10)
  })

  test('what is not recorded in the audit, although it needs more than `view` and is no GET, is previews and pictures', () => {
    const reading = procedures.filter(({ isReading }) => isReading)
    expect(reading.map(({ noun, name }) => `${noun}.${name}`).sort()).toEqual([
      ...['cameras.pushPreview', 'maintenance.preview', 'onAir.preview', 'pathEdits.preview'],
    ])
    expect(reading.filter(({ needs, route }) => needs === 'view' || route.method === 'GET')).toEqual([])
  })

  test('each permission includes those before it, and what names no permission is refused to all', () => {
    for (const [rank, needs] of permissions.entries())
      expect(operators.map((operator) => isAllowed(operator, needs))).toEqual([false, ...permissions.map((_, has) => has >= rank)])
    for (const operator of operators) expect(isAllowed(operator, undefined)).toBe(false)
  })

  test('at a desk that is locked everything is seen, and nothing is changed', () => {
    for (const needs of needsSchema.options) expect(isAllowed({ ...soleOperator, isLocked: true }, needs)).toBe(needs === 'signedIn' || needs === 'view')
  })

  test('whoever is limited to cameras may do nothing with the console, whatever else is set', () => {
    for (const needs of permissions) expect(isAllowed({ ...soleOperator, limit: { projects: ['north'], tags: [] } }, needs)).toBe(false)
  })
})

/** Who asks in the matrix, and what each of them may do. */
const people = {
  'a user': { rights: { role: 'user' }, may: ['signedIn'] },
  'a user who may view': { rights: { role: 'user', console: 'view' }, may: ['signedIn', 'view'] },
  'a user limited to a project': { rights: { role: 'user', limit: { projects: ['north'] } }, may: ['signedIn'] },
  'a moderator': { rights: { role: 'moderator' }, may: ['signedIn', 'moderate', 'view', 'operate'] },
  'a moderator without the console': { rights: { role: 'moderator', console: 'none' }, may: ['signedIn', 'moderate'] },
  'a moderator limited to a tag': { rights: { role: 'moderator', limit: { tags: ['gate'] } }, may: ['signedIn', 'moderate'] },
  'an administrator': { rights: { role: 'administrator' }, may: ['signedIn', 'moderate', 'view', 'operate', 'administer'] },
} as const satisfies Record<string, { readonly rights: object; readonly may: readonly Needs[] }>
type Person = keyof typeof people
const names = Object.keys(people) as Person[]

type Client = ContractRouterClient<Contract>
const password = 'a long enough password'

/** One real console with an account and a named token for each of them. */
describe('the matrix', () => {
  let deck: TestConsole
  const cookies = new Map<Person, string>()
  const secrets = new Map<Person, string>()
  beforeAll(async () => {
    deck = await startTestConsole({})
    for (const [index, person] of [...names].reverse().entries()) {
      const { rights } = people[person]
      const added = await deck.engine.people.accounts.add(accountInputSchema.parse({ name: `person ${index}`, ...rights }), password)
      if (!added.ok) throw new Error(added.error)
      const answer = await fetch(`${deck.url}/api/sign-in`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ name: `Person ${index}`, password }),
      })
      expect(answer.status).toBe(204)
      cookies.set(person, answer.headers.get('set-cookie')?.split(';')[0] ?? '')
      const token = deck.engine.people.tokens.add(namedTokenInputSchema.parse({ name: `token ${index}`, ...rights }), 'test')
      if (!token.ok) throw new Error(token.error)
      secrets.set(person, token.value.secret)
    }
  }, 60_000)
  afterAll(() => deck[Symbol.asyncDispose]())

  /** Headers of a request by somebody; none: of nobody. */
  const headersOf = (person: Person | null, by: 'session' | 'token'): Record<string, string> => {
    if (person === null) return {}
    return by === 'session' ? { Cookie: cookies.get(person) ?? '' } : { Authorization: `Bearer ${secrets.get(person)}` }
  }
  const restOf = (headers: Record<string, string>) => createORPCClient(new OpenAPILink(contract, { url: `${deck.url}/api`, headers })) as Client
  async function socketOf(headers: Record<string, string>) {
    const websocket = new WebSocket(`${deck.url.replace('http', 'ws')}/api/rpc`, { headers })
    await once(websocket, 'open')
    const client = createORPCClient<Client>(new SocketLink({ websocket: websocket as unknown as globalThis.WebSocket }))
    return { client, [Symbol.dispose]: () => websocket.terminate() }
  }
  /** Nothing here is a right input for a change, so that none is made; a caller without permission is refused before the input is validated. */
  const input = { id: 'none', serverId: 'none', path: 'none', previewId: 'none', accountId: 'none' }
  const codeOf = async (client: Client, noun: string, name: string) => {
    const call = (client as unknown as Record<string, Record<string, (input: unknown) => Promise<unknown>>>)[noun]?.[name]
    const error = await call?.(input).then(
      () => null,
      (thrown: unknown) => thrown as ORPCError<string, { readonly kind?: string }>,
    )
    // A refusal by permission, not one of the procedure's own.
    return error?.code === 'UNAUTHORIZED' || (error?.code === 'FORBIDDEN' && error.data?.kind === 'notAllowed') ? error.code : 'allowed'
  }
  const expected = (person: Person | null, needs: Needs | undefined) =>
    person === null ? 'UNAUTHORIZED' : (people[person].may as readonly (Needs | undefined)[]).includes(needs) ? 'allowed' : 'FORBIDDEN'

  test('nobody gets anything of the contract, and no WebSocket', async () => {
    for (const { noun, name, needs } of procedures)
      expect([`${noun}.${name}`, await codeOf(restOf({}), noun, name)]).toEqual([`${noun}.${name}`, expected(null, needs)])
    await expect(socketOf({})).rejects.toThrow('401')
  }, 120_000)

  const ways = names.flatMap((person) => [
    { person, by: 'session', transport: 'REST' } as const,
    { person, by: 'session', transport: 'WebSocket' } as const,
    { person, by: 'token', transport: 'REST' } as const,
  ])
  test.each(ways)(
    '$person gets over $transport with a $by exactly what he may do',
    async ({ person, by, transport }) => {
      const headers = headersOf(person, by)
      using socket = transport === 'WebSocket' ? await socketOf(headers) : { client: restOf(headers), [Symbol.dispose]: () => {} }
      const found: Record<string, string> = {}
      const wanted: Record<string, string> = {}
      for (const { noun, name, needs } of procedures) {
        wanted[`${noun}.${name}`] = expected(person, needs)
        found[`${noun}.${name}`] = await codeOf(socket.client, noun, name)
      }
      expect(found).toEqual(wanted)
    },
    120_000,
  )

  /** What a guest's browser has, and what he might try with it. */
  async function guestHeaders(): Promise<readonly Record<string, string>[]> {
    const wall = deck.engine.guests.add({ name: 'Guest', shows: { kind: 'streams', streams: [] }, endsAt: Date.now() + 3_600_000 }, 'test')
    if (!wall.ok) throw new Error(wall.error)
    const { secret } = wall.value
    const opened = await fetch(`${deck.url}/guest/${secret}`, { redirect: 'manual' })
    const cookie = opened.headers.get('set-cookie')?.split(';')[0] ?? ''
    expect(cookie).toContain(secret)
    return [{ Cookie: cookie }, { Cookie: cookie.replace('-guest=', '=') }]
  }

  test('a guest gets nothing of the contract over any transport, no route beside it and no feed: only his page', async () => {
    for (const headers of await guestHeaders()) {
      const found = new Set<string>()
      for (const { noun, name } of procedures) found.add(await codeOf(restOf(headers), noun, name))
      expect([...found]).toEqual(['UNAUTHORIZED'])
      await expect(socketOf(headers)).rejects.toThrow('401')
      for (const route of beside) expect([route, await statusOf(route, headers)]).toEqual([route, 401])
      for (const use of ['whep', 'whip']) expect(await statusOf(`/api/webrtc/${use}?server=none&path=none`, headers, 'POST')).toBe(401)
      const feed = new WebSocket(`${deck.url.replace('http', 'ws')}/api/feed`, { headers })
      await expect(once(feed, 'open')).rejects.toThrow('401')
    }
    const [headers = {}] = await guestHeaders()
    expect(await statusOf('/guest/page', headers)).toBe(200)
    // Nor is his secret a token.
    const bearer = { Authorization: `Bearer ${headers.Cookie?.split('=')[1]}` }
    for (const route of ['/api/accounts/me', '/metrics', '/relay/none/index.m3u8']) expect(await statusOf(route, bearer)).toBe(401)
  }, 120_000)

  // A connection that is kept would outlive the console, and so would one whose answer is never read.
  const statusOf = async (route: string, headers: Record<string, string>, method = 'GET') => {
    const answer = await fetch(`${deck.url}${route}`, { method, redirect: 'manual', headers: { connection: 'close', ...headers } })
    await answer.arrayBuffer()
    return answer.status
  }
  /** Routes beside the contract, and files of data. */
  const beside = [
    ...['/api/openapi.json', '/api/streams', '/api/troubles', '/api/streams/latest', '/api/monitoring/data', '/api/monitoring/system'],
    ...['/api/monitoring/streams', '/api/monitoring/alerts', '/api/monitoring/history', '/api/history?server=none&metric=server.readers', '/metrics'],
    ...['/api/availability?format=csv', '/api/rules/yaml', '/api/probes/sights', '/api/dossier', '/api/incidents/none/dossier'],
    ...['/relay/none/index.m3u8', '/relay/recordings?server=none&path=none', '/relay/bundles/none/none', '/relay/dossiers/none/none'],
    ...['/relay/../api/streams', '/api/../api/streams', '//api/streams', '/api//streams', '/API/streams', '/api/%73treams'],
  ]
  test.each(names)(
    '%s gets routes that are not in the contract from "view" on',
    async (person) => {
      const mayView = (people[person].may as readonly Needs[]).includes('view')
      for (const by of ['session', 'token'] as const)
        for (const route of beside) {
          const status = await statusOf(route, headersOf(person, by))
          if (mayView) expect([route, [401, 403].includes(status)]).toEqual([route, false])
          // What is no route at all says so.
          else expect([route, status]).toEqual([route, expect.toSatisfy((each: number) => each === 403 || each === 404)])
        }
      const refused = ['/api/streams', '/api/monitoring/data', '/api/monitoring/streams', '/relay/none/index.m3u8', '/metrics']
      for (const route of [...refused, '/api/history?server=none&metric=server.readers'])
        if (!mayView) expect([route, await statusOf(route, headersOf(person, 'session'))]).toEqual([route, 403])
    },
    60_000,
  )

  test('nobody who is not signed in gets any of them', async () => {
    for (const route of beside) expect([route, await statusOf(route, {})]).toEqual([route, 401])
  })

  test('the feed of changes is opened from "view" on', async () => {
    for (const person of names) {
      const feed = new WebSocket(`${deck.url.replace('http', 'ws')}/api/feed`, { headers: headersOf(person, 'session') })
      const opened = await new Promise<boolean>((resolve) => {
        feed.on('open', () => resolve(true))
        feed.on('error', () => resolve(false))
      })
      feed.terminate()
      expect([person, opened]).toEqual([person, (people[person].may as readonly Needs[]).includes('view')])
    }
  })

  test('WHEP needs "view" and WHIP "operate"', async () => {
    for (const person of names)
      for (const [use, needs] of [
        ['whep', 'view'],
        ['whip', 'operate'],
      ] as const) {
        const status = await statusOf(`/api/webrtc/${use}?server=none&path=none`, headersOf(person, 'token'), 'POST')
        expect([person, use, status === 403]).toEqual([person, use, !(people[person].may as readonly Needs[]).includes(needs)])
      }
  })
})

describe.each(endpoints.map((endpoint) => [endpoint.name, endpoint] as const))('through %s', (_name, endpoint) => {
  test.each(operators.map((operator) => [operator.permission ?? 'no permission', operator] as const))(
    'an operator with %s is told which permission he lacks',
    async (_permission, operator) => {
      await using deck = await startTestConsole({ operator })
      using opened = await endpoint.open(deck, operator)
      const refused = await opened.client.servers.remove({ id: 'none' }).catch((error: unknown) => error as Error)
      if (isAllowed(operator, 'administer')) expect(refused).toMatchObject({ code: 'NOT_FOUND' })
      else expect(refused).toMatchObject({ code: 'FORBIDDEN', message: expect.stringMatching(/^This needs the permission "administer"; Guest has/) })
    },
  )
})
