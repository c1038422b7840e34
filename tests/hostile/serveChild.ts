// `serve` without its command line, so that no window has to be built first: engine, door, history and log as they run for
// months. Arguments: the configuration's file and the address to listen at.
import { createSystemClock } from '../../src/clock/clock.ts'
import { loadConfig } from '../../src/configuration/config.ts'
import { runConsole } from '../../src/headless/runConsole.ts'

const [file = '', listen = ''] = process.argv.slice(2)
const config = loadConfig(file, { env: process.env, flags: { listen, dataDir: undefined, demo: undefined }, cwd: process.cwd() })
if (!config.ok) throw new Error(JSON.stringify(config.error))
const running = await runConsole(config.value, createSystemClock())
if (!running.ok) throw new Error(running.error)
process.once('SIGTERM', async () => {
  await running.value[Symbol.asyncDispose]()
  process.exit(0)
})
