import { MessageChannel } from 'node:worker_threads'
import type { SupportedMessagePort } from '@orpc/client/message-port'
import { RPCHandler } from '@orpc/server/message-port'
import type { QueryClient } from '@tanstack/react-query'
import type { FunctionComponent } from 'react'
import type { Engine } from '../../src/engine/createEngine.ts'
import { soleOperator } from '../../src/shared/permissions.ts'
import { mayOutlive } from '../leaks.ts'

/** The pages of the real window, as the texts that they show. */
export interface ShownPages {
  /** Texts of a page at this moment, in the order in which they stand there. */
  readonly texts: (address: string, at: number) => Promise<readonly string[]>
  readonly close: () => void
}

/** In another layer, with types of its own: what is needed of it is named here. */
const load = async <T>(path: string): Promise<T> => (await import(new URL(`../../src/renderer/${path}`, import.meta.url).href)) as T

/** A window without a screen: it gets an engine's port as Electron's does, and fetches when a page is asked for. */
export async function openPages(engine: Engine): Promise<ShownPages> {
  const hears = new Map<string, Set<(event: unknown) => void>>()
  const tells = (name: string, event: unknown) => {
    for (const hear of hears.get(name) ?? []) hear(event)
  }
  const target = {
    addEventListener: (name: string, hear: (event: unknown) => void) => void hears.set(name, new Set([...(hears.get(name) ?? []), hear])),
    removeEventListener: (name: string, hear: (event: unknown) => void) => void hears.get(name)?.delete(hear),
  }
  const lines: MessageChannel[] = []
  const handler = new RPCHandler(engine.router)
  const shell = {
    connect: () => {
      const line = new MessageChannel()
      lines.push(line)
      handler.upgrade(line.port1 as unknown as SupportedMessagePort, { context: { operator: soleOperator } })
      line.port1.start()
      tells('message', { source: page.window, data: 'mtxdeck:port', ports: [line.port2] })
    },
    onEngine: () => () => {},
    saveFile: async () => false,
    exploreDemo: () => {},
    setWorst: () => {},
    hasNotices: true,
    notify: () => {},
    onNotice: () => () => {},
    setLanguage: () => {},
  }
  const document = { ...target, hidden: true, documentElement: { lang: 'en', dataset: {} } }
  const page = {
    window: { ...target, mtxdeckShell: shell },
    matchMedia: () => ({ ...target, matches: true }),
    localStorage: { getItem: () => null, setItem: () => {} },
    location: { href: 'file:///index.html', hash: '' },
  }
  for (const [name, value] of Object.entries(page)) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })

  const [{ createElement }, { renderToStaticMarkup }, { MemoryRouter, Routes, Route }, { QueryClientProvider }] = await Promise.all([
    import('react'),
    import('react-dom/server'),
    import('react-router'),
    import('@tanstack/react-query'),
  ])
  const { queryClient, startClient } = await load<{ queryClient: QueryClient; startClient: () => void }>('app/client.ts')
  const { fleet, startFleet } = await load<{ fleet: { at: () => number | null }; startFleet: () => void }>('fleet/fleet.ts')
  const { holdNow } = await load<{ holdNow: (at: number | null) => void }>('ui/now.ts')
  const { startLanguage } = await load<{ startLanguage: () => Promise<void> }>('app/startLanguage.ts')
  const { TooltipProvider } = await load<{ TooltipProvider: FunctionComponent<{ children: unknown }> }>('ui/Tooltip.tsx')
  const { OverviewPage } = await load<{ OverviewPage: FunctionComponent }>('pages/OverviewPage.tsx')
  const { ServerPage } = await load<{ ServerPage: FunctionComponent }>('pages/ServerPage.tsx')
  const { StreamsPage } = await load<{ StreamsPage: FunctionComponent }>('pages/StreamList.tsx')
  // Not before: libraries that find a document when they are loaded want to draw into it.
  Object.defineProperty(globalThis, 'document', { value: document, configurable: true, writable: true })
  await startLanguage()
  startClient()
  startFleet()
  mayOutlive('Timeout', 1, 'a window asks as long as it is there: it ends with its process')

  return {
    texts: async (address, at) => {
      // A hidden window asks without waiting, and then rests until it is looked at.
      while (fleet.at() !== at) {
        document.hidden = false
        tells('visibilitychange', {})
        document.hidden = true
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      holdNow(at)
      const routes = createElement(
        Routes,
        null,
        createElement(Route, { path: '/', element: createElement(OverviewPage) }),
        createElement(Route, { path: '/streams', element: createElement(StreamsPage) }),
        createElement(Route, { path: '/servers/:serverId', element: createElement(ServerPage) }),
      )
      const inRouter = createElement(MemoryRouter, { initialEntries: [address] }, routes)
      const markup = renderToStaticMarkup(createElement(QueryClientProvider, { client: queryClient }, createElement(TooltipProvider, null, inRouter)))
      return markup
        .replace(/<[^>]*>/g, '\n')
        .split('\n')
        .map((text) => text.trim())
        .filter((text) => text !== '')
    },
    close: () => {
      queryClient.clear()
      for (const { port1, port2 } of lines) {
        port1.close()
        port2.close()
      }
    },
  }
}
