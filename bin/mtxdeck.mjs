#!/usr/bin/env node
// The command line, on any Node from 18 on: it goes on by itself on the Node 24 that `npm ci` installed.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runOnNode24 } from './node24.mjs'

const entry = join(dirname(fileURLToPath(import.meta.url)), '..', 'src', 'headless', 'index.ts')
runOnNode24([entry, ...process.argv.slice(2)])
