import { z } from 'zod'

// Imported first of all: zod would otherwise compile its checks with `new Function`, which the content
// security policy forbids.
z.config({ jitless: true })
