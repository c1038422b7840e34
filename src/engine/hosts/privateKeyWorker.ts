import { parentPort, workerData } from 'node:worker_threads'
import ssh2 from 'ssh2'

/*
 * Opens one encrypted key and ends: key derivation takes about half a second of CPU by design, during which the engine
 * must not be blocked.
 */

/** Input of the thread. */
export interface PrivateKeyAsk {
  readonly text: string
  readonly passphrase: string
}
/** The key without encryption, or ssh2's words for why there is none. */
export type PrivateKeyAnswer = { readonly pem: string } | { readonly message: string }

const { text, passphrase } = workerData as PrivateKeyAsk
const outcome = ssh2.utils.parseKey(text, passphrase)
const parsed = Array.isArray(outcome) ? outcome[0] : outcome
const answer: PrivateKeyAnswer = parsed instanceof Error ? { message: parsed.message } : { pem: parsed?.getPrivatePEM() ?? '' }
parentPort?.postMessage(answer)
