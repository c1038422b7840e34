// Where this window's page is served: at the root of an address, or below a path of a proxy, beside other consoles perhaps.

/** Address of a path of the console, such as `/relay/…`, on this page's host. */
export function consoleAddress(path: string): string {
  return new URL('.', location.href).pathname.slice(0, -1) + path
}

/** Storage, locks and channels belong to a whole host and port, so this console's names are prefixed. */
export function deskKey(name: string): string {
  const path = typeof location === 'undefined' ? '/' : new URL('.', location.href).pathname
  return `mtxdeck.${name}${path === '/' ? '' : ` ${path}`}`
}
