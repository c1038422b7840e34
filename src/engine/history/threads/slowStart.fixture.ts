import { writeFileSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { createSystemClock } from '../../../clock/clock.ts'

// A thread of the store that takes a while to load, and leaves a file when it has.
const { file } = workerData as { readonly file: string }
createSystemClock().setTimeout(() => {
  writeFileSync(file, '')
  parentPort?.postMessage({ loaded: true })
}, 300)
