import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Clock } from '../clock/clock.ts'
import { createMediaClient as createClient, type MediaClient, type StartMediaChild } from '../engine/mediaClient.ts'

export type { MediaClient }

const forkMedia =
  (entry: URL): StartMediaChild =>
  (env, { onMessage, onEnd }) => {
    const child = fork(fileURLToPath(entry), [], {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      env,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
    })
    child.on('message', onMessage)
    child.once('exit', (code, signal) => onEnd(String(signal ?? code)))
    child.once('error', (error) => onEnd(error.message))
    return {
      pid: () => child.pid ?? null,
      post: (message) => {
        if (child.connected) child.send(message)
      },
      kill: () => child.kill('SIGKILL'),
    }
  }

/** The media process as a child of this Node. */
export const createMediaClient = ({
  clock,
  log,
  entry = new URL('../media/index.ts', import.meta.url),
}: {
  readonly clock: Clock
  readonly log: { readonly warn: (facts: object, text: string) => void }
  readonly entry?: URL
}): MediaClient => createClient({ clock, log, start: forkMedia(entry) })
