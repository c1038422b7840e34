import { createPrivateKey } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import ssh2 from 'ssh2'
import { messageOf } from '../../shared/result.ts'

/*
 * Opens one encrypted key and ends: deriving the key takes half a second of CPU by design, or as long as the file says, and the engine
 * must not be blocked meanwhile.
 */

export interface PrivateKeyAsk {
  readonly text: string
  readonly passphrase: string
}
/** The key without encryption, or why there is none, in the words of ssh2 or OpenSSL. */
export type PrivateKeyAnswer = { readonly pem: string } | { readonly message: string }

function open({ text, passphrase }: PrivateKeyAsk): PrivateKeyAnswer {
  if (text.includes('BEGIN ENCRYPTED PRIVATE KEY')) {
    try {
      return { pem: createPrivateKey({ key: text, format: 'pem', passphrase }).export({ type: 'pkcs8', format: 'pem' }).toString() }
    } catch (error) {
      return { message: `passphrase: ${messageOf(error)}` }
    }
  }
  const [parsed] = [ssh2.utils.parseKey(text, passphrase)].flat()
  return parsed instanceof Error ? { message: parsed.message } : { pem: parsed?.getPrivatePEM() ?? '' }
}
parentPort?.postMessage(open(workerData as PrivateKeyAsk))
