import { join } from 'node:path'
import { type UtilityProcess, utilityProcess } from 'electron'
import type { FromEngine, ToEngine } from './engineMessages.ts'

export interface MediaProcesses {
  readonly receive: (message: Extract<FromEngine, { kind: 'startMedia' | 'toMedia' | 'killMedia' }>) => void
  /** Ends them all: the engine that asked for them is gone. */
  readonly endAll: () => void
}

/**
 * Starts media processes for the engine, which can't, and passes messages on: a question, and one small picture as its
 * answer. When to start one again is the engine's to know.
 */
export const createMediaProcesses = (outMain: string, tell: (message: ToEngine) => void): MediaProcesses => {
  const children = new Map<number, UtilityProcess>()
  return {
    receive: (message) => {
      switch (message.kind) {
        case 'startMedia': {
          const { id, env } = message
          const child = utilityProcess.fork(join(outMain, 'mediaHost.js'), [], { serviceName: 'mtxdeck media', env: { ...env }, stdio: 'ignore' })
          children.set(id, child)
          child.on('message', (said) => {
            if (children.get(id) === child) tell({ kind: 'fromMedia', id, message: said })
          })
          child.once('exit', (code) => {
            if (children.delete(id)) tell({ kind: 'mediaEnded', id, why: String(code) })
          })
          return
        }
        case 'toMedia':
          children.get(message.id)?.postMessage(message.message)
          return
        case 'killMedia':
          children.get(message.id)?.kill()
      }
    },
    endAll: () => {
      for (const child of children.values()) child.kill()
      children.clear()
    },
  }
}
