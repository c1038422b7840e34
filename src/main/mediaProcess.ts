import { join } from 'node:path'
import { MessageChannelMain, type MessagePortMain, utilityProcess } from 'electron'
import type { Clock } from '../clock/clock.ts'
import { superviseProcess } from '../processes/superviseProcess.ts'
import { type MediaUse, mediaEnvironment, mediaFlags } from '../shared/media.ts'
import type { FromMediaHost, ToMediaHost } from './engineMessages.ts'
import type { MainLog } from './mainLog.ts'

interface MediaProcessOptions {
  readonly use: MediaUse
  readonly clock: Clock
  readonly log: MainLog
  readonly outMain: string
  readonly lend: (use: MediaUse, port: MessagePortMain) => void
  /** Informs the engine that the process has ended; `isForGood`: it is not restarted. */
  readonly tellEnded: (use: MediaUse, isForGood: boolean) => void
}

const stopLimitMs = 500

/** Keeps a media process alive and connects the engine to it. No pictures or readings pass through main. */
export function createMediaProcess({ use, clock, log, outMain, lend, tellEnded }: MediaProcessOptions) {
  let isReady = false

  const introduce = () => {
    const { port1, port2 } = new MessageChannelMain()
    supervised.post({ kind: 'line' }, [port1])
    lend(use, port2)
  }
  const supervised = superviseProcess<ToMediaHost, FromMediaHost, MessagePortMain>({
    clock,
    spawn: () =>
      utilityProcess.fork(join(outMain, 'mediaHost.js'), [], {
        serviceName: use === 'pictures' ? 'mtxdeck media' : 'mtxdeck probes',
        stdio: 'ignore',
        env: mediaEnvironment(process.env, use),
        ...(mediaFlags[use].length > 0 && { execArgv: [...mediaFlags[use]] }),
      }),
    onMessage: () => {
      isReady = true
      supervised.markReady()
      introduce()
    },
    onLife: (life) => {
      if (life.state === 'failed') tellEnded(use, true)
    },
    onDeath: (exitCode, deaths) => {
      isReady = false
      log.error({ exitCode, deaths, of: use }, 'The media process ended unasked.')
      tellEnded(use, false)
    },
  })

  return {
    /** Called when the engine requests a connection: the process starts with the first request. */
    ask: (): void => {
      if (isReady) introduce()
      else supervised.start()
    },
    stop: (): Promise<void> => supervised.stop({ kind: 'stop' }, stopLimitMs),
  }
}
