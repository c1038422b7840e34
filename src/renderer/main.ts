import { z } from 'zod'

// Before any schema is made: zod would otherwise try `new Function`, which the content security policy forbids
// and reports. The rest is imported when that is done, because bundlers may reorder modules of one chunk.
z.config({ jitless: true })
const { start } = await import('./app/start.tsx')
const { joined } = await import('./pages/joined.ts')
start(joined)
