/** What main says to the media process. `line` brings one MessagePort, over which requests and answers go (shared/media.ts). */
export type ToMediaHost = { readonly kind: 'line' } | { readonly kind: 'stop' }

/** One of them, once. After `unavailable` nothing more comes. */
export type FromMediaHost = { readonly kind: 'ready' } | { readonly kind: 'unavailable'; readonly detail: string }
