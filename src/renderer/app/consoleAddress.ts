// Where this window's page is served: at the root of an address, or below a path of a proxy, beside other consoles perhaps.

/** Where a path of the console, such as `/relay/…`, is on the host of this page. */
export function consoleAddress(path: string): string {
  return new URL('.', location.href).pathname.slice(0, -1) + path
}

/** The name of something that is kept in, or shared by, the browser for this console: storage, locks and channels are those of a whole host and port. */
export function deskKey(name: string): string {
  const path = typeof location === 'undefined' ? '/' : new URL('.', location.href).pathname
  return `mtxdeck.${name}${path === '/' ? '' : ` ${path}`}`
}
