import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import type { SupportedMessagePort } from '@orpc/client/message-port'
import { RPCHandler } from '@orpc/server/message-port'
import { type Clock, createSystemClock } from '../clock/clock.ts'
import { engineOptionsOf, loadConfig } from '../configuration/config.ts'
import { followConfig, type RereadConfig } from '../configuration/followConfig.ts'
import { checkFolder } from '../engine/checkFolder.ts'
import { createEngine } from '../engine/createEngine.ts'
import { createLog } from '../engine/log.ts'
import type { Log } from '../engine/ports.ts'
import { problemsText } from '../i18n/validationErrorText.ts'
import { createMediaClient, createMediaRequests, type MediaClient } from '../media/mediaClient.ts'
import { entryPoint } from '../shared/entryPoint.ts'
import { fromMediaSchema, type MediaUse, mediaSandboxVariable, wantedSandboxes } from '../shared/media.ts'
import { soleOperator } from '../shared/permissions.ts'
import { createLaunchGuard, type EngineStart, type FromEngine, launchSecretHeader, type ToEngine } from './engineMessages.ts'
import { installedNode24 } from './node24.ts'
import { createSystemProxy } from './systemProxy.ts'

export interface MediaPort {
  readonly postMessage: (message: unknown) => void
  readonly on: (event: 'message', listener: (event: { readonly data: unknown }) => void) => unknown
}

/**
 * Media processes in a sandbox, on the Node 24 of the install; null: main starts them as processes of Electron, because this is a packaged app, which
 * has no other Node, or because no sandbox is wanted or known for this system.
 */
async function sandboxedMedia(clock: Clock, log: Log, appDir: string): Promise<MediaClient | null> {
  const wanted = wantedSandboxes.find((kind) => kind === process.env[mediaSandboxVariable]) ?? null
  if (process.platform !== 'linux' || wanted === 'off' || !existsSync(join(appDir, 'src/media/index.ts'))) return null
  const node = await installedNode24(appDir)
  if (node === null) {
    log.warn({}, 'there is no Node 24 in node_modules: the media processes run without a sandbox')
    return null
  }
  return createMediaClient({ clock, log, projectDir: appDir, node, sandbox: wanted })
}

/**
 * Runs the engine in this process for the desktop. This is the only place that connects the engine with main's messages, and it
 * behaves alike in a utilityProcess and on the install's Node 24. `end` is called when all is closed.
 */
export function runEngine(send: (message: FromEngine) => void, end: (exitCode: number) => void) {
  let opened: { readonly openEndpoint: (port: SupportedMessagePort) => void; readonly close: () => Promise<void> } | null = null
  let starting: Promise<void> | null = null
  let stopping = false

  const clock = createSystemClock()
  const mediaOf = (use: MediaUse) => createMediaRequests({ clock, want: () => send({ kind: 'askMedia', use }) })
  const media = { pictures: mediaOf('pictures'), probes: mediaOf('probes') }
  const mediaPorts = new Map<MediaUse, MediaPort>()

  const systemProxy = createSystemProxy(clock, (url) => send({ kind: 'askProxy', url }))

  const open = async (start: EngineStart) => {
    const log = await createLog({ dir: start.logDir })
    const sandboxed = await sandboxedMedia(clock, log, start.appDir)
    const reread: RereadConfig = (note) => loadConfig(start.config, { env: process.env, flags: {}, cwd: process.cwd() }, note)
    const config = start.config === null ? null : reread(() => {})
    if (config !== null && !config.ok) {
      const words = problemsText(config.error, 'en')
      log.error({ config: start.config }, words)
      await log.close()
      send({ kind: 'failed', why: { kind: 'problems', problems: config.error } })
      return
    }
    const named = config?.value ?? null
    const onCrash = (error: Error) => log.error({ err: error }, 'The engine broke and ends.')
    process.on('uncaughtExceptionMonitor', onCrash)
    const showcase = start.demo ? await (await import('../demo/demoShowcase.ts')).openShowcase(clock) : null
    const created = await createEngine(
      {
        clock,
        log,
        dataDir: start.dataDir,
        secretsKey: start.secretsKey,
        systemProxy: systemProxy.to,
        media: sandboxed ?? { snapshot: media.pictures.snapshot, tools: media.pictures.tools, probe: media.probes.probe, publish: media.probes.publish },
        storeWorker: entryPoint('../engine/history/storeWorker.ts', import.meta.url),
        version: start.version,
      },
      {
        demo: start.demo,
        ...(named !== null && engineOptionsOf(named)),
        // The demo fleet is watched without a configuration.
        ...(showcase !== null && { servers: showcase.servers, hosts: showcase.hosts, probes: showcase.probes, firstPast: showcase.firstPast }),
        offersThisMachine: true,
        updates: named?.updates ?? start.updates,
        folderTrouble: await checkFolder(clock, start.dataDir),
        ...(start.bundle !== null && { bundle: start.bundle }),
      },
    )
    if (!created.ok) {
      log.error({ reason: created.error.kind }, created.error.words)
      process.off('uncaughtExceptionMonitor', onCrash)
      await showcase?.[Symbol.asyncDispose]()
      await log.close()
      send({ kind: 'failed', why: { kind: 'console', trouble: created.error.trouble } })
      return
    }
    const engine = created.value
    const following = new AbortController()
    const followed = named === null ? null : followConfig({ clock, log, config: named, reread, engine, signal: following.signal })
    const isOurs = createLaunchGuard(start.launchSecret)
    const relay = createServer(
      getRequestListener((request) =>
        isOurs(request.headers.get(launchSecretHeader)) ? engine.relay(request) : new Response('Not for you.', { status: 403 }),
      ),
    )
    relay.listen(0, '127.0.0.1')
    await once(relay, 'listening')
    const handler = new RPCHandler(engine.router)
    opened = {
      openEndpoint: (port) => handler.upgrade(port, { context: { operator: soleOperator } }),
      close: async () => {
        following.abort()
        await followed
        relay.close()
        relay.closeAllConnections()
        await Promise.all([engine[Symbol.asyncDispose](), sandboxed?.[Symbol.asyncDispose]()])
        await showcase?.[Symbol.asyncDispose]()
        log.info({}, 'The engine ended in order.')
        process.off('uncaughtExceptionMonitor', onCrash)
        await log.close()
      },
    }
    log.info({ version: start.version, node: process.versions.node, napi: process.versions.napi }, 'The engine is ready.')
    send({ kind: 'ready', relayPort: (relay.address() as AddressInfo).port })
  }

  const stop = async () => {
    if (stopping) return
    stopping = true
    await starting
    await opened?.close()
    end(0)
  }

  return {
    receive: (message: Exclude<ToEngine, { kind: 'door' | 'media' }>): void => {
      switch (message.kind) {
        case 'start':
          // Electron only warns of a rejection that nobody handles, and the window would wait for ever.
          starting ??= open(message.start).catch((error: unknown) =>
            queueMicrotask(() => {
              throw error
            }),
          )
          return
        case 'proxy':
          systemProxy.answered(message.url, message.said)
          return
        case 'mediaEnded':
          mediaPorts.delete(message.use)
          media[message.use].died()
          if (message.isForGood) media[message.use].settleAll({ kind: 'unavailable', because: 'keepsEnding' })
          return
        case 'stop':
          void stop()
      }
    },
    openEndpoint: (port: SupportedMessagePort): void => opened?.openEndpoint(port),
    /** Connects the engine to a working media process; only the last connection of each use is used. */
    openMedia: (use: MediaUse, port: MediaPort): void => {
      mediaPorts.set(use, port)
      port.on('message', ({ data }) => {
        const parsed = fromMediaSchema.safeParse(data)
        // Its native code may be corrupted: a message of another form is ignored, and the request ends by its own deadline.
        if (mediaPorts.get(use) === port && parsed.success && 'id' in parsed.data) media[use].answered(parsed.data)
      })
      media[use].opened((message) => port.postMessage(message))
    },
  }
}
