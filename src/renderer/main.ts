import { z } from 'zod'

// Must run before any schema is created: zod would otherwise try `new Function`, which the content security policy forbids
// and reports. The rest is imported afterwards, because bundlers may reorder modules within a chunk.
z.config({ jitless: true })
const { start } = await import('./pages/start.tsx')
start()
