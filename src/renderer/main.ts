import { z } from 'zod'

// Must run before any schema is created: zod would otherwise try `new Function`, which the content security policy forbids
// and reports. The rest is imported afterwards, because bundlers may reorder modules within a chunk.
z.config({ jitless: true })
const [{ start }, { joined }] = await Promise.all([import('./app/start.tsx'), import('./pages/joined.tsx')])
start(joined)
