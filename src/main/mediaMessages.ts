/** What main says to the media process. `line` brings one MessagePort, over which requests and answers go (shared/media.ts). */
export type ToMediaHost = { readonly kind: 'line' } | { readonly kind: 'stop' }

/** It works. */
export type FromMediaHost = { readonly kind: 'ready' }
