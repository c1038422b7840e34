import module from 'node:module'

// The variable alone reaches no threads, of which every store has several. Nodes before 22 have none.
module.enableCompileCache?.(process.env.NODE_COMPILE_CACHE)
