import { expect, test } from 'vitest'
import { entryPoint } from './entryPoint.ts'

test('an entry point is a source beside sources, and a build beside the build', () => {
  expect(entryPoint('../engine/worker.ts', 'file:///deck/src/headless/runConsole.ts').href).toBe('file:///deck/src/engine/worker.ts')
  expect(entryPoint('../engine/worker.ts', 'file:///deck/out/main/chunk-1a2b.js').href).toBe('file:///deck/out/main/worker.js')
})
