/** Messages of main to the media process. `line` carries one MessagePort for requests and answers (shared/media.ts). */
export type ToMediaHost = { readonly kind: 'line' } | { readonly kind: 'stop' }

/** The media process is ready for requests. */
export type FromMediaHost = { readonly kind: 'ready' }
