import type { ORPCError } from '@orpc/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { monitoringContract } from '../../src/headless/monitoring.ts'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.fixture.ts'
import { contract } from '../../src/shared/contract.ts'
import { isAllowed, type Needs, needsSchema, type Operator, permissionSchema, soleOperator } from '../../src/shared/permissions.ts'
import { type Endpoint, endpoints } from './endpoints.ts'

const permissions = permissionSchema.options
const operators: readonly Operator[] = [null, ...permissions].map((permission) => ({ ...soleOperator, id: 'guest', name: 'Guest', permission }))

const proceduresOf = (nouns: object) =>
  Object.entries(nouns as Record<string, Record<string, { readonly '~orpc': { readonly meta: { readonly needs?: Needs } } }>>).flatMap(([noun, procedures]) =>
    Object.entries(procedures).map(([name, procedure]) => ({ noun, name, needs: procedure['~orpc'].meta.needs })),
  )
const procedures = proceduresOf(contract)

describe('permissions', () => {
  test('every procedure says what it needs', () => {
    expect(procedures.length).toBeGreaterThan(30)
    for (const { noun, name, needs } of proceduresOf({ ...contract, monitoring: monitoringContract }))
      expect(needsSchema.options, `${noun}.${name}`).toContain(needs)
  })

  test('whoever may only view changes nothing: what changes something needs more', () => {
    const viewable = procedures.filter(({ needs }) => needs === 'view').map(({ noun, name }) => `${noun}.${name}`)
    const changing = /\.(add|update|remove|keep\w*|acceptKey|test|tryNow|processes)$/
    expect(viewable.filter((name) => changing.test(name))).toEqual([])
    expect(procedures.filter(({ needs }) => needs !== 'view').length).toBeGreaterThan(10)
  })

  test('each permission includes those before it, and what names no permission is refused to all', () => {
    for (const [rank, needs] of permissions.entries())
      expect(operators.map((operator) => isAllowed(operator, needs))).toEqual([false, ...permissions.map((_, has) => has >= rank)])
    for (const operator of operators) expect(isAllowed(operator, undefined)).toBe(false)
  })
})

describe.each(operators.map((operator) => [operator.permission ?? 'no permission', operator] as const))('an operator with %s', (_name, operator) => {
  let deck: TestConsole
  beforeAll(async () => {
    deck = await startTestConsole({ operator })
  })
  afterAll(() => deck[Symbol.asyncDispose]())

  test.each(endpoints.map((endpoint) => [endpoint.name, endpoint] as const))(
    'is refused through %s just what he has no permission for',
    async (_endpoint, endpoint: Endpoint) => {
      // A WebSocket is not even opened for him.
      if (operator.permission === null && endpoint.name === 'WebSocket') {
        await expect(endpoint.open(deck, operator)).rejects.toThrow('403')
        return
      }
      using opened = await endpoint.open(deck, operator)
      for (const { noun, name, needs } of procedures) {
        const call = (opened.client as unknown as Record<string, Record<string, (input: unknown, options: object) => Promise<unknown>>>)[noun]?.[name]
        // Nothing here is a right input for a change, so that none is made; a caller without permission is refused before the input is validated.
        const answer = await call?.({ id: 'none', serverId: 'none', path: 'none', previewId: 'none' }, {}).then(
          () => null,
          (error: unknown) => error as ORPCError<string, unknown>,
        )
        expect([`${noun}.${name}`, answer?.code === 'FORBIDDEN']).toEqual([`${noun}.${name}`, !isAllowed(operator, needs)])
        if (answer?.code === 'FORBIDDEN') expect(answer.message).toMatch(/^This needs the permission "\w+"; Guest has/)
      }
    },
  )

  // A connection that is kept would outlive the console, and so would one whose answer is never read.
  const statusOf = async (route: string) => {
    const answer = await deck.ask(route, { headers: { connection: 'close' } })
    await answer.arrayBuffer()
    return answer.status
  }
  test('gets routes that are not in the contract from "view" on', async () => {
    const status = operator.permission === null ? 403 : 200
    const routes = ['/api/openapi.json', '/api/streams', '/api/troubles', '/api/streams/latest', '/api/monitoring/data', '/api/monitoring/system']
    for (const route of routes) expect([route, await statusOf(route)]).toEqual([route, status])
    for (const route of ['/relay/none/index.m3u8', '/api/history?server=none&metric=server.readers'])
      expect([route, (await statusOf(route)) === 403]).toEqual([route, operator.permission === null])
  })
})
