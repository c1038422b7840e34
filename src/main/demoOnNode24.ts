// The demo fleet on the Node 24 of the install: see demoHost.ts, which started this.
import { runDemo } from './runDemo.ts'

process.on('disconnect', () => process.exit(0))
await runDemo((message) => process.send?.(message))
