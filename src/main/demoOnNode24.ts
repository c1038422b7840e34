// The demo fleet on the Node 24 of the install: see demoHost.ts, which started this.
import { leaveCtrlCToMain } from './node24.ts'
import { runDemo } from './runDemo.ts'

leaveCtrlCToMain()
process.on('disconnect', () => process.exit(0))
await runDemo((message) => process.send?.(message))
