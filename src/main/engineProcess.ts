import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { MessageChannelMain, type MessagePortMain, session, utilityProcess, type WebContents } from 'electron'
import type { Clock } from '../clock/clock.ts'
import type { SecretsKey } from '../engine/ports.ts'
import { superviseProcess } from '../processes/superviseProcess.ts'
import type { MediaUse } from '../shared/media.ts'
import { messageOf } from '../shared/result.ts'
import type { EngineLife } from '../shared/shell.ts'
import { shellChannels } from '../shared/shellChannels.ts'
import type { EngineStart, FromEngine, ToEngine } from './engineMessages.ts'
import type { MainLog } from './mainLog.ts'

interface EngineProcessOptions extends Pick<EngineStart, 'appDir' | 'logDir' | 'version' | 'updates' | 'demo' | 'config' | 'attach' | 'bundle'> {
  readonly clock: Clock
  readonly log: MainLog
  readonly outMain: string
  /** Folder of the engine's data; the demo fleet has one of its own. */
  readonly dataDir: (demo: boolean) => string
  readonly secretsKey: () => Promise<SecretsKey>
  readonly onLife: (life: EngineLife) => void
  readonly onAskMedia: (use: MediaUse) => void
}

/** The relay's port and the secret that its header requires; null while there is no engine. */
export type RelayAddress = { readonly port: number; readonly secret: string } | null

/** The engine closes within 3 s; after this limit it is killed. */
const stopLimitMs = 3_500
/** Number of retries when the data folder is still in use, about two per second. */
const folderTriesLimit = 20

/** Keeps the engine's process alive and connects windows to it. No samples pass through main. */
export function createEngineProcess(options: EngineProcessOptions) {
  const { clock, log, outMain, appDir, logDir, version, updates, attach, bundle } = options
  const connected = new Set<WebContents>()
  let relay: RelayAddress = null
  let launchSecret = ''
  let life: EngineLife | null = null
  let wasReady = false
  let folderTries = 0
  let { demo, config } = options

  const onLife = (next: EngineLife) => {
    life = next
    options.onLife(next)
  }

  const introduce = (contents: WebContents) => {
    const { port1, port2 } = new MessageChannelMain()
    supervised.post({ kind: 'door' }, [port1])
    contents.postMessage(shellChannels.port, null, [port2])
  }

  const onMessage = (message: FromEngine) => {
    switch (message.kind) {
      case 'ready':
        relay = { port: message.relayPort, secret: launchSecret }
        wasReady = true
        folderTries = 0
        log.info({}, 'The engine is ready.')
        supervised.markReady()
        for (const contents of connected) introduce(contents)
        return
      case 'failed':
        log.error({ why: message.why }, 'The engine cannot start.')
        // The previous engine may not have released the folder yet. That passes, unless another program uses the folder.
        if (message.why.kind === 'console' && message.why.trouble.kind === 'dataDirInUse' && wasReady && folderTries++ < folderTriesLimit)
          supervised.restart(null, 0)
        else supervised.markFailed(message.why)
        return
      case 'askMedia':
        options.onAskMedia(message.use)
        return
      case 'askProxy': {
        const answer = (said: string) => supervised.post({ kind: 'proxy', url: message.url, said })
        session.defaultSession.resolveProxy(message.url).then(answer, (error: unknown) => {
          log.error({ err: error }, "The system's proxy could not be read.")
          answer('')
        })
        return
      }
    }
  }

  let asked: Promise<SecretsKey> | null = null
  /** A keychain may ask the operator, who answers once. An engine elsewhere has a key of its own. */
  const readSecretsKey = async (): Promise<SecretsKey> => {
    if (attach !== null) return { protection: 'none', key: null, kept: { kind: 'noKeychain' } }
    try {
      asked ??= options.secretsKey()
      const secretsKey = await asked
      if (secretsKey.key === null) asked = null
      log.info({ protection: secretsKey.protection }, 'The key of stored secrets was read.')
      return secretsKey
    } catch (error) {
      asked = null
      log.error({ err: error }, 'The key of stored secrets could not be read.')
      return { protection: 'none', key: null, kept: { kind: 'keyNotGiven', because: messageOf(error) } }
    }
  }

  const supervised = superviseProcess<ToEngine, FromEngine, MessagePortMain>({
    clock,
    // The network to an engine elsewhere may fail and return, so this desk keeps trying.
    givesUp: attach === null,
    spawn: () => {
      // A new secret each time, so that one known to an earlier engine's relay is useless.
      launchSecret = randomBytes(32).toString('hex')
      const child = utilityProcess.fork(join(outMain, attach === null ? 'engineHost.js' : 'attachHost.js'), [], {
        serviceName: 'mtxdeck engine',
        stdio: 'inherit',
      })
      const kept = { dataDir: options.dataDir(demo), logDir, version, updates, appDir, attach, bundle, wasReady }
      const start = { ...kept, launchSecret, demo, config: demo ? null : config }
      void readSecretsKey().then((secretsKey) => child.postMessage({ kind: 'start', start: { ...start, secretsKey } } satisfies ToEngine))
      return child
    },
    onMessage,
    onLife,
    onDeath: (exitCode, deaths) => {
      relay = null
      log.error({ exitCode, deaths }, 'The engine ended unasked.')
    },
  })

  const restart = () => {
    relay = null
    supervised.restart({ kind: 'stop' }, stopLimitMs)
  }

  return {
    start: supervised.start,
    connect: (contents: WebContents): void => {
      if (!connected.has(contents)) {
        connected.add(contents)
        contents.once('destroyed', () => connected.delete(contents))
      }
      if (life !== null) contents.send(shellChannels.engine, life)
      if (life?.state === 'ready') introduce(contents)
      else supervised.start()
    },
    relay: () => relay,
    exploreDemo: (next: boolean): void => {
      if (demo === next || attach !== null) return
      demo = next
      restart()
    },
    openConfig: (file: string): void => {
      if (attach !== null) return
      demo = false
      config = file
      restart()
    },
    /** Gives the engine its end of the connection to a working media process. */
    lendMedia: (use: MediaUse, port: MessagePortMain): void => void supervised.post({ kind: 'media', use }, [port]),
    tellMediaEnded: (use: MediaUse, isForGood: boolean): void => void supervised.post({ kind: 'mediaEnded', use, isForGood }),
    stop: () => supervised.stop({ kind: 'stop' }, stopLimitMs),
  }
}
