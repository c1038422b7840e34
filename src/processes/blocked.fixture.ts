// A process of which a native thread is blocked: it opens a pipe that nobody writes to. It ends when it is let go, in the way that it is told.
import { open, writeSync } from 'node:fs'
import { createSystemClock } from '../clock/clock.ts'
import { exitAtOnce } from './forkNode.ts'

const [pipe = '', way] = process.argv.slice(2)
process.on('exit', () => writeSync(2, 'listened'))
process.on('disconnect', () => (way === 'atOnce' ? exitAtOnce() : process.exit(0)))
open(pipe, () => {})
// The thread has it a little later.
createSystemClock().setTimeout(() => process.send?.('ready'), 300)
