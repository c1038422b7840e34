#!/usr/bin/env node
// The command line, on any Node from 18 on: it goes on by itself on the Node 24 that `npm ci` installed.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { engineEnv, engineFlags, runOnNode24 } from './node24.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
// Compiled code is kept from the second start on, which then takes half the time. Not in the system's folder for temporary
// files, where other users could put code for us; where this one can't be written, Node goes on without.
const cache = join(root, 'node_modules', '.cache', 'mtxdeck')
runOnNode24([...engineFlags, join(root, 'src', 'headless', 'index.ts'), ...process.argv.slice(2)], { NODE_COMPILE_CACHE: cache, ...engineEnv, ...process.env })
