/** A path's name for a place in an address: everything is encoded but "/", which names may hold. */
export const encodePathName = (name: string): string => name.split('/').map(encodeURIComponent).join('/')
