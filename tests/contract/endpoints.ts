import { once } from 'node:events'
import { MessageChannel } from 'node:worker_threads'
import { createORPCClient } from '@orpc/client'
import { RPCLink as PortLink } from '@orpc/client/message-port'
import { RPCLink as SocketLink } from '@orpc/client/websocket'
import type { ContractRouterClient } from '@orpc/contract'
import { OpenAPILink } from '@orpc/openapi-client/fetch'
import { RPCHandler } from '@orpc/server/message-port'
import { WebSocket } from 'ws'
import type { TestConsole } from '../../src/headless/testConsole.fixture.ts'
import { type Contract, contract } from '../../src/shared/contract.ts'
import { type Operator, soleOperator } from '../../src/shared/permissions.ts'

type Client = ContractRouterClient<Contract>

/** A way into the engine: what it gives back behaves alike whichever it is. */
export interface Endpoint {
  readonly name: string
  /** `operator`: who asks; a console that listens knows it by itself. */
  readonly open: (deck: TestConsole, operator?: Operator) => Promise<{ readonly client: Client; readonly [Symbol.dispose]: () => void }>
}

/** REST as scripts use it. */
const rest: Endpoint = {
  name: 'REST',
  open: async (deck) => {
    const link = new OpenAPILink(contract, { url: `${deck.url}/api`, headers: { Authorization: `Bearer ${deck.token}` } })
    // Everything in the contract is JSON as it stands.
    return { client: createORPCClient(link) as Client, [Symbol.dispose]: () => {} }
  },
}

/** WebSocket as browsers and attached desks use it. */
const socket: Endpoint = {
  name: 'WebSocket',
  open: async (deck) => {
    const websocket = new WebSocket(`${deck.url.replace('http', 'ws')}/api/rpc`, { headers: { Authorization: `Bearer ${deck.token}` } })
    await once(websocket, 'open')
    return {
      client: createORPCClient<Client>(new SocketLink({ websocket: websocket as unknown as globalThis.WebSocket })),
      [Symbol.dispose]: () => websocket.terminate(),
    }
  },
}

/** MessagePort as the desktop's window uses it. */
const port: Endpoint = {
  name: 'MessagePort',
  open: async (deck, operator = soleOperator) => {
    const { port1, port2 } = new MessageChannel()
    new RPCHandler(deck.engine.router).upgrade(port1, { context: { operator } })
    port1.start()
    port2.start()
    return {
      client: createORPCClient<Client>(new PortLink({ port: port2 })),
      [Symbol.dispose]: () => {
        port1.close()
        port2.close()
      },
    }
  },
}

export const endpoints: readonly Endpoint[] = [rest, socket, port]
